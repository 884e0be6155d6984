"""Persons in PostgreSQL; see `sync.central.people` for what each operation promises.

Who writes these tables takes turns by a transaction lock; workers go on ingesting beside it. Receipts are counted before
that, into a temporary table: who waits for a turn does not wait so long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg

from sync.central import postgres_server
from sync.central.people_store import PeopleStore
from sync.central.postgres_server import CHUNK, PEOPLE_LOCK

VACUUM: Final[tuple[LiteralString, ...]] = ("VACUUM tillside.identity", "VACUUM tillside.person", "VACUUM tillside.statement")
NAMED: Final[LiteralString] = "EXISTS (SELECT FROM unnest(%s::text[]) AS token WHERE position(token::bytea IN {}.body) > 0)"
"""Whether a table's record holds one of these pseudonyms: as bytes, for a field that nobody reads may hold what is no text."""
WHOSE: Final[LiteralString] = """substring(encode(body, 'escape') FROM '"shopper":"([0-9a-f]{32})"')"""
"""The pseudonym that a record names as its own."""
_SEEN: Final[LiteralString] = f"""CREATE TEMP TABLE seen AS
    SELECT person, day, count(*)::bigint AS count FROM
      (SELECT {WHOSE} AS token, day FROM receipt UNION ALL
       SELECT {WHOSE}, coalesce(to_char(timestamp 'epoch' + local_us * interval '1 microsecond', 'YYYY-MM-DD'), '') FROM past)
      AS sold JOIN identity ON identity.token = sold.token GROUP BY person, day"""  # noqa: S608


class PostgresSql:
    """`sync.central.people_links.Sql` over a connection of `sync.central.postgres_server`."""

    def __init__(self, db: psycopg.Connection[Any]) -> None:
        self._db = db

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        return self._db.execute(query.encode(), values).fetchall()

    def run(self, query: str, values: Sequence[object] = ()) -> int:
        return self._db.execute(query.encode(), values).rowcount

    def many(self, query: str, values: Iterable[Sequence[object]]) -> int:
        with self._db.cursor() as cursor:
            cursor.executemany(query.encode(), values)
            return max(0, cursor.rowcount)


class PostgresPeople(PeopleStore):
    def __init__(self, url: str, at: datetime, *, writing: bool) -> None:
        self._url = url
        self._writing = writing
        with self._said():
            self._db = self._opened(autocommit=True)
        super().__init__(PostgresSql(self._db), at)

    def receipts(self, tokens: Sequence[str]) -> Iterator[tuple[bytes, bytes | None]]:
        query = f"""SELECT receipt.body, rating.body FROM receipt LEFT JOIN rating
                      ON rating.device = receipt.device AND rating.epoch = receipt.epoch AND rating.receipt = receipt.seq
                    WHERE {NAMED.format("receipt")}
                    ORDER BY closed_us, receipt.device COLLATE "C", receipt.epoch COLLATE "C", receipt.seq"""  # noqa: S608
        for body, rating in self._streamed(query, (list(tokens),)):
            yield bytes(body), None if rating is None else bytes(rating)

    def past(self, tokens: Sequence[str]) -> Iterator[bytes]:
        query = f"""SELECT body FROM past WHERE {NAMED.format("past")}
                    ORDER BY local_us NULLS FIRST, order_hint NULLS FIRST, id"""  # noqa: S608
        yield from (bytes(body) for (body,) in self._streamed(query, (list(tokens),)))

    def close(self) -> None:
        self._db.close()

    def _streamed(self, query: str, values: Sequence[object] = ()) -> Iterator[Any]:
        with self._said(), self._opened() as db, db.cursor(name="people") as rows:
            rows.itersize = CHUNK
            yield from rows.execute(query.encode(), values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._said(), self._db.transaction():
            postgres_server.take_turn(self._db, PEOPLE_LOCK)
            yield

    @contextmanager
    def _count(self) -> Iterator[None]:
        with self._said():
            self._db.execute("DROP TABLE IF EXISTS pg_temp.seen")
            self._db.execute(_SEEN)
        with self._transaction():
            yield
            self._db.execute("DROP TABLE pg_temp.seen")

    def _emptied(self) -> None:
        with self._said():
            for statement in VACUUM:
                self._db.execute(statement)

    def _opened(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return postgres_server.opened(self._url, writing=self._writing, autocommit=autocommit, name="tillside people")

    def _said(self) -> AbstractContextManager[None]:
        return postgres_server.said(self._url)
