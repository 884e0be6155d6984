"""Differences between arms, with intervals that hold however often they are looked at. Pure arithmetic over arrays.

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


def difference(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    covariates: NDArray[np.float64],
    planned: float,
    *,
    alpha: float = 0.05,
    unit: NDArray[np.int64] | None = None,
) -> Difference | None:
    """None where an arm has fewer than `LEAST` units.

    `y` float64[n], without NaN. `covariates` float64[n, k]; k may be 0, NaN is taken for the mean. `unit`: receipts with the same
    number were drawn together.
    """
    sides = (~treated, treated)
    counts = [int(side.sum()) for side in sides]
    units = counts if unit is None else [len(np.unique(unit[side])) for side in sides]
    if min(units) < LEAST:
        return None
    means = [float(y[side].mean()) for side in sides]
    residual = y - np.where(treated, means[1], means[0])
    plain = residual
    x = covariates
    shift = 0.0
    if x.shape[1]:
        x = np.where(np.isnan(x), np.nanmean(x, axis=0, keepdims=True), x)
        centres = np.stack([x[side].mean(axis=0) for side in sides])
        within = x - centres[treated.astype(np.intp)]
        slope = np.linalg.lstsq(within.T @ within, within.T @ residual, rcond=1e-10)[0]
        residual = residual - within @ slope
        shift = float((centres[1] - centres[0]) @ slope)
    variance = _variance(residual, sides, counts, unit)
    before = _variance(plain, sides, counts, unit)
    total = sum(units)
    deviation = math.sqrt(total * variance)
    estimate = means[1] - means[0] - shift
    half = radius(total, deviation, alpha, planned)
    return Difference(
        units=total,
        control=means[0],
        treatment=means[1],
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        p=p_value(estimate, total, deviation, alpha, planned),
        deviation=deviation,
        spared=1 - variance / before if before > 0 else 0.0,
    )


def _variance(
    residual: NDArray[np.float64], sides: Sequence[NDArray[np.bool_]], counts: Sequence[int], unit: NDArray[np.int64] | None
) -> float:
    """Of the difference of means."""
    if unit is None:
        return sum(float(residual[side] @ residual[side]) / (n * (n - 1)) for side, n in zip(sides, counts, strict=True))
    found = 0.0
    for side, n in zip(sides, counts, strict=True):
        _, place = np.unique(unit[side], return_inverse=True)
        sums = np.bincount(place, residual[side])
        found += float(sums @ sums) / n**2 * len(sums) / (len(sums) - 1)
    return found


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
