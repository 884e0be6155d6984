"""Headquarters' errand with a stick: take in the batches of every register on it, leave the answers, and the bundles beside.

Batches go the way of all others: `sync.ingest` polls the stick as it polls the broker, so they are committed before they are
answered. Carried in twice they are kept once, and answered again.

Of the stores' profiles those go along that are of a store of a register whose word is on the stick: nobody carries others'.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from device.errors import SyncError
from device.place import settle
from sync import by_store, ingest, offer, repository
from sync.central import Central
from sync.doors import receipts_only
from sync.forget_list import STICK_PAGE
from sync.identity.signed import Verifier
from sync.seal import Sealer
from sync.stick import Incoming


class TakenIn(NamedTuple):
    batches: int
    registers: int
    damaged: int
    """Files that were cut short or damaged; their registers write them again."""
    strange: tuple[str, ...]
    """Why files were left out that no register of ours has signed, a sentence each."""


def take_in(folder: Path, central: Central, url: str, place: Path, *, unsigned: bool = False) -> TakenIn:
    """`folder` is headquarters', `url` of its store, `place` the stick. SyncError: what was committed stays.

    `unsigned`: also of registers that have no certificate, by the name of their folder.
    """
    verifier = Verifier(folder, datetime.now(UTC), unsigned=unsigned)
    door = Incoming(place, Sealer(folder), verifier)
    with closing(receipts_only(door, url, STICK_PAGE, verifier.renew)) as before:
        taking = True
        while taking:
            taking = ingest.poll(before, central, 0) > 0
            if door.trouble is None and door.answered < door.read:
                raise SyncError(
                    f"the central store took in {door.answered} of {door.read} files: see the log above, put it right and repeat"
                )
    if door.trouble is not None:
        raise SyncError(
            f"the stick at {place} cannot be written ({door.trouble}): {door.answered} batches are answered on it; "
            "make room or make it writable and repeat, for registers free nothing without the answers"
        )
    try:
        stores = {register.store for register in central.registers() if register.device in door.devices}
        _mirror(folder, place / "tillside" / "bundles", _for_others(folder, stores))
    except OSError as error:
        why = error.strerror or str(error)
        raise SyncError(f"the receipts are in, but the bundles do not go onto the stick ({why}): make room and repeat") from error
    return TakenIn(door.batches, len(door.devices), len(door.damaged), tuple(door.strange))


def _for_others(folder: Path, stores: set[str]) -> set[str]:
    """Names of the files that hold profiles of other stores, or what makes them."""
    targets = repository.signed(folder).targets.signed.targets
    others = {name: one for name, one in by_store.published(targets).items() if name.endswith(offer.PROFILES)}
    others = {name: one for name, one in others.items() if stores.isdisjoint(offer.read(one).stores)}
    return {f"{one.hashes['sha256']}.{name}" for name, one in offer.with_deltas(targets, others).items()}


def _mirror(folder: Path, place: Path, left_out: set[str]) -> None:
    """Bundles first, then what names them, timestamp.json last: whoever reads in between sees the old state whole."""
    for part in (place.parent, place, place / "targets", place / "metadata"):
        if part.is_symlink():
            raise NotADirectoryError(20, f"{part} is a link")
        part.mkdir(exist_ok=True)
    served = folder / "repository"
    metadata = sorted((served / "metadata").glob("*.json"), key=lambda path: path.name == "timestamp.json")
    wanted = [*(path for path in sorted((served / "targets").glob("[!.]*.zst")) if path.name not in left_out), *metadata]
    names = {path.name for path in wanted}
    for path in wanted:
        target = place / path.parent.name / path.name
        if target.is_symlink() or not target.is_file() or not filecmp.cmp(path, target, shallow=False):
            _copy(path, target)
    for name in ("targets", "metadata"):
        for old in (place / name).iterdir():
            if old.name not in names and (old.is_symlink() or not old.is_dir()):
                old.unlink()


def _copy(path: Path, target: Path) -> None:
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        with path.open("rb") as content, unfinished.open("xb") as copy:
            shutil.copyfileobj(content, copy)
            copy.flush()
            os.fsync(copy.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    settle(target.parent)
