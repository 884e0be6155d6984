"""A shopper's profile as a bundle keeps it: what the register knows of who agreed to it. At most `MAX_BYTES`.

A MessagePack map of short keys; what is empty is left out, and keys of a later version are passed over:

| key | holds                                                                                                        |
|-----|--------------------------------------------------------------------------------------------------------------|
| `v` | version, 2                                                                                                   |
| `i` | items: those that recur first, then by falling share; an SKU that is a plain number as a number              |
| `s` | shares of these items, ten-thousandths, unsigned 16 bits little-endian each                                  |
| `r` | of the first of these items their past (`ROW`): how often and how lately, as of the shopper's last visit     |
| `b` | bought too: a filter of the items that `i` does not name (`device.bought`)                                |
| `t` | that visit in hours since 1970 on the shop's clock; all visits; visits halved every 14 and every 60 days     |
| `m` | missed: items that the shopper wanted and that were out of stock, each with its day (ordinal), the latest first |
| `u` | unwanted: items of which the shopper said "less like this", the latest first                                 |
| `g` | segments the shopper is in, by name: they may change without a visit                                         |
| `o` | true: the shopper agreed to offers                                                                           |
| `f` | what the shopper says of itself, by kind (`device.fit`)                                                      |

All of it but `g` are facts of the shopper's own receipts and words: whoever did not come has the same bytes tomorrow, so a
nightly difference holds those who came, or moved to another segment. What a rhythm makes of it for today: `device.due`.
Another pseudonym of the same person is a row whose content is the first one's name (`pack_other`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import numpy as np

from device.bought import Filter, packed, sound
from device.domain import Pseudonym, Sku
from device.errors import BundleError
from device.fit import KINDS, Words, plausible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_Item = TypeVar("_Item", int | str, str)

VERSION: Final = 2
MAX_BYTES: Final = 1024
MOST_RECURRING: Final = 20
MOST_MISSED: Final = 8
_RECURRING_BYTES: Final = 600
_UNWANTED_BYTES: Final = 200
_MISSED_BYTES: Final = 120
_DAY_BYTES: Final = 6
"""Of a day of this millennium and the pair that it stands in."""
_SEGMENT_BYTES: Final = 160
_FIT_BYTES: Final = 120
_LEAST_OTHERS_BYTES: Final = 48
_MOST_OTHERS_BYTES: Final = 160
"""Of the filter: the shares leave the one free, where the shopper bought more than has room, and it takes the other at most."""
_HEAD_BYTES: Final = 56
"""Version, keys, lengths and `t`, at most."""
_STEPS: Final = 10_000

ROW: Final = np.dtype(
    [
        ("times", "<u2"),
        ("visits_since_first", "<u2"),
        ("visits_since_last", "<u2"),
        ("hours_ago", "<u2"),
        ("log_gaps", "<f2"),
        ("by_visits", "<f2", (2,)),
        ("by_days", "<f2", (2,)),
    ]
)
"""The columns of `device.rhythm.Bought`; `by_days` is the numerator alone. 18 bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Recurring:
    """Items that were bought before, likeliest first, as they stood at the shopper's last visit."""

    skus: tuple[Sku, ...]
    rows: NDArray[Any]
    """`ROW`, one for each of `skus`."""
    seen: int
    """Hours since 1970 on the shop's clock."""
    visits: int
    halved: tuple[float, float]
    """Visits, each counting half for every `device.rhythm.HALF_LIVES_DAYS` that it lies back."""


NOTHING_RECURS: Final = Recurring((), np.zeros(0, ROW), 0, 0, (0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Profile:
    history: Mapping[Sku, float] = field(default_factory=dict)
    """Decayed share of the shopper's receipts that hold the item: see `device.tokens.RunningHistory`."""
    recurring: Recurring = NOTHING_RECURS
    unwanted: tuple[Sku, ...] = ()
    segments: tuple[str, ...] = ()
    offers: bool = False
    """The shopper agreed to offers."""
    fit: Words = field(default_factory=dict)
    missed: Mapping[Sku, int] = field(default_factory=dict)
    """Wanted and out of stock, on which day (proleptic ordinal, the shop's calendar); the latest first."""
    others: Collection[Sku] | Filter = frozenset()
    """Bought too: the items at headquarters, a filter of them at a register."""


class _Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    v: int
    i: list[int | str] = []
    s: bytes = b""
    r: bytes = b""
    b: bytes = b""
    t: tuple[int, int, float, float] | None = None
    u: list[int | str] = []
    m: list[tuple[int | str, int]] = []
    g: list[str] = []
    o: bool = False
    f: dict[str, tuple[str, ...]] = {}


def pack(profile: Profile) -> bytes:
    """What does not fit is left out: of what recurs the least likely, of the history the smallest shares."""
    unwanted = _fitting([_short(sku) for sku in profile.unwanted], _UNWANTED_BYTES, 0)
    longing = _fitting([_short(sku) for sku in list(profile.missed)[:MOST_MISSED]], _MISSED_BYTES, _DAY_BYTES)
    segments = _fitting(profile.segments, _SEGMENT_BYTES, 0)
    recurring = profile.recurring
    items = _fitting([_short(sku) for sku in recurring.skus[:MOST_RECURRING]], _RECURRING_BYTES, ROW.itemsize + 2)
    count = len(items)
    first = recurring.skus[:count]
    rest = sorted(
        ((sku, share) for sku, share in profile.history.items() if sku not in first), key=lambda pair: (-pair[1], pair[0])
    )
    said = _said(profile.fit)
    # Keys and lengths of what most profiles lack.
    lacking = 5 * bool(segments) + 3 * bool(longing) + 3 * profile.offers + (2 + len(msgspec.msgpack.encode(said)) if said else 0)
    taken = _HEAD_BYTES + lacking + sum(map(_size, (*unwanted, *longing, *segments, *items))) + len(longing) * _DAY_BYTES
    taken += count * (ROW.itemsize + 2)
    others = () if isinstance(profile.others, Filter) else profile.others
    whole = [_short(sku) for sku, _ in rest]
    if {*first, *(sku for sku, _ in rest)}.issuperset(others) and len(_fitting(whole, MAX_BYTES - taken, 2)) == len(whole):
        others = ()  # all of it is named
    taken += 4 * bool(others)
    room = MAX_BYTES - taken - (min(_LEAST_OTHERS_BYTES, 1 + len(others)) if others else 0)
    fitting = _fitting([_short(sku) for sku, _ in rest], room, 2)
    items += fitting
    named = {*first, *(sku for sku, _ in rest[: len(fitting)])}
    room = MAX_BYTES - taken - sum(map(_size, fitting)) - 2 * len(fitting)
    bought = packed([sku for sku in others if sku not in named], min(room, _MOST_OTHERS_BYTES)) if others else b""
    shares = [*(profile.history.get(sku, 0.0) for sku in first), *(share for _, share in rest)]
    steps = np.rint(np.array(shares[: len(items)]) * _STEPS).astype("<u2")
    lately, long = map(_rounded, recurring.halved)
    moment = (recurring.seen, recurring.visits, lately, long) if count else None
    past = recurring.rows[:count].tobytes()
    missed = list(zip(longing, profile.missed.values(), strict=False))
    told = _Packed(VERSION, items, steps.tobytes(), past, bought, moment, unwanted, missed, segments, profile.offers, said)
    return msgspec.msgpack.encode(told)


def pack_other(first: Pseudonym) -> bytes:
    """The row of another pseudonym of the person whose profile stands under `first`."""
    return msgspec.msgpack.encode(first)


def other(content: bytes) -> Pseudonym | None:
    """The pseudonym under which the profile stands, where this row holds nothing else."""
    try:
        return Pseudonym(msgspec.msgpack.decode(content, type=str))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def unpack(content: bytes) -> Profile:
    """BundleError, one sentence, for what is no profile."""
    if len(content) > MAX_BYTES:
        raise BundleError(f"a profile in the bundle is {len(content)} bytes long, more than {MAX_BYTES}: train again")
    try:
        told = msgspec.msgpack.decode(content, type=_Packed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise BundleError(f"a profile in the bundle cannot be read: {error}") from error
    if told.v != VERSION:
        raise BundleError(f"a profile in the bundle is of version {told.v}, this program reads version {VERSION}: train again")
    if len(told.s) != 2 * len(told.i) or len(told.r) % ROW.itemsize or len(told.r) > ROW.itemsize * len(told.i):
        raise BundleError(f"a profile in the bundle tells {len(told.i)} items and numbers of others: train again")
    skus = [Sku(str(one)) for one in told.i]
    shares = np.frombuffer(told.s, "<u2").tolist()
    rows = np.frombuffer(told.r, ROW)
    recurring = NOTHING_RECURS
    if len(rows):
        if told.t is None or not _possible(rows, told.t):
            raise BundleError("a profile in the bundle tells of a past that cannot be: train again")
        recurring = Recurring(tuple(skus[: len(rows)]), rows, told.t[0], told.t[1], told.t[2:])
    history = {sku: share / _STEPS for sku, share in zip(skus, shares, strict=True) if share}
    if not plausible(told.f):
        raise BundleError("a profile in the bundle says what no shopper is: train again")
    unwanted = tuple(Sku(str(one)) for one in told.u)
    missed = {Sku(str(one)): day for one, day in told.m}
    if told.b and not sound(told.b):
        raise BundleError("a profile in the bundle holds a filter that is none: train again")
    others = Filter(told.b) if told.b else frozenset[Sku]()
    return Profile(history, recurring, unwanted, tuple(told.g), told.o, told.f, missed, others)


def _said(words: Words) -> dict[str, tuple[str, ...]]:
    """As much as has room; all of a kind or nothing of it."""
    kept: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        told = {**kept, kind: tuple(words.get(kind, ()))}
        if told[kind] and len(msgspec.msgpack.encode(told)) <= _FIT_BYTES:
            kept = told
    return kept


def _possible(rows: NDArray[Any], moment: tuple[int, int, float, float]) -> bool:
    seen, visits, *halved = moment
    numbers = [rows[name].ravel() for name in ("log_gaps", "by_visits", "by_days")]
    sound = all(np.isfinite(one).all() for one in (*numbers, np.array(halved))) and min(halved) >= 0
    positive = all((one >= 0).all() for one in numbers[1:]) and bool((rows["times"] > 0).all())
    return bool(sound and positive) and visits > 0 and 0 <= seen < 1 << 32


def _short(sku: Sku) -> int | str:
    """A plain number takes five bytes instead of seven, or nine instead of fourteen."""
    return int(sku) if len(sku) <= 18 and sku.isascii() and sku.isdigit() and str(int(sku)) == sku else sku


def _size(item: int | str) -> int:
    return len(msgspec.msgpack.encode(item))


def _fitting(items: Sequence[_Item], most: int, beside: int) -> list[_Item]:
    """The first of them that take so many bytes at most, each with so many `beside` it."""
    kept: list[_Item] = []
    for item in items:
        most -= _size(item) + beside
        if most < 0:
            break
        kept.append(item)
    return kept


def _rounded(count: float) -> float:
    """Four digits tell it well enough, and 32 bits hold it: the same on every machine."""
    return round(count, 4)
