"""What a program of a register tells the supervisor that started it, such as systemd: that it is ready, works, ends.

The protocol is sd_notify(3): datagrams of `NAME=VALUE` lines to the Unix socket in `NOTIFY_SOCKET` (`@` in front: an abstract
name), no answer; `WATCHDOG_USEC` says within how many microseconds the next `WATCHDOG=1` of process `WATCHDOG_PID` has to come.
That is less code than a dependency for it would need beside it: systemd's own binding has to be compiled, others are not kept.
"""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

WORDS_WITHIN_PATIENCE: Final = 3

_log = logging.getLogger("tillside.supervisor")


class Supervisor:
    """The socket of the supervisor, if there is one. Takes it out of `environment`: what a program starts is not the program."""

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
