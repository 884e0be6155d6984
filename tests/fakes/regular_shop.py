"""A shop in which tea is due for a shopper who agreed to a profile."""

from __future__ import annotations

from fakes.device_shop import KEY, REGULAR, adviser
from fakes.device_till import MORNING, ZONE
from fakes.regulars import regular, rhythm

from device.domain import Phase
from device.screen_link import FaceKind
from device.shopper import pseudonym

WHOSE = pseudonym(KEY, REGULAR)
TODAY = MORNING.astimezone(ZONE).replace(tzinfo=None)
SCORES = {("item=bread", "butter"): 0.5, ("item=bread", "cheese"): 0.4, ("item=bread", "tea"): 0.1, ("item=milk", "tea"): 0.1}


def shop(folder, policy=None, *, worth=0.5, profile=None, name="x.bundle", **changes):
    told = profile or regular({"tea": 21}, seen=TODAY, shares={"tea": 0.3})
    return adviser(
        folder / name,
        policy,
        scores=SCORES,
        profiles={WHOSE: told},
        rhythm=rhythm("tea", "honey", "beer", worth=worth),
        **changes,
    )


def card(counter, sku, face=FaceKind.CASHIER):
    return next(one for one in counter.lane.snapshot(face).cards if one.sku == sku)


def close(counter, basket="a", seq=9, *skus):
    counter.hear(basket, seq, *(skus or ("bread",)), phase=Phase.CLOSED, loyalty_id=REGULAR)
