"""A printer and a display on one line, each handing on what is for the other: to whom the till is speaking now.

`1B 3D 01` selects the printer, `1B 3D 02` the display, `1B 3D 03` both. A till that shares a line so selects the display before
it shows anything, and may leave the printer selected for a whole receipt, a change of paper, or the time between two shoppers.
A till whose line is its display's alone says none of it: there `1B 3D 01` is noise, and nothing would ever take it back.

| who                                   | after `1B 3D 01` the display is spoken to again                                      |
|---------------------------------------|--------------------------------------------------------------------------------------|
| a till heard to select a display      | when it does so again; after `BREAK_SECONDS` of silence, or after `PAINTS` paints    |
| a till not (or, after those, no more) | when it does so; after `PAUSE_SECONDS` of silence, or after one paint                |

A paint: a row told whole, or as much text as a name has between two commands that tell a place on the display, and nothing else
between them, not even the end of a line: a receipt has none, its images hardly any. So only of what a till prints before it has
ever selected its display is it taken as shown what comes after a pause.
"""

from __future__ import annotations

from typing import Final

PAUSE_SECONDS: Final = 3.0
"""Within a receipt no printer waits so long, unless its paper is at an end."""
BREAK_SECONDS: Final = 600.0
PAINTS: Final = 8
_DISPLAYS: Final = frozenset({2, 3, 0x32, 0x33})
_NAME: Final = range(8, 81)
"""Characters: more than stand between two such bytes of an image by chance, no more than `MAX_RUN` of the emulator."""


class Line:
    __slots__ = ("_paints", "_selects", "_text", "printer")

    def __init__(self) -> None:
        self.printer = False
        """Whether it is the printer that is spoken to."""
        self._selects = False
        self._text: int | None = None
        """Characters since a command that told a place, with nothing else between."""
        self._paints = 0

    def select(self, device: int) -> None:
        self.printer, self._text, self._paints = device == 1, None, 0
        self._selects = self._selects or device in _DISPLAYS

    def text(self, size: int) -> None:
        """So many characters for the printer."""
        if self._text is not None:
            self._text += size

    def command(self, *, places: bool = False, row: bool = False) -> None:
        """A command for the printer; or for the display, if it tells a place there, or a whole row."""
        self._paints += row or (places and self._text is not None and self._text in _NAME)
        self._text = 0 if places else None
        if self._paints >= (PAINTS if self._selects else 1):
            self.printer = self._selects = False

    def silent(self, seconds: float) -> None:
        if self.printer and seconds >= (BREAK_SECONDS if self._selects else PAUSE_SECONDS):
            self.printer = self._selects = False
