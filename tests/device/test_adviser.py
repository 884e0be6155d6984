"""What a register suggests from: a bundle, the best-sellers, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes.advice import NOON, many, suggested
from fakes.device_shop import ITEMS, KEY, REGULAR, STORE, adviser, contents, item, write_shop
from hypothesis import given, settings
from hypothesis import strategies as st

from device.adviser import KEPT_BACK, Adviser, from_best_sellers, from_bundle
from device.catalogue import Item, Reach
from device.domain import Phase, Pseudonym, Sku
from device.errors import BundleError
from device.policy.rules import Situation
from device.policy.slate import Decision
from device.policy_settings import Notice, Policy
from device.profiles import Profile
from device.scorer import Question
from device.shopper import pseudonym


def test_items_a_standing_rule_forbids_are_not_suggested_and_counted(shop: Adviser) -> None:
    assert suggested(shop, "bread") == ["butter", "cheese", "milk"]
    assert shop.standing == {"age": 1, "kind": 1, "reach": 1, "stock": 1}


def test_the_basket_is_kept_out_before_the_ranking(shop: Adviser) -> None:
    assert suggested(shop, "bread", "butter", "cheese") == ["milk", "honey", "tea"]


def test_the_nearer_reach_goes_first_among_near_equals(tmp_path: Path) -> None:
    items = [fetched(i.sku) if i.sku == "butter" else i for i in ITEMS]
    scores = {("item=bread", "butter"): 0.405, ("item=bread", "cheese"): 0.40}
    near = adviser(tmp_path / "b", items=items, scores=scores)
    assert suggested(near, "bread")[:2] == ["cheese", "butter"]
    plain = adviser(tmp_path / "c", Policy(reach_ratio=1.0), items=items, scores=scores)
    assert suggested(plain, "bread")[:2] == ["butter", "cheese"]
    turned = adviser(tmp_path / "d", Policy(reach=("fetch", "at_till")), items=items, scores=scores)
    assert suggested(turned, "bread")[:2] == ["butter", "cheese"]


def fetched(sku: str) -> Item:
    return item(sku, reach=Reach.FETCH)


def test_a_profile_exists_only_for_those_who_consented(shop: Adviser) -> None:
    assert shop.profile(pseudonym(KEY, REGULAR)) == Profile({"coffee": 1.0})
    assert shop.profile(pseudonym(KEY, "new here")) == Profile()
    assert shop.profile(pseudonym(KEY, "a stranger")) is None
    assert shop.profile(None) is None
    assert from_best_sellers([], STORE, Policy()).profile(Pseudonym("0" * 32)) is None


def test_a_bundle_is_proved_before_it_advises(tmp_path: Path) -> None:
    good = contents().golden
    write_shop(tmp_path / "b", answers=[good[0], msgspec.structs.replace(good[1], scores=[9.0] * 5)])
    with pytest.raises(BundleError, match="is not answered as it was"):
        from_bundle(tmp_path / "b", STORE, Policy())


def decided(by: Adviser, *skus: str, local: datetime = NOON, **facts: Any) -> Decision:
    basket = tuple(Sku(sku) for sku in skus)
    families = (by.catalogue.item(sku) for sku in basket)
    known = Situation(Phase.OPEN, frozenset(basket), frozenset(i.family for i in families if i and i.family), local)
    return by.suggest(Question(basket), replace(known, **facts))


def shown(decision: Decision) -> list[str]:
    return [one.sku for one in decision.shown]


@pytest.mark.parametrize(
    "facts", [{"age_limit": 18}, {"stock": {}}, {"sold_until": 3}, {"recalled": True}, {"price": None}], ids=str
)
def test_what_is_forbidden_takes_no_place_among_the_candidates(tmp_path: Path, facts: dict[str, Any]) -> None:
    decision = decided(many(tmp_path / "b", Policy(), **facts), "bread")
    assert shown(decision) == ["s399"]
    assert [sku for sku, _ in decision.kept_back] == [f"s{n}" for n in range(KEPT_BACK)], "the best by score, and bounded"
    assert len({rule for _, rule in decision.kept_back}) == 1


def test_what_moves_with_the_sale_takes_none_either(tmp_path: Path) -> None:
    by = many(tmp_path / "b", Policy(cards=1), family="rolls")
    gone = frozenset(Sku(f"s{n}") for n in range(200))
    for fact, rule in (("removed", "removed"), ("declined", "answered"), ("out_of_stock", "out_of_stock")):
        decision = decided(by, "bread", **{fact: gone})
        assert (shown(decision), decision.kept_back[0]) == (["s200"], (Sku("s0"), rule))
    decision = decided(by, "bread", families=frozenset({"rolls"}))
    assert (shown(decision), decision.kept_back[0]) == (["s399"], (Sku("s0"), "family"))


def test_only_what_would_have_had_a_place_is_told_as_kept_back(tmp_path: Path) -> None:
    by = many(tmp_path / "b", Policy(cards=2, ban=(Notice(sku="s1"), Notice(sku="s7"))))
    decision = decided(by, "bread")
    assert (shown(decision), decision.kept_back) == (["s0", "s2"], ((Sku("s1"), "ban"),))


def test_what_is_in_the_basket_is_no_decision_worth_recording(shop: Adviser) -> None:
    rules = dict(decided(shop, "bread", "butter").kept_back)
    assert Sku("butter") not in rules
    assert (rules[Sku("beer")], rules[Sku("crate")], rules[Sku("plums")], rules[Sku("bag")]) == ("age", "reach", "stock", "kind")


def test_a_standing_rule_keeps_its_name_beside_a_moving_one(shop: Adviser) -> None:
    assert dict(decided(shop, "bread", declined=frozenset({Sku("beer")})).kept_back)[Sku("beer")] == "age"


def test_a_pin_comes_from_any_depth_with_the_models_own_score(tmp_path: Path) -> None:
    decision = decided(many(tmp_path / "b", Policy(pin=(Notice(sku="s390"),))), "bread")
    assert shown(decision) == ["s390", "s0", "s1"]
    assert decision.shown[0].score == pytest.approx(0.11, abs=2e-6)
    assert decision.shown[0].moved_by == ("pin",)


def test_many_pins_below_the_floor_hide_nothing(tmp_path: Path) -> None:
    pins = tuple(Notice(sku=f"s{n}") for n in range(200, 400))
    by = many(tmp_path / "b", Policy(relevance_floor=0.49, pin=pins))
    assert shown(decided(by, "bread")) == ["s0", "s1", "s2"]


def test_a_pin_that_another_rule_forbids_is_told(tmp_path: Path) -> None:
    by = many(tmp_path / "b", Policy(pin=(Notice(sku="s390"),), ban=(Notice(sku="s390"),)))
    decision = decided(by, "bread")
    assert (shown(decision), decision.kept_back) == (["s0", "s1", "s2"], ((Sku("s390"), "ban"),))


def test_hours_days_pins_and_bans_follow_the_clock_of_the_shop(tmp_path: Path) -> None:
    items = [
        item("bread"),
        item("beer", sold_from=8, sold_until=23),
        item("yoghurt", expires={"": date(2026, 5, 4)}),
        item("tea"),
    ]
    scores = {("item=bread", "beer"): 0.3, ("item=bread", "yoghurt"): 0.2, ("item=bread", "tea"): 0.1}
    policy = Policy(pin=(Notice(sku="tea", from_hour=17, until_hour=19),), ban=(Notice(sku="tea", first_day=date(2026, 5, 6)),))
    by = adviser(tmp_path / "b", policy, items=items, scores=scores)
    for local, expected in (
        (NOON, ["beer", "yoghurt", "tea"]),
        (NOON.replace(hour=17), ["tea", "beer", "yoghurt"]),
        (NOON.replace(hour=23), ["yoghurt", "tea"]),
        (NOON.replace(day=5), ["beer", "tea"]),
        (NOON.replace(day=6), ["beer"]),
        (NOON, ["beer", "yoghurt", "tea"]),
    ):
        assert shown(decided(by, "bread", local=local)) == expected


def test_a_sponsored_item_that_waits_to_be_rung_up_is_the_only_one(tmp_path: Path) -> None:
    items = [item("bread"), item("ad", sponsor="A"), item("too", sponsor="B"), item("tea")]
    scores = {("item=bread", "ad"): 0.3, ("item=bread", "too"): 0.29, ("item=bread", "tea"): 0.1}
    by = adviser(tmp_path / "b", items=items, scores=scores)
    waiting = frozenset({Sku("ad")})
    assert shown(decided(by, "bread")) == ["ad", "tea"]
    assert shown(decided(by, "bread", "ad", waiting=waiting)) == ["tea"]
    assert shown(decided(by, "bread", "ad")) == ["too", "tea"], "rung up, it holds no place any more"


def test_what_waits_leaves_fewer_places(shop: Adviser) -> None:
    waiting = frozenset({Sku("butter"), Sku("cheese")})
    assert shown(decided(shop, "bread", *waiting, waiting=waiting)) == ["milk"]
    three = waiting | {Sku("milk")}
    assert decided(shop, "bread", *three, waiting=three) == Decision()


@pytest.mark.parametrize(
    ("policy", "facts", "rule"),
    [
        (Policy(), {"phase": Phase.TENDER}, "payment"),
        (Policy(), {"refusals": 2}, "refusals"),
        (Policy(relevance_floor=2.0), {}, "relevance"),
        (Policy(ban=tuple(Notice(sku=i.sku) for i in ITEMS)), {}, "stock"),
    ],
)
def test_silence_names_the_rule_that_made_it(tmp_path: Path, policy: Policy, facts: dict[str, Any], rule: str) -> None:
    decision = decided(adviser(tmp_path / "b", policy), "bread", **facts)
    assert (decision.shown, decision.silence) == ((), rule)


def test_an_empty_ranking_is_silence_with_a_name_too() -> None:
    assert decided(from_best_sellers([], STORE, Policy()), "bread").silence == "nothing"


def test_pins_and_bans_of_nothing_the_catalogue_knows_are_named(tmp_path: Path) -> None:
    by = adviser(tmp_path / "b", Policy(pin=(Notice(sku="mlik"),), ban=(Notice(sku="tea"), Notice(sku="crem"))))
    assert by.unheard == ("crem", "mlik")


_faults: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {},
        {"age_limit": 18},
        {"stock": {}},
        {"sold_until": 3},
        {"family": "f"},
        {"family": "g"},
        {"family": "f", "price": None},
    ]
)


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(_faults, min_size=1, max_size=90), st.sets(st.integers(0, 89)), st.sets(st.integers(0, 89)), st.integers(1, 4))
def test_however_many_are_forbidden_the_best_of_the_others_are_found(
    faults: list[dict[str, Any]], basket: set[int], declined: set[int], cards: int
) -> None:
    goods = [item(f"s{n}", **facts) for n, facts in enumerate(faults)]
    by = from_best_sellers(goods, STORE, Policy(cards=cards))
    decision = decided(by, "bread", *(f"s{n}" for n in basket), declined=frozenset(Sku(f"s{n}") for n in declined))
    expected: list[str] = []
    families = {goods[n].family for n in basket if n < len(goods)} - {None}
    for n, one in enumerate(goods):
        sound = one.age_limit == 0 and one.stock is None and one.sold_until is None and one.price is not None
        if sound and n not in basket | declined and one.family not in families and len(expected) < cards:
            expected.append(one.sku)
            families |= {one.family} - {None}
    assert shown(decision) == expected
    assert not {sku for sku, _ in decision.kept_back} & {f"s{n}" for n in basket}
    assert len([rule for _, rule in decision.kept_back if rule != "family"]) <= KEPT_BACK
    assert (decision.silence is None) == bool(expected)
