"""The register's side of the bundles: fetch what headquarters has signed for this register, and only that.

What is trusted is decided in `sync.trusted`, what is for this register in `sync.offer`. The bundle is made of one that is here
and a signed delta where there is one, else fetched whole; either way it is proved and put beside the one in use before it takes
its place. A candidate that headquarters withdraws is left by going back to the bundle before, which is still here.

Whatever goes wrong, the bundle in use stays in use. A bundle that does not pass its proof here is remembered and not fetched
again for a day; one the daemon died of, or that was reverted from by hand, never.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import zstandard
from tuf.api.exceptions import DownloadError, ExpiredMetadataError, RepositoryError
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater

from device import place
from device.address import masked
from device.bundle import Bundle
from device.errors import BundleError, SettingsError, SyncError
from device.settings import Settings
from device.slots import slots
from device.sync_settings import Sync
from sync import activation, delta, ledger, offer
from sync.fetcher import PARTIAL, Fetcher
from sync.ledger import Ledger
from sync.offer import Offer
from sync.trusted import Trusted

_CHUNK: Final = 256 * 1024
_SOUND_SECONDS: Final = 86_400.0

log = logging.getLogger("tillside.sync")


class Outcome(StrEnum):
    NOTHING_PUBLISHED = "nothing published yet"
    CURRENT = "up to date"
    INSTALLED = "installed"
    REVERTED = "left as it is after a revert"


class Checked(NamedTuple):
    outcome: Outcome
    identity: str | None


class Downlink:
    """`url` is the repository of `sync.publish`, `state` the register's state folder; `device` and `store` say who asks."""

    def __init__(
        self,
        url: str,
        root_file: Path,
        state: Path,
        bundle_db: Path,
        book: Ledger,
        ca_file: str | None = None,
        *,
        device: str,
        store: str,
    ) -> None:
        if not url.startswith(("http://", "https://", "file://")):
            raise SyncError(f"sync.bundles '{masked(url)}' is not a repository: write an http://, https:// or file:// URL")
        if "@" in url:
            raise SyncError(f"sync.bundles '{masked(url)}' names a user, and a repository asks for none: write it without")
        self._url = url.rstrip("/")
        self._state = state
        self._download = state / "download"
        self._trusted = Trusted(state / "trust", root_file, book)
        self._bundle_db = bundle_db
        self._ledger = book
        self._ca_file = ca_file
        self._device = device
        self._store = store
        self._sound_until: float | None = None
        self._told_damaged = False

    def check(self) -> Checked:
        """Fetch, verify and take into use what is new. SyncError or BundleError: nothing new has been taken."""
        try:
            checked = self._check()
        except (SyncError, BundleError) as error:
            self._ledger.note(ledger.BUNDLE_CHECKED, str(error))
            raise
        self._ledger.note(ledger.BUNDLE_CHECKED, checked.outcome)
        return checked

    def is_news(self, hint: bytes) -> bool:
        """Whether headquarters hints at something newer than was looked at; a hint that names no version may."""
        return not (hint.isdigit() and len(hint) < 20 and int(hint) <= self._trusted.newest())

    def _check(self) -> Checked:
        now = datetime.now(UTC)
        try:
            if (crashed := activation.revert_from_crashes(self._bundle_db, self._state, self._ledger)) is not None:
                log.warning("the register died of bundle %s again and again: went back to the one before", crashed)
            root = self._trusted.bootstrap()
            self._trusted.hold_clock(now, self._state / "edge.db")
            place.folder(self._download, 0o700)
            # What a look that a failing disk ended has left: SQLite would take its journals for this one's.
            self._tidy()
            fetcher = Fetcher(self._download, self._ca_file)
            updater = self._updater(root, fetcher)
            updater.refresh()
            self._trusted.hold_floors(self._url, now)
            return self._take(updater, fetcher)
        except ExpiredMetadataError as error:
            raise SyncError(
                f"what {self._url} has signed is out of date ({error}): the clock here says {now:%Y-%m-%d}, so either set it or "
                "see that headquarters runs and that this copy is renewed"
            ) from error
        except DownloadError as error:
            raise SyncError(f"the bundle repository {self._url} does not deliver ({error}): check the address") from error
        except RepositoryError as error:
            raise SyncError(f"the bundle repository {self._url} is not to be trusted and was refused: {error}") from error
        except OSError as error:
            raise SyncError(f"no bundle can be fetched into {self._download.parent}: {error}") from error
        finally:
            with contextlib.suppress(OSError):  # the next look begins with it
                self._tidy()

    def _take(self, updater: Updater, fetcher: Fetcher) -> Checked:
        found = self._offered(updater)
        held = slots(self._bundle_db)
        if found is None:
            return Checked(Outcome.NOTHING_PUBLISHED, held.active)
        target, offered = found
        if offered.identity == held.active and self._is_sound():
            fetcher.forget()
            return Checked(Outcome.CURRENT, held.active)
        if self._ledger.reverted(offered.identity):
            return Checked(Outcome.REVERTED, held.active)
        if (why := self._ledger.failed(target.hashes["sha256"])) is not None:
            raise BundleError(why)
        if offered.stores and self._store not in offered.stores:
            raise SyncError(
                f"bundle {offered.identity} is for {', '.join(offered.stores[:5])} and this register stands in {self._store}: "
                "name the right repository in sync.bundles, or publish it for this store too"
            )
        if offered.identity != held.previous or not self._go_back():
            self._fetch(updater, fetcher, target, offered)
        fetcher.forget()
        self._ledger.note(ledger.BUNDLE_INSTALLED, offered.identity)
        return Checked(Outcome.INSTALLED, offered.identity)

    def _offered(self, updater: Updater) -> tuple[TargetFile, Offer] | None:
        """The candidate where this register is in its share, else everybody's bundle."""
        for name in (offer.CANDIDATE, offer.TARGET):
            target = updater.get_targetinfo(name)
            if target is not None and (found := offer.read(target)).is_for(self._device):
                return target, found
        return None

    def _is_sound(self) -> bool:
        """Whether the bundle in use still is what was installed: read through once a day, and fetched again if it is not."""
        now = time.monotonic()
        if self._sound_until is None or now >= self._sound_until:
            try:
                Bundle.open(self._bundle_db).close()
            except BundleError as error:
                if not self._told_damaged:
                    log.warning("the bundle in use is damaged (%s): fetching it again", error)
                self._told_damaged = True
                return False
            self._told_damaged = False
            self._sound_until = now + _SOUND_SECONDS
        return True

    def _go_back(self) -> bool:
        """A candidate was withdrawn and what is offered stands in the other slot; False where it no longer can be used."""
        try:
            activation.revert(self._bundle_db)
        except BundleError:
            return False
        return True

    def _updater(self, root: bytes, fetcher: Fetcher) -> Updater:
        return Updater(
            str(self._trusted.folder),
            f"{self._url}/metadata/",
            str(self._download),
            f"{self._url}/targets/",
            fetcher,
            bootstrap=root,
        )

    def _fetch(self, updater: Updater, fetcher: Fetcher, target: TargetFile, offered: Offer) -> None:
        needed = 2 * target.length + 2 * offered.size
        if shutil.disk_usage(self._download).free < needed:
            raise SyncError(f"the bundle needs {needed // 1_000_000 + 1} MB of room beside {self._bundle_db}: make room")
        candidate = self._download / "candidate.db"
        try:
            if not self._patched(updater, offered, candidate):
                fetcher.forget(but=target.hashes["sha256"])
                _remove(candidate)
                _unpack(Path(updater.download_target(target)), candidate, offered.size)
            activation.install(candidate, self._bundle_db, offered.identity)
        except BundleError as error:
            self._ledger.fail(target.hashes["sha256"], str(error))
            raise

    def _patched(self, updater: Updater, offered: Offer, candidate: Path) -> bool:
        """Whether it could be made of a bundle that is here. Whatever goes wrong, the whole one is there to be fetched."""
        if offered.content is None or offered.content.size > delta.MAX_CONTENT_BYTES:
            return False
        here = slots(self._bundle_db)
        for held in filter(None, (here.active, here.previous)):
            try:
                if (target := updater.get_targetinfo(offer.delta_name(held, offered.identity))) is None:
                    continue
                packed = Path(updater.download_target(target))
                _remove(candidate)
                delta.apply(delta.whole(self._bundle_db, held), packed, offered.content, candidate)
            except (BundleError, DownloadError, RepositoryError) as error:
                log.warning("the delta from bundle %s is of no use (%s): fetching the whole bundle", held, error)
                continue
            log.info("bundle %s was made of %s and a delta of %d bytes", offered.identity, held, target.length)
            return True
        return False

    def _tidy(self) -> None:
        """What is left of a look, but for the beginning of a bundle that the next one goes on with."""
        for path in self._download.glob("*"):
            if not path.name.startswith(PARTIAL):
                path.unlink(missing_ok=True)


def of(settings: Settings, sync: Sync, ledger: Ledger) -> Downlink | None:
    """None when the settings name no bundles."""
    if sync.bundles is None:
        return None
    if sync.root_file is None:
        raise SettingsError("sync.bundles needs sync.root_file: the root.json that headquarters gives to its registers")
    state = Path(settings.state_dir)
    who = {"device": settings.device, "store": settings.store}
    return Downlink(sync.bundles, Path(sync.root_file), state, settings.bundle_db, ledger, sync.ca_file, **who)


def _remove(candidate: Path) -> None:
    """With its journals, which SQLite would take for those of the next."""
    for path in candidate.parent.glob(f"{candidate.name}*"):
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
