"""The protocol: does a shopper return within a week or four, in how many days, and can the stated probability be believed.

1. Days in order, each from midnight. `HORIZON` days at the end test, the `HORIZON` before them choose (less where the history is
   short: a quarter of it for each). Asked about: every shopper seen before, once, at the end of the day before the test begins.
2. Each contestant learns from what lies before the validation days; its scores at their beginning, and who came within them,
   make its calibration (`model_export.calibration`); the form of the model with the lower Brier score there is taken. Then it
   learns anew from all before the test.
3. Brier score and expected calibration error of the calibrated probability, and of the model's own; 1,000 bootstrap samples of
   the shoppers for the intervals of the Brier score. Days to the next visit, of those who came within the test: median of the
   distance between stated and found, and how many came before their stated median (of these more than half: who has not come
   yet is not among them).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.errors import TrainingError
from model_export import calibration
from model_export.calibration import Calibration, Group
from model_export.evaluate.figures import Figure, bootstrap, figure
from model_export.regulars import btyd
from model_export.regulars.btyd import Btyd, Pasts
from model_export.regulars.visits import regular

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.history import History
    from model_export.training import Progress

HORIZON: Final = 28
WEEK: Final = 7
LEAST_DAYS: Final = 8
OURS: Final = "BG/NBD"


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    calibrated: str
    """By which way."""
    brier: Figure
    error: float
    own_brier: float
    """Of the score as it was stated, where it is a probability."""
    own_error: float


@dataclass(frozen=True, slots=True)
class Within:
    """A horizon."""

    days: int
    shoppers: int
    returned: float
    contestants: Sequence[Contestant]
    reliability: Sequence[Group]
    """Of ours, calibrated."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Days to the next visit, of those who came in the test."""

    name: str
    shoppers: int
    median_error: float
    came_before: float
    """Share that came before the stated median."""


@dataclass(frozen=True, slots=True)
class Found:
    receipts: int
    shoppers: int
    model: str
    shape: float
    rate: float
    lost: float
    stays: float
    horizons: Sequence[Within]
    waiting: Sequence[Waiting]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    pasts: Pasts
    next: NDArray[np.float64]
    """float64[shoppers]: days from the moment asked about to the next visit; infinite for whoever does not come."""


def evaluate(history: History, seed: int, progress: Progress) -> Found:
    """TrainingError when receipts have no time or too few shoppers come back."""
    if not history.timed:
        raise TrainingError("the receipts have no time: when a shopper returns cannot be known; bring receipts with `at`")
    rows = regular(history, len(history))
    day = history.at[rows].astype("datetime64[D]").astype(np.int64)
    day -= day.min(initial=np.iinfo(np.int64).max)
    end = int(day.max(initial=-1)) + 1
    if end < LEAST_DAYS:
        raise TrainingError(f"the receipts with cards span {end} days: who returns is learnt from {LEAST_DAYS} or more")
    horizon = min(HORIZON, end // 4)
    visits = _visits(history.shopper[rows], day)
    progress("learning who returns", 0.1)
    earlier, asked = _asked(*visits, end - 2 * horizon), _asked(*visits, end - horizon)
    if not len(earlier.pasts):
        raise TrainingError("nobody was there before the last weeks: who returns cannot be learnt; bring a longer history")
    forms = [btyd.fit(earlier.pasts, seed, after_first=after_first) for after_first in (False, True)]
    missed = [calibration.brier(one.returns(earlier.pasts, horizon), earlier.next <= horizon) for one in forms]
    chosen = int(np.argmin(missed))
    progress("learning who returns", 0.6)
    learned = btyd.fit(asked.pasts, seed, after_first=bool(chosen))
    horizons = [_within(span, earlier, asked, forms[chosen], learned, seed) for span in sorted({min(WEEK, horizon), horizon})]
    progress("done", 1.0)
    name = f"{OURS}, lost also after the first visit" if chosen else OURS
    return Found(
        receipts=len(history),
        shoppers=len(asked.pasts),
        model=name,
        shape=round(learned.shape, 4),
        rate=round(learned.rate, 4),
        lost=round(learned.lost, 4),
        stays=round(learned.stays, 4),
        horizons=horizons,
        waiting=_waiting(asked, learned),
        remarks=history.remarks,
    )


def _visits(shopper: NDArray[np.int32], day: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Shopper and day of each visit, by shopper and day; several receipts of a day are one."""
    span = int(day.max()) + 1
    keys = np.unique(shopper.astype(np.int64) * span + day)
    return keys // span, keys % span


def _asked(shopper: NDArray[np.int64], day: NDArray[np.int64], cut: int) -> _Asked:
    """Everybody seen before day `cut`, as known at its beginning."""
    before = day < cut
    whose, first, count = np.unique(shopper[before], return_index=True, return_counts=True)
    begun, last = day[before][first], day[before][first + count - 1]
    following = np.full(int(shopper.max(initial=0)) + 1, np.inf)
    # From the last to the first, so that the earliest stays.
    following[shopper[~before][::-1]] = day[~before][::-1] - cut + 1
    return _Asked(Pasts((count - 1).astype(float), (last - begun).astype(float), (cut - begun).astype(float)), following[whose])


def _overdue(pasts: Pasts, span: float) -> NDArray[np.float64]:
    """By the shopper's own mean distance: as if visits were Poisson at the rate seen so far."""
    return -np.expm1(-span * (pasts.repeats + 0.5) / (pasts.known + 1))


def _lately(pasts: Pasts, span: float) -> NDArray[np.float64]:
    return span / (span + pasts.known - pasts.last)


_OTHERS: Final[tuple[tuple[str, Callable[[Pasts, float], NDArray[np.float64]]], ...]] = (
    ("rate so far", _overdue),
    ("days since last", _lately),
)


def _within(span: int, earlier: _Asked, asked: _Asked, before: Btyd, learned: Btyd, seed: int) -> Within:
    was, true = earlier.next <= span, asked.next <= span
    scores = [(OURS, before.returns(earlier.pasts, span), learned.returns(asked.pasts, span))]
    scores += [(name, score(earlier.pasts, span), score(asked.pasts, span)) for name, score in _OTHERS]
    learnt = [calibration.learn(stated, was, seed) for _, stated, _ in scores]
    made = [one.of(stated) for one, (_, _, stated) in zip(learnt, scores, strict=True)]
    everybody = np.full(len(true), was.mean())
    columns = [*made, everybody]
    samples = bootstrap(np.stack([(one - true) ** 2 for one in columns], axis=1), seed)
    told = [
        _contestant(name, one, stated, own, samples[:, column], true)
        for column, (one, stated, (name, _, own)) in enumerate(zip(learnt, made, scores, strict=True))
    ]
    told.append(_contestant("share that came", calibration.AS_STATED, everybody, everybody, samples[:, -1], true))
    return Within(span, len(true), round(float(true.mean()), 5), told, calibration.groups(made[0], true))


def _contestant(
    name: str,
    way: Calibration,
    stated: NDArray[np.float64],
    own: NDArray[np.float64],
    samples: NDArray[np.float64],
    true: NDArray[np.bool_],
) -> Contestant:
    return Contestant(
        name,
        way.way,
        figure(calibration.brier(stated, true), samples),
        round(calibration.error(stated, true), 5),
        round(calibration.brier(own, true), 5),
        round(calibration.error(own, true), 5),
    )


def _waiting(asked: _Asked, learned: Btyd) -> list[Waiting]:
    came = np.isfinite(asked.next)
    found = asked.next[came]
    often = np.maximum(asked.pasts.last / np.maximum(asked.pasts.repeats, 1), 1.0)
    usual = np.where(asked.pasts.repeats > 0, often, np.median(often[asked.pasts.repeats > 0]) if came.any() else 1.0)
    stated = [(OURS, learned.waits(asked.pasts)[came]), ("own mean distance", usual[came])]
    return [
        Waiting(name, len(found), round(float(np.median(np.abs(one - found))), 3), round(float((found <= one).mean()), 5))
        for name, one in stated
        if len(found)
    ]


def lines(found: Found) -> list[str]:
    """The table, for people."""
    told = [
        f"{found.shoppers} shoppers of {found.receipts} receipts; {found.model}",
        f"r {found.shape:.3f}, alpha {found.rate:.2f} days, a {found.lost:.3f}, b {found.stays:.3f}",
    ]
    for one in found.horizons:
        told += ["", f"within {one.days} days {one.returned:.1%} of {one.shoppers} shoppers returned"]
        told.append(f"{'':<20}{'Brier':>26}{'error':>10}{'uncalibrated':>14}{'error':>10}  calibrated")
        told += [
            f"{each.name:<20}{_cell(each.brier):>26}{each.error:>10.5f}{each.own_brier:>14.5f}{each.own_error:>10.5f}  "
            f"{each.calibrated}"
            for each in one.contestants
        ]
        told.append(f"probability stated by {OURS}, calibrated, and found, by tenths of the shoppers:")
        told += calibration.lines(one.reliability)
    told += ["", f"{'days to next visit':<20}{'median distance':>18}{'came before it':>18}"]
    told += [f"{one.name:<20}{one.median_error:>18.2f}{one.came_before:>18.1%}  n={one.shoppers}" for one in found.waiting]
    return told


def _cell(value: Figure) -> str:
    return f"{value[0]:.4f} [{value[1]:.4f}, {value[2]:.4f}]"
