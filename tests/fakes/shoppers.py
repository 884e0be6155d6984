"""Shoppers for the tests of who is who: keys of two years, cards, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
from fakes.headquarters import receipt
from fakes.headquarters_batches import AT, EPOCH, delivered

from device.domain import Pseudonym
from device.shopper import Key, Keyring
from sync import envelope
from sync.central import Central
from sync.central.people import Claim, Kind, Purpose, Statement
from sync.envelope import Entry, Header

KEYS = Keyring((Key(2026, date(2026, 1, 1), b"\1" * 32), Key(2027, date(2027, 1, 1), b"\2" * 32)))
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ANNA, BORIS, PHONE, ACCOUNT = "card 1001", "card 2002", "+7 916 000-00-17", "anna@shop"


def claim(loyalty_id: str, kind: Kind = Kind.CARD, keys: Keyring = KEYS) -> Claim:
    return Claim(kind, keys.every(loyalty_id))


def token(loyalty_id: str) -> str:
    """Under the key of this year."""
    return KEYS.every(loyalty_id)[0].token


def said(
    loyalty_id: str,
    purpose: Purpose = Purpose.PROFILING,
    *,
    given: bool = True,
    minutes: int = -60,
    kind: Kind = Kind.CARD,
    source: str = "app",
) -> Statement:
    """`minutes` after NOW."""
    return Statement(claim(loyalty_id, kind), purpose, given, NOW + timedelta(minutes=minutes), source, "2026-03")


def bytes_of(url: str) -> bytes:
    """Everything in every file of the store; of PostgreSQL what its tables say."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))
    with psycopg.connect(url) as db:
        tables = [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'tillside'")]
        rows = [row for name in tables for row in db.execute(f"SELECT * FROM tillside.{name}")]
    # Of a record its bytes, not what Python shows of them.
    return b"".join(cell if isinstance(cell, bytes) else msgspec.json.encode(cell) for row in rows for cell in row)


def bodies(shoppers: Sequence[str | None], lo: int = 1) -> list[bytes]:
    made = []
    for number, shopper in enumerate(shoppers, lo):
        known = None if shopper is None else Pseudonym(shopper)
        made.append(msgspec.json.encode(replace(receipt(number), shopper=known, shopper_key=None if shopper is None else 2026)))
    return made


def sell(store: Central, shoppers: Sequence[str | None], lo: int = 1) -> None:
    """A receipt for each, 90 seconds apart, with the numbers from `lo` on."""
    for first in range(0, len(shoppers), 100):
        entries = [Entry(seq, body) for seq, body in enumerate(bodies(shoppers[first : first + 100], lo + first), lo + first)]
        header = Header(envelope.VERSION, "register-1", EPOCH, entries[0].seq, entries[-1].seq, len(entries), "b1")
        (verdict,) = store.ingest([delivered(envelope.pack(header, entries))], AT)
        assert verdict.refused is None
