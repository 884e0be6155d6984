"""What only the central store in PostgreSQL can be asked: workers side by side, and a server that dies."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import psycopg
import pytest
from fakes.headquarters import rating
from fakes.headquarters_batches import AT, EPOCH, bodies, delivered, payload

from device.errors import CentralError
from sync import envelope
from sync.central import Central, Delivery, open_central
from sync.envelope import Entry, Header


@pytest.fixture
def url(server: str) -> Iterator[str]:
    yield server
    with psycopg.connect(server) as db:
        db.execute("DROP SCHEMA IF EXISTS tillside CASCADE")


def cut_anew(seed: int, registers: int, receipts: int) -> list[Delivery]:
    """Batches of a few registers, some twice and cut otherwise, some poison, some in conflict, in any order."""
    dice = random.Random(seed)
    batches: list[Delivery] = []
    for number in range(registers):
        device = f"register-{number}"
        for _ in range(2):
            lo = 1
            while lo <= receipts:
                hi = min(receipts, lo + dice.randrange(1, 9))
                batches.append(delivered(payload(lo, hi, device), device))
                lo = hi + 1
        batches.append(delivered(payload(receipts, receipts + 2, device, lines=5), device))
        batches.append(delivered(b"poison", device))
        seq = receipts + 3
        for _ in range(5):
            of, score = dice.randrange(1, receipts), dice.randrange(11)
            rated = [Entry(seq, msgspec.json.encode(rating(of, score, device)), of)]
            batches += [delivered(envelope.pack(Header(envelope.VERSION, device, EPOCH, seq, seq, 1), rated), device)] * 2
            seq += 1
    dice.shuffle(batches)
    return batches


def told(store: Central) -> tuple[object, ...]:
    return (store.registers(), store.days(), store.gaps(), store.ratings(), list(store.receipts()))


@pytest.mark.parametrize("seed", range(4))
def test_both_engines_make_the_same_of_the_same_deliveries(url: str, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    batches = cut_anew(seed, 3, 40)
    with (
        closing(open_central(f"sqlite:///{tmp_path / 'central.db'}", create=True)) as file,
        closing(open_central(url, create=True)) as server,
    ):
        while batches:
            poll, batches = batches[: (size := dice.randrange(1, 21))], batches[size:]
            assert server.ingest(poll, AT) == file.ingest(poll, AT)
        assert told(server) == told(file)
        assert server.quarantined() == file.quarantined()


def test_workers_that_get_the_same_batches_keep_each_receipt_once(url: str) -> None:
    batches = [
        delivered(payload(lo, lo + 3, f"register-{number}"), f"register-{number}")
        for number in range(4)
        for lo in range(1, 120, 4)
    ]
    new = []

    def work(seed: int) -> None:
        mine = random.Random(seed).sample(batches, len(batches))
        with closing(open_central(url, create=True)) as store:
            for start in range(0, len(mine), 5):
                new.extend(verdict.new for verdict in store.ingest(mine[start : start + 5], AT))

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with closing(open_central(url)) as store:
        assert sum(new) == len(list(store.receipts())) == 480
        assert store.gaps() == []
        assert [register.receipts for register in store.registers()] == [120] * 4
        assert [(day.receipts, day.total) for day in store.days()] == [(120, 120 * 29970)] * 4


def test_a_connection_that_broke_is_one_sentence_and_then_another(url: str) -> None:
    with closing(open_central(url, create=True)) as store:
        store.ingest([delivered(payload(1, 3))], AT)
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tillside'")
        with pytest.raises(CentralError, match="cannot be used") as caught:
            store.ingest([delivered(payload(4, 5))], AT)
        assert "\n" not in str(caught.value)
        assert store.ingest([delivered(payload(4, 5))], AT)[0].new == 2
        assert list(store.receipts()) == bodies(1, 2, 3, 4, 5)
        assert store.watermark("register-1", EPOCH) == 5


def test_other_tables_of_the_database_are_nobodys_business(url: str) -> None:
    with psycopg.connect(url) as db:
        db.execute("CREATE TABLE public.receipt (mine text)")
    try:
        with closing(open_central(url, create=True)) as store:
            store.ingest([delivered(payload(1, 2))], AT)
        with psycopg.connect(url) as db:
            assert db.execute("SELECT count(*) FROM public.receipt").fetchone() == (0,)
    finally:
        with psycopg.connect(url) as db:
            db.execute("DROP TABLE public.receipt")


def test_what_was_acknowledged_is_on_the_disk_whatever_the_server_does_otherwise(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("ALTER DATABASE postgres SET synchronous_commit = off")
    try:
        with closing(open_central(url, create=True)) as store:
            assert store._connection().execute("SHOW synchronous_commit").fetchone() == ("on",)  # type: ignore[attr-defined]
    finally:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("ALTER DATABASE postgres RESET synchronous_commit")


def test_a_newer_programs_store_is_left_alone(url: str) -> None:
    open_central(url, create=True).close()
    with psycopg.connect(url) as db:
        db.execute("UPDATE tillside.about SET version = 99")
    for create in (False, True):
        with pytest.raises(CentralError, match="newer program"):
            open_central(url, create=create)
