"""Weights to whole bytes: int8 with two scales per token, so that one strong weight does not blur a thousand weak ones.

A row holds a few strong weights and a long tail. With one scale for the row the step is a 127th of the strongest, and near-equal
scores change places (on uci_online_retail in 10 % of the top fours). So the strongest weights of a row, its spikes, are kept
twice: once in a list of their own with a coarse scale, and what that rounding left over goes back into the row, whose scale then
only has to reach the strongest of the rest. Every kept weight is off by half a fine step at most:

    |w - (fine * q + coarse * s)| <= fine / 2        q, s: int8

A small table is kept whole. A large one keeps the `keep` strongest weights of each row. `PACKINGS` and `LARGE_PACKINGS` are tried
in their order, smallest first, until the proof holds; the last one states every weight twice and is as good as 15 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_WHOLE_CELLS: Final = 120_000_000
"""Bytes up to which the whole table is shipped: 11,000 tokens by 5,000 items are 54 MB, and a question reads 70 rows of it."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How many weights of each token are kept, and how many of these twice; None: all."""

    keep: int | None
    spikes: int | None


PACKINGS: Final = (Packing(None, 16), Packing(None, 128), Packing(None, None))
LARGE_PACKINGS: Final = (Packing(128, 16), Packing(256, 32), Packing(512, 128), *PACKINGS)


@dataclass(frozen=True, slots=True)
class Listed:
    """Some cells of each row: `items` int32[tokens, width], `values` int8[tokens, width], `scale` float32[tokens]."""

    items: NDArray[np.int32]
    values: NDArray[np.int8]
    scale: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Whole:
    """All cells: `values` int8[tokens, items], `scale` float32[tokens]."""

    values: NDArray[np.int8]
    scale: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Packed:
    """The sum of both is the table. The spikes of a table whose every weight is kept twice are a `Whole` too."""

    rest: Whole | Listed
    spikes: Whole | Listed


def quantise(table: NDArray[np.float32], packing: Packing) -> Packed:
    """`table` float32[tokens, items]"""
    items = table.shape[1]
    kept = None if packing.keep is None or packing.keep >= items else np.sort(_strongest(table, packing.keep), axis=1)
    coarse, left = _coarse(table, packing.spikes)
    values, scale = _rounded(left if kept is None else np.take_along_axis(left, kept, axis=1))
    return Packed(Whole(values, scale) if kept is None else Listed(kept.astype(np.int32), values, scale), coarse)


def cut(table: NDArray[np.float32], keep: int | None) -> NDArray[np.float32]:
    """The table as the trainer would have it with only `keep` weights of each token."""
    if keep is None or keep >= table.shape[1]:
        return table
    kept = _strongest(table, keep)
    smaller = np.zeros_like(table)
    np.put_along_axis(smaller, kept, np.take_along_axis(table, kept, axis=1), axis=1)
    return smaller


def unpacked(packed: Packed, items: int) -> NDArray[np.float32]:
    """float32[tokens, items]: the table that the graph multiplies with."""
    table = np.zeros((len(packed.rest.scale), items), np.float32)
    for part in (packed.rest, packed.spikes):
        match part:
            case Whole(values, scale):
                table += values * scale[:, None]
            case Listed(places, values, scale):
                there = np.take_along_axis(table, places.astype(np.int64), axis=1)
                np.put_along_axis(table, places.astype(np.int64), there + values * scale[:, None], axis=1)
    return table


def _coarse(table: NDArray[np.float32], spikes: int | None) -> tuple[Whole | Listed, NDArray[np.float32]]:
    """The strongest weights, and the table less what they say."""
    if spikes is None or spikes >= table.shape[1]:
        values, scale = _rounded(table)
        return Whole(values, scale), table - values * scale[:, None]
    places = np.sort(_strongest(table, spikes), axis=1)
    strong = np.take_along_axis(table, places, axis=1)
    values, scale = _rounded(strong)
    left = table.copy()
    np.put_along_axis(left, places, strong - values * scale[:, None], axis=1)
    return Listed(places.astype(np.int32), values, scale), left


def _strongest(table: NDArray[np.float32], width: int) -> NDArray[np.int64]:
    """int64[tokens, width]; row by row, because the sizes of a large table are not needed twice."""
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
