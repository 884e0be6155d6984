"""The shopper's finger on the thank-you: one tap says how the visit was, the last one counts. Pure.

The scale stands there only while the daemon asks (it does so when the monitor is configured for touch) and only on the customer's
face. A tap is shown at once and may be changed until the thanks end, which wait for nobody; the guards of touch.py hold here too.
What the daemon refuses or does not answer is shown no longer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from device.screen_link import FaceKind, Rate, Stage
from kiosk_ui.state import Answer, shown_stage

if TYPE_CHECKING:
    from device.rating import Scale
    from kiosk_ui.state import Press, State


def scale_shown(state: State) -> Scale | None:
    """What the shopper can touch; None when nothing."""
    told = state.snapshot
    if told is None or state.face is not FaceKind.CUSTOMER or not state.connected or state.absent:
        return None
    return told.rating if told.stage is Stage.THANKS and shown_stage(state) is Stage.THANKS else None


def score_shown(state: State) -> int | None:
    """The answer on the glass."""
    if state.answer is not None:
        return state.answer.score
    return None if state.snapshot is None else state.snapshot.rated


def rated(state: State, press: Press, at: int) -> State:
    """A finger left the score it had come down on."""
    scale = scale_shown(state)
    if scale is None or state.snapshot is None or not press.about.isdecimal() or not scale.holds(int(press.about)):
        return state
    score = int(press.about)
    if score == score_shown(state):
        return state
    act_id = f"{state.screen}-{state.acts + 1}"
    word = Rate(act_id, score, press.seq, state.snapshot.run)
    return replace(state, acts=state.acts + 1, answer=Answer(act_id, score, at), say=(*state.say, word))
