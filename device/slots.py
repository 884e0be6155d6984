"""What the slots of a register's `bundle.db` hold, without opening a bundle: who is in use, and who was before.

Rows of `slot` are numbered as they were put in, so what was installed before the one in use has a lower number, and what was left
by going back a higher one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from device import readonly
from device.manifest import NO_PROFILES, joined_identity, model_of

if TYPE_CHECKING:
    from pathlib import Path


_IN_TURN: Final = """
SELECT slot, manifest, slot IS (SELECT slot FROM active) FROM slot
ORDER BY 3 DESC, rowid > (SELECT rowid FROM slot WHERE slot = (SELECT slot FROM active)), rowid DESC
"""


class Slots(NamedTuple):
    """Identities of the bundles in `bundle.db`; None where there is none."""

    active: str | None = None
    previous: str | None = None
    slot: str | None = None
    """Of the active one: a bundle that was damaged may have been brought again, into another slot."""
    others: tuple[str, ...] = ()
    """`previous` and what else is here: the latest before the active one first, last what was left by going back."""

    @property
    def in_turn(self) -> tuple[str, ...]:
        """All of them, as they are to be tried."""
        return (*filter(None, [self.active]), *self.others)


def slots(bundle_db: Path) -> Slots:
    """Cheap, nothing is verified. A file that cannot be read, or is being changed, holds nothing."""
    held = _held(bundle_db)
    slot, active = next(((slot, identity) for slot, identity, in_use in held if in_use), (None, None))
    others = tuple(identity for _, identity, in_use in held if not in_use)
    return Slots(active, next(iter(others), None), slot, others)


def slot_of(bundle_db: Path, identity: str) -> str | None:
    """Where the bundle is kept, where it is in use if it is, or None."""
    return next((slot for slot, held, _ in _held(bundle_db) if held == identity), None)


def slot_beside(bundle_db: Path, identity: str) -> str | None:
    """Where the bundle is kept and not in use, or None."""
    return next((slot for slot, held, in_use in _held(bundle_db) if held == identity and not in_use), None)


def carried(bundle_db: Path) -> list[str]:
    """Identities of the profiles that came beside a model (`device.store_profiles`); those in use first."""
    return [one.carried.identity for _, one, _ in _said(bundle_db) if one.carried is not UNSET]


def with_profiles(bundle_db: Path, beside: str) -> str | None:
    """What the model in use is called with those profiles of a store; None where it has profiles of its own, or is none."""
    one = next((said for _, said, in_use in _said(bundle_db) if in_use), None)
    if one is None or (one.carried is UNSET and one.profiles != NO_PROFILES):
        return None
    return joined_identity(model_of(one.identity), beside)


class _Named(msgspec.Struct, frozen=True):
    identity: str


class _Identified(_Named, frozen=True):
    profiles: str = NO_PROFILES
    carried: _Named | UnsetType = UNSET


def _held(bundle_db: Path) -> list[tuple[str, str, bool]]:
    return [(slot, said.identity, in_use) for slot, said, in_use in _said(bundle_db)]


def _said(bundle_db: Path) -> list[tuple[str, _Identified, bool]]:
    """Slot, what is in it, whether it is in use; in turn."""
    if not bundle_db.is_file():
        return []
    try:
        with contextlib.closing(readonly.opened(bundle_db)) as db:
            rows = db.execute(_IN_TURN).fetchall()
        return [(str(slot), msgspec.json.decode(raw, type=_Identified), bool(in_use)) for slot, raw, in_use in rows]
    except (sqlite3.Error, msgspec.DecodeError, UnicodeDecodeError, TypeError, RecursionError):
        return []
