"""The states of a hand-over without a clock, a lane or a port."""

from __future__ import annotations

from fakes.device_handback import basket_line

from device.domain import Line, Phase, Sku
from device.handback.machine import MAX_KEPT, Handover, Machine, Seen, State, Told

SECONDS, SILENCE = 5.0, 0.3
BUTTER = Sku("butter")


def seen(*lines: Line, phase: Phase = Phase.OPEN, receipt: str = "a") -> Seen:
    return Seen(receipt, phase, lines)


BREAD = basket_line(1, "bread")


def sent(machine: Machine, *lines: Line) -> Handover:
    """Butter, accepted on the receipt `a` at the time 0 and written."""
    assert machine.accept("a", BUTTER, "4601", sent_before=False) == []
    one, told = machine.step(seen(*(lines or (BREAD,))), 0.0, 1.0)
    assert one is not None
    assert (one.state, told) == (State.SENDING, [])
    machine.written(one, 0.0)
    return one


def says(told: list[Told]) -> list[tuple[State, bool]]:
    return [(word.state, word.well) for word in told]


def test_it_waits_for_an_open_way_and_a_silent_wire_and_then_sends_once() -> None:
    machine = Machine(SECONDS, SILENCE)
    machine.accept("a", BUTTER, "4601", sent_before=False)
    assert machine.step(seen(BREAD), 0.0, None) == (None, [])
    assert machine.step(seen(BREAD), 1.0, 0.29) == (None, [])
    one, _ = machine.step(seen(BREAD), 1.1, 0.3)
    assert one is not None
    assert (one.state, one.code) == (State.SENDING, "4601")
    assert machine.step(seen(BREAD), 1.2, 9.0) == (None, [])


def test_a_wire_that_is_never_silent_is_given_up_and_another_yes_may_try_again() -> None:
    machine = Machine(SECONDS, SILENCE)
    machine.accept("a", BUTTER, "4601", sent_before=False)
    machine.step(seen(BREAD), 0.0, 0.0)
    assert machine.step(seen(BREAD), SECONDS, 0.0) == (None, [])
    _, told = machine.step(seen(BREAD), SECONDS + SILENCE, 0.0)
    assert says(told) == [(State.GIVEN_UP, False)]
    assert machine.accept("a", BUTTER, "4601", sent_before=False) == []
    assert machine.step(seen(BREAD), 9.0, 1.0)[0] is not None, "nothing was sent before"


def test_success_is_a_line_that_came_after_it_was_sent() -> None:
    machine = Machine(SECONDS)
    one = sent(machine)
    assert machine.step(seen(BREAD), 1.0, 1.0) == (None, [])
    assert one.state is State.SENT
    assert says(machine.step(seen(BREAD, basket_line(2, "butter")), 2.0, 0.0)[1]) == [(State.CONFIRMED, True)]


def test_a_line_that_stood_there_unknown_and_is_now_known_is_no_success() -> None:
    machine = Machine(SECONDS)
    sent(machine, BREAD, basket_line(2, None, name="BUTT"))
    known = basket_line(2, "butter", name="BUTT")
    assert machine.step(seen(BREAD, known), 1.0, 1.0) == (None, [])
    assert says(machine.step(seen(BREAD, known), SECONDS, 1.0)[1]) == [(State.GIVEN_UP, False)]
    assert says(machine.step(seen(BREAD, known, basket_line(3, "butter")), 6.0, 1.0)[1]) == [(State.LATE, False)]


def test_it_may_be_shown_before_the_write_has_returned_and_while_the_shopper_pays() -> None:
    machine = Machine(SECONDS)
    machine.accept("a", BUTTER, "4601", sent_before=False)
    one, _ = machine.step(seen(BREAD), 0.0, 1.0)
    assert one is not None
    assert machine.step(seen(BREAD, phase=Phase.TENDER), 0.1, 0.0)[1] == []
    assert says(machine.step(seen(BREAD, basket_line(2, "butter"), phase=Phase.TENDER), 0.2, 0.0)[1]) == [(State.CONFIRMED, True)]
    machine.written(one, 0.3)
    assert one.state is State.CONFIRMED
    assert machine.failed(one, "the cable is gone") == []


def test_a_yes_that_is_taken_back_is_not_sent_and_one_taken_back_too_late_is_told() -> None:
    machine = Machine(SECONDS)
    machine.accept("a", BUTTER, "4601", sent_before=False)
    assert machine.take_back("a", BUTTER) == []
    assert machine.step(seen(BREAD), 0.0, 1.0) == (None, [])
    sent(machine)
    assert says(machine.take_back("a", BUTTER)) == [(State.GIVEN_UP, False)]


def test_twice_is_told_once_also_as_a_quantity() -> None:
    machine = Machine(SECONDS)
    sent(machine)
    _, told = machine.step(seen(BREAD, basket_line(2, "butter", 2)), 1.0, 0.0)
    assert [word.sentence.split(":")[0] for word in told] == [
        "was sent to the till, which shows it",
        "stands 2 times on the receipt and was sent once",
    ]
    assert machine.step(seen(BREAD, basket_line(2, "butter", 3)), 2.0, 0.0)[1] == []


def test_late_on_a_receipt_that_was_set_aside_meanwhile_and_on_no_other() -> None:
    machine = Machine(SECONDS)
    sent(machine)
    assert says(machine.step(seen(BREAD, phase=Phase.SUSPENDED), 1.0, 0.0)[1]) == [(State.GIVEN_UP, False)]
    assert machine.step(seen(basket_line(1, "butter"), receipt="b"), 2.0, 0.0)[1] == []
    assert says(machine.step(seen(BREAD, basket_line(2, "butter")), 9.0, 0.0)[1]) == [(State.LATE, False)]


def test_what_was_sent_before_a_restart_is_looked_after_and_never_sent() -> None:
    for state, told_then in (
        (seen(BREAD, basket_line(2, "butter")), (State.CONFIRMED, True)),
        (seen(BREAD, phase=Phase.CLOSED), (State.GIVEN_UP, False)),
    ):
        machine = Machine(SECONDS)
        machine.resume(state, [BUTTER], 0.0)
        assert says(machine.step(state, 0.0, 1.0)[1]) == [told_then]
    machine = Machine(SECONDS)
    machine.resume(seen(BREAD, basket_line(2, None, name="BUTT")), [BUTTER], 0.0)
    assert machine.accept("a", BUTTER, "4601", sent_before=True)[0].state is State.GIVEN_UP
    known = seen(BREAD, basket_line(2, "butter", name="BUTT"))
    assert machine.step(known, 1.0, 9.0) == (None, []), "it may have stood there when it was sent"
    assert says(machine.step(known, SECONDS, 9.0)[1]) == [(State.GIVEN_UP, False)]
    assert says(machine.step(seen(BREAD, basket_line(3, "butter")), SECONDS + 1, 9.0)[1]) == [(State.LATE, False)]
    assert +machine.outcomes == {State.LATE: 1}


def test_a_scan_by_the_cashier_before_it_is_sent_is_enough() -> None:
    machine = Machine(SECONDS)
    machine.accept("a", BUTTER, "4601", sent_before=False)
    assert machine.scanned("a", Sku("tea")) == machine.scanned("b", BUTTER) == []
    assert says(machine.scanned("a", BUTTER)) == [(State.GIVEN_UP, False)]
    assert machine.step(seen(BREAD), 0.0, 1.0) == (None, [])
    assert not machine.outcomes, "it was not sent"


def test_a_scan_by_the_cashier_meanwhile_is_no_proof_that_the_till_took_what_was_sent() -> None:
    machine = Machine(SECONDS)
    sent(machine)
    assert machine.scanned("a", BUTTER) == []
    assert says(machine.step(seen(BREAD, basket_line(2, "butter")), 1.0, 0.0)[1]) == [(State.BY_HAND, True)]
    twice = machine.step(seen(BREAD, basket_line(2, "butter"), basket_line(3, "butter")), 2.0, 0.0)[1]
    assert says(twice) == [(State.BY_HAND, False)], "both were rung up"
    assert machine.outcomes == {State.BY_HAND: 1, State.GIVEN_UP: 0}


def test_both_at_once_show_that_the_till_took_what_was_sent() -> None:
    for lines in ((basket_line(2, "butter", 2),), (basket_line(2, "butter"), basket_line(3, "butter"))):
        machine = Machine(SECONDS)
        sent(machine)
        machine.scanned("a", BUTTER)
        _, told = machine.step(seen(BREAD, *lines), 1.0, 0.0)
        assert says(told) == [(State.CONFIRMED, True), (State.CONFIRMED, False)]
        assert +machine.outcomes == {State.CONFIRMED: 1}


def test_a_scan_of_what_the_till_has_shown_is_another_piece() -> None:
    machine = Machine(SECONDS)
    one = sent(machine)
    machine.step(seen(BREAD, basket_line(2, "butter")), 1.0, 0.0)
    assert machine.scanned("a", BUTTER) == []
    assert one.state is State.CONFIRMED


def test_one_is_under_way_at_a_time_in_the_order_of_the_yeses() -> None:
    machine = Machine(SECONDS)
    tea = Sku("tea")
    machine.accept("a", BUTTER, "1", sent_before=False)
    machine.accept("a", tea, "2", sent_before=False)
    first, _ = machine.step(seen(BREAD), 0.0, 1.0)
    assert first is not None
    assert machine.next is None
    machine.failed(first, "the cable is gone")
    second, _ = machine.step(seen(BREAD), 0.1, 1.0)
    assert second is not None
    assert (first.sku, second.sku) == (BUTTER, tea)


def test_what_waits_and_what_is_looked_after_is_bounded() -> None:
    machine = Machine(SECONDS)
    told = [machine.accept("a", Sku(str(number)), "1", sent_before=False) for number in range(2 * MAX_KEPT)]
    assert [len(words) for words in told] == [0] * MAX_KEPT + [1] * MAX_KEPT
    old = Machine(SECONDS)
    for number in range(3 * MAX_KEPT):
        assert old.accept(f"r{number}", BUTTER, "1", sent_before=False) == []
        assert old.step(seen(BREAD, receipt=f"r{number}"), 10.0 * number, 1.0)[0] is not None
