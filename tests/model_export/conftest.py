"""A shop of fourteen goods in which bread goes with butter, and nothing else goes with anything."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from device.domain import Pseudonym
from model_export.days import DayCounts
from model_export.encoding import vocabulary_of
from model_export.engine import Engine, opened
from model_export.history import History, arrange
from model_export.parquet import LINES, read_folder
from model_export.training import Model, fit

OTHERS = tuple(f"item {letter}" for letter in "abcdefghijkl")
TYPES = {"at": pa.timestamp("us"), "line": pa.int32(), "quantity": pa.float64(), "consent": pa.bool_(), "loyal": pa.bool_()}


def sales(count: int, seed: int = 1) -> list[dict]:
    """Lines of `count` receipts, an hour apart; every fourth by one of five shoppers, who always buy an item of their own."""
    chance = random.Random(seed)
    rows = []
    at = datetime(2026, 3, 2, 8)
    for number in range(count):
        at += timedelta(hours=1)
        skus = chance.sample(OTHERS, chance.randint(1, 3))
        if chance.random() < 0.3:
            skus += ["bread", "butter"] if chance.random() < 0.8 else [chance.choice(("bread", "butter"))]
        customer = None
        if number % 4 == 0:
            shopper = chance.randrange(5)
            customer = f"card {shopper}"
            skus.append(OTHERS[shopper])
        for line, sku in enumerate(dict.fromkeys(skus), 1):
            store = f"S{number % 2 + 1}"
            rows.append({"receipt_id": f"r{number}", "at": at, "store": store, "customer": customer, "line": line, "sku": sku})
    return rows


def write_lines(folder: Path, rows: list[dict]) -> Path:
    folder.mkdir(exist_ok=True)
    columns = {name: pa.array([row[name] for row in rows], TYPES.get(name, pa.string())) for name in rows[0]}
    pq.write_table(pa.table(columns), folder / LINES)
    return folder


def write_goods(folder: Path, columns: dict) -> Path:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), folder / "items.parquet")
    return folder / "items.parquet"


def name_shopper(loyalty_id: str) -> Pseudonym:
    return Pseudonym(f"shopper of {loyalty_id}")


class Shop:
    """What the tests need of the shop, handed over by a fixture because tests import nothing from each other."""

    sales = staticmethod(sales)
    write_lines = staticmethod(write_lines)
    write_goods = staticmethod(write_goods)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def history(self, rows: list[dict]) -> History:
        return arrange(read_folder(write_lines(self.folder, rows), name_shopper))


@pytest.fixture(scope="session")
def duckdb() -> Iterator[Engine]:
    with opened("duckdb") as engine:
        yield engine


@pytest.fixture(scope="session")
def shop_of() -> type[Shop]:
    """For fixtures that outlive a test: a shop in any folder."""
    return Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "receipts")


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> History:
    return Shop(tmp_path_factory.mktemp("planted")).history(sales(1500))


@pytest.fixture(scope="session")
def model(planted: History) -> Model:
    return fit(planted, 1)


@pytest.fixture
def rows(shop):
    """Two weeks of ten receipts a day."""
    return [{**row, "at": datetime(2026, 3, 2, 9) + timedelta(hours=2.4 * int(row["receipt_id"][1:]))} for row in shop.sales(140)]


@pytest.fixture
def stored(shop, duckdb, tmp_path):
    """Counts the days of some receipts, as a night does; gives the days, what became of them, and all their counts."""

    def night(rows, folder="days", decay=0.9):
        history = shop.history(rows)
        days = DayCounts(tmp_path / folder, history, decay)
        refreshed = days.refresh(duckdb)
        vocabulary = vocabulary_of(history)
        return days, refreshed, days.counts(0, len(history), vocabulary, duckdb)

    return night
