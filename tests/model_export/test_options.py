"""What cannot be meant is refused before anything is read."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from device.errors import TrainingError
from model_export.commands import train
from model_export.evaluate.commands import evaluate, promote

WORDS = {
    train: ["--receipts", "none", "--out", "b"],
    evaluate: ["--receipts", "none"],
    promote: ["--receipts", "none", "--candidate", "b"],
}


def run(command, *words: str):
    return CliRunner(catch_exceptions=False).invoke(command, [*WORDS[command], *words])


@pytest.mark.parametrize("command", WORDS, ids=lambda command: command.name)
@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_a_seed_is_what_every_generator_takes(command, seed):
    done = run(command, "--seed", seed)
    assert done.exit_code == 2
    assert f"{seed} is not in the range 0<=x<=4294967295" in done.stderr


@pytest.mark.parametrize("share", ["nan", "0", "1.1"])
def test_a_share_is_a_number_within_its_bounds(share):
    done = run(train, "--until-share", share)
    assert done.exit_code == 2
    assert "--until-share" in done.stderr


@pytest.mark.parametrize("code", ["", "no such currency at all", "rub"])
def test_a_currency_is_three_capital_letters(code):
    with pytest.raises(TrainingError, match="is no currency: write three capital letters"):
        run(train, "--currency", code)
