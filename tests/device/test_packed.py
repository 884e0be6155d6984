"""Receipts as they stand in the edge database: small, the very bytes again, and readable however old or damaged their row."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zstandard
from fakes import dictionary, season
from fakes.headquarters import receipt
from hypothesis import given
from hypothesis import strategies as st

from device import edge_schema, packed
from device.domain import Answer
from device.store import EdgeStore
from sync import outbox
from sync.envelope import BadBatchError

SEASON = [msgspec.json.encode(one) for one in season.receipts(2, 50)]
HEXADECIMAL = st.text("0123456789abcdef", min_size=10, max_size=34)
TEXT = st.text() | HEXADECIMAL | HEXADECIMAL.map(lambda text: f"{text}-1") | st.sampled_from(["\x01", "\x05", "0.123456789012"])
VALUES = st.recursive(
    TEXT | st.floats(allow_nan=False) | st.floats(width=32, min_value=0, max_value=1) | st.integers(-(2**60), 2**60) | st.none(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=30,
)


def record(edge_db: Path, *numbers: int) -> None:
    with closing(EdgeStore(edge_db, "register-1")) as store:
        for number in numbers:
            assert store.record(receipt(number), b"told %d" % number) is not None


def bodies(edge_db: Path) -> list[bytes]:
    (epoch,) = outbox.epochs(edge_db)
    found = outbox.between(edge_db, epoch, 1, 1000)
    assert found == outbox.after(edge_db, epoch, 0)
    return [entry.body for entry in found]


def changed(edge_db: Path, seq: int, body: bytes, *, sum_fits: bool) -> None:
    with closing(sqlite3.connect(edge_db)) as db:
        db.execute("UPDATE receipt SET body = ? WHERE seq = ?", (body, seq))
        if sum_fits:
            (row,) = db.execute("SELECT seq, epoch, receipt_id, digest, lane, closed_at, body FROM receipt WHERE seq = ?", (seq,))
            db.execute("UPDATE receipt SET sum = ? WHERE seq = ?", (edge_schema.receipt_sum(*row), seq))
        db.commit()


def test_receipts_of_a_shop_the_dictionary_never_saw_take_a_fifth_of_their_room() -> None:
    stored = [packed.pack(body) for body in SEASON]
    assert [packed.unpack(one) for one in stored] == SEASON
    assert sum(map(len, stored)) < 0.2 * sum(map(len, SEASON))


@given(VALUES)
def test_any_json_comes_back_to_the_byte(value: object) -> None:
    body = msgspec.json.encode({"receipt_id": "0123456789abcdef0123456789abcdef", "value": value})
    assert packed.unpack(packed.pack(body)) == body


@given(st.binary(max_size=200))
def test_bytes_that_are_no_json_are_stored_as_they_are_or_come_back(body: bytes) -> None:
    body = b"{" + body
    assert packed.unpack(packed.pack(body)) == body


def test_the_dictionary_is_the_one_that_its_command_makes() -> None:
    kept = Path(packed.__file__).with_name(f"receipts-{packed.DICTIONARY}.zdict").read_bytes()
    assert dictionary.made(packed.DICTIONARY) == kept


def test_every_cut_and_every_flipped_bit_of_a_row_is_refused_or_gives_bytes_and_never_more() -> None:
    stored = packed.pack(SEASON[0])
    for at in range(1, len(stored)):
        for broken in (stored[:at], stored[:at] + bytes([stored[at] ^ 1 << at % 8]) + stored[at + 1 :], stored + stored[:at]):
            with suppress(packed.UnreadableBodyError):
                assert len(packed.unpack(broken)) < 4 * len(SEASON[0])


@pytest.mark.parametrize(
    "frame",
    [
        zstandard.compress(bytes(200_000_000)),
        zstandard.ZstdCompressor(write_content_size=False).compress(bytes(200_000_000)),
        zstandard.compress(b"\x03" * 1_000_000),
        zstandard.compress(b"{}") + b"more",
        b"",
    ],
)
def test_a_bomb_is_refused_before_it_takes_room(frame: bytes) -> None:
    with pytest.raises(packed.UnreadableBodyError):
        packed.unpack(b"\x01\x00\x00\x00" + frame)


def test_a_row_of_a_dictionary_that_is_not_here_says_which_version_is_wanted() -> None:
    other = zstandard.train_dictionary(4096, SEASON, dict_id=77)
    frame = zstandard.ZstdCompressor(dict_data=other).compress(SEASON[0])
    with pytest.raises(packed.UnreadableBodyError, match="dictionary 77, which this version does not have: install"):
        packed.unpack(b"\x01\x00\x00\x00" + frame)


def test_rows_of_before_are_read_beside_new_ones_and_a_sale_told_then_is_not_kept_twice(tmp_path: Path) -> None:
    edge_db = tmp_path / "edge.db"
    record(edge_db, 1, 2, 3)
    whole = b"a digest of thirty-two bytes ...".ljust(32)
    with closing(sqlite3.connect(edge_db)) as db:
        db.execute("UPDATE receipt SET digest = ? WHERE seq = 2", (whole,))
        db.commit()
    changed(edge_db, 2, msgspec.json.encode(receipt(2)), sum_fits=True)
    assert bodies(edge_db) == [msgspec.json.encode(receipt(number)) for number in (1, 2, 3)]
    with closing(EdgeStore(edge_db, "register-1")) as store:
        assert store.told == ()
        assert store.record(receipt(4), whole) is None
        assert store.receipts() == 3


@pytest.mark.parametrize("sum_fits", [False, True])
def test_a_damaged_row_is_not_sent_and_holds_up_no_other(tmp_path: Path, *, sum_fits: bool) -> None:
    edge_db = tmp_path / "edge.db"
    record(edge_db, 1, 2, 3)
    changed(edge_db, 2, b"\x01\x00\x00\x00rubbish", sum_fits=sum_fits)
    (epoch,) = outbox.epochs(edge_db)
    with pytest.raises(BadBatchError, match="record 2 "):
        outbox.between(edge_db, epoch, 1, 3)
    assert [entry.seq for entry in outbox.after(edge_db, epoch, 0)] == [1, 2, 3]
    assert [entry.body for entry in outbox.between(edge_db, epoch, 3, 3)] == [msgspec.json.encode(receipt(3))]


@pytest.mark.parametrize("page_bytes", [4096, 8192])
@pytest.mark.parametrize("in_wal", [False, True])
def test_receipts_are_read_out_of_a_database_whose_head_is_lost(tmp_path: Path, page_bytes: int, *, in_wal: bool) -> None:
    """Whatever size its pages had; the size stands in the head of the database, and in that of its WAL."""
    edge_db, kept = tmp_path / "open" / "edge.db", tmp_path / "edge.db"
    edge_db.parent.mkdir()
    with closing(sqlite3.connect(edge_db)) as db:
        db.execute(f"PRAGMA page_size = {page_bytes}")
        db.execute("VACUUM")
    with closing(EdgeStore(edge_db, "register-1")) as store:
        assert store._db.execute("PRAGMA page_size").fetchone() == (page_bytes,)
        for number in range(60):
            store.record(receipt(number, lines=number % 9), b"told %d" % number)
        if not in_wal:
            store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in ("edge.db", "edge.db-wal"):
            shutil.copy(edge_db.with_name(name), tmp_path / name)
    for name in ("edge.db", "edge.db-wal"):
        raw = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(bytes(32) + raw[32:] if raw else raw)
    with closing(EdgeStore(kept, "register-1")) as store:
        told = store.told[0]
        assert "60 receipts were read out of it" in told
        rows = store._db.execute("SELECT body FROM receipt ORDER BY seq")
        assert [packed.unpack(body) for (body,) in rows] == [
            msgspec.json.encode(receipt(number, lines=number % 9)) for number in range(60)
        ]
        assert store.out_of_stock_since(receipt(0).closed_at) == {"S7"}


def test_of_the_outcomes_those_are_kept_apart_that_a_sale_asks_for(tmp_path: Path) -> None:
    one = receipt(1)
    (asked,) = one.outcomes
    shown = replace(one, outcomes=(asked, replace(asked, suggestion_id="s2", answer=Answer.TAKEN)))
    with closing(EdgeStore(tmp_path / "edge.db", "register-1")) as store:
        store.record(shown, b"told")
        assert store._db.execute("SELECT suggestion_id FROM outcome").fetchall() == [("s1",)]
    assert bodies(tmp_path / "edge.db") == [msgspec.json.encode(shown)]
