"""How a face's state changes: `reduce(state, event) -> state`, pure.

A snapshot replaces all before it. Within one connection it must be of the same run and newer than the last; the first one after a
connection may repeat the last or be of a new run, and a new run forgets everything local. What a killed process had on the glass
is drawn again only if the daemon's first word is a beat of that very snapshot: the sale is still open, and nothing has changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from device.screen_link import Acknowledgement, Beat, Painted, Refused, Snapshot, Stage
from kiosk_ui.events import Connected, Disconnected, FingerDown, FingerUp, FrameShown, Heard, Remembered, Tapped, Ticked
from kiosk_ui.hold import merely_reranked, shrank, without_reason
from kiosk_ui.rest import rested
from kiosk_ui.state import (
    FINGER_MS,
    NOTICE_MS,
    OFFLINE_MS,
    PENDING_MS,
    SALE_IS_OVER,
    THANKS_MS,
    UNANSWERED_MS,
    UNDO_MS,
    Notice,
    State,
    Undo,
    sent_away,
    shown_stage,
    visible_cards,
)
from kiosk_ui.touch import acknowledged, arranged, failed, finger_down, finger_up, resettle, stamp_changes, tapped

if TYPE_CHECKING:
    from device.screen_link import FromDaemon
    from kiosk_ui.events import Event
    from kiosk_ui.hold import Shown


def reduce(state: State, event: Event) -> State:
    before = state
    state = replace(state, say=())
    match event:
        case Connected():
            state = replace(state, connected=True, first=True)
        case Disconnected():
            state = _disconnected(state, event.at)
        case Remembered():
            state = replace(state, remembered=event.snapshot)
        case Heard():
            state = _heard(state, event.word, event.at)
        case Ticked():
            pass
        case FingerDown():
            state = finger_down(state, event)
        case Tapped():
            state = tapped(state, event)
        case FingerUp():
            state = finger_up(state, event)
        case FrameShown():
            # No time passes: what that changes must be drawn, and a frame that was drawn draws nothing. The next tick is due.
            return _frame_shown(state)
        case _:
            assert_never(event)
    state = _let_time_pass(state, event.at)
    rest = rested(state.rest, event.at, idle=shown_stage(state) is Stage.IDLE)
    return stamp_changes(before, replace(state, rest=rest), event.at)


def _heard(state: State, word: FromDaemon, at: int) -> State:
    match word:
        case Snapshot():
            return _snapshot(state, word, at)
        case Beat():
            last = state.remembered
            if last is not None and (word.run, word.seq) == (last.run, last.seq):
                return _snapshot(state, last, at)
            if state.first or state.snapshot is None or word.run != state.snapshot.run:
                return replace(state, dropped=state.dropped + 1)
            return replace(state, heard_at=at, absent=False)
        case Acknowledgement():
            return acknowledged(replace(state, heard_at=at), word, at)
        case Refused():
            # The client has logged its sentence; the daemon hangs up by itself.
            return state
        case _:
            assert_never(word)


def _snapshot(state: State, word: Snapshot, at: int) -> State:
    last = state.snapshot
    new_run = last is None or last.run != word.run
    if not state.first and (new_run or (last is not None and word.seq <= last.seq)):
        return replace(state, dropped=state.dropped + 1)
    if not new_run and last is not None and word.seq < last.seq:
        return replace(state, dropped=state.dropped + 1)
    if new_run:
        state = replace(state, shown=(), pending=(), gone=frozenset(), taken=frozenset(), undo=None, notice=None, farewell=None)
        state = replace(state, answer=None)
    entered = new_run or last is None or last.stage is not word.stage
    painted = None if state.first else state.painted
    state = replace(state, snapshot=word, heard_at=at, absent=False, first=False, painted=painted, remembered=None)
    if word.stage is Stage.THANKS and entered:
        state = replace(state, farewell=word, thanks_until=at + THANKS_MS, answer=None)
    elif word.stage not in SALE_IS_OVER:
        state = replace(state, farewell=None, answer=None)
    if word.stage is not Stage.BASKET:
        return replace(
            state,
            shown=(),
            settles_at=None,
            chosen="",
            undo=None,
            age_asked="",
            gone=frozenset(),
            taken=frozenset(),
            pending=(),
            notice=None,
            press=None,
        )
    listed = {card.suggestion_id for card in word.cards}
    state = replace(state, gone=state.gone & listed, taken=state.taken & listed)
    state = _undo_of(state, word, None if new_run else last, at)
    return _settle(state, word, None if new_run else last, at)


def _settle(state: State, word: Snapshot, last: Snapshot | None, at: int) -> State:
    away = sent_away(state)

    def may_stay(one: Shown) -> bool:
        return last is not None and one.card.suggestion_id not in away and merely_reranked(one, last, word)

    if last is not None and shrank(last, word):
        listed = {card.suggestion_id for card in word.cards}
        shown = (one if one.card.suggestion_id in listed else without_reason(one) for one in state.shown)
        state = replace(state, shown=tuple(shown))
    state = arranged(state, may_stay, at)
    chosen = state.chosen if any(one.card.suggestion_id == state.chosen for one in state.shown) else ""
    return replace(state, chosen=chosen)


def _undo_of(state: State, word: Snapshot, last: Snapshot | None, at: int) -> State:
    """The daemon says what can be taken back; the screen how long it is offered."""
    undo = state.undo
    asked = {one.suggestion_id for one in state.pending}
    if undo is not None and word.undo != undo.suggestion_id and undo.suggestion_id not in asked:
        state = replace(state, undo=None)
    if word.undo is None or word.undo in asked or (last is not None and last.undo == word.undo):
        return state
    # What is still on a card, such as an acceptance, is taken back there.
    listed = any(card.suggestion_id == word.undo for card in word.cards)
    if not listed and (undo is None or undo.suggestion_id != word.undo):
        cards = last.cards if last is not None else ()
        names = next((card.names for card in cards if card.suggestion_id == word.undo), {})
        state = replace(state, undo=Undo(word.undo, names, at + UNDO_MS))
    return state


def _disconnected(state: State, at: int) -> State:
    lost = state.pending[-1] if state.pending else None
    notice = Notice(lost.verb, "lost", at + NOTICE_MS) if lost is not None else state.notice
    answer = state.answer if state.answer is not None and state.answer.kept else None
    state = replace(state, connected=False, pending=(), undo=None, press=None, notice=notice, answer=answer)
    return resettle(state, at)


def _frame_shown(state: State) -> State:
    if state.snapshot is None or state.first:
        return state
    ids = tuple(card.suggestion_id for card in visible_cards(state))
    painted = Painted(state.snapshot.run, state.snapshot.seq, ids)
    if painted == state.painted:
        return state
    return replace(state, painted=painted, say=(*state.say, painted))


def _let_time_pass(state: State, at: int) -> State:
    if not state.absent and at - state.heard_at >= OFFLINE_MS:
        state = replace(state, absent=True, undo=None, press=None)
    if state.farewell is not None and at >= state.thanks_until:
        state = replace(state, farewell=None, answer=None)
    if state.undo is not None and at >= state.undo.until:
        state = replace(state, undo=None)
    if state.notice is not None and at >= state.notice.until:
        state = replace(state, notice=None)
    state = _wait_for_answers(state, at)
    if state.press is not None and at - state.press.at >= FINGER_MS:
        state = resettle(replace(state, press=None), at)
    if state.press is None and state.settles_at is not None and at >= state.settles_at:
        state = resettle(state, at)
    return state


def _wait_for_answers(state: State, at: int) -> State:
    if state.answer is not None and not state.answer.kept and at - state.answer.at >= UNANSWERED_MS:
        state = replace(state, answer=None)
    for act in state.pending:
        if at - act.at >= UNANSWERED_MS:
            state = failed(state, act, "timeout", at)
        elif not act.late and at - act.at >= PENDING_MS:
            late = replace(act, late=True)
            state = replace(state, pending=tuple(late if one is act else one for one in state.pending))
    return state
