"""The native dialect: one JSON object tells the whole basket. Over MQTT one payload is one message; elsewhere LF ends it.

    {"v": 1, "till": "7", "basket_id": "20261122-7-153", "seq": 12, "ts": "2026-11-22T10:15:03Z", "state": "open",
     "currency": "RUB", "total": 21330, "card": null,
     "lines": [{"line_id": 1, "code": "04601234567893", "name": "Milk 3.2%", "qty": 1000, "unit": "pcs",
                "price": 8990, "amount": 8990},
               {"line_id": 2, "code": "02212345000005", "name": "Apples", "qty": 1234, "unit": "kg",
                "price": 10000, "amount": 12340}]}

| field     | meaning                                                                                             |
|-----------|-----------------------------------------------------------------------------------------------------|
| v         | 1; another version is refused                                                                       |
| basket_id | names the sale; 1 to 64 characters                                                                  |
| seq       | grows within a sale; a lower or equal one is a duplicate                                            |
| state     | open, tender, closed, cancelled, suspended                                                          |
| currency  | three capital letters of ISO 4217; prices, amounts and total are integers of its minor units        |
| qty       | integer of thousandths of `unit`: pcs, kg, l, m; zero or less: taken off                            |
| void      | true: the line was taken off (a line that is simply gone means the same)                            |
| total     | optional, as the till will charge it                                                                |
| paid      | optional, payments so far: [{"means": "cash", "amount": 50000}]; `cash`, `card` or your own word   |
| ts        | optional, the till's own clock (ISO 8601); tells a repeated message from another sale of that name  |
| card      | optional loyalty id, text or number; becomes a pseudonym before anything is stored or shown         |

Unknown fields are ignored (a `cashier` is never read). Limits: 256 KiB a message, 1,000 lines, 16 payments.

An object may be spread over several lines of text. A lost tail costs its message, not the next: a line that is a whole message by
itself is taken as one, and a line that begins with `{` in the first column begins anew, unless the text before it ends where JSON
itself expects an object (after `[`, `,` or `:`).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec

from device import nativeform as form
from device.dialects import DialectOptions, Skips
from device.domain import Minor, Phase
from device.events import BasketState
from device.nativeform import MAX_BYTES, VERSION


class _Message(msgspec.Struct, frozen=True):
    v: int
    basket_id: form.Text
    seq: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    state: Phase
    currency: form.Currency
    lines: Annotated[list[form.TillLine], msgspec.Meta(max_length=form.MAX_LINES)]
    total: form.Amount | None = None
    till: form.Text | None = None
    ts: form.Text | None = None
    card: object = None
    paid: object = None


_message = msgspec.json.Decoder(_Message)
# The closing quote may be missing, so that the pattern cannot fail and go back: noise full of quotes takes linear time.
_TEXT_IN_QUOTES = re.compile(rb'"(?:[^"\\]|\\.)*"?')


class Options(DialectOptions, frozen=True):
    """Nothing differs from shop to shop."""


class Decoder:
    quiet_seconds = None

    def __init__(self, options: Options | None = None) -> None:
        del options
        self.skips = Skips()
        self._tail = bytearray()  # bytes since the last LF
        self._open = bytearray()  # earlier lines of an object that is not closed yet
        self._depth = 0
        self._overflow = False

    def feed(self, data: bytes, at: datetime) -> list[BasketState]:
        events = []
        # Silence ends a line as LF does: nothing more is to come of a recording that was cut off behind the last message.
        *whole, rest = (data or b"\n").split(b"\n")
        for line in whole:
            text = bytes(self._tail) + line
            self._tail.clear()
            if self._overflow or len(text) > MAX_BYTES:
                self._skip(len(text), f"a line is longer than {MAX_BYTES} bytes")
                self._overflow = False
            elif (event := self._take(text.rstrip(b" \t\r\x00"), at)) is not None:
                events.append(event)
        self._tail += rest
        if len(self._tail) > MAX_BYTES:
            # Only the fact that it was too long is kept, until the next LF.
            self._overflow = True
            self._tail.clear()
        return events

    def _take(self, text: bytes, at: datetime) -> BasketState | None:
        line = text.lstrip(b" \t\r\x00")
        if not line:
            return None
        if self._open and text.startswith(b"{") and not self._open.rstrip().endswith((b"[", b",", b":")):
            self._skip(len(self._open), "a message was cut off")
        closed_in_itself = line.startswith(b"{") and line.endswith(b"}")
        if closed_in_itself and (event := self._decode(line, at, silent=bool(self._open))) is not None:
            if self._open:
                self._skip(len(self._open), "a message was cut off")
            return event
        if not self._open and (closed_in_itself or not line.startswith(b"{")):
            if not closed_in_itself:
                self._skip(len(line), "not a JSON object")
            return None
        bare = _TEXT_IN_QUOTES.sub(b"", line)
        self._open += line + b" "
        self._depth += bare.count(b"{") - bare.count(b"}")
        if len(self._open) > MAX_BYTES:
            self._skip(len(self._open), f"a message is longer than {MAX_BYTES} bytes")
        elif self._depth <= 0:
            text = bytes(self._open)
            self._open.clear()
            self._depth = 0
            return self._decode(text, at, silent=False)
        return None

    def _decode(self, text: bytes, at: datetime, *, silent: bool) -> BasketState | None:
        try:
            message = _message.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if not silent:
                self._skip(len(text), f"a message is not of the native form: {form.unquoted(error)}")
            return None
        if message.v != VERSION:
            self._skip(len(text), f"a message is of another version; this program reads version {VERSION}")
            return None
        return BasketState(
            basket_id=message.basket_id,
            seq=message.seq,
            phase=message.state,
            lines=tuple(form.rung(line) for line in message.lines),
            currency=message.currency,
            at=at,
            total=None if message.total is None else Minor(message.total),
            till=message.till,
            told_at=message.ts,
            loyalty_id=form.card(message.card),
            tenders=form.tenders(message.paid),
        )

    def _skip(self, size: int, why: str) -> None:
        self.skips.add(size, why)
        self._open.clear()
        self._depth = 0
