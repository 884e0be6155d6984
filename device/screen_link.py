"""The words between the daemon and its screens, and nothing of either side.

Wire format: a Unix stream socket; UTF-8 JSON, one object per line (LF), at most `MAX_LINE` bytes a line, LF included. Every
object has a `type`. The screen speaks first (`hello`), the daemon answers with the whole `snapshot` and sends a new one whenever
anything changed, and a `beat` every second while nothing does: a screen that hears nothing for two seconds knows the daemon is
gone. (A basket of 300 lines is some 32 KB and half a millisecond of the daemon's time: there is no need to send differences.)

Values travel, text does not: money in minor units, quantities in thousandths, names by language as data. A snapshot replaces
all before it; `seq` grows by one with every snapshot of a lane, over all faces, and starts anew with a new `run`, the identity of
the daemon's process. A stale or duplicate one is dropped by the screen.

An `act` names the suggestion and the `seq` that was painted when the finger went down; the same `act_id` again is the same act.

A `rate` is the shopper's answer to the thank-you, acknowledged in the same way.

The customer face is sent less: no barcodes, no cashier's sentence, no reason made from a shopper's history, and never who the
shopper is. What it is not sent, it cannot show.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from device.errors import ScreenLinkError
from device.rating import Scale

VERSION = 3
MAX_LINE = 1_048_576
BEAT_SECONDS = 1.0
MAX_PAINTED = 16
"""Suggestions on one glass."""
MAX_PATH_BYTES = 107
"""Of a Unix socket's file, unix(7)."""

_Name = Annotated[str, msgspec.Meta(max_length=128)]
"""What a screen calls things by: the daemon remembers some of them."""


class FaceKind(StrEnum):
    CUSTOMER = "customer"
    CASHIER = "cashier"


class Stage(StrEnum):
    """What a screen shows; decided by the daemon, timed by the screen."""

    IDLE = "idle"
    BASKET = "basket"
    RETURN = "return"
    """Goods come back: lines and total, never a suggestion."""
    PAYMENT = "payment"
    THANKS = "thanks"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    """Out of the shop's hours, and nothing is being sold."""


class Verb(StrEnum):
    ACCEPT = "accept"
    DISMISS = "dismiss"
    OUT_OF_STOCK = "out_of_stock"
    LESS = "less"
    """Less like this: the shopper does not want it suggested, nor others of its family."""
    UNDO = "undo"


class _Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """Unknown fields are ignored, so that a newer daemon can talk to an older screen."""


class BasketLine(_Word, frozen=True):
    line_id: int
    names: dict[str, str]
    """By language; the key "" holds the name to use when the screen's language has none."""
    quantity: int
    unit: str
    amount: int
    price: int | None = None
    known: bool = True


class PaymentLine(_Word, frozen=True):
    """One payment towards the total; without an amount where the till tells none."""

    means: str = ""
    """`cash`, `card` or the till's own word; never a number."""
    amount: int | None = None


class ReasonKind(StrEnum):
    GOES_WITH = "goes_with"
    POPULAR_NOW = "popular_now"
    POPULAR_HERE = "popular_here"
    BEST_SELLER = "best_seller"
    PAIRS_WELL = "pairs_well"
    """Says nothing of where it comes from: the only wording a shopper's history may lead to on the customer face."""
    CAMPAIGN = "campaign"
    """The words of a campaign, in place of a reason: the only one of `words`, by language."""
    REGULAR = "regular"
    """Cashier only: it is due for a shopper who agreed to be known, and no more is told of that."""


class Reason(_Word, frozen=True):
    kind: ReasonKind
    names: tuple[dict[str, str], ...] = ()
    """For `goes_with`: the items of this basket that earned it, strongest first, at most two; their full names by language."""
    words: tuple[dict[str, str], ...] = ()
    """The same items in a short word, by language, in the form the sentence needs (`молоку` after `К`); empty unless every one
    of them has such a word."""


class Card(_Word, frozen=True):
    """One suggestion as it is drawn."""

    suggestion_id: str
    sku: str
    names: dict[str, str]
    price: int | None
    reason: Reason
    old_price: int | None = None
    unit: str = "pcs"
    """What `price` is for: a piece, a kilogram ..."""
    net: int | None = None
    """Thousandths of `net_unit` in one piece, for the line `90 g · 144.33 per 100 g`."""
    net_unit: str | None = None
    picture: str | None = None
    """File name inside the pictures folder that the daemon names in `snapshot`."""
    department: str | None = None
    """Chooses the colour of the placeholder when there is no picture."""
    pitch: dict[str, str] = {}
    """The sentence for the cashier to say, by language; the screen has a general one when it is missing."""
    sponsor: str | None = None
    age_limit: int = 0
    barcode: str | None = None
    """Cashier only: what to scan when the item is handed back by hand."""
    state: Literal["offered", "taken"] = "offered"
    code: str | None = None
    """Of a coupon: what the till has to be told for `price`; without it the till charges `old_price`."""
    regular: bool = False
    """Cashier only: the shopper agreed to be known, so "less like this" is kept."""


class Snapshot(_Word, frozen=True, tag="snapshot"):
    run: str
    seq: int
    lane: str
    stage: Stage
    currency: str
    total: int
    lines: tuple[BasketLine, ...] = ()
    """All of them, or the latest that fit on one line of the wire."""
    omitted: int = 0
    """How many earlier ones are left out."""
    cards: tuple[Card, ...] = ()
    pictures: str | None = None
    """Folder of the product pictures on this machine."""
    gone: tuple[str, ...] = ()
    """Suggestions of this sale that must leave the glass at once: rung up, dismissed, out of stock."""
    undo: str | None = None
    """Cashier only: the suggestion whose dismissal can still be taken back."""
    stale_days: int = 0
    """How long the model has had no successor, once that is worth telling the cashier; else 0."""
    returning: bool = False
    """Goods come back and money is paid out, at whatever stage."""
    payments: tuple[PaymentLine, ...] = ()
    change: int | None = None
    rating: Scale | None = None
    """Customer only, with thanks: the shopper is asked how the visit was."""
    rated: int | None = None
    """What they have answered so far."""


class Beat(_Word, frozen=True, tag="beat"):
    run: str
    seq: int


class Acknowledgement(_Word, frozen=True, tag="ack"):
    act_id: str
    done: bool
    why: str = ""
    """When not done: `gone` (the suggestion is no longer offered), `closed` (the sale is over, or the next has begun), `stale`,
    `unknown` or `disk`."""


class Hello(_Word, frozen=True, tag="hello"):
    version: int
    face: FaceKind
    lane: _Name = ""
    """Empty: the first lane of the daemon's settings."""


class Act(_Word, frozen=True, tag="act"):
    act_id: _Name
    verb: Verb
    suggestion_id: _Name
    seq: int
    run: _Name = ""


class Rate(_Word, frozen=True, tag="rate"):
    """The shopper's finger on the thank-you; the last one before the next sale counts."""

    act_id: _Name
    score: int
    seq: int
    """The thank-you that was painted when the finger came down."""
    run: _Name = ""


class Painted(_Word, frozen=True, tag="painted"):
    """The snapshot `seq` is on the glass: what an outcome's `painted` and the latency figures rest on."""

    run: _Name
    seq: int
    suggestion_ids: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=MAX_PAINTED)] = ()


class Refused(_Word, frozen=True, tag="refused"):
    """The daemon will not serve this screen; `why` is a sentence for the log. The daemon closes after it."""

    why: str


FromDaemon = Snapshot | Beat | Acknowledgement | Refused
FromScreen = Hello | Act | Rate | Painted

_encoder = msgspec.json.Encoder()
_from_daemon = msgspec.json.Decoder(FromDaemon)
_from_screen = msgspec.json.Decoder(FromScreen)


def encode(word: FromDaemon | FromScreen) -> bytes:
    """One line, LF included."""
    return _encoder.encode(word) + b"\n"


def encode_fitting(word: FromDaemon) -> bytes:
    """`encode`, with a basket of names beyond all measure cut to its latest lines: a face would throw a longer line away."""
    line = encode(word)
    while len(line) > MAX_LINE and isinstance(word, Snapshot) and word.lines:
        kept = len(word.lines) // 2
        left_out = len(word.lines) - kept
        word = msgspec.structs.replace(word, lines=word.lines[left_out:], omitted=word.omitted + left_out)
        line = encode(word)
    return line


def decode_from_daemon(line: bytes) -> FromDaemon:
    """Raise ScreenLinkError for anything that is not exactly one known word."""
    try:
        word: FromDaemon = _from_daemon.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ScreenLinkError(f"not a word of the daemon: {error}") from error
    return word


def decode_from_screen(line: bytes) -> FromScreen:
    """Raise ScreenLinkError for anything that is not exactly one known word."""
    try:
        word: FromScreen = _from_screen.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ScreenLinkError(f"not a word of a screen: {error}") from error
    return word
