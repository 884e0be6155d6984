"""Importing history into an empty central store: lines a second and peak memory of the whole command, in each format.

Receipts of seven lines on the average, 20,000 items, fifty stores, a card on half of the receipts, in order of time. One run
each; processor time stands beside wall time: other programs may use the cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import figures
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LINES = {"parquet": 5_000_000, "csv": 5_000_000, "jsonl": 1_000_000, "poslog": 500_000}
PART = 100_000
COLUMNS = ("receipt_id", "at", "store", "customer", "line", "sku", "quantity", "amount")
OPENING = datetime(2025, 1, 1, 8, tzinfo=UTC)

Row = tuple[str, str, str, str, int, str, int, int]


def receipts(lines: int) -> Iterator[list[Row]]:
    chance = np.random.default_rng(lines)
    number = written = 0
    while written < lines:
        number += 1
        size = min(int(chance.integers(1, 14)), lines - written)
        skus, quantities, amounts = (
            chance.integers(0, 20_000, size),
            chance.integers(1, 4, size),
            chance.integers(50, 3_000, size),
        )
        at = (OPENING + timedelta(seconds=7 * number)).isoformat()[:19]
        card = f"card {number % 90_000}" if number % 2 else ""
        store = f"S{number % 50}"
        yield [
            (f"R{number}", at, store, card, line, f"sku {sku}", int(quantity), int(amount))
            for line, (sku, quantity, amount) in enumerate(zip(skus, quantities, amounts, strict=True), 1)
        ]
        written += size


def parts(lines: int) -> Iterator[list[Row]]:
    part: list[Row] = []
    for receipt in receipts(lines):
        part += receipt
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


def write_parquet(path: Path, lines: int) -> None:
    types = (pa.string(), pa.string(), pa.string(), pa.string(), pa.int32(), pa.string(), pa.float64(), pa.int64())
    schema = pa.schema(list(zip(COLUMNS, types, strict=True)))
    with pq.ParquetWriter(path, schema.set(1, pa.field("at", pa.timestamp("us"))), compression="zstd") as writer:
        for part in parts(lines):
            columns = [pa.array(column, kind) for column, kind in zip(zip(*part, strict=True), types, strict=True)]
            columns[1] = columns[1].cast(pa.timestamp("us"))
            writer.write_table(pa.table(columns, names=list(COLUMNS)))


def write_csv(path: Path, lines: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        for part in parts(lines):
            file.writelines(",".join(map(str, row)) + "\n" for row in part)


def write_jsonl(path: Path, lines: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for receipt in receipts(lines):
            number, at, store, card, *_ = receipt[0]
            sold = ",".join(f'{{"sku":"{sku}","quantity":{quantity},"amount":{amount}}}' for *_, sku, quantity, amount in receipt)
            file.write(f'{{"receipt":"{number}","at":"{at}","store":"{store}","customer":"{card}","lines":[{sold}]}}\n')


def write_poslog(path: Path, lines: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<POSLog>\n')
        for receipt in receipts(lines):
            number, at, store, card, *_ = receipt[0]
            items = "".join(
                f"<LineItem><SequenceNumber>{line}</SequenceNumber><Sale><POSIdentity><POSItemID>{sku}</POSItemID></POSIdentity>"
                f"<ExtendedAmount>{amount / 100:.2f}</ExtendedAmount><Quantity>{quantity}</Quantity></Sale></LineItem>\n"
                for *_, line, sku, quantity, amount in receipt
            )
            account = f"<LoyaltyAccount><LoyaltyAccountID>{card}</LoyaltyAccountID></LoyaltyAccount>" if card else ""
            file.write(
                f"<Transaction><RetailStoreID>{store}</RetailStoreID><SequenceNumber>{number}</SequenceNumber>"
                f"<BeginDateTime>{at}</BeginDateTime><RetailTransaction>\n{items}{account}</RetailTransaction></Transaction>\n"
            )
        file.write("</POSLog>\n")


WRITERS = {"parquet": write_parquet, "csv": write_csv, "jsonl": write_jsonl, "poslog": write_poslog}


def main() -> None:
    figures.load()
    tillside = Path(sys.executable).with_name("tillside")
    for form, lines in LINES.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / f"history.{form}"
            WRITERS[form](path, lines)
            store = folder / "central.db"
            words = [
                "--central",
                f"sqlite:///{store}",
                "--shopper-key",
                str(folder / "key"),
                "--yes",
                "--currency",
                "EUR",
                str(path),
            ]
            began = datetime.now(UTC)
            child = subprocess.Popen([tillside, "history", "import", *words], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            assert child.returncode == 0, f"the import failed with status {child.returncode}"
            wall = (datetime.now(UTC) - began).total_seconds()
            spent = used.ru_utime + used.ru_stime
            figures.note(
                f"{form:8} {lines:>9} lines {path.stat().st_size / 1e6:7.0f} MB  {wall:6.1f} s wall, {spent:6.1f} s processor  "
                f"{lines / spent:8.0f} lines/s of processor  {used.ru_maxrss / 1024:5.0f} MiB at the peak  "
                f"store {store.stat().st_size / 1e6:6.0f} MB"
            )


if __name__ == "__main__":
    main()
