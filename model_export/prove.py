"""Trainer, float graph and int8 graph must say the same, or there is no bundle.

Held baskets are put to all three. The float graph may not differ from the trainer's own arithmetic but by rounding; the int8
graph may lose at most `MOST_LOST` of the trainer's HR@4 (or one single hit, where there are few) and must name the same four
items, in the same order, on at least `LEAST_SAME` of the baskets. Two items whose scores differ by less than `_TIED` may change
places.

A table cut to its strongest weights answers to the same HR@4; its top four is compared with the cut table's own float graph.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count, islice
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from device.errors import TrainingError
from device.scorer import ModelScorer
from device.scoring import GoldenBasket
from device.tokens import NO_CARD, Tokens, Vocabulary
from model_export.questions import Questions
from model_export.ranking import Ranking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MOST_LOST: Final = 0.01
LEAST_SAME: Final = 0.97
MOST_QUESTIONS: Final = 2_000
GOLDEN: Final = 16
GOLDEN_ANSWERS: Final = 10
_MOST_DRAWN: Final = 4 * GOLDEN
_TOP: Final = 4
_TIED: Final = 2e-6
_ROUNDED: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Proof:
    """HR@4 of trainer, float graph and int8 graph on `questions` baskets; `same`: share with the same top four."""

    questions: int
    trainer: float
    floating: float
    int8: float
    same: float

    @property
    def faults(self) -> list[str]:
        slack = max(MOST_LOST * self.trainer, 1 / max(self.questions, 1)) + 1e-9
        found = [
            f"HR@4 of the {name} graph is {value:.4f}, of the trainer {self.trainer:.4f}"
            for name, value in (("float", self.floating), ("int8", self.int8))
            if value < self.trainer - slack
        ]
        if self.same < LEAST_SAME:
            found.append(f"only {self.same:.1%} of the baskets keep their top four in int8")
        return found


def prove(solved: Ranking, kept: Ranking, graphs: tuple[bytes, bytes], vocabulary: Vocabulary, questions: Questions) -> Proof:
    """`kept`: the weights as `solved` or cut; `graphs`: of `kept` as they are, and in int8."""
    if not len(questions):
        # Nothing to guess, and yet every item must be answered for.
        questions = singles(vocabulary)
    floating, int8 = (top_items(ModelScorer(graph, vocabulary), questions, _TOP) for graph in graphs)
    trainer = np.concatenate([_best(_scores(solved, questions, part)) for part in questions.batches()])
    same = 0
    for part in questions.batches():
        scores = _scores(kept, questions, part)
        # An item is as good as another where the float scores hardly tell them apart; where nothing is left both are forbidden.
        expected, given = (np.take_along_axis(scores, top[part], axis=1) for top in (floating, int8))
        with np.errstate(invalid="ignore"):
            alike = (floating[part] == int8[part]) | (np.abs(expected - given) < _TIED)
        same += int(alike.all(axis=1).sum())
    hidden = questions.hidden[:, None]
    shares = [float((top == hidden).any(axis=1).mean()) for top in (trainer, floating, int8)]
    return Proof(len(questions), shares[0], shares[1], shares[2], same / len(questions))


def accept(proof: Proof) -> None:
    if faults := proof.faults:
        raise TrainingError(f"the model did not pass its proof and no bundle is written: {'; '.join(faults)}")


def golden(model: bytes, vocabulary: Vocabulary, seed: int) -> list[GoldenBasket]:
    """Answers of the int8 graph to no token at all, to single items, and to tokens drawn from all blocks.

    Nobody's: a golden basket travels to every store, and a real one with its shopper's history would tell who bought what.
    """
    scorer = ModelScorer(model, vocabulary)
    no_bias = np.zeros(vocabulary.items, np.float32)
    answers: list[GoldenBasket] = []
    for tokens in islice(_drawn(vocabulary, np.random.default_rng(seed)), _MOST_DRAWN):
        items, scores, _ = scorer.run(tokens, no_bias, GOLDEN_ANSWERS)
        if _steady(scorer, tokens, no_bias, items):
            answers.append(GoldenBasket(tokens.ids.tolist(), tokens.weights.tolist(), items.tolist(), scores.tolist()))
        if len(answers) == GOLDEN:
            break
    return answers


def _drawn(vocabulary: Vocabulary, chance: np.random.Generator) -> Iterator[Tokens]:
    yield Tokens(np.zeros(0, np.int64), np.zeros(0, np.float32))
    yield from (Tokens(np.array([token % len(vocabulary)], np.int64), np.ones(1, np.float32)) for token in range(2))
    for number in count(3):
        # The popular ones come first among the items; the others are drawn alike.
        size = min(int(chance.integers(2, 9)), vocabulary.items)
        items = np.unique((vocabulary.items * chance.random(size) ** 3).astype(np.int64))
        rest = chance.integers(vocabulary.items, len(vocabulary), 12) if len(vocabulary) > vocabulary.items else items
        ids = np.union1d(items, rest)
        if (no_card := vocabulary.ids.get(NO_CARD)) is not None and number % 2:
            ids = np.union1d(ids, no_card)
        weights = np.where(ids < vocabulary.items, 1.0, chance.integers(1, 101, len(ids)) / 100).astype(np.float32)
        yield Tokens(ids, weights)


def _steady(scorer: ModelScorer, tokens: Tokens, bias: NDArray[np.float32], items: NDArray[np.int64]) -> bool:
    """Whether a little more or less of everything is answered alike.

    Sums are rounded otherwise on another processor, and a tree that stands at its threshold turns the other way: such a basket
    would prove nothing.
    """
    return all(
        np.array_equal(scorer.run(replace(tokens, weights=tokens.weights * np.float32(factor)), bias, GOLDEN_ANSWERS)[0], items)
        for factor in (1 - _ROUNDED, 1 + _ROUNDED)
    )


def singles(vocabulary: Vocabulary) -> Questions:
    """Each item alone, the next one hidden: what can be asked where no receipt of the latest holds two items."""
    many = min(vocabulary.items, MOST_QUESTIONS)
    tokens = sparse.csr_array(sparse.eye_array(many, len(vocabulary), format="csr", dtype=np.float32))
    nobody = np.zeros(many, bool)
    hidden = (np.arange(many) + 1) % vocabulary.items
    return Questions(tokens, hidden, vocabulary.items, np.ones(many, np.int64), nobody, np.arange(many), nobody)


def top_items(scorer: ModelScorer, questions: Questions, k: int) -> NDArray[np.int64]:
    """int64[questions, k]: what the graph answers when the basket's own items are forbidden; -1 where nothing is left."""
    found = np.full((len(questions), min(k, questions.items)), -1, np.int64)
    for row in range(len(questions)):
        items, scores = answer(scorer, questions, row, k)
        if np.isnan(scores).any():
            raise TrainingError("the model did not pass its proof and no bundle is written: it answers with what is not a number")
        found[row] = np.where(np.isfinite(scores), items, -1)
    return found


def answer(scorer: ModelScorer, questions: Questions, row: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Items and scores of one question, as the register asks it."""
    tokens = _tokens(questions, row)
    bias = np.zeros(questions.items, np.float32)
    bias[tokens.ids[tokens.ids < questions.items]] = -np.inf
    items, scores, _ = scorer.run(tokens, bias, k)
    return items, scores


def _tokens(questions: Questions, row: int) -> Tokens:
    first, last = questions.tokens.indptr[row : row + 2]
    return Tokens(questions.tokens.indices[first:last].astype(np.int64), questions.tokens.data[first:last])


def _scores(ranking: Ranking, questions: Questions, part: slice) -> NDArray[np.float32]:
    scores = ranking.scores(questions.tokens[part])
    rows, columns = questions.tokens[part, : questions.items].nonzero()
    scores[rows, columns] = -np.inf
    return scores


def _best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The four best, the earlier item first where scores are equal."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :_TOP]
