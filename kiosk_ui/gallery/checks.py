"""What is wrong with a played scene, by walking its live items."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QImage

    from kiosk_ui.gallery.scenes import Scene
    from kiosk_ui.gallery.studio import Studio


def flaws(studio: Studio, scene: Scene, image: QImage) -> Iterator[str]:
    yield from ()
