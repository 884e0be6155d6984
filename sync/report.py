"""What `tillside sync status` tells of a register: values for programs, lines for people. Headquarters' is `sync.status`."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from device import readonly, trials
from device.errors import SyncError
from device.settings import Settings
from device.slots import slots
from device.words import printable
from sync import ledger, night, outbox
from sync.trusted import last_signed

STALE_DAYS: Final = 2
"""Headquarters signs anew every day."""


class RegisterState(msgspec.Struct, frozen=True):
    device: str
    waiting: int
    """Receipts that headquarters has not answered for."""
    waiting_ratings: int
    """How receipts were rated, the same."""
    waiting_since: str | None
    """`closed_at` of the oldest of them."""
    refused: int
    """Receipts that headquarters keeps in quarantine; they stay here."""
    acknowledged_at: str | None
    bundle: str | None
    previous_bundle: str | None
    bundle_checked_at: str | None
    bundle_check: str | None
    """What the last look for a bundle found, in words."""
    stale_days: int | None
    """Whole days since headquarters signed the newest that was accepted here; None: nothing was yet."""
    bundle_crashes: int
    """How often the daemon has died soon after it took up the bundle in use."""
    ratings_since: str | None
    """When the oldest rating that waits was given."""
    way: str | None
    """mqtt, https or usb; None: the settings have no [sync]."""
    on_sticks: int
    """Batches that were written onto sticks and not answered."""
    waiting_health: int
    """Days of how this register was, see `sync.health`; they go last."""
    next_start: str | None
    """When the nightly exchange begins, shop-local; None: it exchanges all the time, or only by stick."""


def register(settings: Settings, now: datetime) -> RegisterState:
    marks, refused, on_sticks, days, happened = _read(settings.sync_db)
    waiting = outbox.waiting(settings.edge_db, lambda epoch: marks.get(epoch, 0))
    held = slots(settings.bundle_db)
    signed = last_signed(settings.sync_db)
    checked = happened.get(ledger.BUNDLE_CHECKED)
    acknowledged = happened.get(ledger.ACKNOWLEDGED)
    exchanged = happened.get(ledger.EXCHANGED)
    return RegisterState(
        settings.device,
        waiting.receipts,
        waiting.ratings,
        waiting.oldest,
        refused,
        acknowledged and acknowledged[0],
        held.active,
        held.previous,
        checked and checked[0],
        checked and checked[1],
        None if signed is None else max((datetime.now(UTC) - signed).days, 0),
        0 if held.active is None else trials.read(Path(settings.state_dir)).get(held.active, trials.NEVER_TRIED).crashes,
        waiting.oldest_rating,
        None if settings.sync is None else settings.sync.way,
        on_sticks,
        days,
        _next_start(settings, now, None if exchanged is None else datetime.fromisoformat(exchanged[0])),
    )


def _next_start(settings: Settings, now: datetime, done: datetime | None) -> str | None:
    if settings.sync is None or settings.sync.way == "usb" or (window := night.of(settings)) is None:
        return None
    start = max(now, night.due(window, settings.device, now, done, now))
    return start.astimezone(settings.zone).isoformat(timespec="seconds")


def register_text(state: RegisterState) -> str:
    ways = {"mqtt": "over MQTT", "https": "over HTTPS", "usb": "by stick", None: "nowhere, there is no [sync]"}
    since = f" since {state.waiting_since}" if state.waiting_since else ""
    ratings_since = f" since {state.ratings_since}" if state.ratings_since else ""
    ratings = f", {state.waiting_ratings} ratings{ratings_since}" if state.waiting_ratings else ""
    days = f", {state.waiting_health} days of telemetry" if state.waiting_health else ""
    begins = "by `tillside sync export`" if state.way == "usb" else state.next_start or "all the time"
    lines = [
        f"register {state.device}: {state.waiting} receipts wait{since}{ratings}{days}",
        f"they go {ways[state.way]}, next start: {begins}",
        f"last acknowledged: {state.acknowledged_at or 'never'}",
        f"bundle in use: {state.bundle or 'none'}, before it: {state.previous_bundle or 'none'}",
        f"last look for a bundle: {state.bundle_checked_at or 'never'}"
        + (f", {state.bundle_check}" if state.bundle_check else ""),
    ]
    if state.stale_days is not None and state.stale_days >= STALE_DAYS:
        lines.append(f"stale {state.stale_days} days: nothing signed since has come here; the bundle in use goes on")
    if state.bundle_crashes:
        lines.append(f"the daemon has died {state.bundle_crashes} times soon after it took up the bundle in use")
    if state.on_sticks:
        lines.append(f"on sticks and not answered: {state.on_sticks} batches")
    if state.refused:
        lines.append(f"refused by headquarters and kept here: {state.refused}")
    return printable("\n".join(lines))


def _read(sync_db: Path) -> tuple[dict[str, int], int, int, int, dict[str, tuple[str, str]]]:
    """Watermarks by epoch, receipts refused, batches on sticks, days of telemetry, what happened last; empty at first."""
    if not sync_db.is_file():
        return {}, 0, 0, 0, {}
    try:
        db = readonly.opened(sync_db)
        try:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            if "happened" not in tables:
                return {}, 0, 0, 0, {}  # just being made, or killed while it was
            marks = {epoch: int(seq) for epoch, seq in db.execute("SELECT epoch, acknowledged FROM watermark")}
            (refused,) = db.execute("SELECT count(*) FROM refused").fetchone()
            happened = {what: (at, detail) for what, at, detail in db.execute("SELECT what, at, detail FROM happened")}
            written: list[tuple[str, int]] = []
            if "exported" in tables:  # else of before there were sticks
                query = "SELECT DISTINCT epoch, lo FROM exported WHERE sha256 != '' AND NOT answered"
                written = db.execute(query).fetchall()
            days = db.execute("SELECT count(*) FROM health").fetchone()[0] if "health" in tables else 0
        finally:
            db.close()
    except sqlite3.Error as error:
        raise SyncError(f"the sync database {sync_db} cannot be read: {error}") from error
    return marks, int(refused), sum(lo > marks.get(epoch, 0) for epoch, lo in written), int(days), happened
