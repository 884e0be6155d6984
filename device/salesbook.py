"""Which sales there are on one wire: those the tills are at, those set aside, and the names of those that ended. Pure.

Owned by a `device.tally.Tally`, which knows what the sales hold. A sale is named by its till, its number where it has one, and
when it began, so that tomorrow's number 1 is not today's. An end without a number is the one before told again when its total is
the same and came within `AGAIN_SECONDS`.

This is not `device.receipts`, beneath some dialects: there stands what a wire needs remembered while its messages become events;
here the events of any dialect are put to their sale.

Limits: `MAX_OPEN` sales, the numbers and names of the last `MAX_ENDED`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from device.domain import Kind, Phase
from device.open_sale import OpenSale

if TYPE_CHECKING:
    from datetime import datetime

    from device.domain import Minor
    from device.events import (
        DiscountGiven,
        ItemScanned,
        LineChanged,
        LineRung,
        LineVoided,
        SaleBegan,
        SaleEnded,
        Tendered,
    )

MAX_OPEN: Final = 16
MAX_ENDED: Final = 64
AGAIN_SECONDS: Final = 10.0

_Key = tuple[str | None, str | None]
"""Till and number of the receipt, as the till calls them."""


class SalesBook:
    def __init__(self) -> None:
        self._open: dict[_Key, OpenSale] = {}
        self._current: dict[str | None, OpenSale] = {}
        self._ended: dict[_Key, None] = {}
        self._heard_an_end: set[str | None] = set()
        self._last_end: dict[str | None, tuple[Minor | None, datetime]] = {}
        self._names: dict[str, None] = {}

    def current(self, till: str | None) -> OpenSale | None:
        """The sale this till is at."""
        return self._current.get(till)

    def at_hand(self) -> list[OpenSale]:
        """Every sale a till is at, the one that was heard of last at the end."""
        return sorted(self._current.values(), key=lambda sale: sale.at)

    def left_alone(self, at: datetime, seconds: float) -> list[OpenSale]:
        """Those that a till is at and that were not heard of for so long; a clock that was set back by as much tells it too."""
        return [sale for sale in self.at_hand() if abs((at - sale.at).total_seconds()) >= seconds]

    def begun_already(self, event: SaleBegan) -> OpenSale | None:
        """The sale whose beginning is told twice, or that was set aside and goes on; None: another one begins."""
        key = (event.till, event.sale)
        self._ended.pop(key, None)
        sale = self._open.get(key) if event.sale is not None else None
        if sale is None and event.resumed:
            aside = [one for one in self._open.values() if one.till == event.till and one.phase is Phase.SUSPENDED]
            # The number may be known only now, or not at all: then the latest is meant.
            fitting = [one for one in aside if event.sale is None or one.number is None]
            sale = fitting[-1] if fitting else None
        return sale if event.resumed or sale is self._current.get(event.till) else None

    def begin(self, at: datetime, till: str | None, number: str | None, kind: Kind, *, partial: bool) -> OpenSale:
        name = "-".join(part for part in (till, number, f"{at:%Y%m%dT%H%M%S.%f}") if part)
        sale = OpenSale(self._unused(name[-64:]), till, number, at, at, kind, partial)
        if (left := self._current.get(till)) is not None and left.number is None:
            self._forget(left)
        self._open.pop((till, number), None)
        self._open[till, number] = sale
        while len(self._open) > MAX_OPEN:
            gone = self._open.pop(next(iter(self._open)))
            self._leave(gone)
        self._current[till] = sale
        return sale

    def of(
        self, event: LineRung | ItemScanned | LineChanged | LineVoided | DiscountGiven | Tendered | SaleEnded
    ) -> OpenSale | None:
        """The sale an event belongs to."""
        current = self._current.get(event.till)
        if event.sale is None:
            return current
        known = self._open.get((event.till, event.sale))
        if known is None and current is not None and current.number is None and not self.has_ended(event.till, event.sale):
            # The number of the receipt is told later than its beginning.
            self._forget(current)
            current.number = event.sale
            self._open[event.till, event.sale] = current
            return current
        return known

    def has_ended(self, till: str | None, number: str | None) -> bool:
        return number is not None and (till, number) in self._ended

    def heard_an_end(self, till: str | None) -> bool:
        """Whether what the till tells next begins a sale, and is not from the midst of one."""
        return till in self._heard_an_end

    def hear_an_end(self, till: str | None) -> None:
        if len(self._heard_an_end) < MAX_OPEN:
            self._heard_an_end.add(till)

    def ended_already(self, event: SaleEnded) -> bool:
        """Whether an end that fits no sale the till is at is told again, or tells of one that is set aside."""
        if event.sale is not None:
            return self.has_ended(event.till, event.sale) or (event.till, event.sale) in self._open
        if (last := self._last_end.get(event.till)) is None:
            return False
        total, at = last
        return total == event.total and abs((event.at - at).total_seconds()) <= AGAIN_SECONDS

    def aside(self) -> list[OpenSale]:
        """Those that were set aside."""
        return [sale for sale in self._open.values() if sale.phase is Phase.SUSPENDED]

    def restore(self, sales: list[OpenSale]) -> None:
        """Those that an earlier process had set aside."""
        for sale in sales[-MAX_OPEN:]:
            sale.phase = Phase.SUSPENDED
            self._open[sale.till, sale.number] = sale
            self._names[sale.basket_id] = None

    def set_aside(self, sale: OpenSale) -> None:
        sale.phase = Phase.SUSPENDED
        self._leave(sale)

    def take_up(self, sale: OpenSale) -> None:
        """Go on with a sale that was set aside: its lines may be told again."""
        sale.phase, sale.untold = Phase.OPEN, list(sale.lines)
        self._current[sale.till] = sale

    def close(self, sale: OpenSale, total: Minor | None, at: datetime) -> None:
        self._forget(sale)
        self._leave(sale)
        if sale.number is not None:
            self._ended[sale.till, sale.number] = None
            if len(self._ended) > MAX_ENDED:
                del self._ended[next(iter(self._ended))]
        self.hear_an_end(sale.till)
        self._last_end.pop(sale.till, None)
        self._last_end[sale.till] = (total, at)
        if len(self._last_end) > MAX_OPEN:
            del self._last_end[next(iter(self._last_end))]

    def _forget(self, sale: OpenSale) -> None:
        self._open = {key: one for key, one in self._open.items() if one is not sale}

    def _leave(self, sale: OpenSale) -> None:
        if self._current.get(sale.till) is sale:
            del self._current[sale.till]

    def _unused(self, name: str) -> str:
        """Two sales of one moment, as in a recording that knows no times, are not one."""
        again = (f"{name}+{count}" for count in range(1, MAX_ENDED + 1))
        unused = name if name not in self._names else next(one for one in again if one not in self._names)
        self._names[unused] = None
        if len(self._names) > MAX_ENDED:
            del self._names[next(iter(self._names))]
        return unused
