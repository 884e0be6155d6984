"""The tables [policy], [[policy.pin]] and [[policy.ban]] of settings.toml: what a shop says of its suggestions.

Part of `device.settings`, which reads the file and tells every mistake. `device.policy` obeys them and knows no file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal

import msgspec

from device import mistakes

MAX_NOTICES = 200


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The shop's word about one item: a pin or a ban. Days and hours are the shop's own; a key left out does not limit."""

    sku: Annotated[str, msgspec.Meta(min_length=1)]
    first_day: date | None = None
    last_day: date | None = None
    """Both days belong to it."""
    from_hour: Annotated[int, msgspec.Meta(ge=0, le=24)] = 0
    until_hour: Annotated[int, msgspec.Meta(ge=0, le=24)] = 24
    """The first hour at which it holds no more; the hours may run over midnight."""
    stores: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be shown, and in which order. Rules, settings and catalogue columns in one table: `device/policy/README.md`."""

    cards: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3
    reach: tuple[Literal["at_till", "fetch", "next_visit"], ...] = ("at_till", "fetch")
    """In the order of preference; what is not named is not shown."""
    reach_ratio: Annotated[float, msgspec.Meta(ge=1, le=10)] = 1.25
    """A nearer item goes before one a step farther, unless that one's score is more than so many times as high."""
    needs: tuple[Literal["name", "price", "age_limit", "reach"], ...] = ("name", "price", "age_limit", "reach")
    """Facts without which an item is not shown."""
    age_restricted: bool = False
    """True: the shop opts in to suggestions of age-restricted goods."""
    card_first: bool = False
    """True: cards are shown before the first item, so a sale without a known shopper is one without a card."""
    refusals: Annotated[int, msgspec.Meta(ge=1)] = 2
    """After so many on one receipt nothing more is suggested."""
    relevance_floor: float = 0.0
    """A score must be above it. A score is about the probability that a receipt such as this one holds the item."""
    margin_boost: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    """Share of its score that a margin may add at most."""
    expiry_boost: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    """Share of its score that a near last day of sale may add at most."""
    expiry_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 3
    """How many days before the last one the boost begins."""
    sponsored_cards: Literal[0, 1] = 1
    """How many sponsored items stand on a screen at most. 0: none is shown."""
    sponsored_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.8
    """The best sponsored item takes the last place when it is worth at least this share of what stands there."""
    acceptance_ratio: Annotated[float, msgspec.Meta(ge=1, le=10)] = 1.5
    """What a bundle has learnt of how often an item is taken multiplies a score at most by this, or divides it. 1: not at all."""
    explore_share: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.0
    """Share of receipts on which places are filled by lot: `device/policy/exploration.py`. 0: on none."""
    explore_ratio: Annotated[float, msgspec.Meta(ge=0.1, le=1)] = 0.5
    """What may be drawn is worth at least this share of the weakest that would be shown."""
    explore_among: Annotated[int, msgspec.Meta(ge=2, le=16)] = 8
    """Among so many at most is drawn."""
    explore_key: Annotated[str, msgspec.Meta(max_length=256)] = ""
    """Another key draws otherwise from the same receipts; a receipt's own id is drawn by chance."""
    new_cards: Literal[0, 1] = 0
    """1: one place, the last, goes to what a known shopper never bought, unless something of that kind stands there anyway."""
    new_ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.75
    """It goes there when it is worth at least this share of what it takes the place of."""
    missed_boost: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    """Added to the score of what a known shopper wanted and did not find. 0: nothing comes back."""
    missed_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 30
    """For so many days after that; it ends sooner once headquarters knows it was bought."""
    pin: tuple[Notice, ...] = ()
    """Items that go first, where every other rule lets them."""
    ban: tuple[Notice, ...] = ()
    """Items that are not shown."""


_WITHOUT: Final = Policy()
_LATER: Final = frozenset(
    {
        "card_first",
        "acceptance_ratio",
        "explore_share",
        "explore_ratio",
        "explore_among",
        "explore_key",
        "new_cards",
        "new_ratio",
        "missed_boost",
        "missed_days",
    }
)


def told(policy: Policy) -> dict[str, Any]:
    """What a policy is known by: keys that are younger than `device.arms.fingerprint` count only where they are set.

    Else every receipt that was decided before them would seem to be of another policy.
    """
    values = {name: getattr(policy, name) for name in policy.__struct_fields__}
    return {name: value for name, value in values.items() if name not in _LATER or value != getattr(_WITHOUT, name)}


def impossible(policy: Any, place: str = "policy") -> Iterator[str]:
    """Of the policy that stands in this place: what would be obeyed and is surely not meant."""
    for key, value in policy.items():
        if isinstance(value, float) and not math.isfinite(value):
            yield f"'{place}.{key}' {value}: write a number"
    reach = policy.get("reach")
    if isinstance(reach, list) and (not reach or len({str(one) for one in reach}) < len(reach)):
        yield f"'{place}.reach': name each place once, and at least one"
    for kind in ("pin", "ban"):
        notices = policy.get(kind)
        if not isinstance(notices, list):
            continue
        if len(notices) > MAX_NOTICES:
            yield f"'{place}.{kind}': {len(notices)} entries are more than {MAX_NOTICES}: let the catalogue say it"
        for number, notice in enumerate(notices):
            if isinstance(notice, dict):
                yield from mistakes.backwards(notice, f"{place}.{kind}[{number}]")
