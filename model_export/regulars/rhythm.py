"""What is learnt of rhythms: a logistic regression on the features of `device.rhythm`, which the register works with too.

Learnt on visits before those that are asked about; penalty and convergence below; the objective is convex, so the answer does not
depend on chance. What a bundle holds of it is `len(FEATURES)` + 1 numbers, the same for all shoppers and items.

Memory: beside the habits themselves the features of `MOST_ROWS` rows, whatever the history.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize, special

from device.errors import TrainingError
from device.rhythm import Bought, features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from model_export.regulars.visits import Habits

PENALTY: Final = 1.0
MOST_ROWS: Final = 600_000
"""Rows learnt from, drawn with the seed: the weights are a score, more rows do not move them."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """Probability = 1 / (1 + exp(-(bias + weights . (features - mean) / scale)))."""

    bias: float
    weights: NDArray[np.float64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    def probability(self, bought: Bought) -> NDArray[np.float64]:
        """float64[rows]"""
        found: NDArray[np.float64] = special.expit(self.bias + (features(bought) - self.mean) / self.scale @ self.weights)
        return found

    def plain(self) -> tuple[float, tuple[float, ...]]:
        """Bias and weights of the features as they are: what a bundle holds."""
        weights = self.weights / self.scale
        return float(self.bias - weights @ self.mean), tuple(weights.tolist())


def learn(examples: Sequence[Habits], seed: int) -> Learnt:
    """From habits whose visits have come. TrainingError when nothing came true, or everything did."""
    true = np.concatenate([one.came_true for one in examples]) if examples else np.zeros(0, bool)
    if not true.any() or true.all():
        raise TrainingError(
            f"of {len(true)} items bought before, {true.sum()} were bought again at the next visit: a rhythm needs both kinds; "
            "bring a longer history"
        )
    rows = np.arange(len(true))
    if len(true) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(len(true), MOST_ROWS, replace=False))
    ends = np.cumsum([len(one) for one in examples])
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    design = np.concatenate(
        [features(_of_rows(one.bought, part - (end - len(one)))) for one, part, end in zip(examples, parts, ends, strict=True)]
    )
    true = true[rows]
    mean, scale = design.mean(axis=0), design.std(axis=0)
    scale[scale == 0] = 1.0
    columns = np.column_stack([np.ones(len(true)), (design - mean) / scale])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = columns @ weights
        drawn = np.concatenate([[0.0], PENALTY * weights[1:]])
        value = (np.logaddexp(0, scores) - true * scores).sum() + drawn @ weights / 2
        return float(value), columns.T @ (special.expit(scores) - true) + drawn

    found = optimize.minimize(loss, np.zeros(columns.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Learnt(float(found[0]), found[1:], mean, scale)


def _of_rows(bought: Bought, rows: NDArray[np.int64]) -> Bought:
    return Bought(*(getattr(bought, one.name)[rows] for one in fields(bought)))
