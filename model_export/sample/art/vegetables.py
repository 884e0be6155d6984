"""Vegetables and herbs."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _calyx(s: Sheet, x: float, y: float, size: float) -> None:
    with s.moved(x, y, scale=size):
        for turn in range(0, 360, 60):
            with s.moved(0, 0, turn=turn + 10):
                s.path("M-9 0Q-14 -30 2 -56Q14 -26 9 0Z", s.down("#7cc24d", "#2f8a3c"))
        s.line("M0 0Q4 -20 -6 -40", "#2f7a34", 11)
        s.line("M0 -4Q4 -20 -5 -36", "#7cc24d", 4)


@shape(136)
def tomato(s: Sheet, _ink: Ink) -> None:
    """Two tomatoes on their vine."""
    for x, y, rx, ry in ((316, 300, 94, 86), (188, 290, 122, 108)):
        s.oval(x, y, rx, ry, s.ball("#e5352b"))
        s.oval(x - rx * 0.45, y - ry * 0.4, rx * 0.2, ry * 0.12, "#ffffff", alpha=0.65, turn=-38)
    s.line("M160 150Q250 138 338 206", "#2f7a34", 11)
    s.line("M164 148Q250 138 332 200", "#7cc24d", 4)
    _calyx(s, 318, 228, 0.82)
    _calyx(s, 190, 196, 1)


@shape(136)
def cherry_tomato(s: Sheet, _ink: Ink) -> None:
    """A vine of small tomatoes."""
    s.line("M120 148Q230 120 350 196M180 142L176 200M262 148L270 208M330 186L350 226", "#3f8f3c", 9)
    for x, y, r in ((262, 262, 60), (352, 272, 56), (160, 252, 62), (304, 344, 58), (202, 340, 62)):
        s.dot(x, y, r, s.ball("#e8382c"))
        s.oval(x - r * 0.42, y - r * 0.42, r * 0.2, r * 0.12, "#ffffff", alpha=0.7, turn=-38)
        _calyx(s, x + 4, y - r * 0.78, 0.48)


@shape(140, foot=392)
def cucumber(s: Sheet, _ink: Ink) -> None:
    """A cucumber and two slices."""
    with s.moved(226, 262, turn=-32):
        s.path("M-160 10Q-166 -38 -116 -48Q0 -66 116 -46Q166 -38 162 8Q158 46 112 50Q0 62 -114 54Q-158 50 -160 10Z",
               s.down("#8ccb55", "#256b33"))  # fmt: skip
        s.line("M-130 -8Q0 -24 136 -8M-128 20Q0 12 132 18", "#bfe58a", 4, alpha=0.55)
        for x in range(-116, 130, 34):
            for y in (-26, 4, 32):
                s.oval(x + y * 0.5, y, 4.5, 3.2, "#d4efa6", alpha=0.7)
        s.line("M-112 -34Q-20 -50 70 -42", "#ffffff", 8, alpha=0.45)
        s.oval(162, 4, 10, 14, "#6b8a2e")
    for x, y in ((350, 322), (284, 356)):
        s.oval(x, y, 54, 50, s.slant("#4fa347", "#1f6432"))
        s.oval(x - 2, y - 2, 48, 44, s.radial((0, "#f3fbd6"), (0.6, "#dbf0a8"), (1, "#aed86a")))
        for step in range(7):
            turn = step * 2 * pi / 7
            s.oval(x - 2 + 23 * cos(turn), y - 2 + 21 * sin(turn), 7.5, 4, "#f7fce6", turn=step * 360 / 7)
            s.oval(x - 2 + 23 * cos(turn), y - 2 + 21 * sin(turn), 5, 2.2, "#c9dc8a", turn=step * 360 / 7)


@shape(120, foot=392)
def courgette(s: Sheet, _ink: Ink) -> None:
    """Two courgettes."""
    for x, y, turn, tone in ((262, 238, -56, "#6fae45"), (222, 286, -28, "#5a9c3c")):
        with s.moved(x, y, turn=turn):
            s.path("M-150 14Q-164 -32 -112 -40Q20 -58 116 -26L150 -22V22L116 28Q20 62 -108 50Q-146 46 -150 14Z",
                   s.down(light(tone, 0.35), shade(tone, 0.4)))  # fmt: skip
            for y2 in (-18, 4, 26):
                s.line(f"M-120 {y2}Q0 {y2 - 8} 112 {y2 * 0.6:.0f}", light(tone, 0.55), 3, alpha=0.45)
            s.path("M142 -24Q160 -30 168 -18V18Q160 30 142 24Z", s.down("#c3cf74", "#7c8a34"))
            s.line("M-110 -26Q-20 -42 60 -30", "#ffffff", 8, alpha=0.4)


@shape(140)
def potato(s: Sheet, _ink: Ink) -> None:
    """A heap of potatoes."""
    for x, y, rx, ry, turn in ((292, 240, 86, 66, 20), (176, 258, 88, 68, -24), (322, 336, 90, 66, -8), (196, 342, 104, 72, 6)):
        s.oval(x, y, rx, ry, s.ball("#d9ab62"), turn=turn)
        for dx, dy in ((-30, -8), (22, 18), (40, -14), (-10, 30), (4, -26)):
            s.oval(x + dx, y + dy, 5, 3, "#8f6328", alpha=0.65, turn=20)
        s.oval(x - rx * 0.42, y - ry * 0.48, rx * 0.22, ry * 0.12, "#ffffff", alpha=0.45, turn=-28)


@shape(118, foot=396)
def carrot(s: Sheet, _ink: Ink) -> None:
    """A bunch of three carrots, tops on."""
    with s.moved(300, 168):
        for turn, size in ((-66, 0.8), (-38, 1), (-10, 1.1), (20, 1), (48, 0.85)):
            with s.moved(0, 0, turn=turn + 34, scale=size):
                s.line("M0 6Q-2 -50 0 -92", "#3f8f3c", 6)
                for step in range(5):
                    y = -24 - step * 16
                    s.line(f"M0 {y}Q-14 {y - 6} -22 {y - 20}M0 {y}Q14 {y - 6} 22 {y - 20}", "#5db04a", 7)
    for turn, tone in ((62, "#f07d16"), (22, "#f07d16"), (42, "#ff9228")):
        with s.moved(300, 172, turn=turn):
            s.path("M-34 4Q-32 -20 0 -20Q32 -20 34 4Q26 120 4 240Q0 252 -4 240Q-26 120 -34 4Z", s.tube(tone))
            for y, x in ((28, -30), (70, 8), (110, -20), (150, 2), (50, 6)):
                s.line(f"M{x} {y}q12 5 20 1", shade(tone, 0.3), 3.4, alpha=0.7)


def _bulb(s: Sheet, x: float, y: float, size: float, body: str) -> None:
    with s.moved(x, y, scale=size):
        s.line("M-14 96q-6 14 -14 18M0 98v20M14 96q6 14 14 18", "#b59a6a", 4)
        s.path("M0 -118Q10 -82 34 -66Q112 -30 108 28Q100 96 0 100Q-100 96 -108 28Q-112 -30 -34 -66Q-10 -82 0 -118Z",
               s.ball(body))  # fmt: skip
        for bow in (-70, -36, 36, 70):
            s.line(f"M{bow * 0.16:.0f} -84Q{bow * 1.3:.0f} 0 {bow * 0.3:.0f} 96", shade(body, 0.28), 3, alpha=0.55)
        s.line("M-2 -84Q2 0 0 96", light(body, 0.5), 3, alpha=0.5)
        s.oval(-58, -8, 12, 30, "#ffffff", alpha=0.55, turn=22)
        s.path("M0 -118Q10 -82 26 -70Q0 -60 -26 -70Q-10 -82 0 -118Z", "#c9a15a")


@shape(136)
def onion(s: Sheet, ink: Ink) -> None:
    """Two onions, golden or red."""
    body = "#d98d2b" if ink.body == "amber" else "#97306b"
    _bulb(s, 314, 304, 0.84, body)
    _bulb(s, 190, 292, 1.04, body)


@shape(120)
def garlic(s: Sheet, _ink: Ink) -> None:
    """A bulb and a clove."""
    with s.moved(212, 276):
        s.path("M-8 -150Q14 -156 16 -138Q16 -96 40 -72Q122 -30 112 44Q96 124 0 124"
               "Q-96 124 -112 44Q-122 -30 -32 -72Q-12 -96 -8 -150Z",
               s.ball("#f3ecec"))  # fmt: skip
        for bow in (-78, -34, 34, 78):
            s.line(f"M{bow * 0.1:.0f} -88Q{bow * 1.36:.0f} 20 {bow * 0.36:.0f} 122", "#b99ab5", 4, alpha=0.6)
        s.path("M-70 40Q-92 -10 -30 -56Q-60 0 -44 90Q-62 76 -70 40Z", "#ffffff", alpha=0.6)
        s.line("M-26 124q-4 8 -8 8M0 126v10M26 124q4 8 8 8", "#b59a6a", 4)
    with s.moved(344, 348, turn=24):
        s.path("M-6 -66Q50 -24 44 24Q30 54 -10 52Q-46 44 -40 2Q-34 -34 -6 -66Z", s.ball("#efe4e9"))
        s.line("M-4 -52Q26 -10 10 46", "#b99ab5", 3.4, alpha=0.6)


@shape(112)
def beet(s: Sheet, _ink: Ink) -> None:
    """A beetroot with its leaves."""
    for turn, size in ((-44, 0.9), (40, 0.9), (-18, 1.05), (14, 1.1)):
        with s.moved(240, 206, turn=turn, scale=size):
            s.line("M0 12Q-4 -40 0 -74", "#b3265f", 11)
            s.path("M0 -40Q-44 -64 -30 -112Q-14 -140 0 -148Q14 -140 30 -112Q44 -64 0 -40Z", s.slant("#6fbf57", "#2b7a3c"))
            s.line("M0 -34V-132M0 -66L-18 -86M0 -66L18 -86M0 -94L-14 -112M0 -94L14 -112", "#c9447a", 3.4)
    s.path("M240 196Q340 190 346 274Q340 350 268 382Q250 392 244 428Q236 432 232 390Q224 382 212 382Q140 350 134 274"
           "Q140 190 240 196Z", s.ball("#8c1f55"))  # fmt: skip
    s.line("M150 300Q240 330 332 298M174 344Q240 364 306 340", "#5f0f3a", 3, alpha=0.4)
    s.oval(180, 240, 13, 30, "#ffffff", alpha=0.45, turn=34)


@shape(134)
def cabbage(s: Sheet, _ink: Ink) -> None:
    s.path("M96 280Q84 180 160 150Q240 110 322 152Q396 186 384 282Q372 396 240 404Q108 396 96 280Z", s.ball("#a9cc5d"))
    s.path("M96 290Q78 214 128 180Q120 286 196 402Q110 386 96 290Z", s.across("#8db94a", "#b9d878"))
    s.path("M384 290Q402 214 352 180Q360 286 284 402Q370 386 384 290Z", s.across("#93bf4e", "#6fa03a"))
    s.path("M146 252Q150 158 240 144Q330 158 334 252Q330 372 240 398Q150 372 146 252Z", s.ball("#c9e283"))
    for side in (-1, 1):
        with s.moved(240, 0, flip=side < 0):
            s.line("M0 392Q10 280 2 160M4 330Q40 300 70 240M6 280Q36 250 52 200M4 360Q56 340 84 290", "#f1fad2", 5, alpha=0.75)
            s.line("M128 392Q104 310 118 212M110 320L138 280", "#e4f3b4", 4, alpha=0.55)
    s.oval(192, 196, 22, 12, "#ffffff", alpha=0.5, turn=-30)


@shape(128)
def lettuce(s: Sheet, _ink: Ink) -> None:
    """A frilly head of lettuce."""
    for x, y, r, tone in ((150, 290, 92, "#6fb13c"), (330, 290, 92, "#5fa336"), (196, 226, 90, "#8cc84c"),
        (288, 226, 90, "#7fbf45"),
                          (240, 304, 104, "#a4d65e")):  # fmt: skip
        d = ""
        for step in range(25):
            turn = step * 2 * pi / 24
            wave = r * (1 + 0.07 * (-1 if step % 2 else 1))
            px, py = x + wave * cos(turn), y + wave * sin(turn)
            d += (
                f"M{px:.0f} {py:.0f}"
                if not step
                else f"Q{x + wave * 1.03 * cos(turn - 0.13):.0f} {y + wave * 1.03 * sin(turn - 0.13):.0f} {px:.0f} {py:.0f}"
            )
        s.path(d + "Z", s.radial((0, light(tone, 0.55)), (0.6, tone), (1, shade(tone, 0.22)), y=0.62, r=0.62))
        s.line(f"M{x} {y + r * 0.7:.0f}Q{x + 6} {y} {x - 4} {y - r * 0.6:.0f}M{x} {y + 20}L{x - r * 0.4:.0f} {y - r * 0.3:.0f}"
               f"M{x} {y + 20}L{x + r * 0.4:.0f} {y - r * 0.3:.0f}", "#f0fad0", 4, alpha=0.65)  # fmt: skip


@shape(108)
def pepper(s: Sheet, _ink: Ink) -> None:
    s.path("M238 168Q186 140 140 174Q100 214 116 296Q130 376 178 400Q206 412 240 396Q274 412 302 400Q350 376 364 296"
           "Q380 214 340 174Q294 140 238 168Z", s.ball("#e0322c"))  # fmt: skip
    s.path("M208 172Q180 290 212 396Q240 404 268 396Q300 290 272 172Q240 190 208 172Z", s.ball("#ee4438"))
    s.path("M188 172Q240 206 292 172Q272 152 240 158Q208 152 188 172Z", "#3f8f3c")
    s.path("M226 164Q232 120 216 92Q240 76 260 88Q250 124 256 164Z", s.across("#7cc24d", "#2f7a34"))
    s.oval(158, 232, 14, 42, "#ffffff", alpha=0.6, turn=10)
    s.oval(226, 230, 8, 30, "#ffffff", alpha=0.4)


@shape(104, foot=396)
def aubergine(s: Sheet, _ink: Ink) -> None:
    with s.moved(240, 260, turn=28):
        s.path(
            "M-34 -96Q0 -118 34 -96Q52 -40 88 20Q112 96 52 136Q0 158 -52 136Q-112 96 -88 20Q-52 -40 -34 -96Z", s.ball("#52307f")
        )
        s.path("M-60 30Q-44 -20 -26 -70Q-30 0 -52 90Q-74 80 -60 30Z", "#ffffff", alpha=0.4)
        s.path("M-46 -74Q-56 -118 0 -124Q56 -118 46 -74Q36 -90 22 -62Q12 -92 -2 -56Q-12 -92 -24 -62Q-34 -90 -46 -74Z",
               s.slant("#86c457", "#2f7a3a"))  # fmt: skip
        s.path("M-12 -116Q-8 -150 6 -168Q22 -172 26 -160Q12 -140 14 -116Z", s.across("#86c457", "#3f8a3f"))


@shape(116)
def broccoli(s: Sheet, _ink: Ink) -> None:
    s.path(
        "M196 400Q212 330 176 272L214 250L240 286L268 250L306 272Q270 330 286 400Q240 412 196 400Z",
        s.across("#c3e08a", "#7fb04a"),
    )
    s.line("M240 300V392M216 300Q224 340 222 388", "#e6f5c4", 5, alpha=0.7)
    for x, y, r, tone in ((140, 246, 56, "#3c8a3a"), (340, 246, 56, "#327a34"), (176, 184, 58, "#469a42"),
        (304, 184, 58, "#3c8a3a"),
                          (240, 160, 62, "#52a84a"), (204, 244, 58, "#469a42"), (280, 246, 58, "#3f9040")):  # fmt: skip
        s.dot(x, y, r, s.radial((0, light(tone, 0.3)), (0.6, tone), (1, shade(tone, 0.3)), x=0.38, y=0.3, r=0.75))
        for step in range(11):
            turn = step * 2.4
            reach = r * 0.86 * (step / 11) ** 0.5
            s.dot(x + reach * cos(turn), y + reach * sin(turn), r * 0.12, light(tone, 0.36), alpha=0.6)


def _mushroom(s: Sheet, x: float, y: float, size: float, turn: float) -> None:
    with s.moved(x, y, scale=size, turn=turn):
        s.path("M-38 10Q-30 60 -46 96Q-42 112 0 112Q42 112 46 96Q30 60 38 10Z", s.tube("#f4ecdd"))
        s.path("M-112 6Q-96 44 0 44Q96 44 112 6Z", "#a9866a")
        s.path("M-114 8Q-110 -96 0 -100Q110 -96 114 8Q60 26 0 26Q-60 26 -114 8Z", s.ball("#f3ebe0"))
        s.oval(-50, -48, 26, 13, "#ffffff", alpha=0.8, turn=-34)


@shape(136)
def mushroom(s: Sheet, _ink: Ink) -> None:
    """Three button mushrooms."""
    _mushroom(s, 316, 244, 0.74, 14)
    _mushroom(s, 186, 284, 1.02, -10)
    _mushroom(s, 326, 344, 0.58, 26)


@shape(128)
def avocado(s: Sheet, _ink: Ink) -> None:
    """A whole avocado and a half with its stone."""
    pear = (
        "M0 -136Q44 -134 56 -76Q62 -44 88 -8Q116 40 94 88Q66 132 0 132"
        "Q-66 132 -94 88Q-116 40 -88 -8Q-62 -44 -56 -76Q-44 -134 0 -136Z"
    )
    with s.moved(310, 272, turn=14, scale=0.94):
        s.path(pear, s.ball("#4b7a34"))
        for x, y in ((10, -40), (40, 30), (20, 80), (-20, 40), (60, 70), (0, -90)):
            s.dot(x, y, 4, "#2b4c20", alpha=0.5)
    with s.moved(188, 276, turn=-12):
        s.path(pear, "#35602a")
        with s.moved(0, 2, scale=0.94):
            s.path(pear, "#86b548")
        with s.moved(0, 3, scale=0.88):
            s.path(pear, s.radial((0, "#f7f3b0"), (0.6, "#e4ea94"), (1, "#bcd866"), y=0.6, r=0.6))
        s.dot(0, 46, 46, "#b9c45a")
        s.dot(0, 44, 44, s.ball("#9a5f33"))
        s.oval(-15, 28, 9, 14, "#ffffff", alpha=0.5, turn=30)
