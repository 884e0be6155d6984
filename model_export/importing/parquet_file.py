"""Parquet: `receipt_lines.parquet` as `model_export.parquet` describes it, or any table with one line a row.

Row groups are read in blocks, so a group may be larger than memory allows; going on skips whole groups. Numbers become integers
of thousandths or minor units in Arrow, before Python sees them. Places are rows, from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from device.amounts import decimals_of
from device.errors import HistoryError, first_line
from model_export.importing import columns, guess
from model_export.importing.converters import CODES, Converters
from model_export.importing.csv_file import decimals, shown
from model_export.importing.found import CutOffError, Found, Rules, State
from model_export.importing.guess import Asked
from model_export.importing.receipts import Grouper, Rows
from model_export.importing.times import Times
from model_export.parquet import in_pieces
from model_export.typed import spelt

_BLOCK: Final = 16_384
_SHOWN: Final = 3
_NUMBERS: Final = ("quantity", "amount", "price")
_TIMES: Final = ("at", "date", "time")
_BYTES: Final = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)


class ParquetFile:
    def __init__(self, path: Path, asked: Asked, rules: Rules) -> None:
        self.path, self._rules = path, rules
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                self.size = file.metadata.num_rows
                schema = file.schema_arrow
                in_pieces(path, file.metadata, schema.names)
                first = next(file.iter_batches(_SHOWN), None)
            if first is not None:
                first.validate(full=True)
        except MemoryError:
            raise  # no fault of the file, though one of Arrow's
        except (pa.ArrowException, OSError) as error:
            raise HistoryError(f"{path} cannot be read, export it again: {first_line(error)}") from error
        self.names = list(schema.names)
        try:
            self.fields = columns.assigned(self.names, asked.columns, untimed=asked.untimed)
        except HistoryError as error:
            raise HistoryError(f"{path}: {error}") from error
        for place in self.fields.values():
            if self.names.count(name := self.names[place]) > 1:
                raise HistoryError(f"{path}: more than one column is called '{name}': export each under a name of its own")
        self._kinds = {field: _plain(schema.field(place).type) for field, place in self.fields.items()}
        for field, kind in self._kinds.items():
            no_text = pa.types.is_nested(kind) or any(is_kind(kind) for is_kind in _BYTES)
            if no_text or (field in CODES and pa.types.is_floating(kind)):
                raise HistoryError(f"{path}: column {self.names[self.fields[field]]} holds {kind}, not text: export it as text")
        self._texts = [self.names[place] for place in self.fields.values() if spelt(schema.field(place).type)]
        rows = [] if first is None else list(zip(*map(_values_of, first.columns), strict=True))
        self.sample = [["" if value is None else value for value in row] for row in rows]
        self.amounts = asked.amounts or self._guessed_units()
        self._guess_texts(asked)
        self._times = Times(rules, self._date_order, asked.time_format, asked.day_one)
        self._grouper = self._made(State())

    def told(self) -> list[str]:
        order = {"dmy": "day", "mdy": "month"}[self._date_order]
        form = f"{decimals(self._decimal_marks)} in texts, dates {order} first"
        form += "" if self._clock is None else f", times of day {self._clock}"
        form = f"Parquet, {self.size} rows, {form}, amounts in {self.amounts} units"
        return [form, *shown(self.names, self.fields, self.sample, self._decimals)]

    def read(self, since: State) -> Iterator[Found]:
        self._grouper = self._made(since)
        row = 0
        try:
            with pq.ParquetFile(self.path, pre_buffer=False, read_dictionary=self._texts) as file:
                for group in range(file.num_row_groups):
                    rows = file.metadata.row_group(group).num_rows
                    if row + rows <= since.resume:
                        row += rows
                        continue
                    wanted = list(dict.fromkeys(self.names[place] for place in self.fields.values()))
                    for batch in file.iter_batches(_BLOCK, row_groups=[group], columns=wanted):
                        batch.validate(full=True)
                        new = batch.slice(max(0, since.resume - row))
                        row += batch.num_rows
                        yield from self._taken(new, row)
        except MemoryError:
            raise  # no fault of the file, though one of Arrow's
        except (pa.ArrowException, OSError) as error:
            yield from self._grouper.finish(cut_off=True)
            why = first_line(error)
            raise CutOffError(f"{self.path} is damaged behind row {row}, what stands before is kept: {why}") from error
        yield from self._grouper.finish()

    def state(self) -> State:
        return self._grouper.state()

    def _taken(self, batch: Any, end: int) -> Iterator[Found]:
        if not batch.num_rows:
            return
        places = range(end - batch.num_rows + 1, end + 1)
        told = {}
        for field, place in self.fields.items():
            told[field] = self._values(field, batch.column(batch.schema.get_field_index(self.names[place])))
        yield from self._grouper.take(Rows(places, range(places.start - 1, end), told, end, end + 1))

    def _guessed_units(self) -> str:
        """Of the column that tells money; as in a CSV, whole numbers are minor units in our own form only."""
        money = [field for field in ("amount", "price") if not pa.types.is_null(self._kinds.get(field, pa.null()))]
        if not money:
            return "minor"
        whole = pa.types.is_integer(self._kinds[money[0]])
        ours = whole and {"receipt_id", "sku"} <= set(self.names)
        return guess.amounts(self.names[self.fields[money[0]]], (), ours=ours)

    def _guess_texts(self, asked: Asked) -> None:
        """How numbers, dates and codes are written that stand there as text."""
        texts = self._sampled_texts()
        money = [*texts.get("amount", ()), *texts.get("price", ())]
        mark = asked.decimal_mark
        self._decimal_marks = (mark, mark) if mark else guess.decimal_marks(money, texts.get("quantity", ()), "\t")
        self._decimals = frozenset(field for field in CODES if guess.decimal_codes(texts.get(field, ())))
        self._clock = None if asked.time_format else guess.clock(texts.get("time", ()))
        try:
            self._date_order = guess.dates([*texts.get("at", ()), *texts.get("date", ())], asked)
        except HistoryError as error:
            raise HistoryError(f"{self.path}: {error}") from error

    def _sampled_texts(self) -> dict[str, list[str]]:
        """The first rows' values of what can be written in more ways than one: texts, each once, and times as numbers."""
        told = {field for field in (*_NUMBERS, *CODES, *_TIMES) if spelt(self._kinds.get(field, pa.null()))}
        told |= {field for field in _TIMES if _is_number(self._kinds.get(field, pa.null()))}
        texts = sorted({self.names[self.fields[field]] for field in told})
        if not texts:
            return {}
        try:
            with pq.ParquetFile(self.path, pre_buffer=False, read_dictionary=texts) as file:
                rows = next(file.iter_batches(guess.MAX_SAMPLED, columns=texts), None)
                values = {} if rows is None else {name: _different(rows.column(name)) for name in rows.schema.names}
        except MemoryError:
            raise  # no fault of the file, though one of Arrow's
        except (pa.ArrowException, OSError) as error:
            raise HistoryError(f"{self.path} cannot be read, export it again: {first_line(error)}") from error
        return {field: values.get(self.names[self.fields[field]], []) for field in told}

    def _made(self, since: State) -> Grouper:
        digits = decimals_of(self._rules.currency) if self.amounts == "major" else 0
        # Floats are made whole in Arrow, where they are exact to the last digit that a till could mean. Prices keep all digits.
        scales = {"quantity": 3, "amount": digits}
        self._scales = {
            field: digits for field, digits in scales.items() if pa.types.is_floating(self._kinds.get(field, pa.null()))
        }
        converters = Converters(self._times, self._decimal_marks, digits, frozenset(self._scales), self._decimals, self._clock)
        return Grouper(self._rules, converters, self.fields, since)

    def _values(self, field: str, column: Any) -> list[Any]:
        if pa.types.is_dictionary(column.type):
            if spelt(column.type.value_type):
                # Spelt out, a long text would stand there once for each row.
                texts = column.dictionary.to_pylist()
                return [None if place is None else texts[place] for place in column.indices.to_pylist()]
            column = column.cast(column.type.value_type)
        if field in self._scales:
            # What is no number, or larger than a till could mean, stays as it is and is refused with its row.
            whole = pc.round(pc.multiply(column.cast(pa.float64()), 10.0 ** self._scales[field]))
            fits = pc.less(pc.abs(whole), 1e15)
            told: list[Any] = pc.if_else(fits, whole, None).cast(pa.int64()).to_pylist()
            if pc.all(pc.fill_null(fits, fill_value=True)).as_py():
                return told
            raw = column.to_pylist()
            return [value if whole is None and value is not None else whole for value, whole in zip(raw, told, strict=True)]
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        return _values_of(column)


def _different(column: Any) -> list[str]:
    told = column.dictionary if pa.types.is_dictionary(column.type) else column
    return [str(value) for value in told.to_pylist() if value is not None and value != ""]


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _values_of(column: Any) -> list[Any]:
    """As Python has them; a time that Python has none for is told in words, and refused with its row."""
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        values = []
        for value in column:
            try:
                values.append(value.as_py())
            except (ValueError, OverflowError):
                values.append("beyond any calendar")
    return values


def _plain(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
