"""How far a stated probability can be believed, and how scores are made probabilities that can be.

A calibration is a rising curve from a score to a probability, kept as at most `MOST_KNOTS` points with straight lines between
them, so that whoever uses it (a register too: `device.propensity`) only reads off a line. Three ways are compared on receipts
that the scores' maker has not seen, each learnt on one half and judged by the Brier score on the other, and the other way round:

- *as stated*: the score itself;
- *logistic*: 1 / (1 + exp(-(a + b log(s / (1 - s))))), scores clipped to 1e-6 and 1 - 1e-6 (Platt 1999, on the score's logit);
- *isotonic*: the rising steps nearest to what came true (Zadrozny and Elkan 2002), at knots of as many answers each.

The simplest way whose Brier score is within `WORTH` of the best is taken, and learnt again on both halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize, special, stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

GROUPS: Final = 10
MOST_KNOTS: Final = 32
WORTH: Final = 0.999
LEAST_TRUE: Final = 20
"""With fewer that came true, or that did not, a score stays what it is."""
_EDGE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Group:
    """A tenth of the answers, by the probability stated."""

    count: int
    stated: float
    found: float

    def interval(self) -> tuple[float, float]:
        """95 % of the share found (Clopper and Pearson, Biometrika 26, 1934)."""
        hits = round(self.found * self.count)
        low = 0.0 if hits == 0 else float(stats.beta.ppf(0.025, hits, self.count - hits + 1))
        high = 1.0 if hits == self.count else float(stats.beta.ppf(0.975, hits + 1, self.count - hits))
        return low, high


@dataclass(frozen=True, slots=True)
class Calibration:
    way: str
    scores: NDArray[np.float64]
    """float64[knots], rising."""
    probabilities: NDArray[np.float64]
    """The same, never falling."""

    def of(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.interp(scores, self.scores, self.probabilities)
        return found


AS_STATED: Final = Calibration("as stated", np.array([0.0, 1.0]), np.array([0.0, 1.0]))


def learn(scores: NDArray[np.float64], true: NDArray[np.bool_], seed: int) -> Calibration:
    """From scores and what came true: float64[answers], bool[answers]."""
    if min(int(true.sum()), int((~true).sum())) < LEAST_TRUE:
        return AS_STATED
    half = np.random.default_rng(seed).random(len(true)) < 0.5
    missed = [
        sum(brier(way(scores[one], true[one]).of(scores[~one]), true[~one]) * (~one).sum() for one in (half, ~half))
        for way in _WAYS
    ]
    chosen = next(way for way, loss in zip(_WAYS, missed, strict=True) if loss * WORTH <= min(missed))
    return chosen(scores, true)


def _as_stated(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> Calibration:
    del scores, true
    return AS_STATED


def _logistic(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> Calibration:
    at = _logit(scores)

    def loss(line: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        told = line[0] + line[1] * at
        away = special.expit(told) - true
        return float((np.logaddexp(0, told) - true * told).mean()), np.array([away.mean(), (away * at).mean()])

    # A falling line would say that less is more: then the score says nothing.
    line = optimize.minimize(loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(None, None), (0.0, None)]).x
    knots = _knots(scores)
    return Calibration("logistic", knots, special.expit(line[0] + line[1] * _logit(knots)))


def rising(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> Calibration:
    """The rising steps nearest to what came true, a knot for each answer: for whoever compares scores, and ships no curve."""
    order = np.argsort(scores, kind="stable")
    return Calibration("isotonic", scores[order], optimize.isotonic_regression(true[order].astype(float)).x)


def _isotonic(scores: NDArray[np.float64], true: NDArray[np.bool_]) -> Calibration:
    steps = rising(scores, true)
    parts = [part for part in np.array_split(np.arange(len(scores)), MOST_KNOTS) if len(part)]
    at = np.array([steps.scores[part].mean() for part in parts])
    value = np.array([steps.probabilities[part].mean() for part in parts])
    new = np.append(True, np.diff(at) > 0)
    return Calibration("isotonic", at[new], np.maximum.accumulate(value[new]))


_WAYS: Final[tuple[Callable[[NDArray[np.float64], NDArray[np.bool_]], Calibration], ...]] = (_as_stated, _logistic, _isotonic)


def _logit(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = special.logit(np.clip(scores, _EDGE, 1 - _EDGE))
    return found


def _knots(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the scores are: their quantiles."""
    return np.unique(np.quantile(scores, np.linspace(0, 1, MOST_KNOTS)))


def brier(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    return float(((stated - true) ** 2).mean())


def error(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    """Expected calibration error: the mean distance between stated and found over `GROUPS` groups of equal size."""
    return sum(group.count * abs(group.stated - group.found) for group in groups(stated, true)) / max(len(true), 1)


def lines(found: Sequence[Group]) -> Iterator[str]:
    """What was stated and what was found, for people."""
    yield from (f"  {group.stated:8.4f} {group.found:8.4f}  n={group.count}" for group in found)


def groups(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> list[Group]:
    order = np.argsort(stated, kind="stable")
    parts = [part for part in np.array_split(order, GROUPS) if len(part)]
    return [Group(len(part), round(float(stated[part].mean()), 5), round(float(true[part].mean()), 5)) for part in parts]
