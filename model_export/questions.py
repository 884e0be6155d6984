"""The question every figure answers: one item of a receipt is hidden, where does the ranking put it?

A question is what the register would have known: the other items, the context, and the shopper's history up to that receipt. Rank
is counted among the items that are not in the basket; equal scores count half: 1 + better + equal / 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from device.tokens import item_token
from model_export.encoding import Sparse, encode_all
from model_export.history import NOBODY, History
from model_export.pairing import with_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.tokens import Vocabulary

_BATCH_CELLS: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Questions:
    """`tokens` float32[questions, tokens] without the hidden item; the rest one value per question."""

    tokens: Sparse
    hidden: NDArray[np.int64]
    items: int
    given: NDArray[np.int64]
    """How many items stand in the basket that is shown."""
    card: NDArray[np.bool_]
    receipt: NDArray[np.int64]
    repeat: NDArray[np.bool_]
    """The whole receipt is one that was seen before."""

    def __len__(self) -> int:
        return len(self.hidden)

    @property
    def baskets(self) -> Sparse:
        """float32[questions, items]"""
        return sparse.csr_array(self.tokens[:, : self.items])

    def knowing(self, tokens: int) -> Questions:
        """The same, of which only the first so many tokens are known."""
        told = sparse.csr_array(self.tokens[:, :tokens])
        told.resize(self.tokens.shape)
        return replace(self, tokens=told)

    def rows(self, rows: NDArray[np.int64]) -> Questions:
        tokens = sparse.csr_array(self.tokens[rows])
        whose = self.given[rows], self.card[rows], self.receipt[rows], self.repeat[rows]
        return Questions(tokens, self.hidden[rows], self.items, *whose)

    def spread(self, most: int) -> Questions:
        """At most so many, from the first to the last."""
        return self if len(self) <= most else self.rows(np.linspace(0, len(self) - 1, most).astype(np.int64))

    def batches(self) -> Iterator[slice]:
        step = max(1, _BATCH_CELLS // self.items)
        return (slice(first, min(first + step, len(self))) for first in range(0, len(self), step))


def ask(
    history: History,
    vocabulary: Vocabulary,
    decay: float,
    receipts: range,
    most: int,
    seed: int,
    *,
    no_card: bool = False,
) -> Questions:
    """At most `most` of the `receipts` that hold two known items, with one item of each hidden at random.

    `no_card`: only of those without a card.
    """
    known = np.isin(history.item, [code for code, sku in enumerate(history.skus) if item_token(sku) in vocabulary.ids])
    sizes = np.diff(np.concatenate([[0], np.cumsum(known)])[history.start])
    rows = receipts.start + np.flatnonzero(sizes[receipts.start : receipts.stop] >= 2)
    if no_card:
        rows = rows[history.shopper[rows] == NOBODY]
    chance = np.random.default_rng(seed)
    if len(rows) > most:
        rows = np.sort(chance.choice(rows, most, replace=False))
    shown, hidden = _hiding_one(encode_all(history, vocabulary, decay, rows), vocabulary.items, chance)
    return Questions(
        # The hidden item is in no pair.
        with_pairs(shown, vocabulary),
        hidden,
        vocabulary.items,
        sizes[rows] - 1,
        history.shopper[rows] != NOBODY,
        rows,
        repeats(history, receipts.start)[rows],
    )


def ask_again(questions: Questions, seed: int) -> Questions:
    """The same receipts with another draw of the item that each hides; of a vocabulary without pairs."""
    cells = np.ones(len(questions), np.float32), (np.arange(len(questions)), questions.hidden)
    whole = sparse.csr_array(questions.tokens + sparse.coo_array(cells, shape=questions.tokens.shape))
    shown, hidden = _hiding_one(whole, questions.items, np.random.default_rng(seed))
    return replace(questions, tokens=shown, hidden=hidden)


def _hiding_one(tokens: Sparse, items: int, chance: np.random.Generator) -> tuple[Sparse, NDArray[np.int64]]:
    """float32[receipts, tokens] without one item of each, and which these are."""
    tokens.sort_indices()
    hidden, kept = np.empty(tokens.shape[0], np.int64), np.ones(tokens.nnz, bool)
    for row, (first, last) in enumerate(zip(tokens.indptr, tokens.indptr[1:], strict=False)):
        place = first + chance.integers(np.searchsorted(tokens.indices[first:last], items))
        hidden[row] = tokens.indices[place]
        kept[place] = False
    start = tokens.indptr - np.arange(len(tokens.indptr))
    return sparse.csr_array((tokens.data[kept], tokens.indices[kept], start), shape=tokens.shape), hidden


def repeats(history: History, before: int) -> NDArray[np.bool_]:
    """bool[receipts]: which hold the very items of one of the first `before`.

    Such a receipt is guessed by remembering it. On lgsr_5k four of five receipts of the last tenth are of this kind, of the
    tenth before it one in five, nearly all by the same shopper: what was measured on them says little of the next chain.
    """
    # The sum of its items' random numbers is a receipt's key.
    keys = np.random.default_rng(0).integers(1 << 63, size=len(history.skus), dtype=np.uint64)
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(keys[history.item], dtype=np.uint64)])
    key = sums[history.start[1:]] - sums[history.start[:-1]]
    found: NDArray[np.bool_] = np.isin(key, key[:before])
    return found


def rank(scores: NDArray[np.float32], baskets: Sparse, hidden: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where the hidden items stand: `scores` float32[questions, items] (overwritten), 1 is best."""
    own = scores[np.arange(len(hidden)), hidden]
    rows, columns = baskets.nonzero()
    scores[rows, columns] = -np.inf
    better = (scores > own[:, None]).sum(axis=1)
    equal = (scores == own[:, None]).sum(axis=1) - 1
    ranks: NDArray[np.float64] = 1 + better + equal / 2
    return ranks


def rank_by(scored: Callable[[Sparse], NDArray[np.float32]], questions: Questions) -> NDArray[np.float64]:
    """Ranks under the trainer's own arithmetic: `scored` makes float32[questions, items] of float32[questions, tokens]."""
    baskets = questions.baskets
    parts = [rank(scored(questions.tokens[part]), baskets[part], questions.hidden[part]) for part in questions.batches()]
    return np.concatenate(parts) if parts else np.zeros(0)


def hits(ranks: NDArray[np.float64], within: int) -> NDArray[np.float64]:
    return (ranks <= within).astype(float)


def reciprocal(ranks: NDArray[np.float64], within: int) -> NDArray[np.float64]:
    return np.where(ranks <= within, 1 / ranks, 0.0)


def gains(ranks: NDArray[np.float64], within: int) -> NDArray[np.float64]:
    """NDCG with one relevant item: 1 / log2(rank + 1)."""
    return np.where(ranks <= within, 1 / np.log2(ranks + 1), 0.0)
