"""What moves an item among those that may be shown: factors on its score, each with its own bound, and pins.

An item's worth is its score times the factors; the score itself stays what the model said, and alone is held against the
relevance floor: no boost makes an item relevant. A factor is never below 1, but that of `acceptance`, and a score that is not
positive is not multiplied: no boost pushes down what it should lift.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from device.catalogue import Reach
from device.policy.goods import REACHES, UNKNOWN, Goods
from device.policy.rules import Moment, named
from device.policy_settings import Policy

if TYPE_CHECKING:
    from numpy.typing import NDArray


def reach(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.float32]:
    """`policy.reach_ratio` for each step it is nearer than the farthest place that is shown: 1 to ratio ** (reaches - 1)."""
    del at
    factor = np.ones(len(goods.skus), np.float32)
    for steps, one in enumerate(reversed(policy.reach)):
        factor[goods.reach == REACHES.index(Reach(one))] = policy.reach_ratio**steps
    factor[goods.reach == UNKNOWN] = 1.0
    return factor


def margin(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.float32]:
    """1 + `policy.margin_boost` * margin: 1 without a margin or with a loss, 1 + boost when all of the price is earned."""
    del at
    return (1.0 + policy.margin_boost * np.clip(goods.margin, 0.0, 1.0)).astype(np.float32)


def expiry(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.float32]:
    """1 + `policy.expiry_boost` on its last day of sale, falling evenly to 1 at `policy.expiry_days` before it."""
    left = goods.last_day.astype(np.int64) - at.day
    urgency = np.clip(1.0 - left / policy.expiry_days, 0.0, 1.0)
    return (1.0 + policy.expiry_boost * np.where(left < 0, 0.0, urgency)).astype(np.float32)


def acceptance(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.float32]:
    """What the bundle has learnt of how often it is taken, within 1 / `policy.acceptance_ratio` and that ratio."""
    del at
    return np.clip(goods.acceptance, 1.0 / policy.acceptance_ratio, policy.acceptance_ratio).astype(np.float32)


FACTORS: Final[tuple[tuple[str, Callable[[Goods, Moment, Policy], NDArray[np.float32]]], ...]] = (
    ("reach", reach),
    ("margin", margin),
    ("expiry", expiry),
    ("acceptance", acceptance),
)


def factors(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.float32]:
    """float32[len(FACTORS), items]."""
    return np.stack([factor(goods, at, policy) for _, factor in FACTORS])


def pinned(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """The shop wants it to stand first today, in this store, at this hour."""
    return named(policy.pin, goods, at)
