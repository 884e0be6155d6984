"""Receipts as they come when something is wrong: one sentence and no file, or a note and a bundle; never a traceback."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from device.bundle import Bundle
from device.errors import TillsideError, TrainingError
from device.scorer import prove
from model_export.commands import train
from model_export.evaluate.commands import evaluate
from model_export.whole import appears_whole

DAY = datetime(2026, 3, 2, 8)
TILLSIDE = Path(sys.executable).with_name("tillside")


def lines(baskets: list[list[str]], **columns: object) -> list[dict]:
    """One receipt an hour."""
    return [
        {"receipt_id": f"r{number}", "at": DAY + timedelta(hours=number), "sku": sku, **columns}
        for number, skus in enumerate(baskets)
        for sku in skus
    ]


def no_item_five_times(sales: list[dict]) -> list[dict]:
    return lines([[f"sku {number}", f"sku {number + 1}"] for number in range(200)])


def one_receipt(sales: list[dict]) -> list[dict]:
    return sales[:1]


def one_item(sales: list[dict]) -> list[dict]:
    return lines([["bread"]] * 200)


def nothing(sales: list[dict]) -> list[dict]:
    return [{**row, "quantity": -1.0} for row in sales]


def all_in_the_future(sales: list[dict]) -> list[dict]:
    return [{**row, "at": row["at"].replace(year=2999)} for row in sales]


def most_in_the_future(sales: list[dict]) -> list[dict]:
    return [row if row["receipt_id"] in {"r0", "r1"} else late for row, late in zip(sales, all_in_the_future(sales), strict=True)]


def no_name(sales: list[dict]) -> list[dict]:
    return [{**row, "sku": None} for row in sales]


def identical_baskets(sales: list[dict]) -> list[dict]:
    return lines([["bread", "butter", "jam"]] * 300)


def a_wholesaler(sales: list[dict]) -> list[dict]:
    return sales + lines([[f"sku {number}" for number in range(4_000)]], store="S1", customer=None, line=1)


def some_returns(sales: list[dict]) -> list[dict]:
    return [{**row, "quantity": -2.0 if place % 9 == 0 else 1.5} for place, row in enumerate(sales)]


def some_in_the_future(sales: list[dict]) -> list[dict]:
    return [{**row, "at": row["at"].replace(year=2999) if row["receipt_id"].endswith("77") else row["at"]} for row in sales]


def some_without_a_time(sales: list[dict]) -> list[dict]:
    return [{**row, "at": None if row["receipt_id"].endswith("7") else row["at"]} for row in sales]


def none_with_a_time(sales: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name != "at"} for row in sales]


def a_caterer(sales: list[dict]) -> list[dict]:
    """One customer with 10,000 receipts, minutes apart."""
    often = [["bread", "butter"], ["butter", "item a"], ["bread", "item b"]]
    return [
        {
            "receipt_id": f"c{number}",
            "at": DAY + timedelta(minutes=number),
            "store": "S1",
            "customer": "caterer",
            "line": 1,
            "sku": sku,
        }
        for number in range(10_000)
        for sku in often[number % 3]
    ]


def unknown_columns(sales: list[dict]) -> list[dict]:
    return [{**row, "mood": "good", "weather": "rain"} for row in sales]


REFUSED: dict[str, tuple[Callable[[list[dict]], list[dict]], str]] = {
    "no item five times": (no_item_five_times, "0 of 201 items stand on 5"),
    "one receipt": (one_receipt, "bring more receipts"),
    "one item": (one_item, "a model needs at least two"),
    "nothing but returns": (nothing, "quantity of zero or less are left out"),
    "all in the future": (all_in_the_future, "all 300 receipts are dated in the future, .* look at the clocks"),
    "all but two in the future": (most_in_the_future, r"bring more receipts \(298 receipts are dated in the future .* clocks"),
    "no name at all": (no_name, "lines name no receipt or no item"),
}
NOTED: dict[str, tuple[Callable[[list[dict]], list[dict]], str]] = {
    "identical baskets": (identical_baskets, ""),
    "a receipt of 4,000 lines": (a_wholesaler, "1 receipts hold more than 1000 different items"),
    "some returns": (some_returns, "lines with a quantity of zero or less are left out"),
    "some in the future": (some_in_the_future, "dated in the future and are left out"),
    "some without a time": (some_without_a_time, "have no time and count as the oldest"),
    "none with a time": (none_with_a_time, ""),
    "a customer with 10,000 receipts": (a_caterer, ""),
    "unknown columns": (unknown_columns, "not used: mood, weather"),
}


def words_of(command: object, receipts: Path, out: Path) -> list[str]:
    if command is train:
        return ["--receipts", str(receipts), "--out", str(out / "b"), "--shopper-key", str(receipts / "key")]
    return ["--receipts", str(receipts), "--peers", "popularity,sar,ease", "--quick", "--json", str(out / "figures.json")]


def run(command, receipts: Path, out: Path):
    return CliRunner(catch_exceptions=False).invoke(command, words_of(command, receipts, out))


@pytest.fixture
def out(tmp_path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("command", [train, evaluate], ids=["train", "evaluate"])
@pytest.mark.parametrize("trouble", REFUSED)
def test_receipts_that_cannot_be_used_are_refused_in_one_sentence(shop, out, command, trouble):
    change, said = REFUSED[trouble]
    shop.write_lines(shop.folder, change(shop.sales(300)))
    with pytest.raises(TillsideError, match=said) as caught:
        run(command, shop.folder, out)
    assert "\n" not in str(caught.value)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("command", [train, evaluate], ids=["train", "evaluate"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_refused(shop, out, command, share):
    shop.write_lines(shop.folder, shop.sales(300))
    path = shop.folder / "receipt_lines.parquet"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(TillsideError, match="export it again") as caught:
        run(command, shop.folder, out)
    assert "\n" not in str(caught.value)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("command", [train, evaluate], ids=["train", "evaluate"])
@pytest.mark.parametrize("oddity", NOTED)
def test_odd_receipts_are_used_and_the_oddity_is_said(shop, out, command, oddity):
    change, said = NOTED[oddity]
    shop.write_lines(shop.folder, change(shop.sales(300)))
    done = run(command, shop.folder, out)
    assert done.exit_code == 0
    assert said in done.stderr
    if command is train:
        bundle = Bundle.open(out / "b")
        prove(bundle)
        bundle.close()
    assert len(list(out.iterdir())) == 1


@pytest.mark.parametrize("command", [train, evaluate], ids=["train", "evaluate"])
def test_a_full_disk_is_one_sentence_and_no_file(shop, out, command, tmp_path):
    """No file may grow beyond 8 KiB: the bundle cannot be written, here or in the temporary folder."""
    shop.write_lines(shop.folder, shop.sales(300))
    (tmp_path / "tmp").mkdir()
    words = [str(TILLSIDE), command.name, *words_of(command, shop.folder, out)]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 8; exec "$@"', "full", *words],
        capture_output=True,
        text=True,
        # Python itself would leave its compiled modules cut short.
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 1
    told = done.stderr.strip().splitlines()[-1]
    assert told.startswith("tillside: the bundle ")
    assert "cannot be written" in told
    assert "Traceback" not in done.stderr
    assert list(out.iterdir()) == list((tmp_path / "tmp").glob("tillside*")) == []


def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path):
    path = tmp_path / "figures.json"
    path.write_text("yesterday's")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with (
            pytest.raises(TrainingError, match=r"figures\.json cannot be written: File too large"),
            appears_whole(path) as unfinished,
        ):
            unfinished.write_text("x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_goes_where_its_name_links_to_and_over_nothing_that_is_no_file(tmp_path):
    pipe, link, target = tmp_path / "pipe", tmp_path / "link", tmp_path / "target"
    os.mkfifo(pipe)
    link.symlink_to(target)
    with appears_whole(link) as unfinished:
        unfinished.write_text("today's")
    assert link.is_symlink()
    assert target.read_text() == "today's"
    with (
        pytest.raises(TrainingError, match="pipe cannot be written: what stands there is not a regular file"),
        appears_whole(pipe) as unfinished,
    ):
        unfinished.write_text("today's")
    assert pipe.is_fifo()
    assert len(list(tmp_path.iterdir())) == 3


def test_a_place_that_cannot_be_written_is_found_before_a_receipt_is_read(tmp_path):
    """The folder of receipts is not even there."""
    (tmp_path / "file").touch()
    for words, said in (
        (["--out", "x" * 254], "File name too long"),
        (["--out", str(tmp_path / "file" / "b")], "there is no folder"),
        (["--out", str(tmp_path / "b"), "--days", str(tmp_path / "file" / "days")], "cannot be made"),
    ):
        with pytest.raises(TrainingError, match=said):
            CliRunner(catch_exceptions=False).invoke(train, ["--receipts", str(tmp_path / "none"), *words])


def with_no_room_to_speak(tmp_path: Path, *words: str) -> str:
    """The last line of what the command says on standard error when its standard output is a file that may not grow."""
    spoken = tmp_path / "spoken"
    most = 64 * 1024 * 1024
    with spoken.open("wb") as full:
        full.seek(most)  # a file of holes, as large as a file may be
        full.truncate()
        done = subprocess.run(
            ["prlimit", f"--fsize={most}", str(TILLSIDE), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    assert done.returncode == 1
    return done.stderr.decode().splitlines()[-1]


def test_what_was_made_stands_when_nothing_can_be_said_of_it(shop, out, tmp_path):
    shop.write_lines(shop.folder, shop.sales(300))
    bundle, figures, cannot = out / "b", out / "figures.json", "standard output cannot be written: File too large"
    told = with_no_room_to_speak(tmp_path, "train", *words_of(train, shop.folder, out), "--json")
    assert told == f"tillside: the bundle {bundle} is written, but {cannot}"
    Bundle.open(bundle).close()
    assert (
        with_no_room_to_speak(tmp_path, "evaluate", *words_of(evaluate, shop.folder, out), "--peers", "none")
        == f"tillside: {cannot}"
    )
    assert json.loads(figures.read_text())
    candidate = ["--candidate", str(bundle), "--receipts", str(shop.folder), "--allow-seen", "--to", str(out / "live")]
    told = with_no_room_to_speak(tmp_path, "promote", *candidate, "--json")
    assert told == f"tillside: {bundle} stays where it is: {cannot}"
    assert not (out / "live").exists()
