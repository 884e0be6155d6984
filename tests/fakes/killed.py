"""Something run in a child that is killed at one of its steps."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from device import store_profiles
from sync import activation

SYNC = str(Path(activation.__file__).parent)
OURS = (SYNC, store_profiles.__file__)


def steps(act: Callable[[], object], kill_at: int | None) -> int:
    """Run it in a child that counts its calls, into SQLite, the file system and our own, and is killed at one of them.

    The number of steps when it came to its end, or -1 when it was killed.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        count = 0

        def counting(frame, event, argument):
            nonlocal count
            if event in {"call", "c_call"} and frame.f_code.co_filename.startswith(OURS):
                if count == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1

        sys.setprofile(counting)
        try:
            act()
        finally:
            sys.setprofile(None)
            os.write(writing, str(count).encode())
            os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    said = os.read(reading, 100)
    os.close(reading)
    assert kill_at is None or said or os.WTERMSIG(status) == signal.SIGKILL
    return int(said) if said else -1
