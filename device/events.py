"""What a till tells, before anybody judged it: the vocabulary in which every dialect speaks. Frozen values; no rule here.

Some tills tell their whole basket each time (`BasketState`). Most tell what happens to it, one thing after another; those are
added up to the same whole states, so that the basket and the lane know one form only.

| event            | meaning                                                                                              |
|------------------|------------------------------------------------------------------------------------------------------|
| `BasketState`    | the whole basket as it stands                                                                        |
| `SaleBegan`      | a receipt begins, or one that was set aside goes on (`resumed`)                                      |
| `LineRung`       | a line is rung up; with a `line_id` that the sale has already, the line as it stands now             |
| `LineChanged`    | a line has another quantity, price or amount now; it is not another sale                            |
| `LineVoided`     | a line, or some of it, was taken off                                                                 |
| `SubtotalTold`   | a sum in between: nothing changes                                                                    |
| `DiscountGiven`  | an amount was taken off the receipt or one line                                                      |
| `Tendered`       | paying has begun: suggestions stop                                                                   |
| `SaleEnded`      | closed, cancelled or set aside                                                                       |
| `ItemScanned`    | a code was read beside the till; which line it is, the till's own feed tells                         |

A line is named by `line_id` where the till numbers its lines; where that is None, by code, else by name, else the latest is
meant. `till` and `sale` are the till's own words for them, where it has any. Names are as shown, possibly cut short. No event
holds a cashier's name, a card or a phone number; the loyalty id of the native dialect is replaced before
anything is stored or shown.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, get_args

from device.domain import Kind, Minor, Phase, Tender, Thousandths, Unit

ONE: Final = Thousandths(1000)
_NOTHING: Final = Minor(0)


@dataclass(frozen=True, slots=True)
class RungLine:
    """One line as the till sent it, before anybody looked it up."""

    line_id: int | None
    """The till's own number of the line; None where it has none."""
    code: str = ""
    """As sent, a barcode mostly; a GTIN is padded to 14 digits. Empty where the till names an item by its words only."""
    quantity: Thousandths = ONE
    unit: Unit = Unit.PIECE
    amount: Minor | None = None
    """Of the whole line. None: the till does not say."""
    price: Minor | None = None
    """For one unit."""
    name: str | None = None
    void: bool = False
    doubt: str | None = None
    """Why the code is not to be trusted, for instance `the check digit does not fit`. It is kept as sent."""


@dataclass(frozen=True, slots=True)
class BasketState:
    """The till told its whole basket: self-healing, idempotent, ordered by `seq` within `basket_id`."""

    basket_id: str
    seq: int
    phase: Phase
    lines: tuple[RungLine, ...]
    currency: str
    at: datetime
    total: Minor | None = None
    till: str | None = None
    told_at: str | None = None
    """The till's own clock as sent, kept only to tell a retransmission from another sale."""
    loyalty_id: str | None = None
    """As the till knows it. The lane turns it into a pseudonym and forgets it; it is never stored, logged or shown."""
    kind: Kind = Kind.SALE
    partial: bool = False
    """Heard from somewhere in its middle: nothing can be suggested for it."""
    discount: Minor = _NOTHING
    """What is paid less than the lines add up to, as far as the till said so."""
    tenders: tuple[Tender, ...] = ()
    as_told: BasketState | None = None
    """As the lane's own feed told it, where `device.reconcile` made something else of it. No dialect tells one."""

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks: it must not carry the loyalty id.
        return f"BasketState({self.basket_id!r}, seq={self.seq}, {self.phase}, {len(self.lines)} lines)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    at: datetime
    till: str | None = None
    """Which till, where several speak on one line."""
    sale: str | None = None
    """The till's own number of the receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleBegan(_Told):
    kind: Kind = Kind.SALE
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRung(_Told):
    line: RungLine


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged(_Told):
    """What is None is as before."""

    line_id: int | None = None
    code: str = ""
    name: str | None = None
    quantity: Thousandths | None = None
    price: Minor | None = None
    amount: Minor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVoided(_Told):
    line_id: int | None = None
    code: str = ""
    name: str | None = None
    quantity: Thousandths | None = None
    """How much was taken off; None: all of it."""
    amount: Minor | None = None
    """What it was rung up for, positive, to find the line where it is named by words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtotalTold(_Told):
    amount: Minor


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountGiven(_Told):
    amount: Minor
    """Positive: what is paid less."""
    line_id: int | None = None
    """None: off the receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tendered(_Told):
    means: str | None = None
    """`cash`, `card` or the till's own word; never a number."""
    amount: Minor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleEnded(_Told):
    phase: Phase = Phase.CLOSED
    """Closed, cancelled or suspended."""
    total: Minor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScanned(_Told):
    line: RungLine
    """`amount` and `price` are None unless the code itself carries them."""


PosEvent = (
    BasketState
    | SaleBegan
    | LineRung
    | LineChanged
    | LineVoided
    | SubtotalTold
    | DiscountGiven
    | Tendered
    | SaleEnded
    | ItemScanned
)
"""What a dialect decodes. Every reader matches it exhaustively."""

_WORDS: Final = {
    BasketState: "state",
    SaleBegan: "began",
    LineRung: "line",
    LineChanged: "changed",
    LineVoided: "voided",
    SubtotalTold: "subtotal",
    DiscountGiven: "discount",
    Tendered: "tender",
    SaleEnded: "ended",
    ItemScanned: "scanned",
}
assert set(_WORDS) == set(get_args(PosEvent))


def plain(event: PosEvent) -> dict[str, Any]:
    """The event for people and programs to read: its word under `event`, then every field that says something.

    A loyalty id is told as `[card]`: a terminal is no place for one.
    """
    told = {"event": _WORDS[type(event)], **_fields(event)}
    if "loyalty_id" in told:
        told["loyalty_id"] = "[card]"
    return told


def _fields(value: Any) -> dict[str, Any]:
    said = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return {name: _plain(one) for name, one, default in said if one is not None and (one != default or name == "phase")}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Tender):
        return _fields(value)
    if isinstance(value, RungLine):
        # A line is read on its own: what it holds by default is part of it.
        return {"quantity": value.quantity, "unit": str(value.unit), **_fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value
