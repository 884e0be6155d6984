"""The tables of `sync.central.sqlite`, and how each version of them is made of the one before.

Several programs may open a new file at the same moment (importers, `serve`). Each makes what is missing in one transaction that
takes the write lock first and looks again under it; a transaction that reads first and writes later would be refused at once,
whatever the busy timeout (https://www.sqlite.org/isolation.html).
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final

from device.errors import CentralError
from device.transaction import whole

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
_SUMS: Final = (
    """CREATE TABLE day (device TEXT, day TEXT, currency TEXT, receipts INTEGER NOT NULL, total INTEGER NOT NULL,
         PRIMARY KEY (device, day, currency)) WITHOUT ROWID""",
    "CREATE INDEX day_by_day ON day (day)",
    """INSERT INTO day SELECT device, day, currency, count(*), sum(total) FROM receipt WHERE phase = 'closed'
         GROUP BY device, day, currency""",
    """CREATE TABLE rated (device TEXT, scale TEXT, count INTEGER NOT NULL, total INTEGER NOT NULL,
         PRIMARY KEY (device, scale)) WITHOUT ROWID""",
    "INSERT INTO rated SELECT device, scale, count(*), sum(score) FROM rating GROUP BY device, scale",
    """CREATE TABLE report (device TEXT, day TEXT, currency TEXT, receipts INTEGER NOT NULL, total INTEGER NOT NULL,
         at TEXT NOT NULL, PRIMARY KEY (device, day, currency)) WITHOUT ROWID""",
    "CREATE INDEX report_by_day ON report (day)",
    "ALTER TABLE register ADD COLUMN receipts INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE register ADD COLUMN last_us INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE register ADD COLUMN told INTEGER NOT NULL DEFAULT 0",
    """UPDATE register SET
         receipts = (SELECT count(*) FROM receipt r WHERE r.device = register.device),
         last_us = (SELECT coalesce(max(closed_us), 0) FROM receipt r WHERE r.device = register.device),
         told = (SELECT coalesce(max(hi), 0) FROM span s WHERE s.device = register.device AND s.epoch = register.epoch)""",
)
FORGETTING: Final = (
    """CREATE TABLE IF NOT EXISTS tombstone (number INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE,
         at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS erased (device TEXT, epoch TEXT, seq INTEGER, sha256 BLOB,
         PRIMARY KEY (device, epoch, seq, sha256)) WITHOUT ROWID""",
)
"""Of `sync.central.forgetting`. An import (`sync.central.sqlite_past`) asks them too, and may come first."""
_FORGOTTEN: Final = (
    """CREATE TABLE IF NOT EXISTS forgotten (device TEXT PRIMARY KEY, through INTEGER NOT NULL, said_us INTEGER NOT NULL)
         WITHOUT ROWID""",
)
"""How far each register has forgotten."""
_PEOPLE: Final = (
    """CREATE TABLE person (id TEXT PRIMARY KEY, since_us INTEGER NOT NULL, receipts INTEGER NOT NULL DEFAULT 0,
         busiest INTEGER NOT NULL DEFAULT 0, first_day TEXT NOT NULL DEFAULT '', last_day TEXT NOT NULL DEFAULT '')
         WITHOUT ROWID""",
    """CREATE TABLE identity (token TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, person TEXT NOT NULL, kind TEXT NOT NULL,
         key_version INTEGER NOT NULL, root TEXT NOT NULL, since_us INTEGER NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX identity_by_person ON identity (person)",
    """CREATE TABLE statement (hash BLOB, purpose TEXT, given INTEGER, at_us INTEGER NOT NULL, source TEXT NOT NULL,
         text_version TEXT NOT NULL, PRIMARY KEY (hash, purpose, given)) WITHOUT ROWID""",
    "CREATE INDEX statement_refusal ON statement (hash) WHERE purpose = 'profiling' AND given = 0",
    "ALTER TABLE tombstone ADD COLUMN lifted INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE dispute (hash BLOB, claimant BLOB, at_us INTEGER NOT NULL, PRIMARY KEY (hash, claimant)) WITHOUT ROWID",
)
"""Of `sync.central.people`."""
ORDINAL: Final = "({}closed_us + 62135683200000000) / 86400000000"
"""Of the day in UTC on which a receipt was closed, as `datetime.date.toordinal`; never negative, so that dividing rounds down."""
_MARK: Final = "abs(random() % 4294967296)"
_NOTED: Final = "ON CONFLICT (device, day) DO UPDATE SET mark = excluded.mark"
_CHANGED: Final = (
    "CREATE TABLE changed (device TEXT, day INTEGER, mark INTEGER NOT NULL, PRIMARY KEY (device, day)) WITHOUT ROWID",
    f"INSERT INTO changed SELECT DISTINCT device, {ORDINAL.format('')}, {_MARK} FROM receipt WHERE true {_NOTED}",  # noqa: S608 - our own words
    *(
        f"""CREATE TRIGGER receipt_{event.lower()} AFTER {event} ON receipt BEGIN
              INSERT INTO changed VALUES ({row}device, {ORDINAL.format(row)}, {_MARK}) {_NOTED}; END"""  # noqa: S608
        for event, row in (("INSERT", "new."), ("UPDATE", "new."), ("DELETE", "old."))
    ),
    *(
        f"""CREATE TRIGGER rating_{event.lower()} AFTER {event} ON rating BEGIN
              INSERT INTO changed SELECT device, {ORDINAL.format("")}, {_MARK} FROM receipt
                WHERE device = {row}device AND epoch = {row}epoch AND seq = {row}receipt {_NOTED}; END"""  # noqa: S608
        for event, row in (("INSERT", "new."), ("UPDATE", "new."), ("DELETE", "old."))
    ),
)
"""Whoever writes a receipt or a rating leaves another mark at its register's day; see `sync.central.Central.changed`."""
STEPS: Final = (_SCHEMA, _RATINGS, _SUMS, FORGETTING, _FORGOTTEN, _PEOPLE, _CHANGED)
"""What makes version 1 of nothing, and each version of the one before."""
VERSION: Final = len(STEPS)

BUSY_SECONDS: Final = 20
"""How long whoever opens the file waits for others who do."""
SETTINGS: Final = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
    # What is deleted, or moved when a page is split, is overwritten: else copies of a shopper stay in pages' empty parts.
    "PRAGMA secure_delete = ON",
)
"""Of every connection, before it asks for anything."""
ERASING: Final = (*SETTINGS, "PRAGMA synchronous = FULL")
"""Of who takes shoppers out."""

_TABLES: Final = frozenset({"receipt", "span", "register", "quarantine"})
_TURN_SECONDS: Final = 0.02


def version(db: sqlite3.Connection) -> int:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    return int(found)


def has_past(db: sqlite3.Connection) -> bool:
    """A store into which nothing was imported yet has no tables for it."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'past'").fetchone() is not None


def too_old(path: Path) -> CentralError:
    return CentralError(
        f"the central store {path} was made by an older program: start `tillside headquarters serve` once, which brings it up "
        "to date"
    )


def recognise(db: sqlite3.Connection, path: Path, *, empty: bool) -> None:
    """CentralError for a file of other tables, of a newer program, or without any unless `empty` will do."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= _TABLES and (tables or not empty):
        raise CentralError(f"{path} is no central store and is left as it is: name the one that headquarters keeps")
    if version(db) > VERSION:
        raise CentralError(f"the central store {path} was made by a newer program: update this one")


def migrate(db: sqlite3.Connection) -> None:
    if version(db) == VERSION:
        return
    with whole(db):
        # Another program may have made them while this one waited.
        if version(db) < VERSION:
            for statement in (statement for step in STEPS[version(db) :] for statement in step):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")


def make_durable(db: sqlite3.Connection) -> None:
    """WAL with synchronous=FULL. The switch to WAL asks no busy handler while another connection switches or reads: ask again."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(_TURN_SECONDS)
    db.execute("PRAGMA synchronous = FULL")
