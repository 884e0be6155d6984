"""Tills made for this register that cannot tell a whole basket: one JSON object, on one line, for each thing that happens.

Over MQTT one payload is one event, on `tillside/lane/v1/{store}/{till}/event`; elsewhere LF ends it.

    {"v":1,"event":"add","till":"7","basket_id":"20261122-7-153","seq":1,"ts":"2026-11-22T10:15:03Z","currency":"RUB",
     "line":{"line_id":1,"code":"04601234567893","name":"Milk 3.2%","qty":1000,"unit":"pcs","price":8990,"amount":8990}}

| event    | says                                                          | beside what every event has                       |
|----------|---------------------------------------------------------------|---------------------------------------------------|
| `begin`  | a sale begins, or goes on that was set aside; may be left out | `card`                                            |
| `add`    | the line stands there                                         | `line`, whole                                     |
| `qty`    | the line stands there in another quantity, price or amount    | `line`, whole, as it stands now                   |
| `void`   | the line was taken off                                        | `line`; its `line_id` is enough                   |
| `tender` | paying has begun or goes on                                   | `paid`, all payments so far                       |
| `end`    | the sale is over                                              | `state`: closed (default), cancelled or suspended |
| `state`  | the whole sale as of `seq`, an answer to the command `state`  | `lines`, all of them; `state`, as in `native`     |

`seq` counts the events of a sale from 1, without a gap; a `state` has that of the last event before it and uses up none. All have
`v`, `basket_id`, `seq`, `currency`; `till`, `ts`, `total` (the sale's, as of this event), `card` and `paid` are as in the dialect
`native`, and so are the fields of a line. Unknown fields are ignored.

Each line is as the event of the highest `seq` told it, so that events may come twice and in any order. While one is missing the
sale is *partial*: nothing is suggested, and over MQTT the register asks for the `state` (`device.tillprogram`). An end waits for
what is missing, `GAP_SECONDS` or until the till's next sale, and is then kept as partial, from which nothing is learnt. A sale
that the till has left for another one without an end is over; one that was suspended goes on with its next event. An end that
waits outlives a register that is killed (`device.aside`), and waits once more.

Limits: 256 KiB a line, 1,000 lines a sale, `MAX_SALES` sales that are open, set aside or waiting for their end, `MAX_ENDED` that
are remembered as over; what has not been heard of for `FORGOTTEN_SECONDS` is forgotten, but for an end that waits: a till may
number its sales anew every morning.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, assert_never

import msgspec

from device import nativeform as form
from device.dialects import DialectOptions, Skips
from device.domain import Minor, Phase
from device.events import BasketState
from device.nativeform import MAX_BYTES, MAX_LINES, VERSION
from device.numbered_sale import HeldEnd, Key, NumberedSale

GAP_SECONDS: Final = 5.0
FORGOTTEN_SECONDS: Final = 12 * 3600
MAX_SALES: Final = 64
MAX_ENDED: Final = 256


class _Event(msgspec.Struct, frozen=True, tag_field="event", kw_only=True):
    v: int
    basket_id: form.Text
    seq: Annotated[int, msgspec.Meta(ge=1, le=2**31)]
    currency: form.Currency
    till: form.Text | None = None
    ts: form.Text | None = None
    total: form.Amount | None = None
    card: object = None
    paid: object = None


class _Begin(_Event, frozen=True, tag="begin"):
    pass


class _Add(_Event, frozen=True, tag="add"):
    line: form.TillLine


class _Qty(_Event, frozen=True, tag="qty"):
    line: form.TillLine


class _Named(msgspec.Struct, frozen=True):
    line_id: form.LineId


class _Void(_Event, frozen=True, tag="void"):
    line: _Named


class _Tender(_Event, frozen=True, tag="tender"):
    pass


class _End(_Event, frozen=True, tag="end"):
    state: Literal["closed", "cancelled", "suspended"] = "closed"


class _State(_Event, frozen=True, tag="state"):
    state: Phase
    lines: Annotated[list[form.TillLine], msgspec.Meta(max_length=MAX_LINES)]


_Any = _Begin | _Add | _Qty | _Void | _Tender | _End | _State
_event = msgspec.json.Decoder(_Any)


class Options(DialectOptions, frozen=True):
    """Nothing differs from shop to shop."""


class Decoder:
    quiet_seconds = GAP_SECONDS
    topic = "event"
    """Where a till tells them over MQTT, where the settings name no topic."""

    def __init__(self, options: Options | None = None) -> None:
        del options
        self.skips = Skips()
        self._tail = bytearray()
        self._overflow = False
        self._sales: dict[Key, NumberedSale] = {}
        self._ended: dict[Key, datetime] = {}
        self._at_hand: dict[str | None, str] = {}
        """The sale that each till is at."""
        self._restored: datetime | None = None
        """When ends of an earlier process were taken over: from then on they wait."""

    def feed(self, data: bytes, at: datetime) -> list[BasketState]:
        events = self._pass(at, silent=not data)
        *whole, rest = (data or b"\n").split(b"\n")
        for line in whole:
            text = (bytes(self._tail) + line).strip(b" \t\r\x00")
            self._tail.clear()
            if self._overflow or len(text) > MAX_BYTES:
                self.skips.add(len(text), f"a line is longer than {MAX_BYTES} bytes")
                self._overflow = False
            elif text:
                events += self._take(text, at)
        self._tail += rest
        if len(self._tail) > MAX_BYTES:
            self._overflow = True
            self._tail.clear()
        return events

    def end(self, at: datetime) -> list[BasketState]:
        """Nothing more will be heard: ends that waited for what was missing."""
        return [self._conclude(key, at) for key in [key for key, sale in self._sales.items() if sale.over]]

    def held(self) -> list[HeldEnd]:
        """Ends that wait for what is missing: the till has done with them, and a process that is killed would lose them."""
        return [HeldEnd(till, basket_id, sale) for (till, basket_id), sale in self._sales.items() if sale.over]

    def restore(self, held: list[HeldEnd], at: datetime) -> None:
        """What `held` gave an earlier process. It waits once more: what is missing may come of the broker, or be asked for."""
        for one in held:
            if one.sale.over:
                one.sale.given = 0  # to a process that was killed before it kept it: this one has been told nothing yet
                self._sales[one.till, one.basket_id] = one.sale
        self._restored = at

    def standing(self) -> list[BasketState]:
        """The sales whose ends wait, as they stand: being paid."""
        return [sale.state(key, sale.at, None) for key, sale in self._sales.items() if sale.over and sale.at is not None]

    def _take(self, text: bytes, at: datetime) -> list[BasketState]:
        try:
            event = _event.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.skips.add(len(text), f"an event is not of the form of tillevents: {form.unquoted(error)}")
            return []
        why = self._why_not(event)
        if why:
            self.skips.add(len(text), why)
            return []
        key = event.till, event.basket_id
        late = self._late(event)
        before = [] if late else self._leave(key, at)
        sale = self._sales.pop(key, None) or NumberedSale()
        self._sales[key] = sale  # the one heard of last stands last
        sale.currency, sale.at = event.currency, at
        latest = event.seq >= sale.top
        _apply(sale, event)
        if latest:
            if event.total is not None or not isinstance(event, _State):
                sale.total = None if event.total is None else Minor(event.total)
            sale.tenders = form.tenders(event.paid) or sale.tenders
        if late:
            return []
        if sale.over and sale.top == sale.whole:
            return [*before, self._conclude(key, at, form.card(event.card))]
        return [*before, *self._crowded_out(at), sale.state(key, at, form.card(event.card))]

    def _crowded_out(self, at: datetime) -> list[BasketState]:
        """The sale heard of longest ago gives way: one that is over as it stands; one that goes on is asked for."""
        if len(self._sales) <= MAX_SALES:
            return []
        key, sale = next(iter(self._sales.items()))
        if sale.over:
            return [self._conclude(key, at)]
        del self._sales[key]
        return []

    def _why_not(self, event: _Any) -> str:
        """Why an event is left out."""
        if event.v != VERSION:
            return f"an event is of another version; this program reads version {VERSION}"
        key = event.till, event.basket_id
        if key in self._ended:
            return "an event came again, or is of a sale that is over"
        sale = self._sales.get(key)
        if sale is not None and sale.knows(event.seq) and not (isinstance(event, _State) and event.seq > sale.whole):
            return "an event came again, or a state of what is known"
        return ""

    def _late(self, event: _Any) -> bool:
        """Of a sale that is set aside while the till is at another: it is noted, and the till stays where it is."""
        sale = self._sales.get((event.till, event.basket_id))
        aside = sale is not None and sale.phase is Phase.SUSPENDED and event.seq <= sale.top
        return aside and self._at_hand.get(event.till, event.basket_id) != event.basket_id

    def _leave(self, key: Key, at: datetime) -> list[BasketState]:
        """The till is at this sale now: what it was at before is over, unless it was set aside."""
        till, basket_id = key
        before = self._at_hand.pop(till, basket_id)
        if len(self._at_hand) >= MAX_SALES:
            del self._at_hand[next(iter(self._at_hand))]
        self._at_hand[till] = basket_id
        left = self._sales.get((till, before))
        if before == basket_id or left is None or left.phase is Phase.SUSPENDED:
            return []
        if left.over:
            return [self._conclude((till, before), at)]
        self._forget((till, before), at)
        return []

    def _pass(self, at: datetime, *, silent: bool) -> list[BasketState]:
        """What time alone brings: ends that waited long enough."""
        # A clock that was set back says nothing of how long it was.
        late = [
            key for key, sale in self._sales.items() if sale.over and (silent or not 0 <= self._waits(sale, at) < GAP_SECONDS)
        ]
        told = [self._conclude(key, at) for key in late]
        # An end waits however old it is: a register that was off over the night has just taken it over.
        for key in [key for key, sale in self._sales.items() if not sale.over and _since(sale.at, at) >= FORGOTTEN_SECONDS]:
            del self._sales[key]
        for key in [key for key, ended in self._ended.items() if _since(ended, at) >= FORGOTTEN_SECONDS]:
            del self._ended[key]
        return told

    def _waits(self, sale: NumberedSale, at: datetime) -> float:
        return min(_since(sale.at, at), float("inf") if self._restored is None else _since(self._restored, at))

    def _conclude(self, key: Key, at: datetime, card: str | None = None) -> BasketState:
        sale = self._sales[key]
        # When it was over, and not when that was given up for which it waited: over a night it may have stood on the disk.
        state = sale.state(key, sale.at or at, card, waits=False)
        self._forget(key, at)
        return state

    def _forget(self, key: Key, at: datetime) -> None:
        del self._sales[key]
        self._ended[key] = at
        if len(self._ended) > MAX_ENDED:
            del self._ended[next(iter(self._ended))]


def _apply(sale: NumberedSale, event: _Any) -> None:
    match event:
        case _Add() | _Qty():
            sale.put(event.line.line_id, event.seq, form.rung(event.line))
            sale.turn(Phase.OPEN, event.seq, event.ts)
        case _Void():
            sale.put(event.line.line_id, event.seq, None)
        case _Begin():
            sale.turn(Phase.OPEN, event.seq, event.ts)
        case _Tender():
            sale.turn(Phase.TENDER, event.seq, event.ts)
        case _End():
            sale.turn(Phase(event.state), event.seq, event.ts)
        case _State():
            sale.replace_all(event.seq, tuple(map(form.rung, event.lines)))
            if event.seq > sale.phase_seq:
                sale.turn(event.state, event.seq, event.ts)
            sale.note_all(event.seq)
            return
        case _:
            assert_never(event)
    sale.note(event.seq)


def _since(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else (now - at).total_seconds()
