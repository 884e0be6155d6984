"""How many pairs of items become tokens, chosen on validation receipts: none, unless they are worth what they cost.

Pairs stand in the first stage, so all three are solved again with them, and mixed anew with what the memory says, which knows
nothing of pairs. They are kept where that is surely better (`climb.surely_better`), in the mean of a basket of which nothing else
is known and of one of a known shopper, of receipts that repeat no earlier one, as `choose` counts. So each rung of
`pairing.rungs` against the one kept so far; the ridge of pairs is walked on the first rung and holds for the next, and a rung
that loses is the last. At most `_MOST_RIDGES` and two solves, whatever the clock says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.choose import LADDER, LEAST_QUESTIONS, MOST_REMEMBERED_QUESTIONS, SHARES, Choice
from model_export.climb import climb, surely_better
from model_export.memory import Memory, find, votes
from model_export.pairing import Paired, Pairing, frequent, rungs
from model_export.questions import Questions, gains, rank
from model_export.solve import Weights, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.counts import Counts
    from model_export.layout import Layout

BEGIN: Final = 300.0
"""Where the walk of the ridge begins: near where it ended on the sets it was tried on."""
_MOST_RIDGES: Final = 4


def choose_pairs(
    counts: Counts,
    layout: Layout,
    choice: Choice,
    weights: Weights,
    memory: Memory,
    questions: Questions,
    count: Callable[[Pairing], Paired],
    advance: Callable[[float], None],
) -> Choice:
    """`choice` with the pairs that are worth it.

    `counts`, `weights` and `memory` of the receipts before the `questions`, as they were chosen; `count` counts pairs of these.
    `advance` hears the share of the rungs compared.
    """
    if len(questions) < LEAST_QUESTIONS:
        return replace(choice, pairs="none, too few receipts")
    if not (steps := rungs(layout)):
        return replace(choice, pairs="none, too many items")
    exam = _Exam(memory, choice, questions.spread(MOST_REMEMBERED_QUESTIONS), layout.items)
    best = exam.mark(weights, None)
    chosen, tried, ridge = choice, list[str](), 0.0
    for step, most in enumerate(steps, 1):
        pairing = frequent(counts, layout, most)
        if not len(pairing):
            return replace(choice, pairs="none, no two items are often together")
        paired = count(pairing)
        marks: dict[float, _Mark] = {}

        def gain(ridge: float, paired: Paired = paired, marks: dict[float, _Mark] = marks) -> float:
            marks[ridge] = exam.mark(solve(counts, layout, replace(choice.ridges, pair=ridge), paired), paired.pairing)
            return marks[ridge].mean

        if step == 1:
            ridge, _ = climb(LADDER, BEGIN, gain, _MOST_RIDGES)
        else:
            gain(ridge)
        mark = marks[ridge]
        tried.append(f"{len(pairing)} {mark.mean / best.mean - 1:+.1%}" if best.mean else f"{len(pairing)}")
        if surely_better(mark.each, best.each):
            asking = choice.asking and replace(choice.asking, share=mark.share)
            ridges = replace(choice.ridges, pair=ridge)
            chosen, best = replace(chosen, ridges=ridges, asking=asking, gain=mark.whole, most_pairs=most), mark
        advance(step / len(steps))
        if len(pairing) < most or mark.mean < best.mean:
            break
    kept = f"{chosen.most_pairs} at most, ridge {ridge:g}" if chosen.most_pairs else "none"
    return replace(chosen, pairs=f"{kept}; NDCG@10 by rung: {', '.join(tried)}")


@dataclass(frozen=True, slots=True)
class _Mark:
    """`each` float64: what counts, question by question; `whole`: NDCG@10 with everything known; `share` of the memory."""

    each: NDArray[np.float64]
    whole: float
    share: float

    @property
    def mean(self) -> float:
        return float(self.each.mean())


class _Exam:
    """Owns the questions, as they are asked without pairs, and what the memory votes on them."""

    def __init__(self, memory: Memory, choice: Choice, questions: Questions, items: int) -> None:
        self._asked = [questions.knowing(items), questions]
        fresh = ~questions.repeat
        self._counted = fresh if fresh.sum() >= LEAST_QUESTIONS else np.ones(len(questions), bool)
        self._said: list[NDArray[np.float32]] = []
        if choice.asking is not None:
            whole = replace(choice.asking, share=1.0)
            self._said = [votes(memory, find(memory, asked.tokens, whole), whole) for asked in self._asked]

    def mark(self, weights: Weights, pairing: Pairing | None) -> _Mark:
        """With the share of the memory that suits these weights best."""
        tokens = [asked.tokens if pairing is None else pairing.told(asked.tokens) for asked in self._asked]
        linear = [weights.scores(told) for told in tokens]
        found = []
        for share in SHARES if self._said else (0.0,):
            scores = linear
            if self._said:
                scores = [(1 - share) * alone + share * voted for alone, voted in zip(linear, self._said, strict=True)]
            ranked = [rank(given.copy(), asked.baskets, asked.hidden) for given, asked in zip(scores, self._asked, strict=True)]
            alone, everything = (gains(ranks, 10) for ranks in ranked)
            found.append(_Mark((alone + everything)[self._counted], float(everything.mean()), share))
        return max(found, key=lambda mark: mark.mean)
