"""Shoppers for the tests of who is who: keys of two years, cards, and what is said of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg

from device.shopper import Key, Keyring
from sync.central.people import Claim, Kind, Purpose, Statement

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
