"""The goods of the sample grocery: a neighbourhood supermarket of our own making, read from goods/*.toml.

A file is a department, a shelf a category. The files are written with plain spaces; a space that must not break (between a
number and its unit or percent sign) is tied here, on reading, so that nobody has to type an invisible character.

Codes are in-store codes only, from the restricted EAN-13 ranges: `20` and the SKU for goods in pieces, `22`, the PLU and a
weight of zero for weighed goods (what scales print carries the weight in the zeros).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

NO_BREAK = "\u00a0"
OPENS, CLOSES = 8, 22
"""Opening hours of every store: first hour and the hour of closing."""

_UNIT = r"(?:%|‰|мл|л|г|кг|шт|м|см|ml|l|g|kg|pcs?|m|cm|bags|₽|рулон\w*|коробк\w*|пакетик\w*)(?!\w)"
_BEFORE_UNIT = re.compile(rf"(?<=\d) (?={_UNIT})")

Reach = Literal["at_till", "fetch", "next_visit"]
Kind = Literal["goods", "bag", "deposit", "service", "gift_card"]


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of goods/*.toml. Money in kopecks, `net` in thousandths of `net_unit`, `share` among its family."""

    sku: str
    ru: str
    en: str
    to_ru: str
    short_en: str
    family: str
    price: int
    draw: str
    old_price: int | None = None
    unit: Literal["pcs", "kg"] = "pcs"
    net: int | None = None
    net_unit: Literal["kg", "l"] | None = None
    plu: str | None = None
    reach: Reach = "fetch"
    age_limit: int = 0
    kind: Kind = "goods"
    sold_from: int | None = None
    sold_until: int | None = None
    sponsor: str | None = None
    counted: bool = True
    pitch_ru: str | None = None
    pitch_en: str | None = None
    keeps_days: int | None = None
    share: float = 1.0


class _Shelf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    category: str
    ground: str
    items: tuple[_Entry, ...]


class _Department(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    department: str
    margin: float
    shelf: tuple[_Shelf, ...]


class Good(msgspec.Struct, frozen=True):
    """One product as the catalogue, the receipts and the pictures need it.

    Money is in kopecks; `unit_price` is for one `unit` (a piece or a kilogram); `net` is thousandths of `net_unit` in a
    piece. `short_ru` stands in the dative, as the chip «К …» needs it.
    """

    sku: str
    name_ru: str
    name_en: str
    short_ru: str
    short_en: str
    department: str
    category: str
    family: str
    """What is never suggested beside its like, and what a shopper has a favourite in."""
    unit_price: int
    old_price: int | None
    unit: str
    net: int | None
    net_unit: str | None
    barcode: str
    plu: str | None
    reach: Reach
    age_limit: int
    kind: Kind
    sold_from: int | None
    sold_until: int | None
    sponsor: str | None
    counted: bool
    """Whether stock is kept of it: not of what is made on the spot or is no thing at all."""
    pitch_ru: str | None
    pitch_en: str | None
    margin: float
    """Share of the price that is earned: the department's."""
    keeps_days: int | None
    """For how many days after the last receipt the pack that stands in front may be sold; None: long enough."""
    share: float
    """How often it is taken, relative to the others of its family and of the shop."""
    draw: str
    """What the picture shows: a shape, its inks, and what is printed on it; see `pictures`."""
    ground: str
    """Colour of the picture's background, `#rrggbb`."""

    @property
    def picture(self) -> str:
        return f"{self.sku}.svg"


@cache
def goods() -> tuple[Good, ...]:
    """Every product, in the order of departments and shelves."""
    return tuple(
        _good(department, shelf, entry) for department in _departments() for shelf in department.shelf for entry in shelf.items
    )


def ean13(digits: str) -> str:
    """Twelve digits with their check digit (GS1 General Specifications: modulo 10, weights 3 and 1 from the right)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


def tied(text: str) -> str:
    """The text with its numbers tied to their units by a space that does not break."""
    return _BEFORE_UNIT.sub(NO_BREAK, text)


def _departments() -> tuple[_Department, ...]:
    folder = files("model_export.sample") / "goods"
    pages = sorted((page for page in folder.iterdir() if page.name.endswith(".toml")), key=lambda page: page.name)
    return tuple(msgspec.toml.decode(page.read_bytes(), type=_Department) for page in pages)


def _good(department: _Department, shelf: _Shelf, entry: _Entry) -> Good:
    code = f"20{entry.sku:0>10}" if entry.unit == "pcs" else f"22{entry.plu or '':0>5}00000"
    return Good(
        sku=entry.sku,
        name_ru=tied(entry.ru),
        name_en=tied(entry.en),
        short_ru=tied(entry.to_ru),
        short_en=tied(entry.short_en),
        department=department.department,
        category=shelf.category,
        family=entry.family,
        unit_price=entry.price,
        old_price=entry.old_price,
        unit=entry.unit,
        net=entry.net,
        net_unit=entry.net_unit,
        barcode=ean13(code),
        plu=entry.plu,
        reach=entry.reach,
        age_limit=entry.age_limit,
        kind=entry.kind,
        sold_from=entry.sold_from,
        sold_until=entry.sold_until,
        sponsor=entry.sponsor,
        counted=entry.counted,
        pitch_ru=entry.pitch_ru,
        pitch_en=entry.pitch_en,
        margin=department.margin,
        keeps_days=entry.keeps_days,
        share=entry.share,
        draw=entry.draw,
        ground=shelf.ground,
    )
