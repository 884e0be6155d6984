"""Set Retail 10 SetEvents: a till tells its server's video control each event, as one JSON object. TCP ("version 2").

    {"event": {"prefix": "KKM", "shop": 108, "cash": 35, "mode": 6, "tabNumber": "1234", "cashier": "..", "purchase": 768,
               "pos": 1, "barcode": "4601234567893", "item": "12341", "name": "Milk", "price": 98.8, "quant": 10, "sum": 988,
               "sumAll": 15423, "cardNumber": "..", "discount": 5, "discountAll": 34.5, "dateTime": "19.04.2016 10:00:00.000"}}

What separates two objects is not documented, so objects are found by `{"event":` and their braces, in at most 64 KiB. Numbers may
be texts. UTF-8; bytes that are not are read in the charset of the option.

| field                                        | read as                                                    |
|----------------------------------------------|------------------------------------------------------------|
| `cash`, `purchase`                           | `till`, `sale`                                             |
| `mode`                                       | the event, below                                           |
| `pos`                                        | `line_id`                                                  |
| `barcode`, else `item`                       | code, as sent                                              |
| `name`, `price`, `sum`                       | name, price, amount of the line or of what was tendered    |
| `quant`                                      | see below; the option `fraction_unit` if it has a fraction |
| `sumAll`                                     | sum of the receipt                                         |
| `discount`, `discountAll`                    | off the line where the event has one, else off the receipt |
| `tabNumber`, `cashier`, `cardNumber`, others | never read                                                 |

Money is in roubles: in the vendor's example 98.8 x 10 = 988. By that example `quant` is in pieces or kilograms, with decimals;
where a line's price x quant is its sum only if `quant` is in thousandths, it is read so. The option `quant` decides it for all.

| mode                                              | told as                                                 |
|---------------------------------------------------|---------------------------------------------------------|
| 4, 46                                             | a sale, a return begins                                 |
| 6                                                 | a line is rung up                                       |
| 9, 18                                             | a line is taken off                                     |
| 12                                                | a line has another quantity                             |
| 52                                                | a discount                                              |
| 37, 38, 31, 85                                    | tendered: `cash`, `cashless`, `card`, `bonus`           |
| 5, 47                                             | closed                                                  |
| 25                                                | cancelled                                               |
| 55                                                | suspended                                               |
| 11, 32, 50, 81                                    | nothing: refused, change money, a settlement taken back |
| 62, 112                                           | nothing: scanned outside a receipt, code not found      |
| 39, 71, 234                                       | nothing: a receipt printed, repeated, its copy          |
| 3, 35, 36, 40, 49, 63, 64, 77, 126, 203, 209, 210 | nothing: people, cards, drawer, reports                 |
| other                                             | nothing; reported once                                  |
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from device.amounts import minor, thousandths
from device.dialects import DialectOptions, Skips
from device.domain import Kind, Minor, Phase, Thousandths, Unit
from device.events import (
    ONE,
    DiscountGiven,
    LineRung,
    PosEvent,
    RungLine,
    Tendered,
)
from device.flatxml import encoding
from device.receipts import Key, Receipt, Receipts
from device.videocontrol import NUMBER, Unknown, goods, named, unit_of
from device.words import clean

MAX_OBJECT: Final = 64 * 1024
_MAX_START: Final = 64

_BEGINS: Final = {4: Kind.SALE, 46: Kind.RETURN}
_ENDS: Final = {5: Phase.CLOSED, 47: Phase.CLOSED, 25: Phase.CANCELLED, 55: Phase.SUSPENDED}
_MEANS: Final = {37: "cash", 38: "cashless", 31: "card", 85: "bonus"}
_LINES: Final = {6, 9, 12, 18}
_DISCOUNT: Final = 52
_SILENT: Final = {3, 11, 32, 35, 36, 39, 40, 49, 50, 62, 63, 64, 71, 77, 81, 112, 126, 203, 209, 210, 234}

_START: Final = re.compile(rb'\{\s{0,16}"event"\s{0,16}:')
_OUTSIDE: Final = re.compile(rb'["{}]')
_INSIDE: Final = re.compile(rb'["\\]')
_BINARY: Final = re.compile(r"-?[0-9]{1,13}\.[0-9]{7,20}", re.ASCII)
_TOO_LONG: Final = f"an object is longer than {MAX_OBJECT} bytes"


class Options(DialectOptions, frozen=True):
    charset: str = "windows-1251"
    """Of objects that are not UTF-8."""
    quant: Literal["auto", "pieces", "thousandths"] = "auto"
    fraction_unit: Unit = Unit.KILOGRAM
    """Of quantities with a fraction."""

    def __post_init__(self) -> None:
        encoding(self.charset)


class Decoder:
    quiet_seconds: float | None = None

    def __init__(self, options: Options | None = None) -> None:
        self.skips = Skips()
        self._options = options or Options()
        self._sales: Receipts[Receipt] = Receipts(Receipt)
        self._unknown = Unknown(self.skips.add)
        self._held = bytearray()
        self._started = False  # what is held begins with a start mark
        self._marks = 0  # up to here no further start mark begins
        self._read = 0  # up to here braces are counted
        self._depth = 0
        self._quoted = False

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        self._held += data
        while self._begun():
            following = _START.search(self._held, self._marks)
            limit = following.start() if following else len(self._held)
            end = self._end(limit)
            if end is not None:
                text = self._cut(end)
                events += self._take(text, at)
                self._restart(started=False)
            elif following:
                self.skips.add(len(self._cut(limit)), "an object was cut off")
                self._restart(started=True)
            else:
                self._marks = max(1, limit - _MAX_START)
                break
        if self._started and len(self._held) > MAX_OBJECT:
            self.skips.add(len(self._cut(len(self._held) - _MAX_START)), _TOO_LONG)
            self._restart(started=False)
        return events

    def _cut(self, size: int) -> bytes:
        cut = bytes(self._held[:size])
        del self._held[:size]
        return cut

    def _restart(self, *, started: bool) -> None:
        self._started, self._marks, self._read, self._depth, self._quoted = started, int(started), 0, 0, False

    def _begun(self) -> bool:
        """Whether what is held begins with a start mark, after what stands before it was dropped."""
        if self._started:
            return True
        found = _START.search(self._held)
        noise = self._cut(found.start() if found else max(0, len(self._held) - _MAX_START)).strip(b" \t\r\n\x00,[]")
        if noise:
            self.skips.add(len(noise), "no event begins there")
        if found:
            self._restart(started=True)
        return self._started

    def _end(self, limit: int) -> int | None:
        """Where the object that was begun ends, if it does before the limit. What was counted is not counted again."""
        place = self._read
        while found := (_INSIDE if self._quoted else _OUTSIDE).search(self._held, place, limit):
            place = found.end()
            mark = found[0]
            if mark == b'"':
                self._quoted = not self._quoted
            elif mark == b"\\":
                if place >= limit:
                    # What it escapes has not come yet.
                    self._read = found.start()
                    return None
                place += 1
            else:
                self._depth += 1 if mark == b"{" else -1
                if self._depth == 0:
                    return place
        self._read = limit
        return None

    def _take(self, text: bytes, at: datetime) -> list[PosEvent]:
        event = self._fields(text)
        if event is None:
            return []
        mode = int(event["mode"])
        key = named(event, "cash", "purchase")
        if mode in _BEGINS:
            return self._sales.begin(key, _BEGINS[mode], at)
        if mode in _ENDS:
            return self._sales.end(key, _ENDS[mode], _money(event.get("sumAll", "")), at)
        if mode in _LINES or mode in _MEANS or mode == _DISCOUNT:
            return self._inside(mode, event, key, at)
        if mode not in _SILENT:
            self._unknown.tell(str(mode), f"unknown mode {mode}", len(text))
        return []

    def _inside(self, mode: int, event: dict[str, str], key: Key, at: datetime) -> list[PosEvent]:
        """What happens between the beginning and the end of a receipt."""
        line = self._line(event)
        if line is None and mode in _LINES:
            self.skips.add(0, "a line has a quantity that is no number")
            return []
        sale, events = self._sales.of(key, at)
        if sale is None:
            self.skips.add(0, "an event came after the end of its receipt")
            return []
        if mode in _MEANS:
            return [*events, Tendered(**sale.said(at), means=_MEANS[mode], amount=_money(event.get("sum", "")))]
        if mode == _DISCOUNT:
            return events + _discount(event, line, sale, at)
        return events if line is None else events + _of_line(mode, line, sale, at)

    def _fields(self, text: bytes) -> dict[str, str] | None:
        if len(text) > MAX_OBJECT:
            self.skips.add(len(text), _TOO_LONG)
            return None
        try:
            words = text.decode()
        except UnicodeDecodeError:
            words = text.decode(self._options.charset, "replace")
        try:
            # Numbers stay as they are written: money is not read by way of a float.
            told: Any = json.loads(words, parse_float=str, parse_int=str, parse_constant=str, strict=False)
        except (ValueError, RecursionError):
            told = None
        event = told.get("event") if isinstance(told, dict) else None
        if not isinstance(event, dict):
            self.skips.add(len(text), "an event is no JSON object")
            return None
        fields = {name: clean(value) for name, value in event.items() if isinstance(value, str)}
        if not NUMBER.fullmatch(fields.get("mode", "")):
            self.skips.add(len(text), "an event has no mode")
            return None
        return fields

    def _line(self, event: dict[str, str]) -> RungLine | None:
        """None when a quantity is told that is no number."""
        price, amount = _money(event.get("price", "")), _money(event.get("sum", ""))
        told = _shortened(event.get("quant", ""))
        quantity = thousandths(told) if told else ONE
        if quantity is None:
            return None
        if told and self._in_thousandths(quantity, price, amount):
            quantity = Thousandths((quantity + ONE // 2) // ONE)
        return goods(
            position=event.get("pos"),
            barcode=event.get("barcode"),
            article=event.get("item"),
            name=event.get("name"),
            quantity=quantity,
            unit=unit_of(quantity, self._options.fraction_unit),
            price=price,
            amount=amount,
        )

    def _in_thousandths(self, pieces: Thousandths, price: Minor | None, amount: Minor | None) -> bool:
        """Whether what was read as pieces is a thousandth of that."""
        if self._options.quant != "auto":
            return self._options.quant == "thousandths"
        if not price or not amount or pieces % ONE:
            return False
        # Sums are rounded to the minor unit: price x quantity is one off at most.
        return abs(price * pieces // ONE - amount) > 1 and abs(price * pieces // ONE**2 - amount) <= 1


def _of_line(mode: int, line: RungLine, sale: Receipt, at: datetime) -> list[PosEvent]:
    if mode in {9, 18} or line.quantity <= 0:
        return [sale.voided(line, at)]
    return [sale.changed(line, at) if mode == 12 else LineRung(**sale.said(at), line=line)]


def _discount(event: dict[str, str], line: RungLine | None, sale: Receipt, at: datetime) -> list[PosEvent]:
    own, whole = _money(event.get("discount", "")), _money(event.get("discountAll", ""))
    of_line = bool(own) and line is not None and bool(line.code)
    amount = own or whole
    if not amount:
        return []
    return [DiscountGiven(**sale.said(at), amount=Minor(abs(amount)), line_id=line.line_id if line and of_line else None)]


def _money(text: str) -> Minor | None:
    return minor(_shortened(text))


def _shortened(text: str) -> str:
    """A binary fraction written out, 296.40000000000003, as the number it stands for."""
    return f"{Decimal(text):.6f}" if _BINARY.fullmatch(text) else text
