"""What a face knows, as one frozen value, and what follows from it for the eye. No Qt, no clock.

How it changes stands in reducer.py (the daemon and time), touch.py (fingers) and rating.py (the shopper's). All timing of both
faces is here and in hold.py: cards are held 3 s; a second tap within 250 ms and a tap on anything that changed less than 300 ms
before the finger came down are slips and do nothing; a dismissal can be undone for 5 s; thanks stand for 5 s; a daemon not heard
for 2 s is absent; an unanswered act shows as pending after 300 ms and fails after 3 s. A finger that lies longer than 3 s is a
sleeve and holds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from device.screen_link import Card, FaceKind, FromScreen, Painted, Snapshot, Stage, Verb
from kiosk_ui.rest import FRESH, Rest, wakes

if TYPE_CHECKING:
    from kiosk_ui.events import Button
    from kiosk_ui.hold import Shown

SECOND_TAP_MS = 250
CHANGED_MS = 300
UNDO_MS = 5000
THANKS_MS = 5000
OFFLINE_MS = 2000
PENDING_MS = 300
UNANSWERED_MS = 3000
NOTICE_MS = 4000
FINGER_MS = 3000
CARDS = 3
"""Beside a basket there is room for three cards that can be read; the cashier has a hero and two alternates."""

LONG_AGO = -1_000_000
SALE_IS_OVER = frozenset({Stage.IDLE, Stage.THANKS, Stage.CLOSED})
DESTROYS = frozenset({Verb.DISMISS, Verb.OUT_OF_STOCK, Verb.LESS})


@dataclass(frozen=True, slots=True)
class Press:
    """A finger on a button: what stood there and which snapshot was painted when it came down."""

    button: Button
    about: str
    """A suggestion, or a score."""
    seq: int
    at: int
    alone: bool = True
    """No other finger lay on the glass when it came down."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An act the daemon has not answered."""

    act_id: str
    verb: Verb
    suggestion_id: str
    at: int
    late: bool = False
    """It waits so long that the face says so."""


@dataclass(frozen=True, slots=True)
class Undo:
    suggestion_id: str
    names: dict[str, str]
    until: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Why an act came to nothing: a `why` of the wire, `timeout` or `lost`; shown at the button that was touched."""

    verb: Verb
    why: str
    until: int


@dataclass(frozen=True, slots=True)
class Answer:
    """How the shopper rated the visit, shown at once; the daemon has it when it is `kept`."""

    act_id: str
    score: int
    at: int
    kept: bool = False


@dataclass(frozen=True, slots=True)
class State:
    face: FaceKind
    screen: str
    """Identity of this face's process: the first half of every act id."""
    connected: bool = False
    first: bool = True
    """No snapshot has come over this connection yet."""
    heard_at: int = LONG_AGO
    absent: bool = True
    """The daemon has not been heard for two seconds."""
    snapshot: Snapshot | None = None
    remembered: Snapshot | None = None
    """Of the process before this one; never drawn unless the daemon's first word says that it still stands."""
    shown: tuple[Shown, ...] = ()
    settles_at: int | None = None
    """When a card next may leave or move to where the daemon wants it."""
    chosen: str = ""
    """The alternate the cashier made the hero, or the card that was just accepted."""
    farewell: Snapshot | None = None
    thanks_until: int = LONG_AGO
    answer: Answer | None = None
    press: Press | None = None
    tapped_at: int = LONG_AGO
    hero_changed: int = LONG_AGO
    alternates_changed: int = LONG_AGO
    undo_changed: int = LONG_AGO
    rating_changed: int = LONG_AGO
    pending: tuple[Pending, ...] = ()
    gone: frozenset[str] = frozenset()
    """Dismissed here and acknowledged: hidden although a snapshot on its way may still hold it."""
    taken: frozenset[str] = frozenset()
    """Accepted here and acknowledged: shown as taken although a snapshot on its way may not know yet."""
    undo: Undo | None = None
    notice: Notice | None = None
    age_asked: str = ""
    """The suggestion whose age limit the cashier was reminded of: the next accept counts."""
    acts: int = 0
    """How many acts this process has made: the second half of an act id."""
    rest: Rest = FRESH
    painted: Painted | None = None
    """What was last on the glass, as the daemon was told."""
    dropped: int = 0
    """Words that were stale, doubled or of another run."""
    say: tuple[FromScreen, ...] = ()
    """What the last step wants to tell the daemon."""


def shown_stage(state: State) -> Stage:
    """The stage the face draws, which lags behind the daemon's only for thanks and without a daemon."""
    if state.snapshot is None:
        return Stage.IDLE
    told = state.snapshot.stage
    if state.absent and state.face is FaceKind.CUSTOMER:
        return Stage.CLOSED if told is Stage.CLOSED else Stage.IDLE  # a shop at night stays dark
    if told in SALE_IS_OVER and state.farewell is not None:
        return Stage.THANKS
    return Stage.IDLE if told is Stage.THANKS else told


def shown_snapshot(state: State) -> Snapshot | None:
    """Whose lines and total belong to `shown_stage`."""
    match shown_stage(state):
        case Stage.THANKS:
            return state.farewell
        case Stage.IDLE | Stage.CLOSED:
            return None
        case _:
            return state.snapshot


def visible_cards(state: State) -> tuple[Card, ...]:
    """The cards on the glass, an accepted one as taken at once; on the cashier face the hero stands first."""
    if shown_stage(state) is not Stage.BASKET:
        return ()
    taken = state.taken | {one.suggestion_id for one in state.pending if one.verb is Verb.ACCEPT}
    cards = tuple(
        msgspec.structs.replace(one.card, state="taken") if one.card.suggestion_id in taken else one.card for one in state.shown
    )
    if state.face is FaceKind.CUSTOMER:
        return cards
    return tuple(sorted(cards, key=lambda card: card.suggestion_id != state.chosen))


def hero(state: State) -> Card | None:
    return next(iter(visible_cards(state)), None)


def may_act(state: State) -> bool:
    """Whether a finger of the cashier counts. The customer's monitor knows one touch only, see rating.py."""
    on = state.connected and not state.absent
    return on and state.face is FaceKind.CASHIER and shown_stage(state) is Stage.BASKET


def sent_away(state: State) -> frozenset[str]:
    """Dismissed here, whatever a snapshot on its way may still hold."""
    return state.gone | {one.suggestion_id for one in state.pending if one.verb in DESTROYS}


def offered_now(state: State) -> tuple[Card, ...]:
    """What the daemon offers and there is room for, less what was sent away."""
    if state.snapshot is None:
        return ()
    away = sent_away(state)
    return tuple(card for card in state.snapshot.cards if card.suggestion_id not in away)[:CARDS]


def next_wake(state: State) -> int | None:
    """When `Ticked` is due, in milliseconds of the events' clock; None while nothing is timed."""
    due = wakes(state.rest)
    due += [one.at + (UNANSWERED_MS if one.late else PENDING_MS) for one in state.pending]
    if state.press is not None:
        due.append(state.press.at + FINGER_MS)
    elif state.settles_at is not None:
        due.append(state.settles_at)
    if state.farewell is not None:
        due.append(state.thanks_until)
    if state.answer is not None and not state.answer.kept:
        due.append(state.answer.at + UNANSWERED_MS)
    if not state.absent:
        due.append(state.heard_at + OFFLINE_MS)
    if state.undo is not None:
        due.append(state.undo.until)
    if state.notice is not None:
        due.append(state.notice.until)
    return min(due, default=None)
