"""Meat, poultry and fish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.print import emblem
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _tray(s: Sheet) -> None:
    """A shallow dark tray seen from above; what it holds is drawn over it."""
    s.path(
        "M96 178H384Q400 178 404 194L430 330Q434 356 410 356H70Q46 356 50 330L76 194Q80 178 96 178Z",
        s.slant("#6b7580", "#353c44"),
    )
    s.path("M47 338Q52 356 70 356H410Q428 356 433 338L428 372Q424 388 408 388H72Q56 388 52 372Z", s.down("#454d56", "#1f2429"))
    s.path(
        "M104 192H376Q388 192 391 204L412 318Q414 334 398 334H82Q66 334 68 318L89 204Q92 192 104 192Z",
        s.down("#20252b", "#3a424a"),
    )
    s.line("M98 184H382", "#9aa5b0", 4, alpha=0.7)


def _film(s: Sheet) -> None:
    s.path("M92 196L188 194L110 330H70Z", "#ffffff", alpha=0.16)
    s.path("M226 194H258L168 332H130Z", "#ffffff", alpha=0.12)
    s.line("M64 346H416", "#ffffff", 4, alpha=0.25)


def _sprig(s: Sheet, x: float, y: float, turn: float, size: float = 1) -> None:
    with s.moved(x, y, turn=turn, scale=size):
        s.line("M0 0Q10 -40 0 -84", "#3a8a3c", 5)
        for step in range(5):
            dy = -14 - step * 15
            s.oval(-12, dy, 13, 5, "#5db04a", turn=34)
            s.oval(14, dy - 6, 13, 5, "#3f9a44", turn=-34)


@shape(146, foot=388)
def tray_chicken(s: Sheet, _ink: Ink) -> None:
    """Chicken breasts in a tray."""
    _tray(s)
    for x, y, turn in ((312, 254, 16), (172, 270, -12)):
        with s.moved(x, y, turn=turn):
            s.path("M-106 10Q-104 -62 -20 -72Q84 -74 108 -10Q110 40 36 50Q-70 58 -106 10Z", s.ball("#fbc3a2"))
            s.line("M-74 -12Q-10 -40 70 -22M-50 20Q10 4 80 14", "#fff0e2", 5, alpha=0.7)
            s.oval(-46, -40, 22, 9, "#ffffff", alpha=0.55, turn=-20)
    _sprig(s, 216, 326, 62, 0.9)
    _film(s)


@shape(146, foot=388)
def tray_drumstick(s: Sheet, _ink: Ink) -> None:
    """Chicken thighs in a tray."""
    _tray(s)
    for x, y, turn in ((148, 266, -14), (240, 252, 4), (334, 266, 16)):
        with s.moved(x, y, turn=turn, scale=0.98):
            s.path("M-62 20Q-66 -50 -4 -74Q62 -60 66 12Q52 52 0 54Q-52 52 -62 20Z", s.ball("#f9b894"))
            s.path("M-30 -40Q6 -62 36 -30Q10 -44 -30 -40Z", "#ffffff", alpha=0.5)
            s.line("M-40 8Q0 -10 44 6", "#fff0e2", 4, alpha=0.65)
    _film(s)


@shape(146, foot=388)
def tray_mince(s: Sheet, _ink: Ink) -> None:
    """Minced meat: strands in a tray."""
    _tray(s)
    s.path("M88 312Q78 244 110 216Q240 176 370 216Q402 244 392 312Q384 326 366 326H114Q96 326 88 312Z", "#9c2a2a")
    red = pale = gleam = ""
    for row, (y, half) in enumerate(((216, 112), (234, 130), (252, 138), (270, 142), (288, 144), (306, 140))):
        for place in range(9):
            x = 240 + (place - 4) * half / 4.4 + (row % 2) * 8
            strand = f"M{x - 13:.0f} {y + 5}q8 -18 19 -5t15 2"
            if (row + place) % 3:
                red += strand
            else:
                pale += strand
            gleam += f"M{x - 10:.0f} {y - 1}q6 -9 11 -3"
    s.line(red, "#d9564c", 11)
    s.line(pale, "#f2a598", 11)
    s.line(gleam, "#f7bcb0", 3, alpha=0.7)
    _film(s)


@shape(146, foot=384)
def steak(s: Sheet, _ink: Ink) -> None:
    """A ribeye with its marbling."""
    with s.moved(240, 276, turn=-8):
        s.path(
            "M-152 30Q-166 -54 -96 -92Q-10 -130 84 -96Q160 -60 158 16Q150 84 70 104Q-30 122 -104 96Q-146 76 -152 30Z", "#7d1420"
        )
        s.path(
            "M-152 16Q-166 -66 -96 -104Q-10 -142 84 -108Q160 -72 158 4Q150 72 70 92Q-30 110 -104 84Q-146 64 -152 16Z",
            s.slant("#fbe8d8", "#e7c3ae"),
        )
        s.path(
            "M-136 12Q-146 -58 -86 -90Q-8 -124 78 -92Q144 -62 142 2Q134 60 64 76Q-30 92 -94 68Q-130 52 -136 12Z",
            s.slant("#e0434a", "#a91f2e"),
        )
        s.line("M-100 -20Q-60 -60 -10 -50T60 -70M-90 30Q-40 0 0 16T100 0M-50 56"
               "Q0 36 40 50M20 -20Q50 -36 90 -28M-40 -16Q-20 -4 -26 10",
               "#fbdcd0", 7, alpha=0.9)  # fmt: skip
        s.line("M-70 -6Q-50 -20 -36 -14M44 24Q70 14 90 28M-10 -80Q10 -90 30 -84", "#fbdcd0", 4, alpha=0.8)
        s.path("M-40 -104Q10 -70 -4 -30Q-20 -54 -60 -60Q-70 -84 -40 -104Z", "#fbe8d8")
        s.oval(-92, -58, 24, 9, "#ffffff", alpha=0.45, turn=-34)
    _sprig(s, 352, 330, 62, 1.1)


@shape(146, foot=384)
def steak_pork(s: Sheet, _ink: Ink) -> None:
    """Pork neck: paler, with veins of fat."""
    for dx, dy in ((44, -44), (0, 0)):
        with s.moved(222 + dx, 296 + dy, turn=-6):
            s.path("M-142 24Q-150 -44 -80 -72Q0 -98 80 -74Q146 -46 142 18Q132 72 60 84Q-40 96 -98 76Q-138 60 -142 24Z", "#c9707a")
            s.path(
                "M-142 10Q-150 -58 -80 -86Q0 -112 80 -88Q146 -60 142 4Q132 58 60 70Q-40 82 -98 62Q-138 46 -142 10Z",
                s.slant("#fff1e8", "#f0cfc4"),
            )
            s.path(
                "M-128 8Q-134 -50 -74 -74Q0 -96 74 -76Q130 -52 128 4Q118 46 56 56Q-40 68 -92 50Q-124 38 -128 8Z",
                s.slant("#f79a9c", "#dd6472"),
            )
            s.path("M-100 -10Q-50 -34 -10 -6Q30 20 100 -20Q60 30 0 22Q-50 10 -100 -10Z", "#ffeee8", alpha=0.9)
            s.line("M-60 -50Q-20 -60 20 -44T90 -48M-70 34Q-30 26 0 40T70 34", "#ffeee8", 6, alpha=0.85)
            s.oval(-82, -48, 22, 8, "#ffffff", alpha=0.5, turn=-30)
    _sprig(s, 352, 356, 66, 1)


@shape(140, foot=384)
def bone_meat(s: Sheet, _ink: Ink) -> None:
    """Beef on the bone for soup."""
    with s.moved(240, 280, turn=-14):
        s.path("M-120 30Q-140 -60 -60 -96Q30 -124 104 -84Q156 -40 130 34Q96 98 0 102Q-92 96 -120 30Z", "#7d1420")
        s.path(
            "M-120 16Q-140 -72 -60 -108Q30 -136 104 -96Q156 -52 130 22Q96 86 0 90Q-92 84 -120 16Z", s.slant("#d9434a", "#9c1c2a")
        )
        s.line("M-90 -20Q-70 -70 -20 -80M90 -60Q120 -20 100 30M-60 60Q0 84 60 60", "#f7cdc0", 7, alpha=0.8)
        s.oval(4, -6, 62, 54, s.slant("#fff8ea", "#e2cda8"))
        s.oval(4, -6, 46, 39, s.radial((0, "#e9a08f"), (0.7, "#f3c7b0"), (1, "#f9e3cc")))
        for dx, dy in ((-14, -8), (10, -14), (16, 10), (-6, 14), (0, -2)):
            s.oval(4 + dx, -6 + dy, 6, 5, "#c9705f", alpha=0.6)
        s.oval(-78, -66, 22, 9, "#ffffff", alpha=0.45, turn=-34)
    _sprig(s, 360, 340, 60, 1)


def _bird(s: Sheet, body: str) -> None:
    s.path("M322 236Q352 210 380 170L398 182Q390 226 354 262Z", s.ball(shade(body, 0.1)))
    s.dot(384, 166, 13, "#fff3dc")
    s.dot(400, 178, 13, "#f3dfb8")
    s.path("M84 290Q84 200 190 180Q300 162 356 226Q392 276 370 330Q340 384 226 384Q96 384 84 290Z", s.ball(body))
    s.path("M230 250Q300 222 348 262Q372 300 344 334Q300 366 246 344Q206 318 206 288Q212 262 230 250Z", s.ball(light(body, 0.06)))
    s.path("M338 268Q380 250 412 222L426 238Q404 274 358 304Z", s.ball(light(body, 0.02)))
    s.dot(416, 216, 14, "#fff3dc")
    s.dot(432, 232, 14, "#f3dfb8")
    s.path("M128 288Q118 240 172 234Q214 244 208 286Q196 304 174 296Q160 306 176 330Q142 330 128 288Z", s.ball(shade(body, 0.04)))
    s.oval(150, 212, 32, 11, "#ffffff", alpha=0.5, turn=-24)
    s.oval(278, 258, 24, 8, "#ffffff", alpha=0.45, turn=-16)


@shape(150, foot=384)
def raw_chicken(s: Sheet, _ink: Ink) -> None:
    """A chilled chicken."""
    _bird(s, "#fbcba6")
    _sprig(s, 120, 384, 40, 1)


@shape(160, foot=392)
def roast_chicken(s: Sheet, _ink: Ink) -> None:
    """A chicken from the grill on lettuce."""
    for x, y, r in ((110, 366, 46), (180, 382, 46), (260, 386, 50), (336, 378, 46), (388, 360, 36)):
        s.oval(x, y, r, r * 0.5, s.slant("#a9dd6a", "#3f9a3c"))
    _bird(s, "#c9742a")
    s.line("M124 290Q130 240 168 214M236 362Q300 372 340 336", "#6b300e", 5, alpha=0.35)


@shape(140, foot=384)
def salmon_steak(s: Sheet, _ink: Ink) -> None:
    """A trout steak with lemon."""
    with s.moved(240, 276, turn=-6):
        outline = (
            "M-150 44Q-166 -48 -96 -96Q-40 -126 0 -96Q40 -126 96 -96Q166 -48 150 44"
            "Q132 104 84 112Q64 40 0 34Q-64 40 -84 112Q-132 104 -150 44Z"
        )
        with s.moved(0, 14):
            s.path(outline, "#6d7b86")
        s.path(outline, s.slant("#c9d3da", "#8794a0"))
        with s.moved(0, -2, scale=0.92):
            s.path(outline, s.slant("#ffa27a", "#f0653f"))
        for reach in (0.74, 0.54, 0.36):
            for side in (-1, 1):
                s.line(f"M{side * 132 * reach:.0f} {70 * reach + 8:.0f}"
                       f"Q{side * 150 * reach:.0f} {-60 * reach:.0f} {side * 56 * reach:.0f} {-90 * reach:.0f}",
                       "#ffd9c2", 5, alpha=0.9)  # fmt: skip
        s.dot(0, -20, 20, "#fff1e2")
        s.dot(0, -20, 10, "#d9b9a0")
        s.oval(-92, -64, 22, 8, "#ffffff", alpha=0.5, turn=-40)
    emblem(s, "lemon", 356, 352, 92)
    _sprig(s, 124, 392, 20, 0.9)


@shape(150, foot=354)
def salmon_slices(s: Sheet, _ink: Ink) -> None:
    """Slices of salted salmon on a board."""
    s.path("M70 322L120 262H410L372 322Z", s.across("#e9c99a", "#d1a66a"))
    s.path("M70 322H372V350H70Z", s.down("#c99a5a", "#a97a3f"))
    s.path("M372 322L410 262V288L372 350Z", "#8f6230")
    for x, y, turn in ((320, 262, 10), (262, 256, 4), (204, 258, -4), (150, 272, -12)):
        with s.moved(x, y, turn=turn):
            s.path("M-66 44Q-84 -24 -30 -72Q20 -96 62 -56Q84 0 54 40Q-10 64 -66 44Z", s.slant("#ffb08a", "#ee6238"))
            s.line("M-50 30Q-52 -20 -16 -56M-20 38Q-22 -14 14 -64M12 38Q14 -8 40 -56M40 30Q48 0 56 -24", "#ffe0cc", 5, alpha=0.9)
            s.line("M-62 42Q-10 60 52 38", "#c9522c", 4, alpha=0.6)
    _sprig(s, 96, 336, 38, 1.1)
    emblem(s, "lemon", 366, 330, 66)


@shape(150, foot=372)
def fish(s: Sheet, _ink: Ink) -> None:
    """A golden smoked mackerel."""
    with s.moved(240, 280, turn=-12, scale=0.92):
        s.path("M128 0Q170 -20 196 -66Q206 -30 188 4Q208 40 200 72Q166 30 128 16Z", s.slant("#8f6a2a", "#4f3a16"))
        s.path("M-40 -66Q0 -104 40 -92L60 -58Z", "#6b5020")
        s.path("M10 62Q34 92 66 92L70 54Z", "#a97d34")
        s.path("M-196 6Q-150 -74 -20 -78Q90 -74 140 -8L140 14Q80 72 -30 74Q-150 66 -196 6Z",
               s.linear((0, "#4b4326"), (0.34, "#a9812e"), (0.62, "#f0c254"), (1, "#b98a3a"), to_x=0, to_y=1))  # fmt: skip
        for x in range(-96, 120, 30):
            s.line(f"M{x} -66Q{x + 14} -46 {x - 2} -30T{x + 8} -6", "#2f2814", 7, alpha=0.7)
        s.path("M-196 6Q-170 -40 -118 -60Q-92 0 -118 58Q-170 40 -196 6Z", s.slant("#8f7434", "#c99f4a"))
        s.line("M-118 -58Q-94 0 -118 56", "#4b3a16", 4, alpha=0.7)
        s.dot(-154, -14, 12, "#fff3d6")
        s.dot(-155, -14, 7, "#1f1a10")
        s.line("M-190 12Q-176 18 -162 16", "#4b3a16", 4)
        s.line("M-60 20Q20 34 100 12", "#fff0b8", 7, alpha=0.6)


@shape(132, foot=388)
def crab_sticks(s: Sheet, _ink: Ink) -> None:
    """Crab sticks stacked like logs, two pieces cut off."""
    for x, y, length in ((150, 214, 236), (96, 274, 250), (130, 330, 262)):
        s.path(f"M{x} {y - 31}H{x + length - 20}Q{x + length} {y - 31} {x + length} {y}"
               f"Q{x + length} {y + 31} {x + length - 20} {y + 31}H{x}Z",
               s.linear((0, "#ff9484"), (0.4, "#ea4535"), (1, "#a9281f"), to_x=0, to_y=1))  # fmt: skip
        s.line(f"M{x + 16} {y - 16}H{x + length - 24}", "#ffffff", 6, alpha=0.5)
        s.oval(x, y, 20, 31, s.slant("#ffffff", "#f0dcd2"))
        s.line(f"M{x - 6} {y - 18}q14 18 0 36M{x + 4} {y - 18}q10 18 0 36", "#e5b9a8", 3, alpha=0.8)
    for x, y in ((346, 366), (92, 366)):
        s.path(
            f"M{x} {y - 26}H{x + 34}V{y + 24}H{x}Z", s.linear((0, "#ff9484"), (0.5, "#ea4535"), (1, "#a9281f"), to_x=0, to_y=1)
        )
        s.oval(x + 34, y - 1, 16, 25, "#c93a2d")
        s.oval(x, y - 1, 17, 26, s.slant("#ffffff", "#f0dcd2"))
        s.line(f"M{x - 6} {y - 14}q12 14 0 28M{x + 4} {y - 14}q8 14 0 28", "#e5b9a8", 3, alpha=0.8)
