"""The nearest receipts of training vote for what is missing: session-based nearest neighbours, as a peer.

M. Ludewig and D. Jannach, "Evaluation of session-based recommendation algorithms", 2018 (arXiv 1803.09587): of a basket q and a
receipt r, as sets of items, near = |q and r| / sqrt(|q| |r|); the `nearest` receipts, the later ones of equals, each give
near ^ power to every item they hold. All receipts may be asked, the paper's sample of the latest is left out; power 1 is the
paper's. `by_rarity`: items weigh log(receipts / receipts that hold it) in `near`, the inverse document frequency of its VSKNN.

It is here because the model remembers receipts too (`model_export.memory`): where receipts repeat each other, a peer that has no
memory says little of what the model's is worth.

Memory: the receipts twice, and `_CELLS` cells of questions by receipts.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from model_export.evaluate.conditions import TOP
from model_export.evaluate.fitted import Fitted, Peer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse

_CELLS: Final = 20_000_000


def sessions(nearest: int, power: float, *, by_rarity: bool) -> Peer:
    def fit(receipts: Sparse) -> Fitted:
        held = np.asarray(receipts.sum(axis=0), np.float64)
        weight = np.log(receipts.shape[0] / np.maximum(held, 1)) if by_rarity else np.ones(len(held))
        width = np.sqrt(receipts @ weight)
        near = sparse.diags_array(np.where(width > 0, 1 / np.maximum(width, 1e-9), 0.0)) @ receipts @ sparse.diags_array(weight)
        found_by = sparse.csr_array(near.T).astype(np.float32)
        step = max(1, _CELLS // max(receipts.shape[0], 1))

        def scored(baskets: Sparse) -> NDArray[np.float32]:
            scores = np.zeros(baskets.shape, np.float32)
            for first in range(0, baskets.shape[0], step):
                # All of a question are divided by its own width alike, which changes no rank.
                voters = _nearest(sparse.csr_array(baskets[first : first + step] @ found_by), nearest)
                voters.data **= np.float32(power)
                scores[first : first + step] = (voters @ receipts).toarray()
            return scores

        def call(basket: Sparse) -> NDArray[np.int64]:
            scores = scored(sparse.csr_array(basket))[0]
            scores[basket.indices] = -np.inf
            first: NDArray[np.int64] = np.argsort(-scores, kind="stable")[:TOP]
            return first

        return Fitted(scored, call)

    return fit


def _nearest(near: Sparse, most: int) -> Sparse:
    """float32[questions, receipts] with the `most` largest of each row, the later receipts of equals."""
    near.sort_indices()
    kept = np.ones(near.nnz, bool)
    for first, last in pairwise(near.indptr):
        if last - first > most:
            said = near.data[first:last]
            least = np.partition(said, -most)[-most]
            level = np.flatnonzero(said == least)
            kept[first:last] = said > least
            kept[first + level[len(level) - (most - int((said > least).sum())) :]] = True
    near.data *= kept
    near.eliminate_zeros()
    return near
