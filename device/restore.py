"""Puts a copy of the edge database in its place: `tillside restore`. It is the only writer while it does.

The copy must be whole, an edge database, and of this register: that of another would be numbered and sent as that one's.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from device import place, readonly, rescue
from device.errors import StoreError
from device.store import EdgeStore


def restored(path: Path, device: str, copy: Path) -> int:
    """Put a copy in the database's place; how many receipts it holds. StoreError: why it cannot be used."""
    place.state(path.parent)
    lock = place.only_writer(path)
    try:
        _put(copy, place.place_of(path), device)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{copy} cannot be put in the place of {path}: {error}") from error
    finally:
        os.close(lock)
    edge = EdgeStore(path, device)
    receipts = edge.receipts()
    edge.close()
    return receipts


def _put(copy: Path, path: Path, device: str) -> None:
    """What was there stays beside it under another name. Where it fails, nothing was changed."""
    unfinished = path.with_name(f"{path.name}.rescued.part")
    if (why := _unfit(copy, device, unfinished)) is not None:
        raise StoreError(f"{copy} cannot be put in the place of {path} ({why}): name another copy")
    try:
        unfinished.unlink(missing_ok=True)
        with contextlib.closing(readonly.opened(copy)) as db:
            db.execute("VACUUM INTO ?", (str(unfinished),))
        rescue.mark(unfinished)
        if path.exists():
            rescue.set_aside(path, "replaced")
    except (OSError, sqlite3.Error):
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    rescue.complete(unfinished, path)


def _unfit(copy: Path, device: str, unfinished: Path) -> str | None:
    if not copy.is_file():
        return "no such file"
    if unfinished.exists() and copy.samefile(unfinished):
        return "it is what an interrupted restoration has left"
    if (why := rescue.damage(copy)) is not None:
        return why
    with contextlib.closing(readonly.opened(copy)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        owner = db.execute("SELECT device FROM identity").fetchone() if {"identity", "receipt"} <= tables else None
    if owner is None:
        return "it is no copy of an edge database"
    return None if owner[0] == device else f"it is of register '{owner[0]}', the settings say '{device}'"
