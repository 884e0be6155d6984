"""A shopper who agreed to it comes again: what is due competes, is told discreetly, can be explained; "less like this" holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from fakes.device_shop import KEY, REGULAR, STORE, adviser, item, packed, write_shop
from fakes.device_till import MORNING, Checkout
from fakes.regular_shop import SCORES, TODAY, WHOSE, card, close, shop
from fakes.regulars import regular, rhythm

from device.bundle import Bundle
from device.catalogue import Catalogue
from device.domain import Sku
from device.errors import BundleError
from device.policy.goods import goods
from device.policy_settings import Policy
from device.profiles import pack_other
from device.screen_link import FaceKind, ReasonKind, Verb
from device.shopper import pseudonym
from model_export.worth.explaining import explain


@pytest.fixture
def counter(tmp_path):
    return Checkout(tmp_path, shop(tmp_path))


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
