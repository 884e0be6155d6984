"""What is no tap: two fingers, a sleeve, a gesture from the edge, a daemon that is away; and the times of undo and of waiting."""

from __future__ import annotations

import pytest
from fakes.face_states import after, heard, ready, touch
from fakes.shop_words import CARDS, card, snapshot

from device.screen_link import Acknowledgement, Stage
from kiosk_ui.events import Button, FingerDown, FingerUp, Heard, Tapped, Ticked
from kiosk_ui.reducer import reduce


def test_two_fingers_at_once_mean_nothing_whichever_leaves_first() -> None:
    down = after(ready(), FingerDown(Button.ACCEPT, 10_500), FingerDown(Button.DISMISS, 10_520))
    for first, second in ((Button.ACCEPT, Button.DISMISS), (Button.DISMISS, Button.ACCEPT)):
        state = after(down, Tapped(first, 10_600), FingerUp(first, 10_601))
        assert state.say == ()
        assert after(state, Tapped(second, 10_620), FingerUp(second, 10_621)).say == ()


def test_after_two_fingers_one_counts_again() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), FingerDown(Button.DISMISS, 10_520))
    state = after(state, Tapped(Button.DISMISS, 10_600), FingerUp(Button.DISMISS, 10_601), FingerUp(Button.ACCEPT, 10_620))
    assert len(touch(state, Button.DISMISS, 11_000).say) == 1


def test_a_finger_whose_card_has_gone_does_not_spoil_the_next() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), Heard(snapshot(18, cards=(card(9),)), 10_520))
    assert len(touch(state, Button.ACCEPT, 11_000).say) == 1


@pytest.mark.parametrize("button", list(Button))
def test_a_finger_that_slides_in_from_the_edge_does_nothing(button: Button) -> None:
    assert after(ready(), FingerUp(button, 10_490), Tapped(button, 10_500)).say == ()


@pytest.mark.parametrize("button", [Button.ACCEPT, Button.DISMISS, Button.OUT_OF_STOCK, Button.LESS])
def test_a_finger_that_lies_longer_than_three_seconds_does_nothing(button: Button) -> None:
    state = after(ready(), FingerDown(button, 10_500), Heard(snapshot(18), 11_900), Heard(snapshot(19), 13_400))
    assert len(reduce(state, Tapped(button, 13_499)).say) == 1
    assert after(state, Ticked(13_500), Tapped(button, 13_501)).say == ()


def test_undo_is_there_until_its_five_seconds_are_over_and_not_a_millisecond_longer() -> None:
    state = touch(ready(), Button.OUT_OF_STOCK, 10_500)
    state = heard(state, Acknowledgement("x-1", done=True), 10_600)
    for at in (11_500, 13_000, 14_500, 15_570):
        state = heard(state, snapshot(at, cards=CARDS[1:], undo="s1", gone=("s1",)), at)
    assert reduce(state, Ticked(15_579)).undo is not None
    assert reduce(state, Ticked(15_580)).undo is None


def test_an_undo_is_guarded_like_every_button() -> None:
    state = heard(ready(), snapshot(18, cards=CARDS[1:], undo="s1", gone=("s1",)), 10_500)
    assert touch(state, Button.UNDO, 10_799).say == ()
    assert len(touch(state, Button.UNDO, 10_800).say) == 1


@pytest.mark.parametrize("verb", [Button.ACCEPT, Button.DISMISS, Button.OUT_OF_STOCK, Button.LESS])
def test_an_act_is_pending_from_300_ms_on(verb: Button) -> None:
    state = touch(ready(), verb, 10_420)
    assert [one.late for one in reduce(state, Ticked(10_799)).pending] == [False]
    assert [one.late for one in reduce(state, Ticked(10_800)).pending] == [True]


@pytest.mark.parametrize("stage", [Stage.RETURN, Stage.CLOSED])
def test_nothing_can_be_touched_on_a_return_or_in_a_closed_shop(stage: Stage) -> None:
    state = heard(ready(), snapshot(18, stage=stage, cards=()), 10_200)
    for button in Button:
        assert touch(state, button, 11_000, "s2").say == ()


def test_a_button_of_a_face_without_its_daemon_does_nothing() -> None:
    state = reduce(ready(), Ticked(12_000))
    for button in Button:
        assert touch(state, button, 12_500, "s2").say == ()
