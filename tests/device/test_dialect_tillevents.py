"""The dialect of tills that tell events: a right sale in whatever order they come, an honest one where some are lost."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.dialects.tillevents import GAP_SECONDS, MAX_ENDED, MAX_SALES, Decoder
from device.domain import LaneId, Phase
from device.events import BasketState
from device.machine import Heard, heard, note_heard
from device.nativeform import MAX_BYTES, MAX_LINES
from device.numbered_sale import HeldEnd

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
CARD = "4276-0000-1234-5678"


def line(number: int, pieces: int = 1, **facts: Any) -> dict[str, Any]:
    known = {"line_id": number, "code": f"46{number:011d}", "qty": 1000 * pieces, "price": 9990, "amount": 9990 * pieces}
    return known | facts


def event(what: str, seq: int, basket_id: str = "a", **facts: Any) -> bytes:
    known = {"v": 1, "event": what, "basket_id": basket_id, "seq": seq, "currency": "RUB", "ts": f"{basket_id}/{seq}"}
    return json.dumps(known | facts).encode() + b"\n"


def state(seq: int, *numbers: int, basket_id: str = "a", phase: str = "open") -> bytes:
    return event("state", seq, basket_id, state=phase, lines=[line(number) for number in numbers])


SALE = [
    event("add", 1, line=line(1)),
    event("add", 2, line=line(2)),
    event("add", 3, line=line(3)),
    event("void", 4, line={"line_id": 2}),
    event("qty", 5, line=line(3, 2)),
    event("tender", 6, paid=[{"means": "card", "amount": 29970}]),
    event("end", 7, total=29970),
]


def fed(*messages: bytes, at: datetime = AT) -> tuple[list[BasketState], Decoder]:
    decode = Decoder()
    return [one for message in messages for one in decode.feed(message, at)], decode


def quantities(state: BasketState) -> dict[int | None, int]:
    return {one.line_id: one.quantity for one in state.lines}


def test_a_sale_is_added_up_from_what_happens_to_it() -> None:
    states, decode = fed(*SALE)
    assert [one.phase for one in states] == [Phase.OPEN] * 5 + [Phase.TENDER, Phase.CLOSED]
    last = states[-1]
    assert (quantities(last), last.total, last.partial, last.told_at) == ({1: 1000, 3: 2000}, 29970, False, "a/7")
    assert [(one.means, one.amount) for one in last.tenders] == [("card", 29970)]
    assert [one.seq for one in states] == sorted({one.seq for one in states})
    assert decode.skips.messages == 0


def test_what_comes_late_of_a_sale_that_is_set_aside_leaves_the_sale_at_hand_alone() -> None:
    aside = event("add", 2, line=line(2)), event("end", 3, state="suspended")
    states, decode = fed(*aside, event("add", 1, "b", line=line(1)), event("add", 1, line=line(1)), event("end", 2, "b"))
    assert (states[-1].basket_id, states[-1].phase, states[-1].partial) == ("b", Phase.CLOSED, False)
    again = decode.feed(event("add", 4, line=line(3)), AT)
    assert (again[-1].basket_id, quantities(again[-1])) == ("a", {1: 1000, 2: 1000, 3: 1000})


def test_an_end_that_waits_is_told_when_nothing_more_will_be_heard() -> None:
    states, decode = fed(event("add", 2, line=line(2)), event("end", 3))
    assert states[-1].phase is not Phase.CLOSED
    (last,) = decode.end(AT)
    assert (last.phase, last.partial) == (Phase.CLOSED, True)
    assert decode.end(AT) == []


@settings(max_examples=150, deadline=None, database=None)
@given(st.data())
def test_however_often_and_in_whatever_order_they_come_the_sale_is_the_same(data: Any) -> None:
    again = data.draw(st.lists(st.sampled_from(SALE), max_size=6))
    come = data.draw(st.permutations(SALE + again))
    states, _ = fed(*come)
    expected = fed(*SALE)[0][-1]
    last = states[-1]
    assert (last.phase, last.lines, last.total, last.partial, last.seq) == (
        expected.phase,
        expected.lines,
        expected.total,
        False,
        expected.seq,
    )
    assert [one.phase for one in states].count(Phase.CLOSED) == 1
    assert [one.seq for one in states] == sorted({one.seq for one in states}), "each state is newer than the one before"


def test_while_an_event_is_missing_nothing_is_suggested_and_the_state_heals_it() -> None:
    states, decode = fed(SALE[0], SALE[2])
    assert [one.partial for one in states] == [False, True]
    (healed,) = decode.feed(state(3, 1, 2, 3), AT)
    assert (healed.partial, quantities(healed)) == (False, {1: 1000, 2: 1000, 3: 1000})
    (closed,) = [one for message in SALE[3:] for one in decode.feed(message, AT)][-1:]
    assert (closed.phase, quantities(closed), closed.partial) == (Phase.CLOSED, {1: 1000, 3: 2000}, False)


def test_a_state_does_not_undo_what_was_told_after_it() -> None:
    states, decode = fed(SALE[0], SALE[2], SALE[3])
    (healed,) = decode.feed(state(3, 1, 2, 3), AT)
    assert states[-1].partial
    assert quantities(healed) == {1: 1000, 3: 1000}, "the second was taken off by the fourth event"


def test_an_end_waits_for_what_is_missing_and_is_kept_as_partial_when_it_does_not_come() -> None:
    missing = [one for number, one in enumerate(SALE) if number != 1]
    states, decode = fed(*missing)
    assert (states[-1].phase, states[-1].partial) == (Phase.TENDER, True)
    (closed,) = decode.feed(b"", AT + timedelta(seconds=GAP_SECONDS))
    assert (closed.phase, closed.partial, closed.total) == (Phase.CLOSED, True, 29970)
    # ... and the one that was missing comes too late.
    assert decode.feed(SALE[1], AT + timedelta(seconds=GAP_SECONDS)) == []
    assert "is over" in decode.skips.last


def test_the_missing_event_ends_the_wait() -> None:
    states, decode = fed(SALE[0], *SALE[2:])
    (closed,) = decode.feed(SALE[1], AT)
    assert (closed.phase, closed.partial, quantities(closed)) == (Phase.CLOSED, False, {1: 1000, 3: 2000})
    assert closed.seq > states[-1].seq


def test_the_next_sale_ends_the_wait() -> None:
    _, decode = fed(SALE[0], *SALE[2:])
    closed, opened = decode.feed(event("add", 1, "b", line=line(1)), AT)
    assert (closed.basket_id, closed.phase, closed.partial) == ("a", Phase.CLOSED, True)
    assert (opened.basket_id, opened.phase) == ("b", Phase.OPEN)


def test_the_same_last_state_comes_of_a_sale_that_is_told_again_after_a_restart() -> None:
    """So that the register knows it as the sale it has kept."""
    healed, _ = fed(SALE[0], SALE[2], state(3, 1, 2, 3), *SALE[3:])
    again, _ = fed(SALE[-1], event("state", 7, state="closed", lines=[line(1), line(3, 2)]))
    one, other = healed[-1], again[-1]
    assert (one.seq, one.told_at, one.phase, one.total, one.lines) == (
        other.seq,
        other.told_at,
        other.phase,
        other.total,
        other.lines,
    )


def test_a_sale_that_was_set_aside_goes_on_with_its_lines() -> None:
    states, decode = fed(
        SALE[0],
        event("end", 2, state="suspended"),
        event("add", 1, "b", line=line(9)),
        event("end", 2, "b"),
        event("begin", 3),
        event("add", 4, line=line(2)),
        event("end", 5),
    )
    assert [(one.basket_id, one.phase) for one in states[1:5]] == [
        ("a", Phase.SUSPENDED),
        ("b", Phase.OPEN),
        ("b", Phase.CLOSED),
        ("a", Phase.OPEN),
    ]
    assert (quantities(states[-1]), states[-1].partial) == ({1: 1000, 2: 1000}, False)
    assert decode.skips.messages == 0


def test_a_clock_that_was_set_back_holds_up_no_end() -> None:
    _, decode = fed(event("add", 2, till="7", line=line(2)), event("end", 3, till="7"))
    other = event("add", 1, till="8", line=line(1))
    states = decode.feed(other, AT - timedelta(hours=1))
    assert [(one.till, one.phase, one.partial) for one in states] == [("7", Phase.CLOSED, True), ("8", Phase.OPEN, False)]


def test_what_comes_late_of_a_sale_that_the_till_has_left_changes_nothing() -> None:
    states, decode = fed(SALE[0], event("add", 1, "b", line=line(1)), SALE[1])
    assert [one.basket_id for one in states] == ["a", "b"]
    assert decode.skips.messages == 1


def test_paying_and_then_another_line_is_an_open_sale_without_payments() -> None:
    states, _ = fed(SALE[0], event("tender", 2, paid=[{"means": "cash", "amount": 100}]), event("add", 3, line=line(2)))
    assert (states[-1].phase, states[-1].tenders) == (Phase.OPEN, ())


def test_two_tills_on_one_topic_are_told_apart() -> None:
    states, decode = fed(
        event("add", 1, till="1", line=line(1)),
        event("add", 1, till="2", line=line(2)),
        event("end", 2, till="1"),
        event("end", 2, till="2"),
    )
    assert [(one.till, one.phase, list(quantities(one))) for one in states[2:]] == [
        ("1", Phase.CLOSED, [1]),
        ("2", Phase.CLOSED, [2]),
    ]
    assert decode.skips.messages == 0


def test_a_till_may_number_its_sales_anew_the_next_morning() -> None:
    _, decode = fed(*SALE)
    states = [one for message in SALE for one in decode.feed(message, AT + timedelta(hours=13))]
    assert states[-1].phase is Phase.CLOSED


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (event("add", 1), "required field `line`"),
        (event("add", 0, line=line(1)), r"\$.seq"),
        (event("sell", 1, line=line(1)), r"Invalid value \.\.\."),
        (event("add", 1, v=2, line=line(1)), "reads version 1"),
        (event("add", 1, line=line(1, qty="two")), r"\$.line.qty"),
        (event("end", 1, state="open"), r"\$.state"),
        (event("add", 1, currency="rubles", line=line(1)), r"\$.currency"),
        (event("add", 1, currency="RUB\n", line=line(1)), r"\$.currency"),
        (event("add", 1, card=1, line=line(1)).replace(b'"card": 1', b'"card": ' + b"9" * 5000), r"\$.card"),
        (event("add", 1, card=1, line=line(1)).replace(b'"card": 1', b'"card": NaN'), "not of the form"),
        (event("add", 1, line=line(1, code=CARD * 9)), r"\$.line.code"),
        (b'{"event":"add"\n', "not of the form"),
        (b"[" * 100_000 + b"\n", "not of the form"),
        (b"\xff\xfe{}\n", "not of the form"),
        (b"x" * (MAX_BYTES + 1) + b"\n", f"longer than {MAX_BYTES} bytes"),
        (event("state", 1, state="open", lines=[line(n) for n in range(MAX_LINES + 1)]), r"\$.lines"),
    ],
)
def test_what_is_no_event_costs_a_sentence_and_not_the_sale(message: bytes, why: str) -> None:
    states, decode = fed(SALE[0], message, SALE[1])
    assert quantities(states[-1]) == {1: 1000, 2: 1000}
    assert decode.skips.messages == 1
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(decode.skips.last)
    assert CARD not in decode.skips.last


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x00", "\u2028"])
def test_a_value_of_several_lines_is_not_quoted_either(end: str, tmp_path: Path) -> None:
    _, decode = fed(event(f"add{end}{CARD}", 1))
    assert CARD not in decode.skips.last
    note_heard(tmp_path, {LaneId("7"): Heard(skipped=1, why_skipped=decode.skips.last)})
    assert heard(tmp_path)["7"].why_skipped == decode.skips.last, "and `tillside doctor` can read it"


def test_a_sale_that_was_over_outlives_a_night_in_which_the_register_was_off() -> None:
    _, before = fed(event("add", 2, line=line(2)), event("end", 3))
    morning = AT + timedelta(hours=13)
    decode = Decoder()
    decode.restore(before.held(), morning)
    first = decode.feed(event("add", 1, "b", till="8", line=line(1)), morning + timedelta(seconds=1))
    assert [one.basket_id for one in first] == ["b"], "it waits once more"
    (kept,) = decode.feed(b"", morning + timedelta(seconds=GAP_SECONDS + 1))
    assert (kept.basket_id, kept.phase, kept.partial, kept.at) == ("a", Phase.CLOSED, True, AT)


def test_an_end_that_was_told_but_not_kept_is_told_again_as_the_last_word_of_its_sale() -> None:
    """The disk took no receipt, and what waits for it on the disk is written once more before the register is killed."""
    _, before = fed(event("add", 2, line=line(2)), event("end", 3))
    held = before.held()
    (told,) = before.feed(b"", AT + timedelta(seconds=GAP_SECONDS))
    decode = Decoder()
    decode.restore(msgspec.json.decode(msgspec.json.encode(held), type=list[HeldEnd]), AT)
    (paying,) = decode.standing()
    (kept,) = decode.feed(b"", AT + timedelta(seconds=GAP_SECONDS))
    assert (paying.phase, kept.phase) == (Phase.TENDER, Phase.CLOSED)
    assert paying.seq < kept.seq == told.seq


def test_a_sale_that_is_over_is_not_crowded_out_by_others() -> None:
    _, decode = fed(event("add", 2, line=line(2)), event("end", 3))
    told = [one for n in range(MAX_SALES + 5) for one in decode.feed(event("add", 1, f"b{n}", till=f"t{n}", line=line(1)), AT)]
    assert [(one.phase, one.partial) for one in told if one.basket_id == "a"] == [(Phase.CLOSED, True)]


def test_what_a_hostile_till_can_fill_is_bounded() -> None:
    decode, chance = Decoder(), random.Random(1)
    for number in range(3 * MAX_ENDED):
        decode.feed(event("add", chance.randrange(1, 2**31), f"s{number}", till=f"t{number}", line=line(1)), AT)
        decode.feed(event("end", 1, f"e{number}"), AT)
    assert len(decode._sales) <= MAX_SALES
    assert len(decode._ended) <= MAX_ENDED
    decode = Decoder()
    for number in range(3, 5000):
        decode.feed(event("add", number, line=line(number)), AT)
    (sale,) = decode._sales.values()
    assert len(sale.lines) <= 2 * MAX_LINES
    assert len(sale.ahead) <= MAX_LINES
    assert len(decode.feed(event("add", 5000, line=line(1)), AT)[0].lines) <= MAX_LINES


def test_a_card_is_told_and_never_shown() -> None:
    (state,), _ = fed(event("begin", 1, card=CARD))
    assert state.loyalty_id == CARD
    assert CARD not in repr(state)
