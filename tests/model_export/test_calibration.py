"""Scores made probabilities: a truthful score is left alone, a twisted one is put right, and little is not believed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from model_export import calibration
from model_export.calibration import AS_STATED, MOST_KNOTS, Group


def drawn(count: int, seed: int = 1):
    """Probabilities, and what came true by them."""
    chance = np.random.default_rng(seed)
    true = chance.beta(0.6, 3, count)
    return true, chance.random(count) < true


def test_a_truthful_score_is_left_as_it_is():
    scores, true = drawn(20_000)
    assert calibration.learn(scores, true, 1).way == "as stated"


@pytest.mark.parametrize(
    ("name", "twist"),
    [
        ("logistic", lambda p: 1 / (1 + ((1 - p) / p) ** 0.4 * 9)),
        ("isotonic", lambda p: np.where(p < 0.2, p / 50, 0.6 + p / 50)),
    ],
)
def test_a_twisted_score_is_put_right(name, twist):
    stated, true = drawn(40_000)
    learnt = calibration.learn(twist(stated), true, 1)
    later, came = drawn(40_000, seed=2)
    put_right = learnt.of(twist(later))
    assert learnt.way == name
    assert calibration.error(put_right, came) < 0.01 < calibration.error(twist(later), came)
    assert calibration.brier(put_right, came) < calibration.brier(twist(later), came)


def test_the_steps_that_compare_are_those_that_ship_before_they_are_thinned():
    scores, true = drawn(MOST_KNOTS)
    order = np.argsort(scores)
    told = calibration.rising(scores, true)
    assert (np.diff(told.probabilities) >= 0).all()
    assert told.of(scores).sum() == pytest.approx(true.sum())
    shipped = calibration._isotonic(scores, true)
    assert (shipped.scores.tolist(), shipped.probabilities.tolist()) == (scores[order].tolist(), told.probabilities.tolist())


def test_too_little_is_not_believed():
    scores = np.linspace(0, 1, 400)
    assert calibration.learn(scores, scores > 0.99, 1) is AS_STATED
    assert calibration.learn(np.zeros(0), np.zeros(0, bool), 1) is AS_STATED


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(60, 300), st.floats(-100, 100), st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_a_curve_rises_and_stays_between_nought_and_one(seed, count, middle, asked):
    chance = np.random.default_rng(seed)
    scores, true = chance.normal(middle, 2, count).round(1), chance.random(count) < 0.5
    learnt = calibration.learn(scores, true, 1)
    told = learnt.of(np.sort(np.array(asked)))
    assert len(learnt.scores) <= MOST_KNOTS
    assert (np.diff(told) >= 0).all()
    assert ((told >= 0) & (told <= 1)).all()


def test_groups_count_everybody_once():
    scores, true = drawn(1_003)
    groups = calibration.groups(scores, true)
    assert sum(group.count for group in groups) == 1_003
    assert sum(group.found * group.count for group in groups) == pytest.approx(true.sum(), abs=0.05)
    assert [group.stated for group in groups] == sorted(group.stated for group in groups)


def test_the_interval_of_a_group_is_that_of_clopper_and_pearson():
    low, high = Group(10, 0.1, 0.0).interval()
    assert (low, high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 10)))
    low, high = Group(10, 0.9, 1.0).interval()
    assert (low, high) == (pytest.approx(0.025 ** (1 / 10)), 1.0)
    low, high = Group(40, 0.3, 0.3).interval()
    # As many draws or more, and as many or fewer, are each as rare as 2.5 % at the ends.
    assert binom.sf(11, 40, low) == pytest.approx(0.025, rel=1e-6)
    assert binom.cdf(12, 40, high) == pytest.approx(0.025, rel=1e-6)
