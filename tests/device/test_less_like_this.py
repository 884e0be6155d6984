"""A regular says "less like this": it holds on the sale, at the next visit, after a restart, and at headquarters."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from fakes.device_shop import ITEMS, REGULAR, adviser, item
from fakes.device_till import MORNING, Checkout
from fakes.regular_shop import TODAY, WHOSE, close, shop
from fakes.regulars import regular

from device import unwanted
from device.domain import Answer, Phase, Pseudonym
from device.premises import Shelf
from device.screen_link import FaceKind, Verb
from device.store import EdgeStore
from device.unwanted import Unwanted
from model_export.regulars.answers import of_registers


@pytest.fixture
def counter(tmp_path):
    return Checkout(tmp_path, shop(tmp_path))


def test_less_like_this_holds_on_this_sale_for_the_whole_family(tmp_path):
    items = [*ITEMS[2:], item("milk", family="milk"), item("cream", family="milk")]
    scores = {("item=bread", "milk"): 0.9, ("item=bread", "cream"): 0.8, ("item=bread", "tea"): 0.1}
    counter = Checkout(tmp_path, adviser(tmp_path / "b", items=items, scores=scores))
    counter.hear("a", 1, "bread")
    assert counter.tap(Verb.LESS, "milk").done
    assert counter.shown() == ["tea"]
    assert counter.lane.snapshot(FaceKind.CASHIER).undo is not None


def test_less_like_this_can_be_taken_back(counter):
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    name = counter.card_id("tea")
    counter.act(Verb.LESS, name)
    assert "tea" not in counter.shown()
    assert counter.act(Verb.UNDO, name).done
    assert counter.shown()[0] == "tea"
    close(counter)
    assert {one.answer for one in counter.receipt().outcomes} == {None}


def test_less_like_this_is_recorded_and_holds_at_the_next_visit_on_every_lane(tmp_path):
    whose, shelf = shop(tmp_path), Shelf(MORNING.date())
    one = Checkout(tmp_path, whose, shelf=shelf)
    one.hear("a", 1, "bread", loyalty_id=REGULAR)
    one.tap(Verb.LESS, "tea")
    close(one)
    assert [(o.sku, o.answer) for o in one.receipt().outcomes if o.answer] == [("tea", Answer.LESS)]
    one.hear("b", 1, "bread", minutes=60, loyalty_id=REGULAR)
    assert one.shown() == ["butter", "cheese"]
    one.hear("c", 1, "bread", minutes=70)
    assert one.shown() == ["butter", "cheese", "tea"], "others may want it"
    two = Checkout(tmp_path, whose, name="2", edge=one.edge, unwanted=one.unwanted)
    two.hear("d", 1, "bread", minutes=80, loyalty_id=REGULAR)
    assert two.shown() == ["butter", "cheese"]


def test_headquarters_reads_it_off_the_receipt(counter):
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    counter.tap(Verb.LESS, "tea")
    close(counter)
    assert of_registers([msgspec.json.encode(counter.receipt())]).unwanted == {WHOSE: ("tea",)}


def test_less_like_this_outlives_a_restart(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path))
    for basket, sku in (("a", "tea"), ("b", "butter")):
        counter.hear(basket, 1, "bread", loyalty_id=REGULAR)
        counter.tap(Verb.LESS, sku)
        close(counter, basket)
    counter.edge.close()
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    again = Checkout(tmp_path, shop(tmp_path), edge=edge, unwanted=Unwanted(edge.refusing()))
    again.hear("c", 1, "bread", minutes=60, loyalty_id=REGULAR)
    assert again.shown() == ["cheese"]
    assert again.unwanted.of(WHOSE) == ("butter", "tea")


def test_of_nobody_nothing_is_remembered(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path))
    counter.hear("a", 1, "bread")
    counter.tap(Verb.LESS, "butter")
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    counter.hear("b", 1, "bread", minutes=60, loyalty_id=REGULAR)
    assert "butter" in counter.shown()


def test_what_headquarters_knows_holds_too(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path, profile=regular({"tea": 14}, seen=TODAY, unwanted=("tea", "gone from the shop"))))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "cheese"]
    close(counter)
    assert dict(counter.receipt().forbidden)["unwanted"] == 1


def test_memory_is_bounded_and_keeps_the_latest(monkeypatch, counter):
    monkeypatch.setattr(unwanted, "MOST_SHOPPERS", 2)
    monkeypatch.setattr(unwanted, "MOST_ITEMS", 1)
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    for sku in ("tea", "butter"):
        counter.tap(Verb.LESS, sku)
    close(counter)
    kept = Unwanted()
    receipt = counter.receipt()
    for who in ("1", "2", "3"):
        kept.learn(replace(receipt, shopper=Pseudonym(who)))
    assert [len(kept.of(Pseudonym(who))) for who in ("1", "2", "3")] == [0, 1, 1]


def test_who_is_forgotten_is_remembered_no_more_while_others_say_more(counter):
    """The one is done in a thread, the other on the loop."""
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    counter.tap(Verb.LESS, "tea")
    close(counter)
    receipt, kept = counter.receipt(), Unwanted()
    kept.learn(replace(receipt, shopper=Pseudonym("anna")))

    def forgotten(shopper: Pseudonym) -> bool:
        kept.learn(replace(receipt, shopper=Pseudonym("boris")))
        return shopper == "anna"

    kept.forget(forgotten)
    assert [kept.of(Pseudonym(who)) for who in ("anna", "boris")] == [(), ("tea",)]
