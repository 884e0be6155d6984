"""How visits were rated: from edge.db behind their receipts, over a real broker, into the central store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from fakes.headquarters import rate, rating, receipt, sell
from fakes.patience import until
from fakes.uplink import drain, worker

from device.rating import Scale
from sync import envelope, outbox, status, status_text
from sync.carrier import Message
from sync.central import Central, Delivery, Ratings, open_central
from sync.envelope import BadBatchError, Entry, Header
from sync.ledger import Ledger
from sync.link import Broker, Link
from sync.uplink import Uplink

AT = datetime(2026, 5, 5, 1, 0, tzinfo=UTC)
EPOCH = "a" * 32


@contextmanager
def central(folder: Path, *, create: bool = False) -> Iterator[Central]:
    with closing(open_central(f"sqlite:///{folder / 'central.db'}", create=create)) as store:
        yield store


def bodies_of_ratings(folder: Path) -> dict[int, dict[str, Any]]:
    with closing(sqlite3.connect(folder / "central.db")) as db:
        return {of: msgspec.json.decode(body) for of, body in db.execute("SELECT receipt, body FROM rating")}


def batch(*records: tuple[int, int | None, int], device: str = "register-1", epoch: str = EPOCH) -> bytes:
    """(number, receipt that is rated or None, score) each; a receipt's score is not used."""
    entries = [
        Entry(seq, msgspec.json.encode(receipt(seq, device) if of is None else rating(of, score, device)), of)
        for seq, of, score in records
    ]
    lo, hi = entries[0].seq, entries[-1].seq
    return envelope.pack(Header(envelope.VERSION, device, epoch, lo, hi, len(entries)), entries)


def delivered(payload: bytes, device: str = "register-1") -> Delivery:
    return Delivery(device, payload, envelope.unpack(payload))


def test_a_rating_follows_its_receipt_and_the_last_word_counts(broker: Broker, tmp_path: Path) -> None:
    edge_db = tmp_path / "edge.db"
    bodies = sell(edge_db, range(3))
    with worker(broker, tmp_path / "central.db"):
        drain(broker, tmp_path)
        assert rate(edge_db, {1: 4}) == [4]
        assert outbox.waiting(edge_db, lambda _: 3) == outbox.Waiting(0, None, 1, "2026-05-04T06:01:32Z")
        drain(broker, tmp_path)
        assert rate(edge_db, {1: 9, 2: 10}) == [5, 6]
        bodies += sell(edge_db, range(3, 5))
        drain(broker, tmp_path)
    with central(tmp_path) as store:
        assert list(store.receipts()) == bodies
        assert store.ratings() == [Ratings("register-1", "ten", 2, 19)]
        assert store.gaps() == []
        said = status_text.text(status.headquarters(store, None, AT))
    assert "    2 visits rated on the scale 'ten', 9.5 on average" in said
    assert bodies_of_ratings(tmp_path)[2] == msgspec.to_builtins(rating(1, 9))
    assert outbox.waiting(edge_db, lambda _: 8) == outbox.Waiting(0, None, 0)


def test_a_rating_that_changes_while_its_batch_is_on_the_wire_arrives_as_it_is_now(broker: Broker, tmp_path: Path) -> None:
    edge_db, topic = tmp_path / "edge.db", envelope.acknowledgement_topic("register-1")
    sell(edge_db, range(2))
    rate(edge_db, {0: 1})
    with Ledger(tmp_path / "sync.db") as ledger, Link(broker, "register-1", [topic]).open() as link:
        uplink = Uplink("register-1", edge_db, ledger, lambda: None)
        assert uplink.look()
        uplink.advance(link)  # to a headquarters that is not there
        rate(edge_db, {0: 8})
        with worker(broker, tmp_path / "central.db"):
            uplink.reconnected()

            def sent() -> bool:
                uplink.advance(link)
                if isinstance(word := link.next(0.05), Message):
                    uplink.hear(word.payload)
                return uplink.idle and not uplink.look()

            until(sent, what="headquarters to have everything")
    with central(tmp_path) as store:
        assert (len(list(store.receipts())), store.ratings(), store.gaps()) == (2, [Ratings("register-1", "ten", 1, 8)], [])


def test_whatever_is_sent_again_in_whatever_order_the_latest_rating_is_kept(tmp_path: Path) -> None:
    with central(tmp_path, create=True) as store:
        first, later = delivered(batch((1, None, 0), (2, 1, 3))), delivered(batch((3, None, 0), (4, 1, 7)))
        assert [verdict.refused for verdict in store.ingest([later, first, later, first], AT)] == [None] * 4
        assert store.ingest([first], AT)[0].refused is None
        assert store.ratings() == [Ratings("register-1", "ten", 1, 7)]
        assert (len(list(store.receipts())), store.watermark("register-1", EPOCH)) == (2, 4)


def test_a_rating_whose_receipt_was_refused_or_is_on_its_way_is_kept(tmp_path: Path) -> None:
    with central(tmp_path, create=True) as store:
        (verdict,) = store.ingest([delivered(batch((5, 4, 2)))], AT)
        assert (verdict.new, store.ratings()) == (1, [Ratings("register-1", "ten", 1, 2)])
        assert [(gap.lo, gap.hi) for gap in store.gaps()] == [(1, 4)]


@pytest.mark.parametrize("second", [((2, 1, 9),), ((2, None, 0),)], ids=["another rating", "a receipt"])
def test_two_records_under_one_number_are_two_registers_under_one_name(tmp_path: Path, second: tuple[Any, ...]) -> None:
    with central(tmp_path, create=True) as store:
        store.ingest([delivered(batch((1, None, 0), (2, 1, 3)))], AT)
        (verdict,) = store.ingest([delivered(batch(*second))], AT)
        assert verdict.refused is not None
        assert "two registers share an identity" in verdict.refused
        assert store.ratings() == [Ratings("register-1", "ten", 1, 3)]


def test_registers_and_scales_are_told_apart(tmp_path: Path) -> None:
    faces = msgspec.json.encode(rating(9, 3, scale=Scale.FACES))
    more = envelope.pack(Header(envelope.VERSION, "register-1", EPOCH, 3, 3, 1), [Entry(3, faces, 2)])
    with central(tmp_path, create=True) as store:
        store.ingest([delivered(batch((2, 1, 5))), delivered(more)], AT)
        store.ingest([delivered(batch((2, 1, 10), device="register-2"), "register-2")], AT)
        assert store.ratings() == [
            Ratings("register-1", "faces", 1, 3),
            Ratings("register-1", "ten", 1, 5),
            Ratings("register-2", "ten", 1, 10),
        ]


def test_the_outbox_of_a_register_that_knew_no_ratings_yet_is_read(tmp_path: Path) -> None:
    bodies = sell(tmp_path / "edge.db", range(2))
    with closing(sqlite3.connect(tmp_path / "edge.db")) as db:
        (epoch,) = db.execute("SELECT epoch FROM identity").fetchone()
        db.execute("DROP TABLE rating")
        db.commit()
    assert [entry.body for entry in outbox.after(tmp_path / "edge.db", epoch, 0)] == bodies


def squeezed(entry: Mapping[str, Any]) -> bytes:
    header = Header(envelope.VERSION, "register-1", EPOCH, 1, 2, 1)
    return zstandard.ZstdCompressor().compress(msgspec.json.encode(header) + b"\n" + msgspec.json.encode(entry))


RATED = msgspec.to_builtins(rating(1, 5))
HOSTILE = {
    "on no scale": ({"seq": 2, "of": 1, "rating": RATED | {"score": 11}}, "not on the scale 'ten'"),
    "below the scale": ({"seq": 2, "of": 1, "rating": RATED | {"score": -1}}, "not on the scale"),
    "of an unknown scale": ({"seq": 2, "of": 1, "rating": RATED | {"scale": "stars"}}, "cannot be read"),
    "before its receipt": ({"seq": 2, "of": 2, "rating": RATED}, "before its receipt"),
    "of no receipt": ({"seq": 2, "rating": RATED}, "neither a receipt nor the rating of one"),
    "both": ({"seq": 2, "of": 1, "rating": RATED, "receipt": {}}, "neither a receipt nor the rating of one"),
    "neither": ({"seq": 2}, "neither a receipt nor the rating of one"),
    "of another register": ({"seq": 2, "of": 1, "rating": RATED | {"device": "register-2"}}, "names register 'register-2'"),
    "without a zone": ({"seq": 2, "of": 1, "rating": RATED | {"rated_at": "2026-05-04T06:00:00"}}, "without a zone"),
    "no rating": ({"seq": 2, "of": 1, "rating": 5}, "cannot be read"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_rating_is_refused_with_a_reason(name: str) -> None:
    entry, reason = HOSTILE[name]
    with pytest.raises(BadBatchError, match=reason):
        envelope.unpack(squeezed(entry))


def test_ratings_come_back_as_they_went() -> None:
    read = envelope.unpack(batch((1, None, 0), (2, 1, 10)))
    assert [(entry.seq, entry.of) for entry in read.entries] == [(1, None), (2, 1)]
    assert read.records == (receipt(1), rating(1, 10))
    assert read.receipts == (receipt(1),)
