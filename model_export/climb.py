"""Up and down a ladder of values as long as it pays: how every single knob is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

WORTH: Final = 1.001
"""A step must bring a thousandth: less is chance."""
LEAVING: Final = 1.01
"""What suited other shops is left for a hundredth: of smaller gains on validation nothing came back on later receipts."""
_WORK: Final = 3e12
"""Multiplications that all solves of one stage may cost, in tokens cubed: half a minute on two cores."""


def solves(tokens: int) -> int:
    """How many solves of so many tokens may be compared: by their number and never by the clock."""
    return int(_WORK / max(tokens, 1) ** 3)


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
