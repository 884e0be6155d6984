"""A shopper who agreed to it comes again: what is due competes, is told discreetly, can be explained; "less like this" holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
from fakes.device_shop import ITEMS, KEY, REGULAR, STORE, adviser, item, packed, write_shop
from fakes.device_till import MORNING, ZONE, Checkout
from fakes.regulars import regular, rhythm

from device import unwanted
from device.bundle import Bundle
from device.catalogue import Catalogue
from device.domain import Answer, Phase, Pseudonym, Sku
from device.errors import BundleError
from device.policy.goods import goods
from device.policy_settings import Policy
from device.premises import Shelf
from device.profiles import pack_other
from device.screen_link import FaceKind, ReasonKind, Verb
from device.shopper import pseudonym
from device.store import EdgeStore
from device.unwanted import Unwanted
from model_export.regulars.answers import of_registers
from model_export.worth.explaining import explain

WHOSE = pseudonym(KEY, REGULAR)
TODAY = MORNING.astimezone(ZONE).replace(tzinfo=None)
SCORES = {("item=bread", "butter"): 0.5, ("item=bread", "cheese"): 0.4, ("item=bread", "tea"): 0.1, ("item=milk", "tea"): 0.1}


def shop(folder, policy=None, *, worth=0.5, profile=None, name="x.bundle", **changes):
    told = profile or regular({"tea": 21}, seen=TODAY, shares={"tea": 0.3})
    return adviser(
        folder / name,
        policy,
        scores=SCORES,
        profiles={WHOSE: told},
        rhythm=rhythm("tea", "honey", "beer", worth=worth),
        **changes,
    )


@pytest.fixture
def counter(tmp_path):
    return Checkout(tmp_path, shop(tmp_path))


def card(counter, sku, face=FaceKind.CASHIER):
    return next(one for one in counter.lane.snapshot(face).cards if one.sku == sku)


def close(counter, basket="a", seq=9, *skus):
    counter.hear(basket, seq, *(skus or ("bread",)), phase=Phase.CLOSED, loyalty_id=REGULAR)


def test_what_is_due_competes_by_its_score(tmp_path, counter):
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["butter", "cheese", "tea"]
    counter.hear("a", 2, "bread", loyalty_id=REGULAR)
    # Tea is three distances back: 0.9 likely, and worth half of that.
    assert counter.shown() == ["tea", "butter", "cheese"]
    unmoved = Checkout(tmp_path, shop(tmp_path, worth=0.0, name="y"), name="2", edge=counter.edge)
    unmoved.hear("b", 1, "bread", loyalty_id=REGULAR)
    assert unmoved.shown() == ["butter", "cheese", "tea"]


def test_an_item_that_nothing_else_speaks_for_may_be_due(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path, profile=regular({"honey": 21}, seen=TODAY)))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "honey", "cheese"]
    assert card(counter, "honey").reason.kind is ReasonKind.REGULAR


def test_what_is_due_and_in_the_basket_is_not_suggested(counter):
    counter.hear("a", 1, "bread", "tea", loyalty_id=REGULAR)
    assert "tea" not in counter.shown()


def test_no_rule_is_passed_over_because_something_is_due(tmp_path):
    whose = regular({"beer": 30, "tea": 14}, seen=TODAY)
    counter = Checkout(tmp_path, shop(tmp_path, profile=whose))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert "beer" not in counter.shown()
    close(counter)
    assert dict(counter.receipt().forbidden)["age"] >= 1


def test_nobody_without_consent_is_treated_as_a_regular(tmp_path):
    """No profile, no key, another card: all are anybody."""
    whose = adviser(tmp_path / "b", scores=SCORES, rhythm=rhythm("tea"))
    counter = Checkout(tmp_path, whose)
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["butter", "cheese", "tea"]
    assert all(not one.regular for one in counter.lane.snapshot(FaceKind.CASHIER).cards)
    close(counter)
    assert counter.receipt().shopper is None


def test_the_cashier_reads_regular_and_the_customer_nothing_of_it(counter):
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert card(counter, "tea").reason.kind is ReasonKind.REGULAR
    assert card(counter, "tea").regular
    shown = card(counter, "tea", FaceKind.CUSTOMER)
    assert shown.reason.kind is ReasonKind.PAIRS_WELL
    assert not shown.regular
    words = str(counter.lane.snapshot(FaceKind.CUSTOMER))
    for word in ("due=", "had=", "regular'", WHOSE, REGULAR):
        assert word not in words


def test_the_reason_is_recorded(counter):
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    close(counter)
    told = {one.sku: one.because for one in counter.receipt().outcomes}
    assert told["tea"][0] == "due=tea"
    assert told["butter"] == ("bread",)


def test_a_sale_of_a_regular_is_explained_bit_for_bit(tmp_path):
    whose = regular({"tea": 14}, seen=TODAY, unwanted=("cheese",))
    counter = Checkout(tmp_path, shop(tmp_path, profile=whose))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    counter.tap(Verb.LESS, "butter")
    counter.hear("a", 2, "bread", "milk", loyalty_id=REGULAR, minutes=3)
    close(counter, "a", 3, "bread", "milk")
    # The second sale knows what was said on the first, and the bundle does not.
    counter.hear("b", 1, "bread", minutes=60, loyalty_id=REGULAR)
    close(counter, "b", 2)
    for receipt in counter.receipts():
        told = explain(receipt, tmp_path / "x.bundle", Policy(), None)
        assert told.identical, told.story
    assert "less like this: butter Butter, cheese Cheese" in "\n".join(told.story)


def test_another_bundle_that_thinks_otherwise_is_seen_by_explain(tmp_path):
    counter = Checkout(tmp_path, shop(tmp_path))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    close(counter)
    shop(tmp_path, worth=0.4, name="other")
    assert not explain(counter.receipt(), tmp_path / "other", Policy(), None).identical


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


def test_what_is_sensitive_stands_on_no_screen(tmp_path):
    items = [item("bread"), item("test", sensitive=True), item("unsaid", sensitive=None), item("tea")]
    scores = {("item=bread", sku): 0.5 for sku in ("test", "unsaid")} | {("item=bread", "tea"): 0.1}
    whose = regular({"test": 30}, seen=TODAY)
    counter = Checkout(
        tmp_path, adviser(tmp_path / "b", items=items, scores=scores, profiles={WHOSE: whose}, rhythm=rhythm("test"))
    )
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert counter.shown() == ["tea"]
    close(counter)
    assert dict(counter.receipt().forbidden) == {"sensitive": 2}
    assert goods([Sku("tea")], Catalogue(items), STORE).sensitive.tolist() == [False]


def test_either_pseudonym_of_a_person_finds_the_profile(tmp_path):
    other, lost = pseudonym(KEY, "the phone"), pseudonym(KEY, "lost")
    whole = regular({"tea": 14}, seen=TODAY)
    rows = [*packed({WHOSE: whole}), (other, pack_other(WHOSE)), (lost, pack_other(pseudonym(KEY, "nobody")))]
    write_shop(tmp_path / "b", rows=rows, rhythm=rhythm("tea"))
    bundle = Bundle.open(tmp_path / "b")
    assert bundle.profile(other).history == bundle.profile(WHOSE).history == whole.history
    assert bundle.profile(lost) is None
    bundle.close()


def test_a_bundle_with_an_impossible_rhythm_is_refused(tmp_path):
    write_shop(tmp_path / "b", rhythm=rhythm("tea", worth=-1.0))
    with pytest.raises(BundleError, match="holds a rhythm with numbers that cannot be"):
        Bundle.open(tmp_path / "b")


def test_a_receipt_that_cannot_be_read_keeps_no_register_from_selling(tmp_path, counter):
    """Such as one that a later version wrote, before it was gone back from."""
    for basket, sku in (("a", "tea"), ("b", "butter")):
        counter.hear(basket, 1, "bread", loyalty_id=REGULAR)
        counter.tap(Verb.LESS, sku)
        close(counter, basket)
    counter.edge._db.execute("UPDATE receipt SET body = ?, sum = NULL WHERE seq = 1", (b"\x01\x00\x00\x00of another version",))
    kept = counter.edge
    assert [one.basket_id for one in kept.refusing()] == [one.basket_id for one in kept.closed_since(MORNING)] == ["b"]


def test_what_is_due_is_of_the_day_the_sale_was_opened(tmp_path):
    """The same numbers at every decision of a sale, and whenever it is explained."""
    whose = regular({"tea": 0}, seen=datetime(2026, 5, 1, 10))
    counter = Checkout(tmp_path, shop(tmp_path, profile=whose))
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    first = counter.lane.snapshot(FaceKind.CASHIER)
    counter.hear("a", 2, "bread", loyalty_id=REGULAR, at=MORNING + timedelta(hours=5))
    assert [one.sku for one in counter.lane.snapshot(FaceKind.CASHIER).cards] == [one.sku for one in first.cards]
    close(counter)
    assert explain(counter.receipt(), tmp_path / "x.bundle", Policy(), None).identical
