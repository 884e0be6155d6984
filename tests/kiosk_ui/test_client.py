"""The face's end of the wire opens again by itself: less and less often, and soon again once it was spoken to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fakes.daemon_link import DaemonLink
from fakes.patience import until
from fakes.shop_words import snapshot

from device.screen_link import FaceKind
from kiosk_ui.client import FIRST_WAIT_MS, LONGEST_WAIT_MS, Client
from kiosk_ui.events import Connected, Disconnected, Event, Heard
from kiosk_ui.face import clock

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_attempts_come_less_and_less_often_until_a_daemon_speaks(qtbot: QtBot, socket_path: Path) -> None:
    happened: list[Event] = []
    client = Client(socket_path, FaceKind.CASHIER, "", happened.append, clock)

    def next_wait() -> int:
        """How long it would wait after the attempt that is under way; it is not made to."""
        until(client._retry.isActive, what="the attempt to fail", pause=lambda: qtbot.wait(5))
        waits = client._retry.interval()
        client._retry.stop()
        client.open()
        return waits

    client.open()
    try:
        waits = [next_wait() for _ in range(7)]
        assert waits == [FIRST_WAIT_MS, 200, 400, 800, 1600, LONGEST_WAIT_MS, LONGEST_WAIT_MS]
        assert happened == []
        until(client._retry.isActive, what="the last attempt to fail", pause=lambda: qtbot.wait(5))
        with DaemonLink(socket_path) as daemon:
            daemon.greet_with(snapshot(1))
            until(lambda: len(happened) == 2, what="the daemon's word", pause=lambda: qtbot.wait(5))
            daemon.hang_up()
            until(lambda: len(happened) == 3, what="the end of the link", pause=lambda: qtbot.wait(5))
        assert [type(event) for event in happened] == [Connected, Heard, Disconnected]
        assert next_wait() == FIRST_WAIT_MS
    finally:
        client.close()


def test_a_daemon_that_is_nowhere_is_told_once_and_not_at_the_first_attempt(
    qtbot: QtBot, socket_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(socket_path, FaceKind.CUSTOMER, "", lambda _: None, clock)
    said = []
    client.open()
    try:
        for _ in range(9):
            until(client._retry.isActive, what="the attempt to fail", pause=lambda: qtbot.wait(5))
            said.append(len(caplog.messages))
            client._retry.stop()
            client.open()
    finally:
        client.close()
    assert said[:5] == [0] * 5
    assert caplog.messages == [
        f"no daemon listens at {socket_path}: start `tillside run`, or name its screens_socket with --socket"
    ]
