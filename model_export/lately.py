"""Weights as they were solved, leaning towards what sells lately.

All receipts count alike when weights are solved: a regression wants many of them. But an assortment changes and seasons come, and
how often an item sells at all is told best by the latest receipts. So, after all stages, of the latest tenth and thirtieth:

    shift     = share of the tenth that hold the item - share of all that hold it
    factor    = ((sold in the thirtieth + LITTLE) / (what all receipts let expect there + LITTLE)) ^ POWER
    intercept = factor * (intercept + shift - B' shift)        B: the items' rows, which the basket is held against
    table     = factor * table                                 column by column

A score stays what it was, an estimate of how likely such a receipt holds the item, of today's receipts instead of all. The graph
and its cost stay the same. Nothing leans where receipts have no time, where the latest tenth is below `LEAST` of them, and where
validation receipts are answered better without (`choose`): a bakery, a restaurant and a gift shop gain by it, a chain whose
customers buy the same all year loses. What pairs of items say of the basket is not held against the shift: both are small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.solve import Weights, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.choose import Choice
    from model_export.counts import Counts
    from model_export.encoding import Sparse
    from model_export.layout import Layout
    from model_export.pairing import Paired

TENTH: Final = 0.1
THIRTIETH: Final = 1 / 30
LITTLE: Final = 40.0
"""Receipts: of an item that sells less in the thirtieth, little is believed."""
POWER: Final = 0.5
LEAST: Final = 500
"""Receipts of the tenth. Of fewer, chance would tell."""


@dataclass(frozen=True, slots=True)
class Trend:
    """`shift`, `factor` float32[items]."""

    shift: NDArray[np.float32]
    factor: NDArray[np.float32]

    def lean(self, weights: Weights, layout: Layout) -> Weights:
        """The table in place."""
        intercept = (weights.intercept + self._against(weights, layout)) * self.factor
        np.multiply(weights.table, self.factor, out=weights.table)
        return replace(weights, intercept=intercept)

    def scores(self, scores: NDArray[np.float32], weights: Weights, layout: Layout) -> NDArray[np.float32]:
        """What `weights` would score if they leant: `scores` float32[questions, items] is what they do."""
        leant: NDArray[np.float32] = (scores + self._against(weights, layout)) * self.factor
        return leant

    def _against(self, weights: Weights, layout: Layout) -> NDArray[np.float32]:
        against: NDArray[np.float32] = self.shift - self.shift[: layout.head] @ weights.table[: layout.head]
        return against


def trend_of(matrix: Sparse, items: int, *, timed: bool) -> Trend | None:
    """`matrix` float32[receipts, tokens], oldest first, items first; None where nothing is to be told from it."""
    receipts = matrix.shape[0]
    if not timed or receipts * TENTH < LEAST:
        return None
    every, tenth, thirtieth = (_sold(matrix, items, int(receipts * share)) for share in (1.0, TENTH, THIRTIETH))
    shift = tenth / int(receipts * TENTH) - every / receipts
    expected = every * (int(receipts * THIRTIETH) / receipts)
    factor = ((thirtieth + LITTLE) / (expected + LITTLE)) ** POWER
    return Trend(shift.astype(np.float32), factor.astype(np.float32))


def weighed(counts: Counts, layout: Layout, choice: Choice, trend: Trend | None, paired: Paired | None = None) -> Weights:
    """As `choice` says, solved and leaning. TrainingError as `solve`."""
    return leant(solve(counts, layout, choice.ridges, paired), layout, choice, trend)


def leant(weights: Weights, layout: Layout, choice: Choice, trend: Trend | None) -> Weights:
    return weights if trend is None or not choice.leaning else trend.lean(weights, layout)


def _sold(matrix: Sparse, items: int, latest: int) -> NDArray[np.float64]:
    """float64[items]: how many of so many latest receipts hold each."""
    tokens = matrix.indices[matrix.indptr[matrix.shape[0] - latest] :]
    return np.bincount(tokens[tokens < items], minlength=items).astype(np.float64)
