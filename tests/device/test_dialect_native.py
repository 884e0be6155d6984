"""The native dialect: one JSON object tells the whole basket."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.device_till import message, wire
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects.native import Decoder
from device.domain import Phase, Unit
from device.events import BasketState
from device.nativeform import MAX_BYTES, MAX_LINES

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
CARD = "4276-0000-1234-5678"


def read(data: bytes) -> tuple[list[BasketState], Decoder]:
    decode = Decoder()
    return decode.feed(data, AT), decode


def with_line(**facts: Any) -> bytes:
    """A message of one line that differs from a good one in these facts; None takes the fact out."""
    whole = message("a", 1, "bread")
    whole["lines"][0] = {key: value for key, value in (whole["lines"][0] | facts).items() if value is not ...}
    return json.dumps(whole).encode() + b"\n"


def test_every_field_comes_through() -> None:
    (event,), _ = read(wire("a", 7, "bread", "tea", state="tender", total=19980, card=CARD))
    assert (event.basket_id, event.seq, event.phase, event.currency) == ("a", 7, Phase.TENDER, "RUB")
    assert (event.total, event.till, event.told_at, event.loyalty_id, event.at) == (19980, "7", "a/7", CARD, AT)
    line = event.lines[1]
    assert (line.line_id, line.quantity, line.unit, line.price, line.amount) == (2, 1000, Unit.PIECE, 9990, 9990)


def test_what_is_optional_may_be_missing() -> None:
    bare = {"v": 1, "basket_id": "a", "seq": 0, "state": "open", "currency": "RUB", "lines": []}
    (event,), _ = read(json.dumps(bare).encode() + b"\n")
    assert (event.total, event.till, event.told_at, event.loyalty_id, event.lines) == (None, None, None, None, ())


def test_fields_of_a_later_till_are_ignored() -> None:
    (event,), _ = read(wire("a", 1, "bread", more={"deep": [1, 2]}, cashier=17))
    assert event.basket_id == "a"


def test_the_card_and_the_cashier_show_in_no_repr() -> None:
    (event,), _ = read(wire("a", 1, "bread", card=CARD, cashier="Olga"))
    for text in (repr(event), str(event), f"{event}", repr([event]), repr((event.basket_id, event))):
        assert CARD not in text
        assert "Olga" not in text


@pytest.mark.parametrize(
    "spoilt",
    [
        {"basket_id": ""},
        {"seq": "one"},
        {"state": CARD},
        {"state": f"x'{CARD}"},
        {"lines": CARD},
        {"v": int(CARD.replace("-", ""))},
        {"currency": CARD},
        {"total": CARD},
    ],
)
def test_a_skipped_message_is_described_without_its_card(spoilt: dict[str, Any]) -> None:
    events, decode = read(json.dumps(message("a", 1, "bread", card=CARD) | spoilt).encode() + b"\n")
    assert (events, decode.skips.messages) == ([], 1)
    assert CARD not in decode.skips.last


@pytest.mark.parametrize("card", ["", [CARD], CARD * 5, {CARD: CARD}, 1.5, True, None])
def test_a_card_that_is_none_makes_an_anonymous_basket_and_not_a_lost_one(card: object) -> None:
    events, decode = read(wire("a", 1, "bread", card=card))
    assert ([event.loyalty_id for event in events], decode.skips.messages) == ([None], 0)


def test_a_card_may_be_a_number() -> None:
    events, _ = read(wire("a", 1, "bread", card=70103482))
    assert [event.loyalty_id for event in events] == ["70103482"]


def test_a_line_full_of_quotes_takes_no_longer_than_its_length() -> None:
    # Run apart: were it to take the square of its length, this would be minutes.
    noise = "from device.dialects.native import Decoder; Decoder().feed(b'{\"' + b'\\\\\"' * 100_000 + b'\\n', None)"
    subprocess.run([sys.executable, "-c", noise], timeout=60, check=True)


@pytest.mark.parametrize("indent", [0, 1, 4])
def test_a_message_over_several_lines_that_was_cut_off_costs_itself_only(indent: int) -> None:
    pretty = (json.dumps(message("b", 1, "tea", "milk"), indent=indent) + "\n").encode()
    for cut in range(1, len(pretty) - 2, 7):
        events, _ = read(pretty[:cut] + b"\n" + pretty + pretty)
        assert len(events) >= 1, cut
    events, decode = read(pretty[:60] + b"\n" + pretty * 3)
    assert (len(events) >= 2, decode.skips.messages) == (True, 1)


def test_another_version_is_refused_with_one_sentence() -> None:
    events, decode = read(wire("a", 1, "bread", v=2) + wire("a", 2, "bread"))
    assert [event.seq for event in events] == [2]
    assert decode.skips.last == "a message is of another version; this program reads version 1"


@pytest.mark.parametrize(
    "facts",
    [
        {"code": ...},
        {"code": ""},
        {"code": "1" * 65},
        {"qty": ...},
        {"qty": 1.5},
        {"qty": "1000"},
        {"qty": 10**13},
        {"amount": None},
        {"amount": -(10**13)},
        {"unit": "g"},
        {"line_id": -1},
        {"name": "x" * 257},
        {"void": "yes"},
    ],
)
def test_a_line_out_of_its_bounds_is_refused_and_says_where(facts: dict[str, Any]) -> None:
    events, decode = read(with_line(**facts))
    assert (events, decode.skips.messages) == ([], 1)
    assert "`$.lines[0]" in decode.skips.last


@pytest.mark.parametrize("facts", [{"qty": 0}, {"qty": -1000, "amount": -9990}, {"price": 0}, {"name": ""}, {"price": None}])
def test_a_strange_line_within_its_bounds_is_read(facts: dict[str, Any]) -> None:
    events, _ = read(with_line(**facts))
    assert len(events) == 1


def test_a_thousand_lines_are_read_and_one_more_is_not() -> None:
    for count, read_events in ((MAX_LINES, 1), (MAX_LINES + 1, 0)):
        whole = message("a", 1) | {"lines": [{"line_id": n, "code": "1", "qty": 1, "amount": 1} for n in range(count)]}
        assert len(read(json.dumps(whole).encode() + b"\n")[0]) == read_events


def test_a_message_of_exactly_the_limit_is_read_and_a_longer_one_is_not() -> None:
    whole = wire("a", 1, "bread").rstrip(b"\n}")
    for size, read_events in ((MAX_BYTES, 1), (MAX_BYTES + 1, 0)):
        padded = whole + b" " * (size - len(whole) - 1) + b"}\n"
        events, decode = read(padded + wire("b", 1))
        assert [event.basket_id for event in events] == ["a", "b"][1 - read_events :]
        assert decode.skips.messages == 1 - read_events


def test_a_message_spread_over_lines_is_one_message() -> None:
    pretty = json.dumps(message("a", 1, "bread", "tea"), indent=2).encode() + b"\r\n"
    (event,), decode = read(pretty)
    assert (len(event.lines), decode.skips.messages) == (2, 0)


def test_brackets_inside_texts_are_no_structure() -> None:
    odd = message("a", 1, "bread", ts='}{"\\}}')
    odd["lines"][0]["name"] = 'Bread "{[" \\'
    (event,), _ = read(json.dumps(odd, indent=1).encode() + b"\n")
    assert (event.told_at, event.lines[0].name) == ('}{"\\}}', 'Bread "{[" \\')


@settings(max_examples=30, deadline=None, database=None)
@given(st.integers(0, 400), st.booleans())
def test_a_message_that_was_cut_off_costs_itself_only(length: int, pretty: bool) -> None:
    first = json.dumps(message("a", 1, "bread", "tea"), indent=1 if pretty else None).encode()
    events, _ = read(first[:length] + b"\n" + wire("b", 1, "tea"))
    assert [event.basket_id for event in events][-1:] == ["b"]


@settings(max_examples=60, deadline=None, database=None)
@given(st.data())
def test_one_damaged_byte_never_spoils_the_message_after(data: Any) -> None:
    good = bytearray(wire("a", 1, "bread", card=CARD))
    place = data.draw(st.integers(0, len(good) - 2))
    good[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != good[place]))
    decode = Decoder()
    events = [event for byte in bytes(good) + wire("b", 1, "tea") for event in decode.feed(bytes([byte]), AT)]
    assert events[-1].basket_id == "b"
    assert [line.code for line in events[-1].lines] == [line["code"] for line in message("b", 1, "tea")["lines"]]


@pytest.mark.parametrize("padding", [b"\x00", b" \t", b"\r"])
def test_padding_around_a_message_is_no_part_of_it(padding: bytes) -> None:
    events, decode = read(padding + wire("a", 1)[:-1] + padding + b"\n")
    assert (len(events), decode.skips.messages) == (1, 0)


def test_invalid_utf8_costs_its_message_only() -> None:
    events, decode = read(wire("a", 1, "bread", ts="XX").replace(b"XX", b"\xc3\x28") + wire("b", 1))
    assert ([event.basket_id for event in events], decode.skips.messages) == (["b"], 1)


def test_what_is_deeper_than_any_message_is_skipped() -> None:
    deep = b'{"v": 1, "x": ' + b"[" * 60_000 + b"]" * 60_000 + b"}\n"
    events, decode = read(deep + wire("b", 1))
    assert ([event.basket_id for event in events], decode.skips.messages, decode.skips.bytes) == (["b"], 1, len(deep) - 1)


def test_what_is_skipped_is_counted_in_messages_and_bytes() -> None:
    _, decode = read(b"hello\n" + b"{}\n" + b"\n\n" + wire("a", 1))
    assert (decode.skips.messages, decode.skips.bytes) == (2, 7)
