"""What another policy's slates would have earned, from what an exploring policy showed and what became of it. Pure arithmetic.

One row is one place of one decision. It is assumed that whether an item is taken depends on the item, its place and the sale, not
on what stands at the other places (the item-position model: Li, Abbasi-Yadkori, Kveton, Muthukrishnan, Vinay and Wen, "Offline
evaluation of ranking policies with click models", KDD 2018). With w = min(1 / chance, clip) where both policies have the same
item at the place, else 0, taken r, and q a model of the share taken:

    IPS              sum of w r                               (Horvitz and Thompson, JASA 47, 1952)
    self-normalised  sum of w r / sum of w * places           (Swaminathan and Joachims, NeurIPS 2015)
    doubly robust    sum of q(candidate) + w (r - q)          (Dudik, Langford and Li, ICML 2011)

each over a receipt and its mean over receipts, times 100. q is `acceptance` fitted on one half of the receipts and asked about
the other, so that no receipt judges itself. A receipt is the unit: intervals are of a mean of independent receipts (of the ratio
by its linearisation), at one look; as rare draws weigh much, their skewness is corrected for (Hall, Journal of the Royal
Statistical Society B 54, 1992: the cubic transformation of the t statistic). What was decided then without exploring is estimated
from the same rows, and the difference is that of each receipt: where both decide the same it is nought and adds no noise.

*Support*: only places at which the candidate's item could have been drawn are looked at, for both policies. Nothing is estimated
where less than `LEAST_SUPPORTED` of the candidate's places are such, or its choices were shown too seldom: `LEAST_EFFECTIVE`.
*Effective*: how many showings of equal weight say as much, (sum of w)^2 / sum of w^2 (Kish, 1965).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from model_export.learning import acceptance
from model_export.learning.showings import MOST_PLACES
from model_export.worth.candidate_words import CANDIDATE

NOTHING: Final = -1
LEAST_SUPPORTED: Final = 0.8
LEAST_EFFECTIVE: Final = 50.0
LEAST_RECEIPTS: Final = 100
CLIP: Final = 200.0
"""More than what one of eight draws on one receipt in twenty weighs: larger weights are those of rare draws, and noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """All arrays have one element a place of a decision. Items are places in `skus`, or NOTHING."""

    skus: tuple[str, ...]
    receipts: int
    receipt: NDArray[np.int64]
    """0 to `receipts` - 1."""
    place: NDArray[np.int64]
    shown: NDArray[np.int64]
    chance: NDArray[np.float64]
    """Of what was shown, at its place."""
    taken: NDArray[np.bool_]
    today: NDArray[np.int64]
    """What would have stood there without exploring."""
    candidate: NDArray[np.int64]
    supported: NDArray[np.bool_]
    """The candidate's item could have been drawn for this place, or it has none."""


class Estimate(msgspec.Struct, frozen=True):
    """Suggestions taken per 100 receipts, with their 95 % interval."""

    value: float
    low: float
    high: float


class Estimated(msgspec.Struct, frozen=True):
    how: str
    """IPS, self-normalised or doubly robust."""
    candidate: Estimate
    today: Estimate
    difference: Estimate


class Outcome(msgspec.Struct, frozen=True):
    receipts: int
    explored: int
    """Of them those on which something stood elsewhere than without the lot."""
    least_chance: float
    """Of what was shown at its place: what the setting of the registers bounds."""
    places: int
    """Of the candidate's slates, in all decisions."""
    supported: float
    """Share of them at which its item could have been drawn."""
    differing: float
    """Share of the supported places at which it decides otherwise than was decided then."""
    matched: int
    """Showings of what the candidate shows at the same place."""
    effective: float
    effective_differing: float
    """Of those at which it decides otherwise."""
    clip: float
    clipped: int
    """Showings whose weight would be larger."""
    estimates: tuple[Estimated, ...]
    """Empty where nothing can be estimated; `cannot` says why."""
    lacking: str
    """receipts, places, support or showings; "" where it is estimated."""
    cannot: str
    """The same as a sentence."""


def estimate(rows: Rows, categories: Mapping[str, str | None], clip: float = CLIP) -> Outcome:
    there = rows.candidate != NOTHING
    used = _chosen(rows, ~there | rows.supported)
    supported = float(rows.supported[there].mean()) if there.any() else 0.0
    same, now = used.shown == used.candidate, used.shown == used.today
    same &= used.shown != NOTHING
    now &= used.shown != NOTHING
    exact = 1.0 / np.where(used.shown == NOTHING, 1.0, used.chance)
    weight = np.minimum(exact, clip)
    differs = (used.candidate != used.today) & (used.candidate != NOTHING)
    told = Outcome(
        rows.receipts,
        len(np.unique(rows.receipt[rows.shown != rows.today])),
        float(rows.chance.min(initial=1.0)),
        int(there.sum()),
        supported,
        float(differs[used.candidate != NOTHING].mean()) if (used.candidate != NOTHING).any() else 0.0,
        int(same.sum()),
        _effective(weight[same]),
        _effective(weight[same & differs]),
        clip,
        int((exact[same | now] > clip).sum()),
        (),
        "",
        "",
    )
    if lacking := _lacking(told, bool(differs.any())):
        return msgspec.structs.replace(told, lacking=lacking, cannot=cannot(lacking, told))
    model = _model(used, categories)
    sides = [_Side(used, weight * match, item, model) for match, item in ((same, used.candidate), (now, used.today))]
    return msgspec.structs.replace(told, estimates=tuple(_estimated(how, sides) for how in _PARTS))


def _lacking(told: Outcome, differs: bool) -> str:
    if told.receipts < LEAST_RECEIPTS:
        return "receipts"
    if not told.places:
        return "places"
    if told.supported < LEAST_SUPPORTED:
        return "support"
    return "showings" if differs and told.effective_differing < LEAST_EFFECTIVE else ""


def cannot(lacking: str, told: Outcome, language: str = "en") -> str:
    """Why nothing is estimated, and what to do about it."""
    return CANDIDATE[language][f"lacks_{lacking}"].format(
        receipts=told.receipts,
        least_receipts=LEAST_RECEIPTS,
        unsupported=f"{100 * (1 - told.supported):.0f}",
        showings=f"{told.effective_differing:.0f}",
        least_showings=f"{LEAST_EFFECTIVE:.0f}",
    )


class _Side:
    """One policy: sums of each receipt."""

    def __init__(self, rows: Rows, weight: NDArray[np.float64], item: NDArray[np.int64], model: NDArray[np.float64]) -> None:
        def of_receipts(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.bincount(rows.receipt, values, minlength=rows.receipts).astype(np.float64)

        q = np.where(item == NOTHING, 0.0, model[rows.receipt % 2, item, rows.place])
        self.gained = of_receipts(weight * rows.taken)
        self.weight = of_receipts(weight)
        self.places = of_receipts((item != NOTHING).astype(np.float64))
        self.robust = of_receipts(q + weight * (rows.taken - q))

    def ips(self) -> NDArray[np.float64]:
        return self.gained

    def normalised(self) -> NDArray[np.float64]:
        """Linearised: its mean is the estimate, and its deviation that of the estimate of one receipt."""
        weight, places = self.weight.mean(), self.places.mean()
        if not weight:
            return np.zeros(len(self.gained))
        share = self.gained.mean() / weight
        found: NDArray[np.float64] = self.places * share + places / weight * (self.gained - share * self.weight)
        return found

    def doubly_robust(self) -> NDArray[np.float64]:
        return self.robust


_PARTS: Final = {"IPS": _Side.ips, "self-normalised": _Side.normalised, "doubly robust": _Side.doubly_robust}


def _estimated(how: str, sides: Sequence[_Side]) -> Estimated:
    candidate, today = (_PARTS[how](side) for side in sides)
    return Estimated(how, _mean(candidate), _mean(today), _mean(candidate - today))


def _mean(of_receipts: NDArray[np.float64]) -> Estimate:
    n = len(of_receipts)
    value, deviation = float(of_receipts.mean()), float(of_receipts.std(ddof=1))
    if not deviation:
        return Estimate(100 * value, 100 * value, 100 * value)
    bend = float(((of_receipts - value) ** 3).mean()) / deviation**3 / math.sqrt(n)
    quantile = float(t.ppf(0.975, n - 1))
    low, high = (value - deviation / math.sqrt(n) * _unbent(one, bend) for one in (quantile, -quantile))
    return Estimate(100 * value, 100 * low, 100 * high)


def _unbent(quantile: float, bend: float) -> float:
    """The t statistic whose transformation has this quantile; `bend`: skewness over the root of the sample's size."""
    if abs(bend) < 1e-9:
        return quantile
    return 3 / bend * (math.cbrt(1 + bend * (quantile - bend / 6)) - 1)


def _model(rows: Rows, categories: Mapping[str, str | None]) -> NDArray[np.float64]:
    """float64[2, items, places]: the share taken, as the other half tells it, for receipts of even and of odd number."""
    items, places = len(rows.skus), MOST_PLACES
    found = np.zeros((2, items, places))
    item, place = np.divmod(np.arange(items * places), places)
    for half in (0, 1):
        other = (rows.receipt % 2 != half) & (rows.shown != NOTHING)
        shown = acceptance.of_places(rows.shown[other], rows.place[other], rows.taken[other], rows.skus)
        told = acceptance.fit(replace(shown, chance=rows.chance[other].astype(np.float32)), categories)
        found[half] = told.share(item, place, np.ones(len(item))).reshape(items, places)
    return found


def _chosen(rows: Rows, chosen: NDArray[np.bool_]) -> Rows:
    names = ("receipt", "place", "shown", "chance", "taken", "today", "candidate", "supported")
    columns = {name: getattr(rows, name)[chosen] for name in names}
    return Rows(rows.skus, rows.receipts, **columns)


def _effective(weight: NDArray[np.float64]) -> float:
    return float(weight.sum() ** 2 / (weight @ weight)) if len(weight) else 0.0
