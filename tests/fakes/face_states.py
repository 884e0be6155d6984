"""States of a face as tests need them, made of events only: pure, without Qt."""

from __future__ import annotations

from fakes.shop_words import CARDS, snapshot

from device.screen_link import FaceKind, FromDaemon
from kiosk_ui.events import Button, Connected, Event, FingerDown, FrameShown, Heard, Tapped, Ticked
from kiosk_ui.reducer import reduce
from kiosk_ui.state import State, visible_cards


def after(state: State, *events: Event) -> State:
    for event in events:
        state = reduce(state, event)
    return state


def told(kind: FaceKind, *words: tuple[int, FromDaemon]) -> State:
    """A connected face that heard these words at these times."""
    return after(State(kind, "x"), Connected(0), *(Heard(word, at) for at, word in words))


def ids(state: State) -> list[str]:
    return [one.suggestion_id for one in visible_cards(state)]


def ready(*, cards: tuple[object, ...] = CARDS) -> State:
    """A cashier face that has shown a basket for ten seconds."""
    state = after(State(FaceKind.CASHIER, "x"), Connected(0), Heard(snapshot(7, cards=cards), 0), FrameShown(10))
    for at in range(1000, 10_001, 1000):
        state = reduce(state, Ticked(at - 1))
        state = reduce(state, Heard(snapshot(7 + at // 1000, cards=cards), at))
        state = reduce(state, FrameShown(at + 5))
    return state


def touch(state: State, button: Button, at: int, suggestion_id: str = "", hold: int = 80) -> State:
    return after(state, FingerDown(button, at, suggestion_id), Tapped(button, at + hold))


def heard(state: State, word: FromDaemon, at: int) -> State:
    return reduce(state, Heard(word, at))
