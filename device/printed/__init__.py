"""Printed receipt text, line by line, to events: the grammar that a receipt printer and a CCTV text feed share.

A printer prints after the tender, so one receipt is collected and concluded as a whole at its end (`Printed.end`). A text feed comes
line by line while the goods are rung up: with `Layout.live` each line gives its events at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from device.events import PosEvent

MAX_LINE: Final = 1024
"""Characters of a line that are read; the rest of it is dropped and counted."""
MAX_LINES: Final = 500
"""Lines of a receipt that are read."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one site prints. Every option has a default that reads the common receipt."""

    live: bool = False
    """Lines come while the goods are rung up: events at once. Otherwise a receipt is concluded, and checked, at its end."""
    decimals: Annotated[int, msgspec.Meta(ge=0, le=3)] = 2
    """Digits of the minor unit of the currency: 2 for most, 0 for won and yen."""
    decimal_mark: Literal["auto", ".", ","] = "auto"
    """auto: the last separator of an amount, where as many digits follow it as the currency has decimals."""


class Printed:
    """Collects one receipt at a time. `skip(size, why)` is told what was left out; it never quotes the text."""

    def __init__(self, layout: Layout | None = None, skip: Callable[[int, str], None] | None = None) -> None:
        self.layout = layout or Layout()
        self._skip = skip or (lambda _size, _why: None)
        self._lines: list[str] = []

    def line(self, text: str, at: datetime, code: str = "") -> list[PosEvent]:
        """One printed line, without its end. `code`: what a bar code printed with it holds. Events only in live mode."""
        raise NotImplementedError

    def begin(self, at: datetime) -> list[PosEvent]:
        """A begin mark was seen: what is unfinished is concluded, and a sale begins."""
        raise NotImplementedError

    def end(self, at: datetime) -> list[PosEvent]:
        """The receipt is over: a cut, an end mark, the drawer or silence. Without any line since the last end: nothing."""
        raise NotImplementedError
