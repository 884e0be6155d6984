"""A hand on a running face, for demonstrations and tests: JSON lines on standard input, one answer each on standard output.

    {"tap": "accept"}            a real press and release at the middle of that button, or of dismiss, out_of_stock, less, undo
                                 or alternate; of the scores of a thank-you {"tap": "rate", "score": 3}
                                 -> {"tapped": "accept", "hit": true, "sku": "4711"}
    {"grab": "face.png"}         the window as a picture -> {"grabbed": "face.png"}
    {"state": true}              -> {"stage": "basket", "seq": 7, "run": "...", "cards": ["4711"], "connected": true,
                                     "total": "286,80 ₽"}, as it is drawn
    {"quit": true}               ends the face -> {"quit": true}

`hit` says that the face acted on it: false when the button is not there, is off, or the guards against slips held it back.
Anything else is answered with {"error": sentence}. The end of standard input ends nothing. What is told while the finger is on
the glass waits in the pipe.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QMouseEvent

from kiosk_ui.events import Button
from kiosk_ui.lines import LineReader
from kiosk_ui.state import hero, shown_stage, visible_cards

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtQuick import QQuickItem, QQuickView

    from kiosk_ui.face import Face

_LONGEST_LINE = 65_536
_STDIN = 0
PRESS_MS = 60
"""How long the finger stays: long enough for the pressed button to be painted."""


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """Exactly one of the four; a score belongs to a tap."""

    tap: Button | None = None
    score: int | None = None
    grab: str | None = None
    state: bool | None = None
    quit: bool | None = None


class Remote(QObject):
    """The only reader of standard input and writer of standard output. A tap is answered when its finger is up again."""

    def __init__(self, view: QQuickView, face: Face, end: Callable[[], None]) -> None:
        super().__init__()
        self._view = view
        self._face = face
        self._end = end
        self._reader = LineReader(_LONGEST_LINE)
        self._waiting: deque[bytes] = deque()
        self._finger_down = False
        self._ended = False
        self._closed = False
        os.set_blocking(_STDIN, False)
        self._notifier = QSocketNotifier(_STDIN, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._read)

    def close(self) -> None:
        """Nothing more is done, not even what waits for the finger: the face goes away."""
        self._closed = True
        self._waiting.clear()
        self._listen()

    def _listen(self) -> None:
        """While commands wait for the finger they wait in the pipe: whoever tells them waits too, in bounded memory."""
        self._notifier.setEnabled(not self._ended and not self._closed and not self._waiting)

    def _read(self) -> None:
        try:
            data = os.read(_STDIN, 65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended = True
            self._listen()
            return
        before = self._reader.oversize
        self._waiting += self._reader.feed(data)
        if self._reader.oversize > before:
            _answer({"error": f"a line may be {_LONGEST_LINE} bytes long"})
        self._work()

    def _work(self) -> None:
        while self._waiting and not self._finger_down:
            line = self._waiting.popleft()
            try:
                command = msgspec.json.decode(line, type=Command)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                _answer({"error": f"not a command: {error}"})
                continue
            self._do(command)
        self._listen()

    def _do(self, command: Command) -> None:
        match command:
            case Command(tap=Button() as button, grab=None, state=None, quit=None):
                self._tap(button, command.score)
            case Command(tap=None, grab=str() as path, state=None, quit=None):
                self._grab(path)
            case Command(tap=None, grab=None, state=True, quit=None):
                self._tell_state()
            case Command(tap=None, grab=None, state=None, quit=True):
                _answer({"quit": True})
                self._end()
            case _:
                _answer({"error": "a command is one of tap, grab, state and quit, with state and quit true"})

    def _tap(self, button: Button, score: int | None) -> None:
        item = find_item(self._view.contentItem(), f"tap:{button}" if score is None else f"tap:{button}:{score}")
        state = self._face.state
        if item is None or not item.isEnabled():
            _answer({"tapped": button, "hit": False, "sku": ""})
            return
        match button:
            case Button.UNDO:
                about = state.undo.suggestion_id if state.undo else ""
                listed = state.snapshot.cards if state.snapshot else ()
                sku = next((card.sku for card in listed if card.suggestion_id == about), "")
            case Button.ALTERNATE:
                sku = str(item.property("sku"))
            case _:
                standing = hero(state)
                sku = standing.sku if standing else ""
        at = item.mapToScene(QPointF(item.width() / 2, item.height() / 2))
        before = (state.acts, state.chosen, state.age_asked)
        self._finger_down = True
        self._mouse(QEvent.Type.MouseButtonPress, at)

        def release() -> None:
            if self._closed:
                return
            self._mouse(QEvent.Type.MouseButtonRelease, at)
            self._finger_down = False
            after = self._face.state
            hit = before != (after.acts, after.chosen, after.age_asked)
            _answer({"tapped": button, "hit": hit, "sku": sku})
            self._work()

        QTimer.singleShot(PRESS_MS, release)

    def _mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        held = Qt.MouseButton.LeftButton if kind is QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton
        event = QMouseEvent(
            kind, at, at, self._view.mapToGlobal(at), Qt.MouseButton.LeftButton, held, Qt.KeyboardModifier.NoModifier
        )
        QCoreApplication.sendEvent(self._view, event)

    def _grab(self, path: str) -> None:
        if self._view.grabWindow().save(path):
            _answer({"grabbed": path})
        else:
            _answer({"error": f"cannot write a picture to {path}: name a file in a folder that exists"})

    def _tell_state(self) -> None:
        state = self._face.state
        _answer(
            {
                "stage": shown_stage(state).value,
                "seq": state.snapshot.seq if state.snapshot else 0,
                "run": state.snapshot.run if state.snapshot else "",
                "cards": [card.sku for card in visible_cards(state)],
                "connected": state.connected and not state.absent,
                "total": self._face.property("total"),
            }
        )


def find_item(root: QQuickItem, name: str) -> QQuickItem | None:
    """The first visible item of that object name, in the order they are drawn."""
    if not root.isVisible():
        return None
    if root.objectName() == name:
        return root
    return next((found for child in root.childItems() if (found := find_item(child, name)) is not None), None)


def _answer(answer: dict[str, object]) -> None:
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    sys.stdout.flush()
