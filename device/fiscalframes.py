"""Frames of Shtrih-M fiscal printers, versions 1 and 2 of their protocol, in one direction of the line.

| version | frame                                                                             | check                       |
|---------|-----------------------------------------------------------------------------------|-----------------------------|
| 1       | `02 LEN BODY LRC`; LEN counts BODY                                                | LRC = XOR of LEN and BODY   |
| 2       | `8F LEN SEQ BODY CRC`, numbers of 2 bytes, low one first; LEN counts SEQ and BODY | CRC-16/CCITT-FALSE of these |

CRC-16/CCITT-FALSE has the polynomial 1021 and begins with FFFF.

BODY is the command (one byte, or two beginning with `FF`) and its data. Each frame tells its version itself. Between frames stand
ENQ `05`, ACK `06`, NAK `15`, and on serial lines `FF` and `00` from drivers switching the line: they are no noise. What else
stands there is, and a start byte whose frame fails its check is skipped alone, so that a frame behind it is not lost with it.

Some programs log replies of version 2 without their `8F`, which came as a segment of its own; where the SEQ and command waited
for are known, such a reply is found by them and its CRC.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH: Final = 8 * 1024
_V1: Final = 0x02
_V2: Final = 0x8F
_START: Final = re.compile(rb"[\x02\x8f]")
_BETWEEN: Final = b"\x00\x05\x06\x15\xff"


@dataclass(frozen=True, slots=True)
class Frame:
    seq: int | None
    """None: version 1, which has none."""
    body: bytes

    @property
    def command(self) -> bytes:
        return self.body[: 2 if self.body[0] == 0xFF else 1]

    @property
    def data(self) -> bytes:
        return self.body[len(self.command) :]


class Line:
    """One direction; owns the bytes of the unfinished frame, bounded by the longest frame."""

    def __init__(self, skip: Callable[[int, str], None]) -> None:
        """`skip` is told how many bytes were left out, and why."""
        self._held = bytearray()
        self._skip = skip
        self.failed = 0
        """Frames whose check did not fit."""

    def add(self, data: bytes) -> None:
        self._held += data

    def next(self, expected: Frame | None, *, final: bool = False) -> Frame | None:
        """The next whole frame. `expected` is the command a reply is waited for; `final`: no more bytes are coming soon."""
        place, frame = 0, None
        known = b"" if expected is None or expected.seq is None else expected.seq.to_bytes(2, "little") + expected.command
        while frame is None:
            start = self._candidate(place, known)
            self._between(place, start)
            place = start
            if place >= len(self._held) or (known and not final and place + 2 + len(known) > len(self._held)):
                break
            bare = bool(known) and self._held[place + 2 : place + 2 + len(known)] == known
            end = self._bare_end(place) if bare else self._end(place)
            if end > len(self._held) and not final:
                break
            frame = self._checked(place, end, bare=bare) if place < end <= len(self._held) else None
            if frame is None:
                self._skip(1, "a frame was cut off or fails its check")
                place += 1
            else:
                place = end
        del self._held[:place]
        return frame

    def _candidate(self, place: int, known: bytes) -> int:
        """Where a frame may begin; with `known`, the last bytes are kept until more of them are there."""
        found = _START.search(self._held, place)
        start = found.start() if found else len(self._held)
        if known:
            bare = self._held.find(known, place + 2) - 2
            if bare < place:
                bare = max(place, len(self._held) - len(known) - 1)
            start = min(start, bare)
        return start

    def _between(self, start: int, end: int) -> None:
        noise = len(self._held[start:end].translate(None, _BETWEEN))
        if noise:
            self._skip(noise, "no frame begins there")

    def _end(self, place: int) -> int:
        """Where the frame would end; the place itself where none can begin; beyond what is held while that is not known."""
        head = self._held[place : place + 3]
        if head[0] == _V1:
            if len(head) < 2:
                return place + 4
            return place + 3 + head[1] if head[1] else place
        if head[0] == _V2:
            return self._bare_end(place + 1) if len(head) == 3 else place + 8
        return place

    def _bare_end(self, place: int) -> int:
        length = int.from_bytes(self._held[place : place + 2], "little")
        return place + 4 + length if 3 <= length <= MAX_LENGTH else place - 1

    def _checked(self, place: int, end: int, *, bare: bool) -> Frame | None:
        if not bare and self._held[place] == _V1:
            if _lrc(self._held[place + 1 : end - 1]) == self._held[end - 1]:
                return Frame(None, bytes(self._held[place + 2 : end - 1]))
        else:
            start = place if bare else place + 1
            covered = bytes(self._held[start : end - 2])
            if binascii.crc_hqx(covered, 0xFFFF).to_bytes(2, "little") == self._held[end - 2 : end]:
                return Frame(int.from_bytes(covered[2:4], "little"), covered[4:])
        self.failed += 1
        return None


def _lrc(data: bytearray) -> int:
    """XOR of at most 256 bytes: the halves onto each other until one byte is left."""
    value = int.from_bytes(data)
    for bits in (1024, 512, 256, 128, 64, 32, 16, 8):
        value ^= value >> bits
    return value & 0xFF
