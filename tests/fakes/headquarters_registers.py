"""A headquarters with registers that stand in every way, and names that nobody should have."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from fakes.headquarters import receipt

from sync import envelope, ingest
from sync.central import Central, Day, Delivery
from sync.envelope import Entry, Header

PUBLISHED = "20260501-0123456789ab"
OLD = "20260401-ba9876543210"
EPOCH = "c" * 32
HOSTILE = "<img src=x onerror=alert(1)>"
TURNED = "shop\u202egnp\x1b[2J"


def batch(device: str, lo: int, hi: int, *, bundle: str | None = PUBLISHED, waiting: int = 0, store: str = "S1") -> Delivery:
    sales = ((seq, replace(receipt(seq, device), store=store)) for seq in range(lo, hi + 1))
    entries = [Entry(seq, msgspec.json.encode(sale)) for seq, sale in sales]
    payload = envelope.pack(Header(envelope.VERSION, device, EPOCH, lo, hi, len(entries), bundle, waiting), entries)
    delivery = ingest.read(envelope.receipts_topic(device), payload)
    assert delivery is not None
    return delivery


def fill(store: Central, now: datetime) -> None:
    """Six registers, from one in alarm to one that is well; two of them with hostile words."""
    hour = now - timedelta(hours=1)
    store.ingest([batch("till-well", 1, 5)], hour)
    store.ingest([batch("till-old-bundle", 1, 5, bundle=OLD)], hour)
    store.ingest([batch("till-waits", 1, 5, waiting=120)], hour)
    store.ingest([batch("till-silent", 1, 5)], now - timedelta(days=3, hours=2))
    store.ingest([batch("till-gap", 1, 2), batch("till-gap", 5, 6, bundle=HOSTILE)], hour)
    store.ingest([batch("till-differs", 1, 5, store=TURNED)], hour)
    store.report(Day("till-differs", "2026-05-04", "RUB", 6, 6 * 29_970), now)
    store.report(Day("till-well", "2026-05-04", "RUB", 5, 5 * 29_970), now)
    for name in (HOSTILE, "till-gap"):
        delivery = ingest.read(envelope.receipts_topic(name), b"poison")
        assert delivery is not None
        store.ingest([delivery], hour)
