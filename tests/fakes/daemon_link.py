"""The daemon's end of the screen link: a real Unix socket that says what a test tells it to and keeps what it heard.

As a daemon does, it beats when it has said nothing for a second: else a face on a slow machine rightly finds it absent.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from typing import TYPE_CHECKING, Self, TypeVar

from device.screen_link import (
    BEAT_SECONDS,
    Acknowledgement,
    Act,
    Beat,
    FromDaemon,
    FromScreen,
    Hello,
    Snapshot,
    decode_from_screen,
    encode,
)

if TYPE_CHECKING:
    from pathlib import Path

Word = TypeVar("Word", bound=FromScreen)


class DaemonLink:
    """Serves one face at a time; the latest connection is the one it speaks to."""

    def __init__(self, path: Path, *, answers: bool = True) -> None:
        self.path = path
        self.answers = answers
        self.heard: queue.Queue[FromScreen] = queue.Queue()
        self._peer: socket.socket | None = None
        self._greeting: tuple[FromDaemon, ...] = ()
        self._shown: Snapshot | None = None
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        # Written by a thread of its own: the face reads in the thread that calls `say`.
        self._outgoing: queue.Queue[tuple[socket.socket, bytes] | None] = queue.Queue()
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def say(self, *words: FromDaemon) -> None:
        self.say_raw(b"".join(encode(word) for word in words))
        self._shown = next((word for word in reversed(words) if isinstance(word, Snapshot)), self._shown)

    def say_raw(self, data: bytes) -> None:
        assert self._peer is not None, "no face has connected"
        self._outgoing.put((self._peer, data))

    def greet_with(self, *words: FromDaemon) -> None:
        """What every face that connects is told first."""
        self._greeting = words

    def acts(self) -> list[Act]:
        """The acts heard so far."""
        return self.of(Act)

    def of(self, kind: type[Word]) -> list[Word]:
        return [word for word in list(self.heard.queue) if isinstance(word, kind)]

    def hang_up(self) -> None:
        """Close the connection, go on listening."""
        if self._peer is not None:
            self._peer.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """As a daemon that was killed: nobody listens and the connection is gone."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.hang_up_quietly()
        self._outgoing.put(None)
        self._thread.join(5)
        self._writer.join(5)
        self.path.unlink(missing_ok=True)

    def hang_up_quietly(self) -> None:
        with contextlib.suppress(OSError):
            self.hang_up()

    def _write(self) -> None:
        while True:
            try:
                item = self._outgoing.get(timeout=BEAT_SECONDS)
            except queue.Empty:
                peer, shown = self._peer, self._shown
                if peer is None or shown is None:
                    continue
                item = (peer, encode(Beat(shown.run, shown.seq)))
            if item is None:
                return
            peer, data = item
            with contextlib.suppress(OSError):
                peer.sendall(data)

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
            self._shown = None
            self._peer = peer
            self._listen(peer)
            self._peer = None
            peer.close()

    def _listen(self, peer: socket.socket) -> None:
        rest = b""
        while True:
            try:
                data = peer.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._take(decode_from_screen(line))

    def _take(self, word: FromScreen) -> None:
        self.heard.put(word)
        if isinstance(word, Act):
            if self.answers:
                self.say(Acknowledgement(word.act_id, done=True))
        elif isinstance(word, Hello):
            self.say(*self._greeting)
