"""Burn-in, dimming and slides: the clock is driven, nobody waits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from fakes.shop_words import snapshot
from hypothesis import given
from hypothesis import strategies as st

from device.screen_link import Beat, FaceKind, Stage
from kiosk_ui.events import Connected, Heard, Ticked
from kiosk_ui.formats import Language
from kiosk_ui.reducer import reduce
from kiosk_ui.rest import REACH, Rest, drift, rested, wakes
from kiosk_ui.state import State, next_wake
from kiosk_ui.view import View, view_of

MINUTE = 60_000


def seen(state: State) -> View:
    return view_of(state, Language.ENGLISH, lambda _folder, _name: "")


def lived(state: State, until: int) -> list[tuple[int, View]]:
    """What is drawn from now on, as the face's own timer brings it about, while the daemon beats."""
    views = []
    at = state.heard_at
    while (wake := next_wake(state)) is not None and wake <= until:
        for beat in range(at + 1000, wake, 1000):
            state = reduce(state, Heard(Beat("run-a", 1), beat))
            at = beat
        at = max(at, wake)
        state = reduce(state, Ticked(at))
        if not views or views[-1][1] != seen(state):
            views.append((at, seen(state)))
        if state.absent:
            state = reduce(state, Heard(Beat("run-a", 1), at))
    return views


def face(kind: FaceKind, stage: Stage) -> State:
    state = reduce(State(kind, "x"), Connected(0))
    return reduce(state, Heard(snapshot(1, stage=stage, cards=()), 0))


@pytest.mark.parametrize("kind", list(FaceKind))
@pytest.mark.parametrize("stage", [Stage.IDLE, Stage.BASKET, Stage.PAYMENT])
def test_what_stands_still_moves_by_whole_pixels_within_ten_minutes(kind: FaceKind, stage: Stage) -> None:
    places = [view.drift for _, view in lived(face(kind, stage), 10 * MINUTE)]
    assert len(set(places)) >= 8
    assert all(abs(x) <= REACH and abs(y) <= REACH for x, y in places)
    for (x, y), (later_x, later_y) in pairwise(dict.fromkeys(places)):
        assert max(abs(later_x - x), abs(later_y - y)) == 1, "one pixel a minute"


@given(st.integers(0, 10**7))
def test_no_step_is_longer_than_a_pixel_or_leaves_the_reach(step: int) -> None:
    (x, y), (later_x, later_y) = drift(step), drift(step + 1)
    assert (abs(later_x - x), abs(later_y - y)) == (1, 1)
    assert max(abs(x), abs(y)) <= REACH


def test_no_pixel_keeps_its_place_for_most_of_the_day() -> None:
    places = [drift(step) for step in range(24 * 60)]
    assert max(map(places.count, set(places))) < len(places) / 20


def test_between_sales_a_slide_stands_at_least_eight_seconds_and_after_two_minutes_it_dims() -> None:
    views = lived(face(FaceKind.CUSTOMER, Stage.IDLE), 5 * MINUTE)
    turns = [at for (_, before), (at, after) in pairwise(views) if before.slide != after.slide]
    assert len(turns) > 20
    assert all(later - earlier >= 8000 for earlier, later in pairwise(turns))
    assert [at for (_, before), (at, after) in pairwise(views) if before.dimmed != after.dimmed] == [2 * MINUTE]


def test_the_next_sale_is_bright_and_the_pause_after_it_begins_anew() -> None:
    state = reduce(face(FaceKind.CUSTOMER, Stage.IDLE), Ticked(3 * MINUTE))
    assert seen(state).dimmed
    state = reduce(state, Heard(snapshot(2), 3 * MINUTE))
    assert (seen(state).dimmed, seen(state).slide) == (False, 0)
    state = reduce(state, Heard(snapshot(3, stage=Stage.IDLE, cards=()), 4 * MINUTE))
    assert not seen(reduce(state, Ticked(6 * MINUTE - 1))).dimmed
    assert seen(reduce(state, Ticked(6 * MINUTE))).dimmed


def test_a_face_without_a_daemon_dims_too() -> None:
    state = reduce(State(FaceKind.CUSTOMER, "x"), Ticked(0))
    assert seen(reduce(state, Ticked(2 * MINUTE))).dimmed


@given(st.lists(st.tuples(st.integers(0, 40_000), st.booleans()), max_size=40))
def test_it_never_wakes_for_nothing(steps: list[tuple[int, bool]]) -> None:
    rest, at = Rest(), 0
    for later, idle in steps:
        at += later
        rest = rested(rest, at, idle=idle)
        due = min(wakes(rest))
        assert due > at
        assert rested(rest, due - 1, idle=idle) == rest
        assert rested(rest, due, idle=idle) != rest
