"""What must not be rung up unseen, and the code of what may. Pure.

Refused are items without a bar code, by weight, with a number of the shop's own, marked ones (their code is unique to the pack),
and those of an age limit above 0 or none known.
"""

from __future__ import annotations

from device.catalogue import Item, Kind
from device.codes import doubt
from device.domain import Unit


def code_of(item: Item | None) -> str:
    """The bar code to ring it up by, as a scanner tells it. Raise ValueError with the reason why it must not be."""
    if item is None:
        raise ValueError("the catalogue does not know it")
    if item.kind is not Kind.GOODS or item.unit != Unit.PIECE:
        raise ValueError("it is not sold by the piece")
    if item.age_limit is None or item.age_limit > 0:
        raise ValueError("its buyer's age has to be looked at")
    if item.marked:
        raise ValueError("its own marking code has to be scanned")
    codes = [scanned for code in item.barcodes if doubt(code) is None and (scanned := _as_scanned(code)) is not None]
    if not codes:
        raise ValueError("it has no bar code")
    common = [code for code in codes if not code.startswith(("0", "2") if len(code) == 8 else ("02", "04", "2"))]
    if not common:
        raise ValueError("its number is the shop's own and may hold a weight")
    return common[0]


def _as_scanned(code: str) -> str | None:
    """The EAN-13 or EAN-8 of a GTIN; None for the number of an outer pack, which is not the item."""
    gtin = code.zfill(14)
    if gtin[0] != "0":
        return None
    return gtin[6:] if gtin.startswith("000000") else gtin[1:]
