"""What the till sends to its receipt printer: commands with known lengths around printed text, and a cut at the end.

A receipt is printed after the tender, so a sale is told as a whole when its printing is over: what was bought, paid, and the
total. The commands of each family of printers stand in the tables of `device/printer`; the text goes line by line to the reader
of printed receipts, `device/printed`, which tells items, totals, copies, reports and slips apart.

| seen                                                  | meaning                                                                |
|-------------------------------------------------------|------------------------------------------------------------------------|
| cut: `1D 56 m [n]`, `1B 69`, `1B 6D`; Star `1B 64 n`  | the receipt is over                                                    |
| drawer: `1B 70 m t1 t2`; Star `07`                    | the same once a total was printed; before that, nothing                |
| 2 s without bytes                                     | the same once a total was printed; an unfinished command is given up   |
| `unfinished_seconds` without bytes                    | the same, total or not: the next receipt does not inherit the lines    |
| `1B 3D 02` .. `1B 3D 01`                              | text for a customer display on the same cable: dropped                 |
| `1B 40` and other commands                            | nothing: one sale may come as several jobs                             |
| the same figures again, up to `copies` times          | the shop prints each receipt more than once                            |
| bar code EAN or UPC under a line                      | perhaps the item's code; the check digit the printer adds is added     |
| images                                                | skipped; nothing but images until the cut: `this till prints pictures` |
| `02 .. 03`                                            | a payment terminal on the same wire: dropped with its check byte       |

Families: `epson` (and all that imitate it), `star` (line mode), `bematech`, `daruma`, `elgin`, `diebold`, `cmp`. They are not
announced on the wire; `device.printer.detect` says which fits.

Text is in the code page that `1B 74 n` chose (17 is cp866, 46 and 73 cp1251), or two bytes a character after `1C 26`. Many tills
announce nothing and rely on a switch in the printer: then `charset` names it, and where it does not, the text itself tells
utf-8, cp866, cp1251 and cp949 (`device.printer.charset`). Where the layout is the one that every site begins with, a receipt in
Hangul or Kana without items is read once more as one of a currency without decimals.

Limits: 256 KiB a command (the rest is skipped as it comes), 4 KiB a line, 64 KiB of text a receipt.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from device.codes import check_digit
from device.dialects import DialectOptions, Skips
from device.events import LineRung, PosEvent
from device.printed import Layout, Printed
from device.printer.families import readable
from device.printer.tokenizer import MAX_LINE, Tokenizer
from device.printer.tokens import (
    Barcode,
    Cut,
    Drawer,
    Foreign,
    Gap,
    Image,
    LineEnd,
    Overlong,
    Selected,
    Text,
    Token,
    Unknown,
)

MAX_JOB: Final = 64 * 1024
"""Characters of text of one receipt."""
_PIECE: Final = 512
"""Bytes of which the tokens are held at once: much data in one piece would cost more for memory than for reading."""
_GAP: Final = "  "
_WIDE: Final[dict[int, str | int]] = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    0x3000: "  ",
    0xFFE0: "¢",
    0xFFE1: "£",
    0xFFE5: "¥",
    0xFFE6: "₩",
}
"""Characters as wide as two, to those they stand for."""
_EAST: Final = re.compile(r"[\uac00-\ud7a3\u3041-\u30ff]")
"""Hangul and Kana."""
_ENOUGH_EAST: Final = 4
_SPEAK_TO: Final = frozenset({Selected, Cut})
_LEFT_OUT: Final = (Unknown, Foreign, Overlong)
_MONEY: Final = re.compile(r"\\(?=\d)")
"""Japanese and Korean printers have their money sign where others have the backslash."""
_DIGITS: Final = {"ean13": 13, "ean8": 8, "upca": 12}
"""With the check digit."""


class Options(DialectOptions, frozen=True):
    printer: Literal["epson", "star", "bematech", "daruma", "elgin", "diebold", "cmp"] = "epson"
    charset: Annotated[str, msgspec.Meta(max_length=32)] = ""
    """Stands in place of what the stream announces, for instance `cp866`, `cp949`, `utf-8`. Empty: as announced, or guessed."""
    kanji: Annotated[str, msgspec.Meta(max_length=32)] = "gb18030"
    """The charset after `1C 26`, where `charset` is empty."""
    unfinished_seconds: Annotated[float, msgspec.Meta(ge=2, le=3600)] = 60.0
    """Silence that ends even what has no total."""
    copies: Annotated[int, msgspec.Meta(ge=1, le=5)] = 1
    """How often this till prints each receipt. Prints that say of themselves that they are copies are none of these."""
    layout: Layout = Layout()
    """How this site prints its receipts: see `device.printed.Layout`."""

    def __post_init__(self) -> None:
        for charset in filter(None, (self.charset, self.kanji)):
            if not readable(charset):
                raise ValueError(f"there is no charset '{charset}' of a printer")


class Decoder:
    quiet_seconds: float | None = 2.0

    def __init__(self, options: Options | None = None) -> None:
        options = options or Options()
        self.skips = Skips()
        self._why: dict[type[Token], str] = {
            Unknown: f"a command that no printer of the family '{options.printer}' has: is the option 'printer' right?",
            Foreign: "a frame of another device on the same wire",
            Overlong: "more in one line or command than is read",
        }
        self._unfinished_seconds = options.unfinished_seconds
        self._live = options.layout.live
        self._tokenizer = Tokenizer(options.printer, options.charset, options.kanji)
        self._unread: list[tuple[int, str]] = []
        self._printed = Printed(options.layout, self._leave)
        # In place of the layout where that is the default.
        self._whole_units = Printed(Layout(decimals=0), self.skips.add) if options.layout == Layout() else None
        self._heard: datetime | None = None
        self._line: list[str] = []
        self._copies = options.copies
        self._figures: list[str] = []  # what makes a receipt this receipt: its lines with a digit
        self._printed_before: list[str] = []
        self._times = 0
        self._held: str | None = None  # the line before, as long as a bar code under it may come
        self._code = ""
        self._width = 0
        self._deaf = False
        self._clear()

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        silence = 0.0 if self._heard is None else (at - self._heard).total_seconds()
        quiet = self.quiet_seconds or 0.0
        if silence < 0 and not data:
            silence = quiet  # a clock that was set back tells nothing, except that whoever says so has waited
        if silence >= quiet > 0:
            self._silent(silence, at, events)
        if data:
            self._heard = at
        for start in range(0, len(data), _PIECE):
            for token in self._tokenizer.feed(data[start : start + _PIECE]):
                self._take(token, at, events)
        return events

    def _silent(self, silence: float, at: datetime, events: list[PosEvent]) -> None:
        for token in self._tokenizer.cut_off():
            self._take(token, at, events)
        # A line that has not ended may go on.
        self._release(at, events)
        if self._printed.totalled or (silence >= self._unfinished_seconds and not self._live):
            self._end(at, events)

    def _take(self, token: Token, at: datetime, events: list[PosEvent]) -> None:
        kind = type(token)
        if kind in _SPEAK_TO:
            # Whether the printer is meant. What is cut is a printer, whatever noise said before.
            self._deaf = isinstance(token, Selected) and not token.printer
        if self._deaf:
            return
        # The most frequent first.
        if kind is LineEnd:
            if self._line:  # CR LF ends a line twice
                self._end_line(at, events)
        elif type(token) is Text:
            self._print(token.text)
        elif type(token) is Barcode:
            self._end_line(at, events)
            self._code = item_code(token.kind, token.data)
        elif isinstance(token, _LEFT_OUT):
            self.skips.add(token.size, self._why[kind])
        else:
            self._act(token, at, events)

    def _act(self, token: Token, at: datetime, events: list[PosEvent]) -> None:
        match token:
            case Gap() if self._line and self._line[-1] != _GAP:
                self._print(_GAP)
            case Cut():
                self._end(at, events)
            case Drawer():
                self._drawer(at, events)
            case Image(size):
                self._images += size
            case _:
                pass  # the tokenizer minds code pages; a QR code is for the shopper

    def _print(self, text: str) -> None:
        # The tokenizer counts what is too long for a line; here a line that goes on after each silence is bounded.
        if self._width < MAX_LINE:
            self._line.append(text)
            self._width += len(text)

    def _drawer(self, at: datetime, events: list[PosEvent]) -> None:
        """Many tills open it before they print."""
        self._release(at, events)
        if self._printed.totalled:
            self._end(at, events)

    def _end_line(self, at: datetime, events: list[PosEvent]) -> None:
        if not self._line:
            return
        line = "".join(self._line)
        if "\\" in line:
            line = _MONEY.sub("¥", line)
        if not line.isascii():
            line = line.translate(_WIDE)
        self._line.clear()
        self._width = 0
        if not line.strip():
            return
        self._release(at, events)
        self._text += len(line)
        if self._text > MAX_JOB:
            self.skips.add(len(line), f"a receipt is longer than {MAX_JOB} characters")
            return
        self._held = line
        if self._copies > 1 and any(letter.isdigit() for letter in line):
            self._figures.append(line)

    def _release(self, at: datetime, events: list[PosEvent]) -> None:
        if self._held is not None:
            events += self._printed.line(self._held, at, self._code)
            if self._whole_units is not None:
                self._job.append((self._held, self._code))
        self._held, self._code = None, ""

    def _end(self, at: datetime, events: list[PosEvent]) -> None:
        self._end_line(at, events)
        self._release(at, events)
        if self._images and not self._text:
            # The bytes were understood, so none of them counts against the family of printers that was chosen.
            self.skips.add(0, "this till prints pictures: there is no text in them to read")
        told = self._reread(self._printed.end(at), at)
        if self._again():
            self.skips.add(self._text, "the same receipt printed again")
        else:
            events += told
        self._clear()

    def _leave(self, size: int, why: str) -> None:
        """Of a receipt that may be read once more; what is left out of one job is bounded by its text."""
        self._unread.append((size, why))

    def _reread(self, told: list[PosEvent], at: datetime) -> list[PosEvent]:
        unread, self._unread = self._unread, []
        eastern = sum(len(_EAST.findall(line)) for line, _ in self._job) >= _ENOUGH_EAST
        if self._whole_units is not None and eastern and not any(isinstance(event, LineRung) for event in told):
            for line, code in self._job:
                self._whole_units.line(line, at, code)
            return self._whole_units.end(at)
        for size, why in unread:
            self.skips.add(size, why)
        return told

    def _again(self) -> bool:
        """One copy says `customer`, the other `merchant`: lines without a digit may differ."""
        if not self._figures or self._figures != self._printed_before or self._times >= self._copies:
            self._printed_before, self._times = self._figures or self._printed_before, 1
            return False
        self._times += 1
        return True

    def _clear(self) -> None:
        self._text = 0
        self._images = 0
        self._figures = []
        self._job: list[tuple[str, str]] = []


def item_code(kind: str, data: str) -> str:
    """The digits of a retail bar code, with the check digit that the printer adds where it was not sent; else nothing."""
    size = _DIGITS.get(kind)
    if size is None or len(data) not in {size - 1, size} or not data.isdecimal() or not data.isascii():
        return ""
    return f"{data}{check_digit(data)}" if len(data) == size - 1 else data
