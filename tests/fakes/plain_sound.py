"""The rules of `model_export.worth.sound` receipt by receipt, over arrays: slow, plain, what the engine is held to."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby, pairwise

import numpy as np
from fakes.plain_columns import Columns
from numpy.typing import NDArray

from device.arms import Experiment
from model_export.worth.clocks import EXCURSION, LEAST_SHIFT
from model_export.worth.judging import NONE
from model_export.worth.sound import CONTRADICTION, MOST_NAMED, OUTLIER, Remark


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
    if experiment is not None:
        remarks += [Remark("silent", 0, told) for told in experiment.stores if told not in columns.stores]
        remarks += _missing(columns, experiment)
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
    believed = _believed(columns)
    store_days = zip(columns.store.tolist(), columns.day.tolist(), strict=True)
    odd = columns.offset != np.array([believed[one] for one in store_days], np.int64)
    order = np.argsort(columns.device, kind="stable")
    ends = np.searchsorted(columns.device[order], np.arange(len(columns.devices)), side="right")
    for name, mine in zip(columns.devices, np.split(order, ends[:-1]), strict=False):
        differs = mine[odd[mine]]
        moved = mine[np.isin(columns.day[mine], shifted(columns.hour[mine], columns.day[mine]))]
        told += [(name, f"{name}, {_days(columns.day[rows])}") for rows in (differs, moved) if len(rows)]
        doubted[differs] = doubted[moved] = True
    more = _some([*dict.fromkeys(name for name, _ in told[MOST_NAMED:])])
    said = [one for _, one in told[:MOST_NAMED]] + ([more] if more else [])
    return replace(columns, hour=np.where(doubted, NONE, columns.hour)), said


def _believed(columns: Columns) -> dict[tuple[int, int], int]:
    """Of each store and day, the offset to believe."""
    receipts = Counter(zip(columns.store.tolist(), columns.day.tolist(), columns.offset.tolist(), strict=True))
    theirs = _most({(store, day): Counter() for store, day, _ in receipts}, receipts)
    days = Counter((store, 0, offset) for (store, _), offset in theirs.items())
    zone = {store: offset for (store, _), offset in _most({(store, 0): Counter() for store, _, _ in days}, days).items()}
    votes: dict[int, dict[int, Counter[int]]] = {}
    for (store, day), offset in theirs.items():
        votes.setdefault(zone[store], {}).setdefault(day, Counter())[offset] += 1
    said = {
        one: {day: max(some, key=lambda offset: (some[offset], offset == one, offset)) for day, some in sorted(by_day.items())}
        for one, by_day in votes.items()
    }
    kept = {one: _lasting(by_day) for one, by_day in said.items()}
    for one, lasting in list(kept.items()):
        if list(zone.values()).count(one) == 1 and len(kept) > 1:
            others = [change for other in said if other != one for change in _changes(said[other])]
            unshared = [(day, by) for day, by in _changes(lasting) if not any(b == by and abs(d - day) <= 1 for d, b in others)]
            if unshared:
                usual = Counter(lasting.values())
                kept[one] = dict.fromkeys(lasting, max(usual, key=lambda offset: (usual[offset], offset)))
    return {(store, day): kept[zone[store]][day] for store, day in theirs}


def _most(of: dict[tuple[int, int], Counter[int]], counted: Counter[tuple[int, int, int]]) -> dict[tuple[int, int], int]:
    for (first, second, value), count in counted.items():
        of[first, second][value] += count
    return {name: max(some, key=lambda value: (some[value], value)) for name, some in of.items()}


def _changes(by_day: dict[int, int]) -> list[tuple[int, int]]:
    days = sorted(by_day)
    return [(b, by_day[b] - by_day[a]) for a, b in pairwise(days) if by_day[a] != by_day[b]]


def _lasting(by_day: dict[int, int]) -> dict[int, int]:
    """Without what comes back within four weeks."""
    runs = [(offset, list(days)) for offset, days in groupby(sorted(by_day), key=by_day.__getitem__)]
    kept = dict(by_day)
    for (_, before), (_, mine), (offset, after) in zip(runs, runs[1:], runs[2:], strict=False):
        if kept[before[0]] == offset and after[0] - mine[0] <= EXCURSION:
            kept |= dict.fromkeys(mine, offset)
    return kept


def shifted(hour: NDArray[np.int64], day: NDArray[np.int64]) -> list[int]:
    """The days of runs that an hour earlier or later explains better, each run found by trying all of them."""
    days = np.unique(day).tolist()
    hours = [Counter(hour[day == one].tolist()) for one in days]
    moved = [0] * len(days)
    for _ in range(5):
        seen = Counter()
        for by_hour, by in zip(hours, moved, strict=True):
            seen.update({one - by: count for one, count in by_hour.items()})
        among = sum(seen.values()) + 13.0
        likely = {one: math.log((seen[one] + 0.5) / among) for one in range(-1, 25)}
        gain = {by: [sum(n * (likely[h - by] - likely[h]) for h, n in one.items()) for one in hours] for by in (1, -1)}
        found = _ways(gain)
        if found == moved:
            break
        moved = found
    return [one for one, by in zip(days, moved, strict=True) if by]


def _ways(gain: dict[int, list[float]]) -> list[int]:
    """The best of all partitions of the days into runs, by the best of every beginning."""
    count = len(gain[1])
    best: list[tuple[float, list[int]]] = [(0.0, [])]
    reach = {by: [0.0, *np.cumsum(row).tolist()] for by, row in gain.items()}
    for end in range(1, count + 1):
        ways = [(best[-1][0], 0, 1)]
        for by in (1, -1):
            runs = [(best[start][0] + reach[by][end] - reach[by][start] - LEAST_SHIFT, by, end - start) for start in range(end)]
            ways.append(max(runs))
        score, by, length = max(ways, key=lambda way: way[0])
        best.append((score, best[end - length][1] + [by] * length))
    return best[-1][1]


def _missing(columns: Columns, experiment: Experiment) -> Iterator[Remark]:
    first, last = experiment.first_day.toordinal(), experiment.last_day.toordinal()
    pairs = zip(columns.store.tolist(), columns.day.tolist(), columns.arm.tolist(), strict=True)
    sold = {(store, day) for store, day, arm in pairs if arm != NONE and first <= day <= last}
    days = sorted({day for _, day in sold})
    if not days:
        return
    span = range(first, days[-1] + 1)
    found = []
    for store, name in sorted(enumerate(columns.stores), key=lambda one: one[1]):
        mine = {day for one, day in sold if one == store}
        lacking = [day for day in days if day not in mine and day % 7 not in _closed(span, mine)]
        if lacking and (not experiment.stores or name in experiment.stores):
            found.append((name, lacking))
    for name, lacking in found[:MOST_NAMED]:
        yield Remark("missing", 0, f"{name}, {_days(np.array(lacking))}")
    if more := [name for name, _ in found[MOST_NAMED:]]:
        yield Remark("missing", 0, _some(more))
    if shut := [day for day in span if day not in days and day % 7 not in _closed(span, set(days))]:
        yield Remark("shut", 0, _days(np.array(shut)))


def _closed(span: range, sold: set[int]) -> set[int]:
    """Days of the week that never sold, of which there were three or more."""
    often = Counter(day % 7 for day in span)
    return {one for one in range(7) if sold and often[one] >= 3 and one not in {day % 7 for day in sold}}


def _days(days: NDArray[np.int64]) -> str:
    return _some([date.fromordinal(one).isoformat() for one in np.unique(days).tolist()])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
