"""Where a docked face stands, and that it asks nobody for the focus."""

from __future__ import annotations

from itertools import combinations

import pytest
from fakes.daemon_link import DaemonLink
from fakes.face_glass import NO_FOCUS, Glass
from fakes.shop_words import snapshot
from msgspec.structs import replace
from PySide6.QtCore import Qt

from device.screen_link import FaceKind, Verb
from kiosk_ui.dock import Dock, Place, docked, inches_of
from kiosk_ui.remote import find_item

OLD, WIDE = Place(0, 0, 1024, 768), Place(1024, 0, 1920, 1080)


@pytest.mark.parametrize(
    ("dock", "screen", "place"),
    [
        (Dock.BOTTOM, OLD, (0, 568, 1024, 200)),
        (Dock.LEFT, OLD, (0, 0, 360, 768)),
        (Dock.RIGHT, OLD, (664, 0, 360, 768)),
        (Dock.BOTTOM, WIDE, (1024, 736, 1920, 344)),
        (Dock.RIGHT, WIDE, (2324, 0, 620, 1080)),
    ],
)
def test_a_strip_and_a_panel_are_the_same_part_of_every_screen(dock: Dock, screen: Place, place: tuple[int, ...]) -> None:
    assert docked(dock, screen) == place


def test_a_size_of_its_own_is_kept_but_never_larger_than_the_screen() -> None:
    assert docked(Dock.BOTTOM, OLD, (800, 240)) == (0, 528, 800, 240)
    assert docked(Dock.RIGHT, OLD, (400, 600)) == (624, 0, 400, 600)
    assert docked(Dock.BOTTOM, OLD, (4000, 4000)) == OLD


def test_a_part_of_a_panel_has_the_panels_pixels_to_the_millimetre() -> None:
    place = docked(Dock.BOTTOM, OLD)
    assert inches_of(OLD, OLD, 15) == 15
    assert inches_of(place, OLD, 15) / (1024**2 + 200**2) ** 0.5 == pytest.approx(15 / 1280)


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("dock", list(Dock))
def test_a_docked_face_has_targets_for_a_finger_and_takes_no_focus(qtbot, socket_path, dock: Dock, left_handed: bool) -> None:
    with DaemonLink(socket_path) as daemon:
        daemon.greet_with(snapshot(1))
        face = Glass(qtbot, socket_path, FaceKind.CASHIER, size=None, dock=dock, left_handed=left_handed)
        try:
            face.shows(1)
            place = docked(dock, OLD)
            view = face.screen.view
            assert (view.x(), view.y(), view.width(), view.height()) == place
            assert view.flags() & NO_FOCUS
            assert view.flags() & Qt.WindowType.FramelessWindowHint
            pixels = 1280 / (15 * 25.4)
            boxes = {verb: face.box(f"tap:{verb}") for verb in ("accept", "dismiss", "out_of_stock")}
            for verb, (x, y, width, height) in boxes.items():
                assert min(width, height) >= (20 if verb == "accept" else 15) * pixels - 1
                assert x >= 0
                assert y >= 0
                assert x + width <= place.width
                assert y + height <= place.height
            largest = max(boxes, key=lambda verb: boxes[verb][2] * boxes[verb][3])
            assert largest == "accept"
            other = boxes["dismiss"][0]
            if dock is Dock.BOTTOM:
                assert (boxes["accept"][0] < other) == left_handed
            face.settled_touch("tap:accept")
            face.until(lambda: len(daemon.acts()) == 1)
        finally:
            face.close()


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("dock", list(Dock))
def test_a_docked_face_takes_less_like_this_of_a_shopper_who_is_known(qtbot, socket_path, dock: Dock, left_handed: bool) -> None:
    known = tuple(replace(one, regular=True) for one in snapshot(1).cards)
    with DaemonLink(socket_path) as daemon:
        daemon.greet_with(replace(snapshot(1), cards=known))
        face = Glass(qtbot, socket_path, FaceKind.CASHIER, size=None, dock=dock, left_handed=left_handed)
        try:
            face.shows(1)
            place = docked(dock, OLD)
            pixels = 1280 / (15 * 25.4)
            boxes = {verb: face.box(f"tap:{verb}") for verb in ("accept", "dismiss", "out_of_stock", "less")}
            for verb, (x, y, width, height) in boxes.items():
                assert min(width, height) >= (20 if verb == "accept" else 15) * pixels - 1
                assert 0 <= x <= x + width <= place.width
                assert 0 <= y <= y + height <= place.height
            for (x, y, width, height), (u, v, wide, high) in combinations(boxes.values(), 2):
                assert x + width < u or u + wide < x or y + height < v or v + high < y
            assert max(boxes, key=lambda verb: boxes[verb][2] * boxes[verb][3]) == "accept"
            face.settled_touch("tap:less")
            face.until(lambda: len(daemon.acts()) == 1)
            assert daemon.acts()[0].verb is Verb.LESS
        finally:
            face.close()


def test_a_strip_too_low_for_it_keeps_the_other_answers_as_large_as_they_were(qtbot, socket_path) -> None:
    known = tuple(replace(one, regular=True) for one in snapshot(1).cards)
    with DaemonLink(socket_path) as daemon:
        daemon.greet_with(replace(snapshot(1), cards=known))
        face = Glass(qtbot, socket_path, FaceKind.CASHIER, size=(1024, 160), dock=Dock.BOTTOM)
        try:
            face.shows(1)
            assert face.screen.view.height() == 160
            assert find_item(face.screen.view.contentItem(), "tap:less") is None
            assert face.box("tap:dismiss")[3] >= 15 * 1280 / (15 * 25.4) - 1
        finally:
            face.close()
