"""Text lines: the knobs of a recorder, silence, joins in the middle, and real receipts as plain text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects import decoder
from device.dialects.linetext import Decoder, Options
from device.domain import Phase
from device.errors import SettingsError
from device.events import LineRung, PosEvent, SaleBegan, SaleEnded
from device.installer.replay import replay
from device.replay import END

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
SROIE = Path(__file__).resolve().parents[3] / "shared" / "recordings" / "zzzDavid__ICDAR-2019-SROIE" / "receipts.jsonl"
RECEIPT = "TEA  3.00\nBUN  2.00\nTOTAL  5.00\nCASH  10.00\nCHANGE  5.00\n"


def names(events: list[PosEvent]) -> list[str | None]:
    return [event.line.name for event in events if isinstance(event, LineRung)]


def fed(text: str | bytes, **options: object) -> list[PosEvent]:
    decode = decoder("linetext", options)
    return decode.feed(text.encode() if isinstance(text, str) else text, AT) + decode.feed(b"", AT + END)


@pytest.mark.parametrize(
    ("delimiters", "text"),
    [
        (["\r\n"], RECEIPT.replace("\n", "\r\n")),
        (["|"], RECEIPT.replace("\n", "|")),
        (["hex:7C"], RECEIPT.replace("\n", "|")),
        (["hex: 0D 0A"], RECEIPT.replace("\n", "\r\n")),
        (["0x0D0A", "0x7C"], RECEIPT.replace("\n", "|", 2).replace("\n", "\r\n")),
        (["<br>"], RECEIPT.replace("\n", "<br>")),
        (["ab", "a"], RECEIPT.replace("\n", "ab", 2).replace("\n", "a")),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_any_of_the_delimiters_ends_a_line(delimiters: list[str], text: str, size: int) -> None:
    decode = decoder("linetext", {"delimiters": delimiters})
    events = [event for start in range(0, len(text), size) for event in decode.feed(text[start : start + size].encode(), AT)]
    events += decode.feed(b"", AT + END)
    assert names(events) == ["TEA", "BUN"]
    assert events[-1] == SaleEnded(at=AT + END, total=500)


def test_a_line_that_carriage_return_ends_is_told_before_the_next_byte() -> None:
    decode = decoder("linetext", {"live": True})
    assert names(decode.feed(b"TEA  3.00\r", AT)) == ["TEA"]
    assert names(decode.feed(b"\nBUN  2.00\r\n", AT)) == ["BUN"]


@pytest.mark.parametrize("charset", ["cp1251", "cp866", "koi8-r", "utf-8", "utf-16-le"])
def test_the_charset_of_the_text(charset: str) -> None:
    text = "Чай  3.00\nИТОГ  3.00\nНАЛИЧНЫМИ  3.00\n"
    assert names(fed(text.encode(charset), charset=charset)) == ["Чай"]


def test_a_start_in_hexadecimal_is_these_bytes_and_not_a_pattern() -> None:
    text = "\x02.*\nTEA  3.00\nTOTAL  3.00\nCASH  3.00\n\x03\nBUN  2.00\n\x02\n"
    events = fed(text, start="hex:02", end="hex:03")
    assert names(events) == ["TEA"]


def test_lines_outside_of_receipts_are_dropped() -> None:
    events = fed(
        "CHEESE  9.00\n" + "OPEN\n" + RECEIPT + "CLOSE\nHAM  9.00\nOPEN\n" + RECEIPT, start="^OPEN", end="^CLOSE", live=True
    )
    assert names(events) == ["TEA", "BUN"] * 2
    assert [type(event) for event in events].count(SaleBegan) == 2


def test_joined_in_its_middle_a_sale_is_told_without_a_beginning() -> None:
    decode = decoder("linetext", {"live": True, "end": "^THANK YOU"})
    events = decode.feed(b"BUN  2.00\nTOTAL  5.00\nCASH  5.00\nTHANK YOU\nTEA  3.00\n", AT)
    assert [type(event).__name__ for event in events] == ["LineRung", "Tendered", "SaleEnded", "SaleBegan", "LineRung"]


def test_a_new_start_concludes_what_had_no_end() -> None:
    events = fed("OPEN\nTEA  3.00\nOPEN\nBUN  2.00\nTOTAL  2.00\n", start="^OPEN", live=True)
    ends = [event for event in events if isinstance(event, SaleEnded)]
    assert [end.phase for end in ends] == [Phase.SUSPENDED, Phase.CLOSED]


def test_a_sale_is_closed_by_its_end_also_where_nothing_tells_the_total() -> None:
    events = fed("OPEN\nTEA  3.00\nSHUT\n", start="^OPEN", end="^SHUT", live=True)
    assert events[-1] == SaleEnded(at=AT)


@pytest.mark.parametrize("told", [True, False])
def test_silence_of_the_timeout_ends_a_receipt_whether_or_not_it_is_told(told: bool) -> None:
    decode = decoder("linetext", {"timeout_seconds": 30})
    assert decode.quiet_seconds == 30
    assert not decode.feed(RECEIPT.encode(), AT)
    assert not decode.feed(b"", AT + timedelta(seconds=29))
    later = AT + timedelta(seconds=30)
    events = decode.feed(b"" if told else b"HAM  4.00\n", later)
    assert names(events) == ["TEA", "BUN"]
    assert events[-1] == SaleEnded(at=later, total=500)


def test_a_clock_that_is_set_back_ends_nothing_but_told_silence_does() -> None:
    decode = decoder("linetext", {})
    back = AT - timedelta(hours=1)
    assert not decode.feed(RECEIPT[:20].encode(), AT)
    assert not decode.feed(RECEIPT[20:].encode(), back)
    assert names(decode.feed(b"", back - timedelta(hours=1))) == ["TEA", "BUN"]


def test_printer_commands_in_the_text_are_no_text() -> None:
    text = b"\x1b@\x1bE\x01TEA  3.00\n\x1ba\x00\x1b!\x10TOTAL  3.00\nCASH  3.00\n\x1dV\x00"
    assert names(fed(text)) == ["TEA"]


def test_a_line_too_long_costs_itself_alone() -> None:
    decode = decoder("linetext", {"live": True})
    events = decode.feed(b"A" * 100_000 + b"  9.00\nTEA  3.00\n", AT)
    assert names(events) == ["TEA"]
    assert decode.skips.messages == 1
    assert decode.skips.last == "a line is longer than 1024 bytes: are the delimiters right?"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"charset": "cp12510"}, "charset: 'cp12510' is not known here"),
        ({"charset": "rot13"}, "charset: 'rot13' is not known here"),
        ({"delimiters": ["hex:0D0"]}, "'hex:0D0' is not hexadecimal: write pairs of digits, such as hex:0D0A"),
        ({"delimiters": ["€"], "charset": "ascii"}, "delimiters: '€' cannot be written in ascii"),
        ({"delimiters": []}, "delimiters"),
        ({"start": "(["}, "start: '([' is no pattern of RE2"),
        ({"timeout_seconds": 4}, "timeout_seconds"),
        ({"begin": "x"}, "unknown key 'options.begin'"),
        ({"patterns": ["(?P<item>x"]}, "patterns: '(?P<item>x' is no pattern of RE2"),
    ],
)
def test_options_that_cannot_work_are_refused_with_one_sentence(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        decoder("linetext", options)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_number_of_a_card_or_a_telephone_passes_and_no_cashier() -> None:
    text = "TEA 4111111111111111  3.00\nCASHIER: ANNA\nMEMBER 6340040240123456\n" + RECEIPT.replace(
        "TEA", "TEA TEL +44 20 7946 0958"
    )
    text = text.replace("ANNA", "ANNA  1.00")
    for options in ({}, {"live": True}, {"live": True, "patterns": [r"(?P<item>.+?)\s+(?P<amount>\d+\.\d\d)$"]}):
        decode = decoder("linetext", options)
        said = repr(decode.feed(text.encode(), AT) + decode.feed(b"", AT + END)) + decode.skips.last
        assert not [word for word in ("4111", "ANNA", "6340", "7946") if word in said]


@settings(max_examples=100, deadline=None, database=None)
@given(
    st.lists(st.sampled_from([b"\r", b"\n", b"TEA  3.00", b"OPEN", b"CLOSE", b"\xff\x00", b"VOID", b"TOTAL 3.00", b"|"])),
    st.data(),
)
def test_the_same_events_come_of_any_split(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    options = Options(live=True, start="OPEN", end="CLOSE", delimiters=("\r\n", "|\n", "\n", "|"))
    once = Decoder(options)
    expected = once.feed(whole, AT) + once.feed(b"", AT + END)
    split = Decoder(options)
    cut = data.draw(st.integers(0, len(whole)))
    pieces = [whole[:cut], whole[cut:]]
    assert [event for piece in pieces if piece for event in split.feed(piece, AT)] + split.feed(b"", AT + END) == expected


def test_replay_reads_a_plain_receipt_without_options(tmp_path: Path) -> None:
    file = tmp_path / "receipt.txt"
    file.write_text(RECEIPT, encoding="utf-8")
    result = CliRunner().invoke(replay, [str(file), "--dialect", "linetext"])
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in told] == ["began", "line", "line", "tender", "ended"]
    assert told[-1]["total"] == 500


@pytest.mark.shared
@pytest.mark.skipif(not SROIE.exists(), reason="the recordings are not here")
def test_a_file_of_real_receipts_is_replayed_receipt_by_receipt() -> None:
    result = CliRunner().invoke(replay, [str(SROIE), "--dialect", "linetext", "--summary"])
    told = [json.loads(line) for line in result.stdout.splitlines()]
    stated = [int(json.loads(line)["total"].replace(".", "")) for line in SROIE.read_bytes().splitlines()]
    assert len(told) >= 290
    assert {sale["ended"] for sale in told} == {"closed"}
    totals = iter(stated)
    assert all(sale["total"] in totals for sale in told), "in the order of the file, and none but the stated"


@pytest.mark.shared
@pytest.mark.skipif(not SROIE.exists(), reason="the recordings are not here")
def test_of_real_receipts_the_stated_total_is_told_or_none() -> None:
    receipts = [json.loads(line) for line in SROIE.read_bytes().splitlines()]
    right = wrong = itemised = 0
    for receipt in receipts:
        events = fed("\n".join(receipt["lines"]))
        ended = [event for event in events if isinstance(event, SaleEnded)]
        assert len(ended) <= 1
        told = ended[0].total if ended else None
        stated = int(receipt["total"].replace(".", ""))
        right += told == stated
        wrong += told not in {None, stated}
        itemised += bool(names(events))
    print(f"of {len(receipts)} receipts {right} give their total, {itemised} of them with lines that add up; {wrong} another")
    assert len(receipts) == 312
    assert wrong == 0
    assert right >= 290
    assert itemised >= 230
