"""Receipts from before the registers: what `tillside history import` keeps in the central store.

They come from other programs' exports, so they say less than a register's receipt (often no time zone, no shopper, no outcome)
and are kept apart from those: a record of its own, a table of its own, never counted among what a register has sent.

- *Identity* is the first 16 bytes of SHA-256 over store, till, number and shop-local time as the source gives them: the same
  receipt from two overlapping files is one receipt.
- *Content* is what was sold to whom: items, quantities, units, amounts, shopper. The same identity with other content is a
  conflict: what is here stays, unless replacing is asked for. Names, marks and consent may change and are renewed.
- *Marks* say why a receipt or a line is not learnt from; nothing marked is thrown away.
- A batch of receipts and the state from which their import goes on are one transaction.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import msgspec

from sync.central import POSTGRESQL, SQLITE, open_central

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock has no zone


class Mark(enum.IntFlag):
    """Why training leaves a receipt or one of its lines out."""

    VOID = 1
    """Taken off, or the whole sale cancelled or never finished."""
    RETURN = 2
    TRAINING = 4
    """Rung up to practise."""
    NOT_GOODS = 8
    """A bag, a deposit, a service, a gift card."""
    WHOLESALE = 16
    """More than a household buys at once."""


class PastLine(msgspec.Struct, frozen=True, array_like=True):
    """One line; quantity in thousandths of the unit (negative on a return), amount of the line in minor units."""

    sku: str
    quantity: int
    marks: int = 0
    amount: int | None = None
    unit: str = "pcs"
    name: str | None = None


class PastReceipt(msgspec.Struct, frozen=True, omit_defaults=True):
    number: str
    lines: tuple[PastLine, ...]
    store: str | None = None
    till: str | None = None
    local_time: str | None = None
    """On the shop's wall clock, ISO 8601 without offset; None where the source has no time."""
    closed_at: str | None = None
    """ISO 8601 in UTC; None where the shop's time zone is not known."""
    order_hint: int | None = None
    """The order of receipts without a time, comparable within one shopper only."""
    currency: str | None = None
    shopper: str | None = None
    """A keyed pseudonym, see `device.shopper`."""
    consent: bool = False
    """Whether the receipt may enter the shopper's profile."""
    marks: int = 0
    """`Mark` of the whole receipt."""

    def anonymous(self) -> PastReceipt:
        return msgspec.structs.replace(self, shopper=None, consent=False)

    def identity(self) -> bytes:
        told = msgspec.json.encode((self.store, self.till, self.number, self.local_time))
        return hashlib.sha256(told).digest()[:16]

    def content(self) -> bytes:
        """SHA-256 of what was sold to whom."""
        sold = [(line.sku, line.quantity, line.unit, line.amount) for line in self.lines]
        return hashlib.sha256(msgspec.json.encode((self.shopper, self.currency, sold))).digest()


class Kept(NamedTuple):
    """What became of a batch once it is committed."""

    new: int
    known: int
    renewed: int
    """Known receipts whose names, marks or consent are said anew."""
    replaced: int
    conflicts: tuple[int, ...]
    """Places within the batch of receipts that are here with other content."""


class Past(Protocol):
    def keep(
        self, receipts: Sequence[PastReceipt], source: str, settled: Callable[[Kept], bytes | None], *, replace: bool
    ) -> Kept:
        """Keep a batch and the state of the source's import in one transaction.

        `settled` makes the state of what became of the batch, before the commit; None: the source is finished. CentralError:
        nothing was kept.
        """

    def state(self, source: str) -> bytes | None:
        """Where the import of the source stopped, None when it has not begun or is finished."""

    def receipts(self) -> Iterator[PastReceipt]:
        """All of them in the order of the shop's clock; without time first, by order hint; equal ones in the order of import."""

    def close(self) -> None: ...


def marks_of(receipt: PastReceipt) -> int:
    """Marks of the receipt and of any of its lines, for whoever asks the table."""
    marks = receipt.marks
    for line in receipt.lines:
        marks |= line.marks
    return marks


def microseconds(local_time: str | None) -> int | None:
    """Since 1970 on the same wall clock; None for a receipt without a time."""
    return None if local_time is None else (datetime.fromisoformat(local_time) - _EPOCH) // timedelta(microseconds=1)


def open_past(url: str, *, create: bool = False) -> Past:
    """The past in the central store at `url`, to read; with `create` also to keep more.

    CentralError as `open_central`.
    """
    with closing(open_central(url, create=create)):
        # It refuses what is no central store, and makes one when asked to.
        pass
    if url.startswith(POSTGRESQL):
        from sync.central.postgres_past import PostgresPast  # noqa: PLC0415 - one engine is loaded, not all

        return PostgresPast(url, writing=create)
    from sync.central.sqlite_past import SqlitePast  # noqa: PLC0415 - one engine is loaded, not all

    return SqlitePast(Path(url.removeprefix(SQLITE)), writing=create)
