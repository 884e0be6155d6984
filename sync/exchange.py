"""The register's program: receipts up and bundles down, once or for as long as the machine runs.

The two directions do not wait for each other: without a broker bundles still come, without a repository receipts still go. A
trouble is said when it begins and when it is over, not every time it is met.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from pathlib import Path
from typing import Final

from device.errors import BundleError, SettingsError, SyncError
from device.settings import Settings, Sync
from sync import activation, envelope, outbox
from sync.downlink import Checked, Downlink, Outcome
from sync.identity import visits
from sync.ledger import Ledger
from sync.link import Broker, Down, Link, Message, Up
from sync.uplink import Uplink

WAKE_SECONDS: Final = 0.5
RETRY_SECONDS: Final = 15.0
_PACKET_BYTES: Final = 16_384
"""Nothing headquarters says to a register is longer."""

log = logging.getLogger("tillside.sync")


class Exchange:
    """One register's both directions over one ledger."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._sync = wanted(settings)
        self._uplink = Uplink(settings.device, settings.edge_db, ledger, lambda: activation.slots(settings.bundle_db).active)
        self._ledger = ledger
        self._downlink = _downlink(settings, self._sync, ledger)
        self._troubles: dict[str, str] = {}
        self._next_visit = 0.0

    def once(self, patience_seconds: float) -> tuple[int, Checked | None]:
        """Send everything that waits and look for a bundle; how many receipts went, and what the look found.

        SyncError, one line for each direction that failed; both are tried. Headquarters is given up on when it is silent for
        `patience_seconds`.
        """
        failures: list[str] = []
        gone = 0
        checked = None
        refused = self._ledger.refusals()
        try:
            gone = self._drain(patience_seconds)
        except SyncError as error:
            failures.append(str(error))
        if (more := self._ledger.refusals() - refused) > 0:
            failures.append(f"headquarters refused {more} receipts, they stay here: `tillside headquarters status` says why")
        try:
            checked = None if self._downlink is None else self._downlink.check()
        except (SyncError, BundleError) as error:
            failures.append(str(error))
        try:
            # After the look for a bundle, which may have brought one without those who are to be forgotten.
            self._visit()
        except (SyncError, SettingsError) as error:
            failures.append(str(error))
        if failures:
            raise SyncError("\n".join(failures))
        return gone, checked

    def run(self, over: threading.Event) -> None:
        """Until `over` is set. A missing broker or repository is said and tried again."""
        link: Link | None = None
        next_open = next_look = next_check = 0.0
        try:
            while not over.is_set():
                now = time.monotonic()
                link = self._after_visit(link, now)
                if link is None and now >= next_open:
                    link = self._try_to_open()
                    next_open = now + RETRY_SECONDS
                if now >= next_check:
                    self._look_for_bundle()
                    next_check = time.monotonic() + self._sync.poll_seconds
                try:
                    if self._uplink.idle and now >= next_look:
                        next_look = now + self._sync.poll_seconds
                        self._uplink.look()
                        self._over("databases")
                    if link is None:
                        over.wait(WAKE_SECONDS)
                    elif self._step(link):
                        next_check = 0.0
                except SyncError as error:
                    self._trouble("databases", str(error))
                    over.wait(RETRY_SECONDS)
        finally:
            if link is not None:
                link.close()

    def _drain(self, patience_seconds: float) -> int:
        waiting = outbox.waiting(self._settings.edge_db, self._ledger.watermark)
        if waiting.receipts + waiting.ratings == 0:
            return 0
        with self._open() as link:
            answers, silent_since = 0, time.monotonic()
            while not self._uplink.idle or self._uplink.look():
                self._step(link)
                if self._uplink.answers > answers:
                    answers, silent_since = self._uplink.answers, time.monotonic()
                elif time.monotonic() - silent_since > patience_seconds:
                    left = outbox.waiting(self._settings.edge_db, self._ledger.watermark).receipts
                    raise SyncError(
                        f"headquarters has not answered for {patience_seconds:.0f} s, {left} receipts wait here: "
                        "start `tillside headquarters serve` on the other end"
                    )
        return waiting.receipts

    def _step(self, link: Link) -> bool:
        """Send what is due and take in what comes next; True when headquarters hints at a new bundle."""
        self._uplink.advance(link)
        match link.next(WAKE_SECONDS):
            case Message(topic=topic, payload=payload):
                if topic == envelope.bundle_topic(self._settings.device):
                    return True
                self._uplink.hear(payload)
            case Up():
                self._over("broker")
                self._uplink.reconnected()
            case Down(why):
                self._trouble("broker", f"the broker went away ({why}): receipts wait here")
            case None:
                pass
        return False

    def _open(self) -> Link:
        device = self._settings.device
        # Not to be guessed: who connects under another's client id puts that one out.
        topics = [envelope.acknowledgement_topic(device), envelope.bundle_topic(device)]
        return Link(
            _broker(self._sync), f"tillside-sync-{device}-{secrets.token_hex(8)}", topics, packet_bytes=_PACKET_BYTES
        ).open()

    def _try_to_open(self) -> Link | None:
        try:
            link = self._open()
        except SyncError as error:
            self._trouble("broker", str(error))
            return None
        self._over("broker")
        return link

    def _visit(self) -> bool:
        """True when the certificate is another now."""
        url = self._sync.headquarters
        return url is not None and visits.visit(self._settings, url, self._ledger)

    def _after_visit(self, link: Link | None, now: float) -> Link | None:
        """Visit headquarters when it is time; the link, or None when the broker knows us by the certificate of before."""
        if now < self._next_visit:
            return link
        self._next_visit = now + visits.VISIT_SECONDS
        try:
            renewed = self._visit()
        except (SyncError, SettingsError) as error:
            self._trouble("visit", str(error))
            return link
        self._over("visit")
        if not renewed or link is None:
            return link
        log.info("this register has a new certificate")
        link.close()
        return None

    def _look_for_bundle(self) -> None:
        if self._downlink is None:
            return
        try:
            checked = self._downlink.check()
        except (SyncError, BundleError) as error:
            self._trouble("bundle", str(error))
            return
        self._over("bundle")
        if checked.outcome is Outcome.INSTALLED:
            log.info("bundle %s is in use from now on", checked.identity)

    def _trouble(self, where: str, sentence: str) -> None:
        if self._troubles.get(where) != sentence:
            log.warning("%s", sentence)
        self._troubles[where] = sentence

    def _over(self, where: str) -> None:
        if self._troubles.pop(where, None) is not None:
            log.info("the trouble with the %s is over", where)


def wanted(settings: Settings) -> Sync:
    if settings.sync is None:
        raise SettingsError("the settings have no [sync]: name the broker and the bundles of headquarters there")
    return settings.sync


def _downlink(settings: Settings, sync: Sync, ledger: Ledger) -> Downlink | None:
    """None when the settings name no bundles."""
    if sync.bundles is None:
        return None
    if sync.root_file is None:
        raise SettingsError("sync.bundles needs sync.root_file: the root.json that headquarters gives to its registers")
    state = Path(settings.state_dir)
    return Downlink(sync.bundles, Path(sync.root_file), state, settings.bundle_db, ledger, sync.ca_file)


def _broker(sync: Sync) -> Broker:
    return Broker(sync.host, sync.port, sync.username, sync.password_file, sync.ca_file, sync.certificate_file, sync.key_file)
