"""JSON lines, one receipt a line: the registers' own form, or a simple one.

Simple:

    {"receipt": "4711", "store": "S1", "till": "2", "at": "2026-03-02T09:30:00", "customer": "loyalty id", "consent": true,
     "void": false, "training": false, "order_hint": 3, "currency": "EUR",
     "lines": [{"sku": "4006381333931", "quantity": 1.5, "unit": "kg", "amount": 1234, "price": 823, "name": "Pen",
                "category": "Office", "void": false, "return": false, "kind": "goods"}]}

Only `receipt`, `lines` and `sku` are required (`at` too, unless imported with `--untimed`). Quantity is a number of units,
amounts are whole numbers of minor units, times as in `times.Times`. Unknown fields are passed over.

Native: `device.domain.Receipt` as a register keeps it, alone or as `{"seq": 17, "receipt": {...}}` of a batch, whose header is
passed over. Its shopper is a pseudonym already; its outcomes stay with the registers' own store and are not imported.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from device.amounts import product
from device.domain import Phase, Receipt, Unit
from model_export.importing import found, values
from model_export.importing.found import CutOffError, Refusal, Rules
from model_export.importing.lines import LinesReader
from model_export.importing.times import Times
from model_export.marks import of_quantity
from sync.central.past import Mark, PastLine, PastReceipt

MOST_LINE_BYTES: Final = 4 * 1024 * 1024

_NOT_JSON: Final = "the line is not JSON"
_NOT_A_RECEIPT: Final = "the line is no receipt of a known form"


class _Line(msgspec.Struct, frozen=True):
    sku: str | int | None = None
    quantity: Decimal = Decimal(1)
    unit: Unit = Unit.PIECE
    amount: int | None = None
    price: int | None = None
    name: str | None = None
    category: str | None = None
    void: bool = False
    returned: bool = msgspec.field(default=False, name="return")
    kind: str | None = None


class _Simple(msgspec.Struct, frozen=True):
    receipt: str | int
    lines: list[_Line]
    store: str | int | None = None
    till: str | int | None = None
    at: str | int | None = None
    customer: str | int | None = None
    consent: bool | None = None
    void: bool = False
    training: bool = False
    order_hint: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    """What the central store can hold."""
    currency: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    seq: int
    receipt: Receipt


class _Shape(msgspec.Struct, frozen=True):
    """Enough of a line to see which form it has."""

    receipt: msgspec.Raw = msgspec.Raw(b"")
    receipt_id: msgspec.Raw = msgspec.Raw(b"")
    epoch: msgspec.Raw = msgspec.Raw(b"")
    version: msgspec.Raw = msgspec.Raw(b"")


_shape = msgspec.json.Decoder(_Shape)
_simple = msgspec.json.Decoder(_Simple)
_native = msgspec.json.Decoder(Receipt)
_entry = msgspec.json.Decoder(_Entry)


class JsonLines(LinesReader):
    most_bytes = MOST_LINE_BYTES

    def __init__(self, path: Path, rules: Rules, *, untimed: bool) -> None:
        super().__init__(path, rules)
        self._untimed = untimed
        self._times = Times(rules)

    def told(self) -> list[str]:
        return ["JSON lines: one receipt a line"]

    def _receipt(self, raw: bytes, place: int) -> PastReceipt | Refusal | None:
        told = self._judged(raw.strip(b" \t\r\n\xef\xbb\xbf"), place)
        if isinstance(told, Refusal) and told.why == _NOT_JSON and not raw.endswith(b"\n"):
            raise CutOffError(f"{self.path} ends within line {place}: what stands before is kept")
        return told

    def _judged(self, raw: bytes, place: int) -> PastReceipt | Refusal | None:
        try:
            return self._told(raw)
        except values.UnreadableError as error:
            return Refusal(place, str(error))
        except msgspec.ValidationError as error:
            # It names places and types, never a value.
            return Refusal(place, _NOT_A_RECEIPT, found.clipped(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refusal(place, _NOT_JSON)

    def _told(self, raw: bytes) -> PastReceipt | None:
        shape = _shape.decode(raw or b"{}")
        if bytes(shape.receipt).startswith(b"{"):
            return self._from_register(_entry.decode(raw).receipt)
        if bytes(shape.receipt_id):
            return self._from_register(_native.decode(raw))
        header = bytes(shape.epoch) and bytes(shape.version)
        return None if header or not raw else self._simple(_simple.decode(raw))

    def _simple(self, told: _Simple) -> PastReceipt:
        if told.at is None and not self._untimed:
            raise values.UnreadableError(found.NO_TIME)
        at = None if told.at is None else self._times(told.at)
        number = values.text(told.receipt).strip()
        if not number:
            raise values.UnreadableError(found.NO_RECEIPT)
        lines = _bounded([line for one in told.lines if (line := self._line(one)) is not None])
        customer = "" if told.customer is None else str(told.customer)
        shopper = self._rules.name_shopper(customer) if customer else None
        marks = self._rules.receipt_marks(lines)
        marks |= Mark.VOID if told.void else Mark(0)
        marks |= Mark.TRAINING if told.training else Mark(0)
        return PastReceipt(
            number=self._rules.number(number),
            lines=tuple(lines),
            store=(None if told.store is None else values.public_text(told.store)) or self._rules.store,
            till=None if told.till is None else values.public_text(told.till),
            local_time=None if at is None else at.local,
            closed_at=None if at is None else at.utc,
            order_hint=told.order_hint,
            currency=values.public_text(told.currency or self._rules.currency),
            shopper=shopper,
            consent=shopper is not None and told.consent is not False,
            marks=int(marks),
        )

    def _line(self, told: _Line) -> PastLine | None:
        if told.sku is None or told.sku == "":
            return None
        sku = values.sku(told.sku)
        if not told.quantity.is_finite():
            raise values.UnreadableError(found.BAD_NUMBER)
        quantity = values.scaled(told.quantity, 3)
        amount = told.amount
        if amount is None and told.price is not None:
            amount = product(_money(told.price), quantity)
        name = None if told.name is None else values.public_text(told.name)
        category = None if told.category is None else values.text(told.category)
        marks = of_quantity(quantity) | self._rules.line_marks(sku, name, category)
        marks |= Mark.VOID if told.void else Mark(0)
        marks |= Mark.RETURN if told.returned else Mark(0)
        marks |= values.kind_marks(told.kind or "")
        return PastLine(sku, quantity, int(marks), _money(amount), told.unit.value, name)

    def _from_register(self, told: Receipt) -> PastReceipt:
        try:
            local = datetime.fromisoformat(told.local_time).replace(tzinfo=None)
        except ValueError as error:
            raise values.UnreadableError(found.BAD_TIME) from error
        if told.closed_at.tzinfo is None:
            raise values.UnreadableError(found.BAD_TIME)
        at = self._times.moment(local)
        lines = []
        for line in told.lines:
            if line.sku is None:
                continue
            sku, name = values.sku(line.sku), values.public_text(line.name or "")
            marks = of_quantity(line.quantity) | self._rules.line_marks(sku, name, None)
            quantity, amount = values.scaled(Decimal(line.quantity).scaleb(-3), 3), _money(line.amount)
            lines.append(PastLine(sku, quantity, int(marks), amount, line.unit.value, name))
        marks = self._rules.receipt_marks(_bounded(lines))
        marks |= Mark(0) if told.phase is Phase.CLOSED else Mark.VOID
        return PastReceipt(
            number=self._rules.number(values.text(told.receipt_id)),
            lines=tuple(lines),
            store=values.public_text(told.store),
            till=values.public_text(told.till or told.lane),
            local_time=at.local,
            closed_at=told.closed_at.astimezone(UTC).isoformat(),
            currency=values.public_text(told.currency),
            shopper=_pseudonym(told.shopper),
            # A register sends a pseudonym only of shoppers who agreed.
            consent=told.shopper is not None,
            marks=int(marks),
        )


def _bounded(lines: list[PastLine]) -> list[PastLine]:
    if not lines:
        raise values.UnreadableError(found.NO_LINES)
    if len(lines) > found.MOST_LINES:
        raise values.UnreadableError(found.TOO_MANY_LINES)
    return lines


def _money(amount: Any) -> Any:
    return None if amount is None else values.scaled(Decimal(amount), 0)


def _pseudonym(told: str | None) -> str | None:
    """What is not of a pseudonym's form could be anybody's card."""
    if told is None or (len(told) == 32 and not set(told) - set("0123456789abcdef")):
        return told
    raise values.UnreadableError("the shopper is no pseudonym")
