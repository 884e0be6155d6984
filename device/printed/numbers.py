"""Numbers in a printed line: where they stand, whether they are money, and what product of them is the amount of the line.

Exact: a number counts its ten-thousandths (`FINE`), for no fraction has more than four places. It is up to 18 digits, at most one
decimal mark, thousands in groups of three. Which mark is the decimal one is told by the site, or it is the last, where as many
digits follow it as the currency has.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

_CURRENCY = r"(?:RM|MYR|USD|EUR|RUB|GBP|BRL|KRW|KZT|R\$|руб\.?|₽|[$€£¥₩₹₸])"
_BEFORE: Final = re.compile(rf"(?<![^\W\d_])(?:(-)[ ]{{0,2}})?{_CURRENCY}\s*:?\s*(-?)(?=\(?[.,]?\d)", re.IGNORECASE)
_SIGN: Final = re.compile(r"[$€£¥₩₹₸₽원]|rm|myr|usd|eur|rub|gbp|brl|krw|kzt|zł|kč|руб|р\.")
_AFTER: Final = re.compile(r"(?<=\d)\s*(?:EUR|RUB|руб\.?|р\.|₽|€|원|RM|MYR|zł|Kč)(?![^\W\d_])", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"(?<![\w.,])(\()?(-?)(\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,4})?|\d{1,12}(?:[.,]\d{1,4})?|[.,]\d{2})"
    r"(?![\d])(?![.,]\d)(\))?(-(?![\d-]))?"
)
_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = 18
_PLACES: Final = 4
FINE: Final = 10**_PLACES
_MARKS: Final = re.compile(r"[.,'’\u00a0\u202f]")
# `3X8.00` and `7.90x3`, but not the `4X150` of a name.
_CROSS: Final = re.compile(r"(?<=\d)\s?[xXхХ×](?=-?\d+[.,]\d{2}(?!\w))|(?<=[.,]\d\d)[xXхХ×](?=\d)")


class Number(msgspec.Struct, frozen=True):
    value: int
    """In ten-thousandths."""
    start: int
    end: int
    money: bool
    """Written as amounts of the currency are."""
    whole: bool
    """Written without a fraction."""
    places: int


def clean(text: str) -> str:
    """The line without signs of currency, and with spaces about an x between two numbers."""
    folded = text.casefold()
    # Most lines have neither: looking is faster than trying.
    if _SIGN.search(folded):
        text = _BEFORE.sub(lambda found: f" {found[1] or ''}{found[2]}", text)
        text = _AFTER.sub(" ", text)
    if "x" in folded or "х" in folded or "×" in folded:
        text = _CROSS.sub(lambda found: f" {found.group()} ", text)
    return text


def numbers(text: str, decimals: int = 2, mark: str = "auto") -> list[Number]:
    """Of a `clean` line, left to right."""
    told: list[Number] = []
    at = 0
    while digit := _DIGIT.search(text, at):
        # A number begins at most a bracket, a sign and a mark before its first digit: finding digits is the faster search.
        found = _NUMBER.search(text, max(at, digit.start() - 3))
        if found is None:
            break
        at = found.end()
        if (number := _number(found, decimals, mark)) is not None:
            told.append(number)
    return told


def _number(found: re.Match[str], decimals: int, mark: str) -> Number | None:
    bracket, sign, digits, closing, minus = found.groups()
    marks = [] if digits.isdigit() else _MARKS.findall(digits)
    fraction = ""
    if marks:
        last = digits[digits.rfind(marks[-1]) + 1 :]
        grouped = len(last) == 3 and digits[0] not in ".,0"
        if mark != "auto":
            fraction = last if marks[-1] == mark else ""
            if not fraction and len(last) != 3:
                return None
        elif len(marks) > 1 and len(set(marks)) == 1:
            pass
        elif not grouped or len(marks) > 1 or decimals == 3:
            fraction = last
        elif marks[0] in ".," and decimals:
            # 1.234 may be a thousand or a weight: as money it is not believed, and what it multiplies to is seen.
            fraction = last
        digits = _MARKS.sub("", digits)
    if len(digits) > _DIGITS:
        return None
    value = int(digits) * 10 ** (_PLACES - len(fraction))
    negative = sign or minus or (bracket and closing)
    end = found.end()
    money = len(fraction) == decimals and found.string[end : end + 2].strip()[:1] != "%"
    return Number(-value if negative else value, found.start(), end, money, not fraction, len(fraction))


def rounded(value: int, unit: int) -> int:
    """So many units, rounded half away from zero."""
    return (2 * value + unit) // (2 * unit) if value >= 0 else -((unit - 2 * value) // (2 * unit))


def product(found: list[Number], amount: int, slack: int) -> tuple[Number, Number] | None:
    """Quantity and price, among the numbers before the amount, whose product it is; the nearest to it. All in ten-thousandths."""
    for right in range(len(found) - 1, 0, -1):
        for left in range(right - 1, max(-1, right - 4), -1):
            one, other = found[left], found[right]
            if not one.value or not other.value:
                continue
            if abs(abs(one.value * other.value) - abs(amount) * FINE) <= slack * FINE:
                # Where the currency has no decimals both are whole: the smaller is the quantity.
                if other.whole and (not one.whole or (one.money and abs(one.value) > abs(other.value))):
                    return other, one
                return one, other
    return None
