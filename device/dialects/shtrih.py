"""Shtrih-M fiscal printers: what a till has them print, command by command. RS-232 or TCP; both directions are wanted.

Frames of both versions of the protocol are in `device.fiscalframes`; each frame tells its version. `feed` takes what the till
says, `feed_reply` what the printer answers. Where a tap merges both on one line, `feed` knows a reply by what it must be: the
same command (in version 2 under the same SEQ) while that is not answered yet, and shorter than the command can be.

A reply is `COMMAND RESULT ..`; a command counts when its reply says 00, once. What is repeated before its answer, and in version
2 under the same SEQ after it, is a retry. Without a reply nothing counts, unless the option `replies` is `assumed`, for taps that
hear the till alone: then a command is taken as done when the till goes on with another one, or after two seconds of silence.

All numbers are little-endian, money in kopecks, texts CP1251; `password` is 4 bytes.

| command        | data                                                                            | told as                 |
|----------------|---------------------------------------------------------------------------------|-------------------------|
| `FF46`         | password, type, quantity 6 (millionths), price 5, sum 5 (`FF` x 5: computed),   | a line, by its type     |
|                | tax sum 5, tax, department, payment sign, item sign, name to the end            |                         |
| `80`..`84`     | password, quantity 5 (thousandths), price 5, department, 4 taxes, name 40       | a line, by its command  |
| `FF67`         | password, n, n bytes: marking code or barcode                                   | the code of a line      |
| `FF4D`         | password, TLV (tag 2, length 2); tag 1162 = kind 2, GTIN 6 (big-endian), serial | the code of a line      |
| `FF45`         | password, 16 payments x 5, discount 1, 6 taxes x 5, tax system; reply: change 5 | tendered, closed        |
| `85`, `8E`     | password, 4 or 16 payments x 5, ..; reply: operator, change 5                   | tendered, closed        |
| `88`           | password                                                                        | cancelled               |
| `89`           | password; reply: operator, sum 5                                                | a subtotal              |
| `8D`           | password, type: 0 sale, 2 return, others no sale                                | a sale, a return begins |
| `10`, `11`     | reply: mode, of which 2, 3, 4 mean that no document is open                     | nothing                 |
| `FF35`, `FF4A` | a correction begins, is made: whatever stands between is no sale                | nothing                 |
| other          | cash in and out `50` `51`, cut `25`, strings `17`, tables, reports              | nothing                 |

Types of `FF46`: 1 sale; 2 return of a sale: takes a line off where a sale with lines is open, else it is a line of a return;
3 purchase, 4 its return: no sale, but 4 takes a line off where a sale is open. `80` is like 1, `82` like 2, `81` and `83` like 3
and 4; `84` takes a line off. The older commands `80` to `8E` are partly unverified.

Lines have no numbers; they are counted within a receipt, so that a code that comes after its line (`FF67`, tag 1162) completes
that line. Where a code comes before the first line of a receipt, all its codes belong to the lines after them. Of a code only its
GTIN is told, never the serial number, which names one purchase. An `FF45` without data is a probe and tells nothing. Payments: 1
is `cash`, 14 `prepaid`, 15 `credit`, 16 `other`, the rest `cashless`.

Most programs send all lines at the close: this feed knows what was bought better than what is being bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from device.dialects import DialectOptions, Skips
from device.domain import Unit
from device.events import PosEvent
from device.fiscalframes import Frame, Line
from device.fiscalregister import LEAST, Register

QUIET_SECONDS: Final = 2.0


class Options(DialectOptions, frozen=True):
    replies: Literal["needed", "assumed"] = "needed"
    """`assumed`: only the till is heard, and what it commands is taken as done."""
    fraction_unit: Unit = Unit.KILOGRAM
    """Of quantities with a fraction."""


@dataclass(slots=True)
class _Command:
    frame: Frame
    answered: bool = False


class Decoder:
    quiet_seconds: float | None = QUIET_SECONDS

    def __init__(self, options: Options | None = None) -> None:
        self.skips = Skips()
        self.pairs = 0
        """Commands that were answered."""
        self.retries = 0
        self._unheard = 0
        """Commands that count, and the till went on without an answer."""
        self._options = options or Options()
        self._till = Line(self.skips.add)
        self._printer = Line(self.skips.add)
        self._command: _Command | None = None
        self._heard: datetime | None = None
        self._register = Register(self._options.fraction_unit, self.skips.add)

    @property
    def failed(self) -> int:
        """Frames whose check did not fit."""
        return self._till.failed + self._printer.failed

    @property
    def advice(self) -> str:
        """After a whole recording."""
        waits = self._waiting()
        unheard = self._unheard + (waits is not None and waits.command in LEAST)
        if not unheard or self._options.replies == "assumed":
            return ""
        whose = "no replies"
        if self.pairs:
            whose = "a command without reply" if unheard == 1 else f"{unheard} commands without reply"
        return f"{whose} in this recording: --option replies=assumed reads what was commanded as done"

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        """What the till says, or all that is said on a line that merges both directions."""
        events = self._after_silence(data, at)
        self._till.add(data)
        while frame := self._till.next(None):
            events += self._said(frame, at)
        return events

    def feed_reply(self, data: bytes, at: datetime) -> list[PosEvent]:
        """What the printer answers."""
        events = self._after_silence(data, at)
        self._printer.add(data)
        while frame := self._printer.next(self._waiting()):
            events += self._answer(frame, at)
        return events

    def _after_silence(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        # A clock that was set back tells nothing, except that whoever says so has waited.
        if self._heard is not None and (at - self._heard >= timedelta(seconds=QUIET_SECONDS) or (at < self._heard and not data)):
            while frame := self._till.next(None, final=True):
                events += self._said(frame, at)
            while frame := self._printer.next(self._waiting(), final=True):
                events += self._answer(frame, at)
            if self._options.replies == "assumed":
                events += self._unanswered(at)
        if data:
            self._heard = at
        return events

    def _waiting(self) -> Frame | None:
        return None if self._command is None or self._command.answered else self._command.frame

    def _said(self, frame: Frame, at: datetime) -> list[PosEvent]:
        before = self._command
        if before is not None and before.frame == frame and (frame.seq is not None or not before.answered):
            self.retries += 1
            return []
        if before is not None and _is_reply(frame, before.frame) and (not before.answered or frame.command in LEAST):
            return self._answer(frame, at)
        events = self._unanswered(at)
        self._command = _Command(frame)
        return events

    def _unanswered(self, at: datetime) -> list[PosEvent]:
        """The till goes on, and its last command was not answered."""
        command = self._command
        if command is None or command.answered or command.frame.command not in LEAST:
            return []
        if self._options.replies == "assumed":
            command.answered = True
            return self._register.done(command.frame, b"", at)
        self._unheard += 1
        self.skips.add(len(command.frame.body), 'a command was not answered (where only the till is heard: replies = "assumed")')
        return []

    def _answer(self, frame: Frame, at: datetime) -> list[PosEvent]:
        command = self._command
        if command is None or (command.frame.seq, command.frame.command) != (frame.seq, frame.command) or not frame.data:
            self.skips.add(len(frame.body), "a reply without its command")
            return []
        if command.answered:
            return []
        command.answered = True
        self.pairs += 1
        return self._register.done(command.frame, frame.data[1:], at) if frame.data[0] == 0 else []


def _is_reply(frame: Frame, command: Frame) -> bool:
    """Whether what came on the till's line answers the command before it."""
    if (frame.seq, frame.command) != (command.seq, command.command) or not frame.data:
        return False
    if frame.command == b"\x89":
        return len(frame.body) != LEAST[b"\x89"]
    return len(frame.body) < LEAST.get(frame.command, len(frame.body) + 1)
