"""How registers are, beside the receipts in the same store and apart from them: nothing of it is part of their transactions.

| table                    | key         | holds                                                                   |
|--------------------------|-------------|-------------------------------------------------------------------------|
| health, tillside.health  | device, day | the last record of the day as the register told it (`sync.health`)      |

The last `KEPT_DAYS` days of a register are kept. A record a day and register is little: each opens a connection of its own.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, LiteralString, NamedTuple

from device import readonly
from device.errors import CentralError
from device.transaction import whole
from sync.central import POSTGRESQL, SQLITE

KEPT_DAYS: Final = 30
_BUSY_SECONDS: Final = 5.0
_COLUMNS: Final = "(device text, day text, at text NOT NULL, body text NOT NULL, PRIMARY KEY (device, day))"
_SQLITE: Final = (
    f"CREATE TABLE IF NOT EXISTS health {_COLUMNS} WITHOUT ROWID",
    """INSERT INTO health VALUES (:device, :day, :at, :body)
         ON CONFLICT (device, day) DO UPDATE SET at = excluded.at, body = excluded.body""",
    """DELETE FROM health WHERE device = :device AND day NOT IN
         (SELECT day FROM health WHERE device = :device ORDER BY day DESC LIMIT :days)""",
)
_POSTGRES: Final[tuple[LiteralString, ...]] = (
    "SELECT pg_advisory_xact_lock(29076)",  # two workers that make the table at once would disturb each other
    "CREATE SCHEMA IF NOT EXISTS tillside",
    f"CREATE TABLE IF NOT EXISTS tillside.health {_COLUMNS}",
    """INSERT INTO tillside.health VALUES (%(device)s, %(day)s, %(at)s, %(body)s)
         ON CONFLICT (device, day) DO UPDATE SET at = excluded.at, body = excluded.body""",
    """DELETE FROM tillside.health WHERE device = %(device)s AND day NOT IN
         (SELECT day FROM tillside.health WHERE device = %(device)s ORDER BY day DESC LIMIT %(days)s)""",
)


class Told(NamedTuple):
    device: str
    day: str
    at: str
    """When headquarters committed it, ISO 8601 in UTC."""
    body: str


def keep(url: str, told: Told) -> None:
    """Durable on return; CentralError: it is not kept."""
    values = {**told._asdict(), "days": KEPT_DAYS}
    if url.startswith(POSTGRESQL):
        from sync.central import postgres_server  # noqa: PLC0415 - one engine is loaded, not all

        with postgres_server.said(url), postgres_server.opened(url, writing=True) as server:
            for order in _POSTGRES:
                server.execute(order, values)
        return
    path = Path(url.removeprefix(SQLITE))
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)) as db:
            db.execute("PRAGMA synchronous = FULL")
            with whole(db):
                for statement in _SQLITE:
                    db.execute(statement, values)
    except sqlite3.Error as error:
        raise CentralError(f"the central store {path} cannot be used: {error}") from error


def latest(url: str) -> list[Told]:
    """The last record of each register."""
    if url.startswith(POSTGRESQL):
        from sync.central import postgres_server  # noqa: PLC0415 - one engine is loaded, not all

        with postgres_server.said(url), postgres_server.opened(url, writing=False) as server:
            if server.execute("SELECT to_regclass('tillside.health')").fetchone() == (None,):
                return []
            rows = server.execute("SELECT DISTINCT ON (device) * FROM tillside.health ORDER BY device, day DESC").fetchall()
        return [Told(*row) for row in rows]
    path = Path(url.removeprefix(SQLITE))
    try:
        with closing(readonly.opened(path)) as db:
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'health'").fetchone() is None:
                return []
            # SQLite takes the other columns from the row that has the maximum.
            return [
                Told(device, day, at, body)
                for device, day, at, body in db.execute("SELECT device, max(day), at, body FROM health GROUP BY device")
            ]
    except sqlite3.Error as error:
        raise CentralError(f"the central store {path} cannot be read: {error}") from error
