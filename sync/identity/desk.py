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
def open_for_registers(folder: Path, host: str, port: int, url: str) -> Iterator[int]:
    """Serve registers until left; the port. `url`: of the central store. SyncError: no authority, or the port is taken."""
    Authority(folder).renew_own(datetime.now(UTC))
    open_central(url, create=True).close()
    with server.serving(folder, host, port, lambda: open_forgetting(url, prepared=True)) as bound:
        yield bound


def keep(folder: Path, over: threading.Event, url: str, retention_days: int | None) -> None:
    """Until `over`: certificates of our own and next year's key, in time; with `retention_days` what is older goes.

    Once a day the receipts of every person are counted, so that shared cards are found, and whoever nothing is left of goes.
    """
    reviewed = None
    while not over.is_set():
        try:
            made, at = Authority(folder), datetime.now(UTC)
            if made.renew_own(at):
                log.info(
                    "made new certificates: install them as packaging/mosquitto/chain.conf says, restart broker and headquarters"
                )
            made.keys(at)
            before = None if retention_days is None else at - timedelta(days=retention_days)
            if before is not None:
                _expire(url, before)
            if reviewed != at.date():
                _review(url, at, before)
                reviewed = at.date()
        except (SyncError, SettingsError, CentralError) as error:
            log.warning("%s", error)
        over.wait(_LOOK_SECONDS)


def _review(url: str, at: datetime, before: datetime | None) -> None:
    with closing(open_people(url, at, create=True)) as people:
        for person in (people.review() if before is None else people.expire(before)).shared:
            log.warning("person %s has a card that many share, a canteen's say: no profile is made of it", person)


def _expire(url: str, before: datetime) -> None:
    with closing(open_forgetting(url, prepared=True)) as store:
        gone = store.expire(before)
    if gone.receipts:
        log.info("deleted %d receipts from before %s", gone.receipts, before.date())
