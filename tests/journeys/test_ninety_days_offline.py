"""A register that had no line for ninety days: everything kept, then sent in one go, complete and in order.

Sixty receipts a day stand for a thousand; `tests/benchmarks/bench_sync.py ninety` does the whole of it over every way.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from fakes import season
from fakes.headquarters import free_port, mosquitto, serving, settings_file
from fakes.program import completed, tillside

from device.store import EdgeStore
from sync import publish
from sync.central import open_central

DAYS, A_DAY = 90, 60
MOST_BYTES = 100_000_000
"""Of all the register keeps after 90 days of 1,000 receipts, its log included; an average one is 4.2 kB of JSON."""


def test_ninety_days_of_receipts_wait_and_arrive_complete_and_in_order(tmp_path: Path) -> None:
    state, folder, port = tmp_path / "register", tmp_path / "headquarters", free_port()
    EdgeStore(state / "edge.db", "register-1").close()
    empty = sum(path.stat().st_size for path in state.iterdir())
    room = season.Room(state)
    bodies = season.sell(state / "edge.db", season.receipts(DAYS, A_DAY), sold=room.look)
    assert len(bodies) == DAYS * A_DAY
    assert 0 < room.log < room.most
    # The log is as long after a week as after a year, and so is what an empty database takes.
    same = empty + room.log
    assert (room.most - same) * 1000 // A_DAY + same < MOST_BYTES
    settings = settings_file(state, port)
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
