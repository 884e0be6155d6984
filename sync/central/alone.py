"""One program at a time takes receipts into a SQLite file: two that write at once could corrupt it (SQLite before 3.51.3)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device import place
from device.errors import CentralError
from sync.central import SQLITE


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Until left or killed; nothing of it for an engine that many write to. CentralError while another program is at it."""
    if not url.startswith(SQLITE):
        yield
        return
    path = Path(url.removeprefix(SQLITE))
    try:
        place.folder(path.parent, 0o700)
        lock = place.claimed(path.with_name(f"{path.name}.lock"))
    except BlockingIOError as error:
        raise CentralError(
            f"another program takes receipts into {path}: stop that `tillside headquarters serve` or `import` first"
        ) from error
    except OSError as error:
        raise CentralError(f"the central store {path} cannot be used: {error}") from error
    try:
        yield
    finally:
        os.close(lock)
