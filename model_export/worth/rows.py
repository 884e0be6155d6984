"""The only writer of measured rows: one part for each day in UTC, made anew only when something of that day changed.

| kept in                           | as                                                                       | asked by   |
|-----------------------------------|--------------------------------------------------------------------------|------------|
| a folder                          | `rows-2026-05-01.parquet` for each day, and `rows.json`, the list of them | DuckDB     |
| `postgresql://user@host/database` | `tillside_rows.measured`, and the list of its days, `tillside_rows.day`   | the server |

A row is what `measuring` makes of a receipt. With each day stands the mark that the central store gave it
(`sync.central.Central.changed`): a nightly run reads the day that was added, a late receipt or rating its own day, a shopper who
is forgotten the days of their visits. What no day of the central store answers for is deleted. The list also names the central
store and a digest of the source of `measuring`, so that rows of another store or meaning are made anew, all of them.

A day's file is believed by its size and CRC-32 (zlib), which the list holds: one that is damaged, or that was written by a run
which was cut off before its list, is made anew. Whoever can write the folder could forge both.

*Limits.* A day is read as a stream, `_BATCH` rows at a time; a row takes some 90 bytes in a file (measured). The rows name
shoppers by pseudonym: the folder is as confidential as the central store, and follows it at the next report.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from device.errors import TrainingError
from model_export import marks
from model_export.copying import copy_rows
from model_export.engine import Engine, opened
from model_export.whole import alone, appears_whole, make_folder
from model_export.worth import measuring

if TYPE_CHECKING:
    from ibis.expr.types import Table

_BATCH: Final = 50_000
_LIST: Final = "rows.json"
_TASK: Final = "work out the report"
_SCHEMA: Final = pa.schema([(name, kind) for name, kind in measuring.COLUMNS.items()])
_TEXTS: Final = tuple(name for name, kind in measuring.COLUMNS.items() if kind == "string")


class Source(Protocol):
    """The part of a central store that is read here."""

    def changed(self) -> Mapping[int, str]: ...

    def receipts(self, day: int | None = None) -> Iterator[bytes]: ...

    def rated(self, day: int | None = None) -> Iterator[bytes]: ...


class Refreshed(NamedTuple):
    made: int
    """Days whose receipts were read."""
    kept: int
    receipts: int
    """That were read."""


class _Day(msgspec.Struct, frozen=True):
    mark: str
    rows: int
    size: int
    """Bytes; 0: there is no file, for there is no receipt."""
    crc: int


class _List(msgspec.Struct):
    meaning: str
    source: str
    days: dict[int, _Day] = {}


def batches(rows: Iterable[tuple[object, ...]]) -> Iterator[pa.Table]:
    """Rows of `measuring` as pyarrow.Tables of `_BATCH` rows at the most."""
    rows = iter(rows)
    while part := list(islice(rows, _BATCH)):
        columns = zip(*part, strict=True)
        yield pa.table([pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)


def write(path: Path, rows: Iterable[tuple[object, ...]]) -> int:
    """Rows of `measuring` as a Parquet file; how many there are. TrainingError where it cannot be written."""
    count = 0
    with _said(path.parent), pq.ParquetWriter(path, _SCHEMA, compression="zstd", use_dictionary=True) as writer:
        for part in batches(rows):
            writer.write_table(part)
            count += part.num_rows
    return count


@contextmanager
def kept(where: str | Path) -> Iterator[Folder | Server]:
    """A folder, made when missing, or a server by its address; TrainingError when it cannot be used."""
    if str(where).startswith(("postgresql://", "postgres://")):
        with opened(str(where), _TASK) as engine:
            yield Server(engine)
    else:
        make_folder(Path(where))
        yield Folder(Path(where))


class Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def refresh(self, store: Source, name: str) -> Refreshed:
        """Make what changed; a run that is cut off goes on where it was. `name`: of the central store."""
        with alone(self._folder, "another report writes"), _said(self._folder):
            known = self._list(name)
            there = store.changed()
            sound = {day for day, told in known.days.items() if there.get(day) == told.mark and self._is_whole(day, told)}
            read = 0
            for day in sorted(known.days.keys() - there.keys()):
                self._path(day).unlink(missing_ok=True)
                del known.days[day]
            for day in sorted(there.keys() - sound):
                known.days[day] = self._write(day, there[day], store)
                read += known.days[day].rows
                self._remember(known)
            self._remember(known)
        return Refreshed(len(there) - len(sound), len(sound), read)

    @contextmanager
    def asked(self) -> Iterator[tuple[Engine, Table]]:
        """An engine and the table of all rows."""
        days = self._list(None).days
        files = [str(self._path(day)) for day, told in sorted(days.items()) if told.size]
        with opened("duckdb", _TASK) as engine:
            with engine.said():
                table = engine.backend.read_parquet(files) if files else engine.keep("measured", _SCHEMA.empty_table())
            yield engine, table

    def _write(self, day: int, mark: str, store: Source) -> _Day:
        path = self._path(day)
        with appears_whole(path) as unfinished:
            count = write(unfinished, measuring.rows(day, store.receipts(day), store.rated(day)))
            size, crc = _checked(unfinished)
        if not count:
            path.unlink()
            return _Day(mark, 0, 0, 0)
        return _Day(mark, count, size, crc)

    def _is_whole(self, day: int, told: _Day) -> bool:
        path = self._path(day)
        if not told.size:
            return True
        return path.is_file() and path.stat().st_size == told.size and _checked(path) == (told.size, told.crc)

    def _list(self, name: str | None) -> _List:
        """Empty where it is missing, unreadable, or of another store or meaning; `name` None: whatever store it is of."""
        try:
            found = msgspec.json.decode((self._folder / _LIST).read_bytes(), type=_List)
        except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
            return _List(_meaning(), name or "")
        days = [day for day in found.days if 1 <= day <= date.max.toordinal()]
        if found.meaning != _meaning() or name not in {None, found.source} or len(days) < len(found.days):
            for day in days:
                self._path(day).unlink(missing_ok=True)
            return _List(_meaning(), name or "")
        return found

    def _remember(self, known: _List) -> None:
        with appears_whole(self._folder / _LIST) as unfinished:
            unfinished.write_bytes(msgspec.json.encode(known))

    def _path(self, day: int) -> Path:
        return self._folder / f"rows-{date.fromordinal(day).isoformat()}.parquet"


class Server:
    """A day is one transaction; who else would write waits for nothing and is told so."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def refresh(self, store: Source, name: str) -> Refreshed:
        with self._engine.said(), self._engine.backend.con.cursor() as cursor:
            (free,) = cursor.execute("SELECT pg_try_advisory_lock(28949, 1)").fetchone()
            if not free:
                raise TrainingError(f"another report writes into {self._engine.name}: wait for it")
            try:
                return self._refresh(cursor, store, name)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(28949, 1)")

    @contextmanager
    def asked(self) -> Iterator[tuple[Engine, Table]]:
        with self._engine.said():
            table = self._engine.backend.table("measured", database="tillside_rows")
        yield self._engine, table

    def _refresh(self, cursor: Any, store: Source, name: str) -> Refreshed:
        transaction = self._engine.backend.con.transaction
        with transaction():
            self._make(cursor, name)
        known = dict(cursor.execute("SELECT day, mark FROM tillside_rows.day").fetchall())
        there, read = store.changed(), 0
        changed = sorted(day for day in known.keys() | there.keys() if known.get(day) != there.get(day))
        for day in changed:
            with transaction():
                cursor.execute("DELETE FROM tillside_rows.measured WHERE utc_day = %s", (day,))
                cursor.execute("DELETE FROM tillside_rows.day WHERE day = %s", (day,))
                if day in there:
                    for part in batches(measuring.rows(day, store.receipts(day), store.rated(day))):
                        copy_rows(cursor, "tillside_rows.measured", part.schema.names, _without_nul(part).to_batches())
                        read += part.num_rows
                    cursor.execute("INSERT INTO tillside_rows.day VALUES (%s, %s)", (day, there[day]))
        if changed:
            cursor.execute("ANALYZE tillside_rows.measured")
        made = len(there.keys() & set(changed))
        return Refreshed(made, len(there) - made, read)

    def _make(self, cursor: Any, name: str) -> None:
        """The tables, empty unless they are of this store and meaning."""
        kinds = {"string": "text", "int32": "integer", "int64": "bigint", "float64": "double precision"}
        columns = ", ".join(f"{column} {kinds[kind]}" for column, kind in measuring.COLUMNS.items())
        cursor.execute("CREATE SCHEMA IF NOT EXISTS tillside_rows")
        cursor.execute("CREATE TABLE IF NOT EXISTS tillside_rows.about (meaning text, source text)")
        about = cursor.execute("SELECT meaning, source FROM tillside_rows.about").fetchone()
        if about == (_meaning(), name):
            return
        cursor.execute("DELETE FROM tillside_rows.about")
        cursor.execute("INSERT INTO tillside_rows.about VALUES (%s, %s)", (_meaning(), name))
        cursor.execute("DROP TABLE IF EXISTS tillside_rows.measured, tillside_rows.day")
        cursor.execute("CREATE TABLE tillside_rows.day (day integer PRIMARY KEY, mark text NOT NULL)")
        cursor.execute(f"CREATE TABLE tillside_rows.measured ({columns})")
        cursor.execute("CREATE INDEX measured_by_day ON tillside_rows.measured (utc_day)")


def _without_nul(part: pa.Table) -> pa.Table:
    """PostgreSQL's text holds no NUL; a hostile id may."""
    import pyarrow.compute as pc  # noqa: PLC0415  # only here

    for name in _TEXTS:
        place = part.schema.get_field_index(name)
        part = part.set_column(place, name, pc.replace_substring(part.column(place), "\0", "\N{REPLACEMENT CHARACTER}"))
    return part


def _meaning() -> str:
    """Whoever changes what a row is need not remember that stored ones have to be made anew."""
    sources = (Path(module.__file__).read_bytes() for module in (measuring, marks) if module.__file__)
    return hashlib.sha256(b"".join(sources)).hexdigest()


def _checked(path: Path) -> tuple[int, int]:
    """Size and CRC-32 of a file."""
    size = crc = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            size, crc = size + len(part), zlib.crc32(part, crc)
    return size, crc


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise TrainingError(f"the measured rows in {folder} cannot be kept: {error}") from error
