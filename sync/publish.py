"""Headquarters' side of the bundles: a TUF repository that registers can trust over any wire, or a stick.

| in the folder                        | holds                                                                            |
|--------------------------------------|----------------------------------------------------------------------------------|
| `root.json`                          | what a register is installed with: whom to trust                                 |
| `keys/ROLE.pem`                      | Ed25519 private keys, mode 0600                                                  |
| `repository/metadata/`               | N.root.json, N.targets.json, N.snapshot.json, timestamp.json                     |
| `repository/targets/`                | HASH.bundle.db.zst                                                               |

| role      | signs                        | valid    | its key                                                               |
|-----------|------------------------------|----------|-----------------------------------------------------------------------|
| root      | whose keys count             | 730 days | used by `init` only: move it off this machine                         |
| targets   | the bundle: hash and length  | 180 days | used by `publish`                                                     |
| snapshot  | which targets version counts | 30 days  | stays with the server, which signs anew every day                     |
| timestamp | that this is the latest      | 30 days  | the same                                                              |

Only `repository/` is served. Files are written before the metadata that names them and timestamp.json comes last, so a reader,
or a power cut, in between sees the old state whole. One writer at a time, by a lock on the folder.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import zstandard
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import StorageError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from device import place
from device.bundle import Bundle, Manifest
from device.errors import SyncError
from sync import durable
from sync.proof import prove_apart

TARGET: Final = "bundle.db.zst"
ROLES: Final = (Root.type, Targets.type, Snapshot.type, Timestamp.type)
VALID: Final = {
    Root.type: timedelta(days=730),
    Targets.type: timedelta(days=180),
    Snapshot.type: timedelta(days=30),
    Timestamp.type: timedelta(days=30),
}
SIGN_ANEW_AFTER: Final = timedelta(days=1)
TARGETS_LEFT: Final = timedelta(days=30)
_KEPT_TARGETS: Final = 3
_LEVEL: Final = 10


def init(folder: Path) -> None:
    """Make keys, root of trust and an empty signed repository. SyncError when the folder has one already."""
    if (folder / "root.json").exists():
        raise SyncError(f"{folder} is initialised already: publish into it, or name an empty folder with --dir")
    try:
        for part in ("keys", "repository/metadata", "repository/targets"):
            place.folder(folder / part)
        (folder / "keys").chmod(0o700)
        root = Root(consistent_snapshot=True, expires=_from_now(Root.type))
        for role in ROLES:
            signer = CryptoSigner.generate_ed25519()
            durable.write(_key_file(folder, role), signer.private_bytes, 0o600)
            root.add_key(signer.public_key, role)
        with _locked(folder):
            _write(folder, Metadata(root))
            _write(folder, Metadata(Targets(expires=_from_now(Targets.type))))
            _write(folder, Metadata(Snapshot(expires=_from_now(Snapshot.type))))
            _write(folder, Metadata(Timestamp(expires=_from_now(Timestamp.type))))
        # Last, for it says that all the rest is there.
        durable.write(folder / "root.json", _path(folder, Root.type, 1).read_bytes())
    except OSError as error:
        raise SyncError(f"headquarters' folder {folder} cannot be made: {error}") from error


class Signed(NamedTuple):
    """The three roles as the timestamp says they stand; a later file that it does not name was never published."""

    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]


def publish(folder: Path, bundle: Path) -> Manifest:
    """Prove a bundle as a register would and make it the one that registers fetch; durable on return."""
    opened = Bundle.open(bundle)
    manifest = opened.manifest
    opened.close()
    prove_apart(bundle)
    with _locked(folder):
        now = _signed(folder)
        now.targets.signed.targets = {TARGET: _add_target(folder, bundle, manifest)}
        _sign_anew(folder, now.targets)
        _sign_chain(folder, now)
        _prune(folder)
    return manifest


def renew(folder: Path, at: datetime) -> bool:
    """Sign again what was signed more than a day ago, so that registers can tell a frozen repository from a quiet one."""
    with _locked(folder):
        now = _signed(folder)
        signed_at = now.timestamp.signed.expires - VALID[Timestamp.type]
        if at - signed_at < SIGN_ANEW_AFTER:
            return False
        # The targets key may live elsewhere: then publishing in time is what keeps the bundle installable.
        if now.targets.signed.expires - at < TARGETS_LEFT and _key_file(folder, Targets.type).exists():
            _sign_anew(folder, now.targets)
        _sign_chain(folder, now)
        return True


def published(folder: Path) -> str | None:
    """Identity of the bundle that registers are to have, or None while nothing is published."""
    target = _signed(folder).targets.signed.targets.get(TARGET)
    return None if target is None else str(target.custom["identity"])


def timestamp_version(folder: Path) -> int:
    """Grows with everything that registers should know of."""
    return _signed(folder).timestamp.signed.version


def _add_target(folder: Path, bundle: Path, manifest: Manifest) -> TargetFile:
    unfinished = folder / "repository/targets/unfinished.part"
    try:
        with bundle.open("rb") as plain, unfinished.open("wb") as packed:
            zstandard.ZstdCompressor(level=_LEVEL).copy_stream(plain, packed)
            packed.flush()
            os.fsync(packed.fileno())
    except OSError:
        # On a full disk the receipts need the room.
        unfinished.unlink(missing_ok=True)
        raise
    target = TargetFile.from_file(TARGET, str(unfinished), ["sha256"])
    target.unrecognized_fields["custom"] = {"identity": manifest.identity, "size": bundle.stat().st_size}
    unfinished.replace(unfinished.with_name(f"{target.hashes['sha256']}.{TARGET}"))
    place.settle(unfinished.parent)
    return target


def _sign_chain(folder: Path, now: Signed) -> None:
    now.snapshot.signed.meta["targets.json"] = MetaFile(now.targets.signed.version)
    _sign_anew(folder, now.snapshot)
    now.timestamp.signed.snapshot_meta = MetaFile(now.snapshot.signed.version)
    _sign_anew(folder, now.timestamp)


def _sign_anew(folder: Path, metadata: Metadata[Targets] | Metadata[Snapshot] | Metadata[Timestamp]) -> None:
    metadata.signed.version += 1
    metadata.signed.expires = _from_now(metadata.signed.type)
    _write(folder, metadata)


def _write(folder: Path, metadata: Metadata[Root] | Metadata[Targets] | Metadata[Snapshot] | Metadata[Timestamp]) -> None:
    key = _key_file(folder, metadata.signed.type)
    try:
        signer = CryptoSigner(load_pem_private_key(key.read_bytes(), None))
    except (OSError, ValueError) as error:
        raise SyncError(
            f"the {metadata.signed.type} key {key} cannot be read ({error}): bring it back to sign with it"
        ) from error
    metadata.sign(signer)
    durable.write(_path(folder, metadata.signed.type, metadata.signed.version), metadata.to_bytes())


def _signed(folder: Path) -> Signed:
    try:
        timestamp = Metadata[Timestamp].from_file(str(_path(folder, Timestamp.type, 0)))
        snapshot_version = timestamp.signed.snapshot_meta.version
        snapshot = Metadata[Snapshot].from_file(str(_path(folder, Snapshot.type, snapshot_version)))
        targets_version = snapshot.signed.meta["targets.json"].version
        targets = Metadata[Targets].from_file(str(_path(folder, Targets.type, targets_version)))
    except (StorageError, DeserializationError) as error:
        raise SyncError(
            f"{folder} holds no readable repository: make one with `tillside headquarters init --dir {folder}`"
        ) from error
    return Signed(targets, snapshot, timestamp)


def _prune(folder: Path) -> None:
    """Keep the bundles that a register may be fetching just now, not those of last year."""
    bundles = sorted((folder / "repository/targets").glob(f"*.{TARGET}"), key=lambda path: path.stat().st_mtime_ns)
    for path in bundles[:-_KEPT_TARGETS]:
        path.unlink()


def _path(folder: Path, role: str, version: int) -> Path:
    return folder / "repository/metadata" / ("timestamp.json" if role == Timestamp.type else f"{version}.{role}.json")


def _key_file(folder: Path, role: str) -> Path:
    return folder / "keys" / f"{role}.pem"


def _from_now(role: str) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + VALID[role]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Errors of the file system become one sentence; `publish` beside a running `serve` waits its turn."""
    try:
        with (folder / ".lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise SyncError(f"headquarters' folder {folder} cannot be written: {error}") from error
