"""A plan from history that is empty, damaged, hostile or asked for in contradictory words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes.earlier_sales import FIRST, folder, keep, lines, plan, planned, weeks

from device.errors import CentralError, HistoryError, TrainingError
from model_export.parquet import LINES
from model_export.worth import rows


def test_an_empty_store_says_how_to_fill_it(url):
    for words in ((), ("--from", "history"), ("--from", "registers")):
        with pytest.raises(HistoryError, match="no sale to plan from: bring receipts in by `tillside history import`"):
            plan("--central", url, *words, "--metric", "receipt", "--effect", "2%")
    keep(url, weeks(local_time=None))
    with pytest.raises(HistoryError, match=r"no sale to plan from.*left out: 600 receipts without a time"):
        plan("--central", url, "--metric", "receipt", "--effect", "2%")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--central URL or --receipts FOLDER"),
        (("--central", "sqlite:///x", "--receipts", "y"), "--central URL or --receipts FOLDER"),
        (("--receipts", "y", "--rows", "z"), "are about a central store"),
        (("--receipts", "y", "--from", "history"), "are about a central store"),
        (("--receipts", "y", "--metric", "items", "--effect", "3"), "metrics have units of their own"),
    ],
)
def test_words_that_contradict_each_other_are_told(words, told):
    done = plan("--metric", "receipt", "--effect", "2%", *words)
    assert done.exit_code == 2
    assert told in done.output


def test_lines_that_no_till_writes_do_no_harm(tmp_path):
    """Scattered, repeated, endless, not a number: what can be a receipt is one."""
    sound = lines()
    wild = {
        "receipt_id": ["huge"] * 20_000 + ["nan", "inf", "never", "early", "late", None, "noitem", "mad", "\0", "two"],
        "sku": ["i1"] * 20_000 + ["i1"] * 6 + [None, "i1", "\0", "i2"],
        "at": [FIRST] * 20_002 + [None, datetime(1, 1, 1), datetime(9999, 12, 31)] + [FIRST] * 5,
        "quantity": [0.001] * 20_000 + [float("nan"), float("inf"), *[1.0] * 5, -1e300, 1.0, 1.0],
        "amount": [1] * 20_007 + [2**62, 100, 100],
        "customer": [None] * 20_009 + ["\0"],
        "store": ["S1"] * 20_008 + ["\0", None],
        "line": [0] * 20_010,
    }
    both = {name: [*column, *wild[name]] for name, column in sound.items()}
    order = np.random.default_rng(1).permutation(len(both["sku"]))
    told = planned("--receipts", folder(tmp_path / "wild", {name: [column[n] for n in order] for name, column in both.items()}))
    assert told.basis.receipts == 3002, "the sound ones, and the two that are odd by their names only"
    assert set(told.basis.left_out) == {
        "1 receipts of wholesale size",
        "2 sales that were cancelled, set aside, or have a total and no lines",
        "1 returns",
        "1 receipts without a time",
        "2 receipts dated before 1970 or in the future",
    }


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("quantity", "many", "export it as"),
        ("amount", 12.5, "export it as"),
        ("consent", "perhaps", "export it as"),
    ],
)
def test_a_column_of_the_wrong_type_is_one_sentence(tmp_path, column, values, told):
    odd = lines(50)
    path = folder(tmp_path / "odd", odd | {column: [values] * len(odd["sku"])})
    with pytest.raises(HistoryError, match=told) as caught:
        plan("--receipts", path, "--metric", "items", "--effect", "2%")
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_read_is_one_sentence(tmp_path, shop):
    with pytest.raises(HistoryError, match="name the folder that holds it"):
        plan("--receipts", tmp_path, "--metric", "items", "--effect", "2%")
    (tmp_path / LINES).write_bytes((shop / LINES).read_bytes()[:-2000])
    with pytest.raises(HistoryError, match="cannot be read, export it again"):
        plan("--receipts", tmp_path, "--metric", "items", "--effect", "2%")
    whole = bytearray((shop / LINES).read_bytes())
    whole[len(whole) // 3 : len(whole) // 3 + 400] = bytes(400)
    (tmp_path / LINES).write_bytes(whole)
    with pytest.raises(HistoryError, match="cannot be read, export it again"):
        plan("--receipts", tmp_path, "--metric", "items", "--effect", "2%")
    untimed = {name: column for name, column in lines(50).items() if name != "at"}
    pq.write_table(pa.table(untimed), tmp_path / LINES)
    with pytest.raises(HistoryError, match="without times nobody knows how many receipts there are a day"):
        plan("--receipts", tmp_path, "--metric", "items", "--effect", "2%")


def test_a_damaged_past_is_one_sentence(url):
    keep(url, weeks())
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE past SET body = ? WHERE id = 300", (b"\xff{",))
    with pytest.raises(CentralError, match="imported receipt 300 is damaged"):
        plan("--central", url, "--metric", "items", "--effect", "2%")


def test_rows_that_find_no_room_are_one_sentence(tmp_path):
    with pytest.raises(TrainingError, match=r"the measured rows in .* cannot be kept"):
        rows.write(tmp_path / "nowhere" / "rows.parquet", ())
