"""The only writer of sync.db: what headquarters has answered for, and which versions of what was signed this register has seen.

| table     | columns                   | holds                                                                                |
|-----------|---------------------------|--------------------------------------------------------------------------------------|
| watermark | epoch, acknowledged, at   | headquarters answered for every receipt of the epoch up to this number               |
| refused   | epoch, seq, why, at       | ... but for these: it keeps their bytes in quarantine, so the register keeps them too |
| floor     | role, keys, version       | the highest version seen of a signed role under one set of keys; see `sync.downlink` |
| unwanted  | bundle, why, at           | targets (SHA-256) that failed here, and bundles (identity) that were reverted from   |
| exported  | epoch, lo, hi, sha256     | batches written onto sticks and not behind the watermark yet; see `sync.courier`      |
| health    | day, body                 | what waits to be told of this register; see `sync.health`                            |
| tombstone | number, hash              | shoppers to be forgotten, as headquarters lists them; `device.clearing` reads it      |
| lifted    | number, hash              | those who were on that list and are to be forgotten no more                          |
| happened  | what, at, detail          | the last time of each: an acknowledgement, a bundle check, a whole exchange           |

The daemon may delete a receipt at or below its epoch's watermark that is not in `refused`. Others open the file read-only. One
process at a time: a lock beside the file says so.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from device import place
from device.errors import SyncError
from device.transaction import whole
from sync.window import Refusal

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA trusted_schema = OFF",
)
_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS watermark (epoch TEXT PRIMARY KEY, acknowledged INTEGER NOT NULL, at TEXT NOT NULL)
                                           WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS refused (epoch TEXT, seq INTEGER, why TEXT NOT NULL, at TEXT NOT NULL,
                                         PRIMARY KEY (epoch, seq)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS floor (role TEXT, keys TEXT, version INTEGER NOT NULL, PRIMARY KEY (role, keys)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS unwanted (bundle TEXT PRIMARY KEY, why TEXT NOT NULL, at TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tombstone (number INTEGER PRIMARY KEY, hash BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS lifted (number INTEGER PRIMARY KEY, hash BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS exported (epoch TEXT, lo INTEGER, hi INTEGER, sha256 TEXT, answered INTEGER NOT NULL,
                                          PRIMARY KEY (epoch, lo, hi, sha256)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS health (day TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS happened (what TEXT PRIMARY KEY, at TEXT NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID",
)

RETRY_AFTER: Final = timedelta(days=1)
ACKNOWLEDGED: Final = "acknowledged"
EXCHANGED: Final = "exchanged"
"""Everything was acknowledged and the look for a bundle finished."""
HEALTH_MADE: Final = "health_made"
BUNDLE_CHECKED: Final = "bundle_checked"
BUNDLE_INSTALLED: Final = "bundle_installed"
VISITED: Final = "visited"


class Exported(NamedTuple):
    lo: int
    hi: int
    sha256: str
    """Empty: to be written with the next export."""
    answered: bool


class Happened(NamedTuple):
    at: str
    detail: str


class Ledger:
    def __init__(self, path: Path) -> None:
        """SyncError when the file cannot be used or another process holds it."""
        self._path = path
        try:
            place.state(path.parent)
            self._lock = os.fdopen(place.claimed(path.with_name(f"{path.name}.lock")), "rb")
            try:
                self._open()
            except sqlite3.Error:
                self._lock.close()
                raise
        except BlockingIOError as error:
            raise SyncError(f"another `tillside sync` is at work on {path.parent}: let it finish or stop it") from error
        except PermissionError as error:
            raise SyncError(
                f"the sync database {path} cannot be used ({error.strerror}): run this as the user that {path.parent} belongs to"
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise SyncError(f"the sync database {path} cannot be used: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()
        self._lock.close()

    def watermark(self, epoch: str) -> int:
        with self._said():
            row = self._db.execute("SELECT acknowledged FROM watermark WHERE epoch = ?", (epoch,)).fetchone()
        return 0 if row is None else int(row[0])

    def acknowledge(self, epoch: str, acknowledged: int, refusals: Iterable[Refusal] = ()) -> None:
        """Move the watermark, never back; durable on return."""
        now = _now()
        with self._transaction():
            self._db.execute(
                "INSERT INTO watermark VALUES (?, ?, ?) ON CONFLICT (epoch) DO UPDATE SET "
                "acknowledged = max(acknowledged, excluded.acknowledged), at = excluded.at",
                (epoch, acknowledged, now),
            )
            rows = ((epoch, refusal.seq, refusal.why, now) for refusal in refusals)
            self._db.executemany("INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", rows)
            self._note(ACKNOWLEDGED, f"{epoch} {acknowledged}", now)

    def refusals(self) -> int:
        """How many receipts headquarters has refused."""
        with self._said():
            (count,) = self._db.execute("SELECT count(*) FROM refused").fetchone()
        return int(count)

    def exported(self, epoch: str) -> list[Exported]:
        """Above the watermark, by range."""
        query = """SELECT lo, hi, sha256, answered FROM exported WHERE epoch = ?1 AND lo >
                     coalesce((SELECT acknowledged FROM watermark WHERE epoch = ?1), 0) ORDER BY lo, hi, sha256"""
        with self._said():
            return [Exported(lo, hi, sha256, bool(answered)) for lo, hi, sha256, answered in self._db.execute(query, (epoch,))]

    def keep_exported(self, epoch: str, ranges: Sequence[Exported]) -> None:
        """These are the ranges now; of one that was known before, its other hashes stay known."""
        with self._transaction():
            known = {(lo, hi) for lo, hi in self._db.execute("SELECT lo, hi FROM exported WHERE epoch = ?", (epoch,))}
            gone = known - {(now.lo, now.hi) for now in ranges}
            self._db.executemany(
                "DELETE FROM exported WHERE epoch = ? AND lo = ? AND hi = ?", ((epoch, lo, hi) for lo, hi in gone)
            )
            self._db.executemany("INSERT OR REPLACE INTO exported VALUES (?, ?, ?, ?, ?)", ((epoch, *now) for now in ranges))

    def health_made(self) -> str | None:
        """The last day a record was made for."""
        made = self.happened(HEALTH_MADE)
        return None if made is None else made.detail

    def health(self) -> list[tuple[str, bytes]]:
        """Day and record of all that wait, oldest first."""
        with self._said():
            return [(str(day), bytes(body)) for day, body in self._db.execute("SELECT day, body FROM health ORDER BY day")]

    def keep_health(self, day: str, body: bytes, most: int) -> None:
        """Of more than `most` the oldest go."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO health VALUES (?, ?)", (day, body))
            self._db.execute("DELETE FROM health WHERE day NOT IN (SELECT day FROM health ORDER BY day DESC LIMIT ?)", (most,))
            self._note(HEALTH_MADE, day, _now())

    def told_health(self, day: str) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM health WHERE day = ?", (day,))

    def forget_health(self) -> None:
        if self.health():
            with self._transaction():
                self._db.execute("DELETE FROM health")

    def floors(self) -> dict[tuple[str, str], int]:
        with self._said():
            return {(role, keys): version for role, keys, version in self._db.execute("SELECT role, keys, version FROM floor")}

    def raise_floors(self, floors: Mapping[tuple[str, str], int]) -> None:
        with self._transaction():
            self._db.executemany(
                "INSERT INTO floor VALUES (?, ?, ?) "
                "ON CONFLICT (role, keys) DO UPDATE SET version = max(version, excluded.version)",
                ((role, keys, version) for (role, keys), version in floors.items()),
            )

    def failed(self, sha256: str) -> str | None:
        """Why this target failed here within the last day, or None: a busy machine deserves another try, not one a minute."""
        since = (datetime.now(UTC) - RETRY_AFTER).isoformat(timespec="seconds")
        with self._said():
            row = self._db.execute("SELECT why FROM unwanted WHERE bundle = ? AND at > ?", (sha256, since)).fetchone()
        return None if row is None else str(row[0])

    def fail(self, sha256: str, why: str) -> None:
        self._unwant(sha256, why)

    def reverted(self, identity: str) -> bool:
        with self._said():
            return self._db.execute("SELECT 1 FROM unwanted WHERE bundle = ?", (identity,)).fetchone() is not None

    def revert(self, identity: str, why: str) -> None:
        """Never take this bundle again; `why` is for people, see `tillside doctor`."""
        self._unwant(identity, why)

    def list_tombstones(self, rows: Sequence[tuple[int, bytes]], lifted: Sequence[tuple[int, bytes]] = ()) -> None:
        """One page of the list: of a shopper it tells one thing, and that is later than what is here."""
        with self._transaction():
            for told, other in ((rows, "lifted"), (lifted, "tombstone")):
                self._db.executemany(f"DELETE FROM {other} WHERE hash = ?", [(digest,) for _, digest in told])  # noqa: S608
            self._db.executemany("INSERT OR REPLACE INTO tombstone VALUES (?, ?)", rows)
            self._db.executemany("INSERT OR REPLACE INTO lifted VALUES (?, ?)", lifted)

    def listed(self) -> int:
        """Up to which number the list is known here; 0 while nothing of it is."""
        query = "SELECT coalesce(max(number), 0) FROM (SELECT number FROM tombstone UNION ALL SELECT number FROM lifted)"
        with self._said():
            return int(self._db.execute(query).fetchone()[0])

    def tombstones(self) -> list[tuple[int, bytes]]:
        """All that are known here, in order."""
        with self._said():
            return [
                (number, bytes(digest))
                for number, digest in self._db.execute("SELECT number, hash FROM tombstone ORDER BY number")
            ]

    def note(self, what: str, detail: str) -> None:
        with self._transaction():
            self._note(what, detail, _now())

    def happened(self, what: str) -> Happened | None:
        with self._said():
            row = self._db.execute("SELECT at, detail FROM happened WHERE what = ?", (what,)).fetchone()
        return None if row is None else Happened(*row)

    def _unwant(self, bundle: str, why: str) -> None:
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO unwanted VALUES (?, ?, ?)", (bundle, why, _now()))

    def _note(self, what: str, detail: str, at: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO happened VALUES (?, ?, ?)", (what, at, detail))

    def _open(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        try:
            for statement in (*_PRAGMAS, *_SCHEMA):
                self._db.execute(statement)
        except sqlite3.Error:
            self._db.close()
            raise
        self._failed = False

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            if self._failed:
                # The kernel may call pages clean that it could not write: nothing of that connection is believed.
                self._db.close()
                self._open()
            yield
        except sqlite3.Error as error:
            self._failed = self._failed or getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR
            raise SyncError(f"the sync database {self._path} cannot be used: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._said(), whole(self._db):
            yield


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
