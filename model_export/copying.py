"""Rows into PostgreSQL by COPY, a million at a time: Ibis itself inserts row by row."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ibis.expr.types import Table

_TOGETHER: Final = 1_000_000


def copied(backend: Any, rows: Any, name: str) -> Table:
    columns = import_module("ibis").Schema.from_pyarrow(rows.schema)
    return copied_in(backend, name, columns, rows.to_batches(_TOGETHER))


def copied_in(backend: Any, name: str, columns: Mapping[str, str], batches: Iterable[Any]) -> Table:
    """By COPY: Ibis itself inserts row by row."""
    table: Table = backend.create_table(name, schema=columns, temp=True, overwrite=True)
    with backend.con.cursor() as cursor, backend.con.transaction():
        copy_rows(cursor, name, columns, batches)
        # Without statistics the planner takes the table for a small one.
        cursor.execute(f"ANALYZE {name}")
    return table


def copy_rows(cursor: Any, name: str, columns: Iterable[str], batches: Iterable[Any]) -> None:
    """pyarrow.RecordBatches into a table of PostgreSQL with the same columns, as text.

    `cursor`: psycopg's, within a transaction.
    """
    from pyarrow import csv  # noqa: PLC0415  # only here

    plain = csv.WriteOptions(include_header=False)
    with cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as copy:
        for batch in batches:
            text = io.BytesIO()
            csv.write_csv(batch, text, plain)
            copy.write(text.getbuffer())
