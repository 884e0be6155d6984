"""What the two slots of a register's `bundle.db` hold, without opening either bundle: who is in use, and who was before."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from device import readonly

if TYPE_CHECKING:
    from pathlib import Path


class Slots(NamedTuple):
    """Identities of the bundles in `bundle.db`; None where there is none."""

    active: str | None = None
    previous: str | None = None
    slot: str | None = None
    """Of the active one: a bundle that was damaged may have been brought again, into the other slot."""


def slots(bundle_db: Path) -> Slots:
    """Cheap, nothing is verified. A file that cannot be read, or is being changed, holds nothing."""
    held = _held(bundle_db)
    slot, active = next(((slot, identity) for slot, identity, in_use in held if in_use), (None, None))
    return Slots(active, next((identity for _, identity, in_use in held if not in_use), None), slot)


def slot_of(bundle_db: Path, identity: str) -> str | None:
    """Where the bundle is kept, where it is in use if it is, or None."""
    return next((slot for slot, held, _ in _held(bundle_db) if held == identity), None)


def carried(bundle_db: Path) -> list[str]:
    """Identities of the profiles that came beside a model (`device.store_profiles`); those in use first."""
    return [one.carried.identity for _, one, _ in _said(bundle_db) if one.carried is not UNSET]


class _Named(msgspec.Struct, frozen=True):
    identity: str


class _Identified(_Named, frozen=True):
    carried: _Named | UnsetType = UNSET


def _held(bundle_db: Path) -> list[tuple[str, str, bool]]:
    return [(slot, said.identity, in_use) for slot, said, in_use in _said(bundle_db)]


def _said(bundle_db: Path) -> list[tuple[str, _Identified, bool]]:
    """Slot, what is in it, whether it is in use; that one first."""
    if not bundle_db.is_file():
        return []
    try:
        with contextlib.closing(readonly.opened(bundle_db)) as db:
            rows = db.execute("SELECT slot, manifest, slot IS (SELECT slot FROM active) FROM slot ORDER BY 3 DESC, 1").fetchall()
        return [(str(slot), msgspec.json.decode(raw, type=_Identified), bool(in_use)) for slot, raw, in_use in rows]
    except (sqlite3.Error, msgspec.DecodeError, UnicodeDecodeError, TypeError, RecursionError):
        return []
