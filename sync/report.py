"""What `status` tells, on either end: values for programs, lines for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from device import readonly
from device.errors import SyncError
from device.settings import Settings
from sync import activation, ledger, night, outbox
from sync.central import Central, Day, Quarantined, Ratings, Register, Span


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


class RegisterAtHeadquarters(msgspec.Struct, frozen=True):
    device: str
    store: str
    receipts: int
    last_heard: str
    last_receipt: str
    bundle: str | None
    bundle_current: bool
    quarantined: int
    gaps: list[Span]
    ratings: list[Ratings]


class Refused(msgspec.Struct, frozen=True):
    device: str
    at: str
    times: int
    why: str


class HeadquartersState(msgspec.Struct, frozen=True):
    published: str | None
    registers: list[RegisterAtHeadquarters]
    days: list[Day]
    quarantine: list[Refused]


def register(settings: Settings, now: datetime) -> RegisterState:
    marks, refused, on_sticks, days, happened = _read(settings.sync_db)
    waiting = outbox.waiting(settings.edge_db, lambda epoch: marks.get(epoch, 0))
    slots = activation.slots(settings.bundle_db)
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
        slots.active,
        slots.previous,
        checked and checked[0],
        checked and checked[1],
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
    if state.on_sticks:
        lines.append(f"on sticks and not answered: {state.on_sticks} batches")
    if state.refused:
        lines.append(f"refused by headquarters and kept here: {state.refused}")
    return "\n".join(lines)


def headquarters(store: Central, published: str | None) -> HeadquartersState:
    gaps = store.gaps()
    ratings = store.ratings()
    registers = [_at_headquarters(register, published, gaps, ratings) for register in store.registers()]
    return HeadquartersState(published, registers, store.days(), [_refused(batch) for batch in store.quarantined()])


def headquarters_text(state: HeadquartersState) -> str:
    lines = [f"bundle published: {state.published or 'none'}"]
    for register in state.registers:
        bundle = f"{register.bundle or 'none'}{'' if register.bundle_current else ' (behind)'}"
        gaps = ", ".join(f"{gap.lo}-{gap.hi} of {gap.epoch[:8]}" for gap in register.gaps) or "none"
        lines.append(
            f"{register.device} ({register.store}): {register.receipts} receipts, last heard {register.last_heard}, "
            f"bundle {bundle}, gaps {gaps}, quarantined {register.quarantined}"
        )
        lines += [
            f"  {said.count} visits rated on the scale '{said.scale}', {said.total / said.count:.1f} on average"
            for said in register.ratings
        ]
    lines += [f"refused from {batch.device} at {batch.at}, {batch.times} times: {batch.why}" for batch in state.quarantine]
    return "\n".join(lines if state.registers else [*lines, "no register has been heard yet"])


def _at_headquarters(
    register: Register, published: str | None, gaps: Iterable[Span], ratings: Iterable[Ratings]
) -> RegisterAtHeadquarters:
    return RegisterAtHeadquarters(
        register.device,
        register.store,
        register.receipts,
        register.last_heard,
        register.last_receipt,
        register.bundle,
        register.bundle == published,
        register.quarantined,
        [gap for gap in gaps if gap.device == register.device],
        [said for said in ratings if said.device == register.device],
    )


def _refused(batch: Quarantined) -> Refused:
    return Refused(batch.device, batch.at, batch.times, batch.why)


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
