"""Visits that are asked about, and the habits known before each: one row for each item the shopper bought before.

A question is a shopper's first receipt from `cut` on, of shoppers with `LEAST_VISITS` receipts before `cut`; all that is known
comes from before `cut`. A register knows the moment of the visit, so days are counted back from it.

What is known of a shopper's past is drawn up in `past`; here it is moved to the moment of the visit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.rhythm import Bought
from model_export.history import NOBODY, History
from model_export.regulars.past import Past, Usuals, past_of, usuals_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_VISITS: Final = 3
CUTS: Final = 3
BETWEEN_CUTS: Final = 1 / 9
"""Share of the receipts before the last of them."""
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
        question = np.repeat(np.arange(len(self)), self.history.sizes[self.receipt])
        keys: NDArray[np.int64] = np.sort(question * len(self.history.skus) + self.history.lines_of(self.receipt))
        return keys


def days(history: History) -> NDArray[np.float64]:
    moments: NDArray[np.float64] = (history.at - np.fmin.reduce(history.at)) / _DAY
    return moments


def regular(history: History, until: int) -> NDArray[np.int64]:
    """Places of the receipts before `until` whose shopper is known and agreed, and that have a time."""
    timed = ~np.isnat(history.at[:until])
    return np.flatnonzero((history.shopper[:until] != NOBODY) & history.consent[:until] & timed)


def next_visits(history: History, cut: int, end: int) -> Visits:
    """The first receipt from `cut` to `end - 1` of each shopper with `LEAST_VISITS` before it."""
    known = regular(history, end)
    before = np.bincount(history.shopper[known[known < cut]], minlength=len(history.shoppers))
    after = known[known >= cut]
    shoppers, first = np.unique(history.shopper[after], return_index=True)
    return Visits(history, cut, np.sort(after[first[before[shoppers] >= LEAST_VISITS]]))


def earlier_visits(history: History, end: int) -> list[Visits]:
    """To learn from: the next visits after each of `CUTS` cuts before the receipt `end`, the earliest first."""
    step = int(end * BETWEEN_CUTS)
    return [next_visits(history, end - n * step, end - (n - 1) * step) for n in range(CUTS, 0, -1)]


@dataclass(frozen=True, slots=True)
class Habits:
    """What is known of (shopper, item), a row each, in the order of question and item."""

    visits: Visits
    question: NDArray[np.int64]
    item: NDArray[np.int32]
    since_first: NDArray[np.float64]
    """Days, back from the visit."""
    bought: Bought
    all_visits: NDArray[np.int64]
    """int64[questions]: the shopper's receipts before the cut, `past.MOST_VISITS` at most."""
    usual: Usuals

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


def past_before(history: History, cut: int) -> Past:
    """Of all regulars."""
    known = regular(history, cut)
    shoppers = len(history.shoppers)
    return past_of(history.shopper[known], days(history)[known], history.sizes[known], history.lines_of(known), shoppers)


def habits_of(visits: Visits) -> Habits:
    """Of no visits, no habits."""
    history = visits.history
    past = past_before(history, visits.cut)
    usual = usuals_of(past, len(history.skus))
    question_of = np.full(len(history.shoppers), -1)
    question_of[visits.shopper] = np.arange(len(visits))
    rows = np.flatnonzero(question_of[past.shopper] >= 0)
    rows = rows[np.lexsort((past.item[rows], question_of[past.shopper[rows]]))]
    question = question_of[past.shopper[rows]]
    now = visits.now[question]
    return Habits(
        visits,
        question,
        past.item[rows],
        now - past.first[rows],
        past.at(rows, now, usual),
        past.visits[visits.shopper],
        usual,
    )
