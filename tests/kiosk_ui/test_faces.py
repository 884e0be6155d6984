"""Both faces on the software renderer, spoken to over a real Unix socket and touched through Qt's own event delivery."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from fakes.daemon_link import DaemonLink
from fakes.face_glass import NO_FOCUS, texts
from fakes.shop_words import CARDS, LINES, LONG, card, snapshot
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFontInfo
from PySide6.QtQuick import QSGRendererInterface

from device.screen_link import VERSION, Acknowledgement, FaceKind, Hello, Painted, Stage, Verb
from kiosk_ui.formats import Language
from kiosk_ui.state import visible_cards

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_face_says_hello_first_and_what_it_painted(glass, daemon: DaemonLink) -> None:
    for kind in FaceKind:
        face = glass(kind)
        face.until(lambda: len(daemon.of(Painted)) > 0)
        assert daemon.of(Hello) == [Hello(VERSION, kind, "till-1")]
        assert daemon.of(Painted) == [Painted("run-a", 1, ("s1", "s2", "s3"))]
        daemon.heard.queue.clear()
        face.close()
        face.close = lambda: None


@pytest.mark.parametrize("verb", [Verb.ACCEPT, Verb.DISMISS, Verb.OUT_OF_STOCK])
def test_a_touch_is_exactly_one_act_with_id_and_sequence_number(glass, daemon: DaemonLink, verb: Verb) -> None:
    face = glass(FaceKind.CASHIER, snapshot(4))
    face.settled_touch(f"tap:{verb}")
    face.until(lambda: len(daemon.acts()) == 1)
    (act,) = daemon.acts()
    assert (act.verb, act.suggestion_id, act.seq, act.run) == (verb, "s1", 4, "run-a")
    assert act.act_id
    face.until(lambda: face.state.pending == ())
    assert len(daemon.acts()) == 1


def test_a_finger_that_stays_on_the_button_for_a_second_is_a_tap(glass, daemon: DaemonLink, qtbot: QtBot) -> None:
    face = glass(FaceKind.CASHIER)
    qtbot.wait(330)
    point = face.press("tap:accept")
    qtbot.wait(900)
    face.release(point)
    face.until(lambda: len(daemon.acts()) == 1, "the act")


def test_a_slip_right_after_the_card_appeared_is_no_act(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CASHIER)
    daemon.say(snapshot(2, cards=(card(9),)))
    face.shows(2)
    face.release(face.press("tap:accept"))
    face.settled_touch("tap:accept")
    face.until(lambda: len(daemon.acts()) == 1)
    assert daemon.acts()[0].suggestion_id == "s9"


def test_a_finger_that_leaves_the_button_is_no_act(glass, daemon: DaemonLink, qtbot: QtBot) -> None:
    face = glass(FaceKind.CASHIER)
    qtbot.wait(330)
    face.press("tap:accept")
    away = QPoint(20, 300)
    face.drag(away)
    face.release(away)
    face.settled_touch("tap:dismiss")
    face.until(lambda: len(daemon.acts()) == 1)
    assert daemon.acts()[0].verb is Verb.DISMISS


def test_cards_ranked_anew_turn_when_they_have_stood_but_not_under_a_finger(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CASHIER)
    face.press("tap:dismiss")
    daemon.say(snapshot(2, cards=(CARDS[1], CARDS[0], CARDS[2])))
    face.shows(2)
    away = QPoint(20, 300)
    face.drag(away)
    face.release(away)
    assert face.state.press is None
    assert [one.suggestion_id for one in visible_cards(face.state)] == ["s1", "s2", "s3"]
    face.until(lambda: [one.suggestion_id for one in visible_cards(face.state)] == ["s2", "s1", "s3"], "the cards to turn")
    face.settled_touch("tap:accept")
    face.until(lambda: len(daemon.acts()) == 1)
    assert daemon.acts()[0].suggestion_id == "s2"


def test_a_pressed_button_shows_it(glass, qtbot: QtBot) -> None:
    face = glass(FaceKind.CASHIER)
    before = face.picture()
    point = face.press("tap:accept")
    corner = QPoint(round(face.box("tap:accept")[0]) + 40, point.y())
    face.until(lambda: face.picture().pixelColor(corner) != before.pixelColor(corner))
    face.release(point)


def test_dismiss_then_undo(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CASHIER)
    assert face.item("tap:undo") is None
    face.settled_touch("tap:dismiss")
    face.until(lambda: len(daemon.acts()) == 1)
    daemon.say(snapshot(2, cards=CARDS[1:], undo="s1"))
    face.shows(2)
    face.settled_touch("tap:undo")
    face.until(lambda: len(daemon.acts()) == 2)
    assert [(act.verb, act.suggestion_id) for act in daemon.acts()] == [(Verb.DISMISS, "s1"), (Verb.UNDO, "s1")]
    assert face.item("tap:undo") is None


def test_touching_an_alternate_makes_it_the_hero(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CASHIER)
    face.settled_touch("tap:alternate")
    face.until(lambda: face.state.chosen == "s2")
    face.settled_touch("tap:accept")
    face.until(lambda: len(daemon.acts()) == 1)
    assert daemon.acts()[0].suggestion_id == "s2"


def test_a_refusal_is_shown_on_the_button_that_was_touched(glass, daemon: DaemonLink) -> None:
    daemon.answers = False
    face = glass(FaceKind.CASHIER)
    face.settled_touch("tap:accept")
    face.until(lambda: len(daemon.acts()) == 1)
    daemon.say(Acknowledgement(daemon.acts()[0].act_id, done=False, why="gone"))
    face.until(lambda: face.state.notice is not None)
    assert "No longer offered" in [text.property("text") for text in texts(face.item("tap:accept"))]


def test_an_accepted_card_shows_its_code_and_digits(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CASHIER, snapshot(1, cards=(card(1, state="taken", barcode="4006381333931"),)))
    shown = [text.property("text") for text in texts(face.screen.view.contentItem())]
    assert "4\u2002006381\u2002333931" in shown
    assert face.item("tap:accept") is None
    picture = face.picture()
    rows = [[picture.pixelColor(x, y).value() for x in range(picture.width())] for y in range(0, picture.height(), 8)]
    edges = [sum(1 for one, other in pairwise(row) if abs(one - other) > 200) for row in rows]
    assert max(edges) >= 60  # thirty bars have sixty edges


def test_payment_shows_no_suggestion_and_nothing_to_touch(glass, daemon: DaemonLink) -> None:
    for kind in FaceKind:
        face = glass(kind)
        daemon.say(snapshot(2, stage=Stage.PAYMENT))
        face.shows(2)
        shown = " ".join(text.property("text") for text in texts(face.screen.view.contentItem()))
        assert "Item 1" not in shown
        assert "286.80" in shown
        for verb in ("accept", "dismiss", "out_of_stock", "alternate", "undo"):
            assert face.item(f"tap:{verb}") is None
        face.close()
        face.close = lambda: None


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 768), (1024, 600)])
def test_basket_and_total_stand_still_while_suggestions_come_and_go(glass, daemon: DaemonLink, size) -> None:
    face = glass(FaceKind.CUSTOMER, size=size)
    before = (face.box("lines"), face.box("total"))
    some = (*CARDS, card(4, old_price=99999, sponsor="A dairy"))
    for seq, number in enumerate((0, 1, 2, 3, 4), start=2):
        daemon.say(snapshot(seq, cards=some[:number]))
        face.shows(seq)
        assert (face.box("lines"), face.box("total")) == before


def test_the_latest_of_300_lines_is_in_sight_and_the_total_stays(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CUSTOMER)
    before = face.box("total")
    many = tuple(type(LINES[0])(number, {"en": f"Thing {number}"}, 1000, "pcs", 100) for number in range(1, 301))
    daemon.say(snapshot(2, lines=many, total=999_999_999))
    face.shows(2)
    assert face.box("total") == before
    face.until(lambda: "Thing 300" in [text.property("text") for text in texts(face.item("lines"))])
    last = next(text for text in texts(face.item("lines")) if text.property("text") == "Thing 300")
    bottom = last.mapToScene(last.boundingRect().bottomLeft()).y()
    _, top, _, height = face.box("lines")
    assert top < bottom <= top + height


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 768), (1024, 600)])
@pytest.mark.parametrize("kind", list(FaceKind))
def test_no_text_leaves_its_place_and_none_is_too_small(glass, kind: FaceKind, size, language: Language) -> None:
    cards = (
        card(1, names={"": LONG}, price=999_999_999, net=90, net_unit="kg"),
        card(2, price=0, old_price=11900, net=125, net_unit="kg", sponsor="ООО «Молочный край»"),
        card(3, price=None, age_limit=18),
    )
    words = snapshot(
        1, cards=cards, total=999_999_999, lines=(*LINES, type(LINES[0])(3, {"": LONG}, 1000, "pcs", 999_999_999, known=False))
    )
    face = glass(kind, words, size=size, language=language)
    smallest = face.screen.view.engine().singletonInstance("Kiosk", "Theme").property("smallestType")
    for text in texts(face.screen.view.contentItem()):
        said = text.property("text")
        if said == " ":
            continue
        assert text.property("contentWidth") <= text.width() + 1.5, said
        corner = text.mapToScene(QPoint(0, 0).toPointF())
        assert corner.x() >= 0, said
        assert corner.x() + text.property("contentWidth") <= size[0], said
        if not text.property("truncated"):
            assert text.property("contentHeight") <= text.height() + 2, said
        else:
            assert not any(sign in said for sign in "₽£"), said
        assert text.property("fontInfo").property("pixelSize").toNumber() >= smallest - 0.5, said


def test_the_fonts_are_the_packaged_ones(glass) -> None:
    for kind in FaceKind:
        face = glass(kind)
        families = {QFontInfo(text.property("font")).family() for text in texts(face.screen.view.contentItem())}
        assert families == {"Inter", "Inter Display"}
        face.close()
        face.close = lambda: None


def test_the_software_renderer_draws(glass) -> None:
    face = glass(FaceKind.CUSTOMER)
    api = face.screen.view.rendererInterface().graphicsApi()
    assert api is QSGRendererInterface.GraphicsApi.Software


def test_two_pictures_of_one_state_are_the_same(glass) -> None:
    face = glass(FaceKind.CUSTOMER)
    face.until(lambda: face.picture() == face.picture(), "a picture twice")


def test_the_cashiers_window_takes_no_focus(glass) -> None:
    face = glass(FaceKind.CASHIER)
    assert face.screen.view.flags() & NO_FOCUS


def test_targets_are_large_enough_for_a_thumb(glass, daemon: DaemonLink) -> None:
    for size in ((1024, 768), (1920, 1080), (1024, 600)):
        face = glass(FaceKind.CASHIER, snapshot(1, undo="s9"), size=size)
        mm = face.screen.view.engine().singletonInstance("Kiosk", "Theme").property("pixelsPerMm")
        boxes = {verb: face.box(f"tap:{verb}") for verb in ("accept", "dismiss", "out_of_stock", "alternate")}
        for verb, (_, _, width, height) in boxes.items():
            assert min(width, height) >= (20 if verb == "accept" else 15) * mm, verb
        areas = {verb: width * height for verb, (_, _, width, height) in boxes.items() if verb != "alternate"}
        assert max(areas, key=areas.__getitem__) == "accept"
        assert boxes["dismiss"][0] - (boxes["out_of_stock"][0] + boxes["out_of_stock"][2]) >= 3 * mm
        assert boxes["accept"][0] - (boxes["dismiss"][0] + boxes["dismiss"][2]) >= 3 * mm
        assert boxes["accept"][1] + boxes["accept"][3] >= size[1] * 0.95
        face.close()
        face.close = lambda: None


@pytest.mark.parametrize(("language", "said"), [(Language.RUSSIAN, "Реклама"), (Language.ENGLISH, "Advertisement")])
@pytest.mark.parametrize("kind", list(FaceKind))
@pytest.mark.parametrize("place", [0, 2])
def test_a_place_that_is_paid_for_says_so_on_both_faces(glass, kind: FaceKind, language: Language, said: str, place: int) -> None:
    cards = tuple(card(n + 1, sponsor="A dairy" if n == place else None) for n in range(3))
    face = glass(kind, snapshot(1, cards=cards), language=language)
    labels = [text for text in texts(face.screen.view.contentItem()) if "A dairy" in text.property("text")]
    assert [text.property("text") for text in labels] == [f"{said} · A dairy"]
    assert all(text.property("contentWidth") <= text.width() + 1.5 for text in labels)
