"""What a bundle holds of rhythms: learnt on the latest visits, and what a probability is worth beside the model's score.

Both are estimates of the same event, so they are added: score + worth x probability. The worth is chosen as every other knob is,
on receipts that the weights have not seen: validation receipts of regulars, everything known, by what a register can say of them
(`nightly`). One item is hidden, `DRAWS` times over, because one draw of some hundred visits tells as much of chance as of the
worth. It is the step of `WORTHS` with the highest NDCG@10 where that gains a hundredth and two standard errors; otherwise it is
0, which says that the model knows it already. Receipts that repeat an earlier one count as all others do: it is there that
something due displaces what is bought again. Pairs of items are left out of that question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.errors import TrainingError
from device.rhythm import Rhythm, Usual
from device.tokens import item_token
from model_export.choose import LEAST_QUESTIONS, MOST_QUESTIONS, MOST_REMEMBERED_QUESTIONS
from model_export.climb import surely_better
from model_export.questions import ask, ask_again, gains, rank
from model_export.regulars.nightly import due_on
from model_export.regulars.past import Usuals, usuals_of
from model_export.regulars.rhythm import Learnt, learn
from model_export.regulars.visits import earlier_visits, habits_of, past_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from device.domain import Sku
    from device.tokens import Vocabulary
    from model_export.history import History
    from model_export.ranking import Ranking

WORTHS: Final = (0.0, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0)
DRAWS: Final = 4
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


def choose_worth(history: History, vocabulary: Vocabulary, decay: float, late: range, model: Ranking, seed: int) -> Worth:
    """`model`: of the receipts before the `late` ones."""
    learnt = learnt_before(history, late.start, seed) if history.timed else None
    if learnt is None:
        return NO_WORTH
    every = ask(history, vocabulary, decay, late, MOST_QUESTIONS, seed)
    known = np.array([item_token(sku) in vocabulary.ids for sku in history.skus])
    usual = usuals_of(past_before(history, late.start), len(history.skus))
    told = due_on(history, every.receipt, rhythm_of(learnt, 0.0, usual, history.skus, known), decay)
    asked = every.rows(np.flatnonzero([len(one) > 0 for one in told])).spread(MOST_REMEMBERED_QUESTIONS)
    if len(asked) < LEAST_QUESTIONS:
        return NO_WORTH
    by_receipt = dict(zip(every.receipt.tolist(), told, strict=True))
    row, place, stated = _cells([by_receipt[receipt] for receipt in asked.receipt.tolist()], vocabulary)
    found = np.zeros((len(WORTHS), len(asked)))
    for draw in range(DRAWS):
        questions = ask_again(asked, seed + draw) if draw else asked
        scores = model.scores(questions.tokens)
        for step, worth in enumerate(WORTHS):
            lifted = scores.copy()
            lifted[row, place] += np.float32(worth) * stated
            found[step] += gains(rank(lifted, questions.baskets, questions.hidden), 10) / DRAWS
    return _surest(found)


def _surest(found: NDArray[np.float64]) -> Worth:
    """`found` float64[worths, visits]: NDCG@10."""
    means = found.mean(axis=1)
    best = int(means.argmax())
    if not surely_better(found[best], found[0]):
        best = 0
    return Worth(WORTHS[best], float(means[0]), float(means[best]), found.shape[1])


def _cells(
    told: Sequence[Mapping[Sku, float]], vocabulary: Vocabulary
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Question, place in the vocabulary and probability of all that is stated."""
    found = [(row, vocabulary.ids[item_token(sku)], chance) for row, one in enumerate(told) for sku, chance in one.items()]
    row, place, stated = zip(*found, strict=True)
    return np.array(row), np.array(place), np.array(stated, np.float32)


def rhythm_of(learnt: Learnt, worth: float, usual: Usuals, skus: Sequence[Sku], known: NDArray[np.bool_]) -> Rhythm:
    """What goes into the bundle: of the items that are `known`, bool[skus]."""
    bias, weights = learnt.plain()
    items = {
        str(skus[code]): Usual(*(round(float(one[code]), _DIGITS) for one in (usual.gap, usual.again, usual.share)))
        for code in np.flatnonzero(known).tolist()
    }
    return Rhythm(bias, weights, worth, items)
