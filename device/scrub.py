"""Payment card numbers never pass: the second line behind decoders and imports that keep only the fields they know.

The one place that knows such numbers, for what tills tell and for the past receipts that headquarters imports.

Masked is a run of 14 to 19 digits, single spaces or hyphens between them allowed, that fits an issuer's range (ISO/IEC 7812-1)
and its check digit; the same as a part of a longer run, where it is one block or stands in blocks as they are printed on cards
(`4111 1111 1111 1111 12/30`); and what a card reader types, track and all. Barcodes of 8, 12 and 13 digits are too short to be
touched: by the check digit alone a tenth of them would be. A field that holds a code is judged by `like_a_card` instead, so that
a GTIN of 14 digits stays what it is.

A barcode beside a price (`4006381333931 89.90`) has as many digits as a card. It stays where one block is a GTIN with its check
digit, all others are figures (see `_goods`) and the blocks together are none in which cards are printed. Where a card might be
written so, cards win: a price of four digits or more without decimals beside 8 or 12 digits (`411111111111 1111`), one of six
before 13 (Maestro), and 14 digits that pass for a card by themselves.

Known leaks: digits glued to other digits, or split over fields. Hence single fields after parsing, never whole lines. And of
numbers written as no card is, such as 13 digits and 3, the tenth whose longest block is a GTIN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MASK: Final = "[PAN]"

_TRACK: Final = re.compile(r"(?:%B|;)\d{12,19}[=^][^?\r\n]*\??")
_RUN: Final = re.compile(r"(?<!\d)\d(?:[ \u00a0-]?\d){13,}")
_BLOCK: Final = re.compile(r"\d+")
_PRINTED: Final = frozenset({(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 6, 5), (4, 6, 4), (4, 4, 4, 2), (6, 13), (8, 8)})
"""Lengths of the blocks in which numbers are printed."""
_BEGINNINGS: Final = frozenset(sizes[:2] for sizes in _PRINTED)
_RANGES: Final = re.compile(
    r"4"  # Visa
    r"|5[0-9]"  # Mastercard, Maestro
    r"|6"  # Maestro, UnionPay, Discover, RuPay
    r"|2(?:2[0-9]|[3-6]|7[01]|720)"  # Mir 2200 to 2204, Mastercard 2221 to 2720
    r"|3[0-9]"  # American Express, Diners Club, JCB
    r"|8(?:[12]|600)|9(?:704|792|4|1|8|5)"  # UnionPay, RuPay, Uzcard, Troy, Humo, NAPAS
)
_SHORTEST: Final = 14
_LONGEST: Final = 19
_NO_TEXT: Final = 400
"""So many digits and single spaces in a row nobody means to be read: they are masked unsearched."""
_ITEM_CODE: Final = 14
"""Digits of the longest barcode."""
_GTIN: Final = frozenset({8, 12, 13, 14})
_EAN: Final = 13
_FIGURE: Final = 3
"""Digits of a count, or of thousands in their groups."""
_PRICE: Final = 6
"""Digits before the decimals."""
_DECIMALS: Final = re.compile(r"[.,]\d\d(?!\d)")


def scrub(text: str) -> str:
    """The text with `[PAN]` for whatever could be a payment card's number."""
    if len(text) < _SHORTEST:
        return text
    text = _TRACK.sub(MASK, text)
    return _RUN.sub(_masked, text)


def like_a_card(code: str) -> bool:
    """Whether a code is longer than any barcode and could be a payment card's number."""
    return len(code) > _ITEM_CODE and scrub(code) != code


def _masked(run: re.Match[str]) -> str:
    """The run, with the mask for itself or for every part that is a card's number."""
    if len(text := run[0]) > _NO_TEXT:
        return MASK
    blocks = list(_BLOCK.finditer(text))
    sizes = tuple(len(block[0]) for block in blocks)
    if _is_card(text) and not _goods(run, [block[0] for block in blocks], sizes):
        return MASK
    told, done = [], 0
    for first, block in enumerate(blocks):
        if block.start() < done:
            continue
        for count in _counts(sizes[first : first + 5]):
            end = blocks[first + count - 1].end()
            if _is_card(text[block.start() : end]):
                told += [text[done : block.start()], MASK]
                done = end
                break
    return "".join([*told, text[done:]])


def _counts(sizes: tuple[int, ...]) -> Iterator[int]:
    """How many blocks from here may be one number, given their lengths."""
    if _SHORTEST <= sizes[0] <= _LONGEST:
        yield 1
    if sizes[:2] in _BEGINNINGS:
        yield from (count for count in range(len(sizes), 1, -1) if sizes[:count] in _PRINTED)


def _goods(run: re.Match[str], blocks: list[str], sizes: tuple[int, ...]) -> bool:
    """Whether these blocks are one barcode and the counts and prices beside it.

    Beside an EAN-13 a price may have six digits, with decimals or without: no card has a block of thirteen but Maestro's second.
    Beside another code only the last block may have more than three, and only if decimals follow.
    """
    at = sizes.index(longest := max(sizes))
    if sizes in _PRINTED or longest not in _GTIN or not _gtin(blocks[at]):
        return False
    beside = sizes[:at] + sizes[at + 1 :]
    if at < len(sizes) - 1 and _DECIMALS.match(run.string, run.end()):
        if beside[-1] > _PRICE:
            return False
        beside = beside[:-1]
    return all(size <= (_PRICE if longest == _EAN else _FIGURE) for size in beside)


def _gtin(code: str) -> bool:
    """GS1 General Specifications 7.9: weights 3 and 1 from the right, the check digit itself has 1."""
    digits = [int(digit) for digit in code]
    return (sum(digits[-1::-2]) + 3 * sum(digits[-2::-2])) % 10 == 0


def _is_card(run: str) -> bool:
    bare = "".join(filter(str.isdecimal, run))
    if not _SHORTEST <= len(bare) <= _LONGEST or not _RANGES.match(bare):
        return False
    digits = [int(digit) for digit in bare]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0
