"""Each column of a shop's Parquet as it is read: text as text, times as the shop's clock, and what is neither is refused by name.

| column                 | may be                                 | becomes                                 |
|------------------------|----------------------------------------|-----------------------------------------|
| codes and names        | text however it is held, whole numbers | text                                    |
| `at`                   | timestamps of any unit, or nothing     | microseconds; finer parts are cut       |
| `quantity`             | numbers                                | float64                                 |
| `consent`              | booleans, or what reads as them        | booleans; NaN, no answer, is no consent |
| `amount`, `order_hint` | whole numbers, or what reads as them   | int64                                   |

What tools that know no empty integers make of a code (12.0) is refused and not guessed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from device.errors import HistoryError, first_line

_TEXT: Final = re.compile(
    "receipt_id|sku|store|customer|department|category|unit|net_unit|plu|family|reach|kind|sponsor|picture|stock|fit|barcodes?"
    "|(name|short|pitch)(_[a-z]{2})?"
)
_MEANT: Final = {
    "at": "timestamps",
    "quantity": "numbers",
    "consent": "booleans",
    "amount": "whole numbers",
    "order_hint": "whole numbers",
}


def typed_all(rows: Any, path: Path, *, coded: bool = False) -> Any:
    """A batch or table with each column as it is read; all of it looked into, for what is broken breaks what reads it.

    `coded`: texts that come as dictionaries stay so. HistoryError names the column that is something else.
    """
    rows.validate(full=True)
    for place, name in enumerate(rows.schema.names):
        rows = rows.set_column(place, name, _typed(rows.column(place), name, path, coded=coded))
    return rows


def spelt(kind: Any) -> bool:
    """Whether it is text, each letter of it."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _typed(column: Any, name: str, path: Path, *, coded: bool) -> Any:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if name in _MEANT:
        return _valued(column, kind, name, path)
    if not _TEXT.fullmatch(name):
        return column
    if name == "barcodes" and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return column.cast(pa.list_(pa.string())) if not pa.types.is_floating(kind.value_type) else _refuse(name, kind, path)
    if coded and pa.types.is_dictionary(column.type) and spelt(kind):
        return column  # spelt out, a long text would stand there once for each line
    if spelt(kind) or pa.types.is_string_view(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    return _refuse(name, kind, path)


def _valued(column: Any, kind: Any, name: str, path: Path) -> Any:
    try:
        match name:
            case "at":
                return _clock(column, kind, path)
            case "quantity":
                number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
                # Beyond 2**53 a count is as good as its neighbour.
                return column.cast(pa.float64(), safe=False) if number or pa.types.is_null(kind) else _refuse(name, kind, path)
            case "consent":
                said = pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(kind) else column
                return said.cast(pa.bool_())
            case _:
                return column.cast(pa.int64())
    except MemoryError:
        raise  # one of Arrow's, and no fault of the file
    except pa.ArrowException as error:
        told = f"{path}: column {name} holds what is no {_MEANT[name]} ({first_line(error)})"
        raise HistoryError(f"{told}: export it as {_MEANT[name]}") from error


def _clock(column: Any, kind: Any, path: Path) -> Any:
    if not (pa.types.is_timestamp(kind) or pa.types.is_null(kind)):
        raise HistoryError(f"{path}: column at holds no timestamps but {kind}: export it as timestamps")
    local = pc.local_timestamp(column) if getattr(kind, "tz", None) is not None else column
    return pc.cast(local, options=pc.CastOptions(pa.timestamp("us"), allow_time_truncate=True))


def _refuse(name: str, kind: Any, path: Path) -> Any:
    meant = _MEANT.get(name, "text")
    raise HistoryError(f"{path}: column {name} holds {kind}, not {meant}: export it as {meant}")
