"""Which tokens have weights of their own, and where these stand: the order of the rows of counts and weights.

| part    | tokens                                | learnt in stage (`model_export.solve`) |
|---------|---------------------------------------|----------------------------------------|
| head    | `item=`, the most popular             | items                                  |
| context | `hour=`, `weekday=`, `store=`         | context                                |
| history | `shopper=known`, `had=` of head items | history                                |
| tail    | `item=`, all others                   | not learnt from: weights lead to them, none from them |

Pairs of items (`model_export.pairing`) stand behind all these, in the vocabulary and in the weights, and are counted apart.
`shopper=none`, the last of the vocabulary, has no row (`model_export.strangers`).

Up to some 12,000 items there is no tail and every answer is the exact one. Beyond, the square of what is learnt would outgrow
the machine: the head stays dense and exact, tail items are predicted by it, and what a tail item itself tells is left to the
remembered receipts (`model_export.memory`), which know every item. `vocabulary_of` writes `had=` tokens for the head only.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from device.tokens import NO_CARD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from device.tokens import Vocabulary

MOST_HEAD: Final = 12_000
MOST_CELLS: Final = 1_200_000_000
"""Of counts, and again of weights: 4.8 GB each."""
_HISTORY: Final = ("shopper", "had")


def head_of(items: int) -> int:
    """How many of so many items are learnt from."""
    head = min(items, MOST_HEAD)
    while 2 * head * (items + head) > MOST_CELLS:
        head -= 100
    return head


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows: head, context, history. Columns of counts: the rows' tokens, then the tail."""

    head: int
    items: int
    kinds: tuple[slice, ...]
    """The rows of each kind of context."""
    context_end: int
    rows: int

    @property
    def context(self) -> slice:
        return slice(self.head, self.context_end)

    @property
    def history(self) -> slice:
        return slice(self.context_end, self.rows)

    @property
    def told(self) -> int:
        """How many tokens are items or contexts: what is known of a shopper nobody knows."""
        return self.items + self.context_end - self.head

    @property
    def learnt(self) -> NDArray[np.int64]:
        """int64[rows]: the token of each row."""
        return np.concatenate([np.arange(self.head), np.arange(self.items, self.items + self.rows - self.head)])

    @property
    def columns(self) -> NDArray[np.int64]:
        """int64[columns]: the token of each column of the counts."""
        return np.concatenate([self.learnt, np.arange(self.head, self.items)])

    @property
    def targets(self) -> Iterator[tuple[slice, slice]]:
        """Items in two runs: where they stand in the columns of the counts, and in those of the weights."""
        yield slice(0, self.head), slice(0, self.head)
        if self.items > self.head:
            yield slice(self.rows, self.rows + self.items - self.head), slice(self.head, self.items)

    @property
    def bytes(self) -> int:
        """What is held at the peak: counts, weights, and what the largest stage needs beside them (see `solve`)."""
        past = self.rows - self.context_end
        stage = max(2 * self.head**2, 2 * past * self.items + past**2)
        return 4 * (self.cells + self.rows * self.items + stage)

    @property
    def cells(self) -> int:
        """Of the counts."""
        return self.rows * (self.rows + self.items - self.head)


def layout_of(vocabulary: Vocabulary, head: int | None = None) -> Layout:
    """`head`: fewer items than `head_of` allows, to compare with the exact answer."""
    items = vocabulary.items
    head = head_of(items) if head is None else head
    kinds = [kind for name in vocabulary.names[items:] if (kind := name.partition("=")[0]) != "pair" and name != NO_CARD]
    context = next((place for place, kind in enumerate(kinds) if kind in _HISTORY), len(kinds))
    ends = [place for place in range(1, context) if kinds[place] != kinds[place - 1]]
    edges = [0, *ends, context] if context else []
    return Layout(
        head,
        items,
        tuple(slice(head + begin, head + end) for begin, end in pairwise(edges)),
        head + context,
        head + len(kinds),
    )
