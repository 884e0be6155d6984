"""Every shape there is: importing this module fills the register."""

from __future__ import annotations

from model_export.sample.art import (
    bakery,
    bottles,
    cartons,
    cups,
    deli,
    emblems_food,
    fruit,
    herbs,
    household,
    jars,
    meals,
    meat,
    pastry,
    pouches,
    sweets,
    till,
    vegetables,
)
from model_export.sample.art.shape import SHAPES, Shape

__all__ = ["SHAPES", "Shape"]

_DRAWN = (
    bakery,
    bottles,
    cartons,
    cups,
    deli,
    emblems_food,
    fruit,
    herbs,
    household,
    jars,
    meals,
    meat,
    pastry,
    pouches,
    sweets,
    till,
    vegetables,
)
