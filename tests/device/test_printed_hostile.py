"""What a printed receipt may hold that is no item: people, absurd lengths, lines in any order."""

from __future__ import annotations

import re

import pytest
from fakes.printed_text import items, told
from hypothesis import given, settings
from hypothesis import strategies as st

from device.amounts import LIMIT
from device.events import (
    SaleEnded,
)
from device.printed import MAX_LINE, MAX_LINES, Layout
from device.tally import Tally

SOME = [
    "MILK 1L   1.20",
    "2 x 1.50",
    "TEA       3.00",
    "Coffee beans",
    "  9072317   1 X 3.90   3.90",
    "VOID TEA  3.00",
    "VOID",
    "DISCOUNT 1.00",
    "SUBTOTAL  4.20",
    "TOTAL     4.20",
    "GST 6%    0.24",
    "ROUNDING  0.02",
    "CASH     10.00",
    "CHANGE    5.80",
    "*** COPY ***",
    "GST SUMMARY",
    "-5.00",
    "@ 1.00",
    "0 x 0 = 0.00",
    "999999999999 x 999999999999.99   999999999999.99",
]


def test_nobody_is_named() -> None:
    text = """CASHIER: ANNA SMITH
    MEMBER NO 634004024012345678
    TEA  3.00
    CARD NO 4111 1111 1111 1111
    COFFEE 4111 1111 1111 1111  4.00
    CUSTOMER TEL +49 170 1234567
    BUN +49 170 1234567  2.00
    TOTAL  9.00
    VISA ************1111  9.00
    КАССИР ИВАНОВА"""
    for layout in (Layout(), Layout(live=True)):
        events, skipped = told(text, layout)
        assert len(items(events)) == 3
        said = repr(events) + repr(skipped)
        assert not [word for word in ("ANNA", "4111", "1111", "1234567", "6340", "ИВАНОВА") if word in said]


@pytest.mark.parametrize(
    "text",
    [
        "TEA\n999999999999 x 9999999.99",
        "TEA\n999,999,999,999,999 x 9999999.99",
        "TEA  999,999,999,999,999 x 0.00001  9999999999.99",
        "TEA 99999999999 kg @ 0.10  9999999999.90",
        "2 x 9999999999.99\nTEA",
    ],
)
def test_no_quantity_and_no_amount_is_beyond_belief(text: str) -> None:
    """Headquarters refuses a receipt of such a line, and with it the sale."""
    patterns = Layout(live=True, patterns=(r"^(?P<item>[A-Z]+)", r"(?P<qty>[\d,]+) x (?P<price>[\d.]+)"))
    for layout in (Layout(live=True), Layout(live=True, names="after"), Layout(), patterns):
        tally = Tally("EUR")
        events, _ = told(text + "\nTOTAL  1.00\nCASH  1.00", layout)
        for state in filter(None, map(tally.take, events)):
            assert all(one.quantity <= LIMIT and (one.amount or 0) <= LIMIT for one in state.lines)


def test_a_line_of_more_than_a_kilobyte_and_a_receipt_of_more_than_500_lines_are_not_read() -> None:
    events, skipped = told("A" * (MAX_LINE + 1) + "\nTEA  3.00\nTOTAL  3.00\nCASH  3.00")
    assert items(events) == [("TEA", 1000, 300)]
    assert skipped == ["a line is longer than 1024 characters"]
    events, skipped = told("TEA  3.00\n" * (MAX_LINES + 1))
    assert not events
    assert skipped == ["a receipt is longer than 500 lines: the rest of it is not read"]
    events, _ = told("TEA  3.00\n" * (MAX_LINES + 100), Layout(live=True))
    assert len(items(events)) == MAX_LINES


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(st.one_of(st.sampled_from(SOME), st.text(max_size=40)), max_size=30), st.booleans())
def test_of_any_lines_in_any_order_no_total_is_told_that_is_not_printed(lines: list[str], live: bool) -> None:
    text = "\n".join(lines)
    events, _ = told(text, Layout(live=live))
    ends = [event for event in events if isinstance(event, SaleEnded)]
    assert len(ends) <= 1 or live
    for end in ends:
        if end.total is not None:
            whole, minor = divmod(abs(end.total), 100)
            assert re.search(rf"(?<!\d){whole or '0?'}[.,]{minor:02}(?!\d)", re.sub(r"(?<=\d)[,.'](?=\d{3})", "", text))
