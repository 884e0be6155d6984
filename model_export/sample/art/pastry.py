"""Pastry: what is sweet or flaky, from the bakery."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.bakery import crust
from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


@shape(132, foot=380)
def poppy_bun(s: Sheet, _ink: Ink) -> None:
    """A round bun sprinkled with poppy seeds."""
    s.path("M96 312Q90 176 240 168Q390 176 384 312Q384 384 240 386Q96 384 96 312Z", crust(s))
    s.path("M150 210Q240 160 330 210Q370 250 340 288Q240 250 140 288Q110 250 150 210Z", "#f9d38c", alpha=0.45)
    for step in range(64):
        turn, reach = step * 2.4, (step / 64) ** 0.5
        s.oval(240 + 118 * reach * cos(turn), 242 + 62 * reach * sin(turn), 4, 3, "#3a3140", turn=step * 40)
    s.oval(160, 222, 28, 12, "#ffffff", alpha=0.45, turn=-34)
    s.line("M120 340Q240 384 360 340", "#8f4c16", 5, alpha=0.25)


@shape(138, foot=384)
def cinnamon(s: Sheet, _ink: Ink) -> None:
    """A cinnamon roll under icing."""
    s.path("M92 292Q92 208 240 200Q388 208 388 292V336Q384 392 240 394Q96 392 92 336Z", crust(s))
    s.oval(240, 282, 148, 82, s.slant("#f3c37c", "#d08a3c"))
    d = "M240 286"
    for step in range(1, 60):
        turn, reach = step * 0.32, step / 60
        d += f"L{240 + 138 * reach * cos(turn):.0f} {284 + 74 * reach * sin(turn):.0f}"
    s.line(d, "#8a4a1c", 14, alpha=0.9)
    s.line(d, "#b5702f", 4, alpha=0.7)
    for x, y, w in ((160, 246, 60), (270, 236, 80), (206, 300, 70), (316, 296, 46), (246, 340, 60)):
        s.path(f"M{x - w / 2:.0f} {y}q{w * 0.25:.0f} -22 {w / 2:.0f} -10"
               f"q{w * 0.3:.0f} -6 {w / 2:.0f} 10q-{w * 0.2:.0f} 24 -{w * 0.45:.0f} 12"
               f"q-{w * 0.3:.0f} 14 -{w * 0.55:.0f} -12Z", "#fffdf6", alpha=0.92)  # fmt: skip


def _segment(s: Sheet, d: str, left: str, right: str, edge: str) -> None:
    s.path(d, s.slant(left, right))
    s.line(d, edge, 3, alpha=0.4)


@shape(136, foot=388)
def croissant(s: Sheet, ink: Ink) -> None:
    """A croissant in seven folds; flaked almonds on the other kind."""
    folds = (
        ("M92 366Q72 334 96 300Q120 292 138 308Q140 350 112 376Q100 378 92 366Z", "#e59a3c", "#b0651f"),
        ("M388 366Q408 334 384 300Q360 292 342 308Q340 350 368 376Q380 378 388 366Z", "#c97a28", "#934c14"),
        ("M92 312Q88 252 124 224Q160 224 180 252Q184 300 152 344Q118 350 92 312Z", "#f3b355", "#c77b2b"),
        ("M388 312Q392 252 356 224Q320 224 300 252Q296 300 328 344Q362 350 388 312Z", "#dd9238", "#a65d1d"),
        ("M116 240Q128 188 176 172Q218 180 228 220Q226 276 186 312Q142 296 116 240Z", "#f9c66c", "#d58a34"),
        ("M364 240Q352 188 304 172Q262 180 252 220Q254 276 294 312Q338 296 364 240Z", "#eaa748", "#b86e25"),
        ("M170 186Q196 150 240 148Q284 150 310 186Q318 246 284 300Q240 322 196 300Q162 246 170 186Z", "#ffd98a", "#dd9740"),
    )
    for d, one, other in folds:
        _segment(s, d, one, other, "#8f4c16")
    s.line("M196 190Q216 168 244 168M146 232Q154 208 176 196M112 292Q110 262 128 246", "#fff3cf", 9, alpha=0.8)
    s.line("M222 296Q216 250 224 206M262 296Q268 250 260 206", "#b56b24", 4, alpha=0.45)
    if ink.body == "almond":
        for x, y, turn in ((210, 210, 30), (258, 190, -40), (244, 246, 10), (282, 232, 60), (160, 250, 70),
            (184, 218, -20), (322, 226, 30),
                           (308, 266, -30), (132, 292, 40), (348, 288, -50), (216, 272, -60)):  # fmt: skip
            s.oval(x, y, 17, 9, s.slant("#fff8e6", "#e6c089"), turn=turn)
        for x, y in ((196, 180), (230, 224), (270, 270), (296, 196), (150, 220), (336, 250), (120, 270), (240, 174)):
            s.dot(x, y, 3.4, "#ffffff", alpha=0.95)


@shape(136, foot=380)
def puff(s: Sheet, _ink: Ink) -> None:
    """A puff pastry open in the middle on cherries."""
    with s.moved(240, 284):
        s.path("M-142 -6Q-150 -84 -76 -98Q0 -108 76 -98Q150 -84 142 -6Q150 74 76 92Q0 104 -76 92Q-150 74 -142 -6Z",
               crust(s, ("#f9cc7c", "#dd9440", "#aa6020")))  # fmt: skip
        for inset in (12, 24, 36):
            s.line(f"M{-142 + inset} {60 - inset}Q0 {112 - inset} {142 - inset} {60 - inset}", "#a9601f", 3, alpha=0.35)
        s.path("M-84 -8Q-84 -54 0 -56Q84 -54 84 -8Q84 44 0 46Q-84 44 -84 -8Z", "#7d0f2b")
        for x, y in ((-46, -14), (-12, -26), (28, -22), (54, -2), (-30, 18), (8, 12), (40, 22), (-58, 8)):
            s.dot(x, y, 20, s.radial((0, "#ff5a74"), (0.5, "#c5163a"), (1, "#7d0b27"), x=0.36, y=0.3, r=0.8))
            s.oval(x - 7, y - 8, 5, 3, "#ffffff", alpha=0.7, turn=-30)
        for x in (-56, 0, 56):
            s.line(f"M{x - 26} -62L{x + 26} 54", "#f0b45c", 16)
            s.line(f"M{x - 30} -60L{x + 20} 50", "#ffdf9a", 4, alpha=0.8)
        s.line("M-110 -50Q-84 -78 -40 -80", "#fff3cf", 9, alpha=0.7)


@shape(136, foot=380)
def doughnut(s: Sheet, ink: Ink) -> None:
    """An iced doughnut with sprinkles."""
    s.oval(240, 284, 146, 104, crust(s))
    s.path("M100 264Q104 176 240 170Q376 176 380 264Q384 292 362 296Q350 328 324 312"
           "Q308 346 280 326Q256 354 232 328Q206 348 188 322"
           "Q160 336 148 306Q112 306 100 264Z", s.radial((0, light(ink.body, 0.5)), (0.6, ink.body), (1, shade(ink.body, 0.16)),
                                                       x=0.38, y=0.25, r=0.85))  # fmt: skip
    s.oval(240, 262, 48, 26, "#8f4c16")
    s.path("M194 258Q200 240 240 236Q280 240 286 258Q270 250 240 250Q210 250 194 258Z", shade(ink.body, 0.3))
    s.path("M196 270Q210 286 240 288Q270 286 284 270Q270 278 240 278Q210 278 196 270Z", "#d98d3a")
    tones = ("#ffd93b", "#6cbdf0", "#ffffff", "#8fd25c", "#8257c9")
    for step in range(24):
        turn = step * 2 * pi / 12 + (0.26 if step % 2 else 0)
        reach = 1.0 if step < 12 else 0.72
        x, y = 240 + 112 * reach * cos(turn), 246 + 58 * reach * sin(turn)
        if abs(x - 240) > 56 or abs(y - 262) > 32:
            s.line(f"M{x:.0f} {y:.0f}l{9 * cos(step * 2.1):.1f} {9 * sin(step * 2.1):.1f}", tones[step % 5], 6.5)
    s.oval(158, 212, 26, 10, "#ffffff", alpha=0.6, turn=-34)


@shape(96)
def muffin(s: Sheet, ink: Ink) -> None:
    """A muffin in its paper, with chocolate drops."""
    dark = ink.body == "cocoa"
    top = "#7a4526" if dark else "#d9953f"
    s.path("M140 262H340L316 392Q314 404 302 404H178Q166 404 164 392Z", s.tube("#f6d9a0" if dark else "#ee6f8a"))
    for x in range(158, 340, 22):
        s.line(f"M{x} 268L{240 + (x - 240) * 0.78:.0f} 400", "#b9874a" if dark else "#b5405c", 4, alpha=0.4)
    s.path("M116 262Q96 226 140 202Q146 140 240 130Q334 140 340 202Q384 226 364 262"
           "Q342 288 300 272Q272 292 240 276Q208 292 180 272"
           "Q138 288 116 262Z", s.radial((0, light(top, 0.4)), (0.5, top), (1, shade(top, 0.34)),
               x=0.38, y=0.2, r=0.85))  # fmt: skip
    for x, y, turn in ((170, 208, 20), (214, 170, -10), (262, 186, 30), (310, 210, -20), (236, 228, 10),
        (190, 244, -30), (290, 248, 20),
                       (334, 244, 0), (146, 244, 0), (262, 150, 10)):  # fmt: skip
        s.oval(x, y, 13, 9, s.slant("#6b3a20", "#2f170c"), turn=turn)
        s.oval(x - 4, y - 3, 3.6, 2, "#ffffff", alpha=0.4)
    s.oval(172, 172, 22, 9, "#ffffff", alpha=0.35, turn=-40)
