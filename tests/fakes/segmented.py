"""A shop whose regulars are told apart, and the same segments in plain arithmetic: nothing of what is tested is used for them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from device.domain import Pseudonym
from model_export.regulars import events
from model_export.regulars.rfm import TABLE

LAST = datetime(2026, 6, 30, 18)
TOMORROW = datetime(2026, 7, 1, 18)
RULES = """
[[segment]]
name = "morning coffee"
all = [
  {bought = {category = "coffee", days = 60, at_least = 2}},
  {hours = {from_hour = 6, until_hour = 11, at_least = 0.5}},
  {not = {rfm = ["lost", "hibernating"]}},
]

[[segment]]
name = "night of S2"
any = [{hours = {from_hour = 22, until_hour = 6, weekdays = [6, 7]}}, {store = {name = "S2", at_least = 0.8, days = 90}}]

[[segment]]
name = "small and seldom"
all = [
  {monetary = {at_most = 5000, days = 120}},
  {frequency = {at_least = 1, at_most = 3, days = 120}},
  {recency = {at_most = 90}},
]

[[segment]]
name = "never milk"
bought = {item = "milk", at_most = 0}

[[segment]]
name = "slipping"
rfm = ["at risk", "cannot lose"]
"""
GOODS = [("milk", "dairy"), ("latte", "coffee"), ("beans", "coffee"), ("tea", "tea")]


def name_shopper(loyalty_id: str) -> Pseudonym | None:
    return None if loyalty_id == "nobody" else Pseudonym(f"of {loyalty_id}")


def write_folder(folder: Path, rows: list[tuple]) -> Path:
    """(receipt, customer, at, store, sku, amount, consent)"""
    folder.mkdir(exist_ok=True)
    names = ("receipt_id", "customer", "at", "store", "sku", "amount", "consent")
    types = (pa.string(), pa.string(), pa.timestamp("us"), pa.string(), pa.string(), pa.int64(), pa.bool_())
    columns = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(types)]
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), folder / "receipt_lines.parquet")
    skus, categories = zip(*GOODS, strict=True)
    pq.write_table(pa.table({"sku": list(skus), "category": list(categories)}), folder / "items.parquet")
    return folder


def sold(shoppers: int = 60, seed: int = 5) -> list[tuple]:
    """Nine receipts a shopper on average, some have many; who has an odd number drinks no milk."""
    chance = np.random.default_rng(seed)
    rows = []
    for number in range(shoppers * 9):
        at = LAST - timedelta(days=int(chance.integers(200)), hours=int(chance.integers(24)))
        whose, store = int(chance.integers(shoppers) ** 2 // shoppers), f"S{int(chance.integers(1, 3))}"
        skus = chance.choice(
            [sku for sku, _ in GOODS if sku != "milk" or whose % 2 == 0], int(chance.integers(1, 4)), replace=False
        )
        rows += [(f"r{number}", f"card {whose}", at, store, str(sku), int(chance.integers(50, 2000)), True) for sku in skus]
    return [rows[place] for place in chance.permutation(len(rows))]


def streamed(engine, folder):
    return engine.streaming("test_events", events.EVENTS, events.Events(folder, TOMORROW, name_shopper))


def goods_in(engine, folder):
    return engine.streaming("test_goods", events.GOODS, events.goods_of(folder / "items.parquet"))


def quintile(values):
    return 1 + np.searchsorted(np.sort(values), values) * 5 // len(values)


def by_hand(rows):
    receipts = {}
    for receipt, whose, at, store, sku, amount, agreed in rows:
        if agreed and whose is not None:
            one = receipts.setdefault(
                (store, receipt), {"whose": f"of {whose}", "at": at, "store": store, "skus": set(), "total": 0}
            )
            one["skus"].add(sku)
            one["total"] += amount
    visits = defaultdict(list)
    for one in receipts.values():
        visits[one["whose"]].append(one)
    last = max(one["at"].date() for one in receipts.values())

    def ago(one):
        return (last - one["at"].date()).days

    def lately_of(own, most):
        return [one for one in own if ago(one) < most]

    names = sorted(visits)
    days = np.array([min(map(ago, visits[name])) for name in names])
    often = np.array([len(visits[name]) for name in names])
    money = np.array([sum(one["total"] for one in visits[name]) for name in names])
    r, fm = 6 - quintile(days), (quintile(often) + quintile(money) + 1) // 2
    rfm = {name: str(TABLE[int(r[place])][int(fm[place]) - 1]) for place, name in enumerate(names)}
    inside = {}
    for place, name in enumerate(names):
        own = visits[name]
        coffee = sum(bool(one["skus"] & {"latte", "beans"}) for one in lately_of(own, 60))
        morning = sum(6 <= one["at"].hour < 11 for one in own)
        night = sum((one["at"].hour >= 22 or one["at"].hour < 6) and one["at"].isoweekday() >= 6 for one in own)
        lately, quarter = lately_of(own, 120), lately_of(own, 90)
        found = {
            "morning coffee": coffee >= 2 and 2 * morning >= len(own) and rfm[name] not in {"lost", "hibernating"},
            "night of S2": night > 0 or (bool(quarter) and sum(one["store"] == "S2" for one in quarter) * 10 >= 8 * len(quarter)),
            "small and seldom": sum(one["total"] for one in lately) <= 5000 and 1 <= len(lately) <= 3 and days[place] <= 90,
            "never milk": not any("milk" in one["skus"] for one in own),
            "slipping": rfm[name] in {"at risk", "cannot lose"},
        }
        inside[name] = {segment for segment, holds in found.items() if holds}
    return rfm, inside
