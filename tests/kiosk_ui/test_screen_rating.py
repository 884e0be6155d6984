"""The shopper's finger on the thank-you: one tap is one rating, the last one counts, and the thanks wait for nobody."""

from __future__ import annotations

import pytest
from fakes.face_states import after, heard
from fakes.shop_words import snapshot

from device.rating import Scale
from device.screen_link import Acknowledgement, Beat, FaceKind, FromDaemon, Rate, Stage
from kiosk_ui.events import Button, Connected, Disconnected, FingerDown, FingerUp, FrameShown, Heard, Tapped, Ticked
from kiosk_ui.formats import Language
from kiosk_ui.rating import scale_shown, score_shown
from kiosk_ui.reducer import reduce
from kiosk_ui.state import THANKS_MS, UNANSWERED_MS, State, next_wake, shown_stage
from kiosk_ui.view import view_of


def thanks(seq: int = 2, **facts: object) -> FromDaemon:
    return snapshot(seq, **({"stage": Stage.THANKS, "cards": (), "rating": Scale.TEN} | facts))


def thanked(kind: FaceKind = FaceKind.CUSTOMER, **facts: object) -> State:
    """A face that has thanked since 1000 and painted it."""
    return after(State(kind, "x"), Connected(0), Heard(snapshot(1), 0), Heard(thanks(**facts), 1000), FrameShown(1005))


def touch(state: State, score: object, at: int, hold: int = 60) -> State:
    return after(state, FingerDown(Button.RATE, at, str(score)), Tapped(Button.RATE, at + hold))


def said(state: State) -> list[Rate]:
    return [word for word in state.say if isinstance(word, Rate)]


def test_one_tap_is_one_rating_of_the_thanks_that_were_painted_and_shows_at_once() -> None:
    state = touch(thanked(), 9, 1500)
    assert said(state) == [Rate("x-1", 9, 2, "run-a")]
    assert score_shown(state) == 9


@pytest.mark.parametrize("score", [0, 10])
def test_the_ends_of_the_scale_count(score: int) -> None:
    assert [word.score for word in said(touch(thanked(), score, 1500))] == [score]


@pytest.mark.parametrize("score", [11, -1, "", "five", "²", "1.5"])
def test_what_is_not_on_the_scale_says_nothing(score: object) -> None:
    assert said(touch(thanked(), score, 1500)) == []


def test_three_faces_are_one_to_three() -> None:
    state = thanked(rating=Scale.FACES)
    assert [said(touch(state, score, 1500)) != [] for score in (0, 1, 2, 3, 4)] == [False, True, True, True, False]


def test_without_the_setting_nothing_can_be_touched() -> None:
    state = thanked(rating=None)
    assert scale_shown(state) is None
    assert said(touch(state, 2, 1500)) == []


def test_the_cashiers_face_asks_nobody() -> None:
    state = thanked(FaceKind.CASHIER)
    assert scale_shown(state) is None
    assert said(touch(state, 2, 1500)) == []


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.THANKS])
def test_only_the_thanks_can_be_rated(stage: Stage) -> None:
    state = heard(thanked(), thanks(3, stage=stage), 1200)
    assert scale_shown(state) is None
    assert said(touch(state, 2, 1600)) == []


@pytest.mark.parametrize("button", [Button.ACCEPT, Button.DISMISS, Button.OUT_OF_STOCK, Button.UNDO, Button.ALTERNATE])
def test_a_finger_on_the_customers_monitor_never_answers_for_the_cashier(button: Button) -> None:
    state = after(State(FaceKind.CUSTOMER, "x"), Connected(0), Heard(snapshot(1), 0), FrameShown(5))
    assert after(state, FingerDown(button, 1500, "s2"), Tapped(button, 1560)).say == ()


def test_another_tap_changes_it_until_the_thanks_end() -> None:
    state = heard(touch(thanked(), 9, 1500), Acknowledgement("x-1", done=True), 1600)
    state = heard(heard(state, thanks(3, rated=9), 1610), Beat("run-a", 3), 3000)
    state = touch(state, 4, 3500)
    assert (said(state), score_shown(state)) == ([Rate("x-2", 4, 2, "run-a")], 4)


def test_the_same_score_again_says_nothing_more() -> None:
    state = touch(thanked(), 9, 1500)
    assert said(touch(state, 9, 2000)) == []


def test_slips_are_none_here_either() -> None:
    state = thanked()
    assert said(touch(state, 5, 1299)) == [], "the thanks have just appeared"
    assert said(touch(state, 5, 1300)) != []
    first = touch(state, 5, 1500)
    assert said(touch(first, 6, 1600)) == [], "a second tap within 250 ms"
    away = after(state, FingerDown(Button.RATE, 1500, "5"), FingerUp(Button.RATE, 1600), Tapped(Button.RATE, 1700))
    assert said(away) == [], "the finger left the button"
    two = after(state, FingerDown(Button.RATE, 1500, "5"), FingerDown(Button.RATE, 1510, "8"), Tapped(Button.RATE, 1600))
    assert said(two) == [], "two fingers at once"
    long = after(
        heard(state, Beat("run-a", 2), 2900), FingerDown(Button.RATE, 1500, "5"), Ticked(4500), Tapped(Button.RATE, 4600)
    )
    assert said(long) == [], "a sleeve"


def test_the_thanks_end_in_their_time_whether_they_were_touched_or_not() -> None:
    for state in (thanked(), touch(thanked(), 9, 1500), touch(heard(thanked(), Beat("run-a", 2), 2800), 9, 4000)):
        kept = heard(heard(state, Beat("run-a", 2), 4200), Beat("run-a", 2), 5900)
        assert shown_stage(reduce(kept, Ticked(1000 + THANKS_MS - 1))) is Stage.THANKS
        over = reduce(kept, Ticked(1000 + THANKS_MS))
        assert (shown_stage(over), over.answer, scale_shown(over)) == (Stage.IDLE, None, None)
        assert said(touch(over, 3, 6500)) == []


def test_a_rating_that_is_refused_or_never_answered_is_shown_no_longer() -> None:
    state = touch(thanked(rated=2), 9, 1500)
    assert score_shown(heard(state, Acknowledgement("x-1", done=False, why="disk"), 1600)) == 2
    assert next_wake(state) == 3000, "the daemon's silence is due first"
    waiting = heard(heard(state, Beat("run-a", 2), 2900), Beat("run-a", 2), 4300)
    assert next_wake(waiting) == 1560 + UNANSWERED_MS
    assert score_shown(reduce(waiting, Ticked(1560 + UNANSWERED_MS))) == 2
    assert score_shown(reduce(state, Disconnected(1600))) == 2


def test_a_kept_rating_stays_on_the_glass_while_the_link_is_lost_for_a_moment() -> None:
    state = heard(touch(thanked(), 9, 1500), Acknowledgement("x-1", done=True), 1600)
    assert score_shown(reduce(state, Disconnected(1700))) == 9
    assert scale_shown(reduce(state, Disconnected(1700))) is None, "nothing to touch meanwhile"


def test_the_next_sale_takes_the_question_away_at_once() -> None:
    state = heard(touch(thanked(), 9, 1500), snapshot(3), 1700)
    assert (shown_stage(state), state.answer, scale_shown(state)) == (Stage.BASKET, None, None)
    again = heard(state, thanks(4), 2000)
    assert score_shown(again) is None


def test_a_face_started_during_the_thanks_shows_what_was_said_before() -> None:
    state = after(State(FaceKind.CUSTOMER, "y"), Connected(0), Heard(thanks(7, rated=10), 10))
    view = view_of(state, Language.ENGLISH, lambda folder, name: "")
    assert (view.stage, view.rating, view.rated) == ("thanks", "ten", 10)


def test_the_view_asks_only_where_a_finger_counts() -> None:
    view = view_of(thanked(FaceKind.CASHIER, rated=3), Language.ENGLISH, lambda folder, name: "")
    assert (view.rating, view.rated) == ("", -1)
