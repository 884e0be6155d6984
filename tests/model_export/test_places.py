"""Where a result may go is known before anything is read, and what a command reads is nothing that it writes over.

The folder of receipts is empty throughout: whoever looks at receipts first says so.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from fakes import experiments

from device.bundle import SCHEMA, Bundle
from device.errors import TillsideError
from model_export.commands import train
from model_export.evaluate.commands import evaluate, promote
from model_export.evaluate.plots import PICTURES
from model_export.learning.commands import acceptance
from model_export.whole import appears_whole, try_to_write
from model_export.worth.commands import report

PRECIOUS = b"what nobody can make again"


def refused(command, *words: str | Path) -> str:
    with pytest.raises(TillsideError) as caught:
        CliRunner(catch_exceptions=False).invoke(command, [str(word) for word in words])
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "receipts").mkdir()
    (tmp_path / "precious").write_bytes(PRECIOUS)
    return tmp_path


READ_BY_TRAINING = ["--items", "--shopper-key", "--experiment", "--shoppers", "--campaigns"]


@pytest.mark.parametrize("out", ["precious", "link", "receipts/../precious"])
@pytest.mark.parametrize("option", READ_BY_TRAINING)
def test_a_bundle_is_not_written_over_what_training_reads(place, option, out):
    (place / "link").symlink_to("precious")
    said = refused(train, "--receipts", "receipts", option, place / "precious", "--out", out)
    assert "would write over it" in said
    assert (place / "precious").read_bytes() == PRECIOUS


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (train, ["--out"]),
        (evaluate, ["--json"]),
        (evaluate, ["--task", "return", "--json"]),
        (promote, ["--candidate", "candidate", "--to"]),
    ],
    ids=["train", "evaluate", "evaluate return", "promote"],
)
@pytest.mark.parametrize("name", ["receipt_lines.parquet", "items.parquet"])
def test_nothing_is_written_over_the_receipts(place, command, words, name):
    (place / "receipts" / name).write_bytes(PRECIOUS)
    assert "would write over it" in refused(command, "--receipts", "receipts", *words, f"receipts/{name}")
    assert (place / "receipts" / name).read_bytes() == PRECIOUS


@pytest.mark.parametrize("there", [True, False], ids=["there", "not there yet"])
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (train, ["--out"]),
        (promote, ["--candidate", "candidate", "--to"]),
        (report, ["--experiment", "spring.toml", "--html"]),
        (acceptance, ["--plot"]),
    ],
    ids=["train", "promote", "report", "acceptance"],
)
def test_nothing_is_written_over_the_central_store(place, command, words, there):
    (place / "spring.toml").write_text(experiments.text())
    store = place / "central.db"
    if there:
        store.write_bytes(PRECIOUS)
    assert "would write over it" in refused(command, "--central", "sqlite:///central.db", *words, store)
    assert store.exists() is there
    assert not there or store.read_bytes() == PRECIOUS


def test_a_candidate_may_take_its_own_place(shop, place):
    """The night's bundle is judged where it lies, and yesterday's is replaced: neither is lost."""
    shop.write_lines(place / "receipts", shop.sales(400))
    words = ["--receipts", "receipts", "--shopper-key", "key", "--until-share", "0.8", "--out", "bundle"]
    assert CliRunner(catch_exceptions=False).invoke(train, words).exit_code == 0
    identity = opened(place / "bundle")
    words = ["--candidate", "bundle", "--yesterday", "bundle", "--to", "bundle", "--receipts", "receipts", "--tolerance", "1"]
    CliRunner().invoke(promote, words)
    assert opened(place / "bundle") == identity


def opened(path: Path) -> str:
    bundle = Bundle.open(path)
    bundle.close()
    return bundle.manifest.identity


def database(path: Path, schema: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(schema)


@pytest.mark.parametrize("what", ["photograph", "text", "database", "written ahead", "link", "cut short"])
def test_a_bundle_takes_the_place_of_no_other_file(place, what):
    there = place / "precious"
    match what:
        case "photograph":
            there.write_bytes(b"\xff\xd8\xff\xe0" + PRECIOUS)
        case "database":
            there.unlink()
            database(there, "CREATE TABLE receipt (seq INTEGER PRIMARY KEY); INSERT INTO receipt VALUES (17)")
        case "written ahead":
            there.unlink()
            database(there, "PRAGMA journal_mode = wal; CREATE TABLE receipt (seq INTEGER PRIMARY KEY)")
        case "link":
            (place / "link").symlink_to("precious")
        case "cut short":
            there.unlink()
            database(there, SCHEMA)
            there.write_bytes(there.read_bytes()[:100])
    before, names = there.read_bytes(), sorted(place.iterdir())
    out = "link" if what == "link" else "precious"
    said = refused(train, "--receipts", "receipts", "--out", out)
    assert said == f"{out} is there and cannot be read as a bundle: move it away, or choose another name"
    assert there.read_bytes() == before
    assert sorted(place.iterdir()) == names


@pytest.mark.parametrize("what", ["bundle", "later bundle", "empty"])
def test_a_bundle_takes_the_place_of_a_bundle_and_of_nothing(place, what):
    match what:
        case "bundle":
            database(place / "out", SCHEMA)
        case "later bundle":
            database(place / "out", f"{SCHEMA}; CREATE TABLE more (one INTEGER)")
        case "empty":
            (place / "out").touch()
    assert "receipt_lines.parquet" in refused(train, "--receipts", "receipts", "--out", "out")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (train, ["--out", "one", "--days", "one"]),
        (train, ["--out", "b", "--days", "one", "--profiles-by-store", "one"]),
        (evaluate, ["--json", "one", "--plots", "one"]),
        (evaluate, ["--task", "return", "--json", "one", "--plots", "one"]),
    ],
    ids=["bundle and days", "days and profiles", "figures and pictures", "those of returns"],
)
def test_two_results_in_one_place_are_found_at_once(place, command, words):
    assert "receipt_lines" not in refused(command, "--receipts", "receipts", *words)


@pytest.mark.parametrize(("task", "name"), [*(("basket", name) for name in PICTURES), ("return", "return")])
def test_a_picture_without_a_place_is_found_at_once(place, task, name):
    (place / "plots" / f"{name}.png").mkdir(parents=True)
    said = refused(evaluate, "--receipts", "receipts", "--task", task, "--plots", "plots")
    assert f"{name}.png cannot be written" in said


@pytest.mark.parametrize("length", [238, 240, 245, 255])
def test_a_name_too_long_for_what_stands_beside_a_bundle_is_found_at_once(place, length):
    assert "File name too long" in refused(train, "--receipts", "receipts", "--out", "x" * length)


def test_profiles_that_cannot_be_made_beside_those_of_before_are_found_at_once(place):
    said = refused(train, "--receipts", "receipts", "--out", "b", "--profiles-by-store", "x" * 250)
    assert "cannot be made: File name too long" in said


def test_what_a_killed_writer_left_goes_and_nothing_else(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    ours, others = tmp_path / f"figures.json.{gone.pid}.part", tmp_path / f"figures.json.{os.getppid()}.part"
    names = ("figures.json.film.part", "x.figures.json.1.part", "figures.json.part", f"a.{gone.pid}.part")
    alike = [tmp_path / name for name in names]
    journal = tmp_path / f"{ours.name}-journal"
    for path in (ours, journal, others, *alike):
        path.write_bytes(PRECIOUS)
    with appears_whole(tmp_path / "figures.json") as unfinished:
        unfinished.write_text("{}")
    assert not ours.exists()
    assert not journal.exists()
    assert all(path.read_bytes() == PRECIOUS for path in (others, *alike))


def test_the_place_is_tried_and_left_as_it_was(tmp_path):
    (tmp_path / "figures.json").write_bytes(PRECIOUS)
    try_to_write(tmp_path / "figures.json")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [PRECIOUS]
