"""Reads the register's edge database, and never writes it: what waits for headquarters, receipts and how they were rated.

The daemon is the one writer; a second connection that writes or checkpoints could corrupt the file (see `device.store`). So
every look opens it read-only, anew: a database that the daemon has replaced meanwhile is seen with its new epoch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from device import edge_schema, packed, readonly
from device.errors import SyncError
from sync.envelope import BadBatchError, Entry

BATCH: Final = 200
MAX_BATCH_BYTES: Final = 900_000
"""Of receipts before compression; a single larger receipt still makes a batch of its own."""

_SOLD: Final = "SELECT seq, epoch, body, NULL AS of, closed_at FROM receipt"
_RATED: Final = "SELECT seq, epoch, body, receipt AS of, NULL AS closed_at FROM rating"
_NOTHING: Final = "SELECT NULL AS seq, NULL AS epoch, NULL AS body, NULL AS of, NULL AS closed_at WHERE 0"
_CHECKED: Final = "SELECT seq, epoch, body, {of} AS of, {whole} AS whole FROM {table}"
_OF: Final = {"receipt": "NULL", "rating": "receipt"}
_WHOLE: Final = {
    "receipt": "sum = receipt_sum(seq, epoch, receipt_id, digest, lane, closed_at, body)",
    "rating": "sum = rating_sum(receipt, seq, epoch, body)",
}


class Waiting(NamedTuple):
    receipts: int
    oldest: str | None
    """`closed_at` of the oldest receipt, ISO 8601."""
    ratings: int = 0
    oldest_rating: str | None = None
    """When the first of them was given, ISO 8601."""


class Newest(NamedTuple):
    """Names the state of the outbox cheaply: whoever found nothing waiting looks again only when this has changed."""

    epoch: str
    seq: int


def newest(path: Path) -> Newest | None:
    with _edge(path) as db:
        row = None if db is None else db.execute(_both("epoch, seq", "ORDER BY seq DESC LIMIT 1")).fetchone()
        return None if row is None else Newest(*row)


def epochs(path: Path) -> list[str]:
    """The epochs that have receipts here, oldest first; the scan costs a few milliseconds per ten thousand receipts."""
    with _edge(path) as db:
        if db is None:
            return []
        return [str(epoch) for (epoch,) in db.execute("SELECT epoch FROM receipt GROUP BY epoch ORDER BY min(seq)")]


def after(path: Path, epoch: str, seq: int) -> list[Entry]:
    """The next batch of an epoch above a number: all records up to the last one returned, at most BATCH."""
    with _edge(path) as db:
        if db is None:
            return []
        query = _both("seq, body, of", "ORDER BY seq LIMIT ?3", "WHERE seq > ?1 AND epoch = ?2")
        taken: list[Entry] = []
        size = 0
        for number, stored, of in db.execute(query, (seq, epoch, BATCH)):
            try:
                body = packed.unpack(stored)
            except packed.UnreadableBodyError:
                body = b""  # `between` says what is wrong with it
            size += len(body)
            if taken and size > MAX_BATCH_BYTES:
                break
            taken.append(Entry(number, body, of))
        return taken


def numbers(path: Path, epoch: str, seq: int) -> list[int]:
    """Of all records of an epoch above a number, ascending."""
    with _edge(path) as db:
        query = "SELECT seq FROM record WHERE seq > ? AND epoch = ? ORDER BY seq"
        return [] if db is None else [int(number) for (number,) in db.execute(query, (seq, epoch))]


def between(path: Path, epoch: str, lo: int, hi: int) -> list[Entry]:
    """The records of one range, to be sent (again). BadBatchError: one of them is not as the daemon wrote it."""
    with _edge(path) as db:
        if db is None:
            return []
        query = "SELECT seq, body, of, whole FROM checked WHERE seq BETWEEN ? AND ? AND epoch = ? ORDER BY seq"
        found: list[Entry] = []
        for number, body, of, whole in db.execute(query, (lo, hi, epoch)):
            if not whole:
                raise BadBatchError(f"record {number} is damaged on this register's disk")
            try:
                found.append(Entry(number, packed.unpack(body), of))
            except packed.UnreadableBodyError as error:
                raise BadBatchError(f"record {number} cannot be sent: {error}") from error
        return found


def waiting(path: Path, watermark: Callable[[str], int]) -> Waiting:
    """What headquarters has not answered for yet, over all epochs."""
    count = rated = 0
    oldest: str | None = None
    oldest_rating: str | None = None
    for epoch in epochs(path):
        with _edge(path) as db:
            if db is None:
                break
            query = "SELECT count(closed_at), count(of), min(closed_at) FROM record WHERE seq > ? AND epoch = ?"
            more, rated_too, first = db.execute(query, (watermark(epoch), epoch)).fetchone()
            count, rated = count + more, rated + rated_too
            oldest = min(filter(None, (oldest, first)), default=None)
            if rated_too and oldest_rating is None:
                query = "SELECT body FROM record WHERE seq > ? AND epoch = ? AND of IS NOT NULL ORDER BY seq LIMIT 1"
                oldest_rating = _rated_at(bytes(db.execute(query, (watermark(epoch), epoch)).fetchone()[0]))
    return Waiting(count, oldest, rated, oldest_rating)


class _Rated(msgspec.Struct):
    rated_at: str


def _rated_at(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Rated).rated_at
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # headquarters will refuse it and say why


def _both(columns: str, order: str, where: str = "") -> str:
    """A question to both tables in one order of numbers, each asked for no more than is wanted of both.

    Asked as one, SQLite would sort all that waits for every batch, be it 90 days.
    """
    one, other = (f"SELECT * FROM (SELECT {columns} FROM {part} {where} {order})" for part in ("sold", "rated"))  # noqa: S608
    return f"{one} UNION ALL {other} {order}"


@contextmanager
def _edge(path: Path) -> Iterator[sqlite3.Connection | None]:
    """None while there is no edge database: the register has not sold anything yet."""
    if not path.is_file():
        yield None
        return
    try:
        db = readonly.opened(path)
        try:
            db.execute("PRAGMA busy_timeout = 5000")
            db.execute("PRAGMA wal_autocheckpoint = 0")
            db.execute("PRAGMA trusted_schema = OFF")
            db.create_function("receipt_sum", 7, edge_schema.receipt_sum, deterministic=True)
            db.create_function("rating_sum", 4, edge_schema.rating_sum, deterministic=True)
            # A daemon killed before its first migration leaves a file without tables, an older one has no ratings and no sums.
            query = (
                "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.name IN ('receipt', 'rating')"
            )
            columns = set(db.execute(query))
            ready = {table for table, _ in columns}
            whole = {table: condition if (table, "sum") in columns else "1" for table, condition in _WHOLE.items()}
            if ready:
                sold, rated = _SOLD, _RATED if "rating" in ready else _NOTHING
                checked = [_CHECKED.format(of=_OF[table], whole=whole[table], table=table) for table in ready]
                for name, query in (
                    ("sold", sold),
                    ("rated", rated),
                    ("record", "SELECT * FROM sold UNION ALL SELECT * FROM rated"),
                    ("checked", " UNION ALL ".join(checked)),
                ):
                    db.execute(f"CREATE TEMP VIEW {name} AS {query}")
            yield db if ready else None
        finally:
            db.close()
    except sqlite3.Error as error:
        raise SyncError(f"the edge database {path} cannot be read: {error}") from error
