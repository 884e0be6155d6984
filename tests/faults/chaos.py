"""Everything is killed, again and again, while two registers sell: `packaging/dev chaos [--minutes M] [--seed S]`.

Real programs: daemons that hear real bytes from tills over TCP, `tillside sync run`, mosquitto, and either `headquarters
serve` on SQLite or two `headquarters ingest` on PostgreSQL. Each is killed with SIGKILL at random moments and started again;
the line between registers and broker is bad (`proxy.py`); the clocks of registers and headquarters jump by days and years. At
the end nothing is killed any more, all drains, and three books are compared: what the tills told, what the registers kept,
what headquarters has.

The last line counts: receipts that tills were told were rung up; those that are not at headquarters, or at headquarters otherwise
than on the register (lost); those that are twice in either book (duplicated); records that went over the broker again
(redelivered, as far as an observer at the broker saw them). The exit status is 0 when nothing was lost or duplicated.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import click
import msgspec
from fakes import postgresql
from fakes.headquarters import free_port
from fakes.patience import until
from fakes.program import tillside
from faults import schedules
from faults.observer import Observer
from faults.proxy import Proxy
from faults.store import Clock, Killable, Register

from device.errors import CentralError
from sync import publish
from sync.central import open_central

REGISTERS: Final = 2
DRAIN_SECONDS: Final = 180.0


@dataclass(frozen=True, slots=True)
class Result:
    kills: int
    receipts: int
    lost: int
    duplicated: int
    redelivered: int
    jumps: int
    line: dict[str, int]
    killed: dict[str, int]
    why: str = ""

    def __str__(self) -> str:
        return (
            f"chaos: kills {self.kills}, receipts {self.receipts}, lost {self.lost}, duplicated {self.duplicated}, "
            f"redelivered {self.redelivered}"
        )


class Chaos:
    """One run in one folder. Leaves no process behind."""

    def __init__(self, folder: Path, seed: int, *, postgres: bool, pace: float = 0.05) -> None:
        self._chance = random.Random(seed)
        self._stack = contextlib.ExitStack()
        self._folder = folder
        self._killed: Counter[str] = Counter()
        self._jumps = 0
        port = free_port()
        conf = folder / "mosquitto.conf"
        conf.write_text(f"listener {port} 127.0.0.1\npersistence false\nmax_packet_size 1048576\nallow_anonymous true\n")
        self._proxy = Proxy(port, f"{seed} line")
        self._observer = Observer(port)
        self._registers = [
            Register(folder / f"register-{n}", f"register-{n}", self._proxy.port, f"{seed} till {n}", pace)
            for n in range(REGISTERS)
        ]
        self._clock = Clock(folder / "headquarters.clock")
        self._programs = [Killable("broker", ["mosquitto", "-c", conf], folder / "broker.log")]
        for register in self._registers:
            self._programs += [register.daemon, register.sync]
        self._server = postgresql.Server("fsync = off\n") if postgres else None
        self._programs += self._headquarters(port)

    def _headquarters(self, port: int) -> list[Killable]:
        env = self._clock.environment()
        if self._server is not None:
            self.url = self._server.url
            words = ("headquarters", "ingest", "--central", self.url, "--port", str(port))
            return [Killable("worker", tillside(*words), self._folder / f"worker-{n}.log", env) for n in range(2)]
        publish.init(self._folder / "headquarters")
        self.url = f"sqlite:///{self._folder / 'headquarters' / 'central.db'}"
        words = ("headquarters", "serve", "--dir", str(self._folder / "headquarters"), "--port", str(port))
        return [Killable("headquarters", tillside(*words), self._folder / "serve.log", env)]

    def __enter__(self) -> Self:
        if self._server is not None:
            self._stack.callback(self._server.end)
            self._server.start()
        for program in self._programs:
            self._stack.callback(program.end)
            program.start()
        self._stack.enter_context(self._proxy)
        self._stack.enter_context(self._observer)
        self._watching = threading.Event()
        for register in self._registers:
            self._stack.callback(self._stop, register)
            register.till.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @staticmethod
    def _stop(register: Register) -> None:
        register.till.over.set()
        register.till.join()

    def rage(self, seconds: float) -> None:
        """Kill, and let clocks jump, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self._chance.uniform(0.1, 0.8))
            if self._chance.random() < 0.2:
                clock = self._chance.choice([self._clock, *(register.clock for register in self._registers)])
                clock.jump(self._chance.choice((0, 0, 1, -1, 400, -400, 1800, -1800)))
                self._jumps += 1
            if self._server is not None and self._chance.random() < 0.1:
                self._killed["database"] += 1
                self._server.kill()
                time.sleep(self._chance.uniform(0, 1))
                self._server.start()
                continue
            victim = self._chance.choice(self._programs)
            self._killed[victim.name.partition(" ")[0]] += 1
            victim.kill()
            time.sleep(self._chance.uniform(0, 0.4))
            victim.start()
            self._revive()

    def _revive(self) -> None:
        """As their supervisor does: a program that ended by itself, for want of its broker or its database, is started again."""
        for program in self._programs:
            program.revive()

    def drained(self) -> Result:
        """Let everything come to rest and compare the books."""
        for register in self._registers:
            register.till.selling = False
            register.clock.jump(0)
        self._clock.jump(0)
        self._proxy.calm = True
        why = ""
        try:
            until(self._at_rest, what="everything to drain", seconds=DRAIN_SECONDS, seen=self._seen, pause=self._pause)
        except AssertionError as error:
            why = str(error)
            for program in self._programs:
                program.tell()
        return self._compared(why)

    def _pause(self) -> None:
        self._revive()
        time.sleep(0.2)

    def _at_rest(self) -> bool:
        if any(register.till.waiting for register in self._registers):
            return False
        return self._waiting() == 0

    def _waiting(self) -> int:
        kept = sum(len(register.kept()) for register in self._registers)
        return kept - len(self._central())

    def _seen(self) -> str:
        untold = [register.till.waiting for register in self._registers]
        return f"{untold} sales are on no disk, {self._waiting()} receipts are not at headquarters"

    def _central(self) -> list[bytes]:
        try:
            with contextlib.closing(open_central(self.url)) as store:
                return list(store.receipts())
        except CentralError:
            return []

    def _compared(self, why: str) -> Result:
        central = Counter(bytes(body) for body in self._central())
        lost = sum(register.till.waiting for register in self._registers)
        edge: Counter[str] = Counter()
        for register in self._registers:
            for _, _, body in register.kept():
                edge[json.loads(body)["basket_id"]] += 1
                lost += central[bytes(body)] == 0
        names = Counter(msgspec.json.decode(body)["basket_id"] for body in central.elements())
        twice = sum(count - 1 for count in edge.values()) + sum(count - 1 for count in names.values())
        strange = sum(name not in edge for name in names)
        if strange:
            why += f"; headquarters has {strange} receipts that no register has"
        told = sum(register.till.told for register in self._registers)
        return Result(
            self._killed.total(), told, lost + strange, twice, self._observer.redelivered, self._jumps, dict(self._proxy.did),
            dict(self._killed), why,
        )  # fmt: skip


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.1), default=5.0, show_default=True, help="How long things are killed.")
@click.option("--seed", type=int, help="Chooses victims and moments; the machine's own timing is not replayed.  [default: new]")
@click.option("--central", type=click.Choice(("postgresql", "sqlite")), default="postgresql", show_default=True)
@click.option("--schedules", "count", type=int, help="Instead: so many seeded schedules of the sync alone, without processes.")
def main(minutes: float, seed: int | None, central: str, count: int | None) -> None:
    """Kill everything at random and count what is lost."""
    seed = random.randrange(2**32) if seed is None else seed
    print(f"chaos: seed {seed}", flush=True)
    if count is not None:
        sys.exit(schedules.campaign(count, seed))
    with tempfile.TemporaryDirectory(prefix="tillside-chaos-") as folder, Chaos(
        Path(folder), seed, postgres=central == "postgresql"
    ) as chaos:  # fmt: skip
        chaos.rage(60 * minutes)
        print("chaos: draining", flush=True)
        result = chaos.drained()
    print(f"chaos: killed {result.killed}; clock jumps {result.jumps}; the line {result.line}")
    if result.why:
        print(f"chaos: {result.why}", file=sys.stderr)
    print(result)
    sys.exit(bool(result.lost or result.duplicated or result.why))


if __name__ == "__main__":
    main()
