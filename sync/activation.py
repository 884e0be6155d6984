"""The only writer of bundle.db: three slots, and one row that says which is in use.

A bundle that arrived is opened (every hash), proved in a child process, copied into a slot that is not in use, read back and
hashed there, and only then does the row change, in a transaction of its own. Interrupted anywhere the register has the old
bundle or the new one, never none. The slot that was in use stays as it is: `revert` goes back to it. Where only the profiles are
new the latest slot with another model stays too, and `revert` once more goes back to that. All else is emptied on the way.

The daemon notices by itself that the row names another bundle; it compares identities, for two installations in a row lead back
to the same slot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from device import place, readonly
from device.bundle import SCHEMA, Bundle
from device.errors import BundleError, SyncError
from device.manifest import Manifest, model_of
from device.slots import slot_beside, slots
from device.transaction import whole
from device.trials import NEVER_TRIED
from device.trials import read as read_trials
from sync.ledger import Ledger
from sync.proof import prove_apart

_SLOTS: Final = ("A", "B", "C")


def install(candidate: Path, bundle_db: Path, identity: str) -> Manifest:
    """Take a bundle file into use. BundleError: it is not the one, or not fit for use; what was in use still is."""
    opened = Bundle.open(candidate)
    manifest = opened.manifest
    opened.close()
    if manifest.identity != identity:
        raise BundleError(f"the bundle calls itself {manifest.identity}, {identity} was signed")
    prove_apart(candidate)
    put(candidate, bundle_db, manifest)
    return manifest


def put(candidate: Path, bundle_db: Path, manifest: Manifest) -> None:
    """The writing part of `install`: copy, read back, flip."""
    with _writing(bundle_db) as db:
        kept = _kept(db, manifest)
        slot = next(one for one in _SLOTS if one not in kept)
        db.execute("ATTACH ? AS candidate", (f"{candidate.absolute().as_uri()}?mode=ro",))
        with whole(db):
            _empty(db, kept)
            db.execute("INSERT INTO main.slot VALUES (?, ?)", (slot, msgspec.json.encode(manifest)))
            db.execute(
                "INSERT INTO main.part (slot, kind, name, content) SELECT ?, kind, name, content FROM candidate.part "
                "WHERE slot = (SELECT slot FROM candidate.active) ORDER BY kind, name",
                (slot,),
            )
        db.execute("DETACH candidate")
        _verify(bundle_db, slot, manifest)
        _flip(db, slot)


def revert_from_crashes(bundle_db: Path, state: Path, book: Ledger) -> str | None:
    """Go back for good when the daemon has died of the bundle in use (`device.trials`); the identity of that bundle, or None.

    The daemon has taken the one before by itself by then. Where there is none, or it fared no better, nothing can be done.
    """
    held, trials = slots(bundle_db), read_trials(state)
    if held.active is None or not trials.get(held.active, NEVER_TRIED).failed:
        return None
    back = next((one for one in held.others if not trials.get(one, NEVER_TRIED).failed), None)
    if back is None:
        return None
    # First: a cut in between leaves it to the next look to go back, not to the next download to install it again.
    book.revert(
        left_by_going_back(held.active, back), f"the register died {trials[held.active].crashes} times soon after it took it up"
    )
    try:
        revert(bundle_db, back)
    except BundleError:
        return None  # the one before is damaged: what headquarters offers next is the way out
    return held.active


def left_by_going_back(active: str, back: str) -> str:
    """What is not wanted again: the model with whatever profiles, or, where both have the same model, these profiles."""
    return active if model_of(active) == model_of(back) else model_of(active)


def revert(bundle_db: Path, back: str | None = None) -> Manifest:
    """Go back to that bundle (None: the one before); BundleError when there is none or it is damaged."""
    wanted = back or slots(bundle_db).previous
    if wanted is None or (slot := slot_beside(bundle_db, wanted)) is None:
        raise BundleError(f"{bundle_db} holds no earlier bundle to go back to")
    with _writing(bundle_db) as db:
        (raw,) = db.execute("SELECT manifest FROM slot WHERE slot = ?", (slot,)).fetchone()
        manifest = _manifest(raw)
        _verify(bundle_db, slot, manifest)
        _flip(db, slot)
    return manifest


def profiles(bundle_db: Path) -> list[tuple[bool, str]]:
    """Every profile in any slot: whether it is in use, and whose it is. SyncError when the file cannot be read."""
    if not bundle_db.is_file():
        return []
    try:
        with closing(readonly.opened(bundle_db)) as db:
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'part'").fetchone() is None:
                return []
            rows = db.execute(
                "SELECT slot = coalesce((SELECT slot FROM active), ''), name FROM part WHERE kind = 'profile'"
            ).fetchall()
    except sqlite3.Error as error:
        raise SyncError(f"the bundle database {bundle_db} cannot be read: {error}") from error
    return [(bool(active), name) for active, name in rows]


def drop_previous(bundle_db: Path) -> None:
    """Delete what is in the slots that are not in use: no way back to it. Its bytes are gone once the log is `emptied`."""
    with _writing(bundle_db) as db:
        with whole(db):
            _empty(db, _in_use(db))
        db.execute("PRAGMA incremental_vacuum").fetchall()


def emptied(bundle_db: Path) -> bool:
    """Whether nothing but the database itself holds bytes of it; a reader of before may keep the log from being emptied."""
    log = bundle_db.with_name(f"{bundle_db.name}-wal")
    if not log.exists() or log.stat().st_size == 0:
        return True
    with _writing(bundle_db) as db:
        (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def _in_use(db: sqlite3.Connection) -> list[str]:
    """One slot, or none yet."""
    return [slot for (slot,) in db.execute("SELECT slot FROM active")]


def _kept(db: sqlite3.Connection, coming: Manifest) -> list[str]:
    """The slot in use; where its model stays in use, the latest one from before it with another model as well."""
    kept = _in_use(db)
    earlier = "rowid <= (SELECT rowid FROM slot WHERE slot = (SELECT slot FROM active)) ORDER BY rowid DESC"
    rows = db.execute(f"SELECT slot, manifest FROM main.slot WHERE {earlier}").fetchall()  # noqa: S608 - our own words
    models = {slot: _model(raw) for slot, raw in rows}
    if kept and models.get(kept[0]) == (same := model_of(coming.identity)):
        kept += [slot for slot, model in models.items() if model not in {same, None}][:1]
    return kept


def _empty(db: sqlite3.Connection, kept: list[str]) -> None:
    for slot in (one for one in _SLOTS if one not in kept):
        db.execute("DELETE FROM main.part WHERE slot = ?", (slot,))
        db.execute("DELETE FROM main.slot WHERE slot = ?", (slot,))


def _model(raw: bytes) -> str | None:
    """None: nobody can tell."""
    try:
        return model_of(_manifest(raw).identity)
    except BundleError:
        return None


def _verify(bundle_db: Path, slot: str, manifest: Manifest) -> None:
    """Read back what was written: what the row is going to name is what was signed."""
    db = readonly.opened(bundle_db)
    try:
        Bundle(db, slot, manifest)
    finally:
        db.close()


def _flip(db: sqlite3.Connection, slot: str) -> None:
    with whole(db):
        db.execute("INSERT OR REPLACE INTO active VALUES (1, ?)", (slot,))
    # Only room: a reader in the way leaves it to the next installation.
    db.execute("PRAGMA incremental_vacuum").fetchall()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _manifest(raw: bytes) -> Manifest:
    try:
        return msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"a slot of the bundle database has a manifest that cannot be read: {error}") from error


@contextmanager
def _writing(bundle_db: Path) -> Iterator[sqlite3.Connection]:
    try:
        place.folder(bundle_db.parent, 0o700)
        db = sqlite3.connect(bundle_db.absolute().as_uri(), uri=True, isolation_level=None)
        try:
            db.execute("PRAGMA busy_timeout = 5000")
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA trusted_schema = OFF")
            with whole(db):
                for statement in filter(str.strip, SCHEMA.split(";")):
                    db.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
            yield db
        finally:
            db.close()
    except (OSError, sqlite3.Error) as error:
        raise SyncError(f"the bundle database {bundle_db} cannot be written: {error}") from error
