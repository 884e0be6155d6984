"""Profiles as they travel to registers: decayed history, what recurs, what is not wanted, what was missed, of who agreed.

A stream in, a stream out: `TOGETHER` persons are drawn up at a time, so memory does not grow with their number. What recurs is
chosen by how likely it is one usual distance between visits after the last visit: the next visit is what a profile is for. All of
it are facts of the person's own receipts (see `device.profiles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Pseudonym, Sku
from device.fit import Words
from device.profiles import MOST_MISSED, MOST_RECURRING, NOTHING_RECURS, ROW, Profile, Recurring, pack, pack_other
from device.tokens import SHARE_STEPS
from model_export.encoding import HISTORY_KEPT
from model_export.regulars.answers import NOTHING_SAID, Answers
from model_export.regulars.past import Past, Usuals, past_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.rhythm import Rhythm
    from model_export.regulars.people import Regular

TOGETHER: Final = 2_000
_HOURS: Final = 24
_MOST_DAYS_APART: Final = 60.0
_MOST: Final = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Shop:
    """What is the same for all shoppers."""

    skus: tuple[Sku, ...]
    """As `Regular.items` counts them."""
    known: NDArray[np.bool_]
    """bool[skus]: those that the model learns from; others can be neither told nor suggested."""
    decay: float
    """Of histories."""
    usual: Usuals
    rhythm: Rhythm | None
    """None: nothing recurs."""


@dataclass(frozen=True, slots=True)
class Told:
    """What headquarters knows of shoppers beside their receipts, by any of their pseudonyms."""

    segments: Mapping[Pseudonym, tuple[str, ...]] = field(default_factory=dict)
    fit: Mapping[Pseudonym, Words] = field(default_factory=dict)
    """What they say of themselves, see `model_export.regulars.attributes`."""
    offers: frozenset[Pseudonym] = frozenset()
    """Who agreed to offers."""


NOTHING_TOLD: Final = Told()


def packed(regular: Regular, profile: Profile) -> Iterator[tuple[Pseudonym, bytes]]:
    """What goes into a bundle: a row for each pseudonym."""
    first, *others = regular.pseudonyms
    yield first, pack(profile)
    for other in others:
        yield other, pack_other(first)


def profiles(
    regulars: Iterable[Regular],
    shop: Shop,
    answers: Answers = NOTHING_SAID,
    told: Told = NOTHING_TOLD,
) -> Iterator[tuple[Regular, Profile]]:
    """Of who is named or has a history."""
    coming = iter(regulars)
    while together := list(islice(coming, TOGETHER)):
        for regular, (history, recurring, others) in zip(together, _drawn_up(together, shop), strict=True):
            if history or regular.named:
                refused = dict.fromkeys(sku for one in regular.pseudonyms for sku in answers.unwanted.get(one, ()))
                inside = next((told.segments[one] for one in regular.pseudonyms if one in told.segments), ())
                said = next((told.fit[one] for one in regular.pseudonyms if one in told.fit), {})
                offers = not told.offers.isdisjoint(regular.pseudonyms)
                missed = _missed(regular, answers, shop)
                yield regular, Profile(history, recurring, tuple(refused), inside, offers, said, missed, others)


def _missed(regular: Regular, answers: Answers, shop: Shop) -> dict[Sku, int]:
    """By item on which day, the latest first: what was missed while we were allowed to remember, and not bought since."""
    told = [one for name in regular.pseudonyms for one in answers.missed.get(name, ())]
    if not told or not len(regular.at):
        return {}
    found: dict[Sku, int] = {}
    bought = (shop.skus[item] for item in regular.items.tolist())
    latest = dict(zip(bought, np.repeat(regular.at, regular.sizes), strict=True))
    for one in sorted(told, key=lambda one: one.at, reverse=True):
        at = np.datetime64(one.at, "us")
        if regular.at[0] <= at and latest.get(one.sku, at) <= at and len(found) < MOST_MISSED:
            found.setdefault(one.sku, one.at.toordinal())
    return found


def _drawn_up(together: list[Regular], shop: Shop) -> Iterator[tuple[dict[Sku, float], Recurring, tuple[Sku, ...]]]:
    """Of each the shares, what recurs, and all that was bought."""
    past = _past(together, shop)
    ends = np.searchsorted(past.shopper, np.arange(len(together) + 1))
    names = np.argsort(np.argsort(np.array(shop.skus)))
    by_share = np.lexsort((names[past.item], -past.shares, past.shopper))
    stated = _next_time(past, shop)
    by_chance = np.lexsort((names[past.item], -stated, past.shopper))
    steps = np.floor(past.shares * SHARE_STEPS + 0.5)
    for person, (first, last) in enumerate(zip(ends.tolist(), ends[1:].tolist(), strict=False)):
        top = by_share[first:last][:HISTORY_KEPT]
        shares = {shop.skus[past.item[row]]: float(steps[row]) / SHARE_STEPS for row in top if steps[row]}
        recurring = NOTHING_RECURS
        if shop.rhythm is not None and last > first:
            recurring = _recurring(past, by_chance[first:last][:MOST_RECURRING], person, shop)
        yield shares, recurring, tuple(shop.skus[item] for item in past.item[first:last])


def _past(together: list[Regular], shop: Shop) -> Past:
    sizes = np.concatenate([one.sizes for one in together])
    items = np.concatenate([one.items for one in together])
    kept = shop.known[items]
    visit = np.repeat(np.arange(len(sizes)), sizes)[kept]
    whose = np.repeat(np.arange(len(together)), [len(one.sizes) for one in together])
    hours = np.concatenate([one.at for one in together]).astype("datetime64[h]").astype(np.int64)
    return past_of(whose, hours / _HOURS, np.bincount(visit, minlength=len(sizes)), items[kept], len(together), shop.decay)


def _next_time(past: Past, shop: Shop) -> NDArray[np.float64]:
    """float64[rows]: how likely each is at the next visit, one usual distance after the last."""
    if shop.rhythm is None:
        return np.zeros(len(past))
    apart = np.clip((past.seen - past.began) / np.maximum(past.visits - 1, 1), 1.0, _MOST_DAYS_APART)
    now = (past.seen + apart)[past.shopper]
    return shop.rhythm.probability(past.at(np.arange(len(past)), now, shop.usual))


def _recurring(past: Past, rows: NDArray[np.int64], person: int, shop: Shop) -> Recurring:
    table = np.zeros(len(rows), ROW)
    seen = round(float(past.seen[person]) * _HOURS)
    for name, values in (
        ("times", past.times),
        ("visits_since_first", past.visits_since_first),
        ("visits_since_last", past.visits_since_last),
    ):
        table[name] = np.minimum(values[rows], _MOST)
    table["hours_ago"] = np.minimum(np.rint((past.seen[person] - past.last[rows]) * _HOURS), _MOST)
    for name, numbers in (("log_gaps", past.log_gaps), ("by_visits", past.by_visits), ("by_days", past.halved)):
        table[name] = numbers[rows]
    halved = (float(past.all_halved[person, 0]), float(past.all_halved[person, 1]))
    return Recurring(tuple(shop.skus[item] for item in past.item[rows]), table, seen, int(past.visits[person]), halved)
