"""Campaigns at a till: budgets that hold, and what a face and a receipt are told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from fakes.cheese_week import CURVE, TEXT
from fakes.device_shop import KEY, REGULAR, adviser
from fakes.device_till import ZONE, Checkout

from device.domain import Phase, Pseudonym, Sku
from device.errors import BundleError
from device.handed_out import HandedOut
from device.profiles import Profile
from device.propensity import Propensity
from device.screen_link import FaceKind, ReasonKind
from device.shopper import pseudonym

DAY = date(2026, 5, 4)


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
