"""How many receipts or shoppers, and how many days, it takes to find an effect: from the shop's own receipts.

The later half of the last `WINDOW` days is measured as an experiment would be, with the earlier half as its pre-period; that
gives what covariates leave of the variance, and how many receipts there are a day. After n units the interval has half width
h(n) and leaves zero out with probability Phi((effect - h(n)) / (s / sqrt(n))): the smallest n at which that is the power asked
for, where the interval is made narrowest at this n (`receipts` in the experiment's file). Looking earlier can only find it
earlier.

*Receipts are drawn*: s is that of one receipt, and n grows by as many as there are a day.

*Shoppers are drawn*: what a shopper's receipts have in common is no news. With a variance b between shoppers and w within them,
and n_k receipts of shopper k, the mean of an arm has the variance (b sum n_k**2 + w sum n_k) / (sum n_k)**2. b and w are those
of the shop (method of moments over receipts and over their sums by shopper; b / (b + w) is the intraclass correlation).
Shoppers keep coming: if each comes at a rate of its own, after d days sum n_k is a d and sum n_k**2 is a d + r d**2, where a is
receipts a day and r the sum of the squared rates, which sum n_k (n_k - 1) over the window squared estimates without bias. So the
variance does not fall below b r / a**2, however long one waits: there are no more shoppers than there are. How many of them will
have come (what the interval counts) is reckoned forwards from those who came once and twice (Chao's estimator, extrapolated as
by Chao et al., Ecological Monographs 84, 2014), and backwards by leaving days out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from scipy.stats import norm

from device.errors import HistoryError
from model_export.worth import asking
from model_export.worth.intervals import LEAST, radius, slope_of
from model_export.worth.metrics import METRICS
from model_export.worth.reading import ALPHA

if TYPE_CHECKING:
    from model_export.worth.intervals import Moments
    from model_export.worth.judging import Sales

WINDOW: Final = 56
YEAR: Final = 365
LEAST_DAYS: Final = 14
_MOST: Final = 10**11
NOTHING: Final = (
    "there is no sale to plan from: bring receipts in by `tillside history import`, or let registers send them for a few weeks"
)
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
    """Of units in the arm that is compared with the control arm; the others are in that."""
    units: int
    """Receipts or shoppers of both arms; 0: no number of days is enough."""
    a_day: float
    """Receipts; of known shoppers, where these are drawn."""
    days: int
    """0: no number is enough."""
    within_a_year: bool
    smallest: float
    """The effect that a year's receipts find with this power."""
    spared: float
    """Share of the variance that covariates take away."""
    intraclass: float
    """Share of what they leave that lies between shoppers; 0 where receipts are drawn."""
    measured: int
    """Receipts that this was learnt from."""
    window: int
    """On so many days, the latest."""


def plan(
    sales: Sales,
    name: str,
    effect: float,
    *,
    relative: bool,
    power: float,
    share: float,
    unit: str = "receipt",
) -> Plan:
    """HistoryError where the store holds too little to plan from. `relative`: the effect is a part of the mean."""
    metric = next(metric for metric in METRICS if metric.name == name)
    earliest, last, known = asking.span(sales, metric)
    if not earliest:
        raise HistoryError(NOTHING)
    first = max(last - WINDOW + 1, earliest)
    days = last - first + 1 if known else 0
    middle = last - days // 2 + 1
    table, shoppers = sales.table, unit == "shopper"
    within = table[f"y_{name}"].notnull() & (table.day >= middle) & (table.day <= last)
    among = within & table.shopper_code.notnull() if shoppers else within
    before = (table.day >= first) & (table.day < middle)
    sums = asking.add_up(sales, (metric,), before, among, 1, shoppers=shoppers)
    told = sums.moments("all", 0, 0, name)
    if days < LEAST_DAYS or told.receipts < 2 * LEAST or told.units < 2 * LEAST:
        if shoppers:
            here = f"{told.receipts:.0f} receipts of {told.units} known shoppers on the latest {days // 2} days"
            raise HistoryError(f"'{name}' is known of {here}: to plan takes {LEAST_DAYS} days and {2 * LEAST} such shoppers")
        raise HistoryError(
            f"'{name}' is known of {known} receipts on {days} {'day' if days == 1 else 'days'}: "
            f"to plan takes {LEAST_DAYS} days and {4 * LEAST} receipts"
        )
    mean = sums.centre[name] + float(told.means[0])
    slope = slope_of([told])
    squares, _ = told.residual(slope)
    plain, _ = told.residual(slope * 0)
    wanted = abs(effect * mean if relative else effect)
    if squares <= 0 or wanted <= 0:
        raise HistoryError(f"'{name}' is {mean:g} on every receipt, or no effect was asked for: there is nothing to plan")
    spread = _Spread.of(told, asking.visits(sales, among) if shoppers else {}, days // 2)
    wide = math.sqrt(1 / share + 1 / (1 - share))
    least = math.ceil(LEAST / min(share, 1 - share))
    in_days = spread.days_for(wanted / wide, power, ALPHA, least)
    return Plan(
        metric=name,
        unit=metric.unit,
        mean=mean,
        effect=wanted,
        power=power,
        alpha=ALPHA,
        share=share,
        units=spread.needed(wanted / wide, power, ALPHA, least) if not shoppers else math.ceil(spread.units(in_days)),
        a_day=spread.a_day,
        days=in_days,
        within_a_year=0 < in_days <= YEAR,
        smallest=wide * spread.findable(YEAR, power, ALPHA),
        spared=1 - squares / plain,
        intraclass=spread.intraclass,
        measured=round(told.receipts),
        window=days // 2,
    )


class _Spread:
    """How the variance of a mean falls as days go by, and how many units come."""

    def __init__(self, a_day: float, within: float, between: float, rates: float, came: Mapping[int, int], window: int) -> None:
        self.a_day = a_day
        self._within, self._between, self._rates = within, between, rates
        self._came, self._window = came, window

    @classmethod
    def of(cls, told: Moments, came: Mapping[int, int], window: int) -> _Spread:
        """`came`: how many shoppers came how often; nothing: receipts are drawn."""
        squares, of_sums = told.residual(slope_of([told]))
        n = told.receipts
        variance = squares / (n - 1)
        if not came:
            return cls(n / window, variance, 0.0, 0.0, came, window)
        pairs = float(told.of_units[0, 0]) - n
        between = min(max((of_sums - squares) / pairs, 0.0), variance) if pairs > 0 else 0.0
        return cls(n / window, variance - between, between, pairs / window**2, came, window)

    @property
    def intraclass(self) -> float:
        return self._between / (self._between + self._within)

    def variance(self, days: float) -> float:
        """Of the mean of all receipts of so many days."""
        receipts = self.a_day * days
        return (self._between * (receipts + self._rates * days**2) + self._within * receipts) / receipts**2

    def units(self, days: float) -> float:
        """That will have come."""
        if not self._came:
            return self.a_day * days
        if days <= self._window:
            return sum(shoppers * (1 - (1 - days / self._window) ** visits) for visits, shoppers in self._came.items())
        here, once, twice = sum(self._came.values()), self._came.get(1, 0), self._came.get(2, 0)
        unseen = once * (once - 1) / (2 * (twice + 1))
        return here + (unseen * (1 - math.exp(-(days - self._window) / self._window * once / unseen)) if unseen > 0 else 0.0)

    def findable(self, days: float, power: float, alpha: float) -> float:
        """The effect that so many days find with this power, times the square root that the shares make."""
        units = self.units(days)
        return findable(units, math.sqrt(units * self.variance(days)), power, alpha)

    def needed(self, effect: float, power: float, alpha: float, least: int) -> int:
        """Receipts."""
        return needed(effect, math.sqrt(self._within + self._between), power, alpha, least)

    def days_for(self, effect: float, power: float, alpha: float, least: int) -> int:
        """0: no number of days is enough."""
        if not self._came:
            return math.ceil(self.needed(effect, power, alpha, least) / self.a_day)
        enough = (
            days for days in range(1, 40 * YEAR) if self.units(days) >= least and self.findable(days, power, alpha) <= effect
        )
        return next(enough, 0)


def needed(effect: float, deviation: float, power: float, alpha: float, least: int) -> int:
    """The smallest number of units of both arms, `least` or more, after which the effect is found with this power."""
    low, high = 1, least
    while findable(high, deviation, power, alpha) > effect and high < _MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if findable(middle, deviation, power, alpha) <= effect else (middle, high)
    return max(high, least)


def findable(units: float, deviation: float, power: float, alpha: float) -> float:
    """The effect that so many units find with this power."""
    return radius(units, deviation, alpha, units) + float(norm.ppf(power)) * deviation / math.sqrt(units)
