"""The faces look as they did: a well chosen few of the gallery against the pictures that are kept of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kept_pictures
import pytest
from kept_pictures import FOLDER, KEPT, difference, differing, same_picture
from PySide6.QtGui import QColor, QImage

from device.screen_link import FaceKind
from kiosk_ui.gallery.plan import SIZES, THEMES
from kiosk_ui.gallery.studio import complaints

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def now(qapp) -> Iterator[dict[str, QImage]]:
    with complaints() as heard:
        yield dict(kept_pictures.drawn())
    assert heard == [], "QML warned"


def test_the_faces_look_as_they_did(now: dict[str, QImage], tmp_path: Path) -> None:
    changed = []
    for name, image in now.items():
        stored = QImage(str(FOLDER / f"{name}.png"))
        if not same_picture(image, stored):
            changed.append(name)
            image.save(str(tmp_path / f"{name}-now.png"))
            stored.save(str(tmp_path / f"{name}-stored.png"))
            difference(image, stored).save(str(tmp_path / f"{name}-difference.png"))
    assert not changed, (
        f"{len(changed)} of {len(now)} pictures look different, {', '.join(changed)}: now, stored and difference in {tmp_path}. "
        "If it is meant so: .venv/bin/python tests/kept_pictures.py, and commit the pictures with the change"
    )


def test_what_is_kept_is_little_and_all_of_it_is_compared() -> None:
    stored = {path.stem: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(stored) == set(KEPT)
    assert len(set(KEPT)) == len(KEPT)
    assert max(stored.values()) <= kept_pictures.LARGEST_BYTES
    assert sum(stored.values()) <= kept_pictures.TOGETHER_BYTES


def test_what_is_kept_holds_every_face_size_language_and_theme() -> None:
    pictures = kept_pictures.kept().values()
    assert {picture.setting.kind for picture in pictures} == set(FaceKind)
    assert {picture.setting.theme for picture in pictures} == set(THEMES)
    for kind in FaceKind:
        assert {picture.setting.size for picture in pictures if picture.setting.kind is kind} == set(SIZES[kind])


def sheet(width: int = 200, height: int = 100, colour: str = "#336699") -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor(colour))
    return image


def test_pictures_are_the_same_within_half_a_percent_of_pixels_and_eight_shades(qapp) -> None:
    one, other = sheet(), sheet()
    assert same_picture(one, other)
    assert same_picture(one, sheet(colour="#3B6E91"))
    assert not same_picture(one, sheet(colour="#3C6699"))
    for x in range(100):
        other.setPixelColor(x, 50, QColor("#000000"))
    assert same_picture(one, other)
    other.setPixelColor(100, 50, QColor("#000000"))
    assert not same_picture(one, other)
    assert differing(one, other).sum() == 101
    assert not same_picture(one, sheet(200, 101))
    assert not same_picture(one, QImage())


def test_the_difference_is_red_where_it_is(qapp) -> None:
    one, other = sheet(), sheet()
    other.setPixelColor(7, 8, QColor("#000000"))
    shown = difference(one, other)
    assert shown.pixelColor(7, 8) == QColor(200, 0, 0)
    assert shown.pixelColor(8, 8).lightness() > 190
    assert difference(one, sheet(10, 10)).pixelColor(0, 0) == QColor(200, 0, 0)
