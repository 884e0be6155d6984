"""A daemon that is killed: the customer's face idles two seconds later, the cashier's keeps the basket and shows a dot.

The window and its engine are real, and so is the socket that breaks. Time is handed to the face, so that the two seconds are
those of its rules and not of a busy machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.daemon_link import DaemonLink
from fakes.face_glass import Glass, texts
from fakes.shop_words import card, snapshot

from device.screen_link import FaceKind
from kiosk_ui.state import OFFLINE_MS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


class Time:
    """Milliseconds, as `kiosk_ui.face.clock` tells them; it goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    own = Time()
    monkeypatch.setattr("kiosk_ui.face.clock", own)
    monkeypatch.setattr("kiosk_ui.app.clock", own)
    return own


def words(face: Glass) -> str:
    return " ".join(text.property("text") for text in texts(face.screen.view.contentItem()))


def passes(face: Glass, time: Time, at: int) -> None:
    """It is `at`, and the face's own timer comes round."""
    time.now = at
    face.screen.face._tick()
    face.qtbot.wait(50)


@pytest.mark.parametrize("kind", list(FaceKind))
def test_two_seconds_after_its_daemon_was_killed_the_customer_sees_no_sale_and_the_cashier_a_dot(
    qtbot: QtBot, socket_path: Path, time: Time, kind: FaceKind
) -> None:
    daemon = DaemonLink(socket_path)
    daemon.greet_with(snapshot(5))
    face = Glass(qtbot, socket_path, kind)
    customer = kind is FaceKind.CUSTOMER
    try:
        face.shows(5)
        heard = face.state.heard_at
        shown = words(face)
        assert "Item 1" in shown
        daemon.stop()
        face.until(lambda: not face.state.connected, "the broken connection")
        passes(face, time, heard + OFFLINE_MS - 1)
        assert words(face) == shown
        # The cashier is told at once.
        assert (face.item("absent") is None) is customer
        passes(face, time, heard + OFFLINE_MS)
        if customer:
            assert face.screen.face.property("stage") == "idle"
            assert not any(word in words(face) for word in ("Bananas", "Item 1", "286"))
        else:
            assert face.screen.face.property("stage") == "basket"
            assert face.item("absent") is not None
            assert "Item 1" in words(face)
            accept = face.item("tap:accept")
            assert accept is not None
            assert not accept.isEnabled()
            face.settled_touch("tap:accept")
            assert face.state.pending == ()
        # No word of it, let alone a dialog: what is left on the glass was there before, or belongs to the branding.
        assert not any(word in words(face).lower() for word in ("error", "daemon", "connect", "retry"))
        assert face.screen.view.isExposed()
        with DaemonLink(socket_path) as second:
            second.greet_with(snapshot(1, run="run-b", cards=(card(8),)))
            face.until(lambda: face.state.painted is not None and face.state.painted.run == "run-b", "the next daemon")
            assert face.state.snapshot == snapshot(1, run="run-b", cards=(card(8),))
            assert face.screen.face.property("stage") == "basket"
            assert face.item("absent") is None
            assert "Item 8" in words(face)
    finally:
        face.close()
