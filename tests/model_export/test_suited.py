"""Peers are given their best: settings walked on validation, and a history that speaks for its own items."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import sparse

from model_export.evaluate import suited
from model_export.evaluate.exam import Asked
from model_export.evaluate.peers import PEERS, SUMS
from model_export.evaluate.settings import Knob, Settings
from model_export.evaluate.suited import ALONE, Blend
from model_export.questions import gains

KNOBS = (Knob("a", (3, 1, 2, 4, 5)), Knob("", ("left", "right")), Knob("b", (1.0, 0.0, 0.5), limits=(0.0, 1.0)))


def shop_of_habits(items: int = 12):
    """Shoppers buy again what they bought, and nothing goes with anything: receipts, and questions with a history."""
    chance = np.random.default_rng(1)
    receipts = sparse.csr_array((chance.random((600, items)) < 0.2).astype(np.float32))
    hidden = chance.integers(items, size=300)
    shown, past = np.zeros((2, 300, items), np.float32)
    shown[np.arange(300), (hidden + 1 + chance.integers(items - 1, size=300)) % items] = 1
    past[np.arange(300), hidden] = 1
    skus = tuple(f"item {number}" for number in range(items))
    return receipts, Asked(None, skus, sparse.csr_array(shown), hidden, np.arange(300), sparse.csr_array(past), 0)


def gain_of(scored, asked, weights=ALONE):
    return gains(suited.answers(scored, asked, weights).ranks, 10).mean()


def test_the_walk_finds_the_best_of_knobs_that_hang_together():
    """The best `a` depends on the side: a single turn through the knobs would stay on the first."""
    worth = {"left": {1: 1, 2: 2, 3: 3, 4: 1, 5: 0}, "right": {1: 0, 2: 1, 3: 4, 4: 5, 5: 6}}
    made = []

    def gain(setting):
        made.append(setting)
        return worth[setting[1]][setting[0]] + setting[2] / 10

    settings = Settings(lambda *setting: setting, KNOBS)
    label, edges = settings.suited(gain)
    assert label == "a=5 right b=1.0"
    # The largest `a` was the best: more might be better still. Of `b` there is no more, and sides have no order.
    assert edges == ["a=5"]
    assert settings.peer(label) == (5, "right", 1.0)
    assert len(made) == len(set(made)) < len(list(product(*(knob.values for knob in KNOBS))))


def test_a_level_edge_is_no_edge_and_what_is_as_good_is_not_left():
    settings = Settings(lambda *setting: setting, (Knob("a", (3, 1, 2, 4, 5)),))
    assert settings.suited(lambda setting: float(setting[0] >= 4)) == ("a=4", [])
    assert settings.suited(lambda setting: 0.0) == ("a=3", [])
    assert settings.suited(lambda setting: -float(setting[0])) == ("a=1", ["a=1"])


@pytest.mark.parametrize("name", ["rules", "sar", "ease", "sessions"])
def test_no_single_knob_of_a_peer_betters_the_setting_it_is_given(name):
    receipts, asked = shop_of_habits()
    settings = PEERS[name]
    _, label, _ = suited.best(name, receipts, 500, asked)
    chosen = next(one for one in product(*(knob.values for knob in settings.knobs)) if settings.label(one) == label)
    reached = gain_of(settings.peer(label)(receipts[:500]).scored, asked)
    for place, knob in enumerate(settings.knobs):
        for value in knob.values:
            other = settings.make(*chosen[:place], value, *chosen[place + 1 :])
            assert gain_of(other(receipts[:500]).scored, asked) <= reached + 1e-12, (knob, value)


def test_a_setting_is_chosen_on_what_comes_before_validation_and_fitted_on_all():
    receipts, asked = shop_of_habits()
    late = receipts.toarray()
    late[500:] = 0
    fitted, label, _ = suited.best("ease", receipts, 500, asked)
    blind, same_label, _ = suited.best("ease", sparse.csr_array(late), 500, asked)
    assert label == same_label
    assert (fitted.scored(asked.baskets) != blind.scored(asked.baskets)).any()


@pytest.mark.parametrize("name", ["popularity", "ease", "sar", "sessions"])
def test_what_a_shopper_bought_speaks_for_itself(name):
    """A table may say nothing of an item by itself, as EASE does: the history must be heard nonetheless."""
    receipts, asked = shop_of_habits()
    label = PEERS[name].label(PEERS[name].begin)
    weights = suited.blend(name, label, receipts, 500, asked)
    scored = PEERS[name].peer(label)(receipts[:500]).scored
    assert gain_of(scored, asked, weights) > 0.95 > gain_of(scored, asked) + 0.2
    for other in [Blend(past, weights.own) for past in suited.PASTS if name in SUMS] + [
        Blend(weights.past, own) for own in suited.OWNS
    ]:
        assert gain_of(scored, asked, other) <= gain_of(scored, asked, weights)


def test_a_history_that_misleads_is_given_no_voice():
    receipts, asked = shop_of_habits()
    misled = np.zeros((300, 12), np.float32)
    misled[np.arange(300), (asked.hidden + 1) % 12] = 1
    wrong = Asked(None, asked.skus, asked.baskets, asked.hidden, asked.receipt, sparse.csr_array(misled), 0)
    assert suited.blend("sar", "cosine least=1", receipts, 500, wrong).own == 0


def test_nobody_with_a_history_means_no_blend():
    receipts, asked = shop_of_habits()
    strangers = Asked(None, asked.skus, asked.baskets, asked.hidden, asked.receipt, sparse.csr_array((300, 12), dtype="f"), 0)
    assert suited.blend("ease", "ridge=100", receipts, 500, strangers) == ALONE
