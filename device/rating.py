"""How a shopper rates a visit, as frozen values. Standard library only, and no rule, as in `device.domain`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device.domain import LaneId


class Scale(StrEnum):
    """How a visit is rated: by one of three faces, 1 (sad) to 3 (glad), or by a number from 0 to 10."""

    FACES = "faces"
    TEN = "ten"

    def holds(self, score: int) -> bool:
        return (1 <= score <= 3) if self is Scale.FACES else (0 <= score <= 10)


@dataclass(frozen=True, slots=True)
class Rating:
    """What the shopper said of a visit after its sale had closed. It names the receipt and nobody."""

    receipt_id: str
    store: str
    device: str
    lane: LaneId
    scale: Scale
    score: int
    rated_at: datetime
