"""Cards on the customer's face: pictures whole, nothing over anything else, prices on one line."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from fakes.face_glass import texts
from fakes.shop_words import LONG, card, snapshot

from device.screen_link import FaceKind, Reason, ReasonKind, Stage
from kiosk_ui.formats import Language

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QRectF
    from PySide6.QtQuick import QQuickItem

SIZES = [(1920, 1080), (1366, 768), (1024, 768), (1024, 600), (1080, 1920)]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480"><rect width="480" height="480" fill="#C8102E"/></svg>'
WORDS = ({"en": "bread", "ru": "батону"}, {"en": "milk", "ru": "молоку"})
OFFERS = (
    card(1, price=43990, unit="kg", reason=Reason(ReasonKind.GOES_WITH, WORDS, WORDS), picture="red.svg"),
    card(2, names={"": LONG}, old_price=99999, net=125, net_unit="kg", sponsor="ООО «Молочный край»", picture="red.svg"),
    card(3, price=99_999_999, net=1500, net_unit="l", age_limit=18),
)


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    (tmp_path / "red.svg").write_text(SVG)
    return str(tmp_path)


def named(root: QQuickItem, name: str) -> list[QQuickItem]:
    if not root.isVisible():
        return []
    return [root] * (root.objectName() == name) + [found for child in root.childItems() for found in named(child, name)]


def place(item: QQuickItem) -> QRectF:
    """Where its words stand, which may be less than its box."""
    box = item.mapRectToScene(item.boundingRect())
    box.setHeight(min(box.height(), item.property("contentHeight") or box.height()))
    return box.adjusted(1, 1, -1, -1)


def sheet_of(item: QQuickItem) -> QQuickItem:
    """The card it is written on."""
    return item if item.parentItem().objectName() == "cards" else sheet_of(item.parentItem())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cards", [OFFERS, OFFERS[:2], OFFERS[1:], OFFERS[:1], OFFERS[1:2], OFFERS[2:]])
def test_pictures_are_whole_and_nothing_lies_over_anything(glass, pictures: str, size, cards) -> None:
    face = glass(FaceKind.CUSTOMER, snapshot(1, cards=cards, pictures=pictures), size=size, language=Language.RUSSIAN)
    photos = named(face.item("cards"), "picture")
    assert len(photos) == len(cards)
    for photo in photos:
        assert 0.99 <= photo.width() / photo.height() <= 4 / 3
        assert photo.width() >= size[0] * 0.1
    written = [text for text in texts(face.item("cards")) if text.property("text") not in {" ", "Т", "О", "18+"}]
    assert len(written) >= 3 * len(cards)
    for one, other in combinations(written, 2):
        assert not place(one).intersects(place(other)), (one.property("text"), other.property("text"))
    for text in written:
        assert place(sheet_of(text)).contains(place(text)), text.property("text")
        for photo in photos:
            assert not place(text).intersects(photo.mapRectToScene(photo.boundingRect())), text.property("text")


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (1024, 600)])
def test_prices_of_a_row_stand_on_one_line(glass, pictures: str, size) -> None:
    face = glass(FaceKind.CUSTOMER, snapshot(1, cards=OFFERS, pictures=pictures), size=size, language=Language.RUSSIAN)
    prices = [
        text
        for text in texts(face.item("cards"))
        if text.property("text") in {"439,90\u00a0₽", "129,92\u00a0₽", "999\u202f999,99\u00a0₽"}
    ]
    assert len(prices) == 3
    lines = {round(text.mapToScene(text.boundingRect().topLeft()).y() + text.property("baselineOffset")) for text in prices}
    assert max(lines) - min(lines) <= 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_basket_that_comes_and_goes_draws_its_picture_in_one_size(glass, daemon, pictures: str, number: int) -> None:
    offers = tuple(card(one, picture="red.svg") for one in range(number))
    face = glass(FaceKind.CUSTOMER, snapshot(1, cards=(), pictures=pictures))
    for seq, facts in enumerate(({"cards": offers}, {"cards": ()}, {"cards": offers}, {"stage": Stage.IDLE, "cards": ()}), 2):
        daemon.say(snapshot(seq, pictures=pictures, **facts))
        face.shows(seq)
    # Cards that were arranged for another number on the way would have left a picture of another size.
    assert len(face.screen.pictures._made) == 1
