"""The window under every disorder the wire can make: nothing lost, nothing freed that headquarters does not have."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sync import window
from sync.envelope import Acknowledgement
from sync.window import MAX_PAUSE_SECONDS, WINDOW, Refusal, Window

EPOCH = "e" * 32


def answer(flight: window.Flight, *, epoch: str = EPOCH, refused: str | None = None) -> Acknowledgement:
    return Acknowledgement(flight.sha256, epoch, flight.lo, flight.hi, refused)


def flown(state: Window, *shas: str, now: float = 0.0) -> Window:
    for sha in shas:
        flight = window.to_send(state, now)
        assert flight is not None
        state = window.sent(state, flight, sha, now, 1.0)
    return state


def full() -> Window:
    state = Window(EPOCH, 0)
    for seqs in ([1, 2], [3, 5], [6], [7, 8]):
        state = window.cut(state, seqs)
    return flown(state, "a", "b", "c", "d")


def test_ranges_follow_each_other_without_a_hole() -> None:
    assert [(flight.lo, flight.hi) for flight in full().flights] == [(1, 2), (3, 5), (6, 6), (7, 8)]
    assert not full().has_room


def test_the_watermark_waits_for_the_first_gap() -> None:
    state = full()
    for index, expected in ((1, 0), (3, 0), (0, 5), (2, 8)):
        state = window.heard(state, answer(full().flights[index])).window
        assert state.acknowledged == expected
    assert state.flights == ()


def test_an_answer_to_other_bytes_moves_nothing() -> None:
    state = full()
    first = state.flights[0]
    wrong = (
        Acknowledgement("f" * 64, EPOCH, first.lo, first.hi),
        answer(first, epoch="d" * 32),
        Acknowledgement(first.sha256, EPOCH, first.lo, first.hi + 1),
        Acknowledgement(first.sha256, "", 0, 0),
    )
    for other in wrong:
        assert window.heard(state, other) == window.Heard(state)


def test_an_answer_heard_twice_counts_once() -> None:
    once = window.heard(full(), answer(full().flights[1])).window
    assert window.heard(once, answer(full().flights[1])) == window.Heard(once)


def test_silence_means_again_later_and_later_but_never_too_late() -> None:
    state = flown(window.cut(Window(EPOCH, 0), [1]), "a")
    due = []
    for _ in range(12):
        now = state.flights[0].due
        assert window.to_send(state, now - 0.01) is None
        state = flown(state, "a", now=now)
        due.append(state.flights[0].due - now)
    assert due == sorted(due)
    assert due[-1] == window.ANSWER_SECONDS + MAX_PAUSE_SECONDS


def test_after_a_reconnect_all_is_due_at_once() -> None:
    assert window.to_send(full(), 0.1) is None
    assert window.to_send(window.reconnected(full()), 0.1) is not None


def test_a_refused_batch_is_cut_up_and_only_the_bad_receipt_is_named() -> None:
    state = full()
    state = window.heard(state, answer(state.flights[1], refused="bad")).window
    assert [(flight.lo, flight.hi) for flight in state.flights] == [(1, 2), (3, 3), (4, 5), (6, 6), (7, 8)]
    state = window.heard(state, answer(state.flights[0])).window
    state = flown(state, "b1")
    state = window.heard(state, answer(state.flights[0])).window
    state = flown(state, "b2")
    passed, refusals = window.heard(state, answer(state.flights[0], refused="still bad"))
    assert refusals == (Refusal(5, "still bad"),)
    assert passed.acknowledged == 5


@dataclass
class Headquarters:
    """Keeps whole batches but for receipts that are poison; its answers may be lost, late, doubled."""

    poison: frozenset[int]
    kept: dict[int, int] = field(default_factory=dict)

    def take(self, flight: window.Flight) -> Acknowledgement:
        if self.poison & set(flight.seqs):
            return answer(flight, refused="poison")
        for seq in flight.seqs:
            self.kept[seq] = self.kept.get(seq, 0) + 1
        return answer(flight)


def one_schedule(seed: int) -> None:  # noqa: C901 - one story, told once
    """A register sells, sends, crashes; the wire loses, doubles, delays and reorders both ways."""
    chance = random.Random(seed)
    seqs = sorted(chance.sample(range(1, 400), chance.randint(1, 120)))
    central = Headquarters(frozenset(chance.sample(seqs, chance.randint(0, min(3, len(seqs))))))
    wire_up: list[window.Flight] = []
    wire_down: list[Acknowledgement] = []
    durable, named = 0, set()
    state = Window(EPOCH, durable)
    now = 0.0
    trouble = chance.random() * 0.5
    for step in range(20_000):
        calm = step > 400
        if not calm and chance.random() < 0.03:
            state = Window(EPOCH, durable)
        while state.has_room:
            ready = [seq for seq in seqs if seq >= state.next_lo][: chance.randint(1, 20)]
            if not ready:
                break
            state = window.cut(state, ready)
        while (flight := window.to_send(state, now)) is not None:
            state = window.sent(state, flight, f"{seed}/{step}/{flight.lo}", now, chance.random())
            wire_up.append(next(f for f in state.flights if f.lo == flight.lo))
            assert sum(f.tries > 0 and not f.answered for f in state.flights) <= WINDOW
        chance.shuffle(wire_up)
        chance.shuffle(wire_down)
        while wire_up and (calm or chance.random() < 0.7):
            arrived = wire_up.pop()
            for _ in range(1 if calm else chance.choice((1, 1, 2))):
                wire_down += [central.take(arrived)] if calm or chance.random() > trouble else []
        while wire_down and (calm or chance.random() < 0.7):
            if calm or chance.random() > trouble:
                state, refusals = window.heard(state, wire_down.pop())
                named |= {refusal.seq for refusal in refusals}
                assert all(seq in central.kept or seq in named for seq in seqs if seq <= state.acknowledged)
                durable = state.acknowledged
            else:
                wire_down.pop()
        if durable >= seqs[-1]:
            break
        now += 3.0
    assert durable >= seqs[-1]
    assert set(central.kept) == set(seqs) - central.poison
    assert named == central.poison


def test_hundreds_of_schedules_of_loss_disorder_and_crashes() -> None:
    first = random.randrange(2**32)
    for seed in range(first, first + 250):
        try:
            one_schedule(seed)
        except AssertionError as error:
            raise AssertionError(f"schedule {seed}") from error
