"""Herbs and salad leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_export.sample.art.fruit import leaf
from model_export.sample.art.ink import Ink, light, shade
from model_export.sample.art.shape import shape

if TYPE_CHECKING:
    from model_export.sample.art.sheet import Sheet


def _bunch(s: Sheet, tie: str) -> None:
    s.path("M218 300L224 404H256L262 300Z", s.across("#8fc45a", "#4a8f3a"))
    s.line("M230 312L233 402M240 312V404M250 312L247 402", "#c8e8a0", 3, alpha=0.6)
    s.box(212, 300, 56, 22, s.across(light(tie, 0.2), shade(tie, 0.2)), r=9)


@shape(66)
def dill(s: Sheet, _ink: Ink) -> None:
    """A feathery bunch."""
    for turn, size in ((-44, 0.86), (44, 0.86), (-28, 0.98), (28, 0.98), (-13, 1.06), (13, 1.06), (0, 1.1)):
        with s.moved(240, 318, turn=turn, scale=size):
            s.line("M0 0V-190", "#3a8a3c", 5)
            dark = bright = ""
            for step in range(6):
                y, w = -60 - step * 24, 40 - step * 4
                twigs = f"M0 {y}Q{-w // 2} {y - 8} {-w} {y - 30}M0 {y}Q{w // 2} {y - 8} {w} {y - 30}"
                twigs += f"M{-w // 2} {y - 9}l-14 -2M{w // 2} {y - 9}l14 -2"
                if step % 2:
                    bright += twigs
                else:
                    dark += twigs
            s.line(dark, "#3f9a44", 4.4)
            s.line(bright, "#4fae4a", 4.4)
    _bunch(s, "#e9c77d")


@shape(66)
def parsley(s: Sheet, _ink: Ink) -> None:
    """A curly bunch."""
    for turn in (-40, -20, 0, 20, 40):
        with s.moved(240, 318, turn=turn):
            s.line("M0 0V-110", "#5aa044", 6)
    for x, y, size, turn in ((148, 224, 0.9, -40), (332, 224, 0.9, 40), (186, 164, 1, -18), (296, 164, 1, 18),
        (240, 142, 1.06, 0),
                             (204, 232, 1, -14), (278, 232, 1, 14)):  # fmt: skip
        with s.moved(x, y, scale=size, turn=turn):
            s.path("M0 52Q-20 40 -30 44Q-58 40 -52 14Q-68 -8 -44 -22Q-42 -50 -16 -46Q0 -62 16 -46Q42 -50 44 -22Q68 -8 52 14"
                   "Q58 40 30 44Q20 40 0 52Z", s.slant("#77c653", "#23803a"))  # fmt: skip
            s.line("M0 46V-24M0 20L-28 4M0 20L28 4M0 0L-18 -22M0 0L18 -22", "#d3f0b0", 3.4, alpha=0.75)
    _bunch(s, "#e0724f")


@shape(70)
def spring_onion(s: Sheet, _ink: Ink) -> None:
    """Spring onions in a bundle."""
    for turn, tone in ((-20, "#3f9a44"), (20, "#3a8f40"), (-10, "#57b04c"), (10, "#4aa347"), (0, "#66bd52")):
        with s.moved(240, 356, turn=turn):
            s.path("M-14 -60Q-20 -180 -10 -272Q-2 -290 4 -270Q18 -180 14 -60Z", s.across(light(tone, 0.35), shade(tone, 0.25)))
            s.path("M-14 -70H14Q12 -30 20 6Q22 34 0 36Q-22 34 -20 6Q-12 -30 -14 -70Z", s.tube("#fbf6ea"))
            s.path("M-14 -74H14V-36Q0 -28 -14 -40Z", s.down(tone, "#f3f6dd"), alpha=0.75)
            s.line("M-8 36q-2 10 -6 14M0 37v15M8 36q2 10 6 14", "#cbb98a", 3)
    s.box(186, 256, 108, 20, s.across("#6aa9ea", "#2a5fae"), r=9)


@shape(110)
def leaf_pack(s: Sheet, _ink: Ink) -> None:
    """Salad leaves heaped in a clear tray."""
    for x, y, turn, size in ((150, 246, -70, 1.2), (200, 210, -100, 1.4), (250, 200, -80, 1.5), (300, 214, -60, 1.4),
        (340, 250, -40, 1.2),
                             (180, 260, -120, 1.2), (230, 250, -95, 1.4), (290, 256, -70, 1.3),
                                 (250, 286, -110, 1.2)):  # fmt: skip
        leaf(s, x, y + 40, turn, size, "#4f9f3f" if (x + y) % 3 else "#74bf4c")
    s.path("M104 272H376L352 392Q348 404 334 404H146Q132 404 128 392Z", s.across("#ffffff", "#cfe6e2"), alpha=0.75)
    s.path("M98 264H382V282H98Z", s.down("#ffffff", "#d7e6e2"))
    s.path("M170 300H310V384H170Z", s.slant("#3fa34d", "#1f6b45"))
    s.path("M190 318H290V334H190Z", "#fffdf6", alpha=0.9)
    leaf(s, 212, 366, -12, 0.75, "#a3cf3e")
    s.line("M124 292L138 384", "#ffffff", 8, alpha=0.8)


@shape(84)
def pot_herb(s: Sheet, _ink: Ink) -> None:
    """Basil in a pot."""
    s.line("M240 300Q238 220 240 150M240 280Q196 250 180 210M240 280Q284 250 300 210", "#4a9440", 8)
    for x, y, turn, size in ((240, 250, 214, 1.25), (240, 250, -34, 1.25), (184, 216, 190, 0.95), (296, 216, -10, 0.95),
                             (240, 206, 232, 1.2), (240, 206, -52, 1.2), (186, 220, 250, 0.9), (294, 220, -70, 0.9),
                                 (240, 176, 262, 1.1),
                             (240, 178, -82, 1.1), (240, 292, 190, 1.1), (240, 292, -10, 1.1)):  # fmt: skip
        leaf(s, x, y, turn, size, "#3f9f44" if turn % 4 else "#5cb84c")
    s.path("M168 298H312L298 392Q296 404 284 404H196Q184 404 182 392Z", s.tube("#c96a3c"))
    s.box(158, 284, 164, 30, s.tube("#d97b4a"), r=7)
    s.path("M172 320H308L306 330H173Z", "#7d3518", alpha=0.25)
