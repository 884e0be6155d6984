"""How often a suggestion is taken: by its score, by its place, and by the item, each estimated beside the others. Pure.

    expected share taken = exp(level + slope * log(score) + effect of the place) * factor of the item

*Score and places* are a regression for relative risks: Poisson likelihood with a logarithmic link for a yes or no (Zou, American
Journal of Epidemiology 159, 2004), the items' factors held; a normal prior (`PRIOR`) draws the slope towards 1, places towards 0.

*Items* are shrunk by empirical Bayes, as an observed beside an expected number (the gamma-Poisson model of standardised ratios;
Clayton and Kaldor, Biometrics 43, 1987): an item's factor is its category's times Gamma(spread, spread), a category's is
Gamma(group_spread, group_spread), both of mean 1; the spreads are where the marginal (negative binomial) likelihood of all counts
is largest. An item that was shown twice is thought of as its category, and that as all others, until they have been shown more.

Both are repeated in turn until nothing moves. Each showing weighs one over its chance (`showings.weight`). A weighted count is
taken as one of smaller size with the same mean and variance (Fay and Feuer, Statistics in Medicine 16, 1997).

What a register multiplies an item's score by is factor ** (1 / slope): the score that would let expect as much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln
from scipy.stats import gamma

from device.acceptance import BOUND, Acceptance
from model_export.learning.showings import MOST_PLACES, Showings

PRIOR: Final = 0.5
"""Standard deviation of the slope about 1 and of a place's logarithmic effect about 0, before anything is seen."""
LEAST_SLOPE: Final = 0.25
LEAST_SCORE: Final = 1e-4
UNSEEN: Final = 0.005
"""A factor that differs less from 1 is not worth a place in a bundle."""
_STEP: Final = 0.1
"""Scores within so much of each other (logarithm) are one cell."""
_SPREADS: Final = (0.5, 1e4)
_ROUNDS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    skus: tuple[str, ...]
    groups: tuple[str, ...]
    """Categories; "" of items that have none."""
    group: NDArray[np.int64]
    """Of each item."""
    level: float
    slope: float
    places: NDArray[np.float64]
    """float64[MOST_PLACES]: logarithm, of the first 0."""
    factor: NDArray[np.float64]
    """Of each item: mean of what is thought of it after all was seen."""
    group_factor: NDArray[np.float64]
    spread: float
    """Showings that would be taken, at which half of what an item says is believed."""
    group_spread: float
    taken: NDArray[np.float64]
    """Of each item, in showings of weight 1."""
    expected: NDArray[np.float64]
    """How many would have been taken if the item's factor were 1."""

    def share(self, item: NDArray[np.int64], place: NDArray[np.int64], score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Expected share taken, at most 1."""
        told = self.level + self.slope * np.log(np.maximum(score, LEAST_SCORE)) + self.places[place]
        return np.minimum(np.exp(told) * self.factor[item], 1.0)

    def interval(self, item: int) -> tuple[float, float]:
        """95 % of what is thought of the item's factor."""
        shape = self.taken[item] + self.spread
        low, high = gamma.ppf((0.025, 0.975), shape, scale=self.factor[item] / shape)
        return float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Showings of the same item, place and score, added up."""

    item: NDArray[np.int64]
    x: NDArray[np.float64]
    """float64[cells, 1 + 1 + MOST_PLACES - 1]: 1, log(score), the places after the first."""
    weight: NDArray[np.float64]
    taken: NDArray[np.float64]
    squares: NDArray[np.float64]
    """Sums of the weights, of the weights of what was taken, of the squares of the weights."""


def fit(shown: Showings, categories: Mapping[str, str | None]) -> Model:
    """`categories`: of items by SKU. Of few showings, or none, it says what the priors do."""
    names = [categories.get(sku) or "" for sku in shown.skus]
    groups = tuple(dict.fromkeys(names))
    group = np.array([groups.index(name) for name in names], np.int64)
    cells = _cells(shown)
    items = len(shown.skus)
    factor, group_factor = np.ones(items), np.ones(len(groups))
    spread = group_spread = _SPREADS[1]
    taken = expected = np.zeros(items)
    beta = np.concatenate(([_level(cells)], [1.0], np.zeros(MOST_PLACES - 1)))
    for _ in range(_ROUNDS):
        before = beta
        beta = _regressed(cells, np.log(factor)[cells.item], beta)
        mean = np.exp(cells.x @ beta)
        taken, expected = _effective(cells, mean, items)
        group_factor, group_spread = _groups(taken, expected, group, len(groups), spread)
        mean_factor = group_factor[group]
        spread = _spread(taken, mean_factor * expected)
        factor = mean_factor * (taken + spread) / (mean_factor * expected + spread)
        if np.abs(beta - before).max() < 1e-6:
            break
    return Model(
        shown.skus,
        groups,
        group,
        float(beta[0]),
        float(beta[1]),
        np.concatenate(([0.0], beta[2:])),
        factor,
        group_factor,
        spread,
        group_spread,
        taken,
        expected,
    )


def document(model: Model, shown: Showings, categories: Mapping[str, str | None]) -> Acceptance:
    """What goes into a bundle: a factor for each item of `categories` of which something is known, be it by its category."""
    power = 1.0 / max(model.slope, LEAST_SLOPE)
    of_group = dict(zip(model.groups, model.group_factor.tolist(), strict=True))
    of_item = dict(zip(model.skus, model.factor.tolist(), strict=True))
    factors = {}
    for sku in sorted({*categories, *model.skus}):
        told = of_item.get(sku, of_group.get(categories.get(sku) or "", 1.0)) ** power
        told = round(min(max(told, 1 / BOUND), BOUND), 4)
        if abs(told - 1.0) >= UNSEEN:
            factors[sku] = told
    places = tuple(round(float(place), 4) for place in np.clip(np.exp(model.places), 1 / BOUND, BOUND))
    return Acceptance(factors, places, len(shown), shown.explored)


class Item(msgspec.Struct, frozen=True):
    sku: str
    factor: float
    low: float
    high: float
    """95 % of what is thought of the factor."""
    showings: int
    taken: int


class Told(msgspec.Struct, frozen=True):
    """A model for people and programs."""

    showings: int
    explored: int
    taken: int
    slope: float
    places: tuple[float, ...]
    """Share taken beside that of the first."""
    categories: dict[str, float]
    items: tuple[Item, ...]
    """By falling factor."""


def told(model: Model, shown: Showings) -> Told:
    seen = np.bincount(shown.item, minlength=len(model.skus))
    taken = np.bincount(shown.item, shown.taken, minlength=len(model.skus))
    items = [
        Item(sku, float(model.factor[place]), *model.interval(place), int(seen[place]), int(taken[place]))
        for place, sku in enumerate(model.skus)
    ]
    return Told(
        len(shown),
        shown.explored,
        int(shown.taken.sum()),
        model.slope,
        tuple(np.exp(model.places).tolist()),
        dict(zip((name or "none" for name in model.groups), model.group_factor.tolist(), strict=True)),
        tuple(sorted(items, key=lambda item: (-item.factor, item.sku))),
    )


def lines(found: Told, most: int) -> Iterator[str]:
    """For people; of the items the `most` most and least taken."""
    yield f"{found.showings} suggestions shown ({found.explored} of them drawn by lot), {found.taken} taken"
    yield f"a score counts to the power of {found.slope:.2f}"
    yield "places beside the first: " + ", ".join(f"{place:.2f}" for place in found.places)
    yield f"{'item':<24}{'taken beside what is expected':>40}{'showings':>10}{'taken':>8}"
    for item in (*found.items[:most], *found.items[most:][-most:]):
        yield f"{item.sku:<24}{f'{item.factor:.2f} [{item.low:.2f}, {item.high:.2f}]':>40}{item.showings:>10}{item.taken:>8}"


def of_places(item: NDArray[np.int64], place: NDArray[np.int64], taken: NDArray[np.bool_], skus: Sequence[str]) -> Showings:
    """Showings whose score is not looked at."""
    ones = np.ones(len(item), np.float32)
    return Showings(tuple(skus), item.astype(np.int32), place.astype(np.int8), ones, taken, ones)


def _cells(shown: Showings) -> _Cells:
    told = np.round(np.log(np.maximum(shown.score.astype(np.float64), LEAST_SCORE)) / _STEP).astype(np.int64)
    least = int(told.min(initial=0))
    steps = int(told.max(initial=0)) - least + 1
    keys = (shown.item.astype(np.int64) * MOST_PLACES + shown.place) * steps + told - least
    cells, which = np.unique(keys, return_inverse=True)
    rest, step = np.divmod(cells, steps)
    item, place = np.divmod(rest, MOST_PLACES)
    weight = shown.weight

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(which, values, minlength=len(cells)).astype(np.float64)

    x = np.column_stack((np.ones(len(cells)), (step + least) * _STEP, *(place == one for one in range(1, MOST_PLACES))))
    return _Cells(item, x, total(weight), total(weight * shown.taken), total(weight**2))


def _level(cells: _Cells) -> float:
    """That of a score believed as it is, at the first place."""
    return float(np.log((cells.taken.sum() + 0.5) / (float(cells.weight @ np.exp(cells.x[:, 1])) + 0.5)))


def _regressed(cells: _Cells, offset: NDArray[np.float64], beta: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest penalised likelihood, by Newton's steps, halved where one would overshoot."""
    centre = np.concatenate(([0.0, 1.0], np.zeros(MOST_PLACES - 1)))
    precision = np.concatenate(([1e-4], np.full(MOST_PLACES, PRIOR**-2)))

    def loss(at: NDArray[np.float64]) -> float:
        linear = np.minimum(cells.x @ at + offset, 50.0)
        return float(cells.weight @ np.exp(linear) - cells.taken @ linear + 0.5 * precision @ (at - centre) ** 2)

    for _ in range(50):
        mean = cells.weight * np.exp(np.minimum(cells.x @ beta + offset, 50.0))
        slope = cells.x.T @ (mean - cells.taken) + precision * (beta - centre)
        curve = cells.x.T @ (mean[:, None] * cells.x) + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        size, now = 1.0, loss(beta)
        while loss(beta - size * step) > now + 1e-12 * abs(now) and size > 1e-6:
            size /= 2
        beta = beta - size * step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def _effective(cells: _Cells, mean: NDArray[np.float64], items: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each item: how many were taken and how many were expected to be, as counts of weight 1 with the same variance."""
    taken = np.bincount(cells.item, cells.taken, minlength=items).astype(np.float64)
    expected = np.bincount(cells.item, cells.weight * mean, minlength=items).astype(np.float64)
    variance = np.bincount(cells.item, cells.squares * mean, minlength=items)
    size = np.divide(expected, variance, out=np.ones(items), where=variance > 0)
    return taken * size, expected * size


def _groups(
    taken: NDArray[np.float64], expected: NDArray[np.float64], group: NDArray[np.int64], groups: int, spread: float
) -> tuple[NDArray[np.float64], float]:
    """The categories' factors, and their spread: items weigh by how much they say, their own spread within it counted."""
    says = expected * spread / (expected + spread)
    ratio = np.divide(taken, expected, out=np.ones(len(taken)), where=expected > 0)
    weight = np.bincount(group, says, minlength=groups).astype(np.float64)
    observed = np.bincount(group, says * ratio, minlength=groups).astype(np.float64)
    found = _spread(observed, weight)
    return (observed + found) / (weight + found), found


def _spread(taken: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Where the marginal likelihood of all counts, negative binomial about what is expected, is largest."""
    seen = expected > 0
    taken, expected = taken[seen], expected[seen]
    if len(taken) < 2:
        return _SPREADS[1]

    def loss(log_spread: float) -> float:
        spread = np.exp(log_spread)
        told = gammaln(taken + spread) - gammaln(spread) - spread * np.log1p(expected / spread)
        told = told + taken * (np.log(expected) - np.log(spread + expected))
        return -float(told.sum())

    low, high = np.log(_SPREADS)
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))
