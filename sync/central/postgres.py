"""The central store in PostgreSQL: a chain's, with as many ingest workers as it takes.

Everything stands in a schema of its own, `tillside`, so that the database may hold other things.

| table      | key                    | holds                                                                                    |
|------------|------------------------|------------------------------------------------------------------------------------------|
| receipt    | device, epoch, seq     | the register's own bytes, their SHA-256, and what is asked of them: time, day, total     |
| rating     | device, epoch, receipt | the same of a receipt's rating; of several the one with the highest number               |
| span       | device, epoch, lo      | ranges that batches have answered for; neighbours are merged, so a hole is a gap         |
| register   | device                 | when it was last heard, which bundle it uses, what it sent and which numbers it gave out |
| day        | device, day, currency  | closed sales and their sum, kept up to date as receipts come: a year is never re-counted |
| rated      | device, scale          | ratings and their sum, the same                                                          |
| report     | device, day, currency  | what the till's own report of a day says                                                 |
| quarantine | device, sha256         | batches that were refused, and why; the same one again is counted                        |
| tombstone  | number                 | who is to be forgotten: see `sync.central.forgetting`                                    |
| erased     | device, epoch, seq, .. | what else such a receipt may come as                                                     |
| forgotten  | device                 | up to which number of that list the register holds nothing any more                      |
| past, past_import | identity, source | what was imported, and where an import goes on: see `sync.central.postgres_past` |
| person, identity, statement, dispute | | who a shopper is and what they agreed to: see `sync.central.people`     |
| changed    | device, day            | another mark after each change of a receipt or rating of that day in UTC, by triggers    |

Workers share nothing but the database. A poll takes a transaction lock for each of its registers, in their order, so that two
workers that hold batches of one register take turns, and of others do not meet. What is here is asked for under that lock;
what is new then goes in by COPY without a detour, for no other can bring the same receipt meanwhile.

Two views are there to be read, by Ibis for one: `sold`, a row for each line of a closed sale, and `past_sold`, the same of
imported receipts (`sync.central.postgres_schema`). They are made of the receipts' own bytes when they are asked.

The connection is opened anew when it broke: a poll whose commit got no answer is sent by the registers again and found known.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, LiteralString

import msgspec
import psycopg

from device.address import masked
from device.errors import CentralError
from sync.central import Compared, Day, Delivery, Quarantined, Ratings, Register, Span, Verdict, bounds, postgres_server
from sync.central.postgres_poll import Poll
from sync.central.postgres_schema import STEPS, VERSION
from sync.central.postgres_server import CHUNK, FORGETTING_LOCK, REGISTER_LOCKS
from sync.central.settling import iso


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
            db.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", FORGETTING_LOCK)
            locks = sorted({zlib.crc32(delivery.device.encode()) - 2**31 for delivery in deliveries})
            db.execute("SELECT pg_advisory_xact_lock(%s, own) FROM unnest(%s::integer[]) AS own", (REGISTER_LOCKS, locks))
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
                     coalesce(refused, 0)::bigint, greatest(0, told - coalesce(last, 0))
                   FROM tillside.register
                   LEFT JOIN (SELECT device, epoch, max(hi) AS last FROM tillside.span GROUP BY device, epoch)
                     AS spans USING (device, epoch)
                   LEFT JOIN (SELECT device, sum(CASE WHEN sha256 = '' THEN times ELSE 1 END) AS refused
                                FROM tillside.quarantine GROUP BY device) AS aside USING (device)
                   ORDER BY device COLLATE "C" """
        return [Register(*(*known, iso(last or 0), refused, waiting)) for *known, last, refused, waiting in self._asked(query)]

    def days(self, since: str = "") -> list[Day]:
        query: LiteralString = """SELECT device, day, currency, receipts, total FROM tillside.day WHERE day COLLATE "C" >= %s
                   ORDER BY device COLLATE "C", day COLLATE "C", currency COLLATE "C" """
        return [Day(*(*row, int(total))) for *row, total in self._asked(query, (since,))]

    def latest_day(self, until: str) -> str:
        query: LiteralString = """SELECT coalesce(max(day COLLATE "C"), '') FROM tillside.day WHERE day COLLATE "C" <= %s"""
        return str(self._asked(query, (until,))[0][0])

    def ratings(self) -> list[Ratings]:
        query: LiteralString = """SELECT device, scale, count, total FROM tillside.rated WHERE count > 0
                   ORDER BY device COLLATE "C", scale COLLATE "C" """
        return [Ratings(*row) for row in self._asked(query)]

    def report(self, day: Day, at: datetime) -> None:
        row = (*msgspec.structs.astuple(day), at.astimezone(UTC).isoformat(timespec="seconds"))
        with self._said():
            self._connection().execute(
                """INSERT INTO tillside.report VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (device, day, currency) DO UPDATE
                     SET receipts = excluded.receipts, total = excluded.total, at = excluded.at""",
                row,
            )

    def compared(self, since: str = "") -> list[Compared]:
        query: LiteralString = """SELECT till.device, till.day, till.currency,
                     coalesce(here.receipts, 0), coalesce(here.total, 0), till.receipts, till.total
                   FROM tillside.report till LEFT JOIN tillside.day here USING (device, day, currency)
                   WHERE till.day COLLATE "C" >= %s
                      OR (coalesce(here.receipts, 0), coalesce(here.total, 0)) <> (till.receipts, till.total)
                   ORDER BY till.device COLLATE "C", till.day COLLATE "C", till.currency COLLATE "C" """
        return [Compared(*(*key, int(total), count, int(said))) for *key, total, count, said in self._asked(query, (since,))]

    def quarantined(self) -> list[Quarantined]:
        query: LiteralString = """SELECT device, sha256, at, times, why, length(payload) FROM tillside.quarantine
                   ORDER BY at COLLATE "C", device COLLATE "C", sha256 COLLATE "C" """
        return [Quarantined(*row) for row in self._asked(query)]

    def payload(self, device: str, sha256: str) -> bytes | None:
        rows = self._asked("SELECT payload FROM tillside.quarantine WHERE device = %s AND sha256 = %s", (device, sha256))
        return bytes(rows[0][0]) if rows else None

    def drop(self, device: str, sha256: str) -> bool:
        query: LiteralString = "DELETE FROM tillside.quarantine WHERE device = %s AND sha256 = %s RETURNING 1"
        return bool(self._asked(query, (device, sha256)))

    def receipts(self, day: int | None = None) -> Iterator[bytes]:
        every: LiteralString = """SELECT body FROM tillside.receipt
                   ORDER BY closed_us, device COLLATE "C", epoch COLLATE "C", seq"""
        of_day: LiteralString = """SELECT body FROM tillside.receipt WHERE closed_us >= %s AND closed_us < %s
                   ORDER BY closed_us, device COLLATE "C", epoch COLLATE "C", seq"""
        yield from self._bodies("receipts", every if day is None else of_day, day)

    def rated(self, day: int | None = None) -> Iterator[bytes]:
        every: LiteralString = "SELECT body FROM tillside.rating"
        of_day: LiteralString = """SELECT rating.body FROM tillside.receipt r JOIN tillside.rating
                     ON rating.device = r.device AND rating.epoch = r.epoch AND rating.receipt = r.seq
                   WHERE r.closed_us >= %s AND r.closed_us < %s"""
        yield from self._bodies("rated", every if day is None else of_day, day)

    def changed(self) -> dict[int, str]:
        query: LiteralString = "SELECT day, count(*), sum(mark) FROM tillside.changed GROUP BY day"
        return {day: f"{registers}-{marks}" for day, registers, marks in self._asked(query)}

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _bodies(self, name: str, query: LiteralString, day: int | None) -> Iterator[bytes]:
        """A connection of its own, whose cursor sees one state and leaves the rows with the server until they are wanted."""
        with self._said(), self._opened() as db, db.cursor(name=name) as rows:
            rows.itersize = CHUNK
            yield from (bytes(body) for (body,) in rows.execute(query, None if day is None else bounds(day)))

    def _asked(self, query: LiteralString, words: Sequence[object] = ()) -> list[Any]:
        with self._said():
            return self._connection().execute(query, words).fetchall()

    def _connection(self) -> psycopg.Connection[Any]:
        if self._db is None or self._db.closed:
            self._db = self._opened(autocommit=True)
        return self._db

    def _opened(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return postgres_server.opened(self._url, writing=self._writing, autocommit=autocommit)

    def _recognise(self, db: psycopg.Connection[Any], *, create: bool) -> None:
        with db.transaction():
            if create:
                # Workers that start together: the first makes the tables.
                postgres_server.take_turn(db, (REGISTER_LOCKS, 0))
            found = db.execute("SELECT to_regclass('tillside.about')").fetchone()
            version = 0
            if found != (None,):
                ((version,),) = db.execute("SELECT coalesce(max(version), 0) FROM tillside.about").fetchall()
            if version > VERSION:
                raise CentralError(f"the central store {masked(self._url)} was made by a newer program: update this one")
            if version < VERSION and not create:
                raise CentralError(
                    f"no central store of this version in {masked(self._url)}: `tillside headquarters serve` or `ingest` makes it"
                )
            for number, step in enumerate(STEPS[version:], version + 1):
                for statement in step:
                    db.execute(statement)
                db.execute("INSERT INTO tillside.about VALUES (%s)", (number,))

    def _said(self) -> AbstractContextManager[None]:
        """What broke is opened anew the next time."""
        return postgres_server.said(self._url)
