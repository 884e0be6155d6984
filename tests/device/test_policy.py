"""What may be shown: each rule forbids what it names and nothing else, over every item at once."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from fakes.device_shop import item
from fakes.policy_moments import AT, NOON, forbidding
from hypothesis import given, settings
from hypothesis import strategies as st

from device.catalogue import Catalogue, Item, Kind, Reach
from device.domain import Phase, Sku
from device.policy import rules
from device.policy.boosts import FACTORS
from device.policy.goods import goods
from device.policy.rules import ALLOWED, MOVING, NAMES, STANDING, TIMED, Moment, Situation, silence, verdicts
from device.policy_settings import Notice, Policy


def now(**facts: Any) -> Situation:
    known: dict[str, Any] = {"phase": Phase.OPEN, "skus": frozenset({Sku("bread")}), "families": frozenset(), "local": NOON}
    return Situation(**(known | facts))


def first(one: Item, at: Moment = AT, **policy: Any) -> str | None:
    (place,) = verdicts((*STANDING, *TIMED), goods([Sku("x")], Catalogue([one]), at.store), at, Policy(**policy)).tolist()
    return None if place == ALLOWED else NAMES[place]


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
        ({"recalled": True}, {}, "recalled"),
        ({"recalled": None}, {}, "recalled"),
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
        ({"sold_from": 13}, {}, "hours"),
        ({"sold_until": 12}, {}, "hours"),
        ({"sold_from": 22, "sold_until": 13}, {}, None),
        ({"expires": {"": date(2026, 5, 3)}}, {}, "expired"),
        ({"expires": {"": date(2026, 5, 4)}}, {}, None),
        ({"expires": {"S1": date(2026, 5, 3), "": date(2027, 1, 1)}}, {}, "expired"),
        ({"expires": {"S2": date(2026, 5, 3)}}, {}, None),
        ({}, {"ban": (Notice(sku="x"),)}, "ban"),
        ({}, {"ban": (Notice(sku="y"),)}, None),
        ({"sponsor": "a dairy", "margin": -1.0, "old_price": 1}, {}, None),
    ],
)
def test_a_rule_forbids_what_it_names_and_no_other_rule_does(
    facts: dict[str, Any], policy: dict[str, Any], rule: str | None
) -> None:
    assert forbidding(item("x", **facts), **policy) == ([] if rule is None else [rule])


@pytest.mark.parametrize(
    "facts",
    [
        {"price": -1},
        {"price": 10**30},
        {"old_price": -5},
        {"age_limit": -18},
        {"age_limit": 70_000},
        {"sold_from": 25},
        {"sold_until": 10**9},
        {"sold_from": -1},
        {"margin": float("nan")},
        {"margin": float("inf")},
        {"margin": 35.0},
    ],
)
def test_an_item_of_which_something_impossible_is_said_is_not_shown(facts: dict[str, Any]) -> None:
    assert first(item("x", **facts)) == "facts"


def test_an_item_the_catalogue_does_not_know_is_never_shown() -> None:
    assert "facts" in forbidding(None)
    assert "facts" in forbidding(None, needs=())


@pytest.mark.parametrize("fact", ["name", "price", "age_limit", "reach"])
def test_each_fact_that_is_missing_keeps_the_item_back(fact: str) -> None:
    without: dict[str, Any] = {"names": {}} if fact == "name" else {fact: None}
    assert first(item("x", **without)) == "facts"
    assert first(item("x", **without), needs=(fact,)) == "facts"


def test_an_item_with_every_fault_is_told_with_the_first_rule_of_the_tables() -> None:
    bad: dict[str, Any] = {
        "price": None,
        "kind": Kind.BAG,
        "recalled": True,
        "sensitive": True,
        "age_limit": 18,
        "reach": Reach.NEXT_VISIT,
        "stock": {},
        "expires": {"": date(2026, 1, 1)},
        "sold_from": 3,
        "sold_until": 4,
    }
    repairs: list[tuple[str, Any]] = [
        ("price", 1),
        ("kind", Kind.GOODS),
        ("recalled", False),
        ("sensitive", False),
        ("age_limit", 0),
        ("reach", Reach.FETCH),
        ("stock", None),
        ("ban", None),
        ("expires", None),
        ("sold_from", None),
    ]
    told, banned = [], (Notice(sku="x"),)
    for fact, good in repairs:
        told.append(first(item("x", **bad), ban=banned))
        if fact == "ban":
            banned = ()
        else:
            bad[fact] = good
    assert told == [name for name, _ in (*STANDING, *TIMED)]
    assert first(item("x", **bad | {"sold_until": None})) is None


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"skus": frozenset({Sku("x")})}, "basket"),
        ({"removed": frozenset({Sku("x")})}, "removed"),
        ({"declined": frozenset({Sku("x")})}, "answered"),
        ({"out_of_stock": frozenset({Sku("x")})}, "out_of_stock"),
        ({"families": frozenset({"milk"})}, "family"),
        ({"families": frozenset({"tea"})}, None),
        ({}, None),
    ],
)
def test_a_moving_rule_forbids_its_items_and_no_others(facts: dict[str, Any], rule: str | None) -> None:
    shop = goods([Sku("other"), Sku("x")], Catalogue([item("x", family="milk"), item("other")]), "S1")
    forbidding = {name: places.tolist() for name, of in MOVING if len(places := of(shop, now(**facts)))}
    assert forbidding == ({} if rule is None else {rule: [1]})


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({}, None),
        ({"phase": Phase.TENDER}, "payment"),
        ({"phase": Phase.CLOSED}, "phase"),
        ({"phase": Phase.CANCELLED}, "phase"),
        ({"phase": Phase.SUSPENDED}, "phase"),
        ({"skus": frozenset()}, "empty"),
        ({"refusals": 1}, None),
        ({"refusals": 2}, "refusals"),
        ({"refusals": 5}, "refusals"),
        ({"phase": Phase.TENDER, "skus": frozenset(), "refusals": 9}, "payment"),
        ({"skus": frozenset(), "refusals": 9}, "empty"),
    ],
)
def test_silence_names_its_rule(facts: dict[str, Any], rule: str | None) -> None:
    assert silence(now(**facts), Policy()) == rule


def test_how_many_refusals_are_enough_is_a_setting() -> None:
    assert silence(now(refusals=1), Policy(refusals=1)) == "refusals"
    assert silence(now(refusals=2), Policy(refusals=3)) is None


_SKUS = [Sku(f"s{number}") for number in range(8)]

_facts: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "price": st.sampled_from([None, -1, 100]),
        "names": st.sampled_from([{}, {"": "An item"}]),
        "kind": st.sampled_from(Kind),
        "age_limit": st.sampled_from([None, 0, 18]),
        "reach": st.sampled_from([None, *Reach]),
        "recalled": st.sampled_from([False, True, None]),
        "stock": st.sampled_from([None, {}, {"S1": 3}]),
        "sold_from": st.sampled_from([None, 8, 22, 25]),
        "sold_until": st.sampled_from([None, 6, 23]),
        "expires": st.sampled_from([None, {"": date(2026, 5, 3)}, {"S1": date(2026, 5, 9)}]),
        "margin": st.sampled_from([None, 0.3, float("nan")]),
    }
)

_shops = st.lists(_facts, min_size=8, max_size=8).map(
    lambda all_facts: [item(sku, **facts) for sku, facts in zip(_SKUS, all_facts, strict=True)]
)

_policies = st.builds(
    Policy,
    age_restricted=st.booleans(),
    reach=st.sampled_from([("at_till",), ("fetch", "at_till"), ("at_till", "fetch", "next_visit")]),
    needs=st.sampled_from([(), ("price",), ("name", "price", "age_limit", "reach")]),
    ban=st.lists(st.builds(Notice, sku=st.sampled_from(_SKUS)), max_size=3).map(tuple),
)


@settings(max_examples=60, deadline=None, database=None)
@given(_shops, _policies, st.integers(0, 23), st.permutations([*STANDING, *TIMED]))
def test_the_order_of_the_rules_does_not_change_what_is_allowed(
    items: list[Item], policy: Policy, hour: int, order: list[Any]
) -> None:
    shop, at = goods(_SKUS, Catalogue(items), "S1"), Moment("S1", AT.day, hour)
    allowed = verdicts((*STANDING, *TIMED), shop, at, policy) == ALLOWED
    assert np.array_equal(verdicts(order, shop, at, policy) == ALLOWED, allowed)
    masks = [forbids(shop, at, policy) for _, forbids in order]
    assert np.array_equal(allowed, ~np.logical_or.reduce(masks))


@settings(max_examples=60, deadline=None, database=None)
@given(_shops, _policies, st.integers(0, 23))
def test_nobody_is_shown_what_may_not_be_sold_to_them(items: list[Item], policy: Policy, hour: int) -> None:
    shop, at = goods(_SKUS, Catalogue(items), "S1"), Moment("S1", AT.day, hour)
    for one, verdict in zip(items, verdicts((*STANDING, *TIMED), shop, at, policy).tolist(), strict=True):
        if verdict == ALLOWED:
            assert one.kind is Kind.GOODS
            assert one.recalled is False
            assert one.price is None or one.price >= 0
            assert one.stock is None or one.stock.get("S1", 0) > 0
            assert policy.age_restricted or not one.age_limit
            assert one.sku not in {notice.sku for notice in policy.ban}
            assert one.reach is None or one.reach in policy.reach


def test_every_rule_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(function.__doc__ for _, function in itertools.chain[tuple[str, Any]](STANDING, TIMED, MOVING))


def test_the_one_table_names_every_rule_setting_and_column() -> None:
    table = (Path(rules.__file__).parent / "README.md").read_text(encoding="utf-8")
    settings_read = [field.name for kind in (Policy, Notice) for field in msgspec.structs.fields(kind)]
    columns = ["unit_price", "age_limit", "reach", "kind", "recalled", "stock", "expires", "sold_from", "sold_until", "family"]
    named = [
        *NAMES,
        *(name for name, _ in FACTORS),
        "pin",
        "sponsored",
        "relevance",
        *settings_read,
        *columns,
        "margin",
        "sponsor",
    ]
    silences = ["payment", "phase", "empty", "refusals", "model", "nothing"]
    assert [name for name in (*named, *silences) if not re.search(rf"[`.]{name}`|policy\.{name}\b", table)] == []
