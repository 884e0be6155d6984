"""Small things by the checkout, bags, and what is no thing."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, lettering
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


@shape(128, foot=362)
def gum(s: Sheet, ink: Ink) -> None:
    """A pack of chewing gum with two pads."""
    with s.moved(240, 258, turn=-14):
        s.path("M-150 -46H128L150 -24V52L128 58H-150Z", s.down(light(ink.body, 0.3), shade(ink.body, 0.24)))
        s.path("M128 -46L150 -24V52L128 58Z", shade(ink.body, 0.42))
        s.path("M-150 -46H-96L-104 -30L-92 -14L-104 4L-92 22L-104 40L-96 58H-150Z", s.slant("#ffffff", "#a9b4be"))
        s.path("M-84 20Q0 -10 128 14V58H-84Z", light(ink.body, 0.55), alpha=0.55)
        lettering(s, 0, -24, 120, "#fffdf6", height=22)
        emblem(s, "mint", 96, 14, 76)
    for x, y, turn in ((150, 344, -10), (216, 362, 14)):
        with s.moved(x, y, turn=turn):
            s.box(-32, -17, 64, 34, s.slant("#ffffff", "#cfd9e2"), r=12)
            s.box(-25, -12, 40, 9, "#ffffff", r=4)


@shape(92, foot=392)
def mints(s: Sheet, ink: Ink) -> None:
    """A tin of mints with its lid flipped open."""
    s.path("M136 190Q140 96 240 92Q340 96 344 190Z", s.slant(light(ink.body, 0.45), shade(ink.body, 0.14)))
    s.path("M158 186Q162 116 240 112Q318 116 322 186Z", s.down("#d6dde3", "#f5f7f9"))
    for x, y in ((182, 210), (224, 200), (268, 204), (304, 212), (202, 226), (246, 224), (286, 228)):
        s.oval(x, y, 25, 13, s.slant("#ffffff", "#cfe4dd"))
        s.oval(x, y - 1, 11, 5, "#dff0ea")
    s.path("M128 216Q240 252 352 216V340Q350 388 240 392Q130 388 128 340Z", s.tube(ink.body))
    s.path("M124 206Q240 246 356 206V226Q240 266 124 226Z", s.tube("silver"))
    emblem(s, "mint", 240, 326, 100)
    s.line("M150 258V338", "#ffffff", 9, alpha=0.5)


@shape(122)
def batteries(s: Sheet, ink: Ink) -> None:
    """Four batteries."""
    for x in (126, 202, 278, 354):
        s.box(x - 13, 124, 26, 22, s.tube("silver"), r=5)
        s.path(f"M{x - 34} 150Q{x - 34} 142 {x - 26} 142H{x + 26}Q{x + 34} 142 {x + 34} 150V220H{x - 34}Z", s.tube(ink.body))
        s.path(f"M{x - 34} 220H{x + 34}V394Q{x + 34} 404 {x + 24} 404H{x - 24}Q{x - 34} 404 {x - 34} 394Z", s.tube(ink.accent))
        s.line(f"M{x - 34} 220H{x + 34}", light(ink.body, 0.4), 4)
        s.line(f"M{x - 11} 182H{x + 11}M{x} 171V193", "#fffdf6", 7)
        s.path(f"M{x + 8} 252L{x - 16} 318H{x - 2}L{x - 10} 366L{x + 18} 298H{x + 3}Z", s.down("#ffe27a", "#f2a51e"))


@shape(56)
def lighter(s: Sheet, ink: Ink) -> None:
    """A lighter with its flame."""
    s.dot(214, 84, 74, s.glow("#ffe27a", 0.7))
    with s.moved(214, 92, scale=0.72):
        emblem(s, "flame", 0, 0, 100)
    s.path("M186 136H262Q276 136 276 150V190H186Z", s.tube("silver"))
    s.dot(216, 150, 7, "#5c6773")
    s.path("M258 132Q286 124 294 150L296 172H262Z", s.tube(shade(ink.body, 0.3)))
    s.dot(250, 146, 20, s.radial((0, "#e4e9ee"), (1, "#76828f")))
    s.line("M240 138L260 154M238 148L256 160M246 132L262 146", "#5c6773", 3)
    s.path("M182 186H298Q304 186 304 194V384Q304 404 284 404H196Q176 404 176 384V194Q176 186 182 186Z", s.tube(ink.body))
    s.path("M190 262H290V382Q290 392 280 392H200Q190 392 190 382Z", light(ink.body, 0.45), alpha=0.4)
    s.line("M194 206V374", "#ffffff", 8, alpha=0.5)


@shape(110)
def carrier_bag(s: Sheet, ink: Ink) -> None:
    """A plastic carrier bag with its two handles."""
    s.path("M132 92Q156 84 168 104Q172 176 204 186H276Q308 176 312 104Q324 84 348 92Q352 200 362 392Q362 404 348 404H132"
           "Q118 404 118 392Q128 200 132 92Z", s.tube(ink.body))  # fmt: skip
    s.path("M168 104Q172 176 204 186H276Q308 176 312 104L300 100Q296 160 268 166H212Q184 160 180 100Z", shade(ink.body, 0.42))
    s.line(
        "M150 120Q150 200 138 300M330 120Q330 200 342 300M206 190Q196 240 200 280M276 190Q286 240 280 280",
        shade(ink.body, 0.35),
        4,
        alpha=0.45,
    )
    s.dot(240, 306, 64, s.radial((0, "#ffffff"), (1, light(ink.body, 0.7))))
    emblem(s, ink.mark, 240, 306, 92)
    s.line("M140 220Q134 300 132 384", "#ffffff", 9, alpha=0.4)


@shape(112)
def paper_carrier(s: Sheet, _ink: Ink) -> None:
    """A brown paper bag with twisted handles."""
    s.line("M206 152Q206 66 252 66Q298 66 298 140", "#8a6238", 9)
    s.path("M302 148L356 130V386L302 404Z", s.across("#a9793f", "#8f6230"))
    s.path("M302 148L328 260L356 130Z", "#7d5226", alpha=0.35)
    s.path("M134 148H302V404H134Z", s.slant("#dfb982", "#bf8f55"))
    s.path("M134 148L188 130H356L302 148Z", "#7d5226")
    s.line("M176 156Q176 74 222 74Q268 74 268 156", "#a67a48", 10)
    s.line("M176 156Q176 74 222 74Q268 74 268 156", "#d1a870", 4)
    emblem(s, "leaf", 218, 282, 104)
    s.line("M144 160V394", "#ffffff", 5, alpha=0.35)


@shape(136, foot=388)
def delivery(s: Sheet, ink: Ink) -> None:
    """A van that brings the shopping home."""
    s.path("M66 190Q66 174 82 174H282V356H66Z", s.slant(light(ink.body, 0.3), shade(ink.body, 0.16)))
    s.path("M282 214H350Q366 214 376 232L404 280Q414 288 414 304V356H282Z", s.slant("#ffffff", "#c6d0d9"))
    s.path("M300 230H346Q354 230 360 240L380 278H300Z", s.slant("#bfe6fb", "#5fa8d8"))
    s.path("M308 236H326L316 272H308Z", "#ffffff", alpha=0.6)
    s.box(60, 342, 358, 18, shade(ink.body, 0.45), r=8)
    s.oval(404, 318, 9, 13, "#ffe27a")
    for x in (138, 340):
        s.dot(x, 358, 38, "#2b3038")
        s.dot(x, 358, 20, s.slant("#eef2f5", "#9aa6b2"))
        s.dot(x, 358, 7, "#5c6773")
    s.path("M130 226H218L208 300Q206 308 196 308H152Q142 308 140 300Z", s.slant("#fff3d6", "#e6c690"))
    s.line("M152 240Q152 204 174 204Q196 204 196 240", "#b98a4a", 7)
    emblem(s, "heart", 174, 270, 46)


@shape(128, foot=384)
def toy_car(s: Sheet, ink: Ink) -> None:
    """A toy car."""
    s.path("M148 262Q164 186 214 182H272Q318 186 350 262Z", s.slant(light(ink.body, 0.2), shade(ink.body, 0.14)))
    s.path("M172 256Q182 204 220 200H236V256Z", s.slant("#d6f0ff", "#6cbdf0"))
    s.path("M250 200H268Q300 204 322 256H250Z", s.slant("#d6f0ff", "#6cbdf0"))
    s.path(
        "M70 318Q66 258 116 258H362Q414 262 414 318Q414 348 396 348H88Q70 348 70 318Z",
        s.down(light(ink.body, 0.25), shade(ink.body, 0.24)),
    )
    s.path("M70 306H414V324H70Z", "#ffffff", alpha=0.75)
    s.oval(396, 288, 15, 13, "#ffe27a")
    s.oval(82, 288, 10, 12, "#ff9a5a")
    for x in (144, 334):
        s.dot(x, 344, 48, "#2b3038")
        s.dot(x, 344, 28, s.slant("#fff0a8", "#f2b21e"))
        s.dot(x, 344, 10, "#d98a12")
        s.oval(x - 24, 322, 12, 6, "#ffffff", alpha=0.25, turn=-40)
    s.line("M92 282Q98 270 120 270H210", "#ffffff", 7, alpha=0.5)


@shape(92)
def toy_egg(s: Sheet, ink: Ink) -> None:
    """A chocolate egg in foil with a toy inside: half its wrapper is open."""
    s.path("M240 96Q350 166 350 282Q350 404 240 404Q130 404 130 282Q130 166 240 96Z", s.ball(ink.body))
    s.path("M131 270Q240 320 349 270Q352 300 346 320Q240 370 134 320Q128 300 131 270Z", s.tube("white"))
    s.path("M240 96Q284 126 312 168L286 178L268 162L246 180L222 160L198 180L168 168Q196 126 240 96Z", s.ball("#7a4526"))
    s.path(
        "M168 168L198 180L222 160L246 180L268 162L286 178L312 168L318 184L290 196L268 180L246 198L222 178L196 198L160 184Z",
        "#ffffff",
        alpha=0.9,
    )
    emblem(s, "star", 240, 312, 62)
    s.dot(180, 240, 10, "#ffd93b")
    s.dot(300, 238, 10, "#6cbdf0")
    s.dot(240, 226, 10, "#8fd25c")
    s.dot(206, 372, 9, "#ffd93b")
    s.dot(276, 372, 9, "#6cbdf0")
    s.oval(172, 214, 12, 30, "#ffffff", alpha=0.55, turn=24)


def _petals(x: float, y: float, reach: float, count: int, phase: float) -> str:
    """A ring of petals as one path: out to a rounded tip and back to the middle."""
    d = f"M{x:.0f} {y:.0f}"
    for step in range(count):
        turn = (step + phase) * 2 * pi / count
        left, right, width = turn - pi / count, turn + pi / count, reach * 1.08
        d += (
            f"Q{x + width * cos(left):.0f} {y + width * sin(left):.0f} {x + reach * cos(turn):.0f} {y + reach * sin(turn):.0f}"
            f"Q{x + width * cos(right):.0f} {y + width * sin(right):.0f} {x:.0f} {y:.0f}"
        )
    return d


@shape(76)
def bouquet(s: Sheet, ink: Ink) -> None:
    """Chrysanthemums in paper."""
    for x, y, turn in ((150, 236, -50), (330, 236, 50), (190, 250, -30), (292, 250, 30)):
        with s.moved(x, y, turn=turn):
            s.path("M-20 30Q-30 -10 0 -50Q30 -10 20 30Z", s.down("#77c653", "#2f8a44"))
    for x, y, r, tone in ((176, 152, 50, ink.body), (300, 148, 50, "#fff3e2"), (240, 118, 52, "#ffd84a"),
        (146, 216, 46, "#fff3e2"),
                          (334, 214, 46, ink.body), (206, 214, 50, "#ffd84a"), (276, 214, 50, ink.body)):  # fmt: skip
        for ring, count in ((1.0, 14), (0.72, 11), (0.44, 7)):
            s.path(_petals(x, y, r * ring, count, ring), shade(tone, 0.16 * ring))
        s.dot(x, y, r * 0.2, light(tone, 0.4))
    s.path("M112 236Q176 296 240 270Q304 296 368 236L272 392Q240 412 208 392Z", s.slant("#fbe3ea", "#e79bb4"))
    s.path("M112 236Q190 290 250 404Q226 406 208 392Z", s.slant("#ffffff", "#f3c1d0"))
    s.path("M210 340Q240 352 272 338L278 362Q240 378 202 362Z", "#c8355c")
