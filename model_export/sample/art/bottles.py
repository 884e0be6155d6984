"""Bottles: plastic and glass, for drinks, oil and what cleans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem, gleam, lettering, on
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _screw(s: Sheet, x: float, y: float, w: float, h: float, tone: str) -> None:
    """A screw cap from (x, y) down."""
    s.box(x, y, w, h, s.tube(tone), r=min(8, h / 3))
    for step in range(1, 6):
        s.line(f"M{x + w * step / 6:.1f} {y + h * 0.35:.1f}V{y + h - 4:.1f}", shade(tone, 0.45), 2, alpha=0.35)
    s.oval(x + w / 2, y + 4, w / 2 - 4, 4, light(tone, 0.4), alpha=0.8)


def _label(s: Sheet, x: float, y: float, w: float, h: float, tone: str, *, bow: float = 9) -> None:
    """A label round a bottle: its edges bow downwards."""
    mid = x + w / 2
    s.path(
        f"M{x} {y}Q{mid} {y + bow * 2} {x + w} {y}V{y + h}Q{mid} {y + h + bow * 2} {x} {y + h}Z",
        s.tube(tone),
    )


@shape(84)
def milk_bottle(s: Sheet, ink: Ink) -> None:
    """A plastic bottle of milk, filled, with a coloured cap and sleeve."""
    s.path("M206 128V150Q204 174 176 198Q158 214 158 240V382Q158 404 182 404H298Q322 404 322 382V240Q322 214 304 198"
           "Q276 174 274 150V128Z", s.tube(ink.body))  # fmt: skip
    _label(s, 158, 248, 164, 108, ink.accent)
    _screw(s, 200, 88, 80, 44, ink.accent)
    s.dot(240, 312, 48, s.radial((0, "#ffffff"), (1, light(ink.accent, 0.74))))
    emblem(s, ink.mark, 240, 312, 76)
    gleam(s, 174, 222, 11, 164, alpha=0.5)


def _pet(s: Sheet, ink: Ink) -> None:
    drink = {"sky": "#bfe6fb", "teal": "#bdeee6"}.get(ink.body, ink.body)
    outline = ("M216 96V118Q216 138 196 162Q166 196 166 226V262Q172 270 166 280V352Q162 362 166 376Q170 404 192 404"
               "H288Q310 404 314 376Q318 362 314 352V280Q308 270 314 262V226Q314 196 284 162Q264 138 264 118V96Z")  # fmt: skip
    s.path(outline, s.tube(light(drink, 0.72)), alpha=0.9)
    s.path("M201 160Q240 170 279 160Q314 198 314 226V262Q308 270 314 280V352Q318 362 314 376Q310 404 288 404H192"
           "Q170 404 166 376Q162 362 166 352V280Q172 270 166 262V226Q166 198 201 160Z", s.tube(drink), alpha=0.92)  # fmt: skip
    for y in (366, 380):
        s.line(f"M170 {y}Q240 {y + 14} 310 {y}", "#ffffff", 2.5, alpha=0.35)
    _label(s, 165, 238, 150, 92, ink.accent)
    _screw(s, 210, 66, 60, 34, ink.accent)
    s.line("M214 106H266", shade(ink.accent, 0.1), 5, alpha=0.8)
    emblem(s, ink.mark, 240, 292, 72)
    s.line("M190 208Q184 216 183 230M188 350Q184 366 190 384", "#ffffff", 10, alpha=0.6)
    s.line("M297 208Q300 218 300 230", "#ffffff", 5, alpha=0.35)


@shape(78)
def pet(s: Sheet, ink: Ink) -> None:
    """A large plastic bottle of a drink."""
    with s.moved(-12, -19, scale=1.047):
        _pet(s, ink)


@shape(66)
def pet_small(s: Sheet, ink: Ink) -> None:
    """A small one, fit for a bag."""
    with s.moved(36, 64, scale=0.842):
        _pet(s, ink)


@shape(66)
def water_glass(s: Sheet, ink: Ink) -> None:
    """Mineral water in glass."""
    s.path("M218 104V166Q216 196 192 222Q176 240 176 266V384Q176 404 196 404H284Q304 404 304 384V266Q304 240 288 222"
           "Q264 196 262 166V104Z", s.tube(ink.body), alpha=0.88)  # fmt: skip
    s.box(212, 84, 56, 26, s.tube("silver"), r=6)
    s.line("M214 112H266", shade(ink.body, 0.3), 7)
    _label(s, 176, 276, 128, 88, ink.accent)
    s.path("M176 270Q240 288 304 270V280Q240 298 176 280Z", shade(ink.body, 0.1))
    emblem(s, ink.mark, 240, 330, 72)
    s.line("M199 246Q192 256 191 270M228 122V168", "#ffffff", 8, alpha=0.65)
    s.line("M193 374V388", "#ffffff", 8, alpha=0.5)


_BEER = ("M220 108V176Q218 200 196 226Q180 246 180 272V386Q180 404 198 404H282Q300 404 300 386V272Q300 246 284 226"
         "Q262 200 260 176V108Z")  # fmt: skip


@shape(64)
def beer(s: Sheet, ink: Ink) -> None:
    """A beer bottle with a crown cap."""
    s.path(_BEER, s.tube({"brown": "#8a4a1a", "dark": "#43241a"}.get(ink.body, ink.body)))
    s.path("M214 84H266L270 104Q266 110 262 106Q258 112 252 107Q246 112 240 107Q234 112 228 107Q222 112 218 106"
           "Q214 110 210 104Z", s.tube("gold"))  # fmt: skip
    s.path("M219 128H261V176Q260 186 256 194Q240 202 224 194Q220 186 219 176Z", s.tube(ink.accent))
    _label(s, 180, 272, 120, 94, ink.accent)
    s.oval(240, 328, 44, 42, s.radial((0, "#fffdf0"), (1, light(ink.accent, 0.5))))
    emblem(s, ink.mark, 240, 328, 62)
    s.line("M201 250Q194 258 193 272M229 116V122", "#ffffff", 8, alpha=0.55)
    s.line("M194 378V388", "#ffffff", 7, alpha=0.4)


@shape(70)
def wine(s: Sheet, ink: Ink) -> None:
    """A bottle of wine; `body` is red or white."""
    glass, capsule = ("#3a5c2a", "#8c1c33") if ink.body == "red" else ("#a9b86a", "#d9b44a")
    s.path("M218 84V184Q216 208 192 230Q176 246 176 270V386Q176 404 194 404H286Q304 404 304 386V270Q304 246 288 230"
           "Q264 208 262 184V84Z", s.tube(glass))  # fmt: skip
    s.path("M215 80Q215 74 221 74H259Q265 74 265 80V96H262V162Q240 170 218 162V96H215Z", s.tube(capsule))
    s.line("M216 97H264", shade(capsule, 0.4), 3, alpha=0.6)
    _label(s, 176, 272, 128, 98, ink.accent)
    s.path("M176 350Q240 368 304 350V360Q240 378 176 360Z", capsule)
    lettering(s, 240, 290, 66, shade(capsule, 0.2), height=8)
    emblem(s, ink.mark, 240, 334, 52)
    s.line("M197 248Q190 258 189 272M227 172V188", "#ffffff", 8, alpha=0.5)
    s.line("M190 380V388", "#ffffff", 7, alpha=0.4)


@shape(72)
def champagne(s: Sheet, ink: Ink) -> None:
    """Sparkling wine: foil down the neck."""
    s.path("M216 120V190Q212 216 188 244Q170 266 170 292V386Q170 404 190 404H290Q310 404 310 386V292Q310 266 292 244"
           "Q268 216 264 190V120Z", s.tube("#2f6b3f"))  # fmt: skip
    s.path("M220 84Q220 70 240 70Q260 70 260 84Q270 90 268 104V190Q270 214 282 230L262 224L246 236L230 222L200 232"
           "Q212 212 212 190V104Q210 90 220 84Z", s.tube(ink.accent))  # fmt: skip
    s.line("M213 118Q240 128 267 118M213 108Q240 118 267 108", shade(ink.accent, 0.4), 3, alpha=0.6)
    _label(s, 170, 292, 140, 80, "cream")
    s.path("M170 292Q240 310 310 292V304Q240 322 170 304Z", ink.accent)
    s.path("M170 362Q240 380 310 362V372Q240 390 170 372Z", ink.accent)
    emblem(s, "star", 240, 346, 46)
    s.line("M193 264Q184 276 183 290", "#ffffff", 8, alpha=0.5)


@shape(70)
def vodka(s: Sheet, ink: Ink) -> None:
    """A clear bottle with straight shoulders."""
    s.path("M220 118V172Q218 186 196 194Q178 202 178 222V388Q178 404 194 404H286Q302 404 302 388V222Q302 202 284 194"
           "Q262 186 260 172V118Z", s.tube("#d4ecfa"), alpha=0.92)  # fmt: skip
    s.path("M178 226Q240 236 302 226V388Q302 404 286 404H194Q178 404 178 388Z", s.tube("#bfe0f5"), alpha=0.7)
    _screw(s, 212, 78, 56, 46, ink.accent)
    s.box(196, 250, 88, 122, s.down(light(ink.accent, 0.1), shade(ink.accent, 0.16)), r=8)
    s.box(202, 256, 76, 110, "#ffffff", r=5, alpha=0.16)
    emblem(s, "star", 240, 292, 44)
    lettering(s, 240, 328, 60, "#fffdf6", height=11)
    s.line("M190 222V388M228 132V168", "#ffffff", 7, alpha=0.75)


@shape(84)
def oil(s: Sheet, ink: Ink) -> None:
    """Sunflower oil: a waisted plastic bottle."""
    s.path("M214 108V130Q212 148 190 166Q164 188 164 220V254Q176 274 164 294V380Q164 404 186 404H294Q316 404 316 380V294"
           "Q304 274 316 254V220Q316 188 290 166Q268 148 266 130V108Z", s.tube("#f4bf2e"))  # fmt: skip
    s.path("M196 164Q240 176 284 164Q268 150 266 130V112H214V130Q212 150 196 164Z", "#fff5c2", alpha=0.55)
    _screw(s, 206, 74, 68, 40, ink.accent)
    s.path("M165 222Q240 240 315 222V254Q304 274 316 294V350Q240 368 164 350V294Q176 274 165 254Z", s.tube(ink.accent))
    s.oval(240, 300, 54, 50, s.radial((0, "#fffdf0"), (1, "#ffeaa3")))
    emblem(s, ink.mark, 240, 300, 88)
    s.line("M190 200Q180 212 180 226M178 366V384", "#ffffff", 10, alpha=0.65)


@shape(62)
def oil_glass(s: Sheet, ink: Ink) -> None:
    """Olive oil: a tall square bottle of dark glass."""
    s.path("M222 118V176Q220 192 200 202Q184 210 184 232V390Q184 404 198 404H282Q296 404 296 390V232Q296 210 280 202"
           "Q260 192 258 176V118Z", s.tube("#5d7a2a"))  # fmt: skip
    s.box(216, 80, 48, 44, s.tube("#2f3f1c"), r=6)
    s.line("M217 126H263", ink.accent, 5)
    s.box(194, 244, 92, 128, s.across("#fffbe8", "#efe2b8"), r=6)
    lettering(s, 240, 256, 64, shade("olive", 0.3), height=10)
    emblem(s, ink.mark, 240, 322, 74)
    s.line("M194 226V236M230 136V172", "#ffffff", 7, alpha=0.5)
    s.line("M191 380V392", "#ffffff", 6, alpha=0.4)


@shape(62)
def sauce_bottle(s: Sheet, ink: Ink) -> None:
    """Soy sauce: a small bottle with a red cap."""
    s.path("M216 130V168Q212 194 190 220Q172 244 172 276V384Q172 404 192 404H288Q308 404 308 384V276Q308 244 290 220"
           "Q268 194 264 168V130Z", s.tube("#4b1f14"))  # fmt: skip
    s.path("M208 98Q208 86 220 86H260Q272 86 272 98V136H208Z", s.tube(ink.accent))
    s.line("M208 126H272", shade(ink.accent, 0.4), 3, alpha=0.6)
    _label(s, 172, 272, 136, 96, "cream")
    s.path("M172 352Q240 370 308 352V368Q240 386 172 368Z", s.tube(ink.accent))
    emblem(s, ink.mark, 240, 322, 74)
    s.line("M196 242Q186 256 185 270M225 146V166", "#ffffff", 8, alpha=0.5)


@shape(78)
def squeeze(s: Sheet, ink: Ink) -> None:
    """Ketchup: a soft bottle standing on its cap."""
    s.path("M180 352Q160 270 160 190Q160 110 196 96H284Q320 110 320 190Q320 270 300 352Z", s.tube(ink.body))
    s.path("M184 350H296L304 396Q304 404 294 404H186Q176 404 176 396Z", s.tube(ink.accent))
    s.line("M182 366H298", shade(ink.accent, 0.3), 3, alpha=0.5)
    s.path("M162 178Q240 196 318 178Q320 240 310 300Q240 318 170 300Q160 240 162 178Z", s.tube("white"))
    lettering(s, 240, 202, 92, ink.body, height=14)
    emblem(s, ink.mark, 240, 268, 76)
    s.line("M180 158Q182 124 200 112", "#ffffff", 10, alpha=0.6)


@shape(80)
def dish_soap(s: Sheet, ink: Ink) -> None:
    """Washing-up liquid with a push-pull cap."""
    s.path("M214 150Q212 166 188 182Q162 200 162 236Q162 268 174 290Q162 320 162 352V380Q162 404 186 404H294Q318 404 318 380"
           "V352Q318 320 306 290Q318 268 318 236Q318 200 292 182Q268 166 266 150Z", s.tube(ink.body))  # fmt: skip
    s.box(228, 78, 24, 30, s.tube("white"), r=8)
    s.path("M220 104H260L268 154H212Z", s.tube(ink.accent if ink.accent != "white" else "sky"))
    s.path("M166 214Q240 232 314 214Q322 250 306 290Q314 316 317 344Q240 362 163 344Q166 316 174 290Q158 250 166 214Z",
           s.tube("white"))  # fmt: skip
    lettering(s, 240, 236, 88, shade(ink.body, 0.3), height=13)
    emblem(s, ink.mark, 240, 308, 80)
    s.line("M184 206Q176 220 176 236", "#ffffff", 10, alpha=0.6)


@shape(116)
def detergent(s: Sheet, ink: Ink) -> None:
    """A jug of laundry gel with a handle."""
    s.path("M168 166Q140 190 134 250V376Q134 404 162 404H318Q346 404 346 376V212Q346 160 296 152L214 150Z", s.tube(ink.body))
    s.path("M268 196Q306 188 308 224V282Q308 300 288 300Q270 300 270 282V240Q258 226 268 196Z", shade(ink.body, 0.5))
    s.path("M276 200Q298 198 298 226V280Q298 290 288 290Q280 290 280 280V236Q270 222 276 200Z", light(ink.body, 0.72))
    s.box(170, 92, 84, 66, s.tube(ink.accent), r=12)
    s.line("M172 140H252", shade(ink.accent, 0.4), 3, alpha=0.5)
    s.path("M148 262Q150 220 196 216Q252 214 256 264Q258 318 300 330V378H148Z", s.slant("#ffffff", light(ink.body, 0.72)))
    emblem(s, ink.mark, 204, 304, 96)
    s.line("M154 226Q146 250 146 280", "#ffffff", 10, alpha=0.55)


@shape(76)
def shampoo(s: Sheet, ink: Ink) -> None:
    """A slim bottle with a flip cap."""
    s.path("M188 152Q170 160 168 186V380Q168 404 192 404H288Q312 404 312 380V186Q310 160 292 152Z", s.tube(ink.body))
    s.path("M196 106Q196 94 208 94H272Q284 94 284 106V156H196Z", s.tube(ink.accent))
    s.line("M196 120H284", shade(ink.accent, 0.3), 3, alpha=0.5)
    lettering(s, 240, 196, 92, on(ink.body), height=15)
    s.oval(240, 306, 52, 62, s.radial((0, "#ffffff", 0.95), (1, light(ink.body, 0.5))))
    emblem(s, ink.mark, 240, 306, 84)
    gleam(s, 182, 178, 10, 196)


@shape(88)
def pump(s: Sheet, ink: Ink) -> None:
    """Liquid soap with a pump."""
    s.path("M232 96H248V150H232Z", s.tube("silver"))
    s.path("M180 86Q180 74 192 74H262Q272 74 272 84V100H196L184 110Q178 106 180 86Z", s.down("#ffffff", "#cdd5dc"))
    s.path("M206 148H274V178H206Z", s.tube("white"))
    s.path("M198 176H282Q330 190 330 240V376Q330 404 302 404H178Q150 404 150 376V240Q150 190 198 176Z", s.tube(ink.body))
    s.oval(240, 300, 66, 70, s.radial((0, "#ffffff"), (1, light(ink.body, 0.55))))
    emblem(s, ink.mark, 240, 300, 96)
    gleam(s, 166, 234, 11, 140)


@shape(122)
def jug(s: Sheet, ink: Ink) -> None:
    """Five litres of water with a carrying handle."""
    water = "#bfe6fb"
    s.line("M196 120Q240 70 284 120", ink.accent, 11)
    s.path("M212 112V126Q210 144 180 152Q128 164 128 214V384Q128 404 150 404H330Q352 404 352 384V214Q352 164 300 152"
           "Q270 144 268 126V112Z", s.tube(water), alpha=0.95)  # fmt: skip
    for y in (210, 240, 330, 362):
        s.path(f"M128 {y}Q240 {y + 16} 352 {y}V{y + 8}Q240 {y + 24} 128 {y + 8}Z", "#ffffff", alpha=0.4)
    _label(s, 128, 258, 224, 62, ink.accent, bow=8)
    _screw(s, 206, 84, 68, 32, ink.accent)
    emblem(s, ink.mark, 240, 296, 56)
    s.line("M152 196Q146 206 146 222M146 344V384", "#ffffff", 10, alpha=0.7)


@shape(104)
def cooler_bottle(s: Sheet, ink: Ink) -> None:
    """The nineteen-litre bottle that a deposit is paid for."""
    water = "#8fcdf6"
    s.path("M208 108V128Q206 150 172 162Q136 176 136 214V384Q136 404 158 404H322Q344 404 344 384V214Q344 176 308 162"
           "Q274 150 272 128V108Z", s.tube(water), alpha=0.95)  # fmt: skip
    for y in (232, 268, 304, 340):
        s.path(f"M134 {y}Q240 {y + 20} 346 {y}V{y + 14}Q240 {y + 34} 134 {y + 14}Z", s.tube(shade(water, 0.14)))
    s.box(200, 80, 80, 34, s.tube(ink.body), r=8)
    s.line("M162 202Q154 212 154 226M154 366V386", "#ffffff", 11, alpha=0.7)
    with s.moved(338, 118):
        s.dot(0, 0, 44, s.slant("#7ed08c", "#2c9a55"))
        s.line("M-20 -4A22 22 0 0 1 18 -12M20 6A22 22 0 0 1 -18 12", "#ffffff", 7)
        s.path("M26 -24L22 -2L6 -16ZM-26 24L-22 2L-6 16Z", "#ffffff")
