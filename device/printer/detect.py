"""Which family of printers a stream was made for. It is not announced; the installer confirms what is told here.

All families read the same bytes side by side, and each is charged for its mistakes only: unknown commands, unusual arguments, and
characters printed behind an unknown command. Where several fit equally well, the stream held nothing in which they differ, and
Epson's is the one to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from device.printer.families import FAMILIES
from device.printer.tokenizer import Tokenizer
from device.printer.tokens import Barcode, Cut, Drawer, LineEnd, Text, Token, Unknown

MAX_BYTES: Final = 1 << 20
"""Of the stream that are looked at, from its beginning."""
_UNKNOWN: Final = 4
_ODD: Final = 3
_BROKEN: Final = 2


@dataclass(frozen=True, slots=True)
class Score:
    """How well one family reads the stream."""

    family: str
    points: int
    """0 is without a mistake, less is worse."""
    unknown: int
    """Commands that its table does not have."""
    odd: int
    """Arguments that nobody sends."""
    stray: int
    """Characters printed behind an unknown command: arguments, most likely."""
    lines: int
    """Lines with words or amounts: the installer looks at them."""
    marks: int
    """Cuts, drawers and bar codes."""


def detect(data: bytes, charset: str = "") -> list[Score]:
    """Best first; equals in the order of `FAMILIES`."""
    scores = [_score(family, data[:MAX_BYTES], charset) for family in FAMILIES]
    return sorted(scores, key=lambda score: -score.points)


def _score(family: str, data: bytes, charset: str) -> Score:
    tokenizer = Tokenizer(family, charset)
    tokens = tokenizer.feed(data) + tokenizer.cut_off()
    unknown = sum(isinstance(token, Unknown) for token in tokens)
    broken = sum(isinstance(token, Barcode) and not token.data.isprintable() for token in tokens)
    return Score(
        family=family,
        points=-(_UNKNOWN * unknown + _ODD * tokenizer.odd + tokenizer.stray + _BROKEN * broken),
        unknown=unknown,
        odd=tokenizer.odd,
        stray=tokenizer.stray,
        lines=_lines(tokens),
        marks=sum(isinstance(token, Cut | Drawer | Barcode) for token in tokens),
    )


def _lines(tokens: list[Token]) -> int:
    lines, words = 0, False
    for token in tokens:
        if isinstance(token, Text):
            words = words or any(letter.isalnum() for letter in token.text)
        elif isinstance(token, LineEnd):
            lines, words = lines + words, False
    return lines
