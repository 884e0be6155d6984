"""Displays after noise: what a till's commands would change for good is back, and what a till means by them still holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fuzz.every_byte import RECORDINGS, options
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import decoder
from device.display.passthrough import BREAK_SECONDS
from device.display.profiles import PROFILES
from device.events import LineRung, plain
from device.replay import END

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
PRINTER, DISPLAY = b"\x1b=\x01", b"\x1b=\x02"
Painter = Callable[[bytes, bytes], bytes]

PAINTERS: dict[str, tuple[str, Painter]] = {
    "epson": ("epson", lambda top, below: b"\x0c\x1f$\x01\x01" + top + b"\x1f$\x01\x02" + below),
    "epson, never cleared": ("epson", lambda top, below: b"\x0b" + top.ljust(20) + below.ljust(20)),
    "epson, initialised": ("epson", lambda top, below: b"\x1b@" + top.ljust(20) + below),
    "epson, selected": ("epson", lambda top, below: DISPLAY + b"\x0c\x0b" + top.ljust(20) + below.ljust(20)),
    "cd5220": ("cd5220", lambda top, below: b"\x1bQA" + top + b"\r\x1bQB" + below + b"\r"),
    "cd5220, placed": ("cd5220", lambda top, below: b"\x0c\x1bl\x01\x01" + top + b"\x1bl\x01\x02" + below),
    "pos7300": ("pos7300", lambda top, below: b"\x1bFA" + top + b"\r\x1bFB" + below + b"\r"),
    "utc": ("utc", lambda top, below: b"\x1e\x10\x00" + top + b"\x10\x14" + below),
    "utc, enhanced": ("utc", lambda top, below: b"\x1buA" + top + b"\r\x1buB" + below + b"\r"),
    "utc_enhanced": ("utc_enhanced", lambda top, below: b"\x1buI" + top.ljust(20) + below + b"\r"),
    "aedex": ("aedex", lambda top, below: b"!#1" + top + b"\r!#2" + below + b"\r"),
    "adm787": ("adm787", lambda top, below: b"\x0e" + top + b"\x0f" + below),
    "icd2002": ("icd2002", lambda top, below: b"\x1b@\x1bU" + top + b"\x1bD" + below),
    "dsp800": ("dsp800", lambda top, below: b"\x04\x01C1X\x17" + top + b"\x04\x01PE\x17" + below),
    "logic_controls": ("logic_controls", lambda top, below: b"\x1f\x10\x00" + top + b"\x10\x14" + below),
    "logic_controls, moving up": ("logic_controls", lambda top, below: b"\r\n" + top + b"\r\n" + below),
    "vt100": ("vt100", lambda top, below: b"\x1b[2J\x1b[1;1H" + top + b"\x1b[2;1H" + below),
    "aures": ("aures", lambda top, below: b"\x02\x05C1\x03\x1b@\x1bt\x00\x1f\x02\x0c" + top + b"\r\n" + below),
}
each_way = pytest.mark.parametrize("way", sorted(PAINTERS))
SALE = ((b"WELCOME", b""), (b"COLA 0.5L", b"1.50"), (b"CHIPS PAPRIKA", b"2 x 2.25        4.50"), (b"TOTAL", b"6.00"))
PAID = ((b"CASH", b"10.00"), (b"TOTAL 6.00", b"CHANGE 4.00"), (b"WELCOME", b""))


class Till:
    """Heard as a lane hears it: in bursts, with the silences told."""

    def __init__(self, profile: str, **more: Any) -> None:
        self.decode = decoder("pole", {"profile": profile, **more})
        self.at = AT

    def say(self, told: bytes, silence: float = 0.5) -> list[dict[str, Any]]:
        events = self.decode.feed(told, self.at)
        events += self.decode.feed(b"", self.at + timedelta(seconds=min(silence, 0.1)))
        self.at += timedelta(seconds=silence)
        return [{name: value for name, value in plain(event).items() if name != "at"} for event in events]

    def sell(self, paint: Painter) -> list[dict[str, Any]]:
        return [event for screen in (*SALE, *PAID) for event in self.say(paint(*screen))]


@each_way
@settings(max_examples=25, deadline=None, database=None)
@given(data=st.data())
def test_no_command_of_a_profile_makes_a_lane_deaf(way: str, data: st.DataObject) -> None:
    profile, paint = PAINTERS[way]
    # To be silent is the only way back for a till that neither selects its display nor paints without ends of lines.
    select = [] if way == "aures" else [PRINTER, DISPLAY]
    codes = [code for code in PROFILES[profile] if way != "aures" or code != b"\x1b="]
    told = data.draw(st.lists(st.one_of(st.sampled_from([*codes, *select]), st.binary(max_size=3), st.just(b"COLA  1.50"))))
    till, clean = Till(profile), Till(profile)
    till.say(b"".join(told), data.draw(st.sampled_from([0.0, 5.0])))
    for _ in range(2):
        till.sell(paint), clean.sell(paint)
    assert till.sell(paint) == clean.sell(paint)


@pytest.mark.parametrize("silence", [0.0, 5.0])
@pytest.mark.parametrize(
    ("stem", "noise", "without"),
    [
        ("composed_utc", b"\x1bd", b""),
        ("composed_utc_enhanced", b"\x1b\x1e", b""),
        ("composed_utc_enhanced", b"\x1b\x0f\r", b""),
        ("composed_openbravo_epson", b"\x1f\x03", b""),
        ("composed_openbravo_epson", PRINTER, b""),
        ("composed_openbravo_epson", PRINTER, DISPLAY),
        ("composed_openbravo_epson", b"\x1f:", b""),
        ("composed_odoo_cd5220", PRINTER, b""),
        ("composed_odoo_cd5220", b"\x1b\x13", b""),
    ],
)
def test_the_first_receipt_after_a_command_of_noise_is_whole(stem: str, noise: bytes, without: bytes, silence: float) -> None:
    recording = RECORDINGS / "pole" / f"{stem}.bin"
    own: dict[str, Any] = {"profile": "epson", **options(recording)}
    told = recording.read_bytes().replace(without, b"") if without else recording.read_bytes()
    till, clean = Till(**own), Till(**own)
    if noise == b"\x1f:":
        silence = 5.0  # up to 80 bytes are a macro, or what comes before a silence
    assert not till.say(noise, silence)
    for _ in range(2):
        assert till.say(told, 5.0) == clean.say(told, 5.0) != []


@each_way
def test_a_till_that_once_selected_its_display_by_noise_is_heard_again(way: str) -> None:
    profile, paint = PAINTERS[way]
    till, clean = Till(profile), Till(profile)
    till.say(DISPLAY + PRINTER, BREAK_SECONDS + 1)
    assert till.sell(paint) == clean.sell(paint)
    if profile == "epson":
        till.say(DISPLAY + PRINTER)
        till.sell(paint), clean.sell(paint)
        assert till.sell(paint) == clean.sell(paint), "after so many paints, without a break"


@pytest.mark.parametrize("printed", sorted((RECORDINGS / "escpos").glob("*.bin")), ids=lambda path: path.stem)
@pytest.mark.parametrize("pause", [0.05, 0.5, 60.0])
def test_what_a_printer_is_sent_is_never_shown(printed: Path, pause: float) -> None:
    _, paint = PAINTERS["epson, selected"]
    till, receipt = Till("epson"), printed.read_bytes()
    first = till.sell(paint)
    for size in (len(receipt), 40):
        assert not till.say(PRINTER)
        picture = b"\x1dv0\x00\x30\x00\x40\x00" + Random(size).randbytes(0x30 * 0x40)
        for start in range(0, len(receipt), size):
            assert not till.say(picture + receipt[start : start + size], pause)
        assert till.sell(paint) == first, "and the display is spoken to again"


def test_what_a_till_prints_before_it_ever_shows_anything_is_not_shown_either() -> None:
    printed = b"\x1b@\x1ba\x01SHOP 17\n\x1ba\x00" + b"COLA 0.5L            1.50\n" * 30 + b"TOTAL  45.00\n\x1dVA\x03"
    till = Till("epson")
    assert not till.say(PRINTER + printed, 1.0)
    assert not till.say(printed, 1.0)
    assert till.sell(PAINTERS["epson, selected"][1])


@pytest.mark.parametrize("number", [0, 1, 4, 45, 255])
def test_a_number_of_no_device_leaves_the_printer_selected(number: int) -> None:
    _, paint = PAINTERS["epson"]
    till = Till("epson")
    till.sell(PAINTERS["epson, selected"][1])
    till.say(PRINTER)
    assert not till.say(b"\x1b=" + bytes([number]) + paint(b"COLA 0.5L", b"1.50"))


def test_a_display_that_is_told_its_mode_once_wants_an_option() -> None:
    def told(till: Till) -> list[str]:
        till.say(b"\x1b@\x1f\x02")
        screens = [till.say(b"\r\n" + name + b"\r\n" + price, 3.0) for name, price in ((b"COLA", b"1.50"), (b"TEA", b"2.00")) * 9]
        return [event["line"]["name"] for screen in screens for event in screen if event["event"] == "line"]

    assert told(Till("epson", scrolls=True)) == ["COLA", "TEA"] * 9
    assert told(Till("epson")) != ["COLA", "TEA"] * 9
    noisy = Till("epson", scrolls=True)
    noisy.say(b"\x1f\x01\x1f\x03")
    assert told(noisy) == ["COLA", "TEA"] * 9


def test_a_code_page_is_told_once_and_holds_but_not_from_a_flood() -> None:
    def name(till: Till) -> str:
        told = till.say(b"\x0cK\x84SE \x0d\n1.50") + till.say(b"\x0cTEA\r\n1.00")
        return next(event["line"]["name"] for event in told if event["event"] == "line")

    till = Till("epson")
    till.say(b"\x1b@\x1bt\x11\x1b!\x00\x1bz\x01", 900.0)
    assert name(till) == "KДSE", "a till may send a few unknown commands at power-on"
    till.say(b"\x1b@")
    assert name(till) == "KäSE"
    till.say(b"\x1bt\x11" + b"\x1bz" * 20)
    assert name(till) == "KäSE"
    held = Till("epson", charset="cp850")
    held.say(b"\x1bt\x11")
    assert name(held) == "KäSE"


def test_a_utc_display_is_read_however_it_goes_to_and_fro() -> None:
    till, seen = Till("utc"), []
    standard, enhanced = PAINTERS["utc"][1], PAINTERS["utc, enhanced"][1]
    for paint, told in (
        (standard, b""),
        (enhanced, b"\x1bd"),
        (standard, b"\x1b\x1e"),
        (enhanced, b""),
        (standard, b"\x1b\x0f\r"),
    ):
        till.say(told)
        seen += [till.decode.feed(paint(b"COLA", b"1.50"), till.at), till.decode.feed(paint(b"TEA", b"1.00"), till.at)]
        seen.append(till.decode.feed(b"", till.at + END))
    lines = [event.line.name for events in seen for event in events if isinstance(event, LineRung)]
    assert lines == ["COLA", "TEA"] * 5
    assert till.decode.skips.messages == 0
