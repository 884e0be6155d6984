"""Receipts from before any register: a shop's export as a folder, imported ones, and what `tillside plan` says of them."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from model_export.parquet import LINES
from model_export.worth import commands
from model_export.worth.basis import Planned
from sync.central.past import PastLine, PastReceipt, open_past

FIRST = datetime(2026, 3, 2)
DAYS = 70


def lines(receipts=3000, seed=1, **columns):
    """Of three stores, a third by known shoppers who buy more or less, at hours that differ."""
    chance = np.random.default_rng(seed)
    at = FIRST + np.sort(chance.integers(0, DAYS * 24 * 10, receipts)).astype(object) * timedelta(minutes=6)
    made = {name: [] for name in ("receipt_id", "at", "store", "customer", "line", "sku", "quantity", "amount")}
    for number, moment in enumerate(at):
        shopper, store = int(chance.integers(0, 900)), f"S{chance.integers(0, 3)}"
        for line in range(1 + chance.poisson(2 + (shopper % 5 if shopper < 600 else 1) + moment.hour % 3)):
            row = (f"r{number}", moment, store, f"card {shopper}" if shopper < 600 else None, line, f"i{chance.integers(0, 40)}")
            for column, value in zip(
                made.values(), (*row, float(chance.integers(1, 4)), int(chance.integers(50, 900))), strict=True
            ):
                column.append(value)
    return made | columns


def folder(path, told):
    path.mkdir(exist_ok=True)
    table = pa.table({name: pa.array(column) for name, column in told.items()})
    pq.write_table(table.set_column(table.schema.get_field_index("at"), "at", table["at"].cast(pa.timestamp("us"))), path / LINES)
    return path


def plan(*words):
    return CliRunner(catch_exceptions=False).invoke(commands.plan_, [*map(str, words)])


def planned(*words, metrics=("receipt", "items"), unit="receipt"):
    asked = [word for name in metrics for word in ("--metric", name)]
    done = plan(*words, *asked, "--effect", "2%", "--unit", unit, "--json")
    assert done.exit_code == 0, done.output
    return msgspec.json.decode(done.output, type=Planned)


def keep(url, receipts):
    with closing(open_past(url, create=True)) as past:
        past.keep(receipts, "file", lambda _: None, replace=False)


def past(number, *told, days=0, **changes):
    at = (FIRST + timedelta(days=days, hours=9, seconds=number)).isoformat()
    made = PastReceipt(str(number), told or (PastLine("milk", 1000, 0, 100 + number % 7),), "S1", local_time=at, currency="EUR")
    return msgspec.structs.replace(made, **changes)


def weeks(count=600, **changes):
    return [past(number, days=number % 60, **changes) for number in range(count)]
