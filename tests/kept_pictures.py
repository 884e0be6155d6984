"""The pictures of the faces that are kept, how they are compared, and the one command that makes them anew.

    .venv/bin/python tests/kept_pictures.py

Run it after a change that is meant to be seen, look at what git shows, and commit the pictures with the change. They lie in
tests/kiosk_ui/pictures at half their size in each direction (a docked strip whole) and in shades of eight, which are half the
bytes, so that all together stay under two megabytes.

Two pictures are the same when their bytes are, or when at most 0.5 % of their pixels differ by more than 8 of 255 in any channel:
Qt's rasteriser and Debian's fonts differ that little between machines, and so do two shades that are neighbours.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from kiosk_ui.gallery.plan import Picture

FOLDER = Path(__file__).parent / "kiosk_ui" / "pictures"
LARGEST_BYTES = 100_000
TOGETHER_BYTES = 2_000_000
_SHADES = 8
_SHARE = 0.005
_WHOLE_UP_TO = 300
"""Pixels: what is lower than this would lose its letters at half its size."""

KEPT = (
    "customer-idle-1920x1080-ru-light",
    "customer-suggestions-3-1920x1080-ru-light",
    "customer-suggestions-3-1366x768-en-dark",
    "customer-suggestions-3-1080x1920-ru-light",
    "customer-suggestions-3-1366x768-ar-light",
    "customer-suggestions-3-1024x768-qps-light",
    "customer-suggestions-2-1024x768-en-safe",
    "customer-suggestions-1-1920x1080-en-light",
    "customer-suggestions-0-1366x768-ru-light",
    "customer-everything-1920x1080-ru-dark",
    "customer-everything-1024x600-en-light",
    "customer-long-names-1366x768-ru-light",
    "customer-no-picture-1366x768-en-safedark",
    "customer-price-highest-1024x600-ru-light",
    "customer-return-1024x768-ru-light",
    "customer-payment-1080x1920-en-light",
    "customer-payment-change-1920x1080-ru-light",
    "customer-payment-change-1024x768-ar-dark",
    "customer-thanks-1366x768-ru-dark",
    "customer-rating-faces-1920x1080-ru-light",
    "customer-rating-ten-1024x600-en-light",
    "customer-closed-1024x600-ru-light",
    "cashier-suggestions-3-1024x768-ru-light",
    "cashier-suggestions-3-1920x1080-en-light",
    "cashier-suggestions-3-1024x768-ar-light",
    "cashier-suggestions-3-1024x200-ru-light",
    "cashier-suggestions-3-360x768-ru-light",
    "cashier-suggestions-2-1024x768-en-dark",
    "cashier-suggestions-0-1024x768-ru-light",
    "cashier-left-handed-1024x768-en-light",
    "cashier-everything-1024x768-ru-light",
    "cashier-taken-1024x768-ru-safedark",
    "cashier-age-asked-1024x768-en-safe",
    "cashier-age-asked-360x768-qps-light",
    "cashier-refused-1024x768-ru-light",
    "cashier-undo-1024x768-en-light",
    "cashier-undo-1024x200-ar-light",
    "cashier-payment-change-1024x768-ru-dark",
    "cashier-offline-360x768-ru-light",
)


def kept() -> dict[str, Picture]:
    """What is kept, by name; KeyError for a name no picture has."""
    from kiosk_ui.gallery.plan import pictures  # noqa: PLC0415 the environment comes first

    every = {picture.name: picture for some in pictures().values() for picture in some}
    return {name: every[name] for name in KEPT}


def drawn() -> Iterator[tuple[str, QImage]]:
    """Every kept picture as the faces draw it now, in the size it is kept in."""
    from kiosk_ui.commands import DEBIAN_FONTS  # noqa: PLC0415
    from kiosk_ui.gallery.studio import Studio  # noqa: PLC0415

    pictures = kept()
    for setting in dict.fromkeys(picture.setting for picture in pictures.values()):
        studio = Studio(setting, DEBIAN_FONTS)
        for name, picture in pictures.items():
            if picture.setting == setting:
                yield name, reduced(studio.play(picture.scene))
        studio.close()


def reduced(image: QImage) -> QImage:
    """As it is kept: smaller, and every channel a multiple of eight."""
    from PySide6.QtCore import Qt  # noqa: PLC0415
    from PySide6.QtGui import QImage  # noqa: PLC0415

    if image.height() > _WHOLE_UP_TO:
        image = image.scaled(image.width() // 2, image.height() // 2, mode=Qt.TransformationMode.SmoothTransformation)
    shades = pixels(image) & 0xF8
    height, width, _ = shades.shape
    return QImage(shades.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def pixels(image: QImage) -> NDArray[np.uint8]:
    """Height x width x red, green, blue."""
    image = image.convertToFormat(image.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def same_picture(one: QImage, other: QImage) -> bool:
    if one == other:
        return True
    return one.size() == other.size() and float(differing(one, other).mean()) <= _SHARE


def differing(one: QImage, other: QImage) -> NDArray[np.bool_]:
    """Which pixels of two pictures of one size differ so much that it counts."""
    apart = np.abs(pixels(one).astype(np.int16) - pixels(other).astype(np.int16)).max(axis=2)
    return np.asarray(apart > _SHADES)


def difference(one: QImage, other: QImage) -> QImage:
    """The first picture pale, and red where they differ; all red when their sizes do."""
    from PySide6.QtGui import QImage  # noqa: PLC0415

    shown = pixels(one) // 4 + 191
    shown[differing(one, other) if one.size() == other.size() else ...] = (200, 0, 0)
    height, width, _ = shown.shape
    return QImage(shown.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def renew() -> None:
    """Draw what is kept anew: what looks the same stays as it is, what is no longer kept goes."""
    from PySide6.QtGui import QGuiApplication, QImage  # noqa: PLC0415

    from kiosk_ui.gallery.png import png  # noqa: PLC0415

    app = QGuiApplication.instance() or QGuiApplication([])
    FOLDER.mkdir(exist_ok=True)
    changed = []
    for name, image in drawn():
        path = FOLDER / f"{name}.png"
        if path.is_file() and same_picture(image, QImage(str(path))):
            continue
        path.write_bytes(png(image, 9))
        changed.append(name)
    for path in FOLDER.glob("*.png"):
        if path.stem not in KEPT:
            path.unlink()
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    print(f"{len(changed)} of {len(KEPT)} pictures made anew, {sum(sizes.values()) / 1000:.0f} kB in all", *changed, sep="\n  ")
    for name, size in sizes.items():
        if size > LARGEST_BYTES:
            print(f"{name} is {size} bytes large: keep that scene in a smaller size")
    del app


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_QUICK_BACKEND"] = "software"
    renew()
