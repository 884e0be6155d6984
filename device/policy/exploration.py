"""Exploration: on a small share of receipts places are filled by lot, so that it can be known what else would be taken. Pure.

Off unless `policy.explore_share` is above 0. What may be drawn is the *pool*: what would stand on the screen anyway, and behind
it the next best of the same ranking, one of a family and one sponsored, whose worth is at least `policy.explore_ratio` of the
weakest that would stand there; `policy.explore_among` at most. Every rule lets all of it through, the relevance floor too. A pin,
and a sponsored item that took its place out of turn, keep their places.

A receipt explores when the first 8 bytes of HMAC-SHA256(key, "explore" NUL receipt), as a big-endian number, are below
explore_share * 2**64. Its places are then filled, first to last, with the pool in the order of HMAC-SHA256(key, receipt NUL SKU):
each order of the pool is as probable as any other, what is drawn stays while the sale goes on, and headquarters draws the same
from the same record. With m in the pool, s places to fill and e = explore_share, the policy's probability

- of a slate is e (m - s)! / m!, and 1 - e more for the one that stands there without exploring;
- of an item at a place is e / m, and 1 - e more for the item that stands there without exploring.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from math import perm
from typing import TYPE_CHECKING

from device.domain import Sku
from device.policy_settings import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Lot:
    """From what a slate was drawn, and how probable it was; also where the receipt did not explore."""

    pool: tuple[Sku, ...]
    """In the order in which its first ones stand there without exploring."""
    chance: float
    """Of the whole slate."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What fills the places that are drawn for, and how probable each was at its place."""

    skus: tuple[Sku, ...]
    chances: tuple[float, ...]
    lot: Lot


def explores(policy: Policy, receipt: str) -> bool:
    return int.from_bytes(_digest(policy, f"explore\0{receipt}")[:8], "big") < int(policy.explore_share * 2.0**64)


def draw(pool: Sequence[Sku], places: int, policy: Policy, receipt: str) -> Drawn:
    """`places`: how many are filled, at most as many as there are in the pool."""
    usual = tuple(pool[:places])
    skus = usual
    if explores(policy, receipt):
        skus = tuple(sorted(pool, key=lambda sku: _digest(policy, f"{receipt}\0{sku}"))[:places])
    plain = 1.0 - policy.explore_share
    return Drawn(
        skus,
        tuple(policy.explore_share / len(pool) + plain * (sku == other) for sku, other in zip(skus, usual, strict=True)),
        Lot(tuple(pool), policy.explore_share / perm(len(pool), places) + plain * (skus == usual)),
    )


def _digest(policy: Policy, told: str) -> bytes:
    return hmac.digest(policy.explore_key.encode(), told.encode(), hashlib.sha256)
