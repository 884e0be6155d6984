"""What may be shown: each rule by itself, their order, and silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from fakes.device_shop import item
from hypothesis import given, settings
from hypothesis import strategies as st

from device.catalogue import Catalogue, Item, Kind, Reach
from device.domain import Phase, Sku
from device.policy import MOVING, STANDING, Decision, Situation, decide, silence, sold_at, standing_rule
from device.scorer import Ranked
from device.settings import Policy

NOON = datetime(2026, 5, 4, 12, 0)
SHOP = (
    item("tea"),
    item("milk", family="milk"),
    item("cream", family="milk"),
    item("coffee", family="coffee"),
    item("wine", sold_from=8, sold_until=23),
    item("honey"),
)


def now(**facts: Any) -> Situation:
    known: dict[str, Any] = {"phase": Phase.OPEN, "skus": frozenset({Sku("bread")}), "families": frozenset(), "local": NOON}
    return Situation(**(known | facts))


def ranked(*skus: str, score: float = 0.5) -> list[Ranked]:
    return [Ranked(Sku(sku), score, ()) for sku in skus]


def decided(*skus: str, policy: Policy | None = None, **facts: Any) -> Decision:
    return decide(ranked(*skus), now(**facts), Catalogue(SHOP), policy or Policy())


def shown(decision: Decision) -> list[str]:
    return [r.sku for r in decision.shown]


def test_the_best_are_shown_in_order_up_to_the_number_of_cards() -> None:
    assert shown(decided("tea", "milk", "coffee", "honey")) == ["tea", "milk", "coffee"]
    assert shown(decided("tea", "milk", "coffee", "honey", policy=Policy(cards=1))) == ["tea"]


@pytest.mark.parametrize(
    ("facts", "policy", "rule"),
    [
        ({}, {}, None),
        ({"names": {}}, {}, "facts"),
        ({"names": {"ru": "", "en": ""}}, {}, "facts"),
        ({"price": None}, {}, "facts"),
        ({"age_limit": None}, {}, "facts"),
        ({"reach": None}, {}, "facts"),
        ({"price": None}, {"needs": ("name", "age_limit", "reach")}, None),
        ({"reach": None}, {"needs": ("name", "price", "age_limit")}, None),
        ({"price": 0}, {}, None),
        ({"kind": Kind.BAG}, {}, "kind"),
        ({"kind": Kind.DEPOSIT}, {}, "kind"),
        ({"kind": Kind.SERVICE}, {}, "kind"),
        ({"kind": Kind.GIFT_CARD}, {}, "kind"),
        ({"age_limit": 18}, {}, "age"),
        ({"age_limit": 18}, {"age_restricted": True}, None),
        ({"reach": Reach.NEXT_VISIT}, {}, "reach"),
        ({"reach": Reach.FETCH}, {}, None),
        ({"reach": Reach.FETCH}, {"reach": ("at_till",)}, "reach"),
        ({"reach": Reach.NEXT_VISIT}, {"reach": ("next_visit",)}, None),
        ({"stock": {"S1": 0}}, {}, "stock"),
        ({"stock": {"S1": -3}}, {}, "stock"),
        ({"stock": {"S2": 9}}, {}, "stock"),
        ({"stock": {}}, {}, "stock"),
        ({"stock": {"S1": 1}}, {}, None),
        ({"stock": None}, {}, None),
    ],
)
def test_a_standing_rule_alone_forbids_and_allows(facts: dict[str, Any], policy: dict[str, Any], rule: str | None) -> None:
    assert standing_rule(item("x", **facts), "S1", Policy(**policy)) == rule


def test_an_item_the_catalogue_does_not_know_is_never_shown() -> None:
    assert standing_rule(None, "S1", Policy()) == "facts"
    decision = decided("nobody", "tea")
    assert (shown(decision), decision.forbidden) == (["tea"], (("nobody", "facts"),))


def test_an_item_with_every_fault_is_refused_by_the_first_rule_of_the_table() -> None:
    bad: dict[str, Any] = {"price": None, "kind": Kind.BAG, "age_limit": 18, "reach": Reach.NEXT_VISIT, "stock": {}}
    repairs = [("price", 1), ("kind", Kind.GOODS), ("age_limit", 0), ("reach", Reach.FETCH), ("stock", {"S1": 1})]
    told = []
    for fact, good in repairs:
        told.append(standing_rule(item("x", **bad), "S1", Policy()))
        bad[fact] = good
    assert told == ["facts", "kind", "age", "reach", "stock"]
    assert standing_rule(item("x", **bad), "S1", Policy()) is None
    assert [name for name, _ in STANDING] == told[:-1]


@pytest.mark.parametrize(
    ("sku", "facts", "rule"),
    [
        ("tea", {"removed": frozenset({Sku("tea")})}, "removed"),
        ("tea", {"declined": frozenset({Sku("tea")})}, "answered"),
        ("tea", {"out_of_stock": frozenset({Sku("tea")})}, "out_of_stock"),
        ("cream", {"families": frozenset({"milk"})}, "family"),
        ("wine", {"local": NOON.replace(hour=23)}, "hours"),
        ("wine", {"local": NOON.replace(hour=7, minute=59)}, "hours"),
    ],
)
def test_a_moving_rule_alone_forbids_and_is_recorded(sku: str, facts: dict[str, Any], rule: str) -> None:
    assert shown(decided(sku)) == [sku]
    decision = decided(sku, "honey", **facts)
    assert (shown(decision), decision.forbidden) == (["honey"], ((sku, rule),))


def test_what_is_in_the_basket_is_not_shown_and_that_is_no_decision_worth_recording() -> None:
    decision = decided("tea", "honey", skus=frozenset({Sku("tea")}))
    assert (shown(decision), decision.forbidden) == (["honey"], ())


def test_an_item_with_every_moving_fault_is_refused_by_the_first_rule_of_the_table() -> None:
    them = frozenset({Sku("cream")})
    worst: dict[str, Any] = {"skus": them, "removed": them, "declined": them, "out_of_stock": them, "families": {"milk"}}
    shop = Catalogue([item("cream", family="milk", sold_from=8, sold_until=9)])
    told = []
    for fact in ("skus", "removed", "declined", "out_of_stock", "families"):
        rules = decide(ranked("cream", score=-1), now(**worst), shop, Policy()).forbidden
        told.append(rules[0][1] if rules else "basket")
        worst[fact] = frozenset({Sku("bread")}) if fact == "skus" else frozenset()
    told.append(decide(ranked("cream", score=-1), now(**worst), shop, Policy()).forbidden[0][1])
    worst["local"] = NOON.replace(hour=8)
    told.append(decide(ranked("cream", score=-1), now(**worst), shop, Policy()).forbidden[0][1])
    assert told == [name for name, _ in MOVING]


def test_two_of_a_family_are_not_suggested_beside_each_other() -> None:
    decision = decided("milk", "cream", "coffee")
    assert (shown(decision), decision.forbidden) == (["milk", "coffee"], (("cream", "family"),))


def test_an_item_without_a_family_stands_beside_anything() -> None:
    assert shown(decided("tea", "honey", families=frozenset({"milk"}))) == ["tea", "honey"]


@pytest.mark.parametrize(("score", "seen"), [(0.1, ["tea"]), (0.05, []), (0.0, [])])
def test_a_score_has_to_be_above_the_floor(score: float, seen: list[str]) -> None:
    decision = decide(ranked("tea", score=score), now(), Catalogue(SHOP), Policy(relevance_floor=0.05))
    assert shown(decision) == seen
    assert decision.forbidden == (() if seen else (("tea", "relevance"),))


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.OPEN])
def test_nothing_is_suggested_outside_an_open_sale(phase: Phase) -> None:
    assert decided("tea", phase=phase) == Decision((), silence="phase")


def test_nothing_is_suggested_to_an_empty_basket() -> None:
    assert decided("tea", skus=frozenset()) == Decision((), silence="empty")


@pytest.mark.parametrize(
    ("refusals", "limit", "rule"), [(1, 2, None), (2, 2, "refusals"), (5, 2, "refusals"), (1, 1, "refusals")]
)
def test_after_so_many_refusals_nothing_more_is_suggested(refusals: int, limit: int, rule: str | None) -> None:
    assert silence(now(refusals=refusals), Policy(refusals=limit)) == rule


def test_the_phase_is_told_before_the_empty_basket_and_that_before_the_refusals() -> None:
    everything = now(phase=Phase.TENDER, skus=frozenset(), refusals=9)
    assert silence(everything, Policy()) == "phase"
    assert silence(now(skus=frozenset(), refusals=9), Policy()) == "empty"


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (None, None, range(24)),
        (8, 23, range(8, 23)),
        (8, None, range(8, 24)),
        (None, 6, range(6)),
        (22, 6, [*range(6), 22, 23]),
        (23, 0, [23]),
        (0, 24, range(24)),
    ],
)
def test_selling_hours_also_run_over_midnight(start: int | None, end: int | None, hours: list[int]) -> None:
    it = item("wine", sold_from=start, sold_until=end)
    assert [hour for hour in range(24) if sold_at(it, hour)] == list(hours)


_items = st.builds(
    lambda number, family, price, kind, age, hours: item(
        f"s{number}", family=family, price=price, kind=kind, age_limit=age, sold_from=hours[0], sold_until=hours[1]
    ),
    st.integers(0, 9),
    st.sampled_from([None, "f", "g"]),
    st.sampled_from([None, 100]),
    st.sampled_from(Kind),
    st.sampled_from([None, 0, 18]),
    st.tuples(st.sampled_from([None, 8, 22]), st.sampled_from([None, 6, 23])),
)
_subset = st.frozensets(st.sampled_from([Sku(f"s{n}") for n in range(10)]))


@settings(max_examples=80, deadline=None, database=None)
@given(st.lists(_items), _subset, _subset, _subset, _subset, st.integers(0, 23), st.integers(1, 4))
def test_nothing_forbidden_is_ever_shown(
    items: list[Item],
    basket: frozenset[Sku],
    removed: frozenset[Sku],
    declined: frozenset[Sku],
    missing: frozenset[Sku],
    hour: int,
    cards: int,
) -> None:
    shop, policy = Catalogue(items), Policy(cards=cards)
    able = [r for r in ranked(*(f"s{n}" for n in range(10))) if standing_rule(shop.item(r.sku), "S1", policy) is None]
    known = [found for sku in basket if (found := shop.item(sku)) is not None]
    families = frozenset(i.family for i in known if i.family is not None)
    situation = now(
        skus=basket, families=families, removed=removed, declined=declined, out_of_stock=missing, local=NOON.replace(hour=hour)
    )
    decision = decide(able, situation, shop, policy)
    seen = [shop.item(r.sku) for r in decision.shown]
    assert len(seen) <= cards
    assert not {i.sku for i in seen if i} & (basket | removed | declined | missing)
    assert all(i is not None and i.kind is Kind.GOODS and i.price is not None and i.age_limit == 0 for i in seen)
    assert all(i is not None and sold_at(i, hour) for i in seen)
    mine = [i.family for i in seen if i is not None and i.family is not None]
    assert len(mine) == len(set(mine))
    assert not set(mine) & families
    assert not {r.sku for r in decision.shown} & {sku for sku, _ in decision.forbidden}
