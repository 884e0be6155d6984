"""Receipts that a register remembers: the nearest of them vote for what is missing from the basket.

A regression knows pairs of items; a whole basket that came before knows more. The latest receipts travel with the model, as item
numbers and, in a chain, a store: no shopper, no time, no total, and in no order, neither of the receipts nor of what was rung up.
To a question, every remembered receipt is as near as the cosine of the two, an item weighing by its rarity,

    rarity(item) = log(receipts / receipts that hold it)
    near(q, r)   = sum over common tokens of w rarity  /  sqrt(sum over q of w rarity * sum over r of rarity)

and the nearest of them, at most `NEIGHBOURS`, vote for the items they hold, the nearer the more:

    votes(item) = share * sum over neighbours that hold it of near^power / (sum over neighbours of near^power + doubt)

`model_export.ranking` adds them to the other share, the regression's.

The doubt keeps far neighbours from voting as loudly as near ones. Besides the basket a question asks with the store, where few
receipts share it, and with what the shopper had before; `Asking` says how much these weigh, and all else that `choose` chooses.

Bounds, so that a question costs the same whatever it asks: its `STRONGEST` tokens, the latest `LONGEST` receipts of each, and
`MOST_LINES` remembered lines in all (two bytes each by receipt, four beyond 65,536 items; nine for a receipt; four
for each place in a token's list).

After session-based k-nearest neighbours (M. Ludewig and D. Jannach, "Evaluation of session-based recommendation algorithms",
2018, arXiv 1803.09587), with the cosine, the doubt and the regression added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from device.tokens import item_token
from model_export.layout import layout_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.tokens import Vocabulary
    from model_export.encoding import Sparse

NEIGHBOURS: Final = 100
"""The most that vote. At most 255: the graph numbers them in one byte."""
STRONGEST: Final = (12, 48)
"""Tokens of a question that are looked up: the first in a full memory, more in a smaller one, where lists are shorter."""
LONGEST: Final = 1_024
MOST_LINES: Final = 1_000_000
MOST_OF_A_RECEIPT: Final = 100
"""A receipt of more items is not remembered: a wholesale list is near to everything and tells nothing. At most 255."""
_TELLING: Final = 20
"""A store is asked for when at most one receipt in so many shares it."""
_BATCH: Final = 256


@dataclass(frozen=True, slots=True)
class Asking:
    """How the memory is asked.

    `share` of the score that is voted, `power`: its steepness, what a store and a history token weigh beside an item, what
    keeps far neighbours quiet, and how many vote at most.
    """

    share: float
    power: float
    context: float
    history: float
    doubt: float = 0.1
    neighbours: int = NEIGHBOURS


@dataclass(frozen=True, slots=True)
class Memory:
    """Receipts, in no order.

    Receipt r holds `item[start[r]:start[r + 1]]`; token t stands on the receipts
    `posting[posting_start[t]:][:posting_length[t]]`, of which `had=` tokens share the list of their item.
    """

    start: NDArray[np.int64]
    item: NDArray[np.int32]
    closeness: NDArray[np.float32]
    """1 / sqrt(sum of rarities) of each receipt."""
    posting: NDArray[np.int32]
    posting_start: NDArray[np.int64]
    posting_length: NDArray[np.int64]
    rarity: NDArray[np.float32]
    """float32[tokens]; 0: this token is not asked for."""
    block: NDArray[np.int8]
    """int8[tokens]: 0 item, 1 context, 2 history."""

    def __len__(self) -> int:
        return len(self.closeness)

    def mute(self, tokens: int) -> Memory:
        """The same in a vocabulary of so many tokens: the further ones, pairs of items it hears anyway, have no voice."""
        more = tokens - len(self.rarity)
        return replace(
            self,
            posting_start=np.pad(self.posting_start, (0, more)),
            posting_length=np.pad(self.posting_length, (0, more)),
            rarity=np.pad(self.rarity, (0, more)),
            block=np.pad(self.block, (0, more), constant_values=2),
        )

    @property
    def strongest(self) -> int:
        least, most = STRONGEST
        return max(least, min(most, least * MOST_LINES // max(len(self.item), 1)))

    def ask(self, asking: Asking) -> NDArray[np.float32]:
        """float32[tokens]: what each token weighs in a question."""
        factor = np.array([1.0, asking.context, asking.history], np.float32)
        weights: NDArray[np.float32] = self.rarity * factor[self.block]
        return weights


def remember(matrix: Sparse, vocabulary: Vocabulary) -> Memory:
    """`matrix` float32[receipts, tokens], oldest first. Receipts of one item remember nothing that could be missing."""
    items, told = vocabulary.items, layout_of(vocabulary).told
    matrix = sparse.csr_array(matrix[:, :told])
    sizes = np.asarray((matrix[:, :items] != 0).sum(axis=1)).ravel()
    rows = np.flatnonzero((sizes >= 2) & (sizes <= MOST_OF_A_RECEIPT))[::-1]
    rows = rows[: int(np.searchsorted(np.cumsum(sizes[rows]), MOST_LINES, side="right"))]
    lists = sparse.csc_array(matrix[rows])
    lists.sort_indices()
    counted = np.diff(lists.indptr).astype(np.int64)
    rarity = np.log(max(len(rows), 1) / np.maximum(counted, 1)) * (counted > 0)
    place = np.array([name.startswith("store=") for name in vocabulary.names[items:told]], bool)
    rarity[items:][~place | (counted[items:] * _TELLING > len(rows))] = 0.0
    order = in_no_order(sparse.csr_array(lists), (np.arange(told) < items) | (rarity > 0))
    lines = sparse.csr_array(matrix[rows[order], :items])
    lines.sort_indices()
    width = np.sqrt(lines @ rarity[:items])
    # Of each list the first receipts, which are the latest.
    length = np.where(rarity > 0, np.minimum(counted, LONGEST), 0)
    begin = np.concatenate([[0], np.cumsum(length)])
    kept = np.arange(begin[-1]) + np.repeat(lists.indptr[:-1] - begin[:-1], length)
    posting = np.argsort(order)[lists.indices[kept]]
    posting = posting[np.lexsort((posting, np.repeat(np.arange(told), length)))]
    # A history token is looked up in the list of its item; of `shopper=known` there is none.
    past = [name.partition("=") for name in vocabulary.names[told:]]
    listed = np.array([vocabulary.ids[item_token(sku)] if kind == "had" else -1 for kind, _, sku in past], np.int64)
    listed = np.concatenate([np.arange(told), listed])
    return Memory(
        start=lines.indptr.astype(np.int64),
        item=lines.indices.astype(np.int32),
        closeness=np.where(width > 0, 1 / np.maximum(width, 1e-6), 0).astype(np.float32),
        posting=posting.astype(np.int32),
        posting_start=begin[:-1][listed],
        posting_length=np.where(listed < 0, 0, length[listed]),
        rarity=np.where(listed < 0, 0, rarity[listed]).astype(np.float32),
        block=np.repeat(np.array([0, 1, 2], np.int8), [items, told - items, len(vocabulary) - told]),
    )


def in_no_order(receipts: Sparse, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The order in which `receipts` float32[receipts, tokens] are kept: when somebody shopped cannot be told from neighbours.

    It follows from the tokens that are `kept` and from nothing else. A permutation drawn by a seed would be undone by whoever
    draws it again, and one that rests on hours would tell them to whoever tries all.
    """
    number = np.random.default_rng(len(kept)).integers(1 << 63, size=len(kept), dtype=np.uint64) * kept
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(number[receipts.indices], dtype=np.uint64)])
    return np.argsort(sums[receipts.indptr[1:]] - sums[receipts.indptr[:-1]], kind="stable")


@dataclass(frozen=True, slots=True)
class Remembered:
    """Receipts that vote beside the weights, and how they are asked."""

    memory: Memory
    asking: Asking


@dataclass(frozen=True, slots=True)
class Found:
    """Of each question the nearest receipts, nearest first: `near` float32[questions, k], `receipt` int64[questions, k].

    Where fewer share anything, the last are 0 near.
    """

    near: NDArray[np.float32]
    receipt: NDArray[np.int64]


def find(memory: Memory, tokens: Sparse, asking: Asking) -> Found:
    """`tokens` float32[questions, tokens]"""
    asked = sparse.csr_array(tokens @ sparse.diags_array(memory.ask(asking)))
    # The earlier token first where two are as strong, as in the graph; a product leaves them in no order.
    asked.sort_indices()
    asked = _strongest(asked, memory.strongest)
    width = np.sqrt(np.asarray(asked.sum(axis=1), np.float64)).astype(np.float32)
    lists = _postings(memory)
    most = min(asking.neighbours, len(memory))
    near = np.zeros((tokens.shape[0], most), np.float32)
    receipt = np.zeros((tokens.shape[0], most), np.int64)
    for first in range(0, tokens.shape[0], _BATCH):
        shared = sparse.csr_array(asked[first : first + _BATCH] @ lists)
        shared.data *= memory.closeness[shared.indices]
        for row, (begin, end) in enumerate(pairwise(shared.indptr), first):
            places, said = shared.indices[begin:end], shared.data[begin:end]
            best = _best(said, places, most)
            receipt[row, : len(best)] = places[best]
            near[row, : len(best)] = said[best] / np.maximum(width[row], np.float32(1e-12))
    return Found(near, receipt)


def votes(memory: Memory, found: Found, asking: Asking) -> NDArray[np.float32]:
    """float32[questions, items]: what the memory adds to the scores."""
    # Nearest first: whoever found more asks the first of them.
    near, receipt = found.near[:, : asking.neighbours], found.receipt[:, : asking.neighbours]
    questions, most = near.shape
    weight = near.astype(np.float32) ** np.float32(asking.power)
    weight *= np.float32(asking.share) / (weight.sum(axis=1, keepdims=True) + np.float32(asking.doubt))
    items = int((memory.block == 0).sum())
    held = sparse.csr_array((np.ones(len(memory.item), np.float32), memory.item, memory.start), shape=(len(memory), items))
    voters = sparse.csr_array((weight.ravel(), receipt.ravel(), np.arange(questions + 1) * most), shape=(questions, len(memory)))
    said: NDArray[np.float32] = (voters @ held).toarray()
    return said


def _strongest(asked: Sparse, most: int) -> Sparse:
    """The `most` strongest cells of each row."""
    asked.eliminate_zeros()
    kept = np.ones(asked.nnz, bool)
    for first, last in pairwise(asked.indptr):
        if last - first > most:
            weakest = np.argsort(-asked.data[first:last], kind="stable")[most:]
            kept[first + weakest] = False
    asked.data = asked.data * kept
    asked.eliminate_zeros()
    return asked


def _postings(memory: Memory) -> Sparse:
    """float32[tokens, receipts]: which receipts are found by each token."""
    total = memory.posting_length.sum()
    begin = np.concatenate([[0], np.cumsum(memory.posting_length)])
    places = np.arange(total) + np.repeat(memory.posting_start - begin[:-1], memory.posting_length)
    receipts = memory.posting[places]
    return sparse.csr_array((np.ones(len(receipts), np.float32), receipts, begin), shape=(len(memory.rarity), len(memory)))


def _best(said: NDArray[np.float32], places: NDArray[np.int32], most: int) -> NDArray[np.int64]:
    """The `most` largest, the earlier place first where they are equal."""
    if len(said) > most:
        least = np.partition(said, len(said) - most)[len(said) - most]
        level = np.flatnonzero(said == least)
        above = np.flatnonzero(said > least)
        level = level[np.argsort(places[level])][: most - len(above)]
        kept = np.concatenate([above, level])
    else:
        kept = np.arange(len(said))
    best: NDArray[np.int64] = kept[np.lexsort((places[kept], -said[kept]))]
    return best
