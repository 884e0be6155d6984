"""The trainer's own answer, which the graphs are held against: weights, and receipts that vote beside them.

    scores(x) = (1 - share) * (x table + intercept) + share * votes(x)

Both halves estimate how likely such a receipt holds the item, and so does their mixture: a relevance floor means the same
whatever `share` validation chose. `Ranking.weights` are kept already multiplied by (1 - share), as the graph holds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model_export.memory import Remembered, find, votes
from model_export.solve import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse


@dataclass(frozen=True, slots=True)
class Ranking:
    weights: Weights
    remembered: Remembered | None = None

    def scores(self, tokens: Sparse) -> NDArray[np.float32]:
        """float32[questions, items] for `tokens` float32[questions, tokens]"""
        scores = self.weights.scores(tokens)
        if self.remembered is not None:
            memory, asking = self.remembered.memory, self.remembered.asking
            scores += votes(memory, find(memory, tokens, asking), asking)
        return scores


def mixed(weights: Weights, remembered: Remembered | None) -> Ranking:
    """`weights` as solved; they are scaled down, in place, by what the votes take."""
    if remembered is not None:
        rest = np.float32(1 - remembered.asking.share)
        np.multiply(weights.table, rest, out=weights.table)
        np.multiply(weights.intercept, rest, out=weights.intercept)
    return Ranking(weights, remembered)
