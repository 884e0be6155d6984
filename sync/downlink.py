"""The register's side of the bundles: fetch what headquarters has signed for this register, and only that.

What is trusted is decided in `sync.trusted`, what is for this register in `sync.offer`, how it is come by in `sync.supply`. Where
its store has profiles of its own they are joined with the model's bundle, and what is in use is both as they are offered: either
may change without the other. The whole is proved and put beside the one in use before it takes its place. A candidate that
headquarters withdraws is left by going back to the bundle before, which is still here.

Profiles that cannot be used stop no model: it is installed without them. Where nothing else is new, all stays as it is. A model
that was reverted from, or does not pass here, stops no profiles: they are joined with the model in use.

Whatever goes wrong, the bundle in use stays in use. A bundle that does not pass its proof here is remembered and not fetched
again for a day; one the daemon died of, or that was reverted from by hand, never.
"""

from __future__ import annotations

import contextlib
import logging
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.ngclient import Updater

from device import place, store_profiles
from device.address import masked
from device.bundle import Bundle
from device.errors import BundleError, SyncError
from device.manifest import joined_identity, model_of
from device.settings import Settings
from device.slots import slots, with_profiles
from device.sync_settings import Sync
from sync import activation, ledger, supply
from sync.fetcher import PARTIAL, Fetcher
from sync.ledger import Ledger
from sync.supply import Offered, Supply
from sync.trusted import Trusted

_SOUND_SECONDS: Final = 86_400.0

log = logging.getLogger("tillside.sync")


class Outcome(StrEnum):
    NOTHING_PUBLISHED = "nothing published yet"
    CURRENT = "up to date"
    INSTALLED = "installed"
    REVERTED = "left as it is after a revert"
    PROFILES = "profiles installed, the model is left as it is"


class Checked(NamedTuple):
    outcome: Outcome
    identity: str | None
    trouble: str | None = None
    """Why the store's profiles were left out of what was installed."""


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
        self._ledger.note(ledger.BUNDLE_CHECKED, ": ".join(filter(None, [checked.outcome, checked.trouble])))
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
        found = supply.offered(updater, self._device)
        held = slots(self._bundle_db)
        if found is None:
            return Checked(Outcome.NOTHING_PUBLISHED, held.active)
        beside = None if found.offer.profiled else supply.profiles_offered(updater, self._store)
        offered, wanted = found.offer, joined_identity(found.offer.identity, beside and beside.offer.identity)
        if wanted == held.active and self._is_sound():
            fetcher.forget()
            return Checked(Outcome.CURRENT, held.active)
        if self._ledger.reverted(offered.identity) or self._ledger.reverted(wanted):
            return self._profiles_alone(updater, fetcher, found, beside)
        if (why := self._ledger.failed(found.sha256)) is not None:
            self._profiles_alone(updater, fetcher, found, beside)
            raise BundleError(why)
        if offered.stores and self._store not in offered.stores:
            raise SyncError(
                f"bundle {offered.identity} is for {', '.join(offered.stores[:5])} and this register stands in {self._store}: "
                "name the right repository in sync.bundles, or publish it for this store too"
            )
        trouble = None
        if wanted not in held.others or not self._go_back(wanted):
            wanted, trouble = self._fetch(self._supply(updater, fetcher), found, beside, wanted)
        fetcher.forget()
        self._ledger.note(ledger.BUNDLE_INSTALLED, wanted)
        return Checked(Outcome.INSTALLED, wanted, trouble)

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

    def _go_back(self, wanted: str) -> bool:
        """A candidate was withdrawn and what is offered stands in another slot; False where it no longer can be used."""
        try:
            activation.revert(self._bundle_db, wanted)
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

    def _supply(self, updater: Updater, fetcher: Fetcher) -> Supply:
        return Supply(updater, fetcher, self._download, self._bundle_db)

    def _fetch(self, source: Supply, found: Offered, beside: Offered | None, wanted: str) -> tuple[str, str | None]:
        """Install it: what is in use then, and what is wrong with the profiles beside it, which it is installed without then."""
        profiles, trouble = self._profiles(source, found, beside)
        candidate = self._download / "candidate.db"
        try:
            source.bring(found, candidate)
        except BundleError as error:
            self._ledger.fail(found.sha256, str(error))
            raise
        if beside is not None and profiles is not None:
            trouble = self._joined(candidate, profiles, beside)
        if trouble is not None:
            if self._in_use(found):
                raise BundleError(trouble)
            log.warning("bundle %s is taken without profiles: %s", found.offer.identity, trouble)
            wanted = found.offer.identity
        try:
            activation.install(candidate, self._bundle_db, wanted)
        except BundleError as error:
            self._ledger.fail(found.sha256, str(error))
            raise
        return wanted, trouble

    def _profiles_alone(self, updater: Updater, fetcher: Fetcher, found: Offered, beside: Offered | None) -> Checked:
        """The store's, for the model in use: the one that is offered is not wanted here."""
        active = slots(self._bundle_db).active
        wanted = None if beside is None else with_profiles(self._bundle_db, beside.offer.identity)
        if beside is None or wanted is None or wanted == active or self._ledger.reverted(wanted):
            return Checked(Outcome.REVERTED, active)
        source, candidate = self._supply(updater, fetcher), self._download / "candidate.db"
        profiles, trouble = self._profiles(source, found, beside)
        if profiles is None:
            return Checked(Outcome.REVERTED, active, trouble)
        try:
            source.model_in_use(candidate)
            store_profiles.join(candidate, profiles, beside.offer.identity, self._store)
            activation.install(candidate, self._bundle_db, wanted)
        except BundleError as error:
            self._ledger.fail(beside.sha256, str(error))
            return Checked(Outcome.REVERTED, active, str(error))
        fetcher.forget()
        self._ledger.note(ledger.BUNDLE_INSTALLED, wanted)
        return Checked(Outcome.PROFILES, wanted)

    def _profiles(self, source: Supply, found: Offered, beside: Offered | None) -> tuple[Path | None, str | None]:
        """The store's profiles as a file, or why they cannot be had. First of all: what breaks off with the bundle is kept."""
        source.room_for(found, *filter(None, [beside]))
        if beside is None:
            return None, None
        file = self._download / "profiles.db"
        trouble = self._ledger.failed(beside.sha256)
        if beside.offer.stores != (self._store,):
            trouble = f"the profiles for store {self._store} are signed for {', '.join(beside.offer.stores[:5]) or 'nobody'}"
        try:
            if trouble is None:
                source.bring(beside, file)
                return file, None
        except BundleError as error:
            trouble = str(error)
            self._ledger.fail(beside.sha256, trouble)
        except (DownloadHTTPError, DownloadLengthMismatchError, RepositoryError) as error:
            trouble = f"the profiles of store {self._store} cannot be had: {error}"
        if self._in_use(found):
            raise BundleError(trouble)
        return None, trouble

    def _joined(self, candidate: Path, profiles: Path, beside: Offered) -> str | None:
        """What is wrong with the profiles; the candidate has none then."""
        try:
            store_profiles.join(candidate, profiles, beside.offer.identity, self._store)
        except BundleError as error:
            self._ledger.fail(beside.sha256, str(error))
            return str(error)
        return None

    def _in_use(self, found: Offered) -> bool:
        """Whether the model that is offered is in use as it was installed, with whatever profiles."""
        return model_of(slots(self._bundle_db).active or "") == found.offer.identity and self._is_sound()

    def _tidy(self) -> None:
        """What is left of a look, but for the beginning of a bundle that the next one goes on with."""
        for path in self._download.glob("*"):
            if not path.name.startswith(PARTIAL):
                path.unlink(missing_ok=True)


def of(settings: Settings, sync: Sync, ledger: Ledger) -> tuple[Downlink | None, str]:
    """None where the settings name no bundles, and why where they name what cannot be used: receipts go all the same."""
    if sync.bundles is None or sync.root_file is None:
        return None, "sync.bundles needs sync.root_file: headquarters' root.json" if sync.bundles else ""
    where = sync.bundles, Path(sync.root_file), Path(settings.state_dir), settings.bundle_db, ledger, sync.ca_file
    try:
        return Downlink(*where, device=settings.device, store=settings.store), ""
    except SyncError as error:
        return None, str(error)
