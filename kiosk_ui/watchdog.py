"""What a face tells the supervisor that started it: `READY=1` after the first frame, `WATCHDOG=1` while it works, `STOPPING=1`.

The word goes out from a timer of the thread that draws, three times within the supervisor's patience. A loop that is blocked
sends nothing; nor does one that runs but no longer brings to the glass what it was asked to: while a frame that was asked for is
owed since the last word, and none came, the supervisor is left without. A face at rest owes none.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from device.supervisor import WORDS_WITHIN_PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.supervisor import Supervisor

_log = logging.getLogger("tillside.screen")


class Watchdog(QObject):
    """Owns the timer, and what is known of frames. `exposed` tells whether the window system shows the window at all."""

    def __init__(self, supervisor: Supervisor, exposed: Callable[[], bool]) -> None:
        super().__init__()
        self._supervisor = supervisor
        self._exposed = exposed
        self._ready = False
        self._owed = False
        self._since_last_word = 0
        """Frames."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.word_is_due)
        if supervisor.patience_ms:
            self._timer.start(max(1, supervisor.patience_ms // WORDS_WITHIN_PATIENCE))

    def frame_asked(self) -> None:
        self._owed = True

    def frame_shown(self) -> None:
        self._owed = False
        self._since_last_word += 1
        if not self._ready:
            self._ready = True
            self._supervisor.tell("READY=1")

    def word_is_due(self) -> None:
        if self._owed and not self._since_last_word and self._exposed():
            _log.warning("a frame was asked for and does not come")
            return
        self._since_last_word = 0
        self._supervisor.tell("WATCHDOG=1")

    def close(self) -> None:
        self._timer.stop()
        self._supervisor.tell("STOPPING=1")
        self._supervisor.close()
