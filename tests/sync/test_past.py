"""What was sold before the registers, in the central store beside what they send."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psycopg
import pytest
from fakes.headquarters import receipt

from device.errors import CentralError
from sync import envelope, ingest
from sync.central import open_central
from sync.central.past import Kept, Mark, Past, PastLine, PastReceipt, open_past
from sync.envelope import Entry, Header


@dataclass
class Opened:
    past: Past
    url: str

    def spoil(self) -> None:
        """As a disk might: every body is no JSON any more."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as db, db:
                db.execute("UPDATE past SET body = '{'")
        else:
            with psycopg.connect(self.url) as server:
                server.execute("UPDATE tillside.past SET body = %s", (b"{",))


@pytest.fixture
def store(url: str) -> Iterator[Opened]:
    with closing(open_past(url, create=True)) as past:
        yield Opened(past, url)


def told(number: str, local_time: str | None = "2026-03-02T09:30:00", quantity: int = 1000, **more) -> PastReceipt:
    return PastReceipt(number, (PastLine("milk", quantity),), local_time=local_time, **more)


def keep(past: Past, *receipts: PastReceipt, replace: bool = False) -> Kept:
    return past.keep(receipts, "file", lambda _: None, replace=replace)


def test_the_same_receipt_is_kept_once_also_within_a_batch(store: Opened) -> None:
    assert keep(store.past, told("1"), told("1"), told("2")) == Kept(2, 1, 0, 0, ())
    assert keep(store.past, told("2")) == Kept(0, 1, 0, 0, ())


@pytest.mark.parametrize("change", [{"store": "S"}, {"till": "2"}, {"local_time": "2026-03-02T09:31:00"}, {"number": "2"}])
def test_store_till_number_and_time_make_another_receipt(store: Opened, change: dict[str, str]) -> None:
    other = msgspec.structs.replace(told("1"), **change)
    assert keep(store.past, told("1"), other).new == 2


def test_what_was_sold_to_whom_is_content_and_the_rest_is_renewed(store: Opened) -> None:
    keep(store.past, told("1", shopper="a" * 32))
    assert keep(store.past, told("1", shopper="b" * 32), told("1", quantity=2000)).conflicts == (0, 1)
    assert keep(store.past, told("1", shopper="a" * 32, consent=True, marks=4)).renewed == 1
    (kept,) = store.past.receipts()
    assert (kept.shopper, kept.consent, kept.marks) == ("a" * 32, True, Mark.TRAINING)
    assert keep(store.past, told("1", quantity=2000), replace=True).replaced == 1
    (kept,) = store.past.receipts()
    assert kept.lines[0].quantity == 2000


def test_receipts_come_in_the_order_of_the_shops_clock_and_hints_before(store: Opened) -> None:
    keep(
        store.past,
        told("noon", "2026-03-02T12:00:00", order_hint=1),
        told("also noon", "2026-03-02T12:00:00"),
        told("morning", "2026-03-02T09:00:00", order_hint=9),
        told("second", None, order_hint=2),
        told("first", None, order_hint=1),
    )
    assert [one.number for one in store.past.receipts()] == ["first", "second", "morning", "noon", "also noon"]


def test_a_batch_and_its_state_are_kept_together_or_not_at_all(store: Opened) -> None:
    def broken(_: Kept) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.past.keep([told("1")], "file", broken, replace=False)
    assert list(store.past.receipts()) == []
    store.past.keep([told("1")], "file", lambda kept: str(kept.new).encode(), replace=False)
    assert store.past.state("file") == b"1"
    assert store.past.state("another") is None


def test_a_store_that_has_registers_receipts_takes_the_past_and_counts_it_apart(url: str) -> None:
    header = Header(envelope.VERSION, "register-1", "a" * 32, 1, 1, 1)
    payload = envelope.pack(header, [Entry(1, msgspec.json.encode(receipt(1)))])
    delivery = ingest.read(envelope.receipts_topic("register-1"), payload)
    assert delivery is not None
    with closing(open_central(url, create=True)) as central:
        central.ingest([delivery], datetime.now(UTC))
    with closing(open_past(url, create=True)) as past, closing(open_central(url)) as central:
        keep(past, told("1"))
        assert len(list(past.receipts())) == 1
        assert list(central.receipts()) == [msgspec.json.encode(receipt(1))]
        assert [day.receipts for day in central.days()] == [1]
    # Opening it once more migrates nothing.
    with closing(open_past(url)) as past:
        assert len(list(past.receipts())) == 1


def test_a_damaged_receipt_and_a_missing_store_are_one_sentence(store: Opened, tmp_path: Path) -> None:
    keep(store.past, told("1"))
    store.spoil()
    with pytest.raises(CentralError, match="imported receipt 1 is damaged"):
        list(store.past.receipts())
    with pytest.raises(CentralError, match="no central store"):
        open_past(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(CentralError, match="names no central store"):
        open_past("oracle://x")


def test_within_one_batch_the_later_of_two_decides_as_across_batches(store: Opened) -> None:
    first, other, renamed = told("1"), told("1", quantity=2000), told("1", consent=True)
    assert keep(store.past, first, other, renamed, renamed) == Kept(1, 2, 1, 0, (1,))
    assert keep(store.past, other, first, replace=True) == Kept(0, 0, 0, 2, ())
    assert list(store.past.receipts()) == [first]


def test_who_only_reads_the_past_adds_nothing(store: Opened) -> None:
    keep(store.past, told("1"))
    with closing(open_past(store.url)) as reading:
        with pytest.raises(CentralError, match=r"read-?only"):
            keep(reading, told("2"))
        assert len(list(reading.receipts())) == 1


def test_importers_side_by_side_keep_each_receipt_once(url: str) -> None:
    new: list[int] = []

    def work() -> None:
        with closing(open_past(url, create=True)) as past:
            for number in range(40):
                new.append(keep(past, told(str(number)), told(str(number + 1))).new)  # noqa: PERF401 - as each returns

    importers = [threading.Thread(target=work) for _ in range(3)]
    for importer in importers:
        importer.start()
    for importer in importers:
        importer.join()
    assert sum(new) == 41


def test_programs_that_open_a_new_store_at_the_same_moment_make_it_once(tmp_path: Path) -> None:
    """Importers and headquarters itself, of which none may fail because another makes the tables just then."""
    failed: list[str] = []

    def opened(number: int, path: Path, together: threading.Barrier) -> None:
        together.wait()
        try:
            (open_past if number % 2 else open_central)(f"sqlite:///{path}", create=True).close()
        except CentralError as error:
            failed.append(str(error))

    for turn in range(25):
        path, together = tmp_path / f"{turn}.db", threading.Barrier(6)
        programs = [threading.Thread(target=opened, args=(number, path, together)) for number in range(6)]
        for program in programs:
            program.start()
        for program in programs:
            program.join()
    assert failed == []
