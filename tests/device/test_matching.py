"""Finding an item by what a display or a printer names: the beginning of its name, and its price."""

from __future__ import annotations

import pytest

from device.matching import Found, Named, Names

SHOP = Names(
    [
        Named("milk", ("Whole milk 3.2% in a bottle, 1 l",), 8990),
        Named("kefir", ("Кефир «Зелёный луг» 1 %, 0,9 кг",), 7990),
        Named("tea", ("Black tea of Ceylon, 100 bags",), 31000),
        Named("tea-25", ("Black tea of Ceylon, 25 bags",), 9900),
        Named("jam", ("Strawberry jam with vanilla",), 31000),
        Named("jam-light", ("Strawberry jam without sugar",), 31000),
        Named("coffee", ("Coffee",), 15000),
        Named("coffee-cream", ("Coffee cream 10 %",), 15000),
        Named("roll", ("Roll",), 1500),
    ]
)
KEFIR = "Кефир «Зелёный луг» 1 %, 0,9 кг"


@pytest.mark.parametrize(
    ("name", "price", "sku"),
    [
        ("Whole milk 3.2% in a bottle, 1 l", 8990, "milk"),
        ("Whole milk 3.2%", 8990, "milk"),
        ("Whole milk 3.2% in a", 8990, "milk"),
        ("WHOLE MILK 3.2%", 8990, "milk"),
        ("WHOLE-MILK 3,2 %", 8990, "milk"),
        ("  whole   milk.3.2", 8990, "milk"),
        (KEFIR[:15], 7990, "kefir"),
        (KEFIR[:20], 7990, "kefir"),
        (KEFIR[:20].upper(), 7990, "kefir"),
        ("КЕФИР ЗЕЛЕНЫЙ Л", 7990, "kefir"),
        ("KEФИP ЗEЛEHЫЙ Л", 7990, "kefir"),
        ("Ｗｈｏｌｅ ｍｉｌｋ ３", 8990, "milk"),
        ("Black tea of Ce", 9900, "tea-25"),
    ],
)
def test_a_name_as_it_is_shown_is_found_at_its_price(name: str, price: int, sku: str) -> None:
    assert SHOP.find(name, price) == Found(sku, 0.98)


def test_a_short_name_is_found_with_less_confidence() -> None:
    assert SHOP.find("Whole mi", 8990) == Found("milk", 0.90)
    assert SHOP.find("Coffee", 15000) == Found("coffee", 0.90), "its whole name goes before the beginning of another"


@pytest.mark.parametrize(
    ("name", "price"),
    [
        ("Whole milk 3.2%", 8991),
        ("Whole milk 3.2%", 0),
        ("Strawberry jam with", 9900),
        ("Strawberry jam", 31000),  # two fit equally
        ("Strawberry jam ", 31000),
        ("milk 3.2% in a bottle", 8990),  # no beginning
        ("Whole milk 3.5%", 8990),
        ("Whole", 8990),  # too short to be sure
        ("Roll", 1500),
        ("", 8990),
        (" .,%-", 8990),
        ("\x00\ud800", 8990),
    ],
)
def test_a_wrong_item_is_worse_than_none(name: str, price: int) -> None:
    assert SHOP.find(name, price) is None


def test_an_item_of_two_names_is_found_by_either_and_is_no_rival_of_itself() -> None:
    shop = Names([Named("milk", ("Whole milk one litre", "Whole milk one"), 89), Named("x", ("Молоко цельное 1 л",), 89)])
    assert shop.find("Whole milk o", 89) == Found("milk", 0.98)
    assert shop.find("МОЛОКО ЦЕЛЬНОЕ", 89) == Found("x", 0.98)


def test_two_items_of_one_name_and_price_are_never_told_apart() -> None:
    shop = Names([Named("a", ("Whole milk 3.2%",), 89), Named("b", ("WHOLE MILK 3.2 %",), 89)])
    assert shop.find("Whole milk 3.2%", 89) is None


def test_a_name_that_may_have_been_cut_behind_a_word_is_not_taken_for_the_whole_one() -> None:
    shop = Names([Named("plain", ("Chocolate Milk",), 89), Named("light", ("Chocolate Milk light",), 89)])
    assert shop.find("CHOCOLATE MILK ", 89) is None
    assert shop.find("CHOCOLATE MILK", 89) is None
    assert shop.find("CHOCOLATE MILK L", 89) == Found("light", 0.98)
