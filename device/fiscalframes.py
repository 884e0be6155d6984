"""Frames of Shtrih-M fiscal printers, versions 1 and 2 of their protocol, in one direction of the line.

| version | frame                                                                             | check                       |
|---------|-----------------------------------------------------------------------------------|-----------------------------|
| 1       | `02 LEN BODY LRC`; LEN counts BODY                                                | LRC = XOR of LEN and BODY   |
| 2       | `8F LEN SEQ BODY CRC`, numbers of 2 bytes, low one first; LEN counts SEQ and BODY | CRC-16/CCITT-FALSE of these |

CRC-16/CCITT-FALSE has the polynomial 1021 and begins with FFFF.

BODY is the command (one byte, or two beginning with `FF`) and its data. Each frame tells its version itself. Between frames stand
ENQ `05`, ACK `06`, NAK `15`, and on serial lines `FF` and `00` from drivers switching the line: they are no noise. What else
stands there is, also a start byte with a length that no frame has. One whose frame fails its check is skipped alone, so that a
frame behind it is not lost with it: noise may begin a frame of 8 KiB at every third byte, and is read once all the same.

Some programs log replies of version 2 without their `8F`, which came as a segment of its own; where the SEQ and command waited
for are known, such a reply is found by them and its CRC.
"""

from __future__ import annotations

import re
from array import array
from binascii import crc_hqx
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, cycle, islice
from operator import xor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH: Final = 8 * 1024
_FIRST: Final = 0xFFFF
"""With which the CRC of a frame begins."""
_TIMES: Final = 16
"""How often a byte may be read for checks that fail; a running check costs it as much as about so many by themselves."""
_EACH: Final = 64
"""Bytes that are read in the time in which a check is begun."""
_V1: Final = 0x02
_V2: Final = 0x8F
_START: Final = re.compile(rb"\x02(?:[^\x00]|\Z)|\x8f(?:[\x03-\xff]\x00|.[\x01-\x1f]|\x00\x20|.?\Z)", re.DOTALL)
"""With a length of 1 to 255, or of 3 to `MAX_LENGTH`; at the end of what is held, the beginning of it."""
_CRCS: Final = [crc_hqx(bytes([byte]), 0) for byte in range(256)]
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
        self._checks = _Checks(self._held)
        self._skip = skip
        self.failed = 0
        """Frames whose check did not fit."""

    def add(self, data: bytes) -> None:
        self._held += data

    def next(self, expected: Frame | None, *, final: bool = False) -> Frame | None:
        """The next whole frame. `expected` is the command a reply is waited for; `final`: no more bytes are coming soon."""
        place, frame, size = 0, None, len(self._held)
        known = b"" if expected is None or expected.seq is None else expected.seq.to_bytes(2, "little") + expected.command
        while frame is None:
            start = self._candidate(place, known)
            if start > place:
                self._between(place, start)
                place = start
            if place >= size or (known and not final and place + 2 + len(known) > size):
                break
            bare = bool(known) and self._held.startswith(known, place + 2)
            end = self._end(place, bare=bare)
            if end > size and not final:
                break
            frame = self._checked(place, end, bare=bare) if place < end <= size else None
            if frame is None:
                self._skip(1, "a frame was cut off or fails its check")
                place += 1
            else:
                place = end
        if place:
            self._checks.forget(place)
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

    def _end(self, place: int, *, bare: bool) -> int:
        """Where the frame would end; the place itself where none can begin; beyond what is held while that is not known."""
        held = self._held
        if not bare and held[place] == _V1:
            length = held[place + 1] if place + 1 < len(held) else 1
            return place + 3 + length if length else place
        if not bare and held[place] != _V2:
            return place
        start = place if bare else place + 1
        length = held[start] | held[start + 1] << 8 if start + 1 < len(held) else 3
        return start + 4 + length if 3 <= length <= MAX_LENGTH else place

    def _checked(self, place: int, end: int, *, bare: bool) -> Frame | None:
        held = self._held
        if not bare and held[place] == _V1:
            if self._checks.lrc_fits(place + 1, end - 1):
                return Frame(None, bytes(held[place + 2 : end - 1]))
        else:
            start = place if bare else place + 1
            if self._checks.crc_fits(start, end - 2):
                return Frame(int.from_bytes(held[start + 2 : start + 4], "little"), bytes(held[start + 4 : end - 2]))
        self.failed += 1
        return None


class _Checks:
    """Checks of parts of what is held of a line. Where noise has them read its bytes too often, they are taken from running ones.

    The XOR of a part is that of all bytes up to its end, XOR that of all before it. So is the CRC, for it is linear too; the one
    before it counts as if there were a zero byte for each byte of the part.
    """

    def __init__(self, held: bytearray) -> None:
        self._held = held
        self._spent = 0  # bytes read for checks that failed, less what all bytes may be read
        # Of all bytes before each; what they begin with makes no difference.
        self._xors = bytearray(1)
        self._crcs = array("H", [0])

    def forget(self, count: int) -> None:
        """So many bytes are held no longer."""
        self._spent = max(0, self._spent - _TIMES * count)
        del self._xors[: min(count, len(self._xors) - 1)]
        del self._crcs[: min(count, len(self._crcs) - 1)]

    def lrc_fits(self, start: int, end: int) -> bool:
        """Whether the byte behind the part is its XOR."""
        if self._spent > _TIMES * (MAX_LENGTH + start):
            known = len(self._xors)
            if end >= known:
                self._xors += bytes(islice(accumulate(self._held[known - 1 :], xor, initial=self._xors[-1]), 1, None))
            fits = self._xors[start] ^ self._xors[end] == self._held[end]
        else:
            fits = _lrc(self._held[start:end]) == self._held[end]
        if not fits:
            self._spent += _EACH + end - start
        return fits

    def crc_fits(self, start: int, end: int) -> bool:
        """Whether the two bytes behind the part are its CRC."""
        if self._spent > _TIMES * (MAX_LENGTH + start):
            known = len(self._crcs)
            if end >= known:
                self._crcs.extend(islice(accumulate(self._held[known - 1 :], _next_crc, initial=self._crcs[-1]), 1, None))
            places, states = _behind_zeros()
            crc = states[places[self._crcs[start] ^ _FIRST] + end - start] ^ self._crcs[end]
        else:
            crc = crc_hqx(self._held[start:end], _FIRST)
        fits = crc == self._held[end] | self._held[end + 1] << 8
        if not fits:
            self._spent += _EACH + end - start
        return fits


def _lrc(data: bytearray) -> int:
    """XOR of at most 256 bytes: the halves onto each other until one byte is left."""
    value = int.from_bytes(data)
    for bits in (1024, 512, 256, 128, 64, 32, 16, 8):
        value ^= value >> bits
    return value & 0xFF


def _next_crc(crc: int, byte: int) -> int:
    return _CRCS[crc >> 8 ^ byte] ^ crc << 8 & 0xFFFF


@cache
def _behind_zeros() -> tuple[array[int], array[int]]:
    """`places` and `states`: behind n zero bytes, as many as a frame may have, a CRC is `states[places[crc] + n]`.

    A zero byte permutes the CRCs. Each orbit of the permutation is written down, and its beginning once more behind its end.
    """
    places, states = array("l", [-1]) * 0x10000, array("H")
    for first in range(0x10000):
        if places[first] < 0:
            orbit, crc = array("H"), first
            while places[crc] < 0:
                places[crc] = len(states) + len(orbit)
                orbit.append(crc)
                crc = crc_hqx(b"\0", crc)
            states.extend(islice(cycle(orbit), len(orbit) + MAX_LENGTH + 2))
    return places, states
