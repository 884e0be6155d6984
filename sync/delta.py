r"""A bundle told as the difference from one that the register has.

Two bundle files with nearly the same content may differ in every page, and a register keeps the content in a slot of
`bundle.db`, not the file. So the difference is taken between the *contents*: one stream, the same for the same bundle wherever
it lies.

    content = "tillside content 1\n", then the manifest, then every part in the order of (kind, name)
    each      = lengths of kind, name and content as unsigned big-endian 16, 16 and 64 bits, then the three themselves
                (the manifest has neither kind nor name)

A bundle that a model and a store's profiles were joined to (`device.store_profiles`) holds two contents, each under its own
identity: the model's bundle as it was, and the file of profiles. So either is had from a slot without its file.

The difference is what `zstd --patch-from` makes: a frame whose dictionary is the other content, raw, with a window over the
whole and long-distance matching. Headquarters signs the SHA-256 and length of the content that must come out, so a wrong base,
a flipped bit or a bug can only cost the download of the whole bundle.

Memory: the base, a window of at most the next power of two above the larger content, and the largest part; contents above
`MAX_CONTENT_BYTES` are always fetched whole. Making one takes several times as much, at headquarters.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import msgspec
import zstandard
from msgspec import UNSET, UnsetType

from device import readonly
from device.bundle import FILE_SLOT, SCHEMA
from device.errors import BundleError
from device.manifest import Carried, Manifest, bare, model_of
from sync.offer import Content

MAX_CONTENT_BYTES: Final = 64 * 1024**2
LEVEL: Final = 19
"""A lower one finds less of what did not change: 10 MB of int8, 2 % of the rows changed: 0.17 MB at 19, 2.9 MB at 10."""
_MAX_WINDOW_BYTES: Final = 2 * MAX_CONTENT_BYTES
_MAGIC: Final = b"tillside content 1\n"
_LENGTHS: Final = struct.Struct(">HHQ")
_CHUNK: Final = 256 * 1024


class _Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def content(bundle: Path, identity: str) -> Iterator[bytes]:
    """The stream of what a file or `bundle.db` holds under this identity, in pieces. BundleError: it does not hold it."""
    if not bundle.is_file():
        raise BundleError(f"{bundle} does not hold {identity}")
    try:
        with contextlib.closing(readonly.opened(bundle)) as db:
            slot, manifest, kinds = _held(db, bundle, identity)
            yield _MAGIC
            yield _LENGTHS.pack(0, 0, len(manifest))
            yield manifest
            columns = "CAST(kind AS BLOB), CAST(name AS BLOB), CAST(content AS BLOB)"
            query = f"SELECT {columns} FROM part WHERE slot = ? AND kind {kinds} ORDER BY kind, name"  # noqa: S608 - our own words
            for kind, name, value in db.execute(query, (slot,)):
                yield _LENGTHS.pack(len(kind), len(name), len(value)) + kind + name
                yield value
    except (sqlite3.Error, struct.error, TypeError) as error:
        raise BundleError(f"{identity} in {bundle} cannot be read: {error}") from error


class _Identified(msgspec.Struct, frozen=True):
    identity: str
    carried: Carried | UnsetType = UNSET


def _held(db: sqlite3.Connection, bundle: Path, identity: str) -> tuple[str, bytes, str]:
    """The slot, the manifest as it was in the file, and which kinds of parts are meant."""
    query = "SELECT slot, CAST(manifest AS BLOB) FROM slot ORDER BY slot IS (SELECT slot FROM active) DESC, slot"
    for slot, raw in db.execute(query).fetchall():
        try:
            said = msgspec.json.decode(raw, type=_Identified)
            if said.identity == identity:
                return slot, raw, "IS NOT ''"
            if said.carried is UNSET:
                continue
            if said.carried.identity == identity:
                return slot, msgspec.json.encode(said.carried), "= 'profile'"
            if model_of(said.identity) == identity:
                return slot, msgspec.json.encode(bare(msgspec.json.decode(raw, type=Manifest))), "!= 'profile'"
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    raise BundleError(f"{bundle} does not hold {identity}")


def measure(bundle: Path, identity: str) -> Content:
    digest, size = hashlib.sha256(), 0
    for piece in content(bundle, identity):
        digest.update(piece)
        size += len(piece)
    return Content(digest.hexdigest(), size)


def whole(bundle: Path, identity: str) -> bytes:
    """The stream in memory; BundleError above `MAX_CONTENT_BYTES`."""
    pieces, size = [], 0
    for piece in content(bundle, identity):
        size += len(piece)
        if size > MAX_CONTENT_BYTES:
            raise BundleError(f"bundle {identity} is too large for a delta")
        pieces.append(piece)
    return b"".join(pieces)


def make(base: bytes, new: bytes) -> bytes:
    """What `apply` makes `new` of, given `base`."""
    window = max(10, (max(len(base), len(new)) - 1).bit_length())
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(new), dict_size=len(base), window_log=window, enable_ldm=True
    )
    return zstandard.ZstdCompressor(dict_data=_raw(base), compression_params=parameters).compress(new)


def apply(base: bytes, delta: Path, wanted: Content, candidate: Path) -> None:
    """Write the bundle file `candidate`. BundleError: what comes out is not what was signed; the file is worth nothing then."""
    if wanted.size > MAX_CONTENT_BYTES:
        raise BundleError("the bundle is too large for a delta")
    try:
        with delta.open("rb") as packed:
            unpacking = zstandard.ZstdDecompressor(dict_data=_raw(base), max_window_size=_MAX_WINDOW_BYTES)
            with unpacking.stream_reader(packed) as stream:
                counted = _Counted(stream, wanted.size)
                _write(counted, candidate)
                counted.prove(wanted)
    except (zstandard.ZstdError, sqlite3.Error, UnicodeDecodeError) as error:
        raise BundleError(f"the delta does not make a bundle of what is here: {error}") from error


def copy(bundle: Path, identity: str, wanted: Content, candidate: Path) -> None:
    """Write as a file what a slot holds. BundleError: it does not hold it, or not as it was signed."""
    try:
        counted = _Counted(_Pieces(content(bundle, identity)), wanted.size)
        _write(counted, candidate)
        counted.prove(wanted)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise BundleError(f"{identity} in {bundle} is no longer what it was: {error}") from error


class _Pieces:
    """An iterator, read like a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int = -1, /) -> bytes:
        if not self._left:
            self._left = next((piece for piece in self._pieces if piece), b"")
        given, self._left = self._left[:size], self._left[size:]
        return given


class _Counted:
    """Hashes what is read and reads no more than was signed."""

    def __init__(self, source: _Source, most: int) -> None:
        self._source = source
        self._left = most
        self._digest = hashlib.sha256()

    def exactly(self, size: int) -> bytes:
        """So many bytes; fewer only at the end."""
        if size > self._left:
            raise BundleError("the delta makes more than was signed")
        pieces = []
        while size and (piece := self._source.read(min(size, _CHUNK))):
            self._digest.update(piece)
            self._left -= len(piece)
            size -= len(piece)
            pieces.append(piece)
        if size:
            raise BundleError("the delta makes less than was signed")
        return b"".join(pieces)

    @property
    def over(self) -> bool:
        return self._left == 0

    def prove(self, wanted: Content) -> None:
        if self._source.read(1) or self._digest.hexdigest() != wanted.sha256:
            raise BundleError("the delta makes something else than was signed")


def _write(source: _Counted, candidate: Path) -> None:
    candidate.unlink(missing_ok=True)
    if source.exactly(len(_MAGIC)) != _MAGIC:
        raise BundleError("the delta makes content of another format")
    with contextlib.closing(sqlite3.connect(candidate)) as db, db:
        db.execute("PRAGMA synchronous = OFF")  # what a cut leaves of it is thrown away
        db.executescript(SCHEMA)
        db.execute("INSERT INTO active VALUES (1, ?)", (FILE_SLOT,))
        first = True
        while not source.over:
            kind, name, value = _record(source)
            if first:
                db.execute("INSERT INTO slot VALUES (?, ?)", (FILE_SLOT, value))
            else:
                db.execute("INSERT INTO part (slot, kind, name, content) VALUES (?, ?, ?, ?)", (FILE_SLOT, kind, name, value))
            first = False


def _record(source: _Counted) -> tuple[str, str, bytes]:
    kind, name, value = _LENGTHS.unpack(source.exactly(_LENGTHS.size))
    return source.exactly(kind).decode(), source.exactly(name).decode(), source.exactly(value)


def _raw(base: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
