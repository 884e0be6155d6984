"""Who was in which segment, day by day: one Parquet file a day in a folder, written whole, private to its owner.

    2026-05-04.parquet    shopper (a keyed pseudonym), rfm (name), and a boolean for each segment by rule, under its name
    its metadata          `tillside` -> JSON of `Facts`

Days add up: another day is another file. A file states what it was counted from, a sum over all receipts up to the end of its
day; a receipt that comes late, or whose shopper is forgotten, changes the sums of its day and of those after it, and these are
counted anew. Other rules, or another engine, count all days anew. `MOST_DAYS` are kept, older files go.

What a category holds is told by today's items: a day already counted is not counted again because an item moved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from device.domain import Pseudonym
from device.errors import HistoryError, first_line
from model_export.regulars.membership import Members, members
from model_export.regulars.rfm import Segment
from model_export.whole import appears_whole

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from model_export.engine import Engine
    from model_export.regulars.rules import Rules

FORMAT: Final = 1
MOST_DAYS: Final = 92
_COLUMNS: Final = ("shopper", "rfm")
_KEY: Final = b"tillside"
_ROWS: Final = 65_536
_DAY: Final = 24 * 60
_MODULUS: Final = 2**31
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Facts(msgspec.Struct, frozen=True):
    format: int
    counted_from: str
    """SHA-256 over the rules and the sums of every day up to this one."""


class Kept:
    """The only writer of its folder."""

    def __init__(self, folder: Path, events: Table, goods: Table | None, rules: Rules, engine: Engine) -> None:
        self._folder = folder
        self._asked = events, goods, rules
        self._engine = engine
        self._prints = dict(_prints(events, rules, engine))

    def refresh(self, day: int) -> tuple[list[int], Members]:
        """What a night does: the days that were counted, oldest first, and the counts of `day`, the last of them."""
        stale = self._stale(day)
        for one in stale:
            found = self.count(one)
        self._tidy(day)
        return stale, found

    def _stale(self, day: int) -> list[int]:
        """Days to be counted, oldest first: `day`, and of those kept each that was counted from other receipts or rules."""
        kept = [one for one in _days(self._folder) if day - MOST_DAYS < one <= day]
        return sorted({day, *(one for one in kept if self._facts(one) != self._due(one))})

    def count(self, day: int) -> Members:
        """The day's file, whole; and its counts."""
        with members(*self._asked, day, self._engine) as found:
            self._write(found)
            return found

    def _tidy(self, day: int) -> None:
        """Delete what is older than `MOST_DAYS` before `day`, and what is later."""
        for one, path in _days(self._folder).items():
            if not day - MOST_DAYS < one <= day:
                path.unlink(missing_ok=True)

    def _write(self, found: Members) -> None:
        columns = {name: found.table[f"rule_{number}"] for number, name in enumerate(found.names)}
        schema = pa.schema([("shopper", pa.string()), ("rfm", pa.string()), *((name, pa.bool_()) for name in found.names)])
        schema = schema.with_metadata({_KEY: msgspec.json.encode(self._due(found.day))})
        path = self._path(found.day)
        try:
            with appears_whole(path) as unfinished:
                unfinished.touch(0o600)
                with pq.ParquetWriter(unfinished, schema) as file:
                    for batch in self._engine.batches(found.table.select("shopper", "rfm", **columns), _ROWS):
                        file.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        except (OSError, pa.ArrowException) as error:
            raise HistoryError(f"the segments of the day cannot be kept in {path}: {first_line(error)}") from error

    def _due(self, day: int) -> Facts:
        """A day without a receipt knows what the day before knew."""
        before = [one for one in self._prints if one <= day]
        return Facts(FORMAT, self._prints[max(before)] if before else "")

    def _facts(self, day: int) -> Facts | None:
        """None where the file is not one of these."""
        if not self._path(day).is_file():
            return None  # a pipe would be waited for
        try:
            metadata: Mapping[bytes, bytes] = pq.read_schema(self._path(day)).metadata or {}
            return msgspec.json.decode(metadata.get(_KEY, b""), type=Facts)
        except (OSError, pa.ArrowException, msgspec.DecodeError):
            return None

    def _path(self, day: int) -> Path:
        return self._folder / f"{(_EPOCH + timedelta(days=day)).date()}.parquet"


def _prints(events: Table, rules: Rules, engine: Engine) -> Iterator[tuple[int, str]]:
    """Of each day with receipts, a print of all up to its end."""
    line = events.shopper + "\t" + events.receipt + "\t" + events.sku + "\t" + events.store
    line = line + "\t" + events.amount.cast("string") + "\t" + events.minute.cast("string")
    marked = events.select(day=events.minute // _DAY, mark=line.hash() % _MODULUS)
    sums = marked.group_by("day").aggregate(lines=marked.count(), mark=marked.mark.sum().cast("int64")).order_by("day")
    digest = hashlib.sha256(f"{FORMAT} {engine.backend.name} ".encode() + msgspec.json.encode(rules))
    rows: Sequence[Mapping[str, Any]] = engine.run(sums).to_pylist()
    for row in rows:
        digest.update(f"{row['day']} {row['lines']} {row['mark']}\n".encode())
        yield int(row["day"]), digest.hexdigest()


def forget(folder: Path) -> int:
    """Delete every day, where nobody is known any more; how many there were."""
    days = _days(folder)
    for path in days.values():
        path.unlink(missing_ok=True)
    return len(days)


def _days(folder: Path) -> dict[int, Path]:
    """The files that stand under the name of a day, oldest first."""
    named = ((_day(path), path) for path in sorted(folder.glob("????-??-??.parquet")))
    return {day: path for day, path in named if day is not None}


def _day(path: Path) -> int | None:
    try:
        return (datetime.fromisoformat(path.stem).replace(tzinfo=UTC) - _EPOCH).days
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Latest:
    """The last day of a folder: who is in which segments, by pseudonym, and every name there is."""

    day: str
    segments: Mapping[Pseudonym, tuple[str, ...]]
    names: frozenset[str]


def latest(folder: Path) -> Latest:
    """HistoryError where there is no day in it. Memory: some 150 bytes a shopper."""
    paths = list(_days(folder).values())
    if not paths:
        raise HistoryError(f"{folder} holds no day of segments: make one with `tillside headquarters segments --keep {folder}`")
    if not paths[-1].is_file():
        raise HistoryError(f"{paths[-1]} cannot be read, count it again: it is not a regular file")
    found: dict[Pseudonym, tuple[str, ...]] = {}
    together: dict[tuple[str, ...], tuple[str, ...]] = {}
    try:
        with pq.ParquetFile(paths[-1]) as file:
            names = [name for name in file.schema_arrow.names if name not in _COLUMNS]
            for batch in file.iter_batches(_ROWS):
                inside = zip(*(batch[name].to_pylist() for name in names), strict=True) if names else repeat(())
                for shopper, rfm, flags in zip(batch["shopper"].to_pylist(), batch["rfm"].to_pylist(), inside, strict=False):
                    segments = (*(name for name, flag in zip(names, flags, strict=True) if flag), rfm)
                    found[Pseudonym(shopper)] = together.setdefault(segments, segments)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise HistoryError(f"{paths[-1]} cannot be read, count it again: {first_line(error)}") from error
    return Latest(paths[-1].stem, found, frozenset((*names, *map(str, Segment))))
