"""Receipts from a folder and from the central store become one history, and what is left out is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from device.domain import LaneId, Line, Minor, Phase, Pseudonym, Receipt, Sku, Thousandths, Unit
from device.errors import HistoryError
from model_export.history import MOST_ITEMS, arrange
from model_export.parquet import LINES, read_folder
from model_export.registers import read_central

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def row(receipt: str, sku: str | None, hour: int = 9, **more):
    return {"receipt_id": receipt, "at": datetime(2026, 3, 2, hour), "sku": sku, **more}


def held(history, index):
    return [history.skus[code] for code in history.receipt(index)]


def test_receipts_stand_in_the_order_of_time_with_each_item_once(shop):
    history = shop.history(
        [row("late", "a", 12), row("early", "b", 8), row("late", "c", 12), row("early", "b", 8), row("noon", "a", 12)]
    )
    assert [held(history, index) for index in range(3)] == [["b"], ["a", "c"], ["a"]]
    assert history.local(0) == datetime(2026, 3, 2, 8)


def test_returns_and_nameless_lines_are_left_out_and_counted(shop):
    lines = [row("1", "a", quantity=1.0), row("1", "b", quantity=-1.0), row("2", "c", quantity=0.0), row("2", None, quantity=1.0)]
    history = shop.history([*lines, row("3", "a", quantity=None)])
    assert [held(history, index) for index in range(len(history))] == [["a"], ["a"]]
    assert any("2 lines with a quantity of zero or less" in remark for remark in history.remarks)
    assert any("1 lines name no receipt or no item" in remark for remark in history.remarks)


def test_items_that_no_register_could_name_are_left_out_and_counted(shop):
    odd = [row("1", ""), row("1", "x" * 65), row("2", "a\0b"), row("2", "ж" * 5000)]
    history = shop.history([*odd, row("1", "x" * 64), row("3", "ж" * 64)])
    assert [held(history, index) for index in range(len(history))] == [["x" * 64], ["ж" * 64]]
    assert any("4 lines are left out, their item's code is empty, longer than 64" in remark for remark in history.remarks)
    with pytest.raises(HistoryError, match="4 lines are left out"):
        shop.history(odd)


def test_a_huge_receipt_is_cut_and_said(shop):
    rows = [row("huge", f"sku {number}") for number in range(4000)]
    history = shop.history([*rows, row("small", "sku 1", 10)])
    assert list(history.sizes) == [MOST_ITEMS, 1]
    assert any(f"more than {MOST_ITEMS} different items" in remark for remark in history.remarks)


def test_receipts_without_a_time_count_as_the_oldest(shop):
    history = shop.history([row("1", "a", 8), {**row("2", "b"), "at": None}])
    assert held(history, 0) == ["b"]
    assert any("1 receipts have no time" in remark for remark in history.remarks)


def test_consent_is_a_column_or_goes_without_saying(shop):
    rows = [
        row("1", "a", customer="x", consent=True),
        row("2", "a", customer="x", consent=False),
        row("3", "a", customer=None, consent=True),
    ]
    assert list(shop.history(rows).consent) == [True, False, False]
    implied = [{name: value for name, value in one.items() if name != "consent"} for one in rows]
    assert list(shop.history(implied).consent) == [True, True, False]
    assert shop.history(rows).shoppers == (Pseudonym("shopper of x"),)


def test_columns_nobody_knows_are_named_once(shop):
    history = shop.history([row("1", "a", weather="rain"), row("2", "b", weather="sun")])
    assert [remark for remark in history.remarks if "weather" in remark] == [f"columns of {LINES} that are not used: weather"]


def test_a_part_holds_its_own_receipts_only(shop):
    history = shop.history([row(str(hour), sku, hour) for hour, sku in enumerate("abcde")])
    part = history.part(1, 3)
    assert [held(part, index) for index in range(len(part))] == [["b"], ["c"]]
    assert part.local(1) == datetime(2026, 3, 2, 2)


def test_a_shuffle_keeps_receipts_whole(shop):
    history = shop.history([row(str(hour), sku, hour) for hour in range(20) for sku in (f"a{hour}", f"b{hour}")])
    shuffled = history.shuffled(7)
    assert sorted(tuple(held(shuffled, index)) for index in range(20)) == sorted((f"a{hour}", f"b{hour}") for hour in range(20))
    assert not np.array_equal(shuffled.at, history.at)
    assert all(
        held(shuffled, index) == [f"a{shuffled.local(index).hour}", f"b{shuffled.local(index).hour}"] for index in range(20)
    )


@pytest.mark.parametrize("damage", ["missing", "truncated", "text", "no sku", "words for times"])
def test_an_unusable_file_is_one_sentence(shop, damage):
    path = shop.folder / LINES
    shop.write_lines(shop.folder, [row("1", "a")])
    match damage:
        case "missing":
            path.unlink()
        case "truncated":
            path.write_bytes(path.read_bytes()[:-20])
        case "text":
            path.write_text("receipt_id,sku\n1,a\n")
        case "no sku":
            shop.write_lines(shop.folder, [{"receipt_id": "1"}])
        case _:
            shop.write_lines(shop.folder, [{"receipt_id": "1", "sku": "a", "store": "yesterday", "quantity": 1.0}])
            path.write_bytes(path.read_bytes().replace(b"store", b"zzzzz", 0)[:100])
    with pytest.raises(HistoryError) as caught:
        read_folder(shop.folder, Pseudonym)
    assert "\n" not in str(caught.value)
    assert str(shop.folder) in str(caught.value)


def test_not_one_receipt_is_said(shop):
    with pytest.raises(HistoryError, match="not one receipt"):
        shop.history([row("1", "a", quantity=-1.0)])


def receipt(number: int, *skus: str | None, **changes) -> Receipt:
    lines = tuple(
        Line(
            place,
            f"code {sku}",
            None if sku is None else Sku(sku),
            Thousandths(1000),
            Unit.PIECE,
            Minor(500),
            Minor(500),
            f"the {sku}",
        )
        for place, sku in enumerate(skus)
    )
    at = AT + timedelta(hours=number)
    sale = Receipt(
        f"id {number}",
        "S1",
        "dev",
        LaneId("1"),
        Phase.CLOSED,
        f"b{number}",
        at,
        at,
        f"2026-03-02T{12 + number}:30:00",
        "RUB",
        Minor(500),
        lines,
        (),
    )
    return replace(sale, **changes)


class Store:
    """What training asks of a central store."""

    def __init__(self, *receipts: Receipt | bytes) -> None:
        self._receipts = receipts

    def receipts(self):
        return (one if isinstance(one, bytes) else msgspec.json.encode(one) for one in self._receipts)

    def close(self):
        pass


def test_the_registers_receipts_are_read_by_the_shops_clock():
    rows, sold = read_central(Store(receipt(0, "a", "b", None), receipt(1, "b", shopper=Pseudonym("f" * 32))))
    history = arrange(rows)
    assert [held(history, index) for index in range(2)] == [["a", "b"], ["b"]]
    assert history.local(1) == datetime(2026, 3, 2, 13, 30)
    assert history.stores == ("S1",)
    assert list(history.consent) == [False, True]
    assert (sold[Sku("a")].name, sold[Sku("a")].price) == ("the a", 500)


def test_unfinished_unreadable_and_returned_are_counted():
    back = receipt(2, "a")
    back = replace(back, lines=(replace(back.lines[0], quantity=Thousandths(-1000)),))
    rows, _ = read_central(Store(receipt(0, "a"), receipt(1, "a", phase=Phase.CANCELLED), back, b"{}"))
    assert held(arrange(rows), 0) == ["a"]
    assert [remark.split()[0] for remark in rows.remarks] == ["1", "1", "1"]


def test_a_receipt_of_which_only_the_total_was_read_is_left_out_and_counted():
    rows, _ = read_central(Store(receipt(0, "a"), receipt(1)))
    assert [held(arrange(rows), index) for index in range(len(rows.at))] == [["a"]]
    assert "1 receipts" in rows.remarks[0]
    assert "a total and no lines" in rows.remarks[0]


def test_folder_and_registers_make_one_history(shop):
    shop.write_lines(shop.folder, [row("1", "b", 8, store="S9", customer="x"), row("2", "c", 23, store="S1", customer=None)])
    rows, _ = read_central(Store(receipt(0, "a", "b")))
    history = arrange(read_folder(shop.folder, Pseudonym), rows)
    assert [held(history, index) for index in range(3)] == [["b"], ["a", "b"], ["c"]]
    assert [history.stores[code] for code in history.store] == ["S9", "S1", "S1"]
    assert len(history.skus) == 3


def _table(folder: Path, **columns: Any) -> Path:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), folder / "receipt_lines.parquet")
    return folder


def test_stores_may_number_their_receipts_each_for_itself(tmp_path: Path) -> None:
    folder = _table(
        tmp_path / "two",
        receipt_id=["1", "1", "1", "1"],
        store=["A", "B", "A", "B"],
        sku=["milk", "wine", "bread", "pills"],
        customer=["card", None, "card", None],
        consent=[True, False, True, False],
    )
    history = arrange(read_folder(folder, Pseudonym))
    held = [{history.skus[item] for item in history.receipt(number)} for number in range(len(history))]
    assert sorted(map(sorted, held)) == [["bread", "milk"], ["pills", "wine"]]
    assert [bool(agreed) for agreed in history.consent] == [{"milk"} <= items for items in held]


def test_lines_that_name_two_shoppers_are_nobodys_and_one_line_without_consent_is_a_receipt_without(tmp_path: Path) -> None:
    folder = _table(
        tmp_path / "torn",
        receipt_id=["1", "1", "2", "2"],
        sku=["milk", "bread", "milk", "bread"],
        customer=["a", "b", "a", "a"],
        consent=[True, True, True, False],
    )
    history = arrange(read_folder(folder, Pseudonym))
    assert not history.consent.any()
    assert sorted(int(shopper) >= 0 for shopper in history.shopper) == [False, True]


@pytest.mark.parametrize(("column", "values"), [("sku", [4006381333931.0]), ("customer", [7.5]), ("at", [1])])
def test_codes_and_times_of_the_wrong_type_are_refused_and_not_guessed(tmp_path: Path, column: str, values: list[Any]) -> None:
    folder = _table(tmp_path / "odd", **({"receipt_id": ["1"], "sku": ["milk"]} | {column: values}))
    with pytest.raises(HistoryError, match=f"column {column} holds"):
        read_folder(folder, Pseudonym)


def test_a_time_with_a_zone_is_the_time_on_the_shops_clock(tmp_path: Path) -> None:
    at = pa.array([datetime(2026, 5, 4, 7, 30)], pa.timestamp("us", "Europe/Moscow"))
    history = arrange(read_folder(_table(tmp_path / "zone", receipt_id=["1"], sku=["milk"], at=at), Pseudonym))
    local = history.local(0)
    assert local is not None
    assert local.hour == 10


def test_texts_are_read_however_a_file_holds_them(tmp_path):
    plain = pa.table({"receipt_id": ["1", "1", "2"], "sku": ["a", None, "b"], "store": ["S", "S", None]})
    said = []
    for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.large_string())):
        pq.write_table(pa.table([column.cast(kind) for column in plain.columns], plain.column_names), tmp_path / LINES)
        rows = read_folder(tmp_path, Pseudonym)
        said.append((rows.skus, rows.stores, rows.receipt.tolist(), rows.item.tolist(), rows.store.tolist(), rows.remarks))
    assert said == [(["a", "b"], ["S"], [0, 1], [0, 1], [0, -1], ("1 lines name no receipt or no item and are left out",))] * 4


def test_long_receipts_lose_only_what_they_say_twice(shop):
    """Two receipts of one number in two stores, one of them for want of consent nobody's, over and over."""
    lines = [
        row("1", f"sku {number % 70}", store=f"S{number % 2}", customer="x", consent=number != 100_001)
        for number in range(140_000)
    ]
    history = shop.history(lines)
    assert [len(held(history, index)) for index in range(len(history))] == [35, 35]
    assert history.consent.tolist() == [True, False]


def test_two_columns_of_one_name_are_refused(tmp_path):
    texts = pa.array(["a"])
    pq.write_table(pa.Table.from_arrays([texts] * 3, ["receipt_id", "sku", "sku"]), tmp_path / LINES)
    with pytest.raises(HistoryError, match="more than one column sku: export it with one of each"):
        read_folder(tmp_path, Pseudonym)
