"""A plan in words, a line each: what it was made from, each metric, and what cannot be planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from model_export.worth.words import amount

if TYPE_CHECKING:
    from model_export.worth.basis import Basis, Planned
    from model_export.worth.planning import Plan

_UNTOLD: Final = (
    "history does not tell what is accepted, conversion, attach, margin, till or rating: plan for these when registers have sent "
    "receipts for a few weeks"
)
_CARDS: Final = "history does not tell whose card is shown before the first suggestion: only these shoppers take part"


def lines(told: Planned, unit: str) -> Iterator[str]:
    """`unit`: what is drawn, receipt or shopper."""
    yield from _made_from(told.basis)
    for plan in told.plans:
        yield from _planned(plan, told.currency, unit)
    yield from told.cannot
    if told.basis.source == "history":
        yield _UNTOLD
        if unit == "shopper":
            yield _CARDS


def _made_from(basis: Basis) -> Iterator[str]:
    whose = "what registers sent" if basis.source == "registers" else "history"
    stores = f", of {basis.stores} {'store' if basis.stores == 1 else 'stores'}" if basis.stores else ""
    span = f"on {basis.days} days, {basis.first_day} to {basis.last_day}"
    yield f"planned from {whose}: {basis.receipts} receipts {span}{stores}"
    for one in basis.left_out:
        yield f"left out: {one}"


def _planned(plan: Plan, currency: str, unit: str) -> Iterator[str]:
    size, mean = amount(plan.effect, plan.unit, currency, sign=True), amount(plan.mean, plan.unit, currency)
    latest = f"of the latest {plan.window} days"
    yield f"{plan.metric}: {mean} on the average of {plan.measured} receipts {latest}, {plan.a_day:.0f} a day"
    if unit == "shopper":
        yield f"  shoppers differ: {plan.intraclass:.0%} of the variance lies between them (intraclass correlation)"
    if plan.days:
        drawn = "receipts" if unit == "receipt" else "shoppers"
        yield f"  an effect of {size} is found with probability {plan.power:g} after {plan.units} {drawn}, {plan.days} days"
        yield f"  write `receipts = {plan.units}` into the experiment's file"
    yield f"  what was known before spares {plan.spared:.0%} of the variance"
    if not plan.within_a_year:
        smallest = amount(plan.smallest, plan.unit, currency, sign=True)
        yield f"  this question cannot be answered within a year: the smallest effect that a year finds is {smallest}"
