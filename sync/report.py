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
from sync import ledger, outbox
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


def register(settings: Settings) -> RegisterState:
    marks, refused, happened = _read(settings.sync_db)
    waiting = outbox.waiting(settings.edge_db, lambda epoch: marks.get(epoch, 0))
    held = slots(settings.bundle_db)
    signed = last_signed(settings.sync_db)
    checked = happened.get(ledger.BUNDLE_CHECKED)
    acknowledged = happened.get(ledger.ACKNOWLEDGED)
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
    )


def register_text(state: RegisterState) -> str:
    since = f" since {state.waiting_since}" if state.waiting_since else ""
    ratings = f" and {state.waiting_ratings} ratings" if state.waiting_ratings else ""
    lines = [
        f"register {state.device}: {state.waiting} receipts{ratings} wait{since}",
        f"last acknowledged: {state.acknowledged_at or 'never'}",
        f"bundle in use: {state.bundle or 'none'}, before it: {state.previous_bundle or 'none'}",
        f"last look for a bundle: {state.bundle_checked_at or 'never'}"
        + (f", {state.bundle_check}" if state.bundle_check else ""),
    ]
    if state.stale_days is not None and state.stale_days >= STALE_DAYS:
        lines.append(f"stale {state.stale_days} days: nothing signed since has come here; the bundle in use goes on")
    if state.bundle_crashes:
        lines.append(f"the daemon has died {state.bundle_crashes} times soon after it took up the bundle in use")
    if state.refused:
        lines.append(f"refused by headquarters and kept here: {state.refused}")
    return "\n".join(lines)


def _read(sync_db: Path) -> tuple[dict[str, int], int, dict[str, tuple[str, str]]]:
    """Watermarks by epoch, receipts refused, and what happened last; all empty before the first exchange."""
    if not sync_db.is_file():
        return {}, 0, {}
    try:
        db = readonly.opened(sync_db)
        try:
            marks = {epoch: int(seq) for epoch, seq in db.execute("SELECT epoch, acknowledged FROM watermark")}
            (refused,) = db.execute("SELECT count(*) FROM refused").fetchone()
            happened = {what: (at, detail) for what, at, detail in db.execute("SELECT what, at, detail FROM happened")}
        finally:
            db.close()
    except sqlite3.Error as error:
        raise SyncError(f"the sync database {sync_db} cannot be read: {error}") from error
    return marks, int(refused), happened
