"""A second look at the best candidates, in the order in which they were right before: learning to rank.

Scores are sums, and a sum cannot say that one strong reason is worth more than ten weak ones, that a stranger's best-seller is
less of a find, or that what sold well last year is gone. Boosted trees (`model_export.trees`) look at what is known of the 64
best (`model_export.candidates`) and put them in another order. Only the order is theirs: whoever comes first among them gets the
highest of their scores, the second the next. So a score goes on meaning what it meant, and so does a relevance floor; nothing
enters that was not among the best; what the shop's policy adds to an item comes after, and what it forbids is no candidate.

The trees are learnt on validation receipts, with weights and memory of the receipts before them; of each several items are
hidden in turn, and each question is asked twice, of the items alone and with everything known. They are kept where they are
surely better (`climb.surely_better`) on receipts that repeat no earlier one: each quarter of the validation receipts is judged by
trees of the other three. Receipts without a card that have rows of their own (`strangers`) stay in the order of these. There are
no trees where some items are not learnt from (`layout`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.candidates import CANDIDATES, FEATURES, Blocks, Described, blocks_of, describe, traits_of
from model_export.choose import LEAST_QUESTIONS, validation_share
from model_export.climb import surely_better
from model_export.questions import Questions, ask_again, gains, rank
from model_export.trees import Trees, learn_trees

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from device.tokens import Vocabulary
    from model_export.encoding import Sparse
    from model_export.layout import Layout
    from model_export.ranking import Ranking
    from model_export.solve import Weights

ENOUGH: Final = 4 * LEAST_QUESTIONS
"""Receipts; trees of fewer are chance."""
MOST_QUESTIONS: Final = 3_000
DRAWS: Final = 6
FOLDS: Final = 4
_SIDE_BY_SIDE: Final = 2
_BATCH: Final = 512


@dataclass(frozen=True, slots=True)
class Rerank:
    """`traits` float32[items, 5], see `candidates.traits_of`."""

    trees: Trees
    blocks: Blocks
    traits: NDArray[np.float32]

    def reorder(
        self, weights: Weights, tokens: Sparse, scores: NDArray[np.float32], said: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """`scores` float32[questions, items], in place; what stands in the basket keeps its own."""
        for first in range(0, len(scores), _BATCH):
            part = slice(first, first + _BATCH)
            voted = None if said is None else said[part]
            seen = describe(weights, self.blocks, self.traits, tokens[part], scores[part], voted)
            order = ordered(self.trees, seen)
            row, place = np.nonzero(seen.places >= 0)
            scores[first + row, np.take_along_axis(seen.places, order, axis=1)[row, place]] = seen.told[row, place, 0]
        return scores


def rerank_of(trees: Trees | None, matrix: Sparse, vocabulary: Vocabulary, *, timed: bool) -> Rerank | None:
    """`matrix` float32[receipts, tokens]: the receipts that weights and memory are of, oldest first."""
    return None if trees is None else Rerank(trees, blocks_of(vocabulary), traits_of(matrix, vocabulary, timed=timed))


def ordered(trees: Trees, seen: Described) -> NDArray[np.int64]:
    """int64[questions, candidates]: which candidate comes first, which next; those that are none come last."""
    said = trees.answer(seen.told.reshape(-1, len(FEATURES))).reshape(seen.places.shape)
    said[seen.places < 0] = -np.inf
    return np.argsort(-said, axis=1, kind="stable")


@dataclass(frozen=True, slots=True)
class Tried:
    trees: Trees | None
    said: str
    """In words: what was chosen and what it gained, or why the order stays."""


def hindered(layout: Layout) -> str:
    """Why nothing is put in another order; empty: it may be."""
    return "too many items" if layout.items > layout.head else ""


def bytes_of(layout: Layout, receipts: int) -> int:
    """What choosing takes at most: what is told of the candidates, as often as it is put together too, and scores of one draw."""
    if hindered(layout):
        return 0
    questions = min(MOST_QUESTIONS, int(receipts * validation_share(receipts)))
    told = 2 * DRAWS * questions * min(CANDIDATES, layout.items) * len(FEATURES)
    return 4 * ((1 + _SIDE_BY_SIDE) * told + 3 * questions * layout.items)


def choose_trees(
    model: Ranking,
    blocks: Blocks,
    traits: NDArray[np.float32],
    questions: Questions,
    told: Callable[[Sparse], Sparse],
    seed: int,
) -> Tried:
    """`model` and `traits` of the receipts before the `questions`, which are asked as `told` puts them.

    `told` adds to the tokens what follows from them, as pairs of items do.
    """
    if len(questions) < ENOUGH:
        return Tried(None, "as scored, too few receipts")
    asked = questions.spread(MOST_QUESTIONS)
    exams = list[_Exam]()
    more = asked.tokens[:, asked.items :].nnz > 0
    for draw in range(DRAWS):
        again = ask_again(asked, seed + draw) if draw else asked
        for kind in (again.knowing(again.items), again) if more else (again,):
            tokens = told(kind.tokens)
            scores, said = model.in_parts(tokens)
            seen = describe(model.weights, blocks, traits, tokens, scores, said)
            exams.append(_Exam(seen, kind.hidden, rank(scores, kind.baskets, kind.hidden)))
    fold = np.arange(len(asked)) * FOLDS // len(asked)
    found = np.any([one.found for one in exams], axis=0)
    if not all((found & (fold != number)).any() for number in range(FOLDS)):
        return Tried(None, "as scored, nothing that was bought is among the best")
    before = np.mean([gains(one.ranks, 10) for one in exams], axis=0)
    after = np.zeros(len(asked))
    folds = [fold == number for number in range(FOLDS)]
    ended = Event()
    # Learning lets go of the interpreter; each part has its own data, so their order does not matter.
    with ThreadPoolExecutor(max_workers=_SIDE_BY_SIDE) as workers:
        try:
            for judged, gained in zip(folds, workers.map(lambda judged: _judged(exams, judged, seed, ended), folds), strict=True):
                after[judged] = gained
        finally:
            # A training that is told to end waits for them.
            ended.set()
    fresh = ~asked.repeat
    counted = fresh if fresh.sum() >= LEAST_QUESTIONS else np.ones(len(asked), bool)
    better = surely_better(after[counted], before[counted])
    figures = f"NDCG@10 {after[counted].mean():.4f}, as scored {before[counted].mean():.4f}, of {int(counted.sum())} receipts"
    if not better:
        return Tried(None, f"as scored; by trees {figures}")
    return Tried(_learn(exams, np.ones(len(asked), bool), seed), figures)


@dataclass(frozen=True, slots=True)
class _Exam:
    """`ranks` float64[questions]: where the `hidden` items stand by their scores."""

    seen: Described
    hidden: NDArray[np.int64]
    ranks: NDArray[np.float64]

    @property
    def found(self) -> NDArray[np.bool_]:
        """bool[questions]: whose hidden item is a candidate."""
        among: NDArray[np.bool_] = (self.seen.places == self.hidden[:, None]).any(axis=1)
        return among

    def among(self, rows: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Of those `rows` whose hidden item is a candidate: what is told, and which candidate it is."""
        there = rows & self.found
        return self.seen.told[there], (self.seen.places[there] == self.hidden[there, None]).argmax(axis=1)

    def reordered(self, trees: Trees, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """float64[rows]: where they stand then."""
        seen = Described(self.seen.told[rows], self.seen.places[rows])
        placed = np.take_along_axis(seen.places, ordered(trees, seen), axis=1) == self.hidden[rows, None]
        return np.where(placed.any(axis=1), placed.argmax(axis=1) + 1, self.ranks[rows])


def _judged(exams: list[_Exam], judged: NDArray[np.bool_], seed: int, ended: Event) -> NDArray[np.float64]:
    """float64[judged]: NDCG@10 of these questions by trees of the others."""
    trees = _learn(exams, ~judged, seed, ended)
    each: NDArray[np.float64] = np.mean([gains(one.reordered(trees, judged), 10) for one in exams], axis=0)
    return each


def _learn(exams: list[_Exam], rows: NDArray[np.bool_], seed: int, ended: Event | None = None) -> Trees:
    found = [one.among(rows) for one in exams]
    return learn_trees(np.concatenate([told for told, _ in found]), np.concatenate([right for _, right in found]), seed, ended)
