"""Reads a socket until a moment and up to a size, however many pieces it comes in.

A socket's own timeout begins anew with every byte, so whoever sends one a second holds its reader for ever; and the standard
library reads a hundred header lines of 64 KiB before it has had enough.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import time
from typing import Any


class Timed(io.RawIOBase):
    """To be read through `io.BufferedReader`. TimeoutError after `until`, HTTPException once `left` bytes have come."""

    def __init__(self, line: socket.socket, until: float = math.inf, left: float = math.inf) -> None:
        self.until = until
        """On the monotonic clock, in seconds."""
        self.left = left
        self._line = line
        # A file of it counts as a user of the socket: whoever else closes his leaves ours open.
        self._raw = line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("it took too long")
        if self.left <= 0:
            raise http.client.LineTooLong("what was said")
        if seconds < math.inf:
            self._line.settimeout(seconds)
        room = memoryview(buffer)
        size = self._raw.readinto(room if self.left >= len(room) else room[: int(self.left)])
        self.left -= size or 0
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()
