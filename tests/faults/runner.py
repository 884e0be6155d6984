"""Children of one warm process, each over the shim of `disk_log.c` with faults of its own: what a start costs is paid once.

`Runner` starts `runner.py` over the shim, which imports what the programs need and then forks for each task that it reads, a JSON
line; it answers with another when the child has ended. What a child says goes to a file, and so do its promises.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from faults import disk

CHANGE: Final = 1
NEVER: Final = 2**62
"""As `first`: nothing fails, and operations are counted."""
BUG: Final = 70
"""The status of a child that ended with a traceback."""
HUNG: Final = -int(signal.SIGALRM)
SECONDS: Final = 60


class Fault(NamedTuple):
    """As `disk_log_arm` takes it."""

    why: int
    first: int
    count: int
    torn: bool

    def __str__(self) -> str:
        some = "all from there on" if self.count == 0 else str(self.count)
        return f"{os.strerror(self.why)} at operation {self.first}, {some}{', torn' if self.torn else ''}"


NONE: Final = Fault(0, NEVER, 1, torn=False)


class Ended(NamedTuple):
    status: int
    said: list[str]
    """Lines of standard error."""
    promised: list[list[Any]]
    operations: int
    failed: int


class Runner:
    def __init__(self, folder: Path) -> None:
        """`folder`: for the shim, and for what children say; not where they work."""
        self._folder = folder
        search = os.pathsep.join((str(disk.ROOT), str(disk.ROOT / "tests")))
        env = {**os.environ, "LD_PRELOAD": str(disk.shim(folder)), "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(2 * SECONDS)
        self._process.stdout.close()

    def run(self, program: str, state: Path, material: Path, fault: Fault = NONE) -> Ended:
        """Run a program of `programs.py` below `state` to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        said, promised = self._folder / "said", self._folder / "promised"
        task = [program, str(state), str(material), list(fault), str(said), str(promised)]
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the runner ended with status {self._process.wait()}")
        lines = said.read_text(errors="replace").splitlines()
        *promises, counted = [json.loads(line) for line in promised.read_text().splitlines()] or [[0, 0]]
        return Ended(int(answer), lines, promises, *counted)


def _child(program: str, state: str, material: str, fault: list[int], said: str, promised: str) -> None:
    """Does not return."""
    from faults import programs  # noqa: PLC0415 - of the warm process

    shim = ctypes.CDLL(None)
    status = BUG
    signal.alarm(SECONDS)
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
    told = os.open(promised, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    programs.listen(lambda words: os.write(told, json.dumps(words).encode() + b"\n"))
    why, first, count, torn = fault
    shim.disk_log_arm(os.path.realpath(state).encode(), CHANGE, why, ctypes.c_uint64(first), ctypes.c_uint64(count), int(torn))
    try:
        status = programs.run(program, Path(state), Path(material))
    except BaseException:  # noqa: BLE001 - the entry point: a bug is a traceback
        traceback.print_exc()
    finally:
        every, failed = ctypes.c_uint64(), ctypes.c_uint64()
        shim.disk_log_counted(ctypes.byref(every), ctypes.byref(failed))
        os.write(told, json.dumps([every.value, failed.value]).encode() + b"\n")
        sys.stderr.flush()
        os._exit(status)


def _serve() -> None:
    from faults import programs  # noqa: PLC0415 - over the shim only

    del programs
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _child(*json.loads(line))
        _, how = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(how), flush=True)


if __name__ == "__main__":
    _serve()
