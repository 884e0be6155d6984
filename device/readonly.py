"""A SQLite file that another program writes, opened to be looked at: nothing in it is made or changed.

Every database of a register has one writer; everybody else comes this way.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from pathlib import Path


def opened(path: Path, *, check_same_thread: bool = True) -> sqlite3.Connection:
    """A connection, to be closed by who asked for it; sqlite3.Error where there is no such file, or what is none.

    SQLite would wait at a pipe for somebody who writes there.
    """
    with contextlib.suppress(OSError):
        if not stat.S_ISREG(path.stat().st_mode):
            raise sqlite3.OperationalError(f"{path.name} is not a file")
    return sqlite3.connect(f"{Path(os.path.realpath(path)).as_uri()}?mode=ro", uri=True, check_same_thread=check_same_thread)
