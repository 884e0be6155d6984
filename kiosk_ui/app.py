"""One face as a program: fonts, words, window, engine and wire put together. Nothing is decided here.

`run` returns the exit status. The window and its engine go first, then what they show: QML never sees a half-dead object.
"""

from __future__ import annotations

import signal
import socket
import uuid
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, QSize, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickView

from device.screen_link import FaceKind, Stage
from device.supervisor import Supervisor
from kiosk_ui.client import Client
from kiosk_ui.dock import Dock, Place, docked, inches_of
from kiosk_ui.evening import Evening
from kiosk_ui.events import Remembered
from kiosk_ui.face import Face, clock
from kiosk_ui.fonts import load_fonts
from kiosk_ui.monitors import Power, monitor
from kiosk_ui.pictures import PROVIDER, PictureProvider, Pictures
from kiosk_ui.remembered import Memory, recall
from kiosk_ui.remote import Remote
from kiosk_ui.state import shown_snapshot, shown_stage
from kiosk_ui.watchdog import Watchdog
from kiosk_ui.window_system import application
from kiosk_ui.words import translate, words_of

if TYPE_CHECKING:
    from device.hours import Span
    from kiosk_ui.formats import Language

HERE = Path(__file__).parent
QML = HERE / "qml"
DESIGN_DIAGONAL = {FaceKind.CUSTOMER: 2203, FaceKind.CASHIER: 1280}
"""Pixels of the diagonal the sizes in QML were drawn for: 1920x1080 and 1024x768."""

HEADLESS_SCREEN = Place(0, 0, 1024, 768)
"""What a face that is drawn into memory is docked to."""

_ROOTS = {FaceKind.CUSTOMER: "Customer", FaceKind.CASHIER: "Cashier"}


class Palette(StrEnum):
    STANDARD = "standard"
    COLOUR_BLIND = "colour-blind"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose; sizes in pixels, distances in millimetres from the eye.

    `inches` is the diagonal of the screen, or of the window where it has a size and no dock.
    """

    kind: FaceKind
    socket: Path
    lane: str
    language: Language
    size: tuple[int, int] | None
    dark: bool
    fonts: Path
    inches: float
    distance_mm: float
    left_handed: bool = False
    dock: Dock | None = None
    palette: Palette = Palette.STANDARD
    remote: bool = False
    output: str = ""
    """Name of the monitor the face belongs to; the window system's choice if empty."""
    dark_hours: tuple[Span, ...] = ()
    """When the theme is dark, whatever `dark` says; none: `dark` alone."""
    still: bool = False
    """Nothing slides or fades."""
    monitor_off: bool = False
    """The monitors are off while the shop is closed."""
    memory: Path | None = None
    """Where the last snapshot is kept for the process that follows a killed one."""


class Screen:
    """A running face. Owns every Qt object of it; `close` takes them down in order."""

    def __init__(self, options: Options) -> None:
        self._power = Power() if options.monitor_off else None
        load_fonts(options.fonts)
        self._options = options
        self._words = words_of(options.language)
        self._translator = translate(self._words)
        self.pictures = Pictures()
        self.face = Face(options.kind, uuid.uuid4().hex[:12], options.language, self.pictures, self._repaint)
        self.view = _window(options, self.pictures)
        show(self.view, options, self.face)
        self.client = Client(options.socket, options.kind, options.lane, self.face.happened, clock)
        self.face.talk_through(self.client.say)
        self._watchdog = Watchdog(Supervisor(), self.view.isExposed)
        self._memory = Memory(options.memory)
        if (last := recall(options.memory)) is not None:
            self.face.happened(Remembered(last, clock()))
        self._evening = Evening(options.dark_hours, theme_of(self.view)) if options.dark_hours else None
        self.view.frameSwapped.connect(self._frame_shown)

    def open(self, size: tuple[int, int] | None) -> None:
        if size is None and self._options.dock is None:
            # Without a window manager nobody else gives a window the whole of its monitor.
            self.view.setGeometry(self.view.screen().geometry())
            # Not showFullScreen: it asks for the focus, which belongs to the till's program.
            self.view.setWindowState(Qt.WindowState.WindowFullScreen)
        self.view.setVisible(True)
        self.client.open()

    def close(self) -> None:
        self.client.close()
        self.face.rest()
        if self._evening is not None:
            self._evening.close()
        shiboken6.delete(self.view)
        self._memory.close()
        self._watchdog.close()
        self.pictures.close()
        QGuiApplication.removeTranslator(self._translator)

    def _repaint(self) -> None:
        self._watchdog.frame_asked()
        self.view.update()

    def _frame_shown(self) -> None:
        self._watchdog.frame_shown()
        self.face.frame_shown()
        self._memory.keep(shown_snapshot(self.face.state))
        if self._power is not None:
            self._power.shop(closed=shown_stage(self.face.state) is Stage.CLOSED)


def run(options: Options) -> int:
    """Show a face until it is told to end."""
    app = application("tillside-screen")
    app.setApplicationName("tillside")
    app.setDesktopFileName(f"tillside-{options.kind}")
    screen = Screen(options)
    ending = _Ending(app)
    remote = Remote(screen.view, screen.face, app.quit) if options.remote else None
    if options.output:
        # Qt would move the window to another monitor, over the other face: end, and be started again until it is back.
        app.screenRemoved.connect(lambda gone: app.exit(1) if gone.name() == options.output else None)
    screen.open(options.size)
    status = app.exec()
    if remote is not None:
        remote.close()
    screen.close()
    ending.close()
    return status


def show(view: QQuickView, options: Options, face: Face) -> None:
    """Put a face into the window in place of the one it may show already, which is gone when this returns."""
    view.setInitialProperties({"face": face, "leftHanded": options.left_handed})
    view.loadFromModule("Kiosk", _ROOTS[options.kind])
    if view.status() is not QQuickView.Status.Ready:
        raise RuntimeError("; ".join(error.toString() for error in view.errors()))


def theme_of(view: QQuickView) -> QObject:
    theme = view.engine().singletonInstance("Kiosk", "Theme")
    assert isinstance(theme, QObject)
    return theme


def _window(options: Options, pictures: Pictures) -> QQuickView:
    view = QQuickView()
    view.setTitle("Tillside")
    view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
    # The barcode scanner is a keyboard: its keys belong to the till's own program, whichever face is beside it.
    view.setFlags(view.flags() | Qt.WindowType.WindowDoesNotAcceptFocus)
    if options.output:
        own = monitor(options.output)
        view.setScreen(own)
        view.setPosition(own.geometry().topLeft())
    inches = options.inches
    if options.dock is None:
        view.resize(QSize(*options.size) if options.size else view.screen().size())
    else:
        screen = _desktop(view)
        place = docked(options.dock, screen, options.size)
        inches = inches_of(place, screen, inches)
        view.setFlags(view.flags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        view.setGeometry(*place)
    engine = view.engine()
    engine.addImportPath(str(QML))
    engine.addImageProvider(PROVIDER, PictureProvider(pictures))
    theme = theme_of(view)
    theme.setProperty("dark", options.dark)
    theme.setProperty("colourBlind", options.palette is Palette.COLOUR_BLIND)
    theme.setProperty("still", options.still)
    theme.setProperty("inches", inches)
    theme.setProperty("distance", options.distance_mm)
    theme.setProperty("mirrored", options.language.mirrored)
    theme.setProperty("designDiagonal", DESIGN_DIAGONAL[options.kind])
    theme.setProperty("screen", view.size())
    view.setColor(theme.property("paper"))
    return view


def _desktop(view: QQuickView) -> Place:
    if QGuiApplication.platformName() == "offscreen":
        return HEADLESS_SCREEN
    at = view.screen().geometry()
    return Place(at.x(), at.y(), at.width(), at.height())


class _Ending:
    """SIGTERM and SIGINT end the event loop. Owns the pair of sockets that wakes it: Python alone would not be asked in time."""

    def __init__(self, app: QCoreApplication) -> None:
        self._app = app
        self._ours, self._signals = socket.socketpair()
        self._ours.setblocking(False)
        self._signals.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._woken)
        self._former_fd = signal.set_wakeup_fd(self._signals.fileno(), warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}

    def close(self) -> None:
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._former_fd)
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._ours.close()
        self._signals.close()

    def _woken(self) -> None:
        self._ours.recv(64)
        self._app.quit()
