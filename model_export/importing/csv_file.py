"""Text tables: comma, semicolon, tab or bar between columns, in any of Python's encodings.

The reader knows the byte at which each record begins, so it goes on there. Lines that no table can hold (NUL bytes, the wrong
encoding, a megabyte without an end, another number of columns) are refused one by one. A quote that is never closed would swallow
the rest of the file: after `MOST_RECORD_LINES` lines the reader goes back and refuses only the line where it began.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final

from device.amounts import decimals_of
from device.errors import HistoryError
from model_export.importing import columns, found, guess
from model_export.importing.converters import CODES, Converters
from model_export.importing.found import CutOffError, Found, Refusal, Rules, State
from model_export.importing.guess import Asked
from model_export.importing.lines import decoded_beginning
from model_export.importing.packed import opened
from model_export.importing.receipts import Grouper, Rows
from model_export.importing.times import Times

MOST_LINE_BYTES: Final = 1024 * 1024
MOST_RECORD_LINES: Final = 50
_BLOCK: Final = 4096
_BLOCK_BYTES: Final = 8 * 1024 * 1024

_ENCODING: Final = "the line is not in the file's encoding: pass --encoding"
_ENDLESS: Final = f"the line is longer than {MOST_LINE_BYTES} bytes"
_QUOTE: Final = "a quote is opened and not closed"


class _UnclosedError(Exception):
    """A quote was still open after `MOST_RECORD_LINES` lines."""


class CsvFile:
    def __init__(self, path: Path, asked: Asked, rules: Rules) -> None:
        self.path, self._rules = path, rules
        try:
            self.size = path.stat().st_size
        except OSError as error:
            raise HistoryError(f"{path} cannot be read: {error.strerror}") from error
        self.encoding, text = decoded_beginning(path, asked)
        lines = text.splitlines(keepends=True)[: guess.MAX_SAMPLED]
        self.delimiter = asked.delimiter or guess.delimiter(lines)
        rows = guess.table(lines, self.delimiter)
        if not rows:
            raise HistoryError(f"{path} has no line that can be read as a table: pass --delimiter and --encoding")
        self.header = guess.header(rows[0], asked.columns.values()) if asked.header is None else asked.header
        first = rows[0]
        self.names = [name.strip() for name in first] if self.header else [str(place) for place in range(1, len(first) + 1)]
        self.sample = [row for row in (rows[1:] if self.header else rows) if len(row) == len(first)]
        try:
            self.fields = columns.assigned(self.names, asked.columns, untimed=asked.untimed)
            prices = [*self._sampled("amount"), *self._sampled("price")]
            mark = asked.decimal_mark
            self.decimal_marks = (mark, mark) if mark else guess.decimal_marks(prices, self._sampled("quantity"), self.delimiter)
            self.date_order = guess.dates([*self._sampled("at"), *self._sampled("date")], asked)
        except HistoryError as error:
            raise HistoryError(f"{path}: {error}{_otherwise(rows, asked)}") from error
        told = [field for field in ("amount", "price") if any(map(str.strip, self._sampled(field)))]
        money = self.fields[told[0]] if told else None
        self.amounts = asked.amounts or "major"
        if asked.amounts is None and money is not None:
            ours = {"receipt_id", "sku"} <= set(self.names)
            self.amounts = guess.amounts(self.names[money], [row[money] for row in self.sample], ours=ours)
        self._decimals = frozenset(field for field in CODES if guess.decimal_codes(self._sampled(field)))
        self._clock = None if asked.time_format else guess.clock(self._sampled("time"))
        self._times = Times(rules, self.date_order, asked.time_format, asked.day_one)
        self._wide = self.encoding.startswith(("utf-16", "utf-32"))
        if self._wide:
            self.size //= 2 if "16" in self.encoding else 4
        self._begun, self._place, self._offset, self._first_end = (1, 0), 1, 0, 0
        self._pulled, self._refused = 0, ""
        self._newline, self._over = True, False
        self._grouper = self._made(State())

    def told(self) -> list[str]:
        """What is shown before the import."""
        mark = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}.get(self.delimiter, self.delimiter)
        form = f"{self.encoding}, {mark} between columns, {decimals(self.decimal_marks)}"
        order = {"dmy": "day first", "mdy": "month first"}[self.date_order]
        order += "" if self._clock is None else f", times of day {self._clock}"
        return [
            f"{form}, dates {order}, amounts in {self.amounts} units",
            *shown(self.names, self.fields, self.sample, self._decimals),
        ]

    def read(self, since: State) -> Iterator[Found]:
        self._grouper = self._made(since)
        block: list[tuple[int, int, list[str]]] = []
        try:
            with opened(self.path) as file:
                for place, offset, row in self._records(file, since):
                    if isinstance(row, Refusal):
                        yield from self._flush(block, place, offset)
                        yield Found(place, row)
                        continue
                    block.append((place, offset, row))
                    if len(block) >= _BLOCK or self._offset - block[0][1] >= _BLOCK_BYTES:
                        yield from self._flush(block, self._place, self._offset)
        except (OSError, UnicodeDecodeError, CutOffError) as error:
            yield from self._flush(block, self._place, self._offset)
            yield from self._grouper.finish(cut_off=True)
            why = str(error) if isinstance(error, CutOffError) else f"it cannot be read on from line {self._place} ({error})"
            raise CutOffError(f"{self.path}: {why}; what stands before is kept") from error
        yield from self._flush(block, self._place, self._offset)
        yield from self._grouper.finish()

    def state(self) -> State:
        return self._grouper.state()

    def _flush(self, block: list[tuple[int, int, list[str]]], end_place: int, end: int) -> Iterator[Found]:
        if block:
            places, offsets, rows = zip(*block, strict=True)
            block.clear()
            told = {field: [row[place] for row in rows] for field, place in self.fields.items()}
            yield from self._grouper.take(Rows(places, offsets, told, end, end_place))

    def _made(self, since: State) -> Grouper:
        digits = decimals_of(self._rules.currency) if self.amounts == "major" else 0
        converters = Converters(self._times, self.decimal_marks, digits, decimals=self._decimals, clock=self._clock)
        return Grouper(self._rules, converters, self.fields, since)

    def _sampled(self, field: str) -> list[str]:
        place = self.fields.get(field)
        return [] if place is None else [row[place] for row in self.sample]

    def _records(self, file: BinaryIO, since: State) -> Iterator[tuple[int, int, list[str] | Refusal]]:
        """Each record with its line and the place where it begins; empty lines are passed over."""
        self._place, self._offset = since.place, since.resume
        skip = self.header and since.resume == 0
        while not self._over:
            with closing(self._lines(file)) as lines:
                for row in self._rows(csv.reader(lines, delimiter=self.delimiter)):
                    place, offset = self._begun
                    if self._refused:
                        yield place, offset, Refusal(place, self._refused, receipt=False)
                    elif skip:
                        skip = False
                    elif row is not None:
                        yield place, offset, self._fitting(place, row)

    def _fitting(self, place: int, row: list[str]) -> list[str] | Refusal:
        """The row when it has the table's columns, or empty ones more; CutOffError when it is a piece of one."""
        width = len(self.names)
        if len(row) == width or (len(row) > width and not any(row[width:])):
            return row
        if len(row) < width and not self._newline:
            raise CutOffError(f"it ends within line {place}")
        return Refusal(place, f"the line has {len(row)} columns and the table {width}", receipt=False)

    def _rows(self, reader: Iterator[list[str]]) -> Iterator[list[str] | None]:
        """Rows until the end of the file, or until a quote that is not closed: then the reader stands behind its first line."""
        while True:
            self._begun = (self._place, self._offset)
            self._refused, self._pulled = "", 0
            try:
                row = next(reader)
                unclosed = self._over
            except StopIteration:
                return
            except (_UnclosedError, csv.Error):
                row, unclosed = [], True
            if not unclosed:
                yield row or None
                continue
            # Only within a quote does a record ask for a line after its last.
            if self._over and self._pulled == 1 and not self._newline:
                yield []
                return
            self._over = False
            self._refused = _QUOTE
            self._place, self._offset = self._begun[0] + 1, self._first_end
            yield None
            return

    def _lines(self, file: BinaryIO) -> Generator[str]:
        """Lines from `_offset` on, which follows them; what is wrong with one stands in `_refused`."""
        if not self._wide:
            file.seek(self._offset)
            yield from self._told_lines(file, b"\n")
            return
        # Bytes of such a file do not tell where lines end: offsets count characters, and going on reads from the beginning.
        with io.TextIOWrapper(opened(self.path), self.encoding, newline="\n") as letters:
            left = self._offset
            while left > 0 and (passed := letters.readline(left)):
                left -= len(passed)
            yield from self._told_lines(letters, "\n")

    def _told_lines(self, source: Any, end: bytes | str) -> Iterator[str]:
        while raw := source.readline(MOST_LINE_BYTES):
            self._offset += len(raw)
            self._newline = raw.endswith(end)
            if self._newline or len(raw) < MOST_LINE_BYTES:
                text = self._decoded(raw)
            else:
                self._refused, text = _ENDLESS, "\n"
                while not self._newline and (more := source.readline(MOST_LINE_BYTES)):
                    self._offset += len(more)
                    self._newline = more.endswith(end)
            self._place += 1
            self._pulled += 1
            if self._pulled == 1:
                self._first_end = self._offset
            elif self._pulled > MOST_RECORD_LINES:
                raise _UnclosedError
            yield text
        self._over = True

    def _decoded(self, raw: bytes | str) -> str:
        try:
            text = raw if isinstance(raw, str) else raw.decode(self.encoding)
        except UnicodeDecodeError:
            self._refused = _ENCODING
            return "\n"
        if "\0" in text:
            self._refused = found.NUL
            return "\n"
        return text


def _otherwise(rows: list[list[str]], asked: Asked) -> str:
    """What a table with lines of any length may be, where no column is said."""
    ragged = len(set(map(len, rows))) > 1 and "receipt" not in asked.columns
    return "; if each line is a whole basket, pass --format baskets" if ragged else ""


def decimals(marks: tuple[str, str]) -> str:
    money, quantity = ("comma" if mark == "," else "point" for mark in marks)
    return f"decimal {money}" if money == quantity else f"decimal {money} in amounts and {quantity} in quantities"


def shown(names: list[str], fields: dict[str, int], sample: list[list[Any]], decimals: frozenset[str]) -> list[str]:
    """Each field with its column and three values; loyalty ids are not shown."""
    lines = []
    for field, place in fields.items():
        values = ", ".join(found.clipped(row[place]) or "-" for row in sample[:3])
        told = "(not shown)" if place == fields.get("customer") else values
        lines.append(f"  {field:11} {found.clipped(names[place]):24} {told}")
    if decimals:
        lines.append(f"  read without the nought behind the point: {', '.join(sorted(decimals))}")
    if unused := [name for place, name in enumerate(names) if place not in fields.values()]:
        lines.append(f"  not used:   {', '.join(map(found.clipped, unused))}")
    if "customer" in fields and "consent" not in fields:
        lines.append("  no column of consents: a receipt that names a customer may enter that customer's profile")
    if "amount" not in fields and "price" not in fields:
        lines.append("  no column of amounts or prices: what an item costs stays unknown")
    if "date" in fields and "time" not in fields:
        lines.append("  no time of day: nothing can be learnt of hours")
    return lines
