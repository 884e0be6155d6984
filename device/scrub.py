"""Payment card numbers never pass: the second line behind decoders and imports that keep only the fields they know.

The one place that knows such numbers, for what tills tell and for the past receipts that headquarters imports.

Masked is a run of 14 to 19 digits, single spaces or hyphens between them allowed, that fits an issuer's range (ISO/IEC 7812-1)
and its check digit; and what a card reader types, track and all. Barcodes of 8, 12 and 13 digits are too short to be touched: by
the check digit alone a tenth of them would be. A field that holds a code is judged by `like_a_card` instead, so that a GTIN of 14
digits stays what it is.

Known leaks: digits glued to other digits, or split over fields. Hence single fields after parsing, never whole lines.
"""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "[PAN]"

_TRACK: Final = re.compile(r"(?:%B|;)\d{12,19}[=^][^?\r\n]*\??")
_RUN: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){13,18}(?!\d)")
_RANGES: Final = re.compile(
    r"4"  # Visa
    r"|5[0-9]"  # Mastercard, Maestro
    r"|6"  # Maestro, UnionPay, Discover, RuPay
    r"|2(?:2[0-9]|[3-6]|7[01]|720)"  # Mir 2200 to 2204, Mastercard 2221 to 2720
    r"|3[0-9]"  # American Express, Diners Club, JCB
    r"|8[12]|9(?:704|792|4|1|8|5)"  # UnionPay, RuPay, Troy, Uzcard, Humo, NAPAS
)
_SHORTEST: Final = 14
_ITEM_CODE: Final = 14
"""Digits of the longest barcode."""


def scrub(text: str) -> str:
    """The text with `[PAN]` for whatever could be a payment card's number."""
    if len(text) < _SHORTEST:
        return text
    text = _TRACK.sub(MASK, text)
    return _RUN.sub(lambda run: MASK if _is_card(run[0]) else run[0], text)


def like_a_card(code: str) -> bool:
    """Whether a code is longer than any barcode and could be a payment card's number."""
    return len(code) > _ITEM_CODE and scrub(code) != code


def _is_card(run: str) -> bool:
    digits = [int(digit) for digit in run if digit.isdecimal()]
    if not _RANGES.match("".join(map(str, digits))):
        return False
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0
