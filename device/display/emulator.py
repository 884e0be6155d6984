"""Commands of one profile, carried out on a screen. Owns the unfinished command and the cells.

A paint is over when the line falls silent (`settle`), or when the till begins to write a row anew that it has written since: some
tills paint faster than any silence, and a recording may have no times. So a screen is settled before it is written again.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING, Final, Protocol

from device.display.arguments import length
from device.display.profiles import PAGES, PROFILES, VERTICAL_FROM_START, Table
from device.display.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_COMMAND: Final = 512
MAX_MACRO: Final = 80
MAX_RUN: Final = 80
"""Characters that a till writes before it places the cursor again: twice the cells. More is not written for a display."""
_PLACES: Final = frozenset({"clear", "go", "home", "row", "field", "upper", "lower", "csi", "bottom"})
_FLOOD: Final = "the display is told commands that this profile does not know"
_PAINTED: Final = re.compile(rb"[^\x00-\x1f!\x7f]+")


class Skips(Protocol):
    def add(self, size: int, why: str) -> None: ...


class Display:
    def __init__(self, profile: str, charset: str, skips: Skips, settled: Callable[[tuple[str, ...]], None]) -> None:
        self.screen = Screen()
        self._skips = skips
        self._settled = settled
        self._charset = charset
        self._decode = codecs.getincrementaldecoder(charset)("replace")
        self._held = bytearray()
        self._written: set[int] = set()
        self._deaf = False
        self._macro = 0
        self._run = 0
        self._set = profile
        self._table: Table = {}
        self._starts: frozenset[bytes] = frozenset()
        self._longest = 0
        self._commands = re.compile(b"")
        self._heads: frozenset[int] = frozenset()
        """Bytes that introduce commands in this set."""
        self._use(profile)

    def feed(self, data: bytes) -> None:
        self._held += data
        place = 0
        held = bytes(self._held)
        while place < len(held):
            taken = self._plain(held, place) or self._command(held, place)
            if taken == 0:
                break  # an unfinished command
            place += taken
        del self._held[:place]
        if len(self._held) > MAX_COMMAND:
            self._skips.add(len(self._held), f"a command of the display is longer than {MAX_COMMAND} bytes")
            self._held.clear()

    def settle(self) -> None:
        """Nothing more is being written for now: what stands there is meant to be read."""
        if self._written:
            self._written.clear()
            self._settled(self.screen.text())

    def conclude(self) -> None:
        """Silence: an unfinished command is given up."""
        if self._held:
            self._skips.add(len(self._held), "a command of the display was cut off")
            self._held.clear()
        self._decode.reset()
        self.settle()

    def _plain(self, held: bytes, place: int) -> int:
        """A run of printable bytes is the quick way: nearly all a till sends."""
        found = _PAINTED.match(held, place)
        if found is None:
            return 0
        if self._deaf:
            return found.end() - place
        if self._macro:
            kept = min(self._macro, found.end() - place)
            self._macro -= kept
            return kept
        self._write(found[0])
        return found.end() - place

    def _write(self, told: bytes) -> None:
        if self._set not in VERTICAL_FROM_START:
            fits = max(0, MAX_RUN - self._run)
            self._run += len(told)
            if len(told) > fits:
                self._put(told[:fits])
                self._skips.add(len(told) - fits, "text goes on and on without a place on the display")
                self._written.clear()
                return
        self._put(told)

    def _put(self, told: bytes) -> None:
        text = self._decode.decode(told)
        if not text.isprintable():
            text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
        screen = self.screen
        # Letters that take two cells, and cells that move, are written one by one.
        step = 1 if screen.mode == "horizontal" or (not text.isascii() and _wide(text)) else screen.columns
        while text:
            if screen.column >= screen.columns:
                screen.wrap()
            if screen.column == 0 and screen.row in self._written:
                self.settle()
            self._written.add(screen.row)
            piece = text[: min(step, screen.columns - screen.column)]
            screen.write(piece)
            text = text[len(piece) :]

    def _command(self, held: bytes, place: int) -> int:
        """How many bytes were dealt with; 0 when the command is not there whole."""
        if len(held) - place < self._longest and held[place:] in self._starts:
            return 0  # a command, or a longer one, may begin so
        found = self._commands.match(held, place)
        if found is None:
            return self._unknown(held, place)
        return self._whole(held, place, found.end() - place, *self._table[found[0]])

    def _unknown(self, held: bytes, place: int) -> int:
        byte = held[place]
        if byte == 0x21:
            if not self._deaf and not self._macro:
                self._write(b"!")
            return 1
        if byte in {0x00, 0x7F}:
            return 1
        if byte in self._heads:
            if len(held) - place < 2:
                return 0
            self._strange(2)
            return 2
        self._strange(1)
        return 1

    def _strange(self, size: int) -> None:
        if not self._deaf:
            self._skips.add(size, _FLOOD)

    def _whole(self, held: bytes, place: int, size: int, arguments: int | str, effect: str) -> int:
        start = place + size
        more = length(held, start, arguments)
        if more is None:
            return 0
        told = held[start : start + more]
        if self._deaf and effect != "select":
            return size  # a printer's bytes: only the way back is looked for
        if self._macro and effect != "macro":
            self._macro = max(0, self._macro - size - more)
            return size + more
        self._do(effect, told)
        return size + more

    def _do(self, effect: str, told: bytes) -> None:  # noqa: C901, PLR0912, PLR0915 - one branch for each effect of the tables
        name, _, what = effect.partition(":")
        screen = self.screen
        if name in _PLACES:
            self._run = 0
        match name:
            case "":
                return
            case "clear":
                self._before(range(screen.rows))
                screen.clear()
                if self._set in VERTICAL_FROM_START:
                    screen.mode = "vertical"
            case "row":
                self._row(told.rstrip(b"\r"), *map(int, what.split(":")))
            case "go":
                self._go(what, told)
            case "home":
                self._move(0)
            case "field":
                self._move(int(what))
                screen.clear_row(int(what))
            case "upper" | "lower":
                self._move(0 if name == "upper" else 1)
            case "start":
                screen.column = 0
            case "end":
                screen.column = screen.columns - 1
            case "bottom":
                screen.go(screen.rows - 1, screen.columns - 1)
            case "down":
                screen.down()
            case "mode":
                screen.mode = "vertical" if what == "vertical" else "horizontal" if what == "horizontal" else "overwrite"
            case "clear_row":
                self._before((screen.row,))
                screen.clear_row(screen.row)
                screen.column = 0
            case "sign":
                self._write(told[:1])
                screen.cells[screen.row][max(0, screen.column - 1)] += what
            case "page":
                self._page(told[0])
            case "select":
                self._deaf = told[0] == 1
            case "macro":
                self._macro = 0 if self._macro else MAX_MACRO
            case "set":
                self._use(what)
            case "csi":
                self._csi(told)
            case _:
                getattr(screen, name)()  # up, left, right, clear_to_end, clear_to_end_of_row

    def _before(self, rows: range | tuple[int, ...]) -> None:
        """These rows are about to be written anew."""
        if self._written.intersection(rows):
            self.settle()

    def _move(self, row: int) -> None:
        self._before((row,))
        self.screen.go(row, 0)

    def _go(self, how: str, told: bytes) -> None:
        if how == "xy":
            column, row = told[0] - 1, told[1] - 1
        elif how == "rc":
            row, column = {0x55: 0, 0x44: 1}.get(told[0], -1), told[1] - 1
        else:
            row, column = divmod(told[0] - int(how), self.screen.columns)
        if column == 0:
            self._before((row,))
        self.screen.go(row, column)

    def _row(self, text: bytes, first: int, last: int) -> None:
        self._before(range(first, last + 1))
        for row in range(first, last + 1):
            self.screen.clear_row(row)
        self.screen.go(first, 0)
        self._written.difference_update(range(first, last + 1))
        self._write(text[: (last - first + 1) * self.screen.columns])
        self._written.update(range(first, last + 1))

    def _csi(self, told: bytes) -> None:
        numbers = [int(number) if number.isdigit() else 0 for number in told[:-1].split(b";")]
        match told[-1:]:
            case b"H" | b"f":
                row, column = (*numbers, 0, 0)[:2]
                if column <= 1:
                    self._before((max(0, row - 1),))
                self.screen.go(max(0, row - 1), max(0, column - 1))
            case b"J" if numbers[0] == 2:
                self._before(range(self.screen.rows))
                for row in range(self.screen.rows):
                    self.screen.clear_row(row)
            case b"J":
                self.screen.clear_to_end()
            case b"K":
                self.screen.clear_to_end_of_row()
            case _:
                self._strange(len(told) + 2)

    def _page(self, number: int) -> None:
        if number in PAGES and self._charset == "cp437":
            self._decode = codecs.getincrementaldecoder(PAGES[number])("replace")

    def _use(self, profile: str) -> None:
        self._set = profile
        self._table = PROFILES[profile]
        self._longest = max(map(len, self._table))
        # The longest first: it is the one that is meant.
        self._commands = re.compile(b"|".join(map(re.escape, sorted(self._table, key=len, reverse=True))))
        self._heads = frozenset({0x1B} | {code[0] for code in self._table if len(code) > 1 and code[0] == 0x1F})
        self._starts = frozenset(code[:size] for code in self._table for size in range(1, len(code)))
        if profile in VERTICAL_FROM_START:
            self.screen.mode = "vertical"


def _wide(text: str) -> bool:
    # No character that prints is wide before Hangul.
    return max(text) >= "\u1100" and any(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in text)
