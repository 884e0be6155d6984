"""What every engine decides of a batch in the same way. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

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


def new_rows(batch: Batch, known: Mapping[int, bytes]) -> list[Row] | str:
    """The receipts that are not here yet, given the SHA-256 of those that are by number; or why the batch is a conflict."""
    header, rows = batch.header, []
    for entry, receipt in zip(batch.entries, batch.receipts, strict=True):
        digest = hashlib.sha256(entry.body).digest()
        if entry.seq not in known:
            rows.append(
                Row(
                    header.device,
                    header.epoch,
                    entry.seq,
                    receipt.store,
                    receipt.phase,
                    (receipt.closed_at - _EPOCH) // timedelta(microseconds=1),
                    receipt.local_time[:10],
                    receipt.currency,
                    receipt.total,
                    digest,
                    entry.body,
                )
            )
        elif known[entry.seq] != digest:
            return f"receipt {entry.seq} of epoch {header.epoch} is here with other content: two registers share an identity"
    return rows


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers, those that both ends of a span name included, in as few spans as there can be, in their order."""
    whole: list[tuple[int, int]] = []
    for lo, hi in sorted(spans):
        if whole and lo <= whole[-1][1] + 1:
            whole[-1] = (whole[-1][0], max(whole[-1][1], hi))
        else:
            whole.append((lo, hi))
    return whole


def iso(microseconds: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC, to the second."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="seconds")
