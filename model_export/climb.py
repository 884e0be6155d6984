"""Up and down a ladder of values as long as it pays: how every single knob is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORTH: Final = 1.001
"""A step must bring a thousandth: less is chance."""
LEAVING: Final = 1.01
"""What suited other shops is left for a hundredth: of smaller gains on validation nothing came back on later receipts."""
_CERTAIN: Final = 2.0
"""Standard errors of the paired differences that a gain must be: more than chance would."""
_WORK: Final = 3e12
"""Multiplications that all solves of one stage may cost, in tokens cubed: half a minute on two cores."""


def solves(tokens: int) -> int:
    """How many solves of so many tokens may be compared: by their number and never by the clock."""
    return int(_WORK / max(tokens, 1) ** 3)


def surely_better(each: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether `each` float64[questions] is better than `other`, of the same questions, by a hundredth and by more than chance."""
    more = each - other
    chance = float(more.std()) / np.sqrt(len(more))
    return float(each.mean()) >= float(other.mean()) * LEAVING and float(more.mean()) > _CERTAIN * chance


def climb(
    ladder: Sequence[float], begin: float, gain: Callable[[float], float], most: int, worth: float = WORTH
) -> tuple[float, int]:
    """The best rung, and how many were asked, at most `most`: first down from `begin`, then up, while it pays by `worth`."""
    best = ladder.index(begin)
    seen = {best: gain(begin)}
    for direction in (-1, 1):
        while 0 <= best + direction < len(ladder) and best + direction not in seen and len(seen) < most:
            seen[best + direction] = gain(ladder[best + direction])
            if seen[best + direction] <= seen[best] * worth:
                break
            best += direction
    return ladder[best], len(seen)
