"""The stages of a sale on the glass: what leaves at once, totals, payments, returns, and the shop's night."""

from __future__ import annotations

import msgspec
import pytest
from fakes.face_states import ids, told
from fakes.shop_words import CARDS, LINES, card, snapshot

from device.screen_link import BasketLine, FaceKind, PaymentLine, Snapshot, Stage
from kiosk_ui.events import Heard, Ticked
from kiosk_ui.formats import LONGEST_SPONSOR, Language
from kiosk_ui.reducer import reduce
from kiosk_ui.state import shown_snapshot, shown_stage
from kiosk_ui.view import View, view_of

BREAD = BasketLine(3, {"en": "Bread"}, 1000, "pcs", 100)


@pytest.mark.parametrize("kind", list(FaceKind))
@pytest.mark.parametrize("more", [(), (BREAD,)], ids=["alone", "with another line at once"])
def test_what_the_daemon_says_is_gone_leaves_however_young_its_hold(kind: FaceKind, more: tuple[BasketLine, ...]) -> None:
    later = snapshot(2, lines=(*LINES, *more), cards=(CARDS[0], card(8)), gone=("s2",))
    assert "s2" not in ids(told(kind, (0, snapshot(1)), (1, later)))


def test_what_was_held_leaves_when_it_is_gone_after_all() -> None:
    held = told(FaceKind.CUSTOMER, (0, snapshot(1)), (10, snapshot(2, lines=(*LINES, BREAD), cards=(CARDS[0], card(8)))))
    assert "s2" in ids(held)
    assert "s2" not in ids(reduce(held, Heard(snapshot(3, lines=(*LINES, BREAD), cards=(CARDS[0],), gone=("s2",)), 20)))


TOTALS = [Stage.BASKET, Stage.RETURN, Stage.PAYMENT, Stage.SUSPENDED, Stage.THANKS]


@pytest.mark.parametrize("kind", list(FaceKind))
@pytest.mark.parametrize("stage", TOTALS)
def test_total_and_lines_are_there_at_every_stage_of_a_sale(kind: FaceKind, stage: Stage) -> None:
    shown = view_of(told(kind, (0, snapshot(1)), (10, snapshot(2, stage=stage))), Language.ENGLISH, lambda folder, name: "")
    assert (shown.stage, shown.count, "286.80" in shown.total) == (stage.value, 2, True)


def test_payments_and_change_are_shown_as_money() -> None:
    paid = (PaymentLine("card", 20000), PaymentLine("talon"), PaymentLine("", 50000))
    word = snapshot(2, stage=Stage.PAYMENT, cards=(), payments=paid, change=41320)
    shown = view_of(told(FaceKind.CUSTOMER, (0, word)), Language.RUSSIAN, lambda folder, name: "")
    assert [(row.means, row.amount) for row in shown.payments] == [
        ("card", "200,00\u00a0₽"),
        ("talon", ""),
        ("", "500,00\u00a0₽"),
    ]
    assert shown.change == "413,20\u00a0₽"


def test_a_closed_shop_is_dark_with_and_without_its_daemon_and_the_cashier_sees_that_it_is_gone() -> None:
    dark = snapshot(2, stage=Stage.CLOSED, total=0, lines=(), cards=())
    for kind in FaceKind:
        state = told(kind, (0, snapshot(1)), (1000, dark))
        assert shown_stage(state) is Stage.CLOSED
        state = reduce(state, Ticked(3000))
        assert (state.absent, shown_stage(state), shown_snapshot(state)) == (True, Stage.CLOSED, None)
        assert not view_of(state, Language.ENGLISH, lambda folder, name: "").online


def test_a_shop_that_closes_during_the_thanks_has_thanked_first() -> None:
    dark = snapshot(3, stage=Stage.CLOSED, total=0, lines=(), cards=())
    state = told(FaceKind.CUSTOMER, (0, snapshot(1)), (1000, snapshot(2, stage=Stage.THANKS)), (4500, dark))
    assert shown_stage(state) is Stage.THANKS
    assert shown_stage(reduce(state, Ticked(6000))) is Stage.CLOSED
    assert shown_stage(reduce(state, Heard(snapshot(4), 5000))) is Stage.BASKET


def test_what_a_till_and_an_advertiser_call_things_can_be_drawn() -> None:
    def shown(word: Snapshot) -> View:
        return view_of(told(FaceKind.CUSTOMER, (0, word)), Language.ENGLISH, lambda folder, name: "")

    paid_place = msgspec.structs.replace(CARDS[0], sponsor="S\u202e" + "x" * 10_000)
    (drawn,) = shown(snapshot(1, cards=(paid_place,))).cards
    assert (len(drawn.sponsor), drawn.sponsor[:2]) == (LONGEST_SPONSOR, "Sx")
    (paid,) = shown(snapshot(1, stage=Stage.PAYMENT, payments=(PaymentLine("ca\u202e\nsh", 100),))).payments
    assert paid.means == "ca sh"
