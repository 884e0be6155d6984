"""Whether the shares that an acceptance model states come true: on later showings than it has learnt from.

Only a model whose factors tell these better than no factors do (by likelihood) goes into a bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from model_export import calibration
from model_export.calibration import Group
from model_export.evaluate import reliability
from model_export.learning.acceptance import Model, document, fit
from model_export.learning.showings import Showings

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
    """95 % of the share seen."""
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
    bins = tuple(
        Bin(group.stated, group.found, *group.interval(), group.count) for group in calibration.groups(stated, later.taken)
    )
    mean = float(later.taken.mean()) if len(later) else 0.0
    return Calibration(
        split,
        len(later),
        calibration.error(stated, later.taken),
        sum(one.showings * abs(mean - one.seen) for one in bins) / max(len(later), 1),
        1000 * (_likely(stated, later.taken) - _likely(of_no_item, later.taken)),
        bins,
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
    groups = [Group(one.showings, one.stated, one.seen) for one in found.bins]
    reliability.draw((reliability.Curve(f"taken, {found.asked_about:,} later showings", groups),), path)
