"""Campaigns: the file checked whole, and each rule by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from fakes.cheese_week import TEXT
from fakes.device_shop import STORE, item
from hypothesis import given
from hypothesis import strategies as st

from device.campaigns import Campaigns, Coupon, parse, read
from device.domain import Sku
from device.errors import SettingsError
from device.policy import campaigns
from device.policy.campaigns import RULES, Asked
from device.policy.rules import Moment
from device.profiles import Profile, pack, unpack

DAY = date(2026, 5, 4)
AT = Moment(STORE, DAY.toordinal(), 10)


def running(text: str = TEXT) -> Campaigns:
    return parse(text.encode(), "campaigns")


def asked(**changes) -> Asked:
    known = Asked(item("honey"), 0.2, frozenset(), known=False, agreed=False, handed={}, handed_shopper={})
    return replace(known, **changes)


def coupon(**changes):
    return campaigns.coupon(asked(**changes), running(), AT, "register-1")


def test_below_the_threshold_there_is_a_coupon_with_the_propensity_that_led_to_it():
    given_, withheld = coupon(propensity=0.29)
    assert (given_.campaign, given_.code, given_.price, given_.propensity) == ("cheese week", "HONEY10", 8990, 0.29)
    assert withheld is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"propensity": 0.3}, "propensity"),
        ({"propensity": 1.0}, "propensity"),
        ({"propensity": None}, "propensity"),
        ({"known": True}, "consent"),
        ({"item": item("honey", price=8990)}, "price"),
        ({"item": item("honey", price=None)}, "price"),
        ({"item": item("honey", sponsor="A dairy")}, "sponsored"),
        ({"handed": {"HONEY10": 2}}, "budget"),
        ({"handed_shopper": {"HONEY10": 1}}, "shopper"),
    ],
)
def test_each_rule_withholds_it_and_says_its_name(changes, rule):
    assert coupon(**changes) == (None, rule)


def test_who_agreed_to_offers_gets_it():
    assert coupon(known=True, agreed=True)[0] is not None


def test_every_rule_has_a_case_above():
    assert {name for name, _ in RULES} == {"propensity", "consent", "price", "sponsored", "budget", "shopper"}


@given(st.floats(0, 1), st.floats(0, 1))
def test_above_the_threshold_never(propensity, threshold):
    made = running(f"threshold = {threshold!r}\n{TEXT}")
    given_, _ = campaigns.coupon(asked(propensity=propensity), made, AT, "register-1")
    assert (given_ is not None) == (propensity < threshold)


@given(
    st.dictionaries(st.text("abc-123", min_size=1, max_size=6), st.integers(0, 50), min_size=1, max_size=12), st.integers(1, 999)
)
def test_the_shares_of_all_registers_are_exactly_the_budget(registers, budget):
    if not any(registers.values()):
        return
    made = Campaigns(registers=registers)
    one = Coupon(sku="x", code="X", price=1, per_day=budget)
    shares = {name: made.share(one, name) for name in registers}
    assert sum(shares.values()) == budget
    assert all(share == 0 for name, share in shares.items() if registers[name] == 0)
    assert made.share(one, "no such register") == 0
    assert Campaigns().share(one, "any") == budget


SEGMENTS = """
[[campaign]]
name = "all"
pin = ["tea"]

[[campaign]]
name = "champions"
segments = ["champions", "young"]
priority = 5
pin = ["gone", "milk"]
stores = ["S1"]
from_hour = 22
until_hour = 6
"""


@pytest.mark.parametrize(
    ("segments", "at", "pinned"),
    [
        ((), AT, "tea"),
        (("young",), AT, "tea"),
        (("young", "other"), Moment(STORE, DAY.toordinal(), 23), "milk"),
        (("old",), Moment(STORE, DAY.toordinal(), 23), "tea"),
        (("champions",), Moment("S2", DAY.toordinal(), 23), "tea"),
    ],
)
def test_the_highest_priority_that_is_meant_pins_the_first_that_may_be_shown(segments, at, pinned):
    made = running(SEGMENTS)
    assert campaigns.pin(made, at, frozenset(segments), lambda sku: sku != "gone") == pinned
    assert campaigns.pin(made, at, frozenset(segments), lambda sku: False) is None


def test_campaigns_stand_in_the_order_in_which_they_are_asked_and_equal_ones_in_that_of_the_file():
    priorities = {"a": 3, "b": 7, "c": 3, "d": 0, "e": 7}
    text = "".join(f"[[campaign]]\nname = '{name}'\npin = ['x']\npriority = {of}\n" for name, of in priorities.items())
    assert [one.name for one in running(text).campaign] == ["b", "e", "a", "c", "d"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[campaign]]\nname = 'a'", "line 1: 'campaign[0]' names no item"),
        ("[[campaign]]\nname = 'a'\npin = ['x']\nfirst_day = 2026-02-02\nlast_day = 2026-02-01", "is before 'first_day'"),
        ("[[campaign]]\nfirst_day = 2026-02-01T09:00:00\nlast_day = 2026-02-02", "line 1: 'campaign[0].first_day'"),
        ("[[campaign]]\nfirst_day = 2026-02-01T09:00:00\nlast_day = 2026-02-02T09:00:00Z", "line 1: 'campaign[0].last_day'"),
        ("[[campaign]]\nname = 'a'\npin = ['x']\nfrom_hour = 3\nuntil_hour = 3", "are the same hour"),
        ("[[campaign]]\nname = 'a'\npin = ['x']\npriority = -1", "'campaign[0].priority'"),
        ("[[campaign]]\nname = 'a'\npin = ['x']\nsegment = ['y']", "(did you mean 'campaign[0].segments'?)"),
        ("[[campaign]]\nname = 'a'\npin = ['x']\npicture = '../secret'", "'campaign[0].picture'"),
        ("[[campaign]]\nname = 'a'\npin = ['x']\nmessage = {en = '" + "x" * 49 + "'}", "'campaign[0].message'"),
        (
            "[[campaign]]\nname = 'a'\npin = ['x']\n[[campaign]]\nname = 'a'\npin = ['x']",
            "line 4: 'campaign[1].name': 'a' stands twice",
        ),
        (TEXT.replace("HONEY10", "BUTTER10"), "a till takes it for one"),
        (TEXT.replace('"butter"', '"honey"'), "item 'honey' has two coupons"),
        (TEXT.replace("HONEY10", "a code"), "'campaign[0].coupon[0].code'"),
        (TEXT.replace("8990", "-1"), "'campaign[0].coupon[0].price'"),
        (TEXT.replace("per_day = 4", "per_day = 0"), "'campaign[0].coupon[0].per_day'"),
        ("registers = {a = 0}\n", "no coupon could ever be handed out"),
        ("threshold = 1.1", "'threshold'"),
        ("threshold = nan", "'threshold'"),
        ("campaign = 3", "'campaign'"),
        ("campaign = [3]", "'campaign[0]'"),
        ("[[campaign]]\nname = ['a']\npin = ['x']\ncoupon = [1]", "'campaign[0].name'"),
        ("registers = 5", "'registers'"),
        ("a = " + "[" * 100_000, "campaigns: "),
        ("[[campaign]]\n" * 201, "201 campaigns are more than 200"),
    ],
)
def test_a_broken_file_is_told_with_its_place(text, told):
    with pytest.raises(SettingsError) as said:
        running(text)
    assert told in str(said.value)


def test_bytes_that_are_no_campaigns_are_one_sentence(tmp_path):
    for content in (b"\xff", b"\x00", b" " * (1024 * 1024 + 1), b"a = " + b"9" * 5_000):
        (tmp_path / "c.toml").write_bytes(content)
        with pytest.raises(SettingsError):
            read(tmp_path / "c.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path)


def test_a_profile_keeps_segments_and_the_consent_to_offers():
    known = Profile({Sku("milk"): 0.5}, segments=("champions", "young family"), offers=True)
    told = unpack(pack(known))
    assert (told.segments, told.offers, told.history) == (known.segments, True, known.history)
    many = Profile({Sku(f"sku {n}"): 0.5 for n in range(64)}, segments=tuple(f"segment {n}" for n in range(500)))
    assert len(pack(many)) <= 1024
    assert unpack(pack(Profile({Sku("milk"): 0.5}))).offers is False
