"""Counts to weights: three ridge regressions in closed form, each of what the one before left over.

| stage   | tokens                        | learns                                                                     |
|---------|-------------------------------|----------------------------------------------------------------------------|
| items   | `item=`, `pair=`              | every item from all others: the score of a basket of which nothing else is known |
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

A pair that holds item j must not tell of j: with S = {j} and the pairs that hold it, column j is solved with S held at nought,

    B[:, j] = e_j - P[:, S] inverse(P[S, S]) e_j[S]

which is the line above where j is in no pair. Pairs have a ridge of their own and the last rows of the table.

Context and history are ordinary ridge regressions of the residual; all they need stands in G. Of each kind of context (hours,
weekdays, stores) a receipt has one token, so what all of a kind have in common is moved out of their weights: a question
without that context is answered for the average one. `shopper=known` carries the intercept of the history stage.

Dense, in single precision, by Cholesky (LAPACK potrf, potri, potrs), the small systems of S in double: a square of each stage's
tokens and, for history, two tables of history by items beside G; time in proportion to the cube of the largest stage, some three
seconds for five thousand items on two cores.
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
    from model_export.pairing import Paired

_STRIPE: Final = 1_024
_FREE: Final = 1e-3
"""The ridge of `shopper=known`: an intercept is not held back."""


@dataclass(frozen=True, slots=True)
class Ridges:
    """What a weight must earn before it grows, in squared receipts' tokens; one for each stage, and one for pairs."""

    item: float
    context: float
    history: float
    pair: float = 0.0


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


def solve(counts: Counts, layout: Layout, ridges: Ridges, paired: Paired | None = None) -> Weights:
    """All three stages. TrainingError when a ridge is too small for the counts."""
    if paired is None:
        weights = solve_items(counts, layout, ridges.item)
    else:
        weights = solve_items_and_pairs(counts, layout, ridges, paired)
    add_context(weights, counts, layout, ridges.context, paired)
    add_history(weights, counts, layout, ridges.history, paired)
    if not (np.isfinite(weights.table).all() and np.isfinite(weights.intercept).all()):
        raise TrainingError("the counts were solved to weights that are not numbers: no bundle is written")
    return weights


def solve_items(counts: Counts, layout: Layout, ridge: float) -> Weights:
    """The first stage; the rows of the others are zero."""
    head = slice(0, layout.head)
    table = np.zeros((layout.rows, layout.items), np.float32)
    square = _covariance(counts, head, head)
    square[np.diag_indices_from(square)] += np.float32(ridge)
    square = _inverse(square)
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


def solve_items_and_pairs(counts: Counts, layout: Layout, ridges: Ridges, paired: Paired) -> Weights:
    """The first stage with pairs; there is no tail. The rows of the other stages are zero."""
    head, pairs = layout.head, len(paired.pairing)
    sums = np.concatenate([counts.sums[:head], paired.sums])
    square = np.empty((head + pairs, head + pairs), np.float32, order="F")
    square[:head, :head] = counts.gram[:head, :head]
    square[:head, head:] = paired.gram[:, pairs : pairs + head].T
    square[head:, :head] = paired.gram[:, pairs : pairs + head]
    square[head:, head:] = paired.gram[:, :pairs]
    _centre(square, sums / counts.receipts, sums)
    square[np.diag_indices_from(square)] += np.repeat(np.array([ridges.item, ridges.pair], np.float32), [head, pairs])
    inverse = _inverse(square)
    table = np.zeros((layout.rows + pairs, layout.items), np.float32)
    rows = np.concatenate([np.arange(head), np.arange(layout.rows, layout.rows + pairs)])
    for item, held in enumerate(paired.pairing.holding()):
        nought = np.concatenate([[item], head + held])
        wanted = np.zeros(len(nought))
        wanted[0] = -1
        small = inverse[np.ix_(nought, nought)].astype(np.float64)
        column = inverse[:, nought] @ np.linalg.solve(small, wanted).astype(np.float32)
        column[nought] = 0
        table[rows, item] = column
    del inverse, square
    explained = counts.sums[:head] @ table[:head] + paired.sums @ table[layout.rows :]
    intercept = (counts.sums[:head] - explained) / counts.receipts
    learnt = np.concatenate([layout.learnt, np.arange(layout.rows, layout.rows + pairs)])
    return Weights(table, intercept.astype(np.float32), learnt)


def add_context(weights: Weights, counts: Counts, layout: Layout, ridge: float, paired: Paired | None = None) -> None:
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
    if paired is not None:
        told = _of_pairs(paired, rows).copy()
        _centre(told, paired.sums / counts.receipts, counts.sums[rows])
        learnt -= told.T @ weights.table[layout.rows :]
    learnt = _solved(normal, learnt)
    for kind in layout.kinds:
        part = slice(kind.start - rows.start, kind.stop - rows.start)
        seen = counts.sums[kind]
        # Of a kind that these receipts do not have yet (stores, before registers told them) nothing was learnt to be shifted.
        learnt[part] -= (seen @ learnt[part] / max(seen.sum(), 1.0)).astype(np.float32)
    weights.table[rows] = learnt


def add_history(weights: Weights, counts: Counts, layout: Layout, ridge: float, paired: Paired | None = None) -> None:
    """The third stage; its rows of `weights.table` are filled in place."""
    if layout.history.start < layout.history.stop:
        weights.table[layout.history] = solve_history(unexplained(weights, counts, layout, paired), counts, layout, ridge)


def unexplained(weights: Weights, counts: Counts, layout: Layout, paired: Paired | None = None) -> NDArray[np.float32]:
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
        if paired is not None:
            residual[:, part] -= _of_pairs(paired, rows).T @ weights.table[layout.rows :, part]
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
    _centre(found, counts.sums[rows] / counts.receipts, counts.sums[columns])
    return found


def _centre(counted: NDArray[np.float32], mean: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """In place: around the means, times the receipts."""
    for first in range(0, counted.shape[1], _STRIPE):
        counted[:, first : first + _STRIPE] -= np.outer(mean, sums[first : first + _STRIPE]).astype(np.float32)


def _of_pairs(paired: Paired, rows: slice) -> NDArray[np.float32]:
    """float32[pairs, rows]: what is counted of the pairs with the tokens of these rows."""
    pairs = len(paired.pairing)
    return paired.gram[:, pairs + rows.start : pairs + rows.stop]


def _inverse(square: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of a symmetric square in Fortran order, in its place."""
    factor, wrong = lapack.spotrf(square, lower=1, clean=0, overwrite_a=1)
    if not wrong:
        square, wrong = lapack.spotri(factor, lower=1, overwrite_c=1)
    if wrong:
        raise _too_small()
    # LAPACK leaves the upper half as it was.
    mirror(square.T)
    return square


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
