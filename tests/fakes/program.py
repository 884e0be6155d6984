"""Programs that a test starts: none outlives its test, and a failure shows what they said last.

Each is the leader of a process group of its own, which goes with it, and the kernel ends it should the test runner be killed.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from fakes.patience import SECONDS, until

TILLSIDE: Final = Path(sys.executable).with_name("tillside")
TAIL_LINES: Final = 40
GUARD: Final = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


def tillside(*words: str | Path) -> list[str]:
    """The one command as it is installed beside this interpreter."""
    return [str(TILLSIDE), *map(str, words)]


class Program:
    """Runs while entered; what it says goes to `log`, after what stands there already.

    `talks`: it is spoken to through `say` and `line`; then only its standard error goes to `log`.
    """

    def __init__(
        self, command: Sequence[str | Path], log: Path, *, env: Mapping[str, str] | None = None, talks: bool = False
    ) -> None:
        self.log = log
        self._heard = b""
        pipe = subprocess.PIPE if talks else None
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [*GUARD, *command],
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or out,
                stderr=out,
                bufsize=0,
                env=env,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end()
        if kind is not None:
            tail = "\n".join(self.words().splitlines()[-TAIL_LINES:])
            print(f"--- the last words of {self.process.args!r}, status {self.process.returncode}:\n{tail}")

    @property
    def pid(self) -> int:
        return self.process.pid

    def words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def says(self, words: str, start: int = 0) -> str:
        """Wait for a line with these words after the first `start` characters of the log, and return it."""

        def found() -> str | None:
            # Asked first: what it said before it ended is in the log then.
            ended = not self.alive()
            line = next((line for line in self.words()[start:].splitlines() if words in line), None)
            assert line is not None or not ended, f"it ended with status {self.process.returncode} before it said {words!r}"
            return line

        line = until(found, what=f"{words!r}", seen=self.words)
        assert line is not None
        return line

    def alive(self) -> bool:
        return self.process.poll() is None

    def wait(self, seconds: float = SECONDS) -> int:
        """Its status, once it has ended by itself."""
        return self.process.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def terminate(self) -> None:
        self.signal(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would: the whole group, at once."""
        _kill_group(self.pid)
        self.process.wait()

    def end(self) -> None:
        """Ask it to end, then see to it that nothing of its group is left."""
        if self.alive():
            self.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait(10)
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def say(self, data: bytes) -> None:
        assert self.process.stdin is not None
        while data:
            data = data[self.process.stdin.write(data) :]

    def hush(self) -> None:
        """Say no more: the end of its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def line(self) -> bytes:
        """The next line of its standard output, waited for."""
        assert self.process.stdout is not None
        end = time.monotonic() + SECONDS
        while b"\n" not in self._heard:
            left = end - time.monotonic()
            assert left > 0, f"it did not answer within {SECONDS:.0f} s"
            if select.select([self.process.stdout], [], [], left)[0]:
                data = os.read(self.process.stdout.fileno(), 65_536)
                assert data, f"it ended its standard output: {self.words()}"
                self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line


def completed(
    command: Sequence[str | Path], *, told: str | None = None, env: Mapping[str, str] | None = None, seconds: float = 2 * SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run a program that ends by itself to its end; one that does not is killed and fails the test."""
    command = [*GUARD, *command]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if told is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
    ) as child:
        try:
            said, errors = child.communicate(told, seconds)
        finally:
            _kill_group(child.pid)
    return subprocess.CompletedProcess(command, child.returncode, said, errors)


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
