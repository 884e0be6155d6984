"""What leaves the central store: a shopper to the last byte, and what is older than it may be kept. Both engines."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
import zstandard
from fakes.headquarters import OPENING, rating, receipt
from fakes.headquarters_batches import AT, EPOCH, delivered

from device.domain import Pseudonym
from device.errors import CentralError
from device.shopper import Key, Keyring, Shopper, erased, tombstone
from sync import envelope
from sync.central import Central
from sync.central.forgetting import Forgetting, open_forgetting
from sync.central.past import PastLine, PastReceipt, open_past
from sync.envelope import Entry, Header

ANNA, BORIS = "a1" * 16, "b2" * 16


def body(number: int, shopper: str | None) -> bytes:
    known = None if shopper is None else Pseudonym(shopper)
    return msgspec.json.encode(replace(receipt(number), shopper=known, shopper_key=None if shopper is None else 2026))


def batch(*bodies: bytes, lo: int = 1) -> bytes:
    entries = [Entry(seq, one) for seq, one in enumerate(bodies, lo)]
    return envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, lo, lo + len(bodies) - 1, len(bodies), "b1"), entries)


def bytes_of(url: str) -> bytes:
    """Everything in every file of the store; of PostgreSQL what its tables say."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))
    with psycopg.connect(url) as db:
        tables = [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'tillside'")]
        return b"".join(bytes(str(row), "utf-8") for name in tables for row in db.execute(f"SELECT * FROM tillside.{name}"))


def test_a_shopper_is_gone_to_the_last_byte_and_the_sales_stay(url: str, store: Central, forgetting: Forgetting) -> None:
    bodies = [body(number, (ANNA, BORIS, None)[number % 3]) for number in range(1, 121)]
    store.ingest([delivered(batch(*bodies))], AT)
    store.ingest([delivered(batch(body(1, ANNA)))], AT)  # the same key with other content: refused, in quarantine
    days = store.days()
    if url.startswith("sqlite"):
        assert ANNA.encode() in bytes_of(url), "or else its absence would show nothing"
    done = forgetting.forget([ANNA], AT)
    assert (done.receipts, done.quarantined, done.clean) == (40, 1, True)
    assert ANNA.encode() not in bytes_of(url)
    assert BORIS.encode() in bytes_of(url) or not url.startswith("sqlite")
    assert list(store.receipts()) == [erased(one, ANNA) for one in bodies]
    kept = [msgspec.json.decode(one)["shopper"] for one in store.receipts()]
    assert kept == [(None, BORIS, None)[number % 3] for number in range(1, 121)]
    assert store.days() == days
    assert forgetting.after(0, 10) == [(1, tombstone(ANNA), False)]
    again = forgetting.forget([ANNA], AT)
    assert (again.receipts, again.quarantined, forgetting.latest()) == (0, 0, 1)


def test_what_is_sent_again_is_known_with_and_without_the_shopper(store: Central, forgetting: Forgetting) -> None:
    bodies = [body(1, ANNA), body(2, BORIS), body(3, None)]
    store.ingest([delivered(batch(*bodies))], AT)
    forgetting.forget([ANNA], AT)
    # The acknowledgement was lost; the register sends what it had, and later what it has, having forgotten as well.
    without = [erased(one, ANNA) for one in bodies]
    for sent in (bodies, without, bodies):
        (verdict,) = store.ingest([delivered(batch(*sent))], AT)
        assert (verdict.refused, verdict.new, verdict.known) == (None, 0, 3)
    assert list(store.receipts()) == without
    other = [erased(one, ANNA) for one in bodies]
    other[0] = body(1, BORIS)
    assert store.ingest([delivered(batch(*other))], AT)[0].refused, "other content still is a conflict"


def test_a_receipt_that_comes_later_is_kept_without_the_shopper(store: Central, forgetting: Forgetting, url: str) -> None:
    forgetting.forget([ANNA], AT)
    late = [body(1, ANNA), body(2, BORIS)]
    for sent in (late, [erased(one, ANNA) for one in late], late):
        (verdict,) = store.ingest([delivered(batch(*sent))], AT)
        assert verdict.refused is None
    assert list(store.receipts()) == [erased(one, ANNA) for one in late]
    assert ANNA.encode() not in bytes_of(url)
    assert store.gaps() == []


def test_with_a_new_key_the_history_of_a_shopper_goes_on(store: Central, forgetting: Forgetting, url: str) -> None:
    keys = Keyring((Key(2026, date(2026, 1, 1), b"\1" * 32), Key(2027, date(2027, 1, 1), b"\2" * 32)))
    at = datetime(2027, 1, 5, tzinfo=UTC)
    old, new = keys.ever("79160000017")
    bodies = [body(1, old), body(2, BORIS), body(3, None)]
    store.ingest([delivered(batch(*bodies))], AT)
    assert forgetting.rename(keys.renamed(["+7 916 000 00 17", "", "nobody's"], at)) == 1
    kept = [msgspec.json.decode(one) for one in store.receipts()]
    assert [(one["shopper"], one["shopper_key"]) for one in kept] == [(new, 2027), (BORIS, 2026), (None, None)]
    assert store.ingest([delivered(batch(*bodies))], AT)[0] == (0, 3, None), "sent again, it is known"
    assert forgetting.rename(keys.renamed(["79160000017"], at)) == 0
    # And is forgotten under either.
    assert forgetting.forget(keys.ever("79160000017"), at).receipts == 1
    assert [msgspec.json.decode(one)["shopper"] for one in store.receipts()] == [None, BORIS, None]


def test_a_receipt_with_what_is_no_text_in_it_is_no_obstacle(store: Central, forgetting: Forgetting) -> None:
    odd = body(1, ANNA)[:-1] + b',"unread":"\xff\xfe","shopper":"' + ANNA.encode() + b'"}'
    (verdict,) = store.ingest([delivered(batch(odd, body(2, ANNA)))], AT)
    assert verdict.refused is None, "a field that this program does not know is not looked into"
    assert forgetting.rename({BORIS: Shopper(Pseudonym("c3" * 16), 2027)}) == 0
    assert forgetting.forget([ANNA], AT).receipts == 2
    assert all(ANNA.encode() not in one for one in store.receipts())


def test_only_pseudonyms_can_be_forgotten(forgetting: Forgetting) -> None:
    for told in ("", "a1" * 15, "A1" * 16, "7916000001700000000000000000000x", "%" * 32):
        with pytest.raises(CentralError, match="a pseudonym has 32 digits"):
            forgetting.forget([told], AT)
    assert forgetting.latest() == 0


def test_a_refused_batch_that_cannot_be_read_goes_when_it_names_the_shopper(store: Central, forgetting: Forgetting) -> None:
    packed = zstandard.ZstdCompressor().compress(b"half a batch with " + ANNA.encode())
    for poison in (packed, b"plain " + ANNA.encode(), b"plain " + BORIS.encode(), b""):
        store.ingest([delivered(poison)], AT)
    assert forgetting.forget([ANNA], AT).quarantined == 2
    assert {store.payload(one.device, one.sha256) for one in store.quarantined()} == {b"plain " + BORIS.encode(), b""}


def test_an_imported_past_forgets_too_and_is_not_brought_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'central.db'}"
    told = [
        PastReceipt(str(n), (PastLine("milk", 1000),), local_time="2026-03-02T09:30:00", shopper=ANNA, consent=True)
        for n in range(3)
    ]
    with closing(open_past(url, create=True)) as past, closing(open_forgetting(url)) as forgetting:
        past.keep(told, "file", lambda _: None, replace=False)
        assert forgetting.forget([ANNA], AT).past == 3
        for replacing in (False, True):
            assert past.keep(told, "file", lambda _: None, replace=replacing).known == 3
        more = PastReceipt("9", told[0].lines, shopper=ANNA)
        past.keep([more], "file", lambda _: None, replace=False)
        assert [(one.shopper, one.consent) for one in past.receipts()] == [(None, False)] * 4
    assert ANNA.encode() not in bytes_of(url)


def test_what_is_old_goes_and_is_no_gap(store: Central, forgetting: Forgetting, url: str) -> None:
    entries = [Entry(number, body(number, ANNA)) for number in range(1, 11)]
    entries.append(Entry(11, msgspec.json.encode(rating(2, 9)), 2))
    entries.append(Entry(12, msgspec.json.encode(rating(9, 4)), 9))
    payload = envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 1, 12, 12), entries)
    store.ingest([delivered(payload), delivered(b"poison")], AT)
    before = OPENING + timedelta(seconds=90 * 6)
    gone = forgetting.expire(before)
    assert (gone.receipts, gone.quarantined) == (5, 0)
    assert [msgspec.json.decode(one)["receipt_id"] for one in store.receipts()] == [f"register-1-{n}" for n in range(6, 11)]
    assert [msgspec.json.decode(one)["score"] for one in store.rated()] == [4]
    # Sums name nobody, and stay.
    assert [(one.count, one.total) for one in store.ratings()] == [(2, 13)]
    assert [day.receipts for day in store.days()] == [10]
    assert (store.gaps(), store.watermark("register-1", EPOCH)) == ([], 12)
    assert forgetting.expire(before).receipts == 0
    assert forgetting.expire(AT + timedelta(days=1)).quarantined == 1


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CentralError, match="no central store at"):
        open_forgetting(f"sqlite:///{tmp_path / 'none.db'}")
    assert not list(tmp_path.iterdir())
