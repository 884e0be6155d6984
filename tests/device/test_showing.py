"""What a lane tells its faces: payments, returns, the shop's hours, prices that are charged, nobody's identity, bounded size."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from fakes.device_shop import ITEMS, KEY, REGULAR, adviser, item
from fakes.device_till import MORNING, Checkout, rung, told
from hypothesis import given, settings
from hypothesis import strategies as st

from device import screen_link
from device.adviser import Adviser
from device.catalogue import Item
from device.domain import Kind, Minor, Phase, Tender, Thousandths, Unit
from device.policy_settings import Policy
from device.screen_link import MAX_LINE, Card, FaceKind, PaymentLine, ReasonKind, Snapshot, Stage, Verb, encode
from device.shopper import pseudonym
from device.showing import LEFT_FOR, THANKED_FOR

CASH = Tender("cash", Minor(20000))


SCORES = {("item=bread", "butter"): 0.5, ("item=bread", "cheese"): 0.4, ("item=bread", "milk"): 0.3}


def shop_of(path: Path, *items: Item) -> Adviser:
    """A shop where bread leads to the others."""
    skus = {one.sku for one in items}
    return adviser(path, items=items, scores={pair: score for pair, score in SCORES.items() if pair[1] in skus})


def seen(counter: Checkout, face: FaceKind = FaceKind.CUSTOMER) -> Snapshot:
    return counter.lane.snapshot(face)


@pytest.mark.parametrize("face", list(FaceKind))
def test_payments_and_change_stand_with_payment_and_thanks(counter: Checkout, face: FaceKind) -> None:
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=Phase.TENDER, tenders=(Tender("card", Minor(5000)),))
    shown = seen(counter, face)
    assert (shown.stage, shown.total, shown.payments, shown.change) == (Stage.PAYMENT, 9990, (PaymentLine("card", 5000),), None)
    paid = (Tender("card", Minor(5000)), CASH)
    counter.hear("a", 3, "bread", phase=Phase.TENDER, tenders=paid)
    assert (len(seen(counter, face).payments), seen(counter, face).change) == (2, 15010)
    counter.hear("a", 4, "bread", phase=Phase.CLOSED, tenders=paid)
    assert (seen(counter, face).stage, len(seen(counter, face).payments), seen(counter, face).change) == (Stage.THANKS, 2, 15010)
    counter.hear("b", 1, "tea")
    assert (seen(counter, face).payments, seen(counter, face).change) == ((), None)


@pytest.mark.parametrize("tenders", [(), (Tender("cash"),), (CASH, Tender("card")), (Tender("cash", Minor(9990)),)])
def test_change_is_told_only_where_every_amount_is(counter: Checkout, tenders: tuple[Tender, ...]) -> None:
    counter.hear("a", 1, "bread", phase=Phase.TENDER, tenders=tenders)
    assert seen(counter).change is None


def test_a_card_number_among_the_words_of_a_payment_is_masked(counter: Checkout) -> None:
    counter.hear("a", 1, "bread", phase=Phase.TENDER, tenders=(Tender("visa 4111 1111 1111 1111", Minor(9990)),))
    assert seen(counter).payments[0].means == "visa [PAN]"


@pytest.mark.parametrize("face", list(FaceKind))
def test_a_return_has_lines_and_total_and_no_suggestion_at_any_stage(counter: Checkout, face: FaceKind) -> None:
    for seq, phase in enumerate((Phase.OPEN, Phase.TENDER, Phase.CLOSED), 1):
        counter.hear("a", seq, "bread", phase=phase, kind=Kind.RETURN, tenders=(CASH,))
        shown = seen(counter, face)
        assert (shown.returning, shown.cards, len(shown.lines), shown.total, shown.change) == (True, (), 1, 9990, None)
        assert shown.stage is {Phase.OPEN: Stage.RETURN, Phase.TENDER: Stage.PAYMENT, Phase.CLOSED: Stage.THANKS}[phase]
    counter.hear("b", 1, "bread")
    assert (seen(counter, face).returning, len(seen(counter, face).cards)) == (False, 3)


def test_a_sale_that_turns_out_to_be_a_return_loses_its_suggestions_at_once(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    assert seen(counter).cards
    counter.hear("a", 2, "bread", "tea", kind=Kind.RETURN)
    assert (seen(counter).stage, seen(counter).cards) == (Stage.RETURN, ())


def test_out_of_hours_the_faces_are_dark_once_the_thanks_were_said_and_wake_with_the_till(counter: Checkout) -> None:
    lane = counter.lane
    assert lane.rest(MORNING, shut=True)
    assert (seen(counter).stage, seen(counter, FaceKind.CASHIER).stage) == (Stage.CLOSED, Stage.CLOSED)
    assert not lane.rest(MORNING, shut=True), "nothing new"
    counter.hear("a", 1, "bread")
    assert (seen(counter).stage, len(seen(counter).cards)) == (Stage.BASKET, 3)
    assert not lane.rest(MORNING + LEFT_FOR - timedelta(seconds=1), shut=True)
    assert seen(counter).stage is Stage.BASKET
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert not lane.rest(MORNING + THANKED_FOR - timedelta(seconds=1), shut=True)
    assert seen(counter).stage is Stage.THANKS
    seq = lane.seq
    assert lane.rest(MORNING + THANKED_FOR, shut=True)
    assert (seen(counter).stage, seen(counter).lines, seen(counter).total, lane.seq) == (Stage.CLOSED, (), 0, seq + 1)
    assert lane.rest(MORNING + THANKED_FOR, shut=False)
    assert seen(counter).stage is Stage.THANKS


def test_a_clock_that_is_set_back_does_not_keep_a_closed_shop_lit(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert not counter.lane.rest(MORNING - timedelta(seconds=2), shut=True), "a clock that is only put right"
    assert counter.lane.rest(MORNING - timedelta(days=2000), shut=True)
    assert seen(counter).stage is Stage.CLOSED


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.TENDER, Phase.SUSPENDED])
def test_a_sale_that_was_left_keeps_its_total_for_a_quarter_of_an_hour(counter: Checkout, phase: Phase) -> None:
    counter.hear("a", 1, "bread")
    counter.hear("a", 2, "bread", phase=phase)
    assert not counter.lane.rest(MORNING + LEFT_FOR - timedelta(seconds=1), shut=True)
    assert seen(counter).total == 9990
    assert counter.lane.rest(MORNING + LEFT_FOR, shut=True)
    assert seen(counter).stage is Stage.CLOSED


def test_while_the_shop_is_open_nothing_is_dark(counter: Checkout) -> None:
    assert not counter.lane.rest(MORNING + timedelta(hours=5), shut=False)
    assert seen(counter).stage is Stage.IDLE


def test_the_price_on_a_card_is_the_price_that_is_charged(tmp_path: Path) -> None:
    shop = (item("bread"), item("butter", price=12345), item("cheese", price=0), item("milk", price=999_999_999))
    counter = Checkout(tmp_path, shop_of(tmp_path / "b", *shop))
    counter.hear("a", 1, "bread")
    cards = {card.sku: card.price for card in seen(counter).cards}
    assert cards == {"butter": 12345, "cheese": 0, "milk": 999_999_999}
    # A scanner tells no price: what is charged is the catalogue's.
    scanned = tuple(rung(number, sku, amount=None) for number, sku in enumerate(("bread", *cards), 1))
    counter.hear("a", 2, lines=scanned)
    charged = {line.names["en"].lower(): (line.price, line.amount) for line in seen(counter).lines}
    assert {sku: charged[sku] for sku in cards} == {sku: (price, price) for sku, price in cards.items()}


def test_what_is_weighed_is_priced_by_the_kilogram_as_it_is_charged(tmp_path: Path) -> None:
    shop = (item("bread"), item("butter", price=12345, unit="kg"))
    counter = Checkout(tmp_path, shop_of(tmp_path / "b", *shop))
    counter.hear("a", 1, "bread")
    (card,) = seen(counter).cards
    assert (card.price, card.unit) == (12345, "kg")
    weighed = rung(2, "butter", amount=None, quantity=Thousandths(250), unit=Unit.KILOGRAM)
    counter.hear("a", 2, lines=(rung(1, "bread"), weighed))
    assert (seen(counter).lines[1].price, seen(counter).lines[1].amount) == (12345, 3086)


def test_a_new_price_is_on_the_card_with_the_next_sale(tmp_path: Path) -> None:
    cheap, dear = (shop_of(tmp_path / f"b{price}", item("bread"), item("butter", price=price)) for price in (100, 200))
    counter = Checkout(tmp_path, cheap)
    for name, price in (("a", 100), ("b", 200)):
        counter.hear(name, 1, "bread")
        assert [card.price for card in seen(counter).cards] == [price]
        counter.lane.advise_with(dear)
        counter.hear(name, 2, "bread", "tea")
        assert [card.price for card in seen(counter).cards] == [price], "a sale keeps the prices it began with"


ALLOWED_ON_THE_WIRE = {
    "Snapshot": {"run", "seq", "lane", "stage", "currency", "total", "lines", "cards", "pictures", "gone", "undo"}
    | {"stale_days", "returning", "payments", "change", "rating", "rated", "omitted"},
    "BasketLine": {"line_id", "names", "quantity", "unit", "amount", "price", "known"},
    "PaymentLine": {"means", "amount"},
    "Card": {"suggestion_id", "sku", "names", "price", "reason", "old_price", "unit", "net", "net_unit", "picture"}
    | {"department", "pitch", "sponsor", "age_limit", "barcode", "state", "regular", "code"},
    "Reason": {"kind", "names", "words"},
}


def test_no_word_to_a_face_has_a_place_for_who_the_shopper_is() -> None:
    """Whoever gives the wire another field says here that it names nobody."""
    for name, allowed in ALLOWED_ON_THE_WIRE.items():
        assert set(getattr(screen_link, name).__struct_fields__) == allowed, name
    assert {kind.value for kind in ReasonKind} == {
        "goes_with",
        "popular_now",
        "popular_here",
        "best_seller",
        "pairs_well",
        "regular",
        "campaign",  # in the shop's own words, for whoever a campaign is for
    }


@pytest.mark.parametrize("face", list(FaceKind))
def test_a_known_shoppers_history_changes_the_cards_and_is_nowhere_told(tmp_path: Path, shop: Adviser, face: FaceKind) -> None:
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    shown = seen(counter, face)
    (coffee,) = (card for card in shown.cards if card.sku == "coffee")
    assert coffee.reason.kind is ReasonKind.PAIRS_WELL
    wire = encode(shown)
    for secret in (REGULAR, REGULAR.replace(" ", ""), pseudonym(KEY, REGULAR), "had=", "coffee=1"):
        assert secret.encode() not in wire


def test_the_customer_is_sent_no_code_no_sentence_and_no_undo(counter: Checkout) -> None:
    counter.hear("a", 1, "bread")
    counter.tap(Verb.DISMISS, "butter")
    assert seen(counter, FaceKind.CASHIER).undo is not None
    assert seen(counter).undo is None
    for card in seen(counter).cards:
        assert (card.barcode, card.pitch) == (None, {})


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([one.sku for one in ITEMS if one.sku != "beer"]), min_size=1, max_size=6))
def test_what_has_an_age_limit_is_on_no_card_whatever_is_in_the_basket(tmp_path_factory, shop: Adviser, skus: list[str]) -> None:
    counter = Checkout(tmp_path_factory.mktemp("c"), shop)
    counter.hear("a", 1, *skus)
    for face in FaceKind:
        assert all(card.age_limit == 0 and card.sku != "beer" for card in seen(counter, face).cards)


def test_with_the_shops_consent_an_age_limit_is_told_with_the_card(tmp_path: Path) -> None:
    counter = Checkout(tmp_path, adviser(tmp_path / "b", Policy(age_restricted=True)))
    counter.hear("a", 1, "bread")
    assert {card.sku: card.age_limit for card in seen(counter).cards}["beer"] == 18


def names(length: int) -> dict[str, str]:
    return dict.fromkeys(("", "ru", "en"), "Ж" * length)


@pytest.mark.parametrize(("lines", "length"), [(300, 120), (1000, 256), (1000, 2000)])
def test_a_basket_however_long_fits_one_line_of_the_wire_and_its_latest_line_is_told(
    tmp_path: Path, lines: int, length: int
) -> None:
    shop = (item("bread", names=names(length)), item("butter", names=names(length)))
    counter = Checkout(tmp_path, shop_of(tmp_path / "b", *shop))
    counter.lane.hear(told("a", 1, lines=tuple(rung(number, "bread") for number in range(1, lines + 1))))
    for face in FaceKind:
        told_to_face = screen_link.encode_fitting(seen(counter, face))
        assert len(told_to_face) <= MAX_LINE
        word = screen_link.decode_from_daemon(told_to_face)
        assert isinstance(word, Snapshot)
        assert word.lines[-1].line_id == lines
        assert word.total == 9990 * lines
        assert word.omitted + len(word.lines) == lines


def test_nothing_is_left_out_of_a_basket_of_300_lines(counter: Checkout) -> None:
    counter.lane.hear(told("a", 1, lines=tuple(rung(number, "bread") for number in range(1, 301))))
    word = screen_link.decode_from_daemon(screen_link.encode_fitting(seen(counter)))
    assert isinstance(word, Snapshot)
    assert (len(word.lines), word.omitted) == (300, 0)


def test_every_word_of_the_wire_is_frozen() -> None:
    for kind in (*get_args(screen_link.FromDaemon), *get_args(screen_link.FromScreen), Card):
        assert kind.__struct_config__.frozen, kind


@pytest.mark.parametrize(
    ("made_at", "days"), [("%d days", 30), ("%d days", 400), ("%d days", 29), ("yesterday", 0), ("2026-01-01T00:00:00", 0)]
)
def test_a_bundle_without_a_successor_for_a_month_is_told_to_the_cashier_alone(tmp_path: Path, made_at: str, days: int) -> None:
    if "%d" in made_at:
        made_at = (MORNING - timedelta(days=days)).isoformat()
    counter = Checkout(tmp_path, adviser(tmp_path / "b", made_at=made_at))
    counter.hear("a", 1, "bread")
    assert seen(counter, FaceKind.CASHIER).stale_days == (days if days >= 30 else 0)
    assert seen(counter, FaceKind.CUSTOMER).stale_days == 0
