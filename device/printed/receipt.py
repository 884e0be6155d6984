"""A whole receipt: which lines are items, what the total is, and whether they agree.

    header*  item-block+  [void | discount]*  subtotal?  total  tender+  change?  footer

**The total** is the last amount that stands beside the strongest word for it (after rounding; to be paid, grand, net; total). It is
told only where something else on the paper says the same - the tenders less the change, the items, the subtotal with tax, service
and rounding, a second total - and nothing contradicts it; or where it is the only total and no tender is printed at all. Otherwise
the total is None: no number rather than another number.

**The items** are the lines with an amount before the first sum. They are told only where they add up to the total within one minor
unit, with the discounts, tax, service and rounding that are printed. Otherwise the receipt has no items.

**The name** of an item whose amount stands on a line of its own is the line before or the line behind it; which of the two, the
receipt tells by where its first and its last item have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product as choices
from typing import Final

from device.domain import Minor, Thousandths
from device.events import ONE
from device.printed.lines import Form, Reading
from device.printed.words import Role

_SUMS: Final = frozenset(
    {Role.SUBTOTAL, Role.TOTAL, Role.FINAL, Role.INCLUSIVE, Role.ROUNDED, Role.EXCLUSIVE, Role.COUNT, Role.SERVICE, Role.TAX}
)
_RANK: Final = {Role.TOTAL: 2, Role.INCLUSIVE: 2, Role.FINAL: 3, Role.ROUNDED: 4}
TOTALS: Final = frozenset(_RANK)
_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_MOST_OFF: Final = 4
"""A discount of more than three quarters of the items is doubted: it is rather a number read wrongly."""


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


@dataclass(slots=True)
class _Sums:
    """What is printed below the items."""

    totals: list[tuple[int, Minor]] = field(default_factory=list)
    subtotals: list[Minor] = field(default_factory=list)
    tax: list[Minor] = field(default_factory=list)
    service: list[Minor] = field(default_factory=list)
    rounding: list[Minor] = field(default_factory=list)
    discounts: list[Minor] = field(default_factory=list)
    tenders: list[tuple[str, Minor]] = field(default_factory=list)
    change: Minor | None = None


def read(lines: Sequence[tuple[str, Reading]], names: str = "auto") -> Receipt:
    """Of all lines of a receipt, and what each was read as. `names` as in `Layout`."""
    receipt = Receipt()
    receipt.cancelled = any(reading.role is Role.CANCEL for _, reading in lines)
    receipt.report = any(reading.role is Role.REPORT for _, reading in lines)
    if receipt.report or receipt.cancelled:
        return receipt
    body, foot = _split(_joined(lines))
    receipt.refund = _headed(body, Role.RETURN)
    sums = _sums(foot)
    # Some tills print the tax of each item below it.
    sums.tax += [one.amount for _, one in body if one.role is Role.TAX and one.amount is not None]
    blocks = _blocks([reading for _, reading in body], names)
    items = [block for block in blocks if block.role is not Role.DISCOUNT]
    inside = [Minor(abs(block.amount)) for block in blocks if block.role is Role.DISCOUNT and block.amount]
    whole = sum(item.amount or 0 for item in items)
    receipt.total = _total(sums, whole, inside)
    fits = None if receipt.total is None else _fits(whole, inside, sums, receipt.total)
    if any(reading.role is Role.SLIP for _, reading in lines) and (not items or fits is None):
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
        labels = _SUMS | {Role.TENDER, Role.CHANGE, Role.ROUNDING, Role.DISCOUNT}
        if (
            reading.form is Form.AMOUNT
            and reading.role is None
            and last is not None
            and last.amount is None
            and last.role in labels
            and not last.amounts
        ):
            told[-1] = (told[-1][0], replace(last, amount=reading.amount, amounts=1))
        else:
            told.append((text, reading))
    return told


def _split(lines: list[tuple[str, Reading]]) -> tuple[list[tuple[str, Reading]], list[tuple[str, Reading]]]:
    """Items, sums. The first sum that is not a tax begins the foot, a tax table ends it."""
    sums = (_SUMS - {Role.TAX}) | {Role.TENDER, Role.CHANGE, Role.ROUNDING}
    first = next((at for at, (_, one) in enumerate(lines) if one.amount is not None and one.role in sums), len(lines))
    body = lines[:first]
    foot = []
    for text, reading in lines[first:]:
        if reading.role is Role.SUMMARY:
            break
        foot.append((text, reading))
    return body, foot


def _sums(foot: list[tuple[str, Reading]]) -> _Sums:
    sums = _Sums()
    paid = False
    for text, reading in foot:
        amount = reading.amount
        if amount is None:
            continue
        match reading.role:
            case Role.TOTAL | Role.INCLUSIVE | Role.FINAL | Role.ROUNDED:
                # Behind the tenders stand tax tables and savings, except where nothing was a total before.
                if (not paid or not sums.totals) and reading.amounts == 1:
                    sums.totals.append((_RANK[reading.role], amount))
            case Role.SUBTOTAL | Role.EXCLUSIVE | Role.COUNT:
                sums.subtotals.append(amount)
            case Role.TAX:
                sums.tax.append(amount)
            case Role.SERVICE:
                sums.service.append(amount)
            case Role.ROUNDING:
                sums.rounding.append(amount)
            case Role.DISCOUNT:
                sums.discounts.append(Minor(abs(amount)))
            case Role.TENDER:
                paid = True
                sums.tenders.append((text, Minor(abs(amount))))
            case Role.CHANGE:
                paid = True
                sums.change = Minor(abs(amount))
            case _:
                pass
    # `ROUNDING 45.35` behind a total of 45.34 is the rounded total.
    for amount in [one for one in sums.rounding if sums.totals and one and abs(one - sums.totals[-1][1]) <= _COINS]:
        sums.rounding.remove(amount)
        sums.totals.append((_RANK[Role.ROUNDED], amount))
    return sums


_COINS: Final = 5


def _some(amounts: Iterable[Minor]) -> list[int]:
    """Each of them counted or not; their number is bounded, and with it the work."""
    return sorted({0, *list(dict.fromkeys(amounts))[:6]})


def _total(sums: _Sums, items: int, inside: list[Minor]) -> Minor | None:
    candidates = [(rank, amount) for rank, amount in sums.totals if amount] or sums.totals
    if not candidates and sums.subtotals and sums.tenders:
        candidates = [(1, sums.subtotals[-1])]
    if not candidates:
        return None
    best = max(rank for rank, _ in candidates)
    total = [amount for rank, amount in candidates if rank == best][-1]
    rounding = {0} | {sign * one for one in sums.rounding for sign in (1, -1)}
    said = 0
    if sums.tenders:
        paid = _paid(sums)
        if any(abs(one - total - coin) == 0 for one in paid for coin in rounding):
            said += 1
        elif sums.change is not None or max(paid) < total:
            return None
    if items and _fits(items, inside, sums, total) is not None:
        said += 1
    others = [amount for rank, amount in candidates if amount != total and rank >= 2]
    if any(_reached([other], sums, total) is None for other in others):
        return None
    if sums.subtotals and _reached([*sums.subtotals[-2:], sums.subtotals[0]], sums, total) is not None:
        said += 1
    if sum(amount == total for _, amount in candidates) > 1:
        said += 1
    off = max(sums.discounts, default=0)
    if off * _MOST_OFF > (off + total) * (_MOST_OFF - 1):
        return None
    return total if said or (len(candidates) == 1 and best >= 2 and not sums.tenders) else None


def _paid(sums: _Sums) -> set[int]:
    """What the tenders less the change come to: all of them, or the last where one is told twice."""
    change = sums.change or 0
    amounts = [amount for _, amount in sums.tenders]
    return {sum(amounts) - change, amounts[-1] - change, amounts[0] - change, max(amounts) - change}


def _reached(starts: Sequence[int], sums: _Sums, total: int) -> int | None:
    """The first of these sums from which tax, service, rounding and discounts lead to the total, exactly."""
    signs = sorted({0} | {sign * one for one in sums.rounding[:2] for sign in (1, -1)})
    ways = list(choices(_some(sums.tax), _some(sums.service), signs, _some([*sums.discounts, _all(sums.discounts)])))
    for start in starts:
        if any(start + tax + service + coin - off == total for tax, service, coin, off in ways):
            return start
    return None


def _all(amounts: Iterable[Minor]) -> Minor:
    return Minor(sum(amounts))


def _fits(items: int, inside: list[Minor], sums: _Sums, total: int) -> list[Minor] | None:
    """The discounts with which the items come to the total, within one minor unit; None where they do not."""
    signs = sorted({0} | {sign * one for one in sums.rounding[:2] for sign in (1, -1)}, key=abs)
    within = [[], inside] if inside else [[]]
    below = [[], *([one] for one in dict.fromkeys(sums.discounts) if one), sums.discounts] if sums.discounts else [[]]
    for slack in (0, 1):
        for first, second in choices(within, below[:6]):
            off = sum(first) + sum(second)
            for tax, service, coin in choices(_some(sums.tax), _some(sums.service), signs):
                if abs(items - off + tax + service + coin - total) <= slack:
                    return [one for one in [*first, *second] if one]
    return None


def _blocks(readings: list[Reading], names: str) -> list[Reading]:
    """The items and discounts of the body, each with its name."""
    kept = [one for one in readings if one.role in {None, Role.VOID, Role.DISCOUNT} or one.role is Role.PERSON]
    before = _names_before(kept) if names == "auto" else names == "before"
    blocks: list[Reading] = []
    taken: set[int] = set()
    void = False
    for position, one in enumerate(kept):
        if one.role is Role.PERSON or position in taken:
            continue
        if one.role is Role.VOID and one.amount is None and not one.name:
            void = True
            continue
        if one.form is Form.MULTIPLY:
            if not _told_before(blocks, one) and (told := _multiplied(kept, position)) is not None:
                blocks.append(told)
        elif one.amount is not None:
            beside = position - 1 if before else position + 1
            if one.form in {Form.DETAIL, Form.AMOUNT} and one.role is None and 0 <= beside < len(kept) and beside not in taken:
                name = kept[beside]
                if name.form is Form.TEXT and name.role in {None, Role.VOID}:
                    taken.add(beside)
                    one = replace(one, name=name.name, code=one.code or name.code, void=one.void or name.void)
            if one.form is Form.FULL and _priced_name(one, kept[position + 1 : position + 2]):
                # `SUSHI 2.80` above `2.80  2  5.60`: the name holds the price.
                taken.add(position + 1)
                one = replace(kept[position + 1], name=one.name, code=one.code)
            if void or one.void:
                one = replace(one, amount=Minor(-abs(one.amount)), role=None)
                void = False
            blocks.append(one)
    return [_with_leading(blocks, one) for one in blocks]


def _priced_name(one: Reading, following: list[Reading]) -> bool:
    return any(n.form is Form.DETAIL and n.role is None and n.price == one.amount and one.quantity is None for n in following)


def _times(one: Reading) -> int:
    """Minor units of a quantity times its price, rounded half up."""
    return ((one.price or 0) * (one.quantity or 0) + 500) // 1000


def _told_before(blocks: list[Reading], one: Reading) -> bool:
    """`@2 X RM 1.75` below an item of 3.50 tells its quantity."""
    last = blocks[-1] if blocks else None
    if last is None or last.quantity is not None or last.amount is None or abs(_times(one) - abs(last.amount)) > 1:
        return False
    blocks[-1] = replace(last, quantity=one.quantity, price=one.price, unit=one.unit)
    return True


def _multiplied(kept: list[Reading], position: int) -> Reading | None:
    """`2 x 1.75` above an item of 3.50 tells its quantity; below a name, or above it, it is the whole item."""
    one = kept[position]
    following = kept[position + 1] if position + 1 < len(kept) else None
    if following is not None and following.amount is not None and abs(_times(one) - abs(following.amount)) <= 1:
        if following.quantity is None:
            kept[position + 1] = replace(following, quantity=one.quantity, price=one.price, unit=one.unit)
        return None
    above = kept[position - 1] if position else None
    if above is not None and above.form is Form.TEXT and above.role is None and above.name:
        return replace(one, form=Form.FULL, amount=Minor(_times(one)), name=above.name, code=one.code or above.code)
    return None


def _with_leading(blocks: list[Reading], one: Reading) -> Reading:
    """The small number before the name is a quantity, unless the lines are numbered by it."""
    leading = [block.leading for block in blocks if block.leading is not None]
    numbered = len(leading) > 1 and leading == list(range(leading[0], leading[0] + len(leading)))
    if one.leading is None or one.quantity is not None or numbered or not 0 < one.leading < 100 or one.amount is None:
        return one
    price = Minor(one.amount // one.leading) if one.amount % one.leading == 0 else None
    return replace(one, quantity=Thousandths(one.leading * ONE), price=price)


def _names_before(kept: list[Reading]) -> bool:
    """Whether names stand before their amounts."""
    details = [at for at, one in enumerate(kept) if one.form in {Form.DETAIL, Form.AMOUNT} and one.role is None]
    if not details:
        return True

    def named(at: int) -> int:
        if not 0 <= at < len(kept) or kept[at].form is not Form.TEXT or kept[at].role is not None:
            return 0
        return sum(map(len, _LETTERS.findall(kept[at].name)))

    leads, trails = named(details[0] - 1), named(details[-1] + 1)
    if bool(leads) != bool(trails):
        return bool(leads)
    return sum(named(at - 1) for at in details) >= sum(named(at + 1) for at in details)
