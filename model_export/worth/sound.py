"""What is left out of an experiment before anything is compared, by which rule, and what else has to be said of its data. Pure.

| rule            | what it finds                                                                      | what is left out     |
|-----------------|------------------------------------------------------------------------------------|----------------------|
| of `measuring`  | unreadable, unfinished, return, partial, wholesale, undated                          | the receipt          |
| `twice`         | the same receipt under two keys                                                      | all but the first    |
| `currency`      | another one than most receipts have: amounts of two cannot be added up               | the receipt          |
| `outlier`       | a total of more than `OUTLIER` times the middle one, or none                         | the receipt          |
| `swapped`       | the arm on the receipt is not the one that the key draws for it, or none on its day  | the receipt          |
| `contradiction` | a register's screens painted more than 1 % of a day's ghosts: its arms are not true  | its receipts of then |
| `clock`         | a register's clock runs by another offset, or its day by another hour (`clocks`)     | of the hours only    |
| `silent`        | a store of the experiment that never sent a receipt                                  | nothing: it is said  |
| `missing`       | days on which a store had no receipt in an arm, and others had                       | nothing: it is said  |
| `shut`          | days of the experiment on which no store had one                                     | nothing: it is said  |
| `gap`           | receipts that a register numbered and never sent                                     | nothing: it is said  |

Days that lack take from both arms alike, for an arm is drawn for every receipt; a receipt of an extreme total does not, which is
why it is never averaged in. The bound is drawn from all arms together. A day of the week on which a store never sold, though
there were `CLOSED` of them, is one on which it is closed, and not missing.

Receipts are judged in groups that are alike in all that a rule looks at (`Groups`): there are as many as registers, days and
hours make, however many receipts stand behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from device.amounts import decimals_of, written
from model_export.worth.clocks import DAYS, Doubted, doubted
from model_export.worth.words import remark

if TYPE_CHECKING:
    from device.arms import Experiment

OUTLIER: Final = 50
CONTRADICTION: Final = 0.01
MOST_NAMED: Final = 20
COUNTED: Final = ("receipts", "outliers", "differs", "swapped", "lied", "hidden")
CLOSED: Final = 3


class Remark(msgspec.Struct, frozen=True):
    rule: str
    receipts: int
    """That are left out by it; 0: it is only said."""
    named: str
    """Registers, stores and days that it is about."""

    @property
    def told(self) -> str:
        return remark(self.rule, self.receipts, self.named)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Receipts of one register, day, hour and offset, in an arm or in none. All arrays have one element a group."""

    stores: tuple[str, ...]
    devices: tuple[str, ...]
    store: NDArray[np.int64]
    device: NDArray[np.int64]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    ahead: NDArray[np.int64]
    within: NDArray[np.bool_]
    """In an arm."""
    count: Mapping[str, NDArray[np.int64]]
    """By the names of `COUNTED`: receipts; outliers; those in another arm than the key draws, and these without outliers;
    painted ghosts; receipts of an arm that nothing was painted on."""

    @classmethod
    def of(cls, table: Any) -> Groups:
        """`table`: pyarrow.Table of one row a group, with the columns of this class and of `COUNTED`."""
        codes, names = {}, {}
        for name in ("store", "device"):
            coded = table[name].combine_chunks().dictionary_encode()
            order = sorted(range(len(coded.dictionary)), key=coded.dictionary.to_pylist().__getitem__)
            place = np.argsort(np.array(order, np.int64), kind="stable")
            names[name] = tuple(sorted(coded.dictionary.to_pylist()))
            codes[name] = place[np.asarray(coded.indices, np.int64)] if order else np.zeros(0, np.int64)
        numbers = {name: np.asarray(table[name]).astype(np.int64) for name in ("day", "hour", "ahead", *COUNTED)}
        return cls(
            names["store"],
            names["device"],
            codes["store"],
            codes["device"],
            numbers["day"],
            numbers["hour"],
            numbers["ahead"],
            np.asarray(table["within"]).astype(np.bool_),
            {name: numbers[name] for name in COUNTED},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What else to leave out, and what to say. Outliers and swapped receipts are told one by one where they are counted."""

    remarks: tuple[Remark, ...]
    swapped: bool
    lying: tuple[tuple[str, int], ...]
    """Registers and days whose receipts in an arm are left out."""
    moved: tuple[tuple[str, int], ...]
    """Registers and days whose hours are not believed."""
    usual: tuple[tuple[str, int, int], ...]
    """Stores and days of several offsets, with the one to believe: hours of the others are not."""
    receipts: NDArray[np.int64]
    """Of each group, those that are left."""


def judge(
    groups: Groups,
    experiment: Experiment | None,
    left_out: Mapping[str, int],
    most: float,
    currency: str,
    gaps: Iterable[str] = (),
) -> Judged:
    """`left_out`: receipts by rules that went before. `most`: the total above which one is an outlier, in minor units.

    `gaps`: what the central store says of numbers that never came: the register and the numbers.
    """
    remarks = [Remark(rule, count, "") for rule, count in left_out.items() if count]
    count = groups.count
    if outliers := int(count["outliers"].sum()):
        remarks.append(Remark("outlier", outliers, f"> {written(round(most), decimals_of(currency))}"))
    if swapped := int(count["swapped"].sum()):
        who = [groups.devices[one] for one in np.unique(groups.device[count["differs"] > 0]).tolist()]
        remarks.append(Remark("swapped", swapped, _some(who)))
    left = count["receipts"] - count["outliers"] - count["swapped"]
    lying = _lying(groups)
    if lying:
        theirs = np.isin(_register_days(groups), [device * DAYS + day for device, day in lying]) & groups.within
        told = _some([f"{groups.devices[device]} on {date.fromordinal(day)}" for device, day in lying])
        if lost := int(left[theirs].sum()):
            remarks.append(Remark("contradiction", lost, told))
        left = np.where(theirs, 0, left)
    clocks = doubted(groups, left)
    remarks += [Remark("clock", 0, told) for told in _clocks(groups, clocks)]
    remarks += [Remark("silent", 0, told) for told in _silent(groups, () if experiment is None else experiment.stores)]
    if experiment is not None:
        remarks += _missing(groups, experiment)
    remarks += [Remark("gap", 0, told) for told in gaps]
    return Judged(
        tuple(remarks),
        swapped > 0,
        tuple((groups.devices[device], day) for device, day in lying),
        tuple((groups.devices[device], day) for device, day in clocks.moved),
        tuple((groups.stores[store], day, ahead) for store, day, ahead in clocks.usual),
        left,
    )


def _lying(groups: Groups) -> list[tuple[int, int]]:
    """Registers and days of which more ghosts were painted than a race of messages explains."""
    lied = groups.count["lied"]
    if not lied.any():
        return []
    names, place = np.unique(_register_days(groups), return_inverse=True)
    share = np.bincount(place, lied) / np.maximum(np.bincount(place, groups.count["hidden"]), 1)
    return [(one // DAYS, one % DAYS) for one in names[share > CONTRADICTION].tolist()]


def _register_days(groups: Groups) -> NDArray[np.int64]:
    return groups.device * DAYS + groups.day


def _clocks(groups: Groups, clocks: Doubted) -> list[str]:
    """What is to be said of the registers whose clocks are doubted."""
    names = [np.unique(_register_days(groups)[clocks.odd]).tolist(), [device * DAYS + day for device, day in clocks.moved]]
    told = [
        (device, f"{groups.devices[device]}, {_days([name % DAYS for name in some])}")
        for one in names
        for device, some in groupby(one, key=lambda name: int(name // DAYS))
    ]
    told.sort(key=lambda one: one[0])
    more = _some([groups.devices[device] for device in dict.fromkeys(device for device, _ in told[MOST_NAMED:])])
    return [said for _, said in told[:MOST_NAMED]] + ([more] if more else [])


def _silent(groups: Groups, stores: Iterable[str]) -> Iterator[str]:
    """Of a store whose receipts are all left out, the rule that left them out is said."""
    heard = frozenset(groups.stores)
    for store in stores:
        if store not in heard:
            yield store


def _missing(groups: Groups, experiment: Experiment) -> Iterator[Remark]:
    """Days of the experiment until the last that has a receipt in an arm."""
    first, last = experiment.first_day.toordinal(), experiment.last_day.toordinal()
    within = groups.within & (groups.day >= first) & (groups.day <= last)
    sold = np.unique(groups.day[within])
    if not len(sold):
        return
    days = np.arange(first, int(sold[-1]) + 1)
    theirs = np.unique(groups.store[within] * DAYS + groups.day[within])
    ends = np.searchsorted(theirs, np.arange(1, len(groups.stores)) * DAYS)
    lacking = list[tuple[str, list[int]]]()
    for name, mine in zip(groups.stores, np.split(theirs % DAYS, ends), strict=True):
        if not experiment.stores or name in experiment.stores:
            gone = np.intersect1d(np.setdiff1d(_open(days, mine), mine, assume_unique=True), sold, assume_unique=True)
            lacking += [(name, gone.tolist())] if len(gone) else []
    for name, which in lacking[:MOST_NAMED]:
        yield Remark("missing", 0, f"{name}, {_days(which)}")
    if more := [name for name, _ in lacking[MOST_NAMED:]]:
        yield Remark("missing", 0, _some(more))
    if len(shut := np.setdiff1d(_open(days, sold), sold)):
        yield Remark("shut", 0, _days(shut.tolist()))


def _open(days: NDArray[np.int64], sold: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of `days` that are not of a day of the week on which a store of `sold` days never sold."""
    if not len(sold):
        return days
    closed = (np.bincount(days % 7, minlength=7) >= CLOSED) & (np.bincount(sold % 7, minlength=7) == 0)
    kept: NDArray[np.int64] = days[~closed[days % 7]]
    return kept


def _days(days: list[int]) -> str:
    return _some([date.fromordinal(one).isoformat() for one in days])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
