"""One sale as numbered events tell it, each of its parts by the event of the highest number that told it.

So the events may come twice and in any order, and what is missing is known by its number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from device.domain import Minor, Phase, Tender
from device.events import BasketState, RungLine
from device.nativeform import MAX_LINES
from device.open_sale import Moment

MAX_AHEAD: Final = 1000
"""Events behind a gap that are told apart; with more of them, only the whole sale told anew can fill it."""
_STEP: Final = 10**6
"""An event that comes late makes a newer state of the same number: there is room for them between two numbers. The last state
has the same one however it came about, so that a sale that is told again after a restart is known as the same."""

Key = tuple[str | None, str]
"""The till's name and its name of the sale."""


@dataclass(slots=True)
class NumberedSale:
    """One sale as its events tell it, each part by the highest `seq` that told it."""

    lines: dict[int, tuple[int, RungLine | None]] = field(default_factory=dict)
    """With the `seq` that told it; None: taken off."""
    whole: int = 0
    """Every event up to this one is known."""
    ahead: set[int] = field(default_factory=set)
    top: int = 0
    phase: Phase = Phase.OPEN
    phase_seq: int = 0
    total: Minor | None = None
    tenders: tuple[Tender, ...] = ()
    told_at: str | None = None
    currency: str = ""
    given: int = 0
    """The `seq` of the state that was given last."""
    at: Moment | None = None

    @property
    def over(self) -> bool:
        """It may still wait for what is missing."""
        return self.phase in {Phase.CLOSED, Phase.CANCELLED}

    def replace_all(self, seq: int, lines: tuple[RungLine, ...]) -> None:
        """These are the lines as of this event; later ones told more."""
        self.lines = {number: told for number, told in self.lines.items() if told[0] > seq}
        for line in lines:
            self.put(line.line_id or 0, seq, line)

    def knows(self, seq: int) -> bool:
        return seq <= self.whole or seq in self.ahead

    def note(self, seq: int) -> None:
        """The event of this number is known."""
        if seq == self.whole + 1:
            self.note_all(seq)
            return
        self.top = max(self.top, seq)
        if len(self.ahead) < MAX_AHEAD:
            self.ahead.add(seq)

    def note_all(self, seq: int) -> None:
        """Every event up to this number is known."""
        self.top, self.whole = max(self.top, seq), max(self.whole, seq)
        self.ahead = {one for one in self.ahead if one > self.whole}
        while self.whole + 1 in self.ahead:
            self.whole += 1
            self.ahead.remove(self.whole)

    def turn(self, phase: Phase, seq: int, told_at: str | None) -> None:
        """Paying has begun, or whatever the phase says."""
        if seq >= self.phase_seq:
            if phase is Phase.OPEN:
                self.tenders = ()
            self.phase, self.phase_seq, self.told_at = phase, seq, told_at

    def put(self, number: int, seq: int, line: RungLine | None) -> None:
        """The line stands there, or, None, was taken off."""
        if number in self.lines and self.lines[number][0] > seq:
            return
        if number in self.lines or len(self.lines) < 2 * MAX_LINES:
            self.lines[number] = seq, line

    def _standing(self) -> tuple[RungLine, ...]:
        return tuple(line for _, (_, line) in sorted(self.lines.items()) if line is not None)[:MAX_LINES]

    def state(self, key: Key, at: datetime, card: str | None, *, waits: bool = True) -> BasketState:
        """The basket as it stands. An end that `waits` for what is missing is being paid until then."""
        partial = self.top > self.whole
        held = waits and partial and self.over
        final = self.over and not held
        self.given = self.top * _STEP + _STEP - 1 if final else max(self.given + 1, self.top * _STEP)
        return BasketState(
            basket_id=key[1],
            seq=self.given,
            phase=Phase.TENDER if held else self.phase,
            lines=self._standing(),
            currency=self.currency,
            at=at,
            total=self.total,
            till=key[0],
            told_at=self.told_at,
            loyalty_id=card,
            partial=partial,
            tenders=self.tenders,
        )


@dataclass(frozen=True, slots=True)
class HeldEnd:
    """A sale that is over and waits for what is missing of it."""

    till: str | None
    basket_id: str
    sale: NumberedSale


@runtime_checkable
class HoldsEnds(Protocol):
    """A decoder that lets an end wait, and would lose it when it is killed."""

    def held(self) -> list[HeldEnd]:
        """The ends that wait."""

    def restore(self, held: list[HeldEnd], at: datetime) -> None:
        """What `held` gave an earlier process."""

    def standing(self) -> list[BasketState]:
        """The sales whose ends wait, as they stand: being paid."""
