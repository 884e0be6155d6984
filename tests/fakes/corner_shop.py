"""A shop of twelve goods in which pasta goes with sauce and tea with biscuits, and nothing else goes with anything."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PRICES = {
    "pasta": 9900,
    "sauce": 15900,
    "tea": 12900,
    "biscuits": 7900,
    "milk": 8990,
    "bread": 4590,
    "soap": 5990,
    "water": 3990,
    "apples": 10990,
    "eggs": 11990,
    "salt": 2990,
    "rice": 8490,
}
PAIRS = (("pasta", "sauce"), ("tea", "biscuits"))
CARD = "7700 900 17-17"


def barcode(sku: str) -> str:
    """A restricted-circulation EAN-13 of the shop's own."""
    body = f"20{list(PRICES).index(sku) + 1:010}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
    return f"{body}{check}"


def write(folder: Path, receipts: int = 1200, seed: int = 1) -> Path:
    chance = random.Random(seed)
    rows = []
    at = datetime(2026, 5, 1, 8)
    singles = [sku for sku in PRICES if sku not in {sku for pair in PAIRS for sku in pair}]
    for number in range(receipts):
        at += timedelta(minutes=chance.randint(5, 60))
        skus = chance.sample(singles, chance.randint(1, 3))
        for first, second in PAIRS:
            if chance.random() < 0.3:
                skus += [first, second] if chance.random() < 0.8 else [chance.choice((first, second))]
        customer = CARD if number % 10 == 0 else None
        for line, sku in enumerate(skus, 1):
            rows.append((f"r{number}", at, "S1", customer, True, line, sku, 1.0, PRICES[sku]))
    names = ("receipt_id", "at", "store", "customer", "consent", "line", "sku", "quantity", "amount")
    types = (
        pa.string(),
        pa.timestamp("us"),
        pa.string(),
        pa.string(),
        pa.bool_(),
        pa.int32(),
        pa.string(),
        pa.float64(),
        pa.int64(),
    )
    columns = zip(*rows, strict=True)
    folder.mkdir(parents=True, exist_ok=True)
    table = {name: pa.array(column, kind) for name, column, kind in zip(names, columns, types, strict=True)}
    pq.write_table(pa.table(table), folder / "receipt_lines.parquet")
    items = [
        {
            "sku": sku,
            "name": f"{sku} of the house",
            "unit_price": price,
            "barcodes": [barcode(sku)],
            "age_limit": 0,
            "reach": "fetch",
        }
        for sku, price in PRICES.items()
    ]
    pq.write_table(pa.Table.from_pylist(items), folder / "items.parquet")
    return folder
