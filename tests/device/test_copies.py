"""Who is forgotten stands in no file of the register: not in damaged databases set aside, not in the nightly copies."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.device_till import receipts, till_on
from fakes.headquarters import OPENING, free_port, receipt
from fakes.patience import SECONDS, eventually

from device import clearing, rescue
from device.care import AGAIN_AFTER, MOST_TRIES, Care
from device.copies import Copies
from device.daemon import Daemon
from device.domain import Pseudonym
from device.errors import StoreError
from device.journal import Journal
from device.restore import restored
from device.settings import parse
from device.shopper import tombstone
from device.store import EdgeStore
from sync.ledger import Ledger

NIGHT = datetime(2026, 5, 5, 3, 0, tzinfo=UTC)
ANNA, BORIS = "a1" * 16, "b2" * 16


def token(number: int) -> str:
    return random.Random(number).randbytes(16).hex()


def sold(store: EdgeStore, numbers: range, shopper: str) -> None:
    for number in numbers:
        sale = replace(receipt(number, lines=1 + number * 7 % 40), shopper=Pseudonym(shopper), shopper_key=2026)
        assert store.record(sale, b"told %d" % number) is not None


def where(folder: Path, shopper: str) -> set[str]:
    """Names of files with the pseudonym: in packed receipts as its bytes, elsewhere as hexadecimal digits (`device.packed`)."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files if shopper.encode() in (raw := path.read_bytes()) or bytes.fromhex(shopper) in raw}


def forgot(edge: EdgeStore, folder: Path, copies: Copies, *tokens: str, at: datetime = NIGHT) -> None:
    with Ledger(folder / "sync.db") as ledger:
        known = len(ledger.tombstones())
        ledger.list_tombstones([(known + number, tombstone(one)) for number, one in enumerate(tokens, 1)])
    clearing.forget(edge, folder / "edge.db", folder / "sync.db", lambda: copies.renew(at))


def through(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "edge.db")) as db:
        return int(db.execute("SELECT through FROM forgotten").fetchone()[0])


def spoiled(path: Path) -> None:
    """Bits of a receipt in the middle are flipped."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((body,),) = db.execute("SELECT body FROM receipt ORDER BY seq LIMIT 1 OFFSET 7")
    raw = path.read_bytes()
    at = raw.index(body) + len(body) // 2
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 8]) + raw[at + 1 :])


def test_the_nightly_copies_follow(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    copies = Copies(tmp_path / "edge.db", tmp_path / "second")
    sold(edge, range(30), ANNA)
    copies.make(NIGHT - timedelta(days=2))
    sold(edge, range(30, 60), BORIS)
    copies.make(NIGHT - timedelta(days=1))
    (tmp_path / "second" / "edge-20260501.db.part").write_bytes(ANNA.encode())
    assert len(where(tmp_path, ANNA) - {"edge.db", "edge.db-wal"}) == 3
    forgot(edge, tmp_path, copies, ANNA)
    assert where(tmp_path, ANNA) == set()
    assert where(tmp_path, BORIS) >= {"edge-20260505.db"}, "what is kept is a copy still"
    assert through(tmp_path) == 1
    edge.close()
    assert restored(tmp_path / "edge.db", "register-1", tmp_path / "second" / "edge-20260505.db") == 60
    assert where(tmp_path, ANNA) == set()


def test_a_copy_that_began_before_it_is_none_of_before(tmp_path: Path) -> None:
    """The same night: its name is taken by the one that has forgotten."""
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    copies = Copies(tmp_path / "edge.db", tmp_path / "second")
    sold(edge, range(10), ANNA)
    assert copies.make(NIGHT) is not None
    assert copies.make(NIGHT) is None
    forgot(edge, tmp_path, copies, ANNA, at=NIGHT)
    assert where(tmp_path, ANNA) == set()
    edge.close()


def test_while_the_copies_cannot_be_reached_nothing_is_said_to_be_done(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    copies = Copies(tmp_path / "edge.db", tmp_path / "second")
    sold(edge, range(10), ANNA)
    copies.make(NIGHT - timedelta(days=1))
    (tmp_path / "second" / "edge-20260505.db.part").mkdir()  # nothing can be made under this name
    with pytest.raises(StoreError, match="cannot be copied"):
        forgot(edge, tmp_path, copies, ANNA)
    assert through(tmp_path) == 0
    assert where(tmp_path, ANNA) == {"edge-20260504.db"}, "the copy of before stays until there is another"
    (tmp_path / "second" / "edge-20260505.db.part").rmdir()
    forgot(edge, tmp_path, copies)
    assert (through(tmp_path), where(tmp_path, ANNA)) == (1, set())
    edge.close()


def test_a_register_without_copies_makes_none_for_it(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    for copies in (Copies(tmp_path / "edge.db", None), Copies(tmp_path / "edge.db", tmp_path / "second")):
        assert copies.renew(NIGHT) is None
    assert not (tmp_path / "second").exists()
    edge.close()


def test_a_damaged_database_that_was_set_aside_goes_and_what_was_read_out_of_it_is_gone_through(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    edge = EdgeStore(path, "register-1")
    copies = Copies(path, tmp_path / "second")
    sold(edge, range(60), ANNA)
    sold(edge, range(60, 120), BORIS)
    copies.make(NIGHT)
    edge.close()
    spoiled(path)
    edge = EdgeStore(path, "register-1")
    assert any("damaged" in told for told in edge.told)
    assert any(name.startswith("edge.db.damaged-") for name in where(tmp_path, ANNA))
    forgot(edge, tmp_path, copies, ANNA)
    assert where(tmp_path, ANNA) == set()
    assert edge.receipts() == 119
    edge.close()


def test_what_was_forgotten_before_the_damage_stays_forgotten_after_the_rescue(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    edge = EdgeStore(path, "register-1")
    copies = Copies(path, None)
    sold(edge, range(40), ANNA)
    sold(edge, range(40, 80), BORIS)
    forgot(edge, tmp_path, copies, ANNA)
    edge.close()
    spoiled(path)
    edge = EdgeStore(path, "register-1")
    assert through(tmp_path) == 0, "rows out of old pages may name her again"
    assert edge.is_forgotten(ANNA), "a sale at once after the rescue does not"
    sold(edge, range(80, 85), ANNA)
    assert where(tmp_path, ANNA) == set()
    forgot(edge, tmp_path, copies)
    assert through(tmp_path) == 1
    edge.close()


def test_an_interrupted_restoration_leaves_nobody_behind(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    (tmp_path / "edge.db.rescued.part").write_bytes(ANNA.encode())
    forgot(edge, tmp_path, Copies(tmp_path / "edge.db", None), ANNA)
    assert where(tmp_path, ANNA) == set()
    edge.close()


def test_a_rescue_in_the_middle_of_it_is_not_taken_for_done(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    edge = EdgeStore(path, "register-1")
    sold(edge, range(10), ANNA)
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.list_tombstones([(1, tombstone(ANNA))])

    def another_epoch() -> None:
        edge._db.execute("UPDATE identity SET epoch = 'of the rescued one'")

    clearing.forget(edge, path, tmp_path / "sync.db", another_epoch)
    assert through(tmp_path) == 0
    edge.close()


def test_no_page_keeps_what_was_moved_off_it(tmp_path: Path) -> None:
    """Shoppers forgotten one after another, old receipts deleted between, and a rescue: each time pages are put together anew."""
    path = tmp_path / "edge.db"
    edge = EdgeStore(path, "register-1")
    copies = Copies(path, tmp_path / "second")
    count = 400
    for number in range(count):
        sold(edge, range(number, number + 1), token(number % 40))
    chance = random.Random(5)
    order = chance.sample(range(40), 40)
    for turn, one in enumerate(order):
        forgot(edge, tmp_path, copies, token(one))
        if turn % 5 == 0:
            with Ledger(tmp_path / "sync.db") as ledger:
                ledger.acknowledge(edge.epoch, 8 * turn)
            clearing.retain(edge, OPENING + timedelta(days=1))
        if turn == 20:
            edge.close()
            spoiled(path)
            edge = EdgeStore(path, "register-1")
            forgot(edge, tmp_path, copies)
        for gone in order[: turn + 1]:
            assert where(tmp_path, token(gone)) == set(), (turn, gone)
    edge.close()


def test_a_copy_of_a_damaged_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "edge.db"
    edge = EdgeStore(path, "register-1")
    sold(edge, range(60), ANNA)
    edge.close()
    with path.open("r+b") as file:
        file.seek(8192 * 3)
        file.write(b"\xff" * 8192)
    with pytest.raises(StoreError, match="damaged"):
        Copies(path, tmp_path / "second").make(NIGHT)
    assert rescue.damage(path) is not None


def test_copies_of_a_clock_that_stood_years_ahead_push_out_none_of_today(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    sold(edge, range(3), ANNA)
    copies = Copies(tmp_path / "edge.db", tmp_path / "second")
    for at in (NIGHT.replace(year=2099), NIGHT.replace(year=2099, day=6), NIGHT, NIGHT + timedelta(days=1)):
        copies.make(at)
        assert (tmp_path / "second" / f"edge-{at:%Y%m%d}.db").exists()
    assert {one.name for one in (tmp_path / "second").iterdir()} == {"edge-20260505.db", "edge-20260506.db"}
    copies.make(NIGHT.replace(year=1970))  # an empty battery: what is made then is still the newest there is
    assert {one.name for one in (tmp_path / "second").iterdir()} == {"edge-19700505.db", "edge-20260506.db"}
    edge.close()


def test_a_medium_that_cannot_be_looked_at_costs_a_sentence_and_not_the_register(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a name that no disk takes; a stick that was pulled out and a folder of another user fail in the same place."""
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    sold(edge, range(3), ANNA)
    copies = Copies(tmp_path / "edge.db", tmp_path / ("x" * 300))
    Care(edge, tmp_path / "edge.db", copies, Journal()).take(NIGHT, quiet=True)
    assert "cannot be looked at" in caplog.text
    with pytest.raises(StoreError, match="cannot be looked at"):
        forgot(edge, tmp_path, copies, ANNA)
    assert through(tmp_path) == 0
    edge.close()


def test_a_copy_that_failed_is_tried_again_the_same_night(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    sold(edge, range(3), ANNA)
    medium = tmp_path / "second"
    medium.write_bytes(b"")  # not mounted yet: no folder
    care = Care(edge, tmp_path / "edge.db", Copies(tmp_path / "edge.db", medium), Journal())
    care.take(NIGHT, quiet=True)
    assert "edge database" in caplog.text
    medium.unlink()
    care.take(NIGHT + AGAIN_AFTER / 2, quiet=True)
    assert not medium.exists(), "not at every look: each reads the whole database"
    care.take(NIGHT + AGAIN_AFTER, quiet=True)
    assert [one.name for one in medium.iterdir()] == ["edge-20260505.db"]
    edge.close()


def test_a_copy_is_tried_so_often_a_night_and_not_more(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    medium = tmp_path / "second"
    medium.write_bytes(b"")
    care = Care(edge, tmp_path / "edge.db", Copies(tmp_path / "edge.db", medium), Journal())
    for tried in range(MOST_TRIES):
        care.take(NIGHT + tried * AGAIN_AFTER, quiet=True)
    medium.unlink()
    care.take(NIGHT + MOST_TRIES * AGAIN_AFTER, quiet=True)
    assert not medium.exists()
    care.take(NIGHT + timedelta(days=1), quiet=True)
    assert [one.name for one in medium.iterdir()] == ["edge-20260506.db"]
    edge.close()


def test_sales_end_by_time_alone_while_the_night_is_at_its_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of a large database to a slow disk takes minutes, and a till may begin meanwhile."""
    port, under_way, over = free_port(), threading.Event(), threading.Event()
    source = {"kind": "tcp", "host": "127.0.0.1", "port": port, "listen": True}
    lane = {"till": "1", "dialect": "scanner", "idle_seconds": 0.1, "source": source}
    paths = {"state_dir": str(tmp_path / "state"), "screens_socket": str(tmp_path / "s")}
    daemon = Daemon(parse({"store": "S1", "device": "r1", "lane": [lane], **paths}), Journal())
    monkeypatch.setattr(daemon._care, "take", lambda _at, *, quiet: under_way.set() or over.wait())

    async def story() -> None:
        running = asyncio.create_task(daemon.run())
        await eventually(under_way.is_set, what="a copy")
        with till_on(port) as till:
            till.sendall(b"4601234567893\r")
            try:
                await eventually(lambda: receipts(tmp_path / "state" / "edge.db"), what="the sale to end", seconds=SECONDS / 4)
            finally:
                over.set()
        running.cancel()
        await asyncio.wait({running})

    asyncio.run(story())
