"""What a supervisor hears of a face, over a real datagram socket."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from device.supervisor import Supervisor
from kiosk_ui.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


class Ear:
    """The supervisor's end."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.settimeout(60)

    def next(self) -> str:
        return self._socket.recv(4096).decode()

    def all(self) -> list[str]:
        words = []
        self._socket.setblocking(False)
        while True:
            try:
                words.append(self.next())
            except BlockingIOError:
                self._socket.settimeout(60)
                return words

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def ear(request: pytest.FixtureRequest, socket_path: Path) -> Iterator[Ear]:
    ear = Ear(str(socket_path) if request.param == "file" else f"@tillside-test-{os.getpid()}")
    yield ear
    ear.close()


@pytest.fixture
def dog(ear: Ear, qapp) -> Iterator[Watchdog]:
    dog = Watchdog(Supervisor({"NOTIFY_SOCKET": ear.address}), lambda: True)
    yield dog
    dog.close()
    assert ear.all()[-1] == "STOPPING=1"


def test_ready_is_said_once_and_with_the_first_frame(dog: Watchdog, ear: Ear) -> None:
    assert ear.all() == []
    for _ in range(3):
        dog.frame_shown()
    assert ear.all() == ["READY=1"]


def test_a_face_at_rest_owes_no_frame(dog: Watchdog, ear: Ear) -> None:
    dog.frame_asked()
    dog.frame_shown()
    ear.all()
    for _ in range(3):
        dog.word_is_due()
    assert ear.all() == ["WATCHDOG=1"] * 3


def test_a_frame_that_does_not_come_starves_the_watchdog_until_it_comes(dog: Watchdog, ear: Ear) -> None:
    dog.frame_asked()
    dog.word_is_due()
    dog.word_is_due()
    assert ear.all() == []
    dog.frame_shown()
    dog.word_is_due()
    assert ear.all() == ["READY=1", "WATCHDOG=1"]


def test_frames_that_come_while_others_are_asked_for_are_work(dog: Watchdog, ear: Ear) -> None:
    dog.frame_shown()
    dog.frame_asked()
    dog.word_is_due()
    assert ear.all() == ["READY=1", "WATCHDOG=1"]
    dog.word_is_due()
    assert ear.all() == []


def test_a_window_that_is_not_shown_owes_nothing(ear: Ear, qapp) -> None:
    dog = Watchdog(Supervisor({"NOTIFY_SOCKET": ear.address}), lambda: False)
    dog.frame_asked()
    dog.word_is_due()
    assert ear.all() == ["WATCHDOG=1"]
    dog.close()


def test_the_word_comes_from_the_event_loop_within_the_patience(ear: Ear, qtbot: QtBot) -> None:
    dog = Watchdog(
        Supervisor({"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "30000", "WATCHDOG_PID": str(os.getpid())}), lambda: True
    )
    qtbot.waitUntil(lambda: "WATCHDOG=1" in ear.all(), timeout=60_000)
    dog.close()


@pytest.mark.parametrize(
    ("facts", "patience"),
    [
        ({}, 0),
        ({"WATCHDOG_USEC": "10000000"}, 10_000),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, 0),
        ({"WATCHDOG_USEC": "soon"}, 0),
        ({"WATCHDOG_USEC": "-5"}, 0),
    ],
)
def test_patience_is_the_supervisors_and_meant_for_this_process(facts: dict[str, str], patience: int) -> None:
    environment = facts | {"NOTIFY_SOCKET": "/nowhere", "HOME": "/"}
    supervisor = Supervisor(environment)
    assert supervisor.patience_ms == patience
    assert environment == {"HOME": "/"}, "a program the face starts would speak for it"
    supervisor.close()


def test_a_supervisor_that_is_gone_costs_one_line_of_log(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    supervisor.tell("READY=1")
    assert len(caplog.records) == 1
    supervisor.close()
    nobody = Supervisor({})
    nobody.tell("READY=1")
    nobody.close()
    assert len(caplog.records) == 1
