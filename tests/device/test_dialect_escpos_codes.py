"""The codes of items on a printed receipt: bar codes, and digits on a line of their own."""

from __future__ import annotations

import pytest
from fakes.printed_jobs import AT, CUT

from device.dialects.escpos import Decoder, item_code
from device.events import LineRung


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (b"\x1dk\x024006381333931\x00", "4006381333931"),
        (b"\x1dkC\x0c400638133393", "4006381333931"),
        (b"\x1dk\x0396385074\x00", "96385074"),
        (b"\x1dk\x04R00017\x00", ""),
        (b"\x1dkI\x08{B123456", ""),
    ],
)
def test_a_retail_bar_code_under_an_item_is_its_code(code: bytes, expected: str) -> None:
    decode = Decoder()
    events = decode.feed(b"Tea   3.10\n" + code + b"\nJam   1.90\nTOTAL  5.00\n\x1dk\x024006381333931\x00" + CUT, AT)
    assert [event.line.code for event in events if isinstance(event, LineRung)] == [expected, ""]


@pytest.mark.parametrize(
    "lines",
    [
        "Milk/4006381333931/ 2 x 1.50   3.00/Bread/4601234567893/ 1 x 2.00   2.00",
        "4006381333931/Milk/ 2 x 1.50   3.00/4601234567893/Bread/ 1 x 2.00   2.00",
        "Milk/ 2 x 1.50   3.00/4006381333931/Bread/ 1 x 2.00   2.00/4601234567893",
        "Milk   3.00/4006381333931/Bread   2.00/  4601234567893",
        "4006381333931/Milk   3.00/4601234567893/Bread   2.00",
    ],
)
def test_a_code_on_a_line_of_its_own_is_its_items(lines: str) -> None:
    job = f"SHOP/20260504/{lines}/TOTAL 5.00/CASH 5.00/".replace("/", "\n").encode()
    events = Decoder().feed(job + CUT, AT)
    assert [(event.line.name, event.line.code) for event in events if isinstance(event, LineRung)] == [
        ("Milk", "4006381333931"),
        ("Bread", "4601234567893"),
    ]


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("upca", "03600029145", "036000291452"),
        ("upca", "036000291452", "036000291452"),
        ("ean13", "4006381333932", "4006381333932"),
        ("ean13", "12", ""),
        ("ean13", "４００６３８１３３３９３", ""),
        ("code128", "4006381333931", ""),
    ],
)
def test_the_check_digit_that_a_printer_adds_is_added_and_none_is_repaired(kind: str, data: str, expected: str) -> None:
    assert item_code(kind, data) == expected
