"""An eye on what the daemon shows, and a finger on the cashier face.

The eye is one more screen on the daemon's socket. The finger is the face's own remote control: a real press and release inside
the running window, so that guards and pressed states are passed as a cashier would pass them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from device.demo.programs import PATIENCE_SECONDS
from device.errors import TillsideError
from device.screen_link import MAX_LINE, VERSION, FaceKind, Hello, Refused, Snapshot, decode_from_daemon, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from device.demo.programs import Program
    from device.screen_link import Act, Painted


class Eye:
    """Follows the snapshots of one lane in a thread."""

    def __init__(self, path: Path, lane: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._socket.sendall(encode(Hello(VERSION, FaceKind.CASHIER, lane)))
        self._changed = threading.Condition()
        self._snapshot: Snapshot | None = None
        self._over = False
        self.names: dict[str, dict[str, str]] = {}
        """By SKU and language, of everything that was ever on the screens."""
        self._thread = threading.Thread(target=self._follow, name="eye", daemon=True)
        self._thread.start()

    @property
    def snapshot(self) -> Snapshot | None:
        with self._changed:
            return self._snapshot

    def wait(self, what: str, until: Callable[[Snapshot], bool], seconds: float = PATIENCE_SECONDS) -> Snapshot:
        """The first snapshot of which `until` is true; TillsideError that says `what` was waited for."""
        end = time.monotonic() + seconds
        with self._changed:
            while self._snapshot is None or not until(self._snapshot):
                if self._over:
                    raise TillsideError(f"the daemon went away before it showed {what}")
                if not self._changed.wait(end - time.monotonic()):
                    raise TillsideError(f"the daemon did not show {what} within {seconds:.0f} s")
            return self._snapshot

    def say(self, word: Act | Painted) -> None:
        """What a face would say."""
        self._socket.sendall(encode(word))

    def close(self) -> None:
        # Closing alone would leave the thread in its read, and the descriptor open under it.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _follow(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                while line := lines.readline(MAX_LINE):
                    word = decode_from_daemon(line)
                    if isinstance(word, Refused):
                        return
                    if isinstance(word, Snapshot):
                        with self._changed:
                            self._snapshot = word
                            self.names.update((card.sku, card.names) for card in word.cards)
                            self._changed.notify_all()
        except (OSError, ValueError):
            pass  # the demo has closed it
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()


class Face:
    """A running face and its remote control."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def tap(self, button: str) -> str | None:
        """Press a button; the SKU it was about, or None when there is no such button to press now."""
        answer = self._ask({"tap": button})
        return answer.get("sku") if answer.get("hit") else None

    def rate(self, score: int) -> bool:
        """Touch a score of the thank-you; whether the face took it."""
        return bool(self._ask({"tap": "rate", "score": score})["hit"])

    def picture(self, path: Path) -> None:
        self._ask({"grab": str(path)})

    def state(self) -> dict[str, Any]:
        return self._ask({"state": True})

    def wait(self, what: str, until: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE_SECONDS) -> None:
        """Until the face draws it; TillsideError that says `what` was waited for."""
        end = time.monotonic() + seconds
        while not until(self.state()):
            if time.monotonic() > end:
                name = self.program.name
                raise TillsideError(f"the {name} face did not show {what} within {seconds:.0f} s: {self.program.last_words()}")
            time.sleep(0.02)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        process = self.program.process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(question) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        if not line:
            self.program.demand_alive()
            raise TillsideError(f"{self.program.name} does not answer its remote control (log: {self.program.log})")
        answer: dict[str, Any] = msgspec.json.decode(line)
        if "error" in answer:
            raise TillsideError(f"{self.program.name}: {answer['error']}")
        return answer
