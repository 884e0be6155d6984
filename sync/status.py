"""What headquarters knows of every register, worst first, as values. `status_text` and `status_page` show them.

| standing | when                                                                                                   |
|----------|--------------------------------------------------------------------------------------------------------|
| alarm    | a batch of it is in quarantine, or a day's total differs from the till's own report                    |
| late     | it has not been heard for `SILENT_HOURS`, or numbers are missing between those that came               |
| behind   | records waited on it when it was last heard, or its bundle is not the one it is to have               |
| well     | nothing of this                                                                                        |

Every figure is asked of sums that the store keeps (`sync.central`), never of the receipts: the time grows with the number of
registers and not with what they sold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from device.manifest import model_of
from sync.central import Central, Compared, Day, Quarantined, Ratings, Register, Span
from sync.offer import Offer

SILENT_HOURS: Final = 26
"""A register that sends once a night, in a window that may open two hours later than the night before, is not silent."""
DAYS: Final = 7
"""Day totals are told of so many days, up to the latest one that something was sold on."""
MOST_GAPS: Final = 20
"""Gaps of one register that are named; `missing` counts the numbers of all."""


class Standing(StrEnum):
    ALARM = "alarm"
    LATE = "late"
    BEHIND = "behind"
    WELL = "well"


class Reason(StrEnum):
    QUARANTINE = "quarantine"
    DIFFERS = "differs"
    SILENT = "silent"
    GAPS = "gaps"
    WAITING = "waiting"
    BUNDLE = "bundle"


_STANDINGS: Final = {
    Reason.QUARANTINE: Standing.ALARM,
    Reason.DIFFERS: Standing.ALARM,
    Reason.SILENT: Standing.LATE,
    Reason.GAPS: Standing.LATE,
    Reason.WAITING: Standing.BEHIND,
    Reason.BUNDLE: Standing.BEHIND,
}
_RANK: Final = {standing: rank for rank, standing in enumerate(Standing)}


class RegisterAtHeadquarters(msgspec.Struct, frozen=True):
    device: str
    store: str
    standing: Standing
    reasons: list[Reason]
    receipts: int
    last_heard: str
    """ISO 8601 in UTC; of a register of which nothing could be kept, when it last tried."""
    silent_days: int
    last_receipt: str
    waiting: int
    bundle: str | None
    bundle_current: bool
    bundle_days: int | None
    """By how many days its bundle is older than the one it is to have; None where their names do not tell."""
    quarantined: int
    missing: int
    """Numbers that no batch has answered for between those that came."""
    gaps: list[Span]
    ratings: list[Ratings]


class Refused(msgspec.Struct, frozen=True):
    device: str
    sha256: str
    at: str
    times: int
    size: int
    why: str


class HeadquartersState(msgspec.Struct, frozen=True):
    at: str
    published: str | None
    standings: dict[Standing, int]
    """How many registers stand so."""
    registers: list[RegisterAtHeadquarters]
    """Worst first, then by the time they were last heard."""
    days: list[Day]
    compared: list[Compared]
    quarantine: list[Refused]


def headquarters(
    store: Central, published: str | None, at: datetime, since: str | None = None, candidate: Offer | None = None
) -> HeadquartersState:
    """`at` is now; `since`: the first day, ISO 8601, of which totals are told; `candidate`: what a share is to have."""

    def wanted(device: str) -> str | None:
        return candidate.identity if candidate is not None and candidate.is_for(device) else published

    if since is None:
        # Shops east of here have begun tomorrow.
        latest = store.latest_day((at.astimezone(UTC).date() + timedelta(days=1)).isoformat())
        since = (_day(latest) - timedelta(days=DAYS - 1)).isoformat() if latest else ""
    gaps, ratings = defaultdict[str, list[Span]](list), defaultdict[str, list[Ratings]](list)
    for gap in store.gaps():
        gaps[gap.device].append(gap)
    for said in store.ratings():
        ratings[said.device].append(said)
    compared, aside = store.compared(since), store.quarantined()
    differing = {one.device for one in compared if not one.agrees}
    known = store.registers()
    registers = [
        _at_headquarters(one, wanted(one.device), at, gaps[one.device], ratings[one.device], one.device in differing)
        for one in known
    ]
    registers += _unheard({register.device for register in known}, aside, differing, wanted, at)
    registers.sort(key=lambda one: (_RANK[one.standing], one.last_heard, one.device))
    counts = Counter(register.standing for register in registers)
    return HeadquartersState(
        at.astimezone(UTC).isoformat(timespec="seconds"),
        published,
        {standing: counts[standing] for standing in Standing},
        registers,
        store.days(since),
        compared,
        [Refused(one.device, one.sha256, one.at, one.times, one.size, one.why) for one in aside],
    )


@lru_cache(1024)
def bundle_days(bundle: str | None, published: str | None) -> int | None:
    """Identities begin with the day a bundle was made on."""
    days = [(name or "")[:8] for name in (bundle, published)]
    if not all(day.isascii() and day.isdigit() for day in days):
        return None
    try:
        made, latest = (date.fromisoformat(day) for day in days)
    except ValueError:
        return None
    return (latest - made).days


def _at_headquarters(
    register: Register, wanted: str | None, at: datetime, gaps: list[Span], ratings: list[Ratings], differs: bool
) -> RegisterAtHeadquarters:
    silent = at - datetime.fromisoformat(register.last_heard)
    # Its store's profiles are a matter of its own: they are new every night.
    model = None if register.bundle is None else model_of(register.bundle)
    reasons = [
        reason
        for reason, applies in (
            (Reason.QUARANTINE, register.quarantined > 0),
            (Reason.DIFFERS, differs),
            (Reason.SILENT, silent > timedelta(hours=SILENT_HOURS)),
            (Reason.GAPS, bool(gaps)),
            (Reason.WAITING, register.waiting > 0),
            (Reason.BUNDLE, wanted is not None and model != wanted),
        )
        if applies
    ]
    return RegisterAtHeadquarters(
        register.device,
        register.store,
        _STANDINGS[reasons[0]] if reasons else Standing.WELL,
        reasons,
        register.receipts,
        register.last_heard,
        max(0, silent.days),
        register.last_receipt,
        register.waiting,
        register.bundle,
        model == wanted,
        bundle_days(register.bundle, wanted),
        register.quarantined,
        sum(gap.hi - gap.lo + 1 for gap in gaps),
        gaps[:MOST_GAPS],
        ratings,
    )


def _unheard(
    known: set[str], aside: Iterable[Quarantined], differing: set[str], wanted: Callable[[str], str | None], at: datetime
) -> list[RegisterAtHeadquarters]:
    """Those of which nothing was ever kept: all their batches are in quarantine, or only their tills' reports are here."""
    refused, last = Counter[str](), dict[str, str]()
    for one in aside:
        if one.device not in known:
            refused[one.device] += 1 if one.sha256 else one.times
            last[one.device] = max(one.at, last.get(one.device, ""))
    registers = []
    for device in sorted(refused.keys() | (differing - known)):
        register = Register(device, "", "", last.get(device, at.isoformat(timespec="seconds")), None, 0, "", refused[device], 0)
        registers.append(_at_headquarters(register, wanted(device), at, [], [], device in differing))
    return registers


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
