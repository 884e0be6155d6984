"""The daemon's end of the screen link: a real Unix socket that says what a test tells it to and keeps what it heard."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from typing import TYPE_CHECKING, Self, TypeVar

from device.screen_link import Acknowledgement, Act, FromDaemon, FromScreen, decode_from_screen, encode

if TYPE_CHECKING:
    from pathlib import Path

Word = TypeVar("Word", bound=FromScreen)


class DaemonLink:
    """Serves one face at a time; the latest connection is the one it speaks to."""

    def __init__(self, path: Path, *, answers: bool = True) -> None:
        self.path = path
        self.answers = answers
        self.heard: queue.Queue[FromScreen] = queue.Queue()
        self.hellos = 0
        self._peer: socket.socket | None = None
        self._greeting: list[bytes] = []
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

    def say_raw(self, data: bytes) -> None:
        assert self._peer is not None, "no face has connected"
        self._outgoing.put((self._peer, data))

    def greet_with(self, *words: FromDaemon) -> None:
        """What every face that connects is told first."""
        self._greeting = [encode(word) for word in words]

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
        while (item := self._outgoing.get()) is not None:
            peer, data = item
            with contextlib.suppress(OSError):
                peer.sendall(data)

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._server.accept()
            except OSError:
                return
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
                self._take(peer, decode_from_screen(line))

    def _take(self, peer: socket.socket, word: FromScreen) -> None:
        self.heard.put(word)
        if isinstance(word, Act):
            if self.answers:
                peer.sendall(encode(Acknowledgement(word.act_id, done=True)))
        elif type(word).__name__ == "Hello":
            self.hellos += 1
            for line in self._greeting:
                peer.sendall(line)
