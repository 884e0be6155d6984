"""Of which items shoppers said "less like this" at this register, until a bundle from headquarters knows it too.

The receipt keeps the answer, and headquarters puts it into the shopper's profile (`device.profiles`). Until that is here, this is
what holds: made of the receipts of the edge database at start and of each sale as it ends. Shared by all lanes of a daemon.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from device import packed, readonly
from device.domain import Answer, Pseudonym, Receipt, Sku
from device.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_SHOPPERS: Final = 10_000
MOST_ITEMS: Final = 64
"""Of one shopper, the latest."""

_NONE: Final[tuple[Sku, ...]] = ()


class Unwanted:
    """Owns the answers of known shoppers; those who are forgotten go with `replace`."""

    def __init__(self, receipts: Iterable[Receipt] = ()) -> None:
        self._items: OrderedDict[Pseudonym, tuple[Sku, ...]] = OrderedDict()
        self.replace(receipts)

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

    def replace(self, receipts: Iterable[Receipt]) -> None:
        """Begin anew with these receipts, oldest first."""
        self._items.clear()
        for receipt in receipts:
            self.learn(receipt)


def read(edge_db: Path) -> list[Receipt]:
    """The receipts of the edge database on which somebody said it, oldest first. StoreError: it cannot be read."""
    query = "SELECT body FROM receipt WHERE seq IN (SELECT seq FROM outcome WHERE answer = ?) ORDER BY seq"
    try:
        with contextlib.closing(readonly.opened(edge_db)) as db:
            return [msgspec.json.decode(packed.unpack(body), type=Receipt) for (body,) in db.execute(query, (Answer.LESS,))]
    except (sqlite3.Error, msgspec.DecodeError) as error:
        raise StoreError(f"the edge database {edge_db} cannot be read: {error}") from error
