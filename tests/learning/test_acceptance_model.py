"""What is learnt of a shop whose truth is known: places, items, how sure, whether it comes true, and what it is worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes.explored_shop import ITEMS, KINDS, PLACES, SEEN, Shop, learnt
from numpy.typing import NDArray
from scipy.stats import binom, spearmanr

from model_export.learning import calibration
from model_export.learning.acceptance import Model, document, fit, lines, told
from model_export.learning.showings import MOST_PLACES, MOST_WEIGHT, Showings

SHOP = Shop(3)


@pytest.fixture(scope="module")
def shown() -> Showings:
    return SHOP.showings(SHOP.trade(20_000, 4))


@pytest.fixture(scope="module")
def model(shown: Showings) -> Model:
    return fit(shown, SHOP.categories)


def few(shown: Showings, count: int) -> Showings:
    return shown.part(0, count)


def test_the_effect_of_a_place_is_estimated_beside_that_of_what_stands_there(model: Model, shown: Showings):
    """What stands first scores higher: a plain share taken by place would tell places apart that are not."""
    assert np.exp(model.places[:PLACES]) == pytest.approx(SEEN, rel=0.06)
    plain = np.array([shown.taken[shown.place == place].mean() for place in range(PLACES)])
    assert abs(plain[2] / plain[0] - SEEN[2]) > 2 * abs(np.exp(model.places[2]) - SEEN[2])


def test_places_are_told_right_also_where_all_see_the_same():
    shop = Shop(5)
    shop.share = np.repeat(shop.share[:, :, :1], PLACES, axis=2)
    flat = fit(shop.showings(shop.trade(20_000, 6)), shop.categories)
    assert np.exp(flat.places[:PLACES]) == pytest.approx(np.ones(PLACES), abs=0.06)


def test_an_item_is_thought_of_as_it_is_and_the_interval_holds_it(model: Model):
    assert spearmanr(model.factor, SHOP.factor).statistic > 0.9
    scale = np.exp(np.log(model.factor / SHOP.factor).mean())
    held = [low <= scale * true <= high for true, (low, high) in zip(SHOP.factor, map(model.interval, range(ITEMS)), strict=True)]
    # What no model knows of a kind of sale is no noise of single showings: intervals are a little too narrow for it.
    assert sum(held) >= binom.ppf(1e-4, ITEMS, 0.8)


def test_few_showings_say_little_and_a_category_is_believed_before_an_item(shown: Showings, model: Model):
    early = fit(few(shown, 1500), SHOP.categories)

    def believed(of: Model) -> NDArray[np.float64]:
        """How far from its category's towards its own share each item is thought to be."""
        seen = of.taken > 0
        category, own = of.group_factor[of.group][seen], (of.taken / of.expected)[seen]
        return (np.log(of.factor[seen] / category)) / np.log(own / category)

    for of in (early, model):
        assert (believed(of) > 0).all()
        assert (believed(of) < 1).all()
    assert np.median(believed(early)) < np.median(believed(model))
    of = [sku for sku, name in SHOP.categories.items() if name == "c0"]
    without = np.isin(shown.item, [SHOP.skus.index(sku) for sku in of[1:]])
    never = replace(shown, item=np.where(without, SHOP.skus.index(of[0]), shown.item))
    factors = document(fit(never, SHOP.categories), never, SHOP.categories).factors
    same = {factors.get(sku, 1.0) for sku in of[1:]}
    assert len(same) == 1, "what was never shown is thought of as its category"
    assert abs(np.log(same.pop())) < abs(np.log(factors.get(of[0], 1.0))) + 1e-9


def test_nothing_shown_is_nothing_learnt():
    nothing = Showings((), *(np.zeros(0, kind) for kind in (np.int32, np.int8, np.float32, np.bool_, np.float32)))
    model = fit(nothing, {})
    assert document(model, nothing, {"a": "c", "b": None}).factors == {}
    assert list(lines(told(model, nothing), 5))


def test_nothing_taken_and_all_taken_are_no_infinite_factors(shown: Showings):
    for share in (False, True):
        model = fit(replace(few(shown, 600), taken=np.full(600, share)), SHOP.categories)
        assert np.isfinite(model.factor).all()
        assert (model.factor > 0).all()
        assert document(model, shown, SHOP.categories).showings == len(shown)


def test_scores_of_any_size_are_survived(shown: Showings):
    odd = replace(few(shown, 900), score=np.resize(np.array([-1.0, 0.0, 1e-30, 1e30, 0.2], np.float32), 900))
    assert np.isfinite(fit(odd, SHOP.categories).factor).all()


def test_what_is_drawn_seldom_weighs_more_and_within_a_bound(shown: Showings):
    assert shown.weight.max() == MOST_WEIGHT
    assert 0.05 < shown.explored / len(shown) < 0.2
    even = fit(replace(shown, chance=np.ones(len(shown), np.float32)), SHOP.categories)
    weighted = fit(shown, SHOP.categories)
    # Weights make the same showings say less, never more.
    assert weighted.expected.sum() < even.expected.sum()
    assert np.corrcoef(np.log(weighted.factor), np.log(even.factor))[0, 1] > 0.9


def test_weights_draw_what_is_learnt_towards_what_is_seldom_shown():
    """An item that is taken where it is usual and not where it is drawn: weighted, both sales count alike."""
    n = 4000
    usual = np.arange(n) < 3600
    taken = np.where(usual, np.arange(n) % 10 < 4, np.arange(n) % 10 < 1)
    chance = np.where(usual, 0.9, 0.1).astype(np.float32)
    other = np.arange(n) % 10 < 3
    both = Showings(
        ("a", "b"),
        np.repeat([0, 1], n).astype(np.int32),
        np.zeros(2 * n, np.int8),
        np.full(2 * n, 0.3, np.float32),
        np.concatenate((taken, other)),
        np.concatenate((chance, chance)),
    )
    plain = fit(replace(both, chance=np.ones(2 * n, np.float32)), {})
    weighted = fit(both, {})
    assert plain.factor[0] > plain.factor[1]
    assert weighted.factor[0] < weighted.factor[1]


def test_what_is_stated_comes_true_on_later_showings(shown: Showings):
    found = calibration.calibrated(shown, SHOP.categories)
    assert found.asked_about == len(shown) // 10 == sum(one.showings for one in found.bins)
    inside = sum(one.low <= one.stated <= one.high for one in found.bins)
    assert inside >= binom.ppf(1e-4, len(found.bins), 0.9)
    assert found.error < 0.25 * found.unweighted
    assert found.gain > 0
    assert [one.stated for one in found.bins] == sorted(one.stated for one in found.bins)


def test_the_picture_of_the_calibration_is_drawn(shown: Showings, tmp_path):
    calibration.draw(calibration.calibrated(shown, SHOP.categories), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_where_items_do_not_differ_nothing_goes_into_a_bundle():
    """Learning from noise would help in half of all shops."""
    told = []
    for seed in range(12):
        shop = Shop(100 + seed)
        shop.share = np.broadcast_to(0.1 * SEEN, (KINDS, ITEMS, PLACES)).copy()
        shown = shop.showings(shop.trade(1500, seed))
        content, sentence = calibration.for_bundle(shown, shop.categories)
        told.append(content is not None and "factors go into" in sentence)
    assert sum(told) <= 9


def test_too_few_are_said_to_be_too_few(shown: Showings):
    content, sentence = calibration.for_bundle(few(shown, 100), SHOP.categories)
    assert content is None
    assert "from 50 on" in sentence


def test_learning_raises_what_is_truly_taken():
    """Of fifteen shops: the truth, not an estimate; and most of what knowing everything of the items would gain."""
    found = [learnt(seed, 3000) for seed in range(200, 215)]
    gain = np.array([one.learnt / one.without - 1 for one in found])
    best = np.array([one.best / one.without - 1 for one in found])
    assert (gain > 0).sum() >= 14
    assert gain.mean() > 0.05
    assert gain.mean() > 0.6 * best.mean()


def test_more_places_than_there_are_count_as_the_last(model: Model):
    assert len(model.places) == MOST_PLACES
    assert model.places[MOST_PLACES - 1] == pytest.approx(0.0, abs=1e-6), "a place that was never seen is thought of as the first"
