"""A ranking packed into the smallest graph that passes its proof."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from model_export.graph import Frame, graph
from model_export.prove import Proof, prove
from model_export.quantise import LARGE_PACKINGS, MOST_WHOLE_CELLS, PACKINGS, Listed, Packing, Whole, as_table, cut, quantise

if TYPE_CHECKING:
    from device.tokens import Vocabulary
    from model_export.questions import Questions
    from model_export.ranking import Ranking


def frame_of(ranking: Ranking, vocabulary: Vocabulary) -> Frame:
    weights = ranking.weights
    return Frame(weights.intercept, weights.learnt, len(vocabulary), ranking.remembered, ranking.strangers)


def packed(ranking: Ranking, vocabulary: Vocabulary, held: Questions) -> tuple[Packing, list[Whole | Listed], Proof]:
    """The smallest packing that passes the proof, or the last one tried.

    The proof is held with a memory that ends before the `held` receipts: they would find themselves there, and no weight would
    matter.
    """
    weights, frame = ranking.weights, frame_of(ranking, vocabulary)
    for packing in PACKINGS if weights.table.size <= MOST_WHOLE_CELLS else LARGE_PACKINGS:
        kept = cut(weights.table, packing.keep)
        parts = quantise(kept, packing.spikes)
        as_kept = replace(ranking, weights=replace(weights, table=as_table(kept, vocabulary.items)))
        proof = prove(ranking, as_kept, (graph([kept], frame), graph(parts, frame)), vocabulary, held)
        if not proof.faults:
            break
    return packing, parts, proof
