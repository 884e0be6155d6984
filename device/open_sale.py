"""One sale as a till has told it so far, and its lines as the till names them. Exact arithmetic on amounts and quantities."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Final

import msgspec

from device.amounts import believable, product
from device.domain import Kind, Minor, Phase, Tender, Thousandths
from device.events import RungLine

MAX_TENDERS: Final = 16
"""Payments that are kept of one sale."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""Of a sale that is read from a file: a time without a zone is none."""


@dataclass(slots=True)
class OpenSale:
    """One sale as told so far. Owned by a `device.tally.Tally`; a reconciliation may say what its lines are."""

    basket_id: str
    till: str | None
    number: str | None
    began: Moment
    at: Moment
    kind: Kind
    partial: bool
    phase: Phase = Phase.OPEN
    seq: int = 0
    lines: dict[int, RungLine] = field(default_factory=dict)
    told_at: dict[int, Moment] = field(default_factory=dict)
    """When each line was told last."""
    discount: int = 0
    discounts: dict[int, int] = field(default_factory=dict)
    """Of it, what was taken off single lines: it goes with the line."""
    total: Minor | None = None
    untold: list[int] = field(default_factory=list)
    """Lines that stood there when the sale was set aside, and may be told again now that it goes on."""
    tenders: list[Tender] = field(default_factory=list)
    tendered_at: Moment | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """How a till names a line that it has told before."""

    line_id: int | None = None
    code: str = ""
    name: str | None = None
    amount: Minor | None = None


def find(sale: OpenSale, meant: Meant) -> int | None:
    """The line that is meant: by number, else the newest with the code, else with the name and amount, else the latest."""
    if meant.line_id is not None:
        return meant.line_id if meant.line_id in sale.lines else None
    newest = [(number, line) for number, line in reversed(sale.lines.items())]
    if meant.code:
        return next((number for number, line in newest if line.code == meant.code), None)
    if meant.name is not None:
        newest = [(number, line) for number, line in newest if line.name == meant.name]
    if meant.amount is not None:
        amount = abs(meant.amount)
        exact = [(number, line) for number, line in newest if line.amount in {amount, None}]
        newest = exact or (newest if meant.name is not None else [])
    return newest[0][0] if newest else None


def told_again(sale: OpenSale, line: RungLine) -> int | None:
    """Which of the lines that stood there before the sale was set aside this is."""
    for number in sale.untold:
        before = sale.lines[number]
        if (before.code, before.name, before.quantity, before.amount) == (line.code, line.name, line.quantity, line.amount):
            return number
    return None


def tender(sale: OpenSale, paid: Tender, at: datetime) -> bool:
    """Add a payment; False where it says nothing new.

    Datagrams come twice, and two equal payments take a person longer than a second. What comes once all is paid is not counted.
    """
    if paid == Tender() or len(sale.tenders) >= MAX_TENDERS:
        return False
    again = sale.tendered_at is not None and sale.tenders[-1:] == [paid] and (at - sale.tendered_at).total_seconds() < 1
    towards = [one.amount for one in sale.tenders]
    due = [line.amount for line in sale.lines.values()]
    known = bool(towards) and None not in towards and None not in due
    if again or (known and sum(filter(None, towards)) >= sum(filter(None, due)) - sale.discount):
        return False
    if paid.amount is None and any(one.means == paid.means for one in sale.tenders):
        return False
    sale.tenders.append(paid)
    sale.tendered_at = at
    return True


def same_words(before: RungLine, line: RungLine) -> bool:
    return before.name == line.name and before.price == line.price


def priced(line: RungLine) -> RungLine:
    """With the amount that price and quantity make, where the till tells only these; without one that is beyond belief."""
    told = product(line.price, line.quantity) if line.amount is None and line.price is not None else line.amount
    amount = believable(told)
    return line if amount == line.amount else replace(line, amount=amount)


def scaled(line: RungLine, quantity: Thousandths) -> Minor | None:
    """The amount of another quantity of the same, rounded half up; None where it is not known, or beyond belief."""
    if line.amount is None or line.quantity == quantity:
        return line.amount
    return believable((2 * line.amount * quantity + line.quantity) // (2 * line.quantity))
