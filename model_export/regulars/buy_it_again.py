"""The four models of repeat purchase that a published study compares, to stand beside.

Bhagat, Muralidharan, Lobzhanidze, Vishwanath, "Buy It Again: Modeling Repeat Purchase Recommendations", KDD 2018.

    RCP  repeat customer probability: share of an item's buyers who bought it more than once
    ATD  RCP times the log-normal density, over all shoppers, of the distance between purchases of the item
    PG   RCP times the Poisson probability of one purchase at least until now, its rate (k + a) / (t + b), t since the first
    MPG  the same; before twice the shopper's mean distance m: rate (k + a) / (first to last + 2 |m - t| + b), t since the last

a and b, an item's gamma prior, are fitted to the rates of its repeating buyers by their first two moments; an item with fewer
than `LEAST_BUYERS` of them gets the prior of all. A horizon of one day stands for "now" in PG and MPG.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from device.rhythm import LEAST_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.regulars.visits import Habits

LEAST_BUYERS: Final = 5
_LEAST_SPREAD: Final = 0.1


def repeat_customer(habits: Habits) -> NDArray[np.float64]:
    found: NDArray[np.float64] = habits.bought.item_again
    return found


def aggregate_time(habits: Habits) -> NDArray[np.float64]:
    middle, spread = _log_normal(habits)
    since = np.maximum(habits.bought.since_last, LEAST_DAYS)
    away = (np.log(since) - middle[habits.item]) / spread[habits.item]
    density = np.exp(-(away**2) / 2) / (since * spread[habits.item] * np.sqrt(2 * np.pi))
    found: NDArray[np.float64] = repeat_customer(habits) * density
    return found


def poisson_gamma(habits: Habits) -> NDArray[np.float64]:
    shape, rate = _prior(habits)
    return _one_at_least(habits, (habits.bought.times + shape) / (habits.since_first + rate))


def modified_poisson_gamma(habits: Habits) -> NDArray[np.float64]:
    shape, rate = _prior(habits)
    mean, since = np.exp(habits.bought.distance), habits.bought.since_last
    early = (habits.bought.times + shape) / (habits.since_first - since + 2 * np.abs(mean - since) + rate)
    late = (habits.bought.times + shape) / (habits.since_first + rate)
    return _one_at_least(habits, np.where(since < 2 * mean, early, late))


def _one_at_least(habits: Habits, rate: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = repeat_customer(habits) * -np.expm1(-rate)
    return found


def _log_normal(habits: Habits) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of the logarithm of the distance, of each item, over the shoppers asked about."""
    gaps = habits.bought.times - 1
    rows = gaps > 0
    own = habits.bought.log_gaps[rows] / gaps[rows]
    items = len(habits.usual.gap)
    away = (own - habits.usual.gap[habits.item[rows]]) ** 2
    count = np.bincount(habits.item[rows], minlength=items)
    usual = away.mean() if len(away) else 1.0
    spread = np.sqrt((np.bincount(habits.item[rows], away, items) + LEAST_BUYERS * usual) / (count + LEAST_BUYERS))
    return habits.usual.gap, np.maximum(spread, _LEAST_SPREAD)


def _prior(habits: Habits) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shape and rate (days) of the gamma prior, for each row its item's."""
    gaps = habits.bought.times - 1
    rows = gaps > 0
    rates = gaps[rows] / np.maximum(habits.since_first[rows] - habits.bought.since_last[rows], LEAST_DAYS)
    item, items = habits.item[rows], len(habits.usual.gap)
    count = np.bincount(item, minlength=items)
    mean = np.bincount(item, rates, items) / np.maximum(count, 1)
    variance = np.bincount(item, (rates - mean[item]) ** 2, items) / np.maximum(count - 1, 1)
    few = (count < LEAST_BUYERS) | (variance <= 0)
    if rows.any():
        mean, variance = np.where(few, rates.mean(), mean), np.where(few, max(rates.var(), 1e-9), variance)
    else:
        mean, variance = np.full(items, 1 / 30), np.full(items, 1 / 900)
    shape = mean**2 / variance
    return shape[habits.item], (shape / mean)[habits.item]
