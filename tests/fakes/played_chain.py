"""A chain whose truth is known: every receipt as it would have been without suggestions and with them.

Stores differ, hours and days differ, regulars buy as they are used to; each item of a slate is wanted anyway by some and taken
because of the suggestion by others (the true uplift, by item and shopper); of what is taken, a part only replaces what would have
been bought (cannibalisation); the effect wears off (novelty). Arms are drawn by coin; the shopper's two receipts are not touched
by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from fakes.plain_columns import Columns
from numpy.typing import NDArray

from model_export.worth.judging import NONE
from model_export.worth.measuring import REGULARS

FIRST_DAY: Final = date(2026, 5, 1).toordinal()
"""Of the experiment; the days before it are the pre-period."""
SLATE: Final = 3
OPENS: Final = 8
HOURS: Final = np.array([2, 3, 4, 4, 5, 6, 5, 4, 4, 6, 9, 10, 7, 4], np.float64)
"""How busy the hours from eight o'clock on are."""


@dataclass(frozen=True, slots=True)
class Chain:
    stores: int = 6
    days: int = 28
    before: int = 14
    receipts_a_day: int = 300
    """Of all stores together."""
    uplift: float = 1.0
    """Times the usual one; 0: suggestions change nothing at all."""
    cannibalised: float = 0.3
    """Share of what is taken that replaces something of the basket."""
    half_life: float = 20.0
    """Days after which the effect is half of what it was."""
    slower: float = 1.5
    """Seconds that suggestions cost at the till."""
    share: float = 0.5
    unit: str = "receipt"
    """Or shopper: who keeps an arm; a stranger is in none."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A chain that has traded, and for each receipt what suggestions change on it, by the name of the metric."""

    columns: Columns
    truth: dict[str, NDArray[np.float64]]
    slate: NDArray[np.int64]
    """int64[n, SLATE]: which items."""
    bought: NDArray[np.bool_]
    """bool[n, SLATE]: as it happened."""
    prices: NDArray[np.float64]


def play(chain: Chain, seed: int) -> Played:
    chance = np.random.default_rng(seed)
    days = chain.before + chain.days
    busy = np.exp(chance.normal(0, 0.15, days)) * np.where(np.arange(days) % 7 >= 5, 1.4, 1.0)
    n = int(chance.poisson(chain.receipts_a_day * days))
    day = np.sort(chance.choice(days, n, p=busy / busy.sum()))
    weight = np.exp(chance.normal(0, 0.5, chain.stores))
    store = chance.choice(chain.stores, n, p=weight / weight.sum())
    hour = OPENS + chance.choice(len(HOURS), n, p=HOURS / HOURS.sum())
    closed = (day * 24 + hour) * 3600 + chance.integers(0, 3600, n)
    order = np.argsort(closed, kind="stable")
    day, store, hour, closed = day[order], store[order], hour[order], closed[order]

    regulars = max(chain.receipts_a_day, 1)
    shopper = np.where(chance.random(n) < 0.4, store * regulars + chance.integers(0, regulars, n), NONE)
    habit = chance.normal(0, 0.5, chain.stores * regulars)
    size = 0.3 * chance.normal(0, 1, chain.stores)[store] + 0.25 * np.sin(hour / 3) + np.log(busy)[day] / 3
    size += np.where(shopper == NONE, 0.0, habit[shopper])
    lines = 1 + chance.poisson(4 * np.exp(size))
    worth = np.round(lines * 9_000 * np.exp(chance.normal(-0.125, 0.5, n)))

    goods = 40
    prices = np.round(chance.lognormal(9, 0.5, goods))
    wanted, moved = chance.uniform(0.02, 0.1, goods), chance.uniform(0.0, 0.06, goods) * chain.uplift
    slate = np.argsort(chance.random((n, goods)), axis=1)[:, :SLATE]
    since = np.maximum(day - chain.before, 0)
    open_to = np.exp(-np.log(2) * since / chain.half_life) * np.where(shopper == NONE, 1.0, np.exp(-habit[shopper]))
    anyway = chance.random((n, SLATE)) < wanted[slate]
    extra = ~anyway & (chance.random((n, SLATE)) < moved[slate] * open_to[:, None])
    instead = extra & (chance.random((n, SLATE)) < chain.cannibalised)
    gained = (extra * prices[slate] - instead * np.round(0.8 * prices[slate])).sum(axis=1)
    slower = np.full(n, chain.slower) if chain.uplift else np.zeros(n)

    coin = chance.random(n) < chain.share
    if chain.unit == "shopper":
        coin = (chance.random(chain.stores * regulars) < chain.share)[shopper]
    arm = np.where((day < chain.before) | ((chain.unit == "shopper") & (shopper == NONE)), NONE, coin.astype(np.int64))
    on = arm == 1
    bought = anyway | (extra & on[:, None])
    attached, before = bought.sum(axis=1), anyway.sum(axis=1)
    scanning = 4 * lines * np.exp(chance.normal(0, 0.3, n))
    nps = chance.choice([-100.0, 0.0, 100.0], n, p=(0.2, 0.3, 0.5))
    values = {
        "offered": np.full(n, float(SLATE)),
        "painted": on.astype(np.float64),
        "accepted": (on[:, None] & extra).any(axis=1).astype(np.float64),
        "answered": np.zeros(n),
        "explored": np.zeros(n),
        "attached": attached.astype(np.float64),
        "items": lines + attached - (instead & on[:, None]).sum(axis=1).astype(np.float64),
        "total": worth + (anyway * prices[slate]).sum(axis=1) + gained * on,
        "till_s": np.round(scanning + slower * on, 3),
        "rating": np.where(chance.random(n) < 0.1, nps, np.nan),
    }
    values |= dict.fromkeys(REGULARS, np.zeros(n))
    values |= {"margin": np.round(0.25 * values["total"]), "margin_of": values["total"]}
    truth = {
        "conversion": (before + extra.sum(axis=1) > 0) * 1.0 - (before > 0),
        "attach": extra.sum(axis=1) * 1.0,
        "items": (extra.sum(axis=1) - instead.sum(axis=1)) * 1.0,
        "receipt": gained,
        "margin": 0.25 * gained,
        "till": slower,
        "rating": np.zeros(n),
    }
    columns = Columns(
        stores=tuple(f"S{number + 1}" for number in range(chain.stores)),
        devices=tuple(f"S{number + 1}-till-1" for number in range(chain.stores)),
        arms=("control", "treatment"),
        currency="RUB",
        store=store,
        device=store,
        arm=arm,
        shopper=shopper,
        day=day + FIRST_DAY - chain.before,
        hour=hour,
        offset=np.full(n, 180),
        closed_s=(FIRST_DAY - chain.before - date(1970, 1, 1).toordinal()) * 86_400 + closed - 3 * 3600,
        shown_in_ghosts=np.zeros(n, np.int64),
        drawn=arm,
        values=values,
    )
    return Played(columns, truth, slate, bought, prices)
