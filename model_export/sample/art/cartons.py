"""Cartons, boxes and paper bags: everything with edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, gleam, lettering, on
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def block(s: Sheet, x: float, y: float, w: float, h: float, dx: float, dy: float, body: str) -> None:
    """A box seen from its front with its right side and top in sight; (dx, dy) is the depth."""
    s.path(f"M{x} {y}H{x + w}V{y + h}H{x}Z", s.slant(light(body, 0.16), shade(body, 0.06)))
    s.path(f"M{x + w} {y}l{dx} {-dy}v{h - dy * 0.1}l{-dx} {dy * 1.1}Z", s.across(shade(body, 0.2), shade(body, 0.36)))
    s.path(f"M{x} {y}l{dx} {-dy}h{w}l{-dx} {dy}Z", s.across(light(body, 0.42), light(body, 0.2)))


def _cap(s: Sheet, x: float, y: float, tone: str, size: float = 1) -> None:
    with s.moved(x, y, scale=size):
        s.oval(0, 2, 31, 11, shade(tone, 0.5), alpha=0.35)
        s.path("M-26 -24V-2A26 9 0 0 0 26 -2V-24Z", s.tube(tone))
        s.oval(0, -24, 26, 9, s.across(light(tone, 0.5), light(tone, 0.1)))
        for dx in (-17, -6, 6, 17):
            s.line(f"M{dx} -13V{4 - abs(dx) * 0.14:.1f}", shade(tone, 0.4), 2, alpha=0.45)


@shape(122, middle=246)
def carton(s: Sheet, ink: Ink) -> None:
    """A gable-top carton: coloured roof and wave, a light front with the emblem."""
    body, front = ink.body, ink.accent
    s.path("M140 190H290V404H140Z", s.across(light(front, 0.5), shade(front, 0.07)))
    s.path("M290 190L345 176V388L290 404Z", s.across(shade(front, 0.12), shade(front, 0.26)))
    s.path("M140 330Q178 298 216 322Q256 346 290 310V404H140Z", s.across(light(body, 0.12), shade(body, 0.08)))
    s.path("M290 310Q318 284 345 300V388L290 404Z", s.across(shade(body, 0.2), shade(body, 0.34)))
    s.path("M140 338Q178 306 216 330Q256 354 290 318V326Q256 362 216 338Q178 314 140 346Z", "#ffffff", alpha=0.5)
    s.path("M140 190L167 121H317L290 190Z", s.slant(light(body, 0.3), shade(body, 0.05)))
    s.path("M290 190L345 176L317 121Z", s.across(shade(body, 0.3), shade(body, 0.42)))
    s.path("M140 190H290L289 200H140Z", shade(body, 0.12))
    s.path("M290 190L345 176V186L289 200Z", shade(body, 0.4))
    s.path("M167 90Q167 86 171 86H313Q317 86 317 90V121H167Z", s.down(light(body, 0.36), shade(body, 0.1)))
    s.line("M167 108H317", shade(body, 0.3), 2.5, alpha=0.5)
    _cap(s, 232, 164, light(front, 0.2) if front != "white" else light(body, 0.55), 0.86)
    emblem(s, ink.mark, 215, 264, 108)
    s.path("M146 206H156V322Q150 326 146 330Z", "#ffffff", alpha=0.6)


@shape(112, middle=244)
def brick(s: Sheet, ink: Ink) -> None:
    """A one-litre brick with a screw cap."""
    body, accent = ink.body, ink.accent
    block(s, 146, 142, 148, 262, 48, 14, body)
    s.path("M146 300Q188 262 226 290Q262 316 294 284V404H146Z", s.across(light(accent, 0.1), shade(accent, 0.05)))
    s.path("M294 284Q316 262 342 276V388L294 404Z", s.across(shade(accent, 0.16), shade(accent, 0.28)))
    _cap(s, 238, 138, accent if accent != "white" else light(body, 0.6), 0.9)
    lettering(s, 220, 168, 96, on(body), height=16)
    emblem(s, ink.mark, 220, 284, 124)
    gleam(s, 152, 154, 7, 130)


def _juice(s: Sheet, ink: Ink) -> None:
    body, accent = ink.body, ink.accent
    s.path("M146 168H292V404H146Z", s.across(light(accent, 0.4), shade(accent, 0.06)))
    s.path("M292 168L342 132V386L292 404Z", s.across(shade(accent, 0.16), shade(accent, 0.28)))
    s.path("M146 168L196 132H342L292 168Z", s.across(light(body, 0.5), light(body, 0.25)))
    s.path("M146 168H292V232Q252 256 219 236Q184 214 146 240Z", s.across(light(body, 0.2), shade(body, 0.04)))
    s.path("M292 168L342 132V206Q316 220 292 232Z", s.across(shade(body, 0.18), shade(body, 0.32)))
    s.path("M146 366Q184 344 219 360Q256 378 292 352V404H146Z", s.across(light(body, 0.1), shade(body, 0.1)))
    s.path("M292 352Q318 336 342 342V386L292 404Z", s.across(shade(body, 0.2), shade(body, 0.34)))
    lettering(s, 219, 184, 100, on(body), height=15)
    gleam(s, 153, 182, 7, 150)


@shape(112, middle=244)
def juice(s: Sheet, ink: Ink) -> None:
    _juice(s, ink)
    _cap(s, 252, 150, ink.body, 0.86)
    emblem(s, ink.mark, 217, 300, 128)


@shape(84, middle=242)
def juice_small(s: Sheet, ink: Ink) -> None:
    """A child's carton with its straw."""
    with s.moved(66, 110, scale=0.73):
        s.line("M262 150L288 44L330 32", "#ffffff", 17)
        s.line("M262 150L288 44L330 32", light(ink.body, 0.2), 17, alpha=0.35)
        s.line("M258 146L283 44", "#ffffff", 5, alpha=0.9)
        _juice(s, ink)
        emblem(s, ink.mark, 217, 300, 128)


@shape(122, middle=250)
def box(s: Sheet, ink: Ink) -> None:
    """A carton of flakes or the like: a panel with the emblem under lettering."""
    block(s, 132, 116, 184, 288, 52, 16, ink.body)
    s.path("M132 250Q224 190 316 250V404H132Z", s.down(light(ink.accent, 0.35), ink.accent))
    s.path("M316 250Q344 224 368 230V388L316 404Z", s.across(shade(ink.accent, 0.16), shade(ink.accent, 0.28)))
    lettering(s, 224, 144, 124, on(ink.body), height=20)
    s.oval(224, 366, 70, 12, shade(ink.accent, 0.45), alpha=0.3)
    emblem(s, ink.mark, 224, 304, 138)
    gleam(s, 140, 128, 7, 120)


@shape(130, middle=250)
def tea_box(s: Sheet, ink: Ink) -> None:
    """A tea carton with a golden frame and a tag hanging out."""
    block(s, 108, 196, 212, 208, 62, 22, ink.body)
    s.box(124, 212, 180, 176, ink.accent, r=10)
    s.box(130, 218, 168, 164, s.down(light(ink.body, 0.12), shade(ink.body, 0.12)), r=7)
    lettering(s, 214, 232, 92, light(ink.accent, 0.3), height=14)
    s.dot(214, 322, 52, s.radial((0, "#fffdf4"), (1, light(ink.accent, 0.45))))
    emblem(s, ink.mark, 214, 322, 74)
    s.line("M330 184Q366 190 372 226", "#ffffff", 3)
    s.path("M358 224L386 226L384 264L371 274L356 262Z", s.slant("#ffffff", light(ink.body, 0.72)))
    s.dot(371, 236, 3.5, shade(ink.body, 0.3))
    s.path("M364 246L378 247L377 259L371 263L363 258Z", ink.body)
    gleam(s, 114, 208, 6, 120)


@shape(126, middle=246)
def powder_box(s: Sheet, ink: Ink) -> None:
    """Washing powder: a broad box with a handle and a burst."""
    s.line("M196 150Q240 62 290 138", shade(ink.accent, 0.1), 15)
    s.line("M194 150Q238 66 288 138", light(ink.accent, 0.4), 5)
    block(s, 122, 160, 196, 244, 56, 18, ink.body)
    s.path("M122 312Q200 268 318 318V404H122Z", s.across(light(ink.accent, 0.2), shade(ink.accent, 0.05)))
    s.path("M318 318Q346 296 374 300V386L318 404Z", s.across(shade(ink.accent, 0.2), shade(ink.accent, 0.32)))
    lettering(s, 220, 184, 132, on(ink.body), height=22)
    s.dot(220, 308, 62, s.radial((0, "#ffffff"), (0.7, light(ink.body, 0.7)), (1, light(ink.body, 0.35))))
    emblem(s, ink.mark, 220, 308, 96)
    gleam(s, 130, 172, 7, 120)


@shape(112)
def paper_bag(s: Sheet, ink: Ink) -> None:
    """Flour or sugar: a paper bag with a folded top."""
    body = ink.body
    s.path("M136 150Q132 280 140 396Q144 404 154 404H326Q336 404 340 396Q348 280 344 150Z", s.tube(body))
    s.path("M136 150L150 112H330L344 150Z", s.down(light(body, 0.3), shade(body, 0.14)))
    s.path("M146 112Q146 96 158 96H322Q334 96 334 112L338 134H142Z", s.down(light(body, 0.5), shade(body, 0.1)))
    s.line("M142 134H338", shade(body, 0.32), 3, alpha=0.5)
    s.path("M136 172Q240 156 344 172L345 246Q240 230 135 246Z", s.tube(ink.accent))
    s.path("M137 358Q240 344 343 358L341 392Q340 404 326 404H154Q140 404 139 392Z", s.tube(ink.accent))
    lettering(s, 240, 186, 124, on(ink.accent), height=18)
    emblem(s, ink.mark, 240, 300, 104)
    s.line("M152 160Q150 280 156 392", "#ffffff", 4, alpha=0.5)
    s.line("M328 160Q332 280 324 394", shade(body, 0.4), 3, alpha=0.25)


@shape(150, foot=388)
def butter(s: Sheet, ink: Ink) -> None:
    """A brick of butter half out of its foil."""
    with s.moved(0, -16):
        block(s, 84, 266, 240, 138, 74, 40, "#ffe27a")
        s.path("M84 266L158 226H250L176 266Z", s.across("#fff6c4", "#ffec9c"))
        s.line("M112 266L186 226M112 266V404", "#e9b93c", 3, alpha=0.6)
        s.path("M170 262L186 274L176 300L196 330L178 362L190 404H324V266Z", s.slant(light(ink.body, 0.3), ink.body))
        s.path("M170 262L190 270L250 226H398L324 266Z", s.across(light(ink.body, 0.65), light(ink.body, 0.3)))
        s.path("M324 266L398 226V360L324 404Z", s.across(shade(ink.body, 0.14), shade(ink.body, 0.3)))
        s.path("M170 262L186 274L176 300L196 330L178 362L190 404H204L192 364L210 330L190 300L200 272Z", "#ffffff", alpha=0.75)
        s.path("M216 300H324V372H216Z", s.down(light(ink.accent, 0.1), shade(ink.accent, 0.1)))
        s.path("M324 300L398 256V322L324 372Z", shade(ink.accent, 0.3))
        lettering(s, 270, 318, 76, "#fffdf6", height=14)
        s.line("M92 276V394", "#ffffff", 6, alpha=0.55)


@shape(160, foot=384)
def eggs(s: Sheet, ink: Ink) -> None:
    """Ten eggs in their open carton; `accent` is the colour of the eggs."""
    with s.moved(0, -14):
        s.path("M104 214Q106 158 128 156H352Q374 158 376 214L390 286H90Z", s.down(shade(ink.body, 0.08), shade(ink.body, 0.3)))
        s.path("M122 214Q124 176 138 174H342Q356 176 358 214L366 270H114Z", s.down(shade(ink.body, 0.26), shade(ink.body, 0.12)))
        for row, (y, step, size) in enumerate(((254, 53, 0.86), (296, 58, 1))):
            for place in range(5):
                with s.moved(240 + (place - 2) * step, y, scale=size):
                    s.path("M0 -44Q30 -24 30 10Q30 40 0 40Q-30 40 -30 10Q-30 -24 0 -44Z", s.ball(ink.accent))
                    s.oval(-10, -16, 6, 10, "#ffffff", alpha=0.6, turn=24)
                    if ink.accent == "speckled":
                        for dx, dy in ((8, -14), (14, 6), (-6, 8), (0, -26)):
                            s.oval(dx + row, dy, 4, 3, "#6b4a30", alpha=0.8)
        d = "M76 306"
        for place in range(5):
            x = 76 + place * 65.6
            d += f"Q{x + 6:.0f} 330 {x + 33:.0f} 332Q{x + 60:.0f} 330 {x + 65.6:.0f} 306"
        s.path(d + "L388 376Q384 398 362 398H118Q96 398 92 376Z", s.down(light(ink.body, 0.3), shade(ink.body, 0.2)))
        for place in range(6):
            s.line(f"M{82 + place * 63} 322L{98 + place * 57} 392", shade(ink.body, 0.4), 3, alpha=0.35)
        s.box(166, 346, 148, 30, s.down(light(ink.body, 0.75), light(ink.body, 0.55)), r=8)


@shape(150, middle=236)
def film_box(s: Sheet, ink: Ink) -> None:
    """A roll of foil leaving its long box."""
    with s.moved(236, 330, turn=-12):
        s.path("M-150 -40Q-40 -60 140 -46L156 -190Q60 -206 -140 -176Z", s.slant("#ffffff", "#a9b4be"))
        s.line("M-120 -170L-128 -60M-60 -178L-64 -60M10 -184L12 -60M80 -188L90 -60", "#ffffff", 7, alpha=0.65)
        block(s, -164, -44, 316, 92, 30, 26, ink.body)
        s.path("M-164 -8H152V30H-164Z", s.across(light(ink.accent, 0.1), shade(ink.accent, 0.1)))
        lettering(s, -20, -4, 150, "#fffdf6", height=15)


@shape(150, foot=386)
def choc_box(s: Sheet, ink: Ink) -> None:
    """A box of chocolates tied with a ribbon."""
    block(s, 96, 214, 240, 172, 60, 34, ink.body)
    s.path("M190 214H232V386H190Z", s.down(light(ink.accent, 0.3), shade(ink.accent, 0.1)))
    s.path("M190 214L250 180H292L232 214Z", light(ink.accent, 0.55))
    s.path("M96 282H336V316H96Z", s.down(light(ink.accent, 0.2), shade(ink.accent, 0.16)))
    s.path("M336 282L396 248V280L336 316Z", shade(ink.accent, 0.3))
    for side in (-1, 1):
        with s.moved(238, 190, flip=side < 0):
            s.path("M4 4Q20 -62 84 -52Q96 -8 4 10Z", s.slant(light(ink.accent, 0.5), shade(ink.accent, 0.12)))
            s.path("M10 2Q30 -34 66 -36Q60 -10 10 2Z", shade(ink.accent, 0.32))
            s.path("M2 6Q30 22 58 50L66 30Q40 8 6 0Z", s.slant(light(ink.accent, 0.2), shade(ink.accent, 0.2)))
    s.oval(238, 194, 17, 14, s.ball(ink.accent))
    s.line("M106 226V372", "#ffffff", 6, alpha=0.4)


@shape(88, middle=244)
def cigarettes(s: Sheet, ink: Ink) -> None:
    """A plain pack, closed."""
    block(s, 158, 152, 140, 252, 42, 16, ink.body)
    s.path("M158 152H298V222L158 222Z", s.across(light(ink.accent, 0.12), shade(ink.accent, 0.06)))
    s.path("M298 152L340 136V206L298 222Z", shade(ink.accent, 0.34))
    s.path("M158 152L200 136H340L298 152Z", light(ink.accent, 0.3))
    s.line("M158 222H298", shade(ink.accent, 0.4), 3)
    s.box(176, 262, 104, 104, light(ink.body, 0.5), r=6)
    lettering(s, 228, 292, 74, ink.accent, height=16)


@shape(120, middle=250, foot=388)
def matches(s: Sheet, ink: Ink) -> None:
    """A box of matches, half open."""
    with s.moved(0, -14):
        s.path("M250 236L310 190H420L362 236Z", "#f2dfb8")
        for place in range(6):
            x = 282 + place * 14
            s.line(f"M{x} 232L{x + 42} 198", "#f3cf93", 8)
            s.dot(x + 44, 196, 8, s.ball("#c8352c"))
        s.path("M250 236H362V330H250Z", s.down("#fff3d6", "#e2c692"))
        s.path("M362 236L420 190V284L362 330Z", "#cdaa72")
        block(s, 84, 232, 206, 170, 62, 46, ink.body)
        s.box(104, 252, 166, 130, ink.accent, r=8)
        s.box(110, 258, 154, 118, s.down(light(ink.body, 0.15), shade(ink.body, 0.1)), r=5)
        emblem(s, "flame", 187, 317, 96)


@shape(104)
def magazine(s: Sheet, ink: Ink) -> None:
    """A crossword magazine with curling pages."""
    with s.moved(240, 250, turn=-7):
        s.path("M-112 -150H128Q120 0 132 154H-112Z", "#dfe4ea")
        s.path("M-116 -154H120Q112 0 124 150H-116Z", "#ffffff")
        s.path("M-124 -156H108Q102 0 114 150H-124Z", s.slant(light(ink.body, 0.2), shade(ink.body, 0.12)))
        s.path("M-124 -156H-106V150H-124Z", shade(ink.body, 0.3), alpha=0.6)
        s.box(-92, -136, 184, 44, ink.accent, r=6)
        s.box(-78, -122, 128, 16, shade(ink.body, 0.4), r=8)
        emblem(s, "squares", -4, 0, 150)
        lettering(s, -4, 94, 150, "#fffdf6", height=13)


@shape(120, foot=372)
def gift_card(s: Sheet, ink: Ink) -> None:
    """A gift card with a ribbon."""
    with s.moved(240, 258, turn=-9):
        s.box(-150, -94, 300, 196, shade(ink.body, 0.45), r=22, alpha=0.35)
        s.box(-152, -102, 300, 196, s.slant(light(ink.body, 0.25), shade(ink.body, 0.2)), r=22)
        s.path("M-76 -102H-44V94H-76Z", s.across(light(ink.accent, 0.3), shade(ink.accent, 0.1)))
        s.path("M-152 -26H148V6H-152Z", s.down(light(ink.accent, 0.35), shade(ink.accent, 0.08)))
        for side in (-1, 1):
            with s.moved(-60, -12, flip=side < 0):
                s.path("M2 0Q10 -58 62 -58Q80 -14 2 4Z", s.slant(light(ink.accent, 0.5), shade(ink.accent, 0.14)))
                s.path("M2 2Q26 16 44 52L58 36Q34 8 4 0Z", s.slant(light(ink.accent, 0.2), shade(ink.accent, 0.22)))
        s.dot(-60, -10, 15, s.ball(ink.accent))
        emblem(s, "star", 80, -58, 46)
        lettering(s, 56, 44, 120, "#fffdf6", height=13)
