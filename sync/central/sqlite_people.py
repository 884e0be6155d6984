"""Persons in SQLite, in the file of the central store; see `sync.central.people` for what each operation promises.

A connection of its own, in short write transactions; receipts are counted outside of them, into a temporary table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from device import readonly
from device.transaction import whole
from sync.central import sqlite_schema
from sync.central.forgetting import shopper_of
from sync.central.people_store import PeopleStore
from sync.central.sqlite import said

_SETTINGS: Final = (
    *sqlite_schema.ERASING,
    # Pseudonyms are spread evenly: the pages of their indexes want to stay in memory.
    "PRAGMA cache_size = -65536",
)
_RECEIPTS: Final = "SELECT shopper_of(body) AS token, day FROM receipt"
_PAST: Final = "SELECT shopper_of(body), coalesce(date(local_us / 1000000, 'unixepoch'), '') FROM past"


class SqliteSql:
    """`sync.central.people_links.Sql` over a connection of somebody's, who turns errors into sentences."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        return self._db.execute(query.replace("%s", "?"), values).fetchall()

    def run(self, query: str, values: Sequence[object] = ()) -> int:
        return self._db.execute(query.replace("%s", "?"), values).rowcount

    def many(self, query: str, values: Iterable[Sequence[object]]) -> int:
        # -1 of nothing at all.
        return max(0, self._db.executemany(query.replace("%s", "?"), values).rowcount)


class SqlitePeople(PeopleStore):
    def __init__(self, path: Path, at: datetime, *, writing: bool) -> None:
        self._path = path
        with said(path):
            self._db = self._opened(writing=writing)
        super().__init__(SqliteSql(self._db), at)

    def receipts(self, tokens: Sequence[str]) -> Iterator[tuple[bytes, bytes | None]]:
        query = f"""SELECT receipt.body, rating.body FROM receipt LEFT JOIN rating
                      ON rating.device = receipt.device AND rating.epoch = receipt.epoch AND rating.receipt = receipt.seq
                    WHERE {_named("receipt.body", tokens)} ORDER BY closed_us, receipt.device, receipt.epoch, receipt.seq"""  # noqa: S608
        with said(self._path), closing(readonly.opened(self._path)) as db:
            for body, rating in db.execute(query, [token.encode() for token in tokens]):
                yield bytes(body), None if rating is None else bytes(rating)

    def past(self, tokens: Sequence[str]) -> Iterator[bytes]:
        with said(self._path), closing(readonly.opened(self._path)) as db:
            if sqlite_schema.has_past(db):
                query = f"SELECT body FROM past WHERE {_named('body', tokens)} ORDER BY local_us, order_hint, id"  # noqa: S608
                yield from (bytes(body) for (body,) in db.execute(query, [token.encode() for token in tokens]))

    def close(self) -> None:
        self._db.close()

    def _streamed(self, query: str) -> Iterator[Any]:
        with said(self._path), closing(readonly.opened(self._path)) as db:
            yield from db.execute(query)

    def _said(self) -> AbstractContextManager[None]:
        return said(self._path)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with said(self._path), whole(self._db):
            yield

    def _emptied(self) -> None:
        with said(self._path):
            # A reader that is in the way leaves it to the next time.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    @contextmanager
    def _count(self) -> Iterator[None]:
        with said(self._path):
            source = f"{_RECEIPTS} UNION ALL {_PAST}" if sqlite_schema.has_past(self._db) else _RECEIPTS
            self._db.create_function("shopper_of", 1, shopper_of, deterministic=True)
            self._db.execute("DROP TABLE IF EXISTS temp.seen")
            self._db.execute(
                f"""CREATE TEMP TABLE seen AS SELECT person, day, count(*) AS count FROM ({source}) AS sold
                      JOIN identity ON identity.token = sold.token GROUP BY person, day"""  # noqa: S608
            )
            with self._transaction():
                yield
            self._db.execute("DROP TABLE temp.seen")

    def _opened(self, *, writing: bool) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None) if writing else readonly.opened(self._path)
        if writing:
            for setting in _SETTINGS:
                db.execute(setting)
        if sqlite_schema.version(db) < sqlite_schema.VERSION:
            db.close()
            raise sqlite_schema.too_old(self._path)
        return db


def _named(column: str, tokens: Sequence[str]) -> str:
    return "(" + " OR ".join([f"instr({column}, ?) > 0"] * len(tokens)) + ")"
