"""What a till tells, one thing after another, added up to baskets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.amounts import LIMIT
from device.domain import Kind, Minor, Phase, Thousandths, Unit
from device.events import (
    BasketState,
    DiscountGiven,
    ItemScanned,
    LineChanged,
    LineRung,
    LineVoided,
    PosEvent,
    RungLine,
    SaleBegan,
    SaleEnded,
    SubtotalTold,
    Tendered,
)
from device.salesbook import AGAIN_SECONDS, MAX_OPEN
from device.tally import MAX_LINES, Tally

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)


def rung(name: str, amount: int | None = 100, number: int | None = None, quantity: int = 1000, **facts: Any) -> LineRung:
    wire = {key: facts.pop(key) for key in ("till", "sale") if key in facts}
    told = None if amount is None else Minor(amount)
    return LineRung(at=AT, line=RungLine(number, quantity=Thousandths(quantity), amount=told, name=name, **facts), **wire)


def told(*events: PosEvent) -> list[BasketState]:
    tally = Tally("EUR")
    return [state for event in events if (state := tally.take(event)) is not None]


def last(*events: PosEvent) -> BasketState:
    return told(*events)[-1]


def lines(state: BasketState) -> list[tuple[str | None, int, int | None]]:
    return [(line.name, line.quantity, line.amount) for line in state.lines]


BEGAN = SaleBegan(at=AT)


def test_a_sale_from_its_beginning_to_its_end() -> None:
    states = told(
        BEGAN, rung("milk", 89), rung("bread", 45), SubtotalTold(at=AT, amount=Minor(134)), Tendered(at=AT), SaleEnded(at=AT)
    )
    assert [state.phase for state in states] == [Phase.OPEN, Phase.OPEN, Phase.TENDER, Phase.CLOSED]
    assert [state.seq for state in states] == [1, 2, 3, 4]
    assert len({state.basket_id for state in states}) == 1
    assert lines(states[-1]) == [("milk", 1000, 89), ("bread", 1000, 45)]
    assert (states[-1].total, states[-1].currency, states[-1].partial) == (134, "EUR", False)
    assert [line.line_id for line in states[-1].lines] == [1, 2]


def test_a_line_with_a_number_told_again_is_no_other_line() -> None:
    state = last(BEGAN, rung("milk", 89, 1), rung("milk", 89, 1), rung("milk", 178, 1, quantity=2000))
    assert lines(state) == [("milk", 2000, 178)]
    assert state.seq == 2, "the repetition changed nothing"


def test_a_changed_quantity_takes_its_amount_with_it_exactly() -> None:
    milk = rung("milk", 89, price=Minor(89))
    assert lines(last(BEGAN, milk, LineChanged(at=AT, quantity=Thousandths(3000)))) == [("milk", 3000, 267)]
    weighed = rung("cheese", 333, unit=Unit.KILOGRAM, quantity=333)
    assert lines(last(BEGAN, weighed, LineChanged(at=AT, quantity=Thousandths(500)))) == [("cheese", 500, 500)]
    assert lines(last(BEGAN, milk, LineChanged(at=AT, quantity=Thousandths(0)))) == []
    assert told(BEGAN, milk, LineChanged(at=AT, quantity=Thousandths(1000)))[1:] == [], "nothing changed"


def test_a_void_takes_off_the_line_that_is_meant() -> None:
    sale = (BEGAN, rung("milk", 89, code="1"), rung("bread", 45, code="2"), rung("milk", 99, code="1"))
    assert lines(last(*sale, LineVoided(at=AT))) == [("milk", 1000, 89), ("bread", 1000, 45)]
    assert lines(last(*sale, LineVoided(at=AT, line_id=2))) == [("milk", 1000, 89), ("milk", 1000, 99)]
    assert lines(last(*sale, LineVoided(at=AT, code="1"))) == [("milk", 1000, 89), ("bread", 1000, 45)]
    assert lines(last(*sale, LineVoided(at=AT, name="milk", amount=Minor(89)))) == [("bread", 1000, 45), ("milk", 1000, 99)]
    for nobody in (LineVoided(at=AT, line_id=9), LineVoided(at=AT, code="9"), LineVoided(at=AT, name="tea")):
        assert told(*sale, nobody) == told(*sale)


def test_a_part_is_taken_off_in_proportion() -> None:
    state = last(BEGAN, rung("milk", 300, quantity=3000), LineVoided(at=AT, quantity=Thousandths(1000)))
    assert lines(state) == [("milk", 2000, 200)]
    assert lines(last(BEGAN, rung("milk"), rung("milk", -100, quantity=-1000))) == []
    assert lines(last(BEGAN, rung("milk", number=4), rung("milk", number=4, void=True))) == []


def test_a_discount_makes_the_total_less_and_no_line() -> None:
    state = last(BEGAN, rung("milk", 89), DiscountGiven(at=AT, amount=Minor(9)))
    assert (lines(state), state.total, state.discount) == ([("milk", 1000, 89)], 80, 9)


def test_a_line_after_tender_opens_the_sale_again() -> None:
    assert [state.phase for state in told(BEGAN, rung("milk"), Tendered(at=AT), rung("tea"))] == [
        Phase.OPEN,
        Phase.TENDER,
        Phase.OPEN,
    ]


def test_a_sale_set_aside_goes_on_with_its_lines() -> None:
    aside = (SaleBegan(at=AT, sale="7"), rung("milk", sale="7"), SaleEnded(at=AT, sale="7", phase=Phase.SUSPENDED))
    between = (SaleBegan(at=AT, sale="8"), rung("tea", sale="8"), SaleEnded(at=AT, sale="8"))
    states = told(*aside, *between, SaleBegan(at=AT, sale="7", resumed=True), rung("milk", sale="7"), rung("jam", sale="7"))
    assert states[-1].basket_id == states[0].basket_id
    assert lines(states[-1]) == [("milk", 1000, 100), ("jam", 1000, 100)], "milk was told again"
    assert not states[-1].partial
    unnumbered = told(BEGAN, rung("milk"), SaleEnded(at=AT, phase=Phase.SUSPENDED), SaleBegan(at=AT, resumed=True))
    assert (unnumbered[-1].phase, unnumbered[-1].basket_id) == (Phase.OPEN, unnumbered[0].basket_id)


def test_a_sale_heard_from_its_middle_is_partial_and_the_next_is_not() -> None:
    states = told(rung("milk"), SaleEnded(at=AT), rung("tea"))
    assert [state.partial for state in states] == [True, True, False]
    assert last(SaleBegan(at=AT, resumed=True), rung("milk")).partial, "what stood there before nobody has heard"


def test_a_return_is_no_sale() -> None:
    assert last(SaleBegan(at=AT, kind=Kind.RETURN), rung("milk")).kind is Kind.RETURN


def test_what_comes_twice_or_too_late_changes_nothing() -> None:
    sale = (SaleBegan(at=AT, sale="7"), rung("milk", number=1, sale="7"), SaleEnded(at=AT, sale="7", total=Minor(100)))
    doubled = [event for event in sale for _ in range(2)]
    assert told(*doubled) == told(*sale)
    assert told(*sale, rung("milk", number=1, sale="7"), SaleEnded(at=AT, sale="7")) == told(*sale)
    assert told(SaleEnded(at=AT), Tendered(at=AT), LineVoided(at=AT), DiscountGiven(at=AT, amount=Minor(1))) == []


def test_a_paid_receipt_of_which_only_the_total_was_read_is_not_lost() -> None:
    paid = SaleEnded(at=AT, total=Minor(950))
    (state,) = told(paid)
    assert (state.phase, state.lines, state.total, state.partial) == (Phase.CLOSED, (), 950, False)
    later = replace(paid, at=AT + timedelta(seconds=AGAIN_SECONDS + 1))
    assert len({state.basket_id for state in told(paid, later)}) == 2, "the next shopper paid as much"
    assert len({state.basket_id for state in told(paid, replace(paid, total=Minor(951)))}) == 2, "of one moment, and not the same"
    assert told(SaleEnded(at=AT, phase=Phase.CANCELLED, total=Minor(950))) == []


def test_an_end_told_again_is_no_receipt_without_lines() -> None:
    sale = (BEGAN, rung("milk", 950), SaleEnded(at=AT))
    soon = AT + timedelta(seconds=AGAIN_SECONDS)
    assert told(*sale, SaleEnded(at=soon, total=Minor(950))) == told(*sale)
    numbered = SaleEnded(at=AT, sale="7", total=Minor(950))
    assert len(told(numbered, replace(numbered, at=AT + timedelta(hours=1)))) == 1
    assert told(SaleBegan(at=AT, sale="8"), numbered) == [], "the till is at another sale"


def test_the_same_number_on_another_day_is_another_sale() -> None:
    tomorrow = AT + timedelta(days=1)
    first = told(SaleBegan(at=AT, sale="1"), rung("milk", sale="1"), SaleEnded(at=AT, sale="1"))
    tally = Tally("EUR")
    for event in (SaleBegan(at=AT, sale="1"), rung("milk", sale="1"), SaleEnded(at=AT, sale="1")):
        tally.take(event)
    tally.take(SaleBegan(at=tomorrow, sale="1"))
    again = tally.take(rung("milk", sale="1"))
    assert again is not None
    assert again.basket_id != first[0].basket_id
    assert again.told_at is not None
    assert first[0].told_at is not None
    assert again.told_at > first[0].told_at


def test_two_tills_and_two_receipts_on_one_wire_stay_apart() -> None:
    states = told(
        SaleBegan(at=AT, till="1", sale="a"),
        SaleBegan(at=AT, till="2", sale="b"),
        rung("milk", till="1", sale="a"),
        rung("tea", till="2", sale="b"),
        rung("jam", till="1", sale="a"),
        LineVoided(at=AT, till="2", sale="b"),
    )
    assert [(state.till, lines(state)) for state in states[-2:]] == [("1", [("milk", 1000, 100), ("jam", 1000, 100)]), ("2", [])]


def test_a_number_told_only_at_the_end_belongs_to_the_sale_at_hand() -> None:
    states = told(BEGAN, rung("milk"), SaleEnded(at=AT, sale="153", total=Minor(95)))
    assert (states[-1].phase, states[-1].total, states[-1].basket_id) == (Phase.CLOSED, 95, states[0].basket_id)


def test_a_scanner_alone_is_closed_by_its_silence() -> None:
    tally = Tally("EUR")
    tally.take(ItemScanned(at=AT, line=RungLine(None, "04601234567893")))
    assert tally.idle(AT + timedelta(seconds=59), 60) == []
    (closed,) = tally.idle(AT + timedelta(seconds=60), 60)
    assert (closed.phase, closed.total, len(closed.lines)) == (Phase.CLOSED, None, 1)
    assert tally.idle(AT + timedelta(days=1), 60) == []


def test_a_clock_that_was_set_back_keeps_no_sale_open_for_the_next_shopper() -> None:
    """It says nothing of how long it was silent; for as long as it was set back the sale would have gone on."""
    tally = Tally("EUR")
    tally.take(ItemScanned(at=AT, line=RungLine(None, "04601234567893")))
    assert tally.idle(AT - timedelta(seconds=59), 60) == [], "a clock is corrected by a little all the time"
    (closed,) = tally.idle(AT - timedelta(hours=1), 60)
    assert (closed.phase, len(closed.lines)) == (Phase.CLOSED, 1)


def test_whole_baskets_pass_through() -> None:
    state = BasketState("a", 1, Phase.OPEN, (), "RUB", AT)
    assert told(state) == [state]


def test_neither_lines_nor_sales_grow_without_bound() -> None:
    tally = Tally("EUR")
    for number in range(MAX_LINES + 50):
        tally.take(rung("milk", number=number, sale="1"))
    current = tally.current()
    assert current is not None
    assert len(current.lines) == MAX_LINES
    for number in range(200):
        tally.take(rung("milk", till=str(number), sale=str(number)))
    assert len([till for till in range(200) if tally.current(str(till)) is not None]) <= MAX_OPEN


FEW = st.one_of(st.none(), st.sampled_from(["1", "2"]))
AMOUNTS = st.one_of(st.none(), st.integers(-500, 500).map(Minor))
QUANTITIES = st.integers(-3000, 5000).map(Thousandths)
NUMBERS = st.one_of(st.none(), st.integers(0, 3))
WIRE = {"at": st.datetimes(timezones=st.just(UTC)), "till": FEW, "sale": FEW}
RUNG = st.builds(RungLine, NUMBERS, st.sampled_from(["", "1", "2"]), QUANTITIES, amount=AMOUNTS, price=AMOUNTS, name=FEW)
EVENTS = st.one_of(
    st.builds(SaleBegan, **WIRE, kind=st.sampled_from(Kind), resumed=st.booleans()),
    st.builds(LineRung, **WIRE, line=RUNG),
    st.builds(ItemScanned, **WIRE, line=RUNG),
    st.builds(LineChanged, **WIRE, line_id=NUMBERS, quantity=st.one_of(st.none(), QUANTITIES), price=AMOUNTS, amount=AMOUNTS),
    st.builds(LineVoided, **WIRE, line_id=NUMBERS, name=FEW, quantity=st.one_of(st.none(), QUANTITIES), amount=AMOUNTS),
    st.builds(DiscountGiven, **WIRE, amount=st.integers(0, 100).map(Minor)),
    st.builds(Tendered, **WIRE),
    st.builds(SaleEnded, **WIRE, phase=st.sampled_from([Phase.CLOSED, Phase.CANCELLED, Phase.SUSPENDED]), total=AMOUNTS),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=30))
def test_whatever_is_told_each_sale_keeps_its_order_and_no_line_is_empty(events: list[PosEvent]) -> None:
    seen = dict[str, int]()
    for state in told(*events):
        assert state.seq == seen.get(state.basket_id, 0) + 1
        seen[state.basket_id] = state.seq
        assert all(line.quantity > 0 and not line.void for line in state.lines)
        numbers = [line.line_id for line in state.lines]
        assert None not in numbers
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("size", [1, 5])
def test_the_same_events_give_the_same_baskets(size: int) -> None:
    events = [BEGAN, *[rung("milk", number=number) for number in range(size)], SaleEnded(at=AT)]
    assert told(*events) == told(*events)


MANY = Thousandths(LIMIT)
"""As much as noise may say in the place of a quantity."""


@pytest.mark.parametrize(
    "events",
    [
        (rung("tea", None, quantity=MANY, price=Minor(LIMIT)),),
        (rung("tea", 100), LineChanged(at=AT, name="tea", price=Minor(LIMIT), quantity=MANY)),
        (rung("tea", LIMIT, quantity=1), LineChanged(at=AT, name="tea", quantity=MANY)),
    ],
    ids=["price times quantity", "a changed price", "a changed quantity"],
)
def test_an_amount_beyond_belief_is_not_known(events: tuple[PosEvent, ...]) -> None:
    """Headquarters would refuse the whole receipt for it."""
    state = told(*events)[-1]
    assert [one.amount for one in state.lines] == [None]
    assert state.total is None


def test_what_is_just_believed_is_reckoned() -> None:
    (state,) = told(rung("tea", None, quantity=2000, price=Minor(LIMIT // 2)))
    assert (state.lines[0].amount, state.total) == (LIMIT, LIMIT)


OFF_TEA = DiscountGiven(at=AT, amount=Minor(30), line_id=1)


def test_the_discount_of_a_line_goes_with_the_line() -> None:
    voided = told(rung("tea", 100, 1), rung("milk", 50, 2), OFF_TEA, LineVoided(at=AT, line_id=1))
    assert [state.total for state in voided] == [100, 150, 120, 50]
    again = told(rung("tea", 100, 1), OFF_TEA, OFF_TEA, LineVoided(at=AT, line_id=1), rung("tea", 100, 1))
    assert [state.total for state in again] == [100, 70, 40, 0, 100]


def test_a_discount_of_the_receipt_or_of_a_line_that_stays_stays() -> None:
    receipt = DiscountGiven(at=AT, amount=Minor(30))
    nowhere = DiscountGiven(at=AT, amount=Minor(5), line_id=9)
    states = told(rung("tea", 100, 1), rung("milk", 50, 2), receipt, OFF_TEA, nowhere, LineVoided(at=AT, line_id=2))
    assert [state.total for state in states] == [100, 150, 120, 90, 85, 35]
    fewer = told(rung("tea", 100, 1, 2000), OFF_TEA, LineVoided(at=AT, line_id=1, quantity=Thousandths(1000)))
    assert fewer[-1].total == 20, "of what is left of it nobody knows how much"
