"""What headquarters has learnt of which suggestions are taken: a document of the bundle. Pure.

    {"factors": {"100101": 1.31, ...}, "places": [1.0, 0.8, ...], "showings": 48211, "explored": 3120}

`factors` multiply an item's score, by SKU and within `policy.acceptance_ratio`; an item that is not named keeps its score.
`places`: how much more or less is taken at each place of a slate than at the first, whatever stands there. It tells why an item
that stood low is not thought less of; no register orders by it. `model_export/learning/acceptance.py` says how they are learnt.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

BOUND: Final = 100.0
_Factor = Annotated[float, msgspec.Meta(ge=1 / BOUND, le=BOUND)]


class Acceptance(msgspec.Struct, frozen=True):
    factors: dict[str, _Factor]
    places: tuple[_Factor, ...]
    showings: int
    """Suggestions shown from which it was learnt, and how many of them were drawn by lot."""
    explored: int


def parse(document: bytes) -> Acceptance:
    """msgspec.DecodeError where it is none."""
    return msgspec.json.decode(document, type=Acceptance)
