"""The items among the lines above the sums: each with its name, its quantity and whether it was taken off.

The name of an item whose amount stands on a line of its own is the line before or the line behind it; which of the two, the
receipt tells by where its first and its last item have none.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from device.amounts import product
from device.codes import checks
from device.domain import Minor, Thousandths
from device.events import ONE
from device.printed.lines import Form, Reading
from device.printed.words import Role

_LETTERS: Final = re.compile(r"[^\W\d_]{3,}")
_OF_ITEMS: Final = frozenset({None, Role.VOID, Role.DISCOUNT})
"""Lines of other roles, such as a header or a tax, stand between the items and belong to none."""
_FIGURES: Final = frozenset({Form.DETAIL, Form.AMOUNT})


def read(readings: list[Reading], names: str) -> list[Reading]:
    """Items and discounts in the order of the paper, all with an amount, which is negative where it was taken off."""
    kept = _coded(readings)
    before = _names_before(kept) if names == "auto" else names == "before"
    blocks: list[Reading] = []
    taken: set[int] = set()
    void = False
    for position, one in enumerate(kept):
        if one.role not in _OF_ITEMS or position in taken:
            continue
        if one.role is Role.VOID and one.amount is None and not one.name:
            void = True
        elif one.form is Form.MULTIPLY:
            if not _told_before(blocks, one) and (told := _multiplied(kept, position)) is not None:
                blocks.append(told)
        elif one.amount is not None:
            block = _named(kept, position, position - 1 if before else position + 1, taken)
            if void or block.void:
                block = replace(block, amount=Minor(-abs(one.amount)), role=None)
                void = False
            blocks.append(block)
    leading = [block.leading for block in blocks if block.leading is not None]
    headed = any(one.role is Role.HEADING and one.leading for one in kept)
    numbered = not headed and len(leading) > 1 and leading == list(range(leading[0], leading[0] + len(leading)))
    return blocks if numbered else [_with_leading(one) for one in blocks]


def _coded(readings: list[Reading]) -> list[Reading]:
    """Without lines that hold a code alone: it is of the name above its figures, else of the item on the side of the first."""
    alone = [at for at, one in enumerate(readings) if _code_alone(one)]
    if not alone:
        return list(readings)
    kept = list(readings)
    first = next((at for at, one in enumerate(readings) if one.amount is not None and one.role in _OF_ITEMS), len(readings))
    for at in alone:
        above, below = at - 1, at + 1
        figures = below < len(kept) and kept[below].form in {*_FIGURES, Form.MULTIPLY}
        named = above >= 0 and kept[above].form is Form.TEXT and kept[above].name
        owner = above if (figures and named) or first < alone[0] else below
        if 0 <= owner < len(kept) and kept[owner].role in _OF_ITEMS and not kept[owner].code:
            kept[owner] = replace(kept[owner], code=readings[at].code)
    dropped = set(alone)
    return [one for at, one in enumerate(kept) if at not in dropped]


def _code_alone(one: Reading) -> bool:
    """A number that does not check may be a date or the receipt's own."""
    return one.form is Form.TEXT and one.role is None and not one.name and one.code.isdecimal() and checks(one.code)


def _named(kept: list[Reading], position: int, beside: int, taken: set[int]) -> Reading:
    """The item at a position with the name that stands beside it; `taken`: positions that belong to an item."""
    one = kept[position]
    if one.form in _FIGURES and one.role is None and 0 <= beside < len(kept) and beside not in taken:
        further = 2 * beside - position
        if not kept[beside].name and 0 <= further < len(kept) and kept[further].name and _is_name(kept[beside]):
            # A number of the shop's own stands between.
            taken.add(beside)
            beside = further
        name = kept[beside]
        if _is_name(name):
            taken.add(beside)
            return replace(one, name=name.name, code=one.code or name.code, void=one.void or name.void)
    if one.form is Form.FULL and _priced_name(one, kept[position + 1 : position + 2]):
        # `SUSHI 2.80` above `2.80  2  5.60`: the name holds the price.
        taken.add(position + 1)
        return replace(kept[position + 1], name=one.name, code=one.code)
    return one


def _is_name(one: Reading) -> bool:
    return one.form is Form.TEXT and one.role in {None, Role.VOID}


def _priced_name(one: Reading, following: list[Reading]) -> bool:
    return any(n.form is Form.DETAIL and n.role is None and n.price == one.amount and one.quantity is None for n in following)


def _times(one: Reading) -> int:
    """Minor units of a quantity times its price, rounded half up."""
    return product(one.price or 0, one.quantity or 0)


def _told_before(blocks: list[Reading], one: Reading) -> bool:
    """`@2 X RM 1.75` below an item of 3.50 tells its quantity."""
    last = blocks[-1] if blocks else None
    if last is None or last.quantity is not None or last.amount is None or abs(_times(one) - abs(last.amount)) > 1:
        return False
    blocks[-1] = replace(last, quantity=one.quantity, price=one.price, unit=one.unit)
    return True


def _multiplied(kept: list[Reading], position: int) -> Reading | None:
    """`2 x 1.75` above an item of 3.50 tells its quantity; below a name, or above it, it is the whole item."""
    one = kept[position]
    following = kept[position + 1] if position + 1 < len(kept) else None
    if following is not None and following.amount is not None and abs(_times(one) - abs(following.amount)) <= 1:
        if following.quantity is None:
            kept[position + 1] = replace(following, quantity=one.quantity, price=one.price, unit=one.unit)
        return None
    above = kept[position - 1] if position else None
    if above is not None and above.form is Form.TEXT and above.role is None and above.name:
        return replace(one, form=Form.FULL, amount=Minor(_times(one)), name=above.name, code=one.code or above.code)
    return None


def _with_leading(one: Reading) -> Reading:
    """The small number before the name as the quantity; where the lines are numbered by it, it is none."""
    if one.leading is None or one.quantity is not None or not 0 < one.leading < 100 or one.amount is None:
        return one
    price = Minor(one.amount // one.leading) if one.amount % one.leading == 0 else None
    return replace(one, quantity=Thousandths(one.leading * ONE), price=price)


def _names_before(kept: list[Reading]) -> bool:
    """Whether names stand before their amounts."""
    details = [at for at, one in enumerate(kept) if one.form in _FIGURES and one.role is None]
    if not details:
        return True

    def named(at: int) -> int:
        if not 0 <= at < len(kept) or kept[at].form is not Form.TEXT or kept[at].role is not None:
            return 0
        return sum(map(len, _LETTERS.findall(kept[at].name)))

    leads, trails = named(details[0] - 1), named(details[-1] + 1)
    if bool(leads) != bool(trails):
        return bool(leads)
    if leads and details[0] > 1 and kept[details[0] - 2].role is Role.HEADING:
        # Right below the heads of the columns stands the first item.
        return True
    if trails and all(second - first <= 2 for first, second in pairwise(details)):
        # One name between any two amounts: the line above the first is the shop's, and the one below the last is a name.
        return False
    return sum(named(at - 1) for at in details) >= sum(named(at + 1) for at in details)
