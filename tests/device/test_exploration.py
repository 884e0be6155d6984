"""Exploring: which slates a receipt may be given by lot, how probable each is, and that the record says so."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import permutations
from math import perm
from typing import Any

import msgspec
import pytest
from fakes.device_shop import adviser
from fakes.device_till import Checkout
from fakes.experiments import experiment, text
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from device.arms import parse
from device.domain import Phase, Receipt, Sku
from device.errors import SettingsError
from device.policy.exploration import explores
from device.policy.slate import Candidate, Decision, arrange
from device.policy_settings import Policy, impossible
from model_export.worth.explaining import explain

EXPLORING = Policy(explore_share=0.3, explore_key="a key of this test")
SHOP = tuple(Candidate(Sku(f"i{n}"), 0.5 - n / 20) for n in range(9))


def decided(receipt: str, *candidates: Candidate, free: int = 3, sponsored: int = 1, policy: Policy = EXPLORING) -> Decision:
    return arrange(candidates or SHOP, policy, free=free, sponsored=sponsored, receipt=receipt)


def skus(decision: Decision) -> tuple[str, ...]:
    return tuple(one.sku for one in decision.shown)


def receipts(count: int) -> list[str]:
    return [hashlib.md5(str(n).encode()).hexdigest() for n in range(count)]


def test_nothing_is_drawn_unless_the_policy_says_so():
    for receipt in receipts(200):
        decision = decided(receipt, policy=Policy())
        assert skus(decision) == ("i0", "i1", "i2")
        assert decision.lot is None
        assert [one.chance for one in decision.shown] == [1.0, 1.0, 1.0]
    assert decided("").lot is None, "nor where nobody asks for a receipt"


def slates(free: int, *candidates: Candidate) -> dict[tuple[str, ...], Decision]:
    """Every slate that some receipt is given."""
    found: dict[tuple[str, ...], Decision] = {}
    for receipt in receipts(12_000):
        decision = decided(receipt, *candidates, free=free)
        found[skus(decision)] = decision
    return found


@pytest.mark.parametrize(("among", "free"), [(2, 1), (4, 2), (5, 3), (6, 3), (4, 4)])
def test_the_probabilities_of_all_slates_are_one_together_and_so_are_those_of_each_place(among: int, free: int):
    found = slates(free, *SHOP[:among])
    pool = [one.sku for one in SHOP[:among]]
    assert set(found) == set(permutations(pool, free)), "each of them is given to some receipt"
    assert sum(one.lot.chance for one in found.values() if one.lot) == pytest.approx(1.0, abs=1e-12)
    for place in range(free):
        chances = {one.shown[place].sku: one.shown[place].chance for one in found.values()}
        assert set(chances) == set(pool)
        assert sum(chances.values()) == pytest.approx(1.0, abs=1e-12)
    # The chance of an item at a place is that of all slates that have it there.
    for place in range(free):
        for sku in pool:
            there = [one for one in found.values() if one.shown[place].sku == sku]
            assert sum(one.lot.chance for one in there if one.lot) == pytest.approx(there[0].shown[place].chance, abs=1e-12)


def test_slates_are_drawn_as_often_as_they_say():
    count = 40_000
    seen, told = Counter[tuple[str, ...]](), {}
    places: dict[int, Counter[str]] = defaultdict(Counter)
    chances: dict[tuple[int, str], float] = {}
    for receipt in receipts(count):
        decision = decided(receipt, *SHOP[:5], free=2)
        assert decision.lot is not None
        seen[skus(decision)] += 1
        told[skus(decision)] = decision.lot.chance
        for place, one in enumerate(decision.shown):
            places[place][one.sku] += 1
            chances[place, one.sku] = one.chance
    assert len(seen) == perm(5, 2)
    assert stats.chisquare([seen[one] for one in told], [count * chance for chance in told.values()]).pvalue > 1e-4
    for place, counts in places.items():
        expected = [count * chances[place, sku] for sku in counts]
        assert stats.chisquare(list(counts.values()), expected).pvalue > 1e-4
    explored = sum(explores(EXPLORING, receipt) for receipt in receipts(count))
    assert stats.binomtest(explored, count, EXPLORING.explore_share).pvalue > 1e-4


def test_the_draw_is_what_the_documented_formula_says():
    key = EXPLORING.explore_key.encode()
    for receipt in receipts(500):
        first = hmac.new(key, f"explore\0{receipt}".encode(), hashlib.sha256).digest()
        drawn = int.from_bytes(first[:8], "big") / 2**64 < EXPLORING.explore_share
        assert explores(EXPLORING, receipt) == drawn
        pool = [one.sku for one in SHOP[:7]]
        order = sorted(pool, key=lambda sku: hmac.new(key, f"{receipt}\0{sku}".encode(), hashlib.sha256).digest())
        assert skus(decided(receipt, *SHOP[:7])) == tuple(order[:3] if drawn else pool[:3])


def test_what_is_drawn_stays_while_the_sale_goes_on():
    for receipt in receipts(300):
        before = skus(decided(receipt, *SHOP[:7]))
        # The last of the pool is rung up: the others keep their order.
        gone = next((sku for sku in ("i6", "i5") if sku not in before), None)
        if gone:
            assert skus(decided(receipt, *(one for one in SHOP[:7] if one.sku != gone))) == before


def test_another_key_and_an_experiment_draw_independently():
    other = msgspec.structs.replace(EXPLORING, explore_key="another")
    tested = experiment()
    names = receipts(20_000)
    for of in (lambda name: explores(other, name), lambda name: tested.draw(name).name == "control"):
        pairs = Counter((explores(EXPLORING, name), of(name)) for name in names)
        assert stats.chi2_contingency([[pairs[a, b] for b in (False, True)] for a in (False, True)]).pvalue > 1e-4


def test_only_near_equals_are_drawn_and_only_so_many():
    wide = msgspec.structs.replace(EXPLORING, explore_ratio=0.5, explore_among=5)
    candidates = [Candidate(Sku(name), score) for name, score in (("a", 0.5), ("b", 0.4), ("c", 0.21), ("d", 0.19), ("e", 0.18))]
    assert {decided(r, *candidates, free=2, policy=wide).lot.pool for r in receipts(50)} == {("a", "b", "c")}
    assert decided("r", *SHOP, policy=wide).lot.pool == ("i0", "i1", "i2", "i3", "i4")
    narrow = msgspec.structs.replace(wide, explore_ratio=1.0)
    assert decided("r", *candidates, free=2, policy=narrow).lot.pool == ("a", "b")


def test_a_pin_and_a_sponsored_item_out_of_turn_keep_their_places():
    pinned = (*SHOP[:5], Candidate(Sku("pin"), 0.2, pinned=True))
    bought = (*SHOP[:5], Candidate(Sku("paid"), 0.35, sponsored=True))
    for receipt in receipts(300):
        first, *others = decided(receipt, *pinned).shown
        assert (first.sku, first.chance) == ("pin", 1.0)
        assert all(one.chance < 1 for one in others)
        decision = decided(receipt, *bought, policy=msgspec.structs.replace(EXPLORING, sponsored_ratio=0.5))
        assert (decision.shown[2].sku, decision.shown[2].chance) == ("paid", 1.0)
        assert "paid" not in decision.lot.pool


def test_where_every_place_is_kept_nothing_is_drawn():
    only = decided("r", Candidate(Sku("pin"), 0.2, pinned=True), Candidate(Sku("b"), 0.1), free=1)
    assert (only.lot, skus(only)) == (None, ("pin",))


def test_what_was_drawn_and_what_it_displaced_are_named():
    receipt = next(r for r in receipts(100) if explores(EXPLORING, r) and set(skus(decided(r))) != {"i0", "i1", "i2"})
    decision = decided(receipt)
    usual = ("i0", "i1", "i2")
    for one, other in zip(decision.shown, usual, strict=True):
        assert one.moved_by == (() if one.sku == other else ("explore",))
        assert one.score == next(c.score for c in SHOP if c.sku == one.sku), "the score stays the model's"
    assert {sku for sku, rule in decision.kept_back if rule == "explore"} == set(usual) - set(skus(decision))


def test_what_gave_way_to_a_sponsored_item_and_is_drawn_all_the_same_was_not_kept_back():
    shop = (*SHOP[:3], Candidate(Sku("ad"), 0.39, sponsored=True), *SHOP[4:])
    drawn = [one for one in (decided(r, *shop) for r in receipts(100)) if "i2" in skus(one)]
    assert drawn, "the item that stood in the last place is among those that are drawn"
    assert all(skus(one)[-1] == "ad" and "i2" not in {sku for sku, _ in one.kept_back} for one in drawn)


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        sku=st.integers(0, 30).map(lambda n: Sku(f"i{n}")),
        score=st.floats(-0.2, 1, allow_nan=False),
        family=st.sampled_from([None, "f", "g"]),
        sponsored=st.booleans(),
        pinned=st.sampled_from([False, False, False, True]),
    ),
    max_size=14,
    unique_by=lambda one: one.sku,
)


@settings(max_examples=300, deadline=None)
@given(CANDIDATES, st.integers(1, 4), st.integers(0, 1), st.integers(0, 200), st.floats(0.01, 0.5))
def test_a_draw_breaks_no_rule(candidates: list[Candidate], free: int, sponsored: int, number: int, explore: float):
    policy = Policy(explore_share=explore, relevance_floor=0.0)
    ranked = sorted(candidates, key=lambda one: -one.score)
    receipt = f"r{number}"
    plain = arrange(ranked, Policy(), free=free, sponsored=sponsored)
    decision = arrange(ranked, policy, free=free, sponsored=sponsored, receipt=receipt)
    by_sku = {one.sku: one for one in candidates}
    shown = [by_sku[one.sku] for one in decision.shown]
    assert len(shown) == len(plain.shown), "exploring leaves no place free and takes none"
    assert len({one.sku for one in shown}) == len(shown)
    families = [one.family for one in shown if one.family]
    assert len(set(families)) == len(families)
    assert sum(one.sponsored for one in shown) <= max(sponsored, sum(by_sku[one.sku].sponsored for one in plain.shown))
    assert all(one.score > 0 for one in shown)
    assert all(0 < one.chance <= 1 + 1e-12 for one in decision.shown)
    assert not set(skus(decision)) & {sku for sku, _ in decision.kept_back}, "what is shown was not kept back"
    if not explores(policy, receipt):
        assert skus(decision) == skus(plain)
    if decision.lot is not None:
        assert 0 < decision.lot.chance <= 1 + 1e-12


def sales(counter: Checkout, count: int) -> list[Receipt]:
    for number in range(count):
        name, minutes = f"b{number}", 5.0 * number
        counter.hear(name, 1, "bread", minutes=minutes)
        counter.hear(name, 2, "bread", "tea", minutes=minutes + 1)
        counter.hear(name, 3, "bread", "tea", phase=Phase.TENDER, minutes=minutes + 2)
        counter.hear(name, 4, "bread", "tea", phase=Phase.CLOSED, minutes=minutes + 3)
    return counter.receipts()


LEARNT = b'{"factors":{"tea":3.0,"honey":0.5},"places":[1.0],"showings":9,"explored":0}'


@pytest.mark.parametrize("facts", [{}, {"acceptance": LEARNT}])
def test_a_receipt_keeps_how_probable_its_slates_were_and_is_explained_bit_for_bit(tmp_path, facts: dict[str, Any]):
    policy = Policy(cards=2, explore_share=0.5, explore_ratio=0.1)
    counter = Checkout(tmp_path, adviser(tmp_path / "x.bundle", policy, **facts))
    kept = sales(counter, 40)
    explored = [r for r in kept if explores(policy, r.receipt_id)]
    assert 8 < len(explored) < 32
    for receipt in kept:
        assert [slate.step for slate in receipt.slates] == [0, 1]
        for outcome in receipt.outcomes:
            last = next(slate for slate in reversed(receipt.slates) if outcome.sku in slate.shown)
            assert last.shown[outcome.rank - 1] == outcome.sku
            assert 0 < last.chance <= last.chances[outcome.rank - 1] < 1
        told = explain(receipt, tmp_path / "x.bundle", policy, None)
        assert told.identical, told.story
    assert any("explored: drawn from" in line for r in explored for line in explain(r, tmp_path / "x.bundle", policy, None).story)


def test_a_chance_that_was_changed_is_found_out(tmp_path):
    policy = Policy(explore_share=0.5)
    (receipt,) = sales(Checkout(tmp_path, adviser(tmp_path / "x.bundle", policy)), 1)
    first, *others = receipt.slates
    forged = replace(receipt, slates=(first._replace(chance=0.9), *others))
    assert not explain(forged, tmp_path / "x.bundle", policy, None).identical


def test_without_exploring_a_receipt_keeps_no_slates(tmp_path):
    (receipt,) = sales(Checkout(tmp_path, adviser(tmp_path / "x.bundle")), 1)
    assert receipt.slates == ()
    assert receipt.outcomes


def test_one_arm_of_an_experiment_may_explore(tmp_path):
    tested = parse(text(policy="{explore_share = 0.5}").encode(), "experiment.toml")
    made = adviser(tmp_path / "x.bundle", experiment=text(policy="{explore_share = 0.5}").encode())
    made.take_part(tested)
    kept = sales(Checkout(tmp_path, made), 30)
    assert {r.arm for r in kept if r.slates} == {"treatment"}
    assert all(explain(r, tmp_path / "x.bundle", Policy(), None).identical for r in kept)


@pytest.mark.parametrize(
    "policy", ["{explore_share = 0.6}", "{explore_share = -0.1}", "{explore_among = 1}", "{explore_ratio = 0.0}"]
)
def test_more_than_half_of_the_receipts_is_no_exploration(policy: str):
    with pytest.raises(SettingsError, match=r"arm\[1\]\.policy\.explore"):
        parse(text(policy=policy).encode(), "experiment.toml")


def test_what_is_no_number_is_told():
    assert list(impossible({"explore_share": float("nan")}))
