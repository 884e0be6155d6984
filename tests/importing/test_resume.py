"""An import that is killed, or finds the disk full, loses nothing, doubles nothing, and goes on where it stopped."""

from __future__ import annotations

import json
import random
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fakes.headquarters import tillside

from model_export.importing import load, receipts
from sync.central.past import open_past

RECEIPTS = 12_000
FORMATS = ("csv", "parquet", "jsonl", "poslog")


def told(count: int) -> list[tuple[str, str, list[str]]]:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return [
        (str(number), (at + timedelta(seconds=number)).isoformat()[:19], [f"sku {number % 97}", f"sku {number % 89}"])
        for number in range(count)
    ]


def write(path: Path, form: str, sales: list[tuple[str, str, list[str]]]) -> Path:
    rows = [(number, at, sku) for number, at, skus in sales for sku in skus]
    match form:
        case "csv":
            path.write_text("receipt_id,at,sku\n" + "".join(f"{','.join(row)}\n" for row in rows))
        case "parquet":
            columns = [pa.array(list(column)) for column in zip(*rows, strict=True)]
            pq.write_table(pa.table(columns, names=["receipt_id", "at", "sku"]), path, row_group_size=7_000)
        case "jsonl":
            lines = ({"receipt": number, "at": at, "lines": [{"sku": sku} for sku in skus]} for number, at, skus in sales)
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        case _:
            path.write_text("<POSLog>\n" + "\n".join(map(transaction, sales)) + "\n</POSLog>")
    return path


def transaction(sale: tuple[str, str, list[str]]) -> str:
    number, at, skus = sale
    items = "".join(f"<LineItem><Sale><ItemID>{sku}</ItemID></Sale></LineItem>" for sku in skus)
    head = f"<SequenceNumber>{number}</SequenceNumber><BeginDateTime>{at}</BeginDateTime>"
    return f"<Transaction>{head}<RetailTransaction>{items}</RetailTransaction></Transaction>"


def command(importing, path: Path) -> list[str]:
    words = ("--central", importing.url, "--shopper-key", importing.key, "--yes", path)
    return tillside("history", "import", *words)


def kept_so_far(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM past").fetchone()[0]
    except sqlite3.Error:
        return 0


@contextmanager
def after_the_first_batch(database: Path, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The store is held, so that the import waits between two batches."""
    while not kept_so_far(database):
        assert process.poll() is None
        time.sleep(0.005)
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


@pytest.mark.parametrize("form", FORMATS)
def test_a_killed_import_goes_on_where_it_stopped(importing, form):
    path = write(importing.folder / f"history.{form}", form, told(RECEIPTS))
    process = subprocess.Popen(command(importing, path), stdout=subprocess.DEVNULL)
    with after_the_first_batch(importing.database, process):
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert 0 < kept_so_far(importing.database) < RECEIPTS
    done = subprocess.run(command(importing, path), capture_output=True, text=True, check=True)
    # What had been kept is counted as new once, by the run that was killed, and none of it was read again.
    assert f"{RECEIPTS} receipts are new, 0 were here already (gone on where it stopped)" in done.stdout
    kept = importing.kept()
    assert [(one.number, one.local_time, [line.sku for line in one.lines]) for one in kept] == told(RECEIPTS)


def test_a_full_disk_is_one_sentence_and_the_next_run_goes_on(importing):
    path = write(importing.folder / "history.csv", "csv", told(8_000))

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    full = subprocess.run(command(importing, path), capture_output=True, text=True, check=False, preexec_fn=little_room)
    assert full.returncode == 1
    assert full.stderr.count("\n") == 1
    assert "the central store" in full.stderr
    assert "cannot be used" in full.stderr
    before = kept_so_far(importing.database)
    assert 0 < before < 8_000
    assert before % load.BATCH_RECEIPTS == 0
    done = subprocess.run(command(importing, path), capture_output=True, text=True, check=True)
    assert "8000 receipts are new, 0 were here already (gone on where it stopped)" in done.stdout


class _StoppedError(Exception):
    pass


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("seed", range(3))
def test_stopped_after_any_batch_the_whole_is_the_same(importing, monkeypatch, form, seed):
    """Lines of receipts in disorder and refused lines among them: the places where going on could double or lose something."""
    monkeypatch.setattr(load, "BATCH_RECEIPTS", 3)
    monkeypatch.setattr(receipts, "OPEN_RECEIPTS", 8)
    chance = random.Random(seed)
    rows = []
    for number in range(60):
        rows += [(number + chance.uniform(0, 6), str(number), f"sku {line}") for line in range(chance.randint(1, 5))]
    rows = [(number, sku if chance.random() < 0.9 else "") for _, number, sku in sorted(rows)]
    sales = [(number, "2026-03-02T09:30:00", [sku]) for number, sku in rows]
    path = write(importing.folder / f"history.{form}", form, sales)
    whole = importing.run(path)
    expected = importing.kept()
    importing.database.unlink()

    stops = 0
    real = load._Loading.flush

    def stopping(self, *, finished: bool) -> None:
        real(self, finished=finished)
        if not finished:
            raise _StoppedError

    monkeypatch.setattr(load._Loading, "flush", stopping)
    for _ in range(200):
        try:
            done = importing.run(path)
            break
        except AssertionError:  # the command ended with what is no error of ours
            stops += 1
    assert stops > 5
    assert importing.kept() == expected
    assert done.output.replace(" (gone on where it stopped)", "") == whole.output


def test_a_file_that_changed_is_read_from_its_beginning(importing):
    path = write(importing.folder / "history.csv", "csv", told(10))
    importing.run(path)
    with path.open("a") as file:
        file.write("10,2026-03-02T10:00:00,sku\n")
    assert "1 receipts are new, 10 were here already" in importing.run(path).output


def test_registers_go_on_sending_beside_an_import(importing):
    """A batch is one short transaction: whoever waits for the store waits for that and not for the file."""
    with closing(open_past(importing.url, create=True)) as past:
        past.keep([], "source", lambda _: b"state", replace=False)
        with closing(sqlite3.connect(importing.database)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
        assert past.state("source") == b"state"
        past.keep([], "source", lambda _: None, replace=False)
        assert past.state("source") is None


def test_what_an_unfinished_import_remembers_holds_no_card_number(importing, monkeypatch):
    monkeypatch.setattr(load, "BATCH_RECEIPTS", 1)
    monkeypatch.setattr(receipts, "OPEN_RECEIPTS", 2)
    numbers = ["4539578763621486", "4111111111111111", "4012888888881881"]
    # The first is closed while the second, which began before the first ended, is open.
    order = (0, 1, 0, 2)
    rows = [(numbers[place], "2026-03-02T09:30:00", [f"sku {turn}"]) for turn, place in enumerate(order)]
    path = write(importing.folder / "history.csv", "csv", rows)
    seen = []
    real = load._Loading.flush

    def watching(self, *, finished: bool) -> None:
        real(self, finished=finished)
        seen.append(importing.bytes_kept())

    monkeypatch.setattr(load._Loading, "flush", watching)
    importing.run(path)
    assert len(seen) > 1
    assert any(b'"begun":[[' in content for content in seen)
    assert not any(number.encode() in content for number in numbers for content in seen)
