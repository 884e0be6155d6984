"""What every engine decides of a batch in the same way. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import zstandard

from device.domain import Phase, Receipt
from device.scrub import scrub
from device.shopper import erased, tombstone
from sync import envelope
from sync.central import (
    MAX_QUARANTINED,
    MAX_QUARANTINED_BYTES,
    MAX_QUARANTINED_BYTES_OF_ALL,
    MAX_QUARANTINED_OF_ALL,
    NO_ROOM,
    Delivery,
    microseconds,
    moment,
)
from sync.envelope import Batch

MAX_LOOKED_AT: Final = envelope.MAX_WIRE_BYTES
"""Bytes of a refused batch, unpacked: more than 100 receipts take."""


class Row(NamedTuple):
    """A receipt as it is kept: the key, what is asked of it, and the register's own bytes with their SHA-256."""

    device: str
    epoch: str
    seq: int
    store: str
    phase: str
    closed_us: int
    """Microseconds since 1970 in UTC."""
    day: str
    """Of the shop's calendar, ISO 8601."""
    currency: str
    total: int
    sha256: bytes
    body: bytes


class RatingRow(NamedTuple):
    """How a receipt was rated, as it is kept: that with the highest number counts."""

    device: str
    epoch: str
    receipt: int
    """The receipt's number."""
    seq: int
    store: str
    scale: str
    score: int
    sha256: bytes
    body: bytes


class ErasedRow(NamedTuple):
    """What else the record of this key may come as: the register sends it again, having forgotten its shopper as we have."""

    device: str
    epoch: str
    seq: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class New:
    """What a batch brings that is not here yet."""

    receipts: list[Row]
    ratings: list[RatingRow]
    erased: list[ErasedRow] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.receipts) + len(self.ratings)

    def __iter__(self) -> Iterator[Row | RatingRow]:
        yield from self.receipts
        yield from self.ratings


def tombstones(batch: Batch) -> list[bytes]:
    """What the shoppers of a batch would be called if they were to be forgotten."""
    return sorted({tombstone(one.shopper) for one in batch.receipts if one.shopper is not None})


def new_rows(batch: Batch, known: Mapping[int, Container[bytes]], forgotten: Container[bytes] = ()) -> New | str:
    """The records that are not here yet; or why the batch is a conflict.

    `known`: of those that are here, by number, every SHA-256 they may come with. `forgotten`: which of `tombstones` are.
    """
    header, new = batch.header, New([], [])
    for entry, record in zip(batch.entries, batch.records, strict=True):
        digest = hashlib.sha256(entry.body).digest()
        if entry.seq in known:
            if digest not in known[entry.seq]:
                return f"record {entry.seq} of epoch {header.epoch} is here with other content: two registers share an identity"
        elif isinstance(record, Receipt):
            key = (header.device, header.epoch, entry.seq)
            asked = (
                record.store,
                record.phase,
                microseconds(record.closed_at),
                record.local_time[:10],
                record.currency,
                record.total,
            )
            body = entry.body
            if record.shopper is not None and tombstone(record.shopper) in forgotten:
                body = erased(body, record.shopper)
                new.erased.append(ErasedRow(*key, hashlib.sha256(body).digest()))
            new.receipts.append(Row(*key, *asked, digest, body))
        else:
            assert entry.of is not None, "the envelope lets no rating through without its receipt"
            of = (header.device, header.epoch, entry.of)
            new.ratings.append(RatingRow(*of, entry.seq, record.store, record.scale, record.score, digest, entry.body))
    return new


def day_sums(rows: Iterable[Row]) -> list[tuple[str, str, str, int, int]]:
    """Device, day, currency, count and sum of the closed sales among the rows, in the order of their keys."""
    counts, totals = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for row in rows:
        if row.phase == Phase.CLOSED:
            key = (row.device, row.day, row.currency)
            counts[key] += 1
            totals[key] += row.total
    return [(*key, count, totals[key]) for key, count in sorted(counts.items())]


def rating_sums(
    rows: Iterable[RatingRow], here: Mapping[tuple[str, str, int], tuple[int, str, int]]
) -> list[tuple[str, str, int, int]]:
    """By how much ratings change the count and the sum of their register and scale.

    `here`: number, scale and score of what is kept of the same receipts, by (device, epoch, receipt).
    """
    latest = dict(here)
    counts, totals = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        receipt = (row.device, row.epoch, row.receipt)
        before = latest.get(receipt)
        if before is not None:
            seq, scale, score = before
            if seq > row.seq:
                continue
            counts[row.device, scale] -= 1
            totals[row.device, scale] -= score
        latest[receipt] = (row.seq, row.scale, row.score)
        counts[row.device, row.scale] += 1
        totals[row.device, row.scale] += row.score
    return [(*key, count, totals[key]) for key, count in sorted(counts.items()) if count or totals[key]]


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers, those that both ends of a span name included, in as few spans as there can be, in their order."""
    whole: list[tuple[int, int]] = []
    for lo, hi in sorted(spans):
        if whole and lo <= whole[-1][1] + 1:
            whole[-1] = (whole[-1][0], max(whole[-1][1], hi))
        else:
            whole.append((lo, hi))
    return whole


def quarantined(payload: bytes) -> bytes:
    """A refused batch as it is kept to be looked at: without what could be a payment card's number, packed or as it stands.

    Of more than `MAX_LOOKED_AT` bytes only the first are kept: what is not searched may hold anything.
    """
    inside = envelope.plain(payload)
    text = (payload if inside is None else inside).decode("latin-1")
    if (safe := scrub(text[:MAX_LOOKED_AT])) == text:
        return payload
    content = safe.encode("latin-1")
    return content if inside is None else zstandard.ZstdCompressor().compress(content)


class QuarantineRow(NamedTuple):
    device: str
    sha256: str
    why: str
    payload: bytes


class Aside:
    """What is in quarantine as one poll sees it: asked for once, then counted along. Poison costs no look at all of it each."""

    def __init__(self, counted: Iterable[tuple[str, int, int]]) -> None:
        """`counted`: by register, batches and their bytes."""
        self._own = {device: (batches, size) for device, batches, size in counted}
        self._batches = sum(batches for batches, _ in self._own.values())
        self._size = sum(size for _, size in self._own.values())

    def row(self, delivery: Delivery, sha256: str, why: str, *, known: bool) -> QuarantineRow:
        """As what a refused batch is kept, or counted when it is `known` or there is no room for it.

        Without room for one register a record of that register counts, without room for all a record of nobody.
        """
        if known:
            return QuarantineRow(delivery.device, sha256, scrub(why), b"")
        size = len(delivery.payload)
        batches, own = self._own.get(delivery.device, (0, 0))
        if self._batches >= MAX_QUARANTINED_OF_ALL or self._size + size > MAX_QUARANTINED_BYTES_OF_ALL:
            return QuarantineRow("", "", NO_ROOM, b"")
        if batches >= MAX_QUARANTINED or own + size > MAX_QUARANTINED_BYTES:
            return QuarantineRow(delivery.device, "", NO_ROOM, b"")
        self._own[delivery.device] = (batches + 1, own + size)
        self._batches += 1
        self._size += size
        return QuarantineRow(delivery.device, sha256, scrub(why), quarantined(delivery.payload))


def iso(us: int) -> str:
    """The moment of `sync.central.microseconds` as ISO 8601 in UTC, to the second."""
    return moment(us).isoformat(timespec="seconds")
