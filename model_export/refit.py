"""A model of other receipts with the knobs of one that is there: nothing is chosen and nothing proved again.

A count and a solve, a small part of a training. Made for what is learnt from answers on receipts that a model has not seen
(`propensity`). The knobs were chosen on those very receipts; how far a curve made so can be believed on later ones is what
`evaluate --task propensity` measures, in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.tokens import NO_CARD, Vocabulary
from model_export.counting import Counting, tally
from model_export.encoding import encode_all, vocabulary_of
from model_export.graph import graph
from model_export.lately import trend_of, weighed
from model_export.layout import layout_of
from model_export.memory import remember
from model_export.packing import frame_of, kept_of, quantised
from model_export.pairing import frequent
from model_export.ranking import beside, mixed, voting
from model_export.rerank import rerank_of
from model_export.strangers import asked_by, count_few, solve_own

if TYPE_CHECKING:
    from model_export.choose import Choice
    from model_export.history import History
    from model_export.quantise import Packing
    from model_export.strangers import Own


@dataclass(frozen=True, slots=True)
class Refitted:
    vocabulary: Vocabulary
    choice: Choice
    graph: bytes


def refit(history: History, choice: Choice, packing: Packing, own: Own | None) -> Refitted:
    """`own`: of receipts without a card. TrainingError when the receipts are too few to learn from."""
    vocabulary = vocabulary_of(history)
    layout, decay = layout_of(vocabulary), choice.fading.decay
    matrix = encode_all(history, vocabulary, decay)
    with tally(history, matrix, vocabulary, decay, Counting()) as counted:
        counts = counted.counts(0, len(history))
        paired = counted.paired(frequent(counts, layout, choice.most_pairs), matrix) if choice.most_pairs else None
    if paired is not None:
        vocabulary = paired.pairing.widened(vocabulary)
    rows = None
    # Earlier receipts may lack a kind of context, or shoppers who came back.
    if own is not None and len(own.scales) == len(layout.kinds) and layout.history.start < layout.history.stop:
        rows = solve_own(counts, count_few(history, matrix, layout), layout, own)
        vocabulary = Vocabulary([*vocabulary.names, NO_CARD], vocabulary.items)
    memory = voting(remember(matrix, vocabulary), choice.asking)
    trend = trend_of(matrix, vocabulary.items, timed=history.timed)
    ranking = mixed(weighed(counts, layout, choice, trend, paired), memory)
    if own is not None and rows is not None:
        asking = None if choice.asking is None else asked_by(own, choice.asking)
        ranking = beside(ranking, rows, vocabulary.ids[NO_CARD], asking)
    ranking = replace(ranking, rerank=rerank_of(choice.trees, matrix, vocabulary, timed=history.timed))
    parts = quantised(kept_of(ranking, packing), packing)
    return Refitted(vocabulary, choice, graph(parts.common, frame_of(ranking, vocabulary), parts.own))
