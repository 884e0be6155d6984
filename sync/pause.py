"""How long to wait before another try: exponential back-off with full jitter; pure but for `Backoff`'s count.

Registers that lost the same headquarters must not come back together, so the pause is a random share of an exponentially growing,
capped one, down to nothing (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

from __future__ import annotations

import random


def full_jitter(tries: int, base_seconds: float, most_seconds: float, chance: float) -> float:
    """The pause in seconds after so many tries that failed; `chance` in 0 to 1."""
    return min(most_seconds, base_seconds * 2.0 ** min(tries, 16)) * chance


class Backoff:
    """Counts what failed since the last success."""

    def __init__(self, base_seconds: float, most_seconds: float) -> None:
        self._base = base_seconds
        self._most = most_seconds
        self._tries = 0

    def failed(self) -> float:
        """The pause before the next try."""
        pause = full_jitter(self._tries, self._base, self._most, random.random())
        self._tries += 1
        return pause

    def over(self) -> None:
        self._tries = 0
