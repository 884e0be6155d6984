"""SIGTERM in the middle: status 143, one sentence, and nothing left behind."""

from __future__ import annotations

import os
import signal

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
