"""What is in flight and what headquarters has: pure, no clock, no wire, no database.

One window belongs to one epoch. `acknowledged` is the watermark: headquarters answered for every number up to it. Above it stand
the flights, ranges that follow each other without a hole; at most `width` of them are on the way at once. An acknowledgement
counts only with the range and the hash of the bytes last sent; the watermark moves over the answered flights at the front.

A refusal never stops the line: a batch is cut into single receipts so that the good ones pass, and a single one that is refused
is given back by name: headquarters holds its bytes in quarantine, the register keeps the receipt.

Resending: after `ANSWER_SECONDS` plus a pause by `sync.pause`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from sync.envelope import Acknowledgement
from sync.pause import full_jitter

WINDOW: Final = 4
ANSWER_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 1.0
MAX_PAUSE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Flight:
    """A range that a batch answers for; `due` is when it may be sent (again), on a monotonic clock in seconds."""

    lo: int
    hi: int
    seqs: tuple[int, ...]
    due: float = 0.0
    tries: int = 0
    sha256: str = ""
    answered: bool = False


class Refusal(NamedTuple):
    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Window:
    epoch: str
    acknowledged: int
    flights: tuple[Flight, ...] = ()
    width: int = WINDOW

    @property
    def next_lo(self) -> int:
        return (self.flights[-1].hi if self.flights else self.acknowledged) + 1

    @property
    def has_room(self) -> bool:
        return len(self.flights) < self.width


class Heard(NamedTuple):
    window: Window
    refusals: tuple[Refusal, ...] = ()


def cut(window: Window, seqs: Sequence[int]) -> Window:
    """Take the next receipts of this epoch; `seqs` are ascending, not empty, and all there are up to the last of them."""
    assert seqs[0] >= window.next_lo
    return replace(window, flights=(*window.flights, Flight(window.next_lo, seqs[-1], tuple(seqs))))


def to_send(window: Window, now: float) -> Flight | None:
    """The first flight that is due and, when it was never sent, has room on the wire."""
    room = window.width - sum(flight.tries > 0 and not flight.answered for flight in window.flights)
    for flight in window.flights:
        if not flight.answered and flight.due <= now and (flight.tries > 0 or room > 0):
            return flight
    return None


def sent(window: Window, flight: Flight, sha256: str, now: float, chance: float) -> Window:
    """`chance` in 0 to 1 spreads the resending."""
    pause = full_jitter(flight.tries, PAUSE_SECONDS, MAX_PAUSE_SECONDS, chance)
    flown = replace(flight, sha256=sha256, tries=flight.tries + 1, due=now + ANSWER_SECONDS + pause)
    return _replaced(window, flight, (flown,))


def heard(window: Window, answer: Acknowledgement) -> Heard:
    """Anything that does not answer the very bytes last sent changes nothing."""
    for flight in window.flights:
        if flight.sha256 != answer.sha256 or flight.answered:
            continue
        if answer.refused is not None:
            return refused(window, flight, answer.refused)
        if (answer.epoch, answer.lo, answer.hi) == (window.epoch, flight.lo, flight.hi):
            return Heard(_moved(_replaced(window, flight, (replace(flight, answered=True),))))
    return Heard(window)


def refused(window: Window, flight: Flight, why: str) -> Heard:
    if len(flight.seqs) > 1:
        starts = (flight.lo, *(seq + 1 for seq in flight.seqs[:-1]))
        singles = tuple(Flight(lo, seq, (seq,)) for lo, seq in zip(starts, flight.seqs, strict=True))
        return Heard(_replaced(window, flight, singles))
    passed = _moved(_replaced(window, flight, (replace(flight, answered=True),)))
    return Heard(passed, (Refusal(flight.seqs[0], why),))


def reconnected(window: Window) -> Window:
    """What was on the wire may be lost: all of it is due at once."""
    return replace(window, flights=tuple(replace(flight, due=0.0) for flight in window.flights))


def _replaced(window: Window, old: Flight, new: tuple[Flight, ...]) -> Window:
    at = window.flights.index(old)
    return replace(window, flights=(*window.flights[:at], *new, *window.flights[at + 1 :]))


def _moved(window: Window) -> Window:
    flights = list(window.flights)
    acknowledged = window.acknowledged
    while flights and flights[0].answered:
        acknowledged = flights.pop(0).hi
    return replace(window, acknowledged=acknowledged, flights=tuple(flights))
