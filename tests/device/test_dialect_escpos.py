"""Receipts on their way to the printer: what was bought is told when it is printed, once, and nothing else is."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.printed_jobs import AT, CUT, TEA, ended, rung
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import decoder, read_options, wrong
from device.dialects.escpos import MAX_JOB, Decoder, Options
from device.domain import Phase
from device.errors import SettingsError
from device.events import DiscountGiven, LineVoided, SaleBegan, SaleEnded, SubtotalTold, Tendered
from device.installer.detect import guesses
from device.printed import Layout
from device.printer.tokenizer import MAX_LINE

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"

ENCODER = RECORDINGS / "mike42__escpos-php"

BRAZIL = RECORDINGS / "mazinsw__escpos"

needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="there are no recordings beside this folder")

DRAWER = b"\x1bp0<x"

JAM = b"Strawberry jam        1.90\nTOTAL                 1.90\nCASH                  1.90\n"


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@needs_recordings
@pytest.mark.shared
def test_a_receipt_with_a_logo_is_read_with_the_layout_that_every_site_begins_with() -> None:
    decode = Decoder()
    data = (ENCODER / "receipt-with-logo.bin").read_bytes()
    before_the_cut = decode.feed(data[: data.index(CUT)], AT)
    at_the_cut = decode.feed(CUT, AT)
    assert before_the_cut == []
    assert [amount for _, amount in rung(at_the_cut)] == [400, 350, 100, 445]
    assert [event.amount for event in at_the_cut if isinstance(event, SubtotalTold)] == [1295]
    assert ended(at_the_cut) == [(Phase.CLOSED, 1425)]
    assert decode.feed(DRAWER, AT) + decode.feed(b"", later(99)) == []
    assert decode.skips.messages == 0


@needs_recordings
@pytest.mark.shared
@pytest.mark.parametrize(
    "path", [path for path in sorted(ENCODER.glob("*.bin")) if path.stem != "receipt-with-logo"], ids=lambda path: path.stem
)
def test_what_is_no_receipt_gives_nothing(path: Path) -> None:
    decode = Decoder()
    assert decode.feed(path.read_bytes(), AT) + decode.feed(b"", later(99)) == []


@needs_recordings
@pytest.mark.shared
@pytest.mark.parametrize("printer", ["epson", "star", "bematech", "daruma", "elgin", "diebold", "cmp"])
def test_fragments_for_other_printers_give_nothing_and_end(printer: str) -> None:
    decode = decoder("escpos", {"printer": printer})
    seconds = 0
    for path in sorted(BRAZIL.glob("*.bin")):
        seconds += 5
        assert decode.feed(path.read_bytes(), later(seconds)) == []
    cut = b"\x1bd\x02" if printer == "star" else CUT
    assert decode.feed(TEA + cut, later(seconds + 99))[-1] == SaleEnded(at=later(seconds + 99), total=310)


@pytest.mark.parametrize("end", [CUT, b"\x1dV\x00", b"\x1bi", b"\x1bm", DRAWER])
def test_a_cut_or_the_drawer_ends_a_receipt(end: bytes) -> None:
    decode = Decoder()
    events = decode.feed(TEA + end, AT)
    assert isinstance(events[0], SaleBegan)
    assert rung(events) == [("Tea 100 bags", 310)]
    assert [(event.means, event.amount) for event in events if isinstance(event, Tendered)] == [("cash", 310)]
    assert ended(events) == [(Phase.CLOSED, 310)]
    assert decode.feed(end, AT) + decode.feed(b"", later(99)) == []


def test_the_drawer_before_or_within_a_receipt_ends_nothing() -> None:
    decode = Decoder()
    first, rest = TEA.split(b"TOTAL")
    assert decode.feed(DRAWER + first + DRAWER, AT) == []
    assert rung(decode.feed(b"TOTAL" + rest + CUT, AT)) == [("Tea 100 bags", 310)]


@pytest.mark.parametrize("told", [True, False])
def test_silence_ends_a_receipt_whose_total_is_printed(told: bool) -> None:
    decode = Decoder()
    assert decode.feed(TEA, AT) + decode.feed(b"", later(1.9)) == []
    events = decode.feed(b"", later(2)) if told else decode.feed(b"\n", later(30))
    assert rung(events) == [("Tea 100 bags", 310)]
    assert rung(decode.feed(JAM + CUT, later(40))) == [("Strawberry jam", 190)]


def test_a_sale_may_be_printed_as_several_jobs_with_pauses() -> None:
    decode = Decoder()
    name, figures = b"Tea 100 ba", b"gs          3.10\n"
    assert decode.feed(b"\x1b@" + name, AT) + decode.feed(b"", later(3)) + decode.feed(figures, later(5)) == []
    events = decode.feed(b"\x1b@Jam  1.90\nTOTAL  5.00\n" + CUT, later(9))
    assert rung(events) == [("Tea 100 bags", 310), ("Jam", 190)]


def test_lines_without_a_total_are_not_inherited_for_ever() -> None:
    decode = Decoder()
    assert decode.feed(b"Tea 100 bags   3.10\n", AT) == []
    events = decode.feed(JAM + CUT, later(61))
    assert rung(events) == [("Strawberry jam", 190)]


def test_an_unfinished_command_does_not_swallow_the_next_receipt() -> None:
    decode = Decoder()
    assert decode.feed(b"\x1d8L\xff\xff\xff\xff" + TEA, AT) == []
    assert rung(decode.feed(JAM + CUT, later(3))) == [("Strawberry jam", 190)]
    assert decode.skips.messages >= 2


def test_a_void_is_taken_off_and_a_discount_told() -> None:
    events = Decoder().feed(
        b"Tea           3.10\nShortbread    2.40\nVOID Shortbread   -2.40\nDiscount     -0.10\nTOTAL        3.00\nCASH   3.00\n"
        + CUT,
        AT,
    )
    assert rung(events) == [("Tea", 310), ("Shortbread", 240)]
    assert [(event.name, event.amount) for event in events if isinstance(event, LineVoided)] == [("Shortbread", 240)]
    assert [event.amount for event in events if isinstance(event, DiscountGiven)] == [10]
    assert ended(events) == [(Phase.CLOSED, 300)]


def test_lines_that_do_not_add_up_are_no_items_and_said_so() -> None:
    decode = Decoder()
    events = decode.feed(b"Tea   3.10\nJam   1.90\nTOTAL  7.00\n" + CUT, AT)
    assert rung(events) == []
    assert "add up" in decode.skips.last or "certain" in decode.skips.last


@pytest.mark.parametrize(
    "job",
    [
        b"*** COPY ***\n" + TEA,
        b"X REPORT\nCash  5.00\nCard 13.50\nTOTAL 18.50\n",
        b"Z REPORT\nTOTAL 18.50\n",
        b"CARD PAYMENT\nVISA ************1111\nAMOUNT 3.10\nAPPROVAL CODE 123456\nMERCHANT COPY\n",
        b"CASH IN\nFLOAT   100.00\nTOTAL   100.00\n",
        b"No sale\n",
        b"Opening hours 9.00 to 18.00\nWifi: guest\n",
    ],
)
def test_copies_reports_slips_and_plain_text_are_no_sale(job: bytes) -> None:
    decode = Decoder()
    assert decode.feed(job + CUT, AT) == []
    assert rung(decode.feed(TEA + CUT, AT)) == [("Tea 100 bags", 310)]


def test_a_shop_may_print_each_receipt_twice() -> None:
    decode = Decoder(Options(copies=2))
    events = [event for mark in (b"CUSTOMER\n", b"SHOP\n") * 2 for event in decode.feed(TEA + mark + CUT + DRAWER, AT)]
    assert rung(events) == [("Tea 100 bags", 310)] * 2, "two sales of the same goods, two prints each"
    assert decode.skips.messages == 2
    assert rung(decode.feed(JAM + CUT, AT)) == [("Strawberry jam", 190)]
    assert len(rung([event for _ in range(2) for event in Decoder().feed(TEA + CUT, AT)])) == 2


def test_a_till_that_prints_pictures_is_told_in_one_sentence() -> None:
    decode = Decoder()
    assert decode.feed(b"\x1b@\x1dv0\x00\x30\x00\x02\x00" + b"\x55" * 96 + b"\n" + CUT, AT) == []
    assert (decode.skips.messages, decode.skips.bytes) == (1, 0)
    assert decode.skips.last == "this till prints pictures: there is no text in them to read"


@pytest.mark.parametrize(
    ("name", "printer"), [("composed_day", None), ("composed_star", "star"), ("composed_russian_cp866", None)]
)
def test_the_installers_search_names_the_family(name: str, printer: str | None) -> None:
    data = (Path(__file__).parent / "recordings" / "escpos" / f"{name}.bin").read_bytes()
    best = guesses([(data, AT)])[0]
    assert (best.dialect, best.options.get("printer")) == ("escpos", printer)


def test_commands_of_another_family_are_told_with_the_option_to_look_at() -> None:
    decode = Decoder()
    decode.feed(b"\x1bj0left\r\n", AT)
    assert decode.skips.last == "a command that no printer of the family 'epson' has: is the option 'printer' right?"


def test_a_receipt_of_more_text_than_any_is_cut_and_the_next_one_read() -> None:
    decode = Decoder()
    decode.feed((b"x" * 99 + b"\n") * (MAX_JOB // 90) + CUT, AT)
    assert decode.skips.messages
    assert rung(decode.feed(TEA + CUT, AT)) == [("Tea 100 bags", 310)]


def test_people_and_cards_are_nowhere() -> None:
    job = (
        b"Cashier: Mary Poppins\nMember 7700123456789\nTel +7 900 123-45-67\n\x02D1\x1c4111111111111111\x1c\x03"
        b"Tea 100 bags    3.10\nTOTAL   3.10\nVISA 4111111111111111  3.10\n\x1dkI\x12{B4111111111111111\n" + CUT
    )
    decode = Decoder()
    told = repr(decode.feed(job, AT)) + repr(decode.skips)
    assert "Tea 100 bags" in told
    for secret in ("Poppins", "Mary", "4111", "7700123456789", "123-45-67"):
        assert secret not in told


def test_a_display_on_the_printers_cable_rings_nothing() -> None:
    decode = Decoder()
    show = b"\x1b=\x02\x0cJam          1.90\x1f$\x01\x02TOTAL        1.90\n\x1b=\x01"
    assert decode.feed(show + show, AT) + decode.feed(b"", later(9)) == []
    assert rung(decode.feed(show + TEA + show + CUT, later(99))) == [("Tea 100 bags", 310)]
    assert decode.skips.messages == 0


def test_a_line_that_never_ends_takes_bounded_memory() -> None:
    decode = Decoder()
    for pause in range(1, 100):
        decode.feed(b"\t" * 5000 + b"x\t" * 5000, later(3 * pause))
    assert sum(map(len, decode._line)) < 3 * MAX_LINE


def test_a_clock_that_jumps_back_ends_nothing() -> None:
    decode = Decoder()
    first, rest = TEA.split(b"TOTAL")
    assert decode.feed(first, AT) == []
    assert rung(decode.feed(b"TOTAL" + rest + CUT, later(-3600))) == [("Tea 100 bags", 310)]


def test_options_are_checked_and_told() -> None:
    assert wrong("escpos", {"printer": "star", "charset": "cp866", "layout": {"decimals": 0}}) == []
    assert "there is no charset 'klingon' of a printer" in wrong("escpos", {"charset": "klingon"})[0]
    assert "there is no charset 'utf-16' of a printer" in wrong("escpos", {"charset": "utf-16"})[0]
    assert wrong("escpos", {"printer": "epsom"})
    assert read_options("escpos", ["charset=cp949", 'layout={"decimals": 0}'])["layout"] == {"decimals": 0}
    with pytest.raises(SettingsError):
        decoder("escpos", {"unfinished_seconds": 1})


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from(
                [TEA, JAM, CUT, DRAWER, b"\x1b@", b"\n", b"TOTAL 3.10\n", b"\x1d8L", b"\x02", b"\x1dk\x02", b"\x1bt\x11"]
            ),
        ),
        max_size=12,
    ),
    st.integers(1, 9),
)
def test_whatever_comes_the_next_receipt_after_a_silence_is_whole(pieces: list[bytes], size: int) -> None:
    whole, cut = Decoder(), Decoder()
    stream = b"".join(pieces)
    told = whole.feed(stream, AT)
    assert told == [event for at in range(0, len(stream), size) for event in cut.feed(stream[at : at + size], AT)]
    whole.feed(b"", later(99))
    events = whole.feed(b"\x1b@" + TEA + CUT, later(199))
    assert rung(events)[-1:] == [("Tea 100 bags", 310)]
    assert ended(events)[-1] == (Phase.CLOSED, 310)


def test_live_tills_are_read_line_by_line() -> None:
    decode = Decoder(Options(layout=Layout(live=True)))
    assert rung(decode.feed(b"Tea 100 bags          3.10\n\n", AT) + decode.feed(b"", later(2))) == [("Tea 100 bags", 310)]
