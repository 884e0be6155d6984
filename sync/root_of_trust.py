"""The root of trust: whose keys count. Made once, and replaced, by its own keys, when a key is lost, stolen or about to expire.

A root counts when as many of its keys have signed as its threshold says (2 of 3, say), and the next one when enough keys of the
one before and enough of its own have. The keys may lie on different media in different hands:

    tillside headquarters init --dir D --root-keys 3 --threshold 2      then move D/keys/root-1.pem to -3 to three sticks
    tillside headquarters root draft --dir D --replace online           writes D/root.next.json and the new online keys
    tillside headquarters root sign --draft D/root.next.json --key /media/a/root-1.pem   wherever the draft is carried
    tillside headquarters root sign --draft D/root.next.json --key /media/b/root-2.pem
    tillside headquarters root publish --dir D                          takes it into force and signs everything below it anew

`online` are the keys of snapshot and timestamp, `targets` all three: a register forgets how high a thief drove the versions of
a role when the keys of that role change, and what a snapshot says of the targets when its own do. A draft without `--replace`
moves the date of expiry. `publish` may be interrupted and run again: the draft goes last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.ngclient.config import UpdaterConfig

from device import place
from device.errors import SyncError
from sync import durable, repository

Replaceable = Literal["online", "targets", "root"]
ONLINE: Final = (Snapshot.type, Timestamp.type)
_BELOW: Final = (Targets.type, *ONLINE)
_ROLES: Final[dict[Replaceable, tuple[str, ...]]] = {"online": ONLINE, "targets": _BELOW, "root": ()}
MOST_KEYS: Final = 16
MOST_BYTES: Final = UpdaterConfig().root_max_length
WARN_BEFORE: Final = timedelta(days=90)


class Signatures(NamedTuple):
    """How many keys have signed a draft: of the root in force, and of its own; what is needed of each."""

    old: int
    old_needed: int
    new: int
    new_needed: int

    @property
    def enough(self) -> bool:
        return self.old >= self.old_needed and self.new >= self.new_needed

    def __str__(self) -> str:
        return f"{self.old} of {self.old_needed} by keys of the root in force, {self.new} of {self.new_needed} by its own"


def init(folder: Path, *, keys: int = 1, threshold: int = 1) -> list[Path]:
    """Make keys, root of trust and an empty signed repository; the root's key files. SyncError when there is one already."""
    if (folder / "root.json").exists():
        raise SyncError(f"{folder} is initialised already: publish into it, or name an empty folder with --dir")
    _possible(keys, threshold)
    try:
        for part in ("keys", "repository/metadata", "repository/targets"):
            place.folder(folder / part)
        (folder / "keys").chmod(0o700)
        root = Metadata(Root(consistent_snapshot=True, expires=repository.from_now(Root.type)))
        root_files = _root_files(folder, keys)
        signers = [_new_key(root.signed, path, Root.type) for path in root_files]
        root.signed.roles[Root.type].threshold = threshold
        for role in _BELOW:
            _new_key(root.signed, repository.key_file(folder, role), role)
        repository.stamp(root)
        for signer in signers:
            root.sign(signer, append=True)
        with repository.locked(folder):
            durable.write(repository.path_of(folder, Root.type, 1), root.to_bytes())
            repository.write(folder, Metadata(Targets(expires=repository.from_now(Targets.type))))
            repository.write(folder, Metadata(Snapshot(expires=repository.from_now(Snapshot.type))))
            repository.write(folder, Metadata(Timestamp(expires=repository.from_now(Timestamp.type))))
        # Last, for it says that all the rest is there.
        durable.write(folder / "root.json", root.to_bytes())
    except OSError as error:
        raise SyncError(f"headquarters' folder {folder} cannot be made: {error}") from error
    return root_files


def draft(folder: Path, replace: Iterable[Replaceable] = (), *, keys: int = 1, threshold: int = 1) -> Path:
    """Write the next root, unsigned, with new keys for what is replaced; a draft that was begun before is thrown away.

    New keys lie beside the old ones as `ROLE.next.pem` until `publish`; new root keys are to be moved away at once.
    """
    chosen = set(replace)
    with repository.locked(folder):
        root = in_force(folder)
        root.signatures.clear()
        root.signed.version += 1
        root.signed.expires = repository.from_now(Root.type)
        repository.stamp(root)
        for path in (folder / "keys").glob("*.next.pem"):
            path.unlink()
        for role in sorted({role for one in chosen for role in _ROLES[one]}):
            _revoke(root.signed, role)
            _new_key(root.signed, _next(repository.key_file(folder, role)), role)
        if "root" in chosen:
            _possible(keys, threshold)
            _revoke(root.signed, Root.type)
            for path in _root_files(folder, keys):
                _new_key(root.signed, _next(path), Root.type)
            root.signed.roles[Root.type].threshold = threshold
        path = _draft_file(folder)
        durable.write(path, root.to_bytes())
    return path


def sign(draft_file: Path, key: Path) -> None:
    """Add the signature of one key to a draft, wherever it has been carried; `signatures` tells whether it counts."""
    root = _read(draft_file)
    root.sign(repository.read_key(key), append=True)
    try:
        durable.write(draft_file, root.to_bytes())
    except OSError as error:
        raise SyncError(f"the draft {draft_file} cannot be written: {error}") from error


def signatures(folder: Path) -> Signatures:
    """What the draft in the folder has and what it needs."""
    return _count(in_force(folder), _read(_draft_file(folder)))


def publish(folder: Path) -> int:
    """Take the draft into force and sign all below it anew; the root's version. SyncError: it is not signed by enough keys."""
    with repository.locked(folder):
        draft_file = _draft_file(folder)
        new = _read(draft_file)
        old = in_force(folder)
        for role in ONLINE:
            path = repository.key_file(folder, role)
            repository.read_key(_next(path) if _next(path).exists() else path)
        if new.signed.version != old.signed.version:
            have = _count(old, new)
            if new.signed.version != old.signed.version + 1 or not have.enough:
                raise SyncError(f"the draft {draft_file} is not signed by enough keys ({have}): sign it with more of them")
            durable.write(repository.path_of(folder, Root.type, new.signed.version), new.to_bytes())
        # From here on registers refuse what the old online keys sign, and keep what they have until all is signed anew.
        for role in _BELOW:
            path = repository.key_file(folder, role)
            if _next(path).exists():
                durable.move(_next(path), path)
        now = repository.signed(folder)
        if not _verified(new.signed, now.targets, Targets.type):
            repository.sign_anew(folder, now.targets)
        repository.sign_chain(folder, now)
        for path in (folder / "keys").glob("root*.next.pem"):
            durable.move(path, path.with_name(path.name.replace(".next.pem", ".pem")))
        durable.write(folder / "root.json", new.to_bytes())
        draft_file.unlink()
    return new.signed.version


def in_force(folder: Path) -> Metadata[Root]:
    """The newest published root."""
    known = (folder / "repository/metadata").glob("*.root.json")
    version = max((int(path.name.split(".")[0]) for path in known if path.name.split(".")[0].isdigit()), default=0)
    return _read(repository.path_of(folder, Root.type, version))


def warning(folder: Path, at: datetime | None = None) -> str | None:
    """One sentence once the root is about to expire."""
    expires = in_force(folder).signed.expires
    if expires - (at or datetime.now(UTC)) > WARN_BEFORE:
        return None
    return f"the root of trust expires on {expires:%Y-%m-%d}: draft a new one with `tillside headquarters root draft`"


def _possible(keys: int, threshold: int) -> None:
    if not 1 <= threshold <= keys <= MOST_KEYS:
        raise SyncError(
            f"{threshold} of {keys} root keys cannot be asked for: at most {MOST_KEYS} keys, and no more needed than are"
        )


def _new_key(root: Root, path: Path, role: str) -> CryptoSigner:
    signer = CryptoSigner.generate_ed25519()
    durable.write(path, signer.private_bytes, 0o600)
    root.add_key(signer.public_key, role)
    return signer


def _revoke(root: Root, role: str) -> None:
    for keyid in tuple(root.roles[role].keyids):
        root.revoke_key(keyid, role)


def _root_files(folder: Path, keys: int) -> list[Path]:
    names = ["root.pem"] if keys == 1 else [f"root-{number}.pem" for number in range(1, keys + 1)]
    return [folder / "keys" / name for name in names]


def _next(path: Path) -> Path:
    return path.with_suffix(".next.pem")


def _draft_file(folder: Path) -> Path:
    return folder / "root.next.json"


def _read(path: Path) -> Metadata[Root]:
    try:
        content = place.beginning(path, MOST_BYTES + 1)
        found: Metadata[Any] | None = Metadata.from_bytes(content) if len(content) <= MOST_BYTES else None
        if found is not None and isinstance(found.signed, Root):
            return found
        why = "other content" if found else f"longer than the {MOST_BYTES} bytes that registers read"
    except OSError as error:
        why = str(error.strerror)
    except DeserializationError:
        why = "other content"
    raise SyncError(f"{path} is no root of trust that can be read ({why}): name another, or make one with `root draft`")


def _count(old: Metadata[Root], new: Metadata[Root]) -> Signatures:
    by_old = old.signed.get_verification_result(Root.type, new.signed_bytes, new.signatures)
    by_new = new.signed.get_verification_result(Root.type, new.signed_bytes, new.signatures)
    return Signatures(len(by_old.signed), by_old.threshold, len(by_new.signed), by_new.threshold)


def _verified(root: Root, metadata: Metadata[Targets], role: str) -> bool:
    return root.get_verification_result(role, metadata.signed_bytes, metadata.signatures).verified
