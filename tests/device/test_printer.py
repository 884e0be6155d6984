"""The stream to a receipt printer, taken apart: each family's lengths, any split, nothing declared that is believed too long."""

from __future__ import annotations

import random
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.printer.detect import detect
from device.printer.families import FAMILIES
from device.printer.tokenizer import MAX_COMMAND, MAX_LINE, Tokenizer
from device.printer.tokens import (
    Barcode,
    CodePage,
    Cut,
    DoubleByte,
    Drawer,
    Foreign,
    Gap,
    Image,
    LineEnd,
    Overlong,
    QrCode,
    Reset,
    Text,
    Token,
    Unknown,
)

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
ENCODER = RECORDINGS / "mike42__escpos-php"
BRAZIL = RECORDINGS / "mazinsw__escpos"
STREAMS = sorted(ENCODER.glob("*.bin"))
FRAGMENTS = sorted(BRAZIL.glob("*.bin"))
needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="there are no recordings beside this folder")
PRINTED = "left|center|right|test|all|styles|condensed|expanded|bold|text|(double|width|height|bold|[+])+"
PRINTER_OF = {
    "DR700": "daruma",
    "daruma": "daruma",
    "MP-4200": "bematech",
    "Diebold": "diebold",
    "IM453": "diebold",
    "I9": "elgin",
    "CMP-20": "cmp",
    "DT200": "elgin",
}


def tokens(data: bytes, family: str = "epson", charset: str = "") -> list[Token]:
    tokenizer = Tokenizer(family, charset)
    return tokenizer.feed(data) + tokenizer.cut_off()


def text(data: bytes, family: str = "epson", charset: str = "") -> str:
    told = {Text: lambda one: one.text, LineEnd: lambda one: "\n", Gap: lambda one: "\t"}
    return "".join(told[type(one)](one) for one in tokens(data, family, charset) if type(one) in told)


def family_of(path: Path) -> str:
    return next((family for mark, family in PRINTER_OF.items() if mark in path.name), "epson")


@pytest.mark.parametrize(
    ("family", "data", "expected"),
    [
        ("epson", b"\x1b@", [Reset()]),
        ("epson", b"A\x1bE\x01B\x1b!\x20C\n", [Text("ABC"), LineEnd()]),
        ("epson", b"\x1dV\x00\x1dV1\x1dVA\x03\x1bi\x1bm", [Cut()] * 5),
        ("epson", b"\x1bp0<x\x1bp\x00\x19\xfa", [Drawer()] * 2),
        ("epson", b"Milk\x1b$\x40\x011.50\tx", [Text("Milk"), Gap(), Text("1.50"), Gap(), Text("x")]),
        ("epson", b"\x1bt\x11\x8f\x90\x8e", [CodePage(17), Text("ПРО")]),
        ("epson", b"\x1bt\x49\xcf", [CodePage(73), Text("П")]),
        ("epson", b"\x1bt\x2e\xcf\x1b@\x80", [CodePage(46), Text("П"), Reset(), Text("Ç")]),
        ("epson", b"\x1c&\xc4\xe3\x1c.\x80", [DoubleByte(on=True), Text("你"), DoubleByte(on=False), Text("Ç")]),
        ("epson", b"\x1dk\x024006381333931\x00A", [Barcode("ean13", "4006381333931"), Text("A")]),
        ("epson", b"\x1dkC\x0c400638133393A", [Barcode("ean13", "400638133393"), Text("A")]),
        ("epson", b"\x1dkI\x08{BAb{C\x0c\x22", [Barcode("code128", "Ab1234")]),
        ("epson", b"\x1dks\x0a2210714019\r\n", [Barcode("type 115", "2210714019"), LineEnd(), LineEnd()]),
        ("epson", b"\x1dk\x04AB\x1b@", [Barcode("code39", "AB"), Reset()]),
        ("epson", b"\x1d(k\x05\x001P0hi\x1d(k\x03\x001Q0", [QrCode("hi")]),
        ("epson", b"\x1dv0\x00\x02\x00\x03\x00" + b"\x1bABCDE" + b"x", [Image(6), Text("x")]),
        ("epson", b"\x1b*\x21\x02\x00\n\n\n\n\n\nx\x1b*\x00\x02\x00\n\nx", [Image(6), Text("x"), Image(2), Text("x")]),
        ("epson", b"\x1b&\x03\x20\x21\x02\n\n\n\n\n\n\x01\n\n\nx", [Text("x")]),
        ("epson", b"\x1cq\x02\x01\x00\x01\x00" + b"\n" * 8 + b"\x01\x00\x02\x00" + b"\n" * 16 + b"x", [Image(24), Text("x")]),
        ("epson", b"\x1b&0\x180x", [Unknown(2), Text("00x")]),
        ("epson", b"\x1bD\x08\x10\x18\x00A\x1bD\x20\x05B\n", [Text("A"), Unknown(1), Text("B"), LineEnd()]),
        ("epson", b"\x1ba\x20\x1b!\x21  \r\n", [Text("  "), LineEnd(), LineEnd()]),
        ("epson", b"\x1b\x1b@\x1d\x00x", [Unknown(1), Reset(), Unknown(1), Text("x")]),
        ("epson", b"\x10\x04\x01\x10\x14\x01\x00\x01x", [Drawer(), Text("x")]),
        ("star", b"\x1bd\x02\x1ba\x04\x07", [Cut(), LineEnd(), Drawer()]),
        ("star", b"\x1bEA\x1bF\x1bi\x01\x01B\x1bW\x00\n", [Text("AB"), LineEnd()]),
        ("star", b"\x1b\x1dt\x0a\x80\x1b\x1da\x01", [CodePage(10), Text("А")]),
        ("star", b"\x1bb\x03\x02\x02\x504006381333931\x1ex", [Barcode("ean13", "4006381333931"), Text("x")]),
        ("star", b"\x1b\x1dyD1\x00\x02\x00hi\x1b\x1dyP", [QrCode("hi")]),
        ("star", b"\x1b*rAb\x02\x00\n\x1bk\x01\x00x\x1b*rP0\x00\x1b*rBx", [Image(2), Image(1), Text("x")]),
        ("bematech", b"\x1bEbold\x1bF\x1b4\x1b5\x0f\x12", [Text("bold")]),
        ("bematech", b"\x1d\xf951\x1bE\x01b\x1d\xf950\x1bEb", [Text("b"), Text("b")]),
        ("bematech", b"\x1dkQ\x02\x08\x00\x01\x05\x00hi\x1ba0x", [QrCode("hi"), Text("x")]),
        ("daruma", b"\x1bj1x\x1bb\x01\x02\x5a\x004006381333931\x00", [Text("x"), Barcode("ean13", "4006381333931")]),
        ("daruma", b"\x1bp\x1b\x81\x04\x00\x04Mhi\n", [Drawer(), QrCode("hi"), LineEnd()]),
        ("elgin", b"\x1bw\x1bv2\x1bW\x01\x1bd\x01x", [Cut(), Drawer(), Text("x")]),
        ("diebold", b"\x1b&0\x180\x1b|3Z\x12\x00\x03123x", [Drawer(), Barcode("code128", "123"), Text("x")]),
        ("cmp", b"\x0e\x1bd1wide\x1bd0\x14", [Text("wide")]),
    ],
)
def test_each_family_has_its_own_lengths(family: str, data: bytes, expected: list[Token]) -> None:
    found = Tokenizer(family).feed(data)
    one = Tokenizer(family)
    assert [token for byte in data for token in one.feed(bytes([byte]))] == found
    rest = tokens(data, family)
    # A run of text is told when something else follows, or nothing does.
    assert rest[: len(expected)] == expected


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([b"\x1b", b"\x1d", b"\x1c", b"\x10", b"\x1dk", b"\x02", b"ab"]))),
    st.data(),
)
def test_any_bytes_give_the_same_tokens_however_they_are_split(family: str, pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    whole = tokens(stream, family)
    one = Tokenizer(family)
    at = data.draw(st.integers(0, len(stream)))
    assert one.feed(stream[:at]) + one.feed(stream[at:]) + one.cut_off() == whole
    one = Tokenizer(family)
    assert [token for byte in stream for token in one.feed(bytes([byte]))] + one.cut_off() == whole


def test_a_frame_of_a_payment_terminal_is_dropped_with_its_check_byte() -> None:
    frame = b"\x02D1\x1c\x1c4111111111111111\x1c\x03"
    check = 0
    for byte in frame[1:]:
        check ^= byte
    assert tokens(b"A" + frame + b"B") == [Text("A"), Foreign(len(frame)), Text("B")]
    assert tokens(b"A" + frame + bytes([check]) + b"B") == [Text("A"), Foreign(len(frame)), Text("B")]


def test_a_stray_frame_mark_costs_its_line_and_no_more() -> None:
    assert text(b"\x02MILK 1.00\nBREAD 2.00\n") == "\nBREAD 2.00\n"


@pytest.mark.parametrize(
    "head", [b"\x1d8L\xff\xff\xff\xff", b"\x1dv0\x00\xff\xff\xff\xff", b"\x1d(L\xff\xff", b"\x1b&\x06\x20\x7e"]
)
def test_a_length_is_not_believed_beyond_the_silence_behind_it(head: bytes) -> None:
    tokenizer = Tokenizer()
    tokenizer.feed(head + b"MILK 1.00\n")
    assert Unknown(1) in tokenizer.cut_off()
    assert tokenizer.feed(b"BREAD 2.00\n") == [Text("BREAD 2.00"), LineEnd()]


def test_gigabytes_may_be_declared_and_megabytes_sent_and_nothing_is_stored() -> None:
    tokenizer = Tokenizer()
    block = random.Random(1).randbytes(1 << 16)
    tracemalloc.start()
    found = tokenizer.feed(b"\x1d8L\x00\x00\x40\x00")
    for _ in range(64):
        found += tokenizer.feed(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [Overlong((1 << 22) - MAX_COMMAND), Image(1 << 22)]
    assert peak < 1 << 18
    assert tokenizer.feed(b"x\n") == [Text("x"), LineEnd()]


def test_a_line_without_end_is_cut_and_counted() -> None:
    found = tokens(b"x" * (MAX_LINE + 7) + b"\ny\n")
    assert found == [Text("x" * MAX_LINE), Overlong(7), LineEnd(), Text("y"), LineEnd()]


@pytest.mark.parametrize(
    ("charset", "data", "expected"),
    [
        ("cp949", "감자 1,500".encode("cp949"), "감자 1,500"),
        ("utf-8", b"\x1bt\x10" + "Café €".encode(), "Café €"),
        ("cp866", "Молоко".encode("cp866"), "Молоко"),
        ("cp949", b"\xb0", "\ufffd"),
    ],
)
def test_a_charset_that_nobody_announces_is_an_option(charset: str, data: bytes, expected: str) -> None:
    assert text(data, charset=charset) == expected


@needs_recordings
@pytest.mark.shared
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_an_encoders_streams_hold_no_unknown_command(path: Path) -> None:
    found = tokens(path.read_bytes())
    assert not [token for token in found if isinstance(token, Unknown | Overlong | Foreign)]
    assert sum(isinstance(token, Cut) for token in found) == (14 if path.stem == "demo" else 1)
    assert sum(isinstance(token, Text) for token in found) > 1
    assert Tokenizer().feed(path.read_bytes())[-1] in {Cut(), Drawer()}


@needs_recordings
@pytest.mark.shared
@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.stem)
def test_fragments_for_printers_of_brazil_leave_no_stray_character(path: Path) -> None:
    found = tokens(path.read_bytes(), family_of(path))
    assert not [token for token in found if isinstance(token, Unknown | Overlong | Foreign)]
    said = text(path.read_bytes(), family_of(path)).split()
    assert all(re.fullmatch(PRINTED, word) for word in said)
    assert sum(isinstance(token, Cut) for token in found) == ("cutter" in path.name)
    assert sum(isinstance(token, Drawer) for token in found) == (2 if "esc_pos" in path.name else "drawer" in path.name)
    assert sum(isinstance(token, Barcode) for token in found) == ("barcode" in path.name)


@needs_recordings
@pytest.mark.shared
@pytest.mark.parametrize("path", FRAGMENTS + STREAMS, ids=lambda path: path.stem)
def test_the_family_that_a_stream_was_made_for_scores_best(path: Path) -> None:
    scores = detect(path.read_bytes())
    right = next(score for score in scores if score.family == family_of(path))
    assert right.points == scores[0].points
    assert not right.unknown
    assert not right.stray


@needs_recordings
@pytest.mark.shared
def test_the_family_is_told_by_what_only_it_says() -> None:
    def best(name: str) -> str:
        return detect((BRAZIL / name).read_bytes())[0].family

    assert best("align_DR700.bin") == "daruma"
    assert best("drawer_IM453.bin") == "diebold"
    assert best("write_all_styles_MP-4200_TH.bin") == "bematech"
    assert detect((ENCODER / "demo.bin").read_bytes())[0].family == "epson"


def test_a_star_receipt_is_told_from_epsons() -> None:
    receipt = b"\x1b@\x1b\x1dt\x01\x1bi\x01\x01SHOP\x1bi\x00\x00\n\x1bEMilk  1.00\x1bF\nTOTAL  1.00\n\x1ba\x03\x1bd\x02\x07"
    scores = detect(receipt)
    assert (scores[0].family, scores[0].points) == ("star", 0)
    assert scores[1].points < -3


def test_noise_is_scored_and_not_searched_for_long() -> None:
    assert {score.family for score in detect(random.Random(7).randbytes(1 << 16))} == set(FAMILIES)
