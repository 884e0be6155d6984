"""The register's side of the list of who is to be forgotten, over the carrier of its receipts; see `sync.forget_list`.

It writes the list down in sync.db and reads how far this register has come with it; the daemon does the forgetting.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import UTC, datetime
from typing import Final

import msgspec

from device.settings import Settings
from sync import envelope, forget_list
from sync.carrier import Carrier
from sync.forget_list import Page, Progress
from sync.identity import forgotten, words
from sync.ledger import Ledger
from sync.pause import full_jitter
from sync.window import ANSWER_SECONDS, MAX_PAUSE_SECONDS, PAUSE_SECONDS

AGAIN_SECONDS: Final = 3600.0
"""Between two conversations of a long exchange; the same as between two visits."""

log = logging.getLogger("tillside.sync")


def progress(settings: Settings, ledger: Ledger, request: str | None = None) -> bytes:
    """What is true of this register now; with a `request` for another certificate."""
    listed = ledger.listed()
    done = forgotten.through(settings.edge_db, settings.bundle_db, ledger.tombstones(), listed)
    return msgspec.json.encode(Progress(listed, done, datetime.now(UTC), request))


def take(ledger: Ledger, page: Page) -> int:
    """Write down what is new of a page; how many that were. A page that would leave a hole is not taken."""
    listed = ledger.listed()
    if page.after > listed:
        return 0
    tombstones, lifted = words.beyond(page.tombstones, listed)
    if tombstones or lifted:
        ledger.list_tombstones(tombstones, lifted)
    return len(tombstones) + len(lifted)


class Forgetter:
    """Call `advance` often, and `hear` with what comes under the page's topic; neither waits."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._asked: bytes | None = None
        self._next = self._due = 0.0
        self._tries = 0
        self.answered = False
        """Headquarters' last word was that there is no more."""

    def begin(self) -> None:
        """Of a new exchange: ask at once."""
        self._next, self._due, self._tries, self._asked, self.answered = 0.0, 0.0, 0, None, False

    def advance(self, carrier: Carrier) -> None:
        """SyncError: the databases cannot be read."""
        now = time.monotonic()
        if now < max(self._next, self._due):
            return
        if self._asked is None:
            self._asked = progress(self._settings, self._ledger)
        if carrier.publish(forget_list.progress_topic(self._settings.device), self._asked):
            pause = full_jitter(self._tries, PAUSE_SECONDS, MAX_PAUSE_SECONDS, random.random())
            self._due, self._tries = now + ANSWER_SECONDS + pause, self._tries + 1

    def hear(self, payload: bytes) -> None:
        """A page that does not answer the last word is of before, and changes nothing."""
        try:
            page = forget_list.read_page(payload)
        except forget_list.BadForgetError as error:
            log.warning("skipped: %s", error)
            return
        if self._asked is None or page.sha256 != envelope.fingerprint(self._asked):
            return
        self._asked, self._due, self._tries = None, 0.0, 0
        if take(self._ledger, page) == 0:
            self.answered = True
            self._next = time.monotonic() + AGAIN_SECONDS
