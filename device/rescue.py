"""What is done about an edge database that is damaged, that is a copy, or that was put in another's place.

At every start, and when it fails meanwhile (`device.edge_file`), the file is looked at (`damage`): SQLite's quick_check, and
the sum of every receipt and rating. A damaged one stays on the disk under another name, `edge.db.damaged-TIME`; what can be
read of it goes into a new database, under the keys it had, and the register sells on. Rows that stand in the WAL behind a
damaged frame, which SQLite drops without a word, are taken in again (`left_behind`). A copy is marked by an empty epoch, and
so is a database that is rescued or restored: `device.edge_file` draws a new one for it, because numbers of the old one may
have been given to receipts that this file does not know.

The new database is made beside the old and named `edge.db.rescued` once it is whole; from then on a start that was interrupted
goes on where it stopped (`finish`). At no moment is there none.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from device import carve, edge_schema, packed, place, readonly
from device.domain import Answer, Receipt
from device.errors import StoreError
from device.transaction import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KEPT_DAMAGED: Final = 2
_MAX_JUMP: Final = 2**32
Row = carve.ReceiptRow | carve.RatingRow
_SMALL: Final = {
    "handed": "lane, basket_id, sku, at, settled",
    "unknown_code": "code, times, last_at",
    "tombstone": "hash, number",
}
"""Tables that SQLite is asked for, each by itself, and their columns."""
_NO_TEXT: Final = object()
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""The last is of statements that make no sense here: what is asked is always the same, so it is the tables that make none."""


def beyond(last: int, marks: Iterable[int], chance: random.Random | None = None) -> int:
    """From where on numbers are given once an epoch has ended early.

    A rating of an older receipt is counted in the older epoch, and must have a number that was not given there, nor acknowledged:
    by this database before it was damaged, or by another that went on from the same copy. Hence beyond both, at random.
    """
    return max([last, *marks]) + (chance or random.SystemRandom()).randrange(1, _MAX_JUMP)


class Begun(NamedTuple):
    told: tuple[str, ...] = ()
    """One sentence for each thing that was done."""
    left: Sequence[Row] = ()
    """Rows to be taken in once it is open."""


def begin(path: Path, device: str) -> Begun:
    """Before the database is opened to be written. OSError and sqlite3.Error: it cannot be used."""
    path = place.place_of(path)  # SQLite keeps the WAL of a linked database where the link leads, and so is all beside it here
    finish(path)
    if not path.exists():
        return Begun()
    if (why := damage(path)) is not None:
        return Begun((_rescued(path, device, why),))
    return Begun(left=left_behind(path))


def damage(path: Path) -> str | None:
    """Why the database is not to be trusted, or None. sqlite3.Error for what is wrong with the machine, not with the file."""
    try:
        return _looked_through(readonly.opened(path))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
        # A cut while the file was made leaves a rollback journal, and there is no WAL then that a writer could change.
        return _looked_through(sqlite3.connect(path))


def _looked_through(opened: sqlite3.Connection) -> str | None:
    try:
        with contextlib.closing(opened) as db:
            for pragma in ("cell_size_check = ON", "trusted_schema = OFF", "busy_timeout = 5000"):
                db.execute(f"PRAGMA {pragma}")
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            return str(found).replace("\n", " ") if found != "ok" else edge_schema.contradiction(db) or _wrong_sum(db)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # "Could not decode to UTF-8" comes without a code, and is damage too.
        known = isinstance(error, UnicodeDecodeError) or "decode" in str(error)
        if not known and getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise
        return str(error)


def _wrong_sum(db: sqlite3.Connection) -> str | None:
    if "sum" not in {name for (name,) in db.execute("SELECT name FROM pragma_table_info('receipt')")}:
        return None
    for *row, kept in db.execute("SELECT seq, epoch, receipt_id, digest, lane, closed_at, body, sum FROM receipt"):
        if kept != edge_schema.receipt_sum(*row):
            return f"receipt {row[0]} is not as it was written"
    for *row, kept in db.execute("SELECT receipt, seq, epoch, body, sum FROM rating"):
        if kept != edge_schema.rating_sum(*row):
            return f"rating {row[1]} is not as it was written"
    return None


def left_behind(path: Path) -> list[Row]:
    """Rows that SQLite will not read from the WAL. To be asked before the database is opened to be written."""
    believed, behind = _frames(path)
    if not behind:
        return []
    with _mapped(path) as content:
        return list(carve.rows(carve.Pages(content, [*believed, *behind]), sorted({number for number, _ in behind})))


def take_in(db: sqlite3.Connection, found: Iterable[Row]) -> int:
    """Add rows that are not there, under the keys they had; how many receipts. Within a transaction of the caller's."""
    count = 0
    ratings: list[carve.RatingRow] = []
    for row in found:
        if isinstance(row, carve.RatingRow):
            ratings.append(row)
        elif (receipt := packed.receipt(row.body)) is not None:
            added = db.execute(
                "INSERT OR IGNORE INTO receipt (seq, epoch, receipt_id, digest, lane, closed_at, body, sum) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, edge_schema.receipt_sum(*row)),
            )
            if added.rowcount:
                put_outcomes(db, row.seq, receipt)
                count += 1
    for rated in sorted(ratings, key=lambda rated: rated.seq):
        db.execute(
            "INSERT INTO rating SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM receipt WHERE seq = ?1 AND epoch = ?3) "
            "AND NOT EXISTS (SELECT 1 FROM rating WHERE receipt = ?1 AND seq >= ?2) AND NOT EXISTS (SELECT 1 FROM receipt "
            "WHERE seq = ?2) ON CONFLICT (receipt) DO UPDATE SET seq = excluded.seq, body = excluded.body, sum = excluded.sum",
            (*rated, edge_schema.rating_sum(*rated)),
        )
        db.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'receipt'", (rated.seq,))
    return count


def put_outcomes(db: sqlite3.Connection, seq: int, receipt: Receipt) -> None:
    """Those that are asked for while the register sells: what is not there, or not wanted. All of them stand in the body."""
    asked = (one for one in receipt.outcomes if one.answer in {Answer.OUT_OF_STOCK, Answer.LESS})
    rows = ((seq, o.suggestion_id, o.sku, o.painted, o.answer, o.bought) for o in asked)
    db.executemany("INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?)", rows)


def finish(path: Path) -> None:
    """Put the rescued database in its place, where one is ready."""
    rescued = path.with_name(f"{path.name}.rescued")
    if not rescued.exists():
        return
    for gone in (_wal(path), path.with_name(f"{path.name}-shm")):
        gone.unlink(missing_ok=True)
    place.settle(path.parent)
    rescued.replace(path)
    place.settle(path.parent)


def _rescued(path: Path, device: str, why: str) -> str:
    kept = set_aside(path, "damaged")
    believed, behind = _frames(path)
    unfinished = path.with_name(f"{path.name}.rescued.part")
    unfinished.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as db, _mapped(path) as content:
        edge_schema.migrate(db)
        with whole(db):
            db.execute("INSERT INTO identity VALUES (1, ?, '')", (device,))
            take_in(db, carve.rows(carve.Pages(content, [*believed, *behind])))
            _small_tables(db, path)
        (receipts,) = db.execute("SELECT count(*) FROM receipt").fetchone()
    complete(unfinished, path)
    return (
        f"the edge database was damaged ({why}): {receipts} receipts were read out of it, selling goes on, it is kept as {kept}"
    )


def _small_tables(db: sqlite3.Connection, damaged: Path) -> None:
    """What was handed to the till, codes nobody knew, and who is to be forgotten, as far as SQLite can still read them.

    How far it had forgotten is not carried over: rows read out of old pages may name a shopper again, and are gone through anew.
    """
    with contextlib.closing(readonly.opened(damaged)) as old:
        old.text_factory = _text
        for table, columns in _SMALL.items():
            marks = ", ".join("?" * len(columns.split(", ")))
            query = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - no word of a stranger
            db.executemany(query, _readable(old, f"SELECT {columns} FROM {table}"))  # noqa: S608


def _text(raw: bytes) -> object:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _NO_TEXT


def _readable(old: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Up to the first damaged page, but for rows whose text is none."""
    # A name on the first page may be no text either.
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        yield from (row for row in old.execute(query) if _NO_TEXT not in row)


def set_aside(path: Path, what: str) -> Path:
    """Give the database and its WAL a second name; the latest few of them are kept."""
    kept = path.with_name(f"{path.name}.{what}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    os.link(path, kept)
    with contextlib.suppress(FileNotFoundError):
        os.link(_wal(path), _wal(kept))
    names = sorted(one for one in path.parent.glob(f"{path.name}.{what}-*") if not one.name.endswith(("-wal", "-shm")))
    for old in names[:-KEPT_DAMAGED]:
        for one in (old, _wal(old)):
            one.unlink(missing_ok=True)
    place.settle(path.parent)
    return kept


def drop_set_aside(path: Path) -> None:
    """Delete what was kept aside of damaged and replaced databases, and what an interrupted restoration has left.

    Shoppers who are to be forgotten may stand in it. Only within a transaction: no rescue is under way then.
    """
    try:
        path = place.place_of(path)
        for what in ("damaged-*", "replaced-*", "rescued.part*"):
            for old in path.parent.glob(f"{path.name}.{what}"):
                old.unlink(missing_ok=True)
        place.settle(path.parent)
    except OSError as error:
        raise StoreError(f"what was kept aside of {path} could not be deleted: {error}") from error


def complete(unfinished: Path, path: Path) -> None:
    """A new database takes the place of the old one; interrupted, it does so at the next start."""
    place.settle(unfinished)
    unfinished.replace(path.with_name(f"{path.name}.rescued"))
    place.settle(path.parent)
    finish(path)


def mark(copy: Path) -> None:
    """Whoever opens this copy to write begins a new epoch."""
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("UPDATE identity SET epoch = ''")


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _frames(path: Path) -> carve.Frames:
    try:
        return carve.frames(_wal(path).read_bytes())
    except FileNotFoundError:
        return carve.Frames([], [])


@contextlib.contextmanager
def _mapped(path: Path) -> Iterator[bytes | mmap.mmap]:
    if path.stat().st_size == 0:
        yield b""
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content
