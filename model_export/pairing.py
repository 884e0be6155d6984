"""Which items become tokens two by two, where these stand, and what is counted of them.

A regression of items knows what goes with tomatoes and what goes with pasta; what goes with both together it can only add up. So
the most frequent pairs get tokens of their own (`device.tokens`: `pair=`), at the end of the vocabulary, in the order of their
first item and then of their second. Without them everything before is what it was.

Which pairs are frequent is known when the items are counted, so pair tokens are counted after all others, each against every
token, from the rows of the receipts that hold one: by the engine that counts all else, to the last unit the same. Stored days
(`days`) hold none of it, because a day is counted long before it is known which pairs will be frequent.

Bounds, so that five thousand items with histories stay within four gigabytes and a few minutes: no pairs where there is a tail
(`layout`), only so many as take `MOST_BYTES` at most, and only while receipts hold `MOST_HELD` of them on average. Time in
proportion to the cube of head and pairs (`solve`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from device.tokens import MOST_PAIRED, Vocabulary, pair_of, pair_token
from model_export.counts import count_first

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.counts import Counts
    from model_export.encoding import Sparse
    from model_export.engine import Engine
    from model_export.history import History
    from model_export.layout import Layout

RUNGS: Final = (2_000, 6_000)
"""How many pairs are tried."""
LEAST_TOGETHER: Final = 5
"""Receipts that must hold both items, as `encoding.LEAST_SOLD` must hold one."""
MOST_BYTES: Final = 500_000_000
MOST_HELD: Final = 16
_KEYS: Final = 1_000_000
_STRIPE: Final = 1_024


@dataclass(frozen=True, slots=True, eq=False)
class Pairing:
    """`keys` int64[pairs], rising: first item * `items` + second item, the first being the earlier in the vocabulary."""

    keys: NDArray[np.int64]
    items: int

    def __len__(self) -> int:
        return len(self.keys)

    def widened(self, vocabulary: Vocabulary) -> Vocabulary:
        """With the pairs' tokens behind all others."""
        held = zip((self.keys // self.items).tolist(), (self.keys % self.items).tolist(), strict=True)
        skus = vocabulary.skus
        return Vocabulary([*vocabulary.names, *(pair_token(skus[one], skus[other]) for one, other in held)], vocabulary.items)

    def block(self, baskets: Sparse) -> Sparse:
        """float32[receipts, pairs] of float32[receipts, items], which are the first columns of `baskets`."""
        baskets = sparse.csr_array(baskets[:, : self.items])
        baskets.sort_indices()
        sizes = np.diff(baskets.indptr)
        rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for size in range(2, MOST_PAIRED + 1):
            left, right = np.triu_indices(size, 1)
            for own in _in_steps(np.flatnonzero(sizes == size), max(1, _KEYS // len(left))):
                held = baskets.indices[baskets.indptr[own][:, None] + np.arange(size)].astype(np.int64)
                key = held[:, left] * self.items + held[:, right]
                place = np.minimum(np.searchsorted(self.keys, key), len(self) - 1)
                row, cell = np.nonzero(self.keys[place] == key)
                rows.append(own[row])
                columns.append(place[row, cell])
        row, column = np.concatenate(rows).astype(np.int32), np.concatenate(columns).astype(np.int32)
        cells = (np.ones(len(row), np.float32), (row, column))
        return sparse.csr_array(sparse.coo_array(cells, shape=(baskets.shape[0], len(self))))

    def told(self, tokens: Sparse) -> Sparse:
        """`tokens` float32[questions, tokens] without pairs, with them."""
        return sparse.csr_array(sparse.hstack([tokens, self.block(tokens)], format="csr"))

    def holding(self) -> list[NDArray[np.int64]]:
        """Of each item the pairs that hold it."""
        item = np.concatenate([self.keys // self.items, self.keys % self.items])
        pair = np.tile(np.arange(len(self)), 2)
        order = np.lexsort((pair, item))
        return np.split(pair[order], np.searchsorted(item[order], np.arange(1, self.items)))


@dataclass(frozen=True, slots=True)
class Paired:
    """What is counted of pairs: `gram` float32[pairs, pairs + rows of the layout], `sums` float64[pairs]."""

    pairing: Pairing
    gram: NDArray[np.float32]
    sums: NDArray[np.float64]


def pairing_of(vocabulary: Vocabulary) -> Pairing | None:
    """The pairs of a vocabulary that was `widened`; None when it holds none."""
    items = vocabulary.items
    keys = sorted(first * items + second for first, others in vocabulary.partners.items() for second in others)
    return Pairing(np.array(keys, np.int64), items) if keys else None


def with_pairs(tokens: Sparse, vocabulary: Vocabulary) -> Sparse:
    """float32[receipts, tokens], its pair tokens (none, or those of other items) made those of its items."""
    pairing = pairing_of(vocabulary)
    if pairing is None:
        return tokens
    first = vocabulary.ids[next(name for name in vocabulary.names if pair_of(name))]
    told = pairing.told(tokens[:, :first])
    after = tokens[:, first + len(pairing) :]
    return sparse.csr_array(sparse.hstack([told, after], format="csr")) if after.shape[1] else told


def rungs(layout: Layout) -> tuple[int, ...]:
    """How many pairs may be tried beside so many other tokens."""
    return tuple(most for most in RUNGS if layout.items == layout.head and bytes_of(layout, most) <= MOST_BYTES)


def bytes_of(layout: Layout, most: int) -> int:
    """What so many pairs take beside all else: their counts, their weights, and the square in which they are solved."""
    pairs = min(most, layout.head * (layout.head - 1) // 2)
    square = (layout.head + pairs) ** 2
    return 4 * (pairs * (pairs + layout.rows) + pairs * layout.items + square)


def needed(layout: Layout, history: History) -> tuple[int, int]:
    """Bytes that the most pairs may take, and how many pair tokens all receipts may hold."""
    if not (steps := rungs(layout)):
        return 0, 0
    sizes = history.sizes[history.sizes <= MOST_PAIRED].astype(np.int64)
    return bytes_of(layout, max(steps)), min(int((sizes * (sizes - 1) // 2).sum()), MOST_HELD * len(history))


def frequent(counts: Counts, layout: Layout, most: int) -> Pairing:
    """The `most` pairs that stand on most receipts, within the bounds; of equal ones those of the more popular items."""
    keys, seen = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for first in range(0, layout.head, _STRIPE):
        last = min(first + _STRIPE, layout.head)
        together = np.triu(counts.gram[first:last, : layout.head], first + 1)
        row, column = np.nonzero(together >= LEAST_TOGETHER)
        keys = np.concatenate([keys, (row + first) * layout.items + column])
        seen = np.concatenate([seen, together[row, column]])
        if len(keys) > most:
            level = np.flatnonzero(seen >= np.partition(seen, -most)[-most])
            kept = level[np.lexsort((keys[level], -seen[level]))][:most]
            keys, seen = keys[kept], seen[kept]
    order = np.lexsort((keys, -seen))
    kept = order[np.cumsum(seen[order], dtype=np.float64) <= MOST_HELD * counts.receipts]
    return Pairing(np.sort(keys[kept]), layout.items)


def count_pairs(pairing: Pairing, matrix: Sparse, layout: Layout, engine: Engine | None) -> Paired:
    """Of the receipts of `matrix` float32[receipts, tokens], by the engine or in this process; there is no tail."""
    block = pairing.block(matrix)
    own = np.flatnonzero(np.diff(block.indptr))
    told = sparse.csr_array(sparse.hstack([block[own], matrix[own][:, : layout.rows]], format="csr"))
    counts = count_first(told, len(pairing), engine)
    return Paired(pairing, counts.gram, counts.sums[: len(pairing)])


def _in_steps(rows: NDArray[np.int64], step: int) -> list[NDArray[np.int64]]:
    return [rows[first : first + step] for first in range(0, len(rows), step)]
