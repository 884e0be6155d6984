"""The tables of the edge database, the settings it is opened with, and the sums that tell a damaged row.

`sum` of a receipt and of a rating is a CRC-32 over all that headquarters gets of the row: SQLite checks how its pages hang
together, not what stands in them, and a flipped bit in an amount would travel. Every row has one.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

PRAGMAS: Final = (
    # Of a new database only: three or four receipts in a page of 4096 leave a fifth of it empty.
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 5000",
    # The log counts among what 90 days of receipts take: 0.8 MB at 100 pages, 3.3 MB at 400. Most pages of a checkpoint are
    # leaves of the indexes by chance, so that fewer in one go are hardly more in all.
    "PRAGMA wal_autocheckpoint = 100",
    # What one that a reader held up has grown to is given back at the next.
    "PRAGMA journal_size_limit = 1048576",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA cell_size_check = ON",
    "PRAGMA trusted_schema = OFF",
)


def receipts_outcomes_and_unknown_codes(db: Database | sqlite3.Connection) -> None:
    # One statement at a time: executescript would commit first, and a kill half-way would leave half a schema.
    for statement in (
        "CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), device TEXT NOT NULL, epoch TEXT NOT NULL)",
        """CREATE TABLE receipt (seq INTEGER PRIMARY KEY AUTOINCREMENT, epoch TEXT NOT NULL, receipt_id TEXT NOT NULL UNIQUE,
                                 digest BLOB NOT NULL UNIQUE, lane TEXT NOT NULL, closed_at TEXT NOT NULL, body BLOB NOT NULL)""",
        """CREATE TABLE outcome (seq INTEGER NOT NULL REFERENCES receipt ON DELETE CASCADE, suggestion_id TEXT NOT NULL,
                                 sku TEXT NOT NULL, painted INTEGER NOT NULL, answer TEXT, bought INTEGER NOT NULL,
                                 PRIMARY KEY (seq, suggestion_id)) WITHOUT ROWID""",
        "CREATE TABLE unknown_code (code TEXT PRIMARY KEY, times INTEGER NOT NULL, last_at TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


def handed_items(db: Database | sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE handed (lane TEXT NOT NULL, basket_id TEXT NOT NULL, sku TEXT NOT NULL, at TEXT NOT NULL, "
        "PRIMARY KEY (lane, basket_id, sku)) WITHOUT ROWID"
    )


def settled_items(db: Database | sqlite3.Connection) -> None:
    db.execute("ALTER TABLE handed ADD COLUMN settled INTEGER NOT NULL DEFAULT 0")


def ratings_of_visits(db: Database | sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE rating (receipt INTEGER PRIMARY KEY REFERENCES receipt ON DELETE CASCADE, seq INTEGER NOT NULL UNIQUE, "
        "epoch TEXT NOT NULL, body BLOB NOT NULL)"
    )


def sums_of_rows(db: Database | sqlite3.Connection) -> None:
    for table in ("receipt", "rating"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN sum INTEGER")
    # A flipped bit in a row's head can take its sum away: no row may be without one.
    for row in db.execute("SELECT seq, epoch, receipt_id, digest, lane, closed_at, body FROM receipt").fetchall():
        db.execute("UPDATE receipt SET sum = ? WHERE seq = ?", (receipt_sum(*row), row[0]))
    for row in db.execute("SELECT receipt, seq, epoch, body FROM rating").fetchall():
        db.execute("UPDATE rating SET sum = ? WHERE receipt = ?", (rating_sum(*row), row[0]))


def tombstones(db: Database | sqlite3.Connection) -> None:
    db.execute("CREATE TABLE tombstone (hash BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID")
    db.execute("CREATE TABLE forgotten (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL)")
    db.execute("INSERT INTO forgotten VALUES (1, 0)")


MIGRATIONS: Final = (
    receipts_outcomes_and_unknown_codes,
    handed_items,
    settled_items,
    ratings_of_visits,
    sums_of_rows,
    tombstones,
)


def migrate(db: sqlite3.Connection) -> None:
    """Apply what is pending, by name.

    sqlite-utils keeps the list, and is imported only when there is something to apply: its import would cost every start.
    """
    applied = _applied(db)
    if all(migration.__name__ in applied for migration in MIGRATIONS):
        return
    from sqlite_utils import Database, Migrations  # noqa: PLC0415

    edge = Migrations("edge")
    for migration in MIGRATIONS:
        edge(name=migration.__name__)(migration)
    edge.apply(Database(db))


def contradiction(db: sqlite3.Connection) -> str | None:
    """What the list of the migrations, or the tables by it, cannot be.

    A flipped bit in the list would have tables made a second time, one in a column's name would be an unknown column.
    """
    names, applied = [migration.__name__ for migration in MIGRATIONS], _applied(db)
    pending = [name for name in names if name not in applied]
    if pending and (applied - set(names) or pending != names[-len(pending) :]):
        return f"the list of its migrations lacks {pending[0]}"
    if not applied and db.execute("SELECT 1 FROM sqlite_master WHERE name = 'receipt'").fetchone() is not None:
        return "there are receipts, and no migration that made room for them"
    return _other_table(db) if applied == set(names) else None


def _other_table(db: sqlite3.Connection) -> str | None:
    with closing(sqlite3.connect(":memory:")) as fresh:
        for migration in MIGRATIONS:
            migration(fresh)
        made, found = _statements(fresh), _statements(db)
    return next((f"table {name} is not as it was made" for name, how in made.items() if found.get(name) != how), None)


def _statements(db: sqlite3.Connection) -> dict[str, str]:
    """What makes each table, as SQLite keeps it."""
    return dict(db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def _applied(db: sqlite3.Connection) -> set[str]:
    known = db.execute("SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone()[0]
    return {name for (name,) in db.execute("SELECT name FROM _sqlite_migrations")} if known else set()


def receipt_sum(seq: int, epoch: str, receipt_id: str, digest: bytes, lane: str, closed_at: str, body: bytes) -> int:
    """Of a row of `receipt`, its columns in their order."""
    return _sum((seq, epoch, receipt_id, digest, lane, closed_at, body), (int, str, str, bytes, str, str, bytes))


def rating_sum(receipt: int, seq: int, epoch: str, body: bytes) -> int:
    """Of a row of `rating`, its columns in their order."""
    return _sum((receipt, seq, epoch, body), (int, int, str, bytes))


def _sum(values: Sequence[int | str | bytes], kinds: Sequence[type]) -> int:
    """Of other kinds none fits: a flipped bit in a row's head makes other values of the same bytes."""
    if not all(map(isinstance, values, kinds)):
        return -1
    found = 0
    for value in values:
        raw = value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")
        found = zlib.crc32(b"%d:" % len(raw) + raw, found)
    return found
