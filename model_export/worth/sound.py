"""What is left out of an experiment before anything is compared, by which rule, and what else has to be said of its data. Pure.

| rule            | what it finds                                                                      | what is left out     |
|-----------------|------------------------------------------------------------------------------------|----------------------|
| of `measuring`  | unreadable, unfinished, return, partial, wholesale, undated                          | the receipt          |
| `twice`         | the same receipt under two keys                                                      | all but the first    |
| `currency`      | another one than most receipts have: amounts of two cannot be added up               | the receipt          |
| `outlier`       | a total of more than `OUTLIER` times the middle one, or none                         | the receipt          |
| `swapped`       | the arm on the receipt is not the one that the key draws for it, or none on its day  | the receipt          |
| `contradiction` | a register's screens painted more than 1 % of a day's ghosts: its arms are not true  | its receipts of then |
| `clock`         | a register's clock runs by another offset, or its day by another hour, than usual    | of the hours only    |
| `silent`        | a store of the experiment that never sent a receipt                                  | nothing: it is said  |
| `missing`       | days of a store on which the others sold                                             | nothing: it is said  |
| `gap`           | receipts that a register numbered and never sent                                     | nothing: it is said  |

Days that lack take from both arms alike, for an arm is drawn for every receipt; a receipt of an extreme total does not, which is
why it is never averaged in. The bound is drawn from all arms together.

Receipts are judged in groups that are alike in all that a rule looks at (`Groups`): there are as many as registers, days and
hours make, however many receipts stand behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from model_export.worth.words import remark

if TYPE_CHECKING:
    from device.arms import Experiment

OUTLIER: Final = 50
CONTRADICTION: Final = 0.01
LEAST_SHIFT: Final = 20.0
"""By how much (natural logarithm) another hour must explain a register's day better before its clock is doubted."""
MOST_NAMED: Final = 20
COUNTED: Final = ("receipts", "outliers", "differs", "swapped", "lied", "hidden")
_DAYS: Final = 10_000_000
"""More than there are proleptic ordinals."""


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
    groups: Groups, experiment: Experiment | None, left_out: Mapping[str, int], most: float, gaps: Iterable[str] = ()
) -> Judged:
    """`left_out`: receipts by rules that went before. `most`: the total above which one is an outlier, in minor units.

    `gaps`: what the central store says of numbers that never came: the register and the numbers.
    """
    remarks = [Remark(rule, count, "") for rule, count in left_out.items() if count]
    count = groups.count
    if outliers := int(count["outliers"].sum()):
        remarks.append(Remark("outlier", outliers, f"> {most / 100:.2f}"))
    if swapped := int(count["swapped"].sum()):
        who = [groups.devices[one] for one in np.unique(groups.device[count["differs"] > 0]).tolist()]
        remarks.append(Remark("swapped", swapped, _some(who)))
    left = count["receipts"] - count["outliers"] - count["swapped"]
    lying = _lying(groups)
    if lying:
        theirs = np.isin(_register_days(groups), [device * _DAYS + day for device, day in lying]) & groups.within
        told = _some([f"{groups.devices[device]} on {date.fromordinal(day)}" for device, day in lying])
        if lost := int(left[theirs].sum()):
            remarks.append(Remark("contradiction", lost, told))
        left = np.where(theirs, 0, left)
    odd, usual = _offsets(groups, left)
    moved, doubted = _clocks(groups, left, odd)
    remarks += [Remark("clock", 0, told) for told in doubted]
    remarks += [Remark("silent", 0, told) for told in _silent(groups, left, () if experiment is None else experiment.stores)]
    remarks += [Remark("missing", 0, told) for told in _missing(groups, left)]
    remarks += [Remark("gap", 0, told) for told in gaps]
    return Judged(
        tuple(remarks),
        swapped > 0,
        tuple((groups.devices[device], day) for device, day in lying),
        tuple((groups.devices[device], day) for device, day in moved),
        usual,
        left,
    )


def _lying(groups: Groups) -> list[tuple[int, int]]:
    """Registers and days of which more ghosts were painted than a race of messages explains."""
    lied = groups.count["lied"]
    if not lied.any():
        return []
    names, place = np.unique(_register_days(groups), return_inverse=True)
    share = np.bincount(place, lied) / np.maximum(np.bincount(place, groups.count["hidden"]), 1)
    return [(one // _DAYS, one % _DAYS) for one in names[share > CONTRADICTION].tolist()]


def _register_days(groups: Groups) -> NDArray[np.int64]:
    return groups.device * _DAYS + groups.day


def _offsets(groups: Groups, left: NDArray[np.int64]) -> tuple[NDArray[np.bool_], tuple[tuple[str, int, int], ...]]:
    """Which groups have another offset than most receipts of their store have on that day; and stores and days of several.

    Twice a year a whole shop changes its offset: a register is compared with its store on the same day.
    """
    there = np.flatnonzero(left > 0)
    odd = np.zeros(len(left), np.bool_)
    if not len(there):
        return odd, ()
    names, where = np.unique(groups.store[there] * _DAYS + groups.day[there], return_inverse=True)
    pairs, place = np.unique(np.stack((where, groups.ahead[there])), axis=1, return_inverse=True)
    count = np.bincount(place.ravel(), left[there])
    order = np.lexsort((count, pairs[0]))  # the most frequent of each store and day comes last
    usual = np.zeros(len(names), np.int64)
    usual[pairs[0][order]] = pairs[1][order]
    odd[there] = groups.ahead[there] != usual[where]
    several = np.flatnonzero(np.bincount(pairs[0], minlength=len(names)) > 1).tolist()
    told = [(groups.stores[names[one] // _DAYS], int(names[one] % _DAYS), int(usual[one])) for one in several]
    return odd, tuple(told)


def _clocks(groups: Groups, left: NDArray[np.int64], odd: NDArray[np.bool_]) -> tuple[list[tuple[int, int]], list[str]]:
    """Registers and days by another hour; and what is to be said of these and of odd offsets."""
    moved, told = list[tuple[int, int]](), list[str]()
    there = np.flatnonzero(left > 0)
    there = there[np.argsort(groups.device[there], kind="stable")]
    ends = np.searchsorted(groups.device[there], np.arange(len(groups.devices)), side="right")
    for device, mine in enumerate(np.split(there, ends[:-1]) if len(ends) else ()):
        shifted = _shifted(groups.hour[mine], groups.day[mine], left[mine]).tolist()
        moved += [(device, day) for day in shifted]
        differs = np.unique(groups.day[mine[odd[mine]]]).tolist()
        told += [f"{groups.devices[device]}, {_days(days)}" for days in (differs, shifted) if days]
    return moved, told[:MOST_NAMED]


def _shifted(hour: NDArray[np.int64], day: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """The days that an hour earlier or later explains far better than the register's usual hours."""
    days, place = np.unique(day, return_inverse=True)
    table = np.zeros((len(days), 26))
    np.add.at(table, (place, hour + 1), count)
    profile = table.sum(axis=0) + 0.5
    likely = np.log(profile / profile.sum())
    as_told = table @ likely
    moved = np.maximum(table[:, 1:] @ likely[:-1], table[:, :-1] @ likely[1:])
    found: NDArray[np.int64] = days[moved - as_told > LEAST_SHIFT]
    return found


def _silent(groups: Groups, left: NDArray[np.int64], stores: Iterable[str]) -> Iterator[str]:
    heard = {groups.stores[one] for one in np.unique(groups.store[left > 0]).tolist()}
    for store in stores:
        if store not in heard:
            yield store


def _missing(groups: Groups, left: NDArray[np.int64]) -> Iterator[str]:
    within = groups.within & (left > 0)
    sold = np.unique(groups.day[within])
    for store, name in enumerate(groups.stores):
        mine = np.unique(groups.day[within & (groups.store == store)])
        lacking = np.setdiff1d(sold, mine)
        if len(mine) and len(lacking):
            yield f"{name}, {_days(lacking.tolist())}"


def _days(days: list[int]) -> str:
    return _some([date.fromordinal(one).isoformat() for one in days])


def _some(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
