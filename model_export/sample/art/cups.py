"""Paper cups, bowls and buckets: what is open at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, lettering
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


@shape(96)
def noodle_cup(s: Sheet, ink: Ink) -> None:
    """Instant noodles with the lid peeled back."""
    s.path("M140 176L170 392Q172 404 186 404H294Q308 404 310 392L340 176Z", s.tube(ink.body))
    s.oval(240, 176, 102, 27, "#f3e2b4")
    for x, y in ((180, 176), (214, 168), (250, 180), (288, 170), (230, 188), (270, 190), (200, 188)):
        s.line(f"M{x - 28} {y}q14 -14 28 0t28 0", "#d9a53a", 6)
    s.path("M142 168Q170 92 258 100Q330 110 340 172Q300 148 240 150Q180 150 142 168Z", s.slant("#ffffff", "#b9c3cc"))
    s.path("M146 212Q240 236 334 212L320 322Q240 346 160 322Z", s.tube(ink.accent))
    s.path("M176 262H304Q302 316 252 318H228Q178 316 176 262Z", s.slant("#ffffff", "#dfe5ec"))
    s.line("M186 258q12 -14 26 0t26 0t26 0t26 0", "#e08a1e", 9)
    s.line("M286 214L252 262M302 218L266 264", "#8a4a20", 6)
    s.line("M160 206L184 386", "#ffffff", 9, alpha=0.4)


def _hot(s: Sheet, x: float, y: float, rise: float = 1) -> None:
    for dx in (-34, 0, 34):
        with s.moved(x + dx, y, scale=rise):
            s.line("M0 0q-14 -16 0 -32t0 -30", "#ffffff", 9, alpha=0.7)


@shape(84)
def coffee_cup(s: Sheet, ink: Ink) -> None:
    """Coffee to go: paper cup, sleeve, lid. `body` colours the cup, `accent` the sleeve."""
    paper = {"cream": "#fff4dc", "latte": "#f6e6cc", "black": "#3a312d"}.get(ink.body, ink.body)
    s.path("M156 168L178 392Q180 404 192 404H288Q300 404 302 392L324 168Z", s.tube(paper))
    s.path("M161 222H319L308 338H172Z", s.tube(ink.accent))
    for y in (232, 328):
        s.line(f"M{163 + (y - 222) * 0.095:.0f} {y}H{317 - (y - 222) * 0.095:.0f}", light(ink.accent, 0.4), 2.5, alpha=0.4)
    s.dot(240, 280, 40, "#fffaf0")
    emblem(s, "bean", 240, 280, 60)
    lid = "#3f3530" if ink.body != "black" else "#e9e4de"
    s.path("M150 150Q150 140 160 140H320Q330 140 330 150V168Q330 176 322 176H158Q150 176 150 168Z", s.tube(lid))
    s.path("M166 140L174 108Q176 102 184 102H296Q304 102 306 108L314 140Z", s.tube(lid))
    s.oval(222, 108, 20, 4.5, shade(lid, 0.5))
    _hot(s, 240, 90, 0.62)
    s.line("M170 190L186 386", "#ffffff", 9, alpha=0.4)


@shape(84)
def tea_cup(s: Sheet, ink: Ink) -> None:
    """Tea to go, with the tag of its bag."""
    s.path("M152 168L174 392Q176 404 188 404H292Q304 404 306 392L328 168Z", s.tube(light(ink.body, 0.1)))
    s.path("M160 262Q204 232 240 256Q282 284 320 254L308 380Q306 404 292 404H188Q176 404 174 392Z", s.tube(light(ink.body, 0.55)))
    s.oval(240, 168, 90, 24, "#ffffff")
    s.oval(240, 170, 80, 19, s.slant("#d98a2c", "#a9581a"))
    s.path("M186 164Q220 154 262 160Q240 172 196 172Z", "#f2b65a", alpha=0.7)
    s.line("M300 172Q336 170 330 214", "#ffffff", 3.4)
    s.path("M312 214H350L348 258L331 270L314 258Z", s.slant("#fff6da", "#f0c96a"))
    emblem(s, "leaf", 331, 238, 30)
    emblem(s, "leaf", 236, 316, 86)
    _hot(s, 236, 142)
    s.line("M168 196L186 386", "#ffffff", 9, alpha=0.4)


@shape(118, foot=396)
def soup_cup(s: Sheet, ink: Ink) -> None:
    """A bowl of cream soup with mushrooms."""
    s.path("M118 238L156 384Q160 398 176 398H304Q320 398 324 384L362 238Z", s.tube(ink.body))
    s.path("M132 296Q240 322 348 296L336 344Q240 370 144 344Z", s.tube(ink.accent))
    s.oval(240, 236, 132, 42, s.slant("#ffffff", "#d9c7a6"))
    s.oval(240, 236, 118, 34, s.radial((0, "#f0d8ac"), (1, "#cfa76e")))
    for x, y, turn in ((196, 230, -10), (262, 246, 14), (286, 224, 20)):
        with s.moved(x, y, turn=turn, scale=0.3):
            s.path(
                "M-90 20Q-84 -70 0 -74Q84 -70 90 20Q50 34 26 30L30 78H-30L-26 30Q-50 34 -90 20Z", s.slant("#fbf3e4", "#c7a884")
            )
    for x, y in ((170, 246), (228, 222), (240, 258), (312, 240), (216, 250)):
        s.oval(x, y, 7, 3.6, "#4f9f3f", turn=x)
    _hot(s, 240, 186)
    s.line("M146 272L168 380", "#ffffff", 9, alpha=0.45)


@shape(100)
def popcorn(s: Sheet, ink: Ink) -> None:
    """A striped bucket of popcorn."""
    for x, y in (
        (150, 190),
        (196, 168),
        (244, 156),
        (292, 168),
        (334, 190),
        (172, 214),
        (220, 196),
        (268, 194),
        (312, 214),
        (240, 222),
    ):
        for dx, dy in ((-15, 3), (13, -9), (9, 13), (-6, -13)):
            s.dot(x + dx, y + dy, 19, s.radial((0, "#fffbea"), (0.6, "#fde6a6"), (1, "#e9b64c"), x=0.38, y=0.3, r=0.8))
        s.dot(x + 2, y + 2, 6, "#d99a35", alpha=0.6)
    s.path("M128 218L160 392Q162 404 176 404H304Q318 404 320 392L352 218Q240 252 128 218Z", s.tube(ink.accent))
    for left, right, low_left, low_right in (
        (142, 172, 172, 190),
        (212, 240, 216, 234),
        (276, 304, 258, 276),
        (330, 350, 298, 318),
    ):
        s.path(f"M{left} {226 + abs(240 - left) * -0.04:.0f}"
               f"L{right} {230 + abs(240 - right) * -0.04:.0f}L{low_right} 404H{low_left}Z",
               s.down(light(ink.body, 0.1), shade(ink.body, 0.12)))  # fmt: skip
    s.oval(240, 322, 50, 40, "#fff7dc")
    emblem(s, "corn", 240, 322, 62)


@shape(122)
def bucket(s: Sheet, ink: Ink) -> None:
    """Marinated meat in a plastic bucket with a handle."""
    s.line("M118 196Q130 86 240 84Q350 86 362 196", "#dfe4e8", 11)
    s.line("M118 194Q130 84 240 82Q350 84 362 194", "#ffffff", 4)
    s.path("M120 190L146 386Q148 404 166 404H314Q332 404 334 386L360 190Z", s.tube("#b5462c"))
    for x, y in ((160, 220), (204, 232), (250, 224), (298, 230), (332, 214), (166, 372), (212, 384), (262, 378), (308, 380)):
        s.oval(x, y, 24, 15, s.radial((0, "#e58a62"), (1, "#9c3a20")), turn=x * 3 % 40 - 20)
        s.oval(x - 6, y - 4, 7, 3, "#ffd9a0", alpha=0.7)
    s.path("M132 256Q240 286 348 256L336 352Q240 380 144 352Z", s.tube(ink.accent))
    emblem(s, ink.mark, 240, 312, 92)
    s.path("M108 168V188Q110 200 124 202Q240 228 356 202Q370 200 372 188V168Z", s.tube(ink.body))
    s.oval(240, 168, 132, 30, s.slant(light(ink.body, 0.4), ink.body))
    lettering(s, 240, 158, 96, "#fffdf6", height=11)


@shape(118)
def paper_cups(s: Sheet, ink: Ink) -> None:
    """A stack of paper cups and one beside it."""
    for y in (0, 20, 40, 60):
        s.path(f"M122 {110 + y}L142 {288 + y}Q182 {298 + y} 222 {288 + y}L242 {110 + y}Z", s.tube(ink.body))
        s.oval(182, 110 + y, 60, 14, s.across("#ffffff", "#dfe4e8"))
    s.path("M122 172L142 392Q144 404 156 404H208Q220 404 222 392L242 172Z", s.tube(ink.body))
    s.oval(182, 112, 50, 10, shade(ink.body, 0.3))
    s.path("M246 232L270 392Q272 404 284 404H340Q352 404 354 392L378 232Z", s.tube(ink.body))
    s.oval(312, 232, 66, 17, s.across("#ffffff", "#dfe4e8"))
    s.oval(312, 234, 57, 13, shade(ink.body, 0.36))
    for x, y in ((170, 250), (196, 300), (168, 346), (296, 290), (330, 320), (298, 360)):
        s.dot(x, y, 11, ink.accent, alpha=0.9)
