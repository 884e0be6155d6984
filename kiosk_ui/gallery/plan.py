"""Which pictures there are: every scene of a face in each of its sizes, languages and themes. Pure; no Qt.

A picture is called `face-scene-WxH-language-theme`, and its file that with `.png`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from device.errors import SettingsError
from device.screen_link import FaceKind
from kiosk_ui.formats import Language
from kiosk_ui.gallery.scenes import scenes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kiosk_ui.gallery.scenes import Scene

SIZES = {
    FaceKind.CUSTOMER: ((1920, 1080), (1366, 768), (1024, 768), (1024, 600), (1080, 1920)),
    FaceKind.CASHIER: ((1024, 768), (1920, 1080), (1024, 200), (360, 768)),
}
"""The cashier's last two are docked: a strip below the till's own program, and a panel beside it."""
THEMES = ("light", "dark", "safe", "safedark")
"""The safe ones stay apart for the colour-blind."""

INCHES = {FaceKind.CUSTOMER: 15.6, FaceKind.CASHIER: 15.0}
"""Diagonal of the panel; a docked window is a part of the cashier's."""
DISTANCE_MM = {FaceKind.CUSTOMER: 800, FaceKind.CASHIER: 600}
_PANEL = (1024, 768)
"""What a docked window is docked on."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A face as it is set up in a shop: what a process of it is started with."""

    kind: FaceKind
    size: tuple[int, int]
    language: Language
    theme: str

    @property
    def name(self) -> str:
        width, height = self.size
        return f"{width}x{height}-{self.language}-{self.theme}"

    @property
    def docked(self) -> bool:
        """Beside or below the till's own program, on the same panel."""
        return self.kind is FaceKind.CASHIER and (self.size[0] < _PANEL[0] or self.size[1] < _PANEL[1])

    @property
    def inches(self) -> float:
        """Diagonal of the window: of the whole panel, or of its part that has the panel's pixels to the millimetre."""
        whole = INCHES[self.kind]
        return whole * math.hypot(*self.size) / math.hypot(*_PANEL) if self.docked else whole


@dataclass(frozen=True, slots=True)
class Picture:
    scene: Scene
    setting: Setting

    @property
    def name(self) -> str:
        return f"{self.setting.kind}-{self.scene.name}-{self.setting.name}"


def settings() -> tuple[Setting, ...]:
    return tuple(
        Setting(kind, size, language, theme)
        for kind in FaceKind
        for size in SIZES[kind]
        for language in Language
        for theme in THEMES
    )


def pictures(
    only: Iterable[str] = (), languages: Collection[str] = (), themes: Collection[str] = ()
) -> dict[Setting, tuple[Picture, ...]]:
    """What is to be drawn, by setting; each choice left empty means all. SettingsError when nothing is left.

    A pattern of `only` is a part of a picture's name, or the whole of it where it has a `*`, `?` or `[`.
    """
    patterns = tuple(only)
    chosen: dict[Setting, tuple[Picture, ...]] = {}
    for setting in settings():
        if (languages and setting.language not in languages) or (themes and setting.theme not in themes):
            continue
        found = (Picture(scene, setting) for scene in scenes() if setting.kind in scene.faces)
        kept = tuple(picture for picture in found if not patterns or any(_fits(picture.name, one) for one in patterns))
        if kept:
            chosen[setting] = kept
    if not chosen:
        raise SettingsError(f"no picture is called like {' or '.join(patterns)}: such names are {_EXAMPLE} or customer-*-ru-dark")
    return chosen


_EXAMPLE = "cashier-undo-1024x768-en-light"


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) if set(pattern) & set("*?[") else pattern in name
