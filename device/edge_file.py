"""The edge database as a file: its lock, its two connections, and what is done when one of them breaks.

One connection writes and checkpoints, one reads; transactions take turns at the first.

| SQLite says              | what is done                                                                                     |
|--------------------------|--------------------------------------------------------------------------------------------------|
| the disk is full         | the reserve is given up (`device.room`); whoever wanted to write tries again                     |
| the disk failed          | the kernel may have dropped what it could not write and call the pages clean: no connection      |
|                          | is believed. The file is looked through as at a start and opened anew                            |
| the file is damaged      | the same; what can be read of it goes on under a new epoch (`device.rescue`)                     |
| it cannot be opened anew | the next transaction tries again, no sooner than after `REST_SECONDS`: looking through a         |
|                          | large file takes a second, and the tills are to be heard meanwhile                               |

So no register stays dead until somebody starts it: what is held in memory (`device.lane`) is written once the disk is well.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid
import weakref
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from device import acknowledged, edge_schema, place, readonly, rescue, room
from device.errors import StoreError
from device.transaction import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

REST_SECONDS: Final = 5.0
_DOUBTFUL: Final = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
)
"""What says that the file, or what this process knows of it, is not to be believed."""
_MOST_NEWS: Final = 16


class EdgeFile:
    """Open it once per daemon. Any thread may call any method. Closed or let go of, it gives back the lock."""

    def __init__(self, path: Path, device: str) -> None:
        """StoreError: it cannot be used, or belongs to another register."""
        self._path = path
        self._device = device
        self._reserve = room.Reserve(path)
        self._turn = threading.Lock()
        self._doubt = ""
        self._next_try = 0.0
        self._news: deque[str] = deque(maxlen=_MOST_NEWS)
        try:
            place.state(path.parent)
            self._unlock = weakref.finalize(self, os.close, place.only_writer(path))
        except OSError as error:
            raise StoreError(f"the edge database {path} cannot be used: {error.strerror}{_step(error, path)}") from error
        try:
            self.told = self._begun()
        except (OSError, sqlite3.Error, StoreError) as error:
            self._unlock()
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"the edge database {path} cannot be used: {_why(error)}{_step(error, path)}") from error

    def news(self) -> tuple[str, ...]:
        """What was done about the file since it was opened and not told yet, one sentence each."""
        found = []
        while self._news:
            found.append(self._news.popleft())
        return tuple(found)

    def close(self) -> None:
        """After the transaction that is under way."""
        with self._turn:
            self._reads.close()
            self._db.close()
        self._unlock()

    def truncate(self) -> bool:
        """Put what is committed into the database and empty the log; False: a reader is in the way, ask again."""
        otherwise = "the log of the edge database could not be emptied"
        try:
            with self._turn:
                self._mend()
                (busy, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"{otherwise}: {error}{self._recovered(error, self._db)}") from error
        return not busy

    @contextmanager
    def _transaction(self, otherwise: str) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, durable after it. StoreError: `otherwise` and the reason."""
        db = self._db
        try:
            with self._turn:
                self._mend()
                db = self._db
                with whole(db):
                    yield db
        except sqlite3.Error as error:
            raise StoreError(f"{otherwise}: {error}{self._recovered(error, db)}") from error

    def _read(self, otherwise: str, query: str, values: Sequence[object] = ()) -> list[Any]:
        """What is committed, waiting for nobody. StoreError: `otherwise` and the reason."""
        try:
            return self._reads.execute(query, values).fetchall()
        except sqlite3.Error as error:
            if _primary(error) in _DOUBTFUL:
                self._doubt = str(error)  # the next transaction opens it anew
            raise StoreError(f"{otherwise}: {error}") from error

    def _recovered(self, error: sqlite3.Error, db: sqlite3.Connection) -> str:
        """Make the next try better than this one, which may have been kept or not: its digest tells then."""
        spent = room.is_spent(error, self._path.parent)
        done = f"; make room beside {self._path}" if spent else ""
        done += "; the reserve is given up for it" if spent and self._reserve.give_up() else ""
        if _primary(error) not in _DOUBTFUL:
            return done
        with self._turn:
            if self._db is db:  # no other thread has met the same meanwhile
                self._doubt = str(error)
                try:
                    self._mend()
                except StoreError as worse:
                    return f"{done}; {worse}"
        return f"{done}; it was opened anew"

    def _mend(self) -> None:
        """Open the file anew when it is in doubt. Only whoever has the turn. StoreError: it still cannot be used."""
        if not self._doubt:
            return
        if time.monotonic() < self._next_try:
            raise StoreError(f"the edge database {self._path} cannot be used: {self._doubt}")
        self._next_try = time.monotonic() + REST_SECONDS
        self._shut()
        try:
            self._news.extend(self._begun())
        except (OSError, sqlite3.Error) as error:
            self._doubt = _why(error)
            raise StoreError(f"the edge database {self._path} cannot be opened anew: {self._doubt}") from error
        self._doubt = ""

    def _begun(self) -> tuple[str, ...]:
        """Look through the file, read out what can be read where it is damaged, open it; what was done, one sentence each."""
        try:
            return self._opened()
        except (OSError, sqlite3.Error) as error:
            if not (room.is_spent(error, self._path.parent) and self._reserve.give_up()):
                raise
        return ("the disk is full and the reserve is given up: make room", *self._opened())

    def _opened(self) -> tuple[str, ...]:
        told, left = rescue.begin(self._path, self._device)
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            for pragma in edge_schema.PRAGMAS:
                self._db.execute(pragma)
            self._reads = readonly.opened(self._path, check_same_thread=False)
            edge_schema.migrate(self._db)
            self.epoch, anew = self._identified()
            return (*told, *self._taken_in(left), *anew)
        except (OSError, sqlite3.Error, StoreError):
            self._shut()
            raise

    def _shut(self) -> None:
        for name in ("_reads", "_db"):
            if (connection := getattr(self, name, None)) is not None:
                connection.close()

    def _identified(self) -> tuple[str, tuple[str, ...]]:
        """The epoch from now on, and what is to be said when it is another one than before."""
        self._db.execute("INSERT OR IGNORE INTO identity VALUES (1, ?, ?)", (self._device, uuid.uuid4().hex))
        known, epoch = self._db.execute("SELECT device, epoch FROM identity").fetchone()
        if known != self._device:
            raise StoreError(
                f"this edge database belongs to register '{known}', the settings say '{self._device}': "
                "put the name back or start with an empty state_dir"
            )
        (last,) = self._db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'receipt'").fetchone()
        marks = acknowledged.marks(self._path.with_name("sync.db"))
        if epoch and marks.get(epoch, 0) <= last:
            return str(epoch), ()
        new = uuid.uuid4().hex
        with whole(self._db):
            self._db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'receipt'", (rescue.beyond(last, marks.values()),))
            self._db.execute("UPDATE identity SET epoch = ?", (new,))
        return new, (f"the edge database {self._path} is a copy of an earlier one: new receipts are counted anew",)

    def _taken_in(self, left: Sequence[rescue.Row]) -> Iterator[str]:
        if left:
            with whole(self._db):
                count = rescue.take_in(self._db, left)
            if count:
                yield f"{count} receipts stood in the edge database behind a damaged place: they are kept"


def _primary(error: sqlite3.Error) -> int:
    """SQLite's result code without what it adds to tell one I/O error from another; 0: the error is none of SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _why(error: OSError | sqlite3.Error) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _step(error: OSError | sqlite3.Error, path: Path) -> str:
    """What to do about it, behind the reason; nothing where that tells enough."""
    if room.is_spent(error, path.parent):
        return ": make room there"
    if isinstance(error, OSError) or _primary(error) in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
        return f": let this user write to {path.parent}, or correct state_dir"
    return ""
