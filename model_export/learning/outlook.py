"""What a candidate bundle would earn before it is shipped, as a value and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from model_export.learning import off_policy, slates
from model_export.learning.off_policy import CLIP, Estimate, Outcome
from model_export.learning.slates import MOST_RECEIPTS

if TYPE_CHECKING:
    from device.bundle import Bundle
    from device.policy_settings import Policy
    from model_export.learning.showings import Store


class Outlook(msgspec.Struct, frozen=True):
    candidate: str
    """Identity of the bundle."""
    first_day: str
    last_day: str
    """Of the receipts; "" without any."""
    seen: bool
    """Whether receipts count that the candidate may have learnt from: they flatter it."""
    outcome: Outcome


def look(
    store: Store,
    candidate: Bundle,
    policy: Policy,
    progress: Callable[[str, float], None],
    *,
    clip: float = CLIP,
    most: int = MOST_RECEIPTS,
    seen: bool = False,
) -> Outlook:
    rows, days = slates.read(store, candidate, policy, most, progress, seen=seen)
    progress("estimating", 0.95)
    categories = {item.sku: item.category for item in candidate.catalogue}
    told = Outlook(candidate.manifest.identity, *days, seen, off_policy.estimate(rows, categories, clip))
    progress("done", 1.0)
    return told


def lines(told: Outlook) -> Iterator[str]:
    """For people."""
    found = told.outcome
    when = f" of {told.first_day} to {told.last_day}" if told.first_day else ""
    yield f"candidate {told.candidate} on {found.receipts} receipts{when} that were decided while registers explored"
    if found.cannot:
        yield f"what it would earn cannot be estimated: {found.cannot}"
        return
    yield f"on {found.explored} of them something was drawn by lot; nothing shown was less probable than {found.least_chance:.1%}"
    if told.seen:
        yield "it may have learnt from these receipts, as --allow-seen says: its figures flatter it"
    yield "suggestions taken per 100 receipts, with 95 % intervals"
    yield f"{'':<18}{'candidate':>25}{'as decided then':>25}{'difference':>27}"
    for one in found.estimates:
        cells = f"{_said(one.candidate):>25}{_said(one.today):>25}{_said(one.difference, sign=True):>27}"
        yield f"{one.how:<18}{cells}"
    yield (
        f"{found.places} places, {found.supported:.1%} of them could have been drawn; at {found.differing:.1%} of these it "
        "decides otherwise"
    )
    yield (
        f"its choices were shown {found.matched} times, worth {found.effective:.0f} ({found.effective_differing:.0f} where it "
        f"decides otherwise); weights above {found.clip:g} cut: {found.clipped}"
    )


def _said(one: Estimate, *, sign: bool = False) -> str:
    form = "+.2f" if sign else ".2f"
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"
