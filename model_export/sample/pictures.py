"""The picture of a product: a soft ground in the colour of its category, a shadow, and what `draw` names standing in it.

`draw` reads `SHAPE INK[,INK] [EMBLEM]`, such as `carton blue,white cow`: a shape of `art.shapes`, one or two colours of
`art.ink`, and what is printed on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.shapes import SHAPES
from model_export.sample.art.sheet import SIDE, Sheet

if TYPE_CHECKING:
    from model_export.sample.grocery import Good

CENTRE = SIDE / 2
_SIZE = 1.02
"""Of what stands in the picture, and (next) how far it is lifted: whole where a card crops the square to seven by six."""
_LIFT = 6


def picture(good: Good) -> str:
    """The whole SVG text, under 12 KB, filling its square to the edge."""
    name, inks, mark = (*good.draw.split(" "), "")[:3]
    body, accent = (*inks.split(","), "white")[:2]
    shape = SHAPES[name]
    sheet = Sheet()
    ground = good.ground
    sheet.box(0, 0, SIDE, SIDE, sheet.radial((0, light(ground, 0.72)), (0.55, light(ground, 0.3)), (1, ground), y=0.44, r=0.74))
    dark = shade(ground, 0.62)
    with sheet.moved(CENTRE, CENTRE - _LIFT, scale=_SIZE), sheet.moved(-CENTRE, -CENTRE):
        sheet.oval(
            shape.middle + 6, shape.foot, shape.spread * 1.22, 26, sheet.radial((0, dark, 0.62), (0.6, dark, 0.3), (1, dark, 0))
        )
        shape.draw(sheet, Ink(body, accent, mark))
    return sheet.svg()
