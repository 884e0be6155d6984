"""Words as a till tells them, made fit to be kept, matched and shown. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MAX_WORDS: Final = 256
"""Characters that are kept of a text."""

MOST_LISTED: Final = 8
_LONGEST: Final = 40
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def clean(text: str) -> str:
    """Without control characters and doubled blanks, cut to what is kept."""
    return _BLANKS.sub(" ", text).strip()[:MAX_WORDS]


def printable(text: str) -> str:
    """On its lines, without what could move a cursor or turn the direction of writing: some of it may be a stranger's."""
    return "\n".join("".join(char if char.isprintable() else " " for char in line) for line in text.split("\n"))


def listed(names: Sequence[str]) -> str:
    """Names of a stranger's in one line that can be read: the first of many, and of a long one its beginning."""
    told = [short if len(short := clean(name)) <= _LONGEST else f"{short[:_LONGEST]}..." for name in names[:MOST_LISTED]]
    return ", ".join(told) + (f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else "")
