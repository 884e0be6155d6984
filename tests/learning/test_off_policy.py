"""What a candidate would earn, by explored receipts: beside the truth of many shops, and where nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes.explored_shop import DECISIONS, Shop, judged, other
from scipy.stats import binom

from model_export.learning.off_policy import NOTHING, Estimate, estimate

HOW = ("IPS", "self-normalised", "doubly robust")
WHAT = ("candidate", "today", "difference")
COLUMNS = ("receipt", "place", "shown", "chance", "taken", "today", "candidate", "supported")
SHOP = Shop(1)
LOG = SHOP.trade(3000, 2)
TODAY = np.array([SHOP.items(one) for one in SHOP.usual])
OTHER = SHOP.slates(other(SHOP, 3))


def told(candidate=OTHER, clip=200.0, shop=SHOP, log=LOG):
    return estimate(shop.rows(log, candidate), shop.categories, clip)


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    """Of 120 shops, each with a candidate of its own: more misses than 5 % allows would be chance once in ten thousand."""
    found = [judged(10 * seed, 1500) for seed in range(120)]
    found = [one for one in found if one]
    assert len(found) > 100
    for how in HOW:
        for what in WHAT:
            covered = [one[how, what].covered for one in found]
            assert sum(covered) >= binom.ppf(1e-4, len(found), 0.95), (how, what)
    off = np.array([[one[how, "candidate"].off / one[how, "candidate"].width for one in found] for how in HOW])
    assert np.abs(off.mean(axis=1)).max() < 0.1, "no estimate is biased by a tenth of its interval"
    width = {how: np.mean([one[how, "candidate"].width for one in found]) for how in HOW}
    assert width["doubly robust"] < width["IPS"]


def width(one: Estimate) -> float:
    return one.high - one.low


def test_the_difference_is_told_more_exactly_than_of_two_sets_of_receipts():
    """Where it decides otherwise at some places only."""
    found = told(SHOP.slates(other(SHOP, 3, spread=0.03)))
    assert 0.02 < found.differing < 0.3
    for one in found.estimates:
        assert width(one.difference) < 0.97 * np.hypot(width(one.candidate), width(one.today))
        assert one.difference.value == pytest.approx(one.candidate.value - one.today.value)


def test_a_candidate_that_decides_the_same_differs_by_nought_and_no_more():
    found = told(TODAY)
    assert (found.differing, found.cannot, found.supported) == (0.0, "", 1.0)
    for one in found.estimates:
        assert (one.difference.value, one.difference.low, one.difference.high) == (0, 0, 0)
        assert one.candidate == one.today


def test_what_was_decided_then_is_what_was_taken_on_receipts_that_did_not_explore():
    plain = (LOG.chance > 0.5).all(axis=1)
    taken = 100 * DECISIONS * LOG.taken[plain].sum() / plain.sum()
    for one in told().estimates:
        assert one.today.low < taken < one.today.high


def test_figures_are_what_a_reader_works_out_by_hand():
    rows = SHOP.rows(LOG, OTHER)
    found = estimate(rows, SHOP.categories)
    use = rows.supported
    same = use & (rows.shown == rows.candidate)
    weight = 1 / rows.chance[same]
    by_hand = 100 * (weight * rows.taken[same]).sum() / rows.receipts
    ips, normalised, _ = found.estimates
    assert ips.candidate.value == pytest.approx(by_hand)
    places = use.sum() / rows.receipts
    assert normalised.candidate.value == pytest.approx(100 * (weight * rows.taken[same]).sum() / weight.sum() * places)
    assert found.matched == same.sum()
    assert found.effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert found.supported == pytest.approx(rows.supported.mean())


def test_weights_are_cut_where_asked_and_it_is_said_how_many():
    wide, narrow = told(), told(clip=5.0)
    assert wide.clipped == 0
    assert narrow.clipped > 100
    of = {one.how: one.candidate.value for one in narrow.estimates}
    assert of["IPS"] < {one.how: one.candidate.value for one in wide.estimates}["IPS"], "what is cut off lacks"
    # A model of what is taken stands in for most of what is cut off.
    true = SHOP.worth(OTHER, SHOP.supported(OTHER))
    assert abs(of["doubly robust"] - true) < abs(of["IPS"] - true)


def test_what_could_not_be_drawn_cannot_be_estimated():
    away = np.array([[c for c in range(40) if c not in SHOP.candidates[kind]][:3] for kind in range(40)])
    found = told(away)
    assert found.estimates == ()
    assert "could not have been drawn" in found.cannot
    assert "policy.explore_among" in found.cannot


def test_a_part_that_could_not_be_drawn_is_left_out_of_both_sides():
    mixed = np.where(np.arange(40)[:, None] < 5, -2, OTHER)
    rows = SHOP.rows(LOG, OTHER)
    unknown = np.isin(LOG.kind, np.arange(5)).repeat(3)
    found = estimate(replace(rows, supported=rows.supported & ~unknown), SHOP.categories)
    among = SHOP.supported(OTHER) & (mixed != -2)
    assert found.supported < 0.9
    for one in found.estimates:
        assert one.candidate.low < SHOP.worth(OTHER, among) < one.candidate.high
        assert one.today.low < SHOP.worth(TODAY, among) < one.today.high


def test_too_few_receipts_and_too_few_draws_cannot_be_estimated():
    few = SHOP.trade(60, 5)
    assert "60 receipts later than what it learnt from were decided while registers explored, and 100" in told(log=few).cannot
    rare = Shop(1, explore=0.01)
    found = told(shop=rare, log=rare.trade(800, 6))
    assert "its choices were shown as if" in found.cannot
    assert found.effective_differing < 50


def test_nothing_at_all_is_an_answer_too():
    rows = SHOP.rows(LOG, np.full_like(OTHER, NOTHING))
    assert "shows nothing" in estimate(rows, SHOP.categories).cannot
    empty = replace(
        rows,
        receipts=0,
        **{name: getattr(rows, name)[:0] for name in COLUMNS},
    )
    assert "0 receipts" in estimate(empty, {}).cannot


def test_a_candidate_with_fewer_cards_is_estimated():
    fewer = OTHER.copy()
    fewer[:, 2] = NOTHING
    rows = SHOP.rows(LOG, OTHER)
    found = estimate(replace(rows, candidate=np.where(rows.place == 2, NOTHING, rows.candidate)), SHOP.categories)
    among = SHOP.supported(OTHER)
    among[:, 2] = False
    for one in found.estimates:
        assert one.candidate.low < SHOP.worth(OTHER, among) < one.candidate.high
        truth = SHOP.worth(OTHER, among) - SHOP.worth(TODAY, SHOP.supported(OTHER) | (np.arange(3) == 2))
        assert one.difference.low < truth < one.difference.high
    assert found.estimates[-1].difference.value < 0, "what stood at the last place lacks"
