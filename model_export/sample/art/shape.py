"""The register of shapes: each drawing puts itself here by name, with what its shadow needs to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_export.sample.art.ink import Ink
    from model_export.sample.art.sheet import Sheet

FLOOR = 404.0
"""Where things stand."""

Drawing = Callable[["Sheet", "Ink"], None]


@dataclass(frozen=True, slots=True)
class Shape:
    draw: Drawing
    spread: float
    """Half the width of its foot: how wide the shadow is."""
    middle: float
    """Where the foot's middle is."""
    foot: float


SHAPES: dict[str, Shape] = {}


def shape(spread: float = 110, *, middle: float = 240, foot: float = FLOOR) -> Callable[[Drawing], Drawing]:
    """Enter the drawing below under its function's name."""

    def enter(draw: Drawing) -> Drawing:
        SHAPES[draw.__name__] = Shape(draw, spread, middle, foot)
        return draw

    return enter
