"""Our own programs' writing, one workload after another: `workloads.py NAME STATE MATERIAL`, run over the shim of `disk_log.c`.

A workload begins with what STATE holds and says a mark, one JSON list, after each call that promised something; `verdicts.py`
knows what each promise means. MATERIAL holds what was made before: bundles, and a repository with each of them.
"""

from __future__ import annotations

import ctypes
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fakes.headquarters import rating, receipt
from fakes.headquarters_batches import delivered, payload

from device.domain import LaneId, Sku
from device.store import EdgeStore
from sync import activation, publish, root_of_trust
from sync import repository as signing
from sync.central.sqlite import Sqlite
from sync.downlink import Downlink
from sync.ledger import Ledger
from sync.window import Refusal

_hear: Callable[[list[Any]], object] | None = None
SALES = 60
LANE = LaneId("1")
EPOCH = "e" * 32


def lines_of(number: int) -> int:
    """Small receipts and long ones."""
    return 1 + number * 7 % 40


def hearing(hear: Callable[[list[Any]], object]) -> None:
    """Who hears what is promised from here on; at first nobody does."""
    global _hear  # noqa: PLW0603 - one process runs one workload
    _hear = hear


def promised(*words: Any) -> None:
    if _hear is not None:
        _hear(list(words))


def downlink(headquarters: Path, state: Path, book: Ledger) -> Downlink:
    url, root = (headquarters / "repository").as_uri(), headquarters / "root.json"
    return Downlink(url, root, state, state / "bundle.db", book, device="register-1", store="S1")


def edge(state: Path, _: Path, *, pragmas: tuple[str, ...] = (), first: int = 0, sales: int = SALES) -> None:
    """A day at the till: sales of all sizes, each told twice, ratings, items handed back, acknowledged receipts deleted."""
    store = EdgeStore(state / "edge.db", "register-1")
    promised("opened")
    for pragma in pragmas:
        store._db.execute(pragma)
    for number in range(first, first + sales):
        sale = receipt(number, lines=lines_of(number))
        store.record(sale, b"told %d" % number)
        promised("receipt", number)
        store.record(sale, b"told %d" % number)
        if number % 4 == 0:
            store.rate(rating(number, number % 11))
            promised("rating", number, number % 11)
        if number % 8 == 4 and number - 4 >= first:
            store.rate(rating(number - 4, 7))
            promised("rating", number - 4, 7)
        if number % 3 == 0:
            _hand(store, number)
    store.close()
    promised("closed")


def _hand(store: EdgeStore, number: int) -> None:
    # By SQL: a whole sale at hand would only make the workload longer.
    basket, sku = f"open {number}", Sku(f"S{number}")
    with store._transaction("handed") as db:
        db.execute("INSERT INTO handed (lane, basket_id, sku, at) VALUES (?, ?, ?, ?)", (LANE, basket, sku, "2026-05-04T06:00"))
    promised("handed", basket, sku)
    store.settle(LANE, basket, sku)
    promised("settled", basket, sku)


def edge_small(state: Path, material: Path) -> None:
    """The same with a checkpoint every few sales."""
    edge(state, material, pragmas=("PRAGMA wal_autocheckpoint = 40",))


def edge_normal(state: Path, material: Path) -> None:
    """What must lose: the control of the simulator."""
    edge(state, material, pragmas=("PRAGMA wal_autocheckpoint = 40", "PRAGMA synchronous = NORMAL"))


def edge_off(state: Path, material: Path) -> None:
    """What must lose and corrupt."""
    edge(state, material, pragmas=("PRAGMA wal_autocheckpoint = 40", "PRAGMA synchronous = OFF"))


def edge_again(state: Path, material: Path) -> None:
    """After a cut: opened as it was left, and another day."""
    edge(state, material, pragmas=("PRAGMA wal_autocheckpoint = 40",), first=SALES, sales=20)


def ledger(state: Path, _: Path) -> None:
    """The sync program's own database: watermarks, refusals, floors, bundles that failed."""
    with Ledger(state / "sync.db") as book:
        promised("opened")
        book._db.execute("PRAGMA wal_autocheckpoint = 10")
        for number in range(1, 81):
            refusals = [Refusal(number * 100 - 1, "no receipt")] if number % 9 == 0 else []
            book.acknowledge(EPOCH, number * 100, refusals)
            promised("acknowledged", number * 100, sum(n % 9 == 0 for n in range(1, number + 1)))
            if number % 5 == 0:
                book.raise_floors({("timestamp", "keys"): number, ("root", ""): 1 + number // 50})
                promised("floor", number)
            if number % 20 == 0:
                book.fail(f"{number:064x}", "does not answer")
                promised("failed", f"{number:064x}")


def bundles(state: Path, material: Path) -> None:
    """One bundle after another fetched from a signed repository, verified, proved and taken into use."""
    with Ledger(state / "sync.db") as book:
        for number in range(1, 4):
            repository = material / f"headquarters-{number}"
            down = downlink(repository, state, book)
            promised("offered", number)
            down.check()
            promised("installed", number)
    activation.revert(state / "bundle.db")
    promised("installed", 2)


def repository(state: Path, material: Path) -> None:
    """Headquarters' folder: keys and roots made, bundles published, signed anew."""
    folder = state / "headquarters"
    root_of_trust.init(folder)
    promised("published", 0)
    for number in range(1, 4):
        promised("offered", number)
        publish.publish(folder, material / f"{number}.bundle")
        promised("published", number)
        with signing.locked(folder):
            signing.sign_chain(folder, signing.signed(folder))
        promised("published", number)


def central(state: Path, _: Path) -> None:
    """Headquarters' store: polls of batches, some of them known, some refused."""
    store = Sqlite(state / "central.db", create=True)
    store._db.execute("PRAGMA wal_autocheckpoint = 40")
    promised("opened")
    at = datetime(2026, 5, 4, tzinfo=UTC)
    for poll in range(24):
        first = 1 + poll * 10
        taken = [delivered(payload(lo, lo + 4)) for lo in (first, first + 5, first)]
        store.ingest(taken, at)
        promised("kept", first + 9)
    store.close()


WORKLOADS: dict[str, Callable[[Path, Path], None]] = {
    known.__name__: known for known in (edge, edge_small, edge_again, ledger, bundles, repository, central, edge_normal, edge_off)
}


def prepare(material: Path) -> None:
    """What `bundles` and `repository` need, made once: three bundles, and the repository as it was after each."""
    from fakes.headquarters_bundle import write_bundle  # noqa: PLC0415 - the workloads themselves build no model

    folder = material / "headquarters"
    root_of_trust.init(folder)
    identities = {0: None}
    for number in range(1, 4):
        identities[number] = write_bundle(material / f"{number}.bundle", number, items=12).identity  # type: ignore[assignment]
        publish.publish(folder, material / f"{number}.bundle")
        shutil.copytree(folder, material / f"headquarters-{number}")
    (material / "identities.json").write_text(json.dumps(identities))


if __name__ == "__main__":
    shim = ctypes.CDLL(None)
    hearing(lambda words: shim.disk_log_mark(json.dumps(words).encode()))
    WORKLOADS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
