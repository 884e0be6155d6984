"""Shtrih-M fiscal printers: what a till has them print, command by command. RS-232 or TCP; both directions are wanted.

Frames of both versions of the protocol are in `device.fiscalframes`; each frame tells its version. `feed` takes what the till
says, `feed_reply` what the printer answers. Where a tap merges both on one line, `feed` knows a reply by what it must be: the
same command (in version 2 under the same SEQ) while that is not answered yet, and shorter than the command can be.

A reply is `COMMAND RESULT ..`; a command counts when its reply says 00, once. What is repeated before its answer, and in version
2 under the same SEQ after it, is a retry. Without a reply nothing counts, unless the option `replies` is `assumed`, for taps that
hear the till alone: then a command is taken as done when the till goes on with another one, or after two seconds of silence.

All numbers are little-endian, money in kopecks, texts CP1251; `password` is 4 bytes.

| command          | data                                                                            | told as                 |
|------------------|---------------------------------------------------------------------------------|-------------------------|
| `FF46`           | password, type, quantity 6 (millionths), price 5, sum 5 (`FF` x 5: computed),   | a line, by its type     |
|                  | tax sum 5, tax, department, payment sign, item sign, name to the end            |                         |
| `80`, `82`, `84` | password, quantity 5 (thousandths), price 5, department, 4 taxes, name 40       | sale, return, storno    |
| `FF67`           | password, n, n bytes: marking code or barcode                                   | the code of a line      |
| `FF4D`           | password, TLV (tag 2, length 2); tag 1162 = kind 2, GTIN 6 (big-endian), serial | the code of a line      |
| `FF45`           | password, 16 payments x 5, discount 1, 6 taxes x 5, tax system; reply: change 5 | tendered, closed        |
| `85`             | password, 4 payments x 5, ..; reply: operator, change 5                         | tendered, closed        |
| `88`             | password                                                                        | cancelled               |
| `89`             | password; reply: operator, sum 5 (unverified)                                   | a subtotal              |
| `8D`             | password, type: 0 sale, 2 return, others no sale                                | a sale, a return begins |
| `10`, `11`       | reply: mode, of which 2, 3, 4 mean that no document is open                     | nothing                 |
| `FF35`, `FF4A`   | a correction begins, is made: whatever stands between is no sale                | nothing                 |
| other            | cash in and out `50` `51`, cut `25`, strings `17`, tables, reports              | nothing                 |

Types of `FF46`: 1 sale; 2 return of a sale: takes a line off where a sale with lines is open, else it is a line of a return;
3 purchase, 4 its return: no sale, but 4 takes a line off where a sale is open. `84` takes a line off.

Lines have no numbers; they are counted within a receipt, so that a code that comes after its line (`FF67`, tag 1162) completes
that line. Where a code comes before the first line of a receipt, all its codes belong to the lines after them. Of a code only its
GTIN is told, never the serial number, which names one purchase. An `FF45` without data is a probe and tells nothing. Payments: 1
is `cash`, 14 `prepaid`, 15 `credit`, 16 `other`, the rest `cashless`.

Most programs send all lines at the close: this feed knows what was bought better than what is being bought.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from device.amounts import LIMIT
from device.codes import doubt
from device.dialects import DialectOptions, Skips
from device.domain import Minor, Phase, Thousandths, Unit
from device.events import Kind, LineRung, LineVoided, PosEvent, RungLine, SaleBegan, SaleEnded, SubtotalTold, Tendered
from device.fiscalframes import Frame, Line

QUIET_SECONDS: Final = 2.0
_MAX_NAME: Final = 256
_COMPUTED: Final = b"\xff" * 5
_FREE_MODES: Final = {2, 3, 4}
_SIGNS: Final = {b"\x44\x4d", b"\x45\x08", b"\x45\x0d", b"\x49\x0e"}  # DataMatrix, EAN-8, EAN-13, ITF-14
_TAG_CODE: Final = 1162

_ITEM: Final = b"\xff\x46"
_CODE: Final = b"\xff\x67"
_TAGS: Final = b"\xff\x4d"
_CLOSE: Final = b"\xff\x45"
_LEAST: Final = {
    _ITEM: 32,
    _CODE: 7,
    _TAGS: 10,
    _CLOSE: 86,
    b"\x80": 20,
    b"\x82": 20,
    b"\x84": 20,
    b"\x85": 25,
    b"\x88": 5,
    b"\x89": 5,
    b"\x8d": 6,
}
"""Bytes of the commands that tell something, at least: what is shorter is a reply. A reply to 89 alone may be longer."""

_GTIN: Final = re.compile(r"(?:\x1d|\][A-Za-z]\d)?01(\d{14})", re.ASCII)
_TOBACCO: Final = re.compile(r"(\d{14})[!-~]{15}", re.ASCII)
_BARCODE: Final = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


class Options(DialectOptions, frozen=True):
    replies: Literal["needed", "assumed"] = "needed"
    """`assumed`: only the till is heard, and what it commands is taken as done."""
    fraction_unit: Unit = Unit.KILOGRAM
    """Of quantities with a fraction."""


@dataclass(slots=True)
class _Receipt:
    kind: Kind
    lines: int = 0
    last: RungLine | None = None


@dataclass(slots=True)
class _State:
    """What the printer has open, as far as it was heard."""

    receipt: _Receipt | None = None
    free: bool = False
    """It was heard that nothing is open."""
    other: bool = False
    """A correction or a purchase is open: no sale, whatever is in it."""
    code: str = ""
    """Came before the line it belongs to."""
    codes_first: bool = False


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
        self._options = options or Options()
        self._till = Line(self.skips.add)
        self._printer = Line(self.skips.add)
        self._command: _Command | None = None
        self._heard: datetime | None = None
        self._state = _State()
        self._effects: dict[bytes, Callable[[bytes, bytes, datetime], list[PosEvent]]] = {
            _ITEM: self._item,
            b"\x80": lambda data, _, at: self._old_item(1, data, at),
            b"\x82": lambda data, _, at: self._old_item(2, data, at),
            b"\x84": lambda data, _, at: self._old_item(4, data, at),
            _CODE: self._code,
            _TAGS: self._tags,
            _CLOSE: lambda data, told, at: self._close(data, 16, told[:5], at),
            b"\x85": lambda data, told, at: self._close(data, 4, told[1:6], at),
            b"\x88": self._cancel,
            b"\x89": self._subtotal,
            b"\x8d": self._open,
            b"\x10": lambda _, told, __: self._mode(told[3:4]),
            b"\x11": lambda _, told, __: self._mode(told[13:14]),
            b"\xff\x35": lambda *_: self._correct(begun=True),
            b"\xff\x4a": lambda *_: self._correct(begun=False),
        }

    @property
    def failed(self) -> int:
        """Frames whose check did not fit."""
        return self._till.failed + self._printer.failed

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
        if self._heard is not None and at - self._heard >= timedelta(seconds=QUIET_SECONDS):
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
        if before is not None and _is_reply(frame, before.frame) and (not before.answered or frame.command in _LEAST):
            return self._answer(frame, at)
        events = self._unanswered(at)
        self._command = _Command(frame)
        return events

    def _unanswered(self, at: datetime) -> list[PosEvent]:
        """The till goes on, and its last command was not answered."""
        command = self._command
        if command is None or command.answered or command.frame.command not in _LEAST:
            return []
        if self._options.replies == "assumed":
            command.answered = True
            return self._done(command.frame, b"", at)
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
        return self._done(command.frame, frame.data[1:], at) if frame.data[0] == 0 else []

    def _done(self, command: Frame, told: bytes, at: datetime) -> list[PosEvent]:
        """The printer did as it was told; `told` is what it answered behind its result."""
        effect = self._effects.get(command.command)
        return effect(command.data, told, at) if effect is not None else []

    def _item(self, data: bytes, _: bytes, at: datetime) -> list[PosEvent]:
        if len(data) < _LEAST[_ITEM] - len(_ITEM):
            self.skips.add(len(data), "an item is shorter than its fields")
            return []
        millionths, price = _number(data[5:11]), _number(data[11:16])
        if millionths % 1000:
            self.skips.add(0, "a quantity finer than thousandths was rounded")
        amount = _product(price, millionths) if data[16:21] == _COMPUTED else _number(data[16:21])
        return self._rung(data[4], Thousandths((millionths + 500) // 1000), price, amount, data[30:], at)

    def _old_item(self, kind: int, data: bytes, at: datetime) -> list[PosEvent]:
        if len(data) < _LEAST[b"\x80"] - 1:
            self.skips.add(len(data), "an item is shorter than its fields")
            return []
        quantity, price = _number(data[4:9]), _number(data[9:14])
        return self._rung(kind, Thousandths(quantity), price, _product(price, quantity * 1000), data[19:59], at)

    def _rung(self, kind: int, quantity: Thousandths, price: int, amount: int, name: bytes, at: datetime) -> list[PosEvent]:
        state, receipt = self._state, self._state.receipt
        words = _BLANKS.sub(" ", name.decode("cp1251", "replace")).strip()[:_MAX_NAME] or None
        if state.other:
            return []
        if kind in {2, 4} and receipt is not None and receipt.kind is Kind.SALE and receipt.lines:
            return [LineVoided(at=at, name=words, quantity=quantity, amount=_minor(amount))]
        if kind not in {1, 2} or not quantity:
            state.other = kind not in {1, 2} and receipt is None
            self.skips.add(0, "an item that is no sale, or has no quantity")
            return []
        events: list[PosEvent] = []
        if receipt is None:
            receipt = state.receipt = _Receipt(Kind.SALE if kind == 1 else Kind.RETURN)
            # A return is told even where its beginning may have been missed: it must not count as a sale.
            if state.free or kind == 2:
                events.append(SaleBegan(at=at, kind=receipt.kind))
        receipt.lines += 1
        code, state.code = state.code, ""
        receipt.last = RungLine(
            line_id=receipt.lines,
            code=code,
            quantity=quantity,
            unit=Unit.PIECE if quantity % 1000 == 0 else self._options.fraction_unit,
            amount=_minor(amount),
            price=_minor(price),
            name=words,
            doubt=doubt(code),
        )
        return [*events, LineRung(at=at, line=receipt.last)]

    def _code(self, data: bytes, _: bytes, at: datetime) -> list[PosEvent]:
        text = data[5 : 5 + data[4]].decode("latin-1") if len(data) > 5 else ""
        for pattern in (_GTIN.match(text), _TOBACCO.fullmatch(text)):
            if pattern and doubt(pattern[1]) is None:
                return self._named(pattern[1], at)
        return self._named(text, at) if _BARCODE.fullmatch(text) else []

    def _tags(self, data: bytes, _: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        place = 4
        while place + 4 <= len(data):
            tag, length = _number(data[place : place + 2]), _number(data[place + 2 : place + 4])
            value = data[place + 4 : place + 4 + length]
            if tag == _TAG_CODE and value[:2] in _SIGNS and len(value) >= 8:
                events += self._named(f"{int.from_bytes(value[2:8], 'big'):014}", at)
            place += 4 + length
        return events

    def _named(self, code: str, at: datetime) -> list[PosEvent]:
        """A line has this code: the latest, or where codes come first, the next."""
        state = self._state
        receipt = state.receipt
        if state.other or (receipt is None and not state.free):
            return []
        if receipt is None or receipt.last is None or state.codes_first:
            state.codes_first, state.code = True, code
            return []
        if receipt.last.code:
            if receipt.last.code != code:
                self.skips.add(0, "a line has a code already")
            return []
        receipt.last = replace(receipt.last, code=code, doubt=doubt(code))
        return [LineRung(at=at, line=receipt.last)]

    def _close(self, data: bytes, count: int, change: bytes, at: datetime) -> list[PosEvent]:
        if not data:
            return []
        was, self._state = self._state, _State(free=True)
        if was.other:
            return []
        paid = [_number(data[place : place + 5]) for place in range(4, 4 + 5 * count, 5)]
        events: list[PosEvent] = []
        total: Minor | None = None
        if len(data) < 4 + 5 * count:
            self.skips.add(len(data), "a close is shorter than its payments")
        else:
            events += [Tendered(at=at, means=_means(kind), amount=_minor(sum_)) for kind, sum_ in enumerate(paid) if sum_]
            if len(change) == 5 or not paid[0]:  # change is given of cash alone
                total = _minor(max(0, sum(paid) - _number(change)))
        return [*events, SaleEnded(at=at, phase=Phase.CLOSED, total=total)]

    def _cancel(self, _: bytes, __: bytes, at: datetime) -> list[PosEvent]:
        was, self._state = self._state, _State(free=True)
        return [] if was.other or (was.free and was.receipt is None) else [SaleEnded(at=at, phase=Phase.CANCELLED)]

    def _subtotal(self, _: bytes, told: bytes, at: datetime) -> list[PosEvent]:
        amount = _minor(_number(told[1:6]))
        if self._state.receipt is None or len(told) < 6 or amount is None:
            return []
        return [SubtotalTold(at=at, amount=amount)]

    def _open(self, data: bytes, _: bytes, at: datetime) -> list[PosEvent]:
        kind = {0: Kind.SALE, 2: Kind.RETURN}.get(data[4]) if len(data) > 4 else None
        self._state = _State(other=kind is None, receipt=None if kind is None else _Receipt(kind))
        return [] if kind is None else [SaleBegan(at=at, kind=kind)]

    def _mode(self, told: bytes) -> list[PosEvent]:
        if told and told[0] & 0x0F in _FREE_MODES and self._state.receipt is None:
            self._state.free, self._state.other = True, False
        return []

    def _correct(self, *, begun: bool) -> list[PosEvent]:
        self._state = _State(other=begun, free=not begun)
        return []


def _is_reply(frame: Frame, command: Frame) -> bool:
    """Whether what came on the till's line answers the command before it."""
    if (frame.seq, frame.command) != (command.seq, command.command) or not frame.data:
        return False
    if frame.command == b"\x89":
        return len(frame.body) != _LEAST[b"\x89"]
    return len(frame.body) < _LEAST.get(frame.command, len(frame.body) + 1)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _minor(amount: int) -> Minor | None:
    return Minor(amount) if amount <= LIMIT else None


def _product(price: int, millionths: int) -> int:
    """Rounded half up."""
    return (2 * price * millionths + 10**6) // (2 * 10**6)


def _means(kind: int) -> str:
    return {0: "cash", 13: "prepaid", 14: "credit", 15: "other"}.get(kind, "cashless")
