"""The states of a hand-over, and when what is due: pure. Times are seconds of one clock that never goes back, told from outside.

    WAITING -----------> SENDING ----------> SENT ------------> CONFIRMED or BY_HAND
       |  way open and      |  first byte      |  the till shows
       |  wire silent       |                  |  it in time
       +--------------------+------------------+--------------> GIVEN_UP ----> LATE
                                                                   if it was sent, and the till shows it after all

| state     | left when                                                                                                     |
|-----------|---------------------------------------------------------------------------------------------------------------|
| WAITING   | the receipt is not open or not at hand any more, the item stands on it, the cashier scans it or takes the yes   |
|           | back, it was sent on this receipt before, or the wire is not silent for so long: GIVEN_UP, and nothing is sent  |
| SENDING   | the write is done; it fails: GIVEN_UP                                                                         |
| both      | the receipt has ended, is set aside or another one is at hand; `seconds` after the write: GIVEN_UP            |
| CONFIRMED | `seconds` more, in which the item must not stand there twice                                                  |
| BY_HAND   | the same                                                                                                      |

The till shows an item when a line of it stands on the very receipt on which it was accepted, and that line did not stand there
when it was sent, not even as one that nobody knew. One item of a lane is under way at a time, in the order of the yeses.

The cashier may scan the item while it is under way. If the till rings up both, it stands there twice, as two lines or as one of
two pieces, and that is told. If only one arrives, no till's feed says which it was: it is BY_HAND where the cashier's scanner is
listened to, too, and CONFIRMED where it is not. `outcomes` counts what became of all that was sent.

What an earlier process sent on a receipt that is still open, and said no last word on, is SENT from the moment at which this one
hears of the receipt; the lines that nobody knows then count as if they had stood there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from device.domain import Line, Phase, Sku
from device.events import ONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SILENCE_SECONDS: Final = 0.3
MAX_KEPT: Final = 64
"""Hand-overs that wait or are looked after; more yeses than that at once are not handed over."""

_OVER: Final = {
    Phase.TENDER: "paying has begun",
    Phase.CLOSED: "the sale is over",
    Phase.CANCELLED: "the sale was cancelled",
    Phase.SUSPENDED: "the sale was set aside",
}
_SCAN: Final = "the cashier scans it"


class State(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    BY_HAND = "by hand"
    GIVEN_UP = "given up"
    LATE = "late"


_THERE: Final = {State.CONFIRMED, State.BY_HAND, State.LATE}
"""It stands on the receipt."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the till's own feed told last: `receipt` names the sale, across being set aside, `sale` is the till's name of it."""

    receipt: str
    phase: Phase
    lines: tuple[Line, ...]
    sale: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence for the journal about one item; `state` is what it has come to."""

    sku: Sku
    state: State
    sentence: str
    well: bool = False
    """Nobody has to do anything."""
    sale: str | None = None
    """Where the item was sent: on which sale, as the till names it."""


@dataclass(slots=True, eq=False)
class Handover:
    """One item on one receipt. Owned by its machine; others read it."""

    receipt: str
    sku: Sku
    code: str
    state: State = State.WAITING
    until: float | None = None
    """When the state has lasted too long; None: its time has not begun."""
    sent: str | None = None
    """On which sale, as the till names it; None: it was not sent."""
    by_hand: bool = False
    """The cashier's own scan of it was heard since it was sent."""
    twice: bool = False
    """It was told that the item stands there twice."""
    unknown: frozenset[tuple[object, ...]] = frozenset()
    """The lines that nobody knew when it was sent."""

    def shown(self, seen: Seen) -> int:
        """Thousandths of a piece that have come onto the receipt since it was sent; before, all that stand there."""
        lines = (line for line in seen.lines if line.sku == self.sku and _words(line) not in self.unknown)
        return sum(line.quantity for line in lines)


class Machine:
    """One lane's. `step` whenever the till has told something, and again and again as time passes."""

    def __init__(self, seconds: float, silence: float = SILENCE_SECONDS) -> None:
        """`seconds`: how long the till may take to show an item, and to come to the silence of `silence` seconds before that."""
        self._seconds = seconds
        self._silence = silence
        self._all: list[Handover] = []
        self.outcomes: Counter[State] = Counter()
        """Of what was sent: CONFIRMED, BY_HAND, LATE or, as long as that may still come, GIVEN_UP."""

    @property
    def next(self) -> Handover | None:
        """What a way should be opened for: the first that waits, while none is under way."""
        if any(one.state in {State.SENDING, State.SENT} for one in self._all):
            return None
        return next((one for one in self._all if one.state is State.WAITING), None)

    def accept(self, receipt: str, sku: Sku, code: str, *, sent_before: bool) -> list[Told]:
        """The cashier's yes. `sent_before`: on this receipt, by whomever."""
        mine = [one for one in self._all if one.receipt == receipt and one.sku == sku]
        if any(one.state is State.WAITING for one in mine):
            return []
        made = Handover(receipt, sku, code)
        if sent_before or any(one.sent is not None for one in mine):
            return [self._end(made, f"was sent once on this receipt: {_SCAN}")]
        if len(self._all) >= MAX_KEPT and not self._forget_one():
            return [self._end(made, f"is not handed to the till: {MAX_KEPT} others wait; {_SCAN}")]
        self._all.append(made)
        return []

    def resume(self, seen: Seen, skus: Iterable[Sku], now: float) -> None:
        """Sent on this receipt by an earlier process: looked after, never sent."""
        unknown = frozenset(_words(line) for line in seen.lines if line.sku is None)
        for sku in skus:
            if len(self._all) < MAX_KEPT:
                until = now + self._seconds
                self._all.append(Handover(seen.receipt, sku, "", State.SENT, until, seen.sale, unknown=unknown))

    def scanned(self, receipt: str, sku: Sku) -> list[Told]:
        """The cashier scanned it, as a scanner beside the till told."""
        told = []
        for one in self._all:
            if one.receipt == receipt and one.sku == sku:
                if one.state is State.WAITING:
                    told.append(self._end(one, "was scanned before it was sent to the till: nothing is sent"))
                elif one.state in {State.SENDING, State.SENT}:
                    one.by_hand = True
        return told

    def take_back(self, receipt: str, sku: Sku) -> list[Told]:
        """The cashier's yes was an error."""
        told = []
        for one in self._all:
            if one.receipt == receipt and one.sku == sku:
                if one.state is State.WAITING:
                    self._end(one, "")
                elif one.state in {State.SENDING, State.SENT}:
                    told.append(self._end(one, "was taken back when it had been sent to the till: look there"))
        return told

    def step(self, seen: Seen | None, now: float, silent: float | None) -> tuple[Handover | None, list[Told]]:
        """What is to be sent now, at once and once, and what is to be said.

        `silent`: how long the lane's wires have been; None while no way to the till is open, and then nothing is to be sent.
        """
        told = [word for one in self._all for word in self._follow(one, seen, now)]
        self._all = [one for one in self._all if not _done(one, seen, now)]
        first = self.next
        if first is None or seen is None or silent is None:
            return None, told
        if first.until is None:
            # The silence itself is not counted: no wire can be silent for longer than it is waited for.
            first.until = now + self._seconds + self._silence
        if silent < self._silence:
            return None, told
        first.state, first.sent, first.until = State.SENDING, seen.sale, None
        first.unknown = frozenset(_words(line) for line in seen.lines if line.sku is None)
        return first, told

    def written(self, one: Handover, now: float) -> None:
        """The write is done. It counts for nothing but the time from which the till's answer is waited for."""
        if one.state is State.SENDING:
            one.state, one.until = State.SENT, now + self._seconds

    def failed(self, one: Handover, why: str) -> list[Told]:
        """No way could be opened, or the write failed: perhaps half-way, so it is not tried again."""
        if one.state not in {State.WAITING, State.SENDING}:
            return []  # the till has shown it, or its end was told
        return [self._end(one, f"cannot be handed to the till ({why}); {_SCAN}")]

    def _follow(self, one: Handover, seen: Seen | None, now: float) -> Iterator[Told]:
        mine = seen if seen is not None and seen.receipt == one.receipt else None
        phase = None if mine is None else mine.phase
        shown = 0 if mine is None else one.shown(mine)
        late = one.until is not None and now >= one.until
        match one.state:
            case State.WAITING:
                if why := _why_not(phase, shown, late=late):
                    yield self._end(one, why)
            case State.SENDING | State.SENT if one.by_hand and 0 < shown <= ONE:
                told = "was sent to the till and scanned by the cashier meanwhile: it stands on the receipt once"
                yield self._become(one, State.BY_HAND, told, now + self._seconds, well=True)
            case State.SENDING | State.SENT if shown > 0:
                told = "was sent to the till, which shows it"
                yield self._become(one, State.CONFIRMED, told, now + self._seconds, well=True)
            case State.SENDING | State.SENT if phase not in {Phase.OPEN, Phase.TENDER}:  # it may come while the shopper pays
                told = f"was sent to the till, but {_gone(phase)} and the till has not shown it: see that nobody else pays it"
                yield self._end(one, told)
            case State.SENT if late:
                told = f"was sent to the till, which does not show it after {self._seconds:g} s: look there, then scan it"
                yield self._end(one, told)
            case State.GIVEN_UP if one.sent is not None and shown > 0:
                told = "came onto the receipt after it was given up: the till was late, or it was scanned"
                yield self._become(one, State.LATE, told, now + self._seconds)
            case _:
                pass
        if one.state in _THERE and shown > ONE and not one.twice:
            one.twice = True
            told = f"stands {shown / ONE:g} times on the receipt and was sent once: look whether one has to be taken off"
            yield Told(one.sku, one.state, told)

    def _end(self, one: Handover, sentence: str) -> Told:
        return self._become(one, State.GIVEN_UP, sentence)

    def _become(self, one: Handover, state: State, sentence: str, until: float | None = None, *, well: bool = False) -> Told:
        if one.sent is not None:
            self.outcomes[state] += 1
            self.outcomes[State.GIVEN_UP] -= one.state is State.GIVEN_UP
        one.state, one.until = state, until
        return Told(one.sku, state, sentence, well, one.sent)

    def _forget_one(self) -> bool:
        """Make room: what is only looked after goes before what waits is refused."""
        for one in self._all:
            if one.state is State.GIVEN_UP or one.state in _THERE:
                self._all.remove(one)
                return True
        return False


def _why_not(phase: Phase | None, shown: int, *, late: bool) -> str:
    """Why what waits is not sent any more, if so."""
    if phase is not Phase.OPEN:
        return f"is not handed to the till: {_gone(phase)}"
    if shown > 0:
        return "was rung up before it was sent to the till: nothing is sent"
    return f"is not handed to the till: its wire is never silent; {_SCAN}" if late else ""


def _gone(phase: Phase | None) -> str:
    return "another sale is at hand" if phase is None else _OVER[phase]


def _done(one: Handover, seen: Seen | None, now: float) -> bool:
    """Nothing more can come of it. What was sent in vain is looked after as long as its receipt may come back."""
    match one.state:
        case State.GIVEN_UP:
            mine = seen is not None and seen.receipt == one.receipt
            return one.sent is None or (mine and seen is not None and seen.phase in {Phase.CLOSED, Phase.CANCELLED})
        case State.CONFIRMED | State.BY_HAND | State.LATE:
            return one.until is not None and now >= one.until
        case _:
            return False


def _words(line: Line) -> tuple[object, ...]:
    """What a line keeps when it becomes known what it is."""
    return (line.line_id, line.name, line.quantity, line.amount)
