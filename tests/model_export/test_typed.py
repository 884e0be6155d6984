"""Columns of another type than they should be: read where nothing is lost, else refused by their name, whoever reads them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fakes.program import tillside

from device.errors import HistoryError
from device.words import MOST_LISTED
from model_export.evaluate import plots, protocol
from model_export.evaluate.found import ColdStore
from model_export.history import History, arrange
from model_export.parquet import LINES, read_folder
from model_export.regulars.commands import segments
from model_export.worth.commands import plan_

DAY = datetime(2026, 3, 2, 8)
COUNT = 40


def written(folder: Path, **columns: Any) -> Path:
    folder.mkdir(exist_ok=True)
    sound = {
        "receipt_id": [f"r{number // 2}" for number in range(COUNT)],
        "sku": ["bread", "butter"] * (COUNT // 2),
        "at": pa.array([DAY + timedelta(hours=number // 2) for number in range(COUNT)], pa.timestamp("us")),
        "customer": ["card"] * COUNT,
        "amount": [100] * COUNT,
    }
    pq.write_table(pa.table(sound | columns), folder / LINES)
    return folder


def history(folder: Path) -> History:
    return arrange(read_folder(folder, str))  # type: ignore[arg-type]


WRONG = {
    "quantity": (["two"] * COUNT, [True] * COUNT, [[1.0]] * COUNT),
    "consent": (["perhaps"] * COUNT, [[True]] * COUNT),
    "order_hint": (["first"] * COUNT, [float("nan")] * COUNT, pa.array([2**64 - 1] * COUNT, pa.uint64())),
    "at": (["yesterday"] * COUNT, pa.array([2**62] * COUNT).cast(pa.timestamp("ms"))),
}


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, all_ in WRONG.items() for place in range(len(all_))])
def test_a_column_that_is_something_else_is_named(tmp_path, name, place):
    with pytest.raises(HistoryError, match=rf"column {name} holds .*: export it as \w+") as caught:
        read_folder(written(tmp_path, **{name: WRONG[name][place]}), str)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [["x"] * COUNT, [1.5] * COUNT, [float("nan")] * COUNT])
@pytest.mark.parametrize("command", ["segments", "plan"])
def test_so_is_an_amount_and_nothing_of_an_engine_is_told(tmp_path, command, values):
    words = ["--receipts", str(written(tmp_path, amount=values))]
    words += ["--metric", "items", "--effect", "2%"] if command == "plan" else []
    with pytest.raises(HistoryError, match="column amount holds what is no whole numbers") as caught:
        CliRunner(catch_exceptions=False).invoke({"segments": segments, "plan": plan_}[command], words)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("command", ["segments", "plan"])
def test_a_quantity_is_no_text_for_anyone(tmp_path, command):
    words = ["--receipts", str(written(tmp_path, quantity=["two"] * COUNT))]
    words += ["--metric", "items", "--effect", "2%"] if command == "plan" else []
    with pytest.raises(HistoryError, match="column quantity holds string, not numbers") as caught:
        CliRunner(catch_exceptions=False).invoke({"segments": segments, "plan": plan_}[command], words)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([2**64 - 1] * COUNT, pa.uint64()),
        pa.array(np.ones(COUNT, np.float16)),
        pa.array([1] * COUNT, pa.decimal128(10, 2)),
        pa.nulls(COUNT),
        pa.array([1.0] * COUNT).dictionary_encode(),
    ],
    ids=["uint64", "float16", "decimal", "nothing", "dictionary"],
)
def test_any_number_is_a_quantity(tmp_path, values):
    assert len(history(written(tmp_path, quantity=values))) == COUNT // 2


def test_a_consent_that_is_no_number_is_none(tmp_path):
    """As a data frame holds a column of booleans in which some are missing."""
    consent = [1.0 if number < 10 else float("nan") for number in range(COUNT)]
    found = history(written(tmp_path, consent=pa.array(consent)))
    assert int(found.consent.sum()) == 5


def test_finer_times_are_cut_to_microseconds(tmp_path):
    """Nanoseconds that no clock of a shop knows, as arithmetic with them leaves them."""
    moments = np.array([np.datetime64("2026-03-02T08:00:00.123456789") + np.timedelta64(number, "h") for number in range(COUNT)])
    found = history(written(tmp_path, at=pa.array(moments, pa.timestamp("ns"))))
    assert found.at[0] == np.datetime64("2026-03-02T08:00:00.123456")


def test_times_that_are_all_missing_are_as_no_column(tmp_path):
    found = history(written(tmp_path, at=pa.nulls(COUNT)))
    assert len(found) == COUNT // 2
    assert not found.timed


def test_columns_nobody_knows_are_told_in_a_line(tmp_path):
    names = ("\x1b[31mweather\nrain", "y" * 100_000, *(f"c{number}" for number in range(200)))
    strange = {name: ["x"] * COUNT for name in names}
    [told] = read_folder(written(tmp_path, **strange), str).remarks  # type: ignore[arg-type]
    assert told.isprintable()
    assert len(told) < 400
    assert f"and {202 - MOST_LISTED} more" in told


@pytest.mark.parametrize("name", ["sku", "receipt_id", "store", "customer"])
@pytest.mark.parametrize("command", ["segments", "plan"])
def test_texts_that_are_all_missing_are_no_fault_of_the_engine(tmp_path, command, name):
    words = ["--receipts", str(written(tmp_path, **{name: pa.nulls(COUNT)}))]
    words += ["--metric", "items", "--effect", "2%"] if command == "plan" else []
    done = CliRunner().invoke({"segments": segments, "plan": plan_}[command], words)
    assert done.exception is None or isinstance(done.exception, HistoryError)
    assert "Traceback" not in str(done.exception)


def test_a_file_that_cannot_be_opened_is_no_fault_of_the_engine(tmp_path):
    with pytest.raises(OSError, match="File name too long"):
        CliRunner(catch_exceptions=False).invoke(segments, ["--central", f"sqlite:///{tmp_path}/{'x' * 300}"])


@pytest.mark.parametrize("amount", [2**63 - 1, -(2**63)])
def test_amounts_that_nobody_pays_count_for_nothing(tmp_path, amount):
    folder = written(tmp_path, amount=[amount, *[100] * (COUNT - 1)])
    done = CliRunner(catch_exceptions=False).invoke(segments, ["--receipts", str(folder)])
    assert done.exit_code == 0
    assert "note: 1 lines have amounts that nobody pays" in done.stderr
    assert "39.00" in done.stdout


@pytest.mark.parametrize("name", [r"$\foo$", "$", "a\nb\x00", "$x$ and $y$"])
def test_a_store_may_be_called_anything_in_a_picture(planted, tmp_path, name):
    found = protocol.evaluate(planted, [], 1, quick=True)
    figure = (0.5, 0.4, 0.6)
    cold = ColdStore(name, 500, 100, figure, figure, figure)
    drawn = list(plots.draw(replace(found, cold_start=(cold,)), tmp_path))
    assert tmp_path / "cold_start.png" in drawn


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--out", "b", "--shopper-key", "key", "--receipts"),
        ("evaluate", "--task", "new", "--receipts"),
        ("headquarters", "segments", "--receipts"),
        ("plan", "--metric", "items", "--effect", "2%", "--receipts"),
        ("history", "import", "--yes", "--central", "sqlite:///central.db", "--shopper-key", "key"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_folder_whose_name_is_no_text_is_one_sentence(tmp_path, words):
    name = os.fsdecode(b"\xff\xe9t\xe9")
    written(tmp_path / "sound").rename(tmp_path / name)
    done = subprocess.run(tillside(*words, name), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        r"tillside: '\udcff\udce9t\udce9' is no text in UTF-8, and names something that has to be: rename it"
    )
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b").exists()
