"""What only the central store in a file can be asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fakes.headquarters_batches import AT, bodies, delivered, payload

from device.errors import CentralError
from sync.central import Central, open_central
from sync.central.past import open_past


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Central]:
    store = open_central(f"sqlite:///{tmp_path / 'central.db'}", create=True)
    yield store
    store.close()


def test_a_full_disk_keeps_nothing_and_says_so(store: Central, tmp_path: Path) -> None:
    store.ingest([delivered(payload(1, 3))], AT)
    store._db.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]
    with pytest.raises(CentralError, match="full"):
        store.ingest([delivered(payload(4, 150))], AT)
    store._db.execute("PRAGMA max_page_count = 1000000")  # type: ignore[attr-defined]
    assert list(store.receipts()) == bodies(1, 2, 3)
    assert store.ingest([delivered(payload(4, 5))], AT)[0].new == 2


def test_a_store_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(CentralError, match="no central store"):
        open_central(f"sqlite:///{tmp_path / 'typo.db'}")
    (tmp_path / "other.db").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(CentralError, match="cannot be used"):
        open_central(f"sqlite:///{tmp_path / 'other.db'}")


@pytest.mark.parametrize("create", [False, True])
def test_somebody_elses_database_is_left_as_it_is(tmp_path: Path, create: bool) -> None:
    stranger = tmp_path / "stranger.db"
    with closing(sqlite3.connect(stranger)) as db, db:
        db.execute("CREATE TABLE receipt (number)")
        db.execute("PRAGMA user_version = 1")
    before = stranger.read_bytes()
    for opened in (open_central, open_past):
        with pytest.raises(CentralError, match="is no central store and is left as it is"):
            opened(f"sqlite:///{stranger}", create=create)
    assert stranger.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["stranger.db"]


def test_reading_changes_nothing_of_a_store(store: Central, tmp_path: Path) -> None:
    store.ingest([delivered(payload(1, 3))], AT)
    store.close()
    before = (tmp_path / "central.db").read_bytes()
    with closing(open_past(f"sqlite:///{tmp_path / 'central.db'}")) as past:
        assert (list(past.receipts()), past.state("file")) == ([], None)
    with closing(open_central(f"sqlite:///{tmp_path / 'central.db'}")) as reading:
        assert list(reading.receipts()) == bodies(1, 2, 3)
        with pytest.raises(CentralError, match="readonly"):
            reading.ingest([delivered(payload(4, 5))], AT)
    assert (tmp_path / "central.db").read_bytes() == before


def test_an_empty_file_is_made_a_store_by_writing_alone(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(CentralError, match="is no central store"):
        open_central(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not (tmp_path / "empty.db").stat().st_size
    with closing(open_central(f"sqlite:///{tmp_path / 'empty.db'}", create=True)) as made:
        assert made.registers() == []
