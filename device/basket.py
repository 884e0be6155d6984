"""The basket as a fold over what the till told: `apply(basket, event, find)`. Pure; no clock.

The native dialect tells whole states, so a lost message heals with the next. Within one `basket_id` a state whose `seq` is not
higher is a duplicate and changes nothing. Another `basket_id`, or the same one after its sale was over, opens a new sale.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from device.amounts import believable, product
from device.catalogue import Item
from device.domain import Basket, Line, Minor, Phase, Sku
from device.events import BasketState, RungLine
from device.scrub import MASK, like_a_card, scrub
from device.shopper import Shopper

Find = Callable[[RungLine], Item | None]
"""What a line is, if that is known."""
_DATE_AND_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d", re.ASCII)


def apply(basket: Basket | None, event: BasketState, find: Find, shopper: Shopper | None = None) -> Basket:
    """The basket after the event; the very same object when the event is a duplicate."""
    same_sale = basket is not None and basket.basket_id == event.basket_id
    if basket is not None and same_sale and event.seq <= basket.seq:
        return basket
    before = basket if same_sale and basket is not None and not basket.over else None
    lines = tuple(_line(rung, find) for rung in event.lines if not rung.void and rung.quantity > 0)
    held = {line.sku for line in lines}
    gone = {Sku(item.sku) for rung in event.lines if rung.void or rung.quantity <= 0 if (item := find(rung)) is not None}
    if before is not None:
        gone |= {*before.skus, *before.removed}
    return Basket(
        basket_id=event.basket_id,
        seq=event.seq,
        phase=event.phase,
        lines=lines,
        currency=event.currency,
        total=event.total if event.total is not None else Minor(sum(line.amount for line in lines) - event.discount),
        opened_at=event.at if before is None else before.opened_at,
        at=event.at,
        shopper=shopper.token if shopper is not None else before.shopper if before is not None else None,
        shopper_key=shopper.key if shopper is not None else before.shopper_key if before is not None else None,
        till=event.till,
        told_at=event.told_at,
        kind=event.kind,
        partial=event.partial,
        removed=frozenset(gone - held),
        tenders=tuple(replace(one, means=scrub(one.means)) if one.means else one for one in event.tenders),
        as_told=None if event.as_told is None else apply(None, event.as_told, find),
    )


def newer_sale(event: BasketState, last: Basket | BasketState) -> bool:
    """Whether it is of a newer sale that has the name of the last one.

    A till may count its sales anew every morning: then its own clock tells the sales apart.
    """
    return event.seq <= last.seq and told_later(event.told_at, last.told_at)


def told_later(one: str | None, other: str | None) -> bool:
    """Whether a till's clock stood later when it told `one`; not where it told no time.

    Times of ISO 8601 are moments, whatever their offset and however exact; without an offset on both they are what a clock on the
    wall shows. Whatever else a till writes is compared as it stands.
    """
    if one is None or other is None:
        return False
    at, before = _moment(one), _moment(other)
    if at is None or before is None:
        return one > other
    if (at.tzinfo is None) != (before.tzinfo is None):
        at, before = at.replace(tzinfo=None), before.replace(tzinfo=None)
    return at > before


def _moment(text: str) -> datetime | None:
    # A row of digits may be a date to `fromisoformat`, and is a count of seconds to a till.
    if _DATE_AND_TIME.match(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def told_again(before: Basket | None, basket: Basket) -> bool:
    """A sale that is over, told once more with a higher `seq` and nothing new, is not another sale."""
    if before is None or not before.over or before.phase is not basket.phase:
        return False
    one, other = before.as_told or before, basket.as_told or basket
    return _words(one) == _words(other) and one.total == other.total


def _words(basket: Basket) -> list[Line]:
    """The lines as the till told them: another catalogue may have come meanwhile, and makes no other sale of them."""
    return [replace(line, sku=None) for line in basket.lines]


def added_up(event: BasketState) -> Minor:
    return Minor(sum(line.amount or 0 for line in event.lines if not line.void and line.quantity > 0) - event.discount)


def doubts(event: BasketState) -> str | None:
    """A sentence when the till's own figures disagree. They are kept as told: vendors' totals hold discounts and rounding."""
    if event.total is None or event.phase is Phase.SUSPENDED or (total := added_up(event)) == event.total:
        return None
    return f"the lines add up to {total}, the till says {event.total} (minor units)"


def _line(rung: RungLine, find: Find) -> Line:
    item = find(rung)
    price = rung.price
    if price is None and rung.amount is None and item is not None and item.unit == rung.unit:
        price = None if item.price is None else Minor(item.price)  # a scanner tells no price
    amount = rung.amount
    if amount is None:
        amount = Minor(0) if price is None else believable(product(price, rung.quantity)) or Minor(0)
    return Line(
        line_id=rung.line_id or 0,
        code=MASK if like_a_card(rung.code) else rung.code,
        sku=None if item is None else Sku(item.sku),
        quantity=rung.quantity,
        unit=rung.unit,
        amount=amount,
        price=price,
        name=None if rung.name is None else scrub(rung.name),
    )
