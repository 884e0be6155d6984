"""What training leaves out of receipts, by what they say themselves: one rule for imported receipts and for those of registers.

A register's receipt is a sale that is learnt from when it was closed, is no return, was heard whole and has lines: `unlearnt`,
which training, the report, what is learnt of suggestions and the segments ask.

| mark        | set when                                                                                                  |
|-------------|-----------------------------------------------------------------------------------------------------------|
| `VOID`      | the source says so, or the quantity is nought                                                             |
| `RETURN`    | the source says so, or the quantity is negative                                                           |
| `TRAINING`  | the source says so                                                                                        |
| `NOT_GOODS` | the catalogue's kind of the item is not `goods`, or its name or category reads like one of `NOT_GOODS`    |
| `WHOLESALE` | more than `WHOLESALE_ITEMS` different items, or more than `WHOLESALE_PIECES` pieces, on one receipt        |

The default bounds are beyond what households buy: of 473,028 supermarket receipts the largest holds 87 items, and one in ten
thousand holds more than 121 pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sized
from typing import Final, Literal, Protocol

from device.domain import Kind, Phase
from sync.central.past import Mark

WHOLESALE_ITEMS: Final = 100
WHOLESALE_PIECES: Final = 250

SKIPPED: Final = Mark.VOID | Mark.RETURN | Mark.NOT_GOODS
"""A line with one of these is left out of its receipt."""
UNUSED: Final = Mark.VOID | Mark.TRAINING | Mark.WHOLESALE
"""A receipt with one of these is left out whole."""

_RETURN, _VOID = int(Mark.RETURN), int(Mark.VOID)

NOT_GOODS: Final = (
    r"\b(carrier|plastic|paper|shopping|checkout) bags?\b|\bbag (charge|fee|levy)\b|\bbags? for life\b|\bdeposits?\b"
    r"|\b(bottle|can|crate) return\b|\bgift ?(cards?|vouchers?|certificates?)\b|\b(phone|mobile) top[- ]?up\b"
    r"|\b(delivery|service|packaging) (charge|fee)\b|\bpostage\b|\bamazon fee\b"
    r"|^\s*(discount|manual|none|adjustment|adjust bad debt|bank charges)\s*$"
    r"|^пакет(ы)?( |-|$)(?!молок|кефир)|^пакет-майка\b|\bзалог(овая)?\b|\bподарочн\w* (карт|сертификат)\w*"
    r"|\b(доставка|упаковка заказа)\b|\b(tragetasche|einkaufstüte|pfand|gutschein|geschenkkarte)\b"
)
"""Regular expression, any case, for names and categories of what is sold but is no goods."""


def not_goods(pattern: str) -> re.Pattern[str]:
    """The pattern compiled; one that is empty matches nothing. `re.error` when it is no regular expression."""
    return re.compile(pattern or r"(?!)", re.IGNORECASE)


def of_quantity(thousandths: int) -> int:
    """`Mark` as a plain number: it is asked once a line."""
    if thousandths > 0:
        return 0
    return _RETURN if thousandths else _VOID


def wholesale(
    lines: Iterable[tuple[str, int, str]], most_items: int = WHOLESALE_ITEMS, most_pieces: int = WHOLESALE_PIECES
) -> bool:
    """Lines as (sku, thousandths, unit); what is weighed or measured has no pieces. A bound of 0 does not count."""
    skus = set()
    pieces = 0
    for sku, quantity, unit in lines:
        skus.add(sku)
        pieces += quantity if unit == "pcs" and quantity > 0 else 0
    return bool((most_items and len(skus) > most_items) or (most_pieces and pieces > 1000 * most_pieces))


class Line(Protocol):
    """What is asked of a line of a register's receipt."""

    @property
    def code(self) -> str: ...

    @property
    def sku(self) -> str | None: ...

    @property
    def quantity(self) -> int: ...

    @property
    def unit(self) -> str: ...


def of_wholesale_size(lines: Iterable[Line]) -> bool:
    """Of a register's receipt; what is not in the catalogue is told apart by its code."""
    return wholesale((line.sku or line.code, line.quantity, line.unit) for line in lines)


class Told(Protocol):
    """What is asked of a register's receipt, `device.domain.Receipt` or a part of it."""

    @property
    def phase(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def partial(self) -> bool: ...

    @property
    def lines(self) -> Sized: ...


def unlearnt(sale: Told) -> Literal["unfinished", "return", "partial", "unread"] | None:
    """Why nothing is learnt from a register's receipt, the first reason that holds; None: it is a sale, heard whole.

    `unread`: it has a total and no lines.
    """
    if sale.phase != Phase.CLOSED:
        return "unfinished"
    if sale.kind != Kind.SALE:
        return "return"
    if sale.partial:
        return "partial"
    return None if sale.lines else "unread"
