"""A pipe among the files of a command is said to be none, and is not waited for."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from device.doctor import doctor
from device.errors import TillsideError
from model_export.commands import train
from model_export.evaluate.commands import evaluate, promote
from model_export.importing.commands import import_history
from model_export.regulars.commands import segments

RECEIPTS = ["--receipts", "receipts"]
COMMANDS: dict[str, tuple[click.Command, list[str]]] = {
    "settings of a register": (doctor, ["--settings", "pipe"]),
    "settings of promote": (promote, [*RECEIPTS, "--candidate", "none", "--settings", "pipe"]),
    "candidate": (promote, [*RECEIPTS, "--candidate", "pipe"]),
    "receipts": (evaluate, ["--receipts", "pipes"]),
    "key": (train, [*RECEIPTS, "--out", "b", "--shopper-key", "pipe"]),
    "items": (train, [*RECEIPTS, "--out", "b", "--shopper-key", "key", "--items", "pipe"]),
    "experiment": (train, [*RECEIPTS, "--out", "b", "--experiment", "pipe"]),
    "campaigns": (train, [*RECEIPTS, "--out", "b", "--campaigns", "pipe"]),
    "segments": (train, [*RECEIPTS, "--out", "b", "--segments", "pipes"]),
    "rules": (segments, [*RECEIPTS, "--rules", "pipe"]),
    "history": (import_history, ["--central", "sqlite:///central.db", "--yes", "--shopper-key", "key", "pipe"]),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_is_refused_and_not_waited_for(shop, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    shop.write_lines(Path("receipts"), shop.sales(40))
    Path("pipes").mkdir()
    for path in (Path("pipe"), Path("pipes/receipt_lines.parquet"), Path("pipes/2026-03-02.parquet")):
        os.mkfifo(path, 0o600)
    command, words = COMMANDS[name]
    with pytest.raises(TillsideError, match="pipe"):
        CliRunner(catch_exceptions=False).invoke(command, words)
    assert not Path("b").exists()
