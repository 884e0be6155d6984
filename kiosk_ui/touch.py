"""Fingers on the glass, and what the daemon answers to them. Pure; the guards against slips are here and nowhere else.

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
from kiosk_ui.rating import rated, scale_shown
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
            about = event.which
        case Button.RATE:
            about = event.which
        case Button.UNDO:
            about = state.undo.suggestion_id if state.undo else ""
        case _:
            about = standing.suggestion_id if standing else ""
    seq = state.painted.seq if state.painted else 0
    return replace(state, press=Press(event.button, about, seq, event.at, alone=not _lies(state)))


def _lies(state: State) -> bool:
    """Whether another finger lies on a button: two at once mean nothing. One whose button has gone away does not count."""
    if state.press is None or state.press.button is Button.RATE:
        return state.press is not None and scale_shown(state) is not None
    undo = state.undo.suggestion_id if state.undo else ""
    return state.press.about in {undo, *(card.suggestion_id for card in visible_cards(state))}


def finger_up(state: State, event: FingerUp) -> State:
    if state.press is not None and state.press.button is not event.button:
        return state
    return resettle(replace(state, press=None), event.at)


def tapped(state: State, event: Tapped) -> State:
    press = state.press
    state = replace(state, press=None)
    if press is None or not _counts(state, press, event):
        return state
    state = replace(state, tapped_at=event.at)
    match press.button:
        case Button.UNDO:
            return _undo(state, press, event.at)
        case Button.ALTERNATE:
            return _choose(state, press.about)
        case Button.RATE:
            return rated(state, press, event.at)
        case _:
            return _answer(state, press, Verb(press.button.value), event.at)


def _counts(state: State, press: Press, event: Tapped) -> bool:
    """Whether this finger, alone, came down on what it leaves, may touch it, and is none of the slips."""
    if press.button is not event.button or not press.about or not press.alone:
        return False
    slip = event.at - state.tapped_at < SECOND_TAP_MS or press.at - _changed(state, press.button) < CHANGED_MS
    return not slip and (press.button is Button.RATE or may_act(state))


def _changed(state: State, button: Button) -> int:
    match button:
        case Button.UNDO:
            return state.undo_changed
        case Button.ALTERNATE:
            return state.alternates_changed
        case Button.RATE:
            return state.rating_changed
        case _:
            return state.hero_changed


def _choose(state: State, suggestion_id: str) -> State:
    if all(card.suggestion_id != suggestion_id for card in visible_cards(state)):
        return state
    return replace(state, chosen=suggestion_id, age_asked="", notice=None)


def _answer(state: State, press: Press, verb: Verb, at: int) -> State:
    card = hero(state)
    if card is None or card.suggestion_id != press.about:
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
    return replace(state, taken=state.taken - {press.about})


def _undo(state: State, press: Press, at: int) -> State:
    if state.undo is None or state.undo.suggestion_id != press.about:
        return state
    state = _act(state, Verb.UNDO, press, at)
    return replace(state, undo=None, gone=state.gone - {press.about})


def _act(state: State, verb: Verb, press: Press, at: int) -> State:
    assert state.snapshot is not None
    act_id = f"{state.screen}-{state.acts + 1}"
    act = Act(act_id, verb, press.about, press.seq, state.snapshot.run)
    pending = Pending(act_id, verb, press.about, at)
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
    if state.answer is not None and state.answer.act_id == word.act_id:
        # Refused, it is shown no longer: the glass shows what is kept.
        return replace(state, answer=replace(state.answer, kept=True) if word.done else None)
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
    if scale_shown(before) is not scale_shown(after):
        after = replace(after, rating_changed=at)
    if (before.undo and before.undo.suggestion_id) != (after.undo and after.undo.suggestion_id):
        after = replace(after, undo_changed=at)
    return after


def _under_actions(state: State, cards: tuple[Card, ...]) -> tuple[object, ...]:
    card = cards[0] if cards else None
    return (card and (card.suggestion_id, card.price, card.state), state.age_asked, may_act(state))
