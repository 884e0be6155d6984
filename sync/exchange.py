"""The register's program: receipts up and bundles down, once or for as long as the machine runs.

The two directions do not wait for each other: without a broker bundles still come, without a repository receipts still go. A
trouble is said when it begins and when it is over, not every time it is met.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Final

from device.errors import BundleError, SettingsError, SyncError
from device.settings import Settings
from device.slots import slots
from sync import downlink, envelope, forget_list, night, outbox, ways
from sync.carrier import Carrier, Down, Event, Message, Up
from sync.downlink import Checked, Outcome
from sync.forgetter import Forgetter
from sync.health import Teller
from sync.identity import visits
from sync.ledger import EXCHANGED, Ledger
from sync.pause import Backoff
from sync.uplink import Uplink
from sync.ways import wanted

WAKE_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 60.0
"""How often to look at the clock, which may be set while we wait."""
BASE_SECONDS: Final = 1.0
MOST_SECONDS: Final = 300.0
HEALTH_SECONDS: Final = 20.0
"""How long an exchange that has nothing else to do waits for headquarters to take in how the register is."""

log = logging.getLogger("tillside.sync")


class Exchange:
    """One register's both directions over one ledger."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._sync = wanted(settings)
        self._uplink = Uplink(settings.device, settings.edge_db, ledger, lambda: slots(settings.bundle_db).active)
        self._ledger = ledger
        self._teller = Teller(settings, ledger)
        # Who visits headquarters over TLS has the list of the forgotten from there.
        self._forgetter = Forgetter(settings, ledger) if self._sync.headquarters is None else None
        self._downlink, self.no_way_down = downlink.of(settings, self._sync, ledger)
        self._night = night.of(settings)
        self._there = "broker" if self._sync.way == "mqtt" else "headquarters"
        self._troubles: dict[str, str] = {}
        self._carrier: Carrier | None = None
        self._next_open = self._next_look = self._next_check = self._next_visit = self._patience = 0.0
        self._lonely, self._bare, self._sick = (Backoff(BASE_SECONDS, MOST_SECONDS) for _ in range(3))

    def once(self, patience_seconds: float) -> tuple[int, Checked | None]:
        """Send everything that waits and look for a bundle; how many receipts went, and what the look found.

        SyncError, one line for each direction that failed; both are tried. Headquarters is given up on when it is silent for
        `patience_seconds`.
        """
        failures = [self.no_way_down] if self.no_way_down else []
        gone, heard = 0, True
        checked = None
        refused = self._ledger.refusals()
        try:
            gone = self._drain(patience_seconds)
        except SyncError as error:
            failures.append(str(error))
            heard = False
        if (more := self._ledger.refusals() - refused) > 0:
            failures.append(f"headquarters refused {more} receipts, they stay here: `tillside headquarters status` says why")
        try:
            checked = None if self._downlink is None else self._downlink.check()
        except (SyncError, BundleError) as error:
            failures.append(str(error))
        try:
            # After the look for a bundle, which may have brought one without those who are to be forgotten.
            self._visit()
            if heard:
                self._ask_who_is_forgotten(min(patience_seconds, HEALTH_SECONDS))
        except (SyncError, SettingsError) as error:
            failures.append(str(error))
        if failures:
            raise SyncError("\n".join(failures))
        self._ledger.note(EXCHANGED, "")
        return gone, checked

    def run(self, over: threading.Event) -> None:
        """Until `over` is set; with a night window, one session a night. What is missing is said and tried again."""
        awake_since = datetime.now(UTC)
        while not over.is_set():
            if (wait := self._until_due(awake_since)) > 0:
                over.wait(min(wait, LOOK_SECONDS))
            else:
                self._session(over)

    def _until_due(self, awake_since: datetime) -> float:
        """Seconds until a session is to begin; 0 or less when it is time."""
        if self._night is None:
            return 0.0
        try:
            done = self._ledger.happened(EXCHANGED)
            self._over("databases")
        except SyncError as error:
            self._trouble("databases", str(error))
            return LOOK_SECONDS
        now = datetime.now(UTC)
        last = None if done is None else datetime.fromisoformat(done.at)
        return (night.due(self._night, self._settings.device, now, last, awake_since) - now).total_seconds()

    def _session(self, over: threading.Event) -> None:
        """All the time; or with a night window until headquarters has everything and the look for a bundle has succeeded."""
        self._next_open = self._next_look = self._next_check = self._next_visit = self._patience = 0.0
        if self._forgetter is not None:
            self._forgetter.begin()
        try:
            while not over.is_set() and not self._turn(over):
                pass
        finally:
            self._hang_up()

    def _turn(self, over: threading.Event) -> bool:
        """Do what is due; True when the session is over."""
        now = time.monotonic()
        if self._carrier is None and now >= self._next_open:
            self._reach()
        if now >= self._next_check:
            self._look_for_bundle()
        # After the look for a bundle, which may have brought one without those who are to be forgotten.
        self._visit_when_due(now)
        try:
            if self._uplink.idle and now >= self._next_look:
                self._next_look = now + self._sync.poll_seconds
                if not self._uplink.look():
                    telling = self._teller.look(datetime.now(UTC), self._troubles) or self._asking()
                    if self._finished(now, telling=telling):
                        return True
                self._over("databases")
            if self._carrier is None:
                over.wait(WAKE_SECONDS)
            else:
                self._take_in(self._step(self._carrier))
            self._sick.over()
        except SyncError as error:
            self._trouble("databases", str(error))
            over.wait(self._sick.failed())
        return False

    def _take_in(self, event: Event | None) -> None:
        if isinstance(event, Message):
            self._lonely.over()
            hinted = event.topic == envelope.bundle_topic(self._settings.device)
            if hinted and self._downlink is not None and self._downlink.is_news(event.payload):
                self._next_check = 0.0
        elif isinstance(event, Down) and self._sync.way == "mqtt":
            # paho would come back by itself, but together with everybody else's.
            self._hang_up()
            self._next_open = time.monotonic() + self._lonely.failed()

    def _finished(self, now: float, *, telling: bool) -> bool:
        if self._night is None or "bundle" in self._troubles:
            return False
        self._patience = self._patience or now + HEALTH_SECONDS
        if telling and now < self._patience:
            return False
        self._ledger.note(EXCHANGED, "")
        return True

    def _drain(self, patience_seconds: float) -> int:
        waiting = outbox.waiting(self._settings.edge_db, self._ledger.watermark)
        telling = self._teller.look(datetime.now(UTC), self._troubles)
        if waiting.receipts + waiting.ratings == 0 and not telling:
            return 0
        with closing(ways.opened(self._settings)) as carrier:
            answers, silent_since = 0, time.monotonic()
            while not self._uplink.idle or self._uplink.look():
                self._step(carrier)
                if self._uplink.answers > answers:
                    answers, silent_since = self._uplink.answers, time.monotonic()
                elif time.monotonic() - silent_since > patience_seconds:
                    left = outbox.waiting(self._settings.edge_db, self._ledger.watermark).receipts
                    what_to_do = self._troubles.get(self._there, "start `tillside headquarters serve` on the other end")
                    raise SyncError(
                        f"headquarters has not answered for {patience_seconds:.0f} s, {left} receipts wait here: {what_to_do}"
                    )
            end = time.monotonic() + min(patience_seconds, HEALTH_SECONDS)
            while telling and time.monotonic() < end:
                self._step(carrier)
                telling = bool(self._ledger.health())
        return waiting.receipts

    def _ask_who_is_forgotten(self, patience_seconds: float) -> None:
        """Silence is no failure of ours, nor is a line that nothing else needed: headquarters lists who has not said so."""
        if self._forgetter is None:
            return
        self._forgetter.begin()
        end = time.monotonic() + patience_seconds
        try:
            line = ways.opened(self._settings)
        except SyncError as error:
            log.warning("it could not be asked who is to be forgotten: %s", error)
            return
        with closing(line) as carrier:
            while self._asking():
                self._step(carrier)
                if time.monotonic() > end:
                    log.warning("headquarters does not say who is to be forgotten: is it older than this register? update it")
                    return

    def _asking(self) -> bool:
        return self._forgetter is not None and not self._forgetter.answered

    def _step(self, carrier: Carrier) -> Event | None:
        """Send what is due and take in what comes next."""
        self._uplink.advance(carrier)
        if self._uplink.idle:
            self._teller.advance(carrier)
            if self._forgetter is not None:
                self._forgetter.advance(carrier)
        event = carrier.next(WAKE_SECONDS)
        match event:
            case Message(topic=topic, payload=payload) if topic == forget_list.page_topic(self._settings.device):
                if self._forgetter is not None:
                    self._forgetter.hear(payload)
            case Message(topic=topic, payload=payload) if topic != envelope.bundle_topic(self._settings.device):
                if not self._teller.hear(payload):
                    self._uplink.hear(payload)
            case Up():
                self._over(self._there)
                self._uplink.reconnected()
            case Down(why):
                self._trouble(self._there, f"the {self._there} went away ({why}): receipts wait here")
            case _:
                pass
        return event

    def _reach(self) -> None:
        try:
            self._carrier = ways.opened(self._settings)
        except SyncError as error:
            self._trouble(self._there, str(error))
            self._next_open = time.monotonic() + self._lonely.failed()
            return
        self._over(self._there)
        # The connection of before may have taken batches with it.
        self._uplink.reconnected()

    def _hang_up(self) -> None:
        if self._carrier is not None:
            self._carrier.close()
            self._carrier = None

    def _visit(self) -> bool:
        """True when the certificate is another now."""
        url = self._sync.headquarters
        return url is not None and visits.visit(self._settings, url, self._ledger)

    def _visit_when_due(self, now: float) -> None:
        if now < self._next_visit:
            return
        self._next_visit = now + visits.VISIT_SECONDS
        try:
            renewed = self._visit()
        except (SyncError, SettingsError) as error:
            self._trouble("visit", str(error))
            return
        self._over("visit")
        if renewed:
            log.info("this register has a new certificate")
            # The other end knows us by the certificate of before.
            self._hang_up()

    def _look_for_bundle(self) -> None:
        self._next_check = time.monotonic() + self._sync.poll_seconds
        if self._downlink is None:
            return
        try:
            checked = self._downlink.check()
        except (SyncError, BundleError) as error:
            self._trouble("bundle", str(error))
            self._next_check += self._bare.failed()
            return
        self._bare.over()
        self._over("bundle")
        if checked.outcome in {Outcome.INSTALLED, Outcome.PROFILES}:
            log.info("bundle %s is in use from now on", checked.identity)

    def _trouble(self, where: str, sentence: str) -> None:
        if self._troubles.get(where) != sentence:
            log.warning("%s", sentence)
        self._troubles[where] = sentence

    def _over(self, where: str) -> None:
        if self._troubles.pop(where, None) is not None:
            log.info("the trouble with the %s is over", where)
