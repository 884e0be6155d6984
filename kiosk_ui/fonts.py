"""The fonts of the faces: Inter for Latin, Cyrillic and all figures, Noto Sans Arabic for what Inter has no letters for.

Both come from Debian packages and are registered by file, so that no font of the machine is ever chosen in their place: others
are wider, and prices would leave their cards. The UI cut of Noto keeps Arabic lines nearly as low as Latin ones; its package is
the smallest of Debian's with a plain sans serif in two weights (1.4 MB, where the whole of Noto is 12 MB).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QFont, QFontDatabase

from device.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

ARABIC = "Noto Sans Arabic UI"


class _Package(NamedTuple):
    name: str
    place: str
    """Under /usr/share/fonts."""
    files: tuple[str, ...]


PACKAGES = (
    _Package(
        "fonts-inter",
        "opentype/inter",
        (
            "Inter-Regular.otf",
            "Inter-Medium.otf",
            "Inter-SemiBold.otf",
            "Inter-Bold.otf",
            "InterDisplay-SemiBold.otf",
            "InterDisplay-Bold.otf",
        ),
    ),
    _Package("fonts-noto-ui-core", "truetype/noto", ("NotoSansArabicUI-Regular.ttf", "NotoSansArabicUI-Bold.ttf")),
)


def load_fonts(folder: Path) -> None:
    """Register every file, from `folder` itself or its place under it; SettingsError names the package of one that is missing."""
    for package in PACKAGES:
        for name in package.files:
            places = (folder / name, folder / package.place / name)
            if not any(place.is_file() and QFontDatabase.addApplicationFont(str(place)) >= 0 for place in places):
                raise SettingsError(
                    f"no font {name} in {folder}: install the Debian package {package.name} or name its folder with --fonts"
                )
    for family in ("Inter", "Inter Display"):
        QFont.insertSubstitution(family, ARABIC)
