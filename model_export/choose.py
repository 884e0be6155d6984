"""Every knob is chosen on receipts the weights have not seen: the latest of the history, never assumed.

The ridges walk up and down a ladder of half decades as long as NDCG@10 of the validation questions grows, each stage asked what
it has to answer: the items' ridge questions of items alone, the context's what came with the items, the history's everything.
Where there is a tail (see `layout`) the walk is made among the head alone, a quarter of the work: a ridge that suits what sells
suits the rest. Then the decay of the histories is chosen (`fading`).

Then the memory of receipts is asked with several mixtures. It has to serve a basket of which nothing else is known as well as
one of a known shopper, so the mean of both counts; of receipts that repeat no earlier one, where there are enough of them,
because a memory could live on the others alone. Who is near is asked first, how many of them vote and how boldly last:
fifteen votings in all. A memory that adds less than `MEMORY_WORTH` is left at home. Then the weights lean towards what sells
lately (`lately`), if that is better: one question with two answers, which chance can hardly lead far astray.

At most how many solves are compared depends on the number of tokens and never on the clock, so that the same receipts always
end on the same rung.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from model_export.climb import LEAVING, WORTH, climb, solves
from model_export.counts import Counts
from model_export.fading import Fading, Past, choose_decay
from model_export.memory import NEIGHBOURS, Asking, Found, Memory, find, votes
from model_export.questions import Questions, gains, rank, rank_by
from model_export.solve import Ridges, Weights, add_context, solve, solve_history, solve_items, unexplained

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.lately import Trend
    from model_export.layout import Layout
    from model_export.trees import Trees

VALIDATION_SHARE: Final = 1 / 9
ENOUGH_RECEIPTS: Final = 400
"""A small history gives a larger share to validation, to have so many; half of it at most."""
LEAST_QUESTIONS: Final = 100
"""With fewer, chance would choose; the defaults are taken instead."""
MOST_QUESTIONS: Final = 5_000
MOST_REMEMBERED_QUESTIONS: Final = 2_000

LADDER: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0, 30_000.0, 100_000.0)
BEGIN: Final = Ridges(300.0, 300.0, 30.0)
"""Where the walks begin: near where they ended on the sets they were tried on. Taken as it is when too few receipts are there."""
_LEAST_SOLVES: Final = 4
"""So many are always compared."""

MEMORY_WORTH: Final = 1.01
CONTEXTS: Final = (0.0, 0.3, 0.6)
HISTORIES: Final = (0.0, 0.5, 1.0)
POWERS: Final = (4.0, 8.0)
SHARES: Final = (0.1, 0.2, 0.33, 0.5, 0.67, 0.8)
DOUBTS: Final = (0.03, 0.1, 0.3)
VOTERS: Final = (64, NEIGHBOURS)

_Mixed = tuple[float, float, Asking | None]
"""What counts, added up; NDCG@10 of the second kind of question; and how the memory was asked."""


@dataclass(frozen=True, slots=True)
class Choice:
    ridges: Ridges
    asking: Asking | None
    """None: nothing is remembered."""
    tried: int
    """Ridges that were compared; 0: too few receipts, these are the defaults."""
    gain: float
    """NDCG@10 on the validation questions."""
    fading: Fading
    """Of the shoppers' histories."""
    most_pairs: int = 0
    """How many pairs of items become tokens, at most (see `choose_pairs`)."""
    pairs: str = "none"
    """The same in words, and how it came."""
    leaning: bool = False
    """Whether the weights lean towards what sells lately."""
    trees: Trees | None = None
    """What puts the best candidates in another order (see `rerank`)."""
    order: str = "as scored"
    """The same in words, and how it came."""


def validation_share(receipts: int) -> float:
    return max(VALIDATION_SHARE, min(0.5, ENOUGH_RECEIPTS / max(receipts, 1)))


def choose(
    counts: Counts,
    layout: Layout,
    memory: Memory,
    questions: Questions,
    past: Past,
    advance: Callable[[float], None],
    trend: Trend | None = None,
) -> tuple[Choice, Weights]:
    """And the weights of that choice, as they were solved.

    `counts`, `memory` and `trend` are of the receipts before the validation `questions`, and how `past` would change them.

    The counts are left with the chosen decay. `advance` hears the share of the work done.
    """
    if len(questions) < LEAST_QUESTIONS:
        return Choice(BEGIN, None, 0, 0.0, Fading(stays=past.stays or "too few receipts")), solve(counts, layout, BEGIN)
    walk = _Walk(*_of_the_head(counts, layout, questions))
    weights, ridges = walk.ridges(advance)
    fading, questions = choose_decay(
        counts, layout, weights, ridges.history, questions, past, LEAST_QUESTIONS, lambda share: advance(0.6 + 0.1 * share)
    )
    advance(0.7)
    if layout.items > layout.head:
        weights = solve(counts, layout, ridges)
    leaning = None if trend is None else partial(trend.scores, weights=weights, layout=layout)
    asking, gain, leant = _asking(weights, memory, questions, leaning, lambda share: advance(0.7 + 0.3 * share))
    return Choice(ridges, asking, walk.tried, gain, fading, leaning=leant), weights


def _of_the_head(counts: Counts, layout: Layout, questions: Questions) -> tuple[Counts, Layout, Questions]:
    """The same without the tail: its columns, and the questions that hide one of its items."""
    if layout.items == layout.head:
        return counts, layout, questions
    among = questions.rows(np.flatnonzero(questions.hidden < layout.head))
    told = replace(among, tokens=sparse.csr_array(among.tokens[:, layout.learnt]), items=layout.head)
    square = Counts(counts.gram[:, : layout.rows], counts.sums[: layout.rows], counts.receipts)
    return square, replace(layout, items=layout.head), told


def _rung(begin: float, gain: Callable[[float], float], tokens: int) -> float:
    best, _ = climb(LADDER, begin, gain, max(_LEAST_SOLVES, solves(tokens)))
    return best


class _Walk:
    """Owns the weights of the best rung so far, stage after stage."""

    def __init__(self, counts: Counts, layout: Layout, questions: Questions) -> None:
        self._counts = counts
        self._layout = layout
        self._questions = questions
        self.tried = 0

    def ridges(self, advance: Callable[[float], None]) -> tuple[Weights, Ridges]:
        counts, layout, questions = self._counts, self._layout, self._questions
        alone = questions.knowing(layout.items)
        # A second table of the largest size is not held: the best is solved again.
        item = _rung(BEGIN.item, lambda ridge: self._gain(solve_items(counts, layout, ridge), alone), layout.head)
        advance(0.3)
        weights = solve_items(counts, layout, item)
        with_context = questions.knowing(layout.told)

        def context_gain(ridge: float) -> float:
            add_context(weights, counts, layout, ridge)
            return self._gain(weights, with_context)

        context = BEGIN.context
        if layout.kinds:
            context = _rung(context, context_gain, layout.context.stop - layout.context.start)
            add_context(weights, counts, layout, context)
        advance(0.4)
        history = BEGIN.history
        rows = layout.history.stop - layout.history.start
        if rows:
            known = questions.rows(np.flatnonzero(np.diff(questions.tokens[:, layout.told :].indptr)))
            residual = unexplained(weights, counts, layout)

            def history_gain(ridge: float) -> float:
                weights.table[layout.history] = solve_history(residual, counts, layout, ridge)
                return self._gain(weights, known)

            if len(known) >= LEAST_QUESTIONS:
                history = _rung(history, history_gain, rows)
            weights.table[layout.history] = solve_history(residual, counts, layout, history)
        advance(0.6)
        return weights, Ridges(item, context, history)

    def _gain(self, weights: Weights, questions: Questions) -> float:
        self.tried += 1
        return float(gains(rank_by(weights.scores, questions), 10).mean())


def _asking(
    weights: Weights,
    memory: Memory,
    questions: Questions,
    leaning: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None,
    advance: Callable[[float], None],
) -> tuple[Asking | None, float, bool]:
    """The best mixture, None when the weights are as good alone; NDCG@10 of the questions; and whether the weights lean.

    `leaning`: what the weights would score then.
    """
    questions = questions.spread(MOST_REMEMBERED_QUESTIONS)
    known = [questions.knowing(len(weights.intercept)), questions]
    linear = [weights.scores(asked.tokens) for asked in known]
    best, nearest = _remembering(memory, linear, known, advance)
    asking, gain = best[2], best[1]
    if leaning is None:
        return asking, gain, False
    said = [votes(memory, one, asking) for one in nearest] if asking else [np.zeros(1, np.float32)] * len(known)
    rest = 1 - asking.share if asking else 1.0
    leant = [leaning(scores) for scores in linear]
    if _whole(leant, rest, said, known) <= _whole(linear, rest, said, known) * WORTH:
        return asking, gain, False
    # No more tables of scores at once than `budget` tells.
    del linear, said
    # The share that suited the weights as they were may suit them no more.
    _, gain, asking = _mixed(memory, nearest, leant, known, [asking]) if asking else _alone(leant, known)
    return asking, gain, True


def _whole(linear: list[NDArray[np.float32]], rest: float, said: list[NDArray[np.float32]], known: list[Questions]) -> float:
    """NDCG@10 of both kinds, added up, of all questions: receipts that repeat earlier ones lean as others do."""
    mixed = (rest * scores + voted for scores, voted in zip(linear, said, strict=True))
    return sum(_gains_of(scores, asked)[1] for scores, asked in zip(mixed, known, strict=True))


def _alone(linear: list[NDArray[np.float32]], known: list[Questions]) -> _Mixed:
    """Nothing remembered."""
    each = [_gains_of(scores.copy(), asked) for scores, asked in zip(linear, known, strict=True)]
    return sum(counts for counts, _ in each), each[1][1], None


def _remembering(
    memory: Memory, linear: list[NDArray[np.float32]], known: list[Questions], advance: Callable[[float], None]
) -> tuple[_Mixed, list[Found]]:
    """The best mixture of both kinds of question, and whom these found."""
    alone, questions = _alone(linear, known), known[1]
    if not len(memory):
        return alone, []
    # Asked of items alone, it does not matter what store and history weigh.
    bare = find(memory, known[0].tokens, Asking(1.0, 1.0, 0.0, 0.0))
    advance(0.2)
    best: _Mixed = (alone[0] * MEMORY_WORTH, alone[1], None)
    nearest: list[Found] = []
    contexts, histories = CONTEXTS, HISTORIES
    tried: set[tuple[float, float]] = set()
    # One after the other: the store's part is found with half a voice for the history, the history's part then.
    for turn in (0, 1):
        asking = best[2] or Asking(0.0, 0.0, CONTEXTS[0], HISTORIES[1])
        pairs = [(one, HISTORIES[1]) for one in contexts] if turn == 0 else [(asking.context, one) for one in histories]
        for pair in pairs:
            if pair in tried:
                continue
            tried.add(pair)
            found = find(memory, questions.tokens, Asking(1.0, 1.0, *pair))
            mixtures = (Asking(0.0, power, *pair) for power in POWERS)
            better = _mixed(memory, [bare, found], linear, known, mixtures)
            if better[0] > best[0]:
                best, nearest = better, [bare, found]
            advance(0.2 + 0.6 * len(tried) / (len(CONTEXTS) + len(HISTORIES) - 1))
    # Who is near stays the same; how many of them vote, and how boldly, is tried last.
    if best[2] is not None:
        asked = best[2]
        others = (replace(asked, doubt=one, neighbours=most) for one, most in product(DOUBTS, VOTERS))
        better = _mixed(memory, nearest, linear, known, (one for one in others if one != asked))
        if better[0] > best[0] * LEAVING:
            best = better
    advance(1.0)
    return (alone if best[2] is None else best), nearest


def _mixed(
    memory: Memory,
    found: list[Found],
    linear: list[NDArray[np.float32]],
    known: list[Questions],
    mixtures: Iterable[Asking],
) -> _Mixed:
    """The best of them, each with every share."""
    best: _Mixed = (-1.0, 0.0, None)
    for asking in mixtures:
        said = [votes(memory, one, replace(asking, share=1.0)) for one in found]
        for share in SHARES:
            each = [
                _gains_of((1 - share) * scores + share * voted, asked)
                for scores, voted, asked in zip(linear, said, known, strict=True)
            ]
            best = max(
                best, (sum(counts for counts, _ in each), each[1][1], replace(asking, share=share)), key=lambda one: one[0]
            )
    return best


def _gains_of(scores: NDArray[np.float32], questions: Questions) -> tuple[float, float]:
    """NDCG@10 of what counts, and of all questions."""
    found = gains(rank(scores, questions.baskets, questions.hidden), 10)
    fresh = found[~questions.repeat]
    return float((fresh if len(fresh) >= LEAST_QUESTIONS else found).mean()), float(found.mean())
