"""The rules of `model_export.worth.sound` receipt by receipt, over arrays: slow, plain, what the engine is held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

import numpy as np
from fakes.plain_columns import Columns
from numpy.typing import NDArray

from device.arms import Experiment
from model_export.worth.judging import NONE
from model_export.worth.sound import CONTRADICTION, LEAST_SHIFT, MOST_NAMED, OUTLIER, Remark


def sound(
    columns: Columns, experiment: Experiment | None, left_out: dict[str, int], gaps: Iterable[str] = ()
) -> tuple[Columns, tuple[Remark, ...]]:
    """What is left, `hour` NONE where the clock is doubted; and what is to be said."""
    remarks = [Remark(rule, count, "") for rule, count in left_out.items()]
    out = np.zeros(len(columns), np.bool_)
    for rule, found, named in (*_receipts(columns), *_contradictions(columns)):
        if count := int((found & ~out).sum()):
            remarks.append(Remark(rule, count, named))
        out |= found
    left = columns.where(~out) if out.any() else columns
    left, doubted = _clocks(left)
    remarks += [Remark("clock", 0, told) for told in doubted]
    remarks += [Remark("silent", 0, told) for told in _silent(left, () if experiment is None else experiment.stores)]
    remarks += [Remark("missing", 0, told) for told in _missing(left)]
    remarks += [Remark("gap", 0, told) for told in gaps]
    return left, tuple(remarks)


def _receipts(columns: Columns) -> Iterator[tuple[str, NDArray[np.bool_], str]]:
    total = columns.values["total"]
    most = OUTLIER * float(np.median(total)) if len(total) else 0.0
    yield "outlier", (total > most) | (total <= 0), f"> {most / 100:.2f}"
    differs = columns.arm != columns.drawn
    who = ", ".join(columns.devices[one] for one in np.unique(columns.device[differs])[:MOST_NAMED])
    yield "swapped", differs, who


def _contradictions(columns: Columns) -> Iterator[tuple[str, NDArray[np.bool_], str]]:
    lied = columns.shown_in_ghosts == 1
    if not lied.any():
        return
    group = columns.device * 1_000_000 + columns.day % 1_000_000
    names, place = np.unique(group, return_inverse=True)
    hidden = columns.values["painted"] == 0
    share = np.bincount(place, lied) / np.maximum(np.bincount(place, hidden & (columns.arm != NONE)), 1)
    bad = share > CONTRADICTION
    days = [f"{columns.devices[one // 1_000_000]} on {date.fromordinal(one % 1_000_000)}" for one in names[bad].tolist()]
    yield "contradiction", bad[place] & (columns.arm != NONE), _some(days)


def _clocks(columns: Columns) -> tuple[Columns, list[str]]:
    """With the hour taken off where it cannot be believed."""
    doubted = np.zeros(len(columns), np.bool_)
    told = []
    # Twice a year a whole shop changes its offset: a register is compared with its store on the same day.
    odd = columns.offset != _usual_offset(columns)
    order = np.argsort(columns.device, kind="stable")
    ends = np.searchsorted(columns.device[order], np.arange(len(columns.devices)), side="right")
    for name, mine in zip(columns.devices, np.split(order, ends[:-1]), strict=False):
        differs = mine[odd[mine]]
        moved = mine[np.isin(columns.day[mine], _shifted(columns.hour[mine], columns.day[mine]))]
        told += [f"{name}, {_days(columns.day[rows])}" for rows in (differs, moved) if len(rows)]
        doubted[differs] = doubted[moved] = True
    return replace(columns, hour=np.where(doubted, NONE, columns.hour)), told[:MOST_NAMED]


def _usual_offset(columns: Columns) -> NDArray[np.int64]:
    """Of each receipt, the offset that most receipts of its store have on its day."""
    _, where = np.unique(columns.store * 10_000_000 + columns.day, return_inverse=True)
    pairs, count = np.unique(np.stack((where, columns.offset)), axis=1, return_counts=True)
    order = np.lexsort((count, pairs[0]))  # the most frequent of each store and day comes last
    usual = np.zeros(len(np.unique(where)), np.int64)
    usual[pairs[0][order]] = pairs[1][order]
    found: NDArray[np.int64] = usual[where]
    return found


def _shifted(hour: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """The days that an hour earlier or later explains far better than the register's usual hours."""
    days, place = np.unique(day, return_inverse=True)
    table = np.zeros((len(days), 26))
    np.add.at(table, (place, hour + 1), 1)
    profile = table.sum(axis=0) + 0.5
    likely = np.log(profile / profile.sum())
    as_told = table @ likely
    moved = np.maximum(table[:, 1:] @ likely[:-1], table[:, :-1] @ likely[1:])
    found: NDArray[np.int64] = days[moved - as_told > LEAST_SHIFT]
    return found


def _silent(columns: Columns, stores: Iterable[str]) -> Iterator[str]:
    heard = {columns.stores[one] for one in np.unique(columns.store).tolist()}
    for store in stores:
        if store not in heard:
            yield store


def _missing(columns: Columns) -> Iterator[str]:
    within = columns.arm != NONE
    sold = np.unique(columns.day[within])
    for store, name in enumerate(columns.stores):
        mine = np.unique(columns.day[within & (columns.store == store)])
        lacking = np.setdiff1d(sold, mine)
        if len(mine) and len(lacking):
            yield f"{name}, {_days(lacking)}"


def _days(days: NDArray[np.int64]) -> str:
    return _some([date.fromordinal(one).isoformat() for one in np.unique(days).tolist()])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
