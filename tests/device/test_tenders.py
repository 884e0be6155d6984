"""What has been paid, as tills tell it: added up once, forgotten with the payment, never a reason to lose a basket."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.dialects.native import Decoder
from device.domain import Minor, Phase, Tender
from device.events import BasketState, LineRung, PosEvent, RungLine, SaleBegan, SaleEnded, Tendered, plain
from device.open_sale import MAX_TENDERS
from device.tally import Tally

AT = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
BEGAN = SaleBegan(at=AT)
MILK = LineRung(at=AT, line=RungLine(None, name="milk", amount=Minor(1000)))


def paid(means: str | None, amount: int | None, seconds: float = 0) -> Tendered:
    return Tendered(at=AT + timedelta(seconds=seconds), means=means, amount=None if amount is None else Minor(amount))


def states(*events: PosEvent) -> list[BasketState]:
    tally = Tally("EUR")
    return [state for event in events if (state := tally.take(event)) is not None]


def tenders(*events: PosEvent) -> list[tuple[str | None, int | None]]:
    return [(one.means, one.amount) for one in states(BEGAN, MILK, *events)[-1].tenders]


def test_payments_stand_in_their_order_until_the_end() -> None:
    told = states(BEGAN, MILK, paid("card", 400), paid("cash", 700, 5), SaleEnded(at=AT))
    assert [(state.phase, len(state.tenders)) for state in told] == [
        (Phase.OPEN, 0),
        (Phase.TENDER, 1),
        (Phase.TENDER, 2),
        (Phase.CLOSED, 2),
    ]


def test_a_payment_told_twice_within_a_second_is_one_and_two_equal_notes_are_two() -> None:
    assert tenders(paid("cash", 400), paid("cash", 400, 0.9)) == [("cash", 400)]
    assert tenders(paid("cash", 400), paid("cash", 400, 1.0)) == [("cash", 400), ("cash", 400)]


def test_once_all_is_paid_nothing_more_is_counted() -> None:
    assert tenders(paid("card", 1000), paid("card", 1000, 30)) == [("card", 1000)]
    assert tenders(paid("cash", 5000), paid("card", 1, 30)) == [("cash", 5000)]


def test_a_till_that_only_says_that_it_is_being_paid_tells_no_payment() -> None:
    assert tenders(paid(None, None)) == []
    assert len(states(BEGAN, MILK, paid(None, None), paid(None, None, 5))) == 2
    assert tenders(paid("card", None), paid("card", None, 9), paid("cash", None, 9)) == [("card", None), ("cash", None)]


def test_a_payment_that_is_broken_off_is_forgotten() -> None:
    bread = replace(MILK, line=replace(MILK.line, name="bread"))
    assert tenders(paid("card", 400), bread) == []
    assert tenders(paid("card", 400), bread, paid("cash", 2000, 9)) == [("cash", 2000)]


def test_the_next_sale_has_no_payments_of_the_last() -> None:
    assert tenders(paid("card", 1000), SaleEnded(at=AT), SaleBegan(at=AT, sale="2"), MILK) == []


def test_payments_of_one_sale_are_bounded() -> None:
    assert len(tenders(*(paid("cash", 1, 2 * number) for number in range(100)))) == MAX_TENDERS


@given(
    st.lists(st.tuples(st.sampled_from([None, "cash", "card"]), st.none() | st.integers(0, 3000), st.floats(0, 5)), max_size=30)
)
def test_whatever_is_tendered_phase_and_lines_are_as_without(told: list[tuple[str | None, int | None, float]]) -> None:
    events = [paid(*one) for one in told]
    last = states(BEGAN, MILK, *events, SaleEnded(at=AT))[-1]
    assert (last.phase, len(last.lines), last.total) == (Phase.CLOSED, 1, 1000)
    assert len(last.tenders) <= MAX_TENDERS


def native(**facts: object) -> BasketState:
    message = {"v": 1, "basket_id": "a", "seq": 1, "state": "tender", "currency": "RUB", "lines": []} | facts
    (event,) = Decoder().feed(json.dumps(message).encode() + b"\n", AT)
    return event


def test_the_native_dialect_tells_payments() -> None:
    told = native(paid=[{"means": "card", "amount": 100}, {"means": "talon"}, {"amount": 5, "till": "ignored"}])
    assert told.tenders == (Tender("card", Minor(100)), Tender("talon"), Tender(None, Minor(5)))
    assert plain(told)["tenders"] == [{"means": "card", "amount": 100}, {"means": "talon"}, {"amount": 5}]


@pytest.mark.parametrize("paid", [True, "cash", 5, {}, [5], [{"amount": "5"}], [{"amount": 10**13}], [{"means": ""}], None])
def test_payments_of_another_form_cost_no_basket(paid: object) -> None:
    assert native(paid=paid).tenders == ()


def test_more_payments_than_are_kept_cost_no_basket() -> None:
    assert len(native(paid=[{"means": "cash", "amount": 1}] * 1000).tenders) == MAX_TENDERS
