"""The only writer of the edge database: receipts, what was suggested on them, how they were rated, codes nobody knew, hand-overs.

One finished sale is one transaction: the receipt with its key, its outcomes, its unknown codes. The tables `receipt` and `rating`
are also the outbox: what stands above the watermark in sync.db has not been acknowledged by headquarters. Others open the file
read-only.

The key of a receipt is (device, epoch, seq): `epoch` is drawn when the database is made, so a wiped register never reuses a
key. `digest` names the closing event as the till told it: the same sale told twice (a retained message, a restart between commit
and acknowledgement, an impatient till) is kept once.

A receipt has at most one rating, which comes after it. It takes the next number of the receipts' own order, so that it travels as
one more record behind its receipt; rated anew, it takes a new number, and the old one is one that nothing has.

`handed` holds what was sent to the till on sales that are not over, by the till's own name of the sale: it is written before the
item is sent, `settled` when it was said what became of it, and goes in the transaction that keeps the receipt, or in that of the
first receipt a day later.

`tombstone` names shoppers who are to be forgotten, by a hash; a receipt of one is kept without the pseudonym. `device.clearing`
takes pseudonyms out of receipts that are here, and old receipts that headquarters has.

Settings: what is deleted is overwritten (secure_delete). WAL with synchronous=FULL loses no committed receipt to a power cut;
SQLite before 3.51.3 can corrupt a WAL with two writers, so exactly this one connection writes and checkpoints
(https://www.sqlite.org/wal.html, "The WAL-Reset Bug"); a lock file keeps a second daemon out.

Threads: the loop that owns the baskets calls `record` and what reads; every other fact beside the receipts is one method, one
`_transaction`, called through `asyncio.to_thread`. Transactions take turns at the one connection, so at worst `record` waits,
before its own sync, for the short transactions that came before it: a row and a sync each, one for each lane that hands back.
Reads have a connection of their own, which can write nothing: they see what is committed and wait for nobody.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from device import acknowledged, edge_schema, packed, rescue
from device.domain import Answer, Basket, LaneId, Phase, Receipt, Sku
from device.edge_file import EdgeFile
from device.errors import StoreError
from device.rating import Rating
from device.shopper import tombstone

if TYPE_CHECKING:
    from datetime import datetime

MAX_UNKNOWN_CODES: Final = 10_000
DIGEST_BYTES: Final = 16
HANDED_FOR: Final = timedelta(days=1)
"""How long it is remembered what was handed to the till on a sale whose end nobody heard."""


class Key(NamedTuple):
    """Where a receipt stands in this register's own order."""

    epoch: str
    seq: int


def digest(lane: LaneId, basket: Basket) -> bytes:
    """What makes two closing events the same sale: lane, basket, order, time and content as the till told them."""
    if basket.as_told is not None:
        basket = basket.as_told  # after a restart it may be told again, without its receipt or with other taps
    # Codes, not SKUs: another catalogue after a restart must not make another sale of it.
    lines = [(line.line_id, line.code, line.quantity, line.amount) for line in basket.lines]
    told = (lane, basket.basket_id, basket.seq, basket.told_at, basket.phase, basket.total, lines)
    return hashlib.sha256(msgspec.json.encode(told)).digest()


class EdgeStore(EdgeFile):
    """Open it once per daemon. Any thread may call any method; what writes blocks, and is durable when it returns."""

    def record(self, receipt: Receipt, told: bytes) -> Key | None:
        """Keep a finished sale; None when this very sale is already kept. StoreError: it is not kept."""
        with self._transaction(f"receipt {receipt.receipt_id} could not be written") as db:
            seq = None
            if receipt.shopper is not None and self.is_forgotten(receipt.shopper):
                receipt = replace(receipt, shopper=None, shopper_key=None)
            # Asked first: INSERT OR IGNORE would use up a number, and headquarters would look for what it never named.
            half = told[:DIGEST_BYTES]  # rows of before hold the whole
            if db.execute("SELECT 1 FROM receipt WHERE digest IN (?, ?)", (half, told)).fetchone() is None:
                seq = self._insert(receipt, half)
                rescue.put_outcomes(db, seq, receipt)
                self._unknown_codes(receipt)
            if receipt.phase in {Phase.CLOSED, Phase.CANCELLED}:
                db.execute("DELETE FROM handed WHERE lane = ? AND basket_id = ?", (receipt.lane, receipt.basket_id))
            db.execute("DELETE FROM handed WHERE at < ?", ((receipt.closed_at - HANDED_FOR).isoformat(),))
        return None if seq is None else Key(self.epoch, seq)

    def hand(self, lane: LaneId, basket: Basket, sku: Sku) -> None:
        """Keep that the item is being handed to the till on this sale. StoreError: it is not kept."""
        row = (lane, basket.basket_id, sku, basket.at.isoformat())
        with self._transaction(f"it could not be written down that {sku} is handed to the till") as db:
            db.execute("INSERT INTO handed (lane, basket_id, sku, at) VALUES (?, ?, ?, ?)", row)

    def take_back(self, lane: LaneId, basket: Basket, sku: Sku) -> None:
        """Nothing was sent after all: forget what `hand` kept. StoreError: it still stands there."""
        with self._transaction(f"it could not be written down that {sku} was not sent to the till after all") as db:
            db.execute("DELETE FROM handed WHERE lane = ? AND basket_id = ? AND sku = ?", (lane, basket.basket_id, sku))

    def settle(self, lane: LaneId, basket_id: str, sku: Sku) -> None:
        """Keep that the last word on what was handed was said. StoreError: it is not kept."""
        with self._transaction(f"it could not be written down what became of {sku} at the till") as db:
            db.execute("UPDATE handed SET settled = 1 WHERE lane = ? AND basket_id = ? AND sku = ?", (lane, basket_id, sku))

    def rate(self, rating: Rating) -> Key:
        """Keep it with its receipt, in place of an earlier one. StoreError: it is not kept."""
        with self._transaction(f"the rating of receipt {rating.receipt_id} could not be written") as db:
            row = db.execute("SELECT seq, epoch FROM receipt WHERE receipt_id = ?", (rating.receipt_id,)).fetchone()
            if row is None:
                raise StoreError(f"receipt {rating.receipt_id} is not on disk yet: its rating is not kept either")
            # AUTOINCREMENT goes on from here.
            ((seq,),) = db.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'receipt' RETURNING seq").fetchall()
            rated = (row[0], seq, row[1], msgspec.json.encode(rating))
            db.execute("INSERT OR REPLACE INTO rating VALUES (?, ?, ?, ?, ?)", (*rated, edge_schema.rating_sum(*rated)))
        return Key(row[1], seq)

    def was_handed(self, lane: LaneId, basket: Basket, sku: Sku) -> bool:
        query = "SELECT 1 FROM handed WHERE lane = ? AND basket_id = ? AND sku = ?"
        return bool(self._handed(query, lane, basket.basket_id, sku))

    def unsettled(self, lane: LaneId) -> dict[str, tuple[Sku, ...]]:
        """What was handed to a lane's till and had no last word, by the till's name of the sale, in the order it was handed."""
        found: dict[str, tuple[Sku, ...]] = {}
        for name, sku in self._handed("SELECT basket_id, sku FROM handed WHERE lane = ? AND NOT settled ORDER BY at", lane):
            found[name] = (*found.get(name, ()), Sku(sku))
        return found

    def _handed(self, query: str, *values: str) -> list[tuple[str, ...]]:
        return self._read("it could not be read what was handed to the till", query, values)

    def is_forgotten(self, token: str) -> bool:
        """Whether this shopper is to be forgotten; while that cannot be read, everybody is, and sales are anonymous."""
        try:
            return bool(self._read("", "SELECT 1 FROM tombstone WHERE hash = ?", (tombstone(token),)))
        except StoreError:
            return True

    def forgotten_through(self) -> int:
        """The number in headquarters' list up to which this register has done what it says. StoreError: nobody knows."""
        ((through,),) = self._read("it could not be read who is forgotten", "SELECT through FROM forgotten")
        return int(through)

    def changing(self, otherwise: str) -> AbstractContextManager[sqlite3.Connection]:
        """One transaction of `device.clearing`, which takes its turn like every other."""
        return self._transaction(otherwise)

    def out_of_stock_since(self, at: datetime) -> frozenset[Sku]:
        """What cashiers said was not there, on receipts closed since then: a restart does not suggest it again."""
        query = "SELECT DISTINCT sku FROM outcome JOIN receipt USING (seq) WHERE answer = ? AND closed_at >= ?"
        wanted = (Answer.OUT_OF_STOCK, at.astimezone(UTC).isoformat())
        rows = self._read("it could not be read what is out of stock", query, wanted)
        return frozenset(Sku(sku) for (sku,) in rows)

    def closed_since(self, at: datetime) -> list[Receipt]:
        """Oldest first, as far as they can be read: one that cannot be keeps no register from selling."""
        return self._receipts("WHERE closed_at >= ?", at.astimezone(UTC).isoformat())

    def latest(self, most: int) -> list[Receipt]:
        """So many at most; the same otherwise."""
        return self._receipts("WHERE seq > (SELECT max(seq) - ? FROM receipt)", most)

    def refusing(self) -> list[Receipt]:
        """On which somebody said "less like this"; the same otherwise."""
        return self._receipts("WHERE seq IN (SELECT seq FROM outcome WHERE answer = ?)", Answer.LESS)

    def _receipts(self, which: str, value: str | int) -> list[Receipt]:
        query = f"SELECT body FROM receipt {which} ORDER BY seq"  # noqa: S608 - one of those above
        found = (packed.receipt(body) for (body,) in self._read("the receipts could not be read", query, (value,)))
        return [one for one in found if one is not None]

    def receipts(self) -> int:
        ((count,),) = self._read("the receipts could not be counted", "SELECT count(*) FROM receipt")
        return int(count)

    def forget_acknowledged(self, before: datetime, most: int) -> int:
        """Delete receipts, oldest first, that closed before then and that headquarters has, with their ratings; how many.

        StoreError: none was deleted.
        """
        sync_db = self._path.with_name("sync.db")
        query = """DELETE FROM receipt WHERE seq IN (SELECT seq FROM receipt r WHERE epoch = ?1 AND seq <= ?2 AND closed_at < ?3
                     AND NOT EXISTS (SELECT 1 FROM rating WHERE receipt = r.seq
                                       AND (rating.seq > ?2 OR rating.seq IN (SELECT value FROM json_each(?4))))
                     AND seq NOT IN (SELECT value FROM json_each(?4)) ORDER BY seq LIMIT ?5)"""
        otherwise = "acknowledged receipts could not be deleted"
        # The marks first: what is refused is so since the transaction that moved its mark.
        marks = acknowledged.marks(sync_db)
        try:
            refused = acknowledged.refused(sync_db) if marks else set()
        except sqlite3.Error as error:
            raise StoreError(f"{otherwise}: {error}") from error
        gone = 0
        with self._transaction(otherwise) as db:
            for epoch, mark in marks.items():
                kept = msgspec.json.encode([seq for name, seq in refused if name == epoch]).decode()
                gone += db.execute(query, (epoch, mark, before.astimezone(UTC).isoformat(), kept, most - gone)).rowcount
        return gone

    def _insert(self, receipt: Receipt, told: bytes) -> int:
        last = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'receipt'").fetchone()
        seq = 1 if last is None else int(last[0]) + 1
        body = packed.pack(msgspec.json.encode(receipt))
        row = (seq, self.epoch, receipt.receipt_id, told, receipt.lane, receipt.closed_at.isoformat(), body)
        self._db.execute(
            "INSERT INTO receipt (seq, epoch, receipt_id, digest, lane, closed_at, body, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, edge_schema.receipt_sum(*row)),
        )
        return seq

    def _unknown_codes(self, receipt: Receipt) -> None:
        at = receipt.closed_at.isoformat()
        for line in receipt.lines:
            if line.sku is None and line.code:
                self._db.execute(
                    "INSERT INTO unknown_code SELECT ?1, 1, ?2 WHERE (SELECT count(*) FROM unknown_code) < ?3 "
                    "OR EXISTS (SELECT 1 FROM unknown_code WHERE code = ?1) "
                    "ON CONFLICT (code) DO UPDATE SET times = times + 1, last_at = excluded.last_at",
                    (line.code, at, MAX_UNKNOWN_CODES),
                )
