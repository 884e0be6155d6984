"""What an adviser suggests, in short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from fakes.device_shop import adviser, item

from device.adviser import Adviser
from device.domain import Phase, Sku
from device.policy.rules import Situation
from device.policy_settings import Policy
from device.scorer import Question

NOON = datetime(2026, 5, 4, 12, 0)


def suggested(by: Adviser, *skus: str) -> list[str]:
    """What is shown at noon beside a basket of these."""
    basket = tuple(Sku(sku) for sku in skus)
    families = (by.catalogue.item(sku) for sku in basket)
    now = Situation(Phase.OPEN, frozenset(basket), frozenset(i.family for i in families if i and i.family), NOON)
    return [r.sku for r in by.suggest(Question(basket), now).shown]


def many(path: Path, policy: Policy, count: int = 400, **facts: Any) -> Adviser:
    """Bread and s0, s1, ... that go with it, each a little less than the one before; `facts` hold for all but s399 and bread."""
    items = [item("bread"), *(item(f"s{n}", **(facts if n < count - 1 else {})) for n in range(count))]
    scores = {("item=bread", f"s{n}"): 0.5 - n / 1000 for n in range(count)}
    return adviser(path, policy, items=items, scores=scores)
