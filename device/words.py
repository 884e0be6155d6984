"""Words as a till tells them, made fit to be kept, matched and shown. Pure."""

from __future__ import annotations

import re
from typing import Final

MAX_WORDS: Final = 256
"""Characters that are kept of a text."""

_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def clean(text: str) -> str:
    """Without control characters and doubled blanks, cut to what is kept."""
    return _BLANKS.sub(" ", text).strip()[:MAX_WORDS]


def printable(text: str) -> str:
    """On its lines, without what could move a cursor or turn the direction of writing: some of it may be a stranger's."""
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in text.split("\n"))
