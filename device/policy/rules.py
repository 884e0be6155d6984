"""May an item be shown, may anything be shown: each rule one function, named in the tables below.

A standing or timed rule answers with a mask over all items, a moving rule with the places of the items it forbids. The order of a
table decides only which name is told of an item that several rules forbid, never what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from device.domain import Kind, Phase, Sku
from device.fit import Words
from device.policy.fitting import unfit
from device.policy.goods import REACHES, UNKNOWN, Goods
from device.policy_settings import Notice, Policy

if TYPE_CHECKING:
    from datetime import date, datetime

    from numpy.typing import NDArray

ALLOWED: Final = -1


@dataclass(frozen=True, slots=True)
class Moment:
    """A store and an hour on its own clock."""

    store: str
    day: int
    """Proleptic ordinal, as `date.toordinal`."""
    hour: int


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules may know of a sale. `local` is the shop's wall clock."""

    phase: Phase
    skus: frozenset[Sku]
    """In the basket, or said yes to and not yet rung up."""
    families: frozenset[str]
    """Of the same items."""
    local: datetime
    removed: frozenset[Sku] = frozenset()
    declined: frozenset[Sku] = frozenset()
    out_of_stock: frozenset[Sku] = frozenset()
    refusals: int = 0
    waiting: frozenset[Sku] = frozenset()
    """Said yes to: they keep their places on the screen until they are rung up."""
    unwanted: frozenset[Sku] = frozenset()
    """Of which the shopper said "less like this"."""
    bought: Container[Sku] | None = None
    """What the shopper bought before; None: nobody is known, or nothing of them."""
    kind: Kind = Kind.SALE
    partial: bool = False
    segments: frozenset[str] = frozenset()
    """Of the shopper, where the profile was used."""
    fit: Words = field(default_factory=dict)
    """What the shopper says of itself: see `device.fit`."""
    receipt: str = ""
    """Its id, for what is drawn by it."""


class Timed(Protocol):
    """What holds at some times and in some stores: a notice of the shop, a campaign."""

    @property
    def stores(self) -> tuple[str, ...]: ...

    @property
    def first_day(self) -> date | None: ...

    @property
    def last_day(self) -> date | None: ...

    @property
    def from_hour(self) -> int: ...

    @property
    def until_hour(self) -> int: ...


def facts(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """The catalogue does not know it, says something impossible of it, or lacks a fact of `policy.needs`."""
    del at
    known = goods.sound.copy()
    for fact in policy.needs:
        known &= goods.facts[fact]
    return ~known


def kind(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """It is a bag, a deposit, a service or a gift card."""
    del at, policy
    return ~goods.is_goods


def recalled(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """It is recalled, or the shop keeps such a column and left this item's cell empty."""
    del at, policy
    return goods.recalled


def sensitive(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """The shop calls it sensitive, or keeps such a column and left this item's cell empty: it stands on no public screen."""
    del at, policy
    return goods.sensitive


def age(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """It is age-restricted and the shop has not opted in."""
    del at
    return (goods.age_limit > 0) & (not policy.age_restricted)


def reach(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """It lies where `policy.reach` does not go: shoppers do not walk back."""
    del at
    allowed = [UNKNOWN, *(place for place, one in enumerate(REACHES) if one in policy.reach)]
    return ~np.isin(goods.reach, allowed)


def stock(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """Its stock is tracked and not above zero in this store."""
    del at, policy
    return ~goods.in_stock


def ban(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """The shop bans it today, in this store, at this hour."""
    return named(policy.ban, goods, at)


def expired(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """Its last day of sale is over."""
    del policy
    return goods.last_day < at.day


def hours(goods: Goods, at: Moment, policy: Policy) -> NDArray[np.bool_]:
    """It is not sold at this hour; its hours may run over midnight: from 22 until 6."""
    del policy
    since, until = at.hour >= goods.sold_from, at.hour < goods.sold_until
    return ~np.where(goods.sold_from <= goods.sold_until, since & until, since | until)


Mask = Callable[[Goods, Moment, Policy], "NDArray[np.bool_]"]

STANDING: Final[tuple[tuple[str, Mask], ...]] = (
    ("facts", facts),
    ("kind", kind),
    ("recalled", recalled),
    ("sensitive", sensitive),
    ("age", age),
    ("reach", reach),
    ("stock", stock),
)
TIMED: Final[tuple[tuple[str, Mask], ...]] = (("ban", ban), ("expired", expired), ("hours", hours))


def basket(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """It is in the basket, or said yes to."""
    return places(now.skus, goods)


def removed(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """It was voided or returned on this receipt."""
    return places(now.removed, goods)


def answered(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """It has been declined on this receipt."""
    return places(now.declined, goods)


def out_of_stock(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """A cashier has said today that there is none."""
    return places(now.out_of_stock, goods)


def family(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """Another of its family is in the basket."""
    theirs = [goods.families[one] for one in sorted(now.families) if one in goods.families]
    return np.concatenate(theirs) if theirs else np.zeros(0, np.intp)


def unwanted(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """The shopper wants less like this: neither the item nor another of its family."""
    own = places(now.unwanted, goods)
    theirs = (goods.families[family] for place in own.tolist() if (family := goods.family[place]) is not None)
    return np.unique(np.concatenate([own, *theirs]))


def fit(goods: Goods, now: Situation) -> NDArray[np.intp]:
    """It does not fit the shopper: a diet, an allergy, a size, a pet, a car, a baby's age."""
    return np.flatnonzero(unfit(goods.fits, now.fit, now.local)) if now.fit else np.zeros(0, np.intp)


MOVING: Final[tuple[tuple[str, Callable[[Goods, Situation], NDArray[np.intp]]], ...]] = (
    ("basket", basket),
    ("removed", removed),
    ("answered", answered),
    ("unwanted", unwanted),
    ("out_of_stock", out_of_stock),
    ("fit", fit),
    ("family", family),
)

NAMES: Final = tuple(name for name, _ in (*STANDING, *TIMED, *MOVING))
"""A verdict is a place in this tuple, or ALLOWED."""


def verdicts(rules: Iterable[tuple[str, Mask]], goods: Goods, at: Moment, policy: Policy) -> NDArray[np.int8]:
    """The first of these rules that forbids each item."""
    first = np.full(len(goods.skus), ALLOWED, np.int8)
    for name, forbids in rules:
        first[(first == ALLOWED) & forbids(goods, at, policy)] = NAMES.index(name)
    return first


def silence(now: Situation, policy: Policy) -> str | None:
    """The rule that forbids any suggestion at this moment, or None."""
    if now.kind is Kind.RETURN:
        return "return"
    if now.partial:
        return "partial"
    if now.phase is Phase.TENDER:
        return "payment"
    if now.phase is not Phase.OPEN:
        return "phase"
    if not now.skus:
        return "empty"
    return "refusals" if now.refusals >= policy.refusals else None


def named(notices: Iterable[Notice], goods: Goods, at: Moment) -> NDArray[np.bool_]:
    """The items that a notice of the shop names at this moment."""
    found = np.zeros(len(goods.skus), np.bool_)
    found[places((Sku(one.sku) for one in notices if in_force(one, at)), goods)] = True
    return found


def in_force(notice: Timed, at: Moment) -> bool:
    """Both days belong to it; its hours may run over midnight, and each hour is judged on the day it falls on."""
    if notice.stores and at.store not in notice.stores:
        return False
    if notice.first_day is not None and at.day < notice.first_day.toordinal():
        return False
    if notice.last_day is not None and at.day > notice.last_day.toordinal():
        return False
    since, until = at.hour >= notice.from_hour, at.hour < notice.until_hour
    return since and until if notice.from_hour <= notice.until_hour else since or until


def places(skus: Iterable[Sku], goods: Goods) -> NDArray[np.intp]:
    return np.array([goods.places[sku] for sku in skus if sku in goods.places], np.intp)
