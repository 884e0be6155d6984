"""Folders that go with their process: what a killed one left goes at the next start, and nothing else does."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes.program import Program

from device.passing import passing_folder

ROOT = Path(__file__).parents[2]
HOLDS = """
import sys, time
from device.passing import passing_folder
with passing_folder("tillside-") as folder:
    open(f"{folder}/spilt", "wb").write(b"rows")
    print(folder, file=sys.stderr, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def holder(temporary: Path, log: Path) -> Program:
    env = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    return Program([sys.executable, "-c", HOLDS], log, env=env)


def test_a_folder_is_gone_after_its_block(temporary):
    with passing_folder("tillside-rows-") as folder:
        assert Path(folder).parent == temporary
        assert Path(folder).name.startswith("tillside-rows-")
        (Path(folder) / "spilt").write_bytes(b"rows")
        assert Path(folder).stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_at_the_next_start_and_a_living_ones_folder_stays(temporary, tmp_path_factory):
    logs = tmp_path_factory.mktemp("logs")
    with holder(temporary, logs / "killed") as killed, holder(temporary, logs / "living") as living:
        left, held = (Path(one.says(str(temporary)).strip()) for one in (killed, living))
        killed.kill()
        assert (left / "spilt").read_bytes() == b"rows"
        with passing_folder("tillside-"):
            assert not left.exists()
            assert (held / "spilt").read_bytes() == b"rows"
        living.kill()
        with passing_folder("tillside-evaluate-"):
            assert not held.exists()


def test_what_is_not_a_leftover_of_ours_stays(temporary, tmp_path_factory):
    kept = tmp_path_factory.mktemp("kept")
    (kept / "years").write_bytes(b"of receipts")
    (temporary / "tillside-linked.passing").symlink_to(kept)
    (temporary / "tillside-file.passing").write_bytes(b"a file")
    (temporary / "tillside-demo-pictures").mkdir()
    (temporary / "other.passing").mkdir()
    there = sorted(temporary.iterdir())
    with passing_folder("tillside-"):
        pass
    assert sorted(temporary.iterdir()) == there
    assert (kept / "years").read_bytes() == b"of receipts"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_another_users_leftover_stays(temporary):
    other = temporary / "tillside-other.passing"
    other.mkdir()
    shutil.chown(other, 65_534)
    with passing_folder("tillside-"):
        pass
    assert other.is_dir()
    shutil.chown(other, os.geteuid())
    with passing_folder("tillside-"):
        assert not other.exists()


def test_many_that_start_at_once_take_nothing_from_each_other(temporary):
    def lives(number: int) -> bool:
        with passing_folder("tillside-") as folder:
            own = Path(folder) / f"{number}"
            own.write_bytes(b"mine")
            return own.read_bytes() == b"mine"

    with ThreadPoolExecutor(16) as starts:
        assert all(starts.map(lives, range(400)))
    assert list(temporary.iterdir()) == []


def test_the_wish_for_a_folder_that_cannot_be_made_is_an_oserror(temporary, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "missing"))
    with pytest.raises(OSError, match="No such file"), passing_folder("tillside-"):
        pass
