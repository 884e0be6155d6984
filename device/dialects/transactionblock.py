"""Axxon PSIM, ITV POS-Intellect: a block of XML for each operation of a till, as r-keeper sends it to video. TCP, UDP, RS-232.

    <TransactionBlock>
    <FunctionNumber>2</FunctionNumber>
    <cash_number>3</cash_number>
    <receipt_number>1041</receipt_number>
    <item_pos>1</item_pos><item_barcode>4601234567893</item_barcode><item_name>Milk</item_name>
    <item_price>89,90</item_price><item_quantity>2</item_quantity><item_amount>179,80</item_amount>
    </TransactionBlock>

Elements are separated by CRLF, decimals by `.` or `,`; see `device.flatxml` for how blocks are cut and decoded.

| field                                        | read as                                                                      |
|----------------------------------------------|------------------------------------------------------------------------------|
| `FunctionNumber`                             | what happened, by the option `functions`                                     |
| `cash_number`, `receipt_number`              | `till`, `sale`                                                               |
| `receipt_type`                               | a return if it holds a word of the option `returns`                          |
| `item_pos`                                   | `line_id`                                                                    |
| `item_barcode`, else `item_id`               | code, as sent                                                                |
| `item_name`, `item_price`, `item_amount`     | name, price, amount of the line                                              |
| `item_quantity`                              | pieces; the option `fraction_unit` if it has a fraction; none: one           |
| `item_discount`                              | taken off the line where amount = price x quantity, in it already where less |
| `receipt_amount`, `receipt_discount`         | sum and discount of the receipt                                              |
| `payment_name`, `payment_amount`             | means and amount tendered                                                    |
| `result`                                     | 1 cancelled, 2 set aside: the receipt, or the line where the block has one   |
| `restore`                                    | not empty, `0` or `false`: a receipt that was set aside goes on              |
| `card_number`, `user_name`, `user_id`, other | never read                                                                   |

What a number means is configured at the site (`xml_titles.txt`), so the map must be checked with the first receipt. Its words:

| word                          | told as                                                  | by default                    |
|-------------------------------|----------------------------------------------------------|-------------------------------|
| `begin`                       | a sale begins                                            | 1 (r-keeper: header)          |
| `item`                        | a line; taken off where its quantity is negative or zero | 2 (r-keeper: dish)            |
| `modifier`                    | a line if it costs something, else nothing               | 3 (r-keeper: modifier)        |
| `discount`                    | a discount                                               | 4 (r-keeper: discount)        |
| `void`                        | a line, or the quantity told of it, is taken off         |                               |
| `quantity`                    | a line has another quantity                              |                               |
| `subtotal`                    | a subtotal                                               |                               |
| `payment`                     | tendered                                                 |                               |
| `end`                         | what was tendered, if it is told, and closed             | 10 (r-keeper: end)            |
| `cancel`, `suspend`, `resume` | the receipt                                              |                               |
| `ignore`                      | nothing                                                  | 100 and above (service print) |

A number that is not in the map, and 100 and above, still tells of `result`, `restore` and payments where it has these fields; an
item beside an unknown number may be anything (a price asked, a line removed) and is left out and reported, once per number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal

import msgspec

from device.amounts import minor, product, thousandths
from device.dialects import DialectOptions, Skips
from device.domain import Kind, Minor, Phase, Thousandths, Unit
from device.events import (
    ONE,
    DiscountGiven,
    LineRung,
    PosEvent,
    RungLine,
    SubtotalTold,
    Tendered,
)
from device.flatxml import Documents, encoding
from device.receipts import Key, Receipt, Receipts
from device.videocontrol import MAX_WORD, NUMBER, Unknown, goods, named, unit_of

_SERVICE: Final = 100

_Word = Literal[
    "begin",
    "item",
    "modifier",
    "discount",
    "void",
    "quantity",
    "subtotal",
    "payment",
    "end",
    "cancel",
    "suspend",
    "resume",
    "ignore",
]
_FUNCTIONS: Final[dict[str, _Word]] = {"1": "begin", "2": "item", "3": "modifier", "4": "discount", "10": "end"}
_ENDS: Final = {"end": Phase.CLOSED, "cancel": Phase.CANCELLED, "suspend": Phase.SUSPENDED}
_RESULTS: Final[dict[str, _Word]] = {"1": "cancel", "2": "suspend"}
_LONG_NUMBER: Final = re.compile(r"[\d*xX]{4,}")


class Options(DialectOptions, frozen=True):
    charset: str = "windows-1251"
    """Of blocks that are not UTF-8 or in the encoding their prolog names."""
    functions: dict[str, _Word] = msgspec.field(default_factory=lambda: dict(_FUNCTIONS))
    """What each FunctionNumber means here."""
    fraction_unit: Unit = Unit.KILOGRAM
    """Of quantities with a fraction."""
    returns: list[str] = msgspec.field(default_factory=lambda: ["return", "refund", "возврат"])
    """Words of `receipt_type` that make it a return, in any case."""

    def __post_init__(self) -> None:
        encoding(self.charset)
        for number in self.functions:
            if not NUMBER.fullmatch(number):
                raise ValueError(f"'functions': '{number}' is no FunctionNumber")


class Decoder:
    quiet_seconds: float | None = None

    def __init__(self, options: Options | None = None) -> None:
        self.skips = Skips()
        self._options = options or Options()
        self._blocks = Documents("TransactionBlock", self._options.charset)
        self._sales: Receipts[Receipt] = Receipts(Receipt)
        self._unknown = Unknown(self.skips.add)

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        for fields in self._blocks.read(data, self.skips.add):
            events += self._take(fields, at)
        return events

    def _take(self, fields: dict[str, str], at: datetime) -> list[PosEvent]:
        number = fields.get("FunctionNumber", "")
        if not NUMBER.fullmatch(number):
            self.skips.add(0, "a block has no FunctionNumber")
            return []
        number = str(int(number))
        has_item = any(fields.get(name) for name in ("item_name", "item_barcode", "item_id"))
        word: _Word | None = self._options.functions.get(number)
        if word is None and int(number) < _SERVICE and has_item:
            self._unknown.tell(number, f"FunctionNumber {number} tells an item and is not in the option `functions`")
        key = named(fields, "cash_number", "receipt_number")
        kind = fields.get("receipt_type", "").lower()
        sale_kind = Kind.RETURN if any(one.lower() in kind for one in self._options.returns) else Kind.SALE
        if word == "ignore":
            return []
        resumed = word == "resume" or fields.get("restore", "").lower() not in {"", "0", "false", "no"}
        events = []
        if resumed or word == "begin":
            events += self._sales.begin(key, sale_kind, at, resumed=resumed)
        result = _RESULTS.get(fields.get("result", ""))
        if word in {"item", "modifier", "void", "quantity", "discount"}:
            sale, begun = self._sales.of(key, at, sale_kind)
            if sale is None:
                self.skips.add(0, "a line came after the end of its receipt")
                return events
            return events + begun + self._line(word, fields, sale, at, cancelled=result is not None)
        return events + self._receipt(word, fields, key, at, result if not has_item else None)

    def _receipt(
        self, word: _Word | None, fields: dict[str, str], key: Key, at: datetime, result: _Word | None
    ) -> list[PosEvent]:
        """What a block tells of the whole receipt."""
        events: list[PosEvent] = []
        total, paid, means = (
            minor(fields.get("receipt_amount", "")),
            minor(fields.get("payment_amount", "")),
            _means(fields.get("payment_name", "")),
        )
        if paid is not None or means or word == "payment":
            sale, events = self._sales.of(key, at)
            if sale is None:
                return []
            events = [*events, Tendered(**sale.said(at), means=means, amount=paid)]
        elif word == "subtotal" and total is not None:
            sale, events = self._sales.of(key, at)
            if sale is None:
                return []
            events = [*events, SubtotalTold(**sale.said(at), amount=total)]
        phase = _ENDS.get(result or word or "")
        return events if phase is None else events + self._sales.end(key, phase, total, at)

    def _line(self, word: _Word, fields: dict[str, str], sale: Receipt, at: datetime, *, cancelled: bool) -> list[PosEvent]:
        said = sale.said(at)
        line = self._read(fields)
        if line is None:
            self.skips.add(0, "an item has a quantity that is no number")
            return []
        taken = minor(fields.get("item_discount", "")) or Minor(0)
        if word == "discount":
            amount = minor(fields.get("receipt_discount", "")) or taken or line.amount
            of = line.line_id if taken and not minor(fields.get("receipt_discount", "")) else None
            return [DiscountGiven(**said, amount=Minor(abs(amount)), line_id=of)] if amount else []
        if word == "modifier" and not line.amount and not line.price:
            return []
        if word == "void" or cancelled or line.quantity <= 0:
            told = bool(fields.get("item_quantity")) and line.quantity != 0
            quantity = Thousandths(abs(line.quantity)) if told else None
            return [sale.voided(line, at, quantity, None if line.amount is None else Minor(abs(line.amount)))]
        if word == "quantity":
            return [sale.changed(line, at)]
        if word == "modifier":
            line = replace(line, line_id=None)  # it stands under the number of its dish
        events: list[PosEvent] = [LineRung(**said, line=line)]
        if taken > 0 and line.price is not None and (line.amount is None or line.amount == product(line.price, line.quantity)):
            events.append(DiscountGiven(**said, amount=taken, line_id=line.line_id))
        return events

    def _read(self, fields: dict[str, str]) -> RungLine | None:
        """None when a quantity is told that is no number."""
        told = fields.get("item_quantity", "")
        quantity = thousandths(told) if told else ONE
        if quantity is None:
            return None
        return goods(
            position=fields.get("item_pos"),
            barcode=fields.get("item_barcode"),
            article=fields.get("item_id"),
            name=fields.get("item_name"),
            quantity=quantity,
            unit=unit_of(quantity, self._options.fraction_unit),
            price=minor(fields.get("item_price", "")),
            amount=minor(fields.get("item_amount", "")),
        )


def _means(name: str) -> str | None:
    """The till's word without anything that could be the number of a card."""
    return _LONG_NUMBER.sub("", name.lower()).strip()[:MAX_WORD] or None
