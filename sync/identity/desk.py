"""Headquarters' side as a program runs it: the enrolment server, and once in a while its own certificates, keys and list."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from device.errors import SettingsError, SyncError
from sync.central import open_central
from sync.central.forgetting import open_forgetting
from sync.identity import server
from sync.identity.authority import Authority

_LOOK_SECONDS: Final = 3600.0

log = logging.getLogger("tillside.headquarters")


@contextmanager
def open_for_registers(folder: Path, host: str, port: int, central: str | None) -> Iterator[int]:
    """Serve registers until left; the port. SyncError: there is no authority, or the port is taken."""
    url = central or f"sqlite:///{folder.resolve() / 'central.db'}"
    Authority(folder).renew_own(datetime.now(UTC))
    open_central(url, create=True).close()
    with server.serving(folder, host, port, lambda: open_forgetting(url, prepared=True)) as bound:
        yield bound


def keep(folder: Path, over: threading.Event) -> None:
    """Until `over`: certificates of our own and next year's key, in time."""
    while not over.is_set():
        try:
            made, at = Authority(folder), datetime.now(UTC)
            if made.renew_own(at):
                log.info("made new certificates for headquarters and its servers: restart broker and headquarters")
            made.keys(at)
        except (SyncError, SettingsError) as error:
            log.warning("%s", error)
        over.wait(_LOOK_SECONDS)
