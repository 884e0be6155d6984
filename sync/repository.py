"""Headquarters' folder: keys, signed metadata, and the one way in which either is written.

| in the folder                        | holds                                                                            |
|--------------------------------------|----------------------------------------------------------------------------------|
| `root.json`                          | what a register is installed with: whom to trust                                 |
| `keys/ROLE.pem`, `keys/root-N.pem`   | Ed25519 private keys, mode 0600                                                  |
| `repository/metadata/`               | N.root.json, N.targets.json, N.snapshot.json, timestamp.json                     |
| `repository/targets/`                | HASH.bundle.db.zst, HASH.candidate.db.zst, HASH.STORE.profiles.zst,              |
|                                      | HASH.FROM.TO.delta.zst                                                           |

| role      | signs                        | valid    | its key                                                               |
|-----------|------------------------------|----------|-----------------------------------------------------------------------|
| root      | whose keys count             | 730 days | used by `init` and `root`: move it off this machine                   |
| targets   | bundles: hash, length, share | 180 days | used by `publish` and `rollout`                                       |
| snapshot  | which targets version counts | 30 days  | stays with the server, which signs anew every day                     |
| timestamp | that this is the latest      | 30 days  | the same                                                              |

Only `repository/` is served. Files are written before the metadata that names them and timestamp.json comes last, so a reader,
or a power cut, in between sees the old state whole. One writer at a time, by locks on the folder. Every file says when it was
signed (`signed_at`): a register's clock cannot be before that.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import StorageError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.ngclient.config import UpdaterConfig

from device import place
from device.errors import SyncError
from sync import durable
from sync.offer import SIGNED_AT

VALID: Final = {
    Root.type: timedelta(days=730),
    Targets.type: timedelta(days=180),
    Snapshot.type: timedelta(days=30),
    Timestamp.type: timedelta(days=30),
}
MOST_BYTES: Final = UpdaterConfig().targets_max_length
"""Of one role: python-tuf reads no more on the register."""
_MOST_KEY_BYTES: Final = 65_536
Chain = Metadata[Targets] | Metadata[Snapshot] | Metadata[Timestamp]


class Signed(NamedTuple):
    """The three roles as the timestamp says they stand; a later file that it does not name was never published."""

    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]


def signed(folder: Path) -> Signed:
    try:
        timestamp = Metadata[Timestamp].from_file(str(path_of(folder, Timestamp.type, 0)))
        snapshot_version = timestamp.signed.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_file(str(path_of(folder, Snapshot.type, snapshot_version)))
        targets_version = snapshot.signed.meta["targets.json"].version
        targets = Metadata[Targets].from_file(str(path_of(folder, Targets.type, targets_version)))
    except (StorageError, DeserializationError) as error:
        raise SyncError(
            f"{folder} holds no readable repository: make one with `tillside headquarters init --dir {folder}`"
        ) from error
    return Signed(targets, snapshot, timestamp)


def sign_chain(folder: Path, now: Signed) -> None:
    """Snapshot, then timestamp: with the latter what the targets say is published."""
    now.snapshot.signed.meta["targets.json"] = MetaFile(now.targets.signed.version)
    sign_anew(folder, now.snapshot)
    now.timestamp.signed.snapshot_meta = MetaFile(now.snapshot.signed.version)
    sign_anew(folder, now.timestamp)


def sign_anew(folder: Path, metadata: Chain) -> None:
    metadata.signed.version += 1
    metadata.signed.expires = from_now(metadata.signed.type)
    write(folder, metadata)


def write(folder: Path, metadata: Chain) -> None:
    role = metadata.signed.type
    stamp(metadata)
    metadata.sign(read_key(key_file(folder, role)))
    content = metadata.to_bytes()
    if len(content) > MOST_BYTES:
        raise SyncError(
            f"what is to be signed has {len(content)} bytes, and registers read {MOST_BYTES} at most: nothing is published; "
            "keep a repository for each part of the stores"
        )
    durable.write(path_of(folder, role, metadata.signed.version), content)


def stamp(metadata: Metadata[Any]) -> None:
    metadata.signed.unrecognized_fields[SIGNED_AT] = datetime.now(UTC).isoformat(timespec="seconds")


def read_key(path: Path) -> CryptoSigner:
    try:
        with path.open("rb") as file:
            return CryptoSigner(load_pem_private_key(file.read(_MOST_KEY_BYTES), None))
    except (OSError, ValueError, TypeError) as error:
        raise SyncError(f"the {path.stem} key {path} cannot be read ({error}): bring it back to sign with it") from error


def path_of(folder: Path, role: str, version: int) -> Path:
    return folder / "repository/metadata" / ("timestamp.json" if role == Timestamp.type else f"{version}.{role}.json")


def targets_of(folder: Path) -> Path:
    return folder / "repository/targets"


def key_file(folder: Path, role: str) -> Path:
    return folder / "keys" / f"{role}.pem"


def from_now(role: str) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + VALID[role]


def locked(folder: Path) -> AbstractContextManager[None]:
    """For who signs: `publish` beside a running `serve` waits its turn. Errors of the file system become one sentence."""
    return _locked(folder, ".lock")


def publishing(folder: Path) -> AbstractContextManager[None]:
    """For who puts files beside the targets, taken before `locked` and held for as long as that takes."""
    return _locked(folder, ".publishing.lock")


@contextmanager
def _locked(folder: Path, name: str) -> Iterator[None]:
    try:
        lock = place.claimed(folder / name, wait=True)
        try:
            yield
        finally:
            os.close(lock)
    except OSError as error:
        raise SyncError(f"headquarters' folder {folder} cannot be written: {error}") from error
