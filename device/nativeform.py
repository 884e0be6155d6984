"""What the JSON of tills that were written for this register has in common: a line, payments, a card, how a mistake is told.

`device/dialects/native.py` tells whole baskets with it, `device/dialects/tillevents.py` one thing after another.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec

from device.domain import Minor, Tender, Thousandths, Unit
from device.events import RungLine
from device.open_sale import MAX_TENDERS

MAX_BYTES: Final = 256 * 1024
MAX_LINES: Final = 1000
VERSION: Final = 1

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Name = Annotated[str, msgspec.Meta(max_length=256)]
Amount = Annotated[int, msgspec.Meta(ge=-(10**12), le=10**12)]
Currency = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]
LineId = Annotated[int, msgspec.Meta(ge=0, le=2**31)]

_QUOTED_VALUE = re.compile(r"""'.*'|".*\"""", re.DOTALL)
_MAX_CARD: Final = 64


class TillLine(msgspec.Struct, frozen=True):
    line_id: LineId
    code: Text
    qty: Amount
    amount: Amount
    unit: Unit = Unit.PIECE
    price: Amount | None = None
    name: Name | None = None
    void: bool = False


class _Paid(msgspec.Struct, frozen=True):
    means: Text | None = None
    amount: Amount | None = None


def rung(line: TillLine) -> RungLine:
    return RungLine(
        line_id=line.line_id,
        code=line.code.strip(),
        quantity=Thousandths(line.qty),
        unit=line.unit,
        amount=Minor(line.amount),
        price=None if line.price is None else Minor(line.price),
        name=line.name,
        void=line.void,
    )


def card(told: object) -> str | None:
    """A loyalty id as text or number; whatever else stands there makes an anonymous basket, not a lost one."""
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    return told if isinstance(told, str) and 0 < len(told) <= _MAX_CARD else None


def tenders(told: object) -> tuple[Tender, ...]:
    """Payments only decorate the screens: what is not of the form makes none, not a lost basket."""
    try:
        paid = msgspec.convert(told, list[_Paid])[:MAX_TENDERS]
    except msgspec.ValidationError:
        return ()
    return tuple(Tender(one.means, None if one.amount is None else Minor(one.amount)) for one in paid)


def unquoted(error: Exception) -> str:
    """The place and the expected type are for the installer; a quoted value could be anybody's card."""
    return _QUOTED_VALUE.sub("...", str(error))
