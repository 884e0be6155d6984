"""Suggestions as they are drawn: a reason that may be told, and the facts of the item."""

from __future__ import annotations

import pytest
from fakes.device_shop import ITEMS, item
from fakes.device_till import MORNING, rung, told

from device.basket import apply
from device.cards import MAX_NAMED, basket_line, card, reason
from device.catalogue import Catalogue, Item
from device.domain import Sku, Suggestion
from device.offers import Offer
from device.screen_link import FaceKind, Reason, ReasonKind
from device.tokens import item_token, told_skus
from device.tokens import told as as_reason

SHOP = Catalogue([*ITEMS, item("plain", short={}, names={"": "Plain"}), item("nameless", short={}, names={})])
BREAD, TEA = item("bread").names, item("tea").names
BASKET = apply(None, told("a", 1, "bread", "tea", "milk", "plain", "nameless"), SHOP.know)


def why(*because: str) -> Reason:
    return reason(Suggestion("x", Sku("honey"), 1, 0.5, because), BASKET, SHOP)


@pytest.mark.parametrize(
    ("because", "expected"),
    [
        (("bread",), Reason(ReasonKind.GOES_WITH, (BREAD,), ({"en": "bread"},))),
        (("tea", "hour=10", "bread"), Reason(ReasonKind.GOES_WITH, (TEA, BREAD), ({"en": "tea"}, {"en": "bread"}))),
        (("plain",), Reason(ReasonKind.GOES_WITH, ({"": "Plain"},))),
        (("tea", "plain"), Reason(ReasonKind.GOES_WITH, (TEA, {"": "Plain"}))),
        (("nameless",), Reason(ReasonKind.PAIRS_WELL)),
        (("hour=10", "bread"), Reason(ReasonKind.POPULAR_NOW)),
        (("weekday=0",), Reason(ReasonKind.POPULAR_NOW)),
        (("store=S1", "bread"), Reason(ReasonKind.POPULAR_HERE)),
        ((), Reason(ReasonKind.BEST_SELLER)),
        (("butter",), Reason(ReasonKind.PAIRS_WELL)),
    ],
)
def test_the_strongest_token_makes_the_reason(because: tuple[str, ...], expected: Reason) -> None:
    assert why(*because) == expected


@pytest.mark.parametrize("because", [("had=coffee",), ("had=coffee", "had=tea")])
def test_a_reason_made_of_history_says_nothing_of_it(because: tuple[str, ...]) -> None:
    assert why(*because) == Reason(ReasonKind.PAIRS_WELL)


def test_history_before_an_item_of_the_basket_leaves_the_item() -> None:
    assert why("had=bread", "bread") == Reason(ReasonKind.GOES_WITH, (BREAD,), ({"en": "bread"},))


def test_an_item_whose_code_reads_like_a_token_is_told_as_an_item() -> None:
    odd = [item(sku) for sku in ("hour=10", "had=tea", "item=tea", "store=S1")]
    shop = Catalogue([*ITEMS, *odd])
    basket = apply(None, told("a", 1, *(one.sku for one in odd)), shop.know)

    def why(*because: str) -> Reason:
        return reason(Suggestion("x", Sku("honey"), 1, 0.5, because), basket, shop)

    for one in odd:
        reasons = as_reason(item_token(one.sku))
        assert told_skus(reasons) == (one.sku,)
        assert why(reasons) == Reason(ReasonKind.GOES_WITH, (one.names,), (one.short,))
    assert why("hour=10") == Reason(ReasonKind.POPULAR_NOW)
    assert why("store=S1") == Reason(ReasonKind.POPULAR_HERE)
    assert why("had=tea", "item=had=tea") == why("item=had=tea")


def test_a_pair_names_both_its_items_and_each_once() -> None:
    both = Reason(ReasonKind.GOES_WITH, (BREAD, TEA), ({"en": "bread"}, {"en": "tea"}))
    assert why("pair=bread+tea") == both
    assert why("pair=bread+tea", "bread", "tea") == both
    assert why("hour=10", "pair=bread+tea") == Reason(ReasonKind.POPULAR_NOW)


def test_at_most_two_items_are_named() -> None:
    told = why("bread", "tea", "milk")
    assert len(told.names) == len(told.words) == MAX_NAMED


def drawn(of: Item, face: FaceKind) -> dict[str, object]:
    offer = Offer(Suggestion("x", Sku(of.sku), 1, 0.5), MORNING)
    made = card(offer, of, Reason(ReasonKind.BEST_SELLER), face)
    return {name: getattr(made, name) for name in made.__struct_fields__}


def test_the_customer_is_sent_neither_the_cashiers_sentence_nor_a_barcode() -> None:
    honey = item("honey", old_price=12000, net=250_000, net_unit="g", picture="honey.png", sponsor="Bees")
    customer, cashier = drawn(honey, FaceKind.CUSTOMER), drawn(honey, FaceKind.CASHIER)
    differ = {name for name in customer if customer[name] != cashier[name]}
    assert differ == {"pitch", "barcode"}
    assert (customer["pitch"], customer["barcode"]) == ({}, None)
    assert (cashier["old_price"], cashier["picture"], cashier["sponsor"]) == (12000, "honey.png", "Bees")


def test_an_item_without_a_barcode_is_handed_back_by_its_sku() -> None:
    assert drawn(item("honey", barcodes=()), FaceKind.CASHIER)["barcode"] == "honey"


def test_every_line_that_is_charged_has_a_name() -> None:
    lines = (rung(1, "tea"), rung(2, "", code="17", name="Till's word"), rung(3, "", code="18"), rung(4, "nameless", name="N"))
    basket = apply(None, told("a", 1, lines=lines, at=MORNING), SHOP.know)
    named = [(line.names.get("") or line.names["en"], line.known) for line in (basket_line(line, SHOP) for line in basket.lines)]
    assert named == [("Tea", True), ("Till's word", False), ("18", False), ("N", True)]
