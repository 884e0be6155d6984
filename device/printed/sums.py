"""What is printed below the items: sums, taxes, tenders; and what they say the total is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product as choices
from typing import Final

from device.domain import Minor
from device.printed.lines import Form, Reading
from device.printed.words import Role

_RANK: Final = {Role.TOTAL: 2, Role.INCLUSIVE: 2, Role.FINAL: 3, Role.ROUNDED: 4}
TOTALS: Final = frozenset(_RANK)
_UNNAMED: Final = 1
_LISTS: Final = {
    Role.SUBTOTAL: "subtotals",
    Role.EXCLUSIVE: "subtotals",
    Role.COUNT: "subtotals",
    Role.TAX: "tax",
    Role.SERVICE: "service",
    Role.ROUNDING: "rounding",
}
_COINS: Final = 5
"""In minor units: what rounding to coins changes at most."""
_MOST_OFF: Final = 4
"""A discount of more than three quarters of the items is doubted: it is rather a number read wrongly."""


@dataclass(slots=True)
class Sums:
    totals: list[tuple[int, Minor]] = field(default_factory=list)
    """Rank of the word and amount."""
    subtotals: list[Minor] = field(default_factory=list)
    tax: list[Minor] = field(default_factory=list)
    service: list[Minor] = field(default_factory=list)
    rounding: list[Minor] = field(default_factory=list)
    discounts: list[Minor] = field(default_factory=list)
    """Positive."""
    tenders: list[tuple[str, Minor]] = field(default_factory=list)
    """The line, and the amount."""
    change: Minor | None = None


def read(foot: list[tuple[str, Reading]]) -> Sums:
    """Of the lines below the items."""
    sums = Sums()
    unnamed: list[Minor] = []
    for text, reading in foot:
        if reading.amount is None:
            continue
        if reading.role is not None:
            _keep(sums, text, reading.role, reading.amount, alone=reading.amounts == 1)
        elif reading.form is Form.FULL and not sums.totals:
            # `A local tax  1.30` between subtotal and total.
            unnamed.append(reading.amount)
    sums.tax += unnamed
    # `ROUNDING 45.35` behind a total of 45.34 is the rounded total.
    for amount in [one for one in sums.rounding if sums.totals and one and abs(one - sums.totals[-1][1]) <= _COINS]:
        sums.rounding.remove(amount)
        sums.totals.append((_RANK[Role.ROUNDED], amount))
    return sums


def _keep(sums: Sums, text: str, role: Role, amount: Minor, *, alone: bool) -> None:
    """`alone`: no other amount stands on the line."""
    if role in _RANK:
        # Behind the tenders stand tax tables and savings, except where nothing was a total before.
        paid = sums.tenders or sums.change is not None
        if alone and not (paid and sums.totals):
            sums.totals.append((_RANK[role], amount))
    elif role in _LISTS:
        getattr(sums, _LISTS[role]).append(amount)
    elif role is Role.DISCOUNT:
        sums.discounts.append(Minor(abs(amount)))
    elif role is Role.TENDER:
        sums.tenders.append((text, Minor(abs(amount))))
    elif role is Role.CHANGE:
        sums.change = Minor(abs(amount))


def _some(amounts: Iterable[Minor]) -> list[int]:
    """Each of them counted or not; their number is bounded, and with it the work."""
    return sorted({0, *list(dict.fromkeys(amounts))[:6]})


def total(sums: Sums, items: int, inside: list[Minor]) -> Minor | None:
    """The total, where something else says the same and nothing contradicts it; `inside` are discounts among the items."""
    candidates = [(rank, amount) for rank, amount in sums.totals if amount] or sums.totals
    if not candidates and sums.subtotals and sums.tenders:
        # Some tills name no total: what is paid for is the last subtotal.
        candidates = [(_UNNAMED, sums.subtotals[-1])]
    if not candidates:
        return None
    best = max(rank for rank, _ in candidates)
    told = [amount for rank, amount in candidates if rank == best][-1]
    paid = _paid_for(sums, told)
    others = [amount for rank, amount in candidates if amount != told and rank > _UNNAMED]
    off = max(sums.discounts, default=0)
    if (
        paid is False
        or (paid is None and best == _UNNAMED)
        or any(_reached([other], sums, told) is None for other in others)
        or off * _MOST_OFF > (off + abs(told)) * (_MOST_OFF - 1)
    ):
        return None
    said = (
        paid
        or (items and fits(items, inside, sums, told) is not None)
        or (sums.subtotals and _reached([*sums.subtotals[-2:], sums.subtotals[0]], sums, told) is not None)
        or sum(amount == told for _, amount in candidates) > 1
    )
    return told if said else None


def _paid_for(sums: Sums, told: Minor) -> bool | None:
    """Whether the tenders less the change are the total; None where they do not say."""
    if not sums.tenders:
        return None
    rounding = {0} | {sign * one for one in sums.rounding for sign in (1, -1)}
    paid = _paid(sums)
    told = Minor(abs(told))  # of a return the tender is printed with a minus or without
    if any(one - told == coin for one in paid for coin in rounding):
        return True
    # More than the total, and no change printed: it was given all the same.
    return False if sums.change is not None or max(paid) < told else None


def _paid(sums: Sums) -> set[int]:
    """What the tenders less the change come to: all of them, or the last where one is told twice."""
    change = sums.change or 0
    amounts = [amount for _, amount in sums.tenders]
    return {sum(amounts) - change, amounts[-1] - change, amounts[0] - change, max(amounts) - change}


def _reached(starts: Sequence[int], sums: Sums, total: int) -> int | None:
    """The first of these sums from which tax, service, rounding and discounts lead to the total, exactly."""
    signs = sorted({0} | {sign * one for one in sums.rounding[:2] for sign in (1, -1)})
    ways = list(choices(_some(sums.tax), _some(sums.service), signs, _some([*sums.discounts, _all(sums.discounts)])))
    for start in starts:
        if any(start + tax + service + coin - off == total for tax, service, coin, off in ways):
            return start
    return None


def _all(amounts: Iterable[Minor]) -> Minor:
    return Minor(sum(amounts))


def fits(items: int, inside: list[Minor], sums: Sums, total: int) -> list[Minor] | None:
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
