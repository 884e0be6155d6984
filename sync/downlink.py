"""The register's side of the bundles: fetch what headquarters has signed, and only that.

python-tuf decides what is trusted, from the root metadata the register was installed with. Two things are added. Its own state
is files, and files can be emptied by a power cut or a thief, after which an old mirror would look new; so the versions it
accepted stand in sync.db too and nothing lower is accepted. A floor belongs to a role under one set of keys: when a new root
replaces a stolen key, the versions that the thief drove up no longer count. The root's own floor never falls.

Whatever goes wrong, the bundle in use stays in use. A bundle that does not pass its proof here is remembered and not fetched
again.
"""

from __future__ import annotations

import hashlib
import shutil
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import zstandard
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from device import place
from device.address import masked
from device.errors import BundleError, SyncError
from sync import activation, ledger
from sync.ledger import Ledger

TARGET: Final = "bundle.db.zst"
MAX_BUNDLE_BYTES: Final = 2 * 1024**3
FETCH_SECONDS: Final = 600.0
"""For one file, however slowly it drips in."""
_SOCKET_SECONDS: Final = 20.0
_CHUNK: Final = 256 * 1024


class Outcome(StrEnum):
    NOTHING_PUBLISHED = "nothing published yet"
    CURRENT = "up to date"
    INSTALLED = "installed"
    REVERTED = "left as it is after a revert"


class Checked(NamedTuple):
    outcome: Outcome
    identity: str | None


class Fetcher(FetcherInterface):
    """Reads http(s):// and file:// (a stick, a mirror on the store's disk) alike."""

    def __init__(self, room: Path, ca_file: str | None) -> None:
        self._room = room
        self._tls = ssl.create_default_context(cafile=ca_file) if ca_file is not None else None

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        # The library's own goes through /tmp, which on a register is memory.
        received = 0
        with tempfile.TemporaryFile(dir=self._room) as file:
            for chunk in self.fetch(url):
                received += len(chunk)
                if received > max_length:
                    raise DownloadLengthMismatchError(f"{url} is longer than the {max_length} bytes that are signed or allowed")
                file.write(chunk)
            file.seek(0)
            yield file

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            response = urllib.request.urlopen(url, timeout=_SOCKET_SECONDS, context=self._tls)  # noqa: S310 - checked in Downlink
        except urllib.error.HTTPError as error:
            error.close()
            raise DownloadHTTPError(f"{url}: {error.reason}", error.code) from error
        except urllib.error.URLError as error:
            # python-tuf ends its search for newer roots at a 404: a missing file must look like one.
            if isinstance(error.reason, FileNotFoundError) or "No such file" in str(error.reason):
                raise DownloadHTTPError(f"{url}: no such file", 404) from error
            raise DownloadError(f"{url}: {error.reason}") from error
        return self._chunks(response, url)

    def _chunks(self, response: Any, url: str) -> Iterator[bytes]:
        end = time.monotonic() + FETCH_SECONDS
        try:
            with response:
                while chunk := response.read1(_CHUNK) if hasattr(response, "read1") else response.read(_CHUNK):
                    if time.monotonic() > end:
                        raise DownloadError(f"{url}: not complete after {FETCH_SECONDS:.0f} s")
                    yield chunk
        except OSError as error:
            raise DownloadError(f"{url}: {error}") from error


class Downlink:
    """`url` is the repository of `sync.publish`, `state` the register's state folder."""

    def __init__(self, url: str, root_file: Path, state: Path, bundle_db: Path, book: Ledger, ca_file: str | None = None) -> None:
        if not url.startswith(("http://", "https://", "file://")):
            raise SyncError(f"sync.bundles '{masked(url)}' is not a repository: write an http://, https:// or file:// URL")
        if "@" in url:
            raise SyncError(f"sync.bundles '{masked(url)}' names a user, and a repository asks for none: write it without")
        self._url = url.rstrip("/")
        self._root_file = root_file
        self._trust = state / "trust"
        self._download = state / "download"
        self._bundle_db = bundle_db
        self._ledger = book
        self._ca_file = ca_file

    def check(self) -> Checked:
        """Fetch, verify and take into use what is new. SyncError or BundleError: nothing has changed."""
        try:
            checked = self._check()
        except (SyncError, BundleError) as error:
            self._ledger.note(ledger.BUNDLE_CHECKED, str(error))
            raise
        self._ledger.note(ledger.BUNDLE_CHECKED, checked.outcome)
        return checked

    def _check(self) -> Checked:
        try:
            updater = self._updater()
            updater.refresh()
            self._hold_floors()
            target = updater.get_targetinfo(TARGET)
            if target is None:
                return Checked(Outcome.NOTHING_PUBLISHED, None)
            offered = _offer(target)
            in_use = activation.slots(self._bundle_db).active
            if offered.identity == in_use:
                return Checked(Outcome.CURRENT, in_use)
            if self._ledger.reverted(offered.identity):
                return Checked(Outcome.REVERTED, in_use)
            if (why := self._ledger.failed(offered.sha256)) is not None:
                raise BundleError(why)
            self._fetch(updater, target, offered)
        except ExpiredMetadataError as error:
            why = f"what {self._url} has signed is out of date ({error}): check the clock here, or that headquarters runs"
            raise SyncError(why) from error
        except DownloadError as error:
            raise SyncError(f"the bundle repository {self._url} does not deliver ({error}): check the address") from error
        except RepositoryError as error:
            raise SyncError(f"the bundle repository {self._url} is not to be trusted and was refused: {error}") from error
        except (OSError, zstandard.ZstdError) as error:
            raise SyncError(f"no bundle can be fetched into {self._download.parent}: {error}") from error
        finally:
            shutil.rmtree(self._download, ignore_errors=True)
        self._ledger.note(ledger.BUNDLE_INSTALLED, offered.identity)
        return Checked(Outcome.INSTALLED, offered.identity)

    def _updater(self) -> Updater:
        try:
            root = self._root_file.read_bytes()
        except OSError as error:
            raise SyncError(
                f"no root metadata at {self._root_file} ({error.strerror}): copy root.json from headquarters"
            ) from error
        place.folder(self._trust, 0o700)
        place.folder(self._download, 0o700)
        return Updater(
            str(self._trust),
            f"{self._url}/metadata/",
            str(self._download),
            f"{self._url}/targets/",
            Fetcher(self._download, self._ca_file),
            bootstrap=root,
        )

    def _hold_floors(self) -> None:
        """Refuse what is older than anything accepted before, then make what was accepted durable."""
        try:
            root = Metadata[Root].from_file(str(self._trust / "root.json")).signed
            seen = {(Root.type, ""): root.version}
            for role in (Timestamp.type, Snapshot.type, Targets.type):
                signed = Metadata.from_file(str(self._trust / f"{role}.json")).signed
                seen[role, _keys(root, role)] = signed.version
        except DeserializationError as error:
            raise SyncError(f"the trust folder {self._trust} cannot be read back: {error}") from error
        floors = self._ledger.floors()
        for key, version in seen.items():
            if version < floors.get(key, 0):
                raise SyncError(
                    f"the bundle repository {self._url} offers {key[0]} version {version}, this register has seen {floors[key]}: "
                    "an old copy, refused"
                )
        for path in sorted(self._trust.rglob("*")):
            place.settle(path)
        place.settle(self._trust)
        self._ledger.raise_floors(seen)

    def _fetch(self, updater: Updater, target: TargetFile, offered: Offer) -> None:
        needed = target.length + 2 * offered.size
        if shutil.disk_usage(self._download).free < needed:
            raise SyncError(f"the bundle needs {needed // 1_000_000 + 1} MB of room beside {self._bundle_db}: make room")
        packed = Path(updater.download_target(target))
        candidate = self._download / "candidate.db"
        try:
            _unpack(packed, candidate, offered.size)
            activation.install(candidate, self._bundle_db, offered.identity)
        except BundleError as error:
            self._ledger.fail(offered.sha256, str(error))
            raise


class Offer(NamedTuple):
    """What the signed target says of the bundle inside; `size` is unpacked, in bytes."""

    identity: str
    size: int
    sha256: str


def _offer(target: TargetFile) -> Offer:
    match target.custom:
        case {"identity": str(identity), "size": int(size)} if 0 < size <= MAX_BUNDLE_BYTES and target.length <= MAX_BUNDLE_BYTES:
            return Offer(identity, size, target.hashes["sha256"])
        case _:
            raise SyncError("the published bundle does not say what it is: publish it with `tillside headquarters publish`")


def _unpack(packed: Path, plain: Path, size: int) -> None:
    left = size
    with packed.open("rb") as source, plain.open("wb") as sink, zstandard.ZstdDecompressor().stream_reader(source) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                break
            sink.write(chunk)
    if left != 0:
        raise BundleError(f"the bundle does not unpack to the {size} bytes that were signed")


def _keys(root: Root, role: str) -> str:
    """Names the keys that sign a role: other keys, other floor."""
    trusted = root.roles[role]
    return hashlib.sha256(",".join([str(trusted.threshold), *sorted(trusted.keyids)]).encode()).hexdigest()
