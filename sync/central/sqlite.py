"""The central store in one SQLite file: enough for a store, and for a small chain.

| table      | key                | holds                                                                                    |
|------------|--------------------|------------------------------------------------------------------------------------------|
| receipt    | device, epoch, seq | the register's own bytes, their SHA-256, and what is asked of them: time, day, total     |
| rating     | device, epoch, receipt | the same of how a receipt was rated: one each, that with the highest number              |
| span       | device, epoch, lo  | ranges that batches have answered for; neighbours are merged, so a hole is a gap         |
| register   | device             | when it was last heard, which bundle it uses, what it sent and which numbers it gave out |
| day        | device, day, currency | closed sales and their sum, kept up to date as receipts come                           |
| rated      | device, scale      | ratings and their sum, the same                                                          |
| report     | device, day, currency | what the till's own report of a day says                                               |
| quarantine | device, sha256     | batches that were refused, and why; the same one again is counted                        |
| tombstone  | number             | who is to be forgotten: see `sync.central.forgetting`                                    |
| erased     | device, epoch, seq, sha256 | what else such a receipt may come as                                             |
| forgotten  | device             | up to which number of that list the register holds nothing any more                      |
| past, past_import | identity, source | what was imported, and where an import goes on: see `sync.central.sqlite_past` |
| person, identity, statement, dispute | | who a shopper is and what they agreed to: see `sync.central.people`     |
| changed    | device, day        | another mark after each change of a receipt or rating of that day in UTC: triggers write it |

WAL with synchronous=FULL: what is acknowledged survives a power cut. Readers use connections of their own and see whole
transactions. A file that holds other tables than these is somebody else's: it is neither read nor written.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from device import place, readonly
from device.errors import CentralError
from device.transaction import whole
from sync.central import Compared, Day, Delivery, Quarantined, Ratings, Register, Span, Verdict, bounds, sqlite_schema
from sync.central.settling import Aside, RatingRow, day_sums, iso, joined, new_rows, rating_sums, tombstones
from sync.central.sqlite_schema import VERSION
from sync.envelope import Batch, fingerprint


class Sqlite:
    """One connection writes; see `sync.central.Central` for what each operation promises.

    `create`: to write, and the file is made when missing; otherwise to read, and nothing is made or changed.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        self._aside: Aside | None = None
        # In this order: another program may make it just now.
        if (path.exists() or not create) and not path.is_file():
            raise CentralError(f"no central store at {path}: `tillside headquarters serve` makes it when it starts")
        with said(self._path):
            if create:
                place.folder(path.parent, 0o700)
                # Receipts are not for everybody on this machine; SQLite's own files beside it get the same rights.
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
            mode = "rwc" if create else "ro"
            self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
            try:
                for setting in sqlite_schema.SETTINGS:
                    self._db.execute(setting)
                sqlite_schema.recognise(self._db, path, empty=create)
                if create:
                    sqlite_schema.make_durable(self._db)
                    sqlite_schema.migrate(self._db)
            except (sqlite3.Error, CentralError):
                self._db.close()
                raise

    def ingest(self, deliveries: Sequence[Delivery], at: datetime) -> list[Verdict]:
        heard = at.astimezone(UTC).isoformat(timespec="seconds")
        self._aside = None
        with said(self._path), whole(self._db):
            return [self._take(delivery, heard) for delivery in deliveries]

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
        query = """SELECT device, store, epoch, last_heard, bundle, receipts, last_us, coalesce(refused, 0),
                     max(0, told - coalesce(last, 0))
                   FROM register
                   LEFT JOIN (SELECT device, epoch, max(hi) AS last FROM span GROUP BY device, epoch)
                     USING (device, epoch)
                   LEFT JOIN (SELECT device, sum(iif(sha256 = '', times, 1)) AS refused FROM quarantine GROUP BY device)
                     USING (device)
                   ORDER BY device"""
        rows = self._asked_now(query)
        return [Register(*(*known, iso(last), quarantined, waiting)) for *known, last, quarantined, waiting in rows]

    def days(self, since: str = "") -> list[Day]:
        query = """SELECT device, day, currency, receipts, total FROM day WHERE day >= ?
                   ORDER BY device, day, currency"""
        return [Day(*(*row[:4], int(row[4]))) for row in self._asked_now(query, since)]

    def latest_day(self, until: str) -> str:
        ((day,),) = self._asked_now("SELECT coalesce(max(day), '') FROM day WHERE day <= ?", until)
        return str(day)

    def ratings(self) -> list[Ratings]:
        query = "SELECT device, scale, count, total FROM rated WHERE count > 0 ORDER BY device, scale"
        return [Ratings(*row) for row in self._asked_now(query)]

    def report(self, day: Day, at: datetime) -> None:
        row = (*msgspec.structs.astuple(day), at.astimezone(UTC).isoformat(timespec="seconds"))
        with said(self._path):
            self._db.execute("INSERT OR REPLACE INTO report VALUES (?, ?, ?, ?, ?, ?)", row)

    def compared(self, since: str = "") -> list[Compared]:
        query = """SELECT till.device, till.day, till.currency, coalesce(here.receipts, 0), coalesce(here.total, 0),
                     till.receipts, till.total
                   FROM report till LEFT JOIN day here USING (device, day, currency)
                   WHERE till.day >= ?
                      OR (coalesce(here.receipts, 0), coalesce(here.total, 0)) <> (till.receipts, till.total)
                   ORDER BY till.device, till.day, till.currency"""
        return [Compared(*(*row[:4], int(row[4]), *row[5:])) for row in self._asked_now(query, since)]

    def quarantined(self) -> list[Quarantined]:
        query = "SELECT device, sha256, at, times, why, length(payload) FROM quarantine ORDER BY at, device, sha256"
        with said(self._path):
            return [Quarantined(*row) for row in self._db.execute(query)]

    def payload(self, device: str, sha256: str) -> bytes | None:
        query = "SELECT payload FROM quarantine WHERE device = ? AND sha256 = ?"
        with said(self._path):
            row = self._db.execute(query, (device, sha256)).fetchone()
        return None if row is None else bytes(row[0])

    def drop(self, device: str, sha256: str) -> bool:
        with said(self._path):
            gone = self._db.execute("DELETE FROM quarantine WHERE device = ? AND sha256 = ?", (device, sha256))
        return gone.rowcount > 0

    def receipts(self, day: int | None = None) -> Iterator[bytes]:
        within, words = _within(day)
        # A connection of its own: a long reading sees one state and holds up no commit.
        query = f"SELECT body FROM receipt {within} ORDER BY closed_us, device, epoch, seq"  # noqa: S608 - our own words
        with said(self._path), closing(readonly.opened(self._path)) as db:
            yield from (bytes(body) for (body,) in db.execute(query, words))

    def rated(self, day: int | None = None) -> Iterator[bytes]:
        within, words = _within(day)
        query = "SELECT body FROM rating"
        if day is not None:
            query = f"""SELECT rating.body FROM receipt JOIN rating ON rating.device = receipt.device
                          AND rating.epoch = receipt.epoch AND rating.receipt = receipt.seq {within}"""  # noqa: S608
        with said(self._path), closing(readonly.opened(self._path)) as db:
            if sqlite_schema.version(self._db) == VERSION:
                yield from (bytes(body) for (body,) in db.execute(query, words))

    def changed(self) -> dict[int, str]:
        rows = self._asked_now("SELECT day, count(*), sum(mark) FROM changed GROUP BY day")
        return {int(day): f"{registers}-{marks}" for day, registers, marks in rows}

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
            """INSERT INTO day VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 receipts = receipts + excluded.receipts, total = total + excluded.total""",
            day_sums(new.receipts),
        )
        if new.ratings:
            self._rate(new.ratings)
        self._db.executemany("INSERT OR IGNORE INTO erased VALUES (?, ?, ?, ?)", new.erased)
        self._answer_for(delivery.batch)
        last = max((row.closed_us for row in new.receipts), default=0)
        self._db.execute(
            """INSERT INTO register VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 store = iif(excluded.last_heard < last_heard, store, excluded.store),
                 bundle = iif(excluded.last_heard < last_heard, bundle, excluded.bundle),
                 last_heard = max(last_heard, excluded.last_heard), receipts = receipts + excluded.receipts,
                 last_us = max(last_us, excluded.last_us),
                 told = CASE WHEN epoch = excluded.epoch THEN max(told, excluded.told)
                        WHEN excluded.last_heard < last_heard THEN told ELSE excluded.told END,
                 epoch = iif(excluded.last_heard < last_heard, epoch, excluded.epoch)""",
            (header.device, delivery.batch.records[-1].store, header.epoch, heard, header.bundle, len(new.receipts), last,
             header.hi + header.waiting),
        )  # fmt: skip
        return Verdict(new=len(new), known=len(known))

    def _rate(self, ratings: Sequence[RatingRow]) -> None:
        here = {}
        for row in ratings:
            query = "SELECT seq, scale, score FROM rating WHERE device = ? AND epoch = ? AND receipt = ?"
            if (found := self._db.execute(query, row[:3]).fetchone()) is not None:
                here[row.device, row.epoch, row.receipt] = found
        self._db.executemany(
            """INSERT INTO rated VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
                 count = count + excluded.count, total = total + excluded.total""",
            rating_sums(ratings, here),
        )
        self._db.executemany(
            """INSERT INTO rating VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, epoch, receipt) DO UPDATE SET
                 seq = excluded.seq, store = excluded.store, scale = excluded.scale, score = excluded.score,
                 sha256 = excluded.sha256, body = excluded.body WHERE excluded.seq > rating.seq""",
            ratings,
        )

    def _forgotten(self, batch: Batch) -> set[bytes]:
        known = "SELECT 1 FROM tombstone WHERE hash = ? AND lifted = 0"
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
        digest = fingerprint(delivery.payload)
        if self._aside is None:
            self._aside = Aside(self._db.execute("SELECT device, count(*), sum(length(payload)) FROM quarantine GROUP BY device"))
        query = "SELECT 1 FROM quarantine WHERE device = ? AND sha256 = ?"
        known = self._db.execute(query, (delivery.device, digest)).fetchone() is not None
        row = self._aside.row(delivery, digest, why, known=known)
        self._db.execute(
            """INSERT INTO quarantine VALUES (?, ?, ?, 1, ?, ?)
                 ON CONFLICT DO UPDATE SET times = times + 1, at = excluded.at""",
            (row.device, row.sha256, heard, row.why, row.payload),
        )
        return Verdict(refused=why)

    def _asked_now(self, query: str, *words: object) -> list[Any]:
        """What needs the tables of this version; receipts alone can be read of an older one."""
        with said(self._path):
            if sqlite_schema.version(self._db) < VERSION:
                raise sqlite_schema.too_old(self._path)
            return self._db.execute(query, words).fetchall()


def _within(day: int | None) -> tuple[str, tuple[int, ...]]:
    return ("", ()) if day is None else ("WHERE closed_us >= ? AND closed_us < ?", bounds(day))


@contextmanager
def said(path: Path) -> Iterator[None]:
    """CentralError in one sentence for whatever is wrong with the file."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise CentralError(f"the central store {path} cannot be used: {error}") from error
