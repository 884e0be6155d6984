"""Small emblems for packs, drawn around (0, 0) in a square of 100: what is inside, at a glance."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet

Emblem = Callable[["Sheet"], None]
EMBLEMS: dict[str, Emblem] = {}


def enter(draw: Emblem) -> Emblem:
    """Enter the drawing below under its function's name."""
    EMBLEMS[draw.__name__] = draw
    return draw


@enter
def cow(s: Sheet) -> None:
    s.oval(-40, -20, 17, 9, "#3b3330", turn=20)
    s.oval(40, -20, 17, 9, "#f0a9a0", turn=-20)
    s.line("M-22 -34q-10 -4 -10 -14M22 -34q10 -4 10 -14", "#d9b98a", 7)
    s.path("M-32 -26Q0 -46 32 -26Q36 6 24 24H-24Q-36 6 -32 -26Z", s.down("#ffffff", "#e9e4de"))
    s.path("M-32 -26Q-18 -38 -4 -38Q2 -10 -14 0Q-30 2 -33 -8Z", "#3b3330")
    s.oval(0, 28, 30, 18, s.down("#ffc9bd", "#f3a597"))
    s.dot(-11, 27, 4.5, "#b0675c")
    s.dot(11, 27, 4.5, "#b0675c")
    s.dot(-15, -8, 5.5, "#ffffff")
    s.dot(-15, -7, 4, "#241c1a")
    s.dot(15, -8, 5, "#241c1a")
    s.dot(16.5, -10, 1.6, "#ffffff")


@enter
def splash(s: Sheet) -> None:
    s.path("M-46 34Q-50 12 -30 14Q-34 -10 -22 -24Q-14 -8 -10 6Q-8 -26 4 -46Q14 -22 12 4Q18 -10 30 -16Q30 2 26 14"
           "Q48 12 46 34Q24 48 0 48Q-24 48 -46 34Z", s.down("#ffffff", "#d7e9f7"))  # fmt: skip
    s.path("M-36 36Q0 20 36 36Q14 44 0 44Q-14 44 -36 36Z", "#bcdcf1", alpha=0.8)
    s.dot(-36, -18, 6, "#ffffff")
    s.dot(24, -34, 7, "#ffffff")


@enter
def wheat(s: Sheet) -> None:
    s.line("M-4 48Q2 10 4 -26", "#b9842b", 4)
    for step in range(4):
        y = 18 - step * 17
        s.oval(-9 + step, y, 13, 7.5, s.slant("#ffdf86", "#d99a2b"), turn=52)
        s.oval(14 + step, y, 13, 7.5, s.slant("#ffd873", "#cf8d22"), turn=-58)
    s.oval(5, -42, 7.5, 13, s.slant("#ffe394", "#d99a2b"), turn=6)


@enter
def leaf(s: Sheet) -> None:
    s.path("M-34 40Q-52 -22 38 -46Q52 24 -8 38Q-22 41 -34 40Z", s.slant("#8fd163", "#2e8b45"))
    s.line("M-44 48Q-16 4 22 -26", "#e3f5cf", 4)
    s.line("M-20 14Q-20 0 -24 -8M-4 -3Q-4 -16 -6 -24M-14 8Q4 14 16 10M2 -9Q18 -4 30 -8", "#e3f5cf", 2.4)


@enter
def mint(s: Sheet) -> None:
    for turn, scale in ((-38, 0.82), (38, 0.82), (0, 1)):
        with s.moved(0, 34, turn=turn, scale=scale):
            s.path("M0 6Q-34 -20 -22 -52Q-10 -74 0 -86Q10 -74 22 -52Q34 -20 0 6Z", s.slant("#9be28a", "#1e9b5c"))
            s.line("M0 4V-70M0 -12L-14 -26M0 -12L14 -26M0 -34L-13 -48M0 -34L13 -48", "#dff7d8", 2.6)


@enter
def bubbles(s: Sheet) -> None:
    for x, y, r in ((-12, 10, 30), (26, -14, 20), (20, 30, 13), (-22, -32, 12), (2, -42, 7), (40, 12, 6)):
        s.dot(x, y, r, s.radial((0, "#ffffff", 0.75), (0.6, "#c4e9fb", 0.85), (0.9, "#7cc6ee"), (1, "#e9f8ff")))
        s.oval(x - r * 0.35, y - r * 0.4, r * 0.24, r * 0.15, "#ffffff", turn=-35)


@enter
def flower(s: Sheet) -> None:
    for turn in range(0, 360, 60):
        with s.moved(0, 0, turn=turn):
            s.oval(0, -27, 15, 21, s.down("#ffffff", "#ffe1ec"))
    s.dot(0, 0, 13, s.radial((0, "#ffe27a"), (1, "#f2a51e")))


@enter
def sunflower(s: Sheet) -> None:
    for turn in range(0, 360, 24):
        with s.moved(0, 0, turn=turn):
            s.path("M-8 -20Q0 -60 8 -20Z", s.down("#ffd23d", "#f39a17"))
    s.dot(0, 0, 23, s.radial((0, "#8a5a2b"), (1, "#4d2c14")))
    for turn in range(0, 360, 45):
        s.dot(13 * cos(turn * pi / 180), 13 * sin(turn * pi / 180), 2.6, "#c08a4a")


@enter
def fish(s: Sheet) -> None:
    s.path("M26 0L50 -24Q44 0 50 24Z", s.down("#5f9fd0", "#2f6ca8"))
    s.path("M-8 -24Q8 -42 20 -20Z", "#4a8cc2")
    s.path("M-50 2Q-20 -38 30 -4L30 6Q-20 40 -50 2Z", s.down("#a9d6f3", "#4d8fc7"))
    s.path("M-48 4Q-18 34 30 6Q-14 22 -48 4Z", "#f3fbff", alpha=0.75)
    s.dot(-30, -3, 5.5, "#ffffff")
    s.dot(-31, -3, 3.2, "#1c2f45")
    s.line("M-14 -16Q-6 0 -14 16M2 -12Q8 0 2 12", "#2f6ca8", 2.4, alpha=0.7)


@enter
def flame(s: Sheet) -> None:
    s.path("M-2 -50Q34 -22 34 14Q34 48 0 48Q-34 48 -34 14Q-34 -4 -20 -18Q-18 -2 -8 2Q-18 -26 -2 -50Z",
           s.down("#ffb52e", "#ef3f1d"))  # fmt: skip
    s.path("M2 -8Q20 8 20 24Q20 46 0 46Q-20 46 -20 26Q-20 14 -10 6Q-6 16 0 16Q-6 4 2 -8Z", s.down("#fff3a8", "#ffb52e"))


@enter
def drop(s: Sheet) -> None:
    s.path("M0 -50Q36 -4 36 16A36 33 0 0 1 -36 16Q-36 -4 0 -50Z", s.slant("#a6e0ff", "#1f7ed6"))
    s.path("M-22 16Q-22 34 -4 38Q-16 24 -14 8Z", "#ffffff", alpha=0.8)


def _face(s: Sheet, fur: str, ear: str, muzzle: str) -> None:
    s.oval(0, 6, 38, 34, s.radial((0, fur), (1, ear), y=0.35, r=0.75))
    s.oval(0, 20, 18, 13, muzzle)
    s.path("M-6 12H6L0 19Z", "#54302a")
    s.line("M0 19V23Q-6 30 -11 25M0 23Q6 30 11 25", "#54302a", 2.6)
    for side in (-1, 1):
        s.dot(side * 15, 0, 6, "#2b211f")
        s.dot(side * 15 - 2, -2, 2, "#ffffff")


@enter
def cat(s: Sheet) -> None:
    for side in (-1, 1):
        s.path(f"M{side * 38} -44L{side * 36} 2L{side * 6} -24Z", "#e08a35")
        s.path(f"M{side * 33} -32L{side * 32} -6L{side * 14} -21Z", "#ffc4b0")
    _face(s, "#ffc06a", "#e58f35", "#fff3e2")
    s.line("M-8 -24V-12M0 -26V-10M8 -24V-12", "#b9641f", 4)
    s.line("M-24 18L-46 14M-24 23L-44 27M24 18L46 14M24 23L44 27", "#ffffff", 2)


@enter
def dog(s: Sheet) -> None:
    _face(s, "#f1d0a0", "#d8a667", "#fff6e8")
    for side in (-1, 1):
        s.path(f"M{side * 24} -28Q{side * 50} -30 {side * 46} 14Q{side * 40} 26 {side * 32} 8Z", "#8a5230")


@enter
def paw(s: Sheet) -> None:
    s.path("M0 -4Q34 18 28 36Q20 50 0 42Q-20 50 -28 36Q-34 18 0 -4Z", "#ffffff")
    for x, y, turn in ((-36, -6, -30), (-14, -30, -10), (14, -30, 10), (36, -6, 30)):
        s.oval(x, y, 11, 15, "#ffffff", turn=turn)


@enter
def bone(s: Sheet) -> None:
    with s.moved(0, 0, turn=-32):
        for side in (-1, 1):
            s.dot(side * 34, -12, 14, "#fff6e0")
            s.dot(side * 34, 12, 14, "#f3dfb8")
        s.box(-34, -11, 68, 22, s.down("#fff6e0", "#ecd5a8"))


@enter
def baby(s: Sheet) -> None:
    s.dot(-39, 4, 9, "#f4b48c")
    s.dot(39, 4, 9, "#f4b48c")
    s.dot(0, 2, 40, s.radial((0, "#ffe3cc"), (1, "#f8bf98"), y=0.38, r=0.7))
    s.line("M-4 -38Q12 -46 10 -30Q2 -24 -4 -31", "#a5673c", 4.5)
    for side in (-1, 1):
        s.dot(side * 14, 0, 5, "#3c2a25")
        s.dot(side * 24, 14, 8, "#ff9d8a", alpha=0.65)
    s.path("M-11 15Q0 20 11 15Q8 29 0 29Q-8 29 -11 15Z", "#b7443c")


@enter
def tooth(s: Sheet) -> None:
    s.path("M-30 -36Q-14 -48 0 -38Q14 -48 30 -36Q44 -12 28 10Q26 46 14 44Q8 42 6 18Q0 10 -6 18Q-8 42 -14 44"
           "Q-26 46 -28 10Q-44 -12 -30 -36Z", s.slant("#ffffff", "#d3ecf0"))  # fmt: skip
    s.path("M-26 -24Q-24 -34 -12 -34Q-22 -26 -22 -10Q-30 -14 -26 -24Z", "#ffffff")


@enter
def bee(s: Sheet) -> None:
    s.oval(-8, -26, 13, 22, "#eef8ff", turn=-28, alpha=0.95)
    s.oval(16, -26, 13, 22, "#dff0fb", turn=28, alpha=0.95)
    s.oval(2, 10, 38, 26, s.down("#ffd84f", "#f2a31c"))
    s.line("M-10 -14Q-16 10 -10 33M8 -15Q14 10 8 35M24 -9Q30 10 24 29", "#43301f", 8)
    s.dot(-25, 4, 4, "#2b211f")
    s.line("M-30 -8Q-38 -18 -44 -18", "#43301f", 3.4)


@enter
def mustard(s: Sheet) -> None:
    for x, y in ((-24, -14), (22, -18), (0, 16)):
        for turn in (0, 90, 180, 270):
            with s.moved(x, y, turn=turn + 45):
                s.oval(0, -13, 10, 13, s.down("#ffe35a", "#f2b21e"))
        s.dot(x, y, 6, "#b98412")
    s.line("M0 30V48M-4 40L-20 34M4 44L20 36", "#4f9f3f", 5)


@enter
def heart(s: Sheet) -> None:
    s.path(
        "M0 44Q-50 8 -46 -20Q-40 -44 -18 -42Q-4 -40 0 -24Q4 -40 18 -42Q40 -44 46 -20Q50 8 0 44Z", s.slant("#ff7f92", "#d81f45")
    )
    s.oval(-24, -24, 8, 11, "#ffffff", alpha=0.5, turn=30)
