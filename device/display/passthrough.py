"""A printer and a display on one line, each handing on what is for the other: to whom the till is speaking now.

`1B 3D 01` selects the printer, `1B 3D 02` the display, `1B 3D 03` both. A till that shares a line so selects the display before
it shows anything, and may leave the printer selected for a whole receipt, a change of paper, or the time between two shoppers.
A till whose line is its display's alone says none of it: there `1B 3D 01` is noise, and nothing would ever take it back.

| who                                   | after `1B 3D 01` the display is spoken to again                                      |
|---------------------------------------|--------------------------------------------------------------------------------------|
| a till heard to select a display      | when it does so again; after `BREAK_SECONDS` of silence, or after `PAINTS` paints    |
| a till not (or, after those, no more) | when it does so; after `PAUSE_SECONDS` of silence, or after one paint                |

A paint: a row told whole, or as much text as a name has between two commands that tell a place on the display, and nothing else
between them, not even the end of a line: a receipt has none, its images hardly any. The last of them is shown. So nothing of what
a till prints is taken as shown but what comes after a pause, and before it ever selected its display.
"""

from __future__ import annotations

from typing import Final

PAUSE_SECONDS: Final = 3.0
"""Within a receipt no printer waits so long, unless its paper is at an end."""
BREAK_SECONDS: Final = 600.0
PAINTS: Final = 8
MIN_NAME: Final = 8
"""Characters: more than stand between two such bytes of an image by chance."""
MAX_NAME: Final = 80
_DISPLAYS: Final = frozenset({2, 3, 0x32, 0x33})


class Line:
    __slots__ = ("_kept", "_paints", "_selects", "_text", "printer")

    def __init__(self) -> None:
        self.printer = False
        """Whether it is the printer that is spoken to."""
        self._selects = False
        self._kept = b""
        """What would be a paint: commands that tell a place, and text."""
        self._text = 0
        """Bytes of its text."""
        self._paints = 0

    def select(self, device: int) -> None:
        self.printer, self._paints = device == 1, 0
        self._selects = self._selects or device in _DISPLAYS
        self._kept, self._text = b"", 0

    def text(self, told: bytes) -> None:
        """Text for the printer."""
        if self._kept and self._text + len(told) <= MAX_NAME:
            self._kept += told
            self._text += len(told)
        else:
            self._kept, self._text = b"", 0

    def command(self, told: bytes = b"", *, row: bool = False) -> bytes:
        """A command for the printer; `told` is all of it if it would tell a place on the display, and `row` if it tells a row.

        When the till turns out to speak to the display, `printer` becomes False: give back what was kept and is to be shown.
        """
        painted = row or (bool(told) and self._text >= MIN_NAME)
        self._paints += painted
        kept = self._kept
        if not told:
            self._kept = b""
        elif self._text or len(kept) > MAX_NAME:
            self._kept = told
        else:
            self._kept += told
        self._text = 0
        if not painted or self._paints < (PAINTS if self._selects else 1):
            return b""
        self.printer = self._selects = False
        return kept

    def silent(self, seconds: float) -> None:
        if self.printer and seconds >= (BREAK_SECONDS if self._selects else PAUSE_SECONDS):
            self.printer = self._selects = False
