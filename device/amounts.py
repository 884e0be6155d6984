"""Numbers as tills write them, into integers: money in minor units, quantities in thousandths. Text in, no float on the way.

A number is an optional sign, ASCII digits, and at most one decimal mark, `.` or `,`, with digits behind it: `12`, `-12,50`, `.5`.
Blanks around it are allowed, inside it they are not. A mark between thousands is read only where the caller names it, and only
where it stands before groups of three digits. Whatever else stands there is no number: None, never a guess.

Money is exact: digits beyond the minor unit must be zeros. A quantity is rounded half up (away from zero) to thousandths, as
fiscal registers round theirs. Nothing above 10**12 is believed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from device.domain import Minor, Thousandths

LIMIT: Final = 10**12
"""In minor units, and in thousandths."""
_MAX_TEXT: Final = 40
_WHOLE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS: Final = "BHD IQD JOD KWD LYD OMR TND"
_DECIMALS: Final = dict.fromkeys(_WHOLE.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)


def decimals_of(currency: str) -> int:
    """Digits of the minor unit by ISO 4217: 2 of RUB, 0 of JPY, 3 of KWD."""
    return _DECIMALS.get(currency, 2)


def unit_of(currency: str) -> int:
    """How many minor units are one unit of the currency: 100 of RUB, 1 of JPY."""
    return int(10 ** decimals_of(currency))


def written(amount: int, decimals: int) -> str:
    """Minor units as a number with that many decimals: `-1234.50`."""
    if not decimals:
        return str(amount)
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    return f"{'-' if amount < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def minor(text: str, decimals: int = 2, *, thousands: str = "") -> Minor | None:
    """Money of a currency with so many decimals; `thousands` is the mark between groups of three digits, if there is one."""
    found = _scaled(text, decimals, thousands)
    return None if found is None or found[1] else Minor(found[0])


def thousandths(text: str, *, thousands: str = "") -> Thousandths | None:
    found = _scaled(text, 3, thousands)
    if found is None:
        return None
    value, beyond, negative = found[0], found[1], text.strip().startswith("-")
    if beyond >= "5":
        value += -1 if negative else 1
    return Thousandths(value) if abs(value) <= LIMIT else None


def product(price: int, quantity: int) -> Minor:
    """What so many thousandths cost at a price, in its minor units, rounded half up."""
    return Minor((price * quantity + 500) // 1000)


def believable(amount: int | None) -> Minor | None:
    """An amount that was reckoned, or told in another way than `minor` reads; None where it is beyond `LIMIT`."""
    return None if amount is None or abs(amount) > LIMIT else Minor(amount)


def _scaled(text: str, decimals: int, thousands: str) -> tuple[int, str] | None:
    """The number times 10**decimals, cut off, and the digits that were cut off without zeros at their end."""
    text = text.strip()
    found = _pattern(thousands).fullmatch(text) if len(text) <= _MAX_TEXT else None
    if found is None:
        return None
    sign, digits, fraction = found[1], found[2], found[3] or ""
    if thousands:
        digits = digits.replace(thousands, "")
    if not digits and not fraction:
        return None
    value = int(digits + fraction[:decimals].ljust(decimals, "0") or "0")
    if value > LIMIT:
        return None
    return -value if sign == "-" else value, fraction[decimals:].rstrip("0")


@cache
def _pattern(thousands: str) -> re.Pattern[str]:
    grouped = f"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    mark = re.escape(".,".replace(thousands, "")) if thousands else ".,"
    return re.compile(f"([+-]?)({grouped}[0-9]*)(?:[{mark}]([0-9]+))?")
