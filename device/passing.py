"""Folders that go with the process that made them; what killed processes left goes when the next one is made.

One is called `PREFIXxxxxxxxx.passing` and stands in the temporary folder. Its process holds it by flock, which the kernel lets go
however the process ends: what nobody holds is a leftover. Another user's is not touched, nor what is a link or no folder; what
cannot be removed stays without a word. Where the file system has no locks, nothing is taken for a leftover.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS: Final = "tillside-"
"""Every prefix begins so."""
SUFFIX: Final = ".passing"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def passing_folder(prefix: str) -> Iterator[str]:
    """A folder of this process alone, gone after the block. OSError where none can be made."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for left in [entry.path for entry in entries if entry.name.startswith(OURS) and entry.name.endswith(SUFFIX)]:
            _remove_left(left)
    folder, handle = _made(prefix)
    try:
        yield folder
    finally:
        # Held until it is gone: a start just now would remove it as well.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _made(prefix: str) -> tuple[str, int]:
    """The folder and the handle that holds it."""
    while True:
        folder = tempfile.mkdtemp(prefix=prefix, suffix=SUFFIX)
        # Before it is held, another start may take it for a leftover: then one more is made.
        with suppress(FileNotFoundError):
            handle = os.open(folder, _FOLDER)
            if _held(handle) is not False and _stands(folder, handle):
                return folder, handle
            os.close(handle)


def _remove_left(folder: str) -> None:
    with suppress(OSError):
        handle = os.open(folder, _FOLDER)
        try:
            if os.fstat(handle).st_uid == os.geteuid() and _held(handle):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


def _held(handle: int) -> bool | None:
    """False: another holds it. None: here nobody can hold anything."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _stands(folder: str, handle: int) -> bool:
    try:
        return os.path.samestat(Path(folder).lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False
