"""What the model is measured against: real libraries and plain baselines, given the same receipts and the same questions.

A peer is a function from receipts (float32[receipts, items], ones) to a scorer of baskets (float32[questions, items] to scores of
the same shape). Its variants differ in one knob, and the best one on the validation questions is taken, as for the model itself.
A new peer is one more function and one line in `PEERS`. Ties count half in every figure, so an item a peer knows nothing of costs
it no luck.

| peer       | what                                                                             |
|------------|----------------------------------------------------------------------------------|
| popularity | what sells most                                                                  |
| rules      | pairwise association rules by confidence, their sum or the strongest              |
| sar        | Jaccard similarity of items, summed (the algorithm of Microsoft's Recommenders)   |
| cosine, tfidf, bm25 | item-kNN of the library `implicit`, 20 to 500 neighbours                 |
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse

from device.errors import TrainingError
from model_export.encoding import Sparse
from model_export.questions import Questions, gains, rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scored = Callable[[Sparse], "NDArray[np.float32]"]
Peer = Callable[[Sparse], Scored]

NEIGHBOURS: Final = (20, 100, 500)


def popularity(receipts: Sparse) -> Scored:
    counts = np.asarray(receipts.sum(axis=0), np.float32)
    return lambda baskets: np.tile(counts, (baskets.shape[0], 1))


def rules(*, strongest: bool) -> Peer:
    def fit(receipts: Sparse) -> Scored:
        counts = np.maximum(np.asarray(receipts.sum(axis=0)), 1)
        confidence = sparse.csr_array(sparse.diags_array(1 / counts) @ _together(receipts)).astype(np.float32)
        return _strongest_of(confidence) if strongest else _sum_of(confidence)

    return fit


def sar(receipts: Sparse) -> Scored:
    counts = np.asarray(receipts.sum(axis=0))
    together = sparse.coo_array(_together(receipts))
    union = counts[together.row] + counts[together.col] - together.data
    jaccard = sparse.csr_array((together.data / union, (together.row, together.col)), shape=together.shape)
    return _sum_of(jaccard.astype(np.float32))


def neighbours(name: str, count: int) -> Peer:
    """An item-kNN of `implicit`: its own fit; scoring is its own product of basket and similarity."""

    def fit(receipts: Sparse) -> Scored:
        library = importlib.import_module("implicit.nearest_neighbours")
        model = getattr(library, name)(K=count, num_threads=0)
        with warnings.catch_warnings():
            # It advises on BLAS threads, which its item-kNN does not use.
            warnings.simplefilter("ignore")
            model.fit(sparse.csr_matrix(receipts), show_progress=False)
        return _sum_of(sparse.csr_array(model.similarity).astype(np.float32))

    return fit


PEERS: Final[Mapping[str, Mapping[str, Peer]]] = {
    "popularity": {"": popularity},
    "rules": {"sum": rules(strongest=False), "strongest": rules(strongest=True)},
    "sar": {"": sar},
    "cosine": {f"K={count}": neighbours("CosineRecommender", count) for count in NEIGHBOURS},
    "tfidf": {f"K={count}": neighbours("TFIDFRecommender", count) for count in NEIGHBOURS},
    "bm25": {f"K={count}": neighbours("BM25Recommender", count) for count in NEIGHBOURS},
}
_FROM_LIBRARY: Final = {"cosine", "tfidf", "bm25"}


def chosen(asked: str) -> tuple[list[str], str]:
    """Names of the peers, and what to say of those left out. `asked`: names with commas, `all` or `none`."""
    names = {"all": list(PEERS), "none": []}.get(asked, [name.strip() for name in asked.split(",")])
    if unknown := [name for name in names if name not in PEERS]:
        raise TrainingError(f"there is no peer '{unknown[0]}': choose among {', '.join(PEERS)}, all, none")
    if importlib.util.find_spec("implicit") is None and (absent := [name for name in names if name in _FROM_LIBRARY]):
        left = [name for name in names if name not in _FROM_LIBRARY]
        return left, f"{', '.join(absent)} left out: pip install 'tillside[peers]' brings the library implicit"
    return names, ""


def best(name: str, receipts: Sparse, first: int, questions: Questions) -> tuple[Scored, str]:
    """The peer fitted on all `receipts`, in the variant that did best on `questions` after the `first` receipts."""
    variants = PEERS[name]
    label = next(iter(variants))
    if len(variants) > 1 and len(questions):
        found = {variant: _gain(peer(receipts[:first]), questions) for variant, peer in variants.items()}
        label = max(found, key=found.__getitem__)
    return variants[label](receipts), label


def _gain(scored: Scored, questions: Questions) -> float:
    baskets = questions.baskets
    parts = [rank(scored(baskets[part]), baskets[part], questions.hidden[part]) for part in questions.batches()]
    return float(gains(np.concatenate(parts), 10).mean())


def _together(receipts: Sparse) -> Any:
    """Pair counts, without those of an item with itself."""
    counts = sparse.csr_array(receipts.T @ receipts)
    counts.setdiag(0)
    counts.eliminate_zeros()
    return counts


def _sum_of(similarity: Sparse) -> Scored:
    return lambda baskets: (baskets @ similarity).toarray()


def _strongest_of(similarity: Sparse) -> Scored:
    def scored(baskets: Sparse) -> NDArray[np.float32]:
        scores = np.zeros(baskets.shape, np.float32)
        for row, (first, last) in enumerate(zip(baskets.indptr, baskets.indptr[1:], strict=False)):
            lines = similarity[baskets.indices[first:last]]
            np.maximum.at(scores[row], lines.indices, lines.data)
        return scores

    return scored
