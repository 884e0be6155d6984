"""A whole receipt: which lines are items, what the total is, and whether they agree.

    header*  item-block+  [void | discount]*  subtotal?  total  tender+  change?  footer

**The total** is the last amount that stands beside the strongest word for it (after rounding; to be paid, grand, net; total).
It is told only where something else on the paper says the same - the tenders less the change, the items, the subtotal with
tax, service and rounding, a second total - and nothing contradicts it. Otherwise the total is None: no number rather than
another number. Where a rounding is printed without the total behind it, the total is that before it, as it stands on the
paper.

**The items** are the lines with an amount before the first sum. They are told only where they add up to the total within one
minor unit, with the discounts, tax, service and rounding that are printed. Otherwise the receipt has no items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from device.domain import Minor
from device.printed import blocks
from device.printed import sums as below
from device.printed.lines import Form, Reading
from device.printed.words import Role

_SUMS: Final = frozenset(
    {Role.SUBTOTAL, Role.TOTAL, Role.FINAL, Role.INCLUSIVE, Role.ROUNDED, Role.EXCLUSIVE, Role.COUNT, Role.SERVICE, Role.TAX}
)
_LABELS: Final = _SUMS | {Role.TENDER, Role.CHANGE, Role.ROUNDING, Role.DISCOUNT}
_FOOT: Final = (_SUMS - {Role.TAX}) | {Role.CHANGE, Role.ROUNDING}
"""What begins the foot: a sum that is not a tax."""


@dataclass(slots=True)
class Receipt:
    total: Minor | None = None
    items: list[Reading] = field(default_factory=list)
    """With amount; name, code, quantity and price as far as the paper tells them. Empty where they do not add up."""
    discounts: list[Minor] = field(default_factory=list)
    """Positive."""
    tenders: list[tuple[str, Minor]] = field(default_factory=list)
    """The line, and the amount."""
    subtotal: Minor | None = None
    refund: bool = False
    cancelled: bool = False
    report: bool = False
    """A copy, a report, a card slip, cash in or out: no sale."""
    sale: bool = False
    """There is something of a sale on the paper."""
    why: str = ""
    """What the receipt is kept without, or empty."""


def read(lines: Sequence[tuple[str, Reading]], names: str = "auto") -> Receipt:
    """Of all lines of a receipt, and what each was read as. `names` as in `Layout`."""
    receipt = Receipt()
    roles = {reading.role for _, reading in lines}
    receipt.cancelled = Role.CANCEL in roles
    receipt.report = Role.REPORT in roles
    if receipt.report or receipt.cancelled:
        return receipt
    body, foot = _split(_joined(lines))
    receipt.refund = _headed(body, Role.RETURN)
    sums = below.read(foot)
    # Some tills print the tax of each item below it.
    sums.tax += [one.amount for _, one in body if one.role is Role.TAX and one.amount is not None]
    found = blocks.read([reading for _, reading in body], names)
    items = [block for block in found if block.role is not Role.DISCOUNT]
    inside = [Minor(abs(block.amount)) for block in found if block.role is Role.DISCOUNT and block.amount]
    whole = sum(item.amount or 0 for item in items)
    receipt.total = below.total(sums, whole, inside)
    fits = None if receipt.total is None else below.fits(whole, inside, sums, receipt.total)
    if Role.SLIP in roles and (not items or fits is None):
        # The amount of a card slip is that of a sale which is told elsewhere.
        receipt.report = True
        return receipt
    receipt.sale = bool(sums.totals or (sums.subtotals and sums.tenders))
    if receipt.total is None:
        receipt.why = "a receipt whose total is not certain is kept without total and lines" if receipt.sale else ""
    elif not items or fits is None:
        receipt.why = "a receipt whose lines do not add up to its total is kept without lines"
    else:
        receipt.items, receipt.discounts = items, fits
        receipt.tenders = sums.tenders
        receipt.subtotal = sums.subtotals[-1] if sums.subtotals else None
        if receipt.total < 0 and all((item.amount or 0) <= 0 for item in items):
            # Some tills print a return as a sale of less than nothing.
            receipt.refund = True
            receipt.items = [replace(item, amount=Minor(-(item.amount or 0))) for item in items]
    return receipt


def _headed(body: list[tuple[str, Reading]], role: Role) -> bool:
    """Whether the word stands above the items."""
    for _, reading in body:
        if reading.role is role:
            return True
        if reading.role is None and reading.amount is not None:
            return False
    return False


def _joined(lines: Sequence[tuple[str, Reading]]) -> list[tuple[str, Reading]]:
    """A label whose amount stands alone on the next line gets it."""
    told: list[tuple[str, Reading]] = []
    for text, reading in lines:
        last = told[-1][1] if told else None
        if (
            reading.form is Form.AMOUNT
            and reading.role is None
            and last is not None
            and last.amount is None
            and last.role in _LABELS
            and not last.amounts
        ):
            told[-1] = (told[-1][0], replace(last, amount=reading.amount, amounts=1))
        else:
            told.append((text, reading))
    return told


def _split(lines: list[tuple[str, Reading]]) -> tuple[list[tuple[str, Reading]], list[tuple[str, Reading]]]:
    """Items, sums. A tax table ends the foot."""
    first = next((at for at, (_, one) in enumerate(lines) if one.amount is not None and one.role in _FOOT), len(lines))
    # A tender may stand above the sums; one with a name of its own is an item there.
    first = next(
        (at for at, (_, one) in enumerate(lines[:first]) if one.role is Role.TENDER and one.amount and not one.name), first
    )
    body = [(text, replace(one, role=None) if one.role is Role.TENDER and one.name else one) for text, one in lines[:first]]
    foot = []
    for text, reading in lines[first:]:
        if reading.role is Role.SUMMARY:
            break
        foot.append((text, reading))
    return body, foot
