"""What is eaten at once: pastry from the oven, sandwiches, salads, hot meals."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _baked(s: Sheet) -> str:
    return s.radial((0, "#ffe9b8"), (0.3, "#f6c475"), (0.7, "#d98d3a"), (1, "#a9601f"), x=0.4, y=0.22, r=0.85)


@shape(150, foot=388)
def pizza(s: Sheet, _ink: Ink) -> None:
    """A pepperoni pizza, cut."""
    s.oval(240, 288, 172, 112, "#a9602a")
    s.oval(240, 278, 172, 112, _baked(s))
    s.oval(240, 274, 146, 92, s.radial((0, "#ffe88a"), (0.7, "#ffc94a"), (1, "#e9842a")))
    for x, y, rx in ((190, 250, 30), (280, 300, 34), (240, 224, 28), (320, 250, 26), (160, 296, 26)):
        s.oval(x, y, rx, rx * 0.45, "#fff6c4", alpha=0.75)
    for x, y in (
        (150, 250),
        (206, 220),
        (276, 214),
        (170, 312),
        (232, 274),
        (240, 338),
        (316, 318),
        (318, 256),
        (120, 286),
        (366, 284),
    ):
        s.oval(x, y + 4, 26, 17, "#8f1f1a", alpha=0.6)
        s.oval(x, y, 26, 17, s.radial((0, "#f2604a"), (1, "#c22f26"), x=0.4, y=0.35, r=0.7))
        s.dot(x - 8, y - 3, 3, "#ffc0a0")
        s.dot(x + 8, y + 3, 2.6, "#ffc0a0")
    for x, y, turn in (
        (190, 268, 30),
        (264, 248, -30),
        (200, 342, 10),
        (134, 326, -40),
        (286, 290, 50),
        (340, 228, 20),
        (284, 350, -20),
    ):
        s.oval(x, y, 12, 6, "#4f9f3f", turn=turn)
    s.line("M96 246L384 306M384 246L96 306M240 184V368", "#a9602a", 3.4, alpha=0.55)
    s.line("M104 220Q150 178 220 170", "#fff3d0", 8, alpha=0.6)


@shape(150, foot=372)
def sausage_roll(s: Sheet, _ink: Ink) -> None:
    """A sausage in a spiral of dough."""
    with s.moved(240, 276, turn=-16):
        s.path("M-186 -4Q-186 -38 -150 -40H150Q186 -38 186 -4Q186 32 150 36H-150Q-186 32 -186 -4Z",
               s.linear((0, "#f0967a"), (0.5, "#d9634a"), (1, "#9c3a2a"), to_x=0, to_y=1))  # fmt: skip
        for x in (-112, -48, 16, 80):
            s.path(f"M{x - 26} 62Q{x - 50} 40 {x - 34} 0Q{x - 16} -56 {x + 30} -68Q{x + 62} -68 {x + 64} -40"
                   f"Q{x + 54} 20 {x + 30} 56Q{x + 4} 78 {x - 26} 62Z",
                   _baked(s))  # fmt: skip
            s.line(f"M{x - 22} 4Q{x - 4} -44 {x + 32} -54", "#fff3d0", 7, alpha=0.7)
            s.line(f"M{x - 26} 62Q{x + 4} 76 {x + 30} 56", "#8f4c16", 4, alpha=0.45)
        for x in range(-116, 130, 26):
            s.oval(x + 12, -26 + (x % 3) * 9, 4.6, 3, "#fff6dc", turn=x)
        s.line("M-168 -22H-150M160 -22H170", "#ffffff", 7, alpha=0.5)


@shape(140, foot=384)
def samsa(s: Sheet, _ink: Ink) -> None:
    """A triangle of flaky pastry with sesame."""
    s.path("M240 140Q264 140 280 166L396 350Q408 382 372 386H108Q72 382 84 350L200 166Q216 140 240 140Z", _baked(s))
    s.path("M240 158Q256 162 268 180L330 278Q240 240 150 278L212 180Q224 162 240 158Z", "#fbd894", alpha=0.5)
    s.line("M108 350Q240 300 372 350M132 312Q240 268 348 312M158 272Q240 236 322 272", "#b56b24", 4, alpha=0.5)
    s.line("M100 366Q240 392 380 366", "#8f4c16", 5, alpha=0.35)
    for step in range(26):
        u, v = (step * 0.7549) % 1, (step * 0.5698) % 1
        s.oval(240 + (u - 0.5) * (80 + 190 * v), 206 + 132 * v, 6, 4, "#fff3d6" if step % 3 else "#3a2a20", turn=step * 47)
    s.line("M206 186Q186 214 170 244", "#ffffff", 9, alpha=0.5)


@shape(144, foot=378)
def pirozhok(s: Sheet, _ink: Ink) -> None:
    """Two pirozhki, one broken open on its cabbage."""
    with s.moved(286, 226, turn=12):
        s.path("M-128 20Q-124 -58 0 -66Q124 -58 128 20Q124 66 0 70Q-124 66 -128 20Z", _baked(s))
        s.line("M-104 -6Q-60 -34 -20 -24Q10 -40 40 -26Q80 -36 104 -6", "#b56b24", 5, alpha=0.5)
        s.oval(-54, -32, 30, 9, "#ffffff", alpha=0.45, turn=-12)
    with s.moved(206, 314, turn=-8):
        s.path("M-140 20Q-134 -62 0 -72Q84 -66 116 -30L92 -10L112 14L90 36L104 60Q60 74 0 74Q-134 70 -140 20Z", _baked(s))
        s.path("M116 -30L92 -10L112 14L90 36L104 60Q130 52 134 14Q134 -14 116 -30Z", "#fff0cc")
        for x, y, turn in ((112, -8, 30), (120, 14, -20), (110, 34, 60), (126, 2, 0), (116, 48, 20), (104, 20, -50)):
            s.oval(x, y, 13, 5.4, "#dbe6a0" if turn > 0 else "#b9cf6a", turn=turn)
        s.oval(112, 26, 6, 5, "#ee8a2a")
        s.line("M-112 -6Q-66 -38 -24 -28Q10 -44 60 -30", "#b56b24", 5, alpha=0.5)
        s.oval(-66, -36, 32, 9, "#ffffff", alpha=0.5, turn=-14)


@shape(150, foot=378)
def khachapuri(s: Sheet, _ink: Ink) -> None:
    """A boat of dough with cheese and an egg."""
    with s.moved(240, 280, turn=-8, scale=0.9):
        s.path("M-196 8Q-150 -30 -112 -64Q0 -108 112 -64Q150 -30 196 8Q150 44 112 72Q0 112 -112 72Q-150 44 -196 8Z", _baked(s))
        s.path(
            "M-130 6Q-98 -52 0 -62Q98 -52 130 6Q98 52 0 60Q-98 52 -130 6Z",
            s.radial((0, "#fff0a8"), (0.7, "#ffd860"), (1, "#e9a332")),
        )
        for x, y, rx in ((-72, -18, 24), (70, -22, 26), (-66, 28, 24), (74, 24, 22), (-24, 42, 20), (26, -46, 22)):
            s.oval(x, y, rx, rx * 0.5, "#fffbe0", alpha=0.85, turn=x * 0.2)
        s.oval(2, 0, 50, 32, "#ffffff")
        s.dot(4, -2, 23, s.ball("#ffab1e"))
        s.oval(-4, -10, 7, 4, "#ffffff", alpha=0.9)
        for x, y, turn in ((-46, 4, 20), (54, 10, -30), (-90, 10, 10), (96, -4, 40), (10, 46, 0)):
            s.oval(x, y, 9, 4, "#4f9f3f", turn=turn)
        s.line("M-160 -6Q-120 -46 -80 -62", "#fff3d0", 9, alpha=0.7)


@shape(140, foot=384)
def sandwich(s: Sheet, _ink: Ink) -> None:
    """Two triangles of a chicken sandwich."""
    for dx, dy in ((76, -40), (0, 0)):
        with s.moved(dx - 26, dy):
            layers = (
                ("#f9e3b8", 0, 34),
                ("#7cc653", 34, 14),
                ("#f4d9b4", 48, 24),
                ("#e0433a", 72, 14),
                ("#a4d65e", 86, 12),
                ("#f6dcae", 98, 34),
            )
            s.path("M92 250L256 168L348 250Z", s.across("#e9b064", "#c9863a"))
            s.path("M108 246L255 176L332 246Z", s.slant("#fff3d6", "#f3d9a4"))
            for tone, top, height in layers:
                s.box(90, 250 + top, 260, height + 1, s.across(light(tone, 0.15), shade(tone, 0.08)))
            s.path("M84 284q11 18 22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0l4 0V278H84Z", "#5fae3f")
            s.path("M84 336q11 14 22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0t22 0l4 0V332H84Z", "#8fd25c")
            for x in (126, 196, 268, 330):
                s.oval(x, 310, 24, 9, "#e0b486", alpha=0.8)
                s.oval(x - 30, 329, 22, 6, "#f2645a")
            s.line("M90 253H350M90 381H350", "#c9863a", 5, alpha=0.7)


@shape(140, foot=388)
def salad_bowl(s: Sheet, ink: Ink) -> None:
    """A salad in a clear bowl: Caesar on leaves, or Olivier in dice."""
    if ink.body == "green":
        for x, y, r in (
            (130, 230, 48),
            (190, 198, 54),
            (256, 186, 54),
            (318, 204, 52),
            (356, 236, 42),
            (220, 236, 54),
            (290, 240, 50),
        ):
            s.dot(x, y, r, s.radial((0, "#d3f09a"), (0.7, "#86c94c"), (1, "#4f9f3a"), x=0.4, y=0.3, r=0.8))
        for x, y, turn in ((190, 206, -20), (270, 196, 14), (316, 228, 30), (226, 238, -8)):
            with s.moved(x, y, turn=turn):
                s.box(-34, -13, 68, 26, s.slant("#fbe3bd", "#dba96a"), r=12)
                s.line("M-18 -10L-10 10M2 -11L10 11", "#a9682a", 5, alpha=0.7)
        for x, y, turn in ((150, 226, 20), (250, 224, 40), (344, 216, -20), (232, 178, 10)):
            with s.moved(x, y, turn=turn):
                s.box(-13, -13, 26, 26, s.slant("#f6cf8a", "#c98a3a"), r=4)
        for x, y in ((172, 244), (296, 206), (286, 250), (206, 180)):
            s.dot(x, y, 15, s.ball("#e5352b"))
    else:
        s.oval(240, 234, 132, 58, "#f9efd0")
        tones = ("#fbe9b0", "#fff8e2", "#7cc24d", "#f0913a", "#f4a5a8", "#fff3c4", "#5fae3f")
        for step in range(46):
            angle, reach = step * 2.4, (step / 46) ** 0.5
            px, py = 240 + 116 * reach * cos(angle), 222 + 46 * reach * sin(angle) - 26 * (1 - reach)
            tone = tones[step % 7]
            if tone == "#5fae3f":
                s.dot(px, py, 10, s.ball(tone))
            else:
                with s.moved(px, py, turn=step * 31):
                    s.box(-11, -11, 22, 22, s.slant(light(tone, 0.3), shade(tone, 0.08)), r=4)
        emblem(s, "mint", 240, 184, 56)
    s.path(
        "M92 240Q240 286 388 240Q384 352 320 384Q300 390 240 390Q180 390 160 384Q96 352 92 240Z",
        s.across("#ffffff", "#cfe3ea"),
        alpha=0.62,
    )
    s.path("M86 232Q240 284 394 232V246Q240 298 86 246Z", s.across("#ffffff", "#dbe8ee"))
    s.line("M120 278Q134 334 170 364", "#ffffff", 11, alpha=0.85)


@shape(150, foot=380)
def meal_tray(s: Sheet, _ink: Ink) -> None:
    """A cutlet with mash in a take-away tray."""
    s.path("M66 262L104 366Q110 382 128 382H352Q370 382 376 366L414 262Z", s.across("#4a525b", "#20252b"))
    s.oval(240, 262, 178, 62, s.slant("#6b7580", "#333a42"))
    s.oval(240, 262, 162, 52, "#23282e")
    s.path("M90 258Q90 200 150 196Q176 172 210 190Q250 190 252 244Q250 292 176 300Q100 296 90 258Z", s.ball("#ffe9a6"))
    s.line("M112 250Q150 226 178 246T236 236M124 276Q160 256 200 272", "#e5be5a", 6, alpha=0.7)
    s.box(150, 196, 34, 20, s.slant("#fff6b0", "#ffd54a"), r=5)
    s.path("M226 270Q226 212 310 206Q388 212 388 264Q384 302 310 306Q234 304 226 270Z", s.ball("#a9622a"))
    for x, y, turn in ((270, 246, -30), (310, 232, 10), (346, 254, 30), (300, 272, -10), (340, 284, 20), (262, 276, 0)):
        s.oval(x, y, 17, 5, "#6b3512", turn=turn, alpha=0.6)
    s.oval(280, 226, 22, 7, "#ffffff", alpha=0.35, turn=-16)
    emblem(s, "mint", 222, 262, 58)
    emblem(s, "cherry_tomato", 366, 284, 54)


@shape(150, foot=378)
def sushi(s: Sheet, _ink: Ink) -> None:
    """Six salmon rolls on a tray."""
    s.path("M60 330L96 236H384L420 330Z", s.slant("#3f464e", "#1d2126"))
    s.path("M60 330H420V352Q420 366 404 366H76Q60 366 60 352Z", s.down("#2b3138", "#101316"))
    for y, xs, size in ((236, (150, 240, 330), 0.9), (302, (130, 240, 350), 1.05)):
        for x in xs:
            with s.moved(x, y, scale=size):
                s.path("M-46 -6V32Q-44 52 0 52Q44 52 46 32V-6Z", s.tube("#fdfbf3"))
                for dx, dy in ((-30, 20), (-8, 34), (16, 24), (32, 36), (-20, 40), (4, 16), (30, 12)):
                    s.oval(dx, dy, 6, 3, "#d9d5c4", turn=dx * 2)
                s.path("M-50 -8Q-48 -46 0 -48Q48 -46 50 -8Q40 12 0 12Q-40 12 -50 -8Z", s.slant("#ffae84", "#f06a3c"))
                s.line("M-38 -12Q-24 -34 -10 -40M-16 0Q-4 -26 12 -42M8 4Q20 -18 32 -32", "#ffe2d0", 5, alpha=0.9)
    with s.moved(398, 236):
        s.path("M-24 14Q-26 -16 0 -20Q26 -16 24 14Q0 22 -24 14Z", s.ball("#9ccf55"))
    for turn in (0, 1, 2):
        s.oval(84 + turn * 12, 240 + turn * 7, 17, 9, s.slant("#ffd9c4", "#f6a88a"), turn=turn * pi * 8)
    s.oval(96, 250, 12 * sin(pi / 2), 5, "#fff1e6")
