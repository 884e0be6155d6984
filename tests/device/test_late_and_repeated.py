"""What comes late, twice or not at all: the sale at hand, and the receipts that are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fakes.device_shop import KEY, REGULAR, adviser, item
from fakes.device_till import MORNING, Checkout
from fakes.headquarters import receipt

from device.domain import Phase, Sku
from device.screen_link import Verb
from device.shopper import pseudonym
from device.store import EdgeStore

AT = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path):
    return adviser(tmp_path / "x.bundle", profiles={pseudonym(KEY, REGULAR): {Sku("coffee"): 1.0}})


@pytest.fixture
def counter(tmp_path, shop):
    return Checkout(tmp_path, shop)


def test_a_redelivered_message_of_an_earlier_sale_does_not_end_the_sale_at_hand(counter):
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    counter.hear("b", 1, "tea")
    counter.tap(Verb.ACCEPT, "honey")
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    counter.hear("b", 2, "tea", "honey", phase=Phase.CLOSED)
    assert [(r.basket_id, str(r.phase)) for r in counter.receipts()] == [("a", "closed"), ("b", "closed")]
    assert {o.sku: o.answer for o in counter.receipts()[1].outcomes}["honey"] == "taken"


def test_a_late_state_of_a_suspended_sale_does_not_end_the_sale_at_hand(counter):
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=Phase.SUSPENDED)
    counter.hear("b", 1, "tea")
    counter.hear("a", 1, "bread")
    counter.hear("b", 2, "tea", phase=Phase.CLOSED)
    assert [r.basket_id for r in counter.receipts()] == ["b"]


def test_a_sale_taken_up_again_keeps_opening_time_removed_items_and_shopper(counter):
    counter.hear("a", 1, "bread", "butter", loyalty_id=REGULAR)
    counter.hear("a", 2, "bread")
    counter.hear("a", 3, "bread", phase=Phase.SUSPENDED)
    counter.hear("b", 1, "tea", phase=Phase.CLOSED)
    counter.hear("a", 4, "bread", minutes=9)
    shown = counter.shown()
    counter.hear("a", 5, "bread", minutes=9, phase=Phase.CLOSED)
    kept = counter.receipts()[1]
    assert ("butter" in shown, kept.opened_at, kept.shopper) == (False, MORNING, pseudonym(KEY, REGULAR))


def test_a_set_aside_sale_that_is_crowded_out_is_kept_as_it_stood(counter):
    for number in range(17):
        counter.hear(f"s{number}", 1, "bread")
        counter.hear(f"s{number}", 2, "bread", phase=Phase.SUSPENDED)
    assert [r.basket_id for r in counter.receipts()] == ["s0"]


def test_a_sale_told_twice_leaves_no_gap_that_headquarters_would_report(tmp_path):
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    keys = [edge.record(receipt(number), told) for number, told in ((1, b"a"), (2, b"a"), (3, b"a"), (4, b"d"))]
    assert [key.seq for key in keys if key is not None] == [1, 2]


def test_a_closed_sale_that_is_closed_again_with_a_higher_seq_is_one_sale(counter):
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    counter.hear("a", 3, "bread", phase=Phase.CLOSED)
    assert len(counter.receipts()) == 1


def test_a_closed_sale_that_is_told_again_to_another_catalogue_is_one_sale(tmp_path, shop):
    few, scores = [item("tea"), item("honey")], {("item=tea", "honey"): 0.5}
    counter = Checkout(tmp_path, adviser(tmp_path / "before", items=few, scores=scores))
    counter.hear("a", 1, "tea", "bread")
    counter.hear("a", 2, "tea", "bread", phase=Phase.CLOSED)
    counter.lane.advise_with(shop)  # it knows bread
    counter.hear("a", 3, "tea", "bread", phase=Phase.CLOSED)
    assert len(counter.receipts()) == 1
