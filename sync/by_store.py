"""The profiles of each store's shoppers as targets: a chain of N stores publishes one model and N small files.

A file that says the same as the one that is published stays as it is, so that its registers have nothing to do. Otherwise a
delta from the published one is signed beside it where it pays: a register that missed a night fetches the whole, which is small.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import zstandard
from tuf.api.metadata import TargetFile

from device import store_profiles
from device.errors import BundleError, SyncError
from device.manifest import Carried
from sync import delta, durable, offer, repository, target_files
from sync.offer import Offer


def targets(folder: Path, profiles: Path, before: Mapping[str, TargetFile]) -> dict[str, TargetFile]:
    """What is to be signed in place of what was `before`, deltas too; the files are placed. SyncError or BundleError: not one is.

    Files that are placed and never signed go with the next publication.
    """
    known: dict[str, tuple[Path, Carried]] = {}
    for path in store_profiles.files(profiles):
        said = store_profiles.read(path)
        name = offer.profiles_name(said.store)
        if name in known:
            raise SyncError(f"{path} and {known[name][0]} are both of store {said.store}: leave one of them out")
        known[name] = path, said
    made: dict[str, TargetFile] = {}
    for name, (path, said) in known.items():
        old = before.get(name)
        base = None if old is None else _base(folder, old)
        if old is not None and base is not None and base.said.profiles == said.profiles:
            made |= offer.with_deltas(before, {name: old})
        else:
            made |= _added(folder, name, path, said, base)
    return made


def published(signed: Mapping[str, TargetFile]) -> dict[str, TargetFile]:
    """Those of what is signed, with their deltas."""
    return offer.with_deltas(signed, {name: target for name, target in signed.items() if name.endswith(offer.PROFILES)})


class _Base(NamedTuple):
    said: Carried
    content: bytes | None
    """None: too large for a delta."""


def _added(folder: Path, name: str, path: Path, said: Carried, base: _Base | None) -> dict[str, TargetFile]:
    content = delta.measure(path, said.identity)
    whole = target_files.add(folder, path, name, Offer(said.identity, path.stat().st_size, content, stores=(said.store,)))
    if base is None or base.content is None or content.size > delta.MAX_CONTENT_BYTES:
        return {name: whole}
    difference = delta.make(base.content, delta.whole(path, said.identity))
    if len(difference) > target_files.DELTA_PAYS * whole.length:
        return {name: whole}
    between = offer.delta_name(base.said.identity, said.identity)
    with target_files.unfinished(folder) as part:
        durable.write(part, difference)
        return {name: whole, between: target_files.placed(part, between, {})}


def _base(folder: Path, target: TargetFile) -> _Base | None:
    """What is published now; None where it is damaged, and registers that have it fetch the whole."""
    packed = repository.targets_of(folder) / f"{target.hashes['sha256']}.{target.path}"
    with target_files.unfinished(folder) as plain:
        try:
            with packed.open("rb") as source, plain.open("wb") as sink:
                zstandard.ZstdDecompressor().copy_stream(source, sink)
            said = store_profiles.read(plain)
            small = plain.stat().st_size <= delta.MAX_CONTENT_BYTES
            return _Base(said, delta.whole(plain, said.identity) if small else None)
        except (OSError, BundleError, zstandard.ZstdError):
            return None
