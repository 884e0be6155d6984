"""What is imported is what training reads: the same history as from the folder, without what is marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fakes.headquarters import receipt

from device.domain import Pseudonym, Sku, Thousandths
from model_export.commands import read_history, train
from model_export.history import History, arrange
from model_export.parquet import LINES, read_folder
from model_export.past import read_past
from model_export.registers import read_central
from sync.central.past import open_past

SHARED = Path(__file__).parents[3] / "shared" / "data"


def folder(name: str) -> Path:
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(f"the receipts of {name} are not beside this project")
    return path


def imported(importing) -> History:
    with closing(open_past(importing.url)) as past:
        return arrange(read_past(past.receipts())[0])


def assert_same(one: History, other: History) -> None:
    assert (one.skus, one.stores, one.shoppers) == (other.skus, other.stores, other.shoppers)
    for field in ("start", "item", "store", "shopper", "consent"):
        assert np.array_equal(getattr(one, field), getattr(other, field)), field
    assert np.array_equal(one.at, other.at, equal_nan=True)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "flags"), [("restaurant_london", ()), ("bread_basket", ("--not-goods", ""))])
def test_a_folder_imported_is_the_history_that_training_reads_from_it(importing, name, flags):
    done = importing.run(folder(name), *flags)
    assert done.error is None
    assert "refused" not in done.output
    assert_same(imported(importing), read_folder_as_history(folder(name)))


@pytest.mark.shared
def test_gift_vouchers_of_a_bakery_are_kept_and_not_learnt(importing):
    done = importing.run(folder("bread_basket"))
    assert "bags, deposits, services or gift cards" in done.output
    assert "Gift voucher" in {line.sku for one in importing.kept() for line in one.lines}
    assert "Gift voucher" not in imported(importing).skus


@pytest.mark.shared
def test_training_from_the_store_and_from_the_folder_learn_the_same(importing, tmp_path):
    source = folder("bread_basket")
    importing.run(source, "--not-goods", "")
    common = ("--shopper-key", importing.key, "--json")
    told = []
    for words in (("--receipts", source), ("--central", importing.url, "--items", source / "items.parquet")):
        done = CliRunner(catch_exceptions=False).invoke(train, [*map(str, (*words, *common)), "--out", str(tmp_path / "b")])
        told.append(json.loads(done.stdout))
    same = ("receipts", "items", "tokens", "notes")
    assert [told[0][fact] for fact in same] == [told[1][fact] for fact in same]


def read_folder_as_history(path: Path) -> History:
    return arrange(read_folder(path, Pseudonym))


def write(path: Path, columns: dict) -> Path:
    path.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path / LINES)
    return path


def test_receipts_without_a_time_keep_the_order_of_their_hints(importing, tmp_path):
    columns = {
        "receipt_id": ["late", "late", "early", "other"],
        "sku": ["a", "b", "c", "d"],
        "customer": ["x", "x", "x", "y"],
        "order_hint": pa.array([7, 7, 2, 1], pa.int64()),
    }
    path = write(tmp_path / "untimed", columns)
    assert "or --untimed" in importing.run(path).error
    assert importing.run(path, "--untimed").error is None
    for history in (imported(importing), read_folder_as_history(path)):
        held = [[history.skus[code] for code in history.receipt(number)] for number in range(3)]
        assert held == [["d"], ["c"], ["a", "b"]]


def test_parquet_of_another_form_by_flags(importing, tmp_path):
    path = tmp_path / "other.parquet"
    table = pa.table(
        {
            "bon": pa.array([1, 1, 2]),
            "wann": pa.array([datetime(2026, 3, 2, 9, 30)] * 3, pa.timestamp("ns")),
            "artikel": pa.array(["a", "b", "a"]).dictionary_encode(),
            "stück": [1.5, float("nan"), 2.0],
            "preis": pa.array([1.25, 2.0, 3.0]),
        }
    )
    pq.write_table(table, path)
    words = ("--column", "receipt=bon", "--column", "at=wann", "--column", "quantity=stück")
    done = importing.run(path, *words)
    assert done.error is None, done.error
    assert "a quantity or amount is no number: line 2 (nan)" in done.output
    (kept,) = importing.kept()
    assert (kept.number, kept.lines[0].quantity, kept.lines[0].amount) == ("2", 2000, 600)


@pytest.mark.parametrize(("mark", "name"), [(",", "comma"), (".", "point")])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_the_decimal_mark_of_numbers_written_as_text_is_guessed_and_shown(importing, tmp_path, mark, name, kind):
    """Not from the few rows that are shown: the first pieces have no fraction."""
    written = [*["1"] * 10, f"0{mark}342", f"1{mark}500"]
    quantity = pa.array([*written, None]).cast(kind)
    columns = {
        "receipt": [str(number) for number in range(len(quantity))],
        "sku": ["a"] * len(quantity),
        "at": ["2026-03-02T09:30:00"] * len(quantity),
        "quantity": quantity,
    }
    done = importing.run(write(tmp_path / "text", columns))
    assert done.error is None, done.output
    assert f"decimal {name} in texts" in done.output
    assert [told.lines[0].quantity for told in importing.kept()] == [*[1000] * 10, 342, 1500, 1000]


@pytest.mark.parametrize("mark", [",", "."])
def test_what_is_a_number_already_has_no_mark_to_be_taken_for_another(importing, tmp_path, mark):
    """The flag is of what people wrote, in another file of the same import perhaps."""
    columns = {
        "receipt": ["1"],
        "sku": ["a"],
        "at": ["2026-03-02T09:30:00"],
        "quantity": pa.array([Decimal("1.500")]),
        "amount": pa.array([Decimal("3.00")]),
        "order_hint": pa.array([7.0]),
    }
    done = importing.run(write(tmp_path / "exact", columns), "--decimal", mark)
    assert done.error is None, done.output
    (kept,) = importing.kept()
    assert (kept.lines[0].quantity, kept.lines[0].amount, kept.order_hint) == (1500, 300, 7)


def test_two_columns_of_one_name_are_not_taken_for_each_other(importing, tmp_path):
    columns = [pa.array([text]) for text in ("1", "a", "2026-03-02T09:30:00", "2")]
    path = tmp_path / "twice.parquet"
    pq.write_table(pa.Table.from_arrays(columns, ["receipt", "sku", "at", "receipt"]), path)
    said = ("--column", "receipt=receipt")
    assert "more than one column is called 'receipt': export each under a name of its own" in importing.run(path, *said).error
    pq.write_table(pa.Table.from_arrays(columns, ["receipt", "sku", "at", "x"]).append_column("x", columns[0]), path)
    assert importing.run(path, *said).error is None
    assert [told.number for told in importing.kept()] == ["1"]


@pytest.mark.parametrize("damage", ["cut", "text", "floats"])
def test_parquet_that_cannot_be_read_is_one_sentence(importing, tmp_path, damage):
    path = write(tmp_path / "odd", {"receipt_id": ["1"], "sku": [1.5] if damage == "floats" else ["a"]}) / LINES
    match damage:
        case "cut":
            path.write_bytes(path.read_bytes()[:-20])
        case "text":
            path.write_bytes(b"PAR1 is not enough")
    done = importing.run(path, "--untimed")
    assert ("export it as text" if damage == "floats" else "cannot be read, export it again") in done.error


def test_a_damaged_page_keeps_what_stands_before(importing, tmp_path):
    rows = 60_000
    columns = {"receipt_id": [str(number // 2) for number in range(rows)], "sku": [f"sku {number}" for number in range(rows)]}
    path = tmp_path / LINES
    pq.write_table(pa.table(columns), path, row_group_size=20_000, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = pq.ParquetFile(path).metadata.row_group(2).column(1).data_page_offset
    content[middle + 30 : middle + 2_000] = b"\xff" * 1_970
    path.write_bytes(content)
    done = importing.run(path, "--untimed")
    assert "is damaged behind row 40000, what stands before is kept" in done.error
    assert 19_990 < len(importing.kept()) <= 20_000


def test_training_leaves_out_what_is_marked_and_says_so(importing):
    at = "2026-03-02T09:30:00"
    rows = [
        f"1,{at},milk,1,Milk,,",
        f"1,{at},bag,1,Carrier bag,,",
        f"1,{at},bread,-1,Bread,,",
        f"1,{at},ham,1,Ham,yes,",
        f"2,{at},practice,1,Milk,,training",
        f"3,{at},crate,300,Beer,,",
        f"4,{at},beer,1,Beer,,sale",
    ]
    done = importing.csv("receipt_id,at,sku,quantity,name,void,type\n" + "".join(f"{row}\n" for row in rows))
    assert done.error is None
    assert "receipts: 1 training sales, 1 wholesale-size" in done.output
    assert "lines: 1 bags, deposits, services or gift cards, 1 returned, 1 voided" in done.output
    assert "raise --wholesale-items and --wholesale-pieces" in done.output
    assert len(importing.kept()) == 4
    history = imported(importing)
    assert [[history.skus[code] for code in history.receipt(number)] for number in range(len(history))] == [["milk"], ["beer"]]
    assert {remark.split(" ", 1)[1] for remark in history.remarks} == {
        "imported receipts rung up to practise are left out",
        "imported receipts of wholesale size are left out",
        "imported lines are bags, deposits, services or gift cards and left out",
        "imported lines are returned and left out",
        "imported lines are voided and left out",
    }


def test_the_catalogue_may_say_later_what_is_no_goods(importing):
    importing.csv("receipt_id,at,sku\n1,2026-03-02T09:30:00,milk\n1,2026-03-02T09:30:00,x\n")
    with closing(open_past(importing.url)) as past:
        history = arrange(read_past(past.receipts(), {"x"})[0])
    assert history.skus == ("milk",)


def test_a_list_of_goods_beside_the_file_says_what_is_no_goods(importing, tmp_path):
    pq.write_table(pa.table({"sku": ["x", "milk"], "kind": ["deposit", "goods"]}), tmp_path / "items.parquet")
    importing.csv("receipt_id,at,sku\n1,2026-03-02T09:30:00,milk\n1,2026-03-02T09:30:00,x\n")
    assert [(line.sku, line.marks) for line in importing.kept()[0].lines] == [("milk", 0), ("x", 8)]


class Store:
    """What training asks of a central store."""

    def __init__(self, *receipts) -> None:
        self._receipts = receipts

    def receipts(self) -> Iterator[bytes]:
        return map(msgspec.json.encode, self._receipts)

    def close(self) -> None: ...


def test_receipts_of_registers_are_marked_when_they_are_read():
    usual, large = receipt(1), receipt(2, lines=101)
    crate = replace(receipt(3), lines=(replace(receipt(3).lines[0], quantity=Thousandths(251_000)),))
    voucher = replace(receipt(4).lines[0], sku=Sku("v"), name="Gift card 50")
    mixed = replace(receipt(4), lines=(voucher, *receipt(4).lines))
    rows, _ = read_central(Store(usual, replace(large, lines=distinct(large)), crate, mixed), {"S2"})
    history = arrange(rows)
    assert len(history) == 2
    assert "v" not in history.skus
    assert "S2" not in history.skus
    assert {remark.split()[0] for remark in rows.remarks} == {"2"}


def distinct(sale) -> tuple:
    return tuple(replace(line, sku=Sku(f"own {place}")) for place, line in enumerate(sale.lines))


@pytest.mark.parametrize("timed", [True, False])
def test_receipts_that_were_imported_from_the_folder_are_counted_once(importing, timed):
    """Numbers repeat from store to store; one receipt is new since the import, and one the import has marked as wholesale."""
    numbers = [str(number % 30 // 3) for number in range(60)]
    columns = {
        "receipt_id": numbers,
        "store": ["S1" if number < 30 else "S2" for number in range(60)],
        "sku": [f"sku {number % 7}" for number in range(60)],
        "quantity": [1.0] * 57 + [9000.0] * 3,
    }
    if timed:
        columns["at"] = [datetime(2026, 3, 2, 8, int(number), 1, 5) for number in numbers]
    receipts = importing.folder / "receipts"
    receipts.mkdir()
    pq.write_table(pa.table(columns), receipts / LINES)
    assert importing.run(receipts, *([] if timed else ["--untimed"])).error is None
    columns = {name: [*column, column[-1]] for name, column in columns.items()} | {"receipt_id": [*numbers, "new"]}
    pq.write_table(pa.table(columns), receipts / LINES)
    history, _, _ = read_history(receipts, importing.url, lambda _: None)
    assert len(history) == len(imported(importing)) + 1 == 20
    assert history.sizes.sum() == 19 * 3 + 1
    assert "20 receipts of the folder are in the central store as well and are counted once" in history.remarks
