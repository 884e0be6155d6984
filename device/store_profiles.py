"""The profiles of one store's shoppers, a file of their own: how they travel beside a model, and how a register joins the two.

The file is a bundle file (`device.bundle.SCHEMA`) that holds nothing but profiles, and its manifest is `Carried`. A bundle that
was made of a model and such a file says so: its manifest holds `carried`, and its identity is the model's with the end of the
profiles' behind it (`20260505-MODEL-PROFILES`). So everybody can tell the model, and what was signed of either can be checked.
Profiles name SKUs and nothing of a model: any model of the chain may be joined with them.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from device import manifest, profiles, readonly
from device.bundle import FILE_SLOT, MAX_NAME_BYTES, SCHEMA, Bundle, put_profiles
from device.domain import Pseudonym
from device.errors import BundleError
from device.manifest import Carried, Manifest
from device.place import settle
from device.profiles import MAX_BYTES, Profile

ENDING: Final = ".profiles"
_PLAIN: Final = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)


def safe_name(store: str) -> str:
    """A store's name as part of a file's: no two stores share one."""
    return store if _PLAIN.fullmatch(store) else f"x.{hashlib.sha256(store.encode()).hexdigest()}"


def write(path: Path, store: str, made_at: str, packed: Iterable[tuple[Pseudonym, bytes]]) -> Carried:
    """A new file, durable. The same profiles on the same day make the same identity. BundleError: it cannot be written."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.executescript(SCHEMA)
            carried = manifest.carried(store, made_at, put_profiles(db, packed))
            db.execute("INSERT INTO slot VALUES (?, ?)", (FILE_SLOT, msgspec.json.encode(carried)))
            db.execute("INSERT INTO active VALUES (1, ?)", (FILE_SLOT,))
        settle(path)
    except (OSError, sqlite3.Error) as error:
        raise BundleError(f"the profiles of store {store} cannot be written: {error}") from error
    return carried


def files(folder: Path) -> list[Path]:
    """Those of all stores, in the order of their names. BundleError: there are none."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix == ENDING)
    except OSError as error:
        raise BundleError(f"the folder of profiles {folder} cannot be read: {error.strerror}") from error
    if not found:
        raise BundleError(f"{folder} holds no profiles: name what `tillside train --profiles-by-store` wrote")
    return found


def profile(bundle: Bundle, folder: Path | None, shopper: Pseudonym) -> Profile | None:
    """The shopper's, in the bundle or in the first store's file below `folder` that has one: all say the same. BundleError."""
    if (inside := bundle.profile(shopper)) is not None or folder is None:
        return inside
    for path in files(folder):
        with _opened(path) as db:
            content = _content(db, shopper)
            if content is not None and (first := profiles.other(content)) is not None:
                content = _content(db, first)
        if content is not None:
            return profiles.unpack(content)
    return None


def read(path: Path) -> Carried:
    """What the file says of itself, when all of it is true; BundleError otherwise."""
    with _opened(path) as db:
        carried = _manifest(path, db)
        if manifest.hash_all(_rows(path, db)) != carried.profiles:
            raise BundleError(f"{path}: the profiles of store {carried.store} are not the ones that were made")
        return carried


def join(bundle: Path, beside: Path, identity: str, store: str) -> Manifest:
    """Put a store's profiles of that identity into a bundle file that has none, which is another bundle then.

    BundleError: they are not the ones, or not fit for use; the bundle file is what it was.
    """
    with _opened(beside) as source, _opened(bundle, writable=True) as db, db:
        carried = _manifest(beside, source)
        if (carried.identity, carried.store) != (identity, store):
            raise BundleError(f"the profiles are {carried.identity} of store {carried.store}; {identity} of {store} was signed")
        (raw,) = db.execute("SELECT CAST(manifest AS BLOB) FROM slot WHERE slot = ?", (FILE_SLOT,)).fetchone()
        joined = manifest.joined(manifest.decode(bundle, raw), carried)
        rows = ((FILE_SLOT, name, content) for name, content in _rows(beside, source))
        db.executemany("INSERT INTO part (slot, kind, name, content) VALUES (?, 'profile', ?, ?)", rows)
        # Of what arrived here: a hostile file may tell something else the second time.
        arrived = db.execute("SELECT name, content FROM part WHERE kind = 'profile' ORDER BY name")
        if manifest.hash_all(arrived) != carried.profiles:
            raise BundleError(f"{beside}: the profiles of store {store} are not the ones that were made")
        db.execute("UPDATE slot SET manifest = ? WHERE slot = ?", (msgspec.json.encode(joined), FILE_SLOT))
    return joined


def _manifest(path: Path, db: sqlite3.Connection) -> Carried:
    found = db.execute("SELECT slot, manifest FROM slot LIMIT 2").fetchall()
    if len(found) != 1 or found[0][0] != FILE_SLOT:
        raise BundleError(f"{path} is not the profiles of one store")
    carried = manifest.decode_carried(path, found[0][1])
    others = db.execute("SELECT 1 FROM part WHERE kind IS NOT 'profile' OR slot IS NOT ? LIMIT 1", (FILE_SLOT,))
    if others.fetchone() is not None:
        raise BundleError(f"{path} holds something else than the profiles of store {carried.store}")
    return carried


def _rows(path: Path, db: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    """In the order of their names, each name once."""
    before: str | None = None
    # The length first: what is too long is never read.
    lengths = "typeof(name), length(CAST(name AS BLOB)), typeof(content), length(content)"
    query = (
        f"SELECT {lengths}, iif(length(content) <= ?, content, NULL), substr(name, 1, ?) FROM part "  # noqa: S608 - our own words
        "ORDER BY slot, kind, name COLLATE BINARY"
    )
    for name_type, name_bytes, kind, length, content, name in db.execute(query, (MAX_BYTES, MAX_NAME_BYTES)):
        if name_type != "text" or not 0 < name_bytes <= MAX_NAME_BYTES:
            raise BundleError(f"{path} holds a profile whose name is none")
        if kind != "blob" or length > MAX_BYTES:
            raise BundleError(f"{path} holds a profile of {length} bytes, more than {MAX_BYTES}, or one that is no bytes")
        if name == before:
            raise BundleError(f"{path} holds two profiles of one name")
        before = name
        yield name, content


def _content(db: sqlite3.Connection, shopper: Pseudonym) -> bytes | None:
    # With the slot: only by all three is there an index.
    query = """SELECT content FROM part WHERE slot = ? AND kind = 'profile' AND name = ?
                 AND typeof(content) = 'blob' AND length(content) <= ?"""
    found = db.execute(query, (FILE_SLOT, shopper, MAX_BYTES)).fetchone()
    return None if found is None else bytes(found[0])


@contextlib.contextmanager
def _opened(path: Path, *, writable: bool = False) -> Iterator[sqlite3.Connection]:
    """What is wrong with the file, in one sentence."""
    try:
        with contextlib.closing(sqlite3.connect(path) if writable else readonly.opened(path)) as db:
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA cell_size_check = ON")
            yield db
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, TypeError) as error:
        raise BundleError(f"{path} cannot be read as profiles of a store: {error}") from error
