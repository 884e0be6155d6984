"""The programs of a small chain, each real, each to be killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fakes.device_till import rung
from fakes.headquarters import free_port
from fakes.program import Program, tillside

from device import packed, readonly

FAKETIME: Final = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
RETENTION_DAYS: Final = 3650
"""The longest a register can be told; no two clocks of a campaign are further apart."""
MAX_UNSEEN: Final = 200
"""Sales a till rings up while its register keeps none; then it waits."""


class Clock:
    """One clock for the programs of one place, which jumps when told to. Without libfaketime it stays right."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.jump(0)

    def jump(self, days: int) -> None:
        """So many days away from the right time."""
        unfinished = self._file.with_suffix(".part")
        unfinished.write_text(f"{days:+d}d\n")
        unfinished.replace(self._file)

    def environment(self) -> dict[str, str]:
        # Asked to abort, a program that hangs tells where.
        known = {**os.environ, "PYTHONFAULTHANDLER": "1"}
        if FAKETIME is None:
            return known
        return {
            **known,
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


class Killable:
    """A program that is started again whenever it is killed."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path, env: dict[str, str] | None = None) -> None:
        self.name = name
        self._start: Callable[[], Program] = lambda: Program(command, log, env=env)
        self._program: Program | None = None

    def start(self) -> None:
        self._program = self._start()

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()

    def revive(self) -> None:
        """Start it again if it ended by itself."""
        if self._program is not None and not self._program.alive():
            self.start()

    def tell(self) -> None:
        """Let it write into its log where each of its threads stands; it does not survive that."""
        if self._program is not None and self._program.alive():
            self._program.signal(signal.SIGABRT)

    def end(self) -> int:
        """Its status once it was asked to end."""
        if self._program is None:
            return 0
        alive = self._program.alive()
        self._program.end()
        return self._program.process.returncode if alive else 1


class Register:
    """A folder with settings, the daemon, the sync program, and the till that tells the daemon its sales over TCP."""

    def __init__(self, folder: Path, name: str, broker_port: int, seed: str, pace: float) -> None:
        self.name = name
        self.edge_db = folder / "state" / "edge.db"
        folder.mkdir(parents=True)
        self.settings = folder / "settings.toml"
        port = free_port()
        self.settings.write_text(
            f'store = "S1"\ndevice = "{name}"\nstate_dir = "{folder / "state"}"\nscreens_socket = "{folder / "screens.sock"}"\n'
            f'[[lane]]\ntill = "1"\nsource = {{ kind = "tcp", host = "127.0.0.1", port = {port}, listen = true }}\n'
            # The clocks jump by years, and what is compared at the end must not have been tidied away.
            f"[privacy]\nretention_days = {RETENTION_DAYS}\n"
            f'[sync]\nhost = "127.0.0.1"\nport = {broker_port}\npoll_seconds = 0.2\n'
        )
        self.clock = Clock(folder / "clock")
        env = self.clock.environment()
        self.daemon = Killable(f"daemon of {name}", tillside("run", "--settings", self.settings), folder / "daemon.log", env)
        sync = tillside("sync", "run", "--settings", self.settings)
        self.sync = Killable(f"sync of {name}", sync, folder / "sync.log", env)
        self.till = Till(self, port, seed, pace)

    def kept(self, after: int = 0) -> list[tuple[int, str, bytes]]:
        """Number, epoch and body of what is on disk."""
        with contextlib.suppress(sqlite3.Error), contextlib.closing(readonly.opened(self.edge_db)) as db:
            found = db.execute("SELECT seq, epoch, body FROM receipt WHERE seq > ? ORDER BY seq", (after,))
            return [(seq, epoch, packed.unpack(body)) for seq, epoch, body in found]
        return []


class Till(threading.Thread):
    """Rings up sales and, like an impatient till, tells those again that its register has not kept yet."""

    def __init__(self, register: Register, port: int, seed: str, pace: float) -> None:
        super().__init__(name=f"till of {register.name}")
        self._register = register
        self._port = port
        self._chance = random.Random(seed)
        self._pace = pace
        self._unseen: dict[str, bytes] = {}
        self._last = 0
        self.told = 0
        self.selling = True
        self.over = threading.Event()

    @property
    def waiting(self) -> int:
        return len(self._unseen)

    def run(self) -> None:
        while not self.over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 2) as line:
                line.settimeout(2)
                for message in list(self._unseen.values()):
                    line.sendall(message)
                began = time.monotonic()
                # A line that brings nothing is opened anew: what was said into a dying one is said again.
                while not self.over.is_set() and time.monotonic() - began < 2:
                    if self.selling and len(self._unseen) < MAX_UNSEEN:
                        self._sell(line)
                    self._look()
                    self.over.wait(self._chance.uniform(0, 2 * self._pace))
            self._look()
            self.over.wait(0.05)

    def _sell(self, line: socket.socket) -> None:
        self.told += 1
        sale = f"{self._register.name}-{self.told}"
        lines = self._chance.randrange(1, 6)
        self._unseen[sale] = closed = self._message(sale, 2, lines, "closed")
        if self._chance.random() < 0.5:
            line.sendall(self._message(sale, 1, lines - 1, "open"))
        for _ in range(1 + (self._chance.random() < 0.1)):
            line.sendall(closed)

    def _message(self, sale: str, seq: int, count: int, state: str) -> bytes:
        goods = [rung(number, f"S{number * 7 % 50}") for number in range(1, count + 1)]
        lines = [{"line_id": r.line_id, "code": r.code, "qty": 1000, "unit": "pcs", "price": 9990, "amount": 9990} for r in goods]
        told = {"v": 1, "till": "1", "basket_id": sale, "seq": seq, "ts": f"{datetime.now(UTC):%Y-%m-%d} {sale}/{seq}"}
        return json.dumps(told | {"state": state, "currency": "RUB", "lines": lines}).encode() + b"\n"

    def _look(self) -> None:
        for seq, _, body in self._register.kept(self._last):
            self._last = seq
            self._unseen.pop(json.loads(body)["basket_id"], None)
