"""One SQLite transaction: all of it or nothing, and no other writer in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def whole(db: sqlite3.Connection) -> Iterator[None]:
    """The write lock is taken first: what is read here still holds when it is written. sqlite3.Error: nothing was kept.

    A COMMIT that failed may have been kept all the same; whoever tries again does so under the same key.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        # A full disk, or one that failed, has ended it already (https://www.sqlite.org/lang_transaction.html).
        if db.in_transaction:
            db.execute("ROLLBACK")
