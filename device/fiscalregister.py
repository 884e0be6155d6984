"""What a Shtrih-M printer has registered, command by command, as receipts: the layouts are in `device.dialects.shtrih`.

Owns what the printer has open, as far as it was heard: a sale, a return, something that is no sale, nothing, or nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from device.amounts import LIMIT
from device.codes import doubt
from device.domain import Kind, Minor, Phase, Thousandths, Unit
from device.events import LineRung, LineVoided, PosEvent, RungLine, SaleBegan, SaleEnded, SubtotalTold, Tendered
from device.fiscalframes import Frame
from device.words import clean

_COMPUTED: Final = b"\xff" * 5
_FREE_MODES: Final = {2, 3, 4}
_SIGNS: Final = {b"\x44\x4d", b"\x45\x08", b"\x45\x0d", b"\x49\x0e"}  # DataMatrix, EAN-8, EAN-13, ITF-14
_TAG_CODE: Final = 1162

_STORNO: Final = 0  # beside the types of FF46, for the older command

_ITEM: Final = b"\xff\x46"
_CODE: Final = b"\xff\x67"
_TAGS: Final = b"\xff\x4d"
_CLOSE: Final = b"\xff\x45"
LEAST: Final = {
    _ITEM: 32,
    _CODE: 7,
    _TAGS: 10,
    _CLOSE: 86,
    b"\x80": 20,
    b"\x81": 20,
    b"\x82": 20,
    b"\x83": 20,
    b"\x84": 20,
    b"\x85": 25,
    b"\x88": 5,
    b"\x89": 5,
    b"\x8d": 6,
    b"\x8e": 85,
}
"""Bytes of the commands that tell something, at least: what is shorter is a reply. A reply to 89 alone may be longer."""

_GTIN: Final = re.compile(r"(?:\x1d|\][A-Za-z]\d)?01(\d{14})", re.ASCII)
_TOBACCO: Final = re.compile(r"(\d{14})[!-~]{15}", re.ASCII)
_BARCODE: Final = re.compile(r"\d{8}|\d{12,14}", re.ASCII)


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


class Register:
    def __init__(self, fraction_unit: Unit, skip: Callable[[int, str], None]) -> None:
        """`skip` is told how many bytes were left out, and why."""
        self._fraction_unit = fraction_unit
        self._skip = skip
        self._state = _State()

    def done(self, command: Frame, told: bytes, at: datetime) -> list[PosEvent]:
        """The printer did as it was told, and this came of it; `told` is what it answered behind its result."""
        effect = self._EFFECTS.get(command.command)
        return effect(self, command.data, told, at) if effect is not None else []

    def _item(self, data: bytes, _: bytes, at: datetime) -> list[PosEvent]:
        if len(data) < LEAST[_ITEM] - len(_ITEM):
            self._skip(len(data), "an item is shorter than its fields")
            return []
        millionths, price = _number(data[5:11]), _number(data[11:16])
        if millionths % 1000:
            self._skip(0, "a quantity finer than thousandths was rounded")
        amount = _product(price, millionths) if data[16:21] == _COMPUTED else _number(data[16:21])
        return self._rung(data[4], Thousandths((millionths + 500) // 1000), price, amount, data[30:], at)

    def _old_item(self, kind: int, data: bytes, at: datetime) -> list[PosEvent]:
        if len(data) < LEAST[b"\x80"] - 1:
            self._skip(len(data), "an item is shorter than its fields")
            return []
        quantity, price = _number(data[4:9]), _number(data[9:14])
        return self._rung(kind, Thousandths(quantity), price, _product(price, quantity * 1000), data[19:59], at)

    def _rung(self, kind: int, quantity: Thousandths, price: int, amount: int, name: bytes, at: datetime) -> list[PosEvent]:
        state, receipt = self._state, self._state.receipt
        words = clean(name.decode("cp1251", "replace")) or None
        if state.other:
            return []
        if kind == _STORNO or (kind in {2, 4} and receipt is not None and receipt.kind is Kind.SALE and receipt.lines):
            return [LineVoided(at=at, name=words, quantity=quantity, amount=_minor(amount))]
        if kind not in {1, 2} or not 0 < quantity <= LIMIT:
            state.other = kind not in {1, 2} and receipt is None
            self._skip(0, "an item that is no sale, or has no quantity")
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
            unit=Unit.PIECE if quantity % 1000 == 0 else self._fraction_unit,
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
                self._skip(0, "a line has a code already")
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
            self._skip(len(data), "a close is shorter than its payments")
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

    _EFFECTS: ClassVar[dict[bytes, Callable[[Register, bytes, bytes, datetime], list[PosEvent]]]] = {
        _ITEM: _item,
        b"\x80": lambda self, data, _, at: self._old_item(1, data, at),
        b"\x81": lambda self, data, _, at: self._old_item(3, data, at),
        b"\x82": lambda self, data, _, at: self._old_item(2, data, at),
        b"\x83": lambda self, data, _, at: self._old_item(4, data, at),
        b"\x84": lambda self, data, _, at: self._old_item(_STORNO, data, at),
        _CODE: _code,
        _TAGS: _tags,
        _CLOSE: lambda self, data, told, at: self._close(data, 16, told[:5], at),
        b"\x85": lambda self, data, told, at: self._close(data, 4, told[1:6], at),
        b"\x8e": lambda self, data, told, at: self._close(data, 16, told[1:6], at),
        b"\x88": _cancel,
        b"\x89": _subtotal,
        b"\x8d": _open,
        b"\x10": lambda self, _, told, __: self._mode(told[3:4]),
        b"\x11": lambda self, _, told, __: self._mode(told[13:14]),
        b"\xff\x35": lambda self, *_: self._correct(begun=True),
        b"\xff\x4a": lambda self, *_: self._correct(begun=False),
    }


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _minor(amount: int) -> Minor | None:
    return Minor(amount) if amount <= LIMIT else None


def _product(price: int, millionths: int) -> int:
    """Rounded half up."""
    return (2 * price * millionths + 10**6) // (2 * 10**6)


def _means(kind: int) -> str:
    return {0: "cash", 13: "prepaid", 14: "credit", 15: "other"}.get(kind, "cashless")
