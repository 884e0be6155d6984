"""One poll's deliveries in one transaction of `sync.central.postgres`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, LiteralString

import psycopg

from sync.central import Delivery, Verdict
from sync.central.postgres_server import columns
from sync.central.settling import Aside, ErasedRow, RatingRow, Row, day_sums, joined, new_rows, rating_sums, tombstones
from sync.envelope import Batch, fingerprint

_RECEIPT: Final = ("text", "text", "int8", "text", "text", "int8", "text", "text", "int8", "bytea", "bytea")
"""Types of the columns, which a binary COPY has to know."""
_CLOSE: Final = 16
"""Numbers between two records that are asked for along with them."""


class Poll:
    """One transaction's deliveries, settled in their order; the server is asked once for all of them and told once."""

    def __init__(self, db: psycopg.Connection[Any], heard: str, deliveries: Sequence[Delivery]) -> None:
        self._db = db
        self._heard = heard
        self._deliveries = deliveries
        self._known = self._here([delivery.batch for delivery in deliveries if delivery.batch is not None])
        self._forgotten = self._to_forget([delivery.batch for delivery in deliveries if delivery.batch is not None])
        self._aside: Aside | None = None
        self._new: list[Row] = []
        self._erased: list[ErasedRow] = []
        self._rated: list[RatingRow] = []
        self._answered: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self._latest: dict[str, Batch] = {}
        self._told: dict[tuple[str, str], int] = defaultdict(int)

    def settled(self) -> list[Verdict]:
        verdicts = [self._take(delivery) for delivery in self._deliveries]
        if self._new:
            with self._db.cursor() as cursor, cursor.copy("COPY tillside.receipt FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(_RECEIPT)
                for row in self._new:
                    copy.write_row(row)
        if self._rated:
            self._rate()
        if self._erased:
            self._db.execute(
                """INSERT INTO tillside.erased SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bytea[])
                     ON CONFLICT DO NOTHING""",
                columns(self._erased, 4),
            )
        self._answer()
        self._add_up()
        return verdicts

    def _rate(self) -> None:
        keys = columns(((row.device, row.epoch, row.receipt) for row in self._rated), 3)
        here = self._db.execute(
            """SELECT device, epoch, receipt, seq, scale, score FROM tillside.rating
                 JOIN (SELECT DISTINCT * FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS new (device, epoch, receipt)) AS new
                   USING (device, epoch, receipt)""",
            keys,
        )
        kept = {(device, epoch, receipt): (seq, scale, score) for device, epoch, receipt, seq, scale, score in here}
        with self._db.cursor() as cursor:
            cursor.executemany(
                """INSERT INTO tillside.rated VALUES (%s, %s, %s, %s) ON CONFLICT (device, scale) DO UPDATE
                     SET count = rated.count + excluded.count, total = rated.total + excluded.total""",
                rating_sums(self._rated, kept),
            )
        # In one statement, so that the days that changed are noted once: it takes one rating of a receipt only.
        latest = {row[:3]: row for row in sorted(self._rated, key=lambda row: row.seq)}
        self._db.execute(
            """INSERT INTO tillside.rating
                 SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[],
                                      %s::bytea[], %s::bytea[])
                 ON CONFLICT (device, epoch, receipt) DO UPDATE SET
                   seq = excluded.seq, store = excluded.store, scale = excluded.scale, score = excluded.score,
                   sha256 = excluded.sha256, body = excluded.body WHERE excluded.seq > rating.seq""",
            columns(latest.values(), 9),
        )

    def _take(self, delivery: Delivery) -> Verdict:
        if delivery.batch is None:
            return self._quarantine(delivery, delivery.why)
        header = delivery.batch.header
        known = self._known[header.device, header.epoch]
        new = new_rows(delivery.batch, known, self._forgotten)
        if isinstance(new, str):
            return self._quarantine(delivery, new)
        self._new += new.receipts
        self._rated += new.ratings
        self._erased += new.erased
        for row in (*new, *new.erased):
            known[row.seq].add(row.sha256)
        self._answered[header.device, header.epoch].append((header.lo, header.hi))
        self._latest[header.device] = delivery.batch
        self._told[header.device, header.epoch] = max(self._told[header.device, header.epoch], header.hi + header.waiting)
        return Verdict(new=len(new), known=len(delivery.batch.entries) - len(new))

    def _to_forget(self, batches: Sequence[Batch]) -> set[bytes]:
        """Of the shoppers of these batches those who are to be forgotten."""
        wanted = sorted({one for batch in batches for one in tombstones(batch)})
        if not wanted:
            return set()
        rows = self._db.execute("SELECT hash FROM tillside.tombstone WHERE hash = ANY(%s) AND lifted = 0", (wanted,))
        return {bytes(digest) for (digest,) in rows}

    def _here(self, batches: Sequence[Batch]) -> dict[tuple[str, str], dict[int, set[bytes]]]:
        """SHA-256 by number of what the batches name and the store has, of each register's epoch.

        Asked by the ranges in which their numbers stand close together: from `lo` to `hi` may be all that a register ever sent.
        """
        rows = self._db.execute(
            """SELECT device, epoch, seq, sha256
                 FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS batch (device, epoch, lo, hi)
                 JOIN LATERAL (SELECT seq, sha256 FROM tillside.receipt r
                                 WHERE r.device = batch.device AND r.epoch = batch.epoch AND r.seq BETWEEN lo AND hi
                               UNION ALL
                               SELECT seq, sha256 FROM tillside.rating r
                                 WHERE r.device = batch.device AND r.epoch = batch.epoch AND r.seq BETWEEN lo AND hi
                               UNION ALL
                               SELECT seq, sha256 FROM tillside.erased r
                                 WHERE r.device = batch.device AND r.epoch = batch.epoch AND r.seq BETWEEN lo AND hi) AS here
                   ON true""",
            columns(((of.header.device, of.header.epoch, lo, hi) for of in batches for lo, hi in _close_together(of)), 4),
        )
        known: dict[tuple[str, str], dict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        for device, epoch, seq, digest in rows:
            known[device, epoch][seq].add(bytes(digest))
        return known

    def _answer(self) -> None:
        """Add the ranges to what is answered for, merged with every span they touch."""
        fresh = [(*key, lo - 1, hi + 1) for key, spans in self._answered.items() for lo, hi in joined(spans)]
        touched = self._db.execute(
            """DELETE FROM tillside.span s
                 USING unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS new (device, epoch, lo, hi)
                 WHERE s.device = new.device AND s.epoch = new.epoch AND s.lo <= new.hi AND s.hi >= new.lo
               RETURNING s.device, s.epoch, s.lo, s.hi""",
            columns(fresh, 4),
        ).fetchall()
        for device, epoch, lo, hi in touched:
            self._answered[device, epoch].append((lo, hi))
        spans = [(*key, lo, hi) for key, spans in sorted(self._answered.items()) for lo, hi in joined(spans)]
        self._db.execute(
            "INSERT INTO tillside.span SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[])",
            columns(spans, 4),
        )

    def _add_up(self) -> None:
        received = Counter(row.device for row in self._new)
        last = {row.device: row.closed_us for row in sorted(self._new, key=lambda row: row.closed_us)}
        registers = [
            (
                name,
                of.records[-1].store,
                of.header.epoch,
                self._heard,
                of.header.bundle,
                received[name],
                last.get(name),
                self._told[name, of.header.epoch],
            )
            for name, of in sorted(self._latest.items())
        ]
        self._db.execute(
            """INSERT INTO tillside.day
                 SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::numeric[])
                 ON CONFLICT (device, day, currency) DO UPDATE
                   SET receipts = day.receipts + excluded.receipts, total = day.total + excluded.total""",
            columns(day_sums(self._new), 5),
        )
        self._db.execute(
            """INSERT INTO tillside.register
                 SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],
                                      %s::bigint[])
                 ON CONFLICT (device) DO UPDATE SET
                   store = CASE WHEN excluded.last_heard COLLATE "C" < register.last_heard THEN register.store
                           ELSE excluded.store END,
                   bundle = CASE WHEN excluded.last_heard COLLATE "C" < register.last_heard THEN register.bundle
                            ELSE excluded.bundle END,
                   last_heard = greatest(register.last_heard COLLATE "C", excluded.last_heard),
                   receipts = register.receipts + excluded.receipts, last_us = greatest(register.last_us, excluded.last_us),
                   told = CASE WHEN register.epoch = excluded.epoch THEN greatest(register.told, excluded.told)
                          WHEN excluded.last_heard COLLATE "C" < register.last_heard THEN register.told
                          ELSE excluded.told END,
                   epoch = CASE WHEN excluded.last_heard COLLATE "C" < register.last_heard THEN register.epoch
                           ELSE excluded.epoch END""",
            columns(registers, 8),
        )

    def _quarantine(self, delivery: Delivery, why: str) -> Verdict:
        digest = fingerprint(delivery.payload)
        if self._aside is None:
            asked: LiteralString = (
                "SELECT device, count(*), sum(length(payload))::bigint FROM tillside.quarantine GROUP BY device"
            )
            self._aside = Aside(self._db.execute(asked))
        query: LiteralString = "SELECT 1 FROM tillside.quarantine WHERE device = %s AND sha256 = %s"
        known = self._db.execute(query, (delivery.device, digest)).fetchone() is not None
        row = self._aside.row(delivery, digest, why, known=known)
        self._db.execute(
            """INSERT INTO tillside.quarantine VALUES (%s, %s, %s, 1, %s, %s)
               ON CONFLICT (device, sha256) DO UPDATE SET times = quarantine.times + 1, at = excluded.at""",
            # PostgreSQL's text holds no NUL, and what a stranger sent may.
            (row.device, row.sha256, self._heard, row.why.replace("\0", "\N{REPLACEMENT CHARACTER}"), row.payload),
        )
        return Verdict(refused=why)


def _close_together(batch: Batch) -> Iterator[tuple[int, int]]:
    """Ranges that hold every number of the batch, and few others."""
    lo = hi = batch.entries[0].seq
    for entry in batch.entries:
        if entry.seq > hi + _CLOSE:
            yield lo, hi
            lo = entry.seq
        hi = entry.seq
    yield lo, hi
