"""A ranking packed into the smallest graph that passes its proof.

Rows of their own for receipts without a card are fewer receipts' and mostly noise: `quantise.OWN` weights of each are kept, which
answer as well as all of them (see the README) in a third of the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model_export.graph import Frame, graph
from model_export.prove import Proof, prove
from model_export.quantise import LARGE_PACKINGS, MOST_WHOLE_CELLS, OWN, PACKINGS, Listed, Packing, Whole, as_table, cut, quantise

if TYPE_CHECKING:
    from device.tokens import Vocabulary
    from model_export.questions import Questions
    from model_export.ranking import Ranking
    from model_export.solve import Weights


@dataclass(frozen=True, slots=True)
class Parts:
    """The sum of each is a table: everybody's, and that of receipts without a card where they have one."""

    common: list[Whole | Listed]
    own: list[Whole | Listed]


def frame_of(ranking: Ranking, vocabulary: Vocabulary) -> Frame:
    weights = ranking.weights
    return Frame(weights.intercept, weights.learnt, len(vocabulary), ranking.remembered, ranking.strangers, ranking.rerank)


def kept_of(ranking: Ranking, packing: Packing) -> Parts:
    """As they were solved, cut."""
    strangers = ranking.strangers
    return Parts([cut(ranking.weights.table, packing.keep)], [cut(strangers.weights.table, OWN)] if strangers else [])


def quantised(kept: Parts, packing: Packing) -> Parts:
    """In int8; the few of their own as they are, in one part, because each part costs every question some microseconds."""
    return Parts([part for one in kept.common for part in quantise(one, packing.spikes)], kept.own)


def packed(ranking: Ranking, vocabulary: Vocabulary, held: Questions) -> tuple[Packing, Parts, Proof]:
    """The smallest packing that passes the proof, or the last one tried.

    The proof is held with a memory that ends before the `held` receipts: they would find themselves there, and no weight would
    matter.
    """
    frame = frame_of(ranking, vocabulary)
    for packing in PACKINGS if ranking.weights.table.size <= MOST_WHOLE_CELLS else LARGE_PACKINGS:
        kept = kept_of(ranking, packing)
        parts = quantised(kept, packing)
        graphs = graph(kept.common, frame, kept.own), graph(parts.common, frame, parts.own)
        proof = prove(ranking, _as_kept(ranking, kept), graphs, vocabulary, held)
        if not proof.faults:
            break
    return packing, parts, proof


def _as_kept(ranking: Ranking, kept: Parts) -> Ranking:
    strangers = ranking.strangers
    if strangers is not None:
        strangers = replace(strangers, weights=_of(strangers.weights, kept.own[0]))
    return replace(ranking, weights=_of(ranking.weights, kept.common[0]), strangers=strangers)


def _of(weights: Weights, kept: Whole | Listed) -> Weights:
    return replace(weights, table=as_table(kept, len(weights.intercept)))
