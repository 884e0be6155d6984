"""What the model is measured against: real libraries and plain baselines, given the same receipts and the same questions.

A peer is a function from receipts (float32[receipts, items], ones) to a `Fitted`, which scores baskets. Its variants differ
in their settings, and the one that did best on the validation questions (NDCG@10) is taken, as the model's own knobs are. A
new peer is one more function and one line in `PEERS`. Ties count half in every figure, so an item a peer knows nothing of
costs it no luck.

| peer                | what                                                                               | settings      |
|---------------------|------------------------------------------------------------------------------------|---------------|
| popularity          | what sells most                                                                    |               |
| rules               | pairwise association rules by confidence                                           | sum, maximum  |
| sar                 | Jaccard similarity of items, summed (the algorithm of Microsoft's Recommenders)    |               |
| cosine, tfidf, bm25 | item-kNN of the library `implicit`                                                 | neighbours    |
| als                 | alternating least squares of `implicit`, the basket folded in as a new user        | factors, alpha |
| ease                | H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019 (1905.03375) | ridge         |

EASE is our own arithmetic after the paper's closed form, because the library that has it, RecTools, asks for a numpy older
than ours: G = X'X, P = inverse(G + ridge I), B[i, j] = -P[i, j] / P[j, j], B[j, j] = 0, scores = x B; double precision,
dense, items only.

*Given the same history*, a peer that scores by one item-item table (ease, tfidf, bm25) is asked for basket + weight x the
shopper's decayed shares, the weight chosen on validation.

Memory: for EASE one dense table of items x items in double precision and one in single (`MOST_DENSE` items: 3 GB), for rules
and SAR the pair counts that occur, for item-kNN 2,000 neighbours of each item, and one batch of questions x items.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from device.errors import TrainingError
from model_export.encoding import Sparse
from model_export.evaluate.conditions import TOP, Answers
from model_export.evaluate.exam import Asked
from model_export.questions import gains, rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

Scored = Callable[[Sparse], "NDArray[np.float32]"]

NEIGHBOURS: Final = (5, 20, 100, 500, 2_000)
RIDGES: Final = (3, 10, 30, 100, 300, 1_000)
BLENDS: Final = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
MOST_DENSE: Final = 16_000
_MOST_FOR_ALS: Final = 100_000
"""Receipts on which the settings of ALS are chosen, the latest; the one chosen is fitted on all."""
_BATCH_CELLS: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Fitted:
    """`scored`: float32[questions, items] baskets to scores of the same shape. `call`: one basket to its first items.

    `call` is the peer's own way; it takes a `csr_matrix` of one row, because `implicit` takes nothing else.
    """

    scored: Scored
    call: Callable[[Sparse], object]


Peer = Callable[[Sparse], Fitted]


def popularity(receipts: Sparse) -> Fitted:
    counts = np.asarray(receipts.sum(axis=0), np.float32)
    return _plain(lambda baskets: np.tile(counts, (baskets.shape[0], 1)))


def rules(*, strongest: bool) -> Peer:
    def fit(receipts: Sparse) -> Fitted:
        counts = np.maximum(np.asarray(receipts.sum(axis=0)), 1)
        confidence = sparse.csr_array(sparse.diags_array(1 / counts) @ _together(receipts)).astype(np.float32)
        return _plain(_strongest_of(confidence) if strongest else _sum_of(confidence))

    return fit


def sar(receipts: Sparse) -> Fitted:
    counts = np.asarray(receipts.sum(axis=0))
    together = sparse.coo_array(_together(receipts))
    union = counts[together.row] + counts[together.col] - together.data
    jaccard = sparse.csr_array((together.data / union, (together.row, together.col)), shape=together.shape)
    return _plain(_sum_of(jaccard.astype(np.float32)))


def neighbours(name: str, count: int) -> Peer:
    """An item-kNN of `implicit`: its own fit and its own call; many baskets at once are its product of basket and similarity."""

    def fit(receipts: Sparse) -> Fitted:
        model = getattr(importlib.import_module("implicit.nearest_neighbours"), name)(K=count, num_threads=0)
        with warnings.catch_warnings():
            # It advises on BLAS threads, which its item-kNN does not use.
            warnings.simplefilter("ignore")
            model.fit(sparse.csr_matrix(receipts), show_progress=False)
        return Fitted(
            _sum_of(sparse.csr_array(model.similarity).astype(np.float32)),
            lambda basket: model.recommend(0, basket, N=TOP),
        )

    return fit


def als(factors: int, confidence: float) -> Peer:
    """`confidence`: how much more an item on the receipt weighs than one that is not (alpha of Hu, Koren and Volinsky 2008)."""

    def fit(receipts: Sparse) -> Fitted:
        library = importlib.import_module("implicit.cpu.als")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = library.AlternatingLeastSquares(factors=factors, alpha=confidence, random_state=1)
            model.fit(sparse.csr_matrix(receipts), show_progress=False)
        return Fitted(
            lambda baskets: (
                model.recalculate_user(np.arange(baskets.shape[0]), sparse.csr_matrix(baskets)) @ model.item_factors.T
            ),
            lambda basket: model.recommend(0, basket, N=TOP, recalculate_user=True),
        )

    return fit


def ease(ridge: float) -> Peer:
    def fit(receipts: Sparse) -> Fitted:
        items = receipts.shape[1]
        if items > MOST_DENSE:
            raise TrainingError(f"the peer ease needs a dense table and takes {MOST_DENSE} items at most, here are {items}")
        gram = np.zeros((items, items), order="F")
        for first in range(0, items, 1_000):
            # A stripe at a time: the sparse product of all would need three times the memory of the dense table.
            gram[:, first : first + 1_000] = (receipts.T @ sparse.csc_array(receipts)[:, first : first + 1_000]).toarray()
        gram[np.diag_indices(items)] += ridge
        factor, wrong = lapack.dpotrf(gram, lower=1, overwrite_a=1)
        inverse, also_wrong = lapack.dpotri(factor, lower=1, overwrite_c=1)
        assert not wrong
        assert not also_wrong
        for item in range(items):
            # LAPACK leaves the upper half as it was.
            inverse[item, item + 1 :] = inverse[item + 1 :, item]
        inverse /= -inverse.diagonal().copy()
        inverse[np.diag_indices(items)] = 0
        table = inverse.astype(np.float32, order="C")
        return _plain(lambda baskets: baskets @ table)

    return fit


PEERS: Final[Mapping[str, Mapping[str, Peer]]] = {
    "popularity": {"": popularity},
    "rules": {"sum": rules(strongest=False), "strongest": rules(strongest=True)},
    "sar": {"": sar},
    "cosine": {f"K={count}": neighbours("CosineRecommender", count) for count in NEIGHBOURS},
    "tfidf": {f"K={count}": neighbours("TFIDFRecommender", count) for count in NEIGHBOURS},
    "bm25": {f"K={count}": neighbours("BM25Recommender", count) for count in NEIGHBOURS},
    "als": {
        f"{factors} x{weight:g}": als(factors, weight)
        for factors, weight in ((16, 1.0), (64, 10.0), (64, 100.0), (128, 10.0), (128, 100.0))
    },
    "ease": {f"ridge={ridge}": ease(ridge) for ridge in RIDGES},
}
FROM_LIBRARY: Final = ("cosine", "tfidf", "bm25", "als")
WITH_HISTORY: Final = ("tfidf", "bm25", "ease")


def chosen(asked: str) -> tuple[list[str], str]:
    """Names of the peers, and what to say of those left out. `asked`: names with commas, `all` or `none`."""
    names = {"all": list(PEERS), "none": []}.get(asked, [name.strip() for name in asked.split(",")])
    if unknown := [name for name in names if name not in PEERS]:
        raise TrainingError(f"there is no peer '{unknown[0]}': choose among {', '.join(PEERS)}, all, none")
    if importlib.util.find_spec("implicit") is None and (absent := [name for name in names if name in FROM_LIBRARY]):
        left = [name for name in names if name not in FROM_LIBRARY]
        return left, f"{', '.join(absent)} left out: pip install 'tillside[peers]' brings the library implicit"
    return names, ""


def best(name: str, receipts: Sparse, first: int, validation: Asked) -> tuple[Fitted, str]:
    """The peer fitted on all `receipts`, in the setting that did best on `validation` when fitted on those before `first`."""
    variants = PEERS[name]
    label = next(iter(variants))
    if len(variants) > 1 and len(validation):
        earliest = max(0, first - _MOST_FOR_ALS) if name == "als" else 0
        found = {setting: _gain(peer(receipts[earliest:first]).scored, validation) for setting, peer in variants.items()}
        label = max(found, key=found.__getitem__)
    return variants[label](receipts), label


def blend(name: str, label: str, receipts: Sparse, first: int, validation: Asked) -> float:
    """How much the shopper's shares should count beside the basket, chosen like any setting."""
    scored = PEERS[name][label](receipts[:first]).scored
    found = {weight: _gain(scored, validation, weight) for weight in BLENDS}
    return max(found, key=found.__getitem__)


def answers(scored: Scored, asked: Asked, history_weight: float = 0.0) -> Answers:
    ranks, top = [np.zeros(0)], [np.zeros((0, min(TOP, len(asked.skus))), np.int64)]
    for part in _batches(asked):
        scores = _scores(scored, asked, part, history_weight)
        ranks.append(rank(scores, asked.baskets[part], asked.hidden[part]))
        most = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
        top.append(np.where(np.isfinite(np.take_along_axis(scores, most, axis=1)), most, -1))
    return Answers(np.concatenate(ranks), np.concatenate(top))


def _scores(scored: Scored, asked: Asked, part: slice, history_weight: float) -> NDArray[np.float32]:
    query = asked.baskets[part]
    scores = scored(sparse.csr_array(query + history_weight * asked.past[part]) if history_weight else query)
    # A library's weight of an item that stands on every receipt can be 0 / 0: it knows nothing of that item.
    return np.nan_to_num(scores, copy=False)


def _gain(scored: Scored, asked: Asked, history_weight: float = 0.0) -> float:
    parts = [
        rank(_scores(scored, asked, part, history_weight), asked.baskets[part], asked.hidden[part]) for part in _batches(asked)
    ]
    return float(gains(np.concatenate(parts), 10).mean())


def _batches(asked: Asked) -> Iterator[slice]:
    step = max(1, _BATCH_CELLS // len(asked.skus))
    return (slice(first, min(first + step, len(asked))) for first in range(0, len(asked), step))


def _together(receipts: Sparse) -> Any:
    """Pair counts, without those of an item with itself."""
    counts = sparse.csr_array(receipts.T @ receipts)
    counts.setdiag(0)
    counts.eliminate_zeros()
    return counts


def _plain(scored: Scored) -> Fitted:
    """A peer of our own arithmetic: its call is the scores of one basket and their first items."""

    def call(basket: Sparse) -> NDArray[np.int64]:
        scores = scored(basket)[0]
        scores[basket.indices] = -np.inf
        few = min(TOP, len(scores))
        first = np.argpartition(-scores, few - 1)[:few]
        order: NDArray[np.int64] = first[np.argsort(-scores[first], kind="stable")]
        return order

    return Fitted(scored, call)


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
