"""What the gallery reads from live items is what stands on the glass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from kept_pictures import pixels
from PySide6.QtCore import QUrl
from PySide6.QtQuick import QQuickView

from kiosk_ui.gallery.look import Box, Look, Words, look_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QImage

WINDOW = Box(0, 0, 400, 300)


@pytest.fixture
def glass(qapp, tmp_path: Path) -> Iterator[Callable[[str], tuple[Look, QImage]]]:
    views: list[QQuickView] = []

    def show(inside: str) -> tuple[Look, QImage]:
        source = tmp_path / "Sheet.qml"
        source.write_text(f'import QtQuick\nRectangle {{ width: 400; height: 300; color: "white"; {inside} }}')
        view = QQuickView(QUrl.fromLocalFile(str(source)))
        assert view.errors() == []
        views.append(view)
        view.setVisible(True)
        qapp.processEvents()
        image = view.grabWindow()
        return look_at(view.rootObject()), image

    yield show
    for view in views:
        view.deleteLater()


def ink(image: QImage) -> Box:
    """Where anything but the ground is."""
    rows, columns = np.nonzero(pixels(image).min(axis=2) < 128)
    return Box(columns.min(), rows.min(), columns.max() - columns.min() + 1, rows.max() - rows.min() + 1)


@pytest.mark.parametrize("across", ["AlignLeft", "AlignHCenter", "AlignRight"])
@pytest.mark.parametrize("down", ["AlignTop", "AlignVCenter", "AlignBottom"])
@pytest.mark.parametrize("mirrored", ["false", "true"])
def test_a_text_stands_where_its_ink_is(glass, across: str, down: str, mirrored: str) -> None:
    look, image = glass(
        f"""Text {{ LayoutMirroring.enabled: {mirrored}; x: 50; y: 40; width: 300; height: 200; text: "Hxg"; font.pixelSize: 40
            font.family: "Inter"; topPadding: 7; bottomPadding: 3
            horizontalAlignment: Text.{across}; verticalAlignment: Text.{down} }}"""
    )
    (word,) = look.words
    assert word.box.holds(ink(image), 1)
    assert word.box.width < ink(image).width + 10
    assert word.letters.holds(ink(image), 1)
    assert word.letters.height < ink(image).height + 5
    assert word.own == Box(50, 40, 300, 200)
    assert word.capital == pytest.approx(40 * 0.727, abs=0.5)


def test_the_letters_of_several_lines_reach_from_the_first_to_the_last(glass) -> None:
    look, image = glass(
        """Text { x: 50; y: 40; width: 300; height: 200; text: "H\\nx\\ng"; font.pixelSize: 40; font.family: "Inter"
            lineHeight: 1.1; verticalAlignment: Text.AlignVCenter }"""
    )
    (word,) = look.words
    assert word.letters.holds(ink(image), 1)
    assert word.letters.height < ink(image).height + 9


def only(look: Look) -> Words:
    (word,) = look.words
    return word


def test_what_a_text_is_too_long_for_is_seen(glass) -> None:
    long = 'text: "Incomprehensibilities of cats"; font.family: "Inter"; font.pixelSize: 30'
    assert only(glass(f"Text {{ width: 100; elide: Text.ElideRight; {long} }}")[0]).truncated
    assert only(glass(f"Text {{ width: 100; wrapMode: Text.Wrap; {long} }}")[0]).broken == "Incomprehensibilities"
    assert only(glass(f"Text {{ width: 395; wrapMode: Text.Wrap; {long} }}")[0]).broken == ""
    fitted = only(glass(f"Text {{ width: 200; fontSizeMode: Text.HorizontalFit; minimumPixelSize: 8; {long} }}")[0])
    assert fitted.pixels < 30
    assert fitted.box.width <= 200
    wide = only(glass(f"Text {{ width: 100; {long} }}")[0])
    assert wide.box.width > wide.own.width + 100


def test_ancestors_tell_sheet_clip_card_target_and_whether_it_is_switched_off(glass) -> None:
    look, _ = glass(
        """
        Rectangle {
            property string suggestionId: "s1"
            property string price: "1"
            x: 10; y: 20; width: 200; height: 100; color: "#EEEEEE"
            Rectangle { objectName: "tap:accept"; x: 5; y: 5; width: 90; height: 40; Text { text: "on" } }
            Rectangle { objectName: "tap:dismiss"; enabled: false; x: 5; y: 55; width: 90; height: 40; Text { text: "off" } }
        }
        ListView {
            objectName: "lines"; x: 220; y: 20; width: 100; height: 60; clip: true
            model: 3; delegate: Text { required property int index; text: "line " + index; height: 25 }
        }
        Text { visible: false; text: "hidden" }
        Item { opacity: 0; Text { text: "clear" } }
        """
    )
    words = {word.text: word for word in look.words}
    assert set(words) == {"on", "off", "line 0", "line 1", "line 2"}
    assert (words["on"].card, words["on"].target, words["on"].faded) == ("s1", "accept", False)
    assert words["on"].sheet == Box(15, 25, 90, 40)
    assert words["off"].faded
    assert [(target.name, target.box) for target in look.targets] == [("accept", Box(15, 25, 90, 40))]
    assert look.cards == {"s1": Box(10, 20, 200, 100)}
    assert look.named["lines"] == Box(220, 20, 100, 60)
    assert words["line 2"].scrolled
    assert words["line 2"].clip == Box(220, 20, 100, 60)
    assert not words["on"].scrolled


def test_what_lies_under_a_cover_is_not_seen(glass) -> None:
    under = 'Text { text: "under" } Rectangle { objectName: "tap:accept"; width: 90; height: 90 }'
    look, _ = glass(f'{under} Rectangle {{ width: 400; height: 300; color: "black"; Text {{ text: "over"; color: "white" }} }}')
    assert [word.text for word in look.words] == ["over"]
    assert look.targets == []
    for hole in ("width: 399", "width: 400; opacity: 0.5", 'width: 400; color: "#C0000000"'):
        look, _ = glass(f"{under} Rectangle {{ height: 300; {hole} }}")
        assert "accept" in [target.name for target in look.targets]


def test_boxes() -> None:
    one = Box(10, 10, 20, 20)
    assert one.cut_to(Box(20, 0, 100, 15)) == Box(20, 10, 10, 5)
    assert one.cut_to(Box(50, 50, 5, 5))[2:] == (0, 0)
    assert one.holds(Box(9, 10, 20, 20), 1)
    assert not one.holds(Box(8, 10, 20, 20), 1)
    assert one.overlaps(Box(25, 25, 10, 10), 2)
    assert not one.overlaps(Box(25, 29, 10, 10), 2)
    assert one.away_from(Box(33, 10, 5, 5)) == 3
    assert one.away_from(Box(10, 34, 5, 5)) == 4
    assert one.away_from(Box(15, 15, 5, 5)) < 0
