"""`tillside run` as a process of its own, with a folder for its state and its words kept in a file."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

from fakes.device_till import receipts
from fakes.headquarters import free_port

from device.domain import Receipt

TILLSIDE: Final = Path(sys.executable).with_name("tillside")
PATIENCE_SECONDS: Final = 30.0
"""Never waited for when all is well."""


class Register:
    """One register in a folder; `start` and `kill` it as often as a test likes."""

    def __init__(self, folder: Path, *, source: str = "", extra: str = "", store: str = "S1") -> None:
        self.folder = folder
        self.state = folder / "state"
        self.socket = folder / "screens.sock"
        self.port = free_port()
        self.settings = folder / "settings.toml"
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._seen = 0
        source = source or f'kind = "tcp"\nhost = "127.0.0.1"\nport = {self.port}\nlisten = true\n'
        self.settings.write_text(
            f'store = "{store}"\ndevice = "register-1"\nstate_dir = "{self.state}"\nscreens_socket = "{self.socket}"\n'
            f'{extra}\n[[lane]]\ntill = "7"\n[lane.source]\n{source}'
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def start(self) -> Self:
        """Returns once it says that it is ready."""
        self._seen = len(self.words())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([TILLSIDE, "run", "--settings", self.settings], stdout=log, stderr=log)
        self.says("ready:")
        return self

    def words(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def says(self, words: str) -> str:
        """Wait for a line with these words that was said since the start, and return it."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < patience:
            for line in self.words()[self._seen :].splitlines():
                if words in line:
                    return line
            assert self._process is None or self._process.poll() is None or words in self.words(), self.words()
            time.sleep(0.01)
        raise AssertionError(f"it never said {words!r}:\n{self.words()}")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        assert self._process.wait() == -signal.SIGKILL

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(PATIENCE_SECONDS)

    def ended(self) -> int:
        """Wait for it to end by itself."""
        assert self._process is not None
        return self._process.wait(PATIENCE_SECONDS)

    def till(self) -> socket.socket:
        """A till that connects to it."""
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS)
            except OSError:
                assert time.monotonic() < patience
                time.sleep(0.01)

    def keeps(self, count: int) -> list[Receipt]:
        """Wait until so many receipts are on disk."""
        patience = time.monotonic() + PATIENCE_SECONDS
        kept: list[Receipt] = []
        while time.monotonic() < patience:
            with contextlib.suppress(OSError):
                kept = receipts(self.state / "edge.db")
            if len(kept) >= count:
                return kept
            time.sleep(0.01)
        raise AssertionError(f"{len(kept)} receipts of {count}:\n{self.words()}")
