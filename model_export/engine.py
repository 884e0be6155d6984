"""Where pairs are counted: DuckDB in this process, a PostgreSQL server, or Spark, each through Ibis.

| `--engine`                              | counts in                                                                   |
|-----------------------------------------|-----------------------------------------------------------------------------|
| `duckdb`                                | this process: at most `_DUCKDB_MEMORY`, beyond that on disk                 |
| `postgresql://user@host:5432/database`  | that server, in a temporary table of this session                           |
| `spark`, `spark://host:7077`            | Spark on this machine (it needs Java 17 or 21), or that cluster             |

An engine holds one table of token rows at a time and answers `pairs.pair_counts` of it, or holds tables that are streamed to it a
batch at a time (`streaming`, of which Spark takes none); nothing stays behind in it. What an experiment says (`worth.asking`) is
asked of DuckDB and PostgreSQL in the same way. Rows reach Spark through the memory of its
driver (`spark.driver.memory`); counted day by day (`days`) they are few at a time. Every fault of an engine leaves this module as
a TrainingError of one sentence, without the password that the address may hold.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from device.address import masked
from device.errors import TillsideError, TrainingError
from model_export.copying import copied, copied_in
from model_export.ending import temporary_folder

if TYPE_CHECKING:
    from ibis.expr.types import Table

DEFAULT: Final = "duckdb"
_DUCKDB_MEMORY: Final = "1500MB"
_TABLE: Final = "tillside_token_rows"
NO_SPARK: Final = "Spark does not start (it needs Java 17 or 21)"
_UNREADABLE: Final = (
    "the address of the PostgreSQL server cannot be read: write postgresql://user:password@host:5432/database, and in the "
    "password %2F for /, %3F for ?, %23 for #, %40 for @, %5B for [, %5D for ], %25 for %"
)


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    """As it may be shown."""
    backend: Any
    """ibis.backends.BaseBackend"""
    load: Callable[[Any, Any, str], Table]
    """Takes the backend, a pyarrow.Table and the name that it is to have there, as a temporary one."""
    fetch: Callable[[Any, Table], Any]
    """Takes the backend and a question; gives a pyarrow.Table."""
    faults: tuple[type[Exception], ...]
    stream: Callable[[Any, str, Mapping[str, str], Iterable[Any]], Table] | None = None
    """Takes the backend, a name, columns with their Ibis types, and pyarrow.RecordBatches of these."""

    task: str = "count the pairs"
    """What it cannot do when it fails."""

    @contextmanager
    def streaming(self, name: str, columns: Mapping[str, str], batches: Iterable[Any]) -> Iterator[Table]:
        """The pyarrow.RecordBatches as a table of the engine's, until the block ends; a batch is let go once it is there."""
        if self.stream is None:
            raise TrainingError(f"{self.name} takes no receipts a batch at a time: use duckdb or postgresql://user@host/database")
        with self.said("take the receipts"):
            table = self.stream(self.backend, name, columns, batches)
        with self._there(table):
            yield table

    @contextmanager
    def made(self, name: str, expression: Table) -> Iterator[Table]:
        """The answer as a table of the engine's own, until the block ends."""
        with self._there(self.kept_answer(name, expression)) as table:
            yield table

    def kept_answer(self, name: str, expression: Table) -> Table:
        """The same, as long as the session."""
        with self.said():
            table: Table = self.backend.create_table(name, obj=expression, temp=True, overwrite=True)
        return table

    def batches(self, expression: Table, rows: int) -> Iterator[Any]:
        """pyarrow.RecordBatches of the answer, some `rows` each."""
        with self.said():
            if self.backend.name == "duckdb":
                # Ibis asks DuckDB by a name that DuckDB has given up.
                yield from self.backend.raw_sql(self.backend.compile(expression)).to_arrow_reader(rows)
            else:
                yield from self.backend.to_pyarrow_batches(expression, chunk_size=rows)

    @contextmanager
    def holding(self, rows: Any) -> Iterator[Table]:
        """The pyarrow.Table of token rows as a table of the engine's, until the block ends."""
        with self.said():
            table = self.load(self.backend, rows, _TABLE)
        with self._there(table):
            yield table

    @contextmanager
    def _there(self, table: Table) -> Iterator[Table]:
        try:
            yield table
        finally:
            # An engine that is gone has already been told of, and its temporary tables went with it.
            with suppress(*self.faults):
                _drop(self.backend, table)

    def keep(self, name: str, rows: Any) -> Table:
        """The pyarrow.Table as a table of this session's, in place of one of the same name."""
        with self.said():
            return self.load(self.backend, rows, name)

    def run(self, expression: Table) -> Any:
        """pyarrow.Table of the answer."""
        with self.said():
            return self.fetch(self.backend, expression)

    @contextmanager
    def said(self, what: str = "") -> Iterator[None]:
        """A fault of the engine leaves the block as a TrainingError: it could not do `what`, or else its task."""
        try:
            yield
        except RuntimeError as error:
            # DuckDB turns Ctrl-C into this.
            if "interrupted" not in str(error):
                raise
            raise KeyboardInterrupt from error
        except self.faults as error:
            raise TrainingError(f"{self.name} could not {what or self.task}: {_why(error)}") from error


@contextmanager
def opened(where: str, task: str = "count the pairs") -> Iterator[Engine]:
    """TrainingError when there is no such engine, its driver is not installed, or it does not answer."""
    if where == "duckdb":
        opening = _duckdb()
    elif where.startswith(("postgresql://", "postgres://")):
        opening = _postgresql(where)
    elif where == "spark" or where.startswith("spark://"):
        opening = _spark(where)
    else:
        raise TrainingError("there is no such engine: say duckdb, postgresql://user@host/database, spark or spark://host:7077")
    with opening as engine:
        yield replace(engine, task=task)


@contextmanager
def _duckdb() -> Iterator[Engine]:
    ibis, duckdb = driver("ibis", "headquarters"), driver("duckdb", "headquarters")
    faults = (duckdb.Error, ibis.common.exceptions.IbisError)
    with temporary_folder("tillside-") as spill:
        backend = ibis.duckdb.connect(memory_limit=_DUCKDB_MEMORY, temp_directory=spill)
        try:
            yield Engine("DuckDB", backend, _as_temporary_table, _fetched, faults, _streamed)
        finally:
            backend.disconnect()


@contextmanager
def _postgresql(where: str) -> Iterator[Engine]:
    ibis, psycopg = driver("ibis", "headquarters"), driver("psycopg", "headquarters")
    faults = (psycopg.Error, ibis.common.exceptions.IbisError)
    try:
        address = urlsplit(where)
        if "@" in where.partition(address.netloc)[2]:
            raise TrainingError(_UNREADABLE)  # the password was cut at one of its own characters
        # A server that takes the connection and says nothing is not waited for.
        os.environ.setdefault("PGCONNECT_TIMEOUT", "10")
        name = f"PostgreSQL at {address.hostname or 'this machine'}:{address.port or 5432}"
        backend = ibis.connect(where)
    except ValueError as error:
        # It may quote what it could not read, and that may be the password.
        raise TrainingError(_UNREADABLE) from error
    except faults as error:
        raise TrainingError(f"{name} does not answer: {_why(error)}") from error
    try:
        yield Engine(name, backend, copied, _fetched, faults, copied_in)
    finally:
        with suppress(*faults):
            backend.disconnect()


@contextmanager
def _spark(where: str) -> Iterator[Engine]:
    ibis, sql = driver("ibis", "headquarters"), driver("pyspark.sql", "spark")
    errors, py4j = driver("pyspark.errors", "spark"), driver("py4j.protocol", "spark")
    faults = (errors.PySparkException, py4j.Py4JError, ibis.common.exceptions.IbisError)
    builder = sql.SparkSession.builder.appName("tillside").master("local[*]" if where == "spark" else where)
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    if where == "spark":
        # Alone on this machine: no other host has to find it, and a few partitions will do.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "2")
    try:
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        backend = ibis.pyspark.connect(session)
    except faults as error:
        what = NO_SPARK if where == "spark" else f"Spark at {masked(where)} does not answer"
        raise TrainingError(f"{what}: {_why(error)}") from error
    try:
        yield Engine("Spark", backend, _as_view, _collected, faults)
    finally:
        session.stop()


def driver(module: str, extra: str) -> Any:
    """The module; TrainingError that names the extra which brings it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise TrainingError(f"this engine needs {error.name}: pip install 'tillside[{extra}]'") from error


def _as_temporary_table(backend: Any, rows: Any, name: str) -> Table:
    table: Table = backend.create_table(name, obj=rows, temp=True, overwrite=True)
    return table


def _streamed(backend: Any, name: str, columns: Mapping[str, str], batches: Iterable[Any]) -> Table:
    import ibis  # noqa: PLC0415  # only here
    import pyarrow as pa  # noqa: PLC0415  # only here

    failed: list[Exception] = []

    def heard() -> Iterator[Any]:
        try:
            yield from batches
        except (TillsideError, OSError, MemoryError, UnicodeEncodeError) as error:
            failed.append(error)
            raise

    reader = pa.RecordBatchReader.from_batches(ibis.schema(columns).to_pyarrow(), heard())
    backend.con.register(f"{name}_arriving", reader)
    try:
        backend.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_arriving")  # noqa: S608  # our own name
    except driver("duckdb", "headquarters").Error:
        if failed:
            raise failed[0] from None  # DuckDB tells of it in words of its own
        raise
    finally:
        backend.con.unregister(f"{name}_arriving")
    table: Table = backend.table(name)
    return table


def _as_view(backend: Any, rows: Any, name: str) -> Table:
    backend._session.createDataFrame(rows).createOrReplaceTempView(name)  # noqa: SLF001  # Ibis goes through pandas instead
    table: Table = backend.table(name)
    return table


def _fetched(backend: Any, expression: Table) -> Any:
    return backend.to_pyarrow(expression)


def _collected(backend: Any, expression: Table) -> Any:
    """As Arrow: Ibis goes through pandas here too, and Spark 4.0 stumbles over pandas 3."""
    return backend.raw_sql(backend.compile(expression)).toArrow()


def _drop(backend: Any, table: Table) -> None:
    if backend.name == "pyspark":
        backend.drop_view(table.get_name(), force=True)
    else:
        backend.drop_table(table.get_name(), force=True)


def _why(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    # Py4J says first which call failed, and then, behind a colon, why.
    return masked(lines["An error occurred while calling" in lines[0] and len(lines) > 1].lstrip(": ").rstrip("."))
