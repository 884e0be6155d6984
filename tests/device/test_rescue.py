"""A damaged edge database, a copy of one, and a disk without room: selling goes on, and no key is given twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.headquarters import OPENING, rating, receipt

from device import machine, room
from device.copies import Copies
from device.errors import StoreError
from device.restore import restored
from device.shopper import tombstone
from device.store import EdgeStore
from sync import outbox
from sync.ledger import Ledger
from sync.window import Refusal

NIGHT = datetime(2026, 5, 5, 3, 0, tzinfo=UTC)


def sold(path: Path, numbers: range) -> EdgeStore:
    store = EdgeStore(path, "register-1")
    for number in numbers:
        assert store.record(receipt(number), b"told %d" % number) is not None
    return store


def keys(path: Path) -> dict[str, tuple[str, int]]:
    with closing(sqlite3.connect(path)) as db:
        return {name: (epoch, seq) for name, epoch, seq in db.execute("SELECT receipt_id, epoch, seq FROM receipt")}


def test_a_flipped_bit_in_a_receipt_is_told_and_the_other_receipts_keep_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    store = sold(path, range(20))
    store.rate(rating(3, 8))
    old = store.epoch
    store.close()
    before = keys(path)
    raw = path.read_bytes()
    with closing(sqlite3.connect(path)) as db:
        ((body,),) = db.execute("SELECT body FROM receipt WHERE receipt_id = 'register-1-7'")
    at = raw.index(body) + len(body) // 2
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
    again = EdgeStore(path, "register-1")
    assert any("receipt 8 is not as it was written" in told for told in again.told)
    key = again.record(receipt(20), b"told 20")
    assert key is not None
    assert key.epoch == again.epoch != old
    assert key.seq > 21
    again.close()
    after = keys(path)
    assert {name: after.get(name) for name in before if name != "register-1-7"} == {
        name: key for name, key in before.items() if name != "register-1-7"
    }
    assert "register-1-7" not in after
    assert outbox.waiting(path, lambda _: 0).ratings == 1


def test_a_damaged_list_of_what_was_handed_takes_nobody_off_the_list_of_the_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    store = sold(path, range(3))
    with store.changing("") as db:
        db.execute("INSERT INTO tombstone VALUES (?, 1)", (tombstone("a1" * 16),))
    store.close()
    with closing(sqlite3.connect(path)) as db:
        ((page,),) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'handed'")
        ((size,),) = db.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek(size * (page - 1))
        file.write(b"\xff" * size)
    again = EdgeStore(path, "register-1")
    assert any("damaged" in told for told in again.told)
    assert again.is_forgotten("a1" * 16)
    again.close()


def test_a_flipped_bit_in_a_code_nobody_knew_costs_no_other_code(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    store = sold(path, range(3))
    with store.changing("") as db:
        db.executemany("INSERT INTO unknown_code (code, times, last_at) VALUES (?, 1, '')", [("first",), ("damaged",), ("last",)])
    store.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE unknown_code SET code = CAST(x'64616dcc67' AS TEXT) WHERE code = 'damaged'")
        db.execute("UPDATE receipt SET sum = zeroblob(4) WHERE seq = 1")
    EdgeStore(path, "register-1").close()
    with closing(sqlite3.connect(path)) as db:
        assert {code for (code,) in db.execute("SELECT code FROM unknown_code")} == {"first", "last"}


def test_an_epoch_of_the_same_bytes_that_is_no_text_any_more_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(3)).close()
    before = keys(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE receipt SET epoch = CAST(epoch AS BLOB) WHERE seq = 2")
    again = EdgeStore(path, "register-1")
    assert any("receipt 2 is not as it was written" in told for told in again.told)
    again.close()
    assert keys(path) == {name: key for name, key in before.items() if key[1] != 2}


@pytest.mark.parametrize("flipped", ["ratings_of_visits", "tombstones"])
def test_a_flipped_bit_in_the_list_of_migrations_makes_no_table_a_second_time(tmp_path: Path, flipped: str) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(3)).close()
    before = keys(path)
    with closing(sqlite3.connect(path)) as db, db:
        other = flipped[:-1] + chr(ord(flipped[-1]) ^ 1)
        assert db.execute("UPDATE _sqlite_migrations SET name = ? WHERE name = ?", (other, flipped)).rowcount == 1
    again = EdgeStore(path, "register-1")
    assert any("was damaged (the list of its migrations lacks" in told for told in again.told)
    again.close()
    assert keys(path) == before


@pytest.mark.parametrize(
    ("made", "flipped"),
    [
        (b"receipt_id TEXT", b"receipt_hd TEXT"),
        (b"CHECK (one", b"CHECK (ooe"),
        (b"REFERENCES receipt", b"REFERENCES seceipt"),
        (b"sqlite_sequence(name,seq)", b"sqlite_sequence(name,qeq)"),
    ],
)
def test_a_flipped_bit_in_what_makes_the_tables_keeps_no_register_from_starting(
    tmp_path: Path, made: bytes, flipped: bytes
) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(3)).close()
    before = keys(path)
    raw = path.read_bytes()
    assert made in raw
    path.write_bytes(raw.replace(made, flipped))
    again = EdgeStore(path, "register-1")
    assert any("was damaged (" in told for told in again.told)
    again.close()
    assert keys(path) == before


@pytest.mark.parametrize("number", [0, 2**31, 2**32 - 1])
def test_a_frame_that_names_no_page_costs_nothing_but_itself(tmp_path: Path, number: int) -> None:
    """A sector of the write-ahead log did not reach the disk: the frame in it names page 0, or one that never was."""
    store = sold(tmp_path / "whole" / "edge.db", range(6))
    files = {file.name: file.read_bytes() for file in (tmp_path / "whole").iterdir()}
    store.close()
    wal = files["edge.db-wal"]
    frame = 24 + int.from_bytes(wal[8:12])
    assert len(wal) >= 32 + 3 * frame
    last = 32 + (len(wal) - 32) // frame * frame - frame
    files["edge.db-wal"] = wal[:last] + number.to_bytes(4) + wal[last + 4 :]
    path = tmp_path / "cut" / "edge.db"
    path.parent.mkdir()
    for name, content in files.items():
        (path.parent / name).write_bytes(content)
    again = EdgeStore(path, "register-1")
    assert again.receipts() >= 5
    assert again.record(receipt(9), b"told 9") is not None
    again.close()


def test_an_interrupted_rescue_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """Killed once the new database was whole, and before it took the place of the old."""
    path = tmp_path / "edge.db"
    sold(path, range(5)).close()
    sold(tmp_path / "new" / "edge.db", range(4)).close()
    (tmp_path / "new" / "edge.db").rename(tmp_path / "edge.db.rescued")
    (tmp_path / "edge.db-wal").write_bytes(b"of the old one")
    store = EdgeStore(path, "register-1")
    assert store.receipts() == 4
    assert not (tmp_path / "edge.db.rescued").exists()
    store.close()


def test_a_copy_is_restored_under_a_new_epoch(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    store = sold(path, range(5))
    copy = Copies(path, tmp_path / "second").make(NIGHT)
    assert copy is not None
    store.record(receipt(5), b"told 5")
    old = store.epoch
    store.close()
    assert restored(path, "register-1", copy) == 5
    again = EdgeStore(path, "register-1")
    key = again.record(receipt(6), b"told 6")
    assert key is not None
    assert (key.epoch == old, key.seq > 6) == (False, True)
    again.close()
    assert list(tmp_path.glob("edge.db.replaced-*"))


def test_a_database_that_is_older_than_what_is_acknowledged_begins_a_new_epoch(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    store = sold(path, range(5))
    old = store.epoch
    store.close()
    with Ledger(tmp_path / "sync.db") as book:
        book.acknowledge(old, 9)
    again = EdgeStore(path, "register-1")
    assert again.epoch != old
    assert "is a copy of an earlier one" in again.told[0]
    again.close()
    third = EdgeStore(path, "register-1")
    assert (third.epoch, third.told) == (again.epoch, ())
    third.close()


def test_only_the_last_two_copies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(2)).close()
    for day in range(4):
        Copies(path, tmp_path / "second").make(NIGHT + timedelta(days=day))
    assert [copy.name for copy in sorted((tmp_path / "second").iterdir())] == ["edge-20260507.db", "edge-20260508.db"]


def test_what_is_no_copy_is_not_put_in_place(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(2)).close()
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="cannot be put in the place"):
        restored(path, "register-1", tmp_path / "no.db")
    assert keys(path).keys() == {"register-1-0", "register-1-1"}


def test_a_copy_of_another_register_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(2)).close()
    EdgeStore(tmp_path / "other.db", "register-2").close()
    with closing(sqlite3.connect(tmp_path / "no-edge.db")) as db:
        db.execute("CREATE TABLE identity (device)")
    for copy, why in (("other.db", "of register 'register-2', the settings say 'register-1'"), ("no-edge.db", "it is no copy")):
        with pytest.raises(StoreError, match=why):
            restored(path, "register-1", tmp_path / copy)
    assert keys(path).keys() == {"register-1-0", "register-1-1"}
    assert not list(tmp_path.glob("edge.db.re*")), "nothing was set aside and nothing is left over"


def test_what_an_interrupted_restoration_has_left_is_not_deleted_as_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    sold(path, range(2)).close()
    left = path.rename(tmp_path / "edge.db.rescued.part")
    with pytest.raises(StoreError, match="interrupted restoration"):
        restored(path, "register-1", left)
    assert left.exists()


def test_a_database_that_a_link_leads_to_is_rescued_with_its_log(tmp_path: Path) -> None:
    """SQLite keeps the WAL where the link leads."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").mkdir()
    real = tmp_path / "disk" / "edge.db"
    (tmp_path / "state" / "edge.db").symlink_to(real)
    store = sold(tmp_path / "state" / "edge.db", range(20))
    files = {one.name: one.read_bytes() for one in (tmp_path / "disk").iterdir()}  # as a kill leaves it
    store.close()
    for name, content in files.items():
        spoilt = content[:100] + b"\xff" * 8 + content[108:] if name == "edge.db" else content
        (tmp_path / "disk" / name).write_bytes(spoilt)
    again = EdgeStore(tmp_path / "state" / "edge.db", "register-1")
    assert (again.receipts(), len(again.told)) == (20, 2)
    again.close()
    assert (tmp_path / "state" / "edge.db").is_symlink()
    (kept,) = (one for one in (tmp_path / "disk").glob("edge.db.damaged-*") if not one.name.endswith("-wal"))
    assert any(str(kept) in told for told in machine.damaged(tmp_path / "state"))


def test_without_room_only_acknowledged_receipts_go_and_the_oldest_first(tmp_path: Path) -> None:
    store = sold(tmp_path / "edge.db", range(10))
    late = OPENING + timedelta(days=2)
    assert store.forget_acknowledged(late, 100) == 0, "nothing is acknowledged yet"
    store.rate(rating(1, 5))
    with Ledger(tmp_path / "sync.db") as book:
        book.acknowledge(store.epoch, 6, [Refusal(3, "no")])
    assert store.forget_acknowledged(OPENING - timedelta(days=1), 100) == 0, "of today"
    assert store.forget_acknowledged(late, 2) == 2
    assert store.forget_acknowledged(late, 100) == 2
    store.close()
    # Number 2 was rated since, number 3 refused, from 7 on nothing is acknowledged.
    assert [seq for _, seq in sorted(keys(tmp_path / "edge.db").values())] == [2, 3, 7, 8, 9, 10]


def test_a_full_disk_costs_the_reserve_and_no_receipt(tmp_path: Path) -> None:
    store = sold(tmp_path / "edge.db", range(2))
    reserve = tmp_path / "reserve"
    reserve.write_bytes(b"room")
    (pages,) = store._db.execute("PRAGMA page_count").fetchone()
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"make room beside .*edge\.db; the reserve is given up"):
        store.record(receipt(2, lines=20_000), b"told 2")
    assert not reserve.exists()
    store._db.execute("PRAGMA max_page_count = 100000")
    assert store.record(receipt(2, lines=20_000), b"told 2") is not None
    store.close()


def test_the_reserve_is_made_while_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "RESERVE_BYTES", 4096)
    made = room.Reserve(tmp_path / "edge.db")
    monkeypatch.setattr(room, "LOW_BYTES", 2**62)
    made.make()
    assert not (tmp_path / "reserve").exists()
    monkeypatch.setattr(room, "LOW_BYTES", 0)
    made.make()
    assert (tmp_path / "reserve").stat().st_size == 4096
    assert made.give_up()
    assert not made.give_up()


@pytest.mark.parametrize("size", [0, 100])
def test_a_reserve_that_was_cut_off_while_it_was_made_is_made_whole(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "RESERVE_BYTES", 4096)
    monkeypatch.setattr(room, "LOW_BYTES", 0)
    (tmp_path / "reserve").write_bytes(bytes(size))
    room.Reserve(tmp_path / "edge.db").make()
    assert (tmp_path / "reserve").stat().st_size == 4096
