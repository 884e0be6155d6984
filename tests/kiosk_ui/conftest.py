"""Faces run without a display and with the renderer a register has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"
os.environ["QT_QPA_UPDATE_IDLE_TIME"] = "0"

from fakes.daemon_link import DaemonLink
from fakes.shop_words import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fakes.face_glass import Glass
    from PySide6.QtGui import QGuiApplication
    from pytestqt.qtbot import QtBot

    from device.screen_link import FaceKind


@pytest.fixture(scope="session")
def qapp_cls() -> type[QGuiApplication]:
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415 not before the environment is set

    return QGuiApplication


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A Unix socket's path may be 108 bytes long, so it lives near the root.
    return tmp_path_factory.mktemp("s") / "s"


@pytest.fixture
def daemon(socket_path: Path) -> Iterator[DaemonLink]:
    with DaemonLink(socket_path) as link:
        yield link


@pytest.fixture
def glass(qtbot: QtBot, qtlog, daemon: DaemonLink) -> Iterator[Callable[..., Glass]]:
    from fakes.face_glass import Glass  # noqa: PLC0415 not before the environment is set

    opened: list[Glass] = []

    def show(kind: FaceKind, *words, **chosen) -> Glass:
        daemon.greet_with(*(words or (snapshot(1),)))
        opened.append(Glass(qtbot, daemon.path, kind, **chosen))
        opened[-1].shows(1)
        return opened[-1]

    yield show
    for one in opened:
        one.close()
    assert [record.message for record in qtlog.records if not record.ignored] == [], "QML warned"
