"""What a Shtrih-M fiscal printer did: a command counts when its own reply says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.shtrih_printer import AT, PASSWORD, STATUS, close, code, done, exchanged, item, number, ok, v1, v2

from device.dialects.shtrih import Decoder, Options
from device.domain import Kind, Phase, Unit
from device.events import LineRung, LineVoided, SaleBegan, SaleEnded, SubtotalTold, Tendered
from device.replay import events as replayed

SHARED = Path(__file__).parents[3] / "shared" / "recordings"

PAIRS = {
    "Log3_CorrectionReceipt": 145,
    "Log3_NonfiscalReceipt": 130,
    "Logs2_CashInReceipt": 140,
    "Logs2_CashOutReceipt": 136,
    "Logs2_DirectIO": 121,
    "SHTRIH-M-OPOS-1_2018.08.09": 278,
}

shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/recordings is not here")


@pytest.mark.shared
@shared
@pytest.mark.parametrize(("name", "pairs"), PAIRS.items())
def test_logs_of_real_printers_hold_no_sale(name: str, pairs: int) -> None:
    decode = Decoder()
    assert list(replayed(decode, SHARED / "shtrih-m__opos" / f"{name}.jsonl")) == []
    assert (decode.pairs, decode.failed, decode.retries, decode.skips.messages) == (pairs, 0, 0, 0)


@pytest.mark.shared
@shared
def test_real_frames_of_a_sale() -> None:
    file = SHARED / "shtrih-m__issues" / "frames.json"
    rung, tendered, ended = replayed(decode := Decoder(), file)
    assert isinstance(rung, LineRung)
    assert (rung.line.name, rung.line.quantity, rung.line.price, rung.line.amount) == ("Комплексный обед", 1000, 10000, 10000)
    assert isinstance(tendered, Tendered)
    assert (tendered.means, tendered.amount) == ("cashless", 10000)
    assert isinstance(ended, SaleEnded)
    assert (ended.phase, ended.total) == (Phase.CLOSED, 10000)
    assert decode.failed == 0
    # Two of its commands were posted without their replies.
    told = list(replayed(decode := Decoder(Options(replies="assumed")), file))[3:]
    assert isinstance(told[0], SaleBegan)
    lines = [event.line for event in told if isinstance(event, LineRung)]
    assert len(lines) == len(told) - 1 == 2
    assert [(line.name, line.quantity, line.price, line.amount) for line in lines] == [("Товар 1", 2000, 1050, 2100)] * 2
    assert [line.code for line in lines] == ["", "04600439931256"], "FF67 was refused with 37"
    assert decode.failed == 0
    assert "JgXJ5" not in f"{told}{decode.skips}"


@pytest.mark.shared
@shared
def test_every_real_frame_passes_its_check_in_a_stream_of_bytes() -> None:
    frames = json.loads((SHARED / "shtrih-m__issues" / "frames.json").read_text(encoding="utf-8"))
    for one in frames:
        data = bytes.fromhex(one["hex"])
        # Replies of version 2 were posted without their first byte.
        data = b"\x8f" + data if "v2" in one["transport"] and data[0] != 0x8F else data
        decode = Decoder()
        for byte in data:
            decode.feed(bytes([byte]), AT)
        assert (decode.failed, decode.skips.messages) == (0, 0)
        assert decode._command is not None


@pytest.mark.parametrize("reply", [None, b"\xff\x46\x37", b"\xff\x46\x7e", b"\xff\x46", b"\xff\x45\x00", b"\x10\x00"])
def test_without_its_own_reply_of_00_nothing_counts(reply: bytes | None) -> None:
    assert not exchanged((item(), reply), STATUS)


def test_a_reply_without_a_command_is_nothing() -> None:
    decode = Decoder()
    assert not decode.feed_reply(v1(done(item())) + v2(7, done(item())), AT)
    assert decode.skips.messages == 2
    decode.feed(v2(8, item()), AT)
    assert not decode.feed_reply(v2(7, done(item())), AT), "another SEQ"
    assert len(decode.feed_reply(v2(8, done(item())), AT)) == 1


def test_retries_are_one_item() -> None:
    decode = Decoder()
    decode.feed(v1(item()) * 3, AT)
    assert len(decode.feed_reply(v1(done(item())) * 2, AT)) == 1
    assert len(exchanged(*ok(item()), decode=decode)) == 1, "answered, the same frame is another item"
    for _ in range(3):
        decode.feed(v2(5, item()), AT)
        decode.feed_reply(v2(5, done(item())), AT)
    assert sum(isinstance(event, LineRung) for event in exchanged(*ok(item()), decode=decode)) == 1
    assert decode.retries == 4
    decode.feed(v2(6, item()), AT)
    assert len(decode.feed_reply(v2(6, done(item())), AT)) == 1


def test_the_numbers_of_an_item() -> None:
    (event,) = exchanged(*ok(item(420_500, 120000)))
    assert isinstance(event, LineRung)
    line = event.line
    assert (line.quantity, line.unit, line.price, line.amount) == (421, Unit.KILOGRAM, 120000, 50460)
    (event,) = exchanged(*ok(item(3_000_000, 8990, 26000)))
    assert isinstance(event, LineRung)
    assert (event.line.quantity, event.line.amount) == (3000, 26000)
    assert not exchanged(*ok(item(0))), "no quantity"
    (event,) = exchanged(*ok(item(1_000_000, 2**40 - 2)))
    assert isinstance(event, LineRung)
    assert event.line.price is None, "no shop sells that"


def test_types_of_items() -> None:
    begin = [STATUS]
    began, rung = exchanged(*begin, *ok(item(kind=2)))
    assert isinstance(began, SaleBegan)
    assert began.kind is Kind.RETURN
    assert isinstance(rung, LineRung)
    assert not exchanged(*begin, *ok(item(kind=3), item(kind=3), close(10000)))
    for kind in (2, 4):
        event = exchanged(*begin, *ok(item(), item(kind=kind)))[-1]
        assert isinstance(event, LineVoided)
        assert (event.name, event.quantity, event.amount) == ("Хлеб", 1000, 10000)


def test_a_beginning_is_told_only_where_nothing_was_open() -> None:
    assert [type(event) for event in exchanged(*ok(item()))] == [LineRung]
    assert [type(event) for event in exchanged(STATUS, *ok(item(), item()))] == [SaleBegan, LineRung, LineRung]
    assert [type(event) for event in exchanged(*ok(close(100), item()))] == [Tendered, SaleEnded, SaleBegan, LineRung]


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("0104600439931256215JgXJ5\x1d93abcd", "04600439931256"),
        ("\x1d0104600439931256215JgXJ5", "04600439931256"),
        ("]d20104600439931256215JgXJ5", "04600439931256"),
        ("04600439931256abcdefgABCDhijk", "04600439931256"),
        ("4601234567893", "4601234567893"),
        ("0104600439931257215JgXJ5", ""),
        ("4276000011112222", ""),
        ("anything", ""),
    ],
)
def test_the_code_after_a_line_is_that_lines(text: str, gtin: str) -> None:
    events = exchanged(*ok(item(), code(text)))
    lines = [event.line for event in events if isinstance(event, LineRung)]
    assert {line.line_id for line in lines} == {1}
    assert lines[-1].code == gtin
    assert "JgXJ5" not in str(events)


def test_codes_before_lines_are_the_next_ones() -> None:
    events = exchanged(STATUS, *ok(code("4601234567893"), item(name="А"), code("4607025392415"), item(name="Б"), item(name="В")))
    assert [(event.line.name, event.line.code) for event in events if isinstance(event, LineRung)] == [
        ("А", "4601234567893"),
        ("Б", "4607025392415"),
        ("В", ""),
    ]


def test_a_refused_code_and_a_second_one_name_nothing() -> None:
    events = exchanged(*ok(item()), (code("4601234567893"), b"\xff\x67\x37"))
    assert len(events) == 1
    assert len(exchanged(*ok(item(), code("4601234567893"), code("4601234567893"), code("4607025392415")))) == 2


def test_a_close_tells_what_was_paid() -> None:
    cash, other, ended = exchanged((close(50000, 0, 10000), done(close(), number(5000) + bytes(8))))
    assert isinstance(cash, Tendered)
    assert isinstance(other, Tendered)
    assert isinstance(ended, SaleEnded)
    assert [(cash.means, cash.amount), (other.means, other.amount), ended.total] == [("cash", 50000), ("cashless", 10000), 55000]


@pytest.mark.parametrize("reply", [b"\xff\x45\x7e", b"\xff\x45\x00" + bytes(13)])
def test_an_empty_close_is_a_probe(reply: bytes) -> None:
    assert not exchanged((b"\xff\x45", reply))


def test_corrections_cash_strings_and_cuts_are_no_sale() -> None:
    commands = [
        b"\xff\x35" + PASSWORD,
        item(),
        close(10000),
        b"\xff\x35" + PASSWORD,
        item(),
        b"\xff\x4a" + PASSWORD + bytes(40),
        b"\x50" + PASSWORD + number(100),
        b"\x51" + PASSWORD + number(100),
        b"\x17" + PASSWORD + b"\x02" + "Кассир Петрова".encode("cp1251"),
        b"\x25" + PASSWORD + b"\x01",
    ]
    decode = Decoder()
    assert not exchanged(*ok(*commands), decode=decode)
    assert decode.pairs == len(commands)
    assert [type(event) for event in exchanged(*ok(item()), decode=decode)] == [SaleBegan, LineRung]


def test_older_commands() -> None:
    bread = PASSWORD + number(2000) + number(4500) + bytes(5) + "Хлеб".encode("cp1251").ljust(40, b"\x00")
    paid = b"\x85" + PASSWORD + number(10000) + bytes(15 + 46)
    began, rung, voided, subtotal, tendered, ended = exchanged(
        *ok(b"\x8d" + PASSWORD + b"\x00", b"\x80" + bread, b"\x84" + bread),
        (b"\x89" + PASSWORD, b"\x89\x00\x1e" + number(9000)),
        (paid, b"\x85\x00\x1e" + number(1000)),
    )
    assert isinstance(began, SaleBegan)
    assert isinstance(rung, LineRung)
    assert (rung.line.quantity, rung.line.amount, rung.line.name) == (2000, 9000, "Хлеб")
    assert isinstance(voided, LineVoided)
    assert isinstance(subtotal, SubtotalTold)
    assert subtotal.amount == 9000
    assert [type(event) for event in exchanged(*ok(b"\x84" + bread, b"\x80" + bread))] == [LineVoided, LineRung], (
        "from the middle"
    )
    assert isinstance(tendered, Tendered)
    assert isinstance(ended, SaleEnded)
    assert ended.total == 9000


def test_older_purchases_and_the_long_close() -> None:
    bread = PASSWORD + number(1000) + number(4500) + bytes(5) + bytes(40)
    paid = b"\x8e" + PASSWORD + number(0) + number(4500) + bytes(5 * 14 + 46)
    told = (paid, b"\x8e\x00\x1e" + number(0))
    assert not exchanged(*ok(b"\x81" + bread), told)
    tendered, ended = exchanged(*ok(b"\x80" + bread), told)[1:]
    assert isinstance(tendered, Tendered)
    assert tendered.means == "cashless"
    assert isinstance(ended, SaleEnded)
    assert ended.total == 4500


def test_a_cancelled_receipt_and_a_cancel_of_nothing() -> None:
    cancel = b"\x88" + PASSWORD
    event = exchanged(*ok(item(), cancel))[-1]
    assert isinstance(event, SaleEnded)
    assert event.phase is Phase.CANCELLED
    assert not exchanged(STATUS, *ok(cancel))
    assert not exchanged(*ok(b"\xff\x35" + PASSWORD, cancel))
