"""Headquarters' side of the bundles: which registers fetch which bundle, over any wire or from a stick.

`publish` proves a bundle as a register would and signs it as the bundle of all, or as the candidate of a share of the registers
(`sync.offer`); `roll_out` raises the share, at the whole of it the candidate is everybody's; `halt` withdraws it, and registers
that have it go back to everybody's by themselves. From each of the last `_MOST_BASES` bundles a delta is signed beside the
whole where it is at most `_DELTA_PAYS` of its length. `renew` signs anew every day. What the folder looks like is told in
`sync.repository`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import zstandard
from tuf.api.metadata import TargetFile, Targets, Timestamp

from device.bundle import Bundle
from device.errors import BundleError, SyncError
from device.manifest import Manifest
from device.place import settle
from device.slots import slots
from sync import delta, durable, offer, repository, root_of_trust
from sync.offer import CANDIDATE, TARGET, Offer, Offers
from sync.proof import prove_apart
from sync.repository import VALID

SIGN_ANEW_AFTER: Final = timedelta(days=1)
TARGETS_LEFT: Final = timedelta(days=30)
_KEPT_TARGETS: Final = 3
_BUNDLES: Final = (TARGET, CANDIDATE)
_MOST_BASES: Final = 3
_DELTA_PAYS: Final = 0.5
_LEVEL: Final = 10
_HASH: Final = 64
"""Characters of a SHA-256, with which the names of target files begin."""

init = root_of_trust.init


def publish(folder: Path, bundle: Path, *, share: int = offer.WHOLE, stores: tuple[str, ...] = ()) -> Manifest:
    """Prove a bundle as a register would and make it the one that registers fetch; durable on return.

    `share` is for how many of `offer.WHOLE` registers; with all of them a candidate that was there is gone, with fewer it is
    replaced. `stores` are the only ones it is for, none: all.
    """
    opened = Bundle.open(bundle)
    manifest = opened.manifest
    opened.close()
    prove_apart(bundle)
    name = TARGET if share == offer.WHOLE else CANDIDATE
    with repository.publishing(folder):
        bases = _bases(folder, repository.signed(folder).targets.signed)
        content = delta.measure(bundle, manifest.identity)
        told = Offer(manifest.identity, bundle.stat().st_size, content, share, stores)
        target = _add_target(folder, bundle, name, told)
        deltas = _add_deltas(folder, bundle, told, target.length, bases)
        # Not before: a delta takes its time, and `serve` signs anew and takes in receipts meanwhile.
        with repository.locked(folder):
            now = repository.signed(folder)
            targets = now.targets.signed.targets
            kept = {TARGET: targets[TARGET]} if name == CANDIDATE and TARGET in targets else {}
            now.targets.signed.targets = kept | _deltas_to(targets, kept) | {name: target} | deltas
            repository.sign_anew(folder, now.targets)
            repository.sign_chain(folder, now)
        _prune(folder, now.targets.signed)
    return manifest


def roll_out(folder: Path, share: int) -> Offer:
    """Offer the candidate to this share of the registers; with all of them it becomes everybody's bundle."""
    with repository.publishing(folder), repository.locked(folder):
        now = repository.signed(folder)
        targets = now.targets.signed.targets
        told = msgspec.structs.replace(_candidate(folder, now.targets.signed), share=share)
        name = CANDIDATE if share < offer.WHOLE else TARGET
        target = TargetFile.from_dict(targets[CANDIDATE].to_dict(), name)
        target.unrecognized_fields["custom"] = offer.custom(told)
        if name == TARGET:
            _renamed(folder, targets[CANDIDATE], name)
            now.targets.signed.targets = {name: target} | _deltas_to(targets, {name: target})
        else:
            targets[name] = target
        repository.sign_anew(folder, now.targets)
        repository.sign_chain(folder, now)
    return told


def halt(folder: Path) -> Offer:
    """Withdraw the candidate; registers that have it take everybody's bundle again."""
    with repository.publishing(folder), repository.locked(folder):
        now = repository.signed(folder)
        withdrawn = _candidate(folder, now.targets.signed)
        targets = now.targets.signed.targets
        kept = {TARGET: targets[TARGET]} if TARGET in targets else {}
        now.targets.signed.targets = kept | _deltas_to(targets, kept)
        repository.sign_anew(folder, now.targets)
        repository.sign_chain(folder, now)
    return withdrawn


def renew(folder: Path, at: datetime) -> bool:
    """Sign again what was signed more than a day ago, so that registers can tell a frozen repository from a quiet one."""
    with repository.locked(folder):
        now = repository.signed(folder)
        signed_at = now.timestamp.signed.expires - VALID[Timestamp.type]
        if at - signed_at < SIGN_ANEW_AFTER:
            return False
        # The targets key may live elsewhere: then publishing in time is what keeps the bundle installable.
        if now.targets.signed.expires - at < TARGETS_LEFT and repository.key_file(folder, Targets.type).exists():
            repository.sign_anew(folder, now.targets)
        repository.sign_chain(folder, now)
        return True


def offers(folder: Path) -> Offers:
    return Offers(*_offers(repository.signed(folder).targets.signed))


def published(folder: Path) -> str | None:
    """Identity of everybody's bundle, or None while nothing is published."""
    return offers(folder).published


def timestamp_version(folder: Path) -> int:
    """Grows with everything that registers should know of."""
    return repository.signed(folder).timestamp.signed.version


def _offers(targets: Targets) -> Iterator[Offer | None]:
    for name in (TARGET, CANDIDATE):
        target = targets.targets.get(name)
        yield None if target is None else offer.read(target)


def _candidate(folder: Path, targets: Targets) -> Offer:
    if (target := targets.targets.get(CANDIDATE)) is None:
        raise SyncError(f"{folder} has no candidate: publish a bundle with --share first")
    return offer.read(target)


def _deltas_to(targets: dict[str, TargetFile], wanted: dict[str, TargetFile]) -> dict[str, TargetFile]:
    endings = tuple(offer.delta_name("", offer.read(target).identity) for target in wanted.values())
    return {name: target for name, target in targets.items() if endings and name.endswith(endings)}


def _add_target(folder: Path, bundle: Path, name: str, told: Offer) -> TargetFile:
    with _unfinished(folder) as unfinished:
        with bundle.open("rb") as plain, unfinished.open("wb") as packed:
            zstandard.ZstdCompressor(level=_LEVEL).copy_stream(plain, packed)
            packed.flush()
            os.fsync(packed.fileno())
        return _placed(unfinished, name, offer.custom(told))


def _add_deltas(folder: Path, bundle: Path, told: Offer, packed: int, bases: list[Path]) -> dict[str, TargetFile]:
    """From each of the bases, where it pays beside the whole of `packed` bytes."""
    if told.content is None or told.content.size > delta.MAX_CONTENT_BYTES:
        return {}
    new = delta.whole(bundle, told.identity)
    made: dict[str, TargetFile] = {}
    for base in bases:
        with _unfinished(folder) as unfinished:
            try:
                with base.open("rb") as file, unfinished.open("wb") as plain:
                    zstandard.ZstdDecompressor().copy_stream(file, plain)
                held = slots(unfinished).active
                name = "" if held is None else offer.delta_name(held, told.identity)
                if held is None or held == told.identity or name in made:
                    continue
                difference = delta.make(delta.whole(unfinished, held), new)
            except (BundleError, zstandard.ZstdError):
                continue  # the base is damaged or too large: registers that have it fetch the whole
            if len(difference) <= _DELTA_PAYS * packed:
                durable.write(unfinished, difference)
                made[name] = _placed(unfinished, name, {})
    return made


def _bases(folder: Path, targets: Targets) -> list[Path]:
    """Packed bundles that registers are most likely to have: those published now, then the newest others."""
    kept = repository.targets_of(folder)
    now = [kept / f"{target.hashes['sha256']}.{name}" for name, target in targets.targets.items() if name in _BUNDLES]
    # A candidate that became everybody's is there under both names.
    distinct = {path.name[:_HASH]: path for path in (*_packed(folder), *now) if path.is_file()}
    first = [path.name[:_HASH] for path in now]
    newest = sorted(distinct, key=lambda digest: (digest in first, distinct[digest].stat().st_mtime_ns), reverse=True)
    return [distinct[digest] for digest in newest[:_MOST_BASES]]


def _packed(folder: Path) -> Iterator[Path]:
    for name in _BUNDLES:
        yield from repository.targets_of(folder).glob(f"*.{name}")


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """A file beside the targets that is gone afterwards unless it was placed: on a full disk the receipts need the room."""
    path = repository.targets_of(folder) / "unfinished.part"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _placed(unfinished: Path, name: str, custom: dict[str, Any]) -> TargetFile:
    target = TargetFile.from_file(name, str(unfinished), ["sha256"])
    if custom:
        target.unrecognized_fields["custom"] = custom
    durable.move(unfinished, unfinished.with_name(f"{target.hashes['sha256']}.{name}"))
    return target


def _renamed(folder: Path, target: TargetFile, name: str) -> None:
    """The same content under the name of everybody's bundle; the other name stays for who is fetching it."""
    here = repository.targets_of(folder)
    digest = target.hashes["sha256"]
    with _unfinished(folder) as unfinished:
        shutil.copyfile(here / f"{digest}.{target.path}", unfinished)
        settle(unfinished)
        durable.move(unfinished, here / f"{digest}.{name}")


def _prune(folder: Path, targets: Targets) -> None:
    """Keep what is published and the bundles that a register may be fetching just now, not those of last year."""
    wanted = {f"{target.hashes['sha256']}.{name}" for name, target in targets.targets.items()}
    newest = sorted(_packed(folder), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    recent = list(dict.fromkeys(path.name[:_HASH] for path in newest))[:_KEPT_TARGETS]
    for path in repository.targets_of(folder).glob("*.zst"):
        if path.name not in wanted and path.name[:_HASH] not in recent:
            path.unlink()
