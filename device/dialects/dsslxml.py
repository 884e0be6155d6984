"""TRASSIR DSSL XML: a till tells a camera's recorder each thing that happens, as one small XML document. TCP or UDP.

    <?xml version="1.0" encoding="windows-1251"?>
    <transaction>
      <event_type>POSNG_POSITION_ADD</event_type><operation_id>E44D0F4A</operation_id><location>cas_1</location>
      <position>2</position><quantity>2</quantity><price_per_unit>51.99</price_per_unit><price>103.98</price>
      <barcode>0760557822035</barcode><text>Buttermilk 1,5%</text>
    </transaction>

Documents follow each other with or without a prolog and a line end; see `device.flatxml` for how they are cut and decoded.

| field                            | read as                                                                       |
|----------------------------------|-------------------------------------------------------------------------------|
| `event_type`                     | below; `POSNG_` before it may be missing                                      |
| `operation_id`                   | `sale`                                                                        |
| `location`                       | `till`                                                                        |
| `position`                       | `line_id`                                                                     |
| `quantity`, `weight`, `volume`   | pieces, kilograms, litres; the last of them that is not zero; none: one piece |
| `price_per_unit`                 | price                                                                         |
| `price`                          | amount of the whole line; the sum of a receipt or a payment                   |
| `barcode`, else `article`        | code, as sent                                                                 |
| `text`                           | name                                                                          |
| `cashier`, `date`, `time`, other | never read (`date` is dd/mm or mm/dd, as the program likes)                   |

| event                                                              | told as                                            |
|--------------------------------------------------------------------|----------------------------------------------------|
| `*_BEGIN`, `*_FAIL`                                                | nothing: it has not happened                       |
| `RECEIPT_OPEN`, `_EXCHANGE`                                        | a sale begins                                      |
| `RECEIPT_RETURN`                                                   | a return begins                                    |
| `RECEIPT_DELAYED_RESTORE`                                          | a sale goes on                                     |
| `RECEIPT_CLOSE`, `_SELL_CLOSE`, `_RETURN_CLOSE`, `_EXCHANGE_CLOSE` | closed; the second of them for a sale says nothing |
| `RECEIPT_CANCEL`, `_CANCEL_WITH_WRITE_OFF`, `_ANNULMENT`           | cancelled                                          |
| `RECEIPT_DELAY`                                                    | suspended                                          |
| `RECEIPT_FINAL_RESULT`                                             | a subtotal                                         |
| `PAYMENT_x`                                                        | tendered by x: `cash`, `card`, the till's word     |
| `POSITION_ADD`, `POSITION_ADD_*`                                   | a line is rung up                                  |
| `POSITION_AMOUNT_INCREASE`, `_DECREASE`                            | a line has another quantity                        |
| `POSITION_*` that fits the option `removals`                       | a line, or some of it, is taken off                |
| other `POSITION_*`, `RECEIPT_*`                                    | nothing; reported once per name                    |
| `SHIFT_*`, people, `COMMENT`, `ERROR`, `STOREHOUSE_*`              | nothing                                            |

`POSITION_ADD_BY_SCANNER` without a position, followed by `POSITION_ADD` with the same barcode, is one item: it is held until the
next document of its sale or 1.5 seconds of silence. If the position comes later still, it completes that line and is no second
one.

What a till types into an amount event is not documented: the new quantity or the difference. The option `typed` says it; by
default the new one, since a program can only tell an increase from a decrease after it compared. A difference is added to what
the position had; where that is not known, it is skipped.

A receipt is told by its `operation_id`, so that two may be interleaved. Its repeated opening or a position after its end, as UDP
brings them, changes nothing; without an `operation_id` each opening is a new receipt.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from device.amounts import minor, thousandths
from device.dialects import DialectOptions, Skips
from device.domain import Kind, Minor, Phase, Thousandths, Unit
from device.events import (
    ONE,
    LineRung,
    PosEvent,
    RungLine,
    SubtotalTold,
    Tendered,
)
from device.flatxml import Documents, encoding
from device.receipts import Key, Receipt, Receipts
from device.videocontrol import Unknown, goods, named

QUIET_SECONDS: Final = 1.5
_MAX_POSITIONS: Final = 1000

_BEGINS: Final = {
    "RECEIPT_OPEN": Kind.SALE,
    "RECEIPT_EXCHANGE": Kind.SALE,
    "RECEIPT_RETURN": Kind.RETURN,
    "RECEIPT_DELAYED_RESTORE": Kind.SALE,
}
_ENDS: Final = {
    "RECEIPT_CLOSE": Phase.CLOSED,
    "RECEIPT_SELL_CLOSE": Phase.CLOSED,
    "RECEIPT_RETURN_CLOSE": Phase.CLOSED,
    "RECEIPT_EXCHANGE_CLOSE": Phase.CLOSED,
    "RECEIPT_CANCEL": Phase.CANCELLED,
    "RECEIPT_CANCEL_WITH_WRITE_OFF": Phase.CANCELLED,
    "RECEIPT_ANNULMENT": Phase.CANCELLED,
    "RECEIPT_DELAY": Phase.SUSPENDED,
}
_SILENT: Final = re.compile(
    r".*_(?:BEGIN|FAIL)|(?:SHIFT|CASHIER|ADMIN|TAX_OFFICER|STOREHOUSE)_.*|COMMENT|ERROR|"
    r"RECEIPT_(?:PAYOUT|PAYOUT_CLOSE|REPAYMENT|SOFT_REQUEST|CHANGE|NUMBER)|PAYMENT_.*(?:CANCEL|DEL|STORNO|REMOVE|RETURN).*"
)
_REMOVALS: Final[dict[str, Literal["void", "reduce"]]] = {
    "*AMOUNT_DECREASE": "reduce",
    "*DEL*": "void",
    "*STORNO*": "void",
    "*CANCEL*": "void",
    "*REMOVE*": "void",
}
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)
_LONG_NUMBER: Final = re.compile(r"_*[0-9]{4,}_*", re.ASCII)


class Options(DialectOptions, frozen=True):
    charset: str = "windows-1251"
    """Of documents that are not in the encoding their prolog names."""
    removals: dict[str, Literal["void", "reduce"]] = msgspec.field(default_factory=lambda: dict(_REMOVALS))
    """Which `POSITION_` events take a line off, or some of it, by patterns of `*` and `?`; the first that fits counts."""
    typed: Literal["new", "difference"] = "new"
    """What the quantity of an amount event is."""

    def __post_init__(self) -> None:
        encoding(self.charset)


@dataclass(slots=True)
class _Sale(Receipt):
    scanned: RungLine | None = None
    """Held until it is known whether the till tells it again with its position."""
    told_late: str = ""
    """The code of a scan that was told without its position, which may still follow."""
    quantities: dict[int, Thousandths] = field(default_factory=dict)
    """By position."""

    def release(self, at: datetime) -> list[PosEvent]:
        """The scan that was held: nothing came to complete it."""
        if self.scanned is None:
            return []
        line, self.scanned = self.scanned, None
        self.told_late = line.code
        return [LineRung(**self.said(at), line=line)]

    def remember(self, position: int | None, quantity: Thousandths) -> None:
        if position is not None and (position in self.quantities or len(self.quantities) < _MAX_POSITIONS):
            self.quantities[position] = quantity


class Decoder:
    quiet_seconds: float | None = QUIET_SECONDS

    def __init__(self, options: Options | None = None) -> None:
        self.skips = Skips()
        self._options = options or Options()
        self._documents = Documents("transaction", self._options.charset)
        self._sales: Receipts[_Sale] = Receipts(_Sale)
        self._unknown = Unknown(self.skips.add)
        self._heard: datetime | None = None

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        events: list[PosEvent] = []
        # A clock that was set back tells nothing, except that whoever says so has waited.
        if self._heard is not None and (at - self._heard >= timedelta(seconds=QUIET_SECONDS) or (at < self._heard and not data)):
            for sale in self._sales:
                events += sale.release(at)
        if data:
            self._heard = at
        for fields in self._documents.read(data, self.skips.add):
            events += self._take(fields, at)
        return events

    def _take(self, fields: dict[str, str], at: datetime) -> list[PosEvent]:
        name = fields.get("event_type", "").upper().removeprefix("POSNG_")
        if not _NAME.fullmatch(name):
            self.skips.add(0, "a document has no event_type")
            return []
        if _SILENT.fullmatch(name):
            return []
        key = named(fields, "location", "operation_id")
        if name.startswith("POSITION_"):
            return self._position(name, fields, key, at)
        if name in _BEGINS:
            return self._released(key, at) + self._sales.begin(key, _BEGINS[name], at, resumed=name == "RECEIPT_DELAYED_RESTORE")
        if name in _ENDS:
            return self._released(key, at) + self._sales.end(key, _ENDS[name], minor(fields.get("price", "")), at)
        return self._money(name, minor(fields.get("price", "")), key, at)

    def _released(self, key: Key, at: datetime) -> list[PosEvent]:
        known = self._sales.get(key)
        return known.release(at) if known is not None else []

    def _money(self, name: str, amount: Minor | None, key: Key, at: datetime) -> list[PosEvent]:
        paid = name.startswith("PAYMENT_")
        if not paid and name != "RECEIPT_FINAL_RESULT":
            self._report(name)
            return []
        sale, events = self._sales.of(key, at)
        if sale is None:
            return []
        events += sale.release(at)
        if paid:
            events.append(Tendered(**sale.said(at), means=_means(name), amount=amount))
        elif amount is not None:
            events.append(SubtotalTold(**sale.said(at), amount=amount))
        return events

    def _position(self, name: str, fields: dict[str, str], key: Key, at: datetime) -> list[PosEvent]:
        adds = name == "POSITION_ADD" or name.startswith("POSITION_ADD_")
        taken = next((how for pattern, how in self._options.removals.items() if fnmatch.fnmatchcase(name, pattern)), None)
        if not adds and taken is None and name != "POSITION_AMOUNT_INCREASE":
            self._report(name)
            return []
        line = _line(fields)
        if line is None:
            self.skips.add(0, "a position has a quantity that is no number")
            return []
        sale, events = self._sales.of(key, at)
        if sale is None:
            self.skips.add(0, "a position came after the end of its receipt")
            return []
        if adds and taken is None and line.quantity > 0:
            return events + self._rung(line, sale, at, alone=name == "POSITION_ADD_BY_SCANNER" and line.line_id is None)
        events += sale.release(at)
        sale.told_late = ""
        if adds or taken == "void":
            return events + self._voided(line, sale, at, whole=taken == "void" or line.quantity == 0)
        return events + self._typed(line, sale, at, less=taken == "reduce")

    def _rung(self, line: RungLine, sale: _Sale, at: datetime, *, alone: bool) -> list[PosEvent]:
        if alone:
            events = sale.release(at)
            sale.scanned = line
            return events
        if sale.scanned is not None and sale.scanned.code == line.code:
            sale.scanned = None
        events = sale.release(at)
        late, sale.told_late = sale.told_late, ""
        sale.remember(line.line_id, line.quantity)
        if late and late == line.code and not events:
            # It stands there without its number.
            return [sale.changed(replace(line, line_id=None), at)]
        return [*events, LineRung(**sale.said(at), line=line)]

    def _voided(self, line: RungLine, sale: _Sale, at: datetime, *, whole: bool) -> list[PosEvent]:
        if whole and line.line_id is not None:
            sale.quantities.pop(line.line_id, None)
        quantity = None if whole else Thousandths(abs(line.quantity))
        return [sale.voided(line, at, quantity)]

    def _typed(self, line: RungLine, sale: _Sale, at: datetime, *, less: bool) -> list[PosEvent]:
        """A position has another quantity, by what was typed."""
        if self._options.typed == "difference" and less:
            return self._voided(line, sale, at, whole=False) if line.quantity else []
        quantity = line.quantity
        if self._options.typed == "difference":
            before = sale.quantities.get(line.line_id) if line.line_id is not None else None
            if before is None:
                self.skips.add(0, "a quantity grew by a difference, and what it was before was not heard")
                return []
            quantity = Thousandths(before + quantity)
        if quantity <= 0:
            return self._voided(line, sale, at, whole=True)
        sale.remember(line.line_id, quantity)
        return [sale.changed(replace(line, quantity=quantity), at)]

    def _report(self, name: str) -> None:
        name = _LONG_NUMBER.sub("_", name)
        self._unknown.tell(name, f"unknown event POSNG_{name}: if it takes a position off, name it in the option `removals`")


def _means(name: str) -> str | None:
    """The till's word without anything that could be the number of a card."""
    return _LONG_NUMBER.sub("", name.removeprefix("PAYMENT_")).lower() or None


def _line(fields: dict[str, str]) -> RungLine | None:
    """None when a quantity is told that is no number."""
    quantity, unit = ONE, Unit.PIECE
    for name, of in (("quantity", Unit.PIECE), ("volume", Unit.LITRE), ("weight", Unit.KILOGRAM)):
        if told := fields.get(name):
            amount = thousandths(told)
            if amount is None:
                return None
            if amount or name == "quantity":
                quantity, unit = amount, of
    return goods(
        position=fields.get("position"),
        barcode=fields.get("barcode"),
        article=fields.get("article"),
        name=fields.get("text"),
        quantity=quantity,
        unit=unit,
        price=minor(fields.get("price_per_unit", "")),
        amount=minor(fields.get("price", "")),
    )
