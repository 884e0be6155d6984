"""The central store in PostgreSQL: a chain's, with as many ingest workers as it takes.

Everything stands in a schema of its own, `tillside`, so that the database may hold other things.

| table      | key                    | holds                                                                                    |
|------------|------------------------|------------------------------------------------------------------------------------------|
| receipt    | device, epoch, seq     | the register's own bytes, their SHA-256, and what is asked of them: time, day, total     |
| rating     | device, epoch, receipt | the same of a receipt's rating; of several the one with the highest number               |
| span       | device, epoch, lo      | ranges that batches have answered for; neighbours are merged, so a hole is a gap         |
| register   | device                 | when it was last heard, which bundle it uses, how many receipts it sent                  |
| day        | device, day, currency  | closed sales and their sum, kept up to date as receipts come: a year is never re-counted |
| quarantine | device, sha256         | batches that were refused, and why; the same one again is counted                        |
| tombstone  | number                 | who is to be forgotten: see `sync.central.forgetting`                                    |
| erased     | device, epoch, seq, .. | what else such a receipt may come as                                                     |

Workers share nothing but the database. A poll takes a transaction lock for each of its registers, in their order, so that two
workers that hold batches of one register take turns, and of others do not meet. What is here is asked for under that lock;
what is new then goes in by COPY without a detour, for no other can bring the same receipt meanwhile.

The connection is opened anew when it broke: a poll whose commit got no answer is sent by the registers again and found known.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import psycopg

from device.address import masked
from device.errors import CentralError, first_line
from sync.central import Day, Delivery, Quarantined, Ratings, Register, Span, Verdict
from sync.central.postgres_poll import Poll
from sync.central.settling import iso

_CONNECT_SECONDS: Final = 10
_CHUNK: Final = 1000
"""Receipts a reader holds at a time."""
_LOCKS: Final = 0x7115
"""The first half of our transaction locks: other programs on this server take others."""
FORGETTING_LOCK: Final = 0x7116
"""Held shared by every poll, and alone by who writes tombstones."""
_VERSION: Final = 1
_SCHEMA: Final[tuple[LiteralString, ...]] = (
    "CREATE SCHEMA IF NOT EXISTS tillside",
    "CREATE TABLE tillside.about (version integer NOT NULL)",
    """CREATE TABLE tillside.receipt (device text, epoch text, seq bigint, store text NOT NULL, phase text NOT NULL,
         closed_us bigint NOT NULL, day text NOT NULL, currency text NOT NULL, total bigint NOT NULL,
         sha256 bytea NOT NULL, body bytea NOT NULL, PRIMARY KEY (device, epoch, seq))""",
    "CREATE INDEX receipt_by_time ON tillside.receipt (closed_us)",
    """CREATE TABLE tillside.rating (device text, epoch text, receipt bigint, seq bigint NOT NULL, store text NOT NULL,
         scale text NOT NULL, score bigint NOT NULL, sha256 bytea NOT NULL, body bytea NOT NULL,
         PRIMARY KEY (device, epoch, receipt), UNIQUE (device, epoch, seq))""",
    """CREATE TABLE tillside.span (device text, epoch text, lo bigint, hi bigint NOT NULL, PRIMARY KEY (device, epoch, lo))""",
    """CREATE TABLE tillside.register (device text PRIMARY KEY, store text NOT NULL, epoch text NOT NULL,
         last_heard text NOT NULL, bundle text, receipts bigint NOT NULL, last_us bigint)""",
    """CREATE TABLE tillside.day (device text, day text, currency text, receipts bigint NOT NULL, total numeric NOT NULL,
         PRIMARY KEY (device, day, currency))""",
    """CREATE TABLE tillside.quarantine (device text, sha256 text, at text NOT NULL, times bigint NOT NULL, why text NOT NULL,
         payload bytea NOT NULL, PRIMARY KEY (device, sha256))""",
    "INSERT INTO tillside.about VALUES (1)",
)
_FORGETTING: Final[tuple[LiteralString, ...]] = (
    """CREATE TABLE IF NOT EXISTS tillside.tombstone (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
         hash bytea NOT NULL UNIQUE, at text NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS tillside.erased (device text, epoch text, seq bigint, sha256 bytea,
         PRIMARY KEY (device, epoch, seq, sha256))""",
)
"""Of `sync.central.forgetting`; beside the versions, which are about receipts."""


class Postgres:
    """See `sync.central.Central` for what each operation promises. `create`: to write, and the tables are made when missing."""

    def __init__(self, url: str, *, create: bool) -> None:
        self._url = url
        self._writing = create
        self._db: psycopg.Connection[Any] | None = None
        try:
            with self._said():
                self._recognise(self._connection(), create=create)
        except CentralError:
            self.close()
            raise

    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        heard = at.astimezone(UTC).isoformat(timespec="seconds")
        with self._said(), self._connection().transaction():
            db = self._connection()
            # Whoever forgets waits for polls that do not know it yet; those that come later do.
            db.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", (FORGETTING_LOCK,))
            locks = sorted({zlib.crc32(delivery.device.encode()) - 2**31 for delivery in deliveries})
            db.execute("SELECT pg_advisory_xact_lock(%s, own) FROM unnest(%s::integer[]) AS own", (_LOCKS, locks))
            return Poll(db, heard, deliveries).settled()

    def watermark(self, device: str, epoch: str) -> int:
        row = self._asked("SELECT hi FROM tillside.span WHERE device = %s AND epoch = %s AND lo = 1", (device, epoch))
        return int(row[0][0]) if row else 0

    def gaps(self) -> list[Span]:
        query: LiteralString = """SELECT device, epoch, before + 1, lo - 1 FROM
                     (SELECT device, epoch, lo, lag(hi, 1, 0::bigint) OVER (PARTITION BY device, epoch ORDER BY lo) AS before
                        FROM tillside.span) AS spans
                   WHERE lo > before + 1 ORDER BY device COLLATE "C", epoch COLLATE "C", lo"""
        return [Span(*row) for row in self._asked(query)]

    def registers(self) -> list[Register]:
        query: LiteralString = """SELECT device, store, epoch, last_heard, bundle, receipts, last_us,
                     (SELECT coalesce(sum(times), 0)::bigint FROM tillside.quarantine q WHERE q.device = r.device)
                   FROM tillside.register r ORDER BY device COLLATE "C" """
        return [
            Register(device, store, epoch, heard, bundle, receipts, iso(last or 0), refused)
            for device, store, epoch, heard, bundle, receipts, last, refused in self._asked(query)
        ]

    def days(self) -> list[Day]:
        query: LiteralString = """SELECT device, day, currency, receipts, total FROM tillside.day
                   ORDER BY device COLLATE "C", day COLLATE "C", currency COLLATE "C" """
        return [Day(device, day, currency, count, int(total)) for device, day, currency, count, total in self._asked(query)]

    def ratings(self) -> list[Ratings]:
        query: LiteralString = """SELECT device, scale, count(*), sum(score)::bigint FROM tillside.rating GROUP BY device, scale
                   ORDER BY device COLLATE "C", scale COLLATE "C" """
        return [Ratings(*row) for row in self._asked(query)]

    def quarantined(self) -> list[Quarantined]:
        query: LiteralString = """SELECT device, sha256, at, times, why, payload FROM tillside.quarantine
                   ORDER BY at, device COLLATE "C", sha256"""
        return [Quarantined(*row) for row in self._asked(query)]

    def receipts(self) -> Iterator[bytes]:
        # A connection of its own, whose cursor sees one state and leaves the rows with the server until they are wanted.
        query: LiteralString = """SELECT body FROM tillside.receipt
                   ORDER BY closed_us, device COLLATE "C", epoch COLLATE "C", seq"""
        with self._said(), self._opened() as db, db.cursor(name="receipts") as rows:
            rows.itersize = _CHUNK
            for (body,) in rows.execute(query):
                yield bytes(body)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _asked(self, query: LiteralString, words: Sequence[object] = ()) -> list[Any]:
        with self._said():
            return self._connection().execute(query, words).fetchall()

    def _connection(self) -> psycopg.Connection[Any]:
        if self._db is None or self._db.closed:
            self._db = self._opened(autocommit=True)
        return self._db

    def _opened(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        db = psycopg.connect(self._url, autocommit=autocommit, connect_timeout=_CONNECT_SECONDS, application_name="tillside")
        # An acknowledged receipt survives a power cut, whatever the server's own default.
        db.execute("SET synchronous_commit = on" if self._writing else "SET default_transaction_read_only = on")
        db.execute("SET standard_conforming_strings = on")
        if not autocommit:
            db.commit()
        return db

    def _recognise(self, db: psycopg.Connection[Any], *, create: bool) -> None:
        with db.transaction():
            if create:
                # Workers that start together: the first makes the tables.
                db.execute("SELECT pg_advisory_xact_lock(%s, 0)", (_LOCKS,))
            found = db.execute("SELECT to_regclass('tillside.about')").fetchone()
            if found == (None,):
                if not create:
                    raise CentralError(
                        f"no central store in {masked(self._url)}: `tillside headquarters serve` or `ingest` makes it"
                    )
                for statement in _SCHEMA:
                    db.execute(statement)
            for statement in _FORGETTING if create else ():
                db.execute(statement)
            version = db.execute("SELECT max(version) FROM tillside.about").fetchone()
            if version is None or version[0] is None or version[0] > _VERSION:
                raise CentralError(f"the central store {masked(self._url)} was made by a newer program: update this one")

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """CentralError in one sentence for whatever is wrong with the server. What broke is opened anew the next time."""
        try:
            yield
        except psycopg.Error as error:
            why = masked(first_line(error))
            raise CentralError(f"the central store {masked(self._url)} cannot be used: {why}") from error
