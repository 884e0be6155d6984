"""Counts to weights: three ridge regressions in closed form, each of what the one before left over.

| stage   | tokens                        | learns                                                                     |
|---------|-------------------------------|----------------------------------------------------------------------------|
| items   | `item=`                       | every item from all others: the score of a basket of which nothing else is known |
| context | `hour=`, `weekday=`, `store=` | what time and place add to that                                            |
| history | `shopper=known`, `had=`       | what the shopper's earlier receipts add to both                            |

A register often knows a part only: no card was shown, a store is new. One regression over all tokens gives the weight of what
is usually known together to whichever token tells it best, and guesses badly when that token is missing (on lgsr_5k, HR@4 of
anonymous baskets .108 against .128). In stages, what is not known takes nothing away: without a card the answer is exactly the
one of the first two stages.

Items, after H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019 (arXiv 1905.03375), with an intercept:

    C = G - n m m'                     covariance times n; m: mean of each token
    P = inverse(C + ridge)
    B[:, j] = -P[:, j] / P[j, j],  B[j, j] = 0
    intercept = m - B' m

Context and history are ordinary ridge regressions of the residual; all they need stands in G. Of each kind of context (hours,
weekdays, stores) a receipt has one token, so what all of a kind have in common is moved out of their weights: a question
without that context is answered for the average one. `shopper=known` carries the intercept of the history stage.

Dense, in single precision, by Cholesky (LAPACK potrf, potri, potrs): a square of each stage's tokens and, for history, two tables
of history by items beside G; time in proportion to the cube of the largest stage, some three seconds for five thousand items on
two cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from device.errors import TrainingError
from model_export.counts import mirror

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.counts import Counts
    from model_export.encoding import Sparse
    from model_export.layout import Layout

_STRIPE: Final = 1_024
_FREE: Final = 1e-3
"""The ridge of `shopper=known`: an intercept is not held back."""


@dataclass(frozen=True, slots=True)
class Ridges:
    """What a weight must earn before it grows, in squared receipts' tokens; one for each stage."""

    item: float
    context: float
    history: float


@dataclass(frozen=True, slots=True)
class Weights:
    """`table` float32[rows, items] (or a sparse array that is as good), `intercept` float32[items].

    `learnt` int64[rows]: the token of each row.
    """

    table: NDArray[np.float32]
    intercept: NDArray[np.float32]
    learnt: NDArray[np.int64]

    def scores(self, tokens: Sparse) -> NDArray[np.float32]:
        """float32[questions, items] for `tokens` float32[questions, tokens]"""
        told = tokens if tokens.shape[1] == len(self.learnt) else tokens[:, self.learnt]
        # Of two sparse arrays the product is one too.
        product: Any = told @ self.table
        scores: NDArray[np.float32] = product.toarray() if sparse.issparse(product) else product
        scores += self.intercept
        return scores


def solve(counts: Counts, layout: Layout, ridges: Ridges) -> Weights:
    """All three stages. TrainingError when a ridge is too small for the counts."""
    weights = solve_items(counts, layout, ridges.item)
    add_context(weights, counts, layout, ridges.context)
    add_history(weights, counts, layout, ridges.history)
    if not (np.isfinite(weights.table).all() and np.isfinite(weights.intercept).all()):
        raise TrainingError("the counts were solved to weights that are not numbers: no bundle is written")
    return weights


def solve_items(counts: Counts, layout: Layout, ridge: float) -> Weights:
    """The first stage; the rows of the others are zero."""
    head = slice(0, layout.head)
    table = np.zeros((layout.rows, layout.items), np.float32)
    square = _covariance(counts, head, head)
    square[np.diag_indices_from(square)] += np.float32(ridge)
    factor, wrong = lapack.spotrf(square, lower=1, clean=0, overwrite_a=1)
    if not wrong:
        square, wrong = lapack.spotri(factor, lower=1, overwrite_c=1)
    if wrong:
        raise _too_small()
    # LAPACK leaves the upper half as it was.
    mirror(square.T)
    for first in range(layout.head, layout.items, _STRIPE):
        last = min(first + _STRIPE, layout.items)
        shift = layout.rows - layout.head
        table[head, first:last] = square @ _covariance(counts, head, slice(first + shift, last + shift))
    square /= -square.diagonal().copy()
    square[np.diag_indices_from(square)] = 0
    table[head, head] = square
    mean = counts.sums / counts.receipts
    intercept = np.concatenate([mean[found] for found, _ in layout.targets]) - mean[head] @ table[head]
    return Weights(table, intercept.astype(np.float32), layout.learnt)


def add_context(weights: Weights, counts: Counts, layout: Layout, ridge: float) -> None:
    """The second stage; its rows of `weights.table` are filled in place."""
    rows, head = layout.context, slice(0, layout.head)
    if rows.start == rows.stop:
        return
    normal = _covariance(counts, rows, rows)
    normal[np.diag_indices_from(normal)] += np.float32(ridge)
    with_head = _covariance(counts, rows, head)
    learnt = np.empty((rows.stop - rows.start, layout.items), np.float32)
    for found, items in layout.targets:
        learnt[:, items] = _covariance(counts, rows, found) - with_head @ weights.table[head, items]
    learnt = _solved(normal, learnt)
    for kind in layout.kinds:
        part = slice(kind.start - rows.start, kind.stop - rows.start)
        seen = counts.sums[kind]
        # Of a kind that these receipts do not have yet (stores, before registers told them) nothing was learnt to be shifted.
        learnt[part] -= (seen @ learnt[part] / max(seen.sum(), 1.0)).astype(np.float32)
    weights.table[rows] = learnt


def add_history(weights: Weights, counts: Counts, layout: Layout, ridge: float) -> None:
    """The third stage; its rows of `weights.table` are filled in place."""
    if layout.history.start < layout.history.stop:
        weights.table[layout.history] = solve_history(unexplained(weights, counts, layout), counts, layout, ridge)


def unexplained(weights: Weights, counts: Counts, layout: Layout) -> NDArray[np.float32]:
    """float32[history rows, items]: what the first two stages leave to the history tokens, whatever the ridge.

    Counts as they are, not around a mean: receipts without a history have none of these tokens and say nothing here.
    """
    rows, before = layout.history, slice(0, layout.context.stop)
    residual = np.empty((rows.stop - rows.start, layout.items), np.float32, order="F")
    for found, items in layout.targets:
        residual[:, items] = counts.gram[rows, found] - counts.gram[rows, before] @ weights.table[before, items]
    for first in range(0, layout.items, _STRIPE):
        part = slice(first, first + _STRIPE)
        residual[:, part] -= np.outer(counts.sums[rows], weights.intercept[part]).astype(np.float32)
    return residual


def solve_history(residual: NDArray[np.float32], counts: Counts, layout: Layout, ridge: float) -> NDArray[np.float32]:
    """float32[history rows, items]; `residual` is kept."""
    rows = layout.history
    normal = np.array(counts.gram[rows, rows], np.float32, order="F")
    held = np.full(rows.stop - rows.start, ridge, np.float32)
    # `shopper=known` leads the block.
    held[0] = _FREE
    normal[np.diag_indices_from(normal)] += held
    return _solved(normal, residual)


def _covariance(counts: Counts, rows: slice, columns: slice) -> NDArray[np.float32]:
    """float32[rows, columns] in Fortran order: the counts around the means, times the receipts."""
    found = np.array(counts.gram[rows, columns], np.float32, order="F")
    mean = counts.sums[rows] / counts.receipts
    sums = counts.sums[columns]
    for first in range(0, found.shape[1], _STRIPE):
        found[:, first : first + _STRIPE] -= np.outer(mean, sums[first : first + _STRIPE]).astype(np.float32)
    return found


def _solved(normal: NDArray[np.float32], residual: NDArray[np.float32]) -> NDArray[np.float32]:
    """The solution of `normal` (overwritten) for each column of `residual`."""
    factor, wrong = lapack.spotrf(normal, lower=1, clean=0, overwrite_a=1)
    if not wrong:
        found, wrong = lapack.spotrs(factor, residual, lower=1)
    if wrong:
        raise _too_small()
    solved: NDArray[np.float32] = found
    return solved


def _too_small() -> TrainingError:
    return TrainingError("the counts cannot be solved with so small a ridge: use a larger one")
