"""Propensity: how probable it is that an item is bought on this receipt without any help, read off a curve in the bundle.

The curve leads from a model's score to the share of such items that came true, on receipts that a model made before them had not
seen; `model_export.propensity` makes it. Between its points it is a straight line, beyond them what the nearest says.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

MOST_KNOTS: Final = 256


class Propensity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    way: str
    """By which it was made, for people."""
    scores: tuple[float, ...]
    """Rising."""
    probabilities: tuple[float, ...]
    """Of the same points, never falling, 0 to 1."""
    answers: int
    """How many it was learnt from."""

    @property
    def sound(self) -> bool:
        numbers = (*self.scores, *self.probabilities)
        return (
            0 < len(self.scores) == len(self.probabilities) <= MOST_KNOTS
            and all(map(math.isfinite, numbers))
            and all(0 <= one <= 1 for one in self.probabilities)
            and all(one < other for one, other in pairwise(self.scores))
            and all(one <= other for one, other in pairwise(self.probabilities))
        )

    def of(self, score: float) -> float:
        """Rounded to what no processor's last bit changes."""
        return round(float(np.interp(score, self.scores, self.probabilities)), 6)
