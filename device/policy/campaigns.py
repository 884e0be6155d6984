"""What campaigns do among suggestions that may be shown: which one is pinned, and which gets a coupon. Pure.

A pin changes the order and is part of the decision. A coupon changes nothing of it: an item is suggested for what it is, and then
may be made cheaper. Every rule below is one small function; the outcome of a suggestion keeps the coupon with the propensity that
led to it, or the name of the rule that withheld it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from device.domain import GivenCoupon, Minor, Sku
from device.policy.rules import Moment, in_force

if TYPE_CHECKING:
    from device.campaigns import Campaign, Campaigns, Coupon
    from device.catalogue import Item


@dataclass(frozen=True, slots=True)
class Asked:
    """A suggestion, and what is known when a coupon might go with it."""

    item: Item
    propensity: float | None
    """None: nobody can tell."""
    segments: frozenset[str]
    known: bool
    """The shopper's profile was used."""
    agreed: bool
    """The shopper agreed to offers."""
    handed: Mapping[str, int]
    """How often each code was handed out on this register today; `handed_shopper` to this shopper."""
    handed_shopper: Mapping[str, int]


def addressed(campaigns: Campaigns, at: Moment, segments: frozenset[str]) -> Iterator[Campaign]:
    """Those in force for such a shopper, the highest priority first."""
    for one in campaigns.campaign:
        if in_force(one, at) and (not one.segments or segments.intersection(one.segments)):
            yield one


def pin(campaigns: Campaigns, at: Moment, segments: frozenset[str], allowed: Callable[[Sku], bool]) -> Sku | None:
    """The one item that campaigns put first: of the highest priority, the first that may be shown."""
    pins = (Sku(sku) for one in addressed(campaigns, at, segments) for sku in one.pin)
    return next((sku for sku in pins if allowed(sku)), None)


def propensity(asked: Asked, coupon: Coupon, campaigns: Campaigns, device: str) -> bool:
    """It is not known to be below the threshold: it may well be bought without help."""
    del coupon, device
    return asked.propensity is None or asked.propensity >= campaigns.threshold


def consent(asked: Asked, coupon: Coupon, campaigns: Campaigns, device: str) -> bool:
    """The shopper is known, and has not agreed to offers."""
    del coupon, campaigns, device
    return asked.known and not asked.agreed


def price(asked: Asked, coupon: Coupon, campaigns: Campaigns, device: str) -> bool:
    """It is not known to be cheaper with the coupon."""
    del campaigns, device
    return asked.item.price is None or coupon.price >= asked.item.price


def sponsored(asked: Asked, coupon: Coupon, campaigns: Campaigns, device: str) -> bool:
    """Its place is paid for, and its card says so: one label is read, two are not."""
    del coupon, campaigns, device
    return bool(asked.item.sponsor)


def budget(asked: Asked, coupon: Coupon, campaigns: Campaigns, device: str) -> bool:
    """The register's share of the day's budget is handed out."""
    return asked.handed.get(coupon.code, 0) >= campaigns.share(coupon, device)


def shopper(asked: Asked, coupon: Coupon, campaigns: Campaigns, device: str) -> bool:
    """The shopper has had it as often as one may."""
    del campaigns, device
    return asked.handed_shopper.get(coupon.code, 0) >= coupon.per_shopper


Rule = Callable[[Asked, "Coupon", "Campaigns", str], bool]

RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("propensity", propensity),
    ("consent", consent),
    ("price", price),
    ("sponsored", sponsored),
    ("budget", budget),
    ("shopper", shopper),
)
"""Each says why a coupon is withheld. The order decides only which name is told."""


def coupon(asked: Asked, campaigns: Campaigns, at: Moment, device: str) -> tuple[GivenCoupon | None, str | None]:
    """The coupon that goes with the suggestion, or the rule that withheld the first of those there are; neither without any."""
    withheld = None
    for campaign in addressed(campaigns, at, asked.segments):
        for one in campaign.coupon:
            if one.sku != asked.item.sku:
                continue
            why = next((name for name, forbids in RULES if forbids(asked, one, campaigns, device)), None)
            if why is None:
                assert asked.propensity is not None, "the first rule asks for it"
                return GivenCoupon(campaign.name, one.code, Minor(one.price), asked.propensity), None
            withheld = withheld or why
    return None, withheld


def message(sku: str, campaigns: Campaigns, at: Moment, segments: frozenset[str]) -> Campaign | None:
    """Whose words and picture stand on the card of this item: of the highest priority that has some."""
    able = (one for one in addressed(campaigns, at, segments) if sku in one.skus and (one.message or one.picture))
    return next(able, None)
