"""What leaves the edge database, and what never does. Clocks are given; bytes are looked for in every file of the register."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from fakes.device_shop import KEY, REGULAR
from fakes.device_till import Checkout
from fakes.headquarters import OPENING, rating, receipt

from device import packed, readonly
from device.adviser import Adviser
from device.clearing import forget, retain
from device.domain import Phase, Pseudonym, Receipt
from device.errors import StoreError
from device.shopper import pseudonym, tombstone
from device.store import EdgeStore
from sync.ledger import Ledger
from sync.window import Refusal

ANNA, BORIS = "a1" * 16, "b2" * 16


def sold(store: EdgeStore, numbers: range, shopper: str | None = None) -> None:
    for number in numbers:
        known = None if shopper is None else Pseudonym(shopper)
        sale = replace(receipt(number), shopper=known, shopper_key=None if shopper is None else 2026)
        assert store.record(sale, str(number).encode()) is not None


def kept(path: Path) -> list[Receipt]:
    with closing(readonly.opened(path)) as db:
        return [
            msgspec.json.decode(packed.unpack(body), type=Receipt)
            for (body,) in db.execute("SELECT body FROM receipt ORDER BY seq")
        ]


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def named(shopper: str, folder: Path) -> bool:
    """A pseudonym stands in packed receipts as its bytes, elsewhere as hexadecimal digits (`device.packed`)."""
    files = everything(folder)
    return shopper.encode() in files or bytes.fromhex(shopper) in files


@pytest.fixture
def edge(tmp_path: Path):
    store = EdgeStore(tmp_path / "edge.db", "register-1")
    yield store
    store.close()


def listed(folder: Path, *tokens: str, first: int = 1) -> None:
    with Ledger(folder / "sync.db") as ledger:
        ledger.list_tombstones([(number, tombstone(token)) for number, token in enumerate(tokens, first)])


def through(folder: Path) -> int:
    with closing(readonly.opened(folder / "edge.db")) as db:
        return int(db.execute("SELECT through FROM forgotten").fetchone()[0])


def test_a_shopper_is_forgotten_to_the_last_byte_and_the_receipts_stay(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(300), ANNA)
    sold(edge, range(300, 500), BORIS)
    before = kept(tmp_path / "edge.db")
    assert named(ANNA, tmp_path)
    listed(tmp_path, ANNA)
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 300
    assert not named(ANNA, tmp_path)
    assert named(BORIS, tmp_path)
    after = kept(tmp_path / "edge.db")
    assert [replace(one, shopper=None) if one.shopper == ANNA else one for one in before] == after
    assert through(tmp_path) == 1
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 0


def test_a_sale_that_ends_after_it_is_kept_without_the_shopper(tmp_path: Path, edge: EdgeStore) -> None:
    listed(tmp_path, ANNA)
    forget(edge, tmp_path / "edge.db", tmp_path / "sync.db")
    assert (edge.is_forgotten(ANNA), edge.is_forgotten(BORIS)) == (True, False)
    sold(edge, range(1), ANNA)
    sold(edge, range(1, 2), BORIS)
    assert [one.shopper for one in kept(tmp_path / "edge.db")] == [None, BORIS]
    assert not named(ANNA, tmp_path)


def test_who_agreed_again_is_known_again_and_what_was_forgotten_stays_so(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(3), ANNA)
    listed(tmp_path, ANNA, BORIS)
    forget(edge, tmp_path / "edge.db", tmp_path / "sync.db")
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.list_tombstones([], [(3, tombstone(ANNA))])
        assert (ledger.listed(), ledger.tombstones()) == (3, [(2, tombstone(BORIS))])
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 0
    assert (edge.is_forgotten(ANNA), edge.is_forgotten(BORIS), through(tmp_path)) == (False, True, 3)
    sold(edge, range(3, 4), ANNA)
    assert [one.shopper for one in kept(tmp_path / "edge.db")] == [None, None, None, ANNA]
    # And may withdraw once more.
    listed(tmp_path, ANNA, first=4)
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 1
    assert edge.is_forgotten(ANNA)
    assert not named(ANNA, tmp_path)


def test_a_register_that_was_off_meanwhile_hears_of_the_last_word_only(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(2), ANNA)
    listed(tmp_path, ANNA)
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.list_tombstones([], [(2, tombstone(ANNA))])
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 0
    assert (edge.is_forgotten(ANNA), through(tmp_path)) == (False, 2)


def test_while_it_cannot_be_read_who_is_forgotten_everybody_is_and_the_sale_goes_on(tmp_path: Path, shop: Adviser) -> None:
    counter = Checkout(tmp_path, shop)
    counter.edge._db.execute("ALTER TABLE tombstone RENAME TO elsewhere")
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    assert [one.shopper for one in kept(tmp_path / "edge.db")] == [None]
    counter.edge.close()


def test_while_a_reader_is_in_the_way_nothing_is_said_to_be_done(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(20), ANNA)
    listed(tmp_path, ANNA)
    with closing(readonly.opened(tmp_path / "edge.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM receipt").fetchone()
        edge._db.execute("PRAGMA busy_timeout = 100")
        forget(edge, tmp_path / "edge.db", tmp_path / "sync.db")
        assert through(tmp_path) == 0
        reader.execute("ROLLBACK")
    forget(edge, tmp_path / "edge.db", tmp_path / "sync.db")
    assert through(tmp_path) == 1
    assert not named(ANNA, tmp_path)


def test_interrupted_it_begins_anew(tmp_path: Path, edge: EdgeStore) -> None:
    """The disk fails half-way: some receipts are clean, nothing is said, the next time does the rest."""
    sold(edge, range(500), ANNA)
    listed(tmp_path, ANNA)
    edge._db.execute(
        "CREATE TEMP TRIGGER fails BEFORE UPDATE ON receipt WHEN old.seq > 250 BEGIN SELECT RAISE(ABORT, 'disk'); END"
    )
    with pytest.raises(StoreError, match="could not be forgotten: disk"):
        forget(edge, tmp_path / "edge.db", tmp_path / "sync.db")
    assert through(tmp_path) == 0
    edge._db.execute("DROP TRIGGER fails")
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") in range(1, 500)
    assert through(tmp_path) == 1
    assert not named(ANNA, tmp_path)


def test_a_register_that_was_never_told_anything_forgets_nobody(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(3), ANNA)
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 0
    with closing(sqlite3.connect(tmp_path / "sync.db")) as db:
        db.execute("CREATE TABLE something_older (x)")
    assert forget(edge, tmp_path / "edge.db", tmp_path / "sync.db") == 0


def test_only_old_receipts_that_headquarters_has_are_deleted(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(1, 31))  # seq 1 to 30, 90 seconds apart
    for number, score in ((2, 9), (3, 8)):
        edge.rate(rating(number, score))  # seq 31 and 32
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.acknowledge(edge.epoch, 20, [Refusal(5, "other content"), Refusal(6, "other content")])
    retain(edge, OPENING + timedelta(seconds=90 * 11))
    names = [one.receipt_id for one in kept(tmp_path / "edge.db")]
    # 2 and 3 have ratings that headquarters has not; 5 and 6 it has refused; from 11 on they are not old.
    assert names == [f"register-1-{number}" for number in (2, 3, 5, 6, *range(11, 31))]
    # However late: what is not acknowledged stays.
    far = OPENING + timedelta(days=10_000)
    retain(edge, far)
    assert [one.receipt_id for one in kept(tmp_path / "edge.db")] == [f"register-1-{n}" for n in (2, 3, 5, 6, *range(21, 31))]
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.acknowledge(edge.epoch, 32)
    retain(edge, far)
    assert [one.receipt_id for one in kept(tmp_path / "edge.db")] == ["register-1-5", "register-1-6"]
    # Their numbers are not given again.
    key = edge.record(receipt(99), b"99")
    assert key is not None
    assert key.seq > 32


def test_an_acknowledgement_of_another_epoch_deletes_nothing(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(5))
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.acknowledge("f" * 32, 1000)
    assert retain(edge, OPENING + timedelta(days=1000)) == 0
    assert len(kept(tmp_path / "edge.db")) == 5


def test_what_was_deleted_leaves_no_bytes(tmp_path: Path, edge: EdgeStore) -> None:
    sold(edge, range(400), ANNA)
    with Ledger(tmp_path / "sync.db") as ledger:
        ledger.acknowledge(edge.epoch, 400)
    assert retain(edge, OPENING + timedelta(days=1)) == 400
    assert not named(ANNA, tmp_path)
    assert b"register-1-17" not in everything(tmp_path)


def test_a_forgotten_shopper_shows_the_card_again_and_is_nobody(tmp_path: Path, shop: Adviser) -> None:
    """The bundle in use still has the profile: neither is it used nor the pseudonym written."""
    counter = Checkout(tmp_path, shop)
    counter.hear("a", 1, "bread", loyalty_id=REGULAR)
    assert "coffee" in counter.shown()
    counter.hear("a", 2, "bread", phase=Phase.CLOSED)
    listed(tmp_path, pseudonym(KEY, REGULAR) or "")
    forget(counter.edge, tmp_path / "edge.db", tmp_path / "sync.db")
    counter.hear("b", 1, "bread", loyalty_id=REGULAR)
    assert "coffee" not in counter.shown()
    counter.hear("b", 2, "bread", phase=Phase.CLOSED)
    assert [one.shopper for one in kept(tmp_path / "edge.db")] == [None, None]
    counter.edge.close()
