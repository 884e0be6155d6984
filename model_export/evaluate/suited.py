"""Each peer in the setting that suits validation, and its answers: what the model's own knobs are given, the peers are given.

A setting is fitted on the receipts before validation and judged by NDCG@10 of the validation questions; the one that did best is
fitted anew on all receipts before the test. Nothing of the test is seen.

*Given the same history*, a peer whose scores are sums over what is asked with is asked for basket + `past` x the shopper's
decayed shares. Such a table says little of an item by itself (EASE holds it at nought), yet what a shopper bought before is the
likeliest to be bought again. So each share also speaks for its own item: `own` x share x the best score of the question is
added. Both weights are chosen like any setting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from model_export.evaluate.conditions import TOP, Answers
from model_export.evaluate.peers import PEERS, SUMS
from model_export.questions import gains, rank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.encoding import Sparse
    from model_export.evaluate.exam import Asked
    from model_export.evaluate.fitted import Fitted, Scored

PASTS: Final = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
OWNS: Final = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_BATCH_CELLS: Final = 8_000_000


@dataclass(frozen=True, slots=True)
class Blend:
    """How much a shopper's shares count beside the basket: as if they stood in it, and each for its own item."""

    past: float = 0.0
    own: float = 0.0

    def __str__(self) -> str:
        return f"history x{self.past:g}, own x{self.own:g}"


ALONE: Final = Blend()


def best(name: str, receipts: Sparse, first: int, validation: Asked) -> tuple[Fitted, str, list[str]]:
    """The peer fitted on all `receipts`, in the setting that did best on `validation` when fitted on those before `first`.

    And what the setting is called, and which of its knobs stand at the edge of what was tried.
    """
    settings, edges = PEERS[name], list[str]()
    label = settings.label(settings.begin)
    if settings.knobs and len(validation):
        earlier = receipts[max(0, first - settings.most) if settings.most else 0 : first]
        label, edges = settings.suited(lambda peer: _gain(peer(earlier).scored, validation))
    return settings.peer(label)(receipts), label, edges


def blend(name: str, label: str, receipts: Sparse, first: int, validation: Asked) -> Blend:
    """How much the shopper's shares should count, chosen on the `validation` questions that have any."""
    scored = PEERS[name].peer(label)(receipts[:first]).scored
    known = validation.only(np.flatnonzero(np.diff(validation.past.indptr)))
    found: dict[Blend, float] = {}

    def asked(weights: Blend) -> float:
        if weights not in found:
            found[weights] = _gain(scored, known, weights)
        return found[weights]

    chosen, before = ALONE, None
    while chosen != before and len(known):
        before = chosen
        chosen = max([chosen, *(Blend(past, chosen.own) for past in PASTS if name in SUMS)], key=asked)
        chosen = max([chosen, *(Blend(chosen.past, own) for own in OWNS)], key=asked)
    return chosen


def answers(scored: Scored, asked: Asked, weights: Blend = ALONE) -> Answers:
    ranks, top = [np.zeros(0)], [np.zeros((0, min(TOP, len(asked.skus))), np.int64)]
    for part in _batches(asked):
        scores = _scores(scored, asked, part, weights)
        ranks.append(rank(scores, asked.baskets[part], asked.hidden[part]))
        most = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
        top.append(np.where(np.isfinite(np.take_along_axis(scores, most, axis=1)), most, -1))
    return Answers(np.concatenate(ranks), np.concatenate(top))


def _scores(scored: Scored, asked: Asked, part: slice, weights: Blend) -> NDArray[np.float32]:
    query, past = asked.baskets[part], sparse.coo_array(asked.past[part])
    scores = scored(sparse.csr_array(query + weights.past * past) if weights.past else query)
    # A library's weight of an item that stands on every receipt can be 0 / 0: it knows nothing of that item.
    np.nan_to_num(scores, copy=False)
    if weights.own:
        most = scores.max(axis=1)
        scores[past.row, past.col] += np.float32(weights.own) * past.data * np.where(most > 0, most, 1)[past.row]
    return scores


def _gain(scored: Scored, asked: Asked, weights: Blend = ALONE) -> float:
    parts = [rank(_scores(scored, asked, part, weights), asked.baskets[part], asked.hidden[part]) for part in _batches(asked)]
    return float(gains(np.concatenate(parts), 10).mean())


def _batches(asked: Asked) -> Iterator[slice]:
    step = max(1, _BATCH_CELLS // len(asked.skus))
    return (slice(first, min(first + step, len(asked))) for first in range(0, len(asked), step))
