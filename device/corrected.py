"""What a receipt corrects on a sale as its lane's own feed told it. Pure.

Where the totals agree, whoever tells whole baskets keeps its own lines: it knows the codes. Where they differ, the receipt's
lines and total stand in their place, as far as its lines could be read, and what was told stands behind them as `as_told`: one
sale is one receipt, and the disagreement is marked on it. A line that a receipt names by words only keeps the code of the line
with the same amount, quantity and name, or of the only one with that amount and quantity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from device.basket import added_up
from device.matching import folded

if TYPE_CHECKING:
    from device.domain import Minor
    from device.events import BasketState, RungLine


@dataclass(slots=True)
class Differences:
    """How often a receipt and the lane's own feed told different totals of one sale, for `tillside doctor`."""

    sales: int = 0
    last: str = ""

    def note(self, told: BasketState, receipt: BasketState, what_came_of_it: str) -> None:
        self.sales += 1
        self.last = f"the till told a total of {total_of(told)}, its receipt {total_of(receipt)} (minor units): {what_came_of_it}"

    def note_late(self, told: BasketState, receipt: BasketState) -> None:
        """The receipt of a sale that is kept already."""
        if differ(told, receipt):
            self.note(told, receipt, "the receipt came too late, and what the till told is kept")


def total_of(state: BasketState) -> Minor | None:
    """As told, else what the lines add up to; None: it is not known."""
    if state.total is not None or not state.lines or any(line.amount is None for line in state.lines):
        return state.total
    return added_up(state)


def differ(told: BasketState, receipt: BasketState) -> bool:
    """Both totals are known, and they are not the same."""
    one, other = total_of(told), total_of(receipt)
    return one is not None and other is not None and one != other


def corrected(told: BasketState, receipt: BasketState, differences: Differences) -> BasketState:
    """The sale that is over, as it is kept."""
    if not differ(told, receipt):
        return told
    differences.note(told, receipt, "the receipt is kept")
    heard = tuple(line for line in told.lines if not line.void and line.quantity > 0)
    lines = with_codes(receipt.lines, heard) or told.lines
    return replace(told, lines=lines, total=total_of(receipt), discount=receipt.discount, as_told=told.as_told or told)


def with_codes(printed: tuple[RungLine, ...], heard: tuple[RungLine, ...]) -> tuple[RungLine, ...]:
    """The lines as printed, with the codes of those that were heard."""
    left = [line for line in heard if line.code]
    named = []
    for line in printed:
        same = [one for one in left if one.amount == line.amount and one.quantity == line.quantity]
        worded = [one for one in same if folded(line.name or "").startswith(folded(one.name or "?"))] or same
        if not line.code and (len(worded) == 1 or len({one.code for one in worded}) == 1):
            left.remove(worded[0])
            line = replace(line, code=worded[0].code)  # noqa: PLW2901 - the line as it is now known
        named.append(line)
    return tuple(named)
