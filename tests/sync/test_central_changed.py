"""Every central store says of which days something changed, so that who keeps what it made of a day makes that day anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg
import pytest
from fakes.headquarters import OPENING, rating, receipt
from fakes.headquarters_batches import AT, EPOCH, delivered, payload

from device.domain import Pseudonym
from device.errors import CentralError
from device.shopper import Shopper
from sync import envelope
from sync.central import Central, open_central, sqlite_schema
from sync.central.forgetting import open_forgetting
from sync.envelope import Entry, Header

DAY = OPENING.date().toordinal()
A_DAY = 960
"""Receipts 90 seconds apart."""


def several(numbers, device="register-1", **facts):
    """A batch of these receipts, changed."""
    entries = [Entry(seq, msgspec.json.encode(replace(receipt(seq, device), **facts))) for seq in numbers]
    header = Header(envelope.VERSION, device, EPOCH, entries[0].seq, entries[-1].seq, len(entries))
    return delivered(envelope.pack(header, entries), device)


def test_a_day_has_another_mark_after_each_batch_that_changes_it(store: Central) -> None:
    assert store.changed() == {}
    store.ingest([delivered(payload(1, 3))], AT)
    first = store.changed()
    assert first.keys() == {DAY}
    store.ingest([delivered(payload(1, 3))], AT)
    assert store.changed() == first
    store.ingest([delivered(payload(4, 4))], AT)
    second = store.changed()
    assert second[DAY] != first[DAY]
    store.ingest([several(range(A_DAY, A_DAY + 3))], AT)
    third = store.changed()
    assert (third[DAY], third.keys()) == (second[DAY], {DAY, DAY + 1})
    store.ingest([delivered(payload(1, 2, "register-2"), "register-2")], AT)
    assert store.changed()[DAY] != third[DAY]
    assert store.changed()[DAY + 1] == third[DAY + 1]


def test_a_rating_changes_the_day_of_its_receipt(store: Central) -> None:
    store.ingest([delivered(payload(1, 1)), several(range(A_DAY, A_DAY + 1))], AT)
    for seq, score in ((A_DAY + 1, 9), (A_DAY + 2, 3)):
        before = store.changed()
        entries = [Entry(seq, msgspec.json.encode(rating(1, score)), 1)]
        store.ingest([delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, seq, seq, 1), entries))], AT)
        after = store.changed()
        assert after[DAY] != before[DAY]
        assert after[DAY + 1] == before[DAY + 1]


def test_receipts_and_ratings_may_be_asked_for_by_day(store: Central) -> None:
    entries = [Entry(seq, msgspec.json.encode(receipt(seq))) for seq in (1, 2)]
    entries += [Entry(3, msgspec.json.encode(rating(2, 9)), 2), Entry(4, msgspec.json.encode(receipt(A_DAY)))]
    entries += [Entry(5, msgspec.json.encode(rating(A_DAY, 1)), 4)]
    store.ingest([delivered(envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 5, 5), entries))], AT)
    bodies = [entry.body for entry in entries]
    assert list(store.receipts(DAY)) == bodies[:2]
    assert list(store.rated(DAY)) == [bodies[2]]
    assert list(store.receipts(DAY + 1)) == [bodies[3]]
    assert list(store.rated(DAY + 1)) == [bodies[4]]
    assert list(store.receipts(DAY + 2)) == list(store.rated(DAY + 2)) == []
    assert list(store.receipts()) == [bodies[0], bodies[1], bodies[3]]


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_clock_of_another_age_has_a_day_too(store: Central, year: int) -> None:
    at = datetime(year, 12, 31 if year == 9999 else 1, 23, 59, tzinfo=UTC)
    store.ingest([several([7], opened_at=at, closed_at=at, local_time="2026-05-04T09:00:00")], AT)
    assert store.changed().keys() == {at.toordinal()}
    assert len(list(store.receipts(at.toordinal()))) == 1


def test_who_is_forgotten_renamed_or_expired_changes_the_days_of_it(store: Central, url: str) -> None:
    shopper = Pseudonym("0" * 31 + "1")
    store.ingest([delivered(payload(1, 1)), several(range(A_DAY, A_DAY + 1), shopper=shopper)], AT)
    before = store.changed()
    with closing(open_forgetting(url)) as forgetting:
        forgetting.rename({shopper: Shopper(Pseudonym("0" * 31 + "2"), 2)})
        renamed = store.changed()
        forgetting.forget([Pseudonym("0" * 31 + "2")], AT)
        forgotten = store.changed()
        forgetting.expire(OPENING + timedelta(hours=12))
        expired = store.changed()
    assert before[DAY] == renamed[DAY] == forgotten[DAY] != expired[DAY]
    assert len({before[DAY + 1], renamed[DAY + 1], forgotten[DAY + 1]}) == 3
    assert expired[DAY + 1] == forgotten[DAY + 1]


def test_a_store_of_before_is_brought_up_to_date_with_its_days(store: Central, url: str) -> None:
    store.ingest([delivered(payload(1, 3)), several(range(A_DAY, A_DAY + 1))], AT)
    store.close()
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
            for kind in ("receipt", "rating"):
                for event in ("insert", "update", "delete"):
                    db.execute(f"DROP TRIGGER {kind}_{event}")
            db.execute("DROP TABLE changed")
            db.execute(f"PRAGMA user_version = {sqlite_schema.VERSION - 1}")
        with closing(open_central(url)) as old, pytest.raises(CentralError, match="start `tillside headquarters serve` once"):
            old.changed()
    else:
        with psycopg.connect(url) as db:
            db.execute("DROP TABLE tillside.changed")
            db.execute("DROP FUNCTION tillside.receipts_changed, tillside.ratings_changed CASCADE")
            db.execute("DELETE FROM tillside.about WHERE version = (SELECT max(version) FROM tillside.about)")
    with closing(open_central(url, create=True)) as made:
        assert made.changed().keys() == {DAY, DAY + 1}
        made.ingest([delivered(payload(5, 5))], AT)
        assert len(list(made.receipts(DAY))) == 4
