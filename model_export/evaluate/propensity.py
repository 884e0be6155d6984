"""The protocol: can the propensity that offers are decided by be believed on receipts that came later?

1. Receipts in order of time. A model of the first nine tenths is trained, as a bundle would hold it. Another with its knobs, of
   the first eight tenths, answers half way through the receipts of the ninth; what came true makes the curve
   (`model_export.propensity`). This is what training does with the last receipts it has.
2. The model answers half way through the receipts of the last tenth. The curve is read off and compared with what came true:
   Brier score (1,000 bootstrap samples of the receipts), expected calibration error, and the share that came true of the answers
   below and above the threshold of offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.campaigns import Campaigns
from device.errors import TrainingError
from model_export import calibration
from model_export.calibration import Group
from model_export.evaluate.exam import TEST_SHARE, VALIDATION_SHARE
from model_export.evaluate.figures import Figure, bootstrap, figure
from model_export.propensity import Answers, answers
from model_export.refit import refit
from model_export.training import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.history import History
    from model_export.training import Progress

THRESHOLD: Final = Campaigns().threshold


@dataclass(frozen=True, slots=True)
class Side:
    """The answers on one side of the threshold."""

    answers: int
    stated: float
    found: float


@dataclass(frozen=True, slots=True)
class Found:
    receipts: int
    questions: int
    answers: int
    learnt_from: int
    calibrated: str
    brier: Figure
    error: float
    own_brier: float
    """Of the score as the model says it, cut to 0 to 1."""
    own_error: float
    reliability: Sequence[Group]
    below: Side
    above: Side
    remarks: tuple[str, ...] = ()


def evaluate(history: History, seed: int, progress: Progress) -> Found:
    """TrainingError when there is too little to learn from."""
    if not history.timed:
        history = history.shuffled(seed)
    cut = int(len(history) * (1 - TEST_SHARE))
    late = cut - int(cut * VALIDATION_SHARE)
    model = fit(history.part(0, cut), seed, lambda what, share: progress(what, 0.7 * share))
    progress("what is bought without help", 0.7)
    earlier = refit(history.part(0, late), model.choice, model.packing, model.without.own)
    before = answers(earlier, history, range(late, cut), seed)
    learnt = calibration.learn(before.scores, before.true, seed)
    asked = answers(model, history, range(cut, len(history)), seed)
    if not len(asked.scores):
        raise TrainingError("no receipt of the last tenth holds two items that were learnt: bring more receipts")
    progress("comparing", 0.95)
    stated, own = learnt.of(asked.scores), np.clip(asked.scores, 0, 1)
    low = stated < THRESHOLD
    found = Found(
        len(history),
        int(asked.question.max()) + 1,
        len(stated),
        len(before.scores),
        learnt.way,
        _brier(stated, asked, seed),
        round(calibration.error(stated, asked.true), 5),
        round(calibration.brier(own, asked.true), 5),
        round(calibration.error(own, asked.true), 5),
        calibration.groups(stated, asked.true),
        _side(stated, asked, low),
        _side(stated, asked, ~low),
        history.remarks,
    )
    progress("done", 1.0)
    return found


def _brier(stated: NDArray[np.float64], asked: Answers, seed: int) -> Figure:
    """Answers of one receipt are no independent samples: receipts are drawn."""
    missed = (stated - asked.true) ** 2
    sums, counts = np.bincount(asked.question, missed), np.bincount(asked.question)
    there = counts > 0
    samples = bootstrap(np.stack([sums[there], counts[there].astype(float)], axis=1), seed)
    return figure(float(missed.mean()), samples[:, 0] / samples[:, 1])


def _side(stated: NDArray[np.float64], asked: Answers, rows: NDArray[np.bool_]) -> Side:
    if not rows.any():
        return Side(0, 0.0, 0.0)
    return Side(int(rows.sum()), round(float(stated[rows].mean()), 5), round(float(asked.true[rows].mean()), 5))


def lines(found: Found) -> list[str]:
    """The table, for people."""
    value, low, high = found.brier
    told = [
        f"{found.questions} receipts half way through, {found.answers} answers; {found.calibrated}, of {found.learnt_from}",
        "",
        f"{'':<14}{'Brier':>26}{'error':>10}",
        f"{'propensity':<14}{f'{value:.5f} [{low:.5f}, {high:.5f}]':>26}{found.error:>10.5f}",
        f"{'score itself':<14}{found.own_brier:>26.5f}{found.own_error:>10.5f}",
        "",
        "propensity stated, and found, by tenths of the answers:",
    ]
    told += calibration.lines(found.reliability)
    for name, side in ((f"below {THRESHOLD:g}", found.below), (f"{THRESHOLD:g} and above", found.above)):
        told.append(f"{name:<14} stated {side.stated:.4f}, found {side.found:.4f}  n={side.answers}")
    return told
