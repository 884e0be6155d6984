"""Which receipts train, which choose, which test, and what is asked of each receipt of the test.

1. Receipts in order of time (a seeded shuffle where there is none). The last tenth is the test; the ninth before it is where
   every knob of the peers is chosen; the nine tenths before the test train.
2. Known items: those that stand on five training receipts or more. The receipts of the test have no say in it.
3. Of each test receipt with two known items, one is hidden at random; `MOST_QUESTIONS` receipts at most, drawn at random.

A question holds what the till would know, in the shop's words and not in tokens: what a token is belongs to `device.tokens`.
Memory: one sparse row of the basket and one of at most 64 earlier items per question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from device.domain import Sku
from device.errors import TrainingError
from device.tokens import RunningHistory
from model_export.encoding import HISTORY_KEPT, LEAST_SOLD, Sparse
from model_export.history import NOBODY, History
from model_export.questions import repeats

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEST_SHARE: Final = 0.1
VALIDATION_SHARE: Final = 1 / 9
MOST_QUESTIONS: Final = 20_000
MOST_VALIDATION: Final = 5_000


@dataclass(frozen=True, slots=True)
class Split:
    """`history` in order; receipts before `cut` train, those from `first` to `cut` choose, those from `cut` on test."""

    history: History
    first: int
    cut: int
    skus: tuple[Sku, ...]
    """Known items, most sold first."""
    place: NDArray[np.int64]
    """int64[skus of the history]: place among the known items, -1 for the others."""

    def receipts(self, first: int, last: int) -> Sparse:
        """float32[last - first, items], ones."""
        return self._matrix(self.history.part(first, last))

    def rows(self, rows: NDArray[np.int64]) -> Sparse:
        """The same of the receipts of these places."""
        return self._matrix(self.history.chosen(rows))

    def _matrix(self, part: History) -> Sparse:
        items = self.place[part.item]
        row = np.repeat(np.arange(len(part)), part.sizes)[items >= 0]
        items = items[items >= 0]
        cells = (np.ones(len(items), np.float32), (row.astype(np.int32), items.astype(np.int32)))
        return sparse.csr_array(sparse.coo_array(cells, shape=(len(part), len(self.skus))))


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions, one row each. `baskets` float32[questions, items]: what is shown; `hidden`: the item to guess."""

    history: History
    skus: tuple[Sku, ...]
    baskets: Sparse
    hidden: NDArray[np.int64]
    receipt: NDArray[np.int64]
    """Place of the receipt in `history`."""
    past: Sparse
    """float32[questions, items]: decayed shares of the shopper's earlier receipts; empty rows for nobody."""
    before: int
    """Receipts before the first that is asked about."""

    def __len__(self) -> int:
        return len(self.hidden)

    @property
    def given(self) -> NDArray[np.int64]:
        sizes: NDArray[np.int64] = np.diff(self.baskets.indptr).astype(np.int64)
        return sizes

    @property
    def card(self) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = self.history.shopper[self.receipt] != NOBODY
        return known

    @property
    def repeat(self) -> NDArray[np.bool_]:
        """Which receipts merely repeat an earlier one: see `model_export.questions.repeats`."""
        repeated: NDArray[np.bool_] = repeats(self.history, self.before)[self.receipt]
        return repeated

    def only(self, rows: NDArray[np.int64]) -> Asked:
        rest = self.baskets[rows], self.hidden[rows], self.receipt[rows], self.past[rows]
        return Asked(self.history, self.skus, *rest, self.before)


def divide(history: History, seed: int) -> Split:
    """TrainingError in one sentence when there is nothing to learn from."""
    if not history.timed:
        history = history.shuffled(seed)
    cut = int(len(history) * (1 - TEST_SHARE))
    return split_at(history, cut, cut - int(cut * VALIDATION_SHARE))


def split_at(history: History, cut: int, first: int) -> Split:
    counts = np.bincount(history.part(0, cut).item, minlength=len(history.skus)) if cut else np.zeros(len(history.skus), int)
    known = sorted(np.flatnonzero(counts >= LEAST_SOLD), key=lambda code: (-counts[code], history.skus[code]))
    if len(known) < 2:
        raise TrainingError(
            f"{len(known)} of {len(history.skus)} items stand on {LEAST_SOLD} of the {cut} training receipts or more; "
            "a model needs at least two: bring more receipts"
        )
    place = np.full(len(history.skus), -1)
    place[known] = np.arange(len(known))
    return Split(history, first, cut, tuple(history.skus[code] for code in known), place)


def ask(split: Split, receipts: NDArray[np.int64], most: int, seed: int, decay: float) -> Asked:
    """At most `most` of the `receipts` (places, rising) that hold two known items, one item of each hidden at random.

    `decay`: of the shoppers' shares, as the bundle that is asked has it (see `device.tokens.RunningHistory`).
    """
    history = split.history
    chance = np.random.default_rng(seed)
    every = split.rows(receipts)
    usable = np.flatnonzero(np.diff(every.indptr) >= 2)
    if len(usable) > most:
        usable = np.sort(chance.choice(usable, most, replace=False))
    rows, baskets = receipts[usable], every[usable]
    baskets.sort_indices()
    sizes = np.diff(baskets.indptr)
    place = baskets.indptr[:-1] + chance.integers(sizes)
    kept = np.ones(baskets.nnz, bool)
    kept[place] = False
    start = baskets.indptr - np.arange(len(baskets.indptr))
    shown = sparse.csr_array((baskets.data[kept], baskets.indices[kept], start), shape=baskets.shape)
    hidden = baskets.indices[place].astype(np.int64)
    return Asked(history, split.skus, shown, hidden, rows, _past(split, rows, decay), int(receipts[0]) if len(receipts) else 0)


def decayed(split: Split, asked: Asked, decay: float) -> Asked:
    """The same questions to a bundle of another decay: the shoppers' shares as its registers would hold them."""
    return replace(asked, past=_past(split, asked.receipt, decay))


def askable(split: Split, receipts: NDArray[np.int64]) -> int:
    """How many of the `receipts` hold two known items."""
    return int((np.diff(split.rows(receipts).indptr) >= 2).sum())


def _past(split: Split, rows: NDArray[np.int64], decay: float) -> Sparse:
    """What the register would know of each receipt's shopper when the receipt begins; nothing where receipts have no time."""
    history, place = split.history, dict(zip(split.skus, range(len(split.skus)), strict=True))
    wanted = set(rows[history.shopper[rows] != NOBODY].tolist()) if history.timed else set[int]()
    known = split.place >= 0
    start, items, shares = [0], list[int](), list[float]()
    running = {int(shopper): RunningHistory(decay) for shopper in history.shopper[sorted(wanted)]}
    found: dict[int, dict[Sku, float]] = {}
    theirs = np.flatnonzero(np.isin(history.shopper[: max(wanted, default=-1) + 1], list(running)))
    for receipt in theirs.tolist():
        own = running[int(history.shopper[receipt])]
        if receipt in wanted:
            found[receipt] = own.shares(HISTORY_KEPT)
        codes = history.receipt(receipt)
        own.add(history.skus[code] for code in codes[known[codes]])
    for row in rows.tolist():
        told = found.get(row, {})
        items += [place[sku] for sku in told]
        shares += told.values()
        start.append(len(items))
    cells = (np.array(shares, np.float32), np.array(items, np.int32), np.array(start, np.int32))
    return sparse.csr_array(cells, shape=(len(rows), len(split.skus)))
