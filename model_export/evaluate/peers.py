"""What the model is measured against: real libraries and plain baselines, given the same receipts and the same questions.

A peer is a function from receipts (float32[receipts, items], ones) to a `Fitted`, which scores baskets. Its variants differ
in their settings, and the one that did best on the validation questions (NDCG@10) is taken, as the model's own knobs are
(`suited`). A new peer is one more function and one line in `PEERS`. Ties count half in every figure, so an item a peer knows
nothing of costs it no luck.

| peer          | what                                                                      | settings                         |
|---------------|---------------------------------------------------------------------------|----------------------------------|
| popularity    | what sells most                                                           |                                  |
| rules         | pairwise association rules by confidence                                  | how they add up, their receipts  |
| sar           | similarity of items, summed (the algorithm of Microsoft's Recommenders)   | which one, threshold             |
| cosine, tfidf | item-kNN of the library `implicit`                                        | neighbours                       |
| bm25          | the same                                                                  | neighbours, K1, B                |
| als           | alternating least squares of `implicit`, the basket folded in             | four, as below                   |
| ease          | Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (1905.03375) | ridge                            |
| sessions      | nearest receipts vote: see `sessions`                                     | neighbours, steepness, rarity    |

EASE is our own arithmetic after the paper's closed form, because the library that has it, RecTools, asks for a numpy older
than ours: G = X'X, P = inverse(G + ridge I), B[i, j] = -P[i, j] / P[j, j], B[j, j] = 0, scores = x B; double precision,
dense, items only. SAR's similarities are the library's: of c receipts with both, a and b with either one, they are
jaccard c / (a + b - c), cosine c / sqrt(a b), cooccurrence c, lift c / (a b).

Memory: for EASE one dense table of items x items in double precision and one in single (`MOST_DENSE` items: 3 GB), for rules
and SAR the pair counts that occur, for item-kNN 2,000 neighbours of each item, and one batch of questions x items.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from device.errors import TrainingError
from model_export.encoding import Sparse
from model_export.evaluate.conditions import TOP
from model_export.evaluate.fitted import Fitted, Peer, Scored
from model_export.evaluate.sessions import sessions
from model_export.evaluate.settings import Knob, Settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_DENSE: Final = 16_000
NEIGHBOURS: Final = Knob("K", (100, 2, 3, 5, 10, 20, 50, 500, 2_000), limits=(2_000,))


def popularity(receipts: Sparse) -> Fitted:
    counts = np.asarray(receipts.sum(axis=0), np.float32)
    return _plain(lambda baskets: np.tile(counts, (baskets.shape[0], 1)))


def rules(how: str, least: int) -> Peer:
    """`how` the items of the basket speak together: their `sum` or the `strongest`. `least`: receipts that hold both."""

    def fit(receipts: Sparse) -> Fitted:
        counts = np.maximum(np.asarray(receipts.sum(axis=0)), 1)
        confidence = sparse.csr_array(sparse.diags_array(1 / counts) @ _together(receipts, least)).astype(np.float32)
        return _plain(_strongest_of(confidence) if how == "strongest" else _sum_of(confidence))

    return fit


def sar(similarity: str, least: int) -> Peer:
    """`least`: receipts that hold both items; of fewer they are not alike at all (the library's `threshold`)."""

    def fit(receipts: Sparse) -> Fitted:
        counts = np.asarray(receipts.sum(axis=0), np.float64)
        together = sparse.coo_array(_together(receipts, least))
        both, one, other = together.data, counts[together.row], counts[together.col]
        alike = _ALIKE[similarity](both, one, other).astype(np.float32)
        return _plain(_sum_of(sparse.csr_array((alike, (together.row, together.col)), shape=together.shape)))

    return fit


_ALIKE: Final[Mapping[str, Callable[..., NDArray[np.float64]]]] = {
    "jaccard": lambda both, one, other: both / (one + other - both),
    "cosine": lambda both, one, other: both / np.sqrt(one * other),
    "cooccurrence": lambda both, *_: both,
    "lift": lambda both, one, other: both / (one * other),
}


def neighbours(name: str, count: int, **knobs: float) -> Peer:
    """An item-kNN of `implicit`: its own fit and its own call; many baskets at once are its product of basket and similarity."""

    def fit(receipts: Sparse) -> Fitted:
        model = getattr(importlib.import_module("implicit.nearest_neighbours"), name)(K=count, num_threads=0, **knobs)
        with warnings.catch_warnings():
            # It advises on BLAS threads, which its item-kNN does not use.
            warnings.simplefilter("ignore")
            model.fit(sparse.csr_matrix(receipts), show_progress=False)
        return Fitted(
            _sum_of(sparse.csr_array(model.similarity).astype(np.float32)),
            lambda basket: model.recommend(0, basket, N=TOP),
        )

    return fit


def als(factors: int, regularization: float, confidence: float, turns: int) -> Peer:
    """`confidence`: how much more an item on the receipt weighs than one that is not (alpha of Hu, Koren and Volinsky 2008)."""

    def fit(receipts: Sparse) -> Fitted:
        library = importlib.import_module("implicit.cpu.als")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = library.AlternatingLeastSquares(
                factors=factors, regularization=regularization, alpha=confidence, iterations=turns, random_state=1
            )
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


_LEAST: Final = Knob("least", (1, 2, 3, 5, 10, 20, 50), limits=(1,))

PEERS: Final[Mapping[str, Settings]] = {
    "popularity": Settings(lambda: popularity),
    "rules": Settings(rules, (Knob("", ("sum", "strongest")), _LEAST)),
    "sar": Settings(sar, (Knob("", tuple(_ALIKE)), _LEAST)),
    "cosine": Settings(partial(neighbours, "CosineRecommender"), (NEIGHBOURS,)),
    "tfidf": Settings(partial(neighbours, "TFIDFRecommender"), (NEIGHBOURS,)),
    "bm25": Settings(
        lambda count, k1, b: neighbours("BM25Recommender", count, K1=k1, B=b),
        (
            NEIGHBOURS,
            Knob("K1", (1.2, 0.0, 0.03, 0.1, 0.3, 3.0, 10.0, 100.0), limits=(0.0,)),
            Knob("B", (0.75, 0.0, 0.25, 0.5, 1.0), limits=(0.0, 1.0)),
        ),
    ),
    "als": Settings(
        als,
        (
            Knob("factors", (64, 16, 32, 128)),
            Knob("regularization", (30.0, 0.01, 1.0, 10.0, 100.0, 300.0, 1_000.0)),
            Knob("alpha", (10.0, 1.0, 3.0, 30.0, 100.0)),
            Knob("turns", (15, 50)),
        ),
        most=50_000,
    ),
    "ease": Settings(ease, (Knob("ridge", (100, 1, 3, 10, 30, 300, 1_000, 3_000)),)),
    "sessions": Settings(
        lambda count, power, rarity: sessions(count, power, by_rarity=rarity == "rarity"),
        (
            Knob("nearest", (100, 10, 20, 50, 300, 1_000, 3_000, 10_000, 30_000)),
            Knob("power", (1, 2, 4, 8, 16), limits=(1,)),
            Knob("by", ("rarity", "number")),
        ),
        most=100_000,
    ),
}
BEYOND: Final = frozenset({"sessions"})
"""What the protocol does not name, and a careful reader would ask for: a memory of receipts, as the model has one."""
FROM_LIBRARY: Final = ("cosine", "tfidf", "bm25", "als")
SUMS: Final = ("sar", "cosine", "tfidf", "bm25", "ease")
"""Those whose scores are a sum over what is asked with."""


def chosen(asked: str) -> tuple[list[str], str]:
    """Names of the peers, and what to say of those left out. `asked`: names with commas, `all` or `none`."""
    names = {"all": list(PEERS), "none": []}.get(asked, [name.strip() for name in asked.split(",")])
    if unknown := [name for name in names if name not in PEERS]:
        raise TrainingError(f"there is no peer '{unknown[0]}': choose among {', '.join(PEERS)}, all, none")
    if importlib.util.find_spec("implicit") is None and (absent := [name for name in names if name in FROM_LIBRARY]):
        left = [name for name in names if name not in FROM_LIBRARY]
        return left, f"{', '.join(absent)} left out: pip install 'tillside[peers]' brings the library implicit"
    return names, ""


def _together(receipts: Sparse, least: int) -> Any:
    """Pair counts of `least` and more, without those of an item with itself."""
    counts = sparse.csr_array(receipts.T @ receipts)
    counts.setdiag(0)
    counts.data[counts.data < least] = 0
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
