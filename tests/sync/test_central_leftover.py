"""Nothing of a shopper stays in the file of a central store, and it is written anew only where something did."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from device.errors import CentralError
from sync.central import leftover, open_central, sqlite_schema
from sync.central.forgetting import open_forgetting

ANNA, BORIS = "a1" * 16, "b2" * 16
ROW = ("quarantined", "0" * 64, "2026-05-04T12:00:00+00:00", 1, "why")


def written(path: Path, payload: bytes, *, erasing: bool) -> None:
    """A batch that is refused and deleted again, by a program that overwrites what it deletes, or by one that does not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for setting in sqlite_schema.SETTINGS:
            db.execute(setting)
        db.execute(f"PRAGMA secure_delete = {'ON' if erasing else 'OFF'}")
        db.execute("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", (*ROW, payload))
        db.execute("DELETE FROM quarantine")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def empty_pages(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA freelist_count").fetchone()[0])


@pytest.mark.parametrize("erasing", [True, False])
def test_the_file_is_written_anew_only_where_a_byte_was_left(tmp_path: Path, *, erasing: bool) -> None:
    path = tmp_path / "central.db"
    url = f"sqlite:///{path}"
    open_central(url, create=True).close()
    written(path, b"x" * 100_000 + ANNA.encode(), erasing=erasing)
    assert (ANNA.encode() in path.read_bytes()) is not erasing
    assert empty_pages(path) > 20
    with closing(open_forgetting(url)) as store:
        assert store.forget([ANNA], datetime.now(UTC)).clean
    assert ANNA.encode() not in path.read_bytes()
    # Empty pages are what a file loses that is written anew: ingest waits for that.
    assert (empty_pages(path) > 20) is erasing


def test_whoever_writes_a_central_store_overwrites_what_it_deletes() -> None:
    """As SQLite is built for Debian, and not elsewhere."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("PRAGMA secure_delete = OFF")
        for setting in sqlite_schema.SETTINGS:
            db.execute(setting)
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.mark.parametrize("before", [0, 1, 31, 1_048_575, 1_048_576 - 31, 1_048_576 - 16, 2_097_152 - 32])
@pytest.mark.parametrize("beside", [b"", b"0" * 32, b"\xff", b"f"])
def test_a_pseudonym_is_found_wherever_it_stands(tmp_path: Path, before: int, beside: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\0" * (before - len(beside)) + beside + ANNA.encode() + beside + b"\n" * 99)
    assert leftover.found(path, frozenset([ANNA.encode(), BORIS.encode()]))
    assert not leftover.found(path, frozenset([BORIS.encode()]))
    path.write_bytes(path.read_bytes().replace(ANNA.encode(), ANNA[1:].encode() + b"g"))
    assert not leftover.found(path, frozenset([ANNA.encode()]))


def test_a_file_that_cannot_be_read_is_no_clean_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(ANNA.encode())
    assert leftover.holds(tmp_path / "file", [BORIS, ANNA])
    assert not leftover.holds(tmp_path / "file", [BORIS])
    with pytest.raises(CentralError, match="could not be looked through"):
        leftover.holds(tmp_path / "none", [ANNA])


def test_who_writes_gets_in_while_a_shopper_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "central.db"
    url = f"sqlite:///{path}"
    with closing(open_central(url, create=True)), closing(open_forgetting(url)) as store:
        store.forget([BORIS], datetime.now(UTC))
        asked = list[bool]()

        def look(statement: str) -> None:
            # Only what reads: a writer of its own gets the lock at once.
            if statement.startswith("SELECT device, epoch, seq, body"):
                with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    other.execute("ROLLBACK")
                asked.append(True)

        store._db.set_trace_callback(look)
        store.forget([ANNA], datetime.now(UTC))
        store._db.set_trace_callback(None)
    assert asked
