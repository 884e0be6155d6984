"""The trail of a sale: what each of its decisions was made from, so that anybody can make it again from the receipt. Pure.

A decision is a function of what `Known` holds, of the bundle and of the policy. A receipt keeps each `Known` as the difference to
the one before (`device.domain.Step`) and a digest of what was decided; `tillside explain` walks the same steps with the same
bundle and compares. Equal decisions of equal sales are one step. `MAX_STEPS` are kept, and how many there were is told.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from device import missed
from device.bought import Bought
from device.domain import Kind, Phase, Receipt, Sku, Slate, Step
from device.due import added
from device.fit import Words
from device.policy.rules import Situation
from device.scorer import Question
from device.tokens import NO_HISTORY

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from datetime import tzinfo

    from device.adviser import Adviser
    from device.domain import Basket, Pseudonym
    from device.policy.slate import Decision
    from device.profiles import Profile
    from device.rhythm import Rhythm

MAX_STEPS: Final = 100


@dataclass(frozen=True, slots=True)
class Known:
    """All of a sale that a decision is made from. Sets are in their own order."""

    at: datetime
    phase: Phase
    kind: Kind
    partial: bool
    shopper: bool
    """The profile of the receipt's shopper was used."""
    skus: tuple[Sku, ...]
    waiting: tuple[Sku, ...]
    """Said yes to and not yet rung up, in the order of their offers."""
    declined: tuple[Sku, ...]
    removed: tuple[Sku, ...]
    missing: tuple[Sku, ...]
    """What cashiers of the store said is not there."""
    unwanted: tuple[Sku, ...]
    """Of which the shopper said "less like this", now or ever."""


class Regular(NamedTuple):
    """What the bundle knows of a shopper who agreed to that, for one sale."""

    history: Mapping[Sku, float]
    due: Mapping[Sku, float]
    """What it adds to an item's score that it is due on the day the sale was opened."""
    unwanted: tuple[Sku, ...]
    segments: frozenset[str] = frozenset()
    offers: bool = False
    """The shopper agreed to offers."""
    fit: Words = MappingProxyType({})
    bought: Container[Sku] | None = None
    """As far as the profile tells; None: nothing is known."""
    missed: Mapping[Sku, int] = MappingProxyType({})
    """Wanted and not there, and on which day; see `device.missed`."""


NOBODY: Final = Regular(NO_HISTORY, NO_HISTORY, ())


def regular(adviser: Adviser, shopper: Pseudonym | None, opened_at: datetime, zone: tzinfo) -> Regular | None:
    """None without consent, or without a bundle that says so."""
    if (profile := adviser.profile(shopper)) is None:
        return None
    return as_regular(profile, None if adviser.bundle is None else adviser.bundle.rhythm, opened_at.astimezone(zone))


def as_regular(profile: Profile, rhythm: Rhythm | None, local: datetime | None) -> Regular:
    """`local`: the shop's wall clock; None: nothing is due."""
    due = {} if local is None else added(profile, rhythm, local)
    named = frozenset((*profile.history, *profile.recurring.skus))
    bought = Bought(named, profile.others) if named else None
    segments = frozenset(profile.segments)
    return Regular(profile.history, due, profile.unwanted, segments, profile.offers, profile.fit, bought, profile.missed)


def decide(adviser: Adviser, known: Known, store: str, zone: tzinfo, whose: Regular, receipt: str = "") -> Decision:
    """The same values always make the same decision. `receipt`: its id; "" asks for what is decided without exploring."""
    local = known.at.astimezone(zone)
    skus = (*known.skus, *known.waiting)
    items = (adviser.catalogue.item(sku) for sku in skus)
    now = Situation(
        phase=known.phase,
        skus=frozenset(skus),
        families=frozenset(item.family for item in items if item is not None and item.family is not None),
        local=local,
        removed=frozenset(known.removed),
        declined=frozenset(known.declined),
        out_of_stock=frozenset(known.missing),
        refusals=len(known.declined),
        waiting=frozenset(known.waiting),
        unwanted=frozenset(known.unwanted),
        bought=whose.bought,
        kind=known.kind,
        partial=known.partial,
        segments=whose.segments,
        fit=whose.fit,
        receipt=receipt,
    )
    wanted = missed.added(whose.missed, local, adviser.policy)
    no_card = adviser.policy.card_first and not known.shopper
    return adviser.suggest(Question(skus, local, store, whose.history, whose.due, missed=wanted, no_card=no_card), now)


def digest(decision: Decision) -> str:
    """16 hexadecimal digits over everything that was decided, scores and chances to their last bit."""
    shown = [(one.sku, one.score, one.because, one.moved_by) for one in decision.shown]
    drawn = () if decision.lot is None else ([one.chance for one in decision.shown], decision.lot)
    told = msgspec.json.encode((shown, decision.kept_back, decision.silence, *drawn))
    return hashlib.sha256(told).hexdigest()[:16]


def slate_of(step: int, decision: Decision) -> Slate | None:
    """What a receipt keeps of a draw; None where nothing was to be drawn."""
    if decision.lot is None:
        return None
    skus, chances = tuple(one.sku for one in decision.shown), tuple(one.chance for one in decision.shown)
    return Slate(step, skus, chances, decision.lot.chance, decision.lot.pool)


class Trail:
    """Of one sale, as it goes."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.slates: list[Slate] = []
        self.decisions = 0
        self._last: Known | None = None
        self._digest = ""

    def add(self, known: Known, decision: Decision, basket: Basket) -> None:
        last, mark = self._last, digest(decision)
        if last is not None and _same(last, known) and mark == self._digest:
            return
        self.decisions += 1
        if len(self.steps) >= MAX_STEPS:
            return
        if (slate := slate_of(len(self.steps), decision)) is not None:
            self.slates.append(slate)
        self._last, self._digest = known, mark
        before = () if last is None else last.skus
        gone = tuple(sku for sku in before if sku not in known.skus)
        added = tuple(sku for sku in known.skus if sku not in before)
        if (*(sku for sku in before if sku not in gone), *added) != known.skus:
            gone, added = before, known.skus  # rung up in another order: the order is part of the question
        words = (known.phase, *(("return",) if known.kind is Kind.RETURN else ()))
        words = (*words, *(("partial",) if known.partial else ()), *(("shopper",) if known.shopper else ()))
        self.steps.append(
            Step(
                (known.at - basket.opened_at) // timedelta(microseconds=1),
                " ".join(words),
                mark,
                added,
                gone,
                _changed(known.waiting, () if last is None else last.waiting),
                _changed(known.declined, () if last is None else last.declined),
                _changed(known.removed, () if last is None else last.removed),
                _changed(known.missing, () if last is None else last.missing),
                _changed(known.unwanted, () if last is None else last.unwanted),
            )
        )


def walked(receipt: Receipt) -> Iterator[tuple[Step, Known]]:
    """The steps of a receipt with all that was known at each."""
    last: Known | None = None
    for step in receipt.steps:
        words = step.state.split()
        before = () if last is None else last.skus
        last = Known(
            at=receipt.opened_at + timedelta(microseconds=step.us),
            phase=Phase(words[0]),
            kind=Kind.RETURN if "return" in words[1:] else Kind.SALE,
            partial="partial" in words[1:],
            shopper="shopper" in words[1:],
            skus=(*(sku for sku in before if sku not in step.gone), *step.added),
            waiting=_as_before(step.waiting, () if last is None else last.waiting),
            declined=_as_before(step.declined, () if last is None else last.declined),
            removed=_as_before(step.removed, () if last is None else last.removed),
            missing=_as_before(step.missing, () if last is None else last.missing),
            unwanted=_as_before(step.unwanted, () if last is None else last.unwanted),
        )
        yield step, last


def regular_of(receipt: Receipt, known: Known, adviser: Adviser, zone: tzinfo) -> Regular:
    """What the bundle knew of the receipt's shopper."""
    return (regular(adviser, receipt.shopper, receipt.opened_at, zone) if known.shopper else None) or NOBODY


def _same(one: Known, other: Known) -> bool:
    names = ("phase", "kind", "partial", "shopper", "skus", "waiting", "declined", "removed", "missing", "unwanted")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _changed(now: tuple[Sku, ...], before: tuple[Sku, ...]) -> tuple[Sku, ...] | None:
    return None if now == before else now


def _as_before(now: tuple[Sku, ...] | None, before: tuple[Sku, ...]) -> tuple[Sku, ...]:
    return before if now is None else now
