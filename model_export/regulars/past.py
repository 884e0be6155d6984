"""What shoppers bought before, drawn up as it stood at each shopper's last visit: the facts from which rhythms are reckoned.

The form in which a profile travels (`device.profiles`), and moved to a later moment (`Past.at`) what training learns from: one
piece of arithmetic for both.

Memory: some 200 bytes for each (shopper, item) and 40 for each line. Of one shopper the last `MOST_VISITS` receipts count: a card
that a canteen pays with buys everything, and has no rhythm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from device.rhythm import HALF_LIVES_DAYS, LEAST_DAYS, VISIT_DECAYS, Bought

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_VISITS: Final = 500
_FEW: Final = 5
"""Distances by which an item's own is drawn to that of all items."""
_MONTH: Final = 30.0


@dataclass(frozen=True, slots=True)
class Usuals:
    """What items are like with everybody; float64[items] each."""

    gap: NDArray[np.float64]
    """Mean logarithm of the distance in days over all shoppers, drawn to that of all items by five distances."""
    again: NDArray[np.float64]
    """Share of its buyers who bought it again, drawn to that of all items by one buyer."""
    share: NDArray[np.float64]
    """Share of the receipts that hold it."""


@dataclass(frozen=True, slots=True)
class Past:
    """A row for each (shopper, item), in the order of both. Days are counted as they were given."""

    shopper: NDArray[np.int64]
    item: NDArray[np.int32]
    times: NDArray[np.int64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    log_gaps: NDArray[np.float64]
    """Sum of the natural logarithms of the distances in days, `times - 1` of them."""
    visits_since_first: NDArray[np.int64]
    """The shopper's visits from the first with the item on, that one included."""
    visits_since_last: NDArray[np.int64]
    by_visits: NDArray[np.float64]
    """float64[rows, decays], as `device.rhythm.Bought` has it."""
    halved: NDArray[np.float64]
    """float64[rows, half-lives]: visits with the item, each halved for every half-life it lies before the shopper's last one."""
    shares: NDArray[np.float64]
    """Decayed share of the shopper's receipts that hold the item: see `device.tokens.RunningHistory`."""
    visits: NDArray[np.int64]
    """int64[shoppers], as are the rest: `began` and `seen` are the days of the first and the last visit that count."""
    began: NDArray[np.float64]
    seen: NDArray[np.float64]
    all_halved: NDArray[np.float64]
    """float64[shoppers, half-lives]: all visits, halved likewise."""

    def __len__(self) -> int:
        return len(self.item)

    def at(self, rows: NDArray[np.int64], now: NDArray[np.float64], usual: Usuals) -> Bought:
        """Of these rows, as they stand at `now`, a day for each."""
        shopper, item = self.shopper[rows], self.item[rows]
        passed = np.maximum(now - self.seen[shopper], 0.0)
        fading = 0.5 ** (passed[:, None] / np.array(HALF_LIVES_DAYS))
        return Bought(
            times=self.times[rows].astype(np.float64),
            visits=self.visits[shopper].astype(np.float64),
            visits_since_first=self.visits_since_first[rows].astype(np.float64),
            visits_since_last=self.visits_since_last[rows].astype(np.float64),
            since_last=passed + self.seen[shopper] - self.last[rows],
            by_visits=self.by_visits[rows],
            by_days=self.halved[rows] * fading / (self.all_halved[shopper] * fading + 0.5),
            log_gaps=self.log_gaps[rows],
            item_gap=usual.gap[item],
            item_again=usual.again[item],
            item_share=usual.share[item],
        )


def past_of(
    whose: NDArray[Any],
    day: NDArray[np.float64],
    sizes: NDArray[np.int64],
    items: NDArray[np.int32],
    shoppers: int,
    decay: float = 1.0,
) -> Past:
    """Of receipts in order of time: whose each is (below `shoppers`), its day, how many items it holds, and these in a row.

    `decay`: of `shares`.
    """
    order = np.argsort(whose, kind="stable")
    ends = np.flatnonzero(np.diff(whose[order], append=-2))
    left = np.empty(len(whose), np.int64)
    left[order] = np.repeat(ends, np.diff(ends, prepend=-1)) - np.arange(len(whose))
    held = np.repeat(left < MOST_VISITS, sizes)
    kept = left < MOST_VISITS
    whose, day, sizes, left, items = whose[kept], day[kept], sizes[kept], left[kept], items[held]

    visits = np.bincount(whose, minlength=shoppers)
    began, seen = np.full(shoppers, np.inf), np.full(shoppers, -np.inf)
    np.minimum.at(began, whose, day)
    np.maximum.at(seen, whose, day)
    began[visits == 0] = seen[visits == 0] = 0.0
    halving = 0.5 ** ((seen[whose] - day)[:, None] / np.array(HALF_LIVES_DAYS))
    fading = decay ** left.astype(np.float64)
    mass = np.bincount(whose, fading, shoppers)

    visit = np.repeat(np.arange(len(whose)), sizes)
    order = np.lexsort((visit, items, whose[visit]))
    visit, items = visit[order], items[order]
    shopper, when, behind = whose[visit].astype(np.int64), day[visit], left[visit]
    new = np.ones(len(items), bool)
    new[1:] = (np.diff(shopper) != 0) | (np.diff(items) != 0)
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(new))[: len(first)] - 1
    pair = np.cumsum(new) - 1

    def summed(values: NDArray[Any]) -> NDArray[np.float64]:
        return sums(pair, values, len(first))

    gap = np.log(np.maximum(np.diff(when, prepend=0.0), LEAST_DAYS))
    gap[first] = 0.0
    every = np.zeros((shoppers, len(HALF_LIVES_DAYS)))
    for column in range(len(HALF_LIVES_DAYS)):
        every[:, column] = np.bincount(whose, halving[:, column], shoppers)
    return Past(
        shopper[first],
        items[first],
        np.bincount(pair, minlength=len(first)),
        when[first],
        when[last],
        summed(gap),
        behind[first] + 1,
        behind[last],
        np.stack([(1 - one) * summed(one ** behind.astype(float)) for one in VISIT_DECAYS], axis=1),
        np.stack([summed(halving[visit, column]) for column in range(len(HALF_LIVES_DAYS))], axis=1),
        summed(fading[visit]) / mass[shopper[first]],
        visits,
        began,
        seen,
        every,
    )


def usuals_of(past: Past, items: int) -> Usuals:
    gap_sum, gap_count = sums(past.item, past.log_gaps, items), sums(past.item, past.times - 1, items)
    usual = gap_sum.sum() / gap_count.sum() if gap_count.sum() else np.log(_MONTH)
    buyers, again = np.bincount(past.item, minlength=items), np.bincount(past.item, past.times > 1, items)
    share_again = (again.sum() + 1) / (buyers.sum() + 2)
    return Usuals(
        (gap_sum + _FEW * usual) / (gap_count + _FEW),
        (again + share_again) / (buyers + 1),
        sums(past.item, past.times, items) / max(1, int(past.visits.sum())),
    )


def sums(groups: NDArray[Any], values: NDArray[Any], count: int) -> NDArray[np.float64]:
    """float64[count], of nothing too: bincount alone then counts in integers."""
    found: NDArray[np.float64] = np.bincount(groups, values, count).astype(np.float64)
    return found
