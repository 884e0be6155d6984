"""Which receipts are open on the tills of one feed, for dialects whose events name their receipt.

Owns what a decoder must remember of them, and that bounded. A receipt is told by its till and its number, so that several may be
interleaved. Opened twice under the same number, it is one; ended twice, it ended once; a line after its end belongs to nothing.
Where the feed has no numbers, each opening is a new receipt. A line after an end begins a receipt; where nothing was heard
before, it may have begun long ago, and no beginning is told.

This is not `device.salesbook`, where the events of any dialect are put to their sale: here stands what one wire needs remembered
while its messages become events (what a scan waits for, that a line came after its end), and neither lines nor money.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from device.domain import Kind
from device.events import LineChanged, LineVoided, PosEvent, SaleBegan, SaleEnded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from device.domain import Minor, Phase, Thousandths
    from device.events import RungLine

MAX_RECEIPTS: Final = 32
Key = tuple[str | None, str | None]
"""Till and number of a receipt, as the till names them."""


@dataclass(slots=True)
class Receipt:
    till: str | None
    number: str | None
    kind: Kind | None = None
    """None: its beginning was not heard."""
    open: bool = True

    def said(self, at: datetime) -> dict[str, Any]:
        """What every event of it tells."""
        return {"at": at, "till": self.till, "sale": self.number}

    def changed(self, line: RungLine, at: datetime) -> LineChanged:
        """A line as it stands now."""
        return LineChanged(
            **self.said(at),
            line_id=line.line_id,
            code=line.code,
            name=line.name,
            quantity=line.quantity,
            price=line.price,
            amount=line.amount,
        )

    def voided(
        self, line: RungLine, at: datetime, quantity: Thousandths | None = None, amount: Minor | None = None
    ) -> LineVoided:
        """A line that is taken off, or so much of it; `amount` as `LineVoided` has it."""
        return LineVoided(**self.said(at), line_id=line.line_id, code=line.code, name=line.name, quantity=quantity, amount=amount)


R = TypeVar("R", bound=Receipt)


class Receipts(Generic[R]):
    def __init__(self, new: Callable[[str | None, str | None], R]) -> None:
        self._new = new
        self._kept: OrderedDict[Key, R] = OrderedDict()
        self._idle: OrderedDict[str | None, None] = OrderedDict()  # tills whose last receipt ended

    def __iter__(self) -> Iterator[R]:
        return iter(self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> R | None:
        return self._kept.get(key)

    def begin(self, key: Key, kind: Kind, at: datetime, *, resumed: bool = False) -> list[PosEvent]:
        known = self._kept.get(key)
        if known is not None and resumed and known.kind is not None:
            kind = known.kind
        if known is not None and known.open and known.number is not None and known.kind is kind:
            return []
        receipt = self._keep(key)
        receipt.kind = kind
        return [SaleBegan(**receipt.said(at), kind=kind, resumed=resumed)]

    def of(self, key: Key, at: datetime, kind: Kind = Kind.SALE) -> tuple[R | None, list[PosEvent]]:
        """The receipt meant, begun as `kind` if it must be; None when it has ended."""
        receipt = self._kept.get(key)
        if receipt is not None and (receipt.open or receipt.number is not None):
            self._kept.move_to_end(key)
            return (receipt, []) if receipt.open else (None, [])
        if key[0] in self._idle:
            events = self.begin(key, kind, at)
            return self._kept[key], events
        return self._keep(key), []

    def end(self, key: Key, phase: Phase, total: Minor | None, at: datetime) -> list[PosEvent]:
        known = self._kept.get(key)
        if known is not None and not known.open:
            return []
        receipt = known or self._keep(key)
        receipt.open = False
        self._idle[receipt.till] = None
        if len(self._idle) > MAX_RECEIPTS:
            self._idle.popitem(last=False)
        return [SaleEnded(**receipt.said(at), phase=phase, total=total)]

    def _keep(self, key: Key) -> R:
        self._kept[key] = receipt = self._new(*key)
        self._kept.move_to_end(key)
        self._idle.pop(key[0], None)
        if len(self._kept) > MAX_RECEIPTS:
            self._kept.popitem(last=False)
        return receipt
