"""Flipped bits in a register's databases: `packaging/dev bitflips [--flips N] [--seed S]`.

A day's receipts are in edge.db and its WAL, as a kill leaves them; one to eight bits of either are flipped, or 512 bytes made
rubbish, and the register is started on what is left. Whatever the damage, it must open, keep the next sale, and send nothing that
was not written: what `sync.outbox` then reads for headquarters is held against what was written. Each round is one of

- harmless: every receipt is there as it was written;
- rescued: the register said that the database was damaged, and lost at most what stood in the damage;
- quiet: receipts are missing and it said nothing; or worse: one of them differs.

`bundle.db` likewise: it must be found damaged when it is opened, or be as it was.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import msgspec
from fakes.headquarters import rating, receipt
from faults.powercut import workshop

from device.bundle import Bundle
from device.errors import BundleError, StoreError
from device.store import EdgeStore
from sync import activation, outbox

SALES: Final = 150
"""The last third of them is in the WAL only."""
FIRST_PAGE: Final = 8192


@dataclass(slots=True)
class Found:
    rounds: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    """Receipts that a rescue kept, of all that there were at `rescued` rounds."""
    slowest: float = 0.0
    """Seconds until the register could sell."""
    examples: list[str] = field(default_factory=list)


def day(folder: Path) -> dict[str, bytes]:
    """Leave a day's edge.db and WAL in the folder; the receipts' bodies by their names."""
    store = EdgeStore(folder / "open" / "edge.db", "register-1")
    bodies = {}
    for number in range(SALES):
        if number == SALES * 2 // 3:
            store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sale = receipt(number, lines=1 + number * 7 % 40)
        store.record(sale, b"told %d" % number)
        bodies[sale.receipt_id] = msgspec.json.encode(sale)
        if number % 10 == 0:
            store.rate(rating(number, number % 11))
    for name in ("edge.db", "edge.db-wal"):
        shutil.copy(folder / "open" / name, folder / name)
    store.close()
    return bodies


def damaged(raw: bytes, chance: random.Random) -> bytes:
    found = bytearray(raw)
    if chance.random() < 0.2:
        at = chance.randrange(len(raw) // 512) * 512
        found[at : at + 512] = chance.randbytes(512)
    else:
        # The names of all tables and columns are on the first page.
        reach = min(len(raw), FIRST_PAGE) if chance.random() < 0.2 else len(raw)
        for _ in range(chance.choice((1, 1, 2, 8))):
            found[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(found)


def edge(flips: int, seed: int, folder: Path) -> Found:
    bodies = day(folder)
    found = Found()
    state = folder / "state"
    for number in range(flips):
        chance = random.Random(f"{seed} edge {number}")
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        hit = chance.choice(("edge.db", "edge.db", "edge.db-wal"))
        for name in ("edge.db", "edge.db-wal"):
            raw = (folder / name).read_bytes()
            (state / name).write_bytes(damaged(raw, chance) if name == hit else raw)
        try:
            kind, why = _edge(state, bodies, found), ""
        except StoreError as error:
            kind, why = "not opened", f" ({error})"
        found.rounds[kind] += 1
        if kind in {"quiet", "worse", "not opened"}:
            found.examples.append(f"{hit}, round {number}: {kind}{why}")
    return found


def _edge(state: Path, bodies: dict[str, bytes], found: Found) -> str:
    began = time.monotonic()
    with contextlib.closing(EdgeStore(state / "edge.db", "register-1")) as store:
        key = store.record(receipt(SALES), b"told")
        found.slowest = max(found.slowest, time.monotonic() - began)
        said = any("damaged" in told for told in store.told)
    sent = [entry for epoch in outbox.epochs(state / "edge.db") for entry in _all(state / "edge.db", epoch)]
    receipts = {msgspec.json.decode(entry.body)["receipt_id"]: entry.body for entry in sent if entry.of is None}
    new = receipts.pop(f"register-1-{SALES}", None)
    if key is None or new is None or any(bodies.get(name) != body for name, body in receipts.items()):
        return "worse"
    if len(receipts) == len(bodies):
        return "rescued" if said else "harmless"
    if not said:
        missing = sorted(int(name.rpartition("-")[2]) for name in bodies.keys() - receipts.keys())
        return "taken for a power cut" if missing == list(range(missing[0], SALES)) and len(missing) == 1 else "quiet"
    found.kept += len(receipts)
    return "rescued, some lost"


def _all(edge_db: Path, epoch: str) -> list[outbox.Entry]:
    """What the sync program would send, batch after batch."""
    found: list[outbox.Entry] = []
    last = 0
    while batch := outbox.after(edge_db, epoch, last):
        found += outbox.between(edge_db, epoch, last + 1, batch[-1].seq)
        last = batch[-1].seq
    return found


def bundle(flips: int, seed: int, folder: Path) -> Counter[str]:
    from fakes.headquarters_bundle import write_bundle  # noqa: PLC0415 - builds a model

    manifest = write_bundle(folder / "one.bundle", 1, items=12)
    activation.put(folder / "one.bundle", folder / "bundle.db", manifest)
    good = contents(folder / "bundle.db")
    raw = (folder / "bundle.db").read_bytes()
    rounds: Counter[str] = Counter()
    for number in range(flips):
        (folder / "hit.db").write_bytes(damaged(raw, random.Random(f"{seed} bundle {number}")))
        try:
            rounds["harmless" if contents(folder / "hit.db") == good else "worse"] += 1
        except BundleError:
            rounds["refused"] += 1
    return rounds


def contents(path: Path) -> list[object]:
    """All that a register reads of it."""
    with contextlib.closing(Bundle.open(path)) as opened:
        return [opened.manifest, opened.model, opened.vocabulary.ids, [opened.picture(name) for name in opened.picture_names()]]


@click.command()
@click.option("--flips", type=click.IntRange(1), default=2000, show_default=True, help="Rounds, for each database.")
@click.option("--seed", type=int, help="Of an earlier run, to see it again.  [default: a new one]")
def main(flips: int, seed: int | None) -> None:
    """Flip bits in a register's databases and start it."""
    seed = random.randrange(2**32) if seed is None else seed
    print(f"bitflips: seed {seed}")
    with workshop() as folder:
        found = edge(flips, seed, folder)
        bundles = bundle(flips, seed, folder)
    print("\n".join(found.examples[:10]), end="\n" if found.examples else "", file=sys.stderr)
    lost = found.rounds["rescued, some lost"]
    share = f", {100 * found.kept / (lost * SALES):.1f} % of their receipts kept" if lost else ""
    print(f"bitflips: edge.db: {dict(sorted(found.rounds.items()))}{share}; selling after at most {found.slowest:.2f} s")
    print(f"bitflips: bundle.db: {dict(sorted(bundles.items()))}")
    quiet = len(found.examples) + bundles["worse"]
    print(f"bitflips: rounds {2 * flips}, quiet or worse {quiet}")
    sys.exit(bool(quiet))


if __name__ == "__main__":
    main()
