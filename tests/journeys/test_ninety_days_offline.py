"""A register that had no line for ninety days: everything kept, then sent in one go, complete and in order.

Sixty receipts a day stand for a thousand; `tests/benchmarks/bench_sync.py ninety` does the whole of it over every way.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from fakes import season
from fakes.headquarters import free_port, mosquitto, serving, settings_file
from fakes.program import completed, tillside

from sync import publish
from sync.central import open_central

DAYS, A_DAY = 90, 60
BYTES_A_RECEIPT = 100_000_000 // 90_000
"""Of all the register keeps, for 1,000 receipts a day to find room in 100 MB; an average one is 4.2 kB of JSON."""


def test_ninety_days_of_receipts_wait_and_arrive_complete_and_in_order(tmp_path: Path) -> None:
    state, folder, port = tmp_path / "register", tmp_path / "headquarters", free_port()
    bodies = season.sell(state / "edge.db", season.receipts(DAYS, A_DAY))
    assert len(bodies) == DAYS * A_DAY
    settings = settings_file(state, port)
    kept = sum(path.stat().st_size for path in state.rglob("*") if path.is_file())
    assert kept < BYTES_A_RECEIPT * len(bodies)
    publish.init(folder)
    with mosquitto(tmp_path / "broker", port), serving(folder, port):
        done = completed(tillside("sync", "run", "--once", "--settings", settings))
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{len(bodies)} receipts acknowledged by headquarters\n")
    with closing(open_central(f"sqlite:///{folder / 'central.db'}")) as central:
        assert list(central.receipts()) == bodies
        assert central.gaps() == []
        assert sum(day.receipts for day in central.days()) == len(bodies)
        assert len(central.days()) == DAYS
