"""Bytes to lines, in bounded memory: a line longer than the limit is thrown away whole and counted, and the next is read."""

from __future__ import annotations


class LineReader:
    """Owns the unfinished line and nothing else. Give it bytes as they come."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._overrun = False
        self.oversize = 0
        """Lines thrown away because they were longer than the limit."""

    def feed(self, data: bytes) -> list[bytes]:
        """Complete lines without their LF, empty ones left out."""
        found: list[bytes] = []
        *ended, rest = data.split(b"\n")
        for part in ended:
            self._take(part)
            if not self._overrun and self._rest.strip():
                found.append(bytes(self._rest))
            self._rest.clear()
            self._overrun = False
        self._take(rest)
        return found

    def _take(self, part: bytes) -> None:
        if self._overrun:
            return
        if len(self._rest) + len(part) > self._limit:
            self._rest.clear()
            self._overrun = True
            self.oversize += 1
            return
        self._rest += part
