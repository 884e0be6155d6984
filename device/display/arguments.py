"""How many bytes the arguments of a display's command take, and what they say: see the tables in `device.display.profiles`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

MAX_TEXT: Final = 44
MAX_PARAMETERS: Final = 16
MAX_PLACES: Final = 256
"""Parameters of CSI commands that are remembered."""
_ROWS: Final = {0x55: 0, 0x44: 1}
"""Of ICD2002: U, D."""
_CSI: Final = re.compile(rb"[0-9;?]{0,16}([@-~])?")
"""Without its letter it is no command, and what comes next is read anew."""


def length(held: bytes, start: int, arguments: str) -> int | None:  # noqa: PLR0911 - one for each form
    """Bytes of arguments that tell it themselves; None when they are not all there yet."""
    left = len(held) - start
    match arguments:
        case "text" | "until17":
            end = held.find(b"\r" if arguments == "text" else b"\x17", start, start + MAX_TEXT)
            if end >= 0:
                return end - start + 1
            return MAX_TEXT if left >= MAX_TEXT else None
        case "window":
            if left < 2:
                return None
            size = 6 if held[start + 1] in {1, 0x31} else 2
            return size if left >= size else None
        case "glyphs":
            return _glyphs(held, start, left)
        case "block":
            if left < 3:
                return None
            size = 3 + held[start + 1] + 256 * held[start + 2]
            return size if left >= size else None
        case "csi":
            found = _CSI.match(held, start)
            assert found is not None
            whole = found[1] or found.end() < len(held) or found.end() - start >= MAX_PARAMETERS
            return found.end() - start if whole else None
        case _:
            raise AssertionError(arguments)


def _glyphs(held: bytes, start: int, left: int) -> int | None:
    if left < 3:
        return None
    rows, first, last = held[start], held[start + 1], held[start + 2]
    size = 3
    for _ in range(max(0, last - first + 1)):
        if left <= size:
            return None
        size += 1 + max(1, rows) * held[start + size]
    return size if left >= size else None


def cell(told: bytes, how: int | str, columns: int) -> tuple[int, int]:
    """Row and column, from 0, that a command of the effect `go` tells; they may lie off the screen."""
    if how == "xy":
        return told[1] - 1, told[0] - 1
    if how == "rc":
        return _ROWS.get(told[0], -1), told[1] - 1
    return divmod(told[0] - int(how), columns)


@lru_cache(maxsize=MAX_PLACES)
def parameters(told: bytes) -> tuple[bytes, tuple[int, ...]]:
    """The letter of a CSI command and its numbers, 0 where one is left out."""
    return told[-1:], tuple(int(number) if number.isdigit() else 0 for number in told[:-1].split(b";"))
