"""A folder with one file of profiles for each store (`device.store_profiles`), whole or not at all.

They come person by person and leave store by store, so they wait in a database in the folder that is being made: memory does not
grow with their number.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from device import store_profiles
from device.domain import Pseudonym
from device.errors import BundleError, TrainingError
from device.place import settle

_WAITING = "waiting.db"


def check(folder: Path) -> None:
    """TrainingError where the folder cannot be written, or holds what is none of ours and would be lost."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise TrainingError(f"{folder} is no folder: name one for the profiles of each store")
    if not folder.parent.is_dir():
        raise TrainingError(f"there is no folder {folder.parent} to make {folder.name} in: make it first")
    try:
        foreign = (
            sorted(path.name for path in folder.iterdir() if path.suffix != store_profiles.ENDING) if folder.exists() else ()
        )
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be read: {error.strerror}") from error
    try:
        # It is made beside the other and takes its place, so it is the folder above that must let it.
        beside = _beside(folder, "part")
        beside.mkdir()
        beside.rmdir()
    except OSError as error:
        raise TrainingError(f"the folder {folder} cannot be made: {error.strerror}") from error
    if foreign:
        raise TrainingError(f"{folder} is replaced as a whole and holds {foreign[0]}, which is no store's profiles: name another")


def write(
    folder: Path, rows: Iterable[tuple[tuple[str, ...] | None, Pseudonym, bytes]], stores: Sequence[str], made_at: str
) -> None:
    """`rows`: the stores where one was (None: the row is for every store), the pseudonym, the packed profile.

    Each of `stores` has a file, be it an empty one. TrainingError: what was in the folder is there as it was.
    """
    check(folder)
    unfinished, before = _beside(folder, "part"), _beside(folder, "before")
    try:
        unfinished.mkdir()
        with contextlib.closing(sqlite3.connect(unfinished / _WAITING)) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("CREATE TABLE row (store TEXT, name TEXT, content BLOB, PRIMARY KEY (store, name)) WITHOUT ROWID")
            every = tuple(stores)
            told = ((store, name, content) for been, name, content in rows for store in (every if been is None else been))
            with db:
                db.executemany("INSERT INTO row VALUES (?, ?, ?)", told)
            for store in stores:
                path = unfinished / f"{store_profiles.safe_name(store)}{store_profiles.ENDING}"
                found = db.execute("SELECT name, content FROM row WHERE store = ?", (store,))
                store_profiles.write(path, store, made_at, found)
        (unfinished / _WAITING).unlink()
        settle(unfinished)
        if folder.exists():
            folder.rename(before)
        unfinished.rename(folder)
        settle(folder.parent)
    except (OSError, sqlite3.Error, BundleError) as error:
        if before.exists() and not folder.exists():
            before.rename(folder)
        raise TrainingError(f"the profiles of the stores cannot be written to {folder}: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(before, ignore_errors=True)


def _beside(folder: Path, what: str) -> Path:
    """A name that nothing has: what bears it was left by a process of this one's number that was killed."""
    path = folder.with_name(f"{folder.name}.{os.getpid()}.{what}")
    shutil.rmtree(path, ignore_errors=True)
    return path
