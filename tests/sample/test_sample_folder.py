"""The folder the sample is written to, and the command that writes it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from device import campaigns
from device.errors import HistoryError
from device.shopper import Keyring
from model_export import campaigning
from model_export.items import read_items
from model_export.regulars import events, rules
from model_export.sample.commands import sample
from model_export.sample.folder import ITEM_SCHEMA, LINE_SCHEMA, steps, write
from model_export.sample.grocery import goods
from sync import consents
from sync.central.people import Purpose

UNTIL = date(2026, 3, 29)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("made") / "grocery"
    write(out, receipts=400, seed=5, until=UNTIL)
    return out


def test_the_tables_have_exactly_the_agreed_columns_and_types(folder):
    assert pq.read_schema(folder / "receipt_lines.parquet").equals(LINE_SCHEMA)
    assert pq.read_schema(folder / "items.parquet").equals(ITEM_SCHEMA)


def test_receipt_lines_are_whole(folder):
    rows = pq.read_table(folder / "receipt_lines.parquet").to_pylist()
    assert len({row["receipt_id"] for row in rows}) == 400
    known = {good.sku for good in goods()}
    for row in rows:
        assert row["sku"] in known
        assert row["store"] in {"S1", "S2", "S3"}
        assert all(value is not None for name, value in row.items() if name != "customer")
        assert row["customer"] is not None or row["consent"] is False
    assert any(row["consent"] for row in rows)
    assert any(row["customer"] and not row["consent"] for row in rows)


def test_items_tell_all_the_catalogue_needs(folder):
    rows = {row["sku"]: row for row in pq.read_table(folder / "items.parquet").to_pylist()}
    assert len(rows) == len(goods())
    for good in goods():
        row = rows[good.sku]
        assert row["name"] == row["name_ru"] == good.name_ru
        assert row["barcodes"] == [good.barcode]
        assert (folder / "pictures" / row["picture"]).is_file()
        assert row["reach"] == good.reach
        assert row["family"] == good.family


def test_stock_is_told_by_store_and_a_few_products_are_out(folder):
    stocks = [row["stock"] for row in pq.read_table(folder / "items.parquet").to_pylist()]
    counted = [json.loads(text) for text in stocks if text is not None]
    assert 0 < len(stocks) - len(counted) < 20
    assert all(set(left) == {"S1", "S2", "S3"} and min(left.values()) >= 0 for left in counted)
    assert 1 <= sum(pieces == 0 for left in counted for pieces in left.values()) <= 60


def test_an_earlier_sample_is_replaced_whole(folder, tmp_path):
    out = tmp_path / "grocery"
    calls = []
    first = write(out, receipts=30, seed=1, until=UNTIL)
    (out / "pictures" / "stale.svg").write_text("left over")
    second = write(out, receipts=40, seed=1, until=UNTIL, step=lambda: calls.append(1))
    assert (first.receipts, second.receipts) == (30, 40)
    assert not (out / "pictures" / "stale.svg").exists()
    assert len(calls) == steps()
    assert [entry.name for entry in tmp_path.iterdir()] == ["grocery"]


@pytest.mark.parametrize("name", ["letters.txt", "items.parquet"])
def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("dear")
    with pytest.raises(HistoryError, match="holds other files"):
        write(tmp_path, receipts=10, seed=1, until=UNTIL)
    assert (tmp_path / name).read_text() == "dear"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_is_not_a_folder(tmp_path):
    (tmp_path / "grocery").write_text("")
    with pytest.raises(HistoryError, match="is a file"):
        write(tmp_path / "grocery", receipts=10, seed=1, until=UNTIL)


def test_the_command_says_what_it_made(tmp_path):
    out = tmp_path / "deep" / "grocery"
    done = CliRunner().invoke(sample, ["--out", str(out), "--receipts", "50", "--until", "2026-03-29"])
    assert done.exit_code == 0, done.output
    assert "50 receipts" in done.stdout
    assert f"{len(goods())} products" in done.stdout
    assert pq.read_table(out / "receipt_lines.parquet").num_rows > 100


def test_a_margin_is_known_of_everything_and_a_last_day_of_what_does_not_keep(folder):
    items = {item.sku: item for item in read_items(folder / "items.parquet").items}
    assert all(item.margin is not None and 0 < item.margin < 1 for item in items.values())
    last_days = [item.expires[""] for item in items.values() if item.expires is not None]
    assert len(last_days) == 8
    assert all(UNTIL < day <= UNTIL + timedelta(days=6) for day in last_days)


def test_what_is_given_away_is_sold_and_made_cheaper(folder):
    items = read_items(folder / "items.parquet").items
    called = rules.read(folder / "segments.toml")
    assert not list(rules.unknown_goods(called, events.groups_of(events.goods_of(folder / "items.parquet"))))
    running = campaigning.read(folder / "campaigns.toml", items, {one.name for one in called.segment})
    assert running.coupons
    by_sku = {item.sku: item for item in items}
    for coupon in (coupon for one in campaigns.read(folder / "campaigns.toml").campaign for coupon in one.coupon):
        item = by_sku[coupon.sku]
        # Else no register would ever show it.
        assert (item.sponsor, item.age_limit, item.old_price) == (None, 0, None)


def test_headquarters_keeps_what_shoppers_agreed_to_and_nobody_else_is_named(folder):
    keys = Keyring.of(bytes(range(32)))
    said = list(consents.read(folder / "consents.csv", keys, datetime(2026, 4, 1, tzinfo=UTC)))
    assert not any(isinstance(one, consents.Refused) for one in said)
    by = {purpose: {one.claim.shoppers[0].token for one in said if one.purpose is purpose} for purpose in Purpose}
    assert by[Purpose.PROFILING] == by[Purpose.HISTORY]
    assert by[Purpose.OFFERS] < by[Purpose.PROFILING]
    rows = pq.read_table(folder / "receipt_lines.parquet").to_pylist()
    tokens = {row["customer"]: keys.every(row["customer"])[0].token for row in rows if row["customer"]}
    assert {row["consent"] for row in rows if row["customer"] and tokens[row["customer"]] in by[Purpose.PROFILING]} == {True}
    assert {row["consent"] for row in rows if row["customer"] and tokens[row["customer"]] not in by[Purpose.PROFILING]} == {False}
    assert max(one.at for one in said) < min(row["at"] for row in rows).replace(tzinfo=UTC)


def test_the_same_seed_writes_the_same_folder(folder, tmp_path):
    write(tmp_path / "again", receipts=400, seed=5, until=UNTIL)
    for name in ("receipt_lines.parquet", "items.parquet", "consents.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
