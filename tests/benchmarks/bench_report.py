"""The report over receipts by the million: bench report [receipts ...]. One run each; every step in a process of its own.

1. What is done once a receipt: `tillside report --rows` over a central store in SQLite of simulated registers' receipts (four
   lines, three suggestions on the average), which are read and reduced to rows; then the same command again, with nothing new.
2. What is done each night: the report over rows that are kept. The rows are made (`fakes.many_rows`), so that their number is no
   matter of disk: a store of 50 million receipts would take 230 GB.
3. The same in PostgreSQL as Debian configures it, up to `MOST_IN_POSTGRESQL` receipts, the rows copied into it before. Beside the
   client's stand the processor that the server's processes had, their memory (proportional set size) and its temporary files.

No size but the first needs more memory than DuckDB is allowed and the groups take; of 50 million receipts the rows take 3 GB of
disk, of 10 million in PostgreSQL 4 GB, of 50 million 16 GB and twice as much again for its temporary files.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

import figures
import psutil
import pyarrow.parquet as pq
from fakes import many_rows
from fakes.chain_records import records, send, trial
from fakes.experiments import experiment, text
from fakes.played_chain import Chain, play
from fakes.postgresql import postgresql, program
from fakes.program import tillside

from model_export.copying import copy_rows
from model_export.engine import opened
from model_export.worth import reading, rows
from sync.central import open_central

REDUCED = 50_000
"""Receipts of a real store."""
MOST_IN_POSTGRESQL = 50_000_000
DAYS = ("2026-05-01", "2026-05-28")


def fill(path: Path) -> None:
    """A central store of `REDUCED` receipts."""
    chain = Chain(stores=20, days=28, before=28, receipts_a_day=REDUCED // 56)
    with closing(open_central(f"sqlite:///{path}", create=True)) as central:
        played = play(chain, 1)
        send(central, records(played, trial(chain)), {})
    path.with_suffix(".toml").write_text(text(days=DAYS, receipts=REDUCED))


def ask(where: str, receipts: int) -> None:
    """The report over kept rows, as the command works it out after it has seen that nothing is new."""
    tested = experiment(days=DAYS, receipts=receipts, decides="receipt")
    with rows.kept(where) as kept, kept.asked() as (engine, table):
        told = reading.read(engine, table, tested)
    assert sum(arm.receipts for arm in told.arms) > 0.45 * receipts, told.remarks
    assert len(told.compared) == 8


def apart(what: object, *words: object) -> None:
    """In a process of its own: a child's peak begins with what its parent held."""
    child = multiprocessing.get_context("spawn").Process(target=what, args=words)
    child.start()
    child.join()
    assert child.exitcode == 0


class Watched:
    """The largest of what is asked for four times a second, while the block lasts."""

    def __init__(self, ask: Callable[[], float]) -> None:
        self._ask, self._over, self.most = ask, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self.most = max(self.most, self._ask())


def size_of(folder: Path) -> float:
    """MiB of its files, which come and go."""
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    return size / 2**20


def measured(command: Sequence[str]) -> str:
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as spill,
        Watched(lambda: size_of(Path(spill))) as spilled,
        Path(os.devnull).open("w") as nowhere,
    ):
        actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
        pid = os.posix_spawn(command[0], command, {**os.environ, "TMPDIR": spill}, file_actions=actions)
        _, status, used = os.wait4(pid, 0)
    assert status == 0
    took, worked = time.monotonic() - began, used.ru_utime + used.ru_stime
    disk = f", {spilled.most:.0f} MiB on disk" if spilled.most else ""
    return f"{took:7.1f} s, {worked:7.1f} s of processor, peak {used.ru_maxrss / 1024:6.0f} MiB{disk}   n=1"


@contextmanager
def server_beside(url: str) -> Iterator[list[str]]:
    """What the server's processes take while the block lasts, told in words at its end."""
    port = url.rpartition(":")[2].partition("/")[0]
    (server,) = (one for one in psutil.Process().children() if f"port={port}" in one.cmdline())
    told: list[str] = []

    def taken() -> float:
        memory = 0.0
        for one in server.children(recursive=True):
            with suppress(OSError, psutil.NoSuchProcess):
                memory += figures.pss_mib(one.pid)
        return memory

    def worked() -> float:
        """Also of its processes that have ended."""
        spent = server.cpu_times()
        return spent.children_user + spent.children_system

    def written() -> float:
        with opened(url) as engine, engine.backend.con.cursor() as cursor:
            row = cursor.execute("SELECT temp_bytes FROM pg_stat_database WHERE datname = 'postgres'").fetchone()
            return float(row[0])

    before, wrote = worked(), written()
    with Watched(taken) as memory:
        yield told
    time.sleep(1.0)  # its counts come a moment later
    told.append(
        f"server {worked() - before:.1f} s of processor, {memory.most:.0f} MiB at the peak, "
        f"{(written() - wrote) / 2**20:.0f} MiB of temporary files written"
    )


def load(folder: Path, url: str) -> None:
    """The rows of a folder into PostgreSQL, as `rows.Server` keeps them."""
    with opened(url) as engine, engine.backend.con.cursor() as cursor, engine.backend.con.transaction():
        rows.Server(engine)._make(cursor, "made")
        for path in sorted(folder.glob("*.parquet")):
            part = pq.read_table(path)
            copy_rows(cursor, "tillside_rows.measured", part.schema.names, part.to_batches())
        cursor.execute("ANALYZE tillside_rows.measured")


def main(sizes: list[int]) -> None:
    figures.load()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "central.db"
        apart(fill, path)
        words = ("--experiment", path.with_suffix(".toml"), "--rows", Path(name) / "rows", "--json")
        command = tillside("report", "--central", f"sqlite:///{path}", *words)
        for what in ("read and reduced", "nothing is new"):
            figures.note(f"{REDUCED:11,} receipts of SQLite, {what:16}: {measured(command)}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "rows"
            apart(many_rows.write, folder, size, experiment(days=DAYS, receipts=size))
            stored = sum(one.stat().st_size for one in folder.iterdir()) / 2**20
            command = [sys.executable, __file__, "ask", str(folder), str(size)]
            figures.note(f"{size:11,} receipts as rows ({stored:6.0f} MiB), DuckDB    : {measured(command)}")
            if size <= MOST_IN_POSTGRESQL and program("postgres") is not None:
                with postgresql() as url:
                    apart(load, folder, url)
                    command = [sys.executable, __file__, "ask", url, str(size)]
                    with server_beside(url) as beside:
                        told = measured(command)
                figures.note(f"{size:11,} receipts as rows, PostgreSQL (its client)  : {told}; {beside[0]}")
    figures.load()


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        ask(sys.argv[2], int(sys.argv[3]))
    else:
        main([int(word) for word in sys.argv[1:]] or [100_000, 1_000_000, 10_000_000])
