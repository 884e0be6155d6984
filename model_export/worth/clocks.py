"""Whose hours cannot be believed, and on which days. Pure. A register's clock is doubted in two ways.

*Its offset* from UTC is another than most receipts of its store have on that day; or that of the whole store is another than
most stores have that are usually alike; or all of them go to another and come back within `EXCURSION` days, which no law has done
since 2011: in the tz database the shortest change and back since then took 28 days (Fiji, 2020). Twice a year all stores of a
zone change together and stay: that is believed. A store that is alone in its zone is believed to change when another store of the
chain does so within a day, or when there is none.

*Its busy hours* lie an hour earlier or later than they usually do, over a run of days in a row that this explains better by
`LEAST_SHIFT` (natural logarithm of the likelihoods' ratio). The usual hours are the register's own, with what was found moved
back. With the real hours of three shops of 11, 60 and 65 receipts a day, an hour's error planted 40 times of each length, .89 to
.98 of the receipts of a week are found, .43 to .80 of three days, .19 to .43 of one (0 to .20 where the bound is 20). Of 1,671
days that nobody moved 19 are doubted, 16 of them of one restaurant, and none of 91,759 days of 200 shops with two receipts a day,
where nothing can be found either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.worth.sound import Groups

LEAST_SHIFT: Final = 12.0
EXCURSION: Final = 27
DAYS: Final = 10_000_000
"""More than there are proleptic ordinals."""
_ROUNDS: Final = 5
_AS_TOLD, _FAST, _SLOW = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class Doubted:
    moved: tuple[tuple[int, int], ...]
    """Registers and days whose busy hours are moved."""
    usual: tuple[tuple[int, int, int], ...]
    """Stores and days of which some offset is odd, with the one to believe: hours of the others are not."""
    odd: NDArray[np.bool_]
    """bool[groups]: of an offset that is not believed."""


def doubted(groups: Groups, left: NDArray[np.int64]) -> Doubted:
    """`left`: int64[groups], the receipts that no rule before left out."""
    there = np.flatnonzero(left > 0)
    odd = np.zeros(len(left), np.bool_)
    if not len(there):
        return Doubted((), (), odd)
    store, day, ahead = groups.store[there], groups.day[there], groups.ahead[there]
    names, where = np.unique(store * DAYS + day, return_inverse=True)
    theirs = _most_frequent(where, ahead, left[there])
    believed = _believed(names // DAYS, names % DAYS, theirs)
    odd[there] = ahead != believed[where]
    several = np.unique(where[odd[there]]).tolist()
    usual = tuple((int(names[one] // DAYS), int(names[one] % DAYS), int(believed[one])) for one in several)
    return Doubted(tuple(_moved(groups, there, left)), usual, odd)


def _most_frequent(
    where: NDArray[np.int64], value: NDArray[np.int64], count: NDArray[np.int64], rather: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """int64[places]: of each the value that has the most; of equal ones that of `rather`, int64[places], else the largest."""
    pairs, place = np.unique(np.stack((where, value)), axis=1, return_inverse=True)
    counted = np.bincount(place.ravel(), count)
    preferred = np.zeros(len(counted), np.bool_) if rather is None else pairs[1] == rather[pairs[0]]
    order = np.lexsort((preferred, counted, pairs[0]))  # the most frequent of each place comes last
    most = np.zeros(int(pairs[0].max()) + 1, np.int64)
    most[pairs[0][order]] = pairs[1][order]
    return most


def _believed(store: NDArray[np.int64], day: NDArray[np.int64], theirs: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: of each store and day, the offset to believe. `theirs`: what most of its receipts have.

    Stores are of one zone when they have the same offset on most of their days.
    """
    one = np.ones(len(store), np.int64)
    _, of_store = np.unique(store, return_inverse=True)
    mostly = _most_frequent(of_store, theirs, one)
    zones, zone_of = np.unique(mostly, return_inverse=True)
    zone = zone_of[of_store]
    keys, where = np.unique(zone * DAYS + day, return_inverse=True)
    rather = zones[keys // DAYS]
    told = _most_frequent(where, theirs, one, rather)
    changes = _changes(keys, told)
    alone = np.bincount(zone_of, minlength=len(zones)) == 1
    for number in range(len(zones)):
        mine = np.flatnonzero(keys // DAYS == number)
        told[mine] = _lasting(keys[mine] % DAYS, told[mine])
        if alone[number] and len(zones) > 1:
            told[mine] = _shared(keys[mine] % DAYS, told[mine], [change for change in changes if change[0] != number])
    return told[where]


def _runs(told: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where each run of equal values begins, and where it ends."""
    starts = [0, *(np.flatnonzero(np.diff(told)) + 1).tolist()]
    return list(zip(starts, [*starts[1:], len(told)], strict=True))


def _changes(keys: NDArray[np.int64], told: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Zone, day and by how much, of every change of a zone's offset."""
    places = np.flatnonzero((np.diff(keys // DAYS) == 0) & (np.diff(told) != 0)) + 1
    return [(int(keys[at] // DAYS), int(keys[at] % DAYS), int(told[at] - told[at - 1])) for at in places.tolist()]


def _lasting(day: NDArray[np.int64], told: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without what comes back within `EXCURSION` days."""
    kept = told.copy()
    runs = _runs(told)
    for (before, _), (start, end), (after, _) in zip(runs, runs[1:], runs[2:], strict=False):
        if kept[before] == told[after] and day[after] - day[start] <= EXCURSION:
            kept[start:end] = told[after]
    return kept


def _shared(day: NDArray[np.int64], told: NDArray[np.int64], others: list[tuple[int, int, int]]) -> NDArray[np.int64]:
    """Of a store alone in its zone: a change that nobody shares is not believed, and the longer side of it is the usual one."""
    kept = told.copy()
    for start, _ in _runs(told)[1:]:
        by = int(told[start] - told[start - 1])
        if not any(amount == by and abs(when - day[start]) <= 1 for _, when, amount in others):
            length = {int(value): int((told == value).sum()) for value in np.unique(told)}
            kept[:] = max(length, key=lambda value: (length[value], value))
            break
    return kept


def _moved(groups: Groups, there: NDArray[np.int64], left: NDArray[np.int64]) -> list[tuple[int, int]]:
    found = list[tuple[int, int]]()
    there = there[np.argsort(groups.device[there], kind="stable")]
    ends = np.searchsorted(groups.device[there], np.arange(len(groups.devices)), side="right")
    for device, mine in enumerate(np.split(there, ends[:-1]) if len(ends) else ()):
        days = _shifted(groups.hour[mine], groups.day[mine], left[mine])
        found += [(device, day) for day in days.tolist()]
    return found


def _shifted(hour: NDArray[np.int64], day: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """The days of runs that an hour earlier or later explains better."""
    days, place = np.unique(day, return_inverse=True)
    table = np.zeros((len(days), 26))  # of the hours -1 to 24
    np.add.at(table, (place, hour + 1), count)
    state, moved_back = np.full(len(days), _AS_TOLD), table
    for _ in range(_ROUNDS):
        profile = moved_back.sum(axis=0) + 0.5
        likely = np.log(profile / profile.sum())
        as_told = table @ likely
        gain = np.stack((np.zeros(len(days)), table[:, 1:] @ likely[:-1] - as_told, table[:, :-1] @ likely[1:] - as_told))
        found = _best_runs(gain)
        if np.array_equal(found, state):
            break
        state, moved_back = found, table.copy()
        moved_back[state == _FAST, :-1], moved_back[state == _FAST, -1] = table[state == _FAST, 1:], 0
        moved_back[state == _SLOW, 1:], moved_back[state == _SLOW, 0] = table[state == _SLOW, :-1], 0
    shifted: NDArray[np.int64] = days[state != _AS_TOLD]
    return shifted


def _best_runs(gain: NDArray[np.float64]) -> NDArray[np.int64]:
    """int64[days], the most likely way through float64[3 states, days]; every run that is moved costs `LEAST_SHIFT`.

    After A. Viterbi, IEEE Transactions on Information Theory 13 (2), 1967.
    """
    count = gain.shape[1]
    state = np.full(count, _AS_TOLD)
    if not any(_best_sum(row) > LEAST_SHIFT for row in gain[1:]):  # as it is with nearly every register
        return state
    entering = LEAST_SHIFT * (1 - np.eye(3))
    entering[_AS_TOLD] = 0  # back to where it was costs nothing
    back = np.zeros((count, 3), np.int64)
    best = gain[:, 0] - entering[:, _AS_TOLD]
    for at in range(1, count):
        ways = best[None, :] - entering
        back[at] = ways.argmax(axis=1)
        best = ways.max(axis=1) + gain[:, at]
    state[-1] = best.argmax()
    for at in range(count - 1, 0, -1):
        state[at - 1] = back[at, state[at]]
    return state


def _best_sum(row: NDArray[np.float64]) -> float:
    """The largest sum of neighbours."""
    reached = np.concatenate(([0.0], np.cumsum(row)))
    return float((reached - np.minimum.accumulate(reached)).max())
