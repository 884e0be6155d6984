"""What the daemon does for its edge database beside selling: room on the disk each minute, a copy of it each night.

Both run in a thread, say what they did, and never stop a sale: nothing else of the daemon waits for them. The copy is made at
the first quiet moment after `NIGHT` o'clock in the shop, if `backup_dir` is set and today's is not there; it is checked whole
before. One that fails is tried again after `AGAIN_AFTER`, `MOST_TRIES` times a day in all. What was done about a database that
failed while it was in use is said here too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from device import room
from device.errors import StoreError
from device.sources import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo
    from pathlib import Path

    from device.copies import Copies
    from device.journal import Journal
    from device.store import EdgeStore

NIGHT: Final = 3
AGAIN_AFTER: Final = timedelta(minutes=15)
MOST_TRIES: Final = 8
"""Each reads the whole database."""
TURN_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 60.0
QUIET_SECONDS: Final = 60.0
"""Without a byte of any till: then the edge database may be copied."""


class Care:
    """`run` cares as long as the daemon lives."""

    def __init__(self, edge: EdgeStore, path: Path, copies: Copies, journal: Journal) -> None:
        self._edge = edge
        self._path = path
        self._copies = copies
        self._journal = journal
        self._reserve = room.Reserve(path)
        self._next_look = 0.0
        self._day = ""
        self._left = 0
        """Tries of that day."""
        self._tried_at: datetime | None = None

    async def run(self, zone: tzinfo, silent_for: Callable[[], float]) -> None:
        """`zone` of the shop; `silent_for`: seconds since the last byte of any till."""
        while True:
            await asyncio.sleep(TURN_SECONDS)
            await asyncio.to_thread(self.take, now().astimezone(zone), quiet=silent_for() > QUIET_SECONDS)

    def take(self, at: datetime, *, quiet: bool) -> None:
        """To be called often, from a thread; most of the time it does nothing.

        `at` is the shop's own time; `quiet`: no till says anything.
        """
        for told in self._edge.news():
            self._journal.say(told, told, level=logging.ERROR)
        turn = time.monotonic()
        if turn >= self._next_look:
            self._next_look = turn + LOOK_SECONDS
            self._make_room(at)
        if quiet and at.hour >= NIGHT and self._is_due(at):
            self._tried_at = at
            self._left = 0 if self._copy(at) else self._left - 1

    def _is_due(self, at: datetime) -> bool:
        if self._day != (day := f"{at:%Y%m%d}"):
            self._day, self._left, self._tried_at = day, MOST_TRIES, None
        # A clock that was set meanwhile says nothing of how long it was.
        return self._left > 0 and (self._tried_at is None or abs(at - self._tried_at) >= AGAIN_AFTER)

    def _make_room(self, at: datetime) -> None:
        try:
            if not room.is_low(self._path.parent):
                self._reserve.make()
                return
            gone = self._edge.forget_acknowledged(at - room.KEPT_FOR, room.FORGET_AT_ONCE)
        except (OSError, StoreError) as error:
            self._journal.say("room", f"no room could be made beside {self._path}: {error}")
            return
        told = f"{gone} receipts that headquarters has were deleted" if gone else "nothing here may be deleted"
        self._journal.say("room", f"less than {room.LOW_BYTES // 2**20} MiB are free beside {self._path}: {told}, make room")

    def _copy(self, at: datetime) -> bool:
        """Whether today's copy is there, or none is wanted."""
        try:
            copy = self._copies.make(at)
        except StoreError as error:
            self._journal.say("backup", str(error))
            return False
        if copy is not None:
            self._journal.tell(f"the edge database was copied to {copy}")
        return True
