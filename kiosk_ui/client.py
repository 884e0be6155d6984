"""The face's end of the wire: a Unix socket, opened again whenever it closes. Owns the socket and the unfinished line.

It says hello, turns lines into events and writes words; it decides nothing. A line that is not a word, or longer than
`MAX_LINE`, is counted and skipped. Between attempts it waits 0.1 s, doubling to 2 s; the wait starts anew once a word has come.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalSocket

from device.errors import ScreenLinkError
from device.screen_link import MAX_LINE, VERSION, FaceKind, Hello, Refused, decode_from_daemon, encode
from kiosk_ui.events import Connected, Disconnected, Heard
from kiosk_ui.lines import LineReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from device.screen_link import FromScreen
    from kiosk_ui.events import Event

FIRST_WAIT_MS = 100
LONGEST_WAIT_MS = 2000
_CHUNK = 65_536
_LARGEST_BACKLOG = 1_048_576

_log = logging.getLogger("tillside.screen")


class Client(QObject):
    """`happened` is given each event; `clock` tells milliseconds."""

    def __init__(
        self, path: Path, face: FaceKind, lane: str, happened: Callable[[Event], None], clock: Callable[[], int]
    ) -> None:
        super().__init__()
        self._path = path
        self._hello = Hello(VERSION, face, lane)
        self._happened = happened
        self._clock = clock
        self._reader = LineReader(MAX_LINE)
        self._up = False
        self._wait = FIRST_WAIT_MS
        self._said: str = ""
        self.malformed = 0
        """Lines skipped because they were not a word of the daemon."""
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.timeout.connect(self.open)
        self._socket = QLocalSocket(self)
        self._socket.connected.connect(self._connected)
        # Not errorOccurred: where nobody has made the socket yet, it comes while the state still says connecting.
        self._socket.stateChanged.connect(self._changed)
        self._socket.readyRead.connect(self._read)

    def open(self) -> None:
        self._socket.connectToServer(str(self._path))

    def say(self, words: Iterable[FromScreen]) -> None:
        if not self._up:
            return
        for word in words:
            self._socket.write(encode(word))
        if self._socket.bytesToWrite() > _LARGEST_BACKLOG:
            # A daemon that reads nothing is as good as gone; what it missed it is told anew.
            self._socket.abort()
        else:
            self._socket.flush()

    def close(self) -> None:
        """Hang up for good."""
        self._retry.stop()
        self._socket.blockSignals(True)
        self._socket.abort()

    def _connected(self) -> None:
        self._up = True
        self._reader = LineReader(MAX_LINE)
        self._happened(Connected(self._clock()))
        self.say([self._hello])

    def _read(self) -> None:
        while self._socket.bytesAvailable():
            data = bytes(self._socket.read(_CHUNK).data())
            before = self._reader.oversize
            for line in self._reader.feed(data):
                self._take(line)
            if self._reader.oversize > before:
                self._skip(f"a line longer than {MAX_LINE} bytes")

    def _take(self, line: bytes) -> None:
        try:
            word = decode_from_daemon(line)
        except ScreenLinkError as error:
            self._skip(str(error))
            return
        if isinstance(word, Refused):
            self._tell(f"the daemon will not serve this screen: {word.why}")
        else:
            self._wait = FIRST_WAIT_MS
        self._happened(Heard(word, self._clock()))

    def _skip(self, why: str) -> None:
        self.malformed += 1
        self._tell(f"skipped what the daemon sent: {why}")

    def _tell(self, sentence: str) -> None:
        # Said once, not with every line of a daemon gone mad.
        if sentence != self._said:
            self._said = sentence
            _log.warning("%s", sentence)

    def _changed(self, state: QLocalSocket.LocalSocketState) -> None:
        if state is not QLocalSocket.LocalSocketState.UnconnectedState:
            return
        if self._up:
            self._up = False
            self._happened(Disconnected(self._clock()))
        elif self._wait >= LONGEST_WAIT_MS:
            # Not at the first try: at boot the daemon may come a little later.
            forbidden = self._socket.error() is QLocalSocket.LocalSocketError.SocketAccessError
            self._tell(
                f"may not write to {self._path}: run it as the daemon's user or put it into its group"
                if forbidden
                else f"no daemon listens at {self._path}: start `tillside run`, or name its screens_socket with --socket"
            )
        self._wait_and_retry()

    def _wait_and_retry(self) -> None:
        if not self._retry.isActive():
            self._retry.start(self._wait)
            self._wait = min(2 * self._wait, LONGEST_WAIT_MS)
