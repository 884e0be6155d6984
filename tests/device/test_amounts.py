"""Numbers as tills write them: exact, or none."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.amounts import LIMIT, decimals_of, minor, product, thousandths, unit_of, written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("12", 1200),
        ("185.4", 18540),
        ("185,40", 18540),
        ("+1.05", 105),
        ("-0.05", -5),
        (" 7.00 ", 700),
        (".5", 50),
        ("12.3400", 1234),
        ("007", 700),
        ("10000000000.00", LIMIT),
    ],
)
def test_money_is_read_exactly(text: str, expected: int) -> None:
    assert minor(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "+",
        ".",
        ",",
        "5.",
        "1.2.3",
        "1,234.00",
        "1 234",
        "12.345",
        "1e3",
        "0x1",
        "٣",
        "²",
        "--1",
        "1-",
        "12 руб",
        "nan",
        "10000000000.01",
        "9" * 39,
        "9" * 10000,
        "1.00\n2",
        "1_000",
        "\x001",
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert minor(text) is None


def test_a_currency_may_have_other_decimals() -> None:
    assert minor("1500", 0) == 1500
    assert minor("1500.5", 0) is None
    assert minor("1.234", 3) == 1234


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("1,234.50", ",", 123450),
        ("1.234.567,00", ".", 123456700),
        ("1 234,5", " ", 123450),
        ("-1'000", "'", -100000),
        ("999.99", ",", 99999),
        ("12,34", ",", None),
        ("1234,567", ",", None),
        ("1,2345", ",", None),
        ("1,234,56", ",", None),
        ("1.00,234", ",", None),
        (",234", ",", None),
    ],
)
def test_marks_between_thousands_stand_before_three_digits(text: str, mark: str, expected: int | None) -> None:
    assert minor(text, thousands=mark) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1000),
        ("1,234", 1234),
        ("0.4205", 421),
        ("0.42049999", 420),
        ("-0.0005", -1),
        ("-2", -2000),
        ("0.000", 0),
        ("x", None),
    ],
)
def test_quantities_are_rounded_half_up(text: str, expected: int | None) -> None:
    assert thousandths(text) == expected


@given(st.decimals(-(10**8), 10**8, places=5), st.sampled_from(".,"))
def test_quantities_agree_with_decimal_arithmetic(number: Decimal, mark: str) -> None:
    assert thousandths(f"{number:f}".replace(".", mark)) == int((number * 1000).to_integral_value(ROUND_HALF_UP))


@given(st.text(max_size=50))
def test_no_text_raises(text: str) -> None:
    for value in (minor(text), thousandths(text), minor(text, thousands=","), minor(text, thousands=".")):
        assert value is None or abs(value) <= LIMIT


@pytest.mark.parametrize(
    ("price", "quantity", "costs"),
    [(119, 2000, 238), (299, 842, 252), (1, 500, 1), (1, 499, 0), (-119, 2000, -238), (-1, 500, 0), (10**12, 10**12, 10**21)],
)
def test_a_product_is_rounded_half_up_and_exact(price: int, quantity: int, costs: int) -> None:
    assert product(price, quantity) == costs


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [(0, "RUB", "0.00"), (-5, "EUR", "-0.05"), (123, "JPY", "123"), (1234, "KWD", "1.234"), (-123456, "", "-1234.56")],
)
def test_amounts_are_written_with_the_digits_of_their_currency(amount: int, currency: str, said: str) -> None:
    assert written(amount, decimals_of(currency)) == said
    assert Decimal(amount) / unit_of(currency) == Decimal(said)
