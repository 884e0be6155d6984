"""One receipt of a register, or a rating, as one row of fixed columns: what the report measures, and nothing else of it.

| column                              | type    | holds                                                                       |
|-------------------------------------|---------|-----------------------------------------------------------------------------|
| `utc_day`, `nth`                    | integer | the key: the day in UTC (proleptic ordinal), and the place among its receipts |
| `rule`                              | text    | why it is not measured, else nothing; then the key is all there is            |
| `receipt`, `identity`               | text, integer | its id, and 8 bytes of its digest, which find it when it comes twice |
| `store`, `device`, `currency`       | text    |                                                                             |
| `experiment`, `arm`                 | text    | as the register drew it                                                     |
| `shopper`, `shopper_code`           | text, integer | the pseudonym, and 8 bytes of its digest, which are quicker to group by  |
| `day`, `hour`                       | integer | on the shop's clock; the day as a proleptic ordinal                         |
| `ahead`                             | integer | minutes by which that clock is before UTC                                   |
| `closed_s`                          | integer | seconds since 1970 in UTC                                                   |
| `lied`                              | integer | 1: a screen says it painted what the receipt calls ghosts                   |
| the names of `MEASURED`             | number  | money in minor units; nothing where it is not known                         |

The *first slate* of a receipt is what was suggested, or would have been, at its first decision: until then nothing was shown in
any arm, so it is the same thing in all of them, and whether its items stand on the receipt can be compared. What an answer of
the cashier's brought up was offered a microsecond or more later (`device.sale`) and is not of it.

Whether a cashier said a suggestion aloud, nothing tells: a yes may come from a shopper who read the screen, a no from a cashier
who did not ask. What is measured is whether the cashier's screen was answered at all.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec

from device.rating import Rating, Scale
from model_export import marks

MAX_TILL_SECONDS: Final = 3600.0
"""A sale that was left open for longer tells nothing of how fast a till is."""
MOST_AHEAD: Final = 900
"""Minutes, either way: what differs by more from UTC is no time of a shop."""

REGULARS: Final = (
    "regulars_shown",
    "regulars_new",
    "regulars_taken",
    "new_shown",
    "new_taken",
    "missed_shown",
    "missed_taken",
)
"""Of known shoppers: painted suggestions, those of items that they had never bought, and those on the receipt; painted ones, and
those on the receipt, on the place for something new (`device.policy.slate`), and of what had been missed (`device.missed`)."""
MEASURED: Final = (
    "offered",
    "painted",
    "accepted",
    "answered",
    "explored",
    "attached",
    "items",
    "total",
    "margin",
    "margin_of",
    "till_s",
    "rating",
    *REGULARS,
)
"""Items of the first slate; 1 when a screen painted any; 1 when the cashier said yes to any; 1 when the cashier answered any, be
it with a no; 1 when any that was painted stood where it stood by lot (`device.policy.exploration`); items of the first slate on
the receipt; different items; its total; margin and the amount of which that is known; seconds at the till; 100, 0 or -100; then
as `REGULARS` says."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

COLUMNS: Final = {
    "utc_day": "int32",
    "nth": "int32",
    "rule": "string",
    "receipt": "string",
    "identity": "int64",
    "store": "string",
    "device": "string",
    "currency": "string",
    "experiment": "string",
    "arm": "string",
    "shopper": "string",
    "shopper_code": "int64",
    "day": "int32",
    "hour": "int32",
    "ahead": "int32",
    "closed_s": "int64",
    "lied": "int32",
    **dict.fromkeys(MEASURED, "float64"),
}
"""Types by their names in Ibis and Arrow."""
_NOTHING: Final = (None,) * (len(COLUMNS) - 3)


class _Line(msgspec.Struct, frozen=True):
    code: str
    sku: str | None
    quantity: int
    unit: str


class _Outcome(msgspec.Struct, frozen=True):
    sku: str
    offered_at: str
    painted: bool
    answer: str | None
    bought: bool
    because: list[str] = []
    moved_by: list[str] = []
    new: bool | None = None


class _Receipt(msgspec.Struct, frozen=True):
    """What is read of `device.domain.Receipt`."""

    receipt_id: str
    store: str
    device: str
    phase: str
    closed_at: datetime
    local_time: str
    currency: str
    total: int
    lines: list[_Line]
    outcomes: list[_Outcome]
    shopper: str | None = None
    kind: str = "sale"
    partial: bool = False
    experiment: str | None = None
    arm: str | None = None
    ghosts: bool = False
    till_ms: int | None = None
    margin: int | None = None
    margin_of: int = 0


def rows(day: int, receipts: Iterable[bytes], ratings: Iterable[bytes]) -> Iterator[tuple[object, ...]]:
    """In the order of `COLUMNS`, of the receipts that were closed on this day in UTC, in their order, and of its ratings."""
    rated = _rated(ratings)
    decoder = msgspec.json.Decoder(_Receipt)
    for nth, raw in enumerate(receipts):
        try:
            sale = decoder.decode(raw)
            local = datetime.fromisoformat(sale.local_time).replace(tzinfo=UTC)
        except ValueError:  # msgspec's errors are ValueErrors too
            yield (day, nth, "unreadable", *_NOTHING)
            continue
        rule = _useless(sale) or ("undated" if abs(_ahead(sale, local)) > MOST_AHEAD else None)
        yield (day, nth, rule, *_NOTHING) if rule is not None else (
            day, nth, None, *_heads(sale, local), *_measured(sale, rated.get(sale.receipt_id))
        )  # fmt: skip


def code(name: str) -> int:
    """64 bits of its digest, signed."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def _heads(sale: _Receipt, local: datetime) -> tuple[object, ...]:
    return (
        sale.receipt_id,
        code(sale.receipt_id),
        sale.store,
        sale.device,
        sale.currency,
        sale.experiment,
        sale.arm,
        sale.shopper,
        None if sale.shopper is None else code(sale.shopper),
        local.toordinal(),
        local.hour,
        _ahead(sale, local),
        math.floor((sale.closed_at - _EPOCH).total_seconds()),
        int(sale.ghosts and any(outcome.painted for outcome in sale.outcomes)),
    )


def _ahead(sale: _Receipt, local: datetime) -> int:
    """Minutes."""
    return round((local - sale.closed_at).total_seconds() / 60)


def _useless(sale: _Receipt) -> str | None:
    """The rule by which a receipt is not measured. One with a total and no lines counts among the unfinished."""
    if (why := marks.unlearnt(sale)) is not None:
        return "unfinished" if why == "unread" else why
    if sale.closed_at.tzinfo is None:
        return "unreadable"
    if marks.of_wholesale_size(sale.lines):
        return "wholesale"
    return None


def _measured(sale: _Receipt, rating: float | None) -> tuple[float | None, ...]:
    """In the order of `MEASURED`."""
    # A receipt tells its outcomes in the order in which they were first offered.
    slate = [outcome for outcome in sale.outcomes if outcome.offered_at == sale.outcomes[0].offered_at]
    return (
        float(len(slate)),
        float(any(outcome.painted for outcome in sale.outcomes) and not sale.ghosts),
        float(any(outcome.answer == "taken" for outcome in sale.outcomes)),
        float(any(outcome.answer is not None for outcome in sale.outcomes)),
        float(not sale.ghosts and any(outcome.painted and "explore" in outcome.moved_by for outcome in sale.outcomes)),
        float(sum(outcome.bought for outcome in slate)),
        float(len({line.sku or line.code for line in sale.lines if line.quantity > 0})),
        float(sale.total),
        None if sale.margin is None else float(sale.margin),
        float(sale.margin_of),
        None if sale.till_ms is None else min(sale.till_ms / 1000, MAX_TILL_SECONDS),
        rating,
        *_of_regulars(sale),
    )


def _of_regulars(sale: _Receipt) -> tuple[float, ...]:
    """In the order of `REGULARS`."""
    shown = [one for one in sale.outcomes if one.painted and one.new is not None and not sale.ghosts]
    new = [one for one in shown if "new" in one.moved_by]
    missed = [one for one in shown if any(token.startswith("missed=") for token in one.because)]
    counts = [len(shown), sum(one.new is True for one in shown), sum(one.bought for one in shown)]
    for part in (new, missed):
        counts += [len(part), sum(one.bought for one in part)]
    return tuple(map(float, counts))


def _rated(bodies: Iterable[bytes]) -> dict[str, float]:
    """By receipt: 100 for a promoter (9 and 10 of ten, the glad face), -100 for a detractor (0 to 6, the sad face), else 0."""
    decoder = msgspec.json.Decoder(Rating)
    found = {}
    for body in bodies:
        try:
            rating = decoder.decode(body)
        except ValueError:
            continue  # as if nobody had rated
        low, high = (6, 9) if rating.scale is Scale.TEN else (1, 3)
        found[rating.receipt_id] = 100.0 if rating.score >= high else -100.0 if rating.score <= low else 0.0
    return found
