"""Visits that are asked about, and the habits known before each: one row for each item the shopper bought before.

A question is a shopper's first receipt from `cut` on, of shoppers with `LEAST_VISITS` receipts before `cut`; all that is known
comes from before `cut`. A register knows the moment of the visit, so days are counted back from it.

Memory: some 200 bytes for each (shopper, item) and 40 for each line before the cut. Of one shopper the last `MOST_VISITS`
receipts count: a card that a canteen pays with buys everything, and has no rhythm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from model_export.history import NOBODY, History

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_VISITS: Final = 3
MOST_VISITS: Final = 500
LEAST_DAYS: Final = 0.5
"""Twice on one day is half a day apart: a logarithm needs a distance."""
HALF_LIVES_DAYS: Final = (14.0, 60.0)
VISIT_DECAYS: Final = (0.8, 0.95)

_DAY: Final = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Visits:
    """`receipt` int64[questions]: places in `history` of the visits asked about; all that is known stands before `cut`."""

    history: History
    cut: int
    receipt: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.receipt)

    @property
    def shopper(self) -> NDArray[np.int32]:
        return self.history.shopper[self.receipt]

    @property
    def now(self) -> NDArray[np.float64]:
        """Days since the history began."""
        return days(self.history)[self.receipt]

    def bought(self) -> NDArray[np.int64]:
        """Rising keys, question * items + item, of what stands on the receipts: the answers."""
        sizes = self.history.sizes[self.receipt]
        question = np.repeat(np.arange(len(self)), sizes)
        lines = np.arange(sizes.sum()) + np.repeat(self.history.start[self.receipt] - np.cumsum(sizes) + sizes, sizes)
        keys: NDArray[np.int64] = np.sort(question * len(self.history.skus) + self.history.item[lines])
        return keys


def days(history: History) -> NDArray[np.float64]:
    moments: NDArray[np.float64] = (history.at - history.at.min()) / _DAY
    return moments


def regular(history: History, until: int) -> NDArray[np.int64]:
    """Places of the receipts before `until` whose shopper is known and agreed."""
    return np.flatnonzero((history.shopper[:until] != NOBODY) & history.consent[:until])


def next_visits(history: History, cut: int, end: int) -> Visits:
    """The first receipt from `cut` to `end - 1` of each shopper with `LEAST_VISITS` before it."""
    known = regular(history, end)
    before = np.bincount(history.shopper[known[known < cut]], minlength=len(history.shoppers))
    after = known[known >= cut]
    shoppers, first = np.unique(history.shopper[after], return_index=True)
    return Visits(history, cut, np.sort(after[first[before[shoppers] >= LEAST_VISITS]]))


@dataclass(frozen=True, slots=True)
class Habits:
    """What is known of (shopper, item), a row each, in the order of question and item. Days count back from the visit."""

    visits: Visits
    question: NDArray[np.int64]
    item: NDArray[np.int32]
    times: NDArray[np.int64]
    """Receipts with the item, one at least."""
    since_first: NDArray[np.float64]
    since_last: NDArray[np.float64]
    gaps: NDArray[np.int64]
    """Distances between its receipts that were learnt from: `times - 1`."""
    log_gaps: NDArray[np.float64]
    """Sum of the natural logarithms of those distances in days."""
    visits_since_first: NDArray[np.int64]
    """The shopper's visits from the first with the item on, that one included."""
    visits_since_last: NDArray[np.int64]
    by_visits: NDArray[np.float64]
    """float64[rows, decays]: sum of decay ** (visits since), times (1 - decay), so that always is 1."""
    by_days: NDArray[np.float64]
    """float64[rows, half-lives]: visits with the item over visits, both halved each half-life; with half a visit of doubt."""
    all_visits: NDArray[np.int64]
    """int64[questions]: the shopper's receipts before the cut, `MOST_VISITS` at most."""
    item_gap: NDArray[np.float64]
    """float64[items]: mean logarithm of the distance over all shoppers, drawn to that of all items by five distances."""
    item_again: NDArray[np.float64]
    """float64[items]: share of its buyers who bought it again, drawn to that of all items by one buyer."""
    item_share: NDArray[np.float64]
    """float64[items]: share of the receipts that hold it."""

    def __len__(self) -> int:
        return len(self.item)

    @property
    def keys(self) -> NDArray[np.int64]:
        return self.question * len(self.visits.history.skus) + self.item

    @property
    def came_true(self) -> NDArray[np.bool_]:
        """Whether the item stands on the receipt asked about."""
        found: NDArray[np.bool_] = np.isin(self.keys, self.visits.bought())
        return found


def habits_of(visits: Visits) -> Habits:
    """Of no visits, no habits."""
    history, items = visits.history, len(visits.history.skus)
    lines = _Lines.of(history, visits.cut)
    first, last, pair = lines.ends()
    shopper, item = lines.shopper[first], lines.item[first]
    times = np.bincount(pair, minlength=len(first))

    gap = np.log(np.maximum(np.diff(lines.day, prepend=0.0), LEAST_DAYS))
    gap[first] = 0.0
    log_gaps = _sums(pair, gap, len(first))
    gap_sum, gap_count = _sums(item, log_gaps, items), _sums(item, times - 1, items)
    usual = gap_sum.sum() / gap_count.sum() if gap_count.sum() else np.log(30.0)
    buyers, again = np.bincount(item, minlength=items), np.bincount(item, times > 1, items)
    share_again = (again.sum() + 1) / (buyers.sum() + 2)

    question_of = np.full(len(history.shoppers), -1)
    question_of[visits.shopper] = np.arange(len(visits))
    asked = question_of[lines.shopper]
    ago = np.zeros(len(asked))
    ago[asked >= 0] = visits.now[asked[asked >= 0]] - lines.day[asked >= 0]
    rows = np.flatnonzero(question_of[shopper] >= 0)
    rows = rows[np.lexsort((item[rows], question_of[shopper[rows]]))]
    question = question_of[shopper[rows]]

    def summed(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return _sums(pair, np.where(asked >= 0, weights, 0.0), len(first))[rows]

    visitor = question_of[lines.visitor]
    visitors, visited_ago = visitor[visitor >= 0], visits.now[visitor[visitor >= 0]] - lines.visited[visitor >= 0]

    def by_days(half_life: float) -> NDArray[np.float64]:
        every = _sums(visitors, 0.5 ** (visited_ago / half_life), len(visits))
        share: NDArray[np.float64] = summed(0.5 ** (ago / half_life)) / (every[question] + 0.5)
        return share

    return Habits(
        visits,
        question,
        item[rows],
        times[rows],
        ago[first[rows]],
        ago[last[rows]],
        times[rows] - 1,
        log_gaps[rows],
        lines.left[first[rows]] + 1,
        lines.left[last[rows]],
        np.stack([(1 - decay) * summed(decay ** lines.left.astype(float)) for decay in VISIT_DECAYS], axis=1),
        np.stack([by_days(half_life) for half_life in HALF_LIVES_DAYS], axis=1),
        np.bincount(lines.visitor, minlength=len(history.shoppers))[visits.shopper],
        (gap_sum + 5 * usual) / (gap_count + 5),
        (again + share_again) / (buyers + 1),
        np.bincount(lines.item, minlength=items) / max(1, len(lines.visitor)),
    )


def _sums(groups: NDArray[np.int64] | NDArray[np.int32], values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """float64[count], of nothing too: bincount alone then counts in integers."""
    sums: NDArray[np.float64] = np.bincount(groups, values, count).astype(np.float64)
    return sums


@dataclass(frozen=True, slots=True)
class _Lines:
    """Every line of a regular before the cut, by shopper, item and time; and the visits they stand on."""

    shopper: NDArray[np.int32]
    item: NDArray[np.int32]
    day: NDArray[np.float64]
    left: NDArray[np.int64]
    """The shopper's visits after this one."""
    visitor: NDArray[np.int32]
    visited: NDArray[np.float64]

    @classmethod
    def of(cls, history: History, cut: int) -> _Lines:
        known = regular(history, cut)
        whose = history.shopper[known]
        order = np.lexsort((known, whose))
        ends = np.flatnonzero(np.diff(whose[order], append=NOBODY - 1))
        left = np.empty(len(known), np.int64)
        left[order] = np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(known))
        known, left = known[left < MOST_VISITS], left[left < MOST_VISITS]

        sizes = history.sizes[known]
        visit = np.repeat(np.arange(len(known)), sizes)
        item = history.item[np.arange(sizes.sum()) + np.repeat(history.start[known] - np.cumsum(sizes) + sizes, sizes)]
        moments, whose = days(history)[known], history.shopper[known]
        order = np.lexsort((visit, item, whose[visit]))
        visit = visit[order]
        return cls(whose[visit], item[order], moments[visit], left[visit], whose, moments)

    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """First and last line of each (shopper, item), and of each line which of them it belongs to."""
        new = np.ones(len(self.item), bool)
        new[1:] = (np.diff(self.shopper) != 0) | (np.diff(self.item) != 0)
        first = np.flatnonzero(new)
        last = np.append(first[1:], len(new))[: len(first)] - 1
        return first, last, np.cumsum(new) - 1
