"""Bread and buns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet

_CRUST = ("#f6c475", "#d98d3a", "#a9601f")


def crust(s: Sheet, tones: tuple[str, str, str] = _CRUST) -> str:
    """Baked: pale where it faces the light, brown below."""
    top, middle, low = tones
    return s.radial((0, light(top, 0.35)), (0.3, top), (0.7, middle), (1, low), x=0.4, y=0.22, r=0.85)


@shape(150, foot=384)
def loaf(s: Sheet, _ink: Ink) -> None:
    """A long white loaf with its slashes."""
    with s.moved(240, 276, turn=-10):
        s.path("M-176 30Q-182 -50 -112 -76Q0 -104 112 -80Q184 -52 178 28Q172 92 100 98Q0 106 -102 98Q-170 92 -176 30Z", crust(s))
        for x in (-106, -36, 34, 104):
            s.path(f"M{x - 34} 16Q{x - 28} -44 {x + 24} -82Q{x + 44} -78 {x + 46} -68"
                   f"Q{x + 2} -30 {x - 4} 26Q{x - 22} 30 {x - 34} 16Z",
                   s.slant("#fdebc4", "#edbf7a"))  # fmt: skip
            s.line(f"M{x - 34} 16Q{x - 28} -44 {x + 24} -82", "#b56b24", 4, alpha=0.55)
        s.line("M-148 56Q0 88 150 54", "#8f4c16", 5, alpha=0.25)
        s.oval(-134, -22, 15, 26, "#ffffff", alpha=0.35, turn=30)


@shape(150, foot=392)
def brick_loaf(s: Sheet, ink: Ink) -> None:
    """A rye loaf from a tin, cut, with two slices before it; darker for Borodinsky, which has seeds."""
    crumb, crust = ("#c08a54", "#85502a") if ink.body == "rye" else ("#855433", "#4d2e1a")
    s.path(
        "M150 176Q152 128 206 124L378 112Q424 112 424 158L420 330Q420 342 408 344L190 372Z",
        s.slant(light(crust, 0.3), shade(crust, 0.3)),
    )
    s.path("M172 158Q180 134 210 132L376 120Q412 120 416 150Q300 148 172 158Z", light(crust, 0.36), alpha=0.55)
    if ink.body != "rye":
        for x, y in (
            (216, 142),
            (250, 138),
            (286, 142),
            (322, 132),
            (360, 138),
            (392, 134),
            (236, 150),
            (304, 150),
            (344, 148),
            (380, 148),
        ):
            s.oval(x, y, 5.4, 3.6, "#e9cfa0", turn=20)
    for x, y, turn in ((152, 262, 0), (116, 276, -5), (76, 288, -11)):
        with s.moved(x, y, turn=turn):
            s.path("M-4 -96Q-14 -134 40 -136Q94 -136 88 -96L82 100Q82 110 70 110H10Q0 110 0 100Z", shade(crust, 0.1))
            s.path("M6 -92Q-2 -124 40 -126Q86 -126 80 -92L74 94Q74 101 66 101H14Q8 101 8 94Z", s.slant(light(crumb, 0.34), crumb))
            for dx, dy in (
                (22, -84),
                (52, -60),
                (30, -30),
                (60, 0),
                (24, 20),
                (46, 44),
                (62, 70),
                (28, 72),
                (64, -92),
                (18, -54),
                (42, -6),
            ):
                s.oval(dx, dy, 4.6, 3, shade(crumb, 0.34), alpha=0.55)


@shape(124, foot=396)
def toast(s: Sheet, _ink: Ink) -> None:
    """Slices of toast bread, one before the other."""
    for x, dy in ((74, -26), (50, -18), (26, -9), (0, 0)):
        with s.moved(226 + x, 270 + dy):
            s.path("M-112 -60Q-140 -120 -70 -130H76Q140 -124 116 -60V112Q116 128 100 128H-98Q-112 128 -112 112Z",
                   s.slant("#d9903f", "#a9621f"))  # fmt: skip
            s.path("M-100 -62Q-124 -112 -66 -118H70Q122 -112 104 -62V108Q104 116 96 116H-92Q-100 116 -100 108Z",
                   s.slant("#fff0cf", "#f3d49a"))  # fmt: skip
    for x, y, r in (
        (180, 200, 6),
        (240, 230, 8),
        (290, 190, 5),
        (200, 290, 7),
        (270, 320, 6),
        (310, 270, 7),
        (160, 340, 5),
        (230, 350, 6),
    ):
        s.oval(x, y, r, r * 0.7, "#e0b878", alpha=0.7)


@shape(150, foot=384)
def baguette(s: Sheet, _ink: Ink) -> None:
    with s.moved(240, 258, turn=-38):
        s.path("M-206 4Q-200 -34 -150 -46Q0 -66 150 -46Q200 -34 206 0Q200 40 150 48Q0 66 -150 50Q-200 42 -206 4Z", crust(s))
        for x in (-140, -84, -28, 28, 84, 140):
            s.path(f"M{x - 28} 18Q{x - 6} -22 {x + 36} -36Q{x + 24} 4 {x - 28} 18Z", s.slant("#fdeac2", "#eab96f"))
            s.line(f"M{x - 28} 18Q{x - 6} -22 {x + 36} -36", "#a9601f", 3.4, alpha=0.6)
        s.line("M-180 26Q0 54 180 22", "#8f4c16", 5, alpha=0.25)


@shape(146, foot=384)
def ciabatta(s: Sheet, _ink: Ink) -> None:
    """A floury slab, torn open at one end."""
    with s.moved(236, 290, turn=-12):
        s.path("M-166 20Q-172 -52 -120 -70Q-40 -92 60 -82Q166 -84 172 -20Q178 66 120 82Q0 104 -112 88Q-164 84 -166 20Z",
               crust(s, ("#f3d099", "#dba763", "#b0743a")))  # fmt: skip
        for x, y, rx, ry in ((-70, -40, 60, 16), (40, -46, 70, 15), (-10, -8, 80, 14), (96, 4, 44, 14), (-110, 8, 40, 12)):
            s.oval(x, y, rx, ry, "#fff8ea", alpha=0.6, turn=-4)
        s.path("M120 -66Q176 -62 172 -14Q176 66 122 80Q98 40 112 6Q96 -30 120 -66Z", s.slant("#fdf1d2", "#eecb90"))
        for x, y, r in ((140, -36, 8), (146, 6, 11), (130, 40, 8), (154, 34, 6), (128, -8, 6)):
            s.oval(x, y, r, r * 1.2, "#d9ab66", alpha=0.8)


@shape(150, foot=388)
def lavash(s: Sheet, _ink: Ink) -> None:
    """Thin flatbread: a folded sheet behind a roll, with scorched spots."""
    s.path("M80 322L132 164Q150 148 190 152Q280 140 352 158Q372 162 378 182L412 316Z", s.slant("#fff2d2", "#e3bd7c"))
    s.path("M132 164Q150 148 190 152Q280 140 352 158Q372 162 378 182Q260 164 132 164Z", "#fffaf0", alpha=0.8)
    for x, y, r in (
        (176, 206, 17),
        (250, 190, 14),
        (320, 206, 18),
        (140, 258, 15),
        (214, 250, 16),
        (290, 250, 17),
        (360, 262, 15),
        (110, 300, 12),
    ):
        s.oval(x, y, r * 2, r * 0.9, s.glow("#a9601f", 0.75), turn=-6)
        s.oval(x + r * 1.6, y + r * 0.7, r * 0.7, r * 0.36, s.glow("#a9601f", 0.7))
    s.path("M66 346Q66 302 100 304L394 300Q426 306 426 346Q424 390 392 390L100 394Q66 388 66 346Z", s.down("#fff3d6", "#cf9f58"))
    for x, y, r in ((124, 336, 13), (186, 360, 15), (250, 330, 13), (306, 362, 14), (216, 322, 9), (360, 330, 11), (146, 378, 9)):
        s.oval(x, y, r * 2.1, r * 0.8, s.glow("#a9601f", 0.75), turn=-4)
    s.oval(404, 346, 25, 45, s.slant("#fbe9c0", "#b9843f"))
    s.line("M404 308Q428 320 424 348Q418 378 400 372Q388 356 396 338Q406 330 410 344Q408 354 404 352", "#96602a", 4.4, alpha=0.85)


@shape(146, foot=388)
def burger_bun(s: Sheet, _ink: Ink) -> None:
    """Two sesame buns, one open."""
    s.path("M214 250Q222 148 318 148Q412 150 418 250Q420 276 398 280H232Q212 276 214 250Z", crust(s))
    for x, y, turn in (
        (268, 190, 20),
        (310, 172, -10),
        (352, 186, 30),
        (290, 216, -20),
        (338, 222, 10),
        (380, 216, -30),
        (250, 226, 10),
    ):
        s.oval(x, y, 7, 4.6, "#fff3d0", turn=turn)
    s.path("M62 330Q70 210 190 208Q310 210 318 330Q320 350 300 352H82Q62 350 62 330Z", crust(s))
    for x, y, turn in ((120, 262, 20), (160, 240, -10), (204, 236, 30), (246, 256, -20), (142, 294, 40),
        (190, 282, 10), (236, 300, 0),
                       (276, 298, -30), (104, 310, -10)):  # fmt: skip
        s.oval(x, y, 8, 5.4, "#fff3d0", turn=turn)
    s.path("M64 350H316Q326 396 292 398H90Q56 396 64 350Z", s.down("#e9ad5c", "#b06a26"))
    s.path("M62 338Q190 326 318 338L320 356Q190 370 60 356Z", "#fdeac2")
    s.oval(124, 250, 26, 12, "#ffffff", alpha=0.45, turn=-36)


@shape(150, foot=372)
def rings(s: Sheet, _ink: Ink) -> None:
    """Sushki: little bread rings on a string."""
    for x, y, r in (
        (160, 216, 52),
        (246, 192, 54),
        (326, 224, 52),
        (124, 300, 54),
        (212, 286, 58),
        (300, 306, 56),
        (372, 300, 46),
    ):
        s.line(f"M{x - r * 0.66:.0f} {y}A{r * 0.66:.0f} {r * 0.66:.0f} 0 1 1 {x + r * 0.66:.0f} {y}"
               f"A{r * 0.66:.0f} {r * 0.66:.0f} 0 1 1 {x - r * 0.66:.0f} {y}", "#d28a3a", r * 0.62)  # fmt: skip
        s.line(
            f"M{x - r * 0.66:.0f} {y - 4}A{r * 0.66:.0f} {r * 0.66:.0f} 0 0 1 {x + r * 0.5:.0f} {y - r * 0.48:.0f}",
            "#f7cd86",
            r * 0.26,
        )
