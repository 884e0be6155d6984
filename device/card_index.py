"""The card index of a bundle's profiles: in which row of the table each stands. Filled once, when the bundle is opened.

By its name a profile is found by two ways down a b-tree, each of which ends at a page that nobody else asked for: two reads of a
cold disk, and more for the pages on the way. By its row it is one way, whose inner pages are few: one for every thousand profiles
and more. So a bundle that is opened keeps the first eight bytes of every name, in the order in which rows are read to be hashed
anyway: 1.6 MB for 200,000 profiles. `kept_near` has the inner pages read, and kept by the connection, out of reach of a kernel
that needs room. What is left is one read.

It is a shortcut and no promise of the format: where rows do not follow one another in the order of their names, or too many
names begin alike, `rows` says None and the profile is asked for by its name. The table is asked for the name in any case.
"""

from __future__ import annotations

import contextlib
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

from device.domain import Pseudonym

# A damaged or hostile file may hold anything in any column.
EVERY: Final = """
SELECT ifnull(CAST(id AS INTEGER), 0), ifnull(CAST(name AS TEXT), ''), ifnull(CAST(content AS BLOB), x'')
FROM part WHERE slot = ? AND kind = ? ORDER BY name
"""
"""What `filling` is given: the parts of a kind in a slot, in the order in which they are hashed."""
MOST_ALIKE: Final = 4
_PREFIX_BYTES: Final = 8
_KEPT_KIB: Final = 4096
"""Of pages: 0.6 MB are the inner ones of 200,000 profiles, 2.9 MB of a million; the rest is what was asked lately."""
_STRIDE: Final = 500
"""Profiles at most below one inner page: 250 pages of three of the largest."""


class CardIndex:
    def __init__(self) -> None:
        self._prefixes = array("Q")
        self._first = 0
        self._orderly = True

    def filling(self, rows: Iterable[tuple[int, str, bytes]]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each row as it passes."""
        prefixes, last = self._prefixes, 0
        for row, name, content in rows:
            prefix = _prefix(name)
            if not prefixes:
                self._first = row
            if row != self._first + len(prefixes) or prefix < last:
                self._orderly = False
            prefixes.append(prefix)
            last = prefix
            yield name, content
        if not self._orderly:
            del prefixes[:]

    def rows(self, shopper: Pseudonym) -> range | None:
        """Where the profile may stand, empty where it stands nowhere. None: not known, ask by name."""
        if not self._orderly:
            return None
        prefix = _prefix(shopper)
        begin = bisect_left(self._prefixes, prefix)
        end = bisect_left(self._prefixes, prefix + 1, begin)
        return None if end - begin > MOST_ALIKE else range(self._first + begin, self._first + end)

    def kept_near(self, db: sqlite3.Connection) -> None:
        """Read the inner pages into the connection's own memory. Whatever a disk says to it is left to the look-up."""
        with contextlib.suppress(sqlite3.Error):
            db.execute(f"PRAGMA cache_size = -{_KEPT_KIB}")
            for row in range(self._first, self._first + len(self._prefixes), _STRIDE):
                db.execute("SELECT 1 FROM part WHERE id = ?", (row,)).fetchone()


def _prefix(name: str) -> int:
    """In the order in which SQLite compares texts: byte by byte, the shorter first."""
    return int.from_bytes(name.encode(errors="surrogatepass")[:_PREFIX_BYTES].ljust(_PREFIX_BYTES, b"\0"), "big")
