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
_SIGNS: Final = [*"$€£¥₩₹₸₽원", "rm", "myr", "usd", "eur", "rub", "gbp", "brl", "krw", "kzt", "zł", "kč", "руб", "р."]
# To begin with one of some characters makes the search several times as fast as a choice of words.
_SIGN: Final = re.compile(
    f"[{''.join({sign[0] for sign in _SIGNS})}]"
    f"(?:{'|'.join(f'(?<={re.escape(sign[0])}){re.escape(sign[1:])}' for sign in _SIGNS)})"
)
_AFTER: Final = re.compile(r"(?<=\d)\s*(?:EUR|RUB|руб\.?|р\.|₽|€|원|RM|MYR|zł|Kč)(?![^\W\d_])", re.IGNORECASE)
# A number from its first digit or mark, which is searched for; whatever is before it stands in most lines for something else.
_NUMBER: Final = re.compile(
    r"[\d.,](?<![\w.,].)"
    r"(?:(?<=\d)(?:\d{0,2}+(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,4})?|\d{0,11}+(?:[.,]\d{1,4}+)?+)|(?<=[.,])\d\d)"
    r"(?!\d)(?![.,]\d)(\))?(-(?![\d-]))?"
)
_AHEAD: Final = re.compile(r"(?<![\w.,])(\()?(-)?\Z")
_PLAIN: Final = re.compile(r"(\d{1,9})(?:([.,])(\d{1,4}))?", re.ASCII)
_DIGITS: Final = 18
_PLACES: Final = 4
FINE: Final = 10**_PLACES
_SCALES: Final = [10 ** (_PLACES - places) for places in range(_PLACES + 1)]
_MARKS: Final = re.compile(r"[.,'’\u00a0\u202f]")
# `3X8.00` and `7.90x3`, but not the `4X150` of a name.
_CROSS: Final = re.compile(r"[xXхХ×](?:(?:(?<=\d.)|(?<=\d\s.))(?=-?\d+[.,]\d{2}(?!\w))|(?<=[.,]\d\d.)(?=\d))")


class Number(msgspec.Struct, frozen=True, gc=False):
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
    end = 0
    for found in _NUMBER.finditer(text):
        start = found.start()
        ahead = _AHEAD.search(text, end, start) if start > end and text[start - 1] in "(-" else None
        end = found.end()
        if (number := _number(found, ahead, decimals, mark)) is not None:
            told.append(number)
    return told


def alone(text: str, decimals: int = 2, mark: str = "auto") -> list[Number]:
    """`numbers` of the `clean` text, faster where it is nothing but one number, as what a pattern has found mostly is."""
    if (found := _PLAIN.fullmatch(text)) is None:
        return numbers(clean(text), decimals, mark)
    whole, sign, fraction = found.groups()
    if sign is None:
        return [Number(int(whole) * FINE, 0, len(text), decimals == 0, whole=True, places=0)]
    places = len(fraction)
    # A point before three digits may part thousands.
    if sign == mark or (mark == "auto" and places != 3):
        return [Number(int(whole + fraction) * _SCALES[places], 0, len(text), places == decimals, whole=False, places=places)]
    return numbers(text, decimals, mark)


def _number(found: re.Match[str], ahead: re.Match[str] | None, decimals: int, mark: str) -> Number | None:
    closing, minus = found.groups()
    bracket, sign = ahead.groups() if ahead else (None, None)
    start, end = found.span()
    digits = found[0].rstrip(")-") if closing or minus else found[0]
    fraction = ""
    if not digits.isdigit():
        parts = _MARKS.split(digits)
        last = parts[-1]
        if _is_fraction(digits, parts, decimals, mark):
            fraction = last
        elif mark != "auto" and len(last) != 3:
            return None
        digits = "".join(parts)
    if len(digits) > _DIGITS:
        return None
    value = int(digits) * _SCALES[len(fraction)]
    if sign or minus or (bracket and closing):
        value = -value
    money = len(fraction) == decimals and found.string[end : end + 2].strip()[:1] != "%"
    return Number(value, ahead.start() if ahead else start, end, money, not fraction, len(fraction))


def _is_fraction(digits: str, parts: list[str], decimals: int, mark: str) -> bool:
    """Whether the last of the parts between marks is one."""
    last = digits[-len(parts[-1]) - 1]
    if mark != "auto":
        return last == mark
    if len(parts) > 2:
        return len(set(_MARKS.findall(digits))) > 1
    # 1.234 may be a thousand or a weight: as money it is not believed, and what it multiplies to is seen.
    grouped = len(parts[-1]) == 3 and digits[0] not in ".,0"
    return not grouped or decimals == 3 or (decimals > 0 and last in ".,")


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
