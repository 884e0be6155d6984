"""What a bundle holds of rhythms: learnt on the latest visits, and what a probability is worth beside the model's score.

Both are estimates of the same event, so they are added: score + worth x probability. The worth is chosen as every other knob is,
on receipts that the weights have not seen: the first visit of each regular among the validation receipts, one item hidden,
everything known. It is the step of `WORTHS` with the highest NDCG@10; 0 says that the model knows it already. Pairs of items are
left out of that question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.errors import TrainingError
from device.rhythm import Rhythm, Usual
from device.tokens import item_token
from model_export.choose import LEAST_QUESTIONS, MOST_REMEMBERED_QUESTIONS
from model_export.questions import ask, gains, rank
from model_export.regulars.past import Usuals
from model_export.regulars.rhythm import Learnt, learn
from model_export.regulars.visits import Habits, Visits, earlier_visits, habits_of, next_visits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from device.domain import Sku
    from device.tokens import Vocabulary
    from model_export.history import History
    from model_export.ranking import Ranking

WORTHS: Final = (0.0, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0)
_DIGITS: Final = 5


@dataclass(frozen=True, slots=True)
class Worth:
    """What was chosen, and NDCG@10 of so many `questions` without and with it."""

    worth: float = 0.0
    without: float = 0.0
    chosen: float = 0.0
    questions: int = 0

    def __str__(self) -> str:
        if not self.questions:
            return "nothing is due, too few visits of regulars"
        return f"{self.worth:g}, NDCG@10 {self.chosen:.4f} where {self.without:.4f} without ({self.questions} visits)"


NO_WORTH: Final = Worth()


def learnt_before(history: History, end: int, seed: int) -> Learnt | None:
    """None where too few came again before the receipt `end` to learn from."""
    visits = earlier_visits(history, end)
    if sum(map(len, visits)) < LEAST_QUESTIONS:
        return None
    try:
        return learn([habits_of(one) for one in visits if len(one)], seed)
    except TrainingError:
        return None


def choose_worth(
    history: History, vocabulary: Vocabulary, decay: float, late: range, ranking: Callable[[], Ranking], seed: int
) -> Worth:
    """`ranking`: of the receipts before the `late` ones; made only where there is something to ask."""
    learnt = learnt_before(history, late.start, seed) if history.timed else None
    visits = next_visits(history, late.start, late.stop) if learnt is not None else None
    if learnt is None or visits is None or len(visits) < LEAST_QUESTIONS:
        return NO_WORTH
    every = ask(history, vocabulary, decay, late, len(late), seed)
    asked = every.rows(np.flatnonzero(np.isin(every.receipt, visits.receipt))).spread(MOST_REMEMBERED_QUESTIONS)
    if len(asked) < LEAST_QUESTIONS:
        return NO_WORTH
    habits = habits_of(Visits(history, late.start, asked.receipt))
    row, place, stated = _stated(habits, learnt, vocabulary)
    scores = ranking().scores(asked.tokens)

    def gain(worth: float) -> float:
        lifted = scores.copy()
        lifted[row, place] += np.float32(worth) * stated
        return float(gains(rank(lifted, asked.baskets, asked.hidden), 10).mean())

    found = {worth: gain(worth) for worth in WORTHS}
    best = max(WORTHS, key=lambda worth: (found[worth], -worth))
    return Worth(best, found[0.0], found[best], len(asked))


def _stated(
    habits: Habits, learnt: Learnt, vocabulary: Vocabulary
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Question, place in the vocabulary and probability of every habit that the model knows."""
    ids = np.array([vocabulary.ids.get(item_token(sku), -1) for sku in habits.visits.history.skus])
    place = ids[habits.item]
    known = place >= 0
    return habits.question[known], place[known], learnt.probability(habits.bought)[known].astype(np.float32)


def rhythm_of(learnt: Learnt, worth: float, usual: Usuals, skus: Sequence[Sku], known: NDArray[np.bool_]) -> Rhythm:
    """What goes into the bundle: of the items that are `known`, bool[skus]."""
    bias, weights = learnt.plain()
    items = {
        str(skus[code]): Usual(*(round(float(one[code]), _DIGITS) for one in (usual.gap, usual.again, usual.share)))
        for code in np.flatnonzero(known).tolist()
    }
    return Rhythm(bias, weights, worth, items)
