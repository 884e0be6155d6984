"""Bags, pouches and wrappers: everything soft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, lettering, on
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _creases(s: Sheet, body: str) -> None:
    """The soft shine and shade of film over something loose."""
    s.path("M158 150Q172 250 156 380Q150 260 148 170Z", "#ffffff", alpha=0.55)
    s.path("M322 150Q306 260 326 384Q336 260 334 170Z", shade(body, 0.5), alpha=0.28)
    s.line("M162 124Q168 146 160 172M318 124Q312 148 320 174", shade(body, 0.4), 3, alpha=0.4)
    s.line("M184 392Q188 374 182 356M296 392Q292 372 300 352", shade(body, 0.4), 3, alpha=0.35)


def _teeth(x: float, to: float, y: float, up: float, count: int = 16) -> str:
    step = (to - x) / count
    return f"M{x:g} {y:g}" + f"l{step / 2:.2f} {-up:g}l{step / 2:.2f} {up:g}" * count


def _film(s: Sheet, body: str) -> None:
    """A pillow bag with sealed and notched ends."""
    s.path(
        _teeth(150, 330, 96, 7) + "V120Q348 160 344 250Q342 340 332 384V404" + "H148V384Q138 340 136 250Q132 160 150 120Z",
        s.tube(body),
    )
    s.path(_teeth(150, 330, 96, 7) + "V120H150Z", s.across(light(body, 0.3), shade(body, 0.24)))
    s.path("M148 386H332V404" + "l-5.75 6l-5.75 -6" * 16 + "Z", s.across(light(body, 0.25), shade(body, 0.28)))
    for y in (102, 109, 116, 392, 399):
        s.line(f"M152 {y}H328", shade(body, 0.4), 1.6, alpha=0.35)


@shape(108)
def crisps(s: Sheet, ink: Ink) -> None:
    """A bag of crisps."""
    _film(s, ink.body)
    s.path("M137 214Q240 170 343 214Q346 300 337 352Q240 392 143 352Q134 300 137 214Z", s.tube(ink.accent))
    lettering(s, 240, 138, 128, on(ink.body), height=21)
    for x, y, turn, size in ((196, 312, -24, 0.9), (286, 306, 22, 0.95), (236, 254, -6, 1.05)):
        with s.moved(x, y, turn=turn, scale=size):
            s.path("M-58 4Q-50 -34 0 -38Q52 -34 58 2Q44 34 -2 36Q-48 32 -58 4Z", s.slant("#ffe9a3", "#eeb23c"))
            s.path("M-46 2Q-20 -22 10 -12Q36 -6 48 4Q30 16 6 6Q-22 -2 -46 2Z", "#d9932a", alpha=0.4)
            for dx, dy in ((-20, -18), (22, -16), (-8, 20), (26, 16), (4, -28)):
                s.dot(dx, dy, 2.6, "#b3742a" if ink.body == "red" else "#4f9f3f")
    if ink.body == "green":
        emblem(s, "splash", 304, 356, 52)
    _creases(s, ink.body)


@shape(108)
def croutons(s: Sheet, ink: Ink) -> None:
    """A bag of rye croutons."""
    _film(s, ink.body)
    s.path("M137 214Q240 176 343 214Q346 300 337 352Q240 388 143 352Q134 300 137 214Z", s.tube(ink.accent))
    lettering(s, 240, 138, 128, on(ink.body), height=21)
    for x, y, turn in ((180, 300, -30), (226, 256, 40), (284, 262, -16), (250, 316, 12), (302, 320, 50), (200, 344, -60)):
        with s.moved(x, y, turn=turn):
            s.box(-36, -14, 72, 28, s.slant("#b5763a", "#6b3a18"), r=8)
            s.box(-36, -14, 72, 12, "#d9a05a", r=6, alpha=0.7)
            for dx in (-20, 0, 18):
                s.dot(dx, 3, 2.6, "#4a2812", alpha=0.6)
    _creases(s, ink.body)


@shape(108)
def frozen(s: Sheet, ink: Ink) -> None:
    """A bag from the freezer: frost at the foot, a white field with the emblem."""
    _film(s, ink.body)
    s.path("M137 220Q190 190 240 206Q292 222 343 196Q347 300 336 366Q240 396 142 366Q133 300 137 220Z", s.tube(ink.accent))
    lettering(s, 240, 138, 132, on(ink.body), height=21)
    emblem(s, ink.mark, 240, 292, 146)
    for x, y, size in ((168, 366, 1), (314, 356, 0.8), (316, 234, 0.6)):
        with s.moved(x, y, scale=size):
            for turn in (0, 60, 120):
                with s.moved(0, 0, turn=turn):
                    s.line("M0 -16V16M-5 -12L0 -7L5 -12M-5 12L0 7L5 12", "#9fd3f5", 3.6)
    _creases(s, ink.body)


@shape(104)
def pouch(s: Sheet, ink: Ink) -> None:
    """A stand-up pouch with a zip: nuts, treats, grated cheese."""
    s.path("M148 104H332L338 360Q336 404 312 404H168Q144 404 142 360Z", s.tube(ink.body))
    s.path("M148 104H332L333 140H147Z", s.across(light(ink.body, 0.35), shade(ink.body, 0.2)))
    s.line("M147 140H333M147 148H333", shade(ink.body, 0.45), 2, alpha=0.45)
    s.path("M142 104L148 112L142 120ZM338 104L332 112L338 120Z", light(ink.body, 0.5))
    s.path("M142 366Q240 412 338 366Q334 404 312 404H168Q146 404 142 366Z", shade(ink.body, 0.3), alpha=0.45)
    lettering(s, 240, 164, 116, on(ink.body), height=18)
    s.oval(240, 292, 76, 80, s.radial((0, light(ink.accent, 0.6)), (1, ink.accent)))
    s.oval(240, 340, 46, 9, shade(ink.accent, 0.5), alpha=0.3)
    emblem(s, ink.mark, 240, 288, 112)
    s.path("M156 152L152 356Q160 300 166 152Z", "#ffffff", alpha=0.5)


@shape(104)
def grain_bag(s: Sheet, ink: Ink) -> None:
    """A block-bottomed bag of groats with a window."""
    s.path("M146 132L152 96H328L334 132Q350 270 338 392Q337 404 324 404H156Q143 404 142 392Q130 270 146 132Z", s.tube(ink.body))
    s.path("M146 132L152 96H328L334 132Z", s.across(light(ink.body, 0.35), shade(ink.body, 0.2)))
    s.line("M148 118H332M146 132H334", shade(ink.body, 0.4), 2.4, alpha=0.5)
    lettering(s, 240, 154, 126, on(ink.body), height=20)
    grain = "#9a6238" if ink.body == "brown" else "#f6f1e2"
    s.path(
        "M178 220H302Q312 220 312 230V354Q312 364 302 364H178Q168 364 168 354V230Q168 220 178 220Z",
        s.slant(light(grain, 0.1), shade(grain, 0.12)),
    )
    for row in range(9):
        for column in range(9):
            x, y = 178 + column * 15.5 + (row % 2) * 6, 232 + row * 15
            if x < 306:
                s.oval(
                    x,
                    y,
                    6.4,
                    4,
                    light(grain, 0.3) if (row * 5 + column * 3) % 4 else shade(grain, 0.3),
                    turn=(row * 37 + column * 53) % 180,
                )
    emblem(s, ink.mark, 300, 356, 74)
    s.path("M156 140Q144 270 152 390Q160 270 168 140Z", "#ffffff", alpha=0.4)


@shape(104)
def pasta_pack(s: Sheet, ink: Ink) -> None:
    """Penne in film."""
    _film(s, ink.body)
    for x, y, turn in ((190, 330, -40), (222, 356, 20), (262, 344, -24), (290, 330, 42), (200, 290, 60),
        (238, 304, -8), (282, 288, -58),
                       (214, 252, -28), (262, 252, 34), (186, 246, 64), (296, 244, -64), (240, 364, 76)):  # fmt: skip
        with s.moved(x, y, turn=turn):
            s.path("M-40 -12L34 -14L44 12L-30 14Z", s.down("#fff0b0", "#dfa53a"))
            s.line("M-32 -4L36 -6M-28 5L38 4", "#c98a24", 2, alpha=0.6)
            s.oval(-35, 1, 5, 13, "#b9791c", turn=-12)
    s.path("M137 150H343V220Q240 250 137 220Z", s.tube(ink.accent))
    lettering(s, 240, 170, 124, on(ink.accent), height=20)
    _creases(s, ink.body)


@shape(74)
def spaghetti(s: Sheet, ink: Ink) -> None:
    """A long pack of spaghetti."""
    s.path("M180 84H300L306 112V384L300 404H180L174 384V112Z", s.tube("#f4cd62"))
    for x in range(184, 302, 9):
        s.line(f"M{x} 118V380", "#c9912a", 2.2, alpha=0.5)
    s.path("M180 84H300L306 112H174ZM174 384H306L300 404H180Z", s.across("#fff6d6", "#d9b45a"))
    s.path("M174 150H306V300H174Z", s.tube(ink.accent))
    s.path("M174 142H306V152H174ZM174 298H306V308H174Z", "#e0352f")
    lettering(s, 240, 168, 92, "#fffdf6", height=17)
    s.oval(240, 258, 48, 26, "#fffdf6")
    s.line("M202 256q12 -20 24 -2t24 -2t24 2M206 266q14 12 26 0t26 0t18 -4M214 246q16 -12 28 0t24 -2", "#efae2e", 6)
    s.dot(254, 246, 7, "#e0352f")
    s.line("M186 118V380", "#ffffff", 7, alpha=0.6)


@shape(100)
def coffee_bag(s: Sheet, ink: Ink) -> None:
    """Coffee in a side-gusset bag, rolled at the top."""
    s.path("M150 138L144 392Q144 404 156 404H324Q336 404 336 392L330 138Z", s.tube(ink.body))
    s.path("M146 96Q146 86 156 86H324Q334 86 334 96V138H146Z", s.tube(shade(ink.body, 0.1)))
    s.line("M146 112H334M146 126H334", light(ink.body, 0.4), 2, alpha=0.4)
    s.path("M132 106H152V122H132ZM328 106H348V122H328Z", "gold")
    s.dot(240, 166, 10, shade(ink.body, 0.4))
    s.dot(240, 166, 5, shade(ink.body, 0.6))
    s.box(170, 196, 140, 166, s.down(light(ink.accent, 0.4), ink.accent), r=10)
    lettering(s, 240, 214, 92, shade(ink.body, 0.2), height=14)
    emblem(s, ink.mark, 240, 304, 92)
    s.path("M160 146L156 392Q166 280 172 146Z", "#ffffff", alpha=0.35)


@shape(84)
def pet_pouch(s: Sheet, ink: Ink) -> None:
    """A portion of wet food for a cat."""
    s.path("M164 122H316L322 372Q320 400 302 404H178Q160 400 158 372Z", s.tube(ink.body))
    s.path("M164 122H316V146H163Z", s.across(light(ink.body, 0.35), shade(ink.body, 0.2)))
    s.path("M158 122L166 130L158 138Z", light(ink.body, 0.5))
    lettering(s, 240, 162, 96, on(ink.body), height=15)
    s.dot(240, 258, 62, s.radial((0, "#ffffff"), (1, light(ink.body, 0.7))))
    emblem(s, ink.mark, 240, 260, 96)
    s.path("M158 344Q240 312 322 344L322 372Q320 400 302 404H178Q160 400 158 372Z", light(ink.body, 0.35), alpha=0.8)
    emblem(s, "fish" if ink.body == "teal" else "chicken_leg", 240, 366, 58)
    s.path("M172 152L168 360Q178 280 182 152Z", "#ffffff", alpha=0.5)


@shape(112)
def pet_bag(s: Sheet, ink: Ink) -> None:
    """A large bag: dry food, litter."""
    s.path("M136 106H344L352 380Q350 404 330 404H150Q130 404 128 380Z", s.tube(ink.body))
    s.path("M136 106H344L345 134H135Z", s.across(light(ink.body, 0.4), shade(ink.body, 0.2)))
    s.line("M136 122H344", shade(ink.body, 0.4), 4, alpha=0.5)
    s.path("M130 330Q240 284 350 330L352 380Q350 404 330 404H150Q130 404 128 380Z", s.tube(light(ink.accent, 0.1)))
    lettering(s, 240, 156, 130, on(ink.body), height=21)
    s.dot(
        240,
        272,
        76,
        s.radial((0, light(ink.body, 0.85)), (1, light(ink.body, 0.4))) if ink.mark != "paw" else shade(ink.body, 0.25),
    )
    emblem(s, ink.mark, 240, 276, 118)
    if ink.mark == "cat":
        for x, y in ((172, 376), (206, 386), (240, 380), (274, 388), (308, 376), (224, 364), (258, 366)):
            s.dot(x, y, 10, s.ball("#b9793a"))
    s.path("M148 140L142 380Q154 280 162 140Z", "#ffffff", alpha=0.45)


@shape(84)
def spout_pouch(s: Sheet, ink: Ink) -> None:
    """Fruit purée with a spout."""
    s.box(218, 86, 44, 40, s.tube("#ff8a3c"), r=9)
    s.box(228, 120, 24, 26, s.tube("white"))
    s.path("M176 142Q240 130 304 142L330 364Q330 404 300 404H180Q150 404 150 364Z", s.tube(ink.body))
    s.line("M178 154Q240 144 302 154", shade(ink.body, 0.3), 3, alpha=0.5)
    lettering(s, 240, 174, 90, on(ink.body), height=14)
    s.oval(240, 292, 66, 72, s.radial((0, "#ffffff"), (1, light(ink.accent, 0.3))))
    emblem(s, ink.mark, 240, 292, 106)
    s.path("M184 160L166 366Q182 280 196 160Z", "#ffffff", alpha=0.5)


@shape(88)
def doypack(s: Sheet, ink: Ink) -> None:
    """Mayonnaise in a soft pack with a spout on the side."""
    s.box(284, 88, 46, 40, s.tube(ink.accent), r=9)
    s.path(
        "M170 112H262L286 128H328L334 160L338 370Q336 404 310 404H172Q146 404 144 370L150 128Q152 112 170 112Z", s.tube("#fff4cf")
    )
    s.path("M147 220Q240 180 336 226L338 370Q336 404 310 404H172Q146 404 144 370Z", s.tube(ink.accent))
    s.path("M147 228Q240 188 336 234V246Q240 200 146 240Z", "#ffffff", alpha=0.6)
    lettering(s, 226, 146, 108, ink.accent, height=19)
    s.oval(240, 310, 66, 62, s.radial((0, "#ffffff"), (1, light(ink.accent, 0.72))))
    emblem(s, ink.mark, 240, 310, 96)
    s.path("M160 132L154 372Q168 280 172 132Z", "#ffffff", alpha=0.5)


@shape(74)
def sachet(s: Sheet, ink: Ink) -> None:
    """A small sachet of spice."""
    s.path(_teeth(166, 314, 116, 6, 14) + "V404" + "l-5.3 -6l-5.3 6" * 14 + "Z", s.tube(ink.body))
    s.line("M168 128H312M168 390H312", shade(ink.body, 0.4), 2.4, alpha=0.5)
    lettering(s, 240, 150, 98, on(ink.body), height=16)
    s.oval(240, 286, 62, 76, s.radial((0, light(ink.accent, 0.7)), (1, ink.accent)))
    emblem(s, ink.mark, 240, 286, 96)
    s.path("M176 128V390Q186 260 186 128Z", "#ffffff", alpha=0.45)
