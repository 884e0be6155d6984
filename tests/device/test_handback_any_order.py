"""What holds for hand-overs whatever happens, in any order: a till, its cashier and a register that is killed now and then."""

from __future__ import annotations

from fakes.device_handback import basket_line
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device.domain import Line, Phase, Sku
from device.handback.machine import Handover, Machine, Seen

SECONDS, SILENCE = 5.0, 0.3

ITEM = st.sampled_from(["butter", "butter", "tea"])
SELDOM = st.sampled_from([True, False, False, False])
"""What undoes much: were it as frequent as the rest, hardly anything would ever be sent."""


class Checkout(RuleBasedStateMachine):
    """What is right is worked out here from the history alone."""

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
        self.lines[self.fresh] = basket_line(self.fresh, sku, pieces)
        if sku is not None and (mine := self.since.get((self.receipt(), Sku(sku)))) is not None:
            mine.add(self.fresh)
        self.look()

    @precondition(lambda self: self.phase is Phase.OPEN and any(one.sku is None for one in self.lines.values()))
    @rule(sku=ITEM)
    def know(self, sku: str) -> None:
        """What an unknown line is becomes known. It may have come after the send, and then it shows the item."""
        number = next(number for number, one in self.lines.items() if one.sku is None)
        pieces = self.lines[number].quantity // 1000
        self.lines[number] = basket_line(number, sku, pieces)
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
