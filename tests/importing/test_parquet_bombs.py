"""Small files that unpack to more than a machine has: read in the memory of an ordinary one, or refused before they are."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fakes.program import completed

from device.errors import HistoryError
from model_export.commands import train
from model_export.importing.commands import import_history

MOST_BYTES = 400_000_000
# What getrusage tells counts the memory of the test runner too, from before the program took its place.
MEASURED = """
import re
from pathlib import Path
from device.commands import main
try:
    main()
finally:
    print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1], "kB", flush=True)
"""


def measured(*words: str | Path) -> tuple[str, int]:
    """The last sentence, and the most memory that was taken at once."""
    env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    # Twenty million lines take minutes where others work, too.
    done = completed([sys.executable, "-c", MEASURED, *words], env=env, seconds=600)
    peak = re.search(r"(\d+) kB$", done.stdout)
    assert peak is not None
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1], 1024 * int(peak[1])


def pointing(rows: int, **texts: str) -> pa.Table:
    """The same texts in every row, each written once."""
    same = pa.array(np.zeros(rows, np.int8))
    return pa.table({name: pa.DictionaryArray.from_arrays(same, pa.array([text])) for name, text in texts.items()})


def write(folder: Path, table: pa.Table, name: str = "receipt_lines.parquet") -> Path:
    path = folder / name
    pq.write_table(table, path, row_group_size=len(table), compression="zstd", dictionary_pagesize_limit=10_000_000)
    assert path.stat().st_size < 300_000
    return path


@pytest.fixture
def words(tmp_path) -> dict[str, list[str | Path]]:
    key = ["--shopper-key", tmp_path / "key"]
    return {
        "train": ["train", "--receipts", tmp_path, "--out", tmp_path / "bundle", *key],
        "import": ["history", "import", tmp_path, "--untimed", "--yes", "--dry-run", "--central", "sqlite:///none.db", *key],
    }


def test_one_receipt_of_twenty_million_lines_is_too_few(tmp_path, words):
    write(tmp_path, pointing(20_000_000, receipt_id="r1", sku="bread"))
    said, peak = measured(*words["train"])
    assert said.startswith("tillside: 0 of 1 items stand on 5 receipts or more, in 1 receipts; ")
    assert peak < MOST_BYTES


@pytest.mark.parametrize(
    ("command", "said"), [("train", "codes? is empty, longer than 64"), ("import", "not one receipt could be")]
)
def test_a_megabyte_that_every_row_points_to_stands_there_once(tmp_path, words, command, said):
    write(tmp_path, pointing(20_000, receipt_id="r" * 1_000_000, sku="s" * 1_000_000))
    told, peak = measured(*words[command])
    assert re.search(said, told)
    assert peak < MOST_BYTES


def test_a_column_that_unpacks_to_too_much_at_once_is_refused(tmp_path, words, monkeypatch):
    monkeypatch.setattr("model_export.parquet.MOST_PIECE_BYTES", 9_000_000)
    texts = pa.array(["r", "x" * 10_000_000])
    path = tmp_path / "receipt_lines.parquet"
    pq.write_table(pa.table({"receipt_id": texts, "sku": ["s", "s"]}), path, compression="zstd", write_statistics=False)
    for command, run in (("train", train), ("import", import_history)):
        place = 1 if command == "train" else 2
        with pytest.raises(
            HistoryError, match=r"column receipt_id unpacks to 0\.0 GB at once: export it with smaller row groups"
        ):
            CliRunner(catch_exceptions=False).invoke(run, [str(word) for word in words[command][place:]])


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ({"sku": "bread", "name": "n" * 1_000_000}, r"item bread: name is longer than 10000 characters"),
        ({"sku": "s" * 1_000_000}, r"item s{64}: sku is longer than 10000 characters"),
    ],
)
def test_items_with_megabytes_of_text_are_refused(tmp_path, words, items, said):
    write(tmp_path, pointing(100, receipt_id="r1", sku="bread"))
    write(tmp_path, pointing(20_000, **items), "items.parquet")
    told, peak = measured(*words["train"])
    assert re.search(said, told)
    assert peak < 2 * MOST_BYTES


def test_more_lines_than_memory_has_room_for_are_refused_by_the_files_own_word(tmp_path, words):
    write(tmp_path, pointing(20_000_000, receipt_id="r1", sku="bread"))
    done = completed(["prlimit", "--data=1000000000", sys.executable, "-m", "device", *words["train"]])
    assert done.returncode == 1
    assert re.search(r"holds 20,000,000 lines, which take about 1\.2 GB of memory, and the limit of this process", done.stderr)
