"""What this register has come to trust: the signed metadata it keeps, the floors under it, and the earliest it can be by now.

python-tuf decides what is trusted, from the root metadata the register was installed with. Three things are added.

*Floors.* Its state is files, and files can be emptied by a power cut or a thief, after which an old mirror would look new. So
the versions it accepted stand in sync.db too and nothing lower is accepted. A floor belongs to a role under one set of keys:
when a new root replaces a stolen key, the versions that the thief drove up no longer count. The root's own floor never falls.

*Durability.* The library renames and does not wait for the disk; here everything is durable before a floor is raised. A file
that is empty or cannot be read is as good as none.

*Clock.* A register may have no clock of its own, and one that stands in the past takes a frozen repository for a fresh one.
What was signed says when; the newest that was accepted (never later than the clock then said), when the root was made, and the
last receipt are moments that have passed. Where the clock stands more than a day before them nothing is fetched. A receipt more
than `RECEIPT_REACH` after the newest signature is a clock that once ran ahead, and is not believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tuf.api.exceptions import StorageError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from device import place, readonly
from device.errors import SyncError, first_line
from sync.ledger import Ledger
from sync.offer import signed_at

SIGNED: Final = "signed"
"""Role of the floor that holds when the newest timestamp was signed, in seconds since 1970, under the timestamp's keys."""
TOLERANCE: Final = timedelta(days=1)
RECEIPT_REACH: Final = timedelta(days=90)
MAX_ROOT_BYTES: Final = 512_000
"""As python-tuf reads of one."""
_CHAIN: Final = (Timestamp.type, Snapshot.type, Targets.type)


class Trusted:
    """`folder` is python-tuf's own."""

    def __init__(self, folder: Path, root_file: Path, book: Ledger) -> None:
        self.folder = folder
        self._root_file = root_file
        self._ledger = book

    def bootstrap(self) -> bytes:
        """The root metadata this register was installed with; and room for what follows from it."""
        try:
            root = place.beginning(self._root_file, MAX_ROOT_BYTES)
            Metadata[Root].from_bytes(root)
        except OSError as error:
            raise SyncError(
                f"no root metadata at {self._root_file} ({error.strerror}): copy root.json from headquarters"
            ) from error
        except DeserializationError as error:
            raise SyncError(
                f"what stands at {self._root_file} is no root metadata ({first_line(error)}): copy root.json from headquarters"
            ) from error
        place.folder(self.folder, 0o700)
        for path in self.folder.rglob("*.json"):
            if path.is_file() and path.stat().st_size == 0:
                path.unlink()
        return root

    def hold_clock(self, now: datetime, edge_db: Path) -> None:
        """SyncError while the clock stands where it cannot be."""
        signed = [*self._signed(), *filter(None, [_root_made(self._root_file)])]
        known = [(at, "headquarters signed what is known here") for at in signed]
        sold = _last_receipt(edge_db)
        if sold is not None and (not signed or sold <= max(signed) + RECEIPT_REACH):
            known.append((sold, "the last receipt was closed"))
        at, what = max(known, default=(now, ""))
        if now < at - TOLERANCE:
            stands = f"the clock says {now:%Y-%m-%d %H:%M} UTC, but {what} at {at:%Y-%m-%d %H:%M}"
            raise SyncError(f"{stands}: set the clock, no bundle is fetched before")

    def hold_floors(self, url: str, now: datetime) -> None:
        """Refuse what is older than anything accepted before, then make what was accepted durable."""
        try:
            root = Metadata[Root].from_file(str(self.folder / "root.json")).signed
            seen = {(Root.type, ""): root.version}
            for role in _CHAIN:
                metadata = Metadata.from_file(str(self.folder / f"{role}.json"))
                seen[role, keys_of(root, role)] = metadata.signed.version
                if role == Timestamp.type and (at := signed_at(metadata)) is not None:
                    # A thief of the key, or a clock at headquarters, must not drive it beyond the present.
                    seen[SIGNED, keys_of(root, role)] = int(min(at, now).timestamp())
        except (StorageError, DeserializationError) as error:
            raise SyncError(f"the trust folder {self.folder} cannot be read back: {error}") from error
        floors = self._ledger.floors()
        for key, version in seen.items():
            if key[0] != SIGNED and version < floors.get(key, 0):
                raise SyncError(
                    f"the bundle repository {url} offers {key[0]} version {version}, this register has seen {floors[key]}: "
                    "an old copy, refused"
                )
        for path in sorted(self.folder.rglob("*")):
            place.settle(path)
        place.settle(self.folder)
        self._ledger.raise_floors(seen)

    def newest(self) -> int:
        """The version of the newest timestamp that was accepted; 0 without one that can be read."""
        try:
            return Metadata[Timestamp].from_file(str(self.folder / f"{Timestamp.type}.json")).signed.version
        except (StorageError, DeserializationError):
            return 0

    def _signed(self) -> list[datetime]:
        return [_moment(seconds) for (role, _), seconds in self._ledger.floors().items() if role == SIGNED]


def last_signed(sync_db: Path) -> datetime | None:
    """When headquarters signed the newest that this register has accepted; None: it never has, or the file cannot be read."""
    if not sync_db.is_file():
        return None
    try:
        with contextlib.closing(readonly.opened(sync_db)) as db:
            (seconds,) = db.execute("SELECT max(version) FROM floor WHERE role = ?", (SIGNED,)).fetchone()
    except sqlite3.Error:
        return None
    return None if seconds is None else _moment(seconds)


def keys_of(root: Root, role: str) -> str:
    """Names the keys that sign a role: other keys, other floor."""
    trusted = root.roles[role]
    return hashlib.sha256(",".join([str(trusted.threshold), *sorted(trusted.keyids)]).encode()).hexdigest()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _root_made(root_file: Path) -> datetime | None:
    try:
        return signed_at(Metadata[Root].from_bytes(place.beginning(root_file, MAX_ROOT_BYTES)))
    except (OSError, DeserializationError):
        return None  # python-tuf says what is wrong with it


def _last_receipt(edge_db: Path) -> datetime | None:
    if not edge_db.is_file():
        return None
    try:
        with contextlib.closing(readonly.opened(edge_db)) as db:
            (at,) = db.execute("SELECT (SELECT closed_at FROM receipt ORDER BY seq DESC LIMIT 1)").fetchone()
        moment = None if at is None else datetime.fromisoformat(str(at))
    except (sqlite3.Error, ValueError):
        return None  # the uplink and the doctor say what is wrong with it
    return moment if moment is not None and moment.tzinfo is not None else None
