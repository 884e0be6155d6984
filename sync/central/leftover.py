"""Whether any byte of a file still tells of a pseudonym: `python -m sync.central.leftover FILE`, pseudonyms on standard input.

It says `left` or `none`. A program of its own, because it reads past SQLite: who closes a file that the same process has open
in SQLite gives up SQLite's locks on it (https://www.sqlite.org/howtocorrupt.html, "POSIX advisory locks"). It takes none, so that
whoever writes goes on; what it looks for must not be written any more. Memory: `_CHUNK` bytes and the pseudonyms, whatever the
file.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

from device.errors import CentralError

_CHUNK: Final = 1_048_576
_DIGITS: Final = 32
_RUN: Final = re.compile(rb"[0-9a-f]{%d,}" % _DIGITS)


def holds(file: Path, tokens: Collection[str]) -> bool:
    """CentralError: it could not be looked through."""
    command = (sys.executable, "-P", "-m", "sync.central.leftover", str(file))
    done = subprocess.run(command, input="\n".join(tokens), capture_output=True, text=True, check=False)
    if done.returncode or done.stdout not in {"left\n", "none\n"}:
        raise CentralError(f"{file} could not be looked through for what was to be forgotten ({done.stderr.strip()[-200:]})")
    return done.stdout == "left\n"


def found(file: Path, tokens: Collection[bytes]) -> bool:
    """Pseudonyms have 32 digits 0 to 9 and a to f."""
    before = b""
    with file.open("rb", buffering=0) as raw:
        while chunk := raw.read(_CHUNK):
            data = before + chunk
            for run in _RUN.findall(data):
                # Two columns of a row stand side by side, so that a run may be longer than a pseudonym.
                if any(run[at : at + _DIGITS] in tokens for at in range(len(run) - _DIGITS + 1)):
                    return True
            before = data[1 - _DIGITS :]
    return False


if __name__ == "__main__":
    answer = "left" if found(Path(sys.argv[1]), frozenset(sys.stdin.buffer.read().split())) else "none"
    sys.stdout.write(f"{answer}\n")
