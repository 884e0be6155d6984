"""What a known shopper wanted and did not find: it comes back when stock does. Pure; offline; no clock.

A cashier's "there is none" about a suggestion stands on the receipt; headquarters puts it into the shopper's profile with its
day, and takes it out once a later receipt of the shopper holds the item (`model_export.regulars.answers`). On the shelf again, it
competes by its score with `policy.missed_boost` added, until `policy.missed_days` have passed. What the register itself was told
since then it does not know of the shopper: an item that was bought meanwhile may come once more until the next bundle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from device.domain import Sku
    from device.policy_settings import Policy


def added(missed: Mapping[Sku, int], local: datetime, policy: Policy) -> dict[Sku, float]:
    """What it adds to scores. `missed`: by item the day (proleptic ordinal); `local`: the shop's wall clock.

    A clock that stands before that day counts as that day.
    """
    since = local.toordinal() - policy.missed_days
    return {sku: policy.missed_boost for sku, day in missed.items() if day > since and policy.missed_boost}
