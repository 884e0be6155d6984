"""A file appears whole or not at all, and stays after a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device.errors import TrainingError


@contextmanager
def appears_whole(path: Path) -> Iterator[Path]:
    """Yields where to write; what stands there afterwards becomes `path` by one rename. TrainingError when it cannot."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield unfinished
        _settle(unfinished)
        unfinished.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
