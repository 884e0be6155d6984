"""The cells of a display with their cursor: the state that a one-way line of commands leaves behind.

Rows and columns count from 0. Writing beyond the end of a row goes on in the next, beyond the last one in the first; in vertical
mode the rows move up instead. A cell holds one character; one of East Asian width takes two, and a sign shares the cell of the
letter before it.

A mode is told for one screen. It lasts until a screen is begun (cleared, or the cursor placed in its first cell) after text, a
silence or a selection of the display. Then the display's own mode is back: bytes of noise tell a mode that nobody ends.

A row is a string with one character for each cell. No letter of a till is of Unicode's private use, for none of those prints:
such a character stands for a cell that reads otherwise, the second half of a wide letter or a letter with its sign.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from device.display.letters import wide

Mode = Literal["overwrite", "vertical", "horizontal"]
_HALF: Final = "\ue000"
_SIGNED: Final = 0xE001
_MAX_SIGNED: Final = 1024
"""Letters with their signs: four times what any display has."""


@dataclass(slots=True)
class Screen:
    rows: int = 2
    columns: int = 20
    own_mode: Mode = "overwrite"
    mode: Mode = field(init=False)
    mode_told: bool = False
    """Whether it was told for the screen that is begun next."""
    row: int = 0
    column: int = 0
    cells: list[str] = field(default_factory=list)
    _signed: dict[str, str] = field(default_factory=dict)
    """What stands for a letter and its sign."""
    _read_as: dict[int, str] = field(default_factory=dict)
    """What is read where a private character stands."""

    def __post_init__(self) -> None:
        self.mode = self.own_mode
        self.clear()

    def move_rows(self, mode: Mode) -> None:
        self.mode, self.mode_told = mode, True

    def text(self) -> tuple[str, ...]:
        """The rows as they are read, without the blanks behind them."""
        if self._read_as:
            return tuple([row.translate(self._read_as).rstrip() for row in self.cells])
        return tuple([row.rstrip() for row in self.cells])

    def clear(self) -> None:
        self.cells = [" " * self.columns] * self.rows
        self.go(0, 0)

    def clear_row(self, row: int) -> None:
        self.cells[row] = " " * self.columns

    def clear_to_end_of_row(self) -> None:
        self.cells[self.row] = self.cells[self.row][: self.column].ljust(self.columns)

    def clear_to_end(self) -> None:
        self.clear_to_end_of_row()
        for row in range(self.row + 1, self.rows):
            self.clear_row(row)

    def go(self, row: int, column: int) -> None:
        """Places off the screen are ignored, as displays do."""
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self.row, self.column = row, column
        if row == column == 0 and not self.mode_told:
            self.mode = self.own_mode

    def start(self) -> None:
        self.column = 0

    def end(self) -> None:
        self.column = self.columns - 1

    def bottom(self) -> None:
        self.row, self.column = self.rows - 1, self.columns - 1

    def paint(self, text: str) -> str:
        """Narrow letters in overwrite or vertical mode. Give back those that the row has no room for."""
        self.mode_told = False
        row, begun, end = self.cells[self.row], self.column, self.column + len(text)
        if end <= self.columns:
            self.cells[self.row], self.column = row[:begun] + text + row[end:], end
            return ""
        room = self.columns - begun
        self.cells[self.row], self.column = row[:begun] + text[:room], self.columns
        return text[room:]

    def write(self, text: str) -> str:
        """The first letter, narrow or wide, in any mode. Give back the others."""
        self.mode_told = False
        letter = text[0]
        if self.mode == "horizontal" and self.column == self.columns - 1 and self.cells[self.row][-1] != " ":
            self.cells[self.row] = self.cells[self.row][1:] + " "
        self._set(self.column, letter)
        self.column += 1
        if self.column < self.columns and wide(letter):
            self._read_as[ord(_HALF)] = ""
            self._set(self.column, _HALF)
            self.column += 1
        if self.mode == "horizontal":
            self.column = min(self.column, self.columns - 1)
        return text[1:]

    def sign(self, sign: str) -> None:
        column = max(0, self.column - 1)
        letter = self.cells[self.row][column]
        both = self._read_as.get(ord(letter), letter)[:1] + sign
        if both not in self._signed and len(self._signed) < _MAX_SIGNED:
            self._signed[both] = chr(_SIGNED + len(self._signed))
            self._read_as[ord(self._signed[both])] = both
        self._set(column, self._signed.get(both, letter))

    def _set(self, column: int, letter: str) -> None:
        row = self.cells[self.row]
        self.cells[self.row] = row[:column] + letter + row[column + 1 :]

    def wrap(self) -> None:
        self.column = 0
        self.down()

    def down(self) -> None:
        if self.row + 1 < self.rows:
            self.row += 1
        elif self.mode == "vertical":
            self.cells = [*self.cells[1:], " " * self.columns]
        else:
            self.row = 0

    def up(self) -> None:
        self.row = (self.row - 1) % self.rows

    def left(self) -> None:
        if self.column:
            self.column -= 1
        else:
            self.row, self.column = (self.row - 1) % self.rows, self.columns - 1

    def right(self) -> None:
        self.column += 1
        if self.column >= self.columns:
            self.wrap()
