"""Every knob, one after the other, each on the latest receipts with what was learnt from those before them.

    choose         ridges, the decay of histories, what remembered receipts say, whether the weights lean (`lately`)
    choose_pairs   how many pairs of items become tokens
    strangers      whether receipts without a card get rows of their own
    due            what a due item is worth
    rerank         whether trees put the best candidates in another order

The weights that suit best so far are solved once, in `choose`, and handed on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model_export import rerank
from model_export.candidates import blocks_of, traits_of
from model_export.choose import MOST_QUESTIONS, Choice, choose
from model_export.choose_pairs import choose_pairs
from model_export.encoding import Sparse, between, faded
from model_export.fading import HISTORY_DECAY, Past, staying
from model_export.lately import leant, trend_of, weighed
from model_export.layout import layout_of
from model_export.pairing import frequent
from model_export.questions import ask
from model_export.ranking import mixed, voting
from model_export.regulars.due import Worth, choose_worth
from model_export.rerank import Tried
from model_export.strangers import Chosen, choose_own, count_few, hindered

if TYPE_CHECKING:
    from device.tokens import Vocabulary
    from model_export.counts import Counts
    from model_export.history import History
    from model_export.lately import Trend
    from model_export.memory import Memory
    from model_export.pairing import Paired, Pairing
    from model_export.questions import Questions
    from model_export.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Knobs:
    choice: Choice
    without: Chosen
    """How receipts without a card are answered."""
    worth: Worth
    """Of what is due."""
    matrix: Sparse
    """The token rows of all receipts, with histories of the decay that was chosen."""


def choose_knobs(
    history: History,
    vocabulary: Vocabulary,
    matrix: Sparse,
    late: range,
    known: tuple[Counts, Memory],
    paired: Callable[[Pairing, Sparse], Paired],
    seed: int,
    progress: Callable[[str, float], None],
) -> Knobs:
    """`known`: counts, left with the decay that is chosen, and memory of the receipts before the `late` ones.

    `matrix` float32[receipts, tokens] of all; `paired` counts pairs of such rows. `progress` hears the share of a whole training.
    """
    layout, split, (counts, memory) = layout_of(vocabulary), late.start, known
    held = ask(history, vocabulary, HISTORY_DECAY, late, MOST_QUESTIONS, seed)
    past = _past(history, vocabulary, matrix, late, seed)
    before = between(matrix, 0, split)
    progress(f"choosing, decay of histories {HISTORY_DECAY:g}: {past.stays}" if past.stays else "choosing", 0.2)
    trend = trend_of(before, vocabulary.items, timed=history.timed)
    choice, weights = choose(counts, layout, memory, held, past, lambda share: progress("choosing", 0.2 + 0.35 * share), trend)
    if choice.fading.decay != HISTORY_DECAY:
        matrix = faded(matrix, history, vocabulary, choice.fading.decay)
        before = between(matrix, 0, split)
        held = past.questions(choice.fading.decay)
    progress(f"choosing pairs, decay of histories {choice.fading}", 0.55)
    choice = choose_pairs(
        counts,
        layout,
        choice,
        weights,
        memory,
        held,
        lambda pairing: paired(pairing, before),
        lambda share: progress("choosing pairs", 0.55 + 0.05 * share),
    )
    progress("choosing, receipts without a card", 0.605)
    without = _without_card(history, vocabulary, matrix, late, (counts, choice, memory), seed)
    progress(f"choosing what is due, receipts without a card {without}", 0.65)
    model = mixed(leant(weights, layout, choice, trend), voting(memory, choice.asking))
    worth = choose_worth(history, vocabulary, choice.fading.decay, late, model, seed)
    progress(f"choosing the order of the best, what is due {worth}", 0.65)
    tried = _ordering(counts, vocabulary, before, choice, trend, (model, memory), held, paired, seed, timed=history.timed)
    return Knobs(replace(choice, trees=tried.trees, order=tried.said), without, worth, matrix)


def _ordering(
    counts: Counts,
    vocabulary: Vocabulary,
    matrix: Sparse,
    choice: Choice,
    trend: Trend | None,
    known: tuple[Ranking, Memory],
    questions: Questions,
    paired: Callable[[Pairing, Sparse], Paired],
    seed: int,
    *,
    timed: bool,
) -> Tried:
    """What suits the `questions`; all else, `matrix` float32[receipts, tokens] too, of the receipts before them.

    `known`: the model without pairs of items, and its memory.
    """
    layout, (model, memory), told = layout_of(vocabulary), known, vocabulary
    if reason := rerank.hindered(layout):
        return Tried(None, f"as scored, {reason}")
    pairs = paired(frequent(counts, layout, choice.most_pairs), matrix) if choice.most_pairs else None
    if pairs is not None:
        told = pairs.pairing.widened(vocabulary)
        model = mixed(weighed(counts, layout, choice, trend, pairs), voting(memory.mute(len(told)), choice.asking))
    widen = (lambda tokens: tokens) if pairs is None else pairs.pairing.told
    traits = traits_of(matrix, vocabulary, timed=timed)
    return rerank.choose_trees(model, blocks_of(told), traits, questions, widen, seed)


def _past(history: History, vocabulary: Vocabulary, matrix: Sparse, late: range, seed: int) -> Past:
    """What another decay would make of the rows of the receipts before the `late`, and of the questions about these."""
    return Past(
        lambda decay: faded(between(matrix, 0, late.start), history, vocabulary, decay),
        lambda decay: ask(history, vocabulary, decay, late, MOST_QUESTIONS, seed),
        staying(layout_of(vocabulary), between(matrix, 0, late.start)),
    )


def _without_card(
    history: History,
    vocabulary: Vocabulary,
    matrix: Sparse,
    late: range,
    known: tuple[Counts, Choice, Memory],
    seed: int,
) -> Chosen:
    """What suits the `late` receipts without a card; `known` of the receipts before them."""
    layout, (counts, choice, memory) = layout_of(vocabulary), known
    if reason := hindered(layout, history, pairs=choice.most_pairs > 0):
        return Chosen(why=f"answered as all others are: {reason}")
    few = count_few(history, between(matrix, 0, late.start), layout)
    asked = ask(history, vocabulary, choice.fading.decay, late, MOST_QUESTIONS, seed, no_card=True)
    return choose_own(counts, few, layout, choice, memory, asked)
