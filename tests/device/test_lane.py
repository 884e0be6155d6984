"""One till's sales: suggestions, answers, and the receipt that is left."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from fakes.device_shop import ITEMS
from fakes.device_till import MORNING, RUN, ZONE, Checkout

from device.adviser import Adviser
from device.domain import Answer, Phase
from device.premises import Shelf
from device.screen_link import FaceKind, Painted, ReasonKind, Stage, Verb


def closed(counter: Checkout, basket_id: str, seq: int, *skus: str) -> None:
    counter.hear(basket_id, seq, *skus, phase=Phase.CLOSED)


def test_suggestions_change_with_every_line(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["butter", "cheese", "milk"]
    counter.hear("a", 2, "bread", "tea")
    assert counter.shown() == ["honey", "milk", "butter"]
    counter.hear("a", 3, "bread", "tea", "honey")
    assert counter.shown() == ["milk", "butter", "cheese"]


def test_both_faces_show_the_same_and_the_customer_is_sent_less(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    assert counter.shown(FaceKind.CUSTOMER) == counter.shown(FaceKind.CASHIER)
    customer, cashier = (counter.lane.snapshot(face).cards[0] for face in (FaceKind.CUSTOMER, FaceKind.CASHIER))
    assert (customer.barcode, customer.pitch) == (None, {})
    assert (cashier.barcode, cashier.pitch) == (ITEMS[3].barcodes[0], {"en": "Some butter with it?"})
    assert (customer.reason.kind, customer.reason.words) == (ReasonKind.GOES_WITH, ({"en": "bread"},))


def test_an_accepted_item_stays_until_it_is_rung_up_and_the_receipt_says_it_was_bought(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    offered = counter.card_id("cheese")
    assert counter.tap(Verb.ACCEPT, "cheese").done
    assert (counter.shown()[0], counter.lane.snapshot(FaceKind.CUSTOMER).cards[0].state) == ("cheese", "taken")
    counter.hear("a", 2, "bread", "cheese")
    assert "cheese" not in counter.shown()
    closed(counter, "a", 3, "bread", "cheese")
    outcome = next(o for o in counter.receipt().outcomes if o.sku == "cheese")
    assert (outcome.suggestion_id, outcome.answer, outcome.bought) == (offered, Answer.TAKEN, True)
    assert outcome.because == ("bread",)


def test_an_accepted_item_that_is_never_rung_up_is_not_bought(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.tap(Verb.ACCEPT, "cheese")
    closed(counter, "a", 2, "bread")
    outcome = next(o for o in counter.receipt().outcomes if o.sku == "cheese")
    assert (outcome.answer, outcome.bought) == (Answer.TAKEN, False)


def test_an_item_bought_without_a_word_is_bought_all_the_same(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    closed(counter, "a", 2, "bread", "butter")
    bought = {o.sku: (o.answer, o.bought) for o in counter.receipt().outcomes}
    assert (bought["butter"], bought["cheese"]) == ((None, True), (None, False))  # type: ignore[index]


def test_a_dismissed_item_makes_room_and_comes_back_when_that_is_undone(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    dismissed = counter.card_id("butter")
    assert counter.tap(Verb.DISMISS, "butter").done
    assert counter.shown() == ["cheese", "milk", "honey"]
    assert counter.lane.snapshot(FaceKind.CASHIER).undo == dismissed
    assert counter.lane.snapshot(FaceKind.CUSTOMER).undo is None
    assert counter.act(Verb.UNDO, dismissed).done
    assert counter.shown() == ["butter", "cheese", "milk"]
    assert (counter.card_id("butter"), counter.lane.snapshot(FaceKind.CASHIER).undo) == (dismissed, None)


def test_an_undone_answer_leaves_no_answer_on_the_receipt(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    dismissed = counter.card_id("butter")
    counter.act(Verb.DISMISS, dismissed)
    counter.act(Verb.UNDO, dismissed)
    closed(counter, "a", 2, "bread")
    assert {o.answer for o in counter.receipt().outcomes} == {None}


def test_after_two_refusals_nothing_more_is_suggested_on_the_receipt(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.tap(Verb.DISMISS, "butter")
    second = counter.card_id("cheese")
    counter.tap(Verb.DISMISS, "cheese")
    assert counter.shown() == []
    counter.hear("a", 2, "bread", "tea")
    assert counter.shown() == []
    counter.act(Verb.UNDO, second)
    assert counter.shown() == ["honey", "milk", "cheese"]
    counter.hear("b", 1, "bread")
    assert counter.shown() == ["butter", "cheese", "milk"], "a refusal counts for its own receipt"


def test_what_is_out_of_stock_is_so_on_every_lane_and_back_the_next_day(tmp_path: Path, shop: Adviser) -> None:
    shelf = Shelf(MORNING.astimezone(ZONE).date())
    one = Checkout(tmp_path, shop, name="1", shelf=shelf)
    two = Checkout(tmp_path, shop, name="2", shelf=shelf, edge=one.edge)
    one.hear("a", 1, "bread")
    two.hear("b", 1, "bread")
    one.tap(Verb.OUT_OF_STOCK, "butter")
    assert "butter" not in one.shown()
    two.hear("b", 2, "bread", "tea")
    assert "butter" not in two.shown()
    two.hear("c", 1, "bread", at=MORNING + timedelta(hours=13, minutes=29))
    assert "butter" not in two.shown(), "two minutes to midnight in the shop"
    two.hear("d", 1, "bread", at=MORNING + timedelta(hours=13, minutes=31))
    assert two.shown() == ["butter", "cheese", "milk"]


def test_what_was_out_of_stock_before_a_restart_still_is(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread")
    counter.tap(Verb.OUT_OF_STOCK, "butter")
    closed(counter, "a", 2, "bread")
    assert counter.edge.out_of_stock_since(MORNING - timedelta(hours=10)) == {"butter"}
    assert counter.edge.out_of_stock_since(MORNING + timedelta(hours=1)) == frozenset()


def test_out_of_stock_is_no_refusal_and_can_be_undone(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    first = counter.card_id("butter")
    for sku in ("butter", "cheese", "milk"):
        assert counter.tap(Verb.OUT_OF_STOCK, sku).done
    assert counter.shown()[:2] == ["honey", "tea"]
    counter.act(Verb.UNDO, first)
    assert counter.shown()[0] == "butter"


def test_payment_has_no_suggestions_and_answers_no_finger(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    offered = counter.card_id("butter")
    counter.hear("a", 2, "bread", phase=Phase.TENDER)
    snapshot = counter.lane.snapshot(FaceKind.CASHIER)
    assert (snapshot.stage, snapshot.cards, snapshot.total) == (Stage.PAYMENT, (), 9990)
    answer = counter.act(Verb.ACCEPT, offered)
    assert (answer.done, answer.why) == (False, "closed")


def test_a_payment_that_is_broken_off_brings_the_suggestions_back(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    offered = counter.card_id("butter")
    counter.hear("a", 2, "bread", phase=Phase.TENDER)
    counter.hear("a", 3, "bread")
    assert counter.card_id("butter") == offered


def test_a_closed_sale_says_thank_you_until_the_next_begins(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    closed(counter, "a", 2, "bread", "tea")
    snapshot = counter.lane.snapshot(FaceKind.CUSTOMER)
    assert (snapshot.stage, snapshot.total, len(snapshot.lines), snapshot.cards) == (Stage.THANKS, 19980, 2, ())
    counter.hear("b", 1)
    assert counter.lane.snapshot(FaceKind.CUSTOMER).stage is Stage.IDLE
    counter.hear("b", 2, "tea")
    assert counter.lane.snapshot(FaceKind.CUSTOMER).stage is Stage.BASKET


def test_a_lane_that_heard_nothing_is_idle(counter: Checkout) -> None:
    snapshot = counter.lane.snapshot(FaceKind.CASHIER)
    assert (snapshot.stage, snapshot.lines, snapshot.total, snapshot.cards) == (Stage.IDLE, (), 0, ())


def test_a_cancelled_sale_is_kept_as_cancelled_and_bought_nothing(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", "butter")
    counter.hear("a", 3, "bread", "butter", phase=Phase.CANCELLED)
    receipt = counter.receipt()
    assert (receipt.phase, any(o.bought for o in receipt.outcomes)) == (Phase.CANCELLED, False)
    snapshot = counter.lane.snapshot(FaceKind.CUSTOMER)
    assert (snapshot.stage, snapshot.lines, snapshot.total) == (Stage.IDLE, (), 0)


def test_a_sale_without_a_line_leaves_no_receipt(counter: Checkout) -> None:
    counter.hear("a", 1)
    closed(counter, "a", 2)
    assert counter.receipts() == []


def test_a_sale_set_aside_and_taken_up_again_keeps_its_offers(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    offered = counter.card_id("butter")
    counter.tap(Verb.ACCEPT, "cheese")
    counter.hear("a", 2, "bread", phase=Phase.SUSPENDED)
    assert (counter.lane.snapshot(FaceKind.CASHIER).stage, counter.shown()) == (Stage.SUSPENDED, [])
    counter.hear("b", 1, "tea", minutes=1)
    closed(counter, "b", 2, "tea")
    counter.hear("a", 3, "bread", minutes=5)
    assert counter.card_id("butter") == offered
    closed(counter, "a", 4, "bread", "cheese")
    assert [r.basket_id for r in counter.receipts()] == ["b", "a"]
    outcome = next(o for o in counter.receipts()[1].outcomes if o.sku == "cheese")
    assert (outcome.answer, outcome.bought) == (Answer.TAKEN, True)


def test_a_sale_the_till_never_ended_is_kept_as_it_stood(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", "butter", phase=Phase.TENDER)
    counter.hear("b", 1, "tea")
    receipt = counter.receipt()
    assert (receipt.basket_id, receipt.phase, len(receipt.lines)) == ("a", Phase.TENDER, 2)
    assert not any(o.bought for o in receipt.outcomes)


def test_the_same_finger_told_twice_counts_once(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    offered = counter.card_id("butter")
    first = counter.act(Verb.DISMISS, offered, act_id="x")
    seq = counter.lane.seq
    assert counter.act(Verb.DISMISS, offered, act_id="x") == first
    assert counter.lane.seq == seq
    assert counter.shown() == ["cheese", "milk", "honey"]


@pytest.mark.parametrize(("suggestion", "why"), [("nothing-1", "unknown"), (None, "gone")])
def test_a_finger_on_what_is_not_there_is_told_so(counter: Checkout, suggestion: str | None, why: str) -> None:
    counter.hear("a", 1, "bread")
    gone = counter.card_id("milk")
    counter.hear("a", 2, "bread", "milk")
    answer = counter.act(Verb.ACCEPT, suggestion or gone)
    assert (answer.done, answer.why) == (False, why)


def test_what_was_on_the_glass_may_be_answered_though_the_ranking_has_moved_on(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    slow = counter.card_id("cheese")
    counter.hear("a", 2, "bread", "tea")
    assert "cheese" not in counter.shown()
    assert counter.act(Verb.ACCEPT, slow).done
    assert counter.shown()[0] == "cheese"
    assert counter.act(Verb.DISMISS, slow).why == "gone", "it has been answered"


def test_what_a_colleague_said_is_out_of_stock_can_no_longer_be_accepted(tmp_path: Path, shop: Adviser) -> None:
    shelf = Shelf(MORNING.astimezone(ZONE).date())
    one = Checkout(tmp_path, shop, name="1", shelf=shelf)
    two = Checkout(tmp_path, shop, name="2", shelf=shelf, edge=one.edge)
    one.hear("a", 1, "bread")
    two.hear("b", 1, "bread")
    one.tap(Verb.OUT_OF_STOCK, "butter")
    assert two.tap(Verb.ACCEPT, "butter").why == "gone"


def test_an_answer_cannot_be_taken_back_once_the_item_is_rung_up(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.tap(Verb.ACCEPT, "butter")
    assert counter.lane.snapshot(FaceKind.CASHIER).undo is not None
    counter.hear("a", 2, "bread", "butter")
    assert counter.lane.snapshot(FaceKind.CASHIER).undo is None


def test_a_finger_that_belongs_to_another_run_of_the_daemon_changes_nothing(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    answer = counter.act(Verb.DISMISS, counter.card_id("butter"), run="run-0")
    assert not answer.done
    assert counter.shown() == ["butter", "cheese", "milk"]


def test_undoing_what_was_never_answered_is_stale(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    assert counter.act(Verb.UNDO, counter.card_id("butter")).why == "stale"


def test_what_has_been_rung_up_only_the_till_takes_back(counter: Checkout) -> None:
    """The button stands on the glass for some seconds more, and the finger may be late."""
    counter.hear("a", 1, "bread")
    name = counter.card_id("butter")
    counter.act(Verb.ACCEPT, name)
    counter.hear("a", 2, "bread", "butter")
    assert counter.act(Verb.UNDO, name).why == "stale"
    closed(counter, "a", 3, "bread", "butter")
    said = {one.sku: (one.answer, one.bought) for one in counter.receipt().outcomes}
    assert said["butter"] == (Answer.TAKEN, True)  # type: ignore[index]


def test_a_finger_with_no_sale_open_is_told_it_is_closed(counter: Checkout) -> None:
    assert counter.act(Verb.ACCEPT, "x").why == "closed"


def test_only_what_a_face_painted_counts_as_painted(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    seen = counter.card_id("butter")
    counter.lane.painted(Painted("run-0", 1, (counter.card_id("cheese"),)))
    counter.lane.painted(Painted(RUN, 1, (seen, "never made")))
    closed(counter, "a", 2, "bread")
    assert {o.sku for o in counter.receipt().outcomes if o.painted} == {"butter"}
