"""Weights to whole bytes: int8 with two scales per token, so that one strong weight does not blur a thousand weak ones.

A row holds a few strong weights and a long tail. With one scale for the row the step is a 127th of the strongest, and near-equal
scores change places (on uci_online_retail in 10 % of the top fours). So the strongest weights of a row, its spikes, are kept
twice: once in a list of their own with a coarse scale, and what that rounding left over goes back into the row, whose scale then
only has to reach the strongest of the rest. Every kept weight is off by half a fine step at most:

    |w - (fine * q + coarse * s)| <= fine / 2        q, s: int8

A small table is kept whole. A large one keeps the `keep` strongest weights of each row. `PACKINGS` or `LARGE_PACKINGS` are tried
in their order, smallest first, until the proof holds; the last one states every kept weight twice and is as good as 15 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse

MOST_WHOLE_CELLS: Final = 120_000_000
"""Bytes up to which the whole table is shipped: 11,000 tokens by 5,000 items are 54 MB, and a question reads 70 rows of it."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How many weights of each token are kept, and how many of these twice; None: all."""

    keep: int | None
    spikes: int | None


PACKINGS: Final = (Packing(None, 16), Packing(None, 128), Packing(None, None))
LARGE_PACKINGS: Final = (Packing(128, 16), Packing(256, 32), Packing(512, 128), Packing(512, None))
"""Never whole: a file of the graph would outgrow the two gigabytes that ONNX can hold."""


OWN: Final = 256
"""Weights kept of each row that receipts without a card have of their own."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Some cells of each row: `items` int32[rows, width], `values` int8[rows, width], `scale` float32[rows].

    Of weights as they were solved `values` are float32 and `scale` is None.
    """

    items: NDArray[np.int32]
    values: NDArray[np.int8] | NDArray[np.float32]
    scale: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """All cells: `values` int8[rows, items], `scale` float32[rows]; or float32 and None."""

    values: NDArray[np.int8] | NDArray[np.float32]
    scale: NDArray[np.float32] | None = None


def cut(table: NDArray[np.float32], keep: int | None) -> Whole | Listed:
    """`table` float32[rows, items] with only the `keep` strongest weights of each row."""
    if keep is None or keep >= table.shape[1]:
        return Whole(table)
    kept = np.sort(_strongest(table, keep), axis=1)
    return Listed(kept.astype(np.int32), np.take_along_axis(table, kept, axis=1))


def as_table(part: Whole | Listed, items: int) -> NDArray[np.float32] | Sparse:
    """float32[rows, items]: what the graph multiplies with; of lists a sparse array."""
    values: NDArray[np.float32] = part.values.astype(np.float32)
    if part.scale is not None:
        values *= part.scale[:, None]
    if isinstance(part, Whole):
        return values
    rows, width = values.shape
    return sparse.csr_array((values.ravel(), part.items.ravel(), np.arange(rows + 1) * width), shape=(rows, items))


def quantise(kept: Whole | Listed, spikes: int | None) -> list[Whole | Listed]:
    """Two parts whose sum is the table. `spikes`: how many of the kept weights of each row are kept twice; None: all of them."""
    values = kept.values.astype(np.float32, copy=False)
    if spikes is None or spikes >= values.shape[1]:
        coarse, scale = _rounded(values)
        return [_like(kept, *_rounded(values - coarse * scale[:, None])), _like(kept, coarse, scale)]
    places = np.sort(_strongest(values, spikes), axis=1)
    strong = np.take_along_axis(values, places, axis=1)
    coarse, scale = _rounded(strong)
    left = values.copy()
    np.put_along_axis(left, places, strong - coarse * scale[:, None], axis=1)
    items = places if isinstance(kept, Whole) else np.take_along_axis(kept.items, places, axis=1)
    return [_like(kept, *_rounded(left)), Listed(items.astype(np.int32), coarse, scale)]


def _like(kept: Whole | Listed, values: NDArray[np.int8], scale: NDArray[np.float32]) -> Whole | Listed:
    return Whole(values, scale) if isinstance(kept, Whole) else Listed(kept.items, values, scale)


def _strongest(table: NDArray[np.float32], width: int) -> NDArray[np.int64]:
    """int64[rows, width]; some rows at a time, because the sizes of a large table are not needed twice."""
    if width >= table.shape[1]:
        return np.tile(np.arange(table.shape[1]), (table.shape[0], 1))
    found = np.empty((table.shape[0], width), np.int64)
    for first in range(0, table.shape[0], 512):
        found[first : first + 512] = np.argpartition(-np.abs(table[first : first + 512]), width, axis=1)[:, :width]
    return found


def _rounded(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    scale = (np.abs(weights).max(axis=1, initial=0) / 127).astype(np.float32)
    step = np.where(scale > 0, scale, 1)[:, None]
    return np.rint(weights / step).astype(np.int8), scale
