"""Commands of one profile, carried out on a screen. Owns the unfinished command and the cells.

A paint is over when the line falls silent (`settle`), or when the till begins to write a row anew that it has written since: some
tills paint faster than any silence, and a recording may have no times. So a screen is settled before it is written again.

Bytes of noise are commands too, and no till takes back what it never said. So what a command changes for all that comes after it
lasts no longer than a till needs that means it; then what the options say is back.

| changed              | lasts until                                                                                          |
|----------------------|------------------------------------------------------------------------------------------------------|
| how rows move        | another screen (`device.display.screen`); where a till tells it once, at power-on, set `scrolls`     |
| the code page        | the display is initialised, or the silence after more than `FLOOD` unknown commands; to rule it out, |
|                      | set `charset`                                                                                        |
| who is spoken to     | see `device.display.passthrough`                                                                     |
| a macro being told   | its end, 80 bytes, or silence                                                                        |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from device.display.arguments import cell, length, parameters
from device.display.commands import command_set
from device.display.letters import Letters
from device.display.passthrough import Line
from device.display.profiles import PAGES
from device.display.screen import Screen

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from device.display.screen import Mode

MAX_COMMAND: Final = 512
MAX_MACRO: Final = 80
MAX_RUN: Final = 80
"""Characters that a till writes before it places the cursor again: twice the cells. More is not written for a display."""
FLOOD: Final = 16
"""Unknown commands between two silences; a till that mixes command sets sends a few at power-on."""
_FLOOD: Final = "the display is told commands that this profile does not know"
_ENDLESS: Final = "text goes on and on without a place on the display"


class Skips(Protocol):
    def add(self, size: int, why: str) -> None: ...


class Display:
    def __init__(
        self, profile: str, charset: str, skips: Skips, settled: Callable[[tuple[str, ...]], None], *, scrolls: bool = False
    ) -> None:
        self._set = command_set(profile)
        self.screen = Screen(own_mode="vertical" if scrolls or self._set.vertical else "overwrite")
        self._skips = skips
        self._settled = settled
        self._charset = charset
        self._letters = self._own_letters = Letters(charset)
        self._held = b""
        self._written: set[int] = set()
        self._line = Line()
        self._macro = 0
        self._run = 0
        self._strangers = 0
        self._effects: dict[str, Callable[..., None]] = {
            "clear": self._clear,
            "initialise": self._initialise,
            "clear_row": self._clear_row,
            "row": self._row,
            "go": self._go,
            "home": self._home,
            "lower": self._lower,
            "field": self._field,
            "mode": self._mode,
            "sign": self._sign,
            "page": self._page,
            "select": self._select,
            "macro": self._begin_or_end_macro,
            "csi": self._csi,
        }
        """Those of the tables that do more than a method of the screen of that name."""

    def feed(self, data: bytes) -> None:
        self._held = self._take(self._held + data)
        if len(self._held) > MAX_COMMAND:
            self._skips.add(len(self._held), f"a command of the display is longer than {MAX_COMMAND} bytes")
            self._held = b""

    def _take(self, held: bytes) -> bytes:
        """Give back the unfinished command at the end."""
        place, size = 0, len(held)
        while place < size:
            found = self._set.tokens.match(held, place)
            taken = self._printed(found[1]) if found and found.lastindex else self._command(held, place, found)
            if taken == 0:
                break
            place += taken
        return held[place:]

    def settle(self) -> None:
        """Nothing more is being written for now: what stands there is meant to be read."""
        if self._written:
            self._written.clear()
            self._settled(self.screen.text())

    def conclude(self, seconds: float) -> None:
        """So long a silence: an unfinished command is given up."""
        if self._held:
            self._skips.add(len(self._held), "a command of the display was cut off")
            self._held = b""
        self._letters.reset()
        self.settle()
        self._macro, self.screen.mode_told = 0, False
        self._line.silent(seconds)
        if self._strangers > FLOOD:
            self._letters = self._own_letters
        self._strangers = 0

    def _printed(self, told: bytes) -> int:
        """A run of printable bytes: nearly all a till sends. How many of them were dealt with."""
        size = len(told)
        if self._line.printer:
            self._line.text(told)
            return size
        if self._macro:
            kept = min(self._macro, size)
            self._macro -= kept
            return kept
        self._write(told)
        return size

    def _write(self, told: bytes) -> None:
        self._run += len(told)
        over = min(len(told), self._run - MAX_RUN)
        if over > 0 and self.screen.own_mode == "vertical":
            self.screen.mode, over = "vertical", 0
        if over > 0:
            self._skips.add(over, _ENDLESS)
            told = told[:-over]
        text, screen = self._letters.decode(told), self.screen
        # Letters that take two cells, and cells that move, are written one by one.
        put = screen.paint if screen.mode != "horizontal" and self._letters.narrow(text) else screen.write
        while text:
            if screen.column >= screen.columns:
                screen.wrap()
            if screen.column == 0 and screen.row in self._written:
                self.settle()
            self._written.add(screen.row)
            text = put(text)
        if over > 0:
            self._written.clear()

    def _command(self, held: bytes, place: int, found: re.Match[bytes] | None) -> int:
        """How many bytes were dealt with; 0 when the command is not there whole."""
        if len(held) - place < self._set.longest and held[place:] in self._set.starts:
            return 0  # a command, or a longer one, may begin so
        if found is None:
            return self._unknown(held, place)
        arguments, effect, how, places = self._set.commands[found[0]]
        start = found.end()
        if self._line.printer and effect != "select":
            size = self._overheard(held, place, found)
            if not size or self._line.printer:
                return size
        more = arguments if isinstance(arguments, int) else length(held, start, arguments)
        if more is None or start + more > len(held):
            return 0
        size = start - place + more
        if self._macro and effect != "macro":
            self._macro = max(0, self._macro - size)
            return size
        if places:
            self._run = 0
        if (own := self._effects.get(effect)) is not None:
            own(held[start : start + more], *how)
        elif effect:
            getattr(self.screen, effect)()
        return size

    def _overheard(self, held: bytes, place: int, found: re.Match[bytes]) -> int:
        """A command while the printer is spoken to: looked at for the way back only. How many bytes it would be."""
        arguments, effect, _, places = self._set.commands[found[0]]
        end = found.end() + (arguments if places and isinstance(arguments, int) else 0)
        if end > len(held):
            return 0
        self._take(self._line.command(held[place:end] if places else b"", row=effect == "row"))
        return end - place

    def _unknown(self, held: bytes, place: int) -> int:
        byte = held[place]
        if byte == 0x21:
            self._printed(b"!")
            return 1
        if byte in {0x00, 0x7F}:
            return 1
        if byte in self._set.heads:
            if len(held) - place < 2:
                return 0
            self._strange(2)
            return 2
        self._strange(1)
        return 1

    def _strange(self, size: int) -> None:
        if self._line.printer:
            self._line.command()
        else:
            self._strangers += 1
            self._skips.add(size, _FLOOD)

    def _before(self, rows: range) -> None:
        """These rows are about to be written anew."""
        if not self._written.isdisjoint(rows):
            self.settle()

    def _move(self, row: int) -> None:
        if row in self._written:
            self.settle()
        self.screen.go(row, 0)

    # What the tables call effects; `told` are the arguments of the command.

    def _clear(self, _told: bytes) -> None:
        self.settle()
        self.screen.clear()

    def _initialise(self, told: bytes) -> None:
        self._clear(told)
        self._letters = self._own_letters

    def _home(self, _: bytes) -> None:
        self._move(0)

    def _lower(self, _: bytes) -> None:
        self._move(1)

    def _clear_row(self, _told: bytes) -> None:
        if self.screen.row in self._written:
            self.settle()
        self.screen.clear_row(self.screen.row)
        self.screen.column = 0

    def _row(self, told: bytes, first: int, last: int) -> None:
        rows = range(first, last + 1)
        self._before(rows)
        for row in rows:
            self.screen.clear_row(row)
        self.screen.go(first, 0)
        self._written.difference_update(rows)
        self._write(told.rstrip(b"\r")[: len(rows) * self.screen.columns])
        self._written.update(rows)

    def _field(self, _told: bytes, row: int) -> None:
        self._move(row)
        self.screen.clear_row(row)

    def _go(self, told: bytes, how: int | str) -> None:
        row, column = cell(told, how, self.screen.columns)
        if column == 0:
            self._move(row)
        else:
            self.screen.go(row, column)

    def _mode(self, _told: bytes, mode: Mode) -> None:
        self.screen.move_rows(mode)

    def _sign(self, told: bytes, sign: str) -> None:
        self._write(told)
        self.screen.sign(sign)

    def _select(self, told: bytes) -> None:
        self.screen.mode_told = False
        self._line.select(told[0])

    def _begin_or_end_macro(self, _told: bytes) -> None:
        self._macro = 0 if self._macro else MAX_MACRO

    def _csi(self, told: bytes) -> None:
        letter, numbers = parameters(told)
        match letter:
            case b"H" | b"f":
                row, column = (*numbers, 0, 0)[:2]
                if column <= 1:
                    self._move(max(0, row - 1))
                else:
                    self.screen.go(max(0, row - 1), column - 1)
            case b"J" if numbers[0] == 2:
                self.settle()
                for row in range(self.screen.rows):
                    self.screen.clear_row(row)
            case b"J":
                self.screen.clear_to_end()
            case b"K":
                self.screen.clear_to_end_of_row()
            case _:
                self._strange(len(told) + 2)

    def _page(self, told: bytes) -> None:
        if told[0] in PAGES and self._charset == "cp437":
            self._letters = Letters(PAGES[told[0]])
