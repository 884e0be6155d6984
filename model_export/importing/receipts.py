"""Rows of a table, one a line, become receipts: grouped, marked, refused.

Lines of one receipt need not stand together: up to `OPEN_RECEIPTS` receipts are open at once, and the one that began first is
closed first. So the order in which receipts leave is the order of their first lines, whatever the blocks in which rows arrive,
and a reading that goes on at the first line of the oldest open receipt opens the same receipts again. Those closed already that
have lines behind that point are named in the state, and their lines are passed over.

The same store, till and number again more than `REUSED_HOURS` later is another receipt: tills start from 1 again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any, Final, NamedTuple

from device.domain import Pseudonym, Unit
from model_export.importing import columns, found
from model_export.importing.converters import Converters
from model_export.importing.found import Found, Refusal, Rules, State
from model_export.importing.times import Moment
from model_export.importing.values import Unreadable
from model_export.marks import of_quantity
from sync.central.past import Mark, PastLine, PastReceipt

OPEN_RECEIPTS: Final = 1_000
OPEN_LINES: Final = 100_000
REUSED_HOURS: Final = 6
_TRAINING: Final = int(Mark.TRAINING)
_REUSED: Final = timedelta(hours=REUSED_HOURS)
_PIECE: Final = Unit.PIECE.value
_ORDER: Final = (
    *("receipt", "store", "till", "at", "sku", "quantity", "unit", "amount", "name", "category"),
    *("customer", "consent", "order_hint", "line", "marks"),
)


class Rows(NamedTuple):
    """A block of rows: where each stands, from where it would be read again, and its values by field, each a column."""

    place: Sequence[int]
    resume: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    end: int
    """Where the block ends, in the units of `resume`."""
    end_place: int


@dataclass(slots=True)
class _Open:
    key: str
    number: str
    store: str | None
    till: str | None
    at: Moment | None
    place: int
    resume: int
    last: int
    shopper: Pseudonym | None
    hint: int | None
    consent: bool = True
    marks: int = 0
    lines: list[PastLine] = field(default_factory=list)
    rows: int = 0
    refusal: Refusal | None = None
    numbered: dict[str, PastLine] = field(default_factory=dict)


class Grouper:
    def __init__(self, rules: Rules, converters: Converters, fields: Mapping[str, int], since: State) -> None:
        self._rules, self._converters = rules, converters
        self._timed = "at" in fields or "date" in fields
        self._by_consent = "consent" in fields
        self._of_customer = columns.of_customer(fields)
        self._open: dict[str, _Open] = {}
        self._queue: deque[_Open] = deque()
        self._held = 0
        self._doubtful = False
        self._closed = {(key, at): last for key, at, last in since.begun}
        self._begun: dict[str, list[tuple[str | None, int]]] = {}
        for key, at, last in since.begun:
            self._begun.setdefault(key, []).append((at, last))
        self._end = (since.resume, since.place)
        self._shopper = lru_cache(100_000)(rules.name_shopper)
        self._line_marks = lru_cache(100_000)(rules.line_marks)

    def state(self) -> State:
        """From where to read again once everything yielded so far is kept."""
        resume, place = (self._queue[0].resume, self._queue[0].place) if self._queue else self._end
        self._closed = {key: last for key, last in self._closed.items() if last >= place}
        return State(resume, place, tuple((key, at, last) for (key, at), last in self._closed.items()))

    def take(self, rows: Rows) -> Iterator[Found]:
        """The receipts that these rows close."""
        told = self._converters.read(rows.columns)
        if self._of_customer:
            # It must stay distinct, which in hexadecimal digits it does.
            told["receipt"] = [
                f"#{self._shopper(one.encode().hex())}" if isinstance(one, str) else one for one in told["receipt"]
            ]
        # Nearly every block can be read whole, and then no line of it needs to be looked through.
        self._doubtful = any(Unreadable in set(map(type, column)) for column in told.values())
        ordered = [told.get(name) or repeat(None) for name in _ORDER]
        ends = zip([*rows.resume[1:], rows.end], [*rows.place[1:], rows.end_place], strict=True)
        for place, resume, end, row in zip(rows.place, rows.resume, ends, zip(*ordered, strict=False), strict=False):
            refusal = self._row(place, resume, row)
            self._end = end
            if refusal is not None:
                yield Found(place, refusal)
            while len(self._queue) > OPEN_RECEIPTS or (self._held > OPEN_LINES and len(self._queue) > 1):
                yield self._close()

    def finish(self, *, cut_off: bool = False) -> Iterator[Found]:
        """What is still open; of a file that is cut off, the receipt of the last row is not whole."""
        if cut_off and self._queue:
            last = max(self._queue, key=lambda one: one.last)
            last.refusal = Refusal(last.place, found.CUT_OFF, found.clipped(last.number))
        while self._queue:
            yield self._close()

    def _row(self, place: int, resume: int, row: tuple[Any, ...]) -> Refusal | None:
        number, store, till, at = row[:4]
        if number is None:
            return Refusal(place, found.NO_RECEIPT, receipt=False)
        if number.__class__ is Unreadable:
            return Refusal(place, *number, receipt=False)
        store = store or self._rules.store
        key = _key(number, store, till)
        moment = at if at.__class__ is Moment else None
        receipt = self._open.get(key)
        if receipt is None or _far(receipt.at and receipt.at.local, moment):
            # Keys that are kept in the store hold no card number.
            if self._begun and self._passed(_key(self._rules.number(number), store, till), moment, place):
                return None
            receipt = self._begin(key, place, resume, row)
        receipt.last = place
        receipt.rows += 1
        self._held += 1
        return self._line(receipt, place, row) if receipt.refusal is None else None

    def _begin(self, key: str, place: int, resume: int, row: tuple[Any, ...]) -> _Open:
        number, store, till, at = row[:4]
        moment = at if at.__class__ is Moment else None
        shopper, hint = self._named(row[10]), row[12]
        receipt = _Open(key, number, store or self._rules.store, till, moment, place, resume, place, shopper, hint)
        self._open[key] = receipt
        self._queue.append(receipt)
        if self._timed and at is None:
            receipt.refusal = Refusal(place, found.NO_TIME, found.clipped(number))
        return receipt

    def _line(self, receipt: _Open, place: int, row: tuple[Any, ...]) -> Refusal | None:
        """Add a line to its receipt; the refusal of a line that is left out of it."""
        if self._doubtful:
            for value in row:
                if value.__class__ is Unreadable:
                    receipt.refusal = Refusal(place, *value)
                    return None
        _, _, _, _, sku, quantity, unit, amount, name, category, customer, consent, _, line, marks = row
        # Lines that name two shoppers are nobody's; one line without consent is a receipt without.
        if self._named(customer) != receipt.shopper:
            receipt.shopper = None
        receipt.consent &= bool(consent) or not self._by_consent
        receipt.marks |= marks & _TRAINING
        if sku is None:
            return Refusal(place, found.NO_ITEM, found.clipped(receipt.number), receipt=False)
        quantity = 1000 if quantity is None else quantity
        marks = (marks & ~_TRAINING) | of_quantity(quantity) | self._line_marks(sku, name, category)
        told = PastLine(sku, quantity, marks, amount, unit or _PIECE, name)
        if line is not None and (earlier := receipt.numbered.setdefault(line, told)) is not told:
            if earlier == told:
                return Refusal(place, found.REPEATED, found.clipped(receipt.number), receipt=False)
            receipt.refusal = Refusal(place, found.TWO_LINES, found.clipped(receipt.number))
        elif len(receipt.lines) >= found.MOST_LINES:
            receipt.refusal = Refusal(place, found.TOO_MANY_LINES, found.clipped(receipt.number))
            receipt.lines.clear()
            receipt.numbered.clear()
        else:
            receipt.lines.append(told)
        return None

    def _named(self, customer: Any) -> Pseudonym | None:
        return self._shopper(customer) if isinstance(customer, str) else None

    def _close(self) -> Found:
        receipt = self._queue.popleft()
        self._held -= receipt.rows
        if self._open.get(receipt.key) is receipt:
            del self._open[receipt.key]
        local = None if receipt.at is None else receipt.at.local
        number = self._rules.number(receipt.number)
        self._closed[_key(number, receipt.store, receipt.till), local] = receipt.last
        if len(self._closed) > 2 * OPEN_RECEIPTS:
            self.state()
        if receipt.refusal is None and not receipt.lines:
            receipt.refusal = Refusal(receipt.place, found.NO_LINES, found.clipped(receipt.number))
        if receipt.refusal is not None:
            return Found(receipt.place, receipt.refusal._replace(lines=receipt.rows))
        told = PastReceipt(
            number=number,
            lines=tuple(receipt.lines),
            store=receipt.store,
            till=receipt.till,
            local_time=local,
            closed_at=None if receipt.at is None else receipt.at.utc,
            order_hint=receipt.hint,
            currency=self._rules.currency,
            shopper=receipt.shopper,
            consent=receipt.shopper is not None and receipt.consent,
            marks=receipt.marks | self._rules.receipt_marks(receipt.lines),
        )
        return Found(receipt.place, told)

    def _passed(self, key: str, moment: Moment | None, place: int) -> bool:
        """Whether the row belongs to a receipt that an earlier reading has closed behind it."""
        return any(place <= last and not _far(at, moment) for at, last in self._begun.get(key, ()))


def _key(number: str, store: str | None, till: str | None) -> str:
    return f"{number}\0{store or ''}\0{till or ''}"


def _far(local: str | None, moment: Moment | None) -> bool:
    if local is None or moment is None or local == moment.local:
        return False
    return abs(datetime.fromisoformat(local) - datetime.fromisoformat(moment.local)) > _REUSED
