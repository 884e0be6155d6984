"""What a person reads on a display that has settled: an item, a void, a total, paying, change, a greeting.

| rows                                        | read as                                                                         |
|---------------------------------------------|---------------------------------------------------------------------------------|
| name / `2 x 1.50  3.00`, `0.420 kg * 2.99`  | an item with quantity and unit price                                            |
| name `x2` / `1.50  3.00`                    | the same; one figure is the price of one, and with `x2` it is the sum           |
| name and amount / a total                   | an item, and the sum so far                                                     |
| a void word and a name, or a minus amount   | that line is off                                                                |
| a discount word and an amount               | so much less                                                                    |
| a total                                     | the sum so far                                                                  |
| a total and a word of paying; paying alone  | paying                                                                          |
| change, thanks                              | the end, with the last total                                                    |
| a greeting, words the site has set          | the end after paying; else the sale was left                                    |
| anything else: a clock, an advertisement    | nothing                                                                         |

An item needs a name of two letters and an amount. Words are those of receipts and some of displays, in the one
table of `device.printed.words`.

What a row says by itself (`Row`) is found once, and then what the rows say together: a till mostly changes one of them. Rows and
screens of a shop come again and again, and the last `MAX_KNOWN` of each are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Final

import msgspec

from device.amounts import LIMIT
from device.display.words import CHANGE, IDLE, LINE, PAY, THANKS, VOID
from device.domain import Minor, Thousandths, Unit
from device.printed.words import Role, Words, means, plain

ONE: Final = Thousandths(1000)
MAX_KNOWN: Final = 512

_UNITS: Final = {
    "kg": (Unit.KILOGRAM, 1), "кг": (Unit.KILOGRAM, 1), "g": (Unit.KILOGRAM, 1000), "г": (Unit.KILOGRAM, 1000),
    "l": (Unit.LITRE, 1), "л": (Unit.LITRE, 1), "m": (Unit.METRE, 1), "м": (Unit.METRE, 1),
}  # fmt: skip
_TIMES: Final = r"[xX*хХ×@]"
_SUFFIX: Final = re.compile(rf"\s+{_TIMES}\s?(\d{{1,4}}(?:[.,]\d{{1,3}})?)$")
_CROSS: Final = re.compile(_TIMES)
_DIGIT: Final = re.compile(r"\d")
_MARKS: Final = str.maketrans("", "", "- '")
_NAME: Final = re.compile(r"[^\W\d_].*?[^\W\d_]", re.DOTALL)
"""Two letters at least."""
_SUMS: Final = frozenset({Role.TOTAL, Role.SUBTOTAL, Role.FINAL, Role.INCLUSIVE, Role.ROUNDED})
_BARE: Final = re.compile(rf"(?:[\s\d.,'=%-]|{_TIMES})*")
_TELLING: Final = VOID | CHANGE | THANKS
_NOTHING: Final[AbstractSet[str]] = frozenset()
_NO_ROLES: Final = (None, None)


class What(Enum):
    ITEM = "item"
    VOID = "void"
    DISCOUNT = "discount"
    TOTAL = "total"
    PAY = "pay"
    END = "end"
    IDLE = "idle"
    CANCEL = "cancel"


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One screen. `sum`: the total that stands on it too."""

    what: What
    name: str = ""
    quantity: Thousandths = ONE
    unit: Unit = Unit.PIECE
    price: Minor | None = None
    amount: Minor | None = None
    sum: Minor | None = None
    means: str | None = None


_UNREAD: Final = Seen(What.IDLE, "not read yet")


class Row(msgspec.Struct, frozen=True):
    """What one row says, whatever stands in the other."""

    text: str
    role: Role | None = None
    telling: AbstractSet[str] = frozenset()
    """Words that count wherever they stand."""
    sums: bool = False
    """Whether it tells a total."""
    figures: list[Minor] = msgspec.field(default_factory=list)
    """Its amounts, from left to right."""
    product: re.Match[str] | None = None
    """So many times a price."""


class Reader:
    """The words and figures of one site."""

    def __init__(self, decimals: int, idle: tuple[str, ...], words: dict[str, tuple[str, ...]]) -> None:
        self._screens: dict[tuple[str, ...], Seen | None] = {}
        self._rows: dict[str, Row] = {}
        self._words = Words(words)
        # A row of nothing but figures has a role only where the site's words are such.
        self._figures_tell = any(map(_BARE.fullmatch, self._words.first))
        self._idle = tuple(f" {' '.join(plain(text))} " for text in (*IDLE, *idle) if plain(text))
        fraction = rf"[.,]\d{{{decimals}}}" if decimals else ""
        amount = rf"-?(?:\d{{1,3}}(?:[ .,']\d{{3}})+|\d{{1,9}}){fraction}"
        self._amount = re.compile(rf"(?<![\w.,-]){amount}-?(?!\d|[.,]\d|\s*{_TIMES}\s*\d|\s?%)")
        self._product = re.compile(
            rf"(-?\d{{1,6}}(?:[.,]\d{{1,3}})?)\s*((?i:kg|кг|g|г|l|л|m|м|pcs|шт|st|ea|un))?\.?\s*{_TIMES}\s*({amount})"
            rf"(?:\s*/\s*\w+)?(?:\s*=?\s*({amount}))?(?!\w)"
        )

    def read(self, rows: tuple[str, ...]) -> Seen | None:
        """Of an upper and a lower row. None: nothing that changes a sale."""
        seen = self._screens.get(rows, _UNREAD)
        if seen is _UNREAD:
            if len(self._screens) >= MAX_KNOWN:
                self._screens.clear()
            top, below = rows
            seen = self._read(self._rows.get(top) or self._row(top), self._rows.get(below) or self._row(below))
            self._screens[rows] = seen
        return seen

    def _row(self, text: str) -> Row:
        role, telling = None, _NOTHING
        if self._figures_tell or not _BARE.fullmatch(text):
            words = plain(text)
            role, telling = self._words.role(words), _TELLING.intersection(words)
        if (digit := _DIGIT.search(text)) is None:
            row = Row(text, role, telling, role in _SUMS)
        else:
            # Nothing but a sign stands before the digits of a number.
            start = max(0, digit.start() - 1)
            product = self._product.search(text, start) if _CROSS.search(text, start) else None
            row = Row(text, role, telling, role in _SUMS, self._figures(text, start), product)
        if len(self._rows) >= MAX_KNOWN:
            self._rows.clear()
        self._rows[text] = row
        return row

    def _read(self, top: Row, below: Row) -> Seen | None:
        roles, telling = (top.role, below.role), top.telling | below.telling
        if (telling or roles != _NO_ROLES) and (said := self._said(top, below, roles, telling)) is not None:
            return said
        if not top.figures and not below.figures:
            told = f" {_told(top, below)} "
            return Seen(What.IDLE) if any(map(told.__contains__, self._idle)) else None
        last = (below.figures or top.figures)[-1]
        if Role.DISCOUNT in roles:
            return Seen(What.DISCOUNT, amount=Minor(abs(last)))
        if (item := self._item(top, below)) is not None:
            return item
        if Role.TENDER in roles or any(map(_told(top, below).__contains__, PAY)):
            return Seen(What.PAY, sum=_total(top, below), means=means(f"{top.text} {below.text}"))
        return Seen(What.TOTAL, sum=last) if top.sums or below.sums else None

    def _said(self, top: Row, below: Row, roles: tuple[Role | None, ...], telling: AbstractSet[str]) -> Seen | None:
        """What words say whatever the figures are."""
        if Role.CANCEL in roles:
            return Seen(What.CANCEL)
        changes = not CHANGE.isdisjoint(telling)
        if Role.VOID in roles or (not changes and not VOID.isdisjoint(telling)):
            return self._void(top, below)
        if changes or Role.CHANGE in roles or not THANKS.isdisjoint(telling):
            return Seen(What.END, sum=_total(top, below))
        return None

    def _item(self, top: Row, below: Row) -> Seen | None:
        if top.role is not None or (below.role is not None and not below.sums):
            return None
        total = _total(below)
        if below.product is not None and not below.sums:
            return self._times(top.text, below.product, below.text[below.product.end() :], total)
        if top.product is not None:
            return self._times(top.text[: top.product.start()], top.product, "", total)
        own, name = [] if below.sums else below.figures, top.text
        suffix = _SUFFIX.search(name) if name[-1:].isdigit() and _CROSS.search(name) else None
        if suffix is not None:
            name = name[: suffix.start()]
        if not own:
            own = self._figures(name) if suffix else top.figures
            name = self._before(name) if own else name
        quantity = _quantity(suffix[1]) if suffix else ONE
        if not 1 <= len(own) <= 2 or not _NAME.search(name) or quantity is None or quantity <= 0:
            return None
        price = own[0] if len(own) > 1 or quantity == ONE else None
        return _judged(name.strip(" .:"), quantity, Unit.PIECE, price, own[-1], total)

    def _times(self, name: str, product: re.Match[str], behind: str, total: Minor | None) -> Seen | None:
        times, measure, each, whole = product.groups()
        quantity, price = _quantity(times), _minor(each)
        if quantity is None or price is None or quantity == 0 or not _NAME.search(name):
            return None
        # A part of a piece is sold by weight.
        bare = (Unit.PIECE if quantity % ONE == 0 else Unit.KILOGRAM, 1)
        unit, parts = _UNITS.get(measure.casefold(), bare) if measure else bare
        amount = _minor(whole) if whole else None
        if amount is None:
            rest = self._figures(behind)
            amount = rest[-1] if rest else Minor((2 * price * quantity // parts + 1000) // 2000)
        if parts > 1:
            quantity = Thousandths((2 * quantity + parts) // (2 * parts))
        return _judged(name.strip(" .:"), quantity, unit, price, amount, total)

    def _void(self, *rows: Row) -> Seen:
        amounts = [amount for row in rows for amount in row.figures]
        name = next(filter(None, map(self._off, rows)), "")
        return Seen(What.VOID, name=name, amount=Minor(abs(amounts[-1])) if amounts else None)

    def _off(self, row: Row) -> str:
        """What a row names as taken off."""
        named = self._before(row.text) if row.figures else row.text
        told = _SUFFIX.sub("", named).split()
        name = " ".join(told if VOID.isdisjoint(row.telling) else [word for word in told if VOID.isdisjoint(plain(word))])
        words = plain(name)
        # `Deleting Line ...`: what is left of it is no name.
        speaks = _NAME.search(name) and LINE.isdisjoint(words) and self._words.role(words) is None
        return name.strip(" .:") if speaks else ""

    def _figures(self, text: str, start: int = 0) -> list[Minor]:
        """The amounts from a place on."""
        return [amount for told in self._amount.findall(text, start) if (amount := _minor(told)) is not None]

    def _before(self, text: str) -> str:
        """What stands before the first amount."""
        found = self._amount.search(text)
        return text[: found.start()] if found else text


def _minor(text: str) -> Minor | None:
    """Of what the pattern of an amount matched: its last digits are those of the minor unit."""
    digits = text.replace(".", "").replace(",", "")
    if not digits.isascii():
        return None
    amount = int(digits) if digits.isdigit() else int(digits.translate(_MARKS)) * (-1 if "-" in digits else 1)
    return Minor(amount) if abs(amount) <= LIMIT else None


def _quantity(text: str) -> Thousandths | None:
    """Of what the pattern of a quantity matched: there are no more than three places."""
    if not text.isascii():
        return None
    if text.isdigit():
        return Thousandths(int(text) * ONE)
    whole, _, places = text.replace(",", ".").partition(".")
    return Thousandths(int(whole + places.ljust(3, "0")))


def _told(top: Row, below: Row) -> str:
    """The words of the screen."""
    return " ".join(plain(f"{top.text} {below.text}"))


def _total(*rows: Row) -> Minor | None:
    return next((row.figures[-1] for row in rows if row.sums and row.figures), None)


def _judged(name: str, quantity: Thousandths, unit: Unit, price: Minor | None, amount: Minor, total: Minor | None) -> Seen:
    if amount < 0 or quantity < 0:
        return Seen(What.VOID, name, Thousandths(abs(quantity)), unit, amount=Minor(abs(amount)), sum=total)
    return Seen(What.ITEM, name, quantity, unit, price, amount, total)
