"""The trainer's own answer, which the graphs are held against: weights, and receipts that vote beside them.

    scores(x) = (1 - share) * (x table + intercept) + share * votes(x)

Both halves estimate how likely such a receipt holds the item, and so does their mixture: a relevance floor means the same
whatever `share` validation chose. `Ranking.weights` are kept already multiplied by (1 - share), as the graph holds them.

Where receipts without a card have rows of their own (`strangers`), a question that holds `shopper=none` is answered by these and
by none of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from model_export.memory import Asking, Memory, Remembered, find, votes
from model_export.solve import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse


@dataclass(frozen=True, slots=True)
class Strangers:
    """How a question that holds `token` is answered: by `weights` of their own; None: no remembered receipt is asked."""

    token: int
    weights: Weights
    asking: Asking | None


@dataclass(frozen=True, slots=True)
class Ranking:
    weights: Weights
    remembered: Remembered | None = None
    strangers: Strangers | None = None

    def scores(self, tokens: Sparse) -> NDArray[np.float32]:
        """float32[questions, items] for `tokens` float32[questions, tokens]"""
        asking = None if self.remembered is None else self.remembered.asking
        strangers = self.strangers
        if strangers is None:
            return self._voted(self.weights.scores(tokens), tokens, asking)
        alone = tokens[:, [strangers.token]].toarray().ravel() != 0
        scores = np.empty((tokens.shape[0], len(self.weights.intercept)), np.float32)
        for rows, weights, asked in ((~alone, self.weights, asking), (alone, strangers.weights, strangers.asking)):
            if rows.any():
                told = sparse.csr_array(tokens[np.flatnonzero(rows)])
                scores[rows] = self._voted(weights.scores(told), told, asked)
        return scores

    def _voted(self, scores: NDArray[np.float32], tokens: Sparse, asking: Asking | None) -> NDArray[np.float32]:
        if self.remembered is not None and asking is not None:
            memory = self.remembered.memory
            scores += votes(memory, find(memory, tokens, asking), asking)
        return scores


def voting(memory: Memory, asking: Asking | None) -> Remembered | None:
    """None: nothing is remembered."""
    return None if asking is None else Remembered(memory, asking)


def mixed(weights: Weights, remembered: Remembered | None) -> Ranking:
    """`weights` as solved; they are scaled down, in place, by what the votes take."""
    _quieten(weights, None if remembered is None else remembered.asking)
    return Ranking(weights, remembered)


def beside(ranking: Ranking, weights: Weights, token: int, asking: Asking | None) -> Ranking:
    """With rows of their own, `weights` as solved, for questions that hold `token`, the last one."""
    _quieten(weights, asking)
    return Ranking(ranking.weights, ranking.remembered, Strangers(token, weights, asking))


def _quieten(weights: Weights, asking: Asking | None) -> None:
    if asking is not None:
        rest = np.float32(1 - asking.share)
        np.multiply(weights.table, rest, out=weights.table)
        np.multiply(weights.intercept, rest, out=weights.intercept)
