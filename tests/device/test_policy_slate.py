"""Which candidates stand on the screen: worth and its bounds, pins, families, the one sponsored place, the relevance floor."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from fakes.device_shop import item
from hypothesis import given, settings
from hypothesis import strategies as st

from device.catalogue import Catalogue, Item, Reach
from device.domain import Sku
from device.policy.boosts import FACTORS, expiry, factors, margin, pinned, reach
from device.policy.goods import goods
from device.policy.rules import Moment
from device.policy.slate import Candidate, Decision, arrange
from device.policy_settings import Notice, Policy

DAY = date(2026, 5, 4)
AT = Moment("S1", datetime(2026, 5, 4, 12, 0).toordinal(), 12)


def one(sku: str, score: float, **facts: Any) -> Candidate:
    return Candidate(Sku(sku), score, **facts)


def arranged(*candidates: Candidate, free: int = 3, sponsored: int = 1, **policy: Any) -> Decision:
    return arrange(candidates, Policy(**policy), free=free, sponsored=sponsored)


def shown(decision: Decision) -> list[str]:
    return [it.sku for it in decision.shown]


def factor_of(which: Any, *items: Item, **policy: Any) -> list[float]:
    shop = goods([Sku(it.sku) for it in items], Catalogue(items), "S1")
    return [round(float(value), 6) for value in which(shop, AT, Policy(**policy))]


def test_the_best_are_shown_in_order_until_the_places_are_taken() -> None:
    decision = arranged(one("a", 0.4), one("b", 0.3), one("c", 0.2), one("d", 0.1))
    assert (shown(decision), decision.kept_back, decision.silence) == (["a", "b", "c"], (), None)
    assert all(it.moved_by == () for it in decision.shown)


@pytest.mark.parametrize(("score", "seen"), [(0.1, ["a"]), (0.05, []), (0.0, [])])
def test_a_score_has_to_be_above_the_floor(score: float, seen: list[str]) -> None:
    decision = arranged(one("a", score), relevance_floor=0.05)
    assert shown(decision) == seen
    assert (decision.kept_back, decision.silence) == (((), None) if seen else (((Sku("a"), "relevance"),), "relevance"))


def test_nothing_lifts_an_item_over_the_floor() -> None:
    lifted = one("a", 0.049, pinned=True, sponsored=True, factors=(("margin", 2.0), ("expiry", 2.0)))
    assert shown(arranged(lifted, relevance_floor=0.05)) == []


def test_two_of_a_family_are_not_suggested_beside_each_other() -> None:
    decision = arranged(one("milk", 0.4, family="milk"), one("cream", 0.3, family="milk"), one("tea", 0.2), one("jam", 0.1))
    assert (shown(decision), decision.kept_back) == (["milk", "tea", "jam"], ((Sku("cream"), "family"),))


def test_a_pin_goes_first_and_says_so_only_where_it_moved_something() -> None:
    decision = arranged(one("a", 0.4), one("b", 0.3), one("c", 0.2), one("d", 0.1, pinned=True))
    assert shown(decision) == ["d", "a", "b"]
    assert [it.moved_by for it in decision.shown] == [("pin",), (), ()]
    assert arranged(one("a", 0.4, pinned=True), one("b", 0.3)).shown[0].moved_by == ()


def test_a_boost_that_moved_an_item_is_named_and_the_score_stays_the_models() -> None:
    decision = arranged(one("a", 0.40, factors=(("reach", 1.0), ("margin", 1.0))), one("b", 0.38, factors=(("margin", 1.1),)))
    assert [(it.sku, it.score, it.moved_by) for it in decision.shown] == [("b", 0.38, ("margin",)), ("a", 0.40, ())]


def test_only_the_boost_that_was_needed_is_named_and_all_where_none_was_alone() -> None:
    plain = one("a", 0.4, factors=(("reach", 1.0), ("margin", 1.0)))
    assert arranged(plain, one("b", 0.39, factors=(("reach", 1.25), ("margin", 1.01)))).shown[0].moved_by == ("reach",)
    assert arranged(plain, one("b", 0.39, factors=(("reach", 1.25), ("margin", 1.1)))).shown[0].moved_by == ("reach", "margin")
    both = arranged(plain, one("b", 0.3, factors=(("reach", 1.25), ("margin", 1.1)), pinned=True))
    assert both.shown[0].moved_by == ("reach", "margin"), "it would stand there without the pin"


def test_a_sponsored_item_takes_the_last_place_only_when_it_is_nearly_worth_it() -> None:
    three = (one("a", 0.4), one("b", 0.3), one("c", 0.20))
    decision = arranged(*three, one("ad", 0.17, sponsored=True))
    assert shown(decision) == ["a", "b", "ad"]
    assert (decision.shown[2].moved_by, decision.kept_back) == (("sponsored",), ((Sku("c"), "sponsored"),))
    assert shown(arranged(*three, one("ad", 0.15, sponsored=True))) == ["a", "b", "c"]
    assert shown(arranged(*three, one("ad", 0.15, sponsored=True), sponsored_ratio=0.7)) == ["a", "b", "ad"]
    assert shown(arranged(*three, one("ad", 0.19, sponsored=True), sponsored_ratio=1.0)) == ["a", "b", "c"]


def test_of_two_sponsored_items_one_is_shown() -> None:
    decision = arranged(one("ad", 0.4, sponsored=True), one("too", 0.3, sponsored=True), one("c", 0.2))
    assert (shown(decision), decision.kept_back) == (["ad", "c"], ((Sku("too"), "sponsored"),))
    assert decision.shown[0].moved_by == (), "it stands there by its own worth"


def test_a_shop_may_show_no_sponsored_item_at_all() -> None:
    assert shown(arranged(one("ad", 0.4, sponsored=True), one("b", 0.3), sponsored=0)) == ["b"]


def test_a_sponsored_item_displaces_no_pin_and_brings_no_second_of_a_family() -> None:
    pin = one("pin", 0.2, pinned=True)
    assert shown(arranged(pin, one("ad", 0.5, sponsored=True), free=1)) == ["pin"]
    rivals = (one("a", 0.4, family="tea"), one("b", 0.3), one("ad", 0.29, sponsored=True, family="tea"))
    assert shown(arranged(*rivals, free=2)) == ["a", "b"]
    assert shown(arranged(*rivals, free=1)) == ["a"], "0.29 is less than 0.8 of 0.4"
    assert shown(arranged(*rivals, free=1, sponsored_ratio=0.5)) == ["ad"], "what it displaces is no rival of its family"


def test_a_nearer_item_goes_first_unless_the_farther_one_is_better_by_more_than_the_ratio() -> None:
    at_till, fetch, later = (item(name, reach=name) for name in Reach)
    assert factor_of(reach, at_till, fetch, later) == [1.25, 1.0, 1.0]
    assert factor_of(reach, at_till, fetch, later, reach=("fetch", "at_till")) == [1.0, 1.25, 1.0]
    assert factor_of(reach, at_till, fetch, later, reach=("at_till", "fetch", "next_visit"), reach_ratio=2.0) == [4.0, 2.0, 1.0]
    assert factor_of(reach, at_till, fetch, reach_ratio=1.0) == [1.0, 1.0]
    assert factor_of(reach, item("x", reach=None), needs=("name",)) == [1.0]


def test_a_margin_lifts_by_its_share_of_the_boost_and_a_loss_by_nothing() -> None:
    goods_of = [item(f"m{number}", margin=share) for number, share in enumerate((None, -0.5, 0.0, 0.4, 1.0))]
    assert factor_of(margin, *goods_of, margin_boost=0.5) == [1.0, 1.0, 1.0, 1.2, 1.5]
    assert factor_of(margin, *goods_of, margin_boost=0.0) == [1.0] * 5


def test_expiry_lifts_the_more_the_nearer_the_last_day_is_and_never_what_is_past_it() -> None:
    days = (None, *(DAY.replace(day=number) for number in (20, 8, 7, 6, 5, 4, 3)))
    goods_of = [item(f"e{number}", expires=None if day is None else {"": day}) for number, day in enumerate(days)]
    assert factor_of(expiry, *goods_of, expiry_boost=0.3, expiry_days=4) == [1.0, 1.0, 1.0, 1.075, 1.15, 1.225, 1.3, 1.0]


def test_what_a_pin_names_at_this_moment_is_pinned() -> None:
    shop = goods([Sku("a"), Sku("b")], Catalogue([item("a"), item("b")]), "S1")
    pins = (Notice(sku="b", last_day=DAY), Notice(sku="a", stores=("S2",)), Notice(sku="unheard of"))
    assert pinned(shop, AT, Policy(pin=pins)).tolist() == [False, True]


_margins = st.none() | st.floats(-1, 1)
_days = st.none() | st.integers(-400, 400).map(lambda off: {"": date.fromordinal(AT.day + off)})


@settings(max_examples=80, deadline=None, database=None)
@given(
    st.lists(st.tuples(_margins, _days, st.sampled_from(Reach)), min_size=1, max_size=6),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 365),
    st.floats(1, 10),
)
def test_no_boost_passes_its_bound_or_pushes_down(
    said: list[Any], margin_boost: float, expiry_boost: float, expiry_days: int, reach_ratio: float
) -> None:
    items = [item(f"s{n}", margin=m, expires=e, reach=r) for n, (m, e, r) in enumerate(said)]
    policy = Policy(margin_boost=margin_boost, expiry_boost=expiry_boost, expiry_days=expiry_days, reach_ratio=reach_ratio)
    learnt = {"s0": 99.0, "s1": 0.02, "s2": 1.1}
    found = factors(goods([Sku(it.sku) for it in items], Catalogue(items), "S1", learnt), AT, policy)
    ratio = policy.acceptance_ratio
    bounds = {"reach": (1, reach_ratio), "margin": (1, 1 + margin_boost), "expiry": (1, 1 + expiry_boost)}
    bounds |= {"acceptance": (1 / ratio, ratio)}
    assert np.isfinite(found).all()
    for row, (name, _) in enumerate(FACTORS):
        least, most = bounds[name]
        assert (found[row] >= least * (1 - 1e-6)).all()
        assert (found[row] <= most * (1 + 1e-6)).all()


_candidates = st.lists(
    st.builds(
        lambda score, family, sponsored, pinned, factor: (score, family, sponsored, pinned, factor),
        st.floats(-1, 1),
        st.sampled_from([None, "f", "g"]),
        st.booleans(),
        st.booleans(),
        st.floats(1, 3),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None, database=None)
@given(_candidates, st.integers(1, 4), st.integers(0, 1), st.floats(-0.5, 0.9), st.floats(0, 1))
def test_whatever_the_candidates_the_promises_of_the_slate_hold(
    said: list[Any], free: int, sponsored: int, floor: float, ratio: float
) -> None:
    candidates = [
        one(f"s{n}", score, family=family, sponsored=ad, pinned=pin, factors=(("margin", factor),))
        for n, (score, family, ad, pin, factor) in enumerate(said)
    ]
    by_sku = {it.sku: it for it in candidates}
    decision = arranged(*candidates, free=free, sponsored=sponsored, relevance_floor=floor, sponsored_ratio=ratio)
    on_screen = [by_sku[it.sku] for it in decision.shown]
    assert len(on_screen) <= free
    assert all(it.score > floor for it in on_screen)
    assert sum(it.sponsored for it in on_screen) <= sponsored
    families = [it.family for it in on_screen if it.family]
    assert len(families) == len(set(families))
    assert not {it.sku for it in decision.shown} & {sku for sku, _ in decision.kept_back}
    assert len({it.sku for it in on_screen}) == len(on_screen)
    assert (decision.silence is not None) == (not on_screen and bool(candidates))
    if decision.silence == "relevance":
        assert all(it.score <= floor for it in candidates)
    pins = [it.pinned for it in on_screen]
    assert pins == sorted(pins, reverse=True)
    if any(it.score > floor and not it.sponsored for it in candidates):
        assert on_screen, "where something relevant may be shown, something is"


def with_history(*candidates: Candidate, bought: str = "abc", free: int = 3, **policy: Any) -> Decision:
    told = frozenset(map(Sku, bought)) if bought else None
    return arrange(
        candidates, Policy(**({"new_cards": 1, "new_ratio": 0.5} | policy)), free=free, sponsored=1, receipt="r", bought=told
    )


ABCDE = (one("a", 0.5), one("b", 0.4), one("c", 0.3), one("d", 0.2), one("e", 0.16))


def test_the_last_place_goes_to_the_best_that_was_never_bought() -> None:
    decision = with_history(*ABCDE)
    assert shown(decision) == ["a", "b", "d"]
    assert [it.moved_by for it in decision.shown] == [(), (), ("new",)]
    assert (Sku("c"), "new") in decision.kept_back


@pytest.mark.parametrize(
    ("why", "facts"),
    [
        ("the shop does not want it", {"new_cards": 0}),
        ("nobody is known", {"bought": ""}),
        ("something new stands there by itself", {"bought": "ab"}),
        ("it is worth too little", {"new_ratio": 0.7}),
        ("all were bought", {"bought": "abcde"}),
    ],
)
def test_no_place_is_given_away_when(why: str, facts: dict[str, Any]) -> None:
    assert shown(with_history(*ABCDE, **facts)) == ["a", "b", "c"], why


def test_a_single_place_is_never_given_away() -> None:
    assert shown(with_history(*ABCDE, free=1)) == ["a"]


def test_neither_a_pin_nor_a_sponsored_item_out_of_turn_makes_room() -> None:
    pinned = (one("a", 0.1, pinned=True), one("b", 0.1, pinned=True), one("c", 0.3), one("d", 0.2))
    assert shown(with_history(*pinned)) == ["a", "b", "d"]
    assert shown(with_history(*pinned, free=2)) == ["a", "b"]
    paid = (one("a", 0.5), one("b", 0.4), one("c", 0.3), one("s", 0.25, sponsored=True), one("d", 0.24))
    assert shown(with_history(*paid, bought="abcs", sponsored_ratio=0.5)) == ["a", "d", "s"]


def test_something_new_is_of_another_family_than_what_stays() -> None:
    candidates = (one("a", 0.5, family="tea"), one("b", 0.4), one("c", 0.3, family="milk"), one("d", 0.2, family="tea"))
    assert shown(with_history(*candidates, one("e", 0.16, family="milk"))) == ["a", "b", "e"]


def test_exploring_leaves_the_new_item_where_it_is() -> None:
    for number in range(50):
        policy = Policy(new_cards=1, new_ratio=0.5, explore_share=0.5, explore_ratio=0.1)
        decision = arrange(ABCDE, policy, free=3, sponsored=1, receipt=f"r{number}", bought=frozenset(map(Sku, "abc")))
        assert decision.shown[2].sku == "d"
        assert decision.lot is not None
        assert "d" not in decision.lot.pool
