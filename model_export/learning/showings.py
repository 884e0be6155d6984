"""What was shown and what became of it: one element a suggestion on a receipt, in the order of time; 17 bytes each.

Read are sales that are learnt from (`marks.unlearnt`) on which suggestions were shown. What no screen painted was not seen, and
what the cashier said is not there could not be taken: neither says anything. *Taken* is what stands on the receipt afterwards,
whatever was answered. A receipt under two keys counts once; those of wholesale size or of a control arm (ghosts) do not count.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from device.domain import Slate
from model_export import marks

MOST_PLACES: Final = 4
MOST_WEIGHT: Final = 20.0
"""What was drawn once in a thousand times must not outweigh all others."""
BY_LOT: Final = 0.5
"""What stands at a place without exploring is there with a probability of at least this: `device.policy.exploration`."""


class Store(Protocol):
    """The part of a central store that is read here."""

    def receipts(self) -> Iterator[bytes]: ...


class _Line(msgspec.Struct, frozen=True):
    code: str
    sku: str | None
    quantity: int
    unit: str


class _Outcome(msgspec.Struct, frozen=True):
    sku: str
    rank: int
    score: float
    painted: bool
    answer: str | None
    bought: bool


class _Receipt(msgspec.Struct, frozen=True):
    """What is read of `device.domain.Receipt`."""

    receipt_id: str
    phase: str
    local_time: str
    lines: list[_Line]
    outcomes: list[_Outcome]
    kind: str = "sale"
    partial: bool = False
    ghosts: bool = False
    slates: list[Slate] = []


@dataclass(frozen=True, slots=True, eq=False)
class Showings:
    skus: tuple[str, ...]
    item: NDArray[np.int32]
    """Place in `skus`."""
    place: NDArray[np.int8]
    """Of the slate, from 0; lower ones than `MOST_PLACES` count as its last."""
    score: NDArray[np.float32]
    taken: NDArray[np.bool_]
    chance: NDArray[np.float32]
    """How probable it was that the item stood at its place, given the ranking; see `device.policy.exploration`."""

    def __len__(self) -> int:
        return len(self.item)

    @property
    def explored(self) -> int:
        """Those that were drawn by lot and would not have stood there otherwise."""
        return int((self.chance < BY_LOT).sum())

    @property
    def weight(self) -> NDArray[np.float64]:
        """One over the chance, `MOST_WEIGHT` at most."""
        return np.minimum(1.0 / np.maximum(self.chance.astype(np.float64), 1e-9), MOST_WEIGHT)

    def part(self, begin: int, end: int) -> Showings:
        columns = (getattr(self, name)[begin:end] for name in ("item", "place", "score", "taken", "chance"))
        return Showings(self.skus, *columns)


def read(store: Store, until: str = "") -> Showings:
    """`until`: the last moment that counts, on the shop's clock, ISO 8601; "" for all."""
    decoder = msgspec.json.Decoder(_Receipt)
    skus, seen = dict[str, int](), set[int]()
    item, place, score, taken, chance = array("i"), array("b"), array("f"), array("b"), array("f")
    for raw in store.receipts():
        if b'"painted":true' not in raw:
            continue  # nothing was seen on it: most receipts of a control arm are passed over unread
        try:
            sale = decoder.decode(raw)
        except ValueError:  # msgspec's errors are ValueErrors too
            continue
        if not _counts(sale) or (until and sale.local_time > until) or (own := hash(sale.receipt_id)) in seen:
            continue
        seen.add(own)
        drawn = _chances(sale)
        for outcome in sale.outcomes:
            told = drawn.get(outcome.sku, 1.0)
            if outcome.painted and outcome.answer != "out_of_stock" and 0 < told <= 1 and outcome.rank > 0:
                item.append(skus.setdefault(outcome.sku, len(skus)))
                place.append(min(outcome.rank, MOST_PLACES) - 1)
                score.append(outcome.score)
                taken.append(outcome.bought)
                chance.append(told)
    return Showings(
        tuple(skus),
        np.frombuffer(item, np.int32),
        np.frombuffer(place, np.int8),
        np.frombuffer(score, np.float32),
        np.frombuffer(taken, np.bool_),
        np.frombuffer(chance, np.float32),
    )


def _chances(sale: _Receipt) -> dict[str, float]:
    """How probable each item was at the place at which it stood last, which is the rank that is told of it."""
    return {sku: chance for slate in sale.slates for sku, chance in zip(slate.shown, slate.chances, strict=False)}


def _counts(sale: _Receipt) -> bool:
    return marks.unlearnt(sale) is None and not sale.ghosts and not marks.of_wholesale_size(sale.lines)
