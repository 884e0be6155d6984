"""Where a command may put what it makes: told before anything is read, for a run of an hour must not end without a place.

A file that appears whole takes the place of what bore its name. So a name that was meant for another option would cost the
receipts, the shoppers' key or the central store: what a command reads is nothing that it writes over. A bundle takes the place of
a bundle, or of an empty file, and of nothing else: whatever stands there may be all that somebody has.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from device.errors import TrainingError
from model_export.items import ITEMS
from model_export.parquet import LINES
from model_export.regulars import by_store
from model_export.whole import alone, make_folder, try_to_write
from sync.central import SQLITE

_TABLES: Final = frozenset({"slot", "part", "active"})
"""As `device.bundle` has them."""


def apart(place: Path, *read: Path | None, folder: Path | None = None, url: str | None = None) -> None:
    """TrainingError where `place` is one of the files that are read, of the folder of receipts, or the central store."""
    files = [path for path in read if path is not None]
    if folder is not None:
        files += (folder / LINES, folder / ITEMS)
    if url is not None and url.startswith(SQLITE):
        files.append(Path(url.removeprefix(SQLITE)))
    there = os.path.realpath(place)
    if any(os.path.realpath(path) == there for path in files):
        raise TrainingError(f"{place} is read here, and what is made would write over it: choose another name")


def for_training(out: Path, days: Path | None, profiles: Path | None) -> None:
    """Of a bundle, of the folders of each day's counts and of each store's profiles. TrainingError where one will not do."""
    if profiles is not None:
        by_store.check(profiles)
        if days is not None and os.path.realpath(days) == os.path.realpath(profiles):
            raise TrainingError(f"{profiles} is replaced as a whole and would take the days' counts along: name two folders")
    if days is not None:
        make_folder(days)
    # Last: a folder that was made just now has taken the name.
    for_bundle(out)


def for_bundle(out: Path) -> None:
    """TrainingError where none can be written, or something else stands."""
    try_to_write(out)
    if out.is_file() and out.stat().st_size and not _a_bundle(out):
        raise TrainingError(f"{out} is there and cannot be read as a bundle: move it away, or choose another name")


def _a_bundle(path: Path) -> bool:
    """By its tables, of whatever version: a sound one or not, training makes it anew."""
    # Immutable: nothing is made beside a database of somebody else's, and nobody is waited for.
    where = f"{Path(os.path.realpath(path)).as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(where, uri=True)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return False
    return tables >= _TABLES


@contextmanager
def alone_in(days: Path | None) -> Iterator[None]:
    """No other training counts into the folder of each day's counts until the block ends: it would replace what this one reads.

    TrainingError where one does.
    """
    with ExitStack() as held:
        if days is not None:
            try:
                held.enter_context(alone(days, "another training counts"))
            except OSError as error:
                raise TrainingError(f"the day counts in {days} cannot be kept: {error.strerror or error}") from error
        yield
