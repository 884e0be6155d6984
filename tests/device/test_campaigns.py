"""Campaigns: the file checked whole, each rule by itself, budgets that hold, and what a face and a receipt are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from fakes.device_shop import KEY, REGULAR, STORE, adviser, item
from fakes.device_till import ZONE, Checkout
from hypothesis import given
from hypothesis import strategies as st

from device.campaigns import Campaigns, Coupon, parse, read
from device.domain import Phase, Pseudonym, Sku
from device.errors import BundleError, SettingsError
from device.handed_out import HandedOut
from device.policy import campaigns
from device.policy.campaigns import RULES, Asked
from device.policy.rules import Moment
from device.profiles import Profile, pack, unpack
from device.propensity import Propensity
from device.screen_link import FaceKind, ReasonKind
from device.shopper import pseudonym

DAY = date(2026, 5, 4)
AT = Moment(STORE, DAY.toordinal(), 10)
CURVE = Propensity("as stated", (0.0, 1.0), (0.0, 1.0), 1000)
TEXT = """
registers = {register-1 = 1, register-2 = 1}

[[campaign]]
name = "cheese week"
first_day = 2026-05-01
last_day = 2026-05-07
message = {en = "Cheese week", ru = "Неделя сыра"}
picture = "cheese.png"

[[campaign.coupon]]
sku = "honey"
code = "HONEY10"
price = 8990
per_day = 4

[[campaign.coupon]]
sku = "butter"
code = "BUTTER10"
price = 8990
per_day = 4
"""


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
    for content in (b"\xff", b"\x00", b" " * (1024 * 1024 + 1)):
        (tmp_path / "c.toml").write_bytes(content)
        with pytest.raises(SettingsError):
            read(tmp_path / "c.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path)


# At a till.


@pytest.fixture
def shop(tmp_path):
    def made(text: str = TEXT, curve: Propensity | None = CURVE, **profile):
        profiles = {pseudonym(KEY, REGULAR): Profile({Sku("coffee"): 1.0}, **profile)}
        return adviser(tmp_path / "x.bundle", profiles=profiles, campaigns=text.encode(), propensity=curve)

    return made


def cards(counter, face=FaceKind.CUSTOMER):
    return {card.sku: card for card in counter.lane.snapshot(face).cards}


def outcomes(counter):
    return {one.sku: one for one in counter.receipts()[-1].outcomes}


def test_a_face_shows_the_price_that_is_charged_and_the_code_for_it(tmp_path, shop):
    # Bread: butter .5, cheese .4, milk .3, honey .2; tea: honey .6.
    counter = Checkout(tmp_path, shop())
    counter.hear("a", 1, "bread", "butter", "milk")
    told = cards(counter)
    assert (told["honey"].price, told["honey"].old_price, told["honey"].code) == (8990, 9990, "HONEY10")
    assert (told["cheese"].price, told["cheese"].old_price, told["cheese"].code) == (9990, None, None)
    assert told["honey"].reason.kind is ReasonKind.CAMPAIGN
    assert told["honey"].reason.words == ({"en": "Cheese week", "ru": "Неделя сыра"},)
    assert told["honey"].picture == "cheese.png"
    assert told["cheese"].picture != "cheese.png"
    counter.hear("a", 2, "bread", "butter", "milk", phase=Phase.CLOSED)
    kept = outcomes(counter)["honey"]
    assert kept.coupon.propensity == pytest.approx(0.2, abs=0.02)
    assert kept.coupon.code == "HONEY10"
    assert (outcomes(counter)["cheese"].coupon, outcomes(counter)["cheese"].withheld) == (None, None)


def test_what_is_bought_without_help_gets_none_and_the_receipt_says_why(tmp_path, shop):
    counter = Checkout(tmp_path, shop())
    counter.hear("a", 1, "bread")
    assert cards(counter)["butter"].code is None
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert (outcomes(counter)["butter"].coupon, outcomes(counter)["butter"].withheld) == (None, "propensity")


def test_without_a_curve_there_is_no_coupon(tmp_path, shop):
    counter = Checkout(tmp_path, shop(curve=None))
    counter.hear("a", 1, "bread", "butter", "milk")
    assert {card.code for card in cards(counter).values()} == {None}


def test_a_coupon_stays_with_its_suggestion_to_the_end(tmp_path, shop):
    counter = Checkout(tmp_path, shop())
    counter.hear("a", 1, "bread", "butter", "milk")
    counter.hear("a", 2, "bread", "butter", "milk", "tea")
    assert cards(counter)["honey"].code == "HONEY10", "tea makes honey likely, and it was promised"


def test_a_budget_holds_over_sales_and_a_restart(tmp_path, shop):
    by = shop()
    counter = Checkout(tmp_path, by)
    codes = []
    for number in range(3):
        counter.hear(f"s{number}", 1, "bread", "butter", "milk", minutes=number)
        codes.append(cards(counter)["honey"].code)
        counter.hear(f"s{number}", 2, "bread", "butter", "milk", phase=Phase.CLOSED, minutes=number)
    assert codes == ["HONEY10", "HONEY10", None], "four a day, shared by two registers"
    assert outcomes(counter)["honey"].withheld == "budget"
    midnight = datetime.combine(DAY, time(), ZONE)
    again = HandedOut(DAY, counter.edge.closed_since(midnight))
    assert again.on(DAY, None)[0] == {"HONEY10": 2}
    assert again.on(DAY + timedelta(days=1), None)[0] == {}
    assert counter.edge.closed_since(midnight + timedelta(days=1)) == []


def test_coupons_may_be_handed_out_while_shoppers_are_forgotten():
    """The one is done in a thread, the other on the loop."""
    kept = HandedOut(DAY)
    kept.hand("HONEY10", Pseudonym("anna"))

    def forgotten(shopper: Pseudonym) -> bool:
        kept.hand("HONEY10", Pseudonym("boris"))
        return shopper == "anna"

    kept.forget(forgotten)
    assert [kept.on(DAY, Pseudonym(who)) for who in ("anna", "boris")] == [({"HONEY10": 2}, {}), ({"HONEY10": 2}, {"HONEY10": 1})]


def test_a_shopper_needs_to_have_agreed_and_gets_it_once_a_day(tmp_path, shop):
    refused = Checkout(tmp_path, shop())
    refused.hear("a", 1, "bread", "butter", "milk", loyalty_id=REGULAR)
    assert cards(refused)["honey"].code is None
    refused.hear("a", 2, "bread", "butter", "milk", loyalty_id=REGULAR, phase=Phase.CLOSED)
    assert outcomes(refused)["honey"].withheld == "consent"
    (tmp_path / "b").mkdir()
    agreed = Checkout(tmp_path / "b", shop(offers=True))
    codes = []
    for number in range(2):
        agreed.hear(f"s{number}", 1, "bread", "butter", "milk", loyalty_id=REGULAR, minutes=number)
        codes.append(cards(agreed)["honey"].code)
        agreed.hear(f"s{number}", 2, "bread", "butter", "milk", loyalty_id=REGULAR, phase=Phase.CLOSED, minutes=number)
    assert codes == ["HONEY10", None]
    assert outcomes(agreed)["honey"].withheld == "shopper"


def test_a_campaign_pins_for_its_segment_and_the_receipt_says_so(tmp_path, shop):
    text = "[[campaign]]\nname = 'a'\nsegments = ['young']\npin = ['tea']\n"
    counter = Checkout(tmp_path, shop(text, segments=("young",)))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown()[0] == "tea"
    counter.hear("a", 2, "bread", loyalty_id=REGULAR, phase=Phase.CLOSED)
    assert outcomes(counter)["tea"].moved_by == ("campaign",)
    counter.hear("b", 1, "bread")
    assert counter.shown() == ["butter", "cheese", "milk"], "nobody is in no segment"


def test_a_campaign_pins_nothing_that_a_rule_forbids(tmp_path, shop):
    counter = Checkout(tmp_path, shop("[[campaign]]\nname = 'a'\npin = ['beer', 'plums', 'bread', 'tea']\n"))
    counter.hear("a", 1, "bread")
    assert counter.shown()[0] == "tea"


def test_a_profile_keeps_segments_and_the_consent_to_offers():
    known = Profile({Sku("milk"): 0.5}, segments=("champions", "young family"), offers=True)
    told = unpack(pack(known))
    assert (told.segments, told.offers, told.history) == (known.segments, True, known.history)
    many = Profile({Sku(f"sku {n}"): 0.5 for n in range(64)}, segments=tuple(f"segment {n}" for n in range(500)))
    assert len(pack(many)) <= 1024
    assert unpack(pack(Profile({Sku("milk"): 0.5}))).offers is False


@pytest.mark.parametrize(
    "curve",
    [
        Propensity("x", (), (), 1),
        Propensity("x", (0.0, 1.0), (0.0,), 1),
        Propensity("x", (1.0, 0.0), (0.0, 1.0), 1),
        Propensity("x", (0.0, 1.0), (0.5, 0.2), 1),
        Propensity("x", (0.0, 1.0), (0.0, 1.5), 1),
        Propensity("x", (0.0, float("inf")), (0.0, 1.0), 1),
    ],
)
def test_a_curve_that_cannot_be_is_no_bundle(shop, curve):
    with pytest.raises(BundleError):
        shop(curve=curve)


def test_campaigns_that_cannot_be_read_are_no_bundle(shop):
    with pytest.raises(BundleError, match="cannot be read"):
        shop("[[campaign]]\nname = 5")
