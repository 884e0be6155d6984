"""Basket, context and history as model input: one sparse vector over one vocabulary.

This is the only copy: the register scores with it and training learns with it, so the two can never disagree about what a
token means.

| block   | token                              | weight                                                            |
|---------|------------------------------------|-------------------------------------------------------------------|
| item    | `item=SKU`                         | 1 when the item is on the receipt, whatever the quantity          |
| context | `hour=18`, `weekday=6`, `store=S1` | 1; shop-local time, Monday is 0                                   |
| history | `had=SKU`                          | decayed share of the shopper's earlier receipts that hold the item, |
|         |                                    | in whole ten-thousandths, as profiles keep it                     |
|         | `shopper=known`                    | 1 when the history holds any item that the vocabulary knows       |
| no card | `shopper=none`                     | 1 when it is known that the receipt has no card                   |
| pair    | `pair=SKU+SKU`                     | 1 when both items are on the receipt, and it holds at most        |
|         |                                    | `MOST_PAIRED` items that the vocabulary knows                     |

The SKUs of a pair stand in their own order; a plus or a percent sign in one of them is written `%2B`, `%25`. `shopper=none` is
the last of all, in models that answer receipts without a card in another way: it says which weights the other tokens have.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Sku

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

NO_HISTORY: Mapping[Sku, float] = {}
KNOWN: Final = "shopper=known"
NO_CARD: Final = "shopper=none"
SHARE_STEPS: Final = 10_000
"""A share is a whole number of these parts of one: the register's profile and the training rows hold the same number."""
PAIR: Final = 2
MOST_PAIRED: Final = 32
"""Items of a basket that are looked up two by two: pairs grow with the square, and so long a list says enough item by item."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """`ids` int64[n], rising; `weights` float32[n]."""

    ids: NDArray[np.int64]
    weights: NDArray[np.float32]


class Vocabulary:
    """Token names to ids. The first `items` tokens are the items, in the order of the model's answers."""

    def __init__(self, names: Iterable[str], items: int) -> None:
        self.names = tuple(names)
        self.items = items
        self.skus = tuple(Sku(name.removeprefix("item=")) for name in self.names[:items])
        self.ids = {name: index for index, name in enumerate(self.names)}
        self.partners: dict[int, dict[int, int]] = {}
        """Of each item that is the earlier one of a pair, the later ones, and the tokens of these pairs."""
        for token in range(items, len(self.names)):
            held = sorted({self.ids.get(item_token(sku), items) for sku in pair_of(self.names[token])})
            if len(held) == PAIR and held[1] < items:
                self.partners.setdefault(held[0], {})[held[1]] = token

    def __len__(self) -> int:
        return len(self.names)


def item_token(sku: str) -> str:
    return f"item={sku}"


def history_token(sku: str) -> str:
    return f"had={sku}"


def due_token(sku: str) -> str:
    """No token of the model: the name under which a reason tells that the item itself is due (`device.due`)."""
    return f"due={sku}"


def missed_token(sku: str) -> str:
    """No token of the model either: the shopper wanted the item, and it was out of stock (`device.missed`)."""
    return f"missed={sku}"


def pair_token(one: str, other: str) -> str:
    """The same whichever is named first."""
    return "pair=" + "+".join(sku.replace("%", "%25").replace("+", "%2B") for sku in sorted((one, other)))


def pair_of(token: str) -> tuple[Sku, ...]:
    """The two items of a pair token; nothing of any other."""
    if not token.startswith("pair="):
        return ()
    skus = token.removeprefix("pair=").split("+")
    return tuple(Sku(sku.replace("%2B", "+").replace("%25", "%")) for sku in skus) if len(skus) == PAIR else ()


def told(token: str) -> str:
    """A token as reasons tell it: an item as its bare SKU, unless that could be read as a token, for it holds an equals sign."""
    sku = token.removeprefix("item=")
    return token if "=" in sku else sku


def told_skus(reason: str) -> tuple[Sku, ...]:
    """The item that `told` told of, or both items of a pair; nothing when it was another token."""
    if "=" not in reason:
        return (Sku(reason),)
    return (Sku(reason.removeprefix("item=")),) if reason.startswith("item=") else pair_of(reason)


def context_tokens(local: datetime | None, store: str | None, *, no_card: bool = False) -> tuple[str, ...]:
    """What is known of the sale besides its lines; `local` is the shop's wall clock."""
    tokens: tuple[str, ...] = () if local is None else (f"hour={local.hour}", f"weekday={local.weekday()}")
    tokens = tokens if store is None else (*tokens, f"store={store}")
    return (*tokens, NO_CARD) if no_card else tokens


def encode(
    skus: Iterable[str],
    context: Iterable[str],
    history: Mapping[Sku, float],
    vocabulary: Vocabulary,
) -> Tokens:
    """Tokens the vocabulary does not know are left out: an unknown item says nothing, it does not fail."""
    ids = vocabulary.ids
    found: dict[int, float] = {}
    for sku in skus:
        if (token := ids.get(item_token(sku))) is not None:
            found[token] = 1.0
    if vocabulary.partners and len(found) <= MOST_PAIRED:
        # Of two sets the smaller is walked: a basket costs its own length for each of its items, however many partners they have.
        partners = [later for item in found if (later := vocabulary.partners.get(item)) is not None]
        found |= {later[item]: 1.0 for later in partners for item in later.keys() & found.keys()}
    for name in context:
        if (token := ids.get(name)) is not None:
            found[token] = 1.0
    known = ids.get(KNOWN)
    for sku, share in history.items():
        if known is not None and known not in found and item_token(sku) in ids:
            found[known] = 1.0
        if (token := ids.get(history_token(sku))) is not None:
            found[token] = share
    # The order of scanning settles no tie.
    found = dict(sorted(found.items()))
    return Tokens(np.fromiter(found, np.int64, len(found)), np.fromiter(found.values(), np.float32, len(found)))


class RunningHistory:
    """One shopper's decayed shares, receipt by receipt.

    share(item) = sum of decay^age over the receipts that hold it / sum of decay^age over all, age counted in receipts of this
    shopper. Kept with growing instead of shrinking weights, so that adding a receipt costs its own lines only.
    """

    # Beyond this the weights are scaled back, long before a float loses precision.
    _RESCALE_AT = 1e100

    def __init__(self, decay: float) -> None:
        self._growth = 1.0 / decay
        self._next = 1.0
        self._mass = 0.0
        self._held: dict[Sku, float] = {}

    def add(self, skus: Iterable[Sku]) -> None:
        for sku in set(skus):
            self._held[sku] = self._held.get(sku, 0.0) + self._next
        self._mass += self._next
        self._next *= self._growth
        if self._next > self._RESCALE_AT:
            scale = 1.0 / self._next
            self._held = {sku: weight * scale for sku, weight in self._held.items()}
            self._mass *= scale
            self._next = 1.0

    def shares(self, keep: int) -> dict[Sku, float]:
        """The `keep` largest shares; ties in the order of the SKU, so that the answer is the same everywhere."""
        if not self._held:
            return {}
        top = sorted(self._held.items(), key=lambda pair: (-pair[1], pair[0]))[:keep]
        shares = ((sku, math.floor(weight / self._mass * SHARE_STEPS + 0.5) / SHARE_STEPS) for sku, weight in top)
        return {sku: share for sku, share in shares if share}
