"""Every rule of the gallery finds the flaw it is for, and lets pass what has none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from device.screen_link import FaceKind
from kiosk_ui.formats import Language
from kiosk_ui.gallery.checks import arcmin, geometry, shifts
from kiosk_ui.gallery.ink import Pixels, contrast, faint
from kiosk_ui.gallery.look import Box, Look, Photo, Target, Words
from kiosk_ui.gallery.plan import Setting
from kiosk_ui.gallery.png import png
from kiosk_ui.gallery.scenes import scenes
from kiosk_ui.reducer import reduce
from kiosk_ui.state import State
from kiosk_ui.view import View, view_of

WINDOW = Box(0, 0, 1024, 768)
CASHIER = Setting(FaceKind.CASHIER, (1024, 768), Language.ENGLISH, "light")
CUSTOMER = Setting(FaceKind.CUSTOMER, (1024, 768), Language.ENGLISH, "light")


def words(text: str, x: float, y: float, pixels: float = 36, **facts: Any) -> Words:
    box = Box(x, y, 12 * len(text), 40)
    chosen: dict[str, Any] = {
        "box": box,
        "letters": facts.get("box", box),
        "own": box,
        "sheet": WINDOW,
        "clip": WINDOW,
        "truncated": False,
        "broken": "",
        "scrolled": False,
        "pixels": pixels,
        "capital": pixels * 0.727,
        "colour": (20, 35, 28),
        "faded": False,
        "kinds": frozenset(),
        "card": "",
        "target": "",
    }
    return Words(text, **(chosen | facts))


def told(setting: Setting, name: str) -> tuple[State, View]:
    state = State(setting.kind, "gallery")
    scene = next(scene for scene in scenes() if scene.name == name)
    for event in scene.story.events:
        state = reduce(state, event)
    return state, view_of(state, setting.language, lambda _, picture: picture or "")


def hero(view: View, **facts: Any) -> Look:
    """A cashier's face with one card, on which nothing is wrong."""
    card = view.cards[0]
    sheet = Box(20, 100, 980, 460)
    look = Look(WINDOW)
    look.named["total"] = Box(20, 20, 200, 40)
    look.cards[card.suggestion_id] = sheet
    look.words = [
        words(view.total, 20, 20),
        words(card.name, 400, 120, card=card.suggestion_id, sheet=sheet),
        words(card.price, 400, 300, 60, card=card.suggestion_id, sheet=sheet),
        *(facts.get("also") or ()),
    ]
    look.photos = [Photo(Box(40, 120, 300, 300), shown=bool(card.picture), letter="", card=card.suggestion_id)]
    look.targets = [Target("dismiss", Box(20, 600, 240, 140)), Target("accept", Box(300, 600, 700, 140))]
    return look


def flaws(look: Look, state: State, view: View, setting: Setting = CASHIER) -> list[str]:
    return list(geometry(setting, state, view, look))


@pytest.fixture
def alone() -> tuple[State, View]:
    return told(CASHIER, "suggestions-1")


def test_a_face_on_which_nothing_is_wrong_has_no_flaw(alone) -> None:
    state, view = alone
    assert flaws(hero(view), state, view) == []


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (words("Hello", 100, 650, own=Box(100, 650, 40, 40)), "is 60 px wide in a place of 40"),
        (words("Hello", 100, 650, own=Box(100, 650, 60, 20)), "is 40 px high in a place of 20"),
        (words("Hello", 1000, 650), "leaves the window"),
        (words("Hello", 100, 650, sheet=Box(100, 650, 60, 30)), "leaves the sheet"),
        (words("Hello", 100, 650, clip=Box(100, 650, 50, 40), scrolled=True), "leaves its list"),
        (words("Hello", 100, 650, clip=Box(100, 640, 60, 40), scrolled=True), "leaves its list"),
        (words("Hello", 100, 650, truncated=True), "is cut"),
        (words("Hello there", 100, 650, broken="Hello"), "breaks inside the word Hello"),
        (words("Hello", 20, 30), "lie over each other"),
        (words("Hello", 100, 650, pixels=9), "has capitals of"),
        (words("Hello", 400, 500, pixels=61, card="croissant"), "is larger than the price"),
    ],
)
def test_a_text_that_is_not_where_or_as_large_as_it_should_be_is_told(alone, one: Words, sentence: str) -> None:
    state, view = alone
    found = flaws(hero(view, also=[one]), state, view)
    assert len(found) == 1
    assert sentence in found[0]


def test_what_is_scrolled_away_above_and_names_and_reasons_may_be_cut(alone) -> None:
    state, view = alone
    fine = [
        words("Hello", 100, 650, clip=Box(0, 670, 1024, 90), scrolled=True),
        words(view.cards[0].name, 400, 420, truncated=True, card="croissant"),
        words("Goes with ca", 400, 480, truncated=True, kinds=frozenset({"Reason"}), card="croissant"),
    ]
    assert flaws(hero(view, also=fine), state, view) == []


def test_a_price_is_never_cut_and_never_small(alone) -> None:
    state, view = alone
    look = hero(view)
    look.words[2] = replace(look.words[2], truncated=True)
    assert any("is cut" in flaw for flaw in flaws(look, state, view))
    look.words[1:3] = [replace(one, pixels=20, capital=20 * 0.727) for one in look.words[1:3]]
    assert any("where 30' are needed" in flaw for flaw in flaws(look, state, view))


def test_a_missing_total_price_picture_or_card_is_told(alone) -> None:
    state, view = alone
    for missing, sentence in ((0, "the total"), (2, "its price")):
        look = hero(view)
        del look.words[missing]
        assert any(sentence in flaw and "nowhere" in flaw for flaw in flaws(look, state, view))
    look = hero(view)
    look.photos = [replace(look.photos[0], shown=False)]
    assert any("its picture is missing" in flaw for flaw in flaws(look, state, view))
    look.cards.clear()
    assert "0 suggestions are seen of 1" in flaws(look, state, view)


def test_advertiser_age_limit_and_placeholder_are_asked_for() -> None:
    state, view = told(CASHIER, "everything")
    look = hero(view)
    found = flaws(look, state, view)
    assert any("its advertiser is not told" in flaw for flaw in found)
    assert any("its age limit is nowhere" in flaw for flaw in found)
    assert any("a hole where its picture would be" in flaw for flaw in found)
    assert "1 suggestions are seen of 3" in found


@pytest.mark.parametrize("name", ["payment", "suspended", "thanks", "idle"])
def test_no_suggestion_and_no_button_stands_outside_the_basket(alone, name: str) -> None:
    look = hero(alone[1])
    found = flaws(look, *told(CASHIER, name))
    assert any("suggestions stand there" in flaw for flaw in found)
    assert any("buttons stand there" in flaw for flaw in found)


def test_nothing_of_a_sale_is_left_when_its_daemon_is_gone() -> None:
    state, view = told(CUSTOMER, "offline")
    look = Look(WINDOW, words=[words("Cappuccino, 300\u00a0ml", 100, 100)])
    assert any("is left of a sale that is over" in flaw for flaw in flaws(look, state, view, CUSTOMER))
    look.words[0] = words("Welcome!", 100, 100)
    assert flaws(look, state, view, CUSTOMER) == []


def test_the_basket_shows_its_latest_line_and_its_total() -> None:
    state, view = told(CUSTOMER, "payment")
    look = Look(WINDOW, words=[words(view.total, 20, 700)])
    assert "the basket is nowhere" in flaws(look, state, view, CUSTOMER)
    look.named = {"lines": Box(0, 100, 400, 500), "total": Box(20, 700, 200, 40)}
    assert any("the latest line" in flaw for flaw in flaws(look, state, view, CUSTOMER))
    look.words.append(words(view.lines[-1].sum, 20, 500, scrolled=True, clip=look.named["lines"]))
    assert flaws(look, state, view, CUSTOMER) == []


def test_targets_are_large_apart_and_accept_is_the_largest(alone) -> None:
    state, view = alone
    look = hero(view)
    look.targets = [
        Target("dismiss", Box(20, 600, 600, 160)),
        Target("undo", Box(700, 20, 100, 40)),
        Target("accept", Box(625, 600, 300, 60)),
        Target("out_of_stock", Box(980, 600, 100, 100)),
    ]
    assert sorted(flaws(look, state, view)) == [
        "accept is not the largest target",
        "the target accept is 17.9 mm where 20 are needed",
        "the target out_of_stock leaves the window",
        "the target undo is 11.9 mm where 15 are needed",
        "the targets dismiss and accept are 1.5 mm apart where 3 are needed",
    ]


def test_a_basket_that_moves_with_the_suggestions_is_told() -> None:
    still = Look(WINDOW, named={"lines": Box(0, 0, 10, 10), "total": Box(0, 20, 10, 10)})
    moved = Look(WINDOW, named={"lines": Box(0, 0, 10, 10), "total": Box(0, 21, 10, 10)})
    assert list(shifts({"none": still, "one": still})) == []
    assert list(shifts({"none": still, "one": moved})) == ["with one the total stands at 0,21 10x10, with none at 0,20 10x10"]


def test_words_that_nobody_translated_are_told() -> None:
    russian = replace(CASHIER, language=Language.RUSSIAN)
    state, view = told(russian, "sponsored")
    also = [words("To pay", 100, 650), words("Tillside", 300, 650)]
    assert [flaw for flaw in flaws(hero(view, also=also), state, view, russian) if "translated" in flaw] == [
        "“To pay” is not translated"
    ]
    assert not any("translated" in flaw for flaw in flaws(hero(view, also=also), *told(CASHIER, "sponsored")))


def test_an_angle_is_seen_from_its_distance() -> None:
    assert arcmin(3.7, 800) == pytest.approx(15.9, abs=0.1)
    assert arcmin(6.98, 800) == pytest.approx(30, abs=0.1)


def drawn(ink: str, *, over: str | None = None, ground: tuple[str, str] = ("#FFFFFF", "#FFFFFF")) -> tuple[Look, Pixels]:
    """One text on a ground that goes from one colour to another, with something over it."""
    image = QImage(400, 100, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for x in range(400):
        share = x / 399
        parts = [
            round(one * (1 - share) + other * share)
            for one, other in zip(QColor(ground[0]).getRgb()[:3], QColor(ground[1]).getRgb()[:3], strict=True)
        ]
        painter.fillRect(x, 0, 1, 100, QColor(*parts))
    painter.setPen(QColor(ink))
    font = painter.font()
    font.setPixelSize(40)
    painter.setFont(font)
    painter.drawText(QRectF(0, 0, 400, 100), Qt.AlignmentFlag.AlignCenter, "1 234,50")
    if over:
        painter.fillRect(0, 0, 400, 100, QColor(over))
    painter.end()
    box = Box(0, 20, 400, 60)
    red, green, blue, _ = QColor(ink).getRgb()
    return Look(Box(0, 0, 400, 100), words=[words("1 234,50", 0, 0, box=box, own=box, colour=(red, green, blue))]), Pixels(image)


def test_a_faint_text_and_a_covered_one_are_told(qapp) -> None:
    assert list(faint(*drawn("#14231C"))) == []
    assert list(faint(*drawn("#FFFFFF", ground=("#0E4A37", "#093527")))) == []
    assert "contrast" in next(faint(*drawn("#A0A0A0")))
    assert "contrast" in next(faint(*drawn("#F4F4F4")))
    assert "contrast of 1.0" in next(faint(*drawn("#14231C", over="#14231C")))
    assert "covered" in next(faint(*drawn("#14231C", over="#F6F2EA")))


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_a_picture_written_is_the_picture_read(qapp) -> None:
    image = QImage(7, 5, QImage.Format.Format_RGB32)
    for x in range(7):
        for y in range(5):
            image.setPixelColor(x, y, QColor(36 * x, 51 * y, 255 - 36 * x))
    for level in (1, 9):
        assert QImage.fromData(png(image, level), "PNG").convertToFormat(image.format()) == image
