"""Fingers: one tap is one act, slips are none, and what was not done is taken back."""

from __future__ import annotations

import pytest
from fakes.face_states import after, heard, ids, ready, touch
from fakes.shop_words import CARDS, LINES, card, snapshot

from device.screen_link import Acknowledgement, Act, Stage, Verb
from kiosk_ui.events import Button, Connected, Disconnected, FingerDown, FingerUp, FrameShown, Heard, Tapped, Ticked
from kiosk_ui.reducer import reduce
from kiosk_ui.state import hero, may_act, next_wake, visible_cards


@pytest.mark.parametrize("button", [Button.ACCEPT, Button.DISMISS, Button.OUT_OF_STOCK, Button.LESS])
def test_one_tap_is_one_act_about_the_hero_and_what_was_painted(button: Button) -> None:
    state = touch(ready(), button, 10_500)
    assert state.say == (Act("x-1", Verb(button.value), "s1", 17, "run-a"),)


def test_the_act_names_the_snapshot_painted_when_the_finger_came_down() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), Heard(snapshot(18, total=1), 10_510), FrameShown(10_520))
    state = reduce(state, Tapped(Button.ACCEPT, 10_600))
    assert [word.seq for word in state.say if isinstance(word, Act)] == [17]


def test_an_accepted_card_is_shown_as_taken_at_once_and_stays_the_hero() -> None:
    state = touch(ready(), Button.ACCEPT, 10_500)
    standing = hero(state)
    assert standing is not None
    assert (standing.suggestion_id, standing.state) == ("s1", "taken")
    state = heard(state, Acknowledgement("x-1", done=True), 10_600)
    state = heard(state, snapshot(18), 10_610)
    assert [one.state for one in visible_cards(state)] == ["taken", "offered", "offered"]


def test_a_dismissed_card_leaves_at_once_and_does_not_flash_back() -> None:
    state = touch(ready(), Button.DISMISS, 10_500)
    assert ids(state) == ["s2", "s3"]
    state = heard(state, Acknowledgement("x-1", done=True), 10_600)
    state = heard(state, snapshot(18), 10_610)
    assert ids(state) == ["s2", "s3"]
    state = heard(state, snapshot(19, cards=(*CARDS[1:], card(4)), undo="s1"), 10_620)
    assert ids(state) == ["s2", "s3", "s4"]


TURNED = (CARDS[2], CARDS[0], CARDS[1])


def test_nothing_turns_under_a_finger_and_all_turns_when_it_is_off() -> None:
    state = reduce(ready(), FingerDown(Button.ACCEPT, 10_500))
    state = heard(state, snapshot(18, lines=LINES[:1], cards=(TURNED[0], card(8), TURNED[1])), 10_520)
    assert ids(state) == ["s1", "s2", "s3"]
    state = reduce(state, Ticked(11_900))
    assert ids(state) == ["s1", "s2", "s3"]
    assert ids(reduce(state, FingerUp(Button.ACCEPT, 12_000))) == ["s3", "s8", "s1"]


def test_what_is_meant_by_a_tap_is_what_stood_under_the_finger() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), Heard(snapshot(18, cards=TURNED), 10_520))
    state = reduce(state, Tapped(Button.ACCEPT, 10_600))
    assert [word.suggestion_id for word in state.say if isinstance(word, Act)] == ["s1"]
    state = reduce(state, FingerUp(Button.ACCEPT, 10_601))
    assert ids(state) == ["s1", "s3", "s2"]  # what was accepted stays the hero


def test_an_item_rung_up_leaves_even_under_a_finger() -> None:
    state = reduce(ready(), FingerDown(Button.ACCEPT, 10_500))
    rung = type(LINES[0])(3, CARDS[0].names, 1000, "pcs", 100)
    state = heard(state, snapshot(18, lines=(*LINES, rung), cards=CARDS[1:]), 10_520)
    assert ids(state) == ["s2", "s3"]
    assert not [word for word in reduce(state, Tapped(Button.ACCEPT, 10_600)).say if isinstance(word, Act)]


def test_a_sleeve_on_the_glass_holds_nothing_longer_than_three_seconds() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), Heard(snapshot(18, cards=TURNED), 12_000))
    assert next_wake(state) == 13_500
    state = reduce(state, Ticked(13_500))
    assert ids(state) == ["s3", "s1", "s2"]
    assert not reduce(state, Tapped(Button.ACCEPT, 14_900)).say


def test_another_finger_that_leaves_changes_nothing() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), FingerUp(Button.DISMISS, 10_510))
    assert [word.verb for word in reduce(state, Tapped(Button.ACCEPT, 10_600)).say if isinstance(word, Act)] == [Verb.ACCEPT]


def test_a_second_tap_within_250_ms_does_nothing() -> None:
    state = touch(ready(), Button.ACCEPT, 10_500)
    assert touch(state, Button.ALTERNATE, 10_600, "s2").chosen == "s1"
    assert touch(state, Button.ALTERNATE, 10_850, "s2").chosen == "s2"


def test_a_double_tap_is_one_act() -> None:
    state = ready()
    said = []
    for at in (10_500, 10_620, 10_700, 10_900, 11_000):
        state = touch(state, Button.ACCEPT, at, hold=40)
        said += state.say
    assert len(said) == 1


def test_a_tap_on_what_changed_less_than_300_ms_before_the_finger_came_down_does_nothing() -> None:
    state = heard(ready(), snapshot(18, cards=(card(9),)), 10_500)
    assert touch(state, Button.ACCEPT, 10_799).say == ()
    assert len(touch(state, Button.ACCEPT, 10_800).say) == 1


def test_a_tap_does_nothing_when_the_content_changed_under_the_finger() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), Heard(snapshot(18, cards=(card(9),)), 10_550))
    assert reduce(state, Tapped(Button.ACCEPT, 10_900)).say == ()


def test_a_new_price_under_the_finger_counts_as_a_change() -> None:
    state = after(ready(), FingerDown(Button.ACCEPT, 10_500), Heard(snapshot(18, cards=(card(1, price=9), *CARDS[1:])), 10_550))
    assert reduce(state, Tapped(Button.ACCEPT, 10_600)).say == ()


def test_a_change_of_the_total_alone_does_not_hinder_a_tap() -> None:
    state = heard(ready(), snapshot(18, total=99), 10_500)
    assert len(touch(state, Button.ACCEPT, 10_510).say) == 1


def test_a_finger_that_left_the_button_does_nothing() -> None:
    state = reduce(ready(), FingerDown(Button.ACCEPT, 10_500))
    assert reduce(state, Tapped(Button.DISMISS, 10_600)).say == ()
    assert reduce(ready(), Tapped(Button.ACCEPT, 10_600)).say == ()


def test_touching_an_alternate_makes_it_the_hero_and_says_nothing() -> None:
    state = touch(ready(), Button.ALTERNATE, 10_500, "s3")
    assert (ids(state), state.say) == (["s3", "s1", "s2"], ())
    assert [word.suggestion_id for word in touch(state, Button.ACCEPT, 11_000).say if isinstance(word, Act)] == ["s3"]


def test_undo_is_offered_five_seconds_and_is_one_act() -> None:
    state = touch(ready(), Button.DISMISS, 10_500)
    state = heard(state, Acknowledgement("x-1", done=True), 10_600)
    state = heard(state, snapshot(18, cards=CARDS[1:], undo="s1"), 10_610)
    assert state.undo is not None
    undone = touch(state, Button.UNDO, 11_000)
    assert [(word.verb, word.suggestion_id) for word in undone.say if isinstance(word, Act)] == [(Verb.UNDO, "s1")]
    assert undone.undo is None
    back = heard(undone, snapshot(19), 11_200)
    assert ids(back)[0] == "s2"  # which became the hero only now
    back = heard(back, snapshot(20), 13_000)
    assert ids(reduce(back, Ticked(14_200)))[0] == "s1"
    for at in range(11_000, 15_500, 1500):
        state = heard(state, snapshot(20 + at // 1000, cards=CARDS[1:], undo="s1"), at)
    assert state.undo is not None
    late = reduce(state, Ticked(15_580))
    assert late.undo is None
    assert touch(late, Button.UNDO, 15_900).say == ()


def test_an_undo_that_the_daemon_withdraws_is_withdrawn() -> None:
    state = heard(touch(ready(), Button.DISMISS, 10_500), Acknowledgement("x-1", done=True), 10_600)
    assert heard(state, snapshot(18, cards=CARDS[1:]), 10_610).undo is None


def test_a_dismissal_elsewhere_can_be_undone_here() -> None:
    state = heard(ready(), snapshot(18, cards=CARDS[1:], undo="s1"), 10_500)
    assert state.undo is not None
    assert (state.undo.suggestion_id, state.undo.names) == ("s1", CARDS[0].names)


@pytest.mark.parametrize("button", [Button.ACCEPT, Button.DISMISS])
def test_a_refused_act_is_taken_back_and_says_why(button: Button) -> None:
    state = heard(touch(ready(), button, 10_500), Acknowledgement("x-1", done=False, why="gone"), 10_600)
    assert sorted(ids(state)) == ["s1", "s2", "s3"]
    assert {one.state for one in visible_cards(state)} == {"offered"}
    assert state.notice is not None
    assert (state.notice.verb, state.notice.why) == (Verb(button.value), "gone")
    assert state.undo is None
    assert reduce(heard(state, snapshot(18), 14_000), Ticked(14_600)).notice is None


def test_an_act_without_an_answer_shows_as_late_and_then_fails() -> None:
    state = touch(ready(), Button.ACCEPT, 10_420)
    assert next_wake(state) == 10_800
    state = heard(reduce(state, Ticked(10_800)), snapshot(18), 11_500)
    assert [one.late for one in state.pending] == [True]
    state = reduce(heard(state, snapshot(19), 13_000), Ticked(13_500))
    assert state.pending == ()
    assert state.notice is not None
    assert state.notice.why == "timeout"


def test_a_lost_connection_takes_back_what_was_not_answered() -> None:
    state = reduce(touch(ready(), Button.DISMISS, 10_500), Disconnected(10_600))
    assert not may_act(state)
    assert sorted(ids(state)) == ["s1", "s2", "s3"]
    assert state.notice is not None
    assert state.notice.why == "lost"
    assert touch(state, Button.ACCEPT, 11_000).say == ()


def test_unasked_and_doubled_answers_change_nothing() -> None:
    state = heard(touch(ready(), Button.DISMISS, 10_500), Acknowledgement("x-1", done=True), 10_600)
    for answer in (Acknowledgement("x-1", done=False, why="gone"), Acknowledgement("other-1", done=True)):
        assert ids(heard(state, answer, 10_700)) == ids(state)


@pytest.mark.parametrize("stage", [Stage.PAYMENT, Stage.IDLE, Stage.THANKS, Stage.SUSPENDED])
@pytest.mark.parametrize("button", list(Button))
def test_nothing_can_be_touched_outside_a_basket(stage: Stage, button: Button) -> None:
    state = heard(ready(), snapshot(18, stage=stage), 10_200)
    assert touch(state, button, 11_000, "s2").say == ()


def test_an_age_limit_asks_before_it_accepts() -> None:
    cards = (card(1, age_limit=18), *CARDS[1:])
    state = touch(ready(cards=cards), Button.ACCEPT, 10_500)
    assert (state.say, state.age_asked) == ((), "s1")
    assert touch(state, Button.ACCEPT, 10_700).say == ()
    assert len(touch(state, Button.ACCEPT, 10_900).say) == 1


def test_a_taken_card_can_only_be_given_back() -> None:
    state = ready(cards=(card(1, state="taken"), *CARDS[1:]))
    assert touch(state, Button.ACCEPT, 10_500).say == ()
    assert touch(state, Button.OUT_OF_STOCK, 10_500).say == ()
    given = touch(state, Button.DISMISS, 10_500)
    assert [(word.verb, word.suggestion_id) for word in given.say if isinstance(word, Act)] == [(Verb.UNDO, "s1")]
    assert given.undo is None
    offered = heard(heard(given, Acknowledgement("x-1", done=True), 10_600), snapshot(18), 10_610)
    assert {one.state for one in visible_cards(offered)} == {"offered"}


def test_an_acceptance_is_taken_back_on_its_card_and_not_above_it() -> None:
    state = heard(touch(ready(), Button.ACCEPT, 10_500), Acknowledgement("x-1", done=True), 10_600)
    state = heard(state, snapshot(18, cards=(card(1, state="taken"), *CARDS[1:]), undo="s1"), 10_610)
    assert state.undo is None


def test_a_new_run_forgets_what_was_pending() -> None:
    state = touch(ready(), Button.DISMISS, 10_500)
    state = after(state, Disconnected(10_600), Connected(10_700), Heard(snapshot(1, run="run-b", lines=LINES), 10_800))
    assert (state.pending, state.undo, state.notice) == ((), None, None)
    assert ids(state) == ["s1", "s2", "s3"]
