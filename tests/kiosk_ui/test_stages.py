"""Payment, returns, thanks with a rating and the closed shop on the glass, touched with a real touch device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.daemon_link import DaemonLink
from fakes.face_glass import texts
from fakes.shop_words import card, snapshot

from device.rating import Scale
from device.screen_link import Acknowledgement, FaceKind, PaymentLine, Rate, Stage
from kiosk_ui.formats import Language

if TYPE_CHECKING:
    from typing import Any

    from fakes.face_glass import Glass

CUSTOMER_SIZES = [(1920, 1080), (1366, 768), (1024, 768), (1024, 600), (1080, 1920)]
PAID = (
    PaymentLine("card", 10000),
    PaymentLine("бонусная карта магазина", None),
    PaymentLine("bonus", 1),
    PaymentLine("cash", 10**9),
)
STAGES: dict[str, dict[str, Any]] = {
    "payment": {"stage": Stage.PAYMENT, "payments": PAID, "change": 999_999_999, "total": 999_999_999},
    "return": {"stage": Stage.RETURN, "returning": True},
    "paying back": {"stage": Stage.PAYMENT, "returning": True},
    "faces": {"stage": Stage.THANKS, "rating": Scale.FACES, "rated": 2, "payments": PAID, "change": 999_999_999},
    "ten": {"stage": Stage.THANKS, "rating": Scale.TEN, "payments": PAID, "change": 999_999_999, "total": 999_999_999},
    "suspended": {"stage": Stage.SUSPENDED},
}


def said(face: Glass) -> str:
    return " | ".join(text.property("text") for text in texts(face.screen.view.contentItem()))


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("size", CUSTOMER_SIZES)
def test_every_word_of_a_stage_has_its_place(glass, stage: str, size: tuple[int, int]) -> None:
    face = glass(FaceKind.CUSTOMER, snapshot(1, cards=(), **STAGES[stage]), size=size, language=Language.RUSSIAN)
    smallest = face.screen.view.engine().singletonInstance("Kiosk", "Theme").property("smallestType")
    boxes = []
    for text in texts(face.screen.view.contentItem()):
        words = text.property("text")
        corner = text.mapToScene(text.boundingRect().topLeft())
        width, height = text.property("contentWidth"), text.property("contentHeight")
        assert width <= text.width() + 1.5, words
        assert not text.property("truncated") or "₽" not in words, words
        assert corner.x() >= 0, words
        assert corner.y() >= 0, words
        assert corner.x() + width <= size[0], words
        assert corner.y() + height <= size[1], words
        assert text.property("fontInfo").property("pixelSize").toNumber() >= smallest - 0.5, words
        boxes.append((corner.x(), corner.y(), corner.x() + width, corner.y() + height, words))
    for number, (left, top, right, bottom, words) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = other[0] >= right - 1 or other[2] <= left + 1 or other[1] >= bottom - 1 or other[3] <= top + 1
            assert apart, (words, other[4])


def test_payment_is_total_payments_and_change(glass) -> None:
    paid = (PaymentLine("card", 10000), PaymentLine("cash", 50000))
    for kind in FaceKind:
        face = glass(kind, snapshot(1, cards=(card(1),), stage=Stage.PAYMENT, payments=paid, change=31320))
        for word in ("286.80", "Card", "100.00", "Cash", "500.00", "Change", "313.20"):
            assert word in said(face), (kind, word)
        assert "Item 1" not in said(face)
        face.close()
        face.close = lambda: None


def test_a_return_says_so_on_both_faces_and_offers_nothing(glass) -> None:
    for kind in FaceKind:
        face = glass(kind, snapshot(1, cards=(card(1),), stage=Stage.RETURN, returning=True))
        assert "Return of goods" in said(face)
        assert "286.80" in said(face)
        assert "Item 1" not in said(face)
        face.close()
        face.close = lambda: None


@pytest.mark.parametrize(("scale", "score", "others"), [(Scale.FACES, 3, (1, 2)), (Scale.TEN, 10, (0, 9))])
def test_a_touch_on_the_monitor_is_one_rating(
    glass, daemon: DaemonLink, scale: Scale, score: int, others: tuple[int, ...]
) -> None:
    face = glass(FaceKind.CUSTOMER, snapshot(4, stage=Stage.THANKS, cards=(), rating=scale))
    face.settled_touch(f"tap:rate:{score}")
    face.until(lambda: len(daemon.of(Rate)) == 1, "the rating")
    (word,) = daemon.of(Rate)
    assert (word.score, word.seq, word.run) == (score, 4, "run-a")
    assert "Thank you for telling us" in said(face)
    daemon.say(Acknowledgement(word.act_id, done=True))
    face.until(lambda: face.state.answer is not None and face.state.answer.kept, "the answer")
    chosen = face.item(f"tap:rate:{score}")
    assert chosen is not None
    assert chosen.property("chosen")
    for other in others:
        item = face.item(f"tap:rate:{other}")
        assert item is not None
        assert not item.property("chosen")


def test_a_shop_that_does_not_ask_has_nothing_to_touch(glass) -> None:
    face = glass(FaceKind.CUSTOMER, snapshot(1, stage=Stage.THANKS, cards=()))
    assert face.item("rating") is None
    assert face.item("tap:rate:1") is None


def test_the_question_waits_for_nobody(glass) -> None:
    face = glass(FaceKind.CUSTOMER, snapshot(1, stage=Stage.THANKS, cards=(), rating=Scale.FACES))
    assert face.item("tap:rate:1") is not None
    face.until(lambda: face.screen.face.property("stage") == "idle", "the thanks to end by themselves")
    assert face.item("tap:rate:1") is None


@pytest.mark.parametrize("kind", list(FaceKind))
def test_a_closed_shop_is_black_to_the_last_pixel(glass, kind: FaceKind) -> None:
    face = glass(kind, snapshot(1, stage=Stage.CLOSED, cards=(), lines=(), total=0))
    picture = face.picture()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    assert colours == {0xFF000000}
    assert face.item("absent") is None or kind is FaceKind.CUSTOMER
