"""Shoppers who come again, and a rhythm of one feature: how far an item is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import numpy as np

from device.domain import Sku
from device.profiles import ROW, Profile, Recurring
from device.rhythm import FEATURES, Rhythm, Usual

EPOCH: Final = datetime(1970, 1, 1)


def rhythm(*skus: str, worth: float = 1.0) -> Rhythm:
    """An item is as likely as not when its usual distance has passed; sooner less, later more."""
    weights = tuple(2.0 if name == "into the distance" else 0.0 for name in FEATURES)
    return Rhythm(0.0, weights, worth, {sku: Usual(float(np.log(7)), 0.5, 0.01) for sku in skus})


def regular(
    bought: Mapping[str, float], *, seen: datetime, shares: Mapping[str, float] | None = None, unwanted: tuple[str, ...] = ()
) -> Profile:
    """Who came last on the day `seen` and bought each item many times, a week apart, so many days before that the last time."""
    rows = np.zeros(len(bought), ROW)
    rows["times"] = 11
    rows["visits_since_first"] = 12
    rows["hours_ago"] = [round(days * 24) for days in bought.values()]
    rows["log_gaps"] = 10 * np.log(7)
    rows["by_visits"] = 0.5
    rows["by_days"] = 2.0
    hours = round((seen - EPOCH).total_seconds() / 3600)
    history = {Sku(sku): share for sku, share in (shares or dict.fromkeys(bought, 0.5)).items()}
    recurring = Recurring(tuple(map(Sku, bought)), rows, hours, 12, (3.0, 8.0))
    return Profile(history, recurring, tuple(map(Sku, unwanted)))
