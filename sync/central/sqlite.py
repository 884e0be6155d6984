"""The central store in one SQLite file: enough for a store, and for a small chain.

| table      | key                | holds                                                                                    |
|------------|--------------------|------------------------------------------------------------------------------------------|
| receipt    | device, epoch, seq | the register's own bytes, their SHA-256, and what is asked of them: time, day, total     |
| rating     | device, epoch, receipt | the same of how a receipt was rated: one each, that with the highest number              |
| span       | device, epoch, lo  | ranges that batches have answered for; neighbours are merged, so a hole is a gap         |
| register   | device             | when it was last heard and which bundle it uses                                          |
| quarantine | device, sha256     | batches that were refused, and why; the same one again is counted                        |
| tombstone  | number             | who is to be forgotten: see `sync.central.forgetting`                                    |
| erased     | device, epoch, seq, sha256 | what else such a receipt may come as                                             |

WAL with synchronous=FULL: what is acknowledged survives a power cut. Readers use connections of their own and see whole
transactions. A file that holds other tables than these is somebody else's: it is neither read nor written.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from device import readonly
from device.domain import Phase
from device.errors import CentralError
from device.scrub import scrub
from sync.central import MAX_QUARANTINED, Day, Delivery, Quarantined, Ratings, Register, Span, Verdict
from sync.central.settling import iso, joined, new_rows, quarantined, tombstones
from sync.envelope import Batch, fingerprint

_PRAGMAS: Final = ("PRAGMA busy_timeout = 5000", "PRAGMA cell_size_check = ON", "PRAGMA trusted_schema = OFF")
_DURABLE: Final = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
_TABLES: Final = frozenset({"receipt", "span", "register", "quarantine"})
_SCHEMA: Final = (
    """CREATE TABLE receipt (device TEXT, epoch TEXT, seq INTEGER, store TEXT NOT NULL, phase TEXT NOT NULL,
         closed_us INTEGER NOT NULL, day TEXT NOT NULL, currency TEXT NOT NULL, total INTEGER NOT NULL,
         sha256 BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (device, epoch, seq)) WITHOUT ROWID""",
    "CREATE INDEX receipt_by_time ON receipt (closed_us)",
    """CREATE TABLE span (device TEXT, epoch TEXT, lo INTEGER, hi INTEGER NOT NULL, PRIMARY KEY (device, epoch, lo))
         WITHOUT ROWID""",
    """CREATE TABLE register (device TEXT PRIMARY KEY, store TEXT NOT NULL, epoch TEXT NOT NULL, last_heard TEXT NOT NULL,
         bundle TEXT) WITHOUT ROWID""",
    """CREATE TABLE quarantine (device TEXT, sha256 TEXT, at TEXT NOT NULL, times INTEGER NOT NULL, why TEXT NOT NULL,
         payload BLOB NOT NULL, PRIMARY KEY (device, sha256)) WITHOUT ROWID""",
)
_RATINGS: Final = (
    """CREATE TABLE rating (device TEXT, epoch TEXT, receipt INTEGER, seq INTEGER NOT NULL, store TEXT NOT NULL,
         scale TEXT NOT NULL, score INTEGER NOT NULL, sha256 BLOB NOT NULL, body BLOB NOT NULL,
         PRIMARY KEY (device, epoch, receipt), UNIQUE (device, epoch, seq)) WITHOUT ROWID""",
)
FORGETTING: Final = (
    """CREATE TABLE IF NOT EXISTS tombstone (number INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE,
         at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS erased (device TEXT, epoch TEXT, seq INTEGER, sha256 BLOB,
         PRIMARY KEY (device, epoch, seq, sha256)) WITHOUT ROWID""",
)
"""Of `sync.central.forgetting`; beside the versions, which are about receipts."""
_STEPS: Final = (_SCHEMA, _RATINGS)
"""What makes version 1 of nothing, and each version of the one before."""
_VERSION: Final = len(_STEPS)


class Sqlite:
    """One connection writes; see `sync.central.Central` for what each operation promises.

    `create`: to write, and the file is made when missing; otherwise to read, and nothing is made or changed.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        if not path.is_file() and (path.exists() or not create):
            raise CentralError(f"no central store at {path}: `tillside headquarters serve` makes it when it starts")
        with said(self._path):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            mode = "rwc" if create else "ro"
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None)
            for pragma in _PRAGMAS:
                self._db.execute(pragma)
            try:
                self._recognise(empty=create)
            except CentralError:
                self._db.close()
                raise
            if create:
                for pragma in _DURABLE:
                    self._db.execute(pragma)
                self._migrate()
                for statement in FORGETTING:
                    self._db.execute(statement)

    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        heard = at.astimezone(UTC).isoformat(timespec="seconds")
        with said(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                verdicts = [self._take(delivery, heard) for delivery in deliveries]
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        return verdicts

    def watermark(self, device: str, epoch: str) -> int:
        with said(self._path):
            row = self._db.execute("SELECT hi FROM span WHERE device = ? AND epoch = ? AND lo = 1", (device, epoch)).fetchone()
        return 0 if row is None else int(row[0])

    def gaps(self) -> list[Span]:
        query = """SELECT device, epoch, before + 1, lo - 1 FROM
                     (SELECT device, epoch, lo, lag(hi, 1, 0) OVER (PARTITION BY device, epoch ORDER BY lo) AS before FROM span)
                   WHERE lo > before + 1 ORDER BY device, epoch, lo"""
        with said(self._path):
            return [Span(*row) for row in self._db.execute(query)]

    def registers(self) -> list[Register]:
        query = """SELECT device, store, epoch, last_heard, bundle,
                     (SELECT count(*) FROM receipt r WHERE r.device = register.device),
                     (SELECT coalesce(max(closed_us), 0) FROM receipt r WHERE r.device = register.device),
                     (SELECT coalesce(sum(times), 0) FROM quarantine q WHERE q.device = register.device)
                   FROM register ORDER BY device"""
        with said(self._path):
            rows = self._db.execute(query).fetchall()
        return [Register(*(*known, iso(last), quarantined)) for *known, last, quarantined in rows]

    def days(self) -> list[Day]:
        query = """SELECT device, day, currency, count(*), sum(total) FROM receipt WHERE phase = ?
                   GROUP BY device, day, currency ORDER BY device, day, currency"""
        with said(self._path):
            return [Day(*row) for row in self._db.execute(query, (Phase.CLOSED,))]

    def ratings(self) -> list[Ratings]:
        query = "SELECT device, scale, count(*), sum(score) FROM rating GROUP BY device, scale ORDER BY device, scale"
        with said(self._path):
            # A store that only receipts came to so far may be read before anything is added to it.
            return [Ratings(*row) for row in self._db.execute(query)] if self._version() == _VERSION else []

    def quarantined(self) -> list[Quarantined]:
        query = "SELECT device, sha256, at, times, why, payload FROM quarantine ORDER BY at, device, sha256"
        with said(self._path):
            return [Quarantined(*row) for row in self._db.execute(query)]

    def receipts(self) -> Iterator[bytes]:
        # A connection of its own: a long reading sees one state and holds up no commit.
        with said(self._path), closing(readonly.opened(self._path)) as db:
            for (body,) in db.execute("SELECT body FROM receipt ORDER BY closed_us, device, epoch, seq"):
                yield bytes(body)

    def close(self) -> None:
        self._db.close()

    def _take(self, delivery: Delivery, heard: str) -> Verdict:
        if delivery.batch is None:
            return self._quarantine(delivery, delivery.why, heard)
        header = delivery.batch.header
        known = self._known(delivery.batch)
        new = new_rows(delivery.batch, known, self._forgotten(delivery.batch))
        if isinstance(new, str):
            return self._quarantine(delivery, new, heard)
        self._db.executemany("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new.receipts)
        self._db.executemany(
            """INSERT INTO rating VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, epoch, receipt) DO UPDATE SET
                 seq = excluded.seq, store = excluded.store, scale = excluded.scale, score = excluded.score,
                 sha256 = excluded.sha256, body = excluded.body WHERE excluded.seq > rating.seq""",
            new.ratings,
        )
        self._db.executemany("INSERT OR IGNORE INTO erased VALUES (?, ?, ?, ?)", new.erased)
        self._answer_for(delivery.batch)
        self._db.execute(
            "INSERT OR REPLACE INTO register VALUES (?, ?, ?, ?, ?)",
            (header.device, delivery.batch.records[-1].store, header.epoch, heard, header.bundle),
        )
        return Verdict(new=len(new), known=len(known))

    def _forgotten(self, batch: Batch) -> set[bytes]:
        known = "SELECT 1 FROM tombstone WHERE hash = ?"
        return {one for one in tombstones(batch) if self._db.execute(known, (one,)).fetchone() is not None}

    def _known(self, batch: Batch) -> dict[int, set[bytes]]:
        rows = self._db.execute(
            """SELECT seq, sha256 FROM receipt WHERE device = ?1 AND epoch = ?2 AND seq IN (SELECT value FROM json_each(?3))
               UNION ALL
               SELECT seq, sha256 FROM rating WHERE device = ?1 AND epoch = ?2 AND seq IN (SELECT value FROM json_each(?3))
               UNION ALL
               SELECT seq, sha256 FROM erased WHERE device = ?1 AND epoch = ?2 AND seq IN (SELECT value FROM json_each(?3))""",
            (batch.header.device, batch.header.epoch, json.dumps([entry.seq for entry in batch.entries])),
        )
        known: dict[int, set[bytes]] = {}
        for seq, digest in rows:
            known.setdefault(seq, set()).add(bytes(digest))
        return known

    def _answer_for(self, batch: Batch) -> None:
        """Add the range to what is answered for, merged with every span it touches."""
        header = batch.header
        key = (header.device, header.epoch)
        touching = self._db.execute(
            "SELECT lo, hi FROM span WHERE device = ? AND epoch = ? AND lo <= ? AND hi >= ?", (*key, header.hi + 1, header.lo - 1)
        ).fetchall()
        ((lo, hi),) = joined([(header.lo, header.hi), *touching])
        if touching == [(lo, hi)]:
            return
        self._db.executemany("DELETE FROM span WHERE device = ? AND epoch = ? AND lo = ?", ((*key, span[0]) for span in touching))
        self._db.execute("INSERT INTO span VALUES (?, ?, ?, ?)", (*key, lo, hi))

    def _quarantine(self, delivery: Delivery, why: str, heard: str) -> Verdict:
        self._db.execute(
            """INSERT INTO quarantine SELECT ?1, ?2, ?3, 1, ?4, ?5
                 WHERE (SELECT count(*) FROM quarantine WHERE device = ?1) < ?6
                    OR EXISTS (SELECT 1 FROM quarantine WHERE device = ?1 AND sha256 = ?2)
               ON CONFLICT (device, sha256) DO UPDATE SET times = times + 1, at = excluded.at""",
            (delivery.device, fingerprint(delivery.payload), heard, scrub(why), quarantined(delivery.payload), MAX_QUARANTINED),
        )
        return Verdict(refused=why)

    def _recognise(self, *, empty: bool) -> None:
        """CentralError for a file of other tables, of a newer program, or without any unless `empty` will do."""
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables >= _TABLES and (tables or not empty):
            raise CentralError(f"{self._path} is no central store and is left as it is: name the one that headquarters keeps")
        if self._version() > _VERSION:
            raise CentralError(f"the central store {self._path} was made by a newer program: update this one")

    def _migrate(self) -> None:
        if self._version() == _VERSION:
            return
        self._db.execute("BEGIN IMMEDIATE")
        # Another program may have made them while this one waited.
        if self._version() < _VERSION:
            for statement in (statement for step in _STEPS[self._version() :] for statement in step):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        self._db.execute("COMMIT")

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        return int(version)


@contextmanager
def said(path: Path) -> Iterator[None]:
    """CentralError in one sentence for whatever is wrong with the file."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise CentralError(f"the central store {path} cannot be used: {error}") from error
