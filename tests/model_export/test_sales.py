"""`tillside history sales`: receipts for a till to play, of whatever a folder holds; and nothing lost where it cannot."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from device.errors import TillsideError
from model_export.parquet import LINES
from model_export.sales import write_sales

COUNT = 40
DAY = datetime(2026, 3, 2, 8)


@pytest.fixture
def played(tmp_path):
    """Writes a folder of two-line receipts with some columns changed, and gives the sales that came of it."""

    def play(items: dict[str, Any] | None = None, out: Path | None = None, **columns: Any) -> list[dict[str, Any]]:
        sound = {
            "receipt_id": [f"r{number // 2}" for number in range(COUNT)],
            "sku": ["bread", "butter"] * (COUNT // 2),
            "at": pa.array([DAY + timedelta(hours=number // 2) for number in range(COUNT)], pa.timestamp("us")),
            "store": ["S1"] * COUNT,
        }
        folder = tmp_path / "receipts"
        folder.mkdir(exist_ok=True)
        pq.write_table(pa.table(sound | columns), folder / LINES)
        pq.write_table(pa.table({"sku": ["bread", "butter"]} | (items or {})), folder / "items.parquet")
        where = out or tmp_path / "sales.jsonl"
        words = ["--receipts", str(folder), "--out", str(where), "--first", "0.5", "--count", "100"]
        done = CliRunner(catch_exceptions=False).invoke(write_sales, words)
        assert done.exit_code == 0, done.stderr
        told = [json.loads(line, parse_constant=pytest.fail) for line in where.read_text().splitlines()]
        assert json.loads(done.stdout)["receipts"] == len(told)
        return told

    return play


def numbers(sales: list[dict[str, Any]]) -> set[int]:
    return {int(sale["receipt"][1:]) for sale in sales}


def test_the_later_half_is_played(played):
    assert numbers(played()) == set(range(10, 20))


@pytest.mark.parametrize("quantity", [float("nan"), float("-inf"), -1.0, 0.0])
def test_what_was_not_sold_is_not_rung_up(played, quantity):
    sales = played(quantity=[quantity if number % 8 == 0 else 2.0 for number in range(COUNT)])
    assert {line["quantity"] for sale in sales for line in sale["lines"]} == {2000}
    assert numbers(sales) == {number for number in range(10, 20) if number % 4}


def test_a_quantity_without_an_end_is_a_large_one(played):
    assert {line["quantity"] for sale in played(quantity=[float("inf")] * COUNT) for line in sale["lines"]} == {1_000_000_000}


@pytest.mark.parametrize("price", [float("nan"), float("inf"), None])
def test_a_price_that_is_no_number_is_none(played, price):
    sales = played({"unit_price": pa.array([price] * 2, pa.float64())})
    assert {(line["price"], line["amount"]) for sale in sales for line in sale["lines"]} == {(None, 0)}


@pytest.mark.parametrize("store", [pa.nulls(COUNT), pa.array([None] * COUNT, pa.string())])
def test_without_stores_all_are_of_one(played, store):
    assert len(played(store=store)) == 10


def test_the_busiest_store_is_one_that_has_a_name(played):
    assert numbers(played(store=[None if number < 36 else "S2" for number in range(COUNT)])) == {18, 19}


def test_receipts_without_a_time_are_the_oldest_as_in_training(played):
    moments = [None if number >= 30 else DAY + timedelta(hours=number // 2) for number in range(COUNT)]
    assert numbers(played(at=pa.array(moments, pa.timestamp("us")))) == set(range(5, 15))


def test_times_beyond_any_calendar_are_played_too(played):
    assert len(played(at=pa.array([-(2**63) + 1 + number // 2 for number in range(COUNT)]).cast(pa.timestamp("us")))) == 10


def test_nothing_named_is_nothing_to_play(played):
    with pytest.raises(TillsideError, match="too little to play"):
        played(receipt_id=pa.nulls(COUNT))


@pytest.mark.parametrize("name", [LINES, "items.parquet"])
def test_the_receipts_are_not_written_over(played, tmp_path, name):
    with pytest.raises(TillsideError, match="would write over it"):
        played(out=tmp_path / "receipts" / name)
    assert pq.read_table(tmp_path / "receipts" / name).num_rows > 0


def test_a_place_that_is_none_is_one_sentence_and_loses_nothing(played, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for out in (tmp_path / "pipe", tmp_path / "none" / "x", Path("/dev/full")):
        with pytest.raises(TillsideError) as caught:
            played(out=out)
        assert "\n" not in str(caught.value)
    (tmp_path / "sales.jsonl").write_text("of yesterday")
    with pytest.raises(TillsideError, match="column amount"):
        played(amount=["x"] * COUNT)
    assert (tmp_path / "sales.jsonl").read_text() == "of yesterday"
