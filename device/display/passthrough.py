"""A printer and a display on one line, each handing on what is for the other: to whom the till is speaking now.

`1B 3D 01` selects the printer, `1B 3D 02` the display, `1B 3D 03` both. A till that shares a line so selects the display before
it shows anything, and may leave the printer selected for a whole receipt, a change of paper, or the time between two shoppers.
A till whose line is its display's alone says none of it: there `1B 3D 01` is noise, and nothing would ever take it back.

| after `1B 3D 01` the display is spoken to again when | by a till that was heard to select it | by another      |
|------------------------------------------------------|---------------------------------------|-----------------|
| it is selected                                       | at once                               | at once         |
| nothing was heard for                                | `BREAK_SECONDS`                       | `PAUSE_SECONDS` |
| paints come in a row                                 | `PAINTS`                              | `PAINTS`        |
| whole rows of the display are told                   | `PAINTS`                              | 1               |

A paint is text before a command that tells a place on the display; in a row: with only such commands and text between, not even
the end of a line. A receipt has no such text, and an image of noise hardly ever. What was painted so far is shown then. Whoever
comes back without being selected may have been selected by noise before: the till counts as not heard to select its display.

So of what a till prints, only that is taken as shown which comes after a pause and before the till ever selected its display.
"""

from __future__ import annotations

from typing import Final

PAUSE_SECONDS: Final = 3.0
"""Within a receipt no printer waits so long, unless its paper is at an end."""
BREAK_SECONDS: Final = 600.0
PAINTS: Final = 4
MIN_NAME: Final = 8
"""Characters of a text that is counted as painted; what is shorter is left out of account."""
MAX_NAME: Final = 80
"""Bytes of a text: what is longer is none of a display's, as in `device.display.emulator`."""
MAX_KEPT: Final = 1024
"""Bytes of what was painted in a row; what is longer begins anew."""
_DISPLAYS: Final = frozenset({2, 3, 0x32, 0x33})


class Line:
    __slots__ = ("_kept", "_paints", "_rows", "_selects", "_text", "printer")

    def __init__(self) -> None:
        self.printer = False
        """Whether it is the printer that is spoken to."""
        self._selects = False
        """Whether the till was heard to select its display."""
        self._rows = 0
        self._kept = b""
        """What was painted in a row: commands that tell a place, and text."""
        self._text = 0
        """Bytes of its last text."""
        self._paints = 0

    def select(self, device: int) -> None:
        """A number of no device changes nothing: an image may have the bytes of the command."""
        if device not in {1, *_DISPLAYS}:
            return
        self.printer = device == 1
        self._selects = self._selects or device in _DISPLAYS
        self._rows = 0
        self._forget()

    def text(self, told: bytes) -> None:
        """Text for the printer."""
        if self._kept and self._text + len(told) <= MAX_NAME:
            self._kept += told
            self._text += len(told)
        else:
            self._forget()

    def command(self, told: bytes = b"", *, row: bool = False) -> bytes:
        """A command for the printer; `told` is all of it if it would tell a place on the display, and `row` if it tells a row.

        When the till turns out to speak to the display, `printer` becomes False: give back what was painted before this command.
        """
        kept = self._kept
        self._rows += row
        self._paints += self._text >= MIN_NAME
        if told and (self._paints >= PAINTS or self._rows >= (PAINTS if self._selects else 1)):
            self._display()
            return kept
        if told and len(kept) <= MAX_KEPT:
            self._kept, self._text = kept + told, 0
        else:
            self._forget()
        return b""

    def silent(self, seconds: float) -> None:
        if self.printer and seconds >= (BREAK_SECONDS if self._selects else PAUSE_SECONDS):
            self._display()

    def _display(self) -> None:
        self.printer = self._selects = False
        self._forget()

    def _forget(self) -> None:
        self._kept, self._text, self._paints = b"", 0, 0
