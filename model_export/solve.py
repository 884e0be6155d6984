"""Counts to weights: the closed-form regression of every item on all other tokens.

    C = G - n m m'                     covariance times n; m: mean of each token
    P = inverse(C + Lambda)            Lambda: one ridge for items, one for context, one for history
    B[:, j] = -P[:, j] / P[j, j]       for item columns j;  B[j, j] = 0
    intercept = m_items - B' m
    score(x) = B' x + intercept

Of each kind of context (hours, weekdays, stores) a receipt has exactly one token, so what all of a kind have in common belongs
to the intercept: the weights of a kind are shifted until their mean over the receipts is nought. No score of a whole receipt
changes, and a question without that context is answered for the average one.

After H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019 (arXiv 1905.03375), with an intercept and a ridge per
block. Dense, in single precision, by Cholesky in place (LAPACK spotrf and spotri): one square matrix beside G, time in proportion
to the cube of the tokens, some ten seconds for ten thousand on two cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import lapack

from device.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.tokens import Vocabulary
    from model_export.counts import Counts


@dataclass(frozen=True, slots=True)
class Ridges:
    """What a weight must earn before it grows, in squared receipts' tokens; one for each block."""

    item: float
    context: float
    history: float

    def of_tokens(self, vocabulary: Vocabulary) -> NDArray[np.float32]:
        """float32[tokens]"""
        by_block = {"item": self.item, "had": self.history}
        return np.array([by_block.get(name.partition("=")[0], self.context) for name in vocabulary.names], np.float32)


@dataclass(frozen=True, slots=True)
class Weights:
    """`table` float32[tokens, items], `intercept` float32[items]."""

    table: NDArray[np.float32]
    intercept: NDArray[np.float32]


def solve(counts: Counts, ridges: NDArray[np.float32], items: int) -> Weights:
    """`ridges` float32[tokens]; the first `items` tokens are the ones to predict."""
    mean = counts.sums / counts.receipts
    inverse = _inverse(counts, mean, ridges)
    diagonal = inverse.diagonal()[:items].copy()
    table = inverse[:, :items]
    # LAPACK leaves the upper half as it was; items come first, so only their own square needs its mirror.
    square = table[:items]
    square[np.triu_indices(items, 1)] = 0
    square += np.tril(square, -1).T
    table = np.ascontiguousarray(table)
    del inverse, square
    table /= -diagonal
    table[np.arange(items), np.arange(items)] = 0
    intercept = mean[:items] - mean @ table
    return Weights(table, intercept.astype(np.float32))


def neutral(weights: Weights, counts: Counts, vocabulary: Vocabulary) -> Weights:
    """The same model with the context weights shifted; `weights.table` is changed in place."""
    kinds = np.array([name.partition("=")[0] for name in vocabulary.names])
    intercept = weights.intercept.astype(np.float64)
    for kind in sorted({*kinds} - {"item", "had"}):
        rows = np.flatnonzero(kinds == kind)
        average = counts.sums[rows] @ weights.table[rows] / counts.sums[rows].sum()
        weights.table[rows] -= average.astype(np.float32)
        intercept += average
    return Weights(weights.table, intercept.astype(np.float32))


def _inverse(counts: Counts, mean: NDArray[np.float64], ridges: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lower half of inverse(C + Lambda)."""
    square = np.array(counts.gram, np.float32, order="F")
    for first in range(0, len(mean), 1024):
        last = first + 1024
        square[:, first:last] -= np.outer(mean, counts.sums[first:last]).astype(np.float32)
    square[np.diag_indices_from(square)] += ridges
    factor, wrong = lapack.spotrf(square, lower=1, clean=0, overwrite_a=1)
    if not wrong:
        inverse, wrong = lapack.spotri(factor, lower=1, overwrite_c=1)
    if wrong:
        raise TrainingError("the counts cannot be solved with so small a ridge: use a larger one")
    solved: NDArray[np.float32] = inverse
    return solved
