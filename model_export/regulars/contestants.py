"""Who answers: each gives every known habit a score, and each visit its ten items.

A contestant that scores habits alone fills what is left of ten with the items most sold. TIFU-kNN scores every item by itself;
its knobs are those of a part of the paper's grid that find most at the validation's visits, and so is the decay of `lately`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.rhythm import HALF_LIVES_DAYS, LEAST_DAYS, VISIT_DECAYS
from model_export.regulars import buy_it_again, tifu_knn

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from model_export.regulars.visits import Habits

TOP: Final = 10
OURS: Final = "rhythm"


@dataclass(frozen=True, slots=True)
class Answer:
    name: str
    setting: str
    scores: NDArray[np.float64]
    """float64[habits]: more is likelier."""
    top: NDArray[np.int64]
    """int64[questions, 10]: items, no order; -1 where there are fewer."""


def most_frequent(habits: Habits) -> NDArray[np.float64]:
    return habits.bought.times / habits.bought.visits


def usual_distance(habits: Habits) -> NDArray[np.float64]:
    """The nearer the time since the last purchase to the usual distance, the likelier: minus their distance in logarithms."""
    return -np.abs(np.log(np.maximum(habits.bought.since_last, LEAST_DAYS)) - habits.bought.distance)


SCORED: Final[tuple[tuple[str, Callable[[Habits], NDArray[np.float64]]], ...]] = (
    ("most frequent", most_frequent),
    ("usual distance", usual_distance),
    ("repeat customer", buy_it_again.repeat_customer),
    ("aggregate time", buy_it_again.aggregate_time),
    ("poisson-gamma", buy_it_again.poisson_gamma),
    ("modified p.-gamma", buy_it_again.modified_poisson_gamma),
)


def scored(name: str, scores: NDArray[np.float64], habits: Habits, setting: str = "") -> Answer:
    return Answer(name, setting, scores, best_of(scores, habits))


def best_of(scores: NDArray[np.float64], habits: Habits) -> NDArray[np.int64]:
    """The ten best habits of each visit, filled with what sells most."""
    top = np.full((len(habits.visits), TOP), -1)
    order = np.lexsort((habits.item, -scores, habits.question))
    question = habits.question[order]
    count = np.bincount(question, minlength=len(top))
    rank = np.arange(len(order)) - (np.cumsum(count) - count)[question]
    kept = rank < TOP
    top[question[kept], rank[kept]] = habits.item[order][kept]
    best_sellers = np.argsort(-habits.usual.share, kind="stable")[: 2 * TOP]
    for row in np.flatnonzero(count < TOP).tolist():
        new = best_sellers[~np.isin(best_sellers, top[row])][: TOP - count[row]]
        top[row, count[row] : count[row] + len(new)] = new
    return top


def lately(validation: Habits, test: Habits) -> tuple[Answer, Answer]:
    """Frequency that forgets, by visits or by days, whichever finds most at the validation's visits."""

    def every(habits: Habits) -> list[NDArray[np.float64]]:
        return [*habits.bought.by_visits.T, *habits.bought.by_days.T]

    names = [f"x{decay:g} a visit" for decay in VISIT_DECAYS] + [f"half in {half:g} days" for half in HALF_LIVES_DAYS]
    tried = [recall(best_of(scores, validation), validation).mean() for scores in every(validation)]
    best = int(np.argmax(tried))
    return (
        scored("lately", every(validation)[best], validation, names[best]),
        scored("lately", every(test)[best], test, names[best]),
    )


def nearest(validation: Habits, test: Habits, seed: int, tell: Callable[[float], None]) -> tuple[Answer, Answer]:
    """TIFU-kNN with the knobs that find most at the validation's visits."""
    knobs = _best_knobs(validation, seed, tell)
    return _by_neighbours(validation, knobs, seed), _by_neighbours(test, knobs, seed)


def _best_knobs(habits: Habits, seed: int, tell: Callable[[float], None]) -> tifu_knn.Knobs:
    visits, found = habits.visits, dict[tifu_knn.Knobs, float]()
    for number, (within, between, groups) in enumerate(tifu_knn.VECTORS):
        tell(number / len(tifu_knn.VECTORS))
        vectors = tifu_knn.vectors(visits.history, visits.cut, within, between, groups)
        for part, own, means in tifu_knn.scores(vectors, visits.shopper, tifu_knn.NEIGHBOURS, seed):
            for count, mean in zip(tifu_knn.NEIGHBOURS, means, strict=True):
                for alpha in tifu_knn.ALPHAS:
                    knobs = tifu_knn.Knobs(within, between, groups, count, alpha)
                    top = _ten(alpha * own + (1 - alpha) * mean)
                    found[knobs] = found.get(knobs, 0.0) + float(recall(top, habits, part).sum())
    return max(found, key=lambda knobs: found[knobs])


def _by_neighbours(habits: Habits, knobs: tifu_knn.Knobs, seed: int) -> Answer:
    scores, top = np.zeros(len(habits)), np.full((len(habits.visits), TOP), -1)
    for part, every in tifu_knn.predictions(habits.visits, knobs, seed):
        rows = slice(*np.searchsorted(habits.question, [part.start, part.stop]))
        scores[rows] = every[habits.question[rows] - part.start, habits.item[rows]]
        top[part] = _ten(every)
    return Answer("TIFU-kNN", str(knobs), scores, top)


def _ten(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    most = min(TOP, scores.shape[1])
    top = np.full((len(scores), TOP), -1)
    top[:, :most] = np.argpartition(-scores, most - 1, axis=1)[:, :most]
    return top


def recall(top: NDArray[np.int64], habits: Habits, part: slice = slice(None)) -> NDArray[np.float64]:
    """float64[questions]: share of the items of the receipt that stand in its ten, of the questions of `part`."""
    visits = habits.visits
    question = np.arange(len(visits))[part]
    keys = question[:, None] * len(visits.history.skus) + top
    found = np.isin(keys, visits.bought()) & (top >= 0)
    shares: NDArray[np.float64] = found.sum(axis=1) / visits.history.sizes[visits.receipt[part]]
    return shares
