"""A face whose daemon goes, comes back, or says what nobody understands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fakes.daemon_link import DaemonLink
from fakes.face_glass import Glass, texts
from fakes.shop_words import card, snapshot

from device.screen_link import Beat, FaceKind
from kiosk_ui.state import OFFLINE_MS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_a_face_whose_machine_stood_still_does_not_find_its_daemon_absent(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CASHIER)
    told: list[bool] = []
    face.screen.face.linkChanged.connect(lambda: told.append(face.screen.face.property("online")))
    # Longer than a daemon may be silent; all the while it beats, and nobody looks.
    time.sleep(OFFLINE_MS / 1000 + 0.5)
    daemon.say(snapshot(2))
    face.shows(2)
    assert told == []


def test_a_face_comes_back_when_its_daemon_does(qtbot: QtBot, socket_path: Path) -> None:
    first = DaemonLink(socket_path)
    first.greet_with(snapshot(5))
    face = Glass(qtbot, socket_path, FaceKind.CASHIER)
    try:
        face.shows(5)
        first.stop()
        face.until(lambda: face.item("absent") is not None)
        assert face.item("tap:accept") is not None
        assert not face.item("tap:accept").isEnabled()
        with DaemonLink(socket_path) as second:
            second.greet_with(snapshot(1, run="run-b", cards=(card(8),)))
            face.until(lambda: face.state.painted is not None and face.state.painted.run == "run-b")
            assert face.item("absent") is None
            assert [one.sku for one in face.state.snapshot.cards] == ["1008"]
    finally:
        face.close()


def test_the_customer_idles_two_seconds_after_the_daemon_is_gone(qtbot: QtBot, socket_path: Path) -> None:
    daemon = DaemonLink(socket_path)
    daemon.greet_with(snapshot(5))
    face = Glass(qtbot, socket_path, FaceKind.CUSTOMER)
    try:
        face.shows(5)
        daemon.say(Beat("run-a", 5))
        daemon.stop()
        face.until(lambda: face.screen.face.property("stage") == "idle")
        shown = " ".join(text.property("text") for text in texts(face.screen.view.contentItem()))
        assert "£" not in shown
        assert "Item 1" not in shown
    finally:
        face.close()


def test_noise_on_the_wire_is_skipped_and_counted(glass, daemon: DaemonLink) -> None:
    face = glass(FaceKind.CUSTOMER)
    daemon.say_raw(b'{"type":"snapshot"}\nnot json\n\xff\xfe\n{"type":"news"}\n' + b"[" * 5000 + b"\n")
    daemon.say_raw(b"x" * 1_100_000 + b"\n")
    daemon.say(snapshot(1, total=1), snapshot(2, total=4242), snapshot(2, total=3))
    face.until(lambda: face.screen.face.property("total") == "42.42\u00a0₽" or "42.42" in face.screen.face.property("total"))
    assert face.screen.client.malformed == 6
    assert face.state.dropped == 2
