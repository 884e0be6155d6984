"""The cells of a display with their cursor: the state that a one-way line of commands leaves behind.

Rows and columns count from 0. Writing beyond the end of a row goes on in the next, beyond the last one in the first; in vertical
mode the rows move up instead. A cell holds one character; one of East Asian width takes two.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal

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
        return tuple("".join(row).rstrip() for row in self.cells)

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

    def write(self, text: str) -> None:
        """One letter, or in overwrite and vertical mode as many narrow ones as the row still holds."""
        if self.mode == "horizontal" and self.column == self.columns - 1 and self.cells[self.row][self.column] != " ":
            self.cells[self.row] = [*self.cells[self.row][1:], " "]
        self.cells[self.row][self.column : self.column + len(text)] = text
        self.column += len(text)
        if len(text) == 1 and self.column < self.columns and unicodedata.east_asian_width(text) in {"W", "F"}:
            self.cells[self.row][self.column] = ""
            self.column += 1
        if self.mode == "horizontal":
            self.column = min(self.column, self.columns - 1)

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
