"""What a candidate bundle would truly have earned on the sales of the crowd, whose minds are known. Owns nothing.

Counted as `tillside outlook` counts: suggestions taken per 100 receipts, at each decision as it came about, at the places at
which the candidate's item could have been drawn. A card is taken when it stands where the shopper looks at the first cards and
was not on the list, or when it was on the list and is rung up before the next decision. The outlook knows none of that: it sees
what was drawn, and what became of it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from device.adviser import from_bundle
from device.trail import decide, regular_of, walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from device.adviser import Adviser
    from device.domain import Receipt, Sku, Slate
    from device.policy_settings import Policy
    from device.trail import Known


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale with suggestions that were shown, and its shopper's mind."""

    receipt: Receipt
    planned: frozenset[str]
    """What was on the list."""
    looks: int | None
    """The place that is looked at when cards are shown first; None: the shopper is not open to any."""


def earned(sold: Sequence[Sold], candidate: Path, policy: Policy) -> dict[str, float]:
    """Of the receipts that keep slates: how many, and per 100 of them what the candidate and what was decided then earn."""
    explored = [sale for sale in sold if sale.receipt.slates]
    theirs = usual = 0
    for store in {sale.receipt.store for sale in explored}:
        with closing(from_bundle(candidate, store, policy)) as adviser:
            for sale in explored:
                for slate, known, after in _decided(sale.receipt) if sale.receipt.store == store else ():
                    more, as_usual = _taken(sale, slate, known, after, adviser)
                    theirs, usual = theirs + more, usual + as_usual
    of = max(len(explored), 1) / 100
    return {"receipts": len(explored), "candidate": theirs / of, "then": usual / of, "difference": (theirs - usual) / of}


def _decided(receipt: Receipt) -> Iterator[tuple[Slate, Known, set[Sku]]]:
    """Each slate that was drawn, what was known, and what was on the receipt at the next decision or said yes to."""
    known = [state for _, state in walked(receipt)]
    for slate in receipt.slates:
        if slate.step < len(known) - 1:
            following = known[slate.step + 1]
            yield slate, known[slate.step], {*following.skus, *following.waiting}
        elif receipt.decisions <= len(known):
            yield slate, known[slate.step], {line.sku for line in receipt.lines if line.sku is not None}


def _taken(sale: Sold, slate: Slate, known: Known, after: set[Sku], adviser: Adviser) -> tuple[int, int]:
    """Of the candidate's slate, and of the one that would have stood there without exploring."""
    receipt = sale.receipt
    local = datetime.fromisoformat(receipt.local_time).replace(tzinfo=UTC)
    zone = timezone(timedelta(minutes=round((local - receipt.closed_at).total_seconds() / 60)))
    decision = decide(adviser, known, receipt.store, zone, regular_of(receipt, known, adviser, zone))
    theirs = [one.sku for one in decision.shown]
    pool = iter(slate.pool)
    usual = [next(pool) if sku in slate.pool else sku for sku in slate.shown]
    first = slate.step == receipt.slates[0].step

    def takes(skus: Sequence[Sku], place: int) -> bool:
        sku = skus[place] if place < len(skus) else None
        return sku is not None and (sku in after if sku in sale.planned else first and place == sale.looks)

    found = [0, 0]
    for place in range(max(len(theirs), len(slate.shown))):
        if place < len(theirs) and not _drawable(slate, place, theirs[place]):
            continue
        found[0] += takes(theirs, place)
        found[1] += takes(usual, place)
    return found[0], found[1]


def _drawable(slate: Slate, place: int, sku: Sku) -> bool:
    if place >= len(slate.shown):
        return False
    return sku == slate.shown[place] or (slate.shown[place] in slate.pool and sku in slate.pool)
