"""What the engine's cells add up to by store, hour, segment and all together: `intervals.Moments` of any part. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_export.worth.intervals import Moments
from model_export.worth.metrics import HOURS

PRODUCTS: Final = tuple((one, other) for one in range(4) for other in range(one, 4))
"""Of v = (1, y, expected, personal)."""
SEGMENTS: Final = ("known shoppers", "strangers")


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Arrays by part, arm and metric; sums have one more axis, along `PRODUCTS`."""

    units: NDArray[np.float64]
    of_receipts: NDArray[np.float64]
    of_units: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    kinds: Mapping[str, _Kind]
    """all, store, hour, segment."""
    parts: Mapping[str, tuple[str, ...]]
    metrics: Sequence[str]
    centre: Mapping[str, float]
    adjusted: frozenset[str]
    """Metrics with covariates."""

    def moments(self, kind: str, part: int, arm: int, metric: str) -> Moments:
        """Without covariates where nothing was known before."""
        of, place = self.kinds[kind], self.metrics.index(metric)
        at = (part, arm, place)
        found = Moments(int(of.units[at]), _matrix(of.of_receipts[at]), _matrix(of.of_units[at]))
        return found if metric in self.adjusted else found.plain()


def gathered(
    cells: Any,
    units: Mapping[str, Any],
    metrics: Sequence[str],
    stores: tuple[str, ...],
    arms: int,
    centre: Mapping[str, float],
    adjusted: frozenset[str],
) -> Sums:
    """`cells`: pyarrow.Table of one row for each place, store, hour and known or not. `units`: the same by kind, of shoppers."""
    parts = {
        "all": ("",),
        "store": stores,
        "hour": ("", *(f"{hour:02}" for hour in range(HOURS - 1))),
        "segment": SEGMENTS,
    }
    kinds = {}
    for kind, names in parts.items():
        shape = (len(names), arms, len(metrics), len(PRODUCTS))
        count, receipts = _added(cells, kind, stores, metrics, shape)
        of_units = receipts
        if kind in units:
            count, of_units = _added(units[kind], kind, stores, metrics, shape)
        kinds[kind] = _Kind(count, receipts, of_units)
    return Sums(kinds, parts, metrics, centre, adjusted)


def _added(
    table: Any, kind: str, stores: tuple[str, ...], metrics: Sequence[str], shape: tuple[int, int, int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Units and sums, added up by part and arm."""
    arm = np.asarray(table["place"]).astype(np.int64)
    if kind == "all":
        part = np.zeros(len(arm), np.int64)
    elif kind == "store":
        places = {name: place for place, name in enumerate(stores)}
        part = np.array([places[name] for name in table["store"].to_pylist()], np.int64)
    elif kind == "hour":
        part = np.asarray(table["hour"]).astype(np.int64) + 1
    else:
        part = 1 - np.asarray(table["known"]).astype(np.int64)
    count, sums = np.zeros(shape[:3]), np.zeros(shape)
    for place, metric in enumerate(metrics):
        np.add.at(count[:, :, place], (part, arm), np.asarray(table[f"{metric}_units"], np.float64))
        for number, (one, other) in enumerate(PRODUCTS):
            values = np.nan_to_num(table[f"{metric}_{one}{other}"].to_numpy().astype(np.float64))
            np.add.at(sums[:, :, place, number], (part, arm), values)
    return count, sums


def _matrix(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.zeros((4, 4))
    for value, (one, other) in zip(sums.tolist(), PRODUCTS, strict=True):
        found[one, other] = found[other, one] = value
    return found
