"""The edge database: one transaction a sale, kept once, durable through kill -9."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from fakes.device_till import MORNING, Checkout, receipts, rung
from fakes.headquarters import rating, receipt
from sqlite_utils import Database, Migrations

from device import edge_schema, store
from device.adviser import Adviser
from device.domain import Answer, LaneId, Phase, Sku
from device.errors import StoreError
from device.store import EdgeStore, Key, digest

ROOT = Path(__file__).parents[2]

TWENTY_KILLS = """
import json, os, signal, sys
sys.path.insert(0, "tests")
from pathlib import Path
from device.store import EdgeStore
from fakes.headquarters import rating, receipt
from sqlite_utils import Database, Migrations

def write(path, first, told):
    store = EdgeStore(path, "register-1")
    for number in range(first, first + 1000):
        store.record(receipt(number), b"told %d" % number)
        told.write("%d\\n" % number)
        told.flush()

promised = []
for round_ in range(20):
    here, there = os.pipe()
    writer = os.fork()
    if not writer:
        write(Path(sys.argv[1]), round_ * 1000, os.fdopen(there, "w"))
        os._exit(1)
    os.close(there)
    with os.fdopen(here) as told:
        promised += [told.readline() for _ in range(1 + round_ % 7)]
        os.kill(writer, signal.SIGKILL)
        promised += told.readlines()  # what it had said before the signal came was recorded too
    assert os.waitpid(writer, 0)[1] == signal.SIGKILL
print(json.dumps([int(line) for line in promised if line.endswith("\\n")]))
"""


def integrity(path: Path) -> str:
    db = sqlite3.connect(path)
    (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
    db.close()
    return str(verdict)


def test_kill_9_between_and_inside_commits_loses_nothing_that_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    done = subprocess.run([sys.executable, "-c", TWENTY_KILLS, path], cwd=ROOT, capture_output=True, text=True, check=True)
    promised = {f"register-1-{number}" for number in json.loads(done.stdout)}
    kept = [r.receipt_id for r in receipts(path)]
    assert len(promised) >= 20
    assert promised <= set(kept)
    assert len(kept) == len(set(kept))
    assert integrity(path) == "ok"
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM outcome").fetchone() == (len(kept),), "a receipt without its outcomes was torn"
    db.close()


def test_a_key_names_the_database_and_grows_and_a_sale_kept_already_gets_none(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    keys = [edge.record(receipt(number), told) for number, told in ((1, b"a"), (2, b"b"), (2, b"b"), (3, b"b"), (4, b"d"))]
    assert [key is not None for key in keys] == [True, True, False, False, True]
    made = [key for key in keys if key is not None]
    assert made == sorted(made)
    assert {key.epoch for key in made} == {edge.epoch}
    assert edge.receipts() == 3
    edge.close()


def test_the_epoch_stays_with_the_database_and_a_new_database_has_another(tmp_path: Path) -> None:
    epochs = []
    for name in ("a.db", "a.db", "b.db"):
        edge = EdgeStore(tmp_path / name, "register-1")
        epochs.append(edge.epoch)
        edge.close()
    assert epochs[0] == epochs[1] != epochs[2]


def test_the_order_goes_on_after_the_latest_receipts_were_deleted(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    edge.record(receipt(1), b"a")
    edge.record(receipt(2), b"b")
    edge._db.execute("DELETE FROM receipt")
    assert edge.record(receipt(3), b"c") == Key(edge.epoch, 3), "a key is never used again"
    assert edge._db.execute("SELECT seq FROM outcome").fetchall() == [(3,)]
    edge.close()


def test_receipt_outcomes_and_unknown_codes_are_one_transaction(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    edge._db.execute("DROP TABLE unknown_code")
    whole = receipt(1)
    novel = replace(whole, lines=(*whole.lines, replace(whole.lines[0], sku=None)))
    with pytest.raises(StoreError, match="could not be written"):
        edge.record(novel, b"a")
    assert edge.receipts() == 0
    assert edge._db.execute("SELECT count(*) FROM outcome").fetchone() == (0,)
    assert edge.record(receipt(2), b"b") is not None, "the next sale is not held up by it"
    edge.close()


def test_migrations_are_known_by_name_and_applied_once(tmp_path: Path) -> None:
    for _ in range(2):
        EdgeStore(tmp_path / "edge.db", "register-1").close()
    db = sqlite3.connect(tmp_path / "edge.db")
    assert [row[0] for row in db.execute("SELECT name FROM _sqlite_migrations ORDER BY id")] == [
        m.__name__ for m in edge_schema.MIGRATIONS
    ]
    db.close()


def test_receipts_of_before_there_were_sums_get_theirs(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    older = edge_schema.MIGRATIONS[: edge_schema.MIGRATIONS.index(edge_schema.sums_of_rows)]
    with closing(sqlite3.connect(path)) as db, db:
        migrations = Migrations("edge")
        for migration in older:
            migrations(name=migration.__name__)(migration)
        migrations.apply(Database(db))
        db.execute("INSERT INTO identity VALUES (1, 'register-1', 'ab12')")
        body = msgspec.json.encode(receipt(1))
        db.execute("INSERT INTO receipt VALUES (1, 'ab12', 'register-1-1', x'00', '1', '2026-05-04T08:00:00Z', ?)", (body,))
        db.execute("INSERT INTO rating VALUES (1, 2, 'ab12', ?)", (msgspec.json.encode(rating(1, 8)),))
    for _ in range(2):
        edge = EdgeStore(path, "register-1")
        assert (edge.told, edge.receipts()) == ((), 1)
        edge.close()


def test_a_migration_of_a_later_program_does_not_trouble_this_one(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    edge.record(receipt(1), b"a")
    edge._db.execute(
        "INSERT INTO _sqlite_migrations SELECT 99, migration_set, 'from_the_future', applied_at FROM _sqlite_migrations LIMIT 1"
    )
    edge.close()
    again = EdgeStore(tmp_path / "edge.db", "register-1")
    assert again.receipts() == 1
    again.close()


def test_another_registers_database_is_refused(tmp_path: Path) -> None:
    EdgeStore(tmp_path / "edge.db", "register-1").close()
    with pytest.raises(StoreError, match=r"belongs to register 'register-1', the settings say 'register-2'"):
        EdgeStore(tmp_path / "edge.db", "register-2")


@pytest.mark.parametrize("content", [b"not a database at all" * 50, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_what_is_no_database_is_kept_aside_and_selling_goes_on(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "edge.db"
    path.write_bytes(content)
    edge = EdgeStore(path, "register-1")
    (told,) = edge.told[:1]
    assert "the edge database was damaged" in told
    assert "\n" not in told
    assert edge.record(receipt(1), b"a") is not None
    edge.close()
    (kept,) = tmp_path.glob("edge.db.damaged-*")
    assert kept.read_bytes() == content


def test_a_place_that_cannot_hold_a_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "edge.db", tmp_path):
        with pytest.raises(StoreError, match="cannot be used"):
            EdgeStore(path, "register-1")


def test_power_cuts_are_guarded_against_by_the_settings_of_the_connection(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert {name: edge._db.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    edge.close()


def test_a_disk_that_is_full_at_the_commit_is_a_store_error_and_then_works_again(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    edge = EdgeStore(path, "register-1")
    edge.record(receipt(1), b"1")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.with_name("edge.db-wal").stat().st_size + 4096, hard))
    try:
        with pytest.raises(StoreError, match="could not be written"):
            edge.record(receipt(2, lines=60), b"2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert edge.record(receipt(2, lines=60), b"2") is not None
    assert [r.receipt_id for r in receipts(path)] == ["register-1-1", "register-1-2"]
    edge.close()


def test_another_program_that_reads_does_not_hold_up_a_receipt(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    edge.record(receipt(1), b"1")
    reader = sqlite3.connect(f"{(tmp_path / 'edge.db').as_uri()}?mode=ro", uri=True)
    rows = reader.execute("SELECT * FROM receipt")
    rows.fetchone()
    assert edge.record(receipt(2), b"2") is not None
    reader.close()
    edge.close()


def test_threads_take_turns_and_a_refused_transaction_leaves_nothing_to_the_next(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread")
    assert counter.lane._sale is not None
    basket, lane = counter.lane._sale.basket, LaneId("1")
    with ThreadPoolExecutor(8) as threads:
        for task in [threads.submit(counter.edge.hand, lane, basket, Sku(f"S{n % 20}")) for n in range(40)] + [
            threads.submit(counter.edge.record, receipt(n), b"%d" % n) for n in range(20)
        ]:
            error = task.exception()
            assert error is None or "UNIQUE constraint failed: handed" in str(error), "an item is written down once"
    assert all(counter.edge.was_handed(lane, basket, Sku(f"S{n}")) for n in range(20))
    assert counter.edge.receipts() == 20
    counter.edge.take_back(lane, basket, Sku("S1"))
    assert not counter.edge.was_handed(lane, basket, Sku("S1"))
    counter.edge.close()
    with pytest.raises(StoreError, match="S1 is handed to the till: Cannot operate on a closed database"):
        counter.edge.hand(lane, basket, Sku("S1"))


def test_unknown_codes_are_counted_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop: Adviser) -> None:
    monkeypatch.setattr(store, "MAX_UNKNOWN_CODES", 3)
    counter = Checkout(tmp_path, shop)
    for code in ("1", "2", "3", "4", "5", "2"):
        counter.hear(f"s{counter.edge.receipts()}", 1, lines=(rung(1, "", code=code),), phase=Phase.CLOSED)
    counts = dict(counter.edge._db.execute("SELECT code, times FROM unknown_code").fetchall())
    assert counts == {"1": 1, "2": 2, "3": 1}
    assert counter.edge.receipts() == 6


def test_a_line_that_is_named_by_words_only_is_no_unknown_code(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    whole = receipt(1)
    bag = replace(whole.lines[0], sku=None, code="", name="CARRIER BAG")
    assert edge.record(replace(whole, lines=(bag,)), b"a") is not None
    assert edge._db.execute("SELECT count(*) FROM unknown_code").fetchone() == (0,)
    edge.close()


def test_out_of_stock_is_remembered_from_the_moment_asked_for(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    for number, answer in enumerate((Answer.OUT_OF_STOCK, Answer.DECLINED, Answer.TAKEN, None)):
        whole = receipt(number)
        said = replace(whole.outcomes[0], sku=Sku(f"S{number}"), answer=answer)
        edge.record(replace(whole, outcomes=(said,), closed_at=MORNING), b"%d" % number)
    assert edge.out_of_stock_since(MORNING) == {"S0"}
    assert edge.out_of_stock_since(MORNING - timedelta(microseconds=1)) == {"S0"}
    assert edge.out_of_stock_since(MORNING + timedelta(microseconds=1)) == frozenset()
    for hours in (-9, 9):
        here = timezone(timedelta(hours=hours))
        assert edge.out_of_stock_since(MORNING.astimezone(here)) == {"S0"}
        assert edge.out_of_stock_since((MORNING + timedelta(microseconds=1)).astimezone(here)) == frozenset()
    edge.close()


def test_a_sale_told_by_two_lanes_is_two_sales(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread")
    assert counter.lane._sale is not None
    basket = counter.lane._sale.basket
    assert digest(LaneId("1"), basket) != digest(LaneId("2"), basket)
