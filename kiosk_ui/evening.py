"""The dark theme by the clock on the wall, looked at twice a minute: clocks are set, which a timer for the evening would miss."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from device.hours import is_open

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.hours import Span

LOOK_MS = 30_000


def local_time() -> datetime:
    return datetime.now().astimezone()


class Evening(QObject):
    """Sets `dark` of `theme` while `local` lies in one of `spans`."""

    def __init__(self, spans: tuple[Span, ...], theme: QObject, local: Callable[[], datetime] = local_time) -> None:
        super().__init__()
        self._spans = spans
        self._theme = theme
        self._local = local
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_MS)
        self.look()

    def look(self) -> None:
        dark = is_open(self._spans, self._local())
        if self._theme.property("dark") != dark:
            self._theme.setProperty("dark", dark)

    def close(self) -> None:
        self._timer.stop()
