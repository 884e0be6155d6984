"""Counts: G = sum of w x x', with the sums and the number of receipts that centring needs, dense and ready to be solved.

The pairs are counted by an engine (`pairs`, `engine`) in whole numbers and arrive here a stripe of left tokens at a time, so
that no answer holds more than `_CELLS` pairs; each is exact before it is rounded once, to float32. G takes 4 bytes for each
pair of tokens (10,000 tokens: 400 MB).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.pairs import SQUARE, pair_counts, token_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse
    from model_export.engine import Engine

_CELLS: Final = 4_000_000
_STRIPE: Final = 1_024


@dataclass(slots=True)
class Counts:
    """`gram` float32[tokens, tokens], symmetric; `sums` float64[tokens]; `receipts`: the sum of the receipts' weights."""

    gram: NDArray[np.float32]
    sums: NDArray[np.float64]
    receipts: float

    def add(self, other: Counts) -> None:
        """In place, because a second table of this size may not fit."""
        self.gram += other.gram
        self.sums += other.sums
        self.receipts += other.receipts


Pairs = tuple["NDArray[np.int32]", "NDArray[np.int32]", "NDArray[np.int64]"]
"""`left`, `right`, `weight`: one row for each pair, in units of 1 / `SQUARE`; token `tokens` is the receipts' own."""


def stripes(tokens: int) -> Iterator[tuple[int, int]]:
    """First and last left token of each query, the receipts' own token included."""
    step = max(1, _CELLS // (tokens + 1))
    return ((first, min(first + step, tokens + 1)) for first in range(0, tokens + 1, step))


def counted(matrix: Sparse, engine: Engine) -> Iterator[Pairs]:
    """The pairs of float32[receipts, tokens], each once, in no order."""
    with engine.holding(token_rows(matrix)) as rows:
        for first, last in stripes(matrix.shape[1]):
            part = engine.run(pair_counts(rows, first, last))
            yield part["left"].to_numpy(), part["right"].to_numpy(), part["weight"].to_numpy()


def count(matrix: Sparse, engine: Engine) -> Counts:
    """Counts of float32[receipts, tokens]."""
    tokens = matrix.shape[1]
    gram = np.zeros((tokens, tokens), np.float32)
    sums, receipts = np.zeros(tokens), 0.0
    for left, right, weight in counted(matrix, engine):
        inner = right < tokens
        gram[left[inner], right[inner]] = weight[inner] / SQUARE
        edge = ~inner & (left < tokens)
        sums[left[edge]] = weight[edge] / SQUARE
        receipts += float(weight[~inner & ~edge].sum() / SQUARE)
    _mirror(gram)
    return Counts(gram, sums, receipts)


def dense(total: NDArray[np.float64]) -> Counts:
    """Of float64[tokens + 1, tokens + 1]: sums of `Pairs` by their place. Exact to 90 million receipts."""
    tokens = len(total) - 1
    gram = np.empty((tokens, tokens), np.float32)
    for first in range(0, tokens, _STRIPE):
        gram[first : first + _STRIPE] = total[first : min(first + _STRIPE, tokens), :tokens] / SQUARE
    _mirror(gram)
    return Counts(gram, total[:tokens, tokens] / SQUARE, float(total[tokens, tokens] / SQUARE))


def _mirror(gram: NDArray[np.float32]) -> None:
    """Copies what is right of the diagonal to its left, in place."""
    tokens = len(gram)
    for first in range(0, tokens, _STRIPE):
        last = min(first + _STRIPE, tokens)
        gram[last:, first:last] = gram[first:last, last:].T
        square = gram[first:last, first:last]
        square[...] = np.triu(square) + np.triu(square, 1).T
