"""The states of a hand-over without a clock, a lane or a port, and what holds for them whatever happens."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device.domain import Line, Minor, Phase, Sku, Thousandths, Unit
from device.handback.machine import MAX_KEPT, Handover, Machine, Seen, State, Told

SECONDS, SILENCE = 5.0, 0.3
BUTTER = Sku("butter")


def line(number: int, sku: str | None, pieces: int = 1, name: str | None = None) -> Line:
    known = None if sku is None else Sku(sku)
    return Line(number, sku or "", known, Thousandths(1000 * pieces), Unit.PIECE, Minor(9990 * pieces), Minor(9990), name)


def seen(*lines: Line, phase: Phase = Phase.OPEN, receipt: str = "a") -> Seen:
    return Seen(receipt, phase, lines)


BREAD = line(1, "bread")


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
    assert says(machine.step(seen(BREAD, line(2, "butter")), 2.0, 0.0)[1]) == [(State.CONFIRMED, True)]


def test_a_line_that_stood_there_unknown_and_is_now_known_is_no_success() -> None:
    machine = Machine(SECONDS)
    sent(machine, BREAD, line(2, None, name="BUTT"))
    known = line(2, "butter", name="BUTT")
    assert machine.step(seen(BREAD, known), 1.0, 1.0) == (None, [])
    assert says(machine.step(seen(BREAD, known), SECONDS, 1.0)[1]) == [(State.GIVEN_UP, False)]
    assert says(machine.step(seen(BREAD, known, line(3, "butter")), 6.0, 1.0)[1]) == [(State.LATE, False)]


def test_it_may_be_shown_before_the_write_has_returned_and_while_the_shopper_pays() -> None:
    machine = Machine(SECONDS)
    machine.accept("a", BUTTER, "4601", sent_before=False)
    one, _ = machine.step(seen(BREAD), 0.0, 1.0)
    assert one is not None
    assert machine.step(seen(BREAD, phase=Phase.TENDER), 0.1, 0.0)[1] == []
    assert says(machine.step(seen(BREAD, line(2, "butter"), phase=Phase.TENDER), 0.2, 0.0)[1]) == [(State.CONFIRMED, True)]
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
    _, told = machine.step(seen(BREAD, line(2, "butter", 2)), 1.0, 0.0)
    assert [word.sentence.split(":")[0] for word in told] == [
        "was sent to the till, which shows it",
        "stands 2 times on the receipt and was sent once",
    ]
    assert machine.step(seen(BREAD, line(2, "butter", 3)), 2.0, 0.0)[1] == []


def test_late_on_a_receipt_that_was_set_aside_meanwhile_and_on_no_other() -> None:
    machine = Machine(SECONDS)
    sent(machine)
    assert says(machine.step(seen(BREAD, phase=Phase.SUSPENDED), 1.0, 0.0)[1]) == [(State.GIVEN_UP, False)]
    assert machine.step(seen(line(1, "butter"), receipt="b"), 2.0, 0.0)[1] == []
    assert says(machine.step(seen(BREAD, line(2, "butter")), 9.0, 0.0)[1]) == [(State.LATE, False)]


def test_what_was_sent_before_a_restart_is_looked_after_and_never_sent() -> None:
    for state, told_then in (
        (seen(BREAD, line(2, "butter")), (State.CONFIRMED, True)),
        (seen(BREAD, phase=Phase.CLOSED), (State.GIVEN_UP, False)),
    ):
        machine = Machine(SECONDS)
        machine.resume(state, [BUTTER], 0.0)
        assert says(machine.step(state, 0.0, 1.0)[1]) == [told_then]
    machine = Machine(SECONDS)
    machine.resume(seen(BREAD, line(2, None, name="BUTT")), [BUTTER], 0.0)
    assert machine.accept("a", BUTTER, "4601", sent_before=True)[0].state is State.GIVEN_UP
    known = seen(BREAD, line(2, "butter", name="BUTT"))
    assert machine.step(known, 1.0, 9.0) == (None, []), "it may have stood there when it was sent"
    assert says(machine.step(known, SECONDS, 9.0)[1]) == [(State.GIVEN_UP, False)]
    assert says(machine.step(seen(BREAD, line(3, "butter")), SECONDS + 1, 9.0)[1]) == [(State.LATE, False)]
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
    assert says(machine.step(seen(BREAD, line(2, "butter")), 1.0, 0.0)[1]) == [(State.BY_HAND, True)]
    twice = machine.step(seen(BREAD, line(2, "butter"), line(3, "butter")), 2.0, 0.0)[1]
    assert says(twice) == [(State.BY_HAND, False)], "both were rung up"
    assert machine.outcomes == {State.BY_HAND: 1, State.GIVEN_UP: 0}


def test_both_at_once_show_that_the_till_took_what_was_sent() -> None:
    for lines in ((line(2, "butter", 2),), (line(2, "butter"), line(3, "butter"))):
        machine = Machine(SECONDS)
        sent(machine)
        machine.scanned("a", BUTTER)
        _, told = machine.step(seen(BREAD, *lines), 1.0, 0.0)
        assert says(told) == [(State.CONFIRMED, True), (State.CONFIRMED, False)]
        assert +machine.outcomes == {State.CONFIRMED: 1}


def test_a_scan_of_what_the_till_has_shown_is_another_piece() -> None:
    machine = Machine(SECONDS)
    one = sent(machine)
    machine.step(seen(BREAD, line(2, "butter")), 1.0, 0.0)
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


ITEM = st.sampled_from(["butter", "butter", "tea"])
SELDOM = st.sampled_from([True, False, False, False])
"""What undoes much: were it as frequent as the rest, hardly anything would ever be sent."""


class Checkout(RuleBasedStateMachine):
    """A till, its cashier and a register that is killed now and then; what is right is worked out here from the history alone."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine(SECONDS, SILENCE)
        self.now = 0.0
        self.sale, self.sales, self.run, self.phase = 0, 0, 0, Phase.OPEN
        self.lines: dict[int, Line] = {}
        self.fresh = 0
        self.aside: list[tuple[int, dict[int, Line]]] = []
        self.disk: set[tuple[int, Sku]] = set()
        self.settled: set[tuple[int, Sku]] = set()
        self.left: set[tuple[int, Sku]] = set()
        """What stood on the disk unsettled at the last restart, until its sale is heard of."""
        self.sends: list[tuple[int, Sku]] = []
        self.yeses: set[tuple[int, Sku]] = set()
        self.under_way: Handover | None = None
        self.since: dict[tuple[str, Sku], set[int]] = {}
        """By receipt and item: lines rung up as that item after it was sent."""
        self.marks: dict[tuple[str, Sku], int] = {}
        """The last line that there was when it was sent."""

    def receipt(self) -> str:
        return f"{self.sale}/{self.run}"

    def look(self, silent: float | None = None) -> None:
        state = Seen(self.receipt(), self.phase, tuple(self.lines.values()), str(self.sale))
        self.resume(state)
        due, told = self.machine.step(state, self.now, silent)
        for word in told:
            if word.sale is not None:
                self.settled.add((int(word.sale), word.sku))
            if word.well:
                after = self.since.get((self.receipt(), word.sku), set())
                assert after & set(self.lines), "success without a line that came after the send, on this receipt"
        if due is not None:
            assert self.phase is Phase.OPEN, "sent when the sale was not open"
            assert due.receipt == self.receipt(), "sent for another receipt"
            assert (self.sale, due.sku) in self.yeses, "sent without a yes"
            assert silent is not None
            assert silent >= SILENCE
            assert all(one.sku != due.sku for one in self.lines.values()), "it was rung up already"
            self.sends.append((self.sale, due.sku))
            self.disk.add((self.sale, due.sku))
            self.since[self.receipt(), due.sku] = set()
            self.marks[self.receipt(), due.sku] = self.fresh
            self.under_way = due

    def resume(self, state: Seen) -> None:
        mine = {sku for sale, sku in self.left if sale == self.sale}
        self.left = {one for one in self.left if one[0] != self.sale}
        if mine:
            self.machine.resume(state, sorted(mine), self.now)
        for sku in mine:
            # When it was sent, none stood there: whatever stands there now came after it.
            self.since[self.receipt(), sku] = {number for number, one in self.lines.items() if one.sku == sku}
            self.marks[self.receipt(), sku] = self.fresh

    @precondition(lambda self: self.phase in {Phase.OPEN, Phase.TENDER})
    @rule(sku=st.sampled_from(["bread", "bread", "butter", "tea", None]), pieces=st.integers(1, 2))
    def ring(self, sku: str | None, pieces: int) -> None:
        self.phase = Phase.OPEN
        self.fresh += 1
        self.lines[self.fresh] = line(self.fresh, sku, pieces)
        if sku is not None and (mine := self.since.get((self.receipt(), Sku(sku)))) is not None:
            mine.add(self.fresh)
        self.look()

    @precondition(lambda self: self.phase is Phase.OPEN and any(one.sku is None for one in self.lines.values()))
    @rule(sku=ITEM)
    def know(self, sku: str) -> None:
        """What an unknown line is becomes known. It may have come after the send, and then it shows the item."""
        number = next(number for number, one in self.lines.items() if one.sku is None)
        pieces = self.lines[number].quantity // 1000
        self.lines[number] = line(number, sku, pieces)
        if (mine := self.since.get((self.receipt(), Sku(sku)))) is not None and number > self.marks[self.receipt(), Sku(sku)]:
            mine.add(number)
        self.look()

    @precondition(lambda self: self.phase is Phase.OPEN and self.lines)
    @rule()
    def void(self) -> None:
        self.lines.pop(max(self.lines))
        self.look()

    @precondition(lambda self: self.phase is Phase.OPEN)
    @rule(sku=ITEM)
    def accept(self, sku: str) -> None:
        self.yeses.add((self.sale, Sku(sku)))
        self.machine.accept(self.receipt(), Sku(sku), sku, sent_before=(self.sale, Sku(sku)) in self.disk)

    @precondition(lambda self: self.phase is Phase.OPEN)
    @rule(sku=ITEM)
    def accept_at_a_silent_wire(self, sku: str) -> None:
        self.accept(sku)
        self.look(1.0)

    @rule(sku=ITEM, really=SELDOM)
    def undo(self, sku: str, really: bool) -> None:
        if not really:
            return
        self.yeses.discard((self.sale, Sku(sku)))
        self.machine.take_back(self.receipt(), Sku(sku))

    @rule(sku=ITEM, really=SELDOM)
    def the_cashier_scans(self, sku: str, really: bool) -> None:
        if really:
            self.machine.scanned(self.receipt(), Sku(sku))

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 4.9, 6.0]), silent=st.sampled_from([None, 0.0, 0.29, 0.3, 10.0]))
    def time_passes(self, seconds: float, silent: float | None) -> None:
        self.now += seconds
        self.look(silent)

    @rule()
    def the_wire_is_silent(self) -> None:
        self.now += 0.1
        self.look(1.0)

    @precondition(lambda self: self.under_way is not None)
    @rule(well=st.booleans())
    def the_write_ends(self, well: bool) -> None:
        assert self.under_way is not None
        one, self.under_way = self.under_way, None
        if well:
            self.machine.written(one, self.now)
        else:
            assert not any(word.well for word in self.machine.failed(one, "the cable is gone"))

    @rule(really=SELDOM)
    def no_way_can_be_opened(self, really: bool) -> None:
        if really and (first := self.machine.next) is not None:
            self.machine.failed(first, "no port")

    @precondition(lambda self: self.phase is Phase.OPEN)
    @rule()
    def pay(self) -> None:
        self.phase = Phase.TENDER
        self.look()

    @precondition(lambda self: self.phase in {Phase.OPEN, Phase.TENDER})
    @rule(phase=st.sampled_from([Phase.CLOSED, Phase.CANCELLED, Phase.SUSPENDED]), really=SELDOM)
    def end(self, phase: Phase, really: bool) -> None:
        if not really:
            return
        self.phase = phase
        if phase is Phase.SUSPENDED:
            self.aside.append((self.sale, dict(self.lines)))
        self.look()

    @rule(really=SELDOM)
    def the_next_sale(self, really: bool) -> None:
        """Seldom where nobody said how the one before ended."""
        if not really and self.phase in {Phase.OPEN, Phase.TENDER}:
            return
        if self.phase in {Phase.OPEN, Phase.TENDER}:
            self.aside.append((self.sale, dict(self.lines)))
        self.sales += 1
        self.sale = self.sales
        self.phase, self.lines = Phase.OPEN, {}
        self.look()

    @precondition(lambda self: self.aside and self.phase in {Phase.CLOSED, Phase.CANCELLED, Phase.SUSPENDED})
    @rule()
    def go_on_with_one_that_was_set_aside(self) -> None:
        self.sale, self.lines = self.aside.pop()
        self.phase = Phase.OPEN
        self.look()

    @rule(really=SELDOM)
    def kill_9(self, really: bool) -> None:
        """The register forgets everything but its disk, and names the same sale's receipt anew."""
        if not really:
            return
        self.machine = Machine(SECONDS, SILENCE)
        self.left = self.disk - self.settled
        self.run += 1
        self.under_way = None
        self.look()

    @invariant()
    def at_most_one_send_for_an_item_of_a_sale(self) -> None:
        assert len(self.sends) == len(set(self.sends))


TestCheckout = Checkout.TestCase
TestCheckout.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
