"""What every engine decides of a batch in the same way. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from device.domain import Phase, Receipt
from sync.central import (
    MAX_QUARANTINED,
    MAX_QUARANTINED_BYTES,
    MAX_QUARANTINED_BYTES_OF_ALL,
    MAX_QUARANTINED_OF_ALL,
    NO_ROOM,
    Delivery,
)
from sync.envelope import Batch

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


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


@dataclass(frozen=True, slots=True)
class New:
    """What a batch brings that is not here yet."""

    receipts: list[Row]
    ratings: list[RatingRow]

    def __len__(self) -> int:
        return len(self.receipts) + len(self.ratings)

    def __iter__(self) -> Iterator[Row | RatingRow]:
        yield from self.receipts
        yield from self.ratings


def new_rows(batch: Batch, known: Mapping[int, bytes]) -> New | str:
    """The records that are not here yet, given the SHA-256 of those that are by number; or why the batch is a conflict."""
    header, new = batch.header, New([], [])
    for entry, record in zip(batch.entries, batch.records, strict=True):
        digest = hashlib.sha256(entry.body).digest()
        if entry.seq in known:
            if known[entry.seq] != digest:
                return f"record {entry.seq} of epoch {header.epoch} is here with other content: two registers share an identity"
        elif isinstance(record, Receipt):
            since = record.closed_at - _EPOCH
            closed_us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
            key = (header.device, header.epoch, entry.seq)
            asked = (record.store, record.phase, closed_us, record.local_time[:10], record.currency, record.total)
            new.receipts.append(Row(*key, *asked, digest, entry.body))
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


class Room(NamedTuple):
    """What is in quarantine: of the register, and of all."""

    batches: int
    size: int
    batches_of_all: int
    size_of_all: int


class QuarantineRow(NamedTuple):
    device: str
    sha256: str
    why: str
    payload: bytes


def quarantine_row(delivery: Delivery, sha256: str, why: str, room: Room, *, known: bool) -> QuarantineRow:
    """As what a refused batch is kept, or counted when it is `known` or there is no room for it.

    Without room for one register a record of that register counts, without room for all a record of nobody.
    """
    if known:
        return QuarantineRow(delivery.device, sha256, why, delivery.payload)
    size = len(delivery.payload)
    if room.batches_of_all >= MAX_QUARANTINED_OF_ALL or room.size_of_all + size > MAX_QUARANTINED_BYTES_OF_ALL:
        return QuarantineRow("", "", NO_ROOM, b"")
    if room.batches >= MAX_QUARANTINED or room.size + size > MAX_QUARANTINED_BYTES:
        return QuarantineRow(delivery.device, "", NO_ROOM, b"")
    return QuarantineRow(delivery.device, sha256, why, delivery.payload)


def iso(microseconds: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC, to the second."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="seconds")
