"""The past in SQLite, in the file of the central store; see `sync.central.past` for what each operation promises.

| table         | key      | holds                                                                                          |
|---------------|----------|------------------------------------------------------------------------------------------------|
| `past`        | identity | an imported receipt (JSON of `PastReceipt`), SHA-256 of its content, its marks and its order     |
| `past_import` | source   | where an unfinished import goes on                                                             |

The tables come by migrations with names, so they depend on nothing that the registers' tables become. A batch is one short write
transaction: headquarters may go on ingesting beside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from device import readonly
from device.errors import CentralError
from device.shopper import tombstone
from device.transaction import whole
from sync.central import sqlite_schema
from sync.central.past import Kept, PastReceipt, marks_of, microseconds
from sync.central.sqlite import said

if TYPE_CHECKING:
    from sqlite_utils import Database

_SETTINGS: Final = (
    *sqlite_schema.SETTINGS,
    # Identities are spread evenly: the pages of their index want to stay in memory.
    "PRAGMA cache_size = -65536",
)
_INSERT: Final = "INSERT OR IGNORE INTO past (identity, local_us, order_hint, marks, sha256, body) VALUES (?, ?, ?, ?, ?, ?)"


def past_receipts_and_unfinished_imports(db: Database) -> None:
    # One statement at a time: executescript would commit first, and a kill half-way would leave half a schema.
    for statement in (
        """CREATE TABLE past (id INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, local_us INTEGER, order_hint INTEGER,
                              marks INTEGER NOT NULL, sha256 BLOB NOT NULL, body BLOB NOT NULL)""",
        "CREATE INDEX past_by_time ON past (local_us, order_hint)",
        "CREATE TABLE past_import (source TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


MIGRATIONS: Final = (past_receipts_and_unfinished_imports,)


class SqlitePast:
    """One connection writes; readers use connections of their own and see whole transactions."""

    def __init__(self, path: Path, *, writing: bool) -> None:
        self._path = path
        self._encoder = msgspec.json.Encoder()
        with said(self._path):
            if not writing:
                self._db = self._reading()
                return
            self._db = sqlite3.connect(path, isolation_level=None)
            try:
                for setting in _SETTINGS:
                    self._db.execute(setting)
                sqlite_schema.make_durable(self._db)
                _migrate(self._db)
            except sqlite3.Error:
                self._db.close()
                raise

    def keep(
        self, receipts: Sequence[PastReceipt], source: str, settled: Callable[[Kept], bytes | None], *, replace: bool
    ) -> Kept:
        with said(self._path), whole(self._db):
            kept = self._keep(receipts, replace=replace)
            state = settled(kept)
            if state is None:
                self._db.execute("DELETE FROM past_import WHERE source = ?", (source,))
            else:
                self._db.execute("INSERT OR REPLACE INTO past_import VALUES (?, ?)", (source, state))
        return kept

    def state(self, source: str) -> bytes | None:
        with said(self._path):
            if not sqlite_schema.has_past(self._db):
                return None
            row = self._db.execute("SELECT state FROM past_import WHERE source = ?", (source,)).fetchone()
        return None if row is None else bytes(row[0])

    def receipts(self) -> Iterator[PastReceipt]:
        decoder = msgspec.json.Decoder(PastReceipt)
        with said(self._path), closing(self._reading()) as db:
            if not sqlite_schema.has_past(db):
                return
            for identity, body in db.execute("SELECT id, body FROM past ORDER BY local_us, order_hint, id"):
                try:
                    receipt = decoder.decode(body)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise CentralError(f"{self._path}: imported receipt {identity} is damaged: {error}") from error
                yield receipt

    def close(self) -> None:
        self._db.close()

    def _keep(self, receipts: Sequence[PastReceipt], *, replace: bool) -> Kept:
        new = known = renewed = replaced = 0
        conflicts = []
        for place, told in enumerate(receipts):
            receipt = self._without_forgotten(told)
            identity, content, body = receipt.identity(), receipt.content(), self._encoder.encode(receipt)
            # A hint orders what has no time, and nothing else.
            hint = receipt.order_hint if receipt.local_time is None else None
            row = (identity, microseconds(receipt.local_time), hint, marks_of(receipt), content, body)
            if self._db.execute(_INSERT, row).rowcount:
                new += 1
                continue
            number, there, same = self._db.execute(
                "SELECT id, sha256, body = ? FROM past WHERE identity = ?", (body, identity)
            ).fetchone()
            if there != content and not replace:
                conflicts.append(place)
                continue
            known += there == content
            replaced += there != content
            renewed += there == content and not same
            if not same:
                self._db.execute(
                    "UPDATE past SET local_us = ?, order_hint = ?, marks = ?, sha256 = ?, body = ? WHERE id = ?",
                    (*row[1:], number),
                )
        return Kept(new, known, renewed, replaced, tuple(conflicts))

    def _without_forgotten(self, receipt: PastReceipt) -> PastReceipt:
        """A file that is imported again does not bring a shopper back."""
        if receipt.shopper is None:
            return receipt
        query = "SELECT 1 FROM tombstone WHERE hash = ? AND lifted = 0"
        known = self._db.execute(query, (tombstone(receipt.shopper),)).fetchone()
        return receipt if known is None else receipt.anonymous()

    def _reading(self) -> sqlite3.Connection:
        return readonly.opened(self._path)


def _migrate(db: sqlite3.Connection) -> None:
    """Apply what is pending, by name; sqlite-utils keeps the list, and would read it before it asks for the write lock."""
    from sqlite_utils import Database, Migrations  # noqa: PLC0415 - its import would cost every command of headquarters

    past = Migrations("past")
    for migration in MIGRATIONS:
        past(name=migration.__name__)(migration)
    with whole(db):
        past.apply(Database(db))
        for statement in sqlite_schema.FORGETTING:
            db.execute(statement)
