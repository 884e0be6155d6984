"""Fruit and berries."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def leaf(s: Sheet, x: float, y: float, turn: float, size: float = 1, tone: str = "#57ab45") -> None:
    """A leaf that starts at (x, y) and points right before it is turned."""
    with s.moved(x, y, turn=turn, scale=size):
        s.path("M0 0Q26 -36 84 -8Q50 30 0 0Z", s.down(light(tone, 0.3), shade(tone, 0.24)))
        s.line("M6 -1Q40 -8 74 -6", light(tone, 0.6), 3, alpha=0.8)


def _shine(s: Sheet, x: float, y: float, rx: float, ry: float, turn: float = 30, alpha: float = 0.6) -> None:
    s.oval(x, y, rx, ry, "#ffffff", turn=turn, alpha=alpha)


_APPLE = ("M240 190Q196 152 146 176Q98 204 104 276Q112 352 172 396Q206 414 240 400Q274 414 308 396"
          "Q368 352 376 276Q382 204 334 176Q284 152 240 190Z")  # fmt: skip


@shape(112)
def apple(s: Sheet, ink: Ink) -> None:
    """A red apple with a yellow cheek, or a green one."""
    red = ink.body == "red"
    body = "#d92b34" if red else "#8cc63f"
    s.path(_APPLE, s.ball(body))
    s.oval(296, 306, 74, 84, s.glow("#ffc24d" if red else "#f2f58a", 0.5))
    s.path("M206 182Q240 214 274 182Q240 196 206 182Z", shade(body, 0.55))
    s.line("M240 192Q238 152 258 118", "#7a4a22", 11)
    s.line("M239 184Q238 152 255 122", "#b27a45", 4)
    leaf(s, 250, 152, -24, 1.15)
    _shine(s, 160, 236, 17, 38, 28, 0.7)
    _shine(s, 186, 202, 11, 7, -20, 0.55)


@shape(98)
def pear(s: Sheet, _ink: Ink) -> None:
    body = "#b9c745"
    s.path("M240 116Q286 112 292 168Q298 216 332 258Q366 304 348 354Q324 404 240 404Q156 404 132 354Q114 304 148 258"
           "Q182 216 188 168Q194 112 240 116Z", s.ball(body))  # fmt: skip
    s.oval(296, 330, 52, 70, s.glow("#d8893a", 0.45))
    for x, y in ((196, 300), (216, 348), (268, 320), (250, 270), (290, 366), (178, 346), (232, 220)):
        s.dot(x, y, 3, "#8a7a2a", alpha=0.5)
    s.line("M240 122Q242 92 262 76", "#6b4422", 10)
    leaf(s, 248, 104, -10, 0.95)
    _shine(s, 178, 300, 15, 40, 22, 0.6)
    _shine(s, 212, 168, 9, 24, 8, 0.5)


def _citrus(s: Sheet, x: float, y: float, r: float, body: str) -> None:
    s.dot(x, y, r, s.ball(body))
    for step in range(9):
        turn = step * 2.4
        s.dot(x + r * 0.62 * cos(turn) + r * 0.08, y + r * 0.62 * sin(turn) + r * 0.1, r * 0.026, shade(body, 0.34), alpha=0.45)
    _shine(s, x - r * 0.42, y - r * 0.42, r * 0.24, r * 0.13, -40)


def _cut(s: Sheet, x: float, y: float, r: float, body: str, parts: int = 9) -> None:
    """The face of a citrus fruit cut in two."""
    s.dot(x, y, r, s.slant(light(body, 0.1), shade(body, 0.14)))
    s.dot(x, y, r * 0.93, "#fff6dc")
    for step in range(parts):
        with s.moved(x, y, turn=360 / parts * step, scale=r / 100):
            half = 172 / parts
            left, top = -84 * sin(half * pi / 180), -84 * cos(half * pi / 180)
            s.path(
                f"M0 -12Q{left * 0.55:.1f} {top * 0.5:.1f} {left:.1f} {top:.1f}Q0 -92 {-left:.1f} {top:.1f}"
                f"Q{-left * 0.55:.1f} {top * 0.5:.1f} 0 -12Z",
                s.down(body, light(body, 0.45)),
            )
    s.dot(x, y, r * 0.08, "#fff6dc")


@shape(136, middle=250)
def orange(s: Sheet, _ink: Ink) -> None:
    """A whole orange behind a half."""
    _citrus(s, 202, 286, 118, "#fb8c14")
    s.path("M196 176Q202 168 212 176L206 186Z", "#5b7a2a")
    leaf(s, 206, 178, -34, 1.1)
    s.dot(310, 322, 82, "#a8500a", alpha=0.25)
    _cut(s, 312, 320, 82, "#ff9a1f")


@shape(140, middle=244)
def mandarin(s: Sheet, _ink: Ink) -> None:
    """Two mandarins with leaves and some segments."""
    for x, y, rx, ry in ((318, 310, 92, 82), (192, 296, 112, 100)):
        s.oval(x, y, rx, ry, s.ball("#fb7d12"))
        s.oval(x - rx * 0.4, y - ry * 0.44, rx * 0.22, ry * 0.12, "#ffffff", alpha=0.6, turn=-30)
        for step in range(7):
            s.dot(x + rx * 0.55 * cos(step * 2.4), y + 8 + ry * 0.55 * sin(step * 2.4), 2.6, "#c9560a", alpha=0.5)
    s.line("M196 202Q200 184 190 172", "#6b7a2a", 8)
    leaf(s, 198, 196, -26, 1.25)
    leaf(s, 190, 196, 206, 0.85)
    for x, turn in ((246, -14), (318, 12)):
        with s.moved(x, 380, turn=turn):
            s.path("M-52 2Q-40 -42 0 -42Q40 -42 52 2Q28 24 0 24Q-28 24 -52 2Z", s.down("#ffc05a", "#f57c10"))
            s.path("M-44 0Q-30 -30 0 -31Q-24 -18 -30 2Z", "#ffffff", alpha=0.5)
            s.line("M-50 2Q-28 18 0 18Q28 18 50 2", "#fff1d6", 4, alpha=0.8)


def _lemon(s: Sheet, body: str) -> None:
    with s.moved(206, 286, turn=-24):
        s.path("M-138 6Q-128 -10 -108 -18Q-70 -88 0 -88Q72 -86 106 -18Q124 -12 134 4Q124 18 106 22Q70 88 0 88"
               "Q-72 88 -108 24Q-128 20 -138 6Z", s.ball(body))  # fmt: skip
        for x, y in ((10, 20), (46, -20), (-30, 44), (60, 30), (-60, 10), (24, 58), (0, -24)):
            s.dot(x, y, 3, shade(body, 0.3), alpha=0.4)
        _shine(s, -48, -44, 30, 13, -30)
    s.dot(318, 330, 74, shade(body, 0.5), alpha=0.22)
    _cut(s, 320, 328, 74, body, 8)


@shape(140, middle=250)
def lemon(s: Sheet, _ink: Ink) -> None:
    """A lemon and a half."""
    _lemon(s, "#ffd92e")
    leaf(s, 148, 216, 200, 0.9)


@shape(140)
def banana(s: Sheet, _ink: Ink) -> None:
    """A hand of three bananas."""
    hands = (
        ("M150 132Q100 250 158 338Q220 412 352 388Q372 382 370 368Q260 356 212 276Q182 220 186 132Z", "#f0b81e"),
        ("M158 128Q132 236 198 310Q264 376 384 336Q402 328 398 314Q296 316 244 244Q208 192 196 126Z", "#fbcc2c"),
        ("M164 126Q166 214 242 268Q318 316 410 256Q422 246 414 234Q326 260 262 204Q218 164 204 122Z", "#ffdf4c"),
    )
    for d, tone in hands:
        s.path(d, s.down(light(tone, 0.2), shade(tone, 0.14)))
    s.line("M166 146Q148 250 212 318Q270 366 376 352", "#c98f12", 4, alpha=0.45)
    s.line("M178 138Q174 226 250 284Q316 326 398 288", "#c98f12", 4, alpha=0.45)
    s.line("M196 140Q206 196 262 238Q320 274 392 246", "#fff3b0", 7, alpha=0.75)
    for x, y, turn in ((366, 378, -10), (393, 324, -16), (415, 244, -34)):
        s.oval(x, y, 11, 9, "#5b4020", turn=turn)
    s.path("M148 136Q146 100 166 84Q182 76 198 88Q204 108 206 126Q178 142 148 136Z", s.across("#b98a2c", "#7a5a22"))
    s.oval(180, 88, 19, 9, "#5b4020", turn=-4)


@shape(132)
def kiwi(s: Sheet, _ink: Ink) -> None:
    """A whole kiwi and a half."""
    s.oval(186, 286, 106, 88, s.ball("#9a6b35"), turn=-18)
    for step in range(16):
        x, y = 186 + 80 * cos(step * 2.4), 286 + 62 * sin(step * 2.4)
        s.line(f"M{x:.0f} {y:.0f}l5 -8", "#6b4520", 2.4, alpha=0.5)
    _shine(s, 150, 242, 24, 11, -30, 0.35)
    s.oval(300, 316, 98, 90, "#6e4a1f")
    s.oval(298, 314, 92, 84, s.radial((0, "#f7f6cf"), (0.2, "#e3ee9a"), (0.36, "#8fc43a"), (0.85, "#6aa82a"), (1, "#a9cf58")))
    for step in range(24):
        turn = step * pi / 12
        s.line(
            f"M{298 + 30 * cos(turn):.0f} {314 + 27 * sin(turn):.0f}L{298 + 78 * cos(turn):.0f} {314 + 70 * sin(turn):.0f}",
            "#d9ec8e", 2, alpha=0.5,
        )  # fmt: skip
        s.oval(298 + 36 * cos(turn + 0.1), 314 + 33 * sin(turn + 0.1), 5.4, 3, "#22240f", turn=step * 15)
    s.oval(298, 314, 20, 17, "#f9f8dc")


@shape(118)
def pomegranate(s: Sheet, _ink: Ink) -> None:
    """A pomegranate and a wedge full of seeds."""
    s.path("M196 166L176 118L208 136L222 104L240 134L268 110L268 140L296 128L276 168Z", s.down("#d9485a", "#a81f38"))
    s.dot(232, 280, 122, s.ball("#c9243f"))
    _shine(s, 178, 214, 16, 34, 34, 0.55)
    s.path("M248 402Q236 330 286 274Q340 240 372 262Q388 330 348 380Q304 412 248 402Z", "#8f1730")
    s.path("M258 394Q250 334 294 288Q338 258 362 272Q374 330 340 370Q304 398 258 394Z", "#ffe9c4")
    for x, y in ((284, 376), (276, 348), (304, 360), (294, 328), (316, 338), (308, 306), (332, 352), (330, 316), (334, 288),
                 (350, 330), (352, 300), (320, 376)):  # fmt: skip
        s.oval(x, y, 12, 10, s.radial((0, "#ff9aa8"), (0.5, "#e0233f"), (1, "#9c1030"), x=0.35, y=0.3, r=0.8), turn=-35)


@shape(108)
def mango(s: Sheet, _ink: Ink) -> None:
    s.path("M156 170Q214 106 300 160Q378 214 366 308Q352 396 258 404Q158 404 116 322Q96 240 156 170Z",
           s.radial((0, "#ffe07a"), (0.35, "#ffb52e"), (0.7, "#f5822a"), (1, "#c8362f"), x=0.62, y=0.66, r=0.8))  # fmt: skip
    s.path("M156 170Q214 106 300 160Q340 190 356 232Q280 170 210 200Q140 230 112 300Q100 234 156 170Z",
           s.linear((0, "#7fb23f", 0.85), (0.75, "#c3bf3a", 0.1), (1, "#c3bf3a", 0), to_y=1))  # fmt: skip
    s.line("M168 168Q160 140 172 122", "#6b4a22", 9)
    leaf(s, 170, 140, -16, 1.2)
    _shine(s, 172, 236, 15, 34, 38, 0.6)


@shape(94)
def pineapple(s: Sheet, _ink: Ink) -> None:
    for turn, size in ((-64, 0.8), (64, 0.8), (-42, 1), (42, 1), (-22, 1.12), (22, 1.12), (0, 1.2)):
        with s.moved(240, 196, turn=turn, scale=size):
            s.path("M-17 4Q-26 -50 0 -104Q26 -50 17 4Z", s.across("#7cc255", "#2f7d3c"))
            s.line("M0 0V-80", "#c8eba0", 2.4, alpha=0.6)
    s.path("M240 172Q334 176 338 282Q338 404 240 406Q142 404 142 282Q146 176 240 172Z", s.ball("#f0ab26"))
    for row in range(6):
        for column in range(-3, 4):
            x = 240 + (column + (row % 2) * 0.5) * 30
            y = 206 + row * 34
            if ((x - 240) / 84) ** 2 + ((y - 290) / 104) ** 2 < 1:
                s.path(f"M{x} {y - 17}L{x + 15} {y}L{x} {y + 17}L{x - 15} {y}Z", s.slant("#ffdd6a", "#d98c1a"))
                s.dot(x, y, 3, "#8a5412")
    _shine(s, 178, 244, 9, 30, 16, 0.35)


@shape(136)
def watermelon(s: Sheet, _ink: Ink) -> None:
    """A striped melon with a slice in front."""
    s.oval(226, 258, 140, 132, s.ball("#3f9a45"))
    for x, bow in ((-96, -22), (-54, -14), (-8, 0), (40, 14), (86, 24)):
        y = 118 * (1 - (x / 150) ** 2) ** 0.5
        top = f"M{226 + x * 0.4:.0f} {258 - y * 1.08:.0f}Q{226 + x * 1.5 + bow:.0f} 262 {226 + x * 0.4:.0f} {258 + y * 1.08:.0f}"
        s.line(top, "#1d6432", 15, alpha=0.8)
    _shine(s, 150, 186, 34, 14, -40, 0.4)
    s.path("M186 330Q290 280 402 322Q372 408 290 410Q214 408 186 330Z", "#2c7d3c")
    s.path("M194 328Q290 286 394 322Q366 396 290 398Q220 396 194 328Z", "#eaf6d0")
    s.path("M202 327Q290 292 386 321Q360 386 290 388Q226 386 202 327Z", s.down("#ff5a5f", "#e02f48"))
    for x, y, turn in ((246, 338, 20), (286, 330, 0), (330, 336, -16), (266, 362, 14), (310, 364, -10)):
        s.oval(x, y, 4.4, 7.5, "#2a1a1a", turn=turn)


_BUNCH = ((176, 214), (222, 204), (268, 210), (312, 224), (156, 256), (200, 250), (246, 250), (292, 258), (332, 266),
          (180, 294), (226, 296), (272, 300), (312, 304), (208, 338), (254, 342), (294, 342), (236, 380), (274, 380))  # fmt: skip


@shape(92)
def grapes(s: Sheet, ink: Ink) -> None:
    """A bunch, dark or light."""
    body = "#b7cf45" if ink.body == "lime" else "#74296b"
    s.line("M244 200Q238 150 262 118", "#6b5a2a", 10)
    s.path("M248 168Q270 104 336 118Q340 96 372 106Q372 150 392 168Q366 196 330 186Q290 204 248 168Z",
           s.slant("#7cc255", "#2f8a44"))  # fmt: skip
    s.line("M254 168Q310 140 372 140M300 150L316 124M304 150L334 178", "#d4efb4", 3, alpha=0.7)
    for x, y in _BUNCH:
        s.dot(x, y, 28, s.radial((0, light(body, 0.55)), (0.45, body), (0.92, shade(body, 0.4)), (1, shade(body, 0.3)),
                                 x=0.36, y=0.32, r=0.72))  # fmt: skip
        s.oval(x - 9, y - 10, 6, 4, "#ffffff", alpha=0.7, turn=-35)


def _berry(s: Sheet, x: float, y: float, size: float, turn: float) -> None:
    with s.moved(x, y, turn=turn, scale=size):
        s.path("M0 96Q-60 62 -78 0Q-86 -52 -40 -60Q-16 -64 0 -54Q16 -64 40 -60Q86 -52 78 0Q60 62 0 96Z",
               s.radial((0, "#ff7a72"), (0.45, "#ea2b3a"), (1, "#a90f2c"), x=0.36, y=0.26, r=0.8))  # fmt: skip
        for row, (y2, xs) in enumerate(((-28, (-46, -16, 16, 46)), (4, (-58, -30, 0, 30, 58)), (34, (-40, -14, 14, 40)),
                                        (62, (-20, 4, 24)))):  # fmt: skip
            for x2 in xs:
                s.oval(x2, y2 + row, 3.6, 5.6, "#ffe08a", turn=-x2 * 0.3)
        for leafturn in (-70, -35, 0, 35, 70):
            with s.moved(0, -56, turn=leafturn):
                s.path("M0 12Q-18 -6 0 -34Q18 -6 0 12Z", s.down("#8fd25c", "#3a9440"))
        s.line("M0 -60Q2 -78 12 -88", "#5f9a3a", 7)
        s.oval(-44, -34, 9, 15, "#ffffff", alpha=0.5, turn=30)


@shape(128)
def strawberry(s: Sheet, _ink: Ink) -> None:
    _berry(s, 318, 298, 0.92, 22)
    _berry(s, 192, 284, 1.2, -12)


@shape(130)
def blueberry(s: Sheet, _ink: Ink) -> None:
    leaf(s, 216, 196, -150, 1.3)
    leaf(s, 250, 190, -30, 1.4)
    for x, y, r in ((184, 236, 58), (292, 236, 60), (240, 276, 58), (148, 330, 62), (338, 326, 62), (240, 344, 66)):
        s.dot(x, y, r, s.radial((0, "#9fb4ee"), (0.4, "#4a5fb8"), (0.9, "#23306f"), (1, "#34448f"), x=0.36, y=0.3, r=0.74))
        with s.moved(x + r * 0.1, y - r * 0.24, scale=r / 60):
            s.path("M0 -22L7 -9L22 -8L11 2L15 16L0 9L-15 16L-11 2L-22 -8L-7 -9Z", "#1b2558")
            s.dot(0, 0, 6, "#4a5fb8")
        s.oval(x - r * 0.5, y - r * 0.45, r * 0.18, r * 0.1, "#ffffff", alpha=0.55, turn=-40)


@shape(124)
def raspberry(s: Sheet, _ink: Ink) -> None:
    for x, y, size, turn in ((310, 296, 0.92, 18), (190, 286, 1.16, -12)):
        with s.moved(x, y, turn=turn, scale=size):
            s.path("M0 92Q-60 54 -70 -4Q-72 -54 0 -60Q72 -54 70 -4Q60 54 0 92Z", "#9c1238")
            for row, (count, y2) in enumerate(((4, -50), (5, -22), (5, 8), (4, 38), (3, 64), (1, 86))):
                for place in range(count):
                    x2 = (place - (count - 1) / 2) * (30 - row)
                    s.dot(x2, y2, 19, s.radial((0, "#ff9ab0"), (0.5, "#e2385f"), (1, "#a3143c"), x=0.36, y=0.3, r=0.75))
            for leafturn in (-66, -33, 0, 33, 66):
                with s.moved(0, -62, turn=leafturn):
                    s.path("M0 12Q-15 -6 0 -36Q15 -6 0 12Z", s.down("#a4dd78", "#4fa347"))
