"""The trainer's own answer, which the graphs are held against: weights, and receipts that vote beside them.

    scores(x) = (1 - share) * (x table + intercept) + share * votes(x)

Both halves estimate how likely such a receipt holds the item, and so does their mixture: a relevance floor means the same
whatever `share` validation chose. `Ranking.weights` are kept already multiplied by (1 - share), as the graph holds them.

Where receipts without a card have rows of their own (`strangers`), a question that holds `shopper=none` is answered by these and
by none of the others. All others are put in the order of `rerank`, where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from model_export.memory import Asking, Memory, Remembered, find, votes
from model_export.solve import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse
    from model_export.rerank import Rerank


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
    rerank: Rerank | None = None

    def scores(self, tokens: Sparse) -> NDArray[np.float32]:
        """float32[questions, items] for `tokens` float32[questions, tokens]"""
        asking = None if self.remembered is None else self.remembered.asking
        strangers = self.strangers
        if strangers is None:
            return self._reordered(tokens, asking)
        alone = tokens[:, [strangers.token]].toarray().ravel() != 0
        scores = np.empty((tokens.shape[0], len(self.weights.intercept)), np.float32)
        for rows in (~alone, alone):
            if rows.any():
                told = sparse.csr_array(tokens[np.flatnonzero(rows)])
                own = rows is alone
                scores[rows] = self._voted(strangers.weights, told, strangers.asking)[0] if own else self._reordered(told, asking)
        return scores

    def in_parts(self, tokens: Sparse) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Everybody's, before any `rerank`: scores, and the remembered receipts' part of them; None: nothing is remembered."""
        return self._voted(self.weights, tokens, None if self.remembered is None else self.remembered.asking)

    def _reordered(self, tokens: Sparse, asking: Asking | None) -> NDArray[np.float32]:
        scores, said = self._voted(self.weights, tokens, asking)
        return scores if self.rerank is None else self.rerank.reorder(self.weights, tokens, scores, said)

    def _voted(
        self, weights: Weights, tokens: Sparse, asking: Asking | None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        scores = weights.scores(tokens)
        if self.remembered is None or asking is None:
            return scores, None
        memory = self.remembered.memory
        said = votes(memory, find(memory, tokens, asking), asking)
        scores += said
        return scores, said


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
    return replace(ranking, strangers=Strangers(token, weights, asking))


def _quieten(weights: Weights, asking: Asking | None) -> None:
    if asking is not None:
        rest = np.float32(1 - asking.share)
        np.multiply(weights.table, rest, out=weights.table)
        np.multiply(weights.intercept, rest, out=weights.intercept)
