"""Our own programs as they go on while the disk is full or fails: what could not be done is done again, as each of them does.

A program begins with what STATE holds, also where it was ended before, and promises (`workloads.promised`) what it may rely on.
It says what could not be done in one sentence on standard error. What a resident program tries again for ever is tried `TRIES`
times; then it ends with status 1, as a command does at once, and is started again on a disk that is well.

The proof of a bundle, which writes nothing and takes a second, is left out.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from fakes.headquarters import OPENING, rating, receipt
from fakes.headquarters_batches import delivered, payload
from faults import workloads
from faults.workloads import LANE, promised

from device import edge_file, room
from device.bundle import Bundle
from device.care import Care
from device.clearing import forget, retain
from device.copies import Copies
from device.domain import Pseudonym, Receipt, Sku
from device.errors import TillsideError
from device.journal import Journal
from device.shopper import tombstone
from device.slots import slots
from device.store import EdgeStore
from sync import activation, publish, root_of_trust
from sync.central.past import PastLine, PastReceipt, open_past
from sync.central.sqlite import Sqlite
from sync.ledger import Ledger

TRIES: Final = 6
SALES: Final = 24
ANNA: Final = "a1" * 16
"""Who is to be forgotten in the middle of the day."""
NIGHT: Final = OPENING + timedelta(days=1)
T = TypeVar("T")


def listen(hear: Callable[[list[Any]], object]) -> None:
    """To what is promised from here on."""
    workloads.hearing(hear)


def again(call: Callable[[], T]) -> T:
    """The last try's error is raised."""
    for _ in range(TRIES - 1):
        try:
            return call()
        except TillsideError as error:
            print(error, file=sys.stderr)
    return call()


def sale(number: int) -> Receipt:
    """Every third is Anna's."""
    whole = receipt(number, lines=workloads.lines_of(number))
    return replace(whole, shopper=Pseudonym(ANNA), shopper_key=2026) if number % 3 == 0 else whole


def daemon(state: Path, _: Path) -> None:
    """A day of the register: sales, ratings, hand-overs, the reserve, a shopper forgotten, the night's copy, old receipts."""
    edge_file.REST_SECONDS = 0.0  # type: ignore[misc]
    room.RESERVE_BYTES = 65536  # type: ignore[misc]
    room.LOW_BYTES = 0  # type: ignore[misc]
    path = state / "edge.db"
    edge = EdgeStore(path, "register-1")
    promised("opened")
    copies = Copies(path, state / "second")
    care = Care(edge, path, copies, Journal())
    care.take(NIGHT - timedelta(days=1) + timedelta(hours=1), quiet=True)
    for number in range(SALES):
        again(lambda number=number: edge.record(sale(number), b"told %d" % number))
        promised("receipt", number)
        if number % 4 == 0:
            again(lambda number=number: edge.rate(rating(number, number % 11)))
            promised("rating", number, number % 11)
        if number % 6 == 0:
            _hand(edge, number)
        if number == SALES // 2:
            care.take(NIGHT, quiet=True)
            again(lambda: forget(edge, path, state / "sync.db", lambda: copies.renew(NIGHT)))
            if not _waits(edge):
                promised("forgotten")
    again(lambda: retain(edge, NIGHT))
    care.take(NIGHT + timedelta(days=1), quiet=True)
    edge.close()
    promised("closed")


def _hand(edge: EdgeStore, number: int) -> None:
    basket, sku = f"open {number}", Sku(f"S{number}")

    def hand() -> None:
        with edge.changing("it could not be written down that something is handed to the till") as db:
            row = (LANE, basket, sku, OPENING.isoformat())
            db.execute("INSERT OR IGNORE INTO handed (lane, basket_id, sku, at) VALUES (?, ?, ?, ?)", row)

    again(hand)
    promised("handed", basket, sku)
    again(lambda: edge.settle(LANE, basket, sku))
    promised("settled", basket, sku)


def _waits(edge: EdgeStore) -> bool:
    ((through,),) = again(lambda: edge._read("it could not be read how far", "SELECT through FROM forgotten"))
    return bool(through == 0)


def ledger(state: Path, _: Path) -> None:
    """What headquarters answered, floors, bundles that failed."""
    with Ledger(state / "sync.db") as book:
        for number in range(1, 25):
            again(lambda number=number: book.acknowledge(workloads.EPOCH, number * 100))
            promised("acknowledged", number * 100, 0)
            if number % 5 == 0:
                again(lambda number=number: book.raise_floors({("timestamp", "keys"): number, ("root", ""): 1}))
                promised("floor", number)
            if number % 8 == 0:
                again(lambda number=number: book.fail(f"{number:064x}", "does not answer"))
                promised("failed", f"{number:064x}")


def bundle_slots(state: Path, material: Path) -> None:
    """One bundle after another into the slots, and back."""
    bundle_db = state / "bundle.db"
    for number in range(1, 4):
        opened = Bundle.open(material / f"{number}.bundle")
        manifest = opened.manifest
        opened.close()
        promised("offered", number)
        if slots(bundle_db).active != manifest.identity:
            again(lambda number=number, manifest=manifest: activation.put(material / f"{number}.bundle", bundle_db, manifest))
        promised("installed", number)


def downlink(state: Path, material: Path) -> None:
    """The next bundle of a signed repository, after a first one was fetched from it."""
    activation.prove_apart = lambda _: None  # type: ignore[assignment]
    with Ledger(state / "sync.db") as book:
        promised("installed", 1)
        promised("offered", 2)
        again(workloads.downlink(material / "headquarters-2", state, book).check)
        promised("installed", 2)


def repository(state: Path, material: Path) -> None:
    """Headquarters' folder: made, and bundles published. Commands: what fails ends, and is given again."""
    publish.prove_apart = lambda _: None  # type: ignore[assignment]
    folder = state / "headquarters"
    if not (folder / "root.json").exists():
        root_of_trust.init(folder)
    promised("published", 0)
    for number in range(1, 3):
        promised("offered", number)
        publish.publish(folder, material / f"{number}.bundle")
        promised("published", number)
    publish.renew(folder, datetime.now(UTC) + timedelta(days=2))


def central(state: Path, _: Path) -> None:
    """Headquarters' store: polls of batches, some known, some refused; a register sends again what was not answered."""
    store = Sqlite(state / "central.db", create=True)
    at = datetime(2026, 5, 4, tzinfo=UTC)
    for poll in range(8):
        first = 1 + poll * 10
        taken = [delivered(payload(lo, lo + 4)) for lo in (first, first + 5, first)]
        poison = delivered(b"poison %d" % poll)
        again(lambda taken=taken, poison=poison: store.ingest([*taken, poison], at))
        promised("kept", first + 9)
    store.close()


def imported(state: Path, _: Path) -> None:
    """Receipts of before the registers, and how far their file was read."""
    past = open_past(f"sqlite:///{state / 'central.db'}", create=True)
    for number in range(0, 60, 10):
        told = [
            PastReceipt(str(one), (PastLine("milk", 1000),), local_time="2026-03-02T09:30:00")
            for one in range(number, number + 10)
        ]
        again(lambda told=told, number=number: past.keep(told, "file", lambda _: str(number).encode(), replace=False))
        promised("imported", number + 10)
    past.close()


PROGRAMS: Final[dict[str, Callable[[Path, Path], None]]] = {
    known.__name__: known for known in (daemon, ledger, bundle_slots, downlink, repository, central, imported)
}


def prepare(program: str, state: Path, material: Path) -> None:
    """What a program finds on a disk that is still well."""
    with Ledger(state / "sync.db") as book:
        if program == "daemon":
            book.list_tombstones([(1, tombstone(ANNA))])
        elif program == "downlink":
            workloads.downlink(material / "headquarters-1", state, book).check()


def run(program: str, state: Path, material: Path) -> int:
    """As `device.commands.main`: what we can be asked and cannot do is one sentence and status 1."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        PROGRAMS[program](state, material)
    except TillsideError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
