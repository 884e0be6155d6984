"""POSLog XML (ARTS, later NRF and OMG; versions 2 to 6), whatever its namespaces, one transaction at a time.

    <Transaction CancelFlag="false" TrainingModeFlag="false">
      <RetailStoreID>7</RetailStoreID> <WorkstationID>2</WorkstationID> <SequenceNumber>4711</SequenceNumber>
      <BeginDateTime>2026-03-02T09:30:00</BeginDateTime> <CurrencyCode>EUR</CurrencyCode>
      <RetailTransaction TransactionStatus="Delivered">
        <LineItem VoidFlag="false"> <SequenceNumber>1</SequenceNumber>
          <Sale ItemType="Stock">
            <POSIdentity><POSItemID>4006381333931</POSItemID></POSIdentity> or <ItemID>..</ItemID>
            <Description>Pen</Description> <Quantity UnitOfMeasureCode="EA">2</Quantity> <ExtendedAmount>3.00</ExtendedAmount>
          </Sale>
        </LineItem>
        <LoyaltyAccount><LoyaltyAccountID>..</LoyaltyAccountID></LoyaltyAccount>
      </RetailTransaction>
    </Transaction>

`Sale`, `Return` and what is ordered (`SaleForDelivery`, `SaleForPickup`, `CustomerOrderForDelivery`, `CustomerOrderForPickup`)
are lines; tenders, taxes and discounts are none. Transactions without a `RetailTransaction` (tills opened, cash counted) are
passed over. Operators, reasons and tenders are never read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.parsers import expat

import msgspec

from device.amounts import decimals_of
from device.domain import Unit
from device.errors import HistoryError
from model_export.importing import found, values
from model_export.importing.found import BytesReader, CutOffError, Found, Refusal, Rules, State
from model_export.importing.packed import opened
from model_export.importing.times import Times
from model_export.importing.transactions import Element, HostileError, Transactions
from model_export.marks import of_quantity
from sync.central.past import Mark, PastLine, PastReceipt

_BLOCK: Final = 64 * 1024
_LINES: Final = frozenset(
    [
        "Sale",
        "Return",
        "SaleForDelivery",
        "SaleForPickup",
        "CustomerOrderForDelivery",
        "CustomerOrderForPickup",
    ]
)
_UNITS: Final = {
    "KGM": Unit.KILOGRAM,
    "KG": Unit.KILOGRAM,
    "LTR": Unit.LITRE,
    "L": Unit.LITRE,
    "MTR": Unit.METRE,
    "M": Unit.METRE,
}
_UNFINISHED: Final = re.compile("void|cancel|suspend|abandon|fail", re.IGNORECASE)
_NOT_GOODS: Final = re.compile("deposit|gift|service|fee|donation|bag|container|voucher|prepaid|coupon", re.IGNORECASE)
_END: Final = re.compile(rb"</([\w.-]+:)?Transaction\s*>")


class PosLog(BytesReader):
    def __init__(self, path: Path, rules: Rules) -> None:
        super().__init__(path, rules)
        self._times = Times(rules)

    def told(self) -> list[str]:
        return ["POSLog XML: one receipt for each transaction that sells or takes back"]

    def read(self, since: State) -> Iterator[Found]:
        self._state = since
        # A file that cannot be begun in the middle is read again, and what was told is passed over.
        passed = since.place if not since.resume else 0
        parsing = None
        try:
            with opened(self.path) as file:
                wide = b"\0" in (mark := file.read(4)) or mark[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
                file.seek(since.resume)
                if (end := _END.match(file.read(256))) is not None and since.resume:
                    since = msgspec.structs.replace(since, resume=since.resume + end.end())
                file.seek(since.resume)
                parsing = Transactions(since, wide=wide)
                while block := file.read(_BLOCK):
                    parsing.feed(block)
                    yield from self._found(parsing, passed)
                parsing.feed(b"", last=True)
        except (HostileError, expat.ExpatError, OSError, LookupError, UnicodeError) as error:
            line = 1
            if parsing is not None:
                # What the parser has told before it stumbled is whole.
                yield from self._found(parsing, passed)
                line = parsing.line
            what = str(error) if isinstance(error, HostileError) else f"it ends or breaks there ({str(error).partition(':')[0]})"
            raise CutOffError(f"{self.path}, line {line}: {what}; what stands before is kept") from error
        if not parsing.seen:
            raise HistoryError(f"{self.path} holds no transaction: is it a POSLog?")

    def _found(self, parsing: Transactions, passed: int) -> Iterator[Found]:
        while parsing.done:
            element, place, state = parsing.done.popleft()
            self._state = state
            if place >= passed and (told := self._receipt(element, place)) is not None:
                yield Found(place, told)

    def _receipt(self, transaction: Element, place: int) -> PastReceipt | Refusal | None:
        retail = transaction.first("RetailTransaction")
        if retail is None:
            return None
        number = _text(transaction, ("SequenceNumber",), ("TransactionID",), ("RetailTransaction", "SequenceNumber"))
        if number is None:
            return Refusal(place, found.NO_RECEIPT)
        try:
            return self._told(transaction, retail, values.text(number))
        except values.UnreadableError as error:
            return Refusal(place, str(error), found.clipped(number))

    def _told(self, transaction: Element, retail: Element, number: str) -> PastReceipt:
        store = _text(transaction, ("RetailStoreID",), ("BusinessUnit", "UnitID"), ("BusinessUnit",), ("StoreID",))
        till = _text(transaction, ("WorkstationID",), ("TillID",))
        told = _text(transaction, ("BeginDateTime",), ("EndDateTime",), ("POSLogDateTime",), ("BusinessDayDate",))
        if told is None:
            raise values.UnreadableError(found.NO_TIME)
        at = self._times(told)
        currency = _text(transaction, ("CurrencyCode",), ("RetailTransaction", "CurrencyCode")) or self._rules.currency
        currency = currency if re.fullmatch("[A-Z]{3}", currency) else self._rules.currency
        lines = self._lines(retail, decimals_of(currency))
        if not lines:
            raise values.UnreadableError(found.NO_LINES)
        marks = self._rules.receipt_marks(lines)
        if transaction.flagged("TrainingModeFlag") or retail.flagged("TrainingModeFlag"):
            marks |= Mark.TRAINING
        status = retail.attributes.get("TransactionStatus", transaction.attributes.get("TransactionStatus", ""))
        if any(one.flagged(flag) for one in (transaction, retail) for flag in ("CancelFlag", "VoidFlag")) or _UNFINISHED.search(
            status
        ):
            marks |= Mark.VOID
        shopper = self._shopper(retail)
        return PastReceipt(
            number=self._rules.number(number),
            lines=tuple(lines),
            store=values.public_text(store or "") or self._rules.store,
            till=values.public_text(till or ""),
            local_time=at.local,
            closed_at=at.utc,
            currency=currency,
            shopper=shopper,
            # A log says nothing of consent beyond naming the account, as an export without that column.
            consent=shopper is not None,
            marks=int(marks),
        )

    def _lines(self, retail: Element, digits: int) -> list[PastLine]:
        lines = []
        for item in retail.children:
            if item.name != "LineItem":
                continue
            for sold in item.children:
                line = self._line(item, sold, digits) if sold.name in _LINES else None
                lines += [] if line is None else [line]
            if len(lines) > found.MOST_LINES:
                raise values.UnreadableError(found.TOO_MANY_LINES)
        return lines

    def _line(self, item: Element, sold: Element, digits: int) -> PastLine | None:
        code = _text(
            sold, ("ItemID",), ("POSIdentity", "POSItemID"), ("POSItemID",), ("POSIdentity", "ItemID"), ("SpecialOrderNumber",)
        )
        if code is None:
            return None
        sku = values.sku(code)
        quantity, unit = 1000, Unit.PIECE
        if (told := sold.first("Quantity")) is not None and told.text.strip():
            quantity = values.scaled(values.number(told.text.strip(), "."), 3)
            # A weighed item says 1 piece and how much of it in `Units`.
            unit = _UNITS.get(told.attributes.get("UnitOfMeasureCode", "").upper(), Unit.PIECE)
            if unit is not Unit.PIECE and (measured := told.attributes.get("Units")):
                quantity = values.scaled(abs(values.number(measured, ".")), 3) * (1 if quantity >= 0 else -1)
        amount = _text(sold, ("ExtendedAmount",))
        money = None if amount is None else values.scaled(values.number(amount, "."), digits)
        name = values.public_text(_text(sold, ("Description",), ("ItemDescription",)) or "")
        category = _text(sold, ("MerchandiseHierarchy",))
        marks = of_quantity(quantity) | self._rules.line_marks(sku, name, category)
        if sold.name == "Return":
            marks |= Mark.RETURN
        if item.flagged("VoidFlag") or sold.flagged("VoidFlag") or item.flagged("CancelFlag"):
            marks |= Mark.VOID
        kind = sold.attributes.get("ItemType", "") + " " + sold.attributes.get("TypeCode", "")
        if _NOT_GOODS.search(kind):
            marks |= Mark.NOT_GOODS
        return PastLine(sku, quantity, int(marks), money, unit.value, name)

    def _shopper(self, retail: Element) -> str | None:
        for name, inside in (
            ("LoyaltyAccount", "LoyaltyAccountID"),
            ("LoyaltyAccount", "LoyaltyProgramID"),
            ("Customer", "CustomerID"),
        ):
            for account in retail.below(name):
                told = _text(account, (inside,), ("CustomerID",), ("AccountNumber",))
                if told is not None:
                    return self._rules.name_shopper(told)
        return None


def _text(element: Element, *paths: tuple[str, ...]) -> str | None:
    """The first of these paths that says something."""
    for path in paths:
        if (said := element.said(*path)) is not None:
            return said
    return None
