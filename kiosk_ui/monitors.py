"""The monitors of this machine: which one a face belongs to, and their power while the shop is closed.

Power is X's DPMS, switched by `xset` for all monitors of the display at once; a finger or a key wakes them.
"""

from __future__ import annotations

import shutil

from PySide6.QtCore import QProcess
from PySide6.QtGui import QGuiApplication, QScreen

from device.errors import SettingsError


def monitor(name: str) -> QScreen:
    """The monitor of that name; SettingsError if it is not there, so that a face never comes up on the other's."""
    screens = {screen.name(): screen for screen in QGuiApplication.screens()}
    if name not in screens:
        there = ", ".join(filter(None, screens))
        instead = f"name one of {there} with --output" if there else "leave out --output, there is none with a name"
        raise SettingsError(f"there is no monitor {name}: plug it in, or {instead}")
    return screens[name]


class Power:
    """Remembers only what it was last told."""

    def __init__(self) -> None:
        self._tool = shutil.which("xset")
        if self._tool is None:
            raise SettingsError("--monitor-off needs xset: install the Debian package x11-xserver-utils")
        self._closed = False

    def shop(self, *, closed: bool) -> None:
        """Off when it closes, on when it opens; nothing while it stays as it is."""
        if closed != self._closed:
            self._closed = closed
            assert self._tool is not None
            # Not waited for: the thread that draws has no time.
            QProcess.startDetached(self._tool, ["dpms", "force", "off" if closed else "on"])
