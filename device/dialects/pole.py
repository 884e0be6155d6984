"""A customer display of two rows of 20 characters on RS-232 or USB, 9600 8N1 mostly; one-way, from the till.

The display is **state**: commands paint its cells, and only a screen that has settled means something. The command sets of a
dozen makers are tables in `device.display.profiles`; what is read on the glass is in `device.display.reading`.

    0C 1F 24 01 01 "MILK 3.2%      x2" 1F 24 01 02 "     1.50      3.00"

| the screen changes to                             | told as                                                                   |
|---------------------------------------------------|---------------------------------------------------------------------------|
| an item                                           | a line; after an end was seen, the beginning of a sale before it          |
| the same item and price, another quantity         | the latest line changed                                                   |
| the very same screen again                        | nothing: a repaint. Two of the same in a row that a till does not count   |
|                                                   | up with `x2` cannot be told apart from it, and are one                    |
| an item that stands on the receipt, after a void  | nothing: the display shows what is now the latest                         |
| void, discount, total, paying, change             | what `device.display.reading` says                                        |
| a greeting after paying                           | the end                                                                   |
| a greeting, and nothing was paid                  | by `left`: cancelled, or set aside                                        |

A screen has settled when nothing comes for `settle_ms`, or when the till begins to write it anew. Names are cut by the display:
they are matched by their beginning and the price. A feed that is joined in the middle begins no sale.
"""

from __future__ import annotations

import codecs
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from device.dialects import DialectOptions, Skips
from device.display.emulator import Display
from device.display.profiles import Profile
from device.display.reading import Reader, Seen, What
from device.domain import Minor, Phase
from device.events import DiscountGiven, LineChanged, LineRung, LineVoided, RungLine, SaleBegan, SaleEnded, SubtotalTold, Tendered
from device.printed.words import Role

if TYPE_CHECKING:
    from device.events import PosEvent

MAX_NAMES = 200
"""Lines of a sale that are remembered to know a repaint."""


class Options(DialectOptions, frozen=True):
    profile: Profile = "epson"
    charset: str = "cp437"
    """A codec of Python; with cp437 the till may choose another page by `1B 74 n`."""
    scrolls: bool = False
    """Rows move up as the till writes on below: it told the display so at power-on, or the display's switches do."""
    settle_ms: Annotated[int, msgspec.Meta(ge=20, le=2000)] = 100
    decimals: Annotated[int, msgspec.Meta(ge=0, le=3)] = 2
    """Of the currency."""
    left: Literal["cancelled", "suspended"] = "cancelled"
    """What became of a sale when the display greets the next shopper and nothing was paid."""
    idle: tuple[str, ...] = ()
    """Words of the site's own greeting."""
    words: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The site's words of a role in place of the known ones: see `device.printed.words`."""

    def __post_init__(self) -> None:
        try:
            codecs.getincrementaldecoder(self.charset)
        except LookupError as error:
            raise ValueError(f"unknown charset '{self.charset}'") from error
        if unknown := set(self.words) - {role.value for role in Role}:
            raise ValueError(f"words: unknown role '{min(unknown)}'; there are: {', '.join(sorted(Role))}")


class Decoder:
    def __init__(self, options: Options | None = None) -> None:
        self.skips = Skips()
        self._options = options or Options()
        self.quiet_seconds: float | None = self._options.settle_ms / 1000
        self._quiet = timedelta(milliseconds=self._options.settle_ms)
        self._reader = Reader(self._options.decimals, self._options.idle, self._options.words)
        own = self._options
        self._display = Display(own.profile, own.charset, self.skips, self._settled, scrolls=own.scrolls)
        self._events: list[PosEvent] = []
        self._at: datetime | None = None
        self._shown: tuple[str, ...] = ()
        self._open = False
        self._fresh = False
        """The end of a sale, or a greeting, was seen: what comes now is a whole sale."""
        self._paying = False
        self._total: Minor | None = None
        self._lines: list[Seen] = []
        self._voiding = False

    def feed(self, data: bytes, at: datetime) -> list[PosEvent]:
        if self._at is None:
            self._at = at
        if not data or at - self._at >= self._quiet:
            self._display.conclude((at - self._at).total_seconds())
        if data:
            self._at = at
            self._display.feed(data)
        events, self._events = self._events, []
        return events

    def _settled(self, rows: tuple[str, ...]) -> None:  # noqa: C901 - one branch for each thing a screen may say
        if rows == self._shown:
            return
        self._shown = rows
        seen = self._reader.read(rows)
        if seen is None:
            return
        match seen.what:
            case What.ITEM:
                self._item(seen)
            case What.VOID if self._open:
                self._void(seen)
            case What.DISCOUNT if self._open and seen.amount:
                self._tell(DiscountGiven(at=self._now, amount=seen.amount))
            case What.TOTAL if self._open and seen.sum is not None:
                self._sum(seen.sum)
            case What.PAY if self._open:
                self._pay(seen)
            case What.END:
                self._end(seen.sum)
            case What.IDLE:
                self._idle()
            case What.CANCEL:
                self._close(Phase.CANCELLED, None)
            case _:
                pass

    @property
    def _now(self) -> datetime:
        assert self._at is not None
        return self._at

    def _tell(self, event: PosEvent) -> None:
        self._events.append(event)

    def _item(self, seen: Seen) -> None:
        if not self._open:
            if self._fresh:
                self._tell(SaleBegan(at=self._now))
            self._open, self._paying, self._total = True, False, None
            self._lines.clear()
        after_a_void, self._voiding = self._voiding, False
        last = self._lines[-1] if self._lines else None
        if after_a_void and any(_same(line, seen) and line.quantity == seen.quantity for line in self._lines):
            return
        if last is not None and _same(last, seen):
            if (last.quantity, last.amount) != (seen.quantity, seen.amount):
                self._lines[-1] = seen
                self._tell(
                    LineChanged(at=self._now, name=seen.name, quantity=seen.quantity, price=seen.price, amount=seen.amount)
                )
        else:
            if len(self._lines) < MAX_NAMES:
                self._lines.append(seen)
            line = RungLine(None, "", seen.quantity, seen.unit, seen.amount, seen.price, seen.name)
            self._tell(LineRung(at=self._now, line=line))
        if seen.sum is not None:
            self._sum(seen.sum)

    def _void(self, seen: Seen) -> None:
        self._voiding = True
        quantity = seen.quantity if seen.name and seen.amount is not None and seen.quantity != 1000 else None
        found = next((line for line in reversed(self._lines) if line.name == seen.name), None)
        if found is not None:
            self._lines.remove(found)
        self._tell(LineVoided(at=self._now, name=seen.name or None, quantity=quantity, amount=seen.amount))
        if seen.sum is not None:
            self._sum(seen.sum)

    def _sum(self, amount: Minor) -> None:
        self._total = amount
        self._tell(SubtotalTold(at=self._now, amount=amount))

    def _pay(self, seen: Seen) -> None:
        self._total = self._total if seen.sum is None else seen.sum
        if not self._paying:
            self._paying = True
            self._tell(Tendered(at=self._now, means=seen.means))

    def _end(self, total: Minor | None) -> None:
        if self._open and not self._paying:
            self._pay(Seen(What.PAY, sum=total))
        self._close(Phase.CLOSED, self._total if total is None else total)

    def _idle(self) -> None:
        self._close(Phase.CLOSED if self._paying else Phase(self._options.left), self._total if self._paying else None)

    def _close(self, phase: Phase, total: Minor | None) -> None:
        if self._open:
            self._tell(SaleEnded(at=self._now, phase=phase, total=total))
        self._open, self._fresh, self._paying, self._total = False, True, False, None
        self._lines.clear()


def _same(line: Seen, seen: Seen) -> bool:
    """The same item at the same price, whatever the quantity."""
    if line.name != seen.name or line.unit is not seen.unit:
        return False
    if line.price is not None and seen.price is not None:
        return line.price == seen.price
    # One of the two screens tells the sum only: it must be so many times the price.
    one, other = (line, seen) if line.price is not None else (seen, line)
    if one.price is None:
        return line.amount is not None and seen.amount is not None and line.amount * seen.quantity == seen.amount * line.quantity
    return other.amount is not None and abs(one.price * other.quantity - other.amount * 1000) <= 500
