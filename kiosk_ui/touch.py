"""Fingers on the cashier face, and what the daemon answers to them. Pure; the guards against slips are here and nowhere else.

An act is made when the finger leaves the button inside it, and names the suggestion and the snapshot that were painted
when it came down. What a tap means to do is shown at once; an act that is refused or never answered is taken back and says
why where the finger was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from device.screen_link import Acknowledgement, Act, FaceKind, Stage, Verb
from kiosk_ui.events import Button, FingerDown, FingerUp, Tapped
from kiosk_ui.hold import settle, settles_at
from kiosk_ui.state import (
    CHANGED_MS,
    DESTROYS,
    NOTICE_MS,
    SECOND_TAP_MS,
    UNDO_MS,
    Notice,
    Pending,
    Press,
    State,
    Undo,
    hero,
    may_act,
    offered_now,
    visible_cards,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.screen_link import Card
    from kiosk_ui.hold import Shown


def finger_down(state: State, event: FingerDown) -> State:
    standing = hero(state)
    match event.button:
        case Button.ALTERNATE:
            about = event.suggestion_id
        case Button.UNDO:
            about = state.undo.suggestion_id if state.undo else ""
        case _:
            about = standing.suggestion_id if standing else ""
    seq = state.painted.seq if state.painted else 0
    return replace(state, press=Press(event.button, about, seq, event.at))


def finger_up(state: State, event: FingerUp) -> State:
    if state.press is not None and state.press.button is not event.button:
        return state
    return resettle(replace(state, press=None), event.at)


def tapped(state: State, event: Tapped) -> State:
    press = state.press
    state = replace(state, press=None)
    if press is None or press.button is not event.button or not press.suggestion_id or not may_act(state):
        return state
    if event.at - state.tapped_at < SECOND_TAP_MS or press.at - _changed(state, press.button) < CHANGED_MS:
        return state
    state = replace(state, tapped_at=event.at)
    match press.button:
        case Button.UNDO:
            return _undo(state, press, event.at)
        case Button.ALTERNATE:
            return _choose(state, press.suggestion_id)
        case _:
            return _answer(state, press, Verb(press.button.value), event.at)


def _changed(state: State, button: Button) -> int:
    match button:
        case Button.UNDO:
            return state.undo_changed
        case Button.ALTERNATE:
            return state.alternates_changed
        case _:
            return state.hero_changed


def _choose(state: State, suggestion_id: str) -> State:
    if all(card.suggestion_id != suggestion_id for card in visible_cards(state)):
        return state
    return replace(state, chosen=suggestion_id, age_asked="", notice=None)


def _answer(state: State, press: Press, verb: Verb, at: int) -> State:
    card = hero(state)
    if card is None or card.suggestion_id != press.suggestion_id:
        return state
    if any(one.suggestion_id == card.suggestion_id for one in state.pending):
        return state
    if card.state == "taken":
        return _give_back(state, press, at) if verb is Verb.DISMISS else state
    if verb is Verb.ACCEPT and card.age_limit and state.age_asked != card.suggestion_id:
        return replace(state, age_asked=card.suggestion_id)
    state = _act(state, verb, press, at)
    if verb is Verb.ACCEPT:
        return replace(state, chosen=card.suggestion_id, age_asked="")
    undo = Undo(card.suggestion_id, card.names, at + UNDO_MS)
    return resettle(replace(state, undo=undo, age_asked=""), at)


def _give_back(state: State, press: Press, at: int) -> State:
    """The shopper changed their mind: an acceptance is not dismissed, it is taken back, and the card is offered as before."""
    state = _act(state, Verb.UNDO, press, at)
    return replace(state, taken=state.taken - {press.suggestion_id})


def _undo(state: State, press: Press, at: int) -> State:
    if state.undo is None or state.undo.suggestion_id != press.suggestion_id:
        return state
    state = _act(state, Verb.UNDO, press, at)
    return replace(state, undo=None, gone=state.gone - {press.suggestion_id})


def _act(state: State, verb: Verb, press: Press, at: int) -> State:
    assert state.snapshot is not None
    act_id = f"{state.screen}-{state.acts + 1}"
    act = Act(act_id, verb, press.suggestion_id, press.seq, state.snapshot.run)
    pending = Pending(act_id, verb, press.suggestion_id, at)
    return replace(state, acts=state.acts + 1, pending=(*state.pending, pending), notice=None, say=(*state.say, act))


def resettle(state: State, at: int) -> State:
    """Arrange the cards anew when what is offered changed without a snapshot: time went by, or a finger dismissed one."""
    if state.snapshot is None or state.snapshot.stage is not Stage.BASKET:
        return state
    return arranged(state, lambda one: one.held, at)


def arranged(state: State, may_stay: Callable[[Shown], bool], at: int) -> State:
    """The cards as they should stand at `at`; see hold.py."""
    offered = offered_now(state)
    in_place, touched = state.face is FaceKind.CUSTOMER, state.press is not None
    shown = settle(state.shown, offered, may_stay, at, in_place=in_place, touched=touched)
    return replace(state, shown=shown, settles_at=settles_at(shown, offered, at))


def acknowledged(state: State, word: Acknowledgement, at: int) -> State:
    """Late, doubled and unasked answers find no act and change nothing."""
    act = next((one for one in state.pending if one.act_id == word.act_id), None)
    if act is None:
        return replace(state, dropped=state.dropped + 1)
    if not word.done:
        return failed(state, act, word.why or "unknown", at)
    state = replace(state, pending=tuple(one for one in state.pending if one is not act))
    if act.verb in DESTROYS:
        return replace(state, gone=state.gone | {act.suggestion_id})
    if act.verb is Verb.ACCEPT:
        return replace(state, taken=state.taken | {act.suggestion_id})
    return state


def failed(state: State, act: Pending, why: str, at: int) -> State:
    """Take back what the act meant to do and say why."""
    state = replace(
        state,
        pending=tuple(one for one in state.pending if one is not act),
        notice=Notice(act.verb, why, at + NOTICE_MS),
        gone=state.gone - {act.suggestion_id},
    )
    if state.undo is not None and state.undo.suggestion_id == act.suggestion_id:
        state = replace(state, undo=None)
    return resettle(state, at)


def stamp_changes(before: State, after: State, at: int) -> State:
    """Note when what a finger may be about to touch became something else."""
    old, new = visible_cards(before), visible_cards(after)
    if _under_actions(before, old) != _under_actions(after, new):
        after = replace(after, hero_changed=at)
    if [card.suggestion_id for card in old[1:]] != [card.suggestion_id for card in new[1:]]:
        after = replace(after, alternates_changed=at)
    if (before.undo and before.undo.suggestion_id) != (after.undo and after.undo.suggestion_id):
        after = replace(after, undo_changed=at)
    return after


def _under_actions(state: State, cards: tuple[Card, ...]) -> tuple[object, ...]:
    card = cards[0] if cards else None
    return (card and (card.suggestion_id, card.price, card.state), state.age_asked, may_act(state))
