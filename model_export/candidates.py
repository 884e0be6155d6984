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
_BATCH: Final = 256
"""Questions; what all their tokens say of all their candidates is held at once."""
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
    least = np.partition(masked, masked.shape[1] - most, axis=1)[:, [masked.shape[1] - most]]
    row, item = np.nonzero((masked >= least) & (masked > -np.inf))
    # Of each question the best first; where two are equal, as they were.
    order = np.lexsort((-masked[row, item], row))
    begin = np.searchsorted(row, np.arange(len(masked)))
    place = np.arange(len(row)) - begin[row]
    kept = place < most
    found = np.full((len(masked), most), -1, np.int64)
    found[row[kept], place[kept]] = item[order][kept]
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
    for first in range(0, len(places), _BATCH):
        part = slice(first, first + _BATCH)
        there = np.maximum(places[part], 0)
        lines = told[part]
        _tell_reasons(lines, weights.table, row_of_token, blocks, sparse.csr_array(tokens[part]), there)
        score = np.where(places[part] >= 0, np.take_along_axis(scores[part], there, axis=1), 0)
        best = score[:, :1]
        lines[:, :, 0] = score
        lines[:, :, 1] = score / np.maximum(best, np.float32(LEAST_BEST))
        lines[:, :, 2] += weights.intercept[there]
        if said is not None:
            lines[:, :, 5] = np.take_along_axis(said[part], there, axis=1)
        lines[:, :, 11], lines[:, :, 12] = best, score.sum(axis=1, keepdims=True)
        lines[:, :, 14:] = traits[there]
        lines[places[part] < 0] = 0
    return Described(told, places)


def _tell_reasons(
    lines: NDArray[np.float32],
    table: NDArray[np.float32],
    row_of_token: NDArray[np.int64],
    blocks: Blocks,
    tokens: Sparse,
    there: NDArray[np.int64],
) -> None:
    """What the tokens of each question say of its candidates `there` int64[questions, candidates], into `lines`."""
    ids, amounts, start = tokens.indices, tokens.data, tokens.indptr
    whose = np.repeat(np.arange(len(there)), np.diff(start))
    part, rows = blocks.part[ids], row_of_token[ids]
    learnt = rows >= 0
    cells = table[rows[learnt][:, None], there[whose[learnt]]]
    earned = np.zeros((len(ids), there.shape[1]), np.float32)
    earned[learnt] = (cells.toarray() if sparse.issparse(cells) else cells) * amounts[learnt, None]
    every = np.arange(len(ids))
    for feature, block in ((2, ITEM), (3, CONTEXT), (4, HISTORY)):
        lines[:, :, feature] = sparse.csr_array((part[:, block], every, start), shape=(len(there), len(ids))) @ earned
    alone = part[:, ONLY_ITEM] > 0
    _tell_extremes(lines[:, :, 6:9], earned[alone], np.bincount(whose[alone], minlength=len(there)))
    lines[:, :, 9] = np.bincount(whose, part[:, ONLY_ITEM], len(there))[:, None]
    lines[:, :, 10] = np.bincount(whose, part[:, ONLY_KNOWN] * amounts, len(there))[:, None]
    token, candidate = np.nonzero(blocks.had[ids][:, None] == there[whose])
    np.add.at(lines[:, :, 13], (whose[token], candidate), amounts[token])


def _tell_extremes(lines: NDArray[np.float32], earned: NDArray[np.float32], counts: NDArray[np.int64]) -> None:
    """The largest, the second and the smallest of each question's rows of `earned`, and of two zeros, into `lines`."""
    begin = np.concatenate([[0], np.cumsum(counts)])
    strongest, second, weakest = lines[:, :, 0], lines[:, :, 1], lines[:, :, 2]
    for place in range(counts.max(initial=0)):
        rows = np.flatnonzero(counts > place)
        value = earned[begin[rows] + place]
        second[rows] = np.maximum(second[rows], np.minimum(strongest[rows], value))
        strongest[rows] = np.maximum(strongest[rows], value)
        weakest[rows] = np.minimum(weakest[rows], value)
