"""How far apart two colours are for an eye that lacks one kind of cone."""

from __future__ import annotations

from enum import Enum
from math import dist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

Triple = tuple[float, float, float]


class Sight(Enum):
    """Matrices on linear sRGB for a complete deficiency: Machado, Oliveira and Fernandes 2009, severity 1.0."""

    NORMAL = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    PROTANOPIA = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
    DEUTERANOPIA = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
    TRITANOPIA = ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900))


def difference(one: QColor, other: QColor, sight: Sight) -> float:
    """Distance in CIELAB (CIE 1976, D65); about 2 is the least that is noticed."""
    return dist(_lab(_seen(one, sight)), _lab(_seen(other, sight)))


def _seen(colour: QColor, sight: Sight) -> Triple:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, linear, strict=True)))) for row in sight.value
    )
    return red, green, blue


def _lab(colour: Triple) -> Triple:
    red, green, blue = colour
    # IEC 61966-2-1, relative to the white of D65.
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    x, y, z = (part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
