"""How likely an item that was bought before stands on the receipt of this visit: what the past says, and what was learnt of it.

The only copy: training learns with `features` and the register works with them, so the two cannot disagree about what a number
means. A logistic regression on how often, how lately, how far into the usual distance between purchases, and what the item is
like with everybody. The distance of a shopper who bought an item k times is drawn to the item's own by `DOUBT` distances (in
logarithms: distances are spread over decades).

A bundle's document `rhythm` is `Rhythm` as JSON: what was learnt is the same for all shoppers and items; of each item it tells
what it is like with everybody. How a shopper's past travels: `device.profiles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOUBT: Final = 2.0
NEAR: Final = 0.3
"""Logarithms: a third more or less than the usual distance is near it."""
LEAST_DAYS: Final = 0.5
"""Twice on one day is half a day apart: a logarithm needs a distance."""
HALF_LIVES_DAYS: Final = (14.0, 60.0)
VISIT_DECAYS: Final = (0.8, 0.95)

FEATURES: Final = (
    "share of visits",
    "share of visits since the first",
    "by visits, 0.8",
    "by visits, 0.95",
    "by days, 14",
    "by days, 60",
    "into the distance",
    "overdue",
    "long overdue",
    "just bought",
    "at the distance",
    "visits since",
    "days since",
    "once only",
    "times",
    "item bought again",
    "item's share",
    "visits",
    "distance",
)


class Usual(msgspec.Struct, frozen=True, array_like=True):
    """What an item is like with everybody."""

    gap: float
    """Mean logarithm of the days between two purchases."""
    again: float
    """Share of its buyers who bought it again, between 0 and 1."""
    share: float
    """Share of the receipts that hold it."""


@dataclass(frozen=True, slots=True)
class Bought:
    """Items that were bought before, a row each, as things stand at one visit. Days count back from it."""

    times: NDArray[np.float64]
    """Receipts with the item, one at least."""
    visits: NDArray[np.float64]
    """Of the shopper, in every row."""
    visits_since_first: NDArray[np.float64]
    """From the first with the item on, that one included."""
    visits_since_last: NDArray[np.float64]
    since_last: NDArray[np.float64]
    by_visits: NDArray[np.float64]
    """float64[rows, decays]: sum of decay ** (visits since), times (1 - decay), so that always is 1."""
    by_days: NDArray[np.float64]
    """float64[rows, half-lives]: visits with the item over visits, both halved each half-life; with half a visit of doubt."""
    log_gaps: NDArray[np.float64]
    """Sum of the natural logarithms of the `times - 1` distances in days."""
    item_gap: NDArray[np.float64]
    item_again: NDArray[np.float64]
    item_share: NDArray[np.float64]

    @property
    def distance(self) -> NDArray[np.float64]:
        """float64[rows]: the logarithm of the usual number of days between two purchases."""
        drawn: NDArray[np.float64] = (self.log_gaps + DOUBT * self.item_gap) / (self.times - 1 + DOUBT)
        return drawn


def features(bought: Bought) -> NDArray[np.float64]:
    """float64[rows, len(FEATURES)]"""
    usual, since = bought.distance, np.log(np.maximum(bought.since_last, LEAST_DAYS))
    into = since - usual
    again = np.clip(bought.item_again, 1e-6, 1 - 1e-6)
    return np.stack(
        [
            np.log((bought.times + 0.3) / (bought.visits + 2)),
            np.log((bought.times + 0.3) / (bought.visits_since_first + 1)),
            *np.log(bought.by_visits + np.array([1e-4, 1e-3])).T,
            *np.log(bought.by_days + 0.01).T,
            into,
            np.maximum(into, 0),
            np.maximum(into - 1, 0),
            np.minimum(into + 1, 0),
            np.exp(-((into / NEAR) ** 2)),
            np.log1p(bought.visits_since_last),
            since,
            (bought.times == 1).astype(np.float64),
            np.log(bought.times),
            np.log(again / (1 - again)),
            np.log(bought.item_share + 1e-6),
            np.log(bought.visits),
            usual,
        ],
        axis=1,
    )


class Rhythm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Probability = 1 / (1 + exp(-(bias + weights . features)))."""

    bias: float
    weights: tuple[float, ...]
    """One for each of `FEATURES`."""
    worth: float
    """What a probability of one adds to the model's score: chosen in training, where both are held against what was bought."""
    items: dict[str, Usual]
    """By SKU; of other items nothing is due."""

    @property
    def sound(self) -> bool:
        """Whether there is a number for everything, and none beyond reason."""
        numbers = np.array([self.bias, self.worth, *self.weights])
        usual = np.array([(one.gap, one.again, one.share) for one in self.items.values()]).reshape(-1, 3)
        finite = bool(np.isfinite(numbers).all() and np.isfinite(usual).all())
        return finite and len(self.weights) == len(FEATURES) and self.worth >= 0 and bool((usual[:, 1:] >= 0).all())

    def probability(self, bought: Bought) -> NDArray[np.float64]:
        """float64[rows]"""
        score = self.bias + features(bought) @ np.array(self.weights)
        stated: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(score, -500, 500)))
        return stated
