"""Segments of simulated shoppers, growth visible: bench segments [shoppers ...]. Each size in a process of its own.

Of each shopper eight receipts of four lines in half a year, by one of four habits; five rules beside the eleven segments, and the
day kept. Seconds are of the processor, all threads together; memory is the peak of the whole process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import figures
import numpy as np
import pyarrow as pa

from model_export.engine import opened
from model_export.regulars import events, rules
from model_export.regulars.kept import Kept
from model_export.regulars.membership import last_day

SIZES = (10_000, 100_000, 1_000_000)
RECEIPTS, LINES, ITEMS = 8, 4, 2_000
_BATCH = 8_000
_FIRST = (datetime(2026, 1, 1) - datetime(1970, 1, 1)).days
RULES = b"""
[[segment]]
name = "morning coffee"
all = [{bought = {category = "c7", days = 60, at_least = 1}}, {hours = {from_hour = 6, until_hour = 11, at_least = 0.5}}]
[[segment]]
name = "one store"
store = {name = "S3", at_least = 0.75}
[[segment]]
name = "slipping"
rfm = ["at risk", "cannot lose"]
[[segment]]
name = "large"
all = [{monetary = {at_least = 100000, days = 90}}, {not = {recency = {at_least = 45}}}]
[[segment]]
name = "never c1"
bought = {category = "c1", at_most = 0}
"""


def lines(shoppers: int) -> Iterator[Any]:
    chance = np.random.default_rng(1)
    for first in range(0, shoppers, _BATCH):
        whose = np.repeat(np.arange(first, min(first + _BATCH, shoppers)), RECEIPTS)
        habit = whose % 4
        minute = (_FIRST + chance.integers(0, 180, len(whose))) * 1440 + (7 + 4 * habit + chance.integers(0, 3, len(whose))) * 60
        store = (whose + (chance.random(len(whose)) < 0.2)) % 12
        row = np.repeat(np.arange(len(whose)), LINES)
        sku = chance.zipf(1.3, len(row)) % ITEMS
        names = pa.array([f"{one:032x}" for one in range(first, min(first + _BATCH, shoppers))])
        receipts = pa.array([f"r{first * RECEIPTS + number}" for number in range(len(whose))])
        yield pa.RecordBatch.from_arrays(
            [
                names.take(pa.array((whose - first)[row])),
                receipts.take(pa.array(row)),
                pa.array(minute[row].astype(np.int64)),
                pa.array([f"S{one}" for one in range(12)]).take(pa.array(store[row])),
                pa.array([f"i{one}" for one in range(ITEMS)]).take(pa.array(sku)),
                pa.array(chance.integers(500, 6_000, len(row)).astype(np.int64)),
            ],
            names=list(events.EVENTS),
        )


def goods() -> Iterator[Any]:
    nothing = pa.nulls(ITEMS, pa.string())
    skus, groups = pa.array([f"i{one}" for one in range(ITEMS)]), pa.array([f"c{one % 40}" for one in range(ITEMS)])
    yield pa.RecordBatch.from_arrays([skus, groups, nothing, nothing], names=list(events.GOODS))


def measured(shoppers: int) -> None:
    wanted = rules.parse(RULES, "rules")
    with TemporaryDirectory() as folder, opened("duckdb") as engine:
        began, clock = time.process_time(), time.monotonic()
        with (
            engine.streaming("tillside_events", events.EVENTS, lines(shoppers)) as table,
            engine.streaming("tillside_goods", events.GOODS, goods()) as listed,
        ):
            loaded = time.process_time() - began
            found = Kept(Path(folder), table, listed, wanted, engine).count(last_day(table, engine))
        (file,) = Path(folder).iterdir()
        kept_mb = file.stat().st_size / 1e6
    spent, passed = time.process_time() - began, time.monotonic() - clock
    peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    told = ", ".join(f"{row.segment} {row.shoppers:,}" for row in found.by_rule)
    figures.note(
        f"{shoppers:>9,} shoppers, {shoppers * RECEIPTS * LINES:>11,} lines: {spent:7.1f} s of processor "
        f"({loaded:.1f} s to take them in), {passed:6.1f} s of clock, peak {peak / 1024:,.0f} MiB, day kept {kept_mb:.1f} MB"
    )
    figures.note(f"          {told}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measured(int(sys.argv[2]))
    else:
        for size in [int(one) for one in sys.argv[1:]] or SIZES:
            subprocess.run([sys.executable, __file__, "--one", str(size)], check=True)
        figures.load()
