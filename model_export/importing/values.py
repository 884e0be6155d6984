"""Text of an export as values: quantities, amounts, codes, marks. Everything exact; no float is made on the way.

A column repeats itself, so each converter is a `Memo`: it reads a text once. What cannot be read is an `Unreadable` in its
place, for the receipt to be refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from device.scrub import like_a_card
from model_export.importing import found
from sync.central.past import Mark

_MOST_REMEMBERED: Final = 100_000
_MOST: Final = 10**12
"""Thousandths or minor units: a thousand million pieces on one line."""
PRICE_DIGITS: Final = 9
_CLUTTER: Final = str.maketrans("", "", " \u00a0\u202f'’_€$£₽")
_GROUPED: Final = {
    ",": re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{2,3})*\.\d{3}(,\d*)?"),
    ".": re.compile(r"[+-]?[1-9]\d{0,2}(,\d{2,3})*,\d{3}(\.\d*)?"),
}
"""Groups are of three digits, in India only the last; the first is no nought."""
_APART: Final = re.compile(
    r"(?<=[\d.,])\s*[€$£₽]\s*(?=[\d.,])|(?<=\d)[ \u00a0\u202f'’_]+(?=\d)(?!\d{3}(?!\d))|\d{4}[ \u00a0\u202f'’_]+\d"
)
"""Clutter that keeps two numbers apart, and groups no thousands of one."""
NOTHING: Final = frozenset(["null", "nan", "nat", "<na>", "#n/a", "\\n"])
"""How databases, pandas and spreadsheets write an empty cell. Kept as a text, it would make one shopper or receipt of many."""
_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d+")
DECIMAL_CODE: Final = re.compile(r"-?\d+[.,]0")
_YES: Final = frozenset(["1", "true", "t", "yes", "y", "x", "ja", "да", "+", "истина"])
_NO: Final = frozenset(["0", "false", "f", "no", "n", "nein", "нет", "-", "ложь"])
_SALES: Final = (
    (re.compile(r"train|practi[cs]e|учебн|тренир|schulung", re.IGNORECASE), Mark.TRAINING),
    (re.compile(r"void|cancel|annul|storno|аннул|отмен|сторно|suspend", re.IGNORECASE), Mark.VOID),
    (re.compile(r"return|refund|возврат|retour|rückgabe|credit ?note", re.IGNORECASE), Mark.RETURN),
)
_KINDS: Final = re.compile(
    r"\bbags?\b|deposit|gift|service|voucher|\bfee\b|пакет|залог|подароч|услуга|pfand|gutschein", re.IGNORECASE
)


class Unreadable(NamedTuple):
    why: str
    what: str


class UnreadableError(ValueError):
    """Carries one of the reasons of `found`."""


class Memo(dict[Any, Any]):
    """`memo[text]` is what `convert` makes of it, or Unreadable; an empty text is None.

    Bounded: a text longer than any that is kept is not remembered. Spaces around a text are dropped unless it is `exact`: in a
    typed table they are part of it. The words in `nothing` are None too.
    """

    def __init__(self, convert: Callable[[Any], Any], *, exact: bool = False, nothing: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._convert, self._exact, self._nothing = convert, exact, nothing

    def __missing__(self, text: Any) -> Any:
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        value: Any = None
        told = text.strip() if isinstance(text, str) else text
        if told is not None and told != "" and not (isinstance(told, str) and told.casefold() in self._nothing):
            try:
                value = self._convert(text if self._exact else told)
            except UnreadableError as error:
                value = Unreadable(str(error), found.discreet(text))
        if not isinstance(text, str) or len(text) <= found.MOST_TEXT:
            self[text] = value
        return value


def number(text: str, decimal_mark: str) -> Decimal:
    """`decimal_mark` is `.` or `,`; the other one may group thousands, and nothing else: 1.5 is no fifteen where the comma is.

    Blanks and apostrophes may group them too, a currency's sign stand before or behind. A minus may stand behind, brackets mean
    minus.
    """
    if _APART.search(text):
        raise UnreadableError(found.BAD_NUMBER)
    told = text.translate(_CLUTTER)
    minus = False
    if told.endswith("-") or (told.startswith("(") and told.endswith(")")):
        minus, told = True, told.strip("()-")
    told = told.replace("−", "-")
    grouping = "." if decimal_mark == "," else ","
    if grouping in told and not _GROUPED[decimal_mark].fullmatch(told):
        raise UnreadableError(found.BAD_NUMBER)
    told = told.replace(".", "").replace(",", ".") if decimal_mark == "," else told.replace(",", "")
    try:
        value = Decimal(told)
    except InvalidOperation as error:
        raise UnreadableError(found.BAD_NUMBER) from error
    if not value.is_finite():
        raise UnreadableError(found.BAD_NUMBER)
    # Not by multiplying: an exponent beyond the context's would be no number but an error of arithmetic.
    return value.copy_negate() if minus else value


def scaled(value: Decimal, digits: int) -> int:
    """Units to thousandths (3) or minor units (2): half away from nought, and nothing beyond what a till could mean."""
    if not value or value.adjusted() < -9:
        return 0
    if value.adjusted() > 12 or abs(value) * 10**digits > _MOST:
        raise UnreadableError(found.HUGE_NUMBER)
    return int(value.scaleb(digits).to_integral_value(ROUND_HALF_UP))


def price(value: Decimal, digits: int) -> int:
    """In parts of 10**-PRICE_DIGITS, more than the minor unit has: a litre costs 1.459. Bounds as `scaled`."""
    scaled(value, digits)
    return 0 if value.adjusted() < -PRICE_DIGITS else int(value.scaleb(PRICE_DIGITS).to_integral_value(ROUND_HALF_UP))


def cost(price: int, quantity: int, digits: int) -> int:
    """What so many thousandths cost at such a price: half away from nought."""
    part = int(10 ** (PRICE_DIGITS + 3 - digits))
    amount = (abs(price * quantity) + part // 2) // part
    if amount > _MOST:
        raise UnreadableError(found.HUGE_NUMBER)
    return amount if price * quantity >= 0 else -amount


def whole(told: Any) -> int:
    if isinstance(told, int):
        return told
    raise UnreadableError(found.BAD_NUMBER)


def flag(mark: Mark) -> Callable[[Any], Mark]:
    def read(told: Any) -> Mark:
        word = str(told).casefold()
        if word in _YES:
            return mark
        if word in _NO:
            return Mark(0)
        raise UnreadableError(found.BAD_FLAG)

    return read


def yes(told: Any) -> bool:
    return bool(flag(Mark.VOID)(told))


def sale_marks(told: Any) -> Mark:
    """What a word for the kind of sale says; a word nobody knows is an ordinary sale."""
    marks = Mark(0)
    for pattern, mark in _SALES:
        if pattern.search(str(told)):
            marks |= mark
    return marks


def kind_marks(told: Any) -> Mark:
    """What a word for the kind of item says; a word nobody knows stands for goods."""
    return Mark.NOT_GOODS if _KINDS.search(str(told)) else Mark(0)


def text(told: Any) -> str:
    said = str(told)
    if len(said) > found.MOST_TEXT:
        raise UnreadableError(found.TOO_LONG)
    if "\0" in said:
        raise UnreadableError(found.NUL)
    return said


def public_text(told: Any) -> str | None:
    return found.tidy(text(told))


def code(told: Any) -> str:
    """What names a receipt, an item or a shopper: two of them must not become one."""
    said = text(told)
    if _ROUNDED.fullmatch(said):
        raise UnreadableError(found.ROUNDED)
    return said


def sku(told: Any) -> str:
    said = code(told)
    if like_a_card(said):
        raise UnreadableError(found.CARD_NUMBER)
    return said


def without_decimals(read: Callable[[Any], str]) -> Callable[[Any], str]:
    """Of codes that went through a table of floats: 17850.0 is 17850."""
    return lambda told: read(str(told)[:-2] if DECIMAL_CODE.fullmatch(str(told)) else told)
