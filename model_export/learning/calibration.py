"""Whether the shares that an acceptance model states come true: on later showings than it has learnt from.

Only a model whose factors tell these better than no factors do (by likelihood) goes into a bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from scipy.stats import beta

from model_export.learning.acceptance import Model, document, fit
from model_export.learning.showings import Showings
from model_export.whole import appears_whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS: Final = 10
LATER: Final = 0.1
"""Share of the showings, the latest, that are asked about and not learnt from."""
LEAST_TAKEN: Final = 50
"""Fewer suggestions taken say nothing of any item."""


class Bin(msgspec.Struct, frozen=True):
    """A tenth of the showings, by the share that was stated."""

    stated: float
    seen: float
    low: float
    high: float
    """95 % of the share seen (Clopper and Pearson)."""
    showings: int


class Calibration(msgspec.Struct, frozen=True):
    learnt_from: int
    asked_about: int
    error: float
    """Mean distance between stated and seen, weighted by showings."""
    unweighted: float
    """The same of one share stated for all."""
    gain: float
    """Logarithm of the likelihood of 1,000 showings that the items' factors add to score and place."""
    bins: tuple[Bin, ...]


def calibrated(shown: Showings, categories: Mapping[str, str | None]) -> Calibration:
    """Of a model learnt from all but the latest."""
    split = len(shown) - int(len(shown) * LATER)
    earlier, later = shown.part(0, split), shown.part(split, len(shown))
    stated = _stated(fit(earlier, categories), later)
    of_no_item = _stated(fit(_of_one_item(earlier), {}), _of_one_item(later))
    order = np.argsort(stated, kind="stable")
    bins = []
    for rows in np.array_split(order, min(BINS, max(len(order), 1))):
        if n := len(rows):
            hits = int(later.taken[rows].sum())
            low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, n - hits + 1))
            high = 1.0 if hits == n else float(beta.ppf(0.975, hits + 1, n - hits))
            bins.append(Bin(float(stated[rows].mean()), hits / n, low, high, n))
    mean = float(later.taken.mean()) if len(later) else 0.0
    return Calibration(
        split,
        len(later),
        sum(one.showings * abs(one.stated - one.seen) for one in bins) / max(len(later), 1),
        sum(one.showings * abs(mean - one.seen) for one in bins) / max(len(later), 1),
        1000 * (_likely(stated, later.taken) - _likely(of_no_item, later.taken)),
        tuple(bins),
    )


def for_bundle(shown: Showings, categories: Mapping[str, str | None]) -> tuple[bytes | None, str]:
    """The document, or None, and a sentence about it."""
    taken = int(shown.taken.sum())
    if taken < LEAST_TAKEN:
        return None, f"{taken} suggestions of registers were taken: from {LEAST_TAKEN} on it is learnt from them which are"
    found = calibrated(shown, categories)
    of = f"{len(shown)} suggestions shown, of which {taken} were taken"
    if found.gain <= 0:
        return (
            None,
            f"nothing of single items is learnt from {of}: it would tell the latest ones no better than score and place",
        )
    learnt = document(fit(shown, categories), shown, categories)
    return msgspec.json.encode(learnt), (
        f"which items are taken is learnt from {of} ({shown.explored} drawn by lot): {len(learnt.factors)} factors go into the "
        f"bundle; stated and seen differ by {found.error:.4f} on the latest {found.asked_about}"
    )


def _stated(model: Model, later: Showings) -> NDArray[np.float64]:
    return model.share(later.item.astype(np.int64), later.place.astype(np.int64), later.score.astype(np.float64))


def _of_one_item(shown: Showings) -> Showings:
    return Showings(("",), np.zeros(len(shown), np.int32), shown.place, shown.score, shown.taken, shown.chance)


def _likely(stated: NDArray[np.float64], taken: NDArray[np.bool_]) -> float:
    """Mean logarithm of the likelihood."""
    share = np.clip(stated, 1e-6, 1 - 1e-6)
    return float(np.where(taken, np.log(share), np.log(1 - share)).mean()) if len(taken) else 0.0


def lines(found: Calibration) -> Iterator[str]:
    yield f"calibration: learnt from {found.learnt_from} showings, asked about {found.asked_about} later ones"
    yield f"{'stated':>10}{'seen':>10}{'95 %':>22}{'showings':>10}"
    for one in found.bins:
        yield f"{one.stated:>10.4f}{one.seen:>10.4f}{f'[{one.low:.4f}, {one.high:.4f}]':>22}{one.showings:>10}"
    yield f"mean distance {found.error:.4f}; where one share is stated for all {found.unweighted:.4f}"
    yield f"the items' factors add {found.gain:+.2f} to the logarithm of the likelihood of 1,000 showings"


def draw(found: Calibration, path: Path) -> None:
    """One PNG, whole or not at all: the share seen over the share stated."""
    from matplotlib.figure import Figure  # noqa: PLC0415  # half a second, and only here

    picture = Figure(figsize=(7, 6.5), layout="constrained", dpi=160)
    axes = picture.subplots()
    stated, seen = [one.stated for one in found.bins], [one.seen for one in found.bins]
    spread = [[one.seen - one.low for one in found.bins], [one.high - one.seen for one in found.bins]]
    top = 1.05 * max((one.high for one in found.bins), default=1.0)
    axes.plot([0, top], [0, top], color="#9aa5b1", linewidth=1, label="as stated")
    axes.errorbar(stated, seen, yerr=spread, fmt="o", color="#0b6e4f", capsize=3, label="seen, with 95 % interval")
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_xlabel("share taken, as the model states it")
    axes.set_ylabel("share taken, as seen")
    axes.set_title(f"{found.asked_about:,} later showings, learnt from {found.learnt_from:,}", loc="left")
    axes.legend(frameon=False)
    axes.grid(color="#e4e7eb")
    with appears_whole(path) as unfinished:
        picture.savefig(unfinished, format="png")
