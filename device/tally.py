"""Adds up what a till tells, one thing after another, to whole baskets. Pure: it reads no clock and knows no catalogue.

Owns what the sales of one wire hold; which sales there are stands in `device.salesbook`. `take(event)` gives the basket as it
stands now, or None where nothing has changed; a `BasketState` of a till that tells its whole basket passes through as it is.

| the till tells                                   | what becomes of it                                                      |
|--------------------------------------------------|-------------------------------------------------------------------------|
| a line with a number that the sale has           | that line as it stands now, not another one                             |
| a line without a number                          | another line; after `resumed`, first one of those that stood there      |
| a quantity of zero or less, or a void            | so much taken off the line: by number, code, name, else the latest      |
| a change                                         | the line with what was told; an amount follows its quantity             |
| a discount                                       | the total less so much; the lines stay as they were rung up, and that   |
|                                                  | of a line is gone with the line                                         |
| tender                                           | paying; what was paid is added up until it covers the total             |
| tender, then another line                        | paying, then open again, and nothing paid                               |
| a line, and no sale has begun                    | a *partial* sale, unless the end of the one before it was heard         |
| the beginning of a sale, and another one is open | the other stays as it was left, and is not heard of again               |
| the end of a sale nobody knows, with its total   | a basket without lines: it was paid, and could not be read              |
| the same, without a total or cancelled           | nothing                                                                 |
| what belongs to a sale that has ended            | nothing: datagrams come twice                                           |

Limits: `MAX_LINES` lines a sale, and those of the book.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from device.amounts import believable, product
from device.domain import Kind, Minor, Phase, Tender, Thousandths
from device.events import (
    BasketState,
    DiscountGiven,
    ItemScanned,
    LineChanged,
    LineRung,
    LineVoided,
    SaleBegan,
    SaleEnded,
    SubtotalTold,
    Tendered,
)
from device.open_sale import Meant, find, priced, same_words, scaled, tender, told_again
from device.salesbook import SalesBook

if TYPE_CHECKING:
    from datetime import datetime

    from device.events import PosEvent, RungLine
    from device.open_sale import OpenSale

MAX_LINES: Final = 1000


class Tally:
    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._sales = SalesBook()

    def take(self, event: PosEvent) -> BasketState | None:  # noqa: PLR0911 - one answer for each event
        match event:
            case BasketState():
                return event
            case SubtotalTold():
                return None
            case SaleBegan():
                return self._begin(event)
            case LineRung() | ItemScanned():
                return self._ring(event)
            case LineChanged():
                return self._change(event)
            case LineVoided():
                return self._void(event)
            case DiscountGiven():
                return self._discount(event)
            case Tendered():
                return self._tender(event)
            case SaleEnded():
                return self._end(event)
            case _:
                assert_never(event)

    def current(self, till: str | None = None) -> OpenSale | None:
        """The sale this till is at."""
        return self._sales.current(till)

    def at_hand(self) -> list[OpenSale]:
        """Every sale a till is at, the one that was heard of last at the end."""
        return self._sales.at_hand()

    def aside(self) -> list[OpenSale]:
        """The sales that were set aside."""
        return self._sales.aside()

    def restore(self, sales: list[OpenSale]) -> None:
        """The sales that an earlier process had set aside."""
        self._sales.restore(sales)

    def close_with(self, sale: OpenSale, lines: tuple[RungLine, ...], total: Minor | None, at: datetime) -> BasketState:
        """Close it with the lines as they were printed."""
        sale.lines = {number: replace(line, line_id=number) for number, line in enumerate(lines[:MAX_LINES], 1)}
        sale.told_at = dict.fromkeys(sale.lines, at)
        return self._close(sale, Phase.CLOSED, total, at)

    def restate(self, sale: OpenSale, at: datetime) -> BasketState:
        """The sale once more, because what its lines are is known better now."""
        return self._state(sale, at)

    def idle(self, at: datetime, seconds: float) -> list[BasketState]:
        """Close what has not been heard of for so long, for wires that tell no end."""
        return [self._close(sale, Phase.CLOSED, None, at) for sale in self._sales.left_alone(at, seconds)]

    def _begin(self, event: SaleBegan) -> BasketState | None:
        sale = self._sales.begun_already(event)
        if sale is None:
            self._sales.begin(event.at, event.till, event.sale, event.kind, partial=event.resumed)
            return None
        if sale.phase is not Phase.SUSPENDED:
            return None  # told twice
        self._sales.take_up(sale)
        return self._state(sale, event.at)

    def _ring(self, event: LineRung | ItemScanned) -> BasketState | None:
        line = event.line
        off = line.void or line.quantity <= 0
        sale = self._sales.of(event)
        if sale is None:
            if off or self._sales.has_ended(event.till, event.sale):
                return None
            partial = not self._sales.heard_an_end(event.till)
            sale = self._sales.begin(event.at, event.till, event.sale, Kind.SALE, partial=partial)
        if off:
            much = Thousandths(-line.quantity) if line.quantity < 0 else None
            return self._take_off(sale, Meant(line.line_id, line.code, line.name, line.amount), much, event.at)
        number = line.line_id
        if number is None:
            if (number := told_again(sale, line)) is not None:
                sale.untold.remove(number)
                return None
            number = max(sale.lines, default=0) + 1
        return self._put(sale, replace(priced(line), line_id=number), number, event.at)

    def _put(self, sale: OpenSale, line: RungLine, number: int, at: datetime) -> BasketState | None:
        before = sale.lines.get(number)
        if before is None and len(sale.lines) >= MAX_LINES:
            return None
        if before is not None and line.code == "" and same_words(before, line):
            line = replace(line, code=before.code)  # what it is was known already
        if before == line and sale.phase is Phase.OPEN:
            return None
        sale.lines[number], sale.told_at[number] = line, at
        sale.phase, sale.total = Phase.OPEN, None
        sale.tenders.clear()
        return self._state(sale, at)

    def _change(self, event: LineChanged) -> BasketState | None:
        sale = self._sales.of(event)
        number = None if sale is None else find(sale, Meant(event.line_id, event.code, event.name))
        if sale is None or number is None:
            return None
        if event.quantity is not None and event.quantity <= 0:
            return self._take_off(sale, Meant(number), None, event.at)
        line = sale.lines[number]
        price = line.price if event.price is None else event.price
        quantity = line.quantity if event.quantity is None else event.quantity
        amount = event.amount
        if amount is None:
            amount = scaled(line, quantity) if event.price is None else product(event.price, quantity)
        changed = replace(line, quantity=quantity, price=price, amount=believable(amount))
        if changed == line:
            return None
        sale.lines[number], sale.told_at[number] = changed, event.at
        sale.total = None
        return self._state(sale, event.at)

    def _void(self, event: LineVoided) -> BasketState | None:
        sale = self._sales.of(event)
        if sale is None:
            return None
        meant = Meant(event.line_id, event.code, event.name, event.amount)
        return self._take_off(sale, meant, event.quantity, event.at)

    def _take_off(self, sale: OpenSale, meant: Meant, quantity: Thousandths | None, at: datetime) -> BasketState | None:
        number = find(sale, meant)
        if number is None:
            return None
        line = sale.lines[number]
        if quantity is None or quantity >= line.quantity:
            del sale.lines[number], sale.told_at[number]
            sale.discount -= sale.discounts.pop(number, 0)
            sale.untold = [one for one in sale.untold if one != number]
        else:
            left = Thousandths(line.quantity - quantity)
            sale.lines[number] = replace(line, quantity=left, amount=scaled(line, left))
        sale.total = None
        return self._state(sale, at)

    def _discount(self, event: DiscountGiven) -> BasketState | None:
        sale = self._sales.of(event)
        if sale is None or event.amount == 0:
            return None
        sale.discount += event.amount
        if event.line_id in sale.lines:
            sale.discounts[event.line_id] = sale.discounts.get(event.line_id, 0) + event.amount
        return self._state(sale, event.at)

    def _tender(self, event: Tendered) -> BasketState | None:
        sale = self._sales.of(event)
        if sale is None or (not tender(sale, Tender(event.means, event.amount), event.at) and sale.phase is Phase.TENDER):
            return None
        sale.phase = Phase.TENDER
        return self._state(sale, event.at)

    def _end(self, event: SaleEnded) -> BasketState | None:
        sale = self._sales.of(event)
        self._sales.hear_an_end(event.till)
        if sale is None:
            return self._unread(event)
        if event.phase is Phase.SUSPENDED:
            self._sales.set_aside(sale)
            return self._state(sale, event.at)
        return self._close(sale, event.phase, event.total, event.at)

    def _unread(self, event: SaleEnded) -> BasketState | None:
        """What was paid although nothing of it was understood but the total."""
        if event.phase is not Phase.CLOSED or event.total is None or self._sales.current(event.till) is not None:
            return None
        if self._sales.ended_already(event):
            return None
        sale = self._sales.begin(event.at, event.till, event.sale, Kind.SALE, partial=False)
        return self._close(sale, Phase.CLOSED, event.total, event.at)

    def _close(self, sale: OpenSale, phase: Phase, total: Minor | None, at: datetime) -> BasketState:
        sale.phase, sale.total = phase, total
        state = self._state(sale, at)
        self._sales.close(sale, state.total, at)
        return state

    def _state(self, sale: OpenSale, at: datetime) -> BasketState:
        sale.seq += 1
        sale.at = at
        lines = tuple(sale.lines.values())
        amounts = [line.amount for line in lines if line.amount is not None]
        known = len(amounts) == len(lines)
        total = sale.total if sale.total is not None or not known else Minor(sum(amounts) - sale.discount)
        return BasketState(
            basket_id=sale.basket_id,
            seq=sale.seq,
            phase=sale.phase,
            lines=lines,
            currency=self._currency,
            at=at,
            total=total,
            till=sale.till,
            told_at=sale.began.isoformat(),
            kind=sale.kind,
            partial=sale.partial,
            discount=Minor(sale.discount),
            tenders=tuple(sale.tenders),
        )
