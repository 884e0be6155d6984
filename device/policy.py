"""What may be shown: pure rules between the ranking and the glass. It fails closed: an item whose facts are missing is not shown.

Standing rules judge an item by itself and are asked once per bundle; moving rules judge it against the sale and are asked for
each suggestion. Every refusal carries the rule's name, which is kept with the receipt.

| rule         | kind     | an item is not shown when                                                              |
|--------------|----------|----------------------------------------------------------------------------------------|
| facts        | standing | a fact that `policy.needs` names is not known, or the catalogue does not know the item |
| kind         | standing | it is a bag, a deposit, a service or a gift card                                       |
| age          | standing | it is age-restricted and the shop has not opted in                                     |
| reach        | standing | it lies where `policy.reach` does not go: shoppers do not walk back                    |
| stock        | standing | its stock in this store is tracked and not above zero                                  |
| basket       | moving   | it is in the basket                                                                    |
| removed      | moving   | it was voided or returned on this receipt                                              |
| answered     | moving   | the cashier has declined it on this receipt                                            |
| out_of_stock | moving   | a cashier has said today that there is none                                            |
| family       | moving   | another of its family is in the basket or already suggested beside it                  |
| hours        | moving   | it is not sold at this hour                                                            |
| relevance    | moving   | its score is not above `policy.relevance_floor`                                        |

Before any item: nothing is suggested outside an open sale (`phase`), to an empty basket (`empty`), or after
`policy.refusals` refusals on a receipt (`refusals`). A model that fails on a basket is silence too (`model`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from device.catalogue import Catalogue, Item, Kind
from device.domain import Phase, Sku
from device.scorer import Ranked
from device.settings import Policy

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules may know of a sale. `local` is the shop's wall clock."""

    phase: Phase
    skus: frozenset[Sku]
    families: frozenset[str]
    local: datetime
    removed: frozenset[Sku] = frozenset()
    declined: frozenset[Sku] = frozenset()
    out_of_stock: frozenset[Sku] = frozenset()
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What is shown, best first, and which rule kept back what would have stood above it."""

    shown: tuple[Ranked, ...]
    forbidden: tuple[tuple[Sku, str], ...] = ()
    silence: str | None = None
    """The rule that forbade any suggestion at all."""


def facts_missing(item: Item, policy: Policy) -> bool:
    return any(not _known(item, fact) for fact in policy.needs)


def not_goods(item: Item, policy: Policy) -> bool:
    del policy
    return item.kind is not Kind.GOODS


def age_restricted(item: Item, policy: Policy) -> bool:
    return not policy.age_restricted and item.age_limit is not None and item.age_limit > 0


def out_of_reach(item: Item, policy: Policy) -> bool:
    return item.reach is not None and item.reach not in policy.reach


STANDING: Final[tuple[tuple[str, Callable[[Item, Policy], bool]], ...]] = (
    ("facts", facts_missing),
    ("kind", not_goods),
    ("age", age_restricted),
    ("reach", out_of_reach),
)


def standing_rule(item: Item | None, store: str, policy: Policy) -> str | None:
    """The name of the standing rule that forbids the item in this store, or None."""
    if item is None:
        return "facts"
    for name, forbids in STANDING:
        if forbids(item, policy):
            return name
    return "stock" if item.stock is not None and item.stock.get(store, 0) <= 0 else None


def in_basket(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del item, policy
    return ranked.sku in now.skus


def was_removed(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del item, policy
    return ranked.sku in now.removed


def was_declined(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del item, policy
    return ranked.sku in now.declined


def said_out_of_stock(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del item, policy
    return ranked.sku in now.out_of_stock


def same_family(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del ranked, policy
    return item.family is not None and item.family in now.families


def outside_hours(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del ranked, policy
    return not sold_at(item, now.local.hour)


def not_relevant(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> bool:
    del item, now
    return ranked.score <= policy.relevance_floor


MOVING: Final[tuple[tuple[str, Callable[[Item, Ranked, Situation, Policy], bool]], ...]] = (
    ("basket", in_basket),
    ("removed", was_removed),
    ("answered", was_declined),
    ("out_of_stock", said_out_of_stock),
    ("family", same_family),
    ("hours", outside_hours),
    ("relevance", not_relevant),
)


def silence(now: Situation, policy: Policy) -> str | None:
    """The rule that forbids any suggestion at this moment, or None."""
    if now.phase is not Phase.OPEN:
        return "phase"
    if not now.skus:
        return "empty"
    return "refusals" if now.refusals >= policy.refusals else None


def decide(ranked: Iterable[Ranked], now: Situation, catalogue: Catalogue, policy: Policy) -> Decision:
    """Walk the ranking from the top until `policy.cards` are found; `ranked` holds no item a standing rule forbids."""
    if (rule := silence(now, policy)) is not None:
        return Decision((), silence=rule)
    shown: list[Ranked] = []
    forbidden: list[tuple[Sku, str]] = []
    for candidate in ranked:
        item = catalogue.item(candidate.sku)
        rule = "facts" if item is None else _moving_rule(item, candidate, now, policy)
        if rule is None:
            shown.append(candidate)
            if len(shown) == policy.cards:
                break
            if item is not None and item.family is not None:
                now = _with_family(now, item.family)
        elif rule != "basket":
            forbidden.append((candidate.sku, rule))
    return Decision(tuple(shown), tuple(forbidden))


def sold_at(item: Item, hour: int) -> bool:
    """Selling hours may run over midnight: from 22 until 6."""
    start = 0 if item.sold_from is None else item.sold_from
    end = 24 if item.sold_until is None else item.sold_until
    return start <= hour < end if start <= end else hour >= start or hour < end


def _moving_rule(item: Item, ranked: Ranked, now: Situation, policy: Policy) -> str | None:
    for name, forbids in MOVING:
        if forbids(item, ranked, now, policy):
            return name
    return None


def _with_family(now: Situation, family: str) -> Situation:
    return replace(now, families=now.families | {family})


def _known(item: Item, fact: str) -> bool:
    match fact:
        case "name":
            return any(item.names.values())
        case "price":
            return item.price is not None
        case "age_limit":
            return item.age_limit is not None
        case "reach":
            return item.reach is not None
        case _:
            raise AssertionError(fact)
