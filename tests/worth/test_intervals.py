"""Intervals that hold however often they are looked at; and that the differences are those a reader would work out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from fakes.engine_report import moments
from fakes.played_chain import Chain
from fakes.proof import looked_at_daily
from scipy.stats import binom

from model_export.worth.intervals import LEAST, Moments, corrected, p_value, radius, sample_ratio, stepped_down
from model_export.worth.intervals import difference as of_moments

NAMES = ("conversion", "receipt", "till")


def difference(y, treated, x, planned, unit=None):
    sides = (~treated, treated)
    return of_moments(*(moments(y[side], x[side], None if unit is None else unit[side]) for side in sides), planned)


def arms(seed, n=4000, effect=0.0):
    chance = np.random.default_rng(seed)
    treated = chance.random(n) < 0.5
    x = chance.normal(10, 3, (n, 1))
    return 2 * x[:, 0] + chance.normal(0, 1, n) + effect * treated, treated, x


@pytest.mark.parametrize("uplift", [1.0, 0.0])
def test_looking_every_day_fools_nobody(uplift):
    """Of 60 experiments more misses than a rate of 5 % allows would be chance once in ten thousand."""
    chain = Chain(uplift=uplift, days=14, before=7, receipts_a_day=150, stores=3)
    seen = [looked_at_daily(chain, seed, NAMES, planned=2000) for seed in range(60)]
    most = int(binom.ppf(1 - 1e-4, 60, 0.05))
    for name in NAMES:
        assert sum(one[name].looks for one in seen) > 60 * 7
        assert sum(one[name].missed for one in seen) <= most
    if uplift:
        assert sum(one["conversion"].called_at_last for one in seen) > 30
    else:
        # An ordinary interval looked at as often is fooled: what is proved here could fail.
        assert sum(one[name].once for one in seen for name in NAMES) > 2 * most


def test_the_interval_is_that_of_the_paper():
    """Worked out by hand: alpha 0.05, planned 1000, n 400, deviation 2."""
    r = (-2 * math.log(0.05) + math.log(-2 * math.log(0.05) + 1)) / 1000
    by_hand = 2 * math.sqrt(2 * (400 * r + 1) / (400**2 * r) * math.log(math.sqrt(400 * r + 1) / 0.05))
    assert radius(400, 2, 0.05, 1000) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(0.3124, abs=1e-4)


def test_p_is_the_level_at_which_the_interval_just_leaves_zero_out():
    half = radius(5000, 3.0, 0.05, 2000)
    assert p_value(half, 5000, 3.0, 0.05, 2000) == pytest.approx(0.05)
    assert p_value(0.0, 5000, 3.0, 0.05, 2000) == 1.0


def test_the_interval_is_narrowest_about_where_it_was_planned():
    """Against the fixed-sample interval of the same size."""
    ratios = {n: radius(n, 1, 0.05, 10_000) * math.sqrt(n) for n in (300, 10_000, 3_000_000)}
    assert ratios[10_000] == min(ratios.values())


def test_covariates_take_variance_away_and_not_the_effect():
    y, treated, x = arms(1, effect=0.5)
    plain, adjusted = difference(y, treated, x[:, :0], 4000), difference(y, treated, x, 4000)
    assert adjusted.spared == pytest.approx(1 - 1 / 37, abs=0.01)
    assert adjusted.high - adjusted.low < 0.2 * (plain.high - plain.low)
    assert adjusted.low < 0.5 < adjusted.high
    assert adjusted.low > 0 > plain.low
    assert (adjusted.control, adjusted.treatment) == (plain.control, plain.treatment)


def test_a_shoppers_receipts_count_as_one_unit():
    """Of shoppers who always buy the same, ten receipts each say no more than one does."""
    chance = np.random.default_rng(3)
    once, treated = chance.normal(0, 1, 600), chance.random(600) < 0.5
    many = difference(np.repeat(once, 10), np.repeat(treated, 10), np.zeros((6000, 0)), 600, unit=np.repeat(np.arange(600), 10))
    one = difference(once, treated, np.zeros((600, 0)), 600)
    assert (many.units, many.deviation) == (600, pytest.approx(one.deviation))


def test_few_receipts_say_nothing():
    y, treated, x = arms(2, n=2 * LEAST)
    treated[:] = False
    treated[: LEAST - 1] = True
    assert difference(y, treated, x, 1000) is None
    treated[LEAST - 1] = True
    assert difference(y, treated, x, 1000) is not None


def test_what_never_differs_is_no_effect():
    treated = np.arange(1000) % 2 == 0
    told = difference(np.ones(1000), treated, np.zeros((1000, 0)), 1000)
    assert (told.estimate, told.low, told.high, told.p) == (0, 0, 0, 1)


def test_arms_drawn_as_planned_raise_no_alarm_and_others_do():
    chance = np.random.default_rng(5)
    alarms = 0
    for _ in range(200):
        drawn = np.cumsum(chance.random(20_000) < 0.1)
        alarms += any(sample_ratio([n - int(drawn[n - 1]), int(drawn[n - 1])], [9, 1]) < 0.01 for n in range(500, 20_001, 500))
    assert alarms <= binom.ppf(1 - 1e-4, 200, 0.01)
    assert sample_ratio([10_000, 11_000], [1, 1]) < 0.01
    assert sample_ratio([0, 0], [1, 1]) == pytest.approx(1.0)


def test_correction_is_that_of_benjamini_and_hochberg():
    assert corrected([0.01, 0.02, 0.9]) == pytest.approx([0.03, 0.03, 0.9])
    assert corrected([]) == []


def test_of_many_questions_the_smallest_p_has_to_be_smaller():
    assert stepped_down([0.04]) == [0.04]
    assert stepped_down([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert stepped_down([0.5, 0.9]) == [1.0, 1.0]
    assert stepped_down([]) == []


def test_sums_may_be_taken_in_parts_and_about_any_constant():
    y, treated, x = arms(4, effect=0.5)
    whole = difference(y + 1e4, treated, x + 1e2, 4000)
    half = np.arange(len(y)) % 2 == 0

    def added(side):
        one, other = (moments(y[side & part], x[side & part]) for part in (half, ~half))
        return Moments(one.units + other.units, one.of_receipts + other.of_receipts, one.of_units + other.of_units)

    parts = of_moments(added(~treated), added(treated), 4000, centre=1e4)
    assert parts.control == pytest.approx(whole.control)
    assert (parts.low, parts.high) == pytest.approx((whole.low, whole.high), abs=1e-6)
