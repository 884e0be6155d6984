"""Believable receipts of the sample grocery: a mission, perhaps a card, its families, the products found on the shelf.

Whole columns are drawn at once: traffic by day, mission, store and hour; shoppers by home store and rhythm; families by
mission, taste, what else is in the basket and what has run out at home; products by share, favourite, offer, hour and stock.
The same seed, count and last day give the same receipts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np

from model_export.sample.grocery import OPENS, goods
from model_export.sample.larder import restock
from model_export.sample.missions import STORES, Plan, plan
from model_export.sample.shelves import Shelves, shelves
from model_export.sample.shoppers import NOBODY, Shoppers, regulars, who_came

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

DAYS = 90
WITH_CARD = 0.45
_FAITHFUL = 12.0
"""How many times more likely the favourite is than its share says."""
_MOST_LIKELY = 0.97


@dataclass(frozen=True, slots=True)
class Lines:
    """One element per receipt line, sorted by time, receipt and line."""

    receipt: NDArray[np.str_]
    at: NDArray[np.datetime64]
    """Shop time, without zone."""
    store: Ints
    shopper: Ints
    """Row of `shoppers`, or NOBODY."""
    line: Ints
    item: Ints
    """Place in `goods()`."""
    quantity: NDArray[np.float64]
    amount: Ints
    """Kopecks."""


@dataclass(frozen=True, slots=True)
class Trade:
    lines: Lines
    shoppers: Shoppers
    shelves: Shelves


@dataclass(frozen=True, slots=True)
class _Visits:
    """One element per receipt, in no order."""

    day: Ints
    weekday: Ints
    mission: Ints
    store: Ints
    hour: Ints
    shopper: Ints


def trade(receipts: int, seed: int, until: date) -> Trade:
    """`receipts` receipts of the DAYS days that end with `until`."""
    tables = plan()
    days = [until - timedelta(days=DAYS - 1 - back) for back in range(DAYS)]
    shoppers, stocked = regulars(tables, seed), shelves(days, seed)
    rng = np.random.default_rng((seed, 4))
    # A receipt whose every product was sold out never happens: a few more are drawn than needed.
    visits = _visits(tables, shoppers, days, rng, receipts + receipts // 20 + 50)
    row, item = _baskets(tables, shoppers, stocked, visits, rng)
    happened = np.unique(row)[:receipts]
    kept = np.isin(row, happened)
    lines = _lines(tables, stocked, visits, days, rng, row[kept], item[kept])
    return Trade(lines, shoppers, stocked)


def _visits(tables: Plan, shoppers: Shoppers, days: list[date], rng: np.random.Generator, count: int) -> _Visits:
    weekdays = np.array([day.weekday() for day in days])
    busy = rng.lognormal(0, 0.08, len(days))
    traffic = tables.traffic[weekdays] * busy[:, None, None, None]
    cells = rng.choice(traffic.size, count, p=(traffic / traffic.sum()).ravel())
    day, mission, store, hour = (column.astype(np.int64) for column in np.unravel_index(cells, traffic.shape))
    hour += OPENS
    weekday = weekdays[day]
    came = who_came(shoppers, rng, store=store, mission=mission, weekday=weekday, hour=hour)
    shopper = np.where(rng.random(count) < WITH_CARD, came, NOBODY)
    return _Visits(day, weekday, mission, store, hour, shopper)


def _baskets(tables: Plan, shoppers: Shoppers, stocked: Shelves, visits: _Visits, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Receipt and item of every line: which families, and which product of each."""
    known = visits.shopper != NOBODY
    chance = tables.chances[visits.mission].astype(np.float32)
    browse = tables.browsing[visits.mission].astype(np.float32)
    taste = shoppers.tastes[visits.shopper[known]]
    chance[known] *= taste
    browse[known] *= taste
    np.minimum(chance, _MOST_LIKELY, out=chance)
    chance = 1 - (1 - chance) * (1 - np.minimum(browse, _MOST_LIKELY))
    has = rng.random(chance.shape, dtype=np.float32) < chance
    for follow in tables.follows:
        when, then = tables.families.index(follow.when), tables.families.index(follow.then)
        has[:, then] |= has[:, when] & (rng.random(len(has)) < follow.chance)
    restock(has, tables.families, shoppers.larders, visits.shopper, visits.day + visits.hour / 24, rng)
    empty = ~has.any(axis=1)
    # Weighted draw of one family (Efraimidis and Spirakis 2006: the largest u ** (1 / weight)).
    has[empty, np.argmax(np.log(rng.random(chance[empty].shape)) / np.maximum(chance[empty], 1e-9), axis=1)] = True
    bag = tables.families.index("carrier_bag")
    has[:, bag] = rng.random(len(has)) < 0.42 / (1 + np.exp(-(has.sum(axis=1) - 6) / 1.5))
    rows: list[Ints] = []
    items: list[Ints] = []
    of_family = _by_family(tables)
    for family, members in enumerate(of_family):
        wanting = np.flatnonzero(has[:, family])
        for row, item in _choose(tables, shoppers, stocked, visits, rng, family, members, wanting):
            rows.append(row)
            items.append(item)
    return np.concatenate(rows), np.concatenate(items)


def _by_family(tables: Plan) -> list[Ints]:
    return [np.array([place for place, good in enumerate(goods()) if good.family == name]) for name in tables.families]


def _choose(
    tables: Plan,
    shoppers: Shoppers,
    stocked: Shelves,
    visits: _Visits,
    rng: np.random.Generator,
    family: int,
    members: Ints,
    wanting: Ints,
) -> list[tuple[Ints, Ints]]:
    """The product each receipt takes of a family, and for some a second one."""
    share = np.array([goods()[place].share for place in members])
    day, store, hour = visits.day[wanting], visits.store[wanting], visits.hour[wanting]
    weight = share[None, :] * stocked.pull[day[:, None], members]
    weight = weight * stocked.there[store[:, None], day[:, None], members] * stocked.sold[hour[:, None], members]
    shopper = visits.shopper[wanting]
    favourite = np.searchsorted(np.cumsum(share) / share.sum(), shoppers.favourites[shopper, family], side="right")
    known = np.flatnonzero(shopper != NOBODY)
    weight[known, np.minimum(favourite[known], len(members) - 1)] *= _FAITHFUL
    with np.errstate(divide="ignore"):
        # The largest of log weight + Gumbel noise is a draw by weight; the second largest, a second draw without the first.
        score = np.log(weight) + rng.gumbel(size=weight.shape)
    order = np.argsort(-score, axis=1)
    found: list[tuple[Ints, Ints]] = []
    second = 0.3 if tables.more_pieces[family] >= 0.5 else 0.04
    for rank, chance in ((0, 1.0), (1, second))[: len(members)]:
        taken = order[:, rank]
        real = np.isfinite(score[np.arange(len(wanting)), taken]) & (rng.random(len(wanting)) < chance)
        found.append((wanting[real], members[taken[real]]))
    return found


def _lines(
    tables: Plan,
    stocked: Shelves,
    visits: _Visits,
    days: list[date],
    rng: np.random.Generator,
    row: Ints,
    item: Ints,
) -> Lines:
    """Give the lines their time, number, quantity and amount, and set them in order."""
    midnight = np.array([datetime.combine(day, time()) for day in days], dtype="datetime64[us]")
    second = rng.integers(0, 3600, len(visits.day))
    at = midnight[visits.day] + (visits.hour * 3600 + second).astype("timedelta64[s]")
    bag = tables.families.index("carrier_bag")
    family_of = np.array([tables.families.index(good.family) for good in goods()])
    # Things come out of the basket in any order; the bag is asked for at the end.
    place = np.where(family_of[item] == bag, 2, rng.random(len(item)))
    order = np.lexsort((place, row, visits.store[row], at[row]))
    row, item = row[order], item[order]
    starts = np.flatnonzero(np.r_[True, np.diff(row) != 0])
    count = np.diff(np.r_[starts, len(row)])
    line = np.arange(len(row)) - np.repeat(starts, count) + 1
    quantity = _quantities(tables, rng, family_of[item], item)
    price = stocked.prices[visits.day[row], item]
    return Lines(
        receipt=np.repeat(_receipt_ids(visits, days, row[starts]), count),
        at=at[row],
        store=visits.store[row],
        shopper=visits.shopper[row],
        line=line,
        item=item,
        quantity=quantity,
        amount=np.rint(quantity * price).astype(np.int64),
    )


def _quantities(tables: Plan, rng: np.random.Generator, family: Ints, item: Ints) -> NDArray[np.float64]:
    pieces = 1.0 + rng.poisson(tables.more_pieces[family])
    weight = np.maximum(np.round(tables.kilograms[family] * rng.lognormal(0, 0.33, len(item)), 3), 0.05)
    weighed = np.array([good.unit == "kg" for good in goods()])[item]
    return np.where(weighed, weight, pieces)


def _receipt_ids(visits: _Visits, days: list[date], rows: Ints) -> NDArray[np.str_]:
    """Store, day and a number that starts at 1 every morning; `rows` in order of time."""
    counters: dict[tuple[int, int], int] = {}
    ids = []
    for store, day in zip(visits.store[rows].tolist(), visits.day[rows].tolist(), strict=True):
        number = counters[store, day] = counters.get((store, day), 0) + 1
        ids.append(f"{STORES[store]}-{days[day]:%y%m%d}-{number:04d}")
    return np.array(ids)
