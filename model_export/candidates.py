"""What is known of the best candidates of a question: the features that `model_export.rerank` orders them by.

Candidates are the `CANDIDATES` items with the highest scores among those that may be shown. Of each, float32[`FEATURES`]:

| feature                                | of                                                                          |
|----------------------------------------|-----------------------------------------------------------------------------|
| score, gap                             | the candidate; as a part of the best one's                                  |
| items, context, history, votes         | what each block of tokens, and the remembered receipts, add to the score    |
| strongest, second, weakest             | what single items of the basket say; 0 where there are fewer                |
| size, known, best, sum                 | the question: items in the basket, a known shopper, scores of all candidates |
| had                                    | the share of the shopper's receipts that hold the candidate                 |
| sold, beside, lately, age, since       | the item, see `Traits`                                                      |

A sum of what many items say a little and a single item that says much come to the same score, and are not the same.
`model_export.graph_rerank` says all this in plain operators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from device.tokens import KNOWN, history_token

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.tokens import Vocabulary
    from model_export.encoding import Sparse
    from model_export.solve import Weights

CANDIDATES: Final = 64
FEATURES: Final = (
    *("score", "gap", "items", "context", "history", "votes", "strongest", "second", "weakest"),
    *("size", "known", "best", "sum", "had", "sold", "beside", "lately", "age", "since"),
)
LEAST_BEST: Final = 1e-6
"""Below it a best score is taken to be so much: gaps are divided by it."""
_LATELY: Final = 0.1
_LITTLE: Final = 5.0
"""Receipts: of an item that sells less in the latest tenth, little is believed."""

ITEM, CONTEXT, HISTORY, ONLY_ITEM, ONLY_KNOWN = range(5)
"""Columns of `Blocks.part`: items and their pairs; hours, weekdays and stores; the past; items alone; `shopper=known`."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """`part` float32[tokens, 5], 1 where a token belongs; `had` int64[tokens]: the item of a history token, -1 of others."""

    part: NDArray[np.float32]
    had: NDArray[np.int64]


def blocks_of(vocabulary: Vocabulary) -> Blocks:
    kinds = [name.partition("=") for name in vocabulary.names]
    items = vocabulary.items
    past = np.array([kind in ("shopper", "had") for kind, _, _ in kinds])
    pair = np.array([kind == "pair" for kind, _, _ in kinds])
    first = np.arange(len(kinds)) < items
    part = np.zeros((len(kinds), 5), np.float32)
    part[first | pair, ITEM] = 1
    part[~(first | pair | past), CONTEXT] = 1
    part[past & ~first, HISTORY] = 1
    part[first, ONLY_ITEM] = 1
    had = np.full(len(kinds), -1, np.int64)
    if (known := vocabulary.ids.get(KNOWN)) is not None:
        part[known, ONLY_KNOWN] = 1
    for place, sku in enumerate(vocabulary.skus):
        if (token := vocabulary.ids.get(history_token(sku))) is not None:
            had[token] = place
    return Blocks(part, had)


def traits_of(matrix: Sparse, vocabulary: Vocabulary, *, timed: bool) -> NDArray[np.float32]:
    """float32[items, 5] of `matrix` float32[receipts, tokens], oldest first.

    The logarithm of the share of receipts that hold the item; that of the mean size of these; by what factor it sells more in
    the latest tenth; how long ago, as a part of all receipts, it was sold first, and for how many receipts it was not (the
    logarithm). Without times the last three are 0.
    """
    items, receipts = vocabulary.items, matrix.shape[0]
    baskets = sparse.csr_array(matrix[:, :items])
    sold = _sold(baskets)
    traits = np.zeros((items, 5))
    traits[:, 0] = np.log((sold + 1) / (receipts + 1))
    sizes = np.diff(baskets.indptr).astype(np.float64)
    traits[:, 1] = np.log1p((baskets.T @ sizes) / np.maximum(sold, 1))
    if timed:
        latest = max(1, int(receipts * _LATELY))
        expected = sold * (latest / receipts)
        traits[:, 2] = np.log((_sold(baskets[receipts - latest :]) + _LITTLE) / (expected + _LITTLE))
        row = np.repeat(np.arange(receipts), np.diff(baskets.indptr))
        first, last = np.full(items, receipts), np.zeros(items, np.int64)
        np.minimum.at(first, baskets.indices, row)
        np.maximum.at(last, baskets.indices, row)
        traits[:, 3] = (receipts - first) / receipts
        traits[:, 4] = np.log1p(receipts - last)
    return traits.astype(np.float32)


def _sold(baskets: Sparse) -> NDArray[np.float64]:
    return np.bincount(baskets.indices, minlength=baskets.shape[1]).astype(np.float64)


def candidates(scores: NDArray[np.float32], baskets: Sparse) -> NDArray[np.int64]:
    """int64[questions, candidates], best first, the earlier item first where two are equal; -1 where nothing is left.

    `scores` float32[questions, items]; what stands in `baskets` float32[questions, items] may not be shown.
    """
    masked = scores.copy()
    masked[baskets.nonzero()] = -np.inf
    most = min(CANDIDATES, masked.shape[1])
    # Sorting all items of all questions takes longer than all else here: only what is as good as the last candidate is sorted.
    found = np.full((len(masked), most), -1, np.int64)
    least = np.partition(masked, masked.shape[1] - most, axis=1)[:, masked.shape[1] - most]
    for row, (line, bound) in enumerate(zip(masked, least, strict=True)):
        good = np.flatnonzero((line >= bound) & (line > -np.inf))
        best = good[np.argsort(-line[good], kind="stable")][:most]
        found[row, : len(best)] = best
    return found


@dataclass(frozen=True, slots=True)
class Described:
    """`told` float32[questions, candidates, features]; `places` as `candidates` has them."""

    told: NDArray[np.float32]
    places: NDArray[np.int64]


def describe(
    weights: Weights,
    blocks: Blocks,
    traits: NDArray[np.float32],
    tokens: Sparse,
    scores: NDArray[np.float32],
    said: NDArray[np.float32] | None,
) -> Described:
    """`scores` float32[questions, items] of `tokens` float32[questions, tokens]; `said`: the memory's part of them."""
    places = candidates(scores, sparse.csr_array(tokens[:, : scores.shape[1]]))
    told = np.zeros((*places.shape, len(FEATURES)), np.float32)
    row_of_token = np.full(tokens.shape[1], -1, np.int64)
    row_of_token[weights.learnt] = np.arange(len(weights.learnt))
    for question, chosen in enumerate(places):
        there = chosen[chosen >= 0]
        if not len(there):
            continue
        first, last = tokens.indptr[question : question + 2]
        ids, amounts = tokens.indices[first:last], tokens.data[first:last]
        part, rows = blocks.part[ids], row_of_token[ids]
        earned = np.zeros((len(ids), len(there)), np.float32)
        learnt = rows >= 0
        cells = weights.table[rows[learnt]]
        cells = cells[:, there].toarray() if sparse.issparse(cells) else cells[:, there]
        earned[learnt] = cells * amounts[learnt, None]
        line = told[question, : len(there)]
        score = scores[question, there]
        line[:, 0] = score
        line[:, 1] = score / max(score[0], np.float32(LEAST_BEST))
        line[:, 2:5] = (part[:, :3].T @ earned).T
        line[:, 2] += weights.intercept[there]
        if said is not None:
            line[:, 5] = said[question, there]
        alone = np.sort(np.concatenate([earned[part[:, ONLY_ITEM] > 0], np.zeros((2, len(there)), np.float32)]), axis=0)
        line[:, 6], line[:, 7], line[:, 8] = alone[-1], alone[-2], alone[0]
        line[:, 9] = part[:, ONLY_ITEM].sum()
        line[:, 10] = (part[:, ONLY_KNOWN] * amounts).sum()
        line[:, 11], line[:, 12] = score[0], score.sum()
        line[:, 13] = ((blocks.had[ids][:, None] == there) * amounts[:, None]).sum(axis=0)
        line[:, 14:] = traits[there]
    return Described(told, places)
