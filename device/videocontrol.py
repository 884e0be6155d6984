"""What tills tell to video control: each thing that happens is a message of named fields, and names its till and its receipt.

Owns what such dialects read alike, whatever their fields are called: who speaks, a line of goods, and what the dialect does not
know, reported once. Texts are taken up to `MAX_WORD` characters, names of unknown things up to `MAX_NAMES`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from device.codes import doubt
from device.domain import Unit
from device.events import ONE, RungLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from device.domain import Minor, Thousandths
    from device.receipts import Key

MAX_WORD: Final = 64
MAX_NAMES: Final = 32
NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
"""Of a line, or of a kind of event."""


def named(fields: Mapping[str, str], till: str, receipt: str) -> Key:
    """Which receipt of which till a message is about, by the names of the two fields; an empty one tells nothing."""
    return fields.get(till, "")[:MAX_WORD] or None, fields.get(receipt, "")[:MAX_WORD] or None


def goods(
    *,
    position: str | None,
    barcode: str | None,
    article: str | None,
    name: str | None,
    quantity: Thousandths,
    unit: Unit,
    price: Minor | None,
    amount: Minor | None,
) -> RungLine:
    """A line of goods. A code is the bar code, else the shop's own number, as sent; only a bar code can be doubted."""
    code = (barcode or article or "")[:MAX_WORD]
    return RungLine(
        line_id=int(position) if position and NUMBER.fullmatch(position) else None,
        code=code,
        quantity=quantity,
        unit=unit,
        amount=amount,
        price=price,
        name=name or None,
        doubt=doubt(code) if barcode else None,
    )


def unit_of(quantity: Thousandths, fraction_unit: Unit) -> Unit:
    """Pieces are whole; where a till tells no unit, a fraction is one of what the shop says."""
    return Unit.PIECE if quantity % ONE == 0 else fraction_unit


class Unknown:
    """Reports each thing a dialect does not know once, and no more than `MAX_NAMES` of them."""

    def __init__(self, report: Callable[[int, str], None]) -> None:
        """`report` takes the bytes that are left out, and one sentence."""
        self._report = report
        self._names: set[str] = set()

    def tell(self, name: str, why: str, size: int = 0) -> None:
        if name not in self._names and len(self._names) < MAX_NAMES:
            self._names.add(name)
            self._report(size, why)
