"""The cells of a display with their cursor: the state that a one-way line of commands leaves behind.

Rows and columns count from 0. Writing beyond the end of a row goes on in the next, beyond the last one in the first; in vertical
mode the rows move up instead. A cell holds one character; one of East Asian width takes two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from device.display.letters import wide

Mode = Literal["overwrite", "vertical", "horizontal"]


@dataclass(slots=True)
class Screen:
    rows: int = 2
    columns: int = 20
    mode: Mode = "overwrite"
    row: int = 0
    column: int = 0
    cells: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clear()

    def text(self) -> tuple[str, ...]:
        """The rows as they are read, without the blanks around them."""
        return tuple(["".join(row).rstrip() for row in self.cells])

    def clear(self) -> None:
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0

    def clear_row(self, row: int) -> None:
        self.cells[row] = [" "] * self.columns

    def clear_to_end_of_row(self) -> None:
        self.cells[self.row][self.column :] = [" "] * (self.columns - self.column)

    def clear_to_end(self) -> None:
        self.clear_to_end_of_row()
        for row in range(self.row + 1, self.rows):
            self.clear_row(row)

    def go(self, row: int, column: int) -> None:
        """Places off the screen are ignored, as displays do."""
        if 0 <= row < self.rows and 0 <= column < self.columns:
            self.row, self.column = row, column

    def start(self) -> None:
        self.column = 0

    def end(self) -> None:
        self.column = self.columns - 1

    def bottom(self) -> None:
        self.row, self.column = self.rows - 1, self.columns - 1

    def paint(self, text: str) -> None:
        """Narrow letters that the row still has room for, in overwrite and vertical mode."""
        end = self.column + len(text)
        self.cells[self.row][self.column : end] = text
        self.column = end

    def write(self, letter: str) -> None:
        """One letter, narrow or wide, in any mode."""
        row = self.cells[self.row]
        if self.mode == "horizontal" and self.column == self.columns - 1 and row[self.column] != " ":
            row[:] = [*row[1:], " "]
        row[self.column] = letter
        self.column += 1
        if self.column < self.columns and wide(letter):
            row[self.column] = ""
            self.column += 1
        if self.mode == "horizontal":
            self.column = min(self.column, self.columns - 1)

    def sign(self, sign: str) -> None:
        """It shares the cell of the letter before the cursor."""
        row, column = self.cells[self.row], max(0, self.column - 1)
        row[column] = row[column][:1] + sign

    def wrap(self) -> None:
        self.column = 0
        self.down()

    def down(self) -> None:
        if self.row + 1 < self.rows:
            self.row += 1
        elif self.mode == "vertical":
            self.cells = [*self.cells[1:], [" "] * self.columns]
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
