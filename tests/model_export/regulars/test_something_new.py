"""What a place for something new costs: its figures agree with each other, and the command prints them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from fakes.regular_chain import chain as planted_chain
from fakes.regular_chain import history_of

from device.commands import tillside
from device.errors import TrainingError
from model_export.evaluate import something_new


@pytest.fixture(scope="module")
def found():
    return something_new.evaluate(planted_chain(shoppers=60, days=60), 1, lambda what, share: None)


def test_what_a_place_costs_is_what_the_screen_loses(found):
    assert found.questions > 50
    for slot in found.slots:
        lost = slot.given * (slot.new - slot.displaced) / found.questions
        assert slot.hit_rate - found.hit_rate == pytest.approx(lost, abs=1e-4)
        low, high = slot.difference[1:]
        assert low <= slot.new - slot.displaced + 1e-5
        assert slot.new - slot.displaced - 1e-5 <= high


def test_the_more_it_has_to_be_worth_the_rarer_it_is_given(found):
    given = [slot.given for slot in found.slots]
    assert given == sorted(given, reverse=True)
    assert given[0] > 0
    for slot in found.slots:
        more = slot.given / (found.cards * found.questions)
        assert slot.novelty - found.novelty == pytest.approx(more, abs=2e-4)


def test_what_a_profile_holds_whole_is_not_taken_for_new(found):
    """Nobody of this chain bought as many items as a profile keeps."""
    assert found.true_novelty == found.novelty
    assert all((slot.known, slot.true_novelty) == (0, slot.novelty) for slot in found.slots)


def test_strangers_cannot_be_asked():
    chance = np.random.default_rng(1)
    visits = [(float(day), day, sorted(chance.choice(8, 3, replace=False).tolist())) for day in range(300)]
    with pytest.raises(TrainingError, match="no shopper of the last tenth bought something before"):
        something_new.evaluate(history_of(visits, 8), 1, lambda what, share: None)


def test_the_command_prints_what_it_writes(shop, tmp_path):
    told = shop.write_lines(tmp_path / "shop", shop.sales(400))
    words = ["evaluate", "--receipts", str(told), "--task", "new", "--json", str(tmp_path / "figures.json")]
    done = CliRunner().invoke(tillside, words)
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert f"{figures['questions']} receipts of regulars, 3 places" in done.output
    assert [one["ratio"] for one in figures["slots"]] == list(something_new.RATIOS)
    refused = CliRunner().invoke(tillside, [*words, "--plots", str(tmp_path / "plots")])
    assert refused.exit_code != 0
    assert "no plots" in refused.output
