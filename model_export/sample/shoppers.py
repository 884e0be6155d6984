"""The regular shoppers of the sample grocery: cards, rhythms, tastes and favourites, all invented from one seed.

A shopper has a home store, a number of visits, a time of day and week, missions that are theirs (only who keeps a cat buys for
one), goods they keep at home (`larder`) and, in every family, a product they nearly always take. About four in five agreed
that their purchases may be used, and two in three of these to offers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from model_export.sample.larder import larders
from model_export.sample.missions import STORES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.sample.missions import Plan

REGULARS = 1_200
CONSENTING = 0.8
WANTING_OFFERS = 2 / 3
"""Of those."""
NOBODY = -1
"""Stands for a receipt without a card."""

_BANDS = 8
_KEEPS_TO_HOUSEHOLDS = {"pet": 0.3, "baby": 0.12, "fruit for the children": 0.3, "birthday": 0.5, "evening with drinks": 0.5}
_HABITS = {"cigarettes": 0.18, "lighter": 0.18, "cat_food": 0.75, "cat_litter": 0.75, "dog_food": 0.35, "energy_drink": 0.15}


@dataclass(frozen=True, slots=True)
class Shoppers:
    """One row per regular shopper. M missions, F families."""

    cards: NDArray[np.str_]
    consents: NDArray[np.bool_]
    offers: NDArray[np.bool_]
    """Who agreed to offers as well."""
    stores: NDArray[np.int64]
    visits: NDArray[np.float64]
    """How often they come, relative to one another."""
    rhythms: NDArray[np.float64]
    """(n, 8): how much a part of the day suits them; morning, noon, afternoon, evening on workdays, then on weekends."""
    missions: NDArray[np.float64]
    """(n, M): how much a mission is theirs, 1 on average."""
    tastes: NDArray[np.float32]
    """(n, F): factor on the chance of a family."""
    favourites: NDArray[np.float64]
    """(n, F): a number in [0, 1) that picks the favourite among a family's products."""
    larders: NDArray[np.float64]
    """(n, kept families): see `larder.larders`."""


def regulars(plan: Plan, seed: int) -> Shoppers:
    rng = np.random.default_rng((seed, 1))
    families, missions = len(plan.families), len(plan.names)
    tastes = rng.lognormal(-0.25, 0.7, (REGULARS, families))
    loved = rng.random((REGULARS, families)) < 6 / families
    tastes[loved] *= 4
    for family, share in _HABITS.items():
        has = rng.random(REGULARS) < share
        tastes[:, plan.families.index(family)] *= np.where(has, 1 / share, 0.02)
    theirs = rng.lognormal(-0.3, 0.8, (REGULARS, missions))
    for mission, share in _KEEPS_TO_HOUSEHOLDS.items():
        has = rng.random(REGULARS) < share
        theirs[:, plan.names.index(mission)] *= np.where(has, 1 / share, 0.02)
    cards = np.array([f"70{number:06d}" for number in 100_000 + rng.permutation(REGULARS * 7)[:REGULARS]])
    consents = rng.random(REGULARS) < CONSENTING
    return Shoppers(
        cards=cards,
        consents=consents,
        # Drawn apart: whatever is drawn from `rng` decides what is bought.
        offers=consents & (np.random.default_rng((seed, 5)).random(REGULARS) < WANTING_OFFERS),
        stores=rng.choice(len(STORES), REGULARS, p=[0.45, 0.28, 0.27]),
        visits=rng.lognormal(0, 0.75, REGULARS),
        rhythms=rng.gamma(1.2, 1, (REGULARS, _BANDS)) + 0.1,
        missions=theirs,
        tastes=tastes.astype(np.float32),
        favourites=rng.random((REGULARS, families)),
        larders=larders(plan.families, tastes, rng),
    )


def who_came(
    shoppers: Shoppers,
    rng: np.random.Generator,
    *,
    store: NDArray[np.int64],
    mission: NDArray[np.int64],
    weekday: NDArray[np.int64],
    hour: NDArray[np.int64],
) -> NDArray[np.int64]:
    """For each receipt the row of the shopper whose it most likely is, by home store, mission and rhythm."""
    band = np.digitize(hour, (11, 14, 17)) + 4 * (weekday >= 5)
    group = (store * shoppers.missions.shape[1] + mission) * _BANDS + band
    came = np.full(len(group), NOBODY, np.int64)
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if not len(rows):
            continue
        first = rows[0]
        at_home = np.where(shoppers.stores == store[first], 1.0, 0.03)
        weight = at_home * shoppers.visits * shoppers.missions[:, mission[first]] * shoppers.rhythms[:, band[first]]
        came[rows] = rng.choice(REGULARS, len(rows), p=weight / weight.sum())
    return came
