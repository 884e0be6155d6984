"""Cups, tubs, jars, tins and cans: what is round from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, gleam, lettering, on
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


@shape(88)
def cup(s: Sheet, ink: Ink) -> None:
    """A yoghurt cup under foil."""
    s.path("M142 164L170 390Q172 404 188 404H292Q308 404 310 390L338 164Z", s.tube(ink.body))
    s.path("M148 214Q240 236 332 214L318 330Q240 350 162 330Z", s.tube(ink.accent))
    emblem(s, ink.mark, 240, 284, 96)
    s.line("M172 366Q240 380 308 366", on(ink.body), 4, alpha=0.35)
    s.oval(240, 164, 106, 27, shade(ink.body, 0.26))
    s.oval(240, 157, 108, 27, s.slant("#ffffff", "#a5b0ba"))
    s.oval(240, 154, 90, 19, s.slant("#cfd7de", "#f4f7f9"))
    s.path("M330 146Q366 128 374 146Q370 166 336 166Z", s.slant("#ffffff", "#aab5bf"))
    s.line("M166 190L186 380", "#ffffff", 9, alpha=0.5)


@shape(128, foot=392)
def tub(s: Sheet, ink: Ink) -> None:
    """A low tub with a lid."""
    s.path("M112 226L138 378Q142 394 158 394H322Q338 394 342 378L368 226Z", s.tube(ink.body))
    s.path("M118 262Q240 290 362 262L346 356Q240 382 134 356Z", s.tube(ink.accent))
    if ink.mark == "dill":
        s.dot(240, 320, 42, s.radial((0, "#ffffff"), (1, light(ink.accent, 0.75))))
    emblem(s, ink.mark, 240, 318, 84)
    s.path("M100 202V222Q104 238 118 240Q240 268 362 240Q376 238 380 222V202Z", s.tube(light(ink.accent, 0.08)))
    s.oval(240, 200, 140, 36, s.slant(light(ink.accent, 0.4), shade(ink.accent, 0.04)))
    s.oval(240, 197, 116, 26, s.slant(shade(ink.accent, 0.08), light(ink.accent, 0.3)))
    lettering(s, 240, 186, 90, on(ink.accent), height=11)
    s.line("M128 262L144 368", "#ffffff", 8, alpha=0.45)


@shape(108, foot=396)
def ice_tub(s: Sheet, ink: Ink) -> None:
    """A tub of ice cream, open, with scoops."""
    for x, y, r in ((186, 198, 66), (296, 196, 66), (240, 158, 70)):
        s.dot(
            x,
            y,
            r,
            s.radial((0, light(ink.body, 0.65)), (0.5, light(ink.body, 0.25)), (1, shade(ink.body, 0.2)), x=0.36, y=0.3, r=0.8),
        )
        for dx, dy in ((-22, 10), (18, -18), (26, 20), (-6, 34), (-30, -20)):
            s.oval(x + dx, y + dy, 6, 4, "#5d8a2e", turn=dx)
        s.oval(x - r * 0.36, y - r * 0.46, r * 0.2, r * 0.12, "#ffffff", alpha=0.7, turn=-34)
    s.path("M120 226L150 384Q154 398 170 398H310Q326 398 330 384L360 226Q240 262 120 226Z", s.tube(ink.accent))
    s.path("M112 214Q112 204 122 210Q240 250 358 210Q368 204 368 214V230Q240 274 112 230Z", s.tube("white"))
    s.path("M132 290Q184 262 240 290Q296 318 348 290L336 352Q240 372 144 352Z", s.tube(ink.body))
    emblem(s, "pistachio", 240, 314, 84)
    s.line("M140 252L160 376", "#ffffff", 8, alpha=0.5)


def _jar(s: Sheet, contents: str, lid: str) -> None:
    s.path("M152 170Q132 186 132 216V376Q132 404 160 404H320Q348 404 348 376V216Q348 186 328 170Z", s.tube("#e6f2f2"), alpha=0.75)
    s.path("M140 216Q140 196 156 184H324Q340 196 340 216V374Q340 396 318 396H162Q140 396 140 374Z", s.tube(contents))
    s.box(148, 116, 184, 54, s.tube(lid), r=10)
    s.oval(240, 122, 88, 9, light(lid, 0.45), alpha=0.8)
    s.line("M150 160H330", shade(lid, 0.35), 3, alpha=0.5)


@shape(112)
def jar(s: Sheet, ink: Ink) -> None:
    """A glass jar of something sweet."""
    _jar(s, ink.body, {"honey": "amber", "crimson": "red", "cocoa": "white"}.get(ink.body, ink.accent))
    s.path("M132 236Q240 258 348 236V350Q240 372 132 350Z", s.tube("white"))
    s.path("M132 240Q240 262 348 240V248Q240 270 132 248ZM132 338Q240 360 348 338V346Q240 368 132 346Z", ink.body)
    emblem(s, ink.mark, 240, 302, 88)
    s.line("M154 204V228M154 362V382", "#ffffff", 10, alpha=0.65)


@shape(90)
def sauce_jar(s: Sheet, ink: Ink) -> None:
    """A slimmer jar: sauce, pesto, mustard."""
    with s.moved(240, 0):
        s.path("M-74 156Q-92 176 -92 212V376Q-92 404 -66 404H66Q92 404 92 376V212Q92 176 74 156Z", s.tube("#e6f2f2"), alpha=0.75)
        s.path("M-84 212Q-84 188 -68 170H68Q84 188 84 212V374Q84 396 62 396H-62Q-84 396 -84 374Z", s.tube(ink.body))
        for x, y in ((-50, 200), (-20, 216), (30, 196), (56, 214), (-40, 380), (20, 384), (50, 372)):
            s.oval(x, y, 6, 4, light(ink.body, 0.3), alpha=0.6, turn=x)
        s.box(-76, 104, 152, 54, s.tube(ink.accent if ink.accent != "cream" else "gold"), r=10)
        s.path("M-92 232Q0 252 92 232V352Q0 372 -92 352Z", s.tube("#fff7e2"))
        s.path("M-92 336Q0 356 92 336V348Q0 368 -92 348Z", shade(ink.body, 0.1))
        lettering(s, 0, 254, 92, shade(ink.body, 0.3), height=12)
        emblem(s, ink.mark, 0, 312, 62)
        s.line("M-72 196V222M-72 364V382", "#ffffff", 9, alpha=0.65)


@shape(112)
def pickle_jar(s: Sheet, _ink: Ink) -> None:
    """Cucumbers standing in brine."""
    _jar(s, "#b9c96a", "gold")
    for x, tone in ((174, "#5f8f2e"), (220, "#6fa03a"), (266, "#5a8a2c"), (308, "#6b9a36")):
        s.path(
            f"M{x - 24} 220Q{x - 22} 196 {x} 196Q{x + 22} 196 {x + 24} 220V370Q{x + 22} 390 {x} 390Q{x - 22} 390 {x - 24} 370Z",
            s.tube(tone),
        )
        for dy in (0, 24, 150):
            s.oval(x - 6, 216 + dy, 3, 4, "#d4e59a", alpha=0.8)
    s.path("M132 252Q240 272 348 252V346Q240 366 132 346Z", s.tube("white"))
    s.path("M132 332Q240 352 348 332V344Q240 364 132 344Z", "#3f8f3c")
    lettering(s, 240, 272, 110, "#2f7a34", height=16)
    s.line("M206 322Q240 304 272 322", "#6fa03a", 17)
    s.line("M150 200V236M150 360V384", "#ffffff", 10, alpha=0.6)


@shape(96)
def coffee_jar(s: Sheet, ink: Ink) -> None:
    """Instant coffee in glass."""
    s.path("M176 158Q140 180 140 220Q140 244 156 262Q140 282 140 306V378Q140 404 166 404H314Q340 404 340 378V306Q340 282 324 262"
           "Q340 244 340 220Q340 180 304 158Z", s.tube("#5a3018"))  # fmt: skip
    s.box(164, 92, 152, 68, s.tube(ink.accent), r=14)
    s.oval(240, 100, 70, 9, light(ink.accent, 0.5))
    s.path("M142 288Q240 310 338 288V372Q240 394 142 372Z", s.tube("#c8352c"))
    s.path("M142 288Q240 310 338 288V296Q240 318 142 296Z", ink.accent)
    emblem(s, ink.mark, 240, 338, 66)
    s.line("M164 200Q156 216 160 234", "#ffffff", 10, alpha=0.5)


def _tin(s: Sheet, ink: Ink, top: float, bottom: float, half: float, size: float) -> None:
    ry = half * 0.24
    left, right = 240 - half, 240 + half
    s.path(f"M{left} {top}V{bottom}Q{left} {bottom + ry * 1.25} 240 {bottom + ry * 1.25}"
           f"Q{right} {bottom + ry * 1.25} {right} {bottom}V{top}Z",
           s.tube("silver"))  # fmt: skip
    pad = 12
    s.path(f"M{left} {top + pad}Q240 {top + pad + ry * 2.2} {right} {top + pad}V{bottom - pad}"
           f"Q240 {bottom - pad + ry * 2.2} {left} {bottom - pad}Z",
           s.tube(ink.body))  # fmt: skip
    y = (top + bottom) / 2 + ry * 0.9
    s.oval(240, y, half * 0.66, (bottom - top) * 0.34, s.radial((0, light(ink.accent, 0.5)), (1, ink.accent)))
    emblem(s, ink.mark, 240, y, size)
    s.oval(240, top, half, ry, s.slant("#f6f8fa", "#9aa6b2"))
    s.oval(240, top + 1, half * 0.88, ry * 0.84, s.slant("#b9c3cd", "#eef2f5"))
    s.oval(240, top + 2, half * 0.7, ry * 0.64, s.slant("#d7dee4", "#c2ccd5"))
    s.oval(240 + half * 0.14, top + 4, half * 0.2, ry * 0.22, "#8592a0")
    s.oval(240 + half * 0.16, top + 4, half * 0.12, ry * 0.11, "#dfe5ea")
    s.line(f"M{left + half * 0.2:.0f} {top + ry + 22:.0f}V{bottom - 6:.0f}", "#ffffff", 9, alpha=0.4)


@shape(112, foot=398)
def tin(s: Sheet, ink: Ink) -> None:
    _tin(s, ink, 172, 372, 112, 100)


@shape(92, foot=392)
def tin_small(s: Sheet, ink: Ink) -> None:
    _tin(s, ink, 226, 370, 92, 72)


@shape(140, foot=392)
def tin_flat(s: Sheet, ink: Ink) -> None:
    _tin(s, ink, 252, 356, 140, 84)


@shape(140, foot=392)
def caviar(s: Sheet, _ink: Ink) -> None:
    """A tin of red caviar, open."""
    s.path("M100 274V340Q104 388 240 392Q376 388 380 340V274Z", s.tube("#2a6f5b"))
    s.path("M100 300Q240 360 380 300V330Q240 392 100 330Z", s.tube("gold"))
    s.oval(240, 272, 140, 54, s.slant("#f6e3a8", "#b98f2e"))
    s.oval(240, 270, 126, 46, "#a9230f")
    for row, (y, half, count) in enumerate(
        ((238, 60, 6), (250, 92, 8), (263, 108, 9), (277, 110, 9), (291, 92, 8), (304, 58, 6))
    ):
        for place in range(count):
            x = 240 + (place / (count - 1) * 2 - 1) * half + (row % 2) * 4
            s.dot(x, y - 4, 14, s.radial((0, "#ffc08a"), (0.35, "#ff6a2b"), (1, "#cf2a12"), x=0.36, y=0.3, r=0.8))
            s.oval(x - 4, y - 9, 3.4, 2.2, "#ffffff", alpha=0.85)


@shape(74)
def can(s: Sheet, ink: Ink) -> None:
    """A drinks can."""
    s.path("M176 118L164 144V368L180 398Q240 412 300 398L316 368V144L304 118Z", s.tube("silver"))
    s.path("M164 150Q240 166 316 150V366Q240 384 164 366Z", s.tube(ink.body))
    s.path("M164 320Q200 286 240 308Q280 332 316 296V346Q280 378 240 356Q200 334 164 366Z", s.tube(ink.accent), alpha=0.95)
    s.oval(240, 118, 64, 15, s.slant("#f6f8fa", "#9aa6b2"))
    s.oval(240, 119, 54, 11, s.slant("#aeb9c4", "#e6ebef"))
    s.oval(248, 118, 19, 5, "#7c8996")
    s.oval(250, 117, 10, 2.4, "#dfe5ea")
    lettering(s, 240, 176, 84, on(ink.body), height=13)
    s.dot(240, 262, 44, s.radial((0, "#fffdf4"), (1, light(ink.body, 0.66))))
    emblem(s, ink.mark, 240, 262, 68)
    gleam(s, 178, 168, 10, 186, alpha=0.5)
