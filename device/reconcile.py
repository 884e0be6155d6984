"""Several feeds of one lane, made into one basket: what each is believed on, and how they are brought together.

| role     | feed                       | is believed on                                                                   |
|----------|----------------------------|----------------------------------------------------------------------------------|
| basket   | display, camera feed, till | that there is a line; quantity, price, void, tender, the end                     |
| identity | scanner                    | what an item is, and nothing else: it hears no void, quantity key or lost sale   |
| truth    | receipt or fiscal printer  | all lines and the total of a sale that is over                                   |

A scan says what a line without a code is when both came within `window_seconds` of each other. A scan that came first is taken
when the catalogue's price of its code is the line's, or its name is; one that came after its line, only by name, for another line
of that price may be on its way. When scans of different codes fit, none is taken; each scan is used once. A wrong item is worse
than none.

Where there is a truth feed, the end of a sale waits `TRUTH_SECONDS` for its receipt, or until the next sale begins; meanwhile it
is being paid. The receipt's lines replace those that were heard, with the codes that were heard for them (`device.corrected`); a
till that tells whole baskets keeps its own lines where the totals agree (`device.whole_baskets`). One sale is one receipt: where
the totals differ, the printed one is kept, marked with what the lane's own feed told, and counted for `tillside doctor`. A
receipt of a sale nobody heard is a sale of its own; an end of one is left to its receipt. A receipt that comes when its sale was
given up changes nothing, within `LATE_SECONDS` or when the next one is at hand.

Pure: times come with the events.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from device.corrected import Differences, differ, with_codes
from device.domain import Phase
from device.events import BasketState, ItemScanned, LineRung, SaleBegan, SaleEnded, Tendered
from device.matching import folded
from device.tally import Tally
from device.whole_baskets import LATE_SECONDS, TRUTH_SECONDS, WholeBaskets

if TYPE_CHECKING:
    from datetime import datetime

    from device.catalogue import Catalogue, Item
    from device.events import PosEvent, RungLine
    from device.open_sale import OpenSale

Role = Literal["basket", "identity", "truth"]

MAX_SCANS: Final = 32
LEAST_NAME: Final = 6
"""Letters of a name that must agree: displays cut names to 15 to 20."""


class Ears:
    """Owns what one lane has heard of its open sales: one tally for each feed that tells lines, and the scans not yet used."""

    def __init__(self, currency: str, *, window_seconds: float = 5.0, waits_for_truth: bool = False) -> None:
        self.differences = Differences()
        self._basket = Tally(currency)
        self._whole = WholeBaskets(self.differences, waits=waits_for_truth)
        self._truth = Tally(currency)
        self._window = window_seconds
        self._waits = waits_for_truth
        self._scans: deque[ItemScanned] = deque(maxlen=MAX_SCANS)
        self._ending: SaleEnded | None = None
        self._last: BasketState | None = None
        self._owed: BasketState | None = None
        """The last sale that ended without its receipt, which may still come."""

    def take(self, event: PosEvent, role: Role, catalogue: Catalogue) -> list[BasketState]:
        """The baskets that come of it, in order; mostly one or none."""
        match role:
            case "identity":
                return self._scanned(event, catalogue) if isinstance(event, ItemScanned) else []
            case "truth":
                return self._printed(event)
            case "basket":
                return self._told(event, catalogue)

    def idle(self, at: datetime, seconds: float | None) -> list[BasketState]:
        """What time alone brings: an end whose receipt does not come, a sale that is not heard of for so many `seconds`."""
        ended = self._whole.idle(at)
        # Without its sign: a clock that was set back would have the end wait until it is as late again.
        if self._ending is not None and abs((at - self._ending.at).total_seconds()) >= TRUTH_SECONDS:
            ended += self._end()
        return ended if seconds is None else ended + self._basket.idle(at, seconds)

    @property
    def holds_an_end(self) -> bool:
        """A sale is over and waits for its receipt."""
        return self._ending is not None or self._whole.ends

    def aside(self) -> list[OpenSale]:
        """Sales that were set aside, of a till that will not tell their lines again."""
        return self._basket.aside()

    def restore(self, sales: list[OpenSale]) -> None:
        """What `aside` gave an earlier process."""
        self._basket.restore(sales)

    def end(self) -> list[BasketState]:
        """Nothing more will be heard: the sales that are over."""
        return [*self._whole.end(), *self._end()]

    def _told(self, event: PosEvent, catalogue: Catalogue) -> list[BasketState]:
        if isinstance(event, BasketState):
            if states := self._whole.take(event):
                self._last = states[-1]
            return states
        before = self._end() if isinstance(event, SaleBegan | LineRung) else []
        if self._waits and isinstance(event, SaleEnded) and event.phase is Phase.CLOSED:
            if self._ending is not None and self._ending.till == event.till:
                return []  # told again
            before = self._end()
            self._ending = event
            # Until its receipt comes nothing is suggested, and nothing sent to the till.
            paying = self._basket.take(Tendered(at=event.at, till=event.till, sale=event.sale))
            return before if paying is None else [*before, paying]
        state = self._basket.take(event)
        if state is None:
            return before
        if isinstance(event, LineRung) and (sale := self._basket.current(event.till)) is not None:
            state = self._identified(sale, state, event, catalogue)
        self._last = state
        return [*before, state]

    def _end(self) -> list[BasketState]:
        """The end that waited for its receipt."""
        ending, self._ending = self._ending, None
        if ending is not None and self._basket.current(ending.till) is None:
            ending = replace(ending, total=None)  # a total nobody heard the lines of is the receipt's to tell
        state = None if ending is None else self._basket.take(ending)
        if state is None:
            return []
        self._last = self._owed = state
        return [state]

    def _identified(self, sale: OpenSale, state: BasketState, event: LineRung, catalogue: Catalogue) -> BasketState:
        if event.line.void or event.line.quantity <= 0:
            return state  # it took a line off: none was rung up
        number = max(sale.told_at, key=lambda one: (sale.told_at[one], one), default=None)
        line = None if number is None else sale.lines[number]
        if number is None or line is None or line.code:
            return state
        near = [scan for scan in self._scans if 0 <= (event.at - scan.at).total_seconds() <= self._window]
        fitting = [scan for scan in near if _fits(catalogue.by_code(scan.line.code), line)]
        if not fitting and len(near) == 1 and catalogue.by_code(near[0].line.code) is None:
            fitting = near  # it is unknown to the catalogue, and stays an unknown line, now with its code
        if len({scan.line.code for scan in fitting}) != 1:
            return state
        self._scans.remove(fitting[0])
        sale.lines[number] = replace(line, code=fitting[0].line.code)
        return self._basket.restate(sale, event.at)

    def _scanned(self, event: ItemScanned, catalogue: Catalogue) -> list[BasketState]:
        item = catalogue.by_code(event.line.code)
        for sale in self._basket.at_hand():
            for number, line in reversed(sale.lines.items()):
                late = (event.at - sale.told_at[number]).total_seconds()
                if not line.code and 0 <= late <= self._window and item is not None and named_alike(item, line.name):
                    sale.lines[number] = replace(line, code=event.line.code)
                    return [self._basket.restate(sale, event.at)]
        self._scans.append(event)
        return []

    def _printed(self, event: PosEvent) -> list[BasketState]:
        state = self._truth.take(event)
        if state is None or state.phase is not Phase.CLOSED:
            return []
        if (states := self._whole.printed(state)) is not None:
            self._last = states[-1] if states else self._last
            return states
        if sales := self._basket.at_hand():
            sale = next((one for one in reversed(sales) if state.till is not None and one.till == state.till), sales[-1])
            owed, self._owed = self._owed, None
            if owed is not None and self._ending is None and owed.total == state.total != _added_up(sale):
                return []
            ended_before = self._end() if self._ending is not None and self._ending.till != sale.till else []
            self._last = self._closed_with(sale, state, event.at)
            return [*ended_before, self._last]
        return self._printed_alone(state)

    def _printed_alone(self, state: BasketState) -> list[BasketState]:
        """The receipt of no sale at hand."""
        owed, self._owed = self._owed, None
        if self._last is not None and self._last.total == state.total and self._last.phase is Phase.CLOSED:
            self._last = None
            return []  # it was closed by its own feed already
        if owed is not None and (state.at - owed.at).total_seconds() <= LATE_SECONDS:
            self.differences.note_late(owed, state)
            return []
        # Of the same moment as a sale of the other feed, it would have its name.
        return [replace(state, basket_id=f"{state.basket_id}-receipt"[-64:])]

    def _closed_with(self, sale: OpenSale, receipt: BasketState, at: datetime) -> BasketState:
        """As it was printed, with what was told behind it where the totals differ."""
        ending, self._ending = self._ending, None
        told = self._basket.restate(sale, at)
        if ending is not None and ending.total is not None:
            told = replace(told, total=ending.total)
        closed = self._basket.close_with(sale, with_codes(receipt.lines, told.lines) or told.lines, receipt.total, at)
        if not told.lines or not differ(told, closed):
            return closed
        self.differences.note(told, receipt, "the receipt is kept")
        return replace(closed, as_told=told)


def _added_up(sale: OpenSale) -> int:
    return sum(line.amount or 0 for line in sale.lines.values()) - sale.discount


def named_alike(item: Item, name: str | None) -> bool:
    """Whether a name as a display cuts it begins one of the item's names."""
    told = folded(name or "")
    return len(told) >= LEAST_NAME and any(
        folded(known).startswith(told) for known in (*item.names.values(), *item.short.values())
    )


def _fits(item: Item | None, line: RungLine) -> bool:
    if item is None:
        return False
    price = line.price
    if price is None and line.amount is not None:
        # The unit price of what is weighed is known only to the grain of the scale.
        return named_alike(item, line.name) or (item.price is not None and line.amount * 1000 == item.price * line.quantity)
    return price == item.price or named_alike(item, line.name)
