"""Folders of profiles by store as training writes them, and what a register holds of them."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from device import store_profiles
from device.bundle import Bundle
from device.domain import Pseudonym
from device.manifest import Carried

ANNA, BORIS, OLGA = (name.encode().hex() * 4 for name in ("anna", "boris", "olga"))
"""As long as pseudonyms, and found in raw bytes."""


def write(folder: Path, stores: dict[str, list[str]], day: int = 1, content: bytes = b"\x81\xa1v\x02") -> dict[str, Carried]:
    """A folder as training writes it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return {
        store: store_profiles.write(
            folder / f"{store_profiles.safe_name(store)}{store_profiles.ENDING}",
            store,
            f"2026-06-{day:02d}T03:00:00+00:00",
            [(Pseudonym(name), content) for name in names],
        )
        for store, names in stores.items()
    }


def knows(state: Path, name: str) -> bool:
    with closing(Bundle.open(state / "bundle.db")) as bundle:
        return bundle.profile(Pseudonym(name)) is not None


def raw(state: Path) -> bytes:
    """Every byte in every database of the register."""
    return b"".join(path.read_bytes() for path in state.rglob("*") if path.is_file())
