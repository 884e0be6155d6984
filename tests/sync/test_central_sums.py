"""What every central store keeps beside the receipts: sums, what waits, tills' own reports, quarantine; and older stores."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from fakes.headquarters import rating, receipt
from fakes.headquarters_batches import AT, EPOCH, bodies, delivered, payload

from device.domain import Minor
from device.errors import CentralError
from sync import envelope
from sync.central import MAX_QUARANTINED, MAX_QUARANTINED_BYTES, NO_ROOM, Central, Compared, Day, Delivery, Ratings, open_central
from sync.central.postgres_schema import STEPS
from sync.envelope import Entry, Header


def batch(lo: int, hi: int, *, epoch: str = EPOCH, waiting: int = 0) -> Delivery:
    entries = [Entry(seq, msgspec.json.encode(receipt(seq))) for seq in range(lo, hi + 1)]
    return delivered(envelope.pack(Header(envelope.VERSION, "register-1", epoch, lo, hi, len(entries), None, waiting), entries))


def waiting(store: Central) -> int:
    return store.registers()[0].waiting


def test_what_waits_is_what_the_register_had_numbered_beyond_the_last_that_came(store: Central) -> None:
    store.ingest([batch(1, 10, waiting=25)], AT)
    assert waiting(store) == 25
    store.ingest([batch(21, 30, waiting=5)], AT)
    assert waiting(store) == 5
    # Sent again, and late: it knows less than what is known already.
    store.ingest([batch(1, 10, waiting=20)], AT)
    store.ingest([batch(11, 20)], AT)
    assert waiting(store) == 5
    store.ingest([batch(31, 35)], AT)
    assert waiting(store) == 0


def test_another_epoch_waits_for_its_own_numbers(store: Central) -> None:
    store.ingest([batch(1, 10, waiting=1000)], AT)
    store.ingest([batch(1, 2, epoch="b" * 32, waiting=3)], AT)
    assert waiting(store) == 3


def test_days_are_told_from_one_on_and_the_latest_is_no_future_one(store: Central) -> None:
    store.ingest([delivered(payload(1, 2)), delivered(payload(600, 602))], AT)
    assert [day.day for day in store.days("2026-05-05")] == ["2026-05-05"]
    assert (store.latest_day("2026-12-31"), store.latest_day("2026-05-04"), store.latest_day("2020-01-01")) == (
        "2026-05-05",
        "2026-05-04",
        "",
    )


def test_sums_beyond_any_till_break_nothing(store: Central) -> None:
    """Of the largest totals that a batch may name, more than a 64-bit number holds together."""
    size, most = envelope.MAX_RECEIPTS, 2**53
    poll = []
    for lo in range(1, 7 * size, size):
        sales = [replace(receipt(seq), total=Minor(most), local_time="2026-05-04T10:00:00") for seq in range(lo, lo + size)]
        entries = [Entry(seq, msgspec.json.encode(sale)) for seq, sale in enumerate(sales, lo)]
        poll.append(delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, lo, lo + size - 1, size), entries)))
    assert not any(verdict.refused for verdict in store.ingest(poll, AT))
    store.report(Day("register-1", "2026-05-04", "RUB", 1, 1), AT)
    (day,), (compared,) = store.days(), store.compared()
    assert day.receipts == compared.receipts == 7 * size
    assert day.total == compared.total == pytest.approx(7 * size * most)
    assert not compared.agrees


def test_the_tills_own_report_of_a_day_stands_beside_what_is_here_and_the_last_word_counts(store: Central) -> None:
    store.ingest([delivered(payload(1, 2)), delivered(payload(600, 602))], AT)
    for receipts in (3, 2):
        store.report(Day("register-1", "2026-05-04", "RUB", receipts, receipts * 29_970), AT)
    store.report(Day("register-1", "2026-05-05", "RUB", 3, 89_911), AT)
    store.report(Day("register-2", "2026-05-03", "RUB", 1, 500), AT)
    agreed = Compared("register-1", "2026-05-04", "RUB", 2, 59_940, 2, 59_940)
    cents = Compared("register-1", "2026-05-05", "RUB", 3, 89_910, 3, 89_911)
    nothing = Compared("register-2", "2026-05-03", "RUB", 0, 0, 1, 500)
    assert store.compared() == [agreed, cents, nothing]
    assert [one.agrees for one in store.compared()] == [True, False, False]
    # What differs is not forgotten.
    assert store.compared("2026-05-06") == [cents, nothing]


def test_a_batch_that_was_late_does_not_make_a_register_older(store: Central) -> None:
    store.ingest([delivered(payload(2, 3))], AT)
    old = envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 1, 1, "b0"), [Entry(1, bodies(1)[0])])
    store.ingest([delivered(old)], AT - timedelta(days=3))
    (register,) = store.registers()
    assert (register.last_heard, register.bundle, register.receipts) == (AT.isoformat(timespec="seconds"), "b1", 3)


def test_a_late_batch_of_the_epoch_before_leaves_a_register_where_it_is(store: Central) -> None:
    """As one out of quarantine that is tried once more, after the register's database was made anew in another store."""
    moved = replace(receipt(1), store="S2")
    now = Header(envelope.VERSION, "register-1", "e" * len(EPOCH), 1, 1, 1, "b1", waiting=4)
    store.ingest([delivered(envelope.pack(now, [Entry(1, msgspec.json.encode(moved))]))], AT)
    (before,) = store.registers()
    store.ingest([delivered(payload(1, 3))], AT - timedelta(days=3))
    (register,) = store.registers()
    assert register == before._replace(receipts=4, last_receipt=register.last_receipt)
    assert (register.store, register.epoch, register.waiting) == ("S2", "e" * len(EPOCH), 4)


def test_a_batch_in_quarantine_is_dropped_once(store: Central) -> None:
    store.ingest([delivered(b"poison")], AT)
    (kept,) = store.quarantined()
    assert (kept.size, store.payload("register-1", "0" * 64)) == (6, None)
    assert store.drop(kept.device, kept.sha256)
    assert not store.drop(kept.device, kept.sha256)
    assert store.quarantined() == []


def test_beyond_its_bound_quarantine_counts_and_keeps_no_bytes(store: Central) -> None:
    store.ingest([batch(1, 2)], AT)
    for start in range(0, MAX_QUARANTINED + 3, 100):
        numbers = range(start, min(start + 100, MAX_QUARANTINED + 3))
        store.ingest([delivered(f"poison {number}".encode()) for number in numbers], AT)
    store.ingest([delivered(b"poison 0"), delivered(b"elsewhere", "register-2")], AT + timedelta(minutes=1))
    of_register = [one for one in store.quarantined() if one.device == "register-1"]
    (without,) = [one for one in of_register if not one.sha256]
    assert (len(of_register), without.times, without.size, without.why) == (MAX_QUARANTINED + 1, 3, 0, NO_ROOM)
    assert store.registers()[0].quarantined == MAX_QUARANTINED + 3
    assert [one.device for one in store.quarantined() if one.device != "register-1"] == ["register-2"]


def test_large_batches_fill_quarantine_sooner(store: Central) -> None:
    size = 1_000_000
    for number in range(MAX_QUARANTINED_BYTES // size + 2):
        store.ingest([delivered(f"{number:03}".encode() + bytes(size - 3))], AT)
    kept = store.quarantined()
    assert sum(one.size for one in kept) <= MAX_QUARANTINED_BYTES
    assert [one.times for one in kept if not one.sha256] == [2]


def test_ratings_that_change_are_counted_once(store: Central) -> None:
    def rated(seq: int, score: int) -> Delivery:
        entry = Entry(seq, msgspec.json.encode(rating(1, score)), 1)
        return delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, seq, seq, 1), [entry]))

    store.ingest([batch(1, 1), rated(2, 3), rated(3, 9), rated(2, 3)], AT)
    assert store.ratings() == [Ratings("register-1", "ten", 1, 9)]
    store.ingest([rated(5, 4)], AT)
    store.ingest([rated(4, 10), rated(5, 4)], AT)
    assert store.ratings() == [Ratings("register-1", "ten", 1, 4)]


def test_a_file_of_before_there_were_ratings_and_sums_is_read_and_brought_up_to_date_when_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    with closing(open_central(url, create=True)) as store:
        store.ingest([batch(1, 3, waiting=2)], AT)
        now = (store.days(), [one._replace(waiting=0) for one in store.registers()])
    with closing(sqlite3.connect(tmp_path / "central.db")) as db, db:
        for event in ("insert", "update", "delete"):
            db.execute(f"DROP TRIGGER receipt_{event}")
        for table in ("rating", "day", "rated", "report", "changed", "person", "identity", "statement", "dispute"):
            db.execute(f"DROP TABLE {table}")
        db.execute("ALTER TABLE tombstone DROP COLUMN lifted")
        for column in ("receipts", "last_us", "told"):
            db.execute(f"ALTER TABLE register DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 1")
    with closing(open_central(url)) as store:
        assert list(store.receipts()) == bodies(1, 2, 3)
        with pytest.raises(CentralError, match="older program: start `tillside headquarters serve` once"):
            store.registers()
    with closing(open_central(url, create=True)) as store:
        assert (store.days(), store.registers()) == now
        store.ingest([batch(4, 4)], AT)
        assert (store.registers()[0].receipts, store.days()[0].receipts) == (4, 4)


def test_a_database_of_before_there_were_sums_is_brought_up_to_date_when_written(server: str) -> None:
    try:
        with psycopg.connect(server) as db:
            for statement in STEPS[0]:
                db.execute(statement)
            db.execute("INSERT INTO tillside.about VALUES (1)")
            db.execute("INSERT INTO tillside.register VALUES ('register-1', 'S1', %s, 'then', NULL, 7, 0)", (EPOCH,))
            db.execute("INSERT INTO tillside.span VALUES ('register-1', %s, 1, 7)", (EPOCH,))
        with pytest.raises(CentralError, match="no central store of this version"):
            open_central(server)
        for _ in range(2):
            open_central(server, create=True).close()
        with closing(open_central(server)) as store:
            assert [(one.receipts, one.waiting) for one in store.registers()] == [(7, 0)]
    finally:
        with psycopg.connect(server) as db:
            db.execute("DROP SCHEMA IF EXISTS tillside CASCADE")
