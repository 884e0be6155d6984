"""Segments: every square named, and the same members in every engine as in plain arithmetic."""

from __future__ import annotations

from datetime import datetime

import pyarrow.parquet as pq
import pytest
from fakes.segmented import LAST, RULES, TOMORROW, by_hand, goods_in, name_shopper, sold, streamed, write_folder

from device.errors import HistoryError
from model_export.regulars import events, rules
from model_export.regulars.membership import last_day, members
from model_export.regulars.rfm import TABLE, Segment


def counted(engine, folder, text=RULES, day=None):
    """By shopper: the segment by recency, frequency and money, and those by rule; and what is told."""
    wanted = rules.parse(text.encode(), "rules")
    with streamed(engine, folder) as table, goods_in(engine, folder) as goods:
        day = last_day(table, engine) if day is None else day
        with members(table, goods, wanted, day, engine) as found:
            rows = engine.run(found.table).to_pylist()
    inside = {row["shopper"]: {name for number, name in enumerate(found.names) if row[f"rule_{number}"]} for row in rows}
    return {row["shopper"]: row["rfm"] for row in rows}, inside, found


def test_every_square_has_a_segment_and_every_segment_a_square():
    assert sorted(TABLE) == [1, 2, 3, 4, 5]
    assert all(len(row) == 5 for row in TABLE.values())
    assert {segment for row in TABLE.values() for segment in row} == set(Segment)


def test_every_engine_finds_the_members_that_plain_arithmetic_finds(engine, tmp_path):
    rows = [*sold(), ("x1", None, LAST, "S1", "milk", 5, True), ("x2", "refuses", LAST, "S1", "milk", 5, False)]
    rfm, inside, found = counted(engine, write_folder(tmp_path / "shop", rows))
    expected_rfm, expected = by_hand(rows)
    assert rfm == expected_rfm
    assert inside == expected
    assert {name for names in inside.values() for name in names} == set(found.names), "every rule has somebody"
    assert sum(row.shoppers for row in found.rows) == len(rfm)
    assert [row.segment for row in found.rows] == [str(segment) for segment in Segment]
    assert {row.segment: row.shoppers for row in found.by_rule} == {
        name: sum(name in names for names in expected.values()) for name in found.names
    }


def test_a_day_knows_nothing_of_later_ones(duckdb, tmp_path):
    rows = sold()
    day = (LAST - datetime(1970, 1, 1)).days - 50
    before = [row for row in rows if (LAST - row[2]).days > 50 or (row[2] - datetime(1970, 1, 1)).days <= day]
    told, inside, _ = counted(duckdb, write_folder(tmp_path / "all", rows), day=day)
    alone, alone_inside, _ = counted(duckdb, write_folder(tmp_path / "before", before), day=day)
    assert (told, inside) == (alone, alone_inside)


def test_where_nobody_is_known_there_is_no_last_day(duckdb, tmp_path):
    folder = write_folder(tmp_path, [("r", "nobody", LAST, "S1", "milk", 1, True)])
    with streamed(duckdb, folder) as table:
        assert last_day(table, duckdb) is None


def test_what_is_dated_wrong_is_left_out_and_said(duckdb, tmp_path):
    rows = [("a", "card 1", LAST, "S1", "milk", 1, True), ("b", "card 1", datetime(2090, 1, 1), "S1", "milk", 1, True)]
    rows.append(("c", "card 1", datetime(1969, 12, 31, 23, 59, 30), "S1", "milk", 1, True))
    arriving = events.Events(write_folder(tmp_path, rows), TOMORROW, name_shopper)
    with duckdb.streaming("test_events", events.EVENTS, arriving) as table:
        assert duckdb.run(table)["receipt"].to_pylist() == ["S1\ta"]
    assert arriving.remarks == (
        "2 lines are dated before 1970 or in the future and are left out: look at the clocks of the tills",
    )


def test_what_lacks_a_column_is_one_sentence(duckdb, tmp_path):
    folder = write_folder(tmp_path, sold(3))
    table = pq.read_table(folder / "receipt_lines.parquet").drop_columns(["amount"])
    pq.write_table(table, folder / "receipt_lines.parquet")
    with pytest.raises(HistoryError, match="has no column amount"):
        counted(duckdb, folder)


def test_two_stores_that_number_alike_have_two_receipts(duckdb, tmp_path):
    rows = [("1", "card 1", LAST, "S1", "milk", 100, True), ("1", "card 1", LAST, "S2", "milk", 300, True)]
    _, _, found = counted(duckdb, write_folder(tmp_path, rows))
    (row,) = [row for row in found.rows if row.shoppers]
    assert (row.receipts, row.money) == (2.0, 400.0)
