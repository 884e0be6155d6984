"""What the daemon says and what time does to a face: holds, thanks, absence, stale and doubled words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.face_states import after, ids, told
from fakes.shop_words import CARDS, LINES, card, snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from device.screen_link import (
    Acknowledgement,
    BasketLine,
    Beat,
    FaceKind,
    Painted,
    ReasonKind,
    Refused,
    Stage,
)
from kiosk_ui.events import Connected, Disconnected, FrameShown, Heard, Ticked
from kiosk_ui.reducer import reduce
from kiosk_ui.state import State, may_act, next_wake, shown_snapshot, shown_stage, visible_cards

if TYPE_CHECKING:
    pass

BREAD = BasketLine(3, {"en": "Bread"}, 1000, "pcs", 100)


def test_a_face_that_heard_nothing_is_idle() -> None:
    state = State(FaceKind.CUSTOMER, "x")
    assert shown_stage(state) is Stage.IDLE
    assert visible_cards(state) == ()
    assert next_wake(state) is None


def test_basket_and_total_follow_each_snapshot_at_once() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)), (10, snapshot(2, total=5, lines=LINES[:1])))
    shown = shown_snapshot(state)
    assert shown is not None
    assert (shown.total, len(shown.lines)) == (5, 1)


def test_at_most_three_cards_are_shown() -> None:
    assert ids(told(FaceKind.CUSTOMER, (0, snapshot(cards=(*CARDS, card(4)))))) == ["s1", "s2", "s3"]


def test_a_card_that_lost_its_rank_is_held_three_seconds() -> None:
    state = told(
        FaceKind.CUSTOMER, (0, snapshot(1)), (1000, snapshot(2, lines=(*LINES, BREAD), cards=(CARDS[0], card(7), card(8))))
    )
    assert ids(state) == ["s1", "s2", "s3"]
    assert next_wake(state) == 3000
    state = reduce(state, Heard(Beat("run-a", 2), 2000))
    assert ids(after(state, Ticked(2999))) == ["s1", "s2", "s3"]
    assert ids(after(state, Ticked(3000))) == ["s1", "s7", "s8"]


@pytest.mark.parametrize("kind", list(FaceKind))
def test_two_paid_places_never_stand_beside_each_other(kind: FaceKind) -> None:
    before = (card(1), card(2, sponsor="A dairy"))
    later = (card(1), card(4), card(5, sponsor="A bakery"))
    state = told(kind, (0, snapshot(1, cards=before)), (1000, snapshot(2, lines=(*LINES, BREAD), cards=later)))
    assert ids(state) == ["s1", "s2", "s4"], "the first is held: the second waits"
    due = next_wake(after(state, Heard(Beat("run-a", 2), 2900)))
    assert due == 3000
    assert set(ids(after(state, Heard(Beat("run-a", 2), 2900), Ticked(3000)))) == {"s1", "s4", "s5"}


def test_a_held_card_gives_no_reason_that_may_have_been_taken_off() -> None:
    kept = CARDS[0]
    first = (0, snapshot(1, lines=(*LINES, BREAD)))
    state = told(FaceKind.CUSTOMER, first, (1000, snapshot(2, lines=LINES, cards=(kept, card(7), card(8)))))
    shown = visible_cards(state)
    assert [one.suggestion_id for one in shown] == ["s1", "s2", "s3"]
    assert shown[0].reason == kept.reason
    assert {one.reason.kind for one in shown[1:]} == {ReasonKind.PAIRS_WELL}


def test_cards_shown_long_enough_give_way_at_once_and_the_best_stands_first() -> None:
    state = told(
        FaceKind.CUSTOMER, (0, snapshot(1)), (3000, snapshot(2, lines=(*LINES, BREAD), cards=(card(7), CARDS[2], CARDS[0])))
    )
    assert ids(state) == ["s7", "s3", "s1"]


TURNED = (CARDS[2], CARDS[0], CARDS[1])


@pytest.mark.parametrize("kind", list(FaceKind))
def test_the_same_cards_ranked_anew_turn_when_they_have_stood_and_no_sooner(kind: FaceKind) -> None:
    state = told(kind, (0, snapshot(1)), (1000, snapshot(2, lines=(*LINES, BREAD), cards=TURNED)))
    assert ids(state) == ["s1", "s2", "s3"]
    assert next_wake(reduce(state, Heard(Beat("run-a", 2), 2000))) == 3000
    state = reduce(state, Heard(Beat("run-a", 2), 2999))
    assert ids(state) == ["s1", "s2", "s3"]
    assert ids(reduce(state, Ticked(3000))) == ["s3", "s1", "s2"]


@pytest.mark.parametrize("kind", list(FaceKind))
def test_who_changed_places_stands_three_seconds_again(kind: FaceKind) -> None:
    state = told(kind, (0, snapshot(1)), (3000, snapshot(2, cards=TURNED)), (3500, snapshot(3)))
    assert ids(state) == ["s3", "s1", "s2"]
    state = reduce(state, Heard(Beat("run-a", 3), 5999))
    assert ids(state) == ["s3", "s1", "s2"]
    assert ids(reduce(state, Ticked(6000))) == ["s1", "s2", "s3"]


def test_a_newcomer_that_is_best_becomes_the_hero_at_once_when_the_hero_has_stood() -> None:
    cards = (card(9), *CARDS[:2])
    state = told(FaceKind.CASHIER, (0, snapshot(1)), (3000, snapshot(2, lines=(*LINES, BREAD), cards=cards)))
    assert ids(state) == ["s9", "s1", "s2"]


def test_cards_that_stand_as_they_should_wake_nobody() -> None:
    state = reduce(told(FaceKind.CASHIER, (0, snapshot(1))), Heard(Beat("run-a", 1), 5000))
    assert next_wake(state) == 7000  # only the daemon's silence


@settings(max_examples=60)
@given(st.lists(st.tuples(st.permutations(range(1, 6)), st.integers(1, 4000)), max_size=8))
def test_no_place_turns_twice_in_three_seconds_and_in_the_end_the_best_stand_first(steps) -> None:
    for kind in FaceKind:
        # On the cashier face the alternates close up when one goes; the hero stands as long as every card of a customer.
        places = 3 if kind is FaceKind.CUSTOMER else 1
        state, at = told(kind, (0, snapshot(1))), 1
        turned = [0] * places
        for seq, (order, wait) in enumerate((*steps, (range(1, 6), 9000)), start=2):
            # Every other basket is longer, so that a card is only ever missing because others rank higher.
            word = snapshot(seq, lines=(*LINES, BREAD)[: 3 - seq % 2], cards=tuple(card(one) for one in order))
            for now in (at, *range(at + 500 - at % 500, at + wait, 500)):
                before = ids(state)
                state = reduce(state, Heard(word if now == at else Beat("run-a", seq), now))
                for place in range(places):
                    if before[place] != ids(state)[place]:
                        assert now - turned[place] >= 3000
                        turned[place] = now
            at += wait
        assert ids(state) == ["s1", "s2", "s3"]


def test_an_item_that_entered_the_basket_leaves_at_once() -> None:
    rung = BasketLine(3, CARDS[1].names, 1000, "pcs", 100)
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)), (500, snapshot(2, lines=(*LINES, rung), cards=(CARDS[0], CARDS[2]))))
    assert ids(state) == ["s1", "s3"]


def test_an_item_that_left_while_the_basket_stood_still_leaves_at_once() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)), (500, snapshot(2, cards=(CARDS[0], CARDS[2], card(9)))))
    assert ids(state) == ["s1", "s9", "s3"]


def test_a_held_card_leaves_when_it_enters_the_basket_after_all() -> None:
    rung = BasketLine(4, CARDS[1].names, 1000, "pcs", 100)
    state = told(
        FaceKind.CUSTOMER,
        (0, snapshot(1)),
        (500, snapshot(2, lines=(*LINES, BREAD), cards=(CARDS[0],))),
        (900, snapshot(3, lines=(*LINES, BREAD, rung), cards=(CARDS[0],))),
    )
    assert ids(state) == ["s1", "s3"]


def test_what_a_card_says_changes_in_place() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)), (10, snapshot(2, cards=(card(1, price=5), *CARDS[1:]))))
    assert visible_cards(state)[0].price == 5


def test_payment_ends_every_hold() -> None:
    for stage in (Stage.PAYMENT, Stage.SUSPENDED, Stage.RETURN, Stage.THANKS, Stage.CLOSED):
        for kind in FaceKind:
            state = told(kind, (0, snapshot(1)), (10, snapshot(2, stage=stage)))
            assert visible_cards(state) == ()
            assert not may_act(state)
            assert shown_stage(state) is stage


def test_thanks_stand_five_seconds_whatever_follows_but_a_new_sale() -> None:
    thanks = snapshot(2, stage=Stage.THANKS, total=777, cards=())
    idle = snapshot(3, stage=Stage.IDLE, total=0, lines=(), cards=())
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)), (1000, thanks), (2000, idle))
    shown = shown_snapshot(state)
    assert shown is not None
    assert (shown_stage(state), shown.total) == (Stage.THANKS, 777)
    assert next_wake(state) == 4000  # two seconds after the last word; the thanks last longer
    state = after(state, Heard(Beat("run-a", 3), 3900), Heard(Beat("run-a", 3), 5800))
    assert shown_stage(after(state, Ticked(5999))) is Stage.THANKS
    assert shown_stage(after(state, Ticked(6000))) is Stage.IDLE
    assert shown_stage(after(state, Heard(snapshot(4), 5900))) is Stage.BASKET


def test_thanks_are_not_said_twice() -> None:
    thanks = snapshot(1, stage=Stage.THANKS)
    state = told(FaceKind.CUSTOMER, (0, thanks), (1000, snapshot(2, stage=Stage.THANKS)))
    assert shown_stage(after(state, Heard(Beat("run-a", 2), 2900), Ticked(4800))) is Stage.THANKS
    assert shown_stage(after(state, Heard(Beat("run-a", 2), 2900), Heard(Beat("run-a", 2), 4800), Ticked(5000))) is Stage.IDLE


def test_a_daemon_not_heard_for_two_seconds_is_absent() -> None:
    customer, cashier = (told(kind, (0, snapshot())) for kind in FaceKind)
    assert next_wake(customer) == 2000
    assert shown_stage(after(customer, Ticked(1999))) is Stage.BASKET
    assert shown_stage(after(customer, Ticked(2000))) is Stage.IDLE
    gone = after(cashier, Ticked(2000))
    assert (shown_stage(gone), may_act(gone)) == (Stage.BASKET, False)
    assert ids(gone) == ["s1", "s2", "s3"]


def test_beats_keep_it_present_and_bring_it_back() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot()), (1500, Beat("run-a", 1)), (3000, Beat("run-a", 1)))
    assert shown_stage(state) is Stage.BASKET
    state = after(state, Ticked(5000))
    assert shown_stage(state) is Stage.IDLE
    assert shown_stage(after(state, Heard(Beat("run-a", 1), 5100))) is Stage.BASKET


def test_a_beat_of_another_run_or_before_a_snapshot_proves_nothing() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot()), (1500, Beat("run-b", 9)))
    assert shown_stage(after(state, Ticked(2000))) is Stage.IDLE
    again = after(state, Disconnected(2100), Connected(2200), Heard(Beat("run-a", 1), 2300))
    assert shown_stage(again) is Stage.IDLE


def test_stale_and_doubled_snapshots_are_dropped() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot(5)), (10, snapshot(5, total=1)), (20, snapshot(4, total=2)))
    shown = shown_snapshot(state)
    assert shown is not None
    assert shown.total == snapshot().total
    assert state.dropped == 2


def test_another_run_is_believed_only_on_a_new_connection() -> None:
    other = snapshot(1, run="run-b", total=1, cards=(card(9),))
    state = told(FaceKind.CUSTOMER, (0, snapshot(5)), (10, other))
    assert state.snapshot == snapshot(5)
    state = after(state, Disconnected(20), Connected(30), Heard(other, 40))
    assert state.snapshot == other
    assert ids(state) == ["s9"]


def test_after_a_reconnection_the_same_snapshot_is_welcome_and_announced_again() -> None:
    state = after(told(FaceKind.CUSTOMER, (0, snapshot(5))), FrameShown(10), Disconnected(100), Ticked(2500))
    assert shown_stage(state) is Stage.IDLE
    state = after(state, Connected(2600), Heard(snapshot(5), 2700))
    assert shown_stage(state) is Stage.BASKET
    assert after(state, FrameShown(2710)).say == (Painted("run-a", 5, ("s1", "s2", "s3")),)
    older = after(state, Disconnected(2800), Connected(2900), Heard(snapshot(4), 3000))
    assert older.snapshot == snapshot(5)


def test_painted_is_said_once_per_snapshot_and_per_set_of_cards() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)))
    state = after(state, FrameShown(10))
    assert state.say == (Painted("run-a", 1, ("s1", "s2", "s3")),)
    assert after(state, FrameShown(20)).say == ()
    state = after(state, Heard(snapshot(2, lines=(*LINES, BREAD), cards=(card(7),)), 100), FrameShown(110))
    assert state.say == (Painted("run-a", 2, ("s1", "s2", "s3")),)
    state = after(state, Heard(Beat("run-a", 2), 1900), Ticked(3000), FrameShown(3010))
    assert state.say == (Painted("run-a", 2, ("s7",)),)


def test_a_frame_lets_no_time_pass_because_it_draws_nothing() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)))
    late = reduce(state, FrameShown(5000))
    assert not late.absent
    assert next_wake(late) == 2000
    assert reduce(late, Ticked(5001)).absent


def test_an_answer_of_the_daemon_is_heard_as_a_beat_is() -> None:
    state = told(FaceKind.CASHIER, (0, snapshot(1)), (1900, Acknowledgement("x-9", done=True)))
    assert not reduce(state, Ticked(3800)).absent
    assert reduce(state, Ticked(3900)).absent


def test_a_refusal_changes_nothing() -> None:
    state = told(FaceKind.CUSTOMER, (0, snapshot()))
    assert after(state, Heard(Refused("no such lane"), 10)).snapshot == state.snapshot
