"""What stood on the shelves of each store on each day, and at what price: stock-outs and the week's offers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model_export.sample.grocery import CLOSES, OPENS, goods
from model_export.sample.missions import STORES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

_RUNS_OUT = 0.011
"""Chance that a product runs out in a store on a day."""
_STAYS_OUT = 0.5
"""Chance that it is still out on the day after."""
_ON_OFFER = 0.05
_CURRENT_OFFER_DAYS = 14
"""Since when the products with an old price have been cheaper."""


@dataclass(frozen=True, slots=True)
class Shelves:
    """D days, I items in the order of `goods()`."""

    there: NDArray[np.bool_]
    """(stores, D, I)"""
    prices: NDArray[np.int64]
    """(D, I) kopecks for one unit"""
    pull: NDArray[np.float64]
    """(D, I): how much more a product sells for being on offer."""
    sold: NDArray[np.bool_]
    """(24, I): whether it is sold in that hour."""


def shelves(days: Sequence[date], seed: int) -> Shelves:
    rng = np.random.default_rng((seed, 2))
    items = goods()
    counted = np.array([good.counted for good in items])
    there = np.ones((len(STORES), len(days), len(items)), np.bool_)
    out = np.zeros((len(STORES), len(items)), np.bool_)
    for day in range(len(days)):
        draw = rng.random(out.shape)
        out = np.where(out, draw < _STAYS_OUT, draw < _RUNS_OUT) & counted
        there[:, day] = ~out
    unit = np.array([good.unit_price for good in items])
    old = np.array([good.old_price or good.unit_price for good in items])
    recent = np.arange(len(days))[:, None] >= len(days) - _CURRENT_OFFER_DAYS
    prices = np.where(recent, unit, old)
    eligible = np.array([good.kind == "goods" and not good.age_limit and good.old_price is None for good in items])
    off = np.zeros(prices.shape)
    weeks = np.array([day.isocalendar().week for day in days])
    for week in dict.fromkeys(weeks.tolist()):
        chosen = eligible & (rng.random(len(items)) < _ON_OFFER)
        cut = np.where(chosen, rng.choice([0.1, 0.15, 0.2, 0.25], len(items)), 0)
        off[weeks == week] = cut
    # An offer ends in 90 kopecks like every other price tag, so the cut is rounded down to that.
    tag = (prices * (1 - off)).astype(np.int64) // 100 * 100 - 10
    prices = np.where(off > 0, tag, prices)
    hours = np.arange(24)[:, None]
    opens = np.array([good.sold_from if good.sold_from is not None else OPENS for good in items])
    closes = np.array([good.sold_until if good.sold_until is not None else CLOSES for good in items])
    return Shelves(
        there=there,
        prices=prices,
        pull=1 + 3 * off + 0.3 * (recent & (old > unit)),
        sold=(opens <= hours) & (hours < closes),
    )


def stock(there_today: NDArray[np.bool_], seed: int) -> list[str | None]:
    """Pieces (or whole kilograms) on the shelf by store, as JSON text; None for what is not counted."""
    rng = np.random.default_rng((seed, 3))
    found: list[str | None] = []
    for place, good in enumerate(goods()):
        pieces = rng.poisson(4 + 5 * good.share, len(STORES)) + 2
        left = {store: int(pieces[row] * there_today[row, place]) for row, store in enumerate(STORES)}
        found.append(json.dumps(left) if good.counted else None)
    return found
