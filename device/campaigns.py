"""Campaigns: what a chain wants shown, and given away, to whom, where and when. One file, checked whole, in the bundle.

    threshold = 0.3                    # an item is made cheaper only below this propensity (`device.propensity`); never above
    registers = {till-1 = 3, till-2 = 1}   # shares of every budget; left out: each register may hand out all of it

    [[campaign]]
    name = "spring coffee"
    segments = ["morning coffee"]      # of the shopper's profile; left out: everybody, also whoever is not known
    stores = ["S1"]                    # left out: all
    first_day = 2026-12-01             # days and hours on the shop's clock; both days belong to it
    last_day = 2026-12-31
    from_hour = 7
    until_hour = 11
    priority = 10                      # of several campaigns the highest counts; of equal ones the first in the file
    pin = ["4600000000017"]            # stands first where every other rule lets it: one of a campaign on a screen
    message = {en = "Coffee month", ru = "Месяц кофе"}   # on the cards of its items, by language
    picture = "coffee.png"             # on the same cards, in place of the item's own; beside the file when training

    [[campaign.coupon]]
    sku = "4600000000024"
    code = "COFFEE10"                  # what the till knows; shown on the card
    price = 19900                      # what the till charges with it, minor units: Tillside shows it, and changes no price
    per_day = 200                      # on how many receipts it may be shown in a day
    per_shopper = 1                    # to a shopper in a day, on one register

Budgets hold without a network: a register counts for itself. `registers` deals each `per_day` out in whole coupons, by the names
that registers have in their settings; all shares together are never more than the budget, and a register that is not named has
none. A coupon counts as handed out once it has stood on a face, bought or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from device import declared, mistakes

MAX_CAMPAIGNS: Final = 200
MAX_MESSAGE: Final = 48
"""Characters: one line of a card."""

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]
_Times = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class Coupon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    sku: _Text
    code: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_.\-]{1,24}\Z")]
    price: Annotated[int, msgspec.Meta(ge=0, le=10**12)]
    per_day: _Times
    per_shopper: _Times = 1


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(pattern=r"\A[^\W_][\w \-]{0,62}\Z")]
    segments: tuple[_Text, ...] = ()
    stores: tuple[_Text, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    from_hour: _Hour = 0
    until_hour: _Hour = 24
    priority: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 0
    pin: tuple[_Text, ...] = ()
    message: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_MESSAGE)]] = {}
    picture: Annotated[str, msgspec.Meta(pattern=r"\A[^./\x00][^/\x00]{0,99}\Z")] | None = None
    coupon: tuple[Coupon, ...] = ()

    @property
    def skus(self) -> frozenset[str]:
        return frozenset((*self.pin, *(one.sku for one in self.coupon)))


class Campaigns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.3
    registers: dict[str, Annotated[int, msgspec.Meta(ge=0, le=10**6)]] = {}
    campaign: tuple[Campaign, ...] = ()
    """The highest priority first, however the file has them."""

    def __post_init__(self) -> None:
        # Once, and not at every card that may get a coupon or a message.
        msgspec.structs.force_setattr(self, "campaign", tuple(sorted(self.campaign, key=lambda one: -one.priority)))

    def share(self, coupon: Coupon, device: str) -> int:
        """How many of its day's budget this register may hand out; of all registers together exactly the budget."""
        if not self.registers:
            return coupon.per_day
        if device not in self.registers:
            return 0
        total = sum(self.registers.values())
        before = sum(weight for name, weight in self.registers.items() if name < device)
        return coupon.per_day * (before + self.registers[device]) // total - coupon.per_day * before // total


def read(path: Path) -> Campaigns:
    """SettingsError that names every mistake, one a line."""
    return declared.read(path, Campaigns, "campaigns", _nonsense)


def parse(text: bytes, name: str) -> Campaigns:
    """SettingsError that names every mistake, one a line."""
    return declared.parse(text, name, Campaigns, _nonsense)


def _nonsense(table: dict[str, Any]) -> Iterator[str]:
    named = declared.tables(table, "campaign")
    if len(named) > MAX_CAMPAIGNS:
        yield f"{len(named)} campaigns are more than {MAX_CAMPAIGNS}: leave out those that are over"
    yield from declared.twice(named)
    registers = table.get("registers")
    if isinstance(registers, dict) and registers and not any(registers.values()):
        yield "'registers' gives every register a share of 0: no coupon could ever be handed out"
    codes: dict[str, tuple[str, object]] = {}
    for place, one in named:
        yield from mistakes.backwards(one, place)
        coupons = declared.tables(one, "coupon")
        if not one.get("pin") and not coupons:
            yield f"'{place}' names no item: write pin or [[campaign.coupon]]"
        skus = [coupon.get("sku") for _, coupon in coupons]
        yield from (
            f"'{place}.coupon': item '{sku}' has two coupons" for sku in sorted({str(s) for s in skus if skus.count(s) > 1})
        )
        for inner, coupon in coupons:
            code, sold = coupon.get("code"), (coupon.get("sku"), coupon.get("price"))
            if isinstance(code, str) and codes.setdefault(code, (place, sold))[1] != sold:
                yield f"'{place}.{inner}.code': '{code}' is another item or price in {codes[code][0]}: a till takes it for one"
