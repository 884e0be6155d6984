"""How a register is, told once a day where the shop turns `sync.telemetry` on. Shared by both ends, and the register's side.

A record has versions, counters and the last words of troubles; never what was sold, nor to whom, nor by whom. One a day of the
shop's calendar, of 4 KiB at most, and at most `KEPT_DAYS` of them wait: then the oldest is thrown away. It is sent when no
receipt and no rating waits, one at a time, and forgotten when headquarters has committed it.

| topic                               | payload                                                                                |
|-------------------------------------|----------------------------------------------------------------------------------------|
| `tillside/sync/v1/DEVICE/up/health` | `Health` in JSON; answered by an acknowledgement without epoch and range               |
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import random
import sqlite3
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec

from device import without
from device.errors import SyncError
from device.scrub import scrub
from device.settings import Settings
from device.slots import slots
from sync import envelope, outbox
from sync.carrier import Carrier
from sync.ledger import Ledger
from sync.pause import full_jitter
from sync.window import ANSWER_SECONDS, MAX_PAUSE_SECONDS, PAUSE_SECONDS

MAX_HEALTH_BYTES: Final = 4096
KEPT_DAYS: Final = 30
_WORDS: Final = 200

_Short = Annotated[str, msgspec.Meta(max_length=_WORDS)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class BadHealthError(SyncError):
    """Bytes that are no such record."""


class Health(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    day: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    """Of the shop's calendar."""
    tillside: _Short
    python: _Short
    sqlite: _Short
    bundle: _Short | None
    receipts_waiting: _Count
    ratings_waiting: _Count
    refused: _Count
    edge_bytes: _Count
    """What the edge database takes on disk."""
    free_bytes: _Count
    """What is left there."""
    troubles: Annotated[dict[Annotated[str, msgspec.Meta(max_length=20)], _Short], msgspec.Meta(max_length=8)]
    """By where they are: the sentence that was logged, of those that are not over; of the daemon's, `device.without`."""


_health = msgspec.json.Decoder(Health)


def read(payload: bytes) -> Health:
    if len(payload) > MAX_HEALTH_BYTES:
        raise BadHealthError(f"a record of {len(payload)} bytes is longer than {MAX_HEALTH_BYTES}")
    try:
        return _health.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadHealthError(f"not a record of a register's health: {error}") from error


def seen(settings: Settings, ledger: Ledger, at: datetime, troubles: Mapping[str, str]) -> Health:
    waiting = outbox.waiting(settings.edge_db, ledger.watermark)
    disk = os.statvfs(settings.state_dir)
    troubles = without.read(Path(settings.state_dir)) | dict(troubles)
    return Health(
        at.astimezone(settings.zone).date().isoformat(),
        importlib.metadata.version("tillside"),
        platform.python_version(),
        sqlite3.sqlite_version,
        (slots(settings.bundle_db).active or "")[:_WORDS] or None,
        waiting.receipts,
        waiting.ratings,
        ledger.refusals(),
        settings.edge_db.stat().st_size if settings.edge_db.exists() else 0,
        disk.f_bavail * disk.f_frsize,
        {where[:20]: scrub(sentence)[:_WORDS] for where, sentence in list(troubles.items())[:8]},
    )


class Teller:
    """The register's side. Call `look` when nothing else waits, then `advance` often and `hear` with every acknowledgement."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._on = settings.sync is not None and settings.sync.telemetry
        self._due, self._tries = 0.0, 0

    def look(self, at: datetime, troubles: Mapping[str, str]) -> bool:
        """Make today's record when there is none; True while one waits. Turned off, what waits is thrown away."""
        if not self._on:
            self._ledger.forget_health()
            return False
        if self._ledger.health_made() != at.astimezone(self._settings.zone).date().isoformat():
            now = seen(self._settings, self._ledger, at, troubles)
            self._ledger.keep_health(now.day, msgspec.json.encode(now), KEPT_DAYS)
        return bool(self._ledger.health())

    def advance(self, carrier: Carrier) -> None:
        """Send the oldest that waits, when it is due."""
        if not self._on or time.monotonic() < self._due:
            return
        for _, body in self._ledger.health()[:1]:
            if carrier.publish(envelope.health_topic(self._settings.device), body):
                pause = full_jitter(self._tries, PAUSE_SECONDS, MAX_PAUSE_SECONDS, random.random())
                self._due, self._tries = time.monotonic() + ANSWER_SECONDS + pause, self._tries + 1

    def hear(self, payload: bytes) -> bool:
        """Whether the acknowledgement was of a record. A refused one is forgotten too: sending it again cannot help."""
        try:
            sha256 = envelope.read_acknowledgement(payload).sha256
        except envelope.BadAcknowledgementError:
            return False
        for day, body in self._ledger.health() if self._on else ():
            if envelope.fingerprint(body) == sha256:
                self._ledger.told_health(day)
                self._due, self._tries = 0.0, 0
                return True
        return False
