"""Printed receipt text, line by line, to events: the grammar that a receipt printer and a CCTV text feed share.

A printer prints after the tender, so one receipt is collected and concluded as a whole at its end (`Printed.end`), where it is
checked: see `device.printed.receipt`. A text feed comes line by line while the goods are rung up: with `Layout.live` each line
gives its events at once, unchecked: see `device.printed.live`. What a line holds is told by words in nine languages
(`device.printed.words`, `device.printed.lines`) or by the site's own patterns (`device.printed.layout`).

What a receipt that is concluded as a whole gives:

| receipt                                                | events                                                           |
|--------------------------------------------------------|------------------------------------------------------------------|
| lines that add up to the total                         | `SaleBegan`, lines, voids, discounts, `Tendered`, `SaleEnded`    |
| lines that do not                                      | `SaleEnded` with the total as stated; and a skip                 |
| a total that nothing confirms or something contradicts | `SaleEnded` without a total; and a skip                          |
| cancelled                                              | `SaleEnded` as cancelled                                         |
| a copy, a report, a card slip, cash in or out          | nothing; and a skip                                              |
| text without a total                                   | nothing                                                          |

Without `SaleBegan` a sale was heard in part: what stands on the receipt is not known.

A line with a minus takes off the line of the same name or amount before it, and is a discount where there is none. Only what
the grammar knows is kept: a line about a cashier, a member, a card or a telephone is dropped unread, and long numbers are
taken out of names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from device.domain import Kind, Minor, Phase
from device.events import (
    DiscountGiven,
    LineRung,
    LineVoided,
    PosEvent,
    SaleBegan,
    SaleEnded,
    SubtotalTold,
    Tendered,
)
from device.printed import receipt, sums
from device.printed.layout import Layout, Patterns
from device.printed.lines import Form, Reading, read
from device.printed.live import Live, rung, voided
from device.printed.words import Role, Words, means, plain

__all__ = ["MAX_LINE", "MAX_LINES", "Layout", "Printed"]

MAX_LINE: Final = 1024
"""Characters of a line; a longer one is dropped and counted."""
MAX_LINES: Final = 500
"""Lines of a receipt; a longer one is kept without lines."""

MAX_KNOWN: Final = 512
"""Lines whose reading is remembered; none of people or cards."""

_GAP: Final = re.compile(r"\s\s{4,}")

_FORGOTTEN: Final = frozenset({Role.PERSON, Role.SLIP})

_Skip = Callable[[int, str], None]


class Printed:
    """Collects one receipt at a time. `skip(size, why)` is told what was left out; it never quotes the text."""

    def __init__(self, layout: Layout | None = None, skip: _Skip | None = None) -> None:
        self._layout = layout or Layout()
        self._skip: _Skip = skip or (lambda _size, _why: None)
        self._words = Words(self._layout.words)
        self._patterns = Patterns(self._layout)
        self._live = Live(self._layout) if self._layout.live else None
        self._lines: list[tuple[str, Reading]] = []
        self._count = 0
        self._size = 0
        self._totalled = False
        self._known: dict[str, Reading] = {}

    @property
    def unfinished(self) -> bool:
        """Whether there is anything that an end would conclude."""
        return bool(self._count)

    @property
    def totalled(self) -> bool:
        """Whether a total was seen of a receipt that is concluded as a whole: silence behind it is an end, before it a pause."""
        return self._totalled

    def line(self, text: str, at: datetime, code: str = "") -> list[PosEvent]:
        """One printed line, without its end. `code`: what a bar code printed with it holds. Events only in live mode."""
        if len(text) > MAX_LINE:
            self._skip(len(text), f"a line is longer than {MAX_LINE} characters")
            return []
        if not text.strip() or self._patterns.drops(text):
            return []
        self._count += 1
        self._size += len(text)
        if self._count > MAX_LINES:
            if self._count == MAX_LINES + 1:
                self._skip(self._size, f"a receipt is longer than {MAX_LINES} lines: the rest of it is not read")
            return []
        reading = self._read(text, code)
        if reading is None:
            return []
        if self._live is not None:
            return self._live.line(text, reading, at)
        self._totalled |= reading.amount is not None and reading.role in sums.TOTALS
        self._lines.append((text if reading.role is Role.TENDER else "", reading))
        return []

    def begin(self, at: datetime) -> list[PosEvent]:
        """A begin mark was seen: what is unfinished is concluded, and a sale begins."""
        events = self.end(at)
        return events + (self._live.begin(at) if self._live is not None else [])

    def end(self, at: datetime, *, marked: bool = False) -> list[PosEvent]:
        """The receipt is over: a cut, an end mark, the drawer or silence. Without any line since the last end: nothing.

        `marked`: the till said so itself; live, what ends without being paid is then closed, and otherwise set aside.
        """
        lines, self._lines = self._lines, []
        self._totalled = False
        long, self._count = self._count > MAX_LINES, 0
        size, self._size = self._size, 0
        if self._live is not None:
            return self._live.end(at, marked=marked)
        if long or not lines:
            return []
        found = receipt.read(lines, self._layout.names)
        if found.report:
            self._skip(size, "a copy, a report, a card slip or cash in or out is no sale")
        elif found.why:
            self._skip(size, found.why)
        return _events(found, at)

    def _read(self, text: str, code: str) -> Reading | None:
        if self._patterns:
            # Nobody is named, whatever the pattern.
            reading = None if self._words.role(plain(text)) is Role.PERSON else self._patterns.read(text)
        else:
            reading = self._remembered(text)
        if code and reading is not None and reading.role is not Role.PERSON:
            reading = replace(reading, code=code, form=Form.DETAIL if reading.form is Form.AMOUNT else reading.form)
        return reading

    def _remembered(self, text: str) -> Reading:
        """A till prints the same lines on every receipt, and many of its goods more than once a day."""
        if (known := self._known.get(text)) is not None:
            return known
        # Of a gap it counts only that it is one, and patterns that begin with space take quadratic time in a long one.
        reading = read(_GAP.sub("    ", text), self._words, self._layout.decimals, self._layout.decimal_mark)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        if reading.role not in _FORGOTTEN:
            self._known[text] = reading
        return reading


def _events(found: receipt.Receipt, at: datetime) -> list[PosEvent]:
    if found.cancelled:
        return [SaleEnded(at=at, phase=Phase.CANCELLED)]
    if found.report or not found.sale:
        return []
    if not found.items:
        return [SaleEnded(at=at, total=found.total)]
    events: list[PosEvent] = [SaleBegan(at=at, kind=Kind.RETURN if found.refund else Kind.SALE)]
    standing: list[Reading] = []
    for item in found.items:
        if item.amount is None or item.amount >= 0:
            standing.append(item)
            events.append(LineRung(at=at, line=rung(item)))
        elif (taken := voided(standing, item)) is not None:
            standing.remove(taken)
            events.append(LineVoided(at=at, name=taken.name or None, code=taken.code, amount=Minor(-item.amount)))
        else:
            events.append(DiscountGiven(at=at, amount=Minor(-item.amount)))
    if found.subtotal is not None:
        events.append(SubtotalTold(at=at, amount=found.subtotal))
    events += [DiscountGiven(at=at, amount=amount) for amount in found.discounts]
    events += [Tendered(at=at, means=means(text), amount=amount) for text, amount in found.tenders]
    return [*events, SaleEnded(at=at, total=found.total)]
