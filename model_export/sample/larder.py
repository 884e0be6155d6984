"""What regulars keep at home: bought again when it has run out, whatever else brings them to the shop.

Each regular keeps some of these families, each for a number of days of their own. On a visit after they are over it is bought
most likely, before that hardly ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LASTS_DAYS: Final = {
    "milk": 5.0,
    "bread_rye": 4.0,
    "banana": 5.0,
    "kefir": 5.0,
    "cottage_cheese": 6.0,
    "eggs": 9.0,
    "butter": 11.0,
    "water_large": 7.0,
    "coffee_ground": 16.0,
    "tea": 24.0,
    "oats": 20.0,
    "sugar": 30.0,
    "toilet_paper": 18.0,
    "laundry": 35.0,
    "nappies": 9.0,
    "cat_food": 7.0,
    "cat_litter": 12.0,
    "dog_food": 14.0,
}
_KEEPERS: Final = 0.35
_LEAST_TASTE: Final = 0.1
"""Who does not care for a family does not keep it: nobody without a cat its food."""
_WHEN_OUT: Final = 0.85
_BEFORE: Final = 0.08


def larders(families: Sequence[str], tastes: NDArray[np.floating[Any]], rng: np.random.Generator) -> NDArray[np.float64]:
    """float64[shoppers, kept families]: days that each lasts; infinite where it is not kept."""
    usual = np.array(list(LASTS_DAYS.values())) * rng.lognormal(0, 0.25, (len(tastes), len(LASTS_DAYS)))
    cared_for = tastes[:, [families.index(name) for name in LASTS_DAYS]] > _LEAST_TASTE
    return np.where(cared_for & (rng.random(usual.shape) < _KEEPERS), usual, np.inf)


def restock(
    has: NDArray[np.bool_],
    families: Sequence[str],
    larder: NDArray[np.float64],
    shopper: NDArray[np.int64],
    day: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Change in `has`, bool[receipts, families], what those of known shoppers hold; `shopper` below 0 is nobody."""
    columns = np.array([families.index(name) for name in LASTS_DAYS])
    order = np.lexsort((day, shopper))
    order = order[shopper[order] >= 0]
    whose = shopper[order]
    first = np.searchsorted(whose, whose)
    visit = np.arange(len(order)) - first
    kept = np.isfinite(larder)
    bought = -np.where(kept, larder, 0.0) * rng.random(larder.shape)
    for number in range(int(visit.max(initial=-1)) + 1):
        rows = order[visit == number]
        who = shopper[rows]
        out = day[rows, None] - bought[who] >= larder[who]
        wanted = rng.random(out.shape) < np.where(out, _WHEN_OUT, _BEFORE)
        held = np.where(kept[who], wanted, has[rows[:, None], columns])
        has[rows[:, None], columns] = held
        bought[who] = np.where(held, day[rows, None], bought[who])
