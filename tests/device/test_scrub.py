"""Card numbers in what a till tells. All numbers are the issuers' published test numbers or drawn."""

from __future__ import annotations

import itertools
import random

import pytest
from fakes.card_layouts import BESIDE, ISSUERS, LAYOUTS, PRICES, beside, drawn, left, number
from hypothesis import given
from hypothesis import strategies as st

from device.scrub import MASK, like_a_card, scrub

PUBLISHED = (
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "2200000000000004",
    "378282246310005",
    "30569309025904",
    "3530111333300000",
    "6200000000000005",
    "6011111111111117",
    "4000000000000000006",
)


@pytest.mark.parametrize("number", PUBLISHED)
@pytest.mark.parametrize("layout", ["{}", "CARD {} OK", "%B{}^NAME/A^2512?", ";{}=25121010000?"])
def test_published_numbers_are_masked_in_every_layout(number: str, layout: str) -> None:
    told = scrub(layout.format(number))
    assert number not in told
    assert MASK in told
    assert "NAME" not in told


@pytest.mark.parametrize("number", PUBLISHED)
def test_separators_hide_nothing(number: str) -> None:
    for separator in " -":
        spread = separator.join(number[at : at + 4] for at in range(0, len(number), 4))
        assert scrub(f"N {spread}") == f"N {MASK}"


def test_no_issuer_gets_through_in_any_of_fifty_layouts() -> None:
    """Twice every issuer in every layout; `packaging/dev bench scrub 10000000` draws the ten million of the goal."""
    assert (len(ISSUERS), len(LAYOUTS)) == (24, 50)
    assert [text for made, text in drawn(2 * 24 * 50, seed=3) if left(made, scrub(text)) or MASK not in scrub(text)] == []


def test_what_stands_beside_a_number_stays() -> None:
    assert scrub("4111111111111111 12/30") == f"{MASK} 12/30"
    assert scrub("99.90 4111 1111 1111 1111 99.90") == f"99.90 {MASK} 99.90"
    assert scrub("1 4111111111111111 5555555555554444 2") == f"1 {MASK} {MASK} 2"
    assert scrub("RRN 123456789012 OK 2026-05-04 12:30") == "RRN 123456789012 OK 2026-05-04 12:30"


@pytest.mark.parametrize(
    "text", ["1 " * 200_000, "4" * 400_000, "4111 1111 1111 1112 " * 20_000, "4111 1111 1111 1111 x" * 20_000]
)
def test_a_hostile_line_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    assert len(scrub(text)) <= len(text)


def test_barcodes_and_prices_are_not_touched() -> None:
    chance = random.Random(1)
    for _ in range(20_000):
        code = "".join(chance.choice("0123456789") for _ in range(chance.choice([8, 12, 13])))
        assert scrub(code) == code
        assert not like_a_card(code.zfill(14))
    assert scrub("MILK 3.2% 900 ML 89.90") == "MILK 3.2% 900 ML 89.90"


def test_a_barcode_beside_a_price_is_not_touched() -> None:
    """Fifty times every price in every line; `packaging/dev bench scrub 10000000` draws the ten million of the goal."""
    count = 50 * len(PRICES) * len(BESIDE)
    assert [text for _, text in beside(count, seed=4) if scrub(text) != text] == []
    priced = [spelt for spelt in PRICES if "part" in spelt and "whole" not in spelt]
    for size in (8, 12):
        assert [text for _, text in beside(count, 4, size, priced) if scrub(text) != text] == []


@pytest.mark.parametrize("text", ["4006381333931 19.90", "0.48 4006381333931", "4006381333931 1 108.00", "651234567892 1005.00"])
def test_the_digits_of_such_a_line_alone_would_be_a_card(text: str) -> None:
    assert scrub(text) == text
    told = text.removeprefix("0.").partition(".")[0].replace(" ", "")
    assert scrub(told) == MASK


@pytest.mark.parametrize(
    "sizes",
    [(8, 8), (12, 4), (4, 12), (8, 4, 4), (4, 4, 8), (6, 10), (10, 6), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (6, 13), (5, 5, 6)],
)
def test_a_card_is_masked_though_one_of_its_blocks_is_a_barcode(sizes: tuple[int, ...]) -> None:
    chance = random.Random(5)
    issuers = [issuer for issuer in ISSUERS if issuer[1] == sum(sizes)]
    for at in range(400 * len(issuers)):
        digits = iter(number(chance, issuers[at % len(issuers)]))
        spread = " ".join("".join(itertools.islice(digits, size)) for size in sizes)
        assert scrub(f"CARD {spread} OK") == f"CARD {MASK} OK"


def test_a_barcode_with_a_wrong_check_digit_or_too_long_a_figure_beside_it_is_no_excuse() -> None:
    body, wrong = "401200000000", "8"
    fits = [f"{body}{wrong} {rest}" for rest in range(100, 1000) if left_alone(f"{body}{wrong} {rest}")]
    assert len(fits) == 810, "a tenth of the figures make a card of it"
    assert scrub("4111111111111111 1") == f"{MASK} 1"


def left_alone(text: str) -> bool:
    return scrub(text) == text


def test_few_random_long_numbers_are_taken_for_cards() -> None:
    chance = random.Random(2)
    drawn = ["".join(chance.choice("0123456789") for _ in range(16)) for _ in range(10_000)]
    assert sum(scrub(number) != number for number in drawn) < 1_000, "the check digit alone would take a tenth"


@given(st.text(max_size=300))
def test_any_text_is_read_and_what_was_masked_stays_masked(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)
