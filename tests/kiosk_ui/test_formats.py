"""Numbers as a shopper reads them: never parted from their sign, never a float."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.formats import (
    LONGEST_NAME,
    Language,
    initial,
    isolated,
    line_detail,
    money,
    name_in,
    net_content,
    per_unit,
    quantity,
    quoted,
    short_name,
    tied,
    unit_line,
    unit_price,
)

RU, EN, AR, QPS = Language.RUSSIAN, Language.ENGLISH, Language.ARABIC, Language.PSEUDO


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (0, "RUB", RU, "0,00\u00a0₽"),
        (50, "RUB", RU, "0,50\u00a0₽"),
        (123450, "RUB", RU, "1\u202f234,50\u00a0₽"),
        (999_999_999, "RUB", RU, "9\u202f999\u202f999,99\u00a0₽"),
        (-9490, "RUB", RU, "\u221294,90\u00a0₽"),
        (123450, "KZT", RU, "1\u202f234,50\u00a0₸"),
        (123450, "CHF", RU, "1\u202f234,50\u00a0CHF"),
        (123450, "GBP", EN, "£1,234.50"),
        (123450, "EUR", EN, "€1,234.50"),
        (5, "USD", EN, "$0.05"),
        (-5, "USD", EN, "\u2212$0.05"),
        (1200, "CHF", EN, "CHF\u00a012.00"),
        (1200, "JPY", EN, "JPY\u00a01,200"),
        (1200, "KWD", EN, "KWD\u00a01.200"),
        (1200, "KWD", AR, "\u200f1.200\u00a0د.ك"),
        (123450, "SAR", AR, "\u200f1,234.50\u00a0ر.س"),
        (999_999_999, "RUB", AR, "\u200f9,999,999.99\u00a0₽"),
        (-9490, "RUB", AR, "\u200f\u200e\u221294.90\u00a0₽"),
        (5, "CHF", AR, "\u200f0.05\u00a0CHF"),
        (123450, "GBP", QPS, "£1,234.50"),
    ],
)
def test_money(amount: int, currency: str, language: Language, text: str) -> None:
    assert money(amount, currency, language) == text


@pytest.mark.parametrize(
    ("thousandths", "unit", "language", "text"),
    [
        (2000, "pcs", RU, "2\u00a0шт"),
        (500, "pcs", RU, "0,5\u00a0шт"),
        (842, "kg", RU, "0,842\u00a0кг"),
        (840, "kg", EN, "0.840\u00a0kg"),
        (1000, "kg", EN, "1\u00a0kg"),
        (10_000, "l", EN, "10\u00a0l"),
        (-1000, "pcs", RU, "\u22121\u00a0шт"),
        (842, "kg", AR, "0.842\u00a0كغ"),
        (2000, "pcs", AR, "2\u00a0قطعة"),
        (-1000, "pcs", AR, "\u200e\u22121\u00a0قطعة"),
        (2000, "pcs", QPS, "2\u00a0pcs"),
        (1_234_000, "pcs", RU, "1\u202f234\u00a0шт"),
        (1000, "box", EN, "1\u00a0box"),
    ],
)
def test_quantity(thousandths: int, unit: str, language: Language, text: str) -> None:
    assert quantity(thousandths, unit, language) == text


def test_a_line_says_quantity_times_price_and_without_a_price_the_quantity() -> None:
    assert line_detail(2000, "pcs", 9490, "RUB", RU) == "2\u00a0шт \u00d7\u00a094,90\u00a0₽"
    assert line_detail(2000, "pcs", None, "RUB", RU) == "2\u00a0шт"


def test_net_content_uses_the_smaller_unit_below_one() -> None:
    assert net_content(90, "kg", RU) == "90\u00a0г"
    assert net_content(300, "l", EN) == "300\u00a0ml"
    assert net_content(1500, "l", RU) == "1,5\u00a0л"
    assert net_content(10_000, "pcs", RU) == "10\u00a0шт"


def test_unit_prices() -> None:
    assert unit_price(12990, 90, "kg", "RUB", RU) == "144,33\u00a0₽/100\u00a0г"
    assert unit_price(28900, 500, "kg", "RUB", RU) == "578,00\u00a0₽/кг"
    assert unit_price(100, 10_000, "pcs", "GBP", EN) == "£0.10/pc"
    # 1 minor unit for 2 pieces is half a minor unit each, rounded up
    assert unit_price(1, 2000, "pcs", "GBP", EN) == "£0.01/pc"


def test_the_unit_line_leaves_out_what_it_does_not_know() -> None:
    assert unit_line(12990, 90, "kg", "RUB", RU) == "90\u00a0г · 144,33\u00a0₽/100\u00a0г"
    assert unit_line(None, 90, "kg", "RUB", RU) == "90\u00a0г"
    assert unit_line(0, 90, "kg", "RUB", RU) == "90\u00a0г"
    assert unit_line(12990, 1000, "kg", "RUB", RU) == "1\u00a0кг"
    assert unit_line(12990, 1000, "pcs", "RUB", RU) == ""
    assert unit_line(12990, None, "kg", "RUB", RU) == ""
    assert unit_line(12990, 0, "kg", "RUB", RU) == ""


def test_a_price_of_weight_names_its_unit_and_that_of_a_piece_none() -> None:
    assert per_unit("kg", RU) == "/кг"
    assert per_unit("l", EN) == "/l"
    assert per_unit("pcs", RU) == ""


def test_names() -> None:
    assert name_in({"ru": "Хлеб", "en": "Bread", "": "BREAD"}, EN) == "Bread"
    assert name_in({"ru": "Хлеб", "": "BREAD 4711"}, EN) == "BREAD 4711"
    assert name_in({"ru": "Хлеб"}, EN) == "Хлеб"
    assert name_in({}, EN) == ""
    assert name_in({"": " two\nlines  "}, EN) == "two lines"


def test_a_figure_in_a_name_keeps_its_sign() -> None:
    assert tied("Шоколад 72 % горький 100 г") == "Шоколад 72\u00a0% горький 100\u00a0г"
    assert tied("Milk 3.2 % 930 ml") == "Milk 3.2\u00a0% 930\u00a0ml"
    assert tied("7 грехов") == "7 грехов"


def test_amounts_of_no_currency_are_bare_numbers() -> None:
    assert money(123450, "XXX", RU) == "1\u202f234,50"
    assert money(-5, "XXX", EN) == "\u22120.05"


def test_a_short_name_leaves_out_what_the_pack_holds() -> None:
    assert short_name({"ru": "Капучино 300 мл"}, RU) == "Капучино"
    assert short_name({"en": "Milk 3.2 % 1.5 l"}, EN) == "Milk 3.2\u00a0%"
    assert short_name({"en": "Vitamin B 12"}, EN) == "Vitamin B 12"


def test_a_name_in_a_sentence_stands_in_the_marks_of_its_language() -> None:
    assert quoted("Батон нарезной", RU) == "«Батон нарезной»"
    assert quoted("Сыр «Бри»", RU) == "«Сыр „Бри“»"
    assert quoted('Cheese "Brie"', EN) == "“Cheese ‘Brie’”"
    assert quoted("", EN) == "“”"


def test_arabic_figures_are_those_of_the_till() -> None:
    for text in (money(1234567890, "RUB", AR), quantity(842, "kg", AR), unit_line(12990, 90, "kg", "RUB", AR)):
        assert not any("\u0660" <= sign <= "\u0669" for sign in text), text
        assert any("0" <= sign <= "9" for sign in text)
    assert unit_line(12990, 90, "kg", "RUB", AR) == "90\u00a0غ · \u200f144.33\u00a0₽/100\u00a0غ"
    assert tied("حليب 3.2 % 930 مل") == "حليب 3.2\u00a0% 930\u00a0مل"


def test_a_name_keeps_its_own_direction_inside_a_sentence() -> None:
    assert isolated("Nescafé 3 in 1", AR) == "\u2068Nescafé 3 in 1\u2069"
    assert isolated("حليب", EN) == "\u2068حليب\u2069"
    assert isolated("Молоко", EN) == "Молоко"
    assert isolated("", AR) == ""


def test_the_pseudo_locale_names_things_in_english() -> None:
    assert name_in({"en": "Bread", "ru": "Хлеб", "qps": "never"}, QPS) == "Bread"
    assert quoted("Brie", QPS) == "“Brie”"


def test_the_initial_is_a_letter_or_a_dot() -> None:
    assert initial("«бри»") == "Б"
    assert initial("!?") == "•"


@given(st.integers(-(10**12), 10**12), st.sampled_from(["RUB", "GBP", "CHF", "JPY"]), st.sampled_from(list(Language)))
def test_no_number_can_be_broken_from_its_sign(amount: int, currency: str, language: Language) -> None:
    text = money(amount, currency, language)
    assert " " not in text
    digits = int("".join(sign for sign in text if sign.isdigit()))
    assert digits == abs(amount)


@pytest.mark.parametrize(
    ("told", "drawn"),
    [
        ("Milk\u202e 3.2 %", "Milk 3.2\u00a0%"),
        ("two\u2028lines\x0bor\x85more", "two lines or more"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("\u2067over\u2069 \ud800half", "over half"),
        ("a\u200cb", "a\u200cb"),
        ("a \u2066 b", "a b"),
    ],
)
def test_what_a_till_says_cannot_turn_or_break_the_text_around_it(told: str, drawn: str) -> None:
    assert name_in({"": told}, EN) == drawn


def test_a_name_of_nothing_that_can_be_seen_gives_way_to_the_next() -> None:
    assert name_in({"en": " \u200b\x00 ", "": "Milk"}, EN) == "Milk"
    assert name_in({"": "\u202e"}, EN) == ""


def test_a_name_is_no_longer_than_can_be_read() -> None:
    name = name_in({"": "W" * 1_000_000}, EN)
    assert len(name) == LONGEST_NAME
    assert name.endswith("W…")


@pytest.mark.parametrize(("currency", "text"), [("UGX", "UGX\u00a01,200"), ("XOF", "XOF\u00a01,200"), ("", "12.00")])
def test_a_price_has_the_digits_of_its_currency(currency: str, text: str) -> None:
    assert money(1200, currency, EN) == text
