"""What is printed on a pack: emblem, bars that stand for a brand's lettering, a highlight along a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art import emblems
from model_export.sample.art.ink import Ink, bright, shade
from model_export.sample.art.shape import SHAPES

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet

_INKS = {
    "apple": Ink("lime", "green"),
    "banana": Ink("yellow", "brown"),
    "blueberry": Ink("navy", "sky"),
    "carrot": Ink("orange", "green"),
    "cheese_wedge": Ink("yellow", "orange"),
    "cherry_tomato": Ink("red", "green"),
    "dill": Ink("green", "lime"),
    "grapes": Ink("plum", "green"),
    "grapes_white": Ink("lime", "green"),
    "lemon": Ink("yellow", "green"),
    "loaf": Ink("tan", "brown"),
    "muffin": Ink("tan", "brown"),
    "orange": Ink("orange", "green"),
    "strawberry": Ink("red", "green"),
    "tomato": Ink("red", "green"),
}
_SHAPE_OF = {"grapes_white": "grapes", "bread": "loaf", "cheese": "cheese_wedge"}


def emblem(s: Sheet, mark: str, x: float, y: float, size: float) -> None:
    """The emblem centred on (x, y), about `size` wide; goods of the shop serve as emblems too."""
    if not mark:
        return
    drawn = emblems.EMBLEMS.get(mark)
    if drawn is not None:
        with s.moved(x, y, scale=size / 100):
            drawn(s)
        return
    name = _SHAPE_OF.get(mark, mark)
    ink = _INKS.get(mark) or _INKS[name]
    with s.moved(x, y, scale=size / 300), s.moved(-240, -258):
        SHAPES[name].draw(s, ink)


def lettering(s: Sheet, x: float, y: float, width: float, tone: str, *, height: float = 15) -> None:
    """Two bars, centred on x, where a brand's name would stand."""
    s.box(x - width / 2, y, width, height, tone, r=height / 2)
    s.box(x - width * 0.31, y + height * 1.5, width * 0.62, height * 0.6, tone, r=height * 0.3, alpha=0.75)


def on(body: str) -> str:
    """The print's colour on a pack of that colour."""
    return shade(body, 0.55) if bright(body) else "#fffdf6"


def gleam(s: Sheet, x: float, y: float, width: float, height: float, *, alpha: float = 0.45) -> None:
    """A soft upright highlight."""
    s.box(x, y, width, height, "#ffffff", r=width / 2, alpha=alpha)
