"""Every knob is chosen on receipts the weights have not seen: the last ninth of the history, never assumed.

The ridges walk up and down a ladder of half decades, one block after the other, as long as NDCG@10 of the validation questions
grows. The number of solves is fixed by the number of tokens alone, so that the same receipts always end on the same rung.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device.tokens import Vocabulary
from model_export.counts import Counts
from model_export.questions import Questions, gains, rank_by
from model_export.solve import Ridges, solve

VALIDATION_SHARE: Final = 1 / 9
LEAST_QUESTIONS: Final = 100
"""With fewer, chance would choose; the defaults are taken instead."""
MOST_QUESTIONS: Final = 5_000

LADDER: Final = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0, 10_000.0)
_WORK: Final = 3e12
"""Multiplications that all solves together may cost, in tokens cubed: half a minute on two quiet cores."""
WORTH: Final = 1.001
"""A step must bring a thousandth: less is chance, and the solves are better spent on another block."""


@dataclass(frozen=True, slots=True)
class Choice:
    ridges: Ridges
    tried: int
    """Solves that were compared; 0: too few receipts, these are the defaults."""
    gain: float
    """NDCG@10 on the validation questions."""


BEGIN: Final = Ridges(30.0, 300.0, 10.0)
"""Where the walk begins: near where it ended on the sets it was tried on. Taken as it is when too few receipts are there."""


def most_solves(tokens: int) -> int:
    return max(5, min(30, int(_WORK / tokens**3)))


def choose(counts: Counts, vocabulary: Vocabulary, questions: Questions, advance: Callable[[float], None]) -> Choice:
    """`counts` of the receipts before the validation `questions`. `advance` hears the share of the work that is done."""
    if len(questions) < LEAST_QUESTIONS:
        return Choice(BEGIN, 0, 0.0)
    most = most_solves(len(vocabulary))
    seen: dict[tuple[int, int, int], float] = {}

    def gain(rungs: tuple[int, int, int]) -> float:
        if rungs not in seen:
            weights = solve(counts, _ridges(rungs).of_tokens(vocabulary), vocabulary.items)
            seen[rungs] = float(gains(rank_by(weights, questions), 10).mean())
            advance(len(seen) / most)
        return seen[rungs]

    best = (LADDER.index(BEGIN.item), LADDER.index(BEGIN.context), LADDER.index(BEGIN.history))
    gain(best)
    blocks = _blocks(vocabulary)
    settled = 0
    # Item and history weights lean on each other, so the round is walked until no block moves.
    for turn in range(3 * len(blocks)):
        before = best
        for direction in (-1, 1):
            while (step := _step(best, blocks[turn % len(blocks)], direction)) is not None and (step in seen or len(seen) < most):
                if gain(step) <= gain(best) * WORTH:
                    break
                best = step
        settled = settled + 1 if best == before else 0
        if settled == len(blocks):
            break
    return Choice(_ridges(best), len(seen), seen[best])


def _blocks(vocabulary: Vocabulary) -> list[int]:
    """The ridges that have tokens, in the order of what they are worth."""
    names = {name.partition("=")[0] for name in vocabulary.names}
    return [0, *([2] if "had" in names else []), *([1] if names - {"item", "had"} else [])]


def _step(rungs: tuple[int, int, int], block: int, direction: int) -> tuple[int, int, int] | None:
    moved = [*rungs]
    moved[block] += direction
    return (moved[0], moved[1], moved[2]) if 0 <= moved[block] < len(LADDER) else None


def _ridges(rungs: tuple[int, int, int]) -> Ridges:
    return Ridges(LADDER[rungs[0]], LADDER[rungs[1]], LADDER[rungs[2]])
