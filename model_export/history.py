"""Receipts as columns, in the order of time: the one form that counting, solving and evaluating read.

Wherever receipts come from (a folder of Parquet, the central store, both), a reader fills `Rows`, one row per line sold, and
`arrange` turns rows into a `History`: receipts sorted by the shop's clock, each item at most once per receipt, names replaced by
codes. Memory: some 40 bytes per line while arranging, 4 bytes per line and 30 per receipt afterwards.

What is left out is counted and said in `remarks`, one sentence each; nothing is dropped silently.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Pseudonym, Sku
from device.errors import HistoryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_ITEMS: Final = 1_000
"""Distinct items of one receipt that are learnt from: pairs grow with the square, and nobody shops a thousand items."""

UNTIMED: Final = np.datetime64("NaT", "us")
NOBODY: Final = -1
_MOST_HINT: Final = 2**40
"""Hints stay before any time: microseconds, from 292,000 years ago."""


@dataclass(frozen=True, slots=True)
class History:
    """Receipts, oldest first. Codes index `skus`, `stores` and `shoppers`; -1 stands for not known."""

    skus: tuple[Sku, ...]
    stores: tuple[str, ...]
    shoppers: tuple[Pseudonym, ...]
    start: NDArray[np.int64]
    """int64[receipts + 1]: receipt r holds `item[start[r]:start[r + 1]]`."""
    item: NDArray[np.int32]
    """Distinct items of each receipt in the order of its lines."""
    at: NDArray[np.datetime64]
    """datetime64[us][receipts] on the shop's clock; NaT where the source has no time."""
    store: NDArray[np.int32]
    shopper: NDArray[np.int32]
    consent: NDArray[np.bool_]
    """Whether this receipt, and the shopper's earlier ones, may enter a profile."""
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.start) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.start)

    @property
    def timed(self) -> bool:
        return bool((~np.isnat(self.at)).any())

    @property
    def last(self) -> str:
        """The latest moment, ISO 8601 to the second on the shops' clocks; "" where no receipt has one."""
        return str(np.nanmax(self.at).astype("datetime64[s]")) if self.timed else ""

    def receipt(self, index: int) -> NDArray[np.int32]:
        return self.item[self.start[index] : self.start[index + 1]]

    def lines_of(self, receipts: NDArray[np.int64]) -> NDArray[np.int32]:
        """The items of these receipts, one after the other."""
        sizes = self.sizes[receipts]
        lines = np.arange(sizes.sum()) + np.repeat(self.start[receipts] - np.cumsum(sizes) + sizes, sizes)
        items: NDArray[np.int32] = self.item[lines]
        return items

    def local(self, index: int) -> datetime | None:
        moment = self.at[index].item()
        return moment if isinstance(moment, datetime) else None

    def part(self, first: int, last: int) -> History:
        """Receipts `first` to `last - 1`; the tables of names stay whole."""
        start = self.start[first : last + 1]
        return replace(
            self,
            start=start - start[0],
            item=self.item[start[0] : start[-1]],
            at=self.at[first:last],
            store=self.store[first:last],
            shopper=self.shopper[first:last],
            consent=self.consent[first:last],
        )

    def until(self, last: np.datetime64) -> History:
        """Without the receipts later than `last`, which a remark counts; HistoryError when none is left."""
        late = int((self.at > last).sum())
        if not late:
            return self
        look = "look at the clocks of the tills and of this machine"
        if late == len(self):
            raise HistoryError(f"all {late} receipts are dated in the future, not one is left to learn from: {look}")
        said = f"{late} receipts are dated in the future and are left out: {look}"
        return replace(self.part(0, len(self) - late), remarks=(*self.remarks, said))

    def chosen(self, rows: NDArray[np.int64]) -> History:
        """The receipts of these places, in this order; the tables of names stay whole."""
        return _reordered(self, rows)

    def shuffled(self, seed: int) -> History:
        """The same receipts in a seeded random order: what stands in for time where the source has none."""
        return _reordered(self, np.random.default_rng(seed).permutation(len(self)))


@dataclass(slots=True)
class Rows:
    """Lines sold, as a reader meets them: `receipt`, `item` per line; everything else per receipt. Codes as in `History`."""

    skus: list[str] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)
    shoppers: list[Pseudonym] = field(default_factory=list)
    receipt: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    item: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    at: NDArray[np.datetime64] = field(default_factory=lambda: np.zeros(0, "datetime64[us]"))
    store: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    shopper: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    consent: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    consent_recorded: bool = False
    """Consent has a column of its own; otherwise naming the shopper implies it."""
    remarks: tuple[str, ...] = ()
    hint: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Order of receipts without a time, comparable within a shopper; empty: the source has none."""
    identity: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """`identity_of` each receipt; empty: not asked for."""
    left_out: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """The same of receipts that the source has and does not give."""

    def without(self, others: Sequence[Rows]) -> Rows:
        """Without the receipts that `others` have too, given or left out, which a remark counts."""
        theirs = np.concatenate([np.zeros(0, np.int64), *(part for other in others for part in (other.identity, other.left_out))])
        kept = ~np.isin(self.identity, theirs)
        if not len(kept) or kept.all():
            return self
        lines = kept[self.receipt]
        said = f"{(~kept).sum()} receipts of the folder are in the central store as well and are counted once"
        return replace(
            self,
            receipt=(np.cumsum(kept) - 1)[self.receipt[lines]],
            item=self.item[lines],
            at=self.at[kept],
            store=self.store[kept],
            shopper=self.shopper[kept],
            consent=self.consent[kept],
            remarks=(*self.remarks, said),
            hint=_hints(self)[kept],
            identity=self.identity[kept],
        )


def identity_of(store: str | None, number: str, second: object) -> int:
    """What tells a receipt from every other: store, number and second on the shop's clock. The same within one process."""
    return hash((store, number, second))


def arrange(*sources: Rows) -> History:
    """One history of all sources. Equal times keep the order of the source; receipts without a time are the oldest, by hint."""
    rows = _joined(sources)
    remarks = list(rows.remarks)
    if not len(rows.at):
        why = f" ({'; '.join(remarks)})" if remarks else ""
        raise HistoryError(f"there is not one receipt to learn from{why}: bring more receipts")
    # Lines to receipts: usually adjacent already; a stable sort keeps their order where they are not.
    if (np.diff(rows.receipt) < 0).any():
        order = np.argsort(rows.receipt, kind="stable")
        rows = replace(rows, receipt=rows.receipt[order], item=rows.item[order])
    _, first = np.unique(rows.receipt * len(rows.skus) + rows.item, return_index=True)
    kept = np.sort(first)
    receipt, item = rows.receipt[kept], rows.item[kept]
    start = np.searchsorted(receipt, np.arange(len(rows.at) + 1))
    place = np.arange(len(item)) - start[receipt]
    if (place >= MOST_ITEMS).any():
        huge = len(np.unique(receipt[place >= MOST_ITEMS]))
        remarks.append(f"{huge} receipts hold more than {MOST_ITEMS} different items; the first {MOST_ITEMS} of each are used")
        receipt, item = receipt[place < MOST_ITEMS], item[place < MOST_ITEMS]
        start = np.searchsorted(receipt, np.arange(len(rows.at) + 1))
    untimed = np.isnat(rows.at)
    if untimed.any() and not untimed.all():
        remarks.append(f"{untimed.sum()} receipts have no time and count as the oldest")
    history = History(
        tuple(Sku(sku) for sku in rows.skus),
        tuple(rows.stores),
        tuple(rows.shoppers),
        start.astype(np.int64),
        item,
        rows.at,
        rows.store,
        rows.shopper,
        rows.consent,
        tuple(remarks),
    )
    hint = np.clip(_hints(rows), 0, _MOST_HINT)
    ticks = np.where(untimed, np.iinfo(np.int64).min + hint, rows.at.astype(np.int64))
    if (ticks[1:] < ticks[:-1]).any():
        history = _reordered(history, np.argsort(ticks, kind="stable"))
    return history


def _reordered(history: History, order: NDArray[np.int64]) -> History:
    return replace(
        history,
        start=np.concatenate([[0], np.cumsum(history.sizes[order])]),
        item=history.lines_of(order),
        at=history.at[order],
        store=history.store[order],
        shopper=history.shopper[order],
        consent=history.consent[order],
    )


def _joined(sources: tuple[Rows, ...]) -> Rows:
    if len(sources) == 1:
        return sources[0]
    skus, item = _one_table([(rows.skus, rows.item) for rows in sources])
    stores, store = _one_table([(rows.stores, rows.store) for rows in sources])
    shoppers, shopper = _one_table([(list(rows.shoppers), rows.shopper) for rows in sources])
    before = np.cumsum([0] + [len(rows.at) for rows in sources])
    return Rows(
        skus,
        stores,
        [Pseudonym(name) for name in shoppers],
        np.concatenate([rows.receipt + offset for rows, offset in zip(sources, before, strict=False)]),
        item,
        np.concatenate([rows.at for rows in sources]),
        store,
        shopper,
        np.concatenate([rows.consent for rows in sources]),
        any(rows.consent_recorded for rows in sources),
        tuple(remark for rows in sources for remark in rows.remarks),
        np.concatenate([_hints(rows) for rows in sources]),
    )


def _hints(rows: Rows) -> NDArray[np.int64]:
    return rows.hint if len(rows.hint) == len(rows.at) else np.zeros(len(rows.at), np.int64)


def _one_table(parts: list[tuple[list[str], NDArray[np.int32]]]) -> tuple[list[str], NDArray[np.int32]]:
    codes: dict[str, int] = {}
    moved = []
    for names, column in parts:
        there = np.array([codes.setdefault(name, len(codes)) for name in names] + [NOBODY], np.int32)
        moved.append(there[column])
    return list(codes), np.concatenate(moved)
