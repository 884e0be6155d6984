"""Persons in PostgreSQL; see `sync.central.people` for what each operation promises.

Who writes these tables takes turns by a transaction lock; workers go on ingesting beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, LiteralString

import psycopg

from device.address import masked
from device.errors import CentralError, first_line
from sync.central.people_store import PeopleStore

PEOPLE_LOCK: Final = 0x7117
"""Of whoever writes persons, identities and statements."""
SEARCH_PATH: Final = "SET search_path = tillside, pg_temp"
_CHUNK: Final = 1000
_CONNECT_SECONDS: Final = 10
_NAMED: Final[LiteralString] = "EXISTS (SELECT FROM unnest(%s::text[]) AS token WHERE position(token::bytea IN {}.body) > 0)"
_WHOSE: Final[LiteralString] = """substring(encode(body, 'escape') FROM '"shopper":"([0-9a-f]{32})"')"""
_SEEN: Final[LiteralString] = f"""CREATE TEMP TABLE seen ON COMMIT DROP AS
    SELECT person, day, count(*)::bigint AS count FROM
      (SELECT {_WHOSE} AS token, day FROM receipt UNION ALL
       SELECT {_WHOSE}, coalesce(to_char(timestamp 'epoch' + local_us * interval '1 microsecond', 'YYYY-MM-DD'), '') FROM past)
      AS sold JOIN identity ON identity.token = sold.token GROUP BY person, day"""  # noqa: S608


class PostgresSql:
    """`sync.central.people_links.Sql` over a connection of somebody's that finds `tillside` by itself (`SEARCH_PATH`)."""

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
                    WHERE {_NAMED.format("receipt")}
                    ORDER BY closed_us, receipt.device COLLATE "C", receipt.epoch COLLATE "C", receipt.seq"""  # noqa: S608
        for body, rating in self._streamed(query, (list(tokens),)):
            yield bytes(body), None if rating is None else bytes(rating)

    def past(self, tokens: Sequence[str]) -> Iterator[bytes]:
        query = f"""SELECT body FROM past WHERE {_NAMED.format("past")}
                    ORDER BY local_us NULLS FIRST, order_hint NULLS FIRST, id"""  # noqa: S608
        yield from (bytes(body) for (body,) in self._streamed(query, (list(tokens),)))

    def close(self) -> None:
        self._db.close()

    def _streamed(self, query: str, values: Sequence[object] = ()) -> Iterator[Any]:
        with self._said(), self._opened() as db, db.cursor(name="people") as rows:
            rows.itersize = _CHUNK
            yield from rows.execute(query.encode(), values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._said(), self._db.transaction():
            self._db.execute("SELECT pg_advisory_xact_lock(%s, 0)", (PEOPLE_LOCK,))
            yield

    @contextmanager
    def _count(self) -> Iterator[None]:
        with self._transaction():
            self._db.execute(_SEEN)
            yield

    def _emptied(self) -> None:
        self._db.execute("VACUUM identity")
        self._db.execute("VACUUM person")
        self._db.execute("VACUUM statement")

    def _opened(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        db = psycopg.connect(
            self._url, autocommit=autocommit, connect_timeout=_CONNECT_SECONDS, application_name="tillside people"
        )
        db.execute("SET synchronous_commit = on" if self._writing else "SET default_transaction_read_only = on")
        db.execute(SEARCH_PATH)
        if not autocommit:
            db.commit()
        return db

    @contextmanager
    def _said(self) -> Iterator[None]:
        """CentralError in one sentence for whatever is wrong with the server."""
        try:
            yield
        except psycopg.Error as error:
            why = masked(first_line(error))
            raise CentralError(f"the central store {masked(self._url)} cannot be used: {why}") from error
