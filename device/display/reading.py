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
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from device.amounts import LIMIT, thousandths
from device.display.words import CHANGE, IDLE, LINE, PAY, THANKS, VOID
from device.domain import Minor, Thousandths, Unit
from device.printed.words import Role, Words, means, plain

ONE: Final = Thousandths(1000)

_UNITS: Final = {
    "kg": (Unit.KILOGRAM, 1), "кг": (Unit.KILOGRAM, 1), "g": (Unit.KILOGRAM, 1000), "г": (Unit.KILOGRAM, 1000),
    "l": (Unit.LITRE, 1), "л": (Unit.LITRE, 1), "m": (Unit.METRE, 1), "м": (Unit.METRE, 1),
}  # fmt: skip
MAX_KNOWN: Final = 512
_TIMES: Final = r"[xX*хХ×@]"
_SUFFIX: Final = re.compile(rf"\s+{_TIMES}\s?(\d{{1,4}}(?:[.,]\d{{1,3}})?)$")
_CROSS: Final = re.compile(_TIMES)
_DIGIT: Final = re.compile(r"\d")
_MARKS: Final = str.maketrans("", "", "-., '")
_LETTERS: Final = re.compile(r"[^\W\d_]")


class What(Enum):
    ITEM = "item"
    VOID = "void"
    DISCOUNT = "discount"
    TOTAL = "total"
    PAY = "pay"
    END = "end"
    IDLE = "idle"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Seen:
    """One screen. `sum`: the total that stands on it too."""

    what: What
    name: str = ""
    quantity: Thousandths = ONE
    unit: Unit = Unit.PIECE
    price: Minor | None = None
    amount: Minor | None = None
    sum: Minor | None = None
    means: str | None = None


class Reader:
    """The words and figures of one site."""

    def __init__(self, decimals: int, idle: tuple[str, ...], words: dict[str, tuple[str, ...]]) -> None:
        self._known: dict[tuple[str, ...], Seen | None] = {}
        self._decimals = decimals
        self._words = Words(words)
        self._idle = tuple(" ".join(plain(text)) for text in (*IDLE, *idle))
        fraction = rf"[.,]\d{{{decimals}}}" if decimals else ""
        amount = rf"-?\d{{1,3}}(?:[ .,']\d{{3}})+{fraction}|-?\d{{1,9}}{fraction}"
        self._amount = re.compile(rf"(?<![\w.,-])(?:{amount})-?(?![\d]|[.,]\d|{_TIMES}\d|\s*{_TIMES}\s*\d|\s?%)")
        self._product = re.compile(
            rf"(-?\d{{1,6}}(?:[.,]\d{{1,3}})?)\s*(kg|кг|g|г|l|л|m|м|pcs|шт|st|ea|un)?\.?\s*{_TIMES}\s*({amount})"
            rf"(?:\s*/\s*\w+)?(?:\s*=?\s*({amount}))?(?!\w)",
            re.IGNORECASE,
        )

    def read(self, rows: tuple[str, ...]) -> Seen | None:
        """None: nothing that changes a sale. The screens of a shop come again and again, and are remembered."""
        if rows not in self._known:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[rows] = self._read(rows)
        return self._known[rows]

    def _read(self, rows: tuple[str, ...]) -> Seen | None:
        split = [plain(row) for row in rows]
        words = [word for row in split for word in row]
        told = " ".join(words)
        roles = [self._words.role(row) for row in split]
        if Role.CANCEL in roles:
            return Seen(What.CANCEL)
        figures = [self._figures(row) for row in rows]
        amounts = [amount for row in figures for amount in row]
        voided = VOID.intersection(words) and not CHANGE.intersection(words)
        if voided or Role.VOID in roles:
            return self._void(rows, amounts)
        if Role.CHANGE in roles or CHANGE.intersection(words) or THANKS.intersection(words):
            total = next((row[-1] for row, role in zip(figures, roles, strict=True) if row and _sums(role)), None)
            return Seen(What.END, sum=total)
        if not amounts:
            return Seen(What.IDLE) if any(f" {text} " in f" {told} " for text in self._idle if text) else None
        return self._money(rows, told, roles, figures)

    def _money(self, rows: tuple[str, ...], told: str, roles: list[Role | None], figures: list[list[Minor]]) -> Seen | None:
        amounts = [amount for row in figures for amount in row]
        pays = Role.TENDER in roles or any(text in told for text in PAY)
        if Role.DISCOUNT in roles:
            return Seen(What.DISCOUNT, amount=Minor(abs(amounts[-1])))
        item = self._item(rows, roles, figures)
        if item is not None:
            return item
        if pays:
            total = next((row[-1] for row, role in zip(figures, roles, strict=True) if row and _sums(role)), None)
            return Seen(What.PAY, sum=total, means=means(" ".join(rows)))
        if any(map(_sums, roles)):
            return Seen(What.TOTAL, sum=amounts[-1])
        return None

    def _item(  # noqa: PLR0911 - what an item is not
        self, rows: tuple[str, ...], roles: list[Role | None], figures: list[list[Minor]]
    ) -> Seen | None:
        if any(role is not None and not _sums(role) for role in roles):
            return None
        top = rows[0]
        below = " ".join(row for row, role in zip(rows[1:], roles[1:], strict=True) if not _sums(role))
        total = next((row[-1] for row, role in zip(figures[1:], roles[1:], strict=True) if row and _sums(role)), None)
        if _sums(roles[0]):
            return None
        product = next((found for row in (below, top) if _CROSS.search(row) and (found := self._product.search(row))), None)
        if product is not None:
            name = top if product.string is below else top[: product.start()]
            return self._times(name.strip(), product, below, total)
        own = [amount for row, role in zip(figures[1:], roles[1:], strict=True) if not _sums(role) for amount in row]
        suffix = _SUFFIX.search(top) if _CROSS.search(top) else None
        name = top[: suffix.start()] if suffix else top
        if not own:
            own = self._figures(name)
            if not own:
                return None
            name = name[: self._first(name)]
        name = name.strip(" .:")
        if len(_LETTERS.findall(name)) < 2:
            return None
        quantity = thousandths(suffix[1]) if suffix else ONE
        if quantity is None or quantity <= 0 or len(own) > 2:
            return None
        price = own[0] if len(own) > 1 or quantity == ONE else None
        return _judged(name, quantity, Unit.PIECE, price, own[-1], total)

    def _times(self, name: str, product: re.Match[str], below: str, total: Minor | None) -> Seen | None:
        quantity, price = thousandths(product[1]), self._minor(product[3])
        if quantity is None or price is None or quantity == 0 or len(_LETTERS.findall(name)) < 2:
            return None
        # A part of a piece is sold by weight.
        bare = (Unit.PIECE if quantity % ONE == 0 else Unit.KILOGRAM, 1)
        unit, parts = _UNITS.get((product[2] or "").casefold(), bare)
        amount = self._minor(product[4]) if product[4] else None
        if amount is None:
            rest = self._figures(below[product.end() :]) if product.string is below else []
            amount = rest[-1] if rest else Minor((2 * price * quantity // parts + 1000) // 2000)
        return _judged(name.strip(" .:"), Thousandths((2 * quantity + parts) // (2 * parts)), unit, price, amount, total)

    def _void(self, rows: tuple[str, ...], amounts: list[Minor]) -> Seen:
        names = []
        for row in rows:
            name = row[: self._first(row)] if self._figures(row) else row
            name = " ".join(word for word in _SUFFIX.sub("", name).split() if not VOID.intersection(plain(word)))
            # `Deleting Line ...`: what is left of it is no name.
            if len(_LETTERS.findall(name)) > 1 and not LINE.intersection(plain(name)) and self._words.role(plain(name)) is None:
                names.append(name.strip(" .:"))
        return Seen(What.VOID, name=names[0] if names else "", amount=Minor(abs(amounts[-1])) if amounts else None)

    def _figures(self, row: str) -> list[Minor]:
        digit = _DIGIT.search(row)
        if digit is None:
            return []
        found = self._amount.finditer(row, max(0, digit.start() - 1))
        return [amount for match in found if (amount := self._minor(match[0])) is not None]

    def _first(self, row: str) -> int:
        found = self._amount.search(row)
        return found.start() if found else len(row)

    def _minor(self, text: str) -> Minor | None:
        """Of what the pattern of an amount matched: its last digits are those of the minor unit."""
        if not text.isascii():
            return None
        amount = int(text.translate(_MARKS))
        return None if amount > LIMIT else Minor(-amount if "-" in text else amount)


def _sums(role: Role | None) -> bool:
    return role in {Role.TOTAL, Role.SUBTOTAL, Role.FINAL, Role.INCLUSIVE, Role.ROUNDED}


def _judged(name: str, quantity: Thousandths, unit: Unit, price: Minor | None, amount: Minor, total: Minor | None) -> Seen:
    if amount < 0 or quantity < 0:
        return Seen(What.VOID, name, Thousandths(abs(quantity)), unit, amount=Minor(abs(amount)), sum=total)
    return Seen(What.ITEM, name, quantity, unit, price, amount, total)
