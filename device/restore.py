"""Puts a copy of the edge database in its place: `tillside restore`. It is the only writer while it does."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from device import place, rescue
from device.errors import StoreError
from device.store import EdgeStore


def restored(path: Path, device: str, copy: Path) -> int:
    """Put a copy in the database's place; how many receipts it holds. StoreError: why it cannot be used."""
    place.folder(path.parent, 0o700)
    lock = place.only_writer(path)
    try:
        rescue.restore(copy, path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{copy} cannot be put in the place of {path}: {error}") from error
    finally:
        os.close(lock)
    edge = EdgeStore(path, device)
    receipts = edge.receipts()
    edge.close()
    return receipts
