"""An offer, from headquarters' file to the receipt: through the programs, both faces and a till that knows the codes."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest
from fakes import corner_shop

from device.bundle import Bundle
from device.campaigns import Coupon
from device.demo import head_office
from device.demo.play import Player
from device.demo.report import given, wait_for_receipt
from device.demo.scripts import Script, ScriptLine
from device.demo.stage import DEVICE, Shop, Stage
from device.demo.till import SerialWire, Till
from device.errors import TillsideError
from device.shopper import pseudonym, read_key, read_or_make_key

OFTEN = {"sauce"}
CONSENTS = "\n".join(
    ["id,kind,purpose,given,at,source,version"]
    + [f"{corner_shop.CARD},card,{purpose},yes,2026-04-01T10:00:00Z,form,1" for purpose in ("profiling", "history", "offers")]
)


def reduced(sku: str) -> int:
    return corner_shop.PRICES[sku] - 1000


def line(sku: str) -> ScriptLine:
    price = corner_shop.PRICES[sku]
    return ScriptLine(sku, corner_shop.barcode(sku), f"{sku} of the house", 1000, price, price)


@pytest.fixture
def stage(tmp_path: Path):
    """A store as the demo opens it: consents, segments, a campaign for one of them, profiles for the store alone."""
    receipts = corner_shop.write(tmp_path / "receipts")
    coupons = [
        f'[[campaign.coupon]]\nsku = "{sku}"\ncode = "WEEK-{sku}"\nprice = {reduced(sku)}\nper_day = 9'
        for sku in corner_shop.PRICES
    ]
    first = "[[campaign]]\nname = 'week'\nsegments = ['comes often']\nmessage = {en = 'Offer of the week'}\n"
    (receipts / head_office.CAMPAIGNS).write_text(first + "\n".join(coupons))
    (receipts / head_office.SEGMENTS).write_text("[[segment]]\nname = 'comes often'\nfrequency = {at_least = 100}\n")
    (receipts / head_office.CONSENTS).write_text(CONSENTS)
    shop = Shop(receipts, "S1", "RUB", ("name", "price", "age_limit", "reach"), receipts / head_office.CAMPAIGNS)
    key = tmp_path / "shopper.key"
    read_or_make_key(key)
    opening = head_office.before_opening
    with Stage(tmp_path, shop, "serial", headless=True, locale="en", shopper_key=key, before_opening=opening) as opened:
        yield opened


def test_the_profiles_of_the_store_travel_beside_the_model(stage: Stage) -> None:
    whose = pseudonym(read_key(stage.shopper_key), corner_shop.CARD)
    assert whose is not None
    with closing(Bundle.open(stage.folder / head_office.FIRST)) as model, closing(Bundle.open(stage.bundle_db)) as there:
        profile = there.profile(whose)
        assert profile is not None
        assert {*profile.segments} == {"new", "comes often"}, "one of the eleven, and one by rule"
        assert model.profile(whose) is None
        assert there.manifest.identity.startswith(f"{model.manifest.identity}-")
    assert stage.aimed() == [("week", "'comes often'")]


def test_an_offer_goes_from_headquarters_to_the_receipt_and_back(stage: Stage, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    player = Player(stage, "", 0.05, pictures, random.Random(1))
    sale, _ = player.play(Script("r", [line("pasta"), line("milk"), line("tea")], corner_shop.CARD))
    assert sale.shopper == "regular"
    (taken,) = [one for one in sale.offered if one.coupon is not None and one.answer == "taken"]
    assert taken.coupon is not None
    assert (taken.painted, taken.bought, taken.coupon.price) == (True, True, reduced(taken.sku))
    assert taken.coupon.code == f"WEEK-{taken.sku}"
    assert taken.coupon.propensity < 0.3
    # The till charges it, and the total is the till's.
    assert [one.amount for one in sale.lines if one.sku == taken.sku] == [reduced(taken.sku)]
    assert sale.total == sum(one.amount for one in sale.lines)
    assert {path.name for path in pictures.glob("*offer*")} == {"sale-01-offer-customer.png", "sale-01-offer-cashier.png"}
    # What is bought without help is never made cheaper, and the receipt says why.
    receipt = wait_for_receipt(stage.edge_db, stage.till.basket_id)
    often = [one for one in receipt.outcomes if one.sku in OFTEN]
    assert often
    assert {(one.coupon, one.withheld) for one in often} == {(None, "propensity")}
    stage.sync()
    assert given(stage.central_db) == given(stage.edge_db)
    assert (taken.coupon, True) in given(stage.central_db)
    assert receipt.device == DEVICE


def test_a_till_charges_nothing_less_for_a_code_that_it_does_not_know() -> None:
    wire = SerialWire()
    till = Till(wire, "1", "RUB", {"WEEK-milk": Coupon(sku="milk", code="WEEK-milk", price=reduced("milk"), per_day=1)})
    try:
        for code in ("WEEK-NOTHING", "WEEK-milk"):
            with pytest.raises(TillsideError, match=f"no code {code} for item tea"):
                till.ring(line("tea"), code)
        assert till.lines == []
        till.ring(line("milk"), "WEEK-milk")
        assert till.total == reduced("milk")
    finally:
        wire.close()
