"""Lines of a receipt while it grows: events at once, nothing checked.

An item whose name and figures stand on two lines is told with the second of them. A quantity line (`2 x 1.50`) changes the
item above it where it multiplies to its amount, or is kept for the item below. A void word alone means the next line where
that repeats one that was rung up, and otherwise the latest. A copy or a report silences the feed until its end, a tender its
items.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from device.amounts import product
from device.codes import checks, doubt
from device.domain import Kind, Minor, Phase, Thousandths
from device.events import (
    ONE,
    DiscountGiven,
    LineChanged,
    LineRung,
    LineVoided,
    PosEvent,
    RungLine,
    SaleBegan,
    SaleEnded,
    SubtotalTold,
    Tendered,
)
from device.printed.layout import Layout
from device.printed.lines import Form, Reading
from device.printed.words import Role, means

_TOTALS = frozenset({Role.TOTAL, Role.FINAL, Role.INCLUSIVE, Role.ROUNDED})
_UNHEARD = frozenset({Role.PERSON, Role.IGNORE, Role.SUMMARY})


def rung(item: Reading) -> RungLine:
    """The line of an item. An EAN-13 with two digits of the shop's own behind it loses them."""
    code = item.code[:13] if len(item.code) == 15 and checks(item.code[:13]) else item.code
    return RungLine(
        line_id=None,
        code=code,
        quantity=item.quantity or ONE,
        unit=item.unit,
        amount=item.amount,
        price=item.price,
        name=item.name or None,
        doubt=doubt(code) if code.isascii() and code.isdigit() else None,  # a shop's own code may hold letters
    )


def voided(standing: Sequence[Reading], item: Reading) -> Reading | None:
    """Which of the lines that stand a line with a minus takes off: the latest of its code or name, or else of its amount."""
    for line in reversed(standing):
        if (item.code and line.code == item.code) or (item.name and line.name == item.name):
            return line
    if item.amount is None:
        return None
    # A name of its own that no line has: a discount or a deposit, even where it is as large as some line.
    return next((line for line in reversed(standing) if line.amount == -item.amount and (item.void or not item.name)), None)


class Live:
    """The sale as far as it was heard."""

    def __init__(self, layout: Layout) -> None:
        self._after = layout.names == "after"
        self._known = False  # whether the beginning of the next sale cannot have been missed
        self._clear()

    def _clear(self) -> None:
        self._open = False
        self._over = False
        self._silent = False
        self._void = False
        self._paid = False
        self._total: Minor | None = None
        self._standing: list[Reading] = []
        self._name: Reading | None = None
        self._times: Reading | None = None
        self._figures: Reading | None = None

    def begin(self, at: datetime) -> list[PosEvent]:
        self._known = True
        return self._begun(at)

    def end(self, at: datetime, *, marked: bool) -> list[PosEvent]:
        events = [] if self._silent or self._over else self._held(at)
        heard = self._open or self._standing or self._paid or self._total is not None
        if heard and not self._over and not self._silent:
            # Neither a mark nor a total nor a tender: it goes on later, or never.
            phase = Phase.CLOSED if marked or self._paid or self._total is not None else Phase.SUSPENDED
            events.append(SaleEnded(at=at, phase=phase, total=self._total))
        self._clear()
        self._known = True
        return events

    def line(self, text: str, reading: Reading, at: datetime) -> list[PosEvent]:
        if reading.role is Role.REPORT or (reading.role is Role.SLIP and not self._standing):
            self._silent = True
        if self._silent or self._over or reading.role in _UNHEARD:
            return []
        if reading.role is None or reading.role is Role.VOID:
            # Behind the tender stand tax tables, advertising and the next receipt's head.
            return [] if self._paid else self._item(reading, at)
        events = self._held(at)
        self._name = self._times = None
        match reading.role:
            case Role.CANCEL:
                self._over = True
                events.append(SaleEnded(at=at, phase=Phase.CANCELLED))
            case Role.RETURN if not self._standing and not self._open:
                events += self._begun(at, Kind.RETURN)
            case Role.SUBTOTAL if reading.amount is not None:
                events.append(SubtotalTold(at=at, amount=reading.amount))
            case Role.DISCOUNT if reading.amount:
                events.append(DiscountGiven(at=at, amount=Minor(abs(reading.amount))))
            case Role.TENDER:
                self._paid = True
                amount = None if reading.amount is None else Minor(abs(reading.amount))
                events.append(Tendered(at=at, means=means(text), amount=amount))
            case role if role in _TOTALS and reading.amount is not None and not self._paid:
                self._total = reading.amount
            case _:
                pass
        return events

    def _begun(self, at: datetime, kind: Kind = Kind.SALE) -> list[PosEvent]:
        opened, self._open = self._open, True
        return [SaleBegan(at=at, kind=kind)] if self._known and not opened else []

    def _item(self, reading: Reading, at: datetime) -> list[PosEvent]:
        if reading.role is Role.VOID and reading.amount is None and not reading.name:
            self._void = True
            return []
        if reading.form is Form.TEXT:
            if self._figures is not None:
                figures, self._figures = self._figures, None
                return self._told(replace(figures, name=reading.name, code=figures.code or reading.code), at)
            self._name = reading
            return []
        if reading.form is Form.MULTIPLY:
            return self._multiplied(reading, at)
        if reading.form is Form.DETAIL or reading.form is Form.AMOUNT:
            return self._figured(reading, at)
        return self._told(reading, at)

    def _figured(self, reading: Reading, at: datetime) -> list[PosEvent]:
        """Figures without a name."""
        if self._after:
            events = self._held(at)
            self._figures = reading
            return events
        if self._name is not None:
            void = reading.void or self._name.void
            reading = replace(reading, name=self._name.name, code=reading.code or self._name.code, void=void)
        elif not reading.code and reading.quantity is None:
            return []  # an amount that nothing names
        return self._told(reading, at)

    def _multiplied(self, reading: Reading, at: datetime) -> list[PosEvent]:
        amount = product(reading.price or 0, reading.quantity or 0)
        last = self._standing[-1] if self._standing else None
        if self._name is None and last is not None and last.quantity is None and abs(amount - (last.amount or 0)) <= 1:
            self._standing[-1] = replace(last, quantity=reading.quantity, price=reading.price)
            return [LineChanged(at=at, code=last.code, name=last.name or None, quantity=reading.quantity, price=reading.price)]
        if self._name is not None:
            return self._told(replace(reading, amount=amount, name=self._name.name, code=reading.code or self._name.code), at)
        if self._after:
            events = self._held(at)
            self._figures = replace(reading, form=Form.DETAIL, amount=amount)
            return events
        self._times = replace(reading, amount=amount)
        return []

    def _held(self, at: datetime) -> list[PosEvent]:
        """What waited for another line, which did not come."""
        events: list[PosEvent] = []
        if self._figures is not None:
            figures, self._figures = self._figures, None
            events += self._told(figures, at)
        if self._void:
            self._void = False
            events += self._take_off(self._standing[-1] if self._standing else None, None, at)
        return events

    def _told(self, item: Reading, at: datetime) -> list[PosEvent]:
        times, self._times, self._name = self._times, None, None
        if (
            times is not None
            and item.quantity is None
            and item.amount is not None
            and abs((times.amount or 0) - item.amount) <= 1
        ):
            item = replace(item, quantity=times.quantity, price=times.price, unit=times.unit)
        elif (
            item.leading
            and item.quantity is None
            and item.amount is not None
            and item.leading > 1
            and not item.amount % item.leading
        ):
            item = replace(item, quantity=Thousandths(item.leading * 1000), price=Minor(item.amount // item.leading))
        negative = item.amount is not None and item.amount < 0
        opposite = replace(item, amount=Minor(-abs(item.amount or 0)), void=True)
        if self._void and not item.void and not negative:
            self._void = False
            line = voided(self._standing, opposite)
            if line is not None:
                return self._take_off(line, item.amount, at)
            events = self._take_off(self._standing[-1] if self._standing else None, None, at)
            return events + self._told(item, at)
        self._void = False
        if not item.void and not negative:
            self._standing.append(item)
            return [*self._begun(at), LineRung(at=at, line=rung(item))]
        line = voided(self._standing, opposite if item.void else item)
        if line is None and not item.void:
            return [DiscountGiven(at=at, amount=Minor(abs(item.amount or 0)))]
        if line is None:
            # Of a sale that was joined in its middle.
            return [LineVoided(at=at, name=item.name or None, code=item.code, amount=Minor(abs(item.amount or 0)) or None)]
        return self._take_off(line, item.amount, at)

    def _take_off(self, line: Reading | None, amount: Minor | None, at: datetime) -> list[PosEvent]:
        if line is None:
            return []
        self._standing.remove(line)
        taken = line.amount if amount is None or not amount else Minor(abs(amount))
        return [LineVoided(at=at, name=line.name or None, code=line.code, amount=taken)]
