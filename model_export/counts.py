"""Token-pair counts: G = sum of w x x', with the sums and the number of receipts that centring needs.

Counts add up: of two halves of the receipts, or of every day, they are the counts of all. G is dense float32[rows, columns] in
the order of `model_export.layout` (10,000 tokens: 400 MB), whole numbers are exact to 16 million. Sparse rows are multiplied a
slice of receipts and a stripe of tokens at a time, so that besides G no more than some `_SLICE_CELLS` cells and one stripe are
held.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse
    from model_export.layout import Layout

_SLICE_CELLS: Final = 16_000_000
_STRIPE: Final = 1_024


@dataclass(slots=True)
class Counts:
    """`gram` float32[rows, columns], its first `rows` columns symmetric; `sums` float64[columns].

    `receipts`: the sum of the receipts' weights.
    """

    gram: NDArray[np.float32]
    sums: NDArray[np.float64]
    receipts: float

    def add(self, other: Counts) -> None:
        """In place, because a second table of this size may not fit."""
        self.gram += other.gram
        self.sums += other.sums
        self.receipts += other.receipts


def count(matrix: Sparse, layout: Layout) -> Counts:
    """Counts of float32[receipts, tokens]."""
    if layout.items > layout.head:
        matrix = sparse.csr_array(matrix[:, layout.columns])
    receipts, columns = matrix.shape
    gram = np.zeros((layout.rows, columns), np.float32)
    sums = np.zeros(columns)
    ends = np.searchsorted(matrix.indptr, np.arange(0, matrix.nnz + _SLICE_CELLS, _SLICE_CELLS))
    for first, last in pairwise(ends):
        part = matrix[first : min(last, receipts)]
        sums += part.sum(axis=0, dtype=np.float64)
        _add_products(part, gram)
    for first in range(0, layout.rows, _STRIPE):
        last = min(first + _STRIPE, layout.rows)
        gram[last:, first:last] = gram[first:last, last : layout.rows].T
    return Counts(gram, sums, float(receipts))


def _add_products(part: Sparse, gram: NDArray[np.float32]) -> None:
    """Adds the stripes on and right of the diagonal; each thread owns the stripes it writes."""
    turned = sparse.csr_array(part.T)
    by_column = sparse.csc_array(part)
    rows = gram.shape[0]

    def stripe(first: int) -> None:
        last = min(first + _STRIPE, rows)
        gram[first:last, first:] += (turned[first:last] @ sparse.csr_array(by_column[:, first:])).toarray()

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as workers:
        list(workers.map(stripe, range(0, rows, _STRIPE)))
