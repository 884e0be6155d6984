"""What a face tells the supervisor that started it: `READY=1` after the first frame, `WATCHDOG=1` while it works, `STOPPING=1`.

The protocol is sd_notify(3): datagrams of `NAME=VALUE` lines to the Unix socket in `NOTIFY_SOCKET` (`@` in front: an abstract
name), no answer; `WATCHDOG_USEC` says within how many microseconds the next `WATCHDOG=1` of process `WATCHDOG_PID` has to come.
That is less code than a dependency for it would need beside it: systemd's own binding has to be compiled, others are not kept.

The word goes out from a timer of the thread that draws, three times within the supervisor's patience. A loop that is blocked
sends nothing; nor does one that runs but no longer brings to the glass what it was asked to: while a frame that was asked for is
owed since the last word, and none came, the supervisor is left without. A face at rest owes none.
"""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

WORDS_WITHIN_PATIENCE = 3

_log = logging.getLogger("tillside.screen")


class Supervisor:
    """The socket of the supervisor, if there is one. Takes it out of `environment`: programs the face starts are not the face."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        address = environment.pop("NOTIFY_SOCKET", "")
        patience = environment.pop("WATCHDOG_USEC", "")
        meant = environment.pop("WATCHDOG_PID", str(os.getpid()))
        self.patience_ms = int(patience) // 1000 if patience.isdecimal() and meant == str(os.getpid()) else 0
        """Within how many milliseconds `WATCHDOG=1` must come; 0 if it need not."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        # A supervisor that reads nothing must not become what blocks the loop.
        self._socket.setblocking(False)

    def tell(self, word: str) -> None:
        if not self._address:
            return
        try:
            self._socket.sendto(word.encode(), self._address)
        except OSError as error:
            _log.warning("the supervisor at %s cannot be told %s: %s", self._address.replace("\0", "@"), word, error)

    def close(self) -> None:
        self._socket.close()


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
