"""How likely an item that was bought before stands on the receipt of this visit.

A logistic regression on what a register can look up and work out in a moment: how often, how lately, how far into the usual
distance between purchases, and what the item is like with everybody. The distance of a shopper who bought an item k times is
drawn to the item's own by `DOUBT` distances (in logarithms: distances are spread over decades). Learnt on visits before those
that are asked about; penalty and convergence below; the objective is convex, so the answer does not depend on chance.

What it learnt is `Rhythm`: 2 x `len(FEATURES)` + 1 numbers, the same for all shoppers and items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize, special

from device.errors import TrainingError
from model_export.regulars.visits import LEAST_DAYS, Habits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DOUBT: Final = 2.0
NEAR: Final = 0.3
"""Logarithms: a third more or less than the usual distance is near it."""
PENALTY: Final = 1.0
MOST_ROWS: Final = 600_000
"""Rows learnt from, drawn with the seed: the weights are a score and a half, more rows do not move them."""

FEATURES: Final = (
    "share of visits",
    "share of visits since the first",
    "by visits, 0.8",
    "by visits, 0.95",
    "by days, 14",
    "by days, 60",
    "into the distance",
    "overdue",
    "long overdue",
    "just bought",
    "at the distance",
    "visits since",
    "days since",
    "once only",
    "times",
    "item bought again",
    "item's share",
    "visits",
    "distance",
)


def distance(habits: Habits) -> NDArray[np.float64]:
    """float64[rows]: the logarithm of the usual number of days between two purchases."""
    drawn: NDArray[np.float64] = (habits.log_gaps + DOUBT * habits.item_gap[habits.item]) / (habits.gaps + DOUBT)
    return drawn


def design(habits: Habits) -> NDArray[np.float64]:
    """float64[rows, features]"""
    times, visits = habits.times.astype(float), habits.all_visits[habits.question].astype(float)
    usual, since = distance(habits), np.log(np.maximum(habits.since_last, LEAST_DAYS))
    into = since - usual
    again = habits.item_again[habits.item]
    return np.stack(
        [
            np.log((times + 0.3) / (visits + 2)),
            np.log((times + 0.3) / (habits.visits_since_first + 1)),
            *np.log(habits.by_visits + np.array([1e-4, 1e-3])).T,
            *np.log(habits.by_days + 0.01).T,
            into,
            np.maximum(into, 0),
            np.maximum(into - 1, 0),
            np.minimum(into + 1, 0),
            np.exp(-((into / NEAR) ** 2)),
            np.log1p(habits.visits_since_last),
            since,
            times == 1,
            np.log(times),
            special.logit(np.clip(again, 1e-6, 1 - 1e-6)),
            np.log(habits.item_share[habits.item] + 1e-6),
            np.log(visits),
            usual,
        ],
        axis=1,
    )


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Probability = 1 / (1 + exp(-(bias + weights . (features - mean) / scale)))."""

    bias: float
    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def probability(self, habits: Habits) -> NDArray[np.float64]:
        """float64[rows]"""
        found: NDArray[np.float64] = special.expit(self.bias + (design(habits) - self.mean) / self.scale @ self.weights)
        return found


def learn(examples: Sequence[Habits], seed: int) -> Rhythm:
    """From habits whose visits have come. TrainingError when nothing came true, or everything did."""
    features = np.concatenate([design(one) for one in examples]) if examples else np.zeros((0, len(FEATURES)))
    true = np.concatenate([one.came_true for one in examples]) if examples else np.zeros(0, bool)
    if not true.any() or true.all():
        raise TrainingError(
            f"of {len(true)} items bought before, {true.sum()} were bought again at the next visit: a rhythm needs both kinds; "
            "bring a longer history"
        )
    if len(true) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(len(true), MOST_ROWS, replace=False))
        features, true = features[rows], true[rows]
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    columns = np.column_stack([np.ones(len(true)), (features - mean) / scale])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = columns @ weights
        drawn = np.concatenate([[0.0], PENALTY * weights[1:]])
        value = (np.logaddexp(0, scores) - true * scores).sum() + drawn @ weights / 2
        return float(value), columns.T @ (special.expit(scores) - true) + drawn

    found = optimize.minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Rhythm(float(found[0]), found[1:], mean, scale)
