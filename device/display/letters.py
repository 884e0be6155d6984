"""Bytes of a character set into letters that have a cell on the glass; what does not print is U+FFFD.

Where one byte is one letter whatever stands before it, a table of 256 letters tells it; elsewhere Python's incremental decoder,
which keeps the beginning of a letter of several bytes.
"""

from __future__ import annotations

import codecs
import unicodedata
from functools import cache
from typing import Final

_FIRST_WIDE: Final = "\u1100"
"""No character that prints is wide before Hangul."""


class Letters:
    def __init__(self, charset: str) -> None:
        self._decoder = codecs.getincrementaldecoder(charset)("replace")
        self._table = _table(charset)
        self._narrow = self._table is not None and not any(map(wide, self._table))

    def decode(self, told: bytes) -> str:
        if self._table is not None:
            return codecs.charmap_decode(told, "replace", self._table)[0]
        return _printable(self._decoder.decode(told))

    def reset(self) -> None:
        """The rest of a letter will not come."""
        self._decoder.reset()

    def narrow(self, text: str) -> bool:
        """Whether each letter of it takes one cell."""
        return self._narrow or text.isascii() or max(text) < _FIRST_WIDE or not any(map(wide, text))


def wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"}


@cache
def _table(charset: str) -> str | None:
    decoder = codecs.getincrementaldecoder(charset)("replace")
    letters = [decoder.decode(bytes((byte,))) for byte in range(256)]
    return _printable("".join(letters)) if all(len(letter) == 1 for letter in letters) else None


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
