"""Receipts without a card, answered by weights of their own where validation receipts say that this is better.

They are other shoppers in other baskets, and what was chosen for all suits the many with a card: where each shopper keeps to one
store, the store's token is nearly the shopper's name and a remembered receipt of that store nearly the shopper's own last one.
Without a card both mislead. So, where a register knows that there is no card (`device.tokens`: `shopper=none`), rows of their own
stand for items and contexts:

    counts + weight * counts of the receipts without a card      solved as ever (`solve`), with a ridge of their own
    rows of each kind of context * scale                         hours, weekdays, stores: 0 leaves the kind out
    (1 - share) of these + share of what remembered receipts vote, the store having as much of a voice as for others, or none

Of each row the strongest weights travel (`packing`), because the rest is noise of few receipts.

Everything else - whoever shows a card, and everybody of whom it is not known that there is none - is answered as before, to the
last bit. The rows are kept where they are surely better (`climb.surely_better`) on validation receipts without a card that repeat
no earlier one. Each knob is walked after the other: the weight with scales, voice and share at each of its rungs, then the ridge.

What is counted of these receipts is counted anew each time, by this process, in a square of items and contexts: a fifth of the
receipts and none of the histories, so a night that keeps the counts of its days spends a second on it. There are no rows where
some items are not learnt from (`layout`), where pairs of items have tokens, where the table would outgrow what is shipped whole,
or where nobody came back with a card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from model_export.choose import LADDER, LEAST_QUESTIONS, MOST_REMEMBERED_QUESTIONS, Choice
from model_export.climb import climb, solves, surely_better
from model_export.counts import Counts, count
from model_export.history import NOBODY
from model_export.memory import Asking, Memory, find, votes
from model_export.quantise import MOST_WHOLE_CELLS
from model_export.questions import Questions, gains, rank
from model_export.solve import Weights, add_context, solve_items

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse
    from model_export.history import History
    from model_export.layout import Layout

WEIGHTS: Final = (0.0, 1.0, 3.0, 7.0, 15.0, 31.0)
SCALES: Final = (0.0, 0.5, 1.0)
SHARES: Final = (0.0, 0.05, 0.1, 0.2, 0.33, 0.5, 0.67, 0.8)
_BEGIN: Final = 3.0
_LEAST_SOLVES: Final = 3
_MOST_RIDGES: Final = 3


@dataclass(frozen=True, slots=True)
class Own:
    """`scales`: one for each kind of context; `share` of the score that is voted, and the `voice` of the store in it."""

    weight: float
    item: float
    context: float
    scales: tuple[float, ...]
    share: float = 0.0
    voice: float = 0.0


@dataclass(frozen=True, slots=True)
class Chosen:
    own: Own | None = None
    why: str = "answered as all others are"
    """In words: what was chosen and what it gained, or why there is nothing of their own."""

    def __str__(self) -> str:
        if self.own is None:
            return self.why
        own = self.own
        scales = ", ".join(f"{scale:g}" for scale in own.scales)
        return (
            f"weight {own.weight:g}, ridge {own.item:g}, contexts {scales or 'none'}, share {own.share:g}, voice of the store "
            f"{own.voice:g}; {self.why}"
        )


AS_OTHERS: Final = Chosen()


def hindered(layout: Layout, history: History, *, pairs: bool) -> str:
    """Why receipts without a card are not asked about; empty: they are."""
    if layout.history.start == layout.history.stop or not (history.shopper == NOBODY).any():
        return "nobody comes back with a card, or everybody does"
    if bytes_of(layout) == 0:
        return "too many items"
    return "pairs of items have tokens" if pairs else ""


def bytes_of(layout: Layout) -> int:
    """What they take beside all else: their counts, both together, what these are solved in, and the rows; 0: none is had."""
    told = layout.context_end
    if layout.items > layout.head or layout.rows * layout.items > MOST_WHOLE_CELLS:
        return 0
    return 4 * (2 * told**2 + layout.head**2 + told * layout.items)


def count_few(history: History, matrix: Sparse, layout: Layout) -> Counts:
    """Of the receipts without a card among the first ones, whose rows are `matrix` float32[receipts, tokens]."""
    rows = np.flatnonzero(history.shopper[: matrix.shape[0]] == NOBODY)
    return count(sparse.csr_array(matrix[rows][:, : layout.told]), _told(layout))


def solve_own(counts: Counts, few: Counts, layout: Layout, own: Own) -> Weights:
    """Rows of items and contexts, and an intercept. `few`: of the receipts without a card, which `counts` hold too."""
    told, within = layout.context_end, _told(layout)
    both = Counts(
        counts.gram[:told, :told] + np.float32(own.weight) * few.gram,
        counts.sums[:told] + own.weight * few.sums,
        counts.receipts + own.weight * few.receipts,
    )
    weights = solve_items(both, within, own.item)
    add_context(weights, both, within, own.context)
    for kind, scale in zip(layout.kinds, own.scales, strict=True):
        weights.table[kind] *= np.float32(scale)
    return weights


def asked_by(own: Own, asking: Asking) -> Asking:
    """How the memory is asked for receipts without a card."""
    return replace(asking, share=own.share, context=own.voice)


def choose_own(
    counts: Counts,
    few: Counts,
    layout: Layout,
    choice: Choice,
    memory: Memory,
    questions: Questions,
) -> Chosen:
    """`counts`, `few` and `memory` of the receipts before the `questions`, all of which are of receipts without a card."""
    if len(questions) < LEAST_QUESTIONS:
        return Chosen(why=f"answered as all others are: {len(questions)} receipts of the latest have no card")
    exam = _Exam(memory, choice.asking, questions.spread(MOST_REMEMBERED_QUESTIONS), layout)
    plain = Own(0.0, choice.ridges.item, choice.ridges.context, (1.0,) * len(layout.kinds))
    if choice.asking is not None:
        plain = replace(plain, share=choice.asking.share, voice=choice.asking.context)
    common = exam.mark(exam.parts(solve_own(counts, few, layout, plain)), plain)
    marks: dict[tuple[float, float], _Mark] = {}
    most = max(_LEAST_SOLVES, min(len(WEIGHTS), solves(layout.head)))

    def gain(weight: float, ridge: float) -> float:
        trial = replace(plain, weight=weight, item=ridge)
        marks[weight, ridge] = exam.best(exam.parts(solve_own(counts, few, layout, trial)), trial)
        return marks[weight, ridge].mean

    weight, _ = climb(WEIGHTS, _BEGIN, lambda weight: gain(weight, plain.item), most)
    ridge, _ = climb(
        LADDER,
        plain.item,
        lambda ridge: marks[weight, ridge].mean if (weight, ridge) in marks else gain(weight, ridge),
        _MOST_RIDGES,
    )
    best = marks[weight, ridge]
    said = f"NDCG@10 {best.mean:.4f} against {common.mean:.4f} of {len(best.each)}"
    if surely_better(best.each, common.each):
        return Chosen(best.own, said)
    return Chosen(why=f"answered as all others are: {said} by rows of their own")


def _told(layout: Layout) -> Layout:
    """Items and contexts alone."""
    return replace(layout, rows=layout.context_end)


@dataclass(frozen=True, slots=True)
class _Mark:
    each: NDArray[np.float64]
    own: Own

    @property
    def mean(self) -> float:
        return float(self.each.mean())


class _Exam:
    """Owns the questions, and what the memory votes on them with each voice of the store."""

    def __init__(self, memory: Memory, asking: Asking | None, questions: Questions, layout: Layout) -> None:
        self._asked = questions
        self._layout = layout
        fresh = ~questions.repeat
        self._counted = fresh if fresh.sum() >= LEAST_QUESTIONS else np.ones(len(questions), bool)
        self._said: dict[float, NDArray[np.float32]] = {}
        if asking is not None and len(memory):
            for voice in sorted({0.0, asking.context}):
                whole = replace(asking, share=1.0, context=voice)
                self._said[voice] = votes(memory, find(memory, questions.tokens, whole), whole)

    def parts(self, weights: Weights) -> list[NDArray[np.float32]]:
        """float32[questions, items] each: what the items say, and each kind of context."""
        tokens, layout = self._asked.tokens, self._layout
        found = [tokens[:, : layout.items] @ weights.table[: layout.head] + weights.intercept]
        shift = layout.items - layout.head
        found += [tokens[:, kind.start + shift : kind.stop + shift] @ weights.table[kind] for kind in layout.kinds]
        return found

    def mark(self, parts: list[NDArray[np.float32]], own: Own) -> _Mark:
        scores = parts[0].copy()
        for scale, part in zip(own.scales, parts[1:], strict=True):
            if scale:
                scores += np.float32(scale) * part
        if own.share:
            scores = (1 - own.share) * scores + own.share * self._said[own.voice]
        return _Mark(gains(rank(scores, self._asked.baskets, self._asked.hidden), 10)[self._counted], own)

    def best(self, parts: list[NDArray[np.float32]], own: Own) -> _Mark:
        """With the scales, the voice and the share that suit these weights best, one after the other."""
        best = self.mark(parts, own)
        for kind in range(len(own.scales)):
            trials = [_scaled(best.own, kind, scale) for scale in SCALES if scale != best.own.scales[kind]]
            best = self._best_of(best, parts, trials)
        mixtures = [replace(best.own, share=share, voice=voice) for voice in self._said for share in SHARES]
        return self._best_of(best, parts, mixtures)

    def _best_of(self, best: _Mark, parts: list[NDArray[np.float32]], trials: list[Own]) -> _Mark:
        return max([best, *(self.mark(parts, trial) for trial in trials)], key=lambda mark: mark.mean)


def _scaled(own: Own, kind: int, scale: float) -> Own:
    return replace(own, scales=(*own.scales[:kind], scale, *own.scales[kind + 1 :]))
