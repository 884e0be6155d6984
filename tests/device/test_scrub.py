"""Card numbers in what a till tells. All numbers are the issuers' published test numbers or drawn."""

from __future__ import annotations

import random

import pytest
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


def test_barcodes_and_prices_are_not_touched() -> None:
    chance = random.Random(1)
    for _ in range(20_000):
        code = "".join(chance.choice("0123456789") for _ in range(chance.choice([8, 12, 13])))
        assert scrub(code) == code
        assert not like_a_card(code.zfill(14))
    assert scrub("MILK 3.2% 900 ML 89.90") == "MILK 3.2% 900 ML 89.90"


def test_few_random_long_numbers_are_taken_for_cards() -> None:
    chance = random.Random(2)
    drawn = ["".join(chance.choice("0123456789") for _ in range(16)) for _ in range(10_000)]
    assert sum(scrub(number) != number for number in drawn) < 1_000, "the check digit alone would take a tenth"


@given(st.text(max_size=300))
def test_any_text_is_read_and_what_was_masked_stays_masked(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)
