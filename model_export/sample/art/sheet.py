"""A sheet of SVG that fills from back to front.

Only what SVG Tiny 1.2 knows: paths, ellipses, rectangles, groups with a transform, linear and radial gradients. No filter,
mask, clip, text or style sheet, so that every renderer paints the same. Equal gradients are written once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from model_export.sample.art.ink import colour, light, shade

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 480

Stop = tuple[float, str] | tuple[float, str, float]
"""Offset 0 to 1, colour, and opacity where it is not 1."""


class Sheet:
    """Owns the picture while it is drawn."""

    def __init__(self) -> None:
        self._gradients: dict[tuple[str, str], str] = {}
        self._marks: list[str] = []

    def svg(self) -> str:
        defs = "".join(f"<{kind} id='{name}' {rest}</{kind}>" for (kind, rest), name in self._gradients.items())
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' version='1.2' baseProfile='tiny' viewBox='0 0 {SIDE} {SIDE}'>"
            f"<defs>{defs}</defs>{''.join(self._marks)}</svg>\n"
        )

    def _gradient(self, kind: str, geometry: str, stops: tuple[Stop, ...]) -> str:
        written = "".join(
            f"<stop offset='{stop[0]:g}' stop-color='{colour(stop[1])}'"
            + (f" stop-opacity='{stop[2]:g}'" if len(stop) == 3 else "")
            + "/>"
            for stop in stops
        )
        name = self._gradients.setdefault((kind, f"{geometry}>{written}"), f"g{len(self._gradients)}")
        return f"url(#{name})"

    # Fills. Coordinates of a gradient are shares of the painted shape's own box.

    def linear(self, *stops: Stop, x: float = 0, y: float = 0, to_x: float = 1, to_y: float = 0) -> str:
        return self._gradient("linearGradient", f"x1='{x:g}' y1='{y:g}' x2='{to_x:g}' y2='{to_y:g}'", stops)

    def radial(self, *stops: Stop, x: float = 0.5, y: float = 0.5, r: float = 0.5) -> str:
        return self._gradient("radialGradient", f"cx='{x:g}' cy='{y:g}' r='{r:g}'", stops)

    def down(self, top: str, bottom: str) -> str:
        return self.linear((0, top), (1, bottom), to_x=0, to_y=1)

    def across(self, left: str, right: str) -> str:
        return self.linear((0, left), (1, right))

    def slant(self, corner: str, opposite: str) -> str:
        """From the upper left, where the light is, to the lower right."""
        return self.linear((0, corner), (1, opposite), to_y=1)

    def tube(self, body: str) -> str:
        """Something round standing up: light left of the middle, dark at both edges."""
        return self.linear(
            (0, shade(body, 0.26)),
            (0.1, shade(body, 0.06)),
            (0.27, light(body, 0.42)),
            (0.45, body),
            (0.76, shade(body, 0.1)),
            (1, shade(body, 0.36)),
        )

    def ball(self, body: str) -> str:
        """Something round: light from the upper left, a little glow at the rim."""
        return self.radial(
            (0, light(body, 0.5)),
            (0.35, light(body, 0.12)),
            (0.68, body),
            (0.93, shade(body, 0.26)),
            (1, shade(body, 0.2)),
            x=0.36,
            y=0.32,
            r=0.72,
        )

    def glow(self, tone: str = "#ffffff", strength: float = 0.7) -> str:
        """A soft spot that fades to nothing."""
        return self.radial((0, tone, strength), (1, tone, 0))

    # Things painted.

    def path(self, d: str, fill: str, *, alpha: float = 1) -> None:
        self._marks.append(f"<path d='{d}' fill='{_paint(fill)}'{_alpha('fill', alpha)}/>")

    def line(self, d: str, tone: str, width: float, *, alpha: float = 1, cap: str = "round") -> None:
        """A stroke without a fill; corners are round."""
        self._marks.append(
            f"<path d='{d}' fill='none' stroke='{_paint(tone)}' stroke-width='{_n(width)}' stroke-linecap='{cap}'"
            f" stroke-linejoin='round'{_alpha('stroke', alpha)}/>"
        )

    def oval(self, x: float, y: float, rx: float, ry: float, fill: str, *, alpha: float = 1, turn: float = 0) -> None:
        turned = f" transform='rotate({_n(turn)} {_n(x)} {_n(y)})'" if turn else ""
        self._marks.append(
            f"<ellipse cx='{_n(x)}' cy='{_n(y)}' rx='{_n(rx)}' ry='{_n(ry)}'"
            f" fill='{_paint(fill)}'{_alpha('fill', alpha)}{turned}/>"
        )

    def dot(self, x: float, y: float, r: float, fill: str, *, alpha: float = 1) -> None:
        self.oval(x, y, r, r, fill, alpha=alpha)

    def box(self, x: float, y: float, w: float, h: float, fill: str, *, r: float = 0, alpha: float = 1) -> None:
        rounded = f" rx='{_n(r)}'" if r else ""
        self._marks.append(
            f"<rect x='{_n(x)}' y='{_n(y)}' width='{_n(w)}' height='{_n(h)}'{rounded}"
            f" fill='{_paint(fill)}'{_alpha('fill', alpha)}/>"
        )

    @contextmanager
    def moved(self, x: float, y: float, *, scale: float = 1, turn: float = 0, flip: bool = False) -> Iterator[None]:
        """What is drawn inside has its origin at (x, y), is turned clockwise by `turn` degrees, scaled, mirrored."""
        parts = [f"translate({_n(x)} {_n(y)})"]
        if turn:
            parts.append(f"rotate({_n(turn)})")
        if scale != 1 or flip:
            parts.append(f"scale({_n(-scale if flip else scale)} {_n(scale)})")
        self._marks.append(f"<g transform='{' '.join(parts)}'>")
        yield
        self._marks.append("</g>")


def _n(value: float) -> str:
    return f"{round(value, 2):g}"


def _paint(fill: str) -> str:
    return fill if fill.startswith("url(") else colour(fill)


def _alpha(what: str, alpha: float) -> str:
    return "" if alpha == 1 else f" {what}-opacity='{_n(alpha)}'"
