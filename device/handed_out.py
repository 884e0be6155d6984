"""How many coupons this register has handed out today, and to whom: what budgets are held against, network or not.

Made of the day's receipts in the edge database at start; what a killed daemon showed on a sale that was still open is not among
them, one sale of each lane at most. Shared by all lanes of a daemon, gone with the day.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from device import packed, readonly
from device.domain import Pseudonym, Receipt
from device.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import tzinfo
    from pathlib import Path


class HandedOut:
    """Owns the counts of one day on the shop's clock."""

    def __init__(self, day: date | None = None, receipts: Iterable[Receipt] = ()) -> None:
        """`receipts` of that day; None: the first that is asked about."""
        self._day = day
        self._codes = Counter[str]()
        self._shoppers: dict[Pseudonym, Counter[str]] = {}
        for receipt in receipts:
            for outcome in receipt.outcomes:
                if outcome.coupon is not None:
                    self._count(outcome.coupon.code, receipt.shopper)

    def on(self, day: date, shopper: Pseudonym | None) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """By code: to everybody, and to this shopper. A clock set back by less than a day opens no budget anew."""
        if self._day is None or day > self._day or self._day - day > timedelta(days=1):
            self._day = day
            self._codes.clear()
            self._shoppers.clear()
        return self._codes, {} if shopper is None else self._shoppers.get(shopper, {})

    def hand(self, code: str, shopper: Pseudonym | None) -> None:
        """`on` was asked before."""
        self._count(code, shopper)

    def forget(self, is_forgotten: Callable[[Pseudonym], bool]) -> None:
        """Let go of who is to be forgotten; what was handed to them stays handed out."""
        self._shoppers = {one: codes for one, codes in self._shoppers.items() if not is_forgotten(one)}

    def _count(self, code: str, shopper: Pseudonym | None) -> None:
        self._codes[code] += 1
        if shopper is not None:
            self._shoppers.setdefault(shopper, Counter())[code] += 1


def read(edge_db: Path, day: date, zone: tzinfo) -> list[Receipt]:
    """The receipts of the edge database that were closed on the shop's day. StoreError: it cannot be read."""
    since = datetime.combine(day, time(), zone).astimezone(UTC).isoformat()
    try:
        with contextlib.closing(readonly.opened(edge_db)) as db:
            rows = db.execute("SELECT body FROM receipt WHERE closed_at >= ?", (since,))
            return [msgspec.json.decode(packed.unpack(body), type=Receipt) for (body,) in rows]
    except (sqlite3.Error, msgspec.DecodeError) as error:
        raise StoreError(f"the edge database {edge_db} cannot be read: {error}") from error
