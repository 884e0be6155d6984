"""Standard output that says so when it cannot be written: a full disk behind `>` is the world, not a bug.

Once a write has failed, what follows is dropped: the reader has lost the thread, and the interpreter's own last flush must not
complain once more. A reader that went away (`| head`) is left to click, which ends the command quietly.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from device.errors import OutputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_STANDARD_OUTPUT = 1


class _Output(io.FileIO):
    _lost = False

    def write(self, data: ReadableBuffer, /) -> int:
        if self._lost:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._lost = True
            raise OutputError(f"standard output cannot be written: {error.strerror}") from error


def speak_up() -> None:
    """From now on OutputError is raised where printing fails."""
    printed = sys.stdout
    if not isinstance(printed, io.TextIOWrapper):
        return  # there is none
    printed.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(_STANDARD_OUTPUT, "wb", closefd=False)),
        encoding=printed.encoding,
        # A letter that the terminal lacks, or a name that is no text, is told by its number, as on standard error.
        errors="backslashreplace" if printed.errors == "strict" else printed.errors,
        line_buffering=printed.line_buffering,
        write_through=printed.write_through,
    )
