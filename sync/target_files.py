"""The files beside the signed targets: packed, named by their hash, whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import zstandard
from tuf.api.metadata import TargetFile

from sync import durable, offer, repository
from sync.offer import Offer

DELTA_PAYS: Final = 0.5
"""Of the length of the whole, at most."""
_LEVEL: Final = 10


def add(folder: Path, plain: Path, name: str, told: Offer) -> TargetFile:
    """A packed copy of a file, and what is to be signed of it."""
    with unfinished(folder) as part:
        with plain.open("rb") as source, part.open("wb") as packed:
            zstandard.ZstdCompressor(level=_LEVEL).copy_stream(source, packed)
            packed.flush()
            os.fsync(packed.fileno())
        return placed(part, name, offer.custom(told))


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A file beside the targets that is gone afterwards unless it was placed: on a full disk the receipts need the room."""
    path = repository.targets_of(folder) / "unfinished.part"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def placed(part: Path, name: str, custom: dict[str, Any]) -> TargetFile:
    """Give an unfinished file its name; durable on return."""
    target = TargetFile.from_file(name, str(part), ["sha256"])
    if custom:
        target.unrecognized_fields["custom"] = custom
    durable.move(part, part.with_name(f"{target.hashes['sha256']}.{name}"))
    return target
