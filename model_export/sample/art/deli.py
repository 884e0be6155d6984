"""Cheese, sausages and ham."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import lettering
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet

_HOLES = ((140, 320, 15), (206, 346, 22), (270, 310, 14), (310, 352, 17), (166, 366, 11), (352, 322, 13), (246, 372, 10))


def _hole(s: Sheet, x: float, y: float, r: float) -> None:
    s.oval(x, y, r, r * 0.92, s.slant("#c97d10", "#f2a92a"))
    s.oval(x + r * 0.14, y + r * 0.16, r * 0.78, r * 0.7, "#e89a1c")


@shape(150, foot=388)
def cheese_wedge(s: Sheet, _ink: Ink) -> None:
    """A wedge with holes."""
    s.path("M84 280L330 158Q392 196 398 264L398 280Z", s.across("#fff3a6", "#ffe272"))
    s.path("M330 158Q392 196 398 264L398 280L330 250Z", "#ffd54a", alpha=0.5)
    s.path("M84 280H398V388H84Z", s.slant("#ffcf3a", "#f3ab1e"))
    for x, y, r in _HOLES:
        _hole(s, x, y, r)
    for x, y, rx in ((210, 246, 20), (286, 214, 18), (330, 254, 15), (250, 264, 10)):
        s.oval(x, y, rx, rx * 0.5, "#f0b52c")
        s.oval(x + 2, y + 2, rx * 0.8, rx * 0.34, "#e2a01c")
    s.line("M88 284H394", "#fff6c4", 4, alpha=0.8)
    s.path("M84 280L92 280V388H84Z", "#fff0a0", alpha=0.6)


@shape(140, foot=388)
def cheese_block(s: Sheet, ink: Ink) -> None:
    """A piece of cheese in film, labelled, with a slice cut off."""
    s.path("M110 236L186 190H386L310 236Z", s.across("#fff3b4", "#ffe887"))
    s.path("M110 236H310V388H110Z", s.slant("#ffe07a", "#f7c23e"))
    s.path("M310 236L386 190V336L310 388Z", s.across("#e9ae30", "#d1921e"))
    for x, y, r in ((136, 262, 6), (150, 356, 8), (284, 262, 7), (280, 360, 6), (206, 258, 5), (350, 260, 6), (340, 330, 6)):
        s.oval(x, y, r * 1.4, r * 0.7, "#dd9f22", alpha=0.6)
    s.path("M128 276H310V346H128Z", s.down(light(ink.accent, 0.14), shade(ink.accent, 0.1)))
    s.path("M310 276L386 228V294L310 346Z", shade(ink.accent, 0.32))
    lettering(s, 214, 294, 116, "#fffdf6", height=18)
    s.path("M118 244H132V380H118Z", "#ffffff", alpha=0.45)


@shape(136, foot=390)
def cheese_slices(s: Sheet, ink: Ink) -> None:
    """Slices in a clear tray."""
    s.path("M96 178Q96 160 114 160H366Q384 160 384 178V372Q384 390 366 390H114Q96 390 96 372Z", s.slant("#ffffff", "#d3dfe6"))
    for dx, dy in ((70, 0), (46, 8), (22, 16), (0, 24)):
        s.path(
            f"M{118 + dx} {196 + dy}L{264 + dx} {188 + dy}L{270 + dx} {322 + dy}L{122 + dx} {330 + dy}Z",
            s.slant("#ffe79a", "#f4b93c"),
        )
        s.line(f"M{118 + dx} {196 + dy}L{264 + dx} {188 + dy}", "#fff6cf", 4)
        s.line(f"M{264 + dx} {188 + dy}L{270 + dx} {322 + dy}", "#d9962a", 3, alpha=0.7)
    for x, y, r in ((150, 250, 9), (200, 300, 12), (236, 244, 8), (160, 320, 7), (240, 322, 6)):
        s.oval(x, y, r, r * 0.9, "#e5a02a", alpha=0.75)
    s.path(
        "M96 178Q96 160 114 160H366Q384 160 384 178V206Q240 178 96 206Z",
        s.across(light(ink.accent, 0.15), shade(ink.accent, 0.08)),
    )
    lettering(s, 240, 168, 120, "#fffdf6", height=14)
    s.path("M108 220L112 372Q126 300 132 210Z", "#ffffff", alpha=0.6)


@shape(150, foot=388)
def brie(s: Sheet, _ink: Ink) -> None:
    """A round of brie with a wedge cut out and laid before it."""
    s.path("M76 226V290Q84 342 226 344Q368 342 376 290V226Z", s.tube("#efe8da"))
    s.oval(226, 226, 150, 72, s.slant("#ffffff", "#efe6d6"))
    for x, y, rx in ((146, 206, 30), (206, 184, 34), (290, 200, 28), (140, 244, 26), (196, 262, 32)):
        s.oval(x, y, rx, rx * 0.34, "#ddd0b8", alpha=0.55)
    s.oval(130, 196, 30, 8, "#ffffff", alpha=0.9, turn=-16)
    s.path("M150 330L352 268Q402 284 414 326Z", s.slant("#ffffff", "#efe4d0"))
    s.oval(330, 304, 34, 9, "#ddd0b8", alpha=0.6)
    s.path("M150 330L414 326V380L150 388Z", s.down("#fff8d4", "#f6e090"))
    s.path("M150 330L414 326V335L150 340ZM150 379L414 371V380L150 388Z", "#fffdf6")
    for x, y, rx in ((220, 360, 16), (286, 352, 11), (340, 362, 18), (384, 350, 9), (248, 346, 8)):
        s.oval(x, y, rx, rx * 0.42, "#ecd07a", alpha=0.85)


@shape(112, foot=396)
def mozzarella(s: Sheet, ink: Ink) -> None:
    """Balls of mozzarella in their whey, in a bag, with basil."""
    s.path("M150 126Q240 108 330 126L350 360Q350 400 310 402H170Q130 400 130 360Z", s.tube("#cfe9f7"), alpha=0.9)
    s.path("M146 100H334L338 136Q240 118 142 136Z", s.across(light(ink.body, 0.2), shade(ink.body, 0.2)))
    s.line("M150 112H330", shade(ink.body, 0.4), 3, alpha=0.5)
    for x, y, r in ((192, 316, 58), (290, 318, 58), (240, 262, 60)):
        s.dot(x, y, r, s.radial((0, "#ffffff"), (0.7, "#f6f2e6"), (1, "#d3d6cf"), x=0.38, y=0.32, r=0.75))
        s.oval(x - 20, y - 24, 14, 8, "#ffffff", turn=-34)
    s.path("M142 160Q240 142 338 160L341 206Q240 190 139 206Z", s.tube(ink.accent))
    lettering(s, 240, 164, 110, "#fffdf6", height=16)
    for turn in (-34, 34):
        with s.moved(240, 386, turn=turn, scale=0.8):
            s.path("M0 6Q-30 -20 -18 -50Q-8 -72 0 -82Q8 -72 18 -50Q30 -20 0 6Z", s.slant("#7cc653", "#2b8a3f"))
    s.path("M152 212L146 360Q160 290 168 210Z", "#ffffff", alpha=0.65)


@shape(116, foot=390)
def braid(s: Sheet, _ink: Ink) -> None:
    """A plait of smoked string cheese."""
    with s.moved(244, 250, turn=36):
        s.line("M-16 150Q-34 174 -42 196M0 150Q-2 178 -4 202M16 150Q30 174 34 194", "#e5ab4a", 12)
        for place in range(13):
            y = -146 + place * 24
            left = place % 2 == 0
            with s.moved(-16 if left else 16, y, turn=34 if left else -34):
                s.oval(0, 0, 54, 27, s.linear((0, "#ffe3a0"), (0.5, "#eeb04a"), (1, "#b9741c"), to_x=0, to_y=1))
                s.line("M-38 -6Q0 -18 38 -6M-40 4Q0 -6 40 4", "#fff3cf", 3, alpha=0.6)
        s.box(-34, 132, 68, 18, "#fff3d6", r=8)


@shape(150, foot=376)
def sausage_thick(s: Sheet, ink: Ink) -> None:
    """A boiled sausage with slices cut off."""
    with s.moved(246, 280, scale=0.88), s.moved(-240, -280):
        # One body, then slices leaning against its cut end.
        s.path(
            "M176 204H372Q412 206 412 280Q412 352 372 354H176Z",
            s.linear((0, "#f7b6a6"), (0.3, "#ef8f80"), (1, "#a9483f"), to_x=0, to_y=1),
        )
        s.path("M384 208Q414 214 412 280Q412 346 384 352Q400 330 400 280Q400 230 384 208Z", "#8f3a34", alpha=0.5)
        s.path("M398 268L436 258L440 300L398 292Z", "#c9504a")
        s.box(236, 204, 92, 150, s.linear((0, "#ffffff"), (0.5, "#f4f0e6"), (1, "#cfc6b6"), to_x=0, to_y=1))
        lettering(s, 282, 258, 66, "#b8382f", height=15)
        s.line("M190 226H368", "#ffffff", 9, alpha=0.45)
        for x, y, rx in ((176, 279, 40), (124, 296, 46), (78, 312, 50)):
            s.oval(x + 8, y + 2, rx, 76, "#c9655a")
            s.oval(x, y, rx, 76, s.slant(light(ink.body, 0.35), "#f0939a"))
            for dx, dy in ((-10, -30), (14, -8), (-16, 14), (8, 36), (-2, -54), (-20, -12)):
                s.oval(x + dx, y + dy, 3.4, 4.4, "#fbdcd4", alpha=0.85)


@shape(140, foot=384)
def salami(s: Sheet, _ink: Ink) -> None:
    """A stick of dry sausage and slices."""
    with s.moved(262, 236, turn=-34):
        s.path(
            "M-160 -52H120Q176 -50 180 0Q176 50 120 52H-160Z",
            s.linear((0, "#b9574a"), (0.35, "#8f2f2a"), (1, "#4f1514"), to_x=0, to_y=1),
        )
        for x, y in ((-120, -20), (-70, 10), (-30, -26), (20, 16), (64, -14), (108, 20), (-100, 30), (130, -20), (0, -6)):
            s.oval(x, y, 11, 6, "#d9a59a", alpha=0.4, turn=20)
        s.line("M172 -14L202 -22M174 8L204 12", "#e9d9b0", 6)
        s.oval(-160, 0, 26, 52, s.slant("#c9433f", "#8f1f22"))
        s.line("M-120 -34H100", "#ffffff", 7, alpha=0.28)
    for x, y, r in ((318, 338, 60), (226, 348, 60)):
        s.oval(x + 3, y + 5, r, r * 0.78, "#5f1818")
        s.oval(x, y, r, r * 0.78, s.slant("#d9504a", "#a9292b"))
        for dx, dy, w in (
            (-24, -16, 9),
            (10, -26, 8),
            (28, 4, 10),
            (-6, 6, 9),
            (-34, 10, 7),
            (8, 28, 9),
            (-18, 30, 6),
            (36, -18, 6),
        ):
            s.oval(x + dx, y + dy * 0.9, w, w * 0.75, "#f9ded2", turn=dx)


@shape(136, foot=388)
def wieners(s: Sheet, _ink: Ink) -> None:
    """Frankfurters, side by side."""
    for place, y in enumerate((206, 254, 302, 350)):
        x = 12 * (1 if place % 2 else -1)
        s.path(f"M{110 + x} {y - 30}Q240 {y - 8} {370 + x} {y - 30}"
               f"Q400 {y - 26} {398 + x} {y}Q{396 + x} {y + 24} {366 + x} {y + 26}"
               f"Q240 {y + 44} {114 + x} {y + 26}Q{84 + x} {y + 24} {82 + x} {y}Q{84 + x} {y - 26} {110 + x} {y - 30}Z",
               s.linear((0, "#f9b59a"), (0.4, "#e8836a"), (1, "#b04a3a"), to_x=0, to_y=1))  # fmt: skip
        s.line(f"M{116 + x} {y - 14}Q240 {y + 6} {352 + x} {y - 13}", "#ffffff", 7, alpha=0.6)
        s.dot(396 + x, y - 2, 6, "#8f3a2c")
        s.dot(84 + x, y - 2, 6, "#c9654f")


@shape(140, foot=384)
def grill_sausages(s: Sheet, _ink: Ink) -> None:
    """Grilled sausages with their stripes."""
    for y, turn in ((218, -16), (282, -16), (346, -16)):
        with s.moved(240, y, turn=turn):
            s.path("M-134 -30Q0 -12 134 -30Q160 -28 162 -2Q158 26 130 30Q0 48 -130 30Q-158 26 -162 -2Q-160 -28 -134 -30Z",
                   s.linear((0, "#e2964f"), (0.4, "#b5602a"), (1, "#6b2f14"), to_x=0, to_y=1))  # fmt: skip
            for x in (-100, -50, 0, 50, 100):
                s.line(f"M{x - 12} 26L{x + 14} -20", "#3f1a0c", 9, alpha=0.7)
            s.line("M-122 -16Q0 2 118 -16", "#ffd9a0", 6, alpha=0.6)
    for x, y, turn in ((350, 170, 30), (116, 372, -20)):
        with s.moved(x, y, turn=turn):
            s.path("M0 26Q-20 8 -14 -12Q-2 -30 0 -36Q2 -30 14 -12Q20 8 0 26Z", s.slant("#7cc653", "#2b8a3f"))


@shape(146, foot=380)
def ham_slices(s: Sheet, _ink: Ink) -> None:
    """Slices of ham, fanned out."""
    for dx, dy in ((96, -44), (64, -26), (32, -10), (0, 8)):
        with s.moved(196 + dx, 284 + dy):
            s.path("M-116 10Q-122 -76 -30 -92Q80 -102 112 -30Q126 52 56 84Q-40 108 -92 72Q-114 52 -116 10Z", "#f6ded6")
            s.path(
                "M-106 10Q-110 -68 -28 -82Q74 -90 102 -28Q114 46 50 74Q-40 96 -84 64Q-104 46 -106 10Z",
                s.slant("#ffc3c0", "#ea8290"),
            )
            s.line("M-80 -10Q-30 -40 30 -34M-70 34Q-10 10 70 22M-30 66Q10 50 50 54", "#fbe1de", 5, alpha=0.75)
    s.oval(132, 246, 20, 9, "#ffffff", alpha=0.5, turn=-30)
    with s.moved(346, 366, turn=26):
        s.path("M0 20Q-24 0 -16 -28Q-6 -50 0 -58Q6 -50 16 -28Q24 0 0 20Z", s.slant("#7cc653", "#2b8a3f"))


@shape(146, foot=384)
def bacon(s: Sheet, _ink: Ink) -> None:
    """Three wavy rashers."""
    for y in (178, 250, 322):
        d = f"M84 {y}Q136 {y - 40} 188 {y}T292 {y}T396 {y}"
        s.line(d, "#8f2522", 62, cap="butt")
        s.line(d, "#f7ddc6", 54, cap="butt")
        s.line(f"M84 {y - 16}Q136 {y - 56} 188 {y - 16}T292 {y - 16}T396 {y - 16}", "#c23f37", 15, cap="butt")
        s.line(f"M84 {y + 6}Q136 {y - 34} 188 {y + 6}T292 {y + 6}T396 {y + 6}", "#d9564a", 12, cap="butt")
        s.line(f"M84 {y + 21}Q136 {y - 19} 188 {y + 21}T292 {y + 21}T396 {y + 21}", "#b8342f", 8, cap="butt")
        s.line(f"M92 {y - 24}Q136 {y - 58} 176 {y - 28}", "#ffffff", 5, alpha=0.5)
