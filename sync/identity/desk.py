"""Headquarters' side as a program: the enrolment server, and every hour certificates, keys, and what is too old to be kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from device.errors import CentralError, SettingsError, SyncError
from sync.central import open_central
from sync.central.forgetting import open_forgetting
from sync.central.people import open_people
from sync.identity import server
from sync.identity.authority import Authority

_LOOK_SECONDS: Final = 3600.0

log = logging.getLogger("tillside.headquarters")


@contextmanager
def open_for_registers(folder: Path, host: str, port: int, central: str | None) -> Iterator[int]:
    """Serve registers until left; the port. SyncError: there is no authority, or the port is taken."""
    url = central or _central_of(folder)
    Authority(folder).renew_own(datetime.now(UTC))
    open_central(url, create=True).close()
    with server.serving(folder, host, port, lambda: open_forgetting(url, prepared=True)) as bound:
        yield bound


def keep(folder: Path, over: threading.Event, central: str | None, retention_days: int | None) -> None:
    """Until `over`: certificates of our own and next year's key, in time; with `retention_days` what is older goes.

    Once a day the receipts of every person are counted, so that shared cards are found.
    """
    url = central or _central_of(folder)
    reviewed = None
    while not over.is_set():
        try:
            made, at = Authority(folder), datetime.now(UTC)
            if made.renew_own(at):
                log.info("made new certificates for headquarters and its servers: restart broker and headquarters")
            made.keys(at)
            if retention_days is not None:
                _expire(url, at, retention_days)
            if reviewed != at.date():
                _review(url, at)
                reviewed = at.date()
        except (SyncError, SettingsError, CentralError) as error:
            log.warning("%s", error)
        over.wait(_LOOK_SECONDS)


def _review(url: str, at: datetime) -> None:
    with closing(open_people(url, at, create=True)) as people:
        for person in people.review().shared:
            log.warning("person %s has a card that many share, a canteen's say: no profile is made of it", person)


def _expire(url: str, at: datetime, days: int) -> None:
    before = at - timedelta(days=days)
    with closing(open_forgetting(url, prepared=True)) as store:
        gone = store.expire(before)
    if gone.receipts:
        log.info("deleted %d receipts of more than %d days ago", gone.receipts, days)
    if gone.receipts or gone.past:
        # Whoever nothing is left of goes with it; counting every receipt for that is no hourly work.
        with closing(open_people(url, at, create=True)) as people:
            people.expire(before)


def _central_of(folder: Path) -> str:
    return f"sqlite:///{folder.resolve() / 'central.db'}"
