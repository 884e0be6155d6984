"""SIGTERM in the middle: status 143, one sentence, and nothing left behind. What SIGKILL leaves goes at the next start."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from fakes.patience import until
from fakes.program import Program, tillside


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_sigterm_in_the_middle_leaves_nothing_half_made(shop, tmp_path, command):
    shop.write_lines(shop.folder, shop.sales(12_000))
    temporary, out, days = (tmp_path / name for name in ("temporary", "out", "days"))
    for folder in (temporary, out):
        folder.mkdir()
    words = {
        "train": ["train", "--out", out / "bundle", "--days", days, "--shopper-key", tmp_path / "key"],
        "evaluate": ["evaluate", "--peers", "none", "--json", out / "figures"],
    }[command]
    env = os.environ | {"TMPDIR": str(temporary)}
    with Program(tillside(*words, "--receipts", shop.folder), tmp_path / "log", env=env) as program:
        begun = "tillside-*" if command == "train" else "tillside-evaluate-*"
        until(lambda: any(temporary.glob(begun)), what="a temporary folder", seen=program.words)
        program.signal(signal.SIGTERM)
        assert program.wait() == 143
    assert program.words().strip() == "tillside: ended by SIGTERM before it was done: nothing is left half written"
    assert [*temporary.glob("tillside*"), *out.iterdir(), *tmp_path.rglob("*.part")] == []


COUNTS = """
import sys, time
from model_export.engine import opened
with opened("duckdb"):
    print("counting", file=sys.stderr, flush=True)
    time.sleep(float(sys.argv[1]))
"""


def test_what_a_killed_count_spilt_goes_at_the_next_start(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[2])}
    with Program([sys.executable, "-c", COUNTS, "600"], tmp_path / "log", env=env) as killed:
        killed.says("counting")
        killed.kill()
    assert len([*temporary.iterdir()]) == 1
    with Program([sys.executable, "-c", COUNTS, "0"], tmp_path / "log", env=env) as after:
        assert after.wait() == 0
    assert [*temporary.iterdir()] == []
