r"""Text lines, as tills send them to video recorders (Hikvision, Dahua, UNV, Milesight, AVer, Axxon and others) and to printers.

No make of till is meant: the knobs are those that installers know from a recorder, and they have the same meaning here.

| option             | meaning                                                              | default                   |
|--------------------|----------------------------------------------------------------------|---------------------------|
| `charset`          | of the text: `cp866`, `cp1251`, `cp949`, `utf-8` ...                 | `utf-8`                   |
| `delimiters`       | what ends a line; each may end it                                    | `["\r\n", "\n", "\r"]`    |
| `start`            | a receipt begins with a line in which this pattern is found          | none: with any line       |
| `end`              | it ends with a line in which this one is found                       | none: by silence          |
| `timeout_seconds`  | without bytes for so long a receipt ends; 5 to 3600                  | 60                        |
| `match_case`       | of `start`, `end`, `patterns` and `ignore`                           | false                     |
| `ignore`           | lines in which one of these patterns is found are dropped            | none                      |
| `patterns`         | what a line is, by the names of groups (`device.printed.layout`)     | the words of nine languages |
| `words`            | other words by role: `{"total": ["ИТОГ"]}` (`device.printed.words`)  | `device.printed.words`    |
| `live`             | lines come while the goods are rung up: events at once               | false: as a whole, checked |
| `names`            | where the name stands whose figures have a line of their own: `before`, `after` | `auto`         |
| `decimals`         | digits of the minor unit of the currency: 0 for won and yen          | 2                         |
| `decimal_mark`     | `.` or `,`                                                           | `auto`                    |

With a `start`, lines outside of receipts are dropped. Without a `start` and an `end` nothing but silence parts two receipts.
Live, a sale that an end concludes is closed; one that silence or the next start does, without a total or a tender, is set aside.

`delimiters`, `start` and `end` may be told in hexadecimal, as recorders' menus do: `hex:0D0A`, `hex: 7C`, `0x7C`; a start or
an end is then these bytes and no pattern. What stands on the line of a start behind it, or on that of an end before it, is a
line too, so that tags do: `<TicketStart>` and `</TicketStart>`. Patterns are of RE2: no look-around, no references back, and
no pattern can stop a lane.

Limits: 1 KiB a line, 500 lines a receipt; a longer line is dropped up to the next delimiter and counted. Control bytes are no
text, and printer commands of two or three bytes are left out with them. Of a feed that is joined in its middle the lines up to
the first start are dropped; without a `start`, live, they are told as part of a sale that began unheard.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final

import msgspec
import re2

from device.dialects import DialectOptions, Skips
from device.events import PosEvent
from device.printed import Layout, Printed
from device.printed.layout import MAX_PATTERN, Search, compiled

MAX_BYTES: Final = 1024
_NONE: Final = -1
"""No mark is there."""
_KEPT: Final = 64
"""Of a line that is too long: no delimiter is longer."""
_ASCII: Final = bytes(range(0x80))
_TOO_LONG: Final = f"a line is longer than {MAX_BYTES} bytes: are the delimiters right?"
_HEX: Final = re.compile(r"(?:hex:|0x)((?:\s*[0-9A-Fa-f]{2})+)\s*")
_COMMANDS: Final = re.compile(r"[\x1b\x1c\x1d][!-~]?[\x00-\x08\x0e-\x1a\x1e\x1f]?|[\x00-\x08\x0b-\x1f\x7f\ufeff]")

_Mark = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_PATTERN)]
_Delimiter = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Options(DialectOptions, Layout, frozen=True):
    charset: str = "utf-8"
    delimiters: Annotated[tuple[_Delimiter, ...], msgspec.Meta(min_length=1, max_length=16)] = ("\r\n", "\n", "\r")
    start: _Mark | None = None
    end: _Mark | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(ge=5, le=3600)] = 60.0

    def __post_init__(self) -> None:
        """Raise ValueError for what the types cannot tell."""
        super().__post_init__()
        try:
            "\n".encode(self.charset)
            b"".decode(self.charset)
        except (LookupError, UnicodeError) as error:
            raise ValueError(
                f"charset: '{self.charset}' is not known here; utf-8, cp866, cp1251, cp949 and others are"
            ) from error
        for mark in (*self.delimiters, self.start, self.end):
            if mark is not None and mark.startswith(("hex:", "0x")) and not _HEX.fullmatch(mark):
                raise ValueError(f"'{mark}' is not hexadecimal: write pairs of digits, such as hex:0D0A")
        _delimiters(self)
        for name, mark in (("start", self.start), ("end", self.end)):
            if mark is not None:
                compiled(_mark(mark, self), name, match_case=self.match_case)


class Decoder:
    def __init__(self, options: Options | None = None) -> None:
        options = options or Options()
        self.skips = Skips()
        self.quiet_seconds: float | None = options.timeout_seconds
        self._charset = options.charset
        self._ascii = _ASCII.decode(options.charset, "replace") == _ASCII.decode("ascii")
        self._timeout = options.timeout_seconds
        # The longest first, so that CRLF is one delimiter and not two.
        marks = sorted(_delimiters(options), key=len, reverse=True)
        self._split = re.compile(b"|".join(re.escape(mark) for mark in marks))
        # A delimiter that may go on: only where its rest would not end an empty line by itself.
        self._longer = [(one, more) for one in marks for more in marks if more != one and more.startswith(one)]
        self._longer = [(one, more) for one, more in self._longer if not self._split.fullmatch(more[len(one) :])]
        begin_and_end = [_mark(mark, options) for mark in (options.start, options.end) if mark is not None]
        self._marks = Search(begin_and_end, "start, end", match_case=options.match_case)
        self._start = _NONE if options.start is None else 0
        self._end = _NONE if options.end is None else len(begin_and_end) - 1
        self._printed = Printed(options, self.skips.add)
        self._tail = b""
        self._overflow = False
        self._inside = self._start == _NONE
        self._last: datetime | None = None

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        if self._last is not None:
            quiet = (at - self._last).total_seconds()
            # A clock that was set back tells nothing, except that whoever says so has waited.
            if quiet >= self._timeout or (quiet < 0 and not data):
                events += self._concluded(at)
        if data:
            self._last = at
            events += self._taken(data, at)
        return events

    def _concluded(self, at: datetime) -> list[PosEvent]:
        tail, self._tail = self._tail, b""
        over, self._overflow = self._overflow, False
        events = self._line(tail, at) if tail and not over else []
        self._last = None
        self._inside = self._start == _NONE
        return events + self._printed.end(at)

    def _taken(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        text = self._tail + data
        begun = 0
        for found in self._split.finditer(text):
            if found.end() == len(text) and any(found.group() == one for one, _ in self._longer):
                break
            line = text[begun : found.start()]
            begun = found.end()
            if self._overflow:
                self.skips.bytes += len(line)
                self._overflow = False
            elif len(line) > MAX_BYTES:
                self.skips.add(len(line), _TOO_LONG)
            elif line:
                events += self._line(line, at)
        self._tail = text[begun:]
        if len(self._tail) > MAX_BYTES:
            # The last bytes are kept: a delimiter may have begun in them.
            self.skips.bytes += len(self._tail) - _KEPT
            self._tail = self._tail[-_KEPT:]
            if not self._overflow:
                self.skips.add(0, _TOO_LONG)
            self._overflow = True
        return events

    def _line(self, line: bytes, at: datetime) -> list[PosEvent]:
        # Python reads ASCII many times as fast as a code page.
        text = line.decode("ascii") if self._ascii and line.isascii() else line.decode(self._charset, "replace")
        events: list[PosEvent] = []
        found = self._marks.found(told := text.encode(errors="replace"))
        if self._start in found:
            told = told[self._marks.patterns[self._start].search(told).end() :]
            text = told.decode(errors="replace")
            found = self._marks.found(told)
            events += self._printed.begin(at)
            self._inside = True
        if not self._inside:
            return events
        ended = self._end in found
        if ended:
            text = told[: self._marks.patterns[self._end].search(told).start()].decode(errors="replace")
        if not text.isprintable():
            text = _COMMANDS.sub("", text)
        events += self._printed.line(text, at)
        if ended:
            events += self._printed.end(at, marked=True)
            self._inside = self._start == _NONE
        return events


def _delimiters(options: Options) -> set[bytes]:
    """Raise ValueError for one that the charset cannot write."""
    found = set()
    for mark in options.delimiters:
        told = _HEX.fullmatch(mark)
        try:
            found.add(bytes.fromhex(told[1]) if told else mark.encode(options.charset))
        except UnicodeError as error:
            raise ValueError(f"delimiters: '{mark}' cannot be written in {options.charset}") from error
    return found


def _mark(mark: str, options: Options) -> str:
    """The pattern of a start or an end."""
    told = _HEX.fullmatch(mark)
    return mark if told is None else str(re2.escape(bytes.fromhex(told[1]).decode(options.charset, "replace")))
