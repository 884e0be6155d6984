"""What the types of a record cannot say and the central stores rely on. Pure.

Everything here is a column of a table, some of an index: PostgreSQL's text holds no NUL, an entry of its indexes at most 2.7 kB,
and one row it cannot take would hold up every batch of its poll, again and again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from device.domain import Receipt
from device.rating import Rating

MAX_STORE: Final = 200
"""Characters of a store's name."""
MAX_CURRENCY: Final = 16
MAX_LOCAL_TIME: Final = 40
MAX_TOTAL: Final = 2**53
_QUOTED: Final = 64


def unbelievable(record: Receipt | Rating, device: str, seq: int, of: int | None) -> str | None:
    """Why this record of a batch of `device` is not kept, in one sentence; None: it may be."""
    if record.device != device:
        return f"record {seq} names register '{record.device[:_QUOTED]}', the batch comes from '{device}'"
    if "\0" in record.store:
        return f"record {seq} names a store with a NUL in it, which no database of text keeps"
    if len(record.store) > MAX_STORE:
        return f"record {seq} names a store with more than {MAX_STORE} characters"
    return _receipt(record, seq) if isinstance(record, Receipt) else _rating(record, seq, of)


def _rating(rating: Rating, seq: int, of: int | None) -> str | None:
    if of is None or of >= seq:
        return f"rating {seq} comes before its receipt {of}"
    if not rating.scale.holds(rating.score):
        return f"rating {seq} is {rating.score}, which is not on the scale '{rating.scale}'"
    if rating.rated_at.tzinfo is None:
        return f"rating {seq} has a time without a zone"
    return None


def _receipt(receipt: Receipt, seq: int) -> str | None:
    if "\0" in receipt.currency or len(receipt.currency) > MAX_CURRENCY:
        return f"receipt {seq} names a currency with a NUL in it, or with more than {MAX_CURRENCY} characters"
    if abs(receipt.total) > MAX_TOTAL:
        return f"receipt {seq} has an impossible total"
    if any(abs(line.amount) > MAX_TOTAL or abs(line.quantity) > MAX_TOTAL for line in receipt.lines):
        return f"receipt {seq} has a line with an impossible amount or quantity"
    return _closed(receipt, seq) or _local_time(receipt.local_time, seq)


def _closed(receipt: Receipt, seq: int) -> str | None:
    if receipt.closed_at.tzinfo is None or receipt.opened_at.tzinfo is None:
        return f"receipt {seq} has a time without a zone"
    try:
        receipt.closed_at.astimezone(UTC)
    except OverflowError:
        return f"receipt {seq} was closed before or after all years that can be counted"
    return None


def _local_time(told: str, seq: int) -> str | None:
    if len(told) > MAX_LOCAL_TIME:
        return f"receipt {seq} has a local time of more than {MAX_LOCAL_TIME} characters"
    try:
        local = datetime.fromisoformat(told)
    except ValueError as error:
        return f"receipt {seq} has a local time that is none: {error}"
    # The day is taken from its first ten characters: 20260504T09 is a time too, and would be no day.
    if told[:10] != local.date().isoformat():
        return f"receipt {seq} has a local time that does not begin with its day: {told}"
    return None
