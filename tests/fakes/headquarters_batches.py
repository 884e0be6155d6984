"""Batches as registers send them, for the tests of what keeps them."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from fakes.headquarters import receipt

from sync import envelope, ingest
from sync.central import Delivery
from sync.envelope import Entry, Header

AT = datetime(2026, 5, 5, 1, 0, tzinfo=UTC)
EPOCH = "a" * 32


def payload(lo: int, hi: int, device: str = "register-1", epoch: str = EPOCH, lines: int = 3) -> bytes:
    entries = [Entry(seq, msgspec.json.encode(receipt(seq, device, lines))) for seq in range(lo, hi + 1)]
    return envelope.pack(Header(envelope.VERSION, device, epoch, lo, hi, len(entries), "b1"), entries)


def delivered(content: bytes, device: str = "register-1") -> Delivery:
    delivery = ingest.read(envelope.receipts_topic(device), content)
    assert delivery is not None
    return delivery


def bodies(*numbers: int, device: str = "register-1") -> list[bytes]:
    return [msgspec.json.encode(receipt(number, device)) for number in numbers]
