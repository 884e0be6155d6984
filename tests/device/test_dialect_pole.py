"""Displays: what commands do to the cells, and what is read there when they have settled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import decoder
from device.display.emulator import Display
from device.display.profiles import PROFILES
from device.display.reading import Reader, What
from device.errors import SettingsError
from device.events import LineRung, SaleBegan, plain
from device.replay import END

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)


class Skipped:
    def __init__(self) -> None:
        self.words: list[str] = []

    def add(self, size: int, why: str) -> None:
        del size
        self.words.append(why)


def shown(profile: str, *told: bytes, charset: str = "cp437") -> tuple[str, ...]:
    display = Display(profile, charset, Skipped(), lambda _: None)
    for piece in told:
        display.feed(piece)
    return display.screen.text()


def events(profile: str, *told: bytes, **options: Any) -> list[dict[str, Any]]:
    decode = decoder("pole", {"profile": profile, **options})
    found = [event for piece in told for event in decode.feed(piece, AT)] + decode.feed(b"", AT + END)
    return [{name: value for name, value in plain(event).items() if name != "at"} for event in found]


@pytest.mark.parametrize(
    ("profile", "told", "rows"),
    [
        ("epson", b"\x0cMILK\x1f\x24\x0b\x021.50", ("MILK", "          1.50")),
        ("epson", b"\x0c12\x1f\x2e350", ("123.50", "")),
        ("epson", b"\x0cSHOWN\x1b\x3d\x01printer\x1b@\n\x1b\x3d\x02 AGAIN", ("SHOWN AGAIN", "")),
        ("epson", b"\x0cA\x1b\x26\x01\x41\x42\x02xx\x03yyyB", ("AB", "")),
        ("epson", b"\x0cA\x1f\x28\x41\x03\x00xyzB", ("AB", "")),
        ("epson", b"\x0cA\x1f\x3ahidden\x1f\x3aB", ("AB", "")),
        ("epson", b"\x0c\x1b\x74\x11\x8c\xae\xab\xae\xaa\xae", ("Молоко", "")),
        ("cd5220", b"\x1b\x51\x41MILK\r\x1b\x51\x42 1.50\r", ("MILK", " 1.50")),
        ("pos7300", b"\x0c\x1b\x46\x41MILK\r\x1b\x46\x421.50\r", ("MILK", "1.50")),
        ("utc", b"\x1eMILK\x10\x141.50", ("MILK", "1.50")),
        ("utc", b"\x1e\x1b\x64\x1b\x75\x41MILK\r", ("MILK", "")),
        ("utc_enhanced", b"\x1b\x75\x49MILK                1.50\r", ("MILK", "1.50")),
        ("aedex", b"!#1MILK!\r!#21.50\r", ("MILK!", "1.50")),
        ("adm787", b"\x0eMILK\x0f1.50", ("MILK", "1.50")),
        ("icd2002", b"\x1b\x40\x1b\x55MILK\x1b\x43\x44\x031.50", ("MILK", "  1.50")),
        ("dsp800", b"\x04\x01\x43\x31\x58\x17MILK\x04\x01\x50\x45\x171.50", ("MILK", "1.50")),
        ("logic_controls", b"\x1f\x10\x00MILK\x10\x141.50", ("MILK", "1.50")),
        ("vt100", b"\x1b[2J\x1b[1;1HMILK\x1b[2;3H1.50", ("MILK", "  1.50")),
        ("aures", b"\x02\x05\x43\x31\x03\x0cMILK\r\n1.50", ("MILK", "1.50")),
    ],
)
def test_what_stands_on_the_glass(profile: str, told: bytes, rows: tuple[str, ...]) -> None:
    assert shown(profile, told) == rows
    assert shown(profile, *(bytes((byte,)) for byte in told)) == rows, "a byte at a time"


def test_a_letter_has_one_sign_however_often_it_is_told() -> None:
    display = Display("epson", "cp437", Skipped(), lambda _: None)
    display.feed(b"\x0c" + b"x" * 79 + b"\x1f\x2e5" + b"\x1f\x2e6" * 100_000)
    assert sum(map(len, display.screen.text())) <= 2 * 40


def test_a_sign_goes_with_its_letter() -> None:
    assert shown("epson", b"\x0c12\x1f\x2e350") == ("123.50", "")
    assert shown("epson", b"\x0c12\x1f\x2e350\x1f$\x03\x017") == ("12750", ""), "another letter has none"
    assert shown("epson", b"\x1f\x02\x0c\x1f$\x01\x0212\x1f\x2e350\x1f$\x01\x02\n") == ("123.50", ""), "rows move up with it"


@pytest.mark.parametrize(
    ("rows", "what", "facts"),
    [
        (("MILK 3.2%", "2 x 1.19        2.38"), What.ITEM, {"name": "MILK 3.2%", "quantity": 2000, "price": 119, "amount": 238}),
        (("Apples", "0.842 kg * 2.99 2.52"), What.ITEM, {"quantity": 842, "unit": "kg", "price": 299, "amount": 252}),
        (("Whole milk 1l     x2", "      1.19      2.38"), What.ITEM, {"quantity": 2000, "price": 119, "amount": 238}),
        (("COLA            1.50", "TOTAL           4.50"), What.ITEM, {"name": "COLA", "amount": 150, "sum": 450}),
        (("VOID COLA", "-1.50"), What.VOID, {"name": "COLA", "amount": 150}),
        (("COLA", "-1.50"), What.VOID, {"name": "COLA", "amount": 150}),
        (("СКИДКА", "10.00"), What.DISCOUNT, {"amount": 1000}),
        (("ИТОГО        1 234.50", ""), What.TOTAL, {"sum": 123_450}),
        (("Total           5.34", "To Pay:         5.34"), What.PAY, {"sum": 534}),
        (("Total           5.34", "Returned:       4.66"), What.END, {"sum": 534}),
        (("СДАЧА 4.58", "СПАСИБО!"), What.END, {}),
        (("Total 5.34", "Rückgeld 4.66"), What.END, {"sum": 534}),
        (("Summe 5.34 Wechselgeld", "4.66"), What.END, {}),
        (("Porte-monnaie cuir", "5.00"), What.ITEM, {"name": "Porte-monnaie cuir", "amount": 500}),
        (("COLA STORNIERT", "1.50"), What.VOID, {"name": "COLA", "amount": 150}),
        (("DELETING COLA", "1.50"), What.VOID, {"name": "COLA", "amount": 150}),
        (("Willkommen", ""), What.IDLE, {}),
    ],
)
def test_what_a_person_reads(rows: tuple[str, ...], what: What, facts: dict[str, Any]) -> None:
    seen = Reader(2, (), {}).read(rows)
    assert seen is not None
    assert seen.what is what
    assert {name: getattr(seen, name) for name in facts} == facts


@pytest.mark.parametrize(
    "rows", [("12:45", "04.05.2026"), ("FRESH BREAD EVERY DAY", ""), ("", ""), ("1.50", ""), ("50% OFF TODAY", "")]
)
def test_clocks_and_advertisements_are_nothing(rows: tuple[str, ...]) -> None:
    assert Reader(2, (), {}).read(rows) is None


def paint(top: str, below: str) -> bytes:
    return b"\x0c" + top.ljust(20).encode() + below.encode()


def test_a_repaint_is_nothing_and_another_quantity_is_no_other_line() -> None:
    told = events("epson", paint("WELCOME", ""), paint("COLA", "1 x 1.50"), paint("COLA", "1 x 1.50"), paint("COLA", "3 x 1.50"))
    assert [event["event"] for event in told] == ["began", "line", "changed"]
    assert told[2]["quantity"] == 3000


def test_the_same_item_after_another_is_another_line() -> None:
    told = events("epson", paint("COLA", "1.50"), paint("CHIPS", "2.00"), paint("COLA", "1.50"))
    assert [event["line"]["name"] for event in told] == ["COLA", "CHIPS", "COLA"]


def test_what_the_display_shows_after_a_void_is_the_line_before() -> None:
    told = events("epson", paint("COLA", "1.50"), paint("CHIPS", "2.00"), paint("VOID CHIPS", "-2.00"), paint("COLA", "1.50"))
    assert [event["event"] for event in told] == ["line", "line", "voided"]


def test_a_greeting_without_paying_leaves_the_sale_as_the_shop_says() -> None:
    told = (paint("COLA", "1.50"), paint("WELCOME", ""))
    assert events("epson", *told)[-1] == {"event": "ended", "phase": "cancelled"}
    assert events("epson", *told, left="suspended")[-1] == {"event": "ended", "phase": "suspended"}


def test_a_feed_that_is_joined_in_the_middle_begins_no_sale() -> None:
    decode = decoder("pole")
    first = decode.feed(paint("COLA", "1.50"), AT) + decode.feed(b"", AT + timedelta(seconds=1))
    assert [type(event) for event in first] == [LineRung]
    later = decode.feed(paint("WELCOME", "") + paint("COLA", "1.50"), AT + timedelta(seconds=9)) + decode.feed(b"", AT + END)
    assert SaleBegan in [type(event) for event in later]


def test_lines_of_text_are_not_for_a_display() -> None:
    decode = decoder("pole")
    for _ in range(50):
        decode.feed(b"COLA 0.5L          1.50\r\n", AT)
    assert decode.skips.bytes > 800


@pytest.mark.parametrize("options", [{"charset": "cp0"}, {"words": {"nothing": ["x"]}}, {"profile": "epsom"}])
def test_a_wrong_option_is_told(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"charset|role|epsom"):
        decoder("pole", options)


@pytest.mark.parametrize("profile", sorted(PROFILES))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_commands_and_noise_tell_the_same_however_they_come(profile: str, data: st.DataObject) -> None:
    word = st.sampled_from([*PROFILES[profile], b"COLA 0.5L", b"   1.50", b"TOTAL 3.00", b"2 x 1.50", b"\x1b", b"\x1b["])
    told = b"".join(data.draw(st.lists(st.one_of(word, st.binary(max_size=4)), max_size=40)))
    charset = data.draw(st.sampled_from(["cp437", "cp866", "utf-8", "cp949"]))
    whole = events(profile, told, charset=charset)
    size = data.draw(st.integers(1, 9))
    assert events(profile, *(told[at : at + size] for at in range(0, len(told), size)), charset=charset) == whole
