"""How many coupons this register has handed out today, and to whom: what budgets are held against, network or not.

Made of the day's receipts in the edge database at start; what a killed daemon showed on a sale that was still open is not among
them, one sale of each lane at most. Shared by all lanes of a daemon, gone with the day.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from device.hours import is_another_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from device.domain import Pseudonym, Receipt


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
                    self.hand(outcome.coupon.code, receipt.shopper)

    def on(self, day: date, shopper: Pseudonym | None) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """By code: to everybody, and to this shopper. A clock set back by less than a day opens no budget anew."""
        if self._day is None or is_another_day(day, self._day):
            self._day = day
            self._codes.clear()
            self._shoppers.clear()
        return self._codes, {} if shopper is None else self._shoppers.get(shopper, {})

    def hand(self, code: str, shopper: Pseudonym | None) -> None:
        self._codes[code] += 1
        if shopper is not None:
            self._shoppers.setdefault(shopper, Counter())[code] += 1

    def forget(self, is_forgotten: Callable[[Pseudonym], bool]) -> None:
        """Let go of who is to be forgotten; what was handed to them stays handed out. Any thread: sales may go on meanwhile."""
        for one in tuple(self._shoppers):
            if is_forgotten(one):
                self._shoppers.pop(one, None)
