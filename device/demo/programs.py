"""One program of the store: started with a log of its own, ended with certainty."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from device.errors import TillsideError

PATIENCE_SECONDS: Final = 60.0
"""Waited for one thing at most; nothing takes so long but on a machine that has much else to do."""
STOP_SECONDS: Final = 20.0


class Program:
    """A child process. It is told to end when this process does, even by kill -9 (setpriv of util-linux sees to that)."""

    def __init__(
        self, name: str, command: list[str], log: Path, env: dict[str, str] | None = None, *, talks: bool = False
    ) -> None:
        self.name = name
        self.log = log
        # A session of its own: Ctrl-C reaches the demo alone, which then ends the others in order.
        pipe = subprocess.PIPE if talks else None
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                _guard() + command,
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or out,
                stderr=out,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def alive(self) -> bool:
        return self.process.poll() is None

    def demand_alive(self) -> None:
        """Raise TillsideError with the last line of its log when it has ended."""
        if not self.alive():
            raise TillsideError(
                f"{self.name} ended with status {self.process.returncode}: {self.last_words()} (whole log: {self.log})"
            )

    def last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def wait_for(self, words: str, seconds: float) -> None:
        """Until `words` stand in its log; TillsideError when it ends or the time does."""
        end = time.monotonic() + seconds
        while words not in self.log.read_text(encoding="utf-8", errors="replace"):
            self.demand_alive()
            if time.monotonic() > end:
                raise TillsideError(
                    f"{self.name} did not say '{words}' within {seconds:.0f} s: {self.last_words()} (log: {self.log})"
                )
            time.sleep(0.02)

    def finish(self) -> bool:
        """Wait until it ends by itself; whether it did what it was asked."""
        return self.process.wait() == 0

    def stop(self) -> None:
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _guard() -> list[str]:
    """The words before a command that end it when this process ends."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def run(name: str, command: list[str], log: Path, *, show: bool = False) -> None:
    """Run a program to its end; `show` lets its progress through to standard error. TillsideError when it fails."""
    with log.open("ab") as out:
        done = subprocess.run(_guard() + command, stdin=subprocess.DEVNULL, stdout=out, stderr=None if show else out, check=False)
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise TillsideError(f"{name} failed: {lines[-1] if lines else 'see above'} (log: {log})")


def said(name: str, command: list[str]) -> bytes:
    """Run a program to its end; what it says on standard output. TillsideError when it fails."""
    done = subprocess.run(_guard() + command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().removeprefix("tillside: ").splitlines()
        raise TillsideError(lines[-1] if lines else f"{name} failed with status {done.returncode}")
    return done.stdout


def tillside(*words: str) -> list[str]:
    """The one command, of this very installation."""
    return [sys.executable, "-m", "device", *words]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
