"""Differences between arms, with intervals that hold however often they are looked at. Pure arithmetic over sums.

*Interval*: the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
theory and asymptotic confidence sequences" (Annals of Statistics 52, 2024; arXiv 2103.06476), theorem 2.2: after n units with
standard deviation s of one unit's part in the estimate, estimate +- s sqrt(2 (n r + 1) / (n^2 r) log(sqrt(n r + 1) / alpha)).
The probability that it fails to cover at *any* n is at most alpha; it holds for the running mean where effects change with time.
r makes it narrowest at about `planned` units and must not depend on what was seen:
r = (-2 log alpha + log(1 - 2 log alpha)) / planned (their appendix B.2). Being asymptotic, it begins at `LEAST` units an arm.

*p*: the smallest alpha at which the interval leaves zero out; as valid at any time as the interval.

*Estimate*: difference of means, adjusted for covariates known before the arm was drawn (CUPED: Deng, Xu, Kohavi and Walker, WSDM
2013): one slope for all arms, fitted within arms. Its variance is that of the residuals; where a shopper is drawn, of their sums
over each shopper's receipts.

*Sample ratio*: the Bayes factor of a Dirichlet mixture against the planned shares (Lindon and Malek, "Anytime-valid inference for
multinomial count data", NeurIPS 2022); its inverse is a p-value at any time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import false_discovery_control

LEAST: Final = 100
"""Units in each arm below which nothing is said."""

PRIOR: Final = 1000.0
"""Units that the mixture of the sample-ratio test weighs as much as: narrow, for shares are hit well or not at all."""


@dataclass(frozen=True, slots=True)
class Difference:
    units: int
    """Receipts or shoppers of both arms."""
    control: float
    treatment: float
    """Means, not adjusted."""
    estimate: float
    """Treatment less control, adjusted."""
    low: float
    high: float
    p: float
    deviation: float
    """Of one unit's part in the estimate: what `planning` plans with."""
    spared: float
    """Share of the variance that the covariates took away."""


def radius(units: float, deviation: float, alpha: float, planned: float) -> float:
    """Half of the interval's width after so many units."""
    ratio = _ratio(alpha, planned)
    grown = units * ratio + 1
    return deviation * math.sqrt(2 * grown / (units**2 * ratio) * (0.5 * math.log(grown) - math.log(alpha)))


def p_value(estimate: float, units: float, deviation: float, alpha: float, planned: float) -> float:
    if deviation <= 0:
        return 1.0 if estimate == 0 else 0.0
    ratio = _ratio(alpha, planned)
    grown = units * ratio + 1
    return min(1.0, math.exp(0.5 * math.log(grown) - (estimate / deviation * units) ** 2 * ratio / (2 * grown)))


def _ratio(alpha: float, planned: float) -> float:
    return (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / planned


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What one arm's receipts add up to: of v = (1, y, covariates ...) of each receipt, and of its sum over each unit.

    Everything about a difference follows from it, wherever the receipts are and however many. y and the covariates may be less
    any constant that is the same for all arms: the more of their mean it takes, the less is lost to rounding.
    """

    units: int
    """Receipts, or shoppers where these are drawn."""
    of_receipts: NDArray[np.float64]
    """float64[2 + covariates, 2 + covariates]: the sum of v v' over receipts."""
    of_units: NDArray[np.float64]
    """The same over units, of the sum of v over each; of receipts, where these are the units."""

    @property
    def receipts(self) -> float:
        return float(self.of_receipts[0, 0])

    @property
    def means(self) -> NDArray[np.float64]:
        """Of y and of the covariates, less their constants."""
        found: NDArray[np.float64] = self.of_receipts[0, 1:] / self.receipts
        return found

    def plain(self) -> Moments:
        """Without the covariates."""
        return Moments(self.units, self.of_receipts[:2, :2], self.of_units[:2, :2])

    def within(self) -> NDArray[np.float64]:
        """Sums of products of y and the covariates about the arm's means."""
        found: NDArray[np.float64] = self.of_receipts[1:, 1:] - self.receipts * np.outer(self.means, self.means)
        return found

    def residual(self, slope: NDArray[np.float64]) -> tuple[float, float]:
        """The sum of squares of what the covariates do not tell: over receipts, and of its sums over units."""
        weights = np.concatenate([[self.means[1:] @ slope - self.means[0], 1.0], -slope])
        found = (float(weights @ self.of_receipts @ weights), float(weights @ self.of_units @ weights))
        # A difference of large numbers: what is less than their rounding is nothing.
        lost = 1e-13 * abs(float(weights**2 @ np.abs(np.diag(self.of_receipts))))
        return found[0] if found[0] > lost else 0.0, found[1] if found[1] > lost else 0.0


def slope_of(arms: Sequence[Moments]) -> NDArray[np.float64]:
    """One slope for all arms, fitted within arms."""
    within = np.zeros((len(arms[0].means),) * 2)
    for arm in arms:
        within += arm.within()
    if len(within) == 1:
        return np.zeros(0)
    found: NDArray[np.float64] = np.linalg.lstsq(within[1:, 1:], within[1:, 0], rcond=1e-10)[0].astype(np.float64)
    return found


def difference(
    control: Moments, treatment: Moments, planned: float, *, alpha: float = 0.05, centre: float = 0.0
) -> Difference | None:
    """None where an arm has fewer than `LEAST` units. `centre`: what y is less."""
    arms = (control, treatment)
    if min(arm.units for arm in arms) < LEAST:
        return None
    slope, none = slope_of(arms), np.zeros(len(control.means) - 1)
    apart = treatment.means - control.means
    variance, before = (sum(_variance(arm, one) for arm in arms) for one in (slope, none))
    total = control.units + treatment.units
    deviation = math.sqrt(total * variance)
    estimate = float(apart[0] - apart[1:] @ slope)
    half = radius(total, deviation, alpha, planned)
    return Difference(
        units=total,
        control=centre + float(control.means[0]),
        treatment=centre + float(treatment.means[0]),
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        p=p_value(estimate, total, deviation, alpha, planned),
        deviation=deviation,
        spared=1 - variance / before if before > 0 else 0.0,
    )


def _variance(arm: Moments, slope: NDArray[np.float64]) -> float:
    """Of the arm's mean."""
    _, squares = arm.residual(slope)
    return squares / arm.receipts**2 * arm.units / (arm.units - 1)


def sample_ratio(counts: Sequence[int], shares: Sequence[int]) -> float:
    """p-value of arms being drawn as often as their shares say."""
    told = np.array(counts, np.float64)
    expected = np.array(shares, np.float64) / sum(shares)
    prior = PRIOR * expected
    log_factor = gammaln(PRIOR) - gammaln(PRIOR + told.sum()) + (gammaln(prior + told) - gammaln(prior)).sum()
    log_factor -= float(told @ np.log(expected))
    return min(1.0, math.exp(-log_factor)) if log_factor > -700 else 1.0


def corrected(p: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg: the share of false ones among all parts that are called an effect at this value or below."""
    return [float(q) for q in false_discovery_control(np.array(p))] if p else []


def stepped_down(p: Sequence[float]) -> list[float]:
    """Holm: the probability that any of the questions is called an effect wrongly, at this value or below.

    Scandinavian Journal of Statistics 6, 1979. p-values that hold at any time make ones that do.
    """
    order = sorted(range(len(p)), key=p.__getitem__)
    found, least = [0.0] * len(p), 0.0
    for place, one in enumerate(order):
        least = found[one] = min(1.0, max(least, (len(p) - place) * p[one]))
    return found
