"""Headquarters' side of the bundles: which registers fetch which bundle, over any wire or from a stick.

`publish` proves a bundle as a register would and signs it as the bundle of all, or as the candidate of a share of the registers
(`sync.offer`); `roll_out` raises the share, at the whole of it the candidate is everybody's; `halt` withdraws it, and registers
that have it go back to everybody's by themselves. From each of the last `_MOST_BASES` bundles a delta is signed beside the
whole where it is at most `target_files.DELTA_PAYS` of its length. The profiles of each store's shoppers are signed beside
(`sync.by_store`), in the same transaction, and stay when only bundles change. `renew` signs anew every day. What the folder
looks like is told in `sync.repository`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import zstandard
from tuf.api.metadata import TargetFile, Targets, Timestamp

from device.bundle import Bundle
from device.errors import BundleError, SyncError
from device.manifest import NO_PROFILES, Manifest
from device.place import settle
from device.slots import slots
from sync import by_store, delta, durable, offer, repository, root_of_trust, target_files
from sync.offer import CANDIDATE, TARGET, Offer, Offers
from sync.proof import prove_apart
from sync.repository import VALID

SIGN_ANEW_AFTER: Final = timedelta(days=1)
TARGETS_LEFT: Final = timedelta(days=30)
_KEPT_TARGETS: Final = 3
_BUNDLES: Final = (TARGET, CANDIDATE)
_MOST_BASES: Final = 3
_HASH: Final = 64
"""Characters of a SHA-256, with which the names of target files begin."""

init = root_of_trust.init


def publish(
    folder: Path, bundle: Path, *, share: int = offer.WHOLE, stores: tuple[str, ...] = (), profiles: Path | None = None
) -> Manifest:
    """Prove a bundle as a register would and make it the one that registers fetch; durable on return.

    `share` is for how many of `offer.WHOLE` registers; with all of them a candidate that was there is gone, with fewer it is
    replaced. `stores` are the only ones it is for, none: all. `profiles` as for `publish_profiles`; None: those that are
    published stay.
    """
    opened = Bundle.open(bundle)
    manifest = opened.manifest
    opened.close()
    profiled = manifest.profiles != NO_PROFILES
    if profiled and profiles is not None:
        raise SyncError(f"bundle {manifest.identity} has profiles of its own: train it with --profiles-by-store")
    prove_apart(bundle)
    name = TARGET if share == offer.WHOLE else CANDIDATE
    with repository.publishing(folder):
        before = repository.signed(folder).targets.signed
        beside = None if profiles is None else by_store.targets(folder, profiles, before.targets)
        bases = _bases(folder, before)
        content = delta.measure(bundle, manifest.identity)
        told = Offer(manifest.identity, bundle.stat().st_size, content, share, stores, profiled)
        target = target_files.add(folder, bundle, name, told)
        deltas = _add_deltas(folder, bundle, told, target.length, bases)
        # Not before: a delta takes its time, and `serve` signs anew and takes in receipts meanwhile.
        with repository.locked(folder):
            now = repository.signed(folder)
            targets = now.targets.signed.targets
            kept = {TARGET: targets[TARGET]} if name == CANDIDATE and TARGET in targets else {}
            stay = by_store.published(targets) if beside is None else beside
            now.targets.signed.targets = offer.with_deltas(targets, kept) | {name: target} | deltas | stay
            repository.sign_anew(folder, now.targets)
            repository.sign_chain(folder, now)
        _prune(folder, now.targets.signed)
    return manifest


def publish_profiles(folder: Path, profiles: Path) -> int:
    """Make these the profiles that registers fetch beside whatever bundle is published; of how many stores they are.

    `profiles` is what `tillside train --profiles-by-store` wrote. A store without a file has none from now on.
    """
    with repository.publishing(folder):
        before = repository.signed(folder).targets.signed.targets
        beside = by_store.targets(folder, profiles, before)
        with repository.locked(folder):
            now = repository.signed(folder)
            targets = now.targets.signed.targets
            now.targets.signed.targets = _bundles_of(targets) | beside
            repository.sign_anew(folder, now.targets)
            repository.sign_chain(folder, now)
        _prune(folder, now.targets.signed)
    return stores_with_profiles(folder)


def stores_with_profiles(folder: Path) -> int:
    return sum(name.endswith(offer.PROFILES) for name in repository.signed(folder).targets.signed.targets)


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
            now.targets.signed.targets = offer.with_deltas(targets, {name: target}) | by_store.published(targets)
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
        now.targets.signed.targets = offer.with_deltas(targets, kept) | by_store.published(targets)
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


class Newest:
    """`timestamp_version`, for who asks often: the file is read when it has changed. None while it cannot be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: tuple[tuple[int, int, int], int] | None = None

    def __call__(self) -> int | None:
        try:
            found = repository.path_of(self._folder, Timestamp.type, 0).stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            # Two threads that ask at once both read it.
            known = self._known
            if known is None or known[0] != stamp:
                known = self._known = (stamp, timestamp_version(self._folder))
        except (OSError, SyncError):
            return None
        return known[1]


def _offers(targets: Targets) -> Iterator[Offer | None]:
    for name in (TARGET, CANDIDATE):
        target = targets.targets.get(name)
        yield None if target is None else offer.read(target)


def _candidate(folder: Path, targets: Targets) -> Offer:
    if (target := targets.targets.get(CANDIDATE)) is None:
        raise SyncError(f"{folder} has no candidate: publish a bundle with --share first")
    return offer.read(target)


def _bundles_of(targets: dict[str, TargetFile]) -> dict[str, TargetFile]:
    return offer.with_deltas(targets, {name: target for name, target in targets.items() if name in _BUNDLES})


def _add_deltas(folder: Path, bundle: Path, told: Offer, packed: int, bases: list[Path]) -> dict[str, TargetFile]:
    """From each of the bases, where it pays beside the whole of `packed` bytes."""
    if told.content is None or told.content.size > delta.MAX_CONTENT_BYTES:
        return {}
    new = delta.whole(bundle, told.identity)
    made: dict[str, TargetFile] = {}
    for base in bases:
        with target_files.unfinished(folder) as unfinished:
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
            if len(difference) <= target_files.DELTA_PAYS * packed:
                durable.write(unfinished, difference)
                made[name] = target_files.placed(unfinished, name, {})
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


def _renamed(folder: Path, target: TargetFile, name: str) -> None:
    """The same content under the name of everybody's bundle; the other name stays for who is fetching it."""
    here = repository.targets_of(folder)
    digest = target.hashes["sha256"]
    with target_files.unfinished(folder) as unfinished:
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
