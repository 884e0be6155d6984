"""Of which items shoppers said "less like this" at this register, until a bundle from headquarters knows it too.

The receipt keeps the answer, and headquarters puts it into the shopper's profile (`device.profiles`). Until that is here, this is
what holds: made of the receipts of the edge database at start and of each sale as it ends. Shared by all lanes of a daemon.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from device.domain import Answer, Pseudonym, Receipt, Sku

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_SHOPPERS: Final = 10_000
MOST_ITEMS: Final = 64
"""Of one shopper, the latest."""

_NONE: Final[tuple[Sku, ...]] = ()


class Unwanted:
    """Owns the answers of known shoppers."""

    def __init__(self, receipts: Iterable[Receipt] = ()) -> None:
        """`receipts`: oldest first."""
        self._items: OrderedDict[Pseudonym, tuple[Sku, ...]] = OrderedDict()
        for receipt in receipts:
            self.learn(receipt)

    def of(self, shopper: Pseudonym | None) -> tuple[Sku, ...]:
        return _NONE if shopper is None else self._items.get(shopper, _NONE)

    def learn(self, receipt: Receipt) -> None:
        said = [one.sku for one in receipt.outcomes if one.answer is Answer.LESS]
        if receipt.shopper is None or not said:
            return
        before = self._items.pop(receipt.shopper, _NONE)
        self._items[receipt.shopper] = tuple(dict.fromkeys((*reversed(said), *before)))[:MOST_ITEMS]
        if len(self._items) > MOST_SHOPPERS:
            self._items.popitem(last=False)

    def forget(self, is_forgotten: Callable[[Pseudonym], bool]) -> None:
        """Let go of who is to be forgotten. Any thread: sales may go on meanwhile."""
        for one in tuple(self._items):
            if is_forgotten(one):
                self._items.pop(one, None)
