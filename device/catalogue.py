"""What a shop sells: the facts of an item, and finding it by what the till names.

A code is looked up as a barcode (8, 12, 13 or 14 digits, padded with zeros to a GTIN-14), then as a PLU, then as the shop's
own SKU. A till that tells words only is understood by name and price (see `device.matching`). Nothing is guessed: what is not
certain stays an unknown line on the receipt.

A fact that is None is not known, and the policy fails closed on it; so it does on an item of which something impossible is said.
`device/policy/README.md` tells which rule reads which fact.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from device import fit
from device.domain import Sku
from device.errors import BundleError
from device.matching import Named, Names
from device.place import beginning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from device.events import RungLine

GTIN_LENGTHS = frozenset({8, 12, 13, 14})
MAX_FILE_BYTES = 4 * 1024 * 1024
"""Of best-sellers."""
MAX_PRICE = 10**12
"""Minor units: more than anything in a shop costs in any currency."""


class Reach(StrEnum):
    """Where the item is when the shopper stands at the till."""

    AT_TILL = "at_till"
    FETCH = "fetch"
    NEXT_VISIT = "next_visit"


class Kind(StrEnum):
    """Only goods are ever suggested."""

    GOODS = "goods"
    BAG = "bag"
    DEPOSIT = "deposit"
    SERVICE = "service"
    GIFT_CARD = "gift_card"


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item as headquarters describes it. `names`, `short` and `pitch` are by language, "" for any."""

    sku: str
    names: dict[str, str] = {}
    short: dict[str, str] = {}
    """One or two words for a reason: `goes with cappuccino`."""
    pitch: dict[str, str] = {}
    """One question for the cashier to say, at most 60 characters."""
    department: str | None = None
    category: str | None = None
    family: str | None = None
    """Items of one family stand in for each other: with milk in the basket no other milk is suggested."""
    price: int | None = None
    """Minor units for one `unit`."""
    old_price: int | None = None
    unit: str = "pcs"
    net: int | None = None
    """Thousandths of `net_unit` in one piece."""
    net_unit: str | None = None
    barcodes: tuple[str, ...] = ()
    plu: str | None = None
    reach: Reach | None = None
    age_limit: int | None = None
    """0: sold to everybody. None: not known, so not shown."""
    kind: Kind = Kind.GOODS
    sold_from: int | None = None
    """First shop-local hour at which the item is sold; None: always."""
    sold_until: int | None = None
    """First shop-local hour at which it is sold no more."""
    stock: dict[str, int] | None = None
    """Pieces by store when headquarters last knew; None: not tracked."""
    sponsor: str | None = None
    picture: str | None = None
    marked: bool = False
    """Each pack has a marking code of its own, which has to be scanned."""
    recalled: bool | None = False
    """None: the shop keeps track of recalls and says nothing of this item, so it is not shown."""
    sensitive: bool | None = False
    """What nobody wants to see on a public screen. None: the shop says it of items, and nothing of this one: it is not shown."""
    margin: float | None = None
    """Share of the price that is earned, -1 to 1."""
    fit: dict[str, tuple[str, ...]] = {}
    """What it is for, by kind: see `device.fit`."""
    expires: dict[str, date] | None = None
    """Last day of sale by store, "" for any; None: not tracked."""


def impossible(item: Item) -> str | None:
    """What is said of the item and cannot be, in words that follow its name; None when all of it can."""
    for what, value, low, high in (
        ("price", item.price, 0, MAX_PRICE),
        ("old price", item.old_price, 0, MAX_PRICE),
        ("age limit", item.age_limit, 0, 150),
        ("first hour of sale", item.sold_from, 0, 24),
        ("last hour of sale", item.sold_until, 0, 24),
        ("margin", item.margin, -1, 1),
    ):
        # Written so that a number that is none (NaN) fails too.
        if value is not None and not low <= value <= high:
            return f"{what} {value}: write {low} to {high}, or nothing where it is not known"
    return fit.wrong(item.fit)


def gtin14(code: str) -> str | None:
    """The code padded to 14 digits, or None when it has not the length of a barcode. The check digit is not judged here."""
    return code.zfill(14) if code.isascii() and code.isdigit() and len(code) in GTIN_LENGTHS else None


class Catalogue:
    """Items by code, built once per bundle; read only."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._by_sku = {item.sku: item for item in items}
        self._by_gtin: dict[str, Item] = {}
        self._by_plu: dict[str, Item] = {}
        for item in self._by_sku.values():
            for barcode in item.barcodes:
                if (key := gtin14(barcode)) is not None:
                    self._by_gtin.setdefault(key, item)
            if item.plu is not None:
                self._by_plu.setdefault(item.plu, item)

    def __len__(self) -> int:
        return len(self._by_sku)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._by_sku.values())

    def item(self, sku: str) -> Item | None:
        return self._by_sku.get(sku)

    def find(self, code: str) -> Sku | None:
        """The SKU behind a code from the till, or None."""
        found = self.by_code(code)
        return None if found is None else Sku(found.sku)

    def by_code(self, code: str) -> Item | None:
        """The item behind a code from the till, or None."""
        key = gtin14(code)
        found = self._by_gtin.get(key) if key is not None else None
        return found or self._by_plu.get(code) or self._by_sku.get(code)

    def know(self, line: RungLine) -> Item | None:
        """What a line of a till is: by its code, else by name and price together; None where that is not certain.

        `device.matching` states how sure it must be. A line with a code the catalogue does not know is not guessed at.
        """
        if line.code or line.name is None:
            return self.by_code(line.code) if line.code else None
        price = _unit_price(line)
        found = None if price is None else self._names.find(line.name, price)
        return None if found is None else self._by_sku[found.sku]

    @cached_property
    def _names(self) -> Names:
        """Made when the first line comes that is named by words only: most tills tell codes."""
        priced = ((item, item.price) for item in self._by_sku.values() if item.price is not None)
        return Names(Named(item.sku, (*item.names.values(), *item.short.values()), price) for item, price in priced)


def _unit_price(line: RungLine) -> int | None:
    """As told, or what the amount is for one unit, where that is exact."""
    if line.price is not None or line.amount is None or line.quantity <= 0:
        return line.price
    price, rest = divmod(line.amount * 1000, line.quantity)
    return None if rest else price


def read_best_sellers(path: Path) -> list[Item]:
    """Catalogue items as JSON lines, best first; BundleError names the line that cannot be read."""
    try:
        text = beginning(path, MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BundleError(f"the best-sellers {path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_FILE_BYTES:
        raise BundleError(f"the best-sellers {path} are larger than {MAX_FILE_BYTES} bytes")
    items = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            items.append(msgspec.json.decode(line, type=Item))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BundleError(f"{path}, line {number}: {error}") from error
    return items
