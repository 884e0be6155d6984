"""Chocolate, biscuits, cakes and ice cream."""

from __future__ import annotations

from math import cos, sin
from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, lettering, on
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


@shape(128, foot=392)
def choc_bar(s: Sheet, ink: Ink) -> None:
    """A bar half out of its foil and paper; nuts show on the hazelnut one."""
    brown = {"milk": "#9a6240", "dark": "#4e2a1a", "nutty": "#85502f"}.get(ink.body, ink.body)
    with s.moved(240, 246, turn=38, scale=0.86):
        s.path("M-82 -172Q-82 -182 -72 -182H72Q82 -182 82 -172V40H-82Z", s.slant(light(brown, 0.14), shade(brown, 0.3)))
        for row in range(4):
            for x in (-76, -23, 30):
                y = -174 + row * 52
                s.box(x, y, 46, 45, shade(brown, 0.34), r=5)
                s.box(x + 2, y, 42, 41, s.slant(light(brown, 0.3), brown), r=5)
                s.path(f"M{x + 10} {y + 8}H{x + 36}L{x + 30} {y + 13}H{x + 15}V{y + 30}L{x + 10} {y + 34}Z", "#ffffff", alpha=0.2)
        if ink.body == "nutty":
            for x, y in ((-50, -150), (20, -128), (56, -92), (-30, -84), (-60, -40), (10, -50)):
                s.oval(x, y, 12, 9, s.slant("#f7d9a6", "#c98f4a"), turn=x)
        s.path("M-92 -6L-70 -32L-48 -6L-24 -34L0 -8L24 -34L48 -6L70 -32L92 -6V30H-92Z", s.across("#ffffff", "#aab5c0"))
        s.line("M-70 -30V24M-24 -32V24M24 -32V24M70 -30V24", "#8f9ba8", 2.4, alpha=0.6)
        s.path("M-90 20H90V172Q90 184 78 184H-78Q-90 184 -90 172Z", s.slant(light(ink.accent, 0.24), shade(ink.accent, 0.2)))
        s.path("M-90 20H90V34H-90Z", shade(ink.accent, 0.3), alpha=0.6)
        s.path("M-90 60L90 38V92L-90 114Z", light(ink.accent, 0.75))
        lettering(s, 0, 132, 112, on(ink.accent), height=17)
        s.line("M-78 44V170", "#ffffff", 7, alpha=0.4)


@shape(136, foot=356)
def bar(s: Sheet, ink: Ink) -> None:
    """A wrapped bar, one end bitten."""
    inside = {"navy": "#f0b050", "sky": "#fffdf6", "forest": "#d9a45a", "cocoa": "#fff6e0"}.get(ink.body, "#f0c98a")
    with s.moved(240, 256, turn=-22, scale=0.88):
        s.path("M-178 -40Q-196 0 -178 42H-60V-40Z", s.down("#8f5630", "#4e2a1a"))
        s.path("M-170 -30Q-150 -14 -168 2Q-150 16 -168 32H-70V-30Z", inside)
        s.path("M-120 -12H-70V14H-120Z", shade(inside, 0.12), alpha=0.5)
        for x, y in ((-136, -12), (-104, 18), (-88, -16), (-126, 20)):
            s.oval(x, y, 8, 6, "#e9c48a" if ink.body != "forest" else "#b97a35", turn=x)
        s.line("M-168 -38H-70", "#ffffff", 5, alpha=0.3)
        s.path("M-84 -56L-66 -40L-80 -22L-62 -4L-80 14L-64 32L-82 54H146V-56Z", s.across("#ffffff", "#c9d1d9"))
        s.path("M-70 -58L-52 -40L-66 -22L-48 -4"
               "L-66 14L-50 32L-68 56H150V-58Z", s.linear((0, light(ink.body, 0.4)), (0.45, ink.body), (1, shade(ink.body, 0.36)),
                                                                                       to_x=0, to_y=1))  # fmt: skip
        s.path(
            "M150 -58L186 -66L180 -50L188 -34L180 -18L188 -2L180 14L188 30L180 46L186 62L150 56Z",
            s.across(light(ink.body, 0.2), shade(ink.body, 0.3)),
        )
        s.path("M-46 30Q40 -20 150 10V56H-60Z", ink.accent, alpha=0.85)
        lettering(s, 52, -34, 136, on(ink.body), height=22)
        s.line("M-40 -46H140", "#ffffff", 5, alpha=0.5)


def _candy(s: Sheet, x: float, y: float, turn: float, body: str, accent: str, size: float = 1) -> None:
    with s.moved(x, y, turn=turn, scale=size):
        for side in (-1, 1):
            with s.moved(0, 0, flip=side < 0):
                s.path("M40 0L92 -36L84 -12L96 0L84 12L92 36Z", s.across(shade(body, 0.2), light(body, 0.2)))
                s.line("M48 -2L84 -20M48 2L84 20", shade(body, 0.4), 3, alpha=0.5)
        s.oval(0, 0, 52, 38, s.ball(body))
        s.path("M-16 -36Q-2 0 -16 36Q-2 40 12 37Q28 0 12 -37Q-2 -40 -16 -36Z", accent, alpha=0.85)
        s.oval(-22, -16, 13, 7, "#ffffff", alpha=0.65, turn=-30)


@shape(136, foot=384)
def candies(s: Sheet, ink: Ink) -> None:
    """A handful of wrapped sweets."""
    one, other = ink.body, ink.accent
    _candy(s, 180, 190, -28, other, light(one, 0.1), 0.95)
    _candy(s, 322, 216, 24, one, light(other, 0.2), 1)
    _candy(s, 150, 310, 16, one, light(other, 0.2), 1.05)
    _candy(s, 312, 338, -18, other if one != "orange" else "rose", "#fffdf6", 1.05)


@shape(140, foot=384)
def zefir(s: Sheet, _ink: Ink) -> None:
    """Swirls of zefir, pink and white."""
    for x, y, size, body in ((244, 210, 0.92, "#f9b9cc"), (156, 306, 1.06, "#fdf8f0"), (324, 308, 1.06, "#f9b9cc")):
        with s.moved(x, y, scale=size):
            s.path(
                "M-88 62Q-98 14 -62 -2Q-66 -40 -26 -50Q-18 -84 0 -92Q18 -84 26 -50"
                "Q66 -40 62 -2Q98 14 88 62Q40 82 0 82Q-40 82 -88 62Z",
                s.ball(body),
            )
            for y2, w in ((44, 84), (4, 58), (-36, 28)):
                s.line(f"M{-w} {y2}Q0 {y2 + 34} {w} {y2 - 8}", shade(body, 0.14), 6, alpha=0.6)
                s.line(f"M{-w * 0.8:.0f} {y2 - 9}Q{-w * 0.1:.0f} {y2 + 14} {w * 0.5:.0f} {y2 + 2}", "#ffffff", 6, alpha=0.75)


@shape(116)
def jelly_bears(s: Sheet, _ink: Ink) -> None:
    """Three jelly bears."""
    for x, y, size, body in ((150, 268, 0.82, "#f2453f"), (332, 268, 0.82, "#ffb42a"), (240, 290, 1.02, "#4fb847")):
        with s.moved(x, y, scale=size):
            for side in (-1, 1):
                s.dot(side * 36, -108, 19, s.ball(body))
                s.oval(side * 56, 4, 24, 34, s.ball(body), turn=side * 28)
                s.oval(side * 36, 86, 30, 26, s.ball(body))
            s.oval(0, 28, 60, 76, s.ball(body))
            s.oval(0, -68, 50, 46, s.ball(body))
            s.oval(0, 34, 34, 44, light(body, 0.4), alpha=0.45)
            s.oval(0, -56, 20, 15, light(body, 0.4), alpha=0.7)
            for side in (-1, 1):
                s.dot(side * 18, -76, 5.4, shade(body, 0.6))
            s.oval(0, -62, 6, 4.4, shade(body, 0.6))
            s.oval(-24, -92, 11, 6, "#ffffff", alpha=0.7, turn=-30)
            s.oval(-34, 0, 8, 18, "#ffffff", alpha=0.5, turn=16)


@shape(140, foot=388)
def cookies(s: Sheet, ink: Ink) -> None:
    """Round biscuits: oat flakes or chocolate drops."""
    chips = ink.body == "cocoa"
    for x, y, r in ((296, 200, 84), (166, 234, 88), (268, 308, 98)):
        s.dot(x + 3, y + 9, r, "#8f5320")
        d = ""
        for step in range(41):
            turn = step * 2 * 3.14159 / 40
            wave = r * (1 + 0.018 * ((step * 7) % 5 - 2))
            d += f"{'L' if step else 'M'}{x + wave * cos(turn):.0f} {y + wave * sin(turn):.0f}"
        s.path(d + "Z", s.ball("#e2a659"))
        for step in range(11 if chips else 22):
            turn, reach = step * 2.4 + x, r * 0.84 * ((step + 0.5) / (11 if chips else 22)) ** 0.5
            px, py = x + reach * cos(turn), y + reach * sin(turn)
            if chips:
                s.oval(px, py, r * 0.13, r * 0.11, s.slant("#7a4526", "#34190c"), turn=step * 40)
                s.oval(px - 3, py - 3, 3.4, 2, "#ffffff", alpha=0.4)
            else:
                s.oval(px, py, r * 0.11, r * 0.07, "#f7d9a0" if step % 3 else "#a9682a", turn=step * 57, alpha=0.9)


@shape(140, foot=384)
def wafers(s: Sheet, _ink: Ink) -> None:
    """A stack of wafers."""
    for row, (y, dx) in enumerate(((356, 0), (306, 14), (256, -8), (206, 8))):
        x = 240 + dx
        s.path(f"M{x - 150} {y - 10}L{x - 100} {y - 46}H{x + 160}L{x + 110} {y - 10}Z", s.across("#f9d99a", "#e5b25e"))
        if row == 3:
            for step in range(9):
                s.line(f"M{x - 122 + step * 29} {y - 12}l48 -32", "#c98f3a", 2.6, alpha=0.7)
            s.line(f"M{x - 134} {y - 22}H{x + 126}M{x - 116} {y - 34}H{x + 142}", "#c98f3a", 2.6, alpha=0.7)
        for layer, tone in enumerate(("#edbf6f", "#8a5230", "#f3c97c", "#8a5230", "#dba54e")):
            s.path(f"M{x - 150} {y - 10 + layer * 8}H{x + 110}V{y - 2 + layer * 8}H{x - 150}Z", tone)
            s.path(
                f"M{x + 110} {y - 10 + layer * 8}L{x + 160} {y - 46 + layer * 8}"
                f"V{y - 38 + layer * 8}L{x + 110} {y - 2 + layer * 8}Z",
                shade(tone, 0.22),
            )
        s.line(f"M{x - 146} {y - 7}H{x + 106}", "#fff0cc", 2.4, alpha=0.8)


@shape(140, foot=388)
def cake(s: Sheet, _ink: Ink) -> None:
    """A slice of honey cake in layers, crumbs on top."""
    s.oval(240, 378, 176, 28, s.slant("#ffffff", "#cfd8e0"))
    s.oval(240, 373, 150, 20, "#eef2f5")
    s.path("M96 226L330 160L394 206L160 284Z", s.across("#f3c27a", "#d9953f"))
    for layer in range(9):
        y = 284 + layer * 10.4
        tone = "#c9812f" if layer % 2 == 0 else "#fff3d6"
        height = 10.8
        s.path(f"M160 {y:.1f}L394 {y - 78:.1f}V{y - 78 + height:.1f}L160 {y + height:.1f}Z", tone)
        s.path(f"M96 {y - 58:.1f}L160 {y:.1f}V{y + height:.1f}L96 {y - 58 + height:.1f}Z", shade(tone, 0.16))
    for step in range(40):
        u, v = (step * 0.7549) % 1, (step * 0.5698) % 1
        s.dot(100 + u * 230 + v * 62, 226 - u * 66 + v * 54, 4.6, "#b06a24" if step % 3 else "#f9dca6")
    with s.moved(262, 206, scale=0.62):
        emblem(s, "strawberry", 0, -40, 120)
    s.line("M160 288L390 212", "#fff6dc", 3, alpha=0.7)


@shape(70)
def ice_cup(s: Sheet, _ink: Ink) -> None:
    """Plombir in a wafer cup."""
    s.path("M158 236Q150 160 200 138Q214 96 244 92Q276 96 284 138Q330 160 322 236Z", s.ball("#fff4dc"))
    s.path("M160 214Q200 244 236 214Q276 188 320 210Q324 224 322 240H158Q156 226 160 214Z", "#ecd7ab", alpha=0.6)
    s.line("M186 176Q216 192 246 170T300 164", "#e5cc9a", 6, alpha=0.7)
    s.oval(206, 158, 11, 22, "#ffffff", alpha=0.9, turn=26)
    s.path("M140 230H340L334 264H146Z", s.across("#f6c877", "#c9873a"))
    s.path("M150 264H330L300 396Q298 404 288 404H192Q182 404 180 396Z", s.across("#f3c06c", "#b9742c"))
    for step in range(6):
        s.line(f"M{158 + step * 32} 268L{188 + step * 21} 402", "#a9662a", 3.4, alpha=0.6)
    for y in (296, 328, 360, 388):
        inset = (y - 264) * 0.225
        s.line(f"M{150 + inset:.0f} {y}H{330 - inset:.0f}", "#a9662a", 3.4, alpha=0.6)
    s.line("M146 240H336", "#fff0cc", 5, alpha=0.7)


@shape(64)
def eskimo(s: Sheet, _ink: Ink) -> None:
    """Ice cream on a stick, chocolate-coated, one bite gone."""
    with s.moved(240, 244, turn=10):
        s.box(-15, 88, 30, 84, s.across("#f3d9a6", "#c9a066"), r=14)
        s.path("M-78 -86Q-78 -168 0 -168Q78 -168 78 -86V92Q78 112 58 112H-58Q-78 112 -78 92Z", s.tube("#7a4526"))
        s.path("M22 -166Q78 -156 78 -86V-40Q58 -34 52 -56Q30 -52 34 -78Q10 -86 26 -110Q6 -130 22 -166Z", "#fff1d0")
        s.path(
            "M22 -166Q6 -130 26 -110Q10 -86 34 -78Q30 -52 52 -56Q58 -34 78 -40V-28"
            "Q48 -20 42 -44Q18 -40 22 -70Q-6 -82 12 -110Q-8 -134 8 -168Z",
            "#5a3018",
        )
        for x, y in ((-40, -20), (10, 10), (-20, 50), (36, 60), (-50, 80), (40, 0), (-10, -60), (-44, -90)):
            s.oval(x, y, 8, 6, s.slant("#f3cf93", "#b9803f"), turn=x)
        s.path("M-58 -110Q-54 -144 -24 -152Q-44 -120 -46 60Q-58 60 -58 40Z", "#ffffff", alpha=0.3)
