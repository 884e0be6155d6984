"""`tillside run` as a process of its own, with a folder for its state and its words kept in a file."""

from __future__ import annotations

import contextlib
import signal
import socket
import sqlite3
from pathlib import Path
from typing import Self

from fakes.device_till import receipts
from fakes.headquarters import free_port
from fakes.patience import SECONDS, until
from fakes.program import Program, tillside

from device.domain import Receipt


class Register:
    """One register in a folder; `start` and `kill` it as often as a test likes."""

    def __init__(self, folder: Path, *, source: str = "", extra: str = "", store: str = "S1") -> None:
        self.folder = folder
        self.state = folder / "state"
        self.socket = folder / "screens.sock"
        self.port = free_port()
        self.settings = folder / "settings.toml"
        self.log = folder / "log"
        self._program: Program | None = None
        self._seen = 0
        source = source or f'kind = "tcp"\nhost = "127.0.0.1"\nport = {self.port}\nlisten = true\n'
        self.settings.write_text(
            f'store = "{store}"\ndevice = "register-1"\nstate_dir = "{self.state}"\nscreens_socket = "{self.socket}"\n'
            f'{extra}\n[[lane]]\ntill = "7"\n[lane.source]\n{source}'
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._program is not None:
            self._program.__exit__(*error)

    def start(self) -> Self:
        """Returns once it says that it is ready."""
        if self._program is not None:
            self._program.end()
        self._seen = len(self.words())
        self._program = Program(tillside("run", "--settings", self.settings), self.log)
        self.says("ready:")
        return self

    @property
    def program(self) -> Program:
        assert self._program is not None, "it was never started"
        return self._program

    def words(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def says(self, words: str) -> str:
        """Wait for a line with these words that was said since the start, and return it."""
        return self.program.says(words, self._seen)

    def kill(self) -> None:
        self.program.kill()
        assert self.program.wait() == -signal.SIGKILL

    def stop(self) -> int:
        self.program.terminate()
        return self.program.wait()

    def ended(self) -> int:
        """Wait for it to end by itself."""
        return self.program.wait()

    def till(self) -> socket.socket:
        """A till that connects to it."""

        def connected() -> socket.socket | None:
            with contextlib.suppress(OSError):
                return socket.create_connection(("127.0.0.1", self.port), SECONDS)
            return None

        till = until(connected, what=f"the register to listen at port {self.port}", seen=self.words)
        assert till is not None
        return till

    def kept(self) -> list[Receipt]:
        """The receipts on disk; none as long as there is no database."""
        with contextlib.suppress(OSError, sqlite3.OperationalError):
            return receipts(self.state / "edge.db")
        return []

    def keeps(self, count: int) -> list[Receipt]:
        """Wait until so many receipts are on disk."""
        until(
            lambda: len(self.kept()) >= count,
            what=f"{count} receipts on disk",
            seen=lambda: f"{len(self.kept())} receipts, and it said:\n{self.words()}",
        )
        return self.kept()
