"""Plays scenes on a real face in a window of memory. Owns the window while it is open, and what Qt complains of meanwhile.

A scene's clock is its own: the face's timer is stopped after every event, so that the machine's clock changes nothing. The root
of the face is made anew for each scene and its engine kept; no picture knows which was taken before it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QMetaObject, QObject, QtMsgType, qInstallMessageHandler
from PySide6.QtQuick import QQuickItem

from kiosk_ui.app import Options, Palette, Screen, show
from kiosk_ui.face import Face
from kiosk_ui.gallery.checks import geometry
from kiosk_ui.gallery.ink import Pixels, faint
from kiosk_ui.gallery.look import Look, look_at
from kiosk_ui.gallery.plan import DISTANCE_MM
from kiosk_ui.gallery.scenes import SCREEN
from kiosk_ui.view import view_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QImage

    from kiosk_ui.gallery.plan import Setting
    from kiosk_ui.gallery.scenes import Scene

_GRABS = 12
"""So often a face may change between two grabs before it counts as restless."""

_ASIDE = ("QUnifiedTimer::stopAnimationDriver: driver is not running",)
"""About the order in which Qt's own timers stop when a window goes; it says nothing of what a face did."""


class Studio:
    """One face set up one way. `resting` tells whether the last scene came to rest: two pictures in a row were the same."""

    resting = False

    def __init__(self, setting: Setting, fonts: Path) -> None:
        self.setting = setting
        self._options = Options(
            kind=setting.kind,
            socket=Path("/nonexistent"),
            lane="",
            language=setting.language,
            size=setting.size,
            dark=setting.theme.endswith("dark"),
            fonts=fonts,
            inches=setting.inches,
            distance_mm=DISTANCE_MM[setting.kind],
            palette=Palette.COLOUR_BLIND if setting.theme.startswith("safe") else Palette.STANDARD,
        )
        self._screen = Screen(self._options)
        self._face = self._screen.face
        self._screen.view.setVisible(True)

    def close(self) -> None:
        self._screen.close()

    @property
    def root(self) -> QQuickItem:
        root = self._screen.view.rootObject()
        assert isinstance(root, QQuickItem)
        return root

    @property
    def face(self) -> Face:
        return self._face

    @property
    def theme(self) -> QObject:
        theme = self._screen.view.engine().singletonInstance("Kiosk", "Theme")
        assert isinstance(theme, QObject)
        return theme

    def play(self, scene: Scene) -> QImage:
        """The face after the scene, at rest if it comes to it."""
        face = Face(self.setting.kind, SCREEN, self.setting.language, self._screen.pictures, self._screen.view.update)
        show(self._screen.view, replace(self._options, left_handed=scene.left_handed), face)
        self._face = face
        for event in scene.story.events:
            face.happened(event)
            face.rest()
        return self._at_rest()

    def look(self) -> Look:
        """What stands on the face now."""
        return look_at(self.root)

    def flaws(self, image: QImage) -> list[str]:
        """What is wrong with the scene that was played last, whose picture is `image`."""
        look, state = self.look(), self._face.state
        view = view_of(state, self.setting.language, self._screen.pictures.url)
        # What is dimmed is meant to be faint.
        unseen = [] if view.dimmed else faint(look, Pixels(image))
        return [*geometry(self.setting, state, view, look), *unseen]

    def _at_rest(self) -> QImage:
        view, self.resting = self._screen.view, False
        now = view.grabWindow()
        for _ in range(_GRABS):
            QCoreApplication.processEvents()
            moving = _finish(self.root)
            before, now = now, view.grabWindow()
            if not moving and now == before:
                self.resting = True
                break
        return now


def _finish(item: QQuickItem) -> bool:
    """Bring every animation below `item` to its end; whether there was one that ran."""
    ran = False
    for child in item.children():
        if not isinstance(child, QQuickItem):
            ran = _complete(child) or ran
    for child in item.childItems():
        ran = _finish(child) or ran
    return ran


def _complete(thing: QObject) -> bool:
    ran = False
    if thing.inherits("QQuickAbstractAnimation") and thing.property("running"):
        QMetaObject.invokeMethod(thing, "complete")
        ran = True
    for child in thing.children():
        ran = _complete(child) or ran
    return ran


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What Qt and QML warn of meanwhile, one sentence each; a gallery must have none."""
    heard: list[str] = []

    def hear(kind: QtMsgType, _: QMessageLogContext, message: str) -> None:
        if kind not in {QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg} and message not in _ASIDE:
            heard.append(message)

    former = qInstallMessageHandler(hear)
    try:
        yield heard
    finally:
        qInstallMessageHandler(former)
