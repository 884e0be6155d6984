"""Where the cashier's face stands beside the till's own program. Pure; pixels of the desktop, no Qt.

A strip along the bottom is 200 pixels high, a panel at a side 360 wide, on a screen of 1024 by 768; on any other it is as large
for the finger: the same part of the screen's diagonal. Given a size of its own it takes that, at the bottom from the left and at
a side from the top.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

_DIAGONAL = 1280
_STRIP, _PANEL = 200, 360


class Dock(StrEnum):
    BOTTOM = "bottom"
    LEFT = "left"
    RIGHT = "right"


class Place(NamedTuple):
    x: int
    y: int
    width: int
    height: int


def docked(dock: Dock, screen: Place, size: tuple[int, int] | None = None) -> Place:
    """The window's place on `screen`, never larger than it."""
    part = math.hypot(screen.width, screen.height) / _DIAGONAL
    if dock is Dock.BOTTOM:
        width, height = size or (screen.width, round(_STRIP * part))
    else:
        width, height = size or (round(_PANEL * part), screen.height)
    width, height = min(width, screen.width), min(height, screen.height)
    x = screen.x + screen.width - width if dock is Dock.RIGHT else screen.x
    y = screen.y + screen.height - height if dock is Dock.BOTTOM else screen.y
    return Place(x, y, width, height)


def inches_of(place: Place, screen: Place, inches: float) -> float:
    """The diagonal of the window on a screen whose own is `inches`: both have the same pixels to the millimetre."""
    return inches * math.hypot(place.width, place.height) / math.hypot(screen.width, screen.height)
