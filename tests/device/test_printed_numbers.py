"""Numbers that a pattern has found: read faster, and never otherwise than in a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.printed import numbers

TEXTS = st.from_regex(r"\A[0-9]{1,11}([.,][0-9]{0,5})?\Z") | st.text("0123456789.,- x%()'٣€", max_size=9)


@given(TEXTS, st.sampled_from([0, 2, 3]), st.sampled_from(["auto", ".", ","]))
def test_alone_a_number_is_what_it_is_in_a_line(text: str, decimals: int, mark: str) -> None:
    assert numbers.alone(text, decimals, mark) == numbers.numbers(numbers.clean(text), decimals, mark)


@pytest.mark.parametrize(
    ("text", "decimals", "value"), [("3,98", 2, 39_800), ("1.234", 0, 12_340_000), ("1.234", 2, 12_340), ("7", 2, 70_000)]
)
def test_a_point_before_three_digits_parts_thousands_where_money_has_no_decimals(text: str, decimals: int, value: int) -> None:
    assert [number.value for number in numbers.alone(text, decimals)] == [value]
