"""When a register begins its nightly exchange: pure, no clock inside.

All registers of a chain have the same window, such as four hours from 01:00, and each begins at its own moment of it: the start
plus a share of the length that is a hash of the register's name. So they are spread evenly, a register's moment is the same every
night, and nobody hands the moments out. What has begun goes on until headquarters has everything: the window spreads the starts
and cuts nothing off.

The start is a time on the shop's wall clock, the rest is elapsed time. When the clocks go forward over the start, the window
begins as much after the gap; when they go back over it, at the first of the two: every day of the calendar has exactly one start.

A register that was off at its moment catches up: registers that are all switched on in the morning are spread over half an hour,
by the same share.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from device.settings import Settings
from device.sync_settings import clock

CATCH_UP: Final = timedelta(minutes=30)
_CLOCK_WAS_WRONG: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Night:
    start: time
    """On the shop's wall clock."""
    length: timedelta
    """More than nothing, at most a day."""
    zone: ZoneInfo


def of(settings: Settings) -> Night | None:
    """None: the register exchanges all the time."""
    if settings.sync is None or settings.sync.window_start is None:
        return None
    return Night(clock(settings.sync.window_start), timedelta(minutes=settings.sync.window_minutes), settings.zone)


def share(device: str) -> float:
    """In [0, 1), even over names."""
    return int.from_bytes(hashlib.sha256(device.encode()).digest()[:6]) / 2**48


def start_on(night: Night, device: str, day: date) -> datetime:
    """The start of this register in the window that opens on that day of the shop's calendar, in UTC."""
    opens = datetime.combine(day, night.start, night.zone).astimezone(UTC)
    return opens + night.length * share(device)


def last_start(night: Night, device: str, now: datetime) -> datetime:
    return max(start for start in _around(night, device, now) if start <= now)


def next_start(night: Night, device: str, now: datetime) -> datetime:
    return min(start for start in _around(night, device, now) if start > now)


def due(night: Night, device: str, now: datetime, done: datetime | None, awake_since: datetime) -> datetime:
    """When to begin; it is time once this is not after `now`.

    `done`: when the last exchange was complete. `awake_since`: when the program was started. Times have a zone.
    """
    last = last_start(night, device, now)
    if done is not None and last <= done <= now + _CLOCK_WAS_WRONG:
        return next_start(night, device, now)
    if last >= awake_since:
        return last
    return awake_since + min(night.length, CATCH_UP) * share(device)


def _around(night: Night, device: str, now: datetime) -> list[datetime]:
    today = now.astimezone(night.zone).date()
    return [start_on(night, device, today + timedelta(days=days)) for days in range(-3, 3)]
