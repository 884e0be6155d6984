"""Headquarters' store at scale: receipts a second into SQLite and PostgreSQL beside the bare engines, and a status over it.

    packaging/dev bench central [--receipts 40000] [--registers 20000] [--fleet 200]

`kept`: `Central.ingest` of polls of 20 batches of 100, as a worker does it once they are unpacked: conflicts looked for, ranges
answered for, sums kept, one durable commit a poll. `bare`: the same rows, the same polls and commits, into an empty table of the
same keys and index, by COPY (PostgreSQL) or executemany (SQLite), and nothing else. An engine's two runs alternate poll by poll,
so that whatever else the machine does meets both. `read` is what a worker does before: unpack and check; as in a worker, one poll
is held at a time. Client and server share this machine's cores. The settings of durability are asked of the engine and printed.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import figures
import msgspec
import psycopg
from fakes.fleet import fleet
from fakes.headquarters import free_port, mosquitto, receipt
from fakes.postgresql import postgresql
from fakes.program import Program, tillside

from sync import envelope, ingest, status, status_page, status_text
from sync.central import Central, Delivery, open_central
from sync.central.settling import Row, new_rows
from sync.central.sqlite_schema import STEPS
from sync.envelope import Entry, Header
from sync.link import Broker

BATCH = 100
EPOCH = "e" * 32
CHAIN = (20_000, 1_000, 6.0)
"""Registers, receipts of each a day, hours of the night's window."""
Poll = Sequence[tuple[str, bytes]]
"""Registers' names and payloads."""
SHIPPED = Path(__file__).parents[2] / "packaging" / "headquarters" / "chain" / "postgresql.conf"


def payloads(receipts: int) -> list[tuple[str, bytes]]:
    """Batches of 20 registers in turn, as they come at night."""
    found = []
    for lo in range(1, receipts // 20 + 1, BATCH):
        for number in range(20):
            device = f"register-{number}"
            entries = [Entry(seq, msgspec.json.encode(receipt(seq, device, lines=6))) for seq in range(lo, lo + BATCH)]
            found.append((device, envelope.pack(Header(envelope.VERSION, device, EPOCH, lo, lo + BATCH - 1, BATCH), entries)))
    return found


def reading(polls: Sequence[Poll]) -> float:
    """Receipts a second."""
    samples = []
    for poll in polls:
        began = time.perf_counter()
        read(poll)
        samples.append(len(poll) * BATCH / (time.perf_counter() - began))
    figures.row("read: unpack and check, receipts a second", samples, "1/s")
    return len(samples) / sum(1 / rate for rate in samples)


def read(poll: Poll) -> list[Delivery]:
    return [one for device, payload in poll if (one := ingest.read(envelope.receipts_topic(device), payload)) is not None]


def rows_of(poll: Sequence[Delivery]) -> list[Row]:
    rows: list[Row] = []
    for delivery in poll:
        assert delivery.batch is not None
        new = new_rows(delivery.batch, {})
        assert not isinstance(new, str)
        rows += new.receipts
    return rows


def engine(name: str, store: Central, bare: Callable[[list[Row]], None], polls: Sequence[Poll]) -> float:
    """Receipts a second of the whole; the ratio to the bare engine is printed."""
    kept, without, known = [], [], []
    for batches in polls:
        poll = read(batches)
        rows = rows_of(poll)
        began = time.perf_counter()
        verdicts = store.ingest(poll, datetime.now(UTC))
        kept.append(time.perf_counter() - began)
        assert sum(verdict.new for verdict in verdicts) == len(rows)
        began = time.perf_counter()
        bare(rows)
        without.append(time.perf_counter() - began)
    for batches in polls:
        poll = read(batches)
        began = time.perf_counter()
        verdicts = store.ingest(poll, datetime.now(UTC))
        known.append(time.perf_counter() - began)
        assert not any(verdict.new for verdict in verdicts)
    size = len(polls[0]) * BATCH
    for what, samples in (("kept", kept), ("bare", without), ("known already: 100 % duplicates", known)):
        figures.row(f"{name}: {what}, receipts a second", [size / seconds for seconds in samples], "1/s")
    figures.note(f"{name}: kept {sum(without) / sum(kept):.2f} of the bare engine over {size * len(polls)} receipts (goal 0.60)")
    return size * len(polls) / sum(kept)


def into_sqlite(folder: Path, polls: Sequence[Poll]) -> float:
    with (
        closing(open_central(f"sqlite:///{folder / 'central.db'}", create=True)) as store,
        closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as db,
    ):
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *STEPS[0]):
            db.execute(statement)
        settings = [f"{name} {db.execute(f'PRAGMA {name}').fetchone()[0]}" for name in ("journal_mode", "synchronous")]
        figures.note(f"SQLite {sqlite3.sqlite_version}: {', '.join(settings)} (2 is FULL), both files")

        def bare(rows: list[Row]) -> None:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("COMMIT")

        return engine("SQLite", store, bare, polls)


def into_postgresql(url: str, polls: Sequence[Poll]) -> float:
    with closing(open_central(url, create=True)) as store, psycopg.connect(url, autocommit=True) as db:
        db.execute("SET synchronous_commit = on")
        db.execute("CREATE TABLE bare (LIKE tillside.receipt INCLUDING ALL)")
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
        figures.note("PostgreSQL: " + ", ".join(f"{name} {_shown(db, name)}" for name in names))

        def bare(rows: list[Row]) -> None:
            with db.transaction(), db.cursor() as cursor, cursor.copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["text", "text", "int8", "text", "text", "int8", "text", "text", "int8", "bytea", "bytea"])
                for row in rows:
                    copy.write_row(row)

        rate = engine("PostgreSQL", store, bare, polls)
        db.execute("DROP TABLE bare")
        return rate


def _shown(db: psycopg.Connection[Any], name: str) -> str:
    return str(db.execute("SELECT current_setting(%s)", (name,)).fetchall()[0][0])


def whole_chain(name: str, rate: float, read_rate: float) -> None:
    registers, each, hours = CHAIN
    wanted = registers * each / (hours * 3600)
    both = 1 / (1 / rate + 1 / read_rate)
    figures.note(
        f"on paper, {name}: {registers} registers x {each} receipts = {registers * each / 1e6:.0f} million in {hours:.0f} h need "
        f"{wanted:.0f}/s; one worker that reads and keeps does {both:.0f}/s, so {registers * each / both / 3600:.1f} h, or "
        f"{wanted / both:.2f} such workers"
    )


def made_up(store: Central, registers: int, at: datetime) -> None:
    """So many registers, each heard once: every tenth silent, some with a gap, every hundredth with poison."""
    for first in range(0, registers, 200):
        poll = []
        for number in range(first, min(first + 200, registers)):
            device = f"store-{number // 10:05}-till-{number % 10}"
            lo = 3 if number % 50 == 7 else 1
            entries = [Entry(seq, msgspec.json.encode(receipt(seq, device, lines=1))) for seq in range(lo, lo + 2)]
            header = Header(envelope.VERSION, device, EPOCH, lo, lo + 1, 2, "20260501-0123456789ab", number % 3)
            poll.append((device, envelope.pack(header, entries)))
            if number % 100 == 13:
                poll.append((device, b"poison"))
        heard = at - timedelta(days=3 if first // 200 % 10 == 0 else 0)
        store.ingest([one for device, payload in poll if (one := ingest.read(envelope.receipts_topic(device), payload))], heard)


def _told(standings: Mapping[status.Standing, int]) -> str:
    return ", ".join(f"{count} {standing}" for standing, count in standings.items())


def standing(name: str, store: Central, registers: int) -> None:
    at = datetime.now(UTC)
    made_up(store, registers, at)
    whole, as_text, as_page, as_json = [], [], [], []
    for _ in range(9):
        began = time.perf_counter()
        state = status.headquarters(store, "20260501-0123456789ab", at)
        whole.append((time.perf_counter() - began) * 1000)
        for samples, made in (
            (as_text, lambda state=state: status_text.text(state)),
            (as_page, lambda state=state: status_page.page(state, "ru")),
            (as_json, lambda state=state: msgspec.json.encode(state)),
        ):
            began = time.perf_counter()
            made()
            samples.append((time.perf_counter() - began) * 1000)
    assert len(state.registers) == registers
    figures.note(f"{name}: {registers} registers, {_told(state.standings)}, {len(state.days)} day totals")
    for what, samples in (("asked", whole), ("as text", as_text), ("as a page", as_page), ("as JSON", as_json)):
        figures.row(f"{name}: status {what}", samples, "ms")


@contextmanager
def workers(url: str, port: int, folder: Path, count: int) -> Iterator[None]:
    command = tillside("headquarters", "ingest", "--central", url, "--port", str(port))
    running = [Program(command, folder / f"worker-{number}.log") for number in range(count)]
    try:
        for worker in running:
            worker.says("a worker of headquarters is ready")
        yield
    finally:
        for worker in running:
            worker.end()


def through_a_broker(url: str, folder: Path, registers: int, receipts: int) -> None:
    """Simulated registers, two workers as processes: packed, published, kept, acknowledged."""
    port = free_port()
    with (
        mosquitto(folder / "broker", port),
        workers(url, port, folder, 2),
        fleet(lambda _: Broker("127.0.0.1", port), registers, receipts, BATCH) as sending,
    ):
        began = time.perf_counter()
        while not sending.done:
            sending.turn()
        seconds = time.perf_counter() - began
    rate = registers * receipts / seconds
    figures.row(f"{registers} registers x {receipts} through a broker and 2 workers, /s", [rate], "1/s")


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--receipts", type=int, default=40_000)
    words.add_argument("--registers", type=int, default=CHAIN[0])
    words.add_argument("--fleet", type=int, default=200)
    words.add_argument("--each", type=int, default=100, help="receipts of each register of the fleet")
    asked = words.parse_args()
    figures.load()
    with tempfile.TemporaryDirectory() as name, postgresql(SHIPPED.read_text()) as url:
        folder = Path(name)
        batches = payloads(asked.receipts)
        polls = [batches[at : at + ingest.POLL] for at in range(0, len(batches), ingest.POLL)]
        rate = reading(polls)
        whole_chain("SQLite", into_sqlite(folder, polls), rate)
        whole_chain("PostgreSQL", into_postgresql(url, polls), rate)
        through_a_broker(url, folder, asked.fleet, asked.each)
        with psycopg.connect(url) as db:
            db.execute("DROP SCHEMA tillside CASCADE")
        for kind, address in (("SQLite", f"sqlite:///{folder / 'many.db'}"), ("PostgreSQL", url)):
            with closing(open_central(address, create=True)) as store:
                standing(kind, store, asked.registers)


if __name__ == "__main__":
    main()
