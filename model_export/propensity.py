"""How probable it is that an item is bought without help: the model's score of it, calibrated on receipts the model has not seen.

A receipt is asked about half way through: the first half of its items in the order of its lines, with its clock, store and
history, is the question, and the answers are the items that the graph ranks highest, as many as a register looks at. An answer
came true when the item stands on the second half. A missing card is not told, as a register does not tell it unless its policy
has `card_first`; there the scores of receipts without a card are those of other rows, and the curve is not theirs. On receipts of
the past nobody was helped, or few; a chain that shows suggestions keeps a control arm (`device.arms`) and can look at how its
curve holds there.

The scores are those of a model of the receipts before: with its own receipts in its memory it would know the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from scipy import sparse

from device.adviser import CANDIDATES
from device.propensity import Propensity
from device.scorer import FORBIDDEN, ModelScorer
from device.tokens import Tokens, item_token
from model_export.encoding import Sparse, encode_all
from model_export.pairing import with_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.tokens import Vocabulary
    from model_export.calibration import Calibration
    from model_export.choose import Choice
    from model_export.history import History

MOST_QUESTIONS: Final = 5_000


class Answering(Protocol):
    """What can be asked: a model as it was trained or refitted."""

    @property
    def vocabulary(self) -> Vocabulary: ...

    @property
    def choice(self) -> Choice: ...

    @property
    def graph(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Answers:
    """`scores` float64[answers], `true` bool[answers], `question` int64[answers]: which receipt they are of."""

    scores: NDArray[np.float64]
    true: NDArray[np.bool_]
    question: NDArray[np.int64]


def answers(model: Answering, history: History, receipts: range, seed: int) -> Answers:
    """What the graph says half way through these receipts, at most `MOST_QUESTIONS` of those with two known items."""
    vocabulary = model.vocabulary
    token = np.array([vocabulary.ids.get(item_token(sku), -1) for sku in history.skus], np.int64)
    known = np.concatenate([[0], np.cumsum(token[history.item] >= 0)])[history.start]
    rows = receipts.start + np.flatnonzero(np.diff(known)[receipts.start : receipts.stop] >= 2)
    if len(rows) > MOST_QUESTIONS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_QUESTIONS, replace=False))
    halves = [_halves(token[history.receipt(int(row))]) for row in rows]
    whole = encode_all(history, vocabulary, model.choice.fading.decay, rows, card_first=False)
    shown = _shown(whole, [first for first, _ in halves], vocabulary)
    scorer = ModelScorer(model.graph, vocabulary)
    scores, true = np.zeros((len(rows), CANDIDATES)), np.zeros((len(rows), CANDIDATES), bool)
    counts = np.zeros(len(rows), np.int64)
    bias = np.zeros(vocabulary.items, np.float32)
    for row, (first, second) in enumerate(halves):
        begin, end = shown.indptr[row : row + 2]
        bias[first] = FORBIDDEN
        tokens = Tokens(shown.indices[begin:end].astype(np.int64), shown.data[begin:end])
        items, told, _ = scorer.run(tokens, bias, CANDIDATES)
        bias[first] = 0.0
        counts[row] = able = int(np.isfinite(told).sum())
        scores[row, :able], true[row, :able] = told[:able], np.isin(items[:able], second)
    there = np.arange(CANDIDATES) < counts[:, None]
    return Answers(scores[there], true[there], np.repeat(np.arange(len(rows)), counts))


def as_document(learnt: Calibration, answers: int) -> Propensity:
    """As a bundle carries it; `answers`: of how many it is."""
    return Propensity(
        learnt.way,
        tuple(round(one, 8) for one in learnt.scores.tolist()),
        tuple(round(one, 8) for one in learnt.probabilities.tolist()),
        answers,
    )


def _halves(tokens: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The known items of the first half of the receipt, the larger one, and of the second."""
    known = tokens[tokens >= 0]
    middle = (len(known) + 1) // 2
    return known[:middle], known[middle:]


def _shown(whole: Sparse, first: list[NDArray[np.int64]], vocabulary: Vocabulary) -> Sparse:
    """The rows without the items of the second half, and without their pairs."""
    items = sparse.csr_array(
        sparse.coo_array(
            (
                np.ones(sum(map(len, first)), np.float32),
                (np.repeat(np.arange(len(first)), [len(one) for one in first]), np.concatenate([np.zeros(0, np.int64), *first])),
            ),
            shape=whole.shape,
        )
    )
    told = sparse.csr_array(whole[:, vocabulary.items :])
    rest = sparse.csr_array(sparse.hstack([sparse.csr_array((whole.shape[0], vocabulary.items), dtype=np.float32), told]))
    shown = with_pairs(sparse.csr_array(items + rest), vocabulary)
    shown.sort_indices()
    return shown
