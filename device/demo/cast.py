"""Which of the sales to play are whose.

A regular for whom something is due comes second, a card without consent third, a regular who is made an offer fourth. Nothing
is made up: all are receipts of the shop that the model has not seen, moved to the front. What is due, and what would be offered
for less, is what the register's bundle says of this very moment, an offer for some regulars alone before one for everybody; what
is then shown is the register's own answer. Where the shop has none of a kind, the order stays.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from device.bundle import Bundle
from device.domain import Sku
from device.due import due
from device.policy import campaigns
from device.policy.campaigns import Asked
from device.policy.rules import Moment
from device.policy_settings import Policy
from device.score import Scoring
from device.shopper import pseudonym, read_key

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from device.demo.scripts import Script
    from device.domain import GivenCoupon
    from device.profiles import Profile

SECOND: Final = 1
THIRD: Final = 2
FOURTH: Final = 3


def cast(play: list[Script], path: Path, key_file: Path, store: str, device: str, agreed: Container[str]) -> list[Script]:
    """The same sales in the order in which they are to be played. `agreed`: cards that may be known, in this store or another."""
    key, now = read_key(key_file), datetime.now()  # noqa: DTZ005 - a wall clock
    awaited: dict[int, float] = {}
    unknown: list[int] = []
    offered: dict[int, tuple[bool, int, int]] = {}
    with closing(Bundle.open(path)) as bundle:
        offering = _Offering(bundle, key, store, device, now)
        for place, script in enumerate(play):
            token = None if script.customer is None else pseudonym(key, script.customer)
            profile = None if token is None else bundle.profile(token)
            if profile is None:
                unknown += [place] if token is not None and script.customer not in agreed else []
                continue
            if bundle.rhythm is not None:
                stated = due(profile, bundle.rhythm, now)
                awaited[place] = max((stated.get(Sku(line.sku), 0.0) for line in script.lines[1:]), default=0.0)
            if (found := offering.at(script, profile)) is not None:
                offered[place] = found
    second = max(awaited, key=lambda place: awaited[place], default=None)
    fourth = min(offered.keys() - {second}, key=lambda place: (*offered[place], place), default=None)
    chosen = {SECOND: second, THIRD: next(iter(unknown), None), FOURTH: fourth}
    order = [place for place in range(len(play)) if place not in chosen.values()]
    for at, whose in chosen.items():
        if whose is not None:
            order.insert(min(at, len(order)), whose)
    return [play[place] for place in order]


class _Offering:
    """Owns a scoring of the bundle: where in a sale a coupon would stand with one of the first two suggestions."""

    def __init__(self, bundle: Bundle, key: bytes, store: str, device: str, now: datetime) -> None:
        self._bundle, self._store, self._device, self._now = bundle, store, device, now
        running = () if bundle.campaigns is None else bundle.campaigns.campaign
        self._for_everybody = {one.name for one in running if not one.segments}
        self._scoring = None if bundle.campaigns is None else Scoring(bundle, 1, Policy(), key)

    def at(self, script: Script, profile: Profile) -> tuple[bool, int, int] | None:
        """Whether it is for everybody, the suggestion's place, and the lines rung up by then, never all of them.

        None: never, or no offers are wanted. Of something that the shopper does not buy on this receipt anyway.
        """
        if self._scoring is None or not profile.offers:
            return None
        bought = {line.sku for line in script.lines}
        found = []
        for count in range(2, len(script.lines)):
            question = {
                "items": [line.sku for line in script.lines[:count]],
                "at": self._now.isoformat(),
                "store": self._store,
                "customer": script.customer,
            }
            shown = self._scoring.answer(msgspec.json.encode(question)).suggestions[:2]
            found += [
                (coupon.campaign in self._for_everybody, place, count)
                for place, one in enumerate(shown)
                if one.sku not in bought and (coupon := self._given(one.sku, one.score, profile)) is not None
            ]
        return min(found, default=None)

    def _given(self, sku: str, score: float, profile: Profile) -> GivenCoupon | None:
        bundle, item = self._bundle, self._bundle.catalogue.item(Sku(sku))
        if bundle.campaigns is None or bundle.propensity is None or item is None:
            return None
        stated, none = bundle.propensity.of(score), Counter[str]()
        segments = frozenset(profile.segments)
        asked = Asked(item, stated, segments, known=True, agreed=True, handed=none, handed_shopper=none)
        at = Moment(self._store, self._now.toordinal(), self._now.hour)
        return campaigns.coupon(asked, bundle.campaigns, at, self._device)[0]
