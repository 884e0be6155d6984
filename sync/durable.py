"""A file appears whole or not at all, and stays after a power cut."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from device.place import settle


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace `path` by one rename; durable on return."""
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123 - the mode from the start
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    settle(path.parent)


def move(path: Path, to: Path) -> None:
    """Give a file another name in its folder, over what bears it; durable on return."""
    path.replace(to)
    settle(to.parent)
