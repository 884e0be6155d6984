"""What a sale leaves: the bundle it was advised by, a shopper without a name, the receipt kept once and never lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from fakes.device_shop import ITEMS, REGULAR, STORE, adviser, item
from fakes.device_till import MORNING, Checkout, rung, told

from device.adviser import Adviser, from_best_sellers
from device.domain import KeptBack, Minor, Phase, Sku
from device.policy_settings import Policy
from device.screen_link import FaceKind, ReasonKind, Verb

SALES = 120
"""More than two pages of the edge database hold."""


def closed(counter: Checkout, basket_id: str, seq: int, *skus: str) -> None:
    counter.hear(basket_id, seq, *skus, phase=Phase.CLOSED)


def test_a_new_bundle_advises_from_the_next_sale_on(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    newer = adviser(tmp_path / "new", scores={("item=bread", "coffee"): 0.9, ("item=tea", "cheese"): 0.5})
    counter.hear("a", 1, "bread")
    counter.lane.advise_with(newer)
    counter.hear("a", 2, "bread", "tea")
    assert counter.shown() == ["honey", "milk", "butter"]
    assert (counter.lane.uses(shop), counter.lane.uses(newer)) == (True, True)
    closed(counter, "a", 3, "bread", "tea")
    counter.hear("b", 1, "bread")
    assert counter.shown()[0] == "coffee"
    assert not counter.lane.uses(shop)
    closed(counter, "b", 2, "bread")
    assert [r.bundle for r in counter.receipts()] == [shop.identity, newer.identity]


def test_a_sale_set_aside_keeps_its_own_adviser(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    newer = adviser(tmp_path / "new", scores={("item=bread", "coffee"): 0.9})
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=Phase.SUSPENDED)
    counter.lane.advise_with(newer)
    counter.hear("b", 1, "bread")
    closed(counter, "b", 2, "bread")
    assert counter.lane.uses(shop)
    counter.hear("a", 3, "bread", "tea")
    assert counter.shown() == ["honey", "milk", "butter"]


def test_best_sellers_name_no_bundle_on_the_receipt(tmp_path: Path) -> None:
    counter = Checkout(tmp_path, from_best_sellers(ITEMS, STORE, Policy()))
    counter.hear("a", 1, "bread")
    assert counter.shown() == ["milk", "butter", "tea"]
    assert {c.reason.kind for c in counter.lane.snapshot(FaceKind.CUSTOMER).cards} == {ReasonKind.BEST_SELLER}
    closed(counter, "a", 2, "bread")
    assert counter.receipt().bundle is None


def test_a_consenting_shoppers_history_is_used_and_told_to_nobody(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    assert "coffee" not in counter.shown()
    counter.hear("a", 2, "bread", loyalty_id=REGULAR)
    assert counter.shown()[0] == "coffee"
    for face in FaceKind:
        card = counter.lane.snapshot(face).cards[0]
        assert (card.sku, card.reason.kind, card.reason.names) == ("coffee", ReasonKind.PAIRS_WELL, ())
    closed(counter, "a", 3, "bread")
    assert counter.receipt().shopper is not None


def test_a_shopper_who_did_not_consent_leaves_no_name(counter: Checkout) -> None:
    counter.hear("a", 1, "bread", loyalty_id="a stranger")
    closed(counter, "a", 2, "bread")
    assert counter.receipt().shopper is None


def test_a_shopper_who_consented_and_never_bought_keeps_the_name(counter: Checkout) -> None:
    counter.hear("a", 1, "bread", loyalty_id="New Here")
    counter.hear("a", 2, "bread", "tea")
    closed(counter, "a", 3, "bread", "tea")
    assert counter.receipt().shopper is not None


def test_without_a_key_every_basket_is_anonymous(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop, key=None)
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    closed(counter, "a", 2, "bread")
    assert counter.receipt().shopper is None


def test_the_loyalty_id_is_nowhere_on_disk(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    for number, card in enumerate((REGULAR, "a stranger")):
        counter.hear(f"a{number}", 1, "bread", loyalty_id=card, phase=Phase.CLOSED)
    assert len(counter.receipts()) == 2
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert REGULAR.encode() not in kept
    assert REGULAR.replace(" ", "").encode() not in kept
    assert b"stranger" not in kept


def test_an_unknown_barcode_stays_on_basket_and_receipt_and_is_counted(counter: Checkout) -> None:
    lines = (rung(1, "bread"), rung(2, "", code="4600000000017", name="Novelty"))
    counter.hear("a", 1, lines=lines)
    assert [(line.names[""], line.known) for line in counter.lane.snapshot(FaceKind.CUSTOMER).lines[1:]] == [("Novelty", False)]
    assert counter.shown() == ["butter", "cheese", "milk"]
    counter.hear("a", 2, lines=lines, phase=Phase.CLOSED)
    counter.hear("b", 1, lines=lines[1:], phase=Phase.CLOSED)
    assert [(line.code, line.sku) for line in counter.receipts()[0].lines][1:] == [("4600000000017", None)]
    assert counter.edge._db.execute("SELECT code, times FROM unknown_code").fetchall() == [("4600000000017", 2)]


def test_a_basket_of_unknown_items_is_not_guessed_at(counter: Checkout) -> None:
    counter.hear("a", 1, lines=(rung(1, "", code="4600000000017"),))
    assert counter.shown() == []
    counter.hear("a", 2, lines=(rung(1, "", code="4600000000017"),), phase=Phase.CLOSED)
    assert dict(counter.receipt().silences)["empty"] >= 1


def test_the_rules_that_kept_items_back_are_on_the_receipt(counter: Checkout) -> None:
    counter.hear("a", 1, "tea", "cream")
    counter.hear("a", 2, "tea", phase=Phase.TENDER)
    closed(counter, "a", 3, "tea")
    receipt = counter.receipt()
    assert dict(receipt.forbidden)["family"] == 1
    assert KeptBack(Sku("milk"), "family", 1) in receipt.kept_back
    assert receipt.silences == (("payment", 1),)


def test_a_receipt_carries_both_times_and_the_tills_own_total(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", "tea", phase=Phase.CLOSED, minutes=3, total=Minor(15000), till="7")
    receipt = counter.receipt()
    assert (receipt.opened_at, receipt.closed_at) == (MORNING, MORNING + timedelta(minutes=3))
    assert (receipt.local_time, receipt.total, receipt.currency) == ("2026-05-04T10:33:00", 15000, "RUB")
    assert (receipt.store, receipt.device, receipt.lane, receipt.till) == (STORE, "register-1", "1", "7")


def test_a_sale_told_twice_is_kept_once(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    for _ in range(3):
        closed(counter, "a", 2, "bread")
    assert len(counter.receipts()) == 1


def test_a_sale_told_again_after_a_restart_is_kept_once(tmp_path: Path, shop: Adviser) -> None:
    before = Checkout(tmp_path, shop)
    before.hear("a", 1, "bread")
    closed(before, "a", 2, "bread")
    before.edge.close()
    after = Checkout(tmp_path, shop)
    closed(after, "a", 2, "bread")
    closed(after, "a", 2, "bread")
    assert len(after.receipts()) == 1
    after.hear("b", 1, "tea", phase=Phase.CLOSED)
    assert [r.basket_id for r in after.receipts()] == ["a", "b"]


def test_a_sale_is_kept_once_though_another_bundle_reads_it_after_a_restart(tmp_path: Path, shop: Adviser) -> None:
    lines = (rung(1, "bread"), rung(2, "", code="4600000000017"))
    before = Checkout(tmp_path, shop)
    before.hear("a", 1, lines=lines, phase=Phase.CLOSED)
    before.edge.close()
    newer = adviser(tmp_path / "newer", items=[*ITEMS, item("novelty", barcodes=("4600000000017",))])
    after = Checkout(tmp_path, newer)
    after.hear("a", 1, lines=lines, phase=Phase.CLOSED)
    assert len(after.receipts()) == 1


def test_two_equal_sales_of_two_shoppers_are_two_receipts(counter: Checkout) -> None:
    closed(counter, "a", 1, "bread")
    closed(counter, "b", 1, "bread")
    counter.hear("a", 1, "bread", phase=Phase.CLOSED, told_at="the next day")
    assert len(counter.receipts()) == 3


def test_every_change_is_a_higher_seq_and_nothing_else_is(counter: Checkout) -> None:
    assert counter.hear("a", 1, "bread")
    seq = counter.lane.seq
    assert not counter.hear("a", 1, "bread")
    assert not counter.hear("a", 0)
    counter.act(Verb.ACCEPT, "nothing")
    assert counter.lane.seq == seq
    counter.tap(Verb.ACCEPT, "butter")
    assert counter.lane.seq == seq + 1


def test_receipts_are_held_while_the_disk_is_full_and_written_when_it_is_not(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    (pages,) = counter.edge._db.execute("PRAGMA page_count").fetchone()
    counter.edge._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    for number in range(SALES):
        counter.hear(f"s{number}", 1, "bread", minutes=number)
        assert counter.shown() == ["butter", "cheese", "milk"], "the till is never stopped"
        counter.hear(f"s{number}", 2, "bread", phase=Phase.CLOSED, minutes=number)
    kept = [r.basket_id for r in counter.receipts()]
    assert 0 < len(kept) < SALES, "the limit has to bite"
    counter.edge._db.execute("PRAGMA max_page_count = 1000000")
    counter.hear("later", 1)
    assert [r.basket_id for r in counter.receipts()] == [f"s{number}" for number in range(SALES)]


def test_items_of_the_basket_are_named_as_the_reason_and_in_short_only_if_all_can_be(tmp_path: Path) -> None:
    long = [item("bread", short={}), item("tea"), item("honey")]
    by = adviser(tmp_path / "b", items=long, scores={("item=bread", "honey"): 0.4, ("item=tea", "honey"): 0.6})
    counter = Checkout(tmp_path, by)
    counter.hear("a", 1, "bread", "tea")
    (card,) = counter.lane.snapshot(FaceKind.CUSTOMER).cards
    assert (card.reason.names, card.reason.words) == ((long[1].names, long[0].names), ())


def test_events_of_two_lanes_do_not_meet(tmp_path: Path, shop: Adviser) -> None:
    one = Checkout(tmp_path, shop, name="1")
    two = Checkout(tmp_path, shop, name="2", edge=one.edge)
    one.lane.hear(told("a", 1, "bread"))
    two.lane.hear(told("a", 1, "tea"))
    assert (one.shown()[0], two.shown()[0]) == ("butter", "honey")
    for counter in (one, two):
        counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert [r.lane for r in one.receipts()] == ["1", "2"]
