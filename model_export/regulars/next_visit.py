"""The protocol: what a regular buys at the next visit, and how far a stated probability can be believed.

1. Receipts in order of time, cut at nine tenths as in `model_export.evaluate.exam`. Asked about: the first receipt after the cut
   of each shopper with three before it. Known: what stands before the cut, and the moment of the visit.
2. `rhythm` learns from the next visits after three earlier cuts, a ninth of the training receipts apart. The knobs of the
   others are chosen at the next visits after the last of these. Nothing after the cut is learnt from.
3. recall@10: share of the receipt's items, new ones too, that stand in the ten; mean over visits. 1,000 bootstrap samples of
   the visits, the same for all.
4. Calibration, over every item the shopper bought before: the probability that `rhythm` states is taken as it is, whole and as a
   register states it from a packed profile (`as_shipped`); the scores of the others are no probabilities and are made ones by
   isotonic regression at the validation's visits. Brier score, and the mean distance between stated and found over ten groups of
   equal size (expected calibration error).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

from device.errors import TrainingError
from device.rhythm import FEATURES
from model_export import calibration
from model_export.calibration import Group
from model_export.evaluate.exam import TEST_SHARE
from model_export.evaluate.figures import ALL, FRESH, REPEATS, Figure, bootstrap, figure
from model_export.questions import repeats
from model_export.regulars import contestants, rhythm
from model_export.regulars.as_shipped import NAME, as_shipped
from model_export.regulars.contestants import OURS, Answer, recall
from model_export.regulars.visits import LEAST_VISITS, Habits, earlier_visits, habits_of, next_visits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.history import History
    from model_export.training import Progress

_LONG: Final = 20


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    setting: str
    recall: Mapping[str, Figure]
    """By slice: recall@10 with its interval."""
    ratio: Figure | None
    """Ours by this one's, over all visits; None for ours."""
    brier: float
    calibration_error: float


@dataclass(frozen=True, slots=True)
class Found:
    receipts: int
    visits: int
    habits: int
    bought_again: float
    """Share of the lines asked about that hold an item bought before: what no method of repeats can exceed."""
    slices: Mapping[str, int]
    contestants: Sequence[Contestant]
    calibration: Sequence[Group]
    weights: Mapping[str, float]
    learning_seconds: float
    remarks: tuple[str, ...] = ()


def evaluate(history: History, seed: int, progress: Progress) -> Found:
    """TrainingError when receipts have no time or no shopper comes back."""
    if not history.timed:
        raise TrainingError("the receipts have no time: what is due cannot be known; bring receipts with `at`")
    cut = int(len(history) * (1 - TEST_SHARE))
    test = next_visits(history, cut, len(history))
    progress("looking at habits", 0.05)
    learnt = earlier_visits(history, cut)
    if not len(test) or not len(learnt[-1]):
        raise TrainingError(
            f"{len(test)} shoppers with {LEAST_VISITS} receipts come again in the last tenth, {len(learnt[-1])} in the ninth "
            "before it: nobody's rhythm can be learnt; bring receipts with cards and a longer history"
        )
    with threadpool_limits(1):
        examples = [habits_of(visits) for visits in learnt if len(visits)]
        known, validation = habits_of(test), examples[-1]
        progress("learning rhythms", 0.15)
        began = time.monotonic()
        learned = rhythm.learn(examples, seed)
        spent = time.monotonic() - began
        shipped = as_shipped(learned, known)
        answers: list[tuple[Answer | None, Answer]] = [
            (None, contestants.scored(OURS, learned.probability(known.bought), known)),
            (None, contestants.scored(NAME, shipped, known)),
        ]
        answers += [
            (contestants.scored(name, scores(validation), validation), contestants.scored(name, scores(known), known))
            for name, scores in contestants.SCORED
        ]
        answers.append(contestants.lately(validation, known))
        progress("asking the neighbours", 0.3)
    answers.append(contestants.nearest(validation, known, seed, lambda done: progress("asking the neighbours", 0.3 + 0.6 * done)))
    progress("comparing", 0.95)
    rows = _slices(known)
    found = Found(
        len(history),
        len(test),
        len(known),
        float(known.came_true.sum() / len(test.bought())),
        {name: int(chosen.sum()) for name, chosen in rows.items()},
        _compared(answers, known, validation, rows, seed),
        calibration.groups(answers[0][1].scores, known.came_true),
        dict(zip(FEATURES, learned.weights.round(4).tolist(), strict=True)),
        round(spent, 2),
        history.remarks,
    )
    progress("done", 1.0)
    return found


def _slices(habits: Habits) -> dict[str, NDArray[np.bool_]]:
    repeated = repeats(habits.visits.history, habits.visits.cut)[habits.visits.receipt]
    many = habits.all_visits >= _LONG
    every = {
        ALL: np.ones(len(repeated), bool),
        REPEATS: repeated,
        FRESH: ~repeated,
        f"under {_LONG} visits": ~many,
        f"{_LONG} visits and more": many,
    }
    return {name: rows for name, rows in every.items() if rows.any()}


def _compared(
    answers: Sequence[tuple[Answer | None, Answer]],
    known: Habits,
    validation: Habits,
    slices: Mapping[str, NDArray[np.bool_]],
    seed: int,
) -> list[Contestant]:
    values = np.stack([recall(answer.top, known) for _, answer in answers], axis=1)
    means = {name: values[rows].mean(axis=0) for name, rows in slices.items()}
    samples = {name: bootstrap(values[rows], seed) for name, rows in slices.items()}
    true, before = known.came_true, validation.came_true
    told = []
    for column, (earlier, answer) in enumerate(answers):
        stated = answer.scores if earlier is None else calibration.rising(earlier.scores, before).of(answer.scores)
        every = samples[ALL]
        ratio = None
        if column and means[ALL][column]:
            ratio = figure(means[ALL][0] / means[ALL][column], every[:, 0] / np.maximum(every[:, column], 1e-12))
        shares = {name: figure(means[name][column], samples[name][:, column]) for name in slices}
        told.append(Contestant(answer.name, answer.setting, shares, ratio, *_calibration(stated, true)))
    return told


def _calibration(stated: NDArray[np.float64], true: NDArray[np.bool_]) -> tuple[float, float]:
    return round(calibration.brier(stated, true), 5), round(calibration.error(stated, true), 5)


def lines(found: Found) -> list[str]:
    """The table, for people."""
    head = (
        f"{found.visits} next visits of regulars, {found.habits} items bought before, of {found.receipts} receipts; "
        f"{found.bought_again:.1%} of the lines were bought before; rhythms learnt in {found.learning_seconds:.1f} s"
    )
    told = [
        head,
        "",
        f"{'recall@10':<20}" + "".join(f"{f'{name} ({count})':>26}" for name, count in found.slices.items()),
    ]
    told += [f"{one.name:<20}" + "".join(f"{_cell(one.recall[name]):>26}" for name in found.slices) for one in found.contestants]
    told += ["", f"{'':<20}{'ours by it':>26}{'Brier':>10}{'error':>10}  setting"]
    for one in found.contestants:
        ratio = "" if one.ratio is None else _cell(one.ratio)
        told.append(f"{one.name:<20}{ratio:>26}{one.brier:>10.5f}{one.calibration_error:>10.5f}  {one.setting}".rstrip())
    told += ["", f"probability stated by {OURS}, and found, by tenths of the items:"]
    told += calibration.lines(found.calibration)
    return told


def _cell(value: Figure) -> str:
    return f"{value[0]:.4f} [{value[1]:.4f}, {value[2]:.4f}]"
