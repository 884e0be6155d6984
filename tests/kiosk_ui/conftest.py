"""Faces run without a display and with the renderer a register has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_QUICK_BACKEND"] = "software"
os.environ["QT_QPA_UPDATE_IDLE_TIME"] = "0"

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QGuiApplication


@pytest.fixture(scope="session")
def qapp_cls() -> type[QGuiApplication]:
    from PySide6.QtGui import QGuiApplication  # noqa: PLC0415 not before the environment is set

    return QGuiApplication


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A Unix socket's path may be 108 bytes long, so it lives near the root.
    return tmp_path_factory.mktemp("s") / "s"
