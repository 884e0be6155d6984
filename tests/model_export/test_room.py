"""Limits on memory are asked for before a training begins; where one is met all the same, one sentence says so."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes.program import completed, tillside

from model_export import room
from model_export.room import LEAST, Room

MANY = 80_000
"""Items that take more than `SMALL` when each has a name of `LONG` characters, which the file says once."""
LONG = 9_000
SMALL = 700_000_000


def run(limit: str, *words: str | Path):
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    return completed(["prlimit", limit, *tillside(*words)], env=env)


def words_of(command: str, folder: Path, out: Path) -> list[str | Path]:
    told: dict[str, list[str | Path]] = {
        "train": ["train", "--receipts", folder, "--out", out / "bundle", "--shopper-key", folder / "key"],
        "evaluate": ["evaluate", "--receipts", folder, "--peers", "none", "--quick", "--json", out / "figures"],
        "history": [
            "history",
            "import",
            "--central",
            f"sqlite:///{out / 'central.db'}",
            "--shopper-key",
            folder / "key",
            "--yes",
        ],
    }
    return told[command] + ([folder] if command == "history" else [])


@pytest.fixture
def out(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("command", ["train", "evaluate"])
@pytest.mark.parametrize(("limit", "said"), [("--as=1500000000", "ulimit -v) leaves 0.0 GB"), ("--data=300000000", "ulimit -d)")])
def test_a_limit_of_the_process_that_is_too_low_is_told_before_anything_is_read(tmp_path, out, command, limit, said):
    """There are not even receipts."""
    done = run(limit, *words_of(command, tmp_path, out))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("tillside: ")
    assert said in done.stderr
    assert list(out.iterdir()) == []


def test_an_import_asks_for_less(tmp_path, out):
    done = run("--as=300000000", *words_of("history", tmp_path, out))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "importing takes 0.1 GB of memory at least and the limit of this process (ulimit -v) leaves 0.0 GB" in done.stderr


def test_an_import_of_little_works_in_little(shop, out):
    shop.write_goods(shop.write_lines(shop.folder, shop.sales(30)), {"sku": ["bread"]})
    done = run("--as=800000000", *words_of("history", shop.folder, out))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_limit_that_leaves_enough_is_none(shop, out):
    shop.write_lines(shop.folder, shop.sales(300))
    done = run("--as=3200000000", *words_of("train", shop.folder, out))
    assert (done.returncode, [path.name for path in out.iterdir()]) == (0, ["bundle"])


@pytest.mark.parametrize("command", ["train", "history"])
def test_memory_that_ends_in_the_middle_is_one_sentence_and_no_file(shop, out, command):
    shop.write_lines(shop.folder, shop.sales(300))
    skus = pa.array(range(MANY), pa.int64()).cast(pa.string())
    name = pa.DictionaryArray.from_arrays(pa.array(np.zeros(MANY, np.int8)), pa.array(["ж" * LONG]))
    pq.write_table(pa.table({"sku": skus, "name": name}), shop.folder / "items.parquet")
    done = run(f"--data={SMALL}", *words_of(command, shop.folder, out))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("tillside: there is not enough memory for this")
    assert "Traceback" not in done.stderr
    assert list(out.iterdir()) == []


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Writes what the kernel tells of control groups, by path."""
    monkeypatch.setattr(room, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(room, "_GROUPS", tmp_path / "groups")

    def write(path: str, told: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(told)

    return write


def test_the_limit_of_a_control_group_holds_and_that_of_each_above_it(kernel):
    kernel("proc/cgroup", "0::/shop.slice/night.service\n")
    kernel("groups/shop.slice/memory.max", "200000000\n")
    kernel("groups/shop.slice/night.service/memory.max", "max\n")
    assert room.room() == Room(200_000_000, "its control group (memory.max) allows")
    kernel("groups/shop.slice/night.service/memory.max", "100000000\n")
    assert room.room().bytes == 100_000_000
    assert str(room.room()) == "its control group (memory.max) allows 0.1 GB"


def test_a_container_finds_its_limit_at_the_top_in_version_one_too(kernel):
    kernel("proc/cgroup", "9:name=systemd:/\n4:memory:/docker/17ab\n1:cpu,cpuacct:/docker/17ab\n")
    kernel("groups/memory/memory.limit_in_bytes", "150000000\n")
    assert room.room() == Room(150_000_000, "its control group (memory.limit_in_bytes) allows")


def test_no_limit_is_the_machine(kernel):
    kernel("proc/cgroup", "4:memory:/\n0::/../../elsewhere\n")
    kernel("groups/memory/memory.limit_in_bytes", "9223372036854771712\n")
    kernel("groups/memory.max", "max\n")
    assert room.room().bytes > LEAST
    assert room.room().whose == "this machine has"
