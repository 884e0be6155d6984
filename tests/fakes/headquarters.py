"""What the tests of sync share: a register that sells, and a broker of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from fakes.patience import until
from fakes.program import Program, tillside

from device.domain import Answer, LaneId, Line, Minor, Outcome, Phase, Receipt, Sku, Thousandths, Unit
from device.rating import Rating, Scale
from device.store import EdgeStore

OPENING = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)


def receipt(number: int, device: str = "register-1", lines: int = 3) -> Receipt:
    """A believable finished sale; the same number always makes the same."""
    closed = OPENING + timedelta(seconds=90 * number)
    rung = tuple(
        Line(i, f"{4_600_000_000_000 + number * 7 + i}", Sku(f"S{(number + i) % 50}"), Thousandths(1000), Unit.PIECE, Minor(9990))
        for i in range(lines)
    )
    outcome = Outcome("s1", Sku("S7"), 1, 0.25, ("S1", "hour=9"), closed, painted=True, answer=Answer.OUT_OF_STOCK, bought=False)
    return Receipt(
        receipt_id=f"{device}-{number}",
        store="S1",
        device=device,
        lane=LaneId("1"),
        phase=Phase.CLOSED,
        basket_id=f"B{number}",
        opened_at=closed - timedelta(seconds=60),
        closed_at=closed,
        local_time=(closed + timedelta(hours=3)).replace(tzinfo=None).isoformat(),
        currency="RUB",
        total=Minor(9990 * lines),
        lines=rung,
        outcomes=(outcome,),
    )


def rating(number: int, score: int, device: str = "register-1", scale: Scale = Scale.TEN) -> Rating:
    """What the shopper of that sale said, two seconds after it closed."""
    at = OPENING + timedelta(seconds=90 * number + 2)
    return Rating(f"{device}-{number}", "S1", device, LaneId("1"), scale, score, at)


def rate(edge_db: Path, scores: Mapping[int, int], device: str = "register-1") -> list[int]:
    """Ratings of sales that were recorded, in this order; the numbers they are kept under."""
    store = EdgeStore(edge_db, device)
    numbers = [store.rate(rating(number, score, device)).seq for number, score in scores.items()]
    store.close()
    return numbers


def sell(edge_db: Path, numbers: range, device: str = "register-1") -> list[bytes]:
    """Record sales in the register's edge database, each told twice as tills do; the bodies as they are kept."""
    store = EdgeStore(edge_db, device)
    # These sales need not survive a power cut, and there are many.
    store._db.execute("PRAGMA synchronous = OFF")
    bodies = []
    for number in numbers:
        sale = receipt(number, device)
        told = f"{device} {number}".encode()
        assert store.record(sale, told) is not None
        assert store.record(sale, told) is None
        bodies.append(msgspec.json.encode(sale))
    store.close()
    return bodies


_WORKERS: Final = 8
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_RANGE: Final = range(20_000 + _WORKER, 32_768, _WORKERS)
# Not the module's own generator: whoever seeds that would have the same ports named again.
_PORTS: Final = itertools.cycle(Random().sample(_RANGE, len(_RANGE)))


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port nobody listens on, below those that the kernel may hand to anybody's connection before it is used.

    None is named twice before all others were, nor to tests that run beside each other.
    """
    while True:
        port = next(_PORTS)
        with socket.socket(socket.AF_INET, kind) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def mosquitto(folder: Path, port: int, conf: str = "user root\nallow_anonymous true\n") -> Iterator[Program]:
    """A real broker on the loopback interface, ready when entered and gone when left.

    Of root's, not to become another user's: the kernel would forget whom it ends with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"mosquitto-{port}.conf"
    path.write_text(f"listener {port} 127.0.0.1\npersistence false\nmax_packet_size 1048576\n{conf}")
    with Program(["mosquitto", "-c", path], folder / f"mosquitto-{port}.log") as broker:

        def listens() -> bool:
            assert broker.alive(), "mosquitto ended: see its log"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            return False

        until(listens, what=f"mosquitto to listen at port {port}", seen=broker.words)
        yield broker
        broker.kill()


def settings_file(state: Path, broker_port: int, bundles: str | None = None, root: Path | None = None, poll: float = 0.2) -> Path:
    """A register's settings.toml beside its state."""
    state.mkdir(parents=True, exist_ok=True)
    path = state / "settings.toml"
    lines = [
        'store = "S1"',
        'device = "register-1"',
        f'state_dir = "{state}"',
        "[[lane]]",
        'till = "1"',
        'source = { kind = "tcp", host = "127.0.0.1", port = 9 }',
        "[sync]",
        'host = "127.0.0.1"',
        f"port = {broker_port}",
        f"poll_seconds = {poll}",
    ]
    lines += [f'bundles = "{bundles}"'] if bundles else []
    lines += [f'root_file = "{root}"'] if root else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def serving(folder: Path, broker_port: int, *words: str) -> Iterator[tuple[Program, dict[str, object]]]:
    """`tillside headquarters serve`, and what it said when it was ready; ended with SIGTERM unless it ended before."""
    command = tillside("headquarters", "serve", "--dir", folder, "--port", str(broker_port), "--json", *words)
    with Program(command, folder / "serve.log", talks=True) as program:
        yield program, msgspec.json.decode(program.line())
