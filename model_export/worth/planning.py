"""How many receipts, and how many days, it takes to find an effect: from the shop's own receipts. Pure.

The later half of the last `WINDOW` days is measured as an experiment would be, with the earlier half as its pre-period; that
gives the deviation of one receipt with what covariates spare, and how many receipts there are a day. After n of them the interval
has half width h(n) and leaves zero out with probability Phi((effect - h(n)) / (s / sqrt(n))): the smallest n at which that is the
power asked for, where the interval is made narrowest at this n (`receipts` in the experiment's file). Looking earlier can only
find it earlier. It plans for receipts that are drawn; where shoppers are, it takes more of them the more often they come.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np
from scipy.stats import norm

from device.errors import HistoryError
from model_export.worth.columns import Columns
from model_export.worth.intervals import LEAST, radius
from model_export.worth.metrics import METRICS, covariates
from model_export.worth.sound import sound

WINDOW: Final = 56
YEAR: Final = 365
LEAST_DAYS: Final = 14
_MOST: Final = 10**11
NAMES: Final = tuple(metric.name for metric in METRICS)


class Plan(msgspec.Struct, frozen=True):
    metric: str
    unit: str
    mean: float
    effect: float
    """In the metric's own unit, money in minor units."""
    power: float
    alpha: float
    share: float
    """Of receipts in the arm that is compared with the control arm; the others are in that."""
    receipts: int
    """Of both arms."""
    a_day: float
    days: int
    within_a_year: bool
    smallest: float
    """The effect that a year's receipts find with this power."""
    spared: float
    """Share of the variance that covariates take away."""
    measured: int
    """Receipts that this was learnt from."""


def plan(columns: Columns, name: str, effect: float, *, relative: bool, power: float, share: float, alpha: float = 0.05) -> Plan:
    """HistoryError where the store holds too little to plan from. `relative`: the effect is a part of the mean."""
    metric = next(metric for metric in METRICS if metric.name == name)
    columns = sound(columns, None).columns
    if not len(columns):
        raise HistoryError("the central store holds no sale to plan from: let registers send receipts for a few weeks first")
    y = metric.of(columns)
    told = np.flatnonzero(~np.isnan(y))
    last = int(columns.day[told].max()) if len(told) else 0
    first = max(last - WINDOW + 1, int(columns.day.min()))
    days = last - first + 1
    middle = last - days // 2 + 1
    within = ~np.isnan(y) & (columns.day >= middle) & (columns.day <= last)
    if days < LEAST_DAYS or within.sum() < 2 * LEAST:
        raise HistoryError(
            f"'{name}' is known of {len(told)} receipts on {days if len(told) else 0} days: "
            f"to plan takes {LEAST_DAYS} days and {4 * LEAST} receipts"
        )
    x = covariates(columns, (columns.day >= first) & (columns.day < middle), y)[within]
    y = y[within]
    variance, plain = _residual(y, x), float(y.var(ddof=1))
    mean = float(y.mean())
    wanted = abs(effect * mean if relative else effect)
    if variance <= 0 or wanted <= 0:
        raise HistoryError(f"'{name}' is {mean:g} on every receipt, or no effect was asked for: there is nothing to plan")
    deviation = math.sqrt(variance * (1 / share + 1 / (1 - share)))
    receipts = needed(wanted, deviation, power, alpha, share)
    a_day = len(y) / (days // 2)
    in_days = math.ceil(receipts / a_day)
    return Plan(
        metric=name,
        unit=metric.unit,
        mean=mean,
        effect=wanted,
        power=power,
        alpha=alpha,
        share=share,
        receipts=receipts,
        a_day=a_day,
        days=in_days,
        within_a_year=in_days <= YEAR,
        smallest=findable(a_day * YEAR, deviation, power, alpha),
        spared=1 - variance / plain,
        measured=len(y),
    )


def needed(effect: float, deviation: float, power: float, alpha: float, share: float) -> int:
    """The smallest number of units of both arms after which the effect is found with this power."""
    low, high = 1, math.ceil(LEAST / min(share, 1 - share))
    while findable(high, deviation, power, alpha) > effect and high < _MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if findable(middle, deviation, power, alpha) <= effect else (middle, high)
    return max(high, math.ceil(LEAST / min(share, 1 - share)))


def findable(units: float, deviation: float, power: float, alpha: float) -> float:
    """The effect that so many units find with this power."""
    return radius(units, deviation, alpha, units) + float(norm.ppf(power)) * deviation / math.sqrt(units)


def _residual(y: np.ndarray[tuple[int], np.dtype[np.float64]], x: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Variance of what the covariates do not tell."""
    own = y - y.mean()
    if x.shape[1]:
        x = np.where(np.isnan(x), np.nanmean(x, axis=0, keepdims=True), x)
        x = x - x.mean(axis=0)
        own = own - x @ np.linalg.lstsq(x.T @ x, x.T @ own, rcond=1e-10)[0]
    return float(own @ own) / (len(own) - 1)
