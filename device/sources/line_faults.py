"""What a serial line says about itself: bytes that came damaged, and a parity nobody has set.

The kernel marks a byte that came with a parity or a framing error when asked to (INPCK and PARMRK of termios(3)): `FF 00 xx`,
and a real `FF` becomes `FF FF`. pyserial clears both flags, so that a wrong baud rate or parity is silent garbage; they are set
again behind its back, and the marks are taken out here.

A line of seven bits and a parity bit that is read as eight bits has no damaged byte. But then all bytes have one parity, which
text of eight bits has not.
"""

from __future__ import annotations

import termios
from typing import Final

import serial

WINDOW: Final = 256
"""Bytes that are judged together."""
DAMAGED_SHARE: Final = 0.02
"""A line that is set right damages next to none."""

_PARITY: Final = bytes(byte.bit_count() & 1 for byte in range(256))
_LETTERS: Final = 16
"""Different bytes that a window must hold to be text and not a pattern."""


class LineFaults:
    """Owns the unfinished mark, and the bytes since the last judgement."""

    def __init__(self) -> None:
        self._held = b""
        self._window = bytearray()
        self._damaged = 0

    def clean(self, data: bytes) -> bytes:
        """The bytes as they were on the wire; damaged ones as they arrived."""
        data = self._held + data
        self._held = b""
        cleaned = bytearray()
        start = 0
        while (mark := data.find(b"\xff", start)) >= 0:
            cleaned += data[start:mark]
            after = data[mark + 1 : mark + 3]
            if after[:1] == b"\xff":
                cleaned.append(0xFF)
                start = mark + 2
            elif len(after) == 2 and after[0] == 0:
                cleaned.append(after[1])
                self._damaged += 1
                start = mark + 3
            elif after in {b"", b"\0"}:
                self._held = data[mark:]
                start = len(data)
            else:
                cleaned.append(0xFF)  # no mark: a driver that does not double it
                start = mark + 1
        cleaned += data[start:]
        self._window += cleaned[-WINDOW:]
        return bytes(cleaned)

    def suspicion(self) -> str | None:
        """A sentence about the last `WINDOW` bytes once so many have come; then they are forgotten."""
        if len(self._window) < WINDOW:
            return None
        window, damaged = bytes(self._window), self._damaged
        self._window.clear()
        self._damaged = 0
        if damaged > DAMAGED_SHARE * len(window):
            return f"{damaged} of {len(window)} bytes came damaged: baud rate or parity is wrong, or the cable picks up noise"
        return parity_suspicion(window)


def parity_suspicion(data: bytes) -> str | None:
    """A sentence when bytes read as eight bits look like seven with a parity bit."""
    seven = {byte & 0x7F for byte in data}
    parities = {_PARITY[byte] for byte in data}
    high = {byte >> 7 for byte in data}
    if len(parities) > 1 or len(high) == 1 or len(seven) < _LETTERS:
        return None
    word, letter = ("odd", "O") if parities == {1} else ("even", "E")
    return f'the bytes have {word} parity: set bytesize = 7 and parity = "{letter}"'


def mark_damage(port: serial.Serial) -> bool:
    """Ask the kernel to mark damaged bytes; False where this is no terminal, and nothing is marked."""
    try:
        descriptor = port.fileno()
        attributes = termios.tcgetattr(descriptor)
        attributes[0] |= termios.INPCK | termios.PARMRK
        attributes[0] &= ~(termios.IGNPAR | termios.ISTRIP)
        termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
    except (OSError, AttributeError, termios.error):
        return False
    return True
