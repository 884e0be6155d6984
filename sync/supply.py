"""How a register comes by what is offered: from what is here, by a signed delta, or whole.

The same for a bundle and for a store's profiles. Whichever way, the SHA-256 under the signature decides, and what is of no use
on the way costs the next one: a damaged slot the delta, a bad delta the whole.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import zstandard
from tuf.api.exceptions import DownloadError, RepositoryError

from device.errors import BundleError, SyncError
from device.manifest import model_of
from device.slots import carried, slots
from sync import delta, offer

if TYPE_CHECKING:
    from tuf.api.metadata import TargetFile
    from tuf.ngclient import Updater

    from sync.fetcher import Fetcher
    from sync.offer import Offer

_CHUNK: Final = 256 * 1024

log = logging.getLogger("tillside.sync")


class Offered(NamedTuple):
    target: TargetFile
    offer: Offer

    @property
    def sha256(self) -> str:
        """Of the file as it is served."""
        return self.target.hashes["sha256"]


def offered(updater: Updater, device: str) -> Offered | None:
    """The candidate where this register is in its share, else everybody's bundle."""
    for name in (offer.CANDIDATE, offer.TARGET):
        target = updater.get_targetinfo(name)
        if target is not None and (found := offer.read(target)).is_for(device):
            return Offered(target, found)
    return None


def profiles_offered(updater: Updater, store: str) -> Offered | None:
    """Of the shoppers of this store. SyncError: it is not said what it is."""
    target = updater.get_targetinfo(offer.profiles_name(store))
    return None if target is None else Offered(target, offer.read(target))


class Supply:
    """`download` is a folder on the disk of `bundle_db`."""

    def __init__(self, updater: Updater, fetcher: Fetcher, download: Path, bundle_db: Path) -> None:
        self._updater = updater
        self._fetcher = fetcher
        self._download = download
        self._bundle_db = bundle_db

    def room_for(self, *wanted: Offered) -> None:
        """SyncError where it lacks."""
        needed = sum(2 * one.target.length + 2 * one.offer.size for one in wanted)
        if shutil.disk_usage(self._download).free < needed:
            raise SyncError(f"the bundle needs {needed // 1_000_000 + 1} MB of room beside {self._bundle_db}: make room")

    def bring(self, wanted: Offered, file: Path) -> None:
        """BundleError, or an error of python-tuf: the file is worth nothing."""
        if not self._copied(wanted.offer, file) and not self._patched(wanted.offer, file):
            self._fetcher.forget(but=wanted.sha256)
            remove(file)
            packed = Path(self._updater.download_target(wanted.target))
            _unpack(packed, file, wanted.offer.size)
            packed.unlink()

    def model_in_use(self, file: Path) -> None:
        """As a bundle file, without profiles. BundleError: it is no longer what it was."""
        model = model_of(slots(self._bundle_db).active or "")
        remove(file)
        delta.copy(self._bundle_db, model, delta.measure(self._bundle_db, model), file)

    def _copied(self, wanted: Offer, file: Path) -> bool:
        """Whether a slot holds it; not worth a word where none does, or not as it was."""
        if wanted.content is None or wanted.identity not in self._held():
            return False
        try:
            remove(file)
            delta.copy(self._bundle_db, wanted.identity, wanted.content, file)
        except BundleError as error:
            log.warning("%s: fetching it again", error)
            return False
        return True

    def _patched(self, wanted: Offer, file: Path) -> bool:
        """Whether it could be made of what is here. Whatever goes wrong, the whole is there to be fetched."""
        if wanted.content is None or wanted.content.size > delta.MAX_CONTENT_BYTES:
            return False
        for held in self._held():
            try:
                if (target := self._updater.get_targetinfo(offer.delta_name(held, wanted.identity))) is None:
                    continue
                packed = Path(self._updater.download_target(target))
                remove(file)
                delta.apply(delta.whole(self._bundle_db, held), packed, wanted.content, file)
            except (BundleError, DownloadError, RepositoryError) as error:
                log.warning("the delta from %s is of no use (%s): fetching the whole", held, error)
                continue
            log.info("%s was made of %s and a delta of %d bytes", wanted.identity, held, target.length)
            return True
        return False

    def _held(self) -> list[str]:
        """What may be made use of: models and profiles of all slots, those in use first."""
        here = slots(self._bundle_db)
        models = [model_of(one) for one in here.in_turn]
        return list(dict.fromkeys([*models, *carried(self._bundle_db)]))


def remove(file: Path) -> None:
    """With its journals, which SQLite would take for those of the next."""
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink(missing_ok=True)


def _unpack(packed: Path, plain: Path, size: int) -> None:
    left = size
    try:
        with packed.open("rb") as source, plain.open("wb") as sink, zstandard.ZstdDecompressor().stream_reader(source) as stream:
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                sink.write(chunk)
    except zstandard.ZstdError as error:
        raise BundleError(f"the bundle does not unpack: {error}") from error
    if left != 0:
        raise BundleError(f"the bundle does not unpack to the {size} bytes that were signed")
