"""More emblems: grains, nuts, fruit and dishes too small to be goods of their own. Same square as in `emblems`."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.emblems import enter

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


@enter
def bean(s: Sheet) -> None:
    for x, y, turn in ((-18, -8, -30), (20, 14, 25)):
        with s.moved(x, y, turn=turn):
            s.oval(0, 0, 22, 33, s.slant("#a5673c", "#54301a"))
            s.line("M2 -30Q-12 -8 2 0Q12 10 -2 30", "#3a1f10", 4)
            s.oval(-9, -14, 4, 9, "#ffffff", alpha=0.3, turn=15)


@enter
def hop(s: Sheet) -> None:
    s.path("M0 -28Q-16 -52 -40 -42Q-36 -20 0 -28Q36 -20 40 -42Q16 -52 0 -28Z", s.down("#7dbb4a", "#4a8f34"))
    for row, width in enumerate((26, 30, 26, 17)):
        y = -20 + row * 18
        for x in (-width * 0.55, width * 0.55, 0):
            s.oval(x, y, width * 0.5, 15, s.down("#d3ea84", "#86b93d"))


@enter
def corn(s: Sheet) -> None:
    with s.moved(0, 0, turn=28):
        s.oval(0, -8, 19, 42, s.across("#ffe36a", "#f3ab1d"))
        for row in range(6):
            for column in (-1, 0, 1):
                s.oval(column * 10.5, -36 + row * 11, 4.6, 4.4, "#fff1a6", alpha=0.85)
        s.path("M-22 -2Q-30 34 0 48Q-4 22 -22 -2Z", s.slant("#97cf5a", "#3f8f3c"))
        s.path("M22 -6Q32 34 0 48Q2 22 22 -6Z", s.slant("#7dc04c", "#2f7a35"))


@enter
def rice(s: Sheet) -> None:
    s.path("M-44 6H44Q42 44 12 46H-12Q-42 44 -44 6Z", s.slant("#4a8fd8", "#1f4f9a"))
    s.path("M-42 8Q-36 -20 -14 -22Q0 -34 16 -22Q38 -18 42 8Z", s.down("#ffffff", "#e4e4dc"))
    for x, y, turn in ((-24, -4, 30), (-6, -16, -20), (10, -6, 50), (24, -8, 10), (-10, 2, 80), (18, -20, -40)):
        s.oval(x, y, 6.5, 2.8, "#cfcfc2", turn=turn)


@enter
def dumpling(s: Sheet) -> None:
    for x, y, scale in ((-20, -12, 0.86), (22, -6, 0.86), (0, 14, 1)):
        with s.moved(x, y, scale=scale):
            s.path("M-30 8Q-32 -24 0 -26Q32 -24 30 8Q30 24 0 24Q-30 24 -30 8Z", s.radial((0, "#fffaf0"), (1, "#e6cfa6")))
            s.line("M-29 10Q-24 18 -18 12Q-12 20 -6 13Q0 21 6 13Q12 20 18 12Q24 18 29 10", "#cfae7c", 3.4)
            s.line("M-6 -4Q0 2 8 -6", "#d9bd8e", 3)


@enter
def curd(s: Sheet) -> None:
    s.path("M-46 4H46Q42 44 14 46H-14Q-42 44 -46 4Z", s.slant("#5fb3ea", "#2a72b8"))
    for x, y, r in ((-28, -4, 15), (-8, -16, 17), (14, -14, 17), (30, -2, 14), (2, 0, 16)):
        s.dot(x, y, r, s.radial((0, "#ffffff"), (1, "#e6e2d4"), y=0.3, r=0.7))


@enter
def choc(s: Sheet) -> None:
    with s.moved(0, 0, turn=-18):
        s.box(-38, -32, 76, 64, s.slant("#8a5230", "#4a2814"), r=6)
        for x in (-34, -10, 14):
            for y in (-28, 3):
                s.box(x, y, 20, 25, s.slant("#a76a40", "#643820"), r=3)


@enter
def almond(s: Sheet) -> None:
    for x, y, turn in ((-20, -10, -30), (22, -6, 24), (0, 20, 80)):
        with s.moved(x, y, turn=turn, scale=0.9):
            s.path("M0 -34Q24 -8 20 14Q14 34 0 34Q-14 34 -20 14Q-24 -8 0 -34Z", s.slant("#d9975a", "#8f5526"))
            s.line("M-6 -16Q-11 6 -5 24M6 -16Q11 6 5 24", "#f0c795", 2, alpha=0.8)


@enter
def walnut(s: Sheet) -> None:
    s.oval(0, 2, 42, 40, s.radial((0, "#efc58c"), (1, "#a86c34"), x=0.4, y=0.35, r=0.7))
    s.line("M0 -38V42", "#875223", 4)
    for side in (-1, 1):
        s.line(f"M{side * 10} -28Q{side * 24} -22 {side * 14} -10Q{side * 34} -8 {side * 22} 6Q{side * 10} 10 {side * 18} 24"
               f"M{side * 30} 8Q{side * 34} 20 {side * 24} 28", "#9a6230", 4)  # fmt: skip


@enter
def hazelnut(s: Sheet) -> None:
    for x, y in ((-20, 8), (20, 4)):
        s.dot(x, y, 26, s.radial((0, "#e2a267"), (1, "#96572a"), x=0.36, y=0.32, r=0.75))
        s.path(f"M{x - 20} {y - 14}Q{x} {y - 40} {x + 20} {y - 14}Q{x} {y - 4} {x - 20} {y - 14}Z", "#f3d9ae")


@enter
def pistachio(s: Sheet) -> None:
    for x, y, turn in ((-20, 0, -24), (22, 6, 28)):
        with s.moved(x, y, turn=turn):
            s.oval(0, 0, 22, 32, s.slant("#f5e2bd", "#cda772"))
            s.path("M0 -30Q14 -6 4 24Q-6 -4 0 -30Z", s.down("#a9d058", "#5f9a34"))


@enter
def peanut(s: Sheet) -> None:
    with s.moved(0, 0, turn=34):
        s.path("M0 -46Q24 -46 24 -22Q24 -8 16 0Q26 10 26 24Q26 46 0 46Q-26 46 -26 24Q-26 10 -16 0Q-24 -8 -24 -22"
               "Q-24 -46 0 -46Z", s.slant("#f3c583", "#bf8440"))  # fmt: skip
        s.line("M-8 -34Q-12 -20 -6 -8M8 -34Q12 -20 6 -8M-9 10Q-14 24 -8 36M9 10Q14 24 8 36M0 -6V8", "#a86e31", 3)


@enter
def sugar(s: Sheet) -> None:
    for x, y in ((-22, 18), (22, 18), (0, -18)):
        s.path(f"M{x - 20} {y - 10}L{x} {y - 19}L{x + 20} {y - 10}L{x} {y - 1}Z", "#ffffff")
        s.path(f"M{x - 20} {y - 10}L{x} {y - 1}V{y + 22}L{x - 20} {y + 12}Z", "#d9e6f2")
        s.path(f"M{x + 20} {y - 10}L{x} {y - 1}V{y + 22}L{x + 20} {y + 12}Z", "#b6cbe0")


@enter
def salt(s: Sheet) -> None:
    s.path("M-20 -18H20L28 40Q28 46 20 46H-20Q-28 46 -28 40Z", s.across("#ffffff", "#c8d4e0"))
    s.path("M-20 -18Q-20 -46 0 -46Q20 -46 20 -18Z", s.across("#dfe6ee", "#8fa0b3"))
    for x, y in ((-8, -34), (8, -34), (0, -26)):
        s.dot(x, y, 2.8, "#4f6075")


@enter
def peppercorn(s: Sheet) -> None:
    for x, y, r in ((-22, 8, 18), (18, 14, 20), (0, -22, 19), (36, -18, 10)):
        s.dot(x, y, r, s.radial((0, "#7a6a60"), (1, "#1f1917"), x=0.35, y=0.3, r=0.75))
        s.line(f"M{x - r * 0.5} {y}q{r * 0.5} {r * 0.4} {r} 0", "#b9a79b", 1.8, alpha=0.5)


@enter
def skewer(s: Sheet) -> None:
    with s.moved(0, 0, turn=-40):
        s.line("M-52 0H52", "#b9bfc6", 4)
        for x, tone in ((-30, "#b0532b"), (-10, "#8fbf4a"), (8, "#9a4522"), (28, "#e2452f")):
            s.box(x - 10, -17, 19, 34, s.slant(tone, "#6b2c17"), r=7)


@enter
def shrimp(s: Sheet) -> None:
    s.line("M26 -34Q-34 -46 -34 4Q-30 40 16 32", "#ff9068", 25)
    s.line("M26 -34Q-34 -46 -34 4Q-30 40 16 32", "#ffb796", 12)
    s.line("M-2 -46L-4 -26M-24 -34L-16 -20M-44 -8L-26 -6M-40 18L-24 10M-22 40L-14 24", "#e35f3c", 3)
    s.path("M10 20L44 12L36 30L46 44L12 42Z", "#f2603c")
    s.dot(22, -36, 3.6, "#2b211f")


@enter
def peas(s: Sheet) -> None:
    with s.moved(0, 4, turn=-24):
        s.path("M-52 0Q0 -44 52 0Q0 40 -52 0Z", s.down("#8fd457", "#3a8d35"))
        s.path("M-44 0Q0 -24 44 0Q0 20 -44 0Z", "#2f7a2f")
        for x, r in ((-24, 11), (0, 14), (24, 11)):
            s.dot(x, -2, r, s.radial((0, "#d2f28a"), (1, "#6cb53a"), x=0.36, y=0.32, r=0.7))


@enter
def egg(s: Sheet) -> None:
    s.path("M0 -46Q34 -20 34 12Q34 44 0 44Q-34 44 -34 12Q-34 -20 0 -46Z", s.slant("#fffdf6", "#e9d3b0"))
    s.dot(0, 12, 17, s.radial((0, "#ffd95e"), (1, "#f5a01f")))


@enter
def pancakes(s: Sheet) -> None:
    for y in (34, 20, 6):
        s.oval(0, y, 46, 15, "#b9702a")
        s.oval(0, y - 5, 46, 15, "#f3bd68")
    s.oval(0, 1, 38, 11, "#d98f3f")
    s.box(-11, -16, 22, 15, s.down("#fff0a8", "#ffd54f"), r=4)


@enter
def cup(s: Sheet) -> None:
    s.line("M26 -4Q50 -8 46 12Q42 26 22 24", "#ffffff", 8)
    s.path("M-34 -14H30V10Q28 38 4 40H-8Q-32 38 -34 10Z", s.across("#ffffff", "#dfe3ea"))
    s.oval(-2, -14, 32, 9, "#6f4127")
    s.oval(-2, -12, 24, 5, "#c99a68")
    s.line("M-12 -30q-6 -8 0 -16M6 -30q-6 -8 0 -16", "#ffffff", 4, alpha=0.85)


@enter
def cranberry(s: Sheet) -> None:
    s.oval(26, -24, 20, 9, "#3f9a4a", turn=-30)
    s.oval(-16, -34, 20, 9, "#57b357", turn=24)
    for x, y, r in ((-18, 8, 23), (22, 8, 21), (2, 30, 18)):
        s.dot(x, y, r, s.radial((0, "#ff7a86"), (0.5, "#d6213f"), (1, "#8f0f2c"), x=0.35, y=0.3, r=0.75))


@enter
def cherry(s: Sheet) -> None:
    s.line("M-20 10Q-12 -26 14 -44Q22 -18 22 14", "#5f8a2e", 4.5)
    s.path("M14 -44Q38 -52 48 -32Q28 -26 14 -44Z", "#5db04a")
    for x, y in ((-20, 24), (22, 28)):
        s.dot(x, y, 21, s.radial((0, "#ff6f7d"), (0.5, "#c8193a"), (1, "#7d0b27"), x=0.36, y=0.3, r=0.75))
        s.oval(x - 8, y - 8, 4, 6, "#ffffff", alpha=0.7, turn=35)


def _stone_fruit(s: Sheet, light: str, body: str, rim: str) -> None:
    s.path("M6 -40Q30 -54 46 -36Q26 -24 6 -40Z", "#57ab4a")
    s.dot(0, 6, 40, s.radial((0, light), (0.55, body), (1, rim), x=0.36, y=0.34, r=0.75))
    s.line("M4 -33Q-12 -6 6 44", rim, 3.4, alpha=0.7)


@enter
def peach(s: Sheet) -> None:
    _stone_fruit(s, "#ffe0a0", "#ffab63", "#ec6a4c")


@enter
def apricot(s: Sheet) -> None:
    _stone_fruit(s, "#ffdf9a", "#fba63a", "#e07a1c")


@enter
def olive(s: Sheet) -> None:
    s.path("M0 -20Q26 -52 46 -38Q36 -16 0 -20Z", "#7fa65a")
    for x, y in ((-20, 8), (20, 18)):
        s.oval(x, y, 21, 26, s.radial((0, "#d6de84"), (0.6, "#8d9a34"), (1, "#596419"), x=0.36, y=0.3, r=0.75), turn=-14)
        s.oval(x - 7, y - 10, 4, 7, "#ffffff", alpha=0.55, turn=20)


@enter
def squares(s: Sheet) -> None:
    """A crossword."""
    s.box(-42, -42, 84, 84, "#ffffff", r=4)
    for row in range(5):
        for column in range(5):
            filled = (row * 3 + column * 2) % 5 in {1, 4}
            s.box(-39 + column * 16, -39 + row * 16, 14, 14, "#2b3542" if filled else "#e9eef3")


@enter
def star(s: Sheet) -> None:
    points = [
        (r * cos(pi * (step / 5 - 0.5)), r * sin(pi * (step / 5 - 0.5)))
        for step, r in ((step, 48 if step % 2 == 0 else 21) for step in range(10))
    ]
    s.path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z", s.down("#ffe27a", "#f2a51e"))


@enter
def chicken_leg(s: Sheet) -> None:
    with s.moved(0, 0, turn=38):
        s.box(-6, 12, 12, 36, "#fff3dc", r=5)
        s.dot(-7, 46, 8, "#fff3dc")
        s.dot(7, 46, 8, "#fff3dc")
        s.path("M0 -46Q34 -40 30 -8Q24 18 8 26H-8Q-24 18 -30 -8Q-34 -40 0 -46Z", s.slant("#e9a04a", "#a9581a"))
        s.oval(-12, -18, 5, 12, "#ffffff", alpha=0.5, turn=20)
