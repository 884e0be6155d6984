"""At the till: a place for what a regular never bought, and what was out of stock comes back; discreetly, and explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
from fakes.device_shop import ITEMS, KEY, REGULAR, adviser, item
from fakes.device_till import MORNING, RUN, ZONE, Checkout
from fakes.regulars import regular, rhythm

from device import missed
from device.domain import Answer, Outcome, Phase, Sku
from device.policy_settings import Policy
from device.screen_link import FaceKind, Painted, ReasonKind, Verb
from device.shopper import pseudonym
from model_export.regulars.answers import of_registers
from model_export.worth import measuring
from model_export.worth.explaining import explain

WHOSE = pseudonym(KEY, REGULAR)
TODAY = MORNING.astimezone(ZONE).replace(tzinfo=None)
SCORES = {
    ("item=bread", "butter"): 0.5,
    ("item=bread", "cheese"): 0.4,
    ("item=bread", "tea"): 0.3,
    ("item=bread", "honey"): 0.25,
    ("item=bread", "coffee"): 0.01,
}
BOUGHT = {"bread": 0.5, "butter": 0.5, "cheese": 0.5, "tea": 0.5}
NEW = Policy(new_cards=1)


def shop(folder, policy=None, *, shares=BOUGHT, gone=None, items=ITEMS):
    told = replace(regular({}, seen=TODAY, shares=shares), missed={Sku(sku): day for sku, day in (gone or {}).items()})
    return adviser(folder / "b", policy, items=items, scores=SCORES, profiles={WHOSE: told}, rhythm=rhythm("tea"))


def card(counter, sku, face=FaceKind.CASHIER):
    return next(one for one in counter.lane.snapshot(face).cards if one.sku == sku)


def close(counter, *skus, basket="a", seq=9):
    counter.hear(basket, seq, *(skus or ("bread",)), phase=Phase.CLOSED, loyalty_id=REGULAR)
    return {one.sku: one for one in counter.receipts()[-1].outcomes}


def days_ago(days):
    return (TODAY.date() - timedelta(days=days)).toordinal()


def test_a_regular_is_shown_one_thing_that_is_new(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path, NEW))
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["butter", "cheese", "tea"], "of a stranger nothing is new"
    counter.hear("a", 2, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "cheese", "honey"]
    assert card(counter, "honey", FaceKind.CUSTOMER).reason.kind is ReasonKind.GOES_WITH
    outcomes = close(counter, "bread", "honey")
    assert {sku: one.new for sku, one in outcomes.items()} == {"butter": False, "cheese": False, "tea": False, "honey": True}
    assert (outcomes["honey"].moved_by, outcomes["honey"].bought) == (("new",), True)
    assert explain(counter.receipt(), tmp_path / "b", NEW, None).identical


def test_without_the_setting_no_place_is_kept_and_novelty_is_told_all_the_same(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path, shares={"bread": 0.5, "butter": 0.5}))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "cheese", "tea"]
    assert {sku: one.new for sku, one in close(counter).items()} == {"butter": False, "cheese": True, "tea": True}


@pytest.mark.parametrize("card_shown", [None, REGULAR])
def test_of_whom_nothing_is_known_nothing_is_new(tmp_path, card_shown):
    counter = Checkout(tmp_path, shop(tmp_path, NEW, shares={}))
    counter.hear("a", 1, "bread", loyalty_id=card_shown)
    assert counter.shown() == ["butter", "cheese", "tea"]
    assert {one.new for one in close(counter).values()} == {None}


def test_who_said_yes_to_something_new_is_shown_no_second_one(tmp_path):
    items = [*ITEMS, item("figs")]
    counter = Checkout(tmp_path, shop(tmp_path, NEW, items=items))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    counter.tap(Verb.ACCEPT, "honey")
    assert counter.shown() == ["honey", "butter", "cheese"]


def test_what_was_missed_competes_again_and_says_nothing_of_it(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path, Policy(missed_boost=0.6), gone={"coffee": days_ago(3)}))
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["butter", "cheese", "tea"]
    counter.hear("a", 2, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["coffee", "butter", "cheese"]
    assert card(counter, "coffee").reason.kind is ReasonKind.REGULAR
    assert card(counter, "coffee", FaceKind.CUSTOMER).reason.kind is ReasonKind.PAIRS_WELL
    assert "missed" not in str(counter.lane.snapshot(FaceKind.CUSTOMER))
    outcomes = close(counter)
    assert outcomes["coffee"].because[0] == "missed=coffee"
    assert outcomes["coffee"].score == pytest.approx(0.61)
    assert explain(counter.receipt(), tmp_path / "b", Policy(missed_boost=0.6), None).identical


@pytest.mark.parametrize(
    ("why", "policy", "ago"),
    [
        ("too long ago", Policy(missed_boost=0.6, missed_days=3), 3),
        ("the shop does not want it", Policy(missed_boost=0.0), 0),
        ("the shop weighs it lightly", Policy(missed_boost=0.01), 0),
    ],
)
def test_it_does_not_come_back_when(tmp_path, why, policy, ago):
    counter = Checkout(tmp_path, shop(tmp_path, policy, gone={"coffee": days_ago(ago)}))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "cheese", "tea"], why


def test_it_comes_back_when_stock_does_and_no_rule_is_passed_over(tmp_path):
    gone = {"plums": days_ago(1), "beer": days_ago(1), "coffee": days_ago(0)}
    counter = Checkout(tmp_path, shop(tmp_path, Policy(missed_boost=0.6), gone=gone))
    counter.shelf.missing.add(Sku("coffee"))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "cheese", "tea"], "plums are out of stock, beer has an age limit, coffee is gone today"
    close(counter)
    assert dict(counter.receipt().forbidden) == {"age": 1, "out_of_stock": 1, "stock": 1}
    counter.hear("b", 1, "bread", loyalty_id=REGULAR, at=MORNING + timedelta(days=1))
    assert counter.shown()[0] == "coffee"


def test_a_clock_before_the_day_it_was_missed_counts_as_that_day():
    assert missed.added({Sku("tea"): date(2030, 1, 1).toordinal()}, TODAY, Policy()) == {"tea": 0.1}


def test_headquarters_reads_it_off_the_receipt_unless_it_was_there_after_all(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    counter.tap(Verb.OUT_OF_STOCK, "tea")
    counter.tap(Verb.OUT_OF_STOCK, "cheese")
    assert close(counter, "bread", "cheese")["tea"].answer is Answer.OUT_OF_STOCK
    told = of_registers([msgspec.json.encode(counter.receipt())])
    assert told.missed == {WHOSE: (("tea", TODAY),)}
    assert told.unwanted == {}


def test_what_became_of_it_is_measured(tmp_path):
    """Novelty, and what was taken of the place for something new and of what had been missed."""
    policy = Policy(new_cards=1, new_ratio=0.5, missed_boost=0.6)
    bought = BOUGHT | {"coffee": 0.5}
    counter = Checkout(tmp_path, shop(tmp_path, policy, shares=bought, gone={"coffee": days_ago(3)}))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["coffee", "butter", "honey"]
    counter.lane.painted(Painted(RUN, counter.lane.seq, tuple(map(counter.card_id, counter.shown()))))
    close(counter, "bread", "honey")
    assert regulars(counter.receipt()) == {"shown": 3, "new": 1, "taken": 1, "new_": (1, 1), "missed": (1, 0)}
    nobody = replace(counter.receipt(), outcomes=tuple(replace(one, new=None) for one in counter.receipt().outcomes))
    assert regulars(nobody) == {"shown": 0, "new": 0, "taken": 0, "new_": (0, 0), "missed": (0, 0)}


def regulars(receipt):
    (row,) = measuring.rows(1, [msgspec.json.encode(receipt)], [])
    told = dict(zip(measuring.COLUMNS, row, strict=True))
    shown, new, taken, *pairs = (int(told[name]) for name in measuring.REGULARS)
    return {"shown": shown, "new": new, "taken": taken, "new_": tuple(pairs[:2]), "missed": tuple(pairs[2:])}


def test_a_receipt_of_before_is_read_without_it():
    raw = {"suggestion_id": "s", "sku": "tea", "rank": 1, "score": 0.1, "because": [], "offered_at": MORNING}
    told = msgspec.convert(raw | {"painted": True, "answer": None, "bought": False}, Outcome)
    assert told.new is None
