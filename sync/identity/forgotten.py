"""How far a register has forgotten: what it may tell headquarters, no more than is true.

The daemon takes pseudonyms out of edge.db and says in there how far it came (`device.clearing`). Profiles stand in bundle.db,
under one hash that the whole bundle is verified by, so none of them can be taken out of a bundle that is to stay whole: the slots
that are not in use are emptied, and the one in use ends with the next bundle, which headquarters makes without. Until then the
daemon leaves the profile unread, and the register says that it has forgotten only what comes before.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from device import readonly
from device.errors import SyncError
from device.shopper import tombstone
from sync import activation


def clean_bundles(bundle_db: Path, stones: Mapping[bytes, int]) -> int | None:
    """Empty the slots that are not in use if they have a profile of a tombstone; the lowest number still in the file, or None."""
    held: dict[bool, list[int]] = {True: [], False: []}
    for in_use, name in activation.profiles(bundle_db) if stones else ():
        if (number := stones.get(tombstone(name))) is not None:
            held[in_use].append(number)
    if held[False]:
        activation.drop_previous(bundle_db)
    if stones and not activation.emptied(bundle_db):
        return min(stones.values())
    held[False] = []
    return min((*held[True], *held[False]), default=None)


def through(edge_db: Path, bundle_db: Path, tombstones: list[tuple[int, bytes]], listed: int) -> int:
    """Up to which number of the list, known here up to `listed`, nothing is left on this register."""
    if not listed:
        return 0
    done = min(listed, _edge(edge_db, listed))
    left = clean_bundles(bundle_db, {digest: number for number, digest in tombstones})
    return done if left is None else min(done, left - 1)


def _edge(edge_db: Path, last: int) -> int:
    """What the daemon says; all, when it has never kept a receipt."""
    if not edge_db.is_file():
        return last
    try:
        with closing(readonly.opened(edge_db)) as db:
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'forgotten'").fetchone() is None:
                return 0  # a daemon of before there was forgetting
            ((number,),) = db.execute("SELECT through FROM forgotten").fetchall()
    except sqlite3.Error as error:
        raise SyncError(f"the edge database {edge_db} cannot be read: {error}") from error
    return int(number)
