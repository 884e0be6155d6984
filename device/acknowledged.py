"""What headquarters has answered for, read from the sync program's own database (`sync.ledger`), which only that one writes."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from device import readonly

if TYPE_CHECKING:
    from pathlib import Path


def marks(sync_db: Path) -> dict[str, int]:
    """By epoch, the number up to which every receipt is acknowledged; none while there is no such database to be read."""
    try:
        with contextlib.closing(readonly.opened(sync_db)) as db:
            return {str(epoch): int(mark) for epoch, mark in db.execute("SELECT epoch, acknowledged FROM watermark")}
    except sqlite3.Error:
        return {}


def refused(sync_db: Path) -> set[tuple[str, int]]:
    """Epoch and number of receipts that headquarters did not take. sqlite3.Error: nobody knows."""
    with contextlib.closing(readonly.opened(sync_db)) as db:
        return {(str(epoch), int(seq)) for epoch, seq in db.execute("SELECT epoch, seq FROM refused")}
