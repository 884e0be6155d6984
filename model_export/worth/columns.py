"""Receipts of the central store as columns: one element a receipt, about 160 bytes each, in the order of time.

A receipt is read once, through the same stream that training reads (SQLite or PostgreSQL), and only what is measured is kept of
it. What cannot be measured at all (unreadable, unfinished, a return, heard from its middle, of wholesale size, in another
currency, here twice under two keys) is counted in `left_out` and goes no further.

The *first slate* of a receipt is what was suggested, or would have been, at its first decision: until then nothing was shown in
any arm, so it is the same thing in all of them, and whether its items stand on the receipt can be compared.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from device.arms import Experiment
from device.domain import Rating, Scale
from model_export import marks

NONE: Final = -1
MAX_TILL_SECONDS: Final = 3600.0
"""A sale that was left open for longer tells nothing of how fast a till is."""

MEASURED: Final = ("offered", "painted", "accepted", "attached", "items", "total", "margin", "margin_of", "till_s", "rating")
_HEADS: Final = ("store", "device", "arm", "shopper", "day", "hour", "offset", "closed_s", "shown_in_ghosts")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Store(Protocol):
    """The part of a central store that is read here."""

    def receipts(self) -> Iterator[bytes]: ...

    def rated(self) -> Iterator[bytes]: ...


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


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """All arrays have one element a receipt. Times are the shop's, money is in minor units, NaN is not known."""

    stores: tuple[str, ...]
    devices: tuple[str, ...]
    arms: tuple[str, ...]
    currency: str
    store: NDArray[np.int64]
    device: NDArray[np.int64]
    arm: NDArray[np.int64]
    """Place in `arms`, or NONE: not in this experiment."""
    shopper: NDArray[np.int64]
    """Any number that is the same for the same shopper, or NONE."""
    day: NDArray[np.int64]
    """Proleptic ordinal."""
    hour: NDArray[np.int64]
    offset: NDArray[np.int64]
    """Minutes by which the shop's clock is before UTC."""
    closed_s: NDArray[np.int64]
    shown_in_ghosts: NDArray[np.int64]
    """1: a screen says it painted what this receipt calls ghosts."""
    drawn: NDArray[np.int64]
    """The arm that the key draws for it, where that can be drawn again; else as `arm`."""
    values: Mapping[str, NDArray[np.float64]]
    """By the names of `MEASURED`."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Receipts that go no further, by rule."""

    def __len__(self) -> int:
        return len(self.store)

    def where(self, chosen: NDArray[np.bool_]) -> Columns:
        heads = {name: getattr(self, name)[chosen] for name in (*_HEADS, "drawn")}
        values = {name: column[chosen] for name, column in self.values.items()}
        return Columns(self.stores, self.devices, self.arms, self.currency, **heads, values=values, left_out=self.left_out)


def read(store: Store, experiment: Experiment | None) -> Columns:
    """All sales of the central store that can be measured; those of no or of another experiment stand in no arm."""
    arms = () if experiment is None else tuple(arm.name for arm in experiment.arm)
    rated = _rated(store.rated())
    decoder = msgspec.json.Decoder(_Receipt)
    stores, devices, shoppers = dict[str, int](), dict[str, int](), dict[str, int]()
    seen = set[int]()  # 8 bytes of each id
    heads = {name: array("q") for name in (*_HEADS, "drawn")}
    values = {name: array("d") for name in MEASURED}
    currencies = dict[str, int]()
    money = array("q")
    left_out = Counter[str]()
    for raw in store.receipts():
        try:
            sale = decoder.decode(raw)
            local = datetime.fromisoformat(sale.local_time).replace(tzinfo=UTC)
        except ValueError:  # msgspec's errors are ValueErrors too
            left_out["unreadable"] += 1
            continue
        rule = _useless(sale)
        if rule is None and (own := hash(sale.receipt_id)) in seen:
            rule = "twice"
        if rule is not None:
            left_out[rule] += 1
            continue
        seen.add(own)
        closed = (sale.closed_at - _EPOCH).total_seconds()
        arm = drawn = NONE
        if experiment is not None and sale.experiment == experiment.name and sale.arm in arms:
            arm, drawn = arms.index(sale.arm), _drawn(sale, experiment)
        row = (
            stores.setdefault(sale.store, len(stores)),
            devices.setdefault(sale.device, len(devices)),
            arm,
            NONE if sale.shopper is None else shoppers.setdefault(sale.shopper, len(shoppers)),
            local.toordinal(),
            local.hour,
            round(((local - _EPOCH).total_seconds() - closed) / 60),
            math.floor(closed),
            int(sale.ghosts and any(outcome.painted for outcome in sale.outcomes)),
            drawn,
        )
        for column, value in zip(heads.values(), row, strict=True):
            column.append(value)
        for name, measured in zip(MEASURED, _measured(sale, rated.get(sale.receipt_id, math.nan)), strict=True):
            values[name].append(measured)
        money.append(currencies.setdefault(sale.currency, len(currencies)))
    return _in_one_currency(Counter(dict.fromkeys(currencies, 0)), money, (stores, devices, arms), heads, values, left_out)


def _in_one_currency(
    currencies: Counter[str],
    money: array[int],
    names: tuple[Mapping[str, int], Mapping[str, int], tuple[str, ...]],
    heads: Mapping[str, array[int]],
    values: Mapping[str, array[float]],
    left_out: Counter[str],
) -> Columns:
    """Amounts of two currencies cannot be added up: the one of most receipts is measured."""
    codes = np.frombuffer(money, np.int64)
    main = int(np.bincount(codes).argmax()) if len(codes) else 0
    others = int((codes != main).sum())
    if others:
        left_out["currency"] += others
    stores, devices, arms = names
    columns = Columns(
        tuple(stores),
        tuple(devices),
        arms,
        list(currencies)[main] if currencies else "",
        **{name: np.frombuffer(column, np.int64) for name, column in heads.items()},
        values={name: np.frombuffer(column, np.float64) for name, column in values.items()},
        left_out=dict(left_out),
    )
    return columns.where(codes == main) if others else columns


def _drawn(sale: _Receipt, experiment: Experiment) -> int:
    """The arm that the key draws; NONE for the receipt of a stranger in an experiment on shoppers, which has none."""
    unit = sale.receipt_id if experiment.unit == "receipt" else sale.shopper
    return NONE if unit is None else experiment.arm.index(experiment.draw(unit))


def _useless(sale: _Receipt) -> str | None:
    """The rule by which a receipt is not measured."""
    if sale.phase != "closed" or not sale.lines:
        return "unfinished"
    if sale.kind != "sale":
        return "return"
    if sale.partial:
        return "partial"
    if sale.closed_at.tzinfo is None:
        return "unreadable"
    if marks.wholesale((line.sku or line.code, line.quantity, line.unit) for line in sale.lines):
        return "wholesale"
    return None


def _measured(sale: _Receipt, rating: float) -> tuple[float, ...]:
    """In the order of `MEASURED`."""
    first = min((outcome.offered_at for outcome in sale.outcomes), default="")
    slate = [outcome for outcome in sale.outcomes if outcome.offered_at == first]
    return (
        len(slate),
        float(any(outcome.painted for outcome in sale.outcomes) and not sale.ghosts),
        float(any(outcome.answer == "taken" for outcome in sale.outcomes)),
        sum(outcome.bought for outcome in slate),
        len({line.sku or line.code for line in sale.lines if line.quantity > 0}),
        sale.total,
        math.nan if sale.margin is None else sale.margin,
        sale.margin_of,
        math.nan if sale.till_ms is None else min(sale.till_ms / 1000, MAX_TILL_SECONDS),
        rating,
    )


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
