"""What stands on the screens of a sale, and what is recorded of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from fakes.device_face import face
from fakes.device_shop import ITEMS, KEY, REGULAR, STORE, adviser, item
from fakes.device_till import MORNING, Checkout

from device.adviser import Adviser
from device.catalogue import Catalogue
from device.domain import Phase, Sku
from device.errors import BundleError
from device.journal import Journal
from device.policy_settings import Policy
from device.premises import Shelf
from device.scorer import Ranked
from device.screen_link import FaceKind, Verb
from device.screens import Screens
from device.shopper import pseudonym

AT = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path):
    return adviser(tmp_path / "x.bundle", profiles={pseudonym(KEY, REGULAR): {Sku("coffee"): 1.0}})


@pytest.fixture
def counter(tmp_path, shop):
    return Checkout(tmp_path, shop)


def two_lanes(tmp_path, shop):
    shelf = Shelf(MORNING.date())
    one = Checkout(tmp_path, shop, name="1", shelf=shelf)
    return one, Checkout(tmp_path, shop, name="2", shelf=shelf, edge=one.edge)


def test_an_item_the_model_gives_nothing_is_not_relevant(tmp_path):
    counter = Checkout(tmp_path, adviser(tmp_path / "b", scores={("item=bread", "butter"): 0.4}))
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["butter"]


def test_a_large_family_does_not_hide_the_rest_of_the_shop(tmp_path):
    items = [item("bread", family="bread"), item("tea"), *(item(f"roll{n}", family="bread") for n in range(40))]
    scores = {("item=bread", f"roll{n}"): 0.5 for n in range(40)} | {("item=bread", "tea"): 0.4}
    counter = Checkout(tmp_path, adviser(tmp_path / "b", items=items, scores=scores))
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["tea"]


def test_an_accepted_item_that_was_rung_up_and_voided_is_not_shown(counter):
    counter.hear("a", 1, "bread")
    counter.tap(Verb.ACCEPT, "butter")
    counter.hear("a", 2, "bread", "butter")
    counter.hear("a", 3, "bread")
    assert "butter" not in counter.shown()


def test_accepting_one_of_two_leaves_the_other_on_the_screen(tmp_path):
    scores = {("item=bread", "butter"): 0.4, ("item=bread", "tea"): 0.3}
    counter = Checkout(tmp_path, adviser(tmp_path / "b", Policy(relevance_floor=0.05), scores=scores))
    counter.hear("a", 1, "bread")
    counter.tap(Verb.ACCEPT, "butter")
    assert counter.shown() == ["butter", "tea"]


def test_only_what_stood_on_a_screen_is_recorded_as_offered(counter):
    counter.hear("a", 1, "bread")
    seen = set(counter.shown())
    counter.tap(Verb.ACCEPT, "butter")
    seen |= set(counter.shown())
    counter.hear("a", 2, "bread", "butter", phase=Phase.CLOSED)
    assert {o.sku for o in counter.receipt().outcomes} == seen


def test_nothing_can_be_taken_back_during_payment(counter):
    counter.hear("a", 1, "bread")
    counter.tap(Verb.DISMISS, "butter")
    counter.hear("a", 2, "bread", phase=Phase.TENDER)
    assert counter.lane.snapshot(FaceKind.CASHIER).undo is None


def test_what_is_out_of_stock_leaves_the_other_lanes_screen_at_once(tmp_path, shop):
    one, two = two_lanes(tmp_path, shop)
    one.hear("a", 1, "bread")
    two.hear("b", 1, "bread")
    one.tap(Verb.OUT_OF_STOCK, "butter")
    two.lane.refresh()
    assert "butter" not in two.shown()


def test_a_lane_that_is_still_before_midnight_does_not_restock_the_new_day(tmp_path, shop):
    one, two = two_lanes(tmp_path, shop)
    one.hear("a", 1, "bread", at=MORNING + timedelta(hours=13, minutes=29))
    two.hear("b", 1, "bread", at=MORNING + timedelta(hours=13, minutes=31))
    two.tap(Verb.OUT_OF_STOCK, "butter")
    one.tap(Verb.DISMISS, "cheese")
    two.hear("b", 2, "bread", "tea", at=MORNING + timedelta(hours=13, minutes=32))
    assert "butter" not in two.shown()


class _Failing:
    """A scorer that passed its proof and fails on a basket."""

    skus = (Sku("bread"), Sku("butter"))

    def rank(self, question: object, bias: object, k: int) -> list[Ranked]:
        raise BundleError("the model cannot answer")


def test_a_model_that_fails_on_a_basket_is_silence_and_not_the_end_of_the_lane(tmp_path):
    counter = Checkout(tmp_path, Adviser(_Failing(), Catalogue(ITEMS), STORE, Policy()))
    counter.hear("a", 1, "bread")
    assert counter.shown() == []
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert counter.receipt().silences == (("model", 1),)


def test_what_is_out_of_stock_on_one_face_leaves_the_face_of_the_other_lane(tmp_path, shop):
    one, two = two_lanes(tmp_path, shop)
    one.hear("a", 1, "bread")
    two.hear("b", 1, "bread")

    async def story():
        screens = Screens({one.lane.name: one.lane, two.lane.name: two.lane}, "run-1", Journal())
        await screens.open(tmp_path / "s.sock")
        async with face(tmp_path / "s.sock", lane="1") as here, face(tmp_path / "s.sock", lane="2") as there:
            before = await there.shows("butter")
            seen = await here.shows("butter")
            assert (await here.act(Verb.OUT_OF_STOCK, seen, "butter")).done
            after = await there.snapshot(before.seq + 1)
            assert "butter" not in {card.sku for card in after.cards}
            assert (await here.act(Verb.UNDO, seen, "butter")).done
            await there.shows("butter")
        await screens.close()

    asyncio.run(story())
