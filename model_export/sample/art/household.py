"""Paper, cleaning, care, toys and what else is no food."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, gleam, lettering, on
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _roll(s: Sheet, x: float, y: float, w: float, h: float) -> None:
    """A paper roll standing up; (x, y) is the middle of its top."""
    ry = w * 0.17
    s.path(f"M{x - w / 2} {y}V{y + h}Q{x} {y + h + ry * 2} {x + w / 2} {y + h}V{y}Z", s.tube("#f4f6f8"))
    s.oval(x, y, w / 2, ry, s.slant("#ffffff", "#dfe5ea"))
    s.oval(x, y, w * 0.17, ry * 0.38, "#b58a5a")
    s.oval(x, y + 1, w * 0.12, ry * 0.24, "#6b4a2a")


@shape(136)
def toilet_rolls(s: Sheet, ink: Ink) -> None:
    """A pack of rolls under a printed film."""
    for y in (150, 262):
        for x in (156, 240, 324):
            _roll(s, x, y, 92, 106)
    s.path("M106 202Q240 250 374 202V330Q240 378 106 330Z", s.tube(ink.accent), alpha=0.92)
    s.dot(240, 282, 46, "#ffffff", alpha=0.92)
    emblem(s, "flower", 240, 282, 70)
    s.line("M116 160V376", "#ffffff", 9, alpha=0.7)


@shape(108)
def towel_roll(s: Sheet, ink: Ink) -> None:
    """Two kitchen rolls."""
    for x, y in ((300, 124), (194, 140)):
        _roll(s, x, y, 124, 248)
        s.path(
            f"M{x - 62} {y + 84}Q{x} {y + 126} {x + 62} {y + 84}V{y + 174}Q{x} {y + 216} {x - 62} {y + 174}Z", s.tube(ink.accent)
        )
        emblem(s, "drop" if x < 240 else "leaf", x, y + 150, 58)
    s.path("M132 140Q126 270 132 392L152 396L150 142Z", "#ffffff", alpha=0.6)


@shape(110, foot=384)
def tissues(s: Sheet, ink: Ink) -> None:
    """A small pack of handkerchiefs, one coming out."""
    with s.moved(240, 268, turn=-8):
        s.path("M-60 -70Q-40 -150 -10 -126Q20 -172 60 -130Q76 -110 62 -68Z", s.slant("#ffffff", "#cfdbe6"))
        s.line("M-20 -80Q-14 -110 -8 -124M24 -78Q26 -110 40 -128", "#b9c9d8", 3)
        s.box(-124, -76, 248, 176, s.slant(light(ink.body, 0.25), shade(ink.body, 0.12)), r=18)
        s.path(
            "M-124 -30Q-124 -76 -100 -76H100Q124 -76 124 -30Q60 -58 0 -58Q-60 -58 -124 -30Z",
            s.down(light(ink.body, 0.6), light(ink.body, 0.2)),
        )
        emblem(s, "flower", 62, 44, 80)
        lettering(s, -50, 20, 108, "#fffdf6", height=17)
        s.line("M-112 -20V78", "#ffffff", 7, alpha=0.5)


@shape(136, foot=388)
def wipes(s: Sheet, ink: Ink) -> None:
    """A flow pack of wet wipes with a lid."""
    s.path("M196 196Q190 132 232 138Q246 98 284 124Q304 140 288 196Z", s.slant("#ffffff", "#c9dbe6"))
    s.line("M226 196Q226 160 240 140M262 196Q266 158 276 136", "#aec4d4", 3)
    s.path(
        "M84 236Q82 192 116 190H364Q398 192 396 236L402 352Q404 388 368 390H112Q76 388 78 352Z",
        s.slant(light(ink.body, 0.3), shade(ink.body, 0.14)),
    )
    for x in (84, 386):
        s.path(f"M{x} 220h10v144h-10Z", shade(ink.body, 0.2), alpha=0.5)
    s.box(166, 180, 148, 52, s.slant("#ffffff", "#d5dfe6"), r=16)
    s.box(178, 190, 124, 30, s.slant("#e4ebf0", "#ffffff"), r=11)
    s.oval(172, 312, 54, 50, s.radial((0, "#ffffff"), (1, light(ink.body, 0.6))))
    emblem(s, ink.mark, 172, 312, 76)
    lettering(s, 304, 286, 124, on(ink.body), height=20)
    s.line("M104 224Q98 290 104 360", "#ffffff", 9, alpha=0.5)


@shape(140)
def nappies(s: Sheet, ink: Ink) -> None:
    """A big soft pack of nappies with a handle."""
    s.path("M188 120Q240 66 292 120L276 128Q240 92 204 128Z", light(ink.body, 0.3))
    s.path("M104 156Q100 116 140 116H340Q380 116 376 156L384 364Q384 404 346 404H134Q96 404 96 364Z", s.tube(ink.body))
    s.path("M98 296Q180 246 262 288Q330 320 382 286L384 364Q384 404 346 404H134Q96 404 96 364Z", s.tube("white"))
    lettering(s, 196, 142, 130, "#fffdf6", height=22)
    s.dot(222, 276, 74, s.radial((0, "#ffffff"), (1, light(ink.body, 0.66))))
    emblem(s, "baby", 222, 278, 112)
    s.path("M300 330Q344 316 372 330Q368 384 336 386Q304 384 300 330Z", s.slant("#ffffff", "#d3e4f2"))
    s.line("M306 336Q336 350 366 336", "#6cbdf0", 5)
    s.dot(338, 176, 27, "#ffd93b")
    s.line("M344 162L328 180H350M342 168V192", "#22407f", 6)
    s.line("M116 150Q110 250 112 360", "#ffffff", 11, alpha=0.45)


@shape(132, foot=384)
def sponge(s: Sheet, _ink: Ink) -> None:
    """Two sponges, green side down and up."""
    for dx, dy, soft in ((54, -74, "#ff8fb0"), (0, 0, "#ffd84a")):
        with s.moved(dx, dy):
            s.path("M88 330L150 286H352L300 330Z", s.across(light(soft, 0.45), light(soft, 0.15)))
            s.path("M88 330H300V364H88Z", s.down(soft, shade(soft, 0.12)))
            s.path("M300 330L352 286V318L300 364Z", shade(soft, 0.24))
            s.path("M88 364H300V386H88Z", "#2f9a57")
            s.path("M300 364L352 318V340L300 386Z", "#1d6f3d")
            for x, y, r in ((120, 346, 6), (160, 350, 8), (204, 342, 5), (244, 352, 7), (278, 344, 5), (140, 316, 5),
                (190, 304, 7),
                            (240, 312, 6), (290, 300, 6), (324, 320, 5)):  # fmt: skip
                s.oval(x, y, r, r * 0.7, shade(soft, 0.3), alpha=0.6)
    emblem(s, "bubbles", 122, 262, 84)


@shape(120, foot=380)
def bag_roll(s: Sheet, ink: Ink) -> None:
    """A roll of bin bags with one torn off."""
    with s.moved(240, 276, turn=-14):
        s.path("M-60 30L150 10L170 120Q60 150 -50 124Z", s.slant("#5b646f", "#2b3138"))
        s.line("M150 16L168 118M120 20L134 126", "#8b96a2", 3, alpha=0.6)
        s.box(
            -140,
            -56,
            262,
            112,
            s.linear((0, light(ink.body, 0.4)), (0.4, ink.body), (1, shade(ink.body, 0.5)), to_x=0, to_y=1),
            r=14,
        )
        s.oval(122, 0, 27, 56, s.slant(light(ink.body, 0.45), ink.body))
        s.oval(122, 0, 14, 29, "#1a1e23")
        s.line("M122 -42Q144 -20 140 6", light(ink.body, 0.5), 3, alpha=0.5)
        s.box(
            -84,
            -57,
            124,
            114,
            s.linear((0, light(ink.accent, 0.3)), (0.5, ink.accent), (1, shade(ink.accent, 0.3)), to_x=0, to_y=1),
        )
        lettering(s, -22, -22, 88, "#2b3138", height=17)


@shape(96)
def tube(s: Sheet, ink: Ink) -> None:
    """A tube standing on its cap: toothpaste, hand cream."""
    with s.moved(240, 0):
        s.path("M-74 84H74L70 104H-70Z", s.across(light(ink.body, 0.5), shade(ink.body, 0.1)))
        s.line("M-66 90V102M-40 90V102M-14 90V102M14 90V102M40 90V102M66 90V102", shade(ink.body, 0.3), 3, alpha=0.5)
        s.path("M-70 104H70Q66 240 54 344H-54Q-66 240 -70 104Z", s.tube(ink.body))
        s.path("M-56 336H56L50 396Q50 404 42 404H-42Q-50 404 -50 396Z", s.tube("white"))
        s.line("M-53 352H53", "#aeb9c4", 2.4, alpha=0.7)
        s.path("M-67 160Q0 120 67 160Q64 214 60 262Q0 300 -60 262Q-64 214 -67 160Z", s.tube("white"))
        emblem(s, ink.mark, 0, 212, 88)
        lettering(s, 0, 292, 74, on(ink.body), height=12)
        gleam(s, -52, 116, 9, 200, alpha=0.4)


@shape(70, foot=392)
def toothbrush(s: Sheet, _ink: Ink) -> None:
    """Two toothbrushes crossed."""
    for turn, tone in ((24, "#f0597f"), (-24, "#2f9ae0")):
        with s.moved(240, 262, turn=turn):
            s.path(
                "M-13 140Q-16 30 -9 -40L-14 -130Q-14 -150 0 -150Q14 -150 14 -130L9 -40Q16 30 13 140Q0 152 -13 140Z", s.tube(tone)
            )
            s.path("M-6 130Q-8 60 -4 10H4Q8 60 6 130Z", light(tone, 0.6), alpha=0.8)
            for row in range(6):
                s.path(f"M14 {-142 + row * 15}h30q4 6 0 12h-30Z", s.across("#dfe9f2", "#ffffff" if row % 2 else "#9fd3f5"))


@shape(132, foot=376)
def soap(s: Sheet, ink: Ink) -> None:
    """A bar of soap with suds."""
    s.path(
        "M96 300Q96 220 170 214H310Q384 220 384 300V322Q384 376 310 376H170Q96 376 96 322Z",
        s.down(shade(ink.body, 0.06), shade(ink.body, 0.28)),
    )
    s.path(
        "M96 290Q96 212 170 206H310Q384 212 384 290Q384 346 310 346H170Q96 346 96 290Z", s.slant(light(ink.body, 0.55), ink.body)
    )
    s.path("M136 280Q136 240 182 238H298Q344 240 344 280Q344 314 298 314H182Q136 314 136 280Z", light(ink.body, 0.2))
    emblem(s, "flower", 240, 276, 62)
    s.oval(146, 240, 30, 12, "#ffffff", alpha=0.75, turn=-26)
    for x, y, size in ((346, 206, 84), (116, 352, 70), (390, 340, 60)):
        emblem(s, "bubbles", x, y, size)


@shape(104)
def charcoal(s: Sheet, ink: Ink) -> None:
    """A paper sack of charcoal, some pieces before it."""
    s.path("M156 104Q240 88 324 104L330 128Q352 270 338 404H142Q128 270 150 128Z", s.tube("#5d4632"))
    s.path("M150 128L156 104Q240 88 324 104L330 128Q240 114 150 128Z", s.tube("#7b6048"))
    s.line("M152 124Q240 110 328 124", "#f3e3c2", 3.4)
    s.path("M140 196Q240 166 340 196L342 320Q240 350 138 320Z", s.tube(ink.accent))
    emblem(s, "flame", 240, 258, 118)
    lettering(s, 240, 138, 110, "#f3e3c2", height=16)
    for x, y, size in ((150, 384, 1), (206, 392, 0.8), (318, 388, 1.05), (366, 396, 0.6)):
        with s.moved(x, y, scale=size):
            s.path("M-34 12L-26 -20L6 -28L34 -10L30 16L-4 22Z", s.slant("#6b7078", "#1d2024"))
            s.path("M-26 -20L6 -28L0 -6L-20 0Z", "#8d939b", alpha=0.6)


@shape(140, foot=372)
def paper_plates(s: Sheet, ink: Ink) -> None:
    """A stack of paper plates."""
    for y in (336, 322, 308, 294, 280):
        s.oval(240, y, 164, 62, s.across(shade(ink.body, 0.05), shade(ink.body, 0.3)))
        s.oval(240, y - 5, 164, 62, s.slant("#ffffff", light(ink.body, 0.55)))
    s.oval(240, 275, 150, 54, ink.body)
    s.oval(240, 275, 132, 46, "#fffdf8")
    s.oval(240, 279, 108, 36, s.slant("#e4ecf2", "#ffffff"))
    for step in range(16):
        turn = step * pi / 8
        s.oval(240 + 141 * cos(turn), 275 + 50 * sin(turn), 7, 4.4, "#ffffff", turn=0)


_CANDLES = (("#ff6f91", 152), ("#ffc83d", 196), ("#5cb8f0", 240), ("#7ed08c", 284), ("#b08ae6", 328))


@shape(116)
def candles(s: Sheet, _ink: Ink) -> None:
    """Five birthday candles, burning."""
    for place, (tone, x) in enumerate(_CANDLES):
        top = 190 + abs(place - 2) * 14
        s.box(x - 13, top, 26, 404 - top, s.tube(tone), r=5)
        for y in range(top + 22, 396, 34):
            s.line(f"M{x - 12} {y + 12}L{x + 12} {y - 4}", "#ffffff", 6, alpha=0.75)
        s.line(f"M{x} {top}V{top - 16}", "#4a3a2a", 3.4)
        s.dot(x, top - 40, 44, s.glow("#ffe27a", 0.6))
        with s.moved(x, top - 38, scale=0.5):
            s.path("M0 -56Q30 -14 30 14Q30 44 0 44Q-30 44 -30 14Q-30 -14 0 -56Z", s.down("#ffe27a", "#ff7a1e"))
            s.path("M0 -8Q14 12 14 24Q14 40 0 40Q-14 40 -14 24Q-14 12 0 -8Z", "#fffbe0")


@shape(60)
def balloons(s: Sheet, _ink: Ink) -> None:
    """Three balloons on strings."""
    s.line("M164 268Q210 330 240 404M326 252Q280 330 240 404M244 226Q236 320 240 404", "#8d7a6a", 3)
    for x, y, size, tone in ((160, 190, 0.92, "#2f9ae0"), (326, 176, 0.92, "#ffb52e"), (244, 144, 1.05, "#ef3f52")):
        with s.moved(x, y, scale=size):
            s.path("M0 76L-10 92H10Z", shade(tone, 0.24))
            s.path("M0 -84Q66 -82 66 -16Q64 46 0 80Q-64 46 -66 -16Q-66 -82 0 -84Z", s.ball(tone))
            s.oval(-26, -40, 11, 24, "#ffffff", alpha=0.65, turn=28)
