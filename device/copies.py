"""The nightly copies of the edge database in `backup_dir`, named after the shop's day: `edge-YYYYMMDD.db`.

A copy is made beside its name and takes it when it is whole and on the disk; the latest `KEPT_COPIES` stay. One of a day that is
still to come was made by a clock that stood wrong, and counts as older than any. A shopper who is forgotten is to stand in none:
a fresh copy is made of the database that has forgotten, then every other goes. A medium that is away meanwhile is not reached:
its copies go as those that come after push them out.

Two threads may ask at once; they take turns.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING, Final

from device import place, readonly, rescue
from device.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

KEPT_COPIES: Final = 2
_NAMES: Final = "edge-????????.db"
_STEP: Final = "put the disk back, make room there, or correct backup_dir"
_ALL: Final = f"{_NAMES}*"
"""Beginnings and journals that a kill has left among them."""


class Copies:
    """Of the database `path`, in `folder`; None: none are wanted."""

    def __init__(self, path: Path, folder: Path | None) -> None:
        self._path = path
        self._folder = folder
        self._turn = threading.Lock()

    def make(self, at: datetime) -> Path | None:
        """Today's, unless it is there already. StoreError: there is none, and why."""
        if self._folder is None:
            return None
        with self._turn:
            if _name(at) in {one.name for one in _found(self._folder, _NAMES)}:
                return None
            copy = _made(self._path, self._folder, at)
            whole = sorted(_found(self._folder, _NAMES), key=lambda one: (one.name <= copy.name, one.name))
            _drop(self._folder, whole[:-KEPT_COPIES])
        return copy

    def renew(self, at: datetime) -> None:
        """Where there are copies, or the beginning of one: a fresh copy and no other. StoreError: one of before may be left."""
        if self._folder is None:
            return
        with self._turn:
            if not _found(self._folder, _ALL):
                return
            copy = _made(self._path, self._folder, at)
            _drop(self._folder, [old for old in _found(self._folder, _ALL) if old != copy])


def _made(path: Path, folder: Path, at: datetime) -> Path:
    copy = folder / _name(at)
    unfinished = folder / f"{copy.name}.part"
    try:
        place.folder(folder, 0o700)
        unfinished.unlink(missing_ok=True)
        with contextlib.closing(readonly.opened(path)) as db:
            (found,) = db.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise StoreError(
                    f"the edge database {path} is damaged ({found}): start the register anew, it rescues what it can"
                )
            db.execute("VACUUM INTO ?", (str(unfinished),))
        rescue.mark(unfinished)
        place.settle(unfinished)
        unfinished.replace(copy)
        place.settle(folder)
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        why = error.strerror if isinstance(error, OSError) else error
        raise StoreError(f"the edge database cannot be copied to {folder} ({why}): {_STEP}") from error
    return copy


def _drop(folder: Path, old: list[Path]) -> None:
    try:
        for one in old:
            one.unlink(missing_ok=True)
        place.settle(folder)
    except OSError as error:
        raise StoreError(f"an old copy of the edge database in {folder} could not be deleted: {error}") from error


def _name(at: datetime) -> str:
    return f"edge-{at:%Y%m%d}.db"


def _found(folder: Path, names: str) -> list[Path]:
    """None where there is no such folder. StoreError: nobody knows."""
    try:
        return sorted(one for one in folder.iterdir() if one.match(names))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(
            f"the copies of the edge database in {folder} cannot be looked at ({error.strerror}): {_STEP}"
        ) from error
