"""What the rules read of all items of a scorer at once: one column per fact, in the order of the scorer's `item_bias`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.catalogue import Kind, Reach, impossible
from device.policy.fitting import Fits, fits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from device.catalogue import Catalogue, Item
    from device.domain import Sku

REACHES: Final = tuple(Reach)
UNKNOWN: Final = -1
NEVER: Final = np.iinfo(np.int32).max
"""The last day of what does not expire."""


@dataclass(frozen=True, slots=True, eq=False)
class Goods:
    """All arrays have one element per item. An item the catalogue does not know has no fact at all."""

    skus: tuple[Sku, ...]
    places: Mapping[Sku, int]
    sound: NDArray[np.bool_]
    """In the catalogue, and nothing said of it is impossible."""
    facts: Mapping[str, NDArray[np.bool_]]
    """By the names of `policy.needs`: whether it is known."""
    is_goods: NDArray[np.bool_]
    recalled: NDArray[np.bool_]
    """Recalled, or not known whether it is."""
    sensitive: NDArray[np.bool_]
    """Sensitive, or not known whether it is."""
    age_limit: NDArray[np.int16]
    """Years; 0 for everybody and where it is not known."""
    reach: NDArray[np.int8]
    """Place in `REACHES`, or UNKNOWN."""
    in_stock: NDArray[np.bool_]
    """In this store; what is not tracked counts as there."""
    sold_from: NDArray[np.int8]
    sold_until: NDArray[np.int8]
    """Shop-local hours, 0 to 24."""
    last_day: NDArray[np.int32]
    """Proleptic ordinal of the last day it may be sold in this store, or NEVER."""
    margin: NDArray[np.float32]
    """Share of the price, 0 where it is not known."""
    acceptance: NDArray[np.float32]
    """Factor on its score that headquarters has learnt from what became of suggestions; 1 where nothing is."""
    sponsored: NDArray[np.bool_]
    family: tuple[str | None, ...]
    families: Mapping[str, NDArray[np.intp]]
    """Places of the items of each family."""
    fits: Fits


def goods(skus: Sequence[Sku], catalogue: Catalogue, store: str, acceptance: Mapping[str, float] | None = None) -> Goods:
    """The columns of these items as the store sees them; `acceptance`: of `device.acceptance`, by SKU."""
    said = [catalogue.item(sku) for sku in skus]
    sound = np.array([item is not None and impossible(item) is None for item in said], np.bool_)
    # Of an item that is not sound nothing else is read: its numbers may be of any size.
    items = [item if usable else None for item, usable in zip(said, sound.tolist(), strict=True)]
    families: dict[str, list[int]] = defaultdict(list)
    for place, item in enumerate(items):
        if item is not None and item.family is not None:
            families[item.family].append(place)
    return Goods(
        skus=tuple(skus),
        places={sku: place for place, sku in enumerate(skus)},
        sound=sound,
        facts={
            "name": _flags(items, lambda item: any(item.names.values())),
            "price": _flags(items, lambda item: item.price is not None),
            "age_limit": _flags(items, lambda item: item.age_limit is not None),
            "reach": _flags(items, lambda item: item.reach is not None),
        },
        is_goods=_flags(items, lambda item: item.kind is Kind.GOODS),
        recalled=_flags(items, lambda item: item.recalled is not False),
        sensitive=_flags(items, lambda item: item.sensitive is not False),
        age_limit=np.array([(item and item.age_limit) or 0 for item in items], np.int16),
        reach=np.array([UNKNOWN if item is None or item.reach is None else REACHES.index(item.reach) for item in items], np.int8),
        in_stock=_flags(items, lambda item: item.stock is None or item.stock.get(store, 0) > 0),
        sold_from=np.array([0 if item is None or item.sold_from is None else item.sold_from for item in items], np.int8),
        sold_until=np.array([24 if item is None or item.sold_until is None else item.sold_until for item in items], np.int8),
        last_day=np.array([_last_day(item, store) for item in items], np.int32),
        margin=np.array([(item and item.margin) or 0.0 for item in items], np.float32),
        acceptance=np.array([1.0 if acceptance is None else acceptance.get(sku, 1.0) for sku in skus], np.float32),
        sponsored=_flags(items, lambda item: bool(item.sponsor)),
        family=tuple(None if item is None else item.family for item in items),
        families={family: np.array(places, np.intp) for family, places in families.items()},
        fits=fits(items),
    )


def _flags(items: Sequence[Item | None], of: Callable[[Item], bool]) -> NDArray[np.bool_]:
    return np.array([item is not None and of(item) for item in items], np.bool_)


def _last_day(item: Item | None, store: str) -> int:
    if item is None or item.expires is None:
        return NEVER
    day = item.expires.get(store, item.expires.get(""))
    return NEVER if day is None else day.toordinal()
