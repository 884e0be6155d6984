"""What every part of the central store in PostgreSQL shares: a connection, a sentence for each trouble, and whose turn it is.

Turns are transaction locks, all of which end with their transaction. Who needs several takes them in the order of this table:

| lock              | alone                                                            | shared by          |
|-------------------|------------------------------------------------------------------|--------------------|
| `PEOPLE_LOCK`     | who writes persons, identities and statements, or forgets        |                    |
| `IMPORT_LOCK`     | who writes imported receipts, or forgets                         |                    |
| `FORGETTING_LOCK` | who writes tombstones of the forgotten                           | every poll         |
| `REWRITING_LOCK`  | who changes or deletes what is here: forgets, renames, expires   |                    |
| `REGISTER_LOCKS`  | a poll, of each of its registers; who makes the tables           |                    |

All workers wait for who holds or awaits `FORGETTING_LOCK` alone, so it is taken last, and held to write tombstones and no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from device.address import masked
from device.errors import CentralError, first_line

CHUNK: Final = 1000
"""Rows a reader holds at a time."""
REGISTER_LOCKS: Final = 0x7115
"""The first half of a lock for each register, whose second half may be any number: no other lock here begins with it."""
IMPORT_LOCK: Final = (0x7119, 0)
FORGETTING_LOCK: Final = (0x7116, 0)
PEOPLE_LOCK: Final = (0x7117, 0)
REWRITING_LOCK: Final = (0x7118, 0)
_CONNECT_SECONDS: Final = 10


def opened(url: str, *, writing: bool, autocommit: bool = False, name: str = "tillside") -> psycopg.Connection[Any]:
    """A connection that finds `tillside` by itself; without `writing` it cannot."""
    db = psycopg.connect(url, autocommit=autocommit, connect_timeout=_CONNECT_SECONDS, application_name=name)
    # An acknowledged receipt survives a power cut, whatever the server's own default.
    db.execute("SET synchronous_commit = on" if writing else "SET default_transaction_read_only = on")
    db.execute("SET standard_conforming_strings = on; SET search_path = tillside, pg_temp")
    if not autocommit:
        db.commit()
    return db


@contextmanager
def said(url: str) -> Iterator[None]:
    """CentralError in one sentence for whatever is wrong with the server."""
    try:
        yield
    except psycopg.Error as error:
        raise CentralError(f"the central store {masked(url)} cannot be used: {masked(first_line(error))}") from error


def take_turn(db: psycopg.Connection[Any], lock: tuple[int, int]) -> None:
    """Wait for it; it is ours until the transaction ends."""
    db.execute("SELECT pg_advisory_xact_lock(%s, %s)", lock)


def columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Rows as one list for each column, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
