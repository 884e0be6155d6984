"""What is due at this visit: a shopper's past moved to today, and what the bundle's rhythm says of it. Pure; offline; no clock.

A profile tells the past as it stood at the shopper's last visit that headquarters knew of. Days that went by since then are
reckoned here; visits since then are not known, and count as none. A clock that stands before the last visit counts as no day.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from device.rhythm import HALF_LIVES_DAYS, Bought

if TYPE_CHECKING:
    from device.domain import Sku
    from device.profiles import Profile
    from device.rhythm import Rhythm

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
_DIGITS: Final = 6
"""Of a probability: what another processor's logarithm changes is not seen."""


def due(profile: Profile, rhythm: Rhythm, local: datetime) -> dict[Sku, float]:
    """The probability that each item that recurs stands on this receipt. `local` is the shop's wall clock."""
    recurring = profile.recurring
    known = [place for place, sku in enumerate(recurring.skus) if sku in rhythm.items]
    if not known:
        return {}
    skus = [recurring.skus[place] for place in known]
    stated = rhythm.probability(_bought(profile, rhythm, known, local))
    return {sku: round(probability, _DIGITS) for sku, probability in zip(skus, stated.tolist(), strict=True)}


def added(profile: Profile, rhythm: Rhythm | None, local: datetime) -> dict[Sku, float]:
    """The same as what it adds to the model's score; nothing without a rhythm."""
    return {} if rhythm is None else {sku: rhythm.worth * stated for sku, stated in due(profile, rhythm, local).items()}


def _bought(profile: Profile, rhythm: Rhythm, known: list[int], local: datetime) -> Bought:
    recurring = profile.recurring
    rows = recurring.rows[known]
    usual = np.array([(one.gap, one.again, one.share) for one in (rhythm.items[recurring.skus[place]] for place in known)])
    hours = (local.replace(tzinfo=None) - _EPOCH).total_seconds() / 3600
    passed = max(hours - recurring.seen, 0.0) / 24
    fading = 0.5 ** (passed / np.array(HALF_LIVES_DAYS))
    return Bought(
        times=rows["times"].astype(np.float64),
        visits=np.full(len(rows), float(recurring.visits)),
        visits_since_first=rows["visits_since_first"].astype(np.float64),
        visits_since_last=rows["visits_since_last"].astype(np.float64),
        since_last=passed + rows["hours_ago"] / 24,
        by_visits=rows["by_visits"].astype(np.float64),
        by_days=rows["by_days"] * fading / (np.array(recurring.halved) * fading + 0.5),
        log_gaps=rows["log_gaps"].astype(np.float64),
        item_gap=usual[:, 0],
        item_again=usual[:, 1],
        item_share=usual[:, 2],
    )
