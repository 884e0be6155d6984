"""How fast a shopper's history fades, chosen on validation receipts by the third stage alone.

The first two stages know nothing of histories. So another decay changes the history's rows of the counts, which are counted
again in the place of the old ones, and the third stage is solved again with the ridge that suited the first decay. No second
table of counts is held, only a second set of token rows; whoever counted the first time, this process counts again, because the
rows are here and all count alike. Counts of days on disk stay those of `HISTORY_DECAY`.

The decay stays what it is, and the reason is told, where there is too little to choose by or it would cost too much: a
catalogue with a tail (see `layout`), a stage too large to be solved several times, more pairs to count than `MOST_PAIRS`. All
depends on the receipts, never on the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.climb import LEAVING, climb, solves
from model_export.counts import recount
from model_export.questions import Questions, gains, rank_by
from model_export.solve import Weights, add_history

if TYPE_CHECKING:
    from model_export.counts import Counts
    from model_export.encoding import Sparse
    from model_export.layout import Layout

HISTORY_DECAY: Final = 0.95
"""Per receipt of the same shopper. Where the walk begins, and what is taken where there is none."""
DECAYS: Final = (0.8, 0.9, 0.95, 0.98, 1.0)
MOST_PAIRS: Final = 1_000_000_000
"""Of a history token and any other on one receipt, for each decay: a quarter of a minute on one core."""
_LEAST_SOLVES: Final = 4


@dataclass(frozen=True, slots=True)
class Past:
    """What another decay changes, made when it is asked for."""

    rows: Callable[[float], Sparse]
    """float32[receipts, tokens] of the receipts that were counted."""
    questions: Callable[[float], Questions]
    """The same questions, with the histories of that decay."""
    stays: str
    """Why the decay stays what it is; empty: it is chosen."""


@dataclass(frozen=True, slots=True)
class Fading:
    decay: float = HISTORY_DECAY
    tried: int = 0
    """Decays that were compared."""
    stays: str = ""
    """Why none was."""

    def __str__(self) -> str:
        return f"{self.decay:g}, " + (f"not chosen: {self.stays}" if self.stays else f"the best of {self.tried}")


def staying(layout: Layout, matrix: Sparse) -> str:
    """Why the decay is not chosen for these rows, float32[receipts, tokens]; empty: it is."""
    if layout.history.start == layout.history.stop:
        return "no shopper came back"
    if layout.items > layout.head:
        return f"of {layout.items:,} items {layout.head:,} are learnt from"
    if solves(layout.history.stop - layout.history.start) < _LEAST_SOLVES:
        return "its stage is too large to be solved several times"
    every = np.diff(matrix.indptr).astype(np.int64)
    past = np.bincount(np.repeat(np.arange(len(every)), every)[matrix.indices >= layout.history.start], minlength=len(every))
    if (pairs := int(past @ every)) > MOST_PAIRS:
        return f"it would count {pairs / 1e9:.1f} thousand million pairs for each"
    return ""


def choose_decay(
    counts: Counts,
    layout: Layout,
    weights: Weights,
    ridge: float,
    questions: Questions,
    past: Past,
    least: int,
    advance: Callable[[float], None],
) -> tuple[Fading, Questions]:
    """With the questions as they are asked with that decay; `counts` and `weights` are left with it.

    Below `least` questions with a history chance would choose. `advance` hears the share of the decays compared.
    """
    if past.stays:
        return Fading(stays=past.stays), questions
    known = np.flatnonzero(np.diff(questions.tokens[:, layout.told :].indptr))
    if len(known) < least:
        return Fading(stays=f"{len(known)} questions have a history, {least} are wanted"), questions
    now, heard = HISTORY_DECAY, 0

    def learn(decay: float) -> None:
        nonlocal now
        if decay != now:
            recount(counts, past.rows(decay), layout)
            add_history(weights, counts, layout, ridge)
            now = decay

    def gain(decay: float) -> float:
        nonlocal heard
        learn(decay)
        heard += 1
        advance(heard / len(DECAYS))
        asked = questions if decay == HISTORY_DECAY else past.questions(decay)
        return float(gains(rank_by(weights.scores, asked.rows(known)), 10).mean())

    decay, tried = climb(DECAYS, HISTORY_DECAY, gain, len(DECAYS), LEAVING)
    learn(decay)
    return Fading(decay, tried), questions if decay == HISTORY_DECAY else past.questions(decay)
