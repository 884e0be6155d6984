"""Counts: G = sum of w x x', with the sums and the number of receipts that centring needs, dense and ready to be solved.

Counts add up: of two halves of the receipts, or of every day, they are the counts of all. G is float32[rows, columns] in the
order of `model_export.layout` (10,000 tokens: 400 MB); of the pairs of two tail items, which nobody needs, there is no place.

Pairs are whole numbers (see `pairs`): summed in whatever order they give the same G to the last bit, be it by an engine
(`engine`) or, sooner where the rows are in memory anyway, by `count` itself: sparse rows times themselves, a stripe of left
tokens at a time, in float64, which holds whole numbers exactly to 9e15 (90 million receipts). Each is rounded once, to float32.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from model_export.pairs import SQUARE, UNIT, pair_counts, token_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse
    from model_export.engine import Engine
    from model_export.layout import Layout

_CELLS: Final = 4_000_000
_STRIPE: Final = 1_024
_TOGETHER: Final = 8


@dataclass(slots=True)
class Counts:
    """`gram` float32[rows, columns], its first `rows` columns symmetric; `sums` float64[columns].

    `receipts`: the sum of the receipts' weights.
    """

    gram: NDArray[np.float32]
    sums: NDArray[np.float64]
    receipts: float

    def add(self, other: Counts) -> None:
        """In place, because a third table of this size may not fit."""
        self.gram += other.gram
        self.sums += other.sums
        self.receipts += other.receipts


Pairs = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int64]"]
"""`left`, `right`, `weight`: one row for each pair, in units of 1 / `SQUARE`; token `tokens` is the receipts' own."""


def stripes(tokens: int, last: int) -> Iterator[tuple[int, int]]:
    """First and last left token of each query up to `last`, of so many tokens."""
    step = max(1, _CELLS // (tokens + 1))
    return ((first, min(first + step, last)) for first in range(0, last, step))


def counted(matrix: Sparse, engine: Engine, last: int | None = None) -> Iterator[Pairs]:
    """The pairs of float32[receipts, tokens], each once, in no order; with `last` of left tokens before that one only."""
    tokens = matrix.shape[1]
    with engine.holding(token_rows(matrix)) as rows:
        for first, end in stripes(tokens, tokens + 1 if last is None else last):
            part = engine.run(pair_counts(rows, first, end))
            yield part["left"].to_numpy(), part["right"].to_numpy(), part["weight"].to_numpy()


def count(matrix: Sparse, layout: Layout, engine: Engine | None = None) -> Counts:
    """Counts of float32[receipts, tokens], by the engine or in this process."""
    return count_first(sparse.csr_array(matrix[:, layout.columns]) if layout.items > layout.head else matrix, layout.rows, engine)


def count_first(matrix: Sparse, rows: int, engine: Engine | None) -> Counts:
    """Counts of the first so many columns of float32[receipts, columns] with all of them."""
    receipts, columns = matrix.shape
    gram = np.zeros((rows, columns), np.float32)
    if engine is None:
        _multiply(matrix, gram)
    else:
        for left, right, weight in counted(matrix, engine, rows):
            inner = right < columns
            gram[left[inner], right[inner]] = weight[inner] / SQUARE
    mirror(gram)
    sums = np.bincount(matrix.indices, np.rint(matrix.data * np.float64(UNIT)), columns) / UNIT
    return Counts(gram, sums, float(receipts))


def recount(counts: Counts, matrix: Sparse, layout: Layout) -> None:
    """In place: the histories of float32[receipts, tokens] instead of those that were counted.

    All else in the rows must be what was counted; there is no tail.
    """
    since = layout.history.start
    _multiply(matrix, counts.gram, since)
    mirror(counts.gram)
    sums = np.bincount(matrix.indices, np.rint(matrix.data * np.float64(UNIT)), matrix.shape[1]) / UNIT
    counts.sums[since:] = sums[since:]


class Sum:
    """Owns the sum of many parts' pairs, float64[rows, columns]: eight bytes for each."""

    def __init__(self, layout: Layout, tokens: int) -> None:
        columns = layout.columns
        self._tokens = tokens
        self._row = np.full(tokens, -1)
        self._row[layout.learnt] = np.arange(layout.rows)
        self._column = np.empty(tokens, np.int64)
        self._column[columns] = np.arange(len(columns))
        self._gram = np.zeros(layout.rows * len(columns))
        self._shape = (layout.rows, len(columns))
        self._sums = np.zeros(len(columns))
        self._receipts = 0.0

    def add(self, pairs: Pairs) -> None:
        """Each pair occurs once in a part, so adding by place loses none; one index is three times as fast as two."""
        left, right, sums = pairs
        edge = right == self._tokens
        whole = edge & (left == self._tokens)
        self._receipts += float(sums[whole].sum())
        self._sums[self._column[left[edge & ~whole]]] += sums[edge & ~whole]
        left, right, sums = left[~edge], right[~edge], sums[~edge]
        row, column = self._row[left], self._column[right]
        # A tail item has no row, but a column: the pair stands in the other's row.
        turned = row < 0
        row[turned], column[turned] = self._row[right[turned]], self._column[left[turned]]
        kept = row >= 0
        self._gram[row[kept] * self._shape[1] + column[kept]] += sums[kept]

    def counts(self) -> Counts:
        total = self._gram.reshape(self._shape)
        gram = np.empty(self._shape, np.float32)
        for first in range(0, len(gram), _STRIPE):
            gram[first : first + _STRIPE] = total[first : first + _STRIPE] / SQUARE
        mirror(gram)
        return Counts(gram, self._sums / SQUARE, self._receipts / SQUARE)


def _multiply(matrix: Sparse, gram: NDArray[np.float32], since: int = 0) -> None:
    """Fills the stripes on and right of the diagonal, from column `since` on; each thread owns the stripe it writes.

    Beside the matrix 8 bytes for each of its cells, 12 for the turned one, and 12 for what `_TOGETHER` stripes are held against.
    """
    rows, columns = gram.shape
    units = matrix.data * np.float64(UNIT)
    whole = sparse.csr_array((np.rint(units, out=units), matrix.indices, matrix.indptr), shape=matrix.shape)
    turned = sparse.csr_array((whole if rows == columns else whole[:, :rows]).T)
    step = max(64, min(_STRIPE, _CELLS // columns))

    def stripe(first: int, right: Sparse, shift: int) -> None:
        last, column = min(first + step, rows), max(first, since)
        products = (turned[first:last] @ right).toarray()
        products /= SQUARE
        gram[first:last, column:] = products[:, column - shift :]

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as workers:
        for begin in range(0, rows, _TOGETHER * step):
            shift = max(begin, since)
            right = whole[:, shift:] if shift else whole
            firsts = range(begin, min(begin + _TOGETHER * step, rows), step)
            list(workers.map(lambda first, right=right, shift=shift: stripe(first, right, shift), firsts))
            # Not held while the next is made.
            del right


def mirror(gram: NDArray[np.float32]) -> None:
    """Copies what is right of the diagonal to its left, in place, within the square of the rows."""
    rows = len(gram)
    for first in range(0, rows, _STRIPE):
        last = min(first + _STRIPE, rows)
        gram[last:, first:last] = gram[first:last, last:rows].T
        square = gram[first:last, first:last]
        square[...] = np.triu(square) + np.triu(square, 1).T
