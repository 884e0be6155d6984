"""Training from Parquet to bundle at four sizes: time and peak memory of the whole command, knobs and proof included.

The receipts are drawn from a Zipf-like assortment of 2,000 items with planted companions, hours, five stores and a card on three
of four; the number of shoppers grows with the receipts. What grows is the counting; solving depends on the tokens alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import figures
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SIZES = (5_000, 20_000, 80_000, 320_000)
ITEMS = 2_000
LINES = 6


def write(folder: Path, receipts: int) -> int:
    """Receipts in time, `LINES` draws each; a third of the items brings its neighbour along half of the time."""
    chance = np.random.default_rng(receipts)
    share = 1 / np.arange(3, ITEMS + 3)
    item = chance.choice(ITEMS, (receipts, LINES), p=share / share.sum())
    along = (item[:, ::2] % 3 == 0) & (chance.random((receipts, LINES // 2)) < 0.5)
    item[:, 1::2] = np.where(along, (item[:, ::2] + 1) % ITEMS, item[:, 1::2])
    number = np.repeat(np.arange(receipts), LINES)
    shopper = chance.integers(-receipts // 120, receipts // 40, receipts)
    at = np.datetime64("2026-01-01T08:00", "us") + np.sort(chance.integers(0, 180 * 86_400, receipts)) * np.timedelta64(1, "s")
    columns = {
        "receipt_id": pa.array(number).cast(pa.string()),
        "at": pa.array(at[number]),
        "store": pa.array([f"S{store}" for store in (np.arange(receipts) % 5)[number]]),
        "customer": pa.array([None if one < 0 else f"card {one}" for one in shopper[number]], pa.string()),
        "sku": pa.array([f"sku {one}" for one in item.ravel()]),
    }
    pq.write_table(pa.table(columns), folder / "receipt_lines.parquet")
    return receipts * LINES


def show() -> None:
    figures.load()
    figures.note(f"training from Parquet to bundle, {ITEMS} items, seed 1, one run of each size")
    for receipts in SIZES:
        with tempfile.TemporaryDirectory() as name:
            train(Path(name), write(Path(name), receipts))


def train(folder: Path, lines: int) -> None:
    """Of the folder's receipts, and say what it took."""
    tillside = Path(sys.executable).with_name("tillside")
    words = ["train", "--receipts", folder, "--out", folder / "b", "--shopper-key", folder / "key", "--json"]
    child = subprocess.Popen([tillside, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdout is not None
    said = child.stdout.read()
    child.stdout.close()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"training failed with status {child.returncode}"
    facts = json.loads(said)
    worked = used.ru_utime + used.ru_stime
    spent = f"{facts['seconds']:7.1f} s, {worked:7.1f} s of processor, {used.ru_maxrss / 1024:7.0f} MiB at the peak"
    receipts, items = facts["receipts"], facts["items"]
    figures.note(f"{receipts:>8} receipts {lines:>9} lines {items:>6} items {facts['tokens']:>6} tokens  {spent}")
