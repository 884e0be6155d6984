"""`tillside report` over a central store that grows, seconds and memory of the whole command: bench report [receipts ...].

Receipts of simulated registers (four lines, three suggestions on the average), in SQLite. One run each.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import figures
from fakes.chain_records import records, send, trial
from fakes.experiments import text
from fakes.played_chain import Chain, play
from fakes.program import tillside

from sync.central import open_central

PART = 50_000
"""Receipts that are made at a time."""


def fill(path: Path, receipts: int) -> None:
    """A central store of so many receipts, and beside it the experiment they are in."""
    chain = Chain(stores=20, days=28, before=28, receipts_a_day=PART // 56)
    with closing(open_central(f"sqlite:///{path}", create=True)) as central:
        for part in range(max(1, receipts // PART)):
            played = play(chain, part)
            send(central, records(played, trial(chain), part), {}, epoch=f"{part:032x}")
    experiment = path.with_suffix(".toml")
    experiment.write_text(text(days=("2026-05-01", "2026-05-28"), receipts=receipts))


def main(sizes: list[int]) -> None:
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "central.db"
            # In a process of its own: a child's peak begins with what its parent held.
            filling = multiprocessing.Process(target=fill, args=(path, size))
            filling.start()
            filling.join()
            experiment = path.with_suffix(".toml")
            command = tillside("report", "--central", f"sqlite:///{path}", "--experiment", experiment, "--json")
            began = time.monotonic()
            with open(os.devnull, "w") as nowhere:  # noqa: PTH123
                to_nowhere = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
                pid = os.posix_spawn(command[0], command, os.environ, file_actions=to_nowhere)
                _, status, used = os.wait4(pid, 0)
            assert status == 0
            took = time.monotonic() - began
            store = path.stat().st_size / 2**20
            worked = used.ru_utime + used.ru_stime
            figures.note(
                f"{size:9,} receipts ({store:7.0f} MiB of SQLite): {took:6.1f} s, {worked:6.1f} s of processor, "
                f"peak {used.ru_maxrss / 1024:6.0f} MiB   n=1"
            )
    figures.load()


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [100_000, 300_000, 1_000_000])
