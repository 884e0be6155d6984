"""A moment and what the policy forbids at it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from device.catalogue import Catalogue, Item
from device.domain import Sku
from device.policy.goods import goods
from device.policy.rules import STANDING, TIMED, Moment
from device.policy_settings import Policy

NOON = datetime(2026, 5, 4, 12, 0)

AT = Moment("S1", NOON.toordinal(), 12)


def forbidding(one: Item | None, at: Moment = AT, **policy: Any) -> list[str]:
    """Every standing and timed rule that forbids the item, each asked by itself."""
    shop = goods([Sku("x")], Catalogue([] if one is None else [one]), at.store)
    return [name for name, forbids in (*STANDING, *TIMED) if forbids(shop, at, Policy(**policy)).tolist() == [True]]
