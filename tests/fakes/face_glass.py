"""A running face on a window in memory, and a finger for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.patience import until
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from device.screen_link import FaceKind
from kiosk_ui.app import Options, Screen
from kiosk_ui.commands import DEBIAN_FONTS
from kiosk_ui.formats import Language
from kiosk_ui.remote import find_item

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtQuick import QQuickItem
    from pytestqt.qtbot import QtBot

    from kiosk_ui.dock import Dock

SIZES = {FaceKind.CUSTOMER: (1920, 1080), FaceKind.CASHIER: (1024, 768)}

_device = None


class Glass:
    """Owns the screen it shows until `close`."""

    def __init__(
        self,
        qtbot: QtBot,
        socket: Path,
        kind: FaceKind,
        language: Language = Language.ENGLISH,
        size: tuple[int, int] | None = None,
        *,
        dark: bool = False,
        still: bool = False,
        left_handed: bool = False,
        dock: Dock | None = None,
    ) -> None:
        self.qtbot = qtbot
        cashier = kind is FaceKind.CASHIER
        size = size if dock else size or SIZES[kind]
        self.screen = Screen(
            Options(
                kind=kind,
                socket=socket,
                lane="till-1",
                language=language,
                size=size,
                dark=dark,
                still=still,
                fonts=DEBIAN_FONTS,
                inches=15.0 if cashier else 15.6,
                distance_mm=600 if cashier else 800,
                left_handed=left_handed,
                dock=dock,
            )
        )
        self.screen.open(size)

    @property
    def state(self):
        return self.screen.face.state

    def close(self) -> None:
        self.screen.close()

    def until(self, met: Callable[[], object], what: str = "the face to come to it") -> None:
        until(met, what=what, seen=lambda: self.state, pause=lambda: self.qtbot.wait(10))

    def shows(self, seq: int) -> None:
        """Wait until snapshot `seq` is on the glass."""
        self.until(lambda: self.state.painted is not None and self.state.painted.seq >= seq, f"snapshot {seq} on the glass")

    def item(self, name: str) -> QQuickItem | None:
        return find_item(self.screen.view.contentItem(), name)

    def box(self, name: str) -> tuple[float, float, float, float]:
        item = self.item(name)
        assert item is not None, name
        corner = item.mapToScene(QPointF(0, 0))
        return (corner.x(), corner.y(), item.width(), item.height())

    def press(self, name: str) -> QPoint:
        global _device  # noqa: PLW0603 Qt keeps a touch device for the life of the program
        if _device is None:
            _device = QTest.createTouchDevice()
        x, y, width, height = self.box(name)
        point = QPoint(round(x + width / 2), round(y + height / 2))
        QTest.touchEvent(self.screen.view, _device).press(0, point).commit()
        return point

    def release(self, point: QPoint) -> None:
        QTest.touchEvent(self.screen.view, _device).release(0, point).commit()

    def drag(self, point: QPoint) -> None:
        QTest.touchEvent(self.screen.view, _device).move(0, point).commit()

    def settled_touch(self, name: str) -> None:
        """Touch as a cashier does who has read the card: after the guard against slips."""
        QTest.qWait(330)
        self.release(self.press(name))

    def picture(self) -> QImage:
        return self.screen.view.grabWindow()


def texts(root: QQuickItem) -> list[QQuickItem]:
    """Every visible Text below `root`."""
    if not root.isVisible() or root.opacity() == 0:
        return []
    own = [root] if root.inherits("QQuickText") and root.property("text") else []
    return own + [text for child in root.childItems() for text in texts(child)]


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of two opaque colours (WCAG 2.2, relative luminance)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: QColor) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


NO_FOCUS = Qt.WindowType.WindowDoesNotAcceptFocus
