"""Room on the register's disk: what is given up, in which order, before a receipt cannot be kept.

1. A reserve of `RESERVE_BYTES` beside the edge database, made while there is plenty, is deleted at the first commit that finds
   the disk full: the receipt is tried again a second later.
2. Below `LOW_BYTES` free, receipts that headquarters has acknowledged, a day old and more, are deleted, oldest first, a few each
   minute: the file does not shrink, but the next receipts need no room.
3. What is not acknowledged is never deleted. When even that does not help, receipts wait in memory (`device.lane`), and the till
   is not stopped.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

RESERVE_BYTES: Final = 64 * 1024 * 1024
LOW_BYTES: Final = 200 * 1024 * 1024
FORGET_AT_ONCE: Final = 500
"""Receipts in one transaction: as long as a few sales take."""
SPENT_BYTES: Final = 16 * 1024 * 1024
"""As much as the log of the edge database may take: with less, what failed failed for want of room."""
KEPT_FOR: Final = timedelta(days=1)
"""However little room there is: what a restart asks of the day, and ratings that come late."""


class Reserve:
    """A file that holds room for the edge database `path`."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name("reserve")

    def make(self) -> None:
        """Unless it is there, or room is low already. OSError is told nowhere: a register without a reserve sells too."""
        with contextlib.suppress(OSError):
            if self._is_whole() or free(self._file.parent) < LOW_BYTES + RESERVE_BYTES:
                return
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(handle, 0, RESERVE_BYTES)
            finally:
                os.close(handle)

    def _is_whole(self) -> bool:
        """A kill or a quota may have cut it off while it was made."""
        try:
            return self._file.stat().st_size >= RESERVE_BYTES
        except FileNotFoundError:
            return False

    def give_up(self) -> bool:
        """True when there was one."""
        try:
            self._file.unlink()
        except OSError:
            return False
        return True


def free(folder: Path) -> int:
    """Bytes."""
    return shutil.disk_usage(folder).free


def is_low(folder: Path) -> bool:
    """OSError: it cannot be known."""
    return free(folder) < LOW_BYTES


def is_spent(error: OSError | sqlite3.Error, folder: Path) -> bool:
    """Whether it failed for want of room. SQLite calls that an I/O error where it makes its -shm, or a file at all."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
        with contextlib.suppress(OSError):
            return free(folder) < SPENT_BYTES
    return code == sqlite3.SQLITE_FULL
