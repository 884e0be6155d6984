"""What stands in a bar code: the key of the item, and the weight, price or count that a scale put into it.

**Key = GTIN padded with zeros to 14 digits** (GS1 General Specifications 7.9: check digit mod 10, weights 3, 1 from the right). A
check digit that does not fit is told and never repaired.

| text                                             | read as                                                                  |
|--------------------------------------------------|--------------------------------------------------------------------------|
| 8, 12, 13, 14 digits                             | EAN-8, UPC-A, EAN-13, ITF-14                                             |
| 8 digits from 0 or 1 that are no EAN-8           | UPC-E, expanded                                                          |
| 6, 7 (UPC-E) or 11 digits (UPC-A), when asked to | expanded, with the check digit they lack                                 |
| 15, 18 digits; 17                                | EAN-13 or UPC-A with an add-on of 2 or 5 digits: see below               |
| 4 digits 3000 to 4999, 5 digits from 9           | PLU                                                                      |
| `01` GTIN `21` ..., also without separators      | Chestny Znak: the GTIN alone, for the serial names one pack and its buyer |
| 29 characters from 14 digits                     | tobacco pack: the GTIN alone                                             |
| GS1 element string                               | AIs 01, 02; 30 count; 310n kg, 320n lb, 311n m, 315n l; 392n, 393n price |
| EAN-13 from 02 or 20 to 29, UPC-A from 2         | restricted circulation: by the shop's patterns, else opaque              |

An add-on is told to nobody: it is a magazine's issue or a recommended price. Where a scanner tells of one (`]E3`) it is always
parted; else a tenth of those that begin as cards do pass for cards, and cards win.

A pattern is written `PREFIXES PATTERN MEASURE DECIMALS`, for instance `23-25 PPPPPPPPVVVV weight 3`: over the 12 digits before
the check digit, `P` prefix and item, `V` value, `C` the value's own check digit. Key: V and C are zeros and the check digit is
computed anew. Regions that GS1's national rules define come from biip; `ru` and `us` are practice and not a standard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gtin import Gtin
from biip.rcn import Rcn
from biip.upc import Upc

from device.domain import Minor, Thousandths, Unit
from device.scrub import like_a_card

Measure = Literal["weight", "price", "count"]
Region = Literal["", "dk", "ee", "fi", "de", "gb", "lv", "lt", "no", "se", "ru", "us"]

LENGTHS: Final = frozenset({8, 12, 13, 14})
MAX_TEXT: Final = 512
ONE: Final = Thousandths(1000)
_ZERO: Final = ord("0")
WRONG_CHECK: Final = "the check digit does not fit"

_MARK: Final = re.compile(r"\x1d?01(\d{14})21")
_FIRST: Final = re.compile(r"01(\d{14})")
_ITEM: Final = re.compile(r"0[12]\d{14}")
_TOBACCO: Final = re.compile(r"(\d{14})[!-z]{7}[!-z]{4}[!-z]{4}")
_PLU: Final = re.compile(r"[34]\d{3}|9\d{4}")
_PATTERN: Final = re.compile(r"(\d\d)(?:-(\d\d))? ([PVC]{12}) (weight|price|count) ([0-6])")
_ADD_ONS: Final = {15: 13, 18: 13, 17: 12}
_MEASURES: Final[dict[str, tuple[Unit, Decimal]]] = {
    "310": (Unit.KILOGRAM, Decimal(1)),
    "320": (Unit.KILOGRAM, Decimal("0.45359237")),  # pounds
    "311": (Unit.METRE, Decimal(1)),
    "315": (Unit.LITRE, Decimal(1)),
}
_PRACTICE: Final[dict[str, tuple[str, ...]]] = {
    "ru": ("20-29 PPPPPPPVVVVV weight 3",),
    "us": ("02-02 PPPPPPPCVVVV price 2",),
}


@dataclass(frozen=True, slots=True)
class Code:
    key: str
    """What the catalogue is asked for."""
    quantity: Thousandths = ONE
    unit: Unit = Unit.PIECE
    amount: Minor | None = None
    """The price in the code, in hundredths of its currency."""
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a shop's own numbers are made."""

    first: int
    last: int
    shape: str
    measure: Measure
    decimals: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a shop says of its codes."""

    region: Region = ""
    patterns: tuple[Pattern, ...] = ()
    """Before the region's."""
    short: bool = False
    """Codes of 6, 7 and 11 digits are UPC codes without what a scanner left off."""


def pattern(text: str) -> Pattern:
    """Raise ValueError with the form it should have."""
    found = _PATTERN.fullmatch(text.strip())
    if found is None or "V" not in found[3]:
        raise ValueError(f"'{text}': write prefixes, pattern, measure and decimals, such as '23-25 PPPPPPPPVVVV weight 3'")
    measure: Measure = "weight" if found[4] == "weight" else "price" if found[4] == "price" else "count"
    return Pattern(int(found[1]), int(found[2] or found[1]), found[3], measure, int(found[5]))


def reading(region: Region = "", patterns: tuple[str, ...] = (), *, short: bool = False) -> Reading:
    """Raise ValueError for a pattern of another form."""
    return Reading(region, tuple(pattern(text) for text in (*patterns, *_PRACTICE.get(region, ()))), short)


def doubt(code: str) -> str | None:
    """Why this is no GTIN, in words that follow it; None when it is one, or nothing at all."""
    if not code:
        return None
    if not (code.isascii() and code.isdigit()):
        return "no GTIN: not all digits"
    if len(code) not in LENGTHS:
        return f"no GTIN: {len(code)} digits"
    return None if checks(code) else WRONG_CHECK


def read(text: str, how: Reading = Reading()) -> Code | None:
    """What a scanner's text says, without its symbology identifier; None where it is no code of goods."""
    if not text or len(text) > MAX_TEXT or like_a_card(text):
        return None
    if text.isascii() and text.isdigit():
        return _digits(text, how)
    marked = _MARK.match(text) or _TOBACCO.fullmatch(text)
    if marked is not None and checks(marked[1]):
        return Code(marked[1])
    return element_string(text, how)


def without_add_on(text: str) -> str:
    """What a scanner read as EAN-13 or UPC-A with an add-on (`]E3`), without it; any other text as it is."""
    bare = text[: {**_ADD_ONS, 14: 12}.get(len(text))]
    return bare if checks(bare) else text


def element_string(text: str, how: Reading = Reading()) -> Code | None:
    """A GS1 element string as Code 128, DataBar and DataMatrix carry it; FNC1 is byte 1D. None without a GTIN."""
    text = text.strip("\x1d ")
    if not _ITEM.search(text):
        return None
    elements = _elements(text)
    if elements is None:
        # What follows cannot be read; what stands first names the item all the same.
        first = _FIRST.match(text)
        return _digits(first[1], how) if first is not None and checks(first[1]) else None
    items = (value for kind, value in elements if kind in {"01", "02"} and checks(value))
    code = next((_digits(value, how) for value in items), None)
    if code is not None:
        for kind, value in elements:
            code = _with(code, kind, value)
    return code


def _elements(text: str) -> list[tuple[str, str]] | None:
    """Application identifiers and their values; None where one is unknown, or its value is none of its kind."""
    elements = []
    while text:
        known = _identifier(text[:4])
        # The value of a code with a currency is behind it.
        found = known and known[1].match(text.partition("\x1d")[0])
        if not known or not found:
            return None
        elements.append((known[0], found[found.lastindex or 0]))
        text = text[found.end() :].lstrip("\x1d")
    return elements


@lru_cache(maxsize=1024)
def _identifier(start: str) -> tuple[str, re.Pattern[str]] | None:
    """The application identifier with which an element string begins, and the pattern of the two together."""
    try:
        known = GS1ApplicationIdentifier.extract(start)
    except ParseError:
        return None
    return known.ai, re.compile(known.pattern.removesuffix("$"))


def _with(code: Code, kind: str, value: str) -> Code:
    """The code with what this element says of weight, count or price."""
    if not value.strip("0"):
        return code  # a weight of nothing was not weighed
    if kind == "30":
        return replace(code, quantity=Thousandths(int(value) * 1000))
    if kind[:3] in _MEASURES:
        unit, factor = _MEASURES[kind[:3]]
        return replace(code, quantity=Thousandths(_rounded(Decimal(value).scaleb(3 - int(kind[3])) * factor)), unit=unit)
    if kind[:3] in {"392", "393"}:
        return replace(code, amount=Minor(_rounded(Decimal(value).scaleb(2 - int(kind[3])))))
    return code


def expand_upc_e(text: str) -> str | None:
    """UPC-E of 6, 7 or 8 digits as UPC-A; None when it is none."""
    try:
        return Upc.parse(text).as_upc_a()
    except (ParseError, ValueError):
        return None


def _digits(text: str, how: Reading) -> Code | None:  # noqa: PLR0911 - one for each form
    size = len(text)
    if size in LENGTHS:
        return _gtin(text, how)
    if size in _ADD_ONS and checks(text[: _ADD_ONS[size]]):
        return _gtin(text[: _ADD_ONS[size]], how)
    if how.short and size == 11:
        return _gtin(text + str(check_digit(text)), how)
    if how.short and size in {6, 7}:
        expanded = expand_upc_e(text)
        return None if expanded is None else Code(expanded.zfill(14))
    if _PLU.fullmatch(text):
        return Code(text)
    marked = _MARK.match(text)
    if marked is not None and checks(marked[1]):
        return Code(marked[1])
    return element_string(text, how) if size > 15 and text.startswith(("01", "02")) else None


def _gtin(text: str, how: Reading) -> Code:
    if checks(text):
        return _own_number(text, how) or Code(text.zfill(14))
    if len(text) == 8 and text[0] in "01" and (expanded := expand_upc_e(text)) is not None:
        return Code(expanded.zfill(14))
    return Code(text.zfill(14), doubt=WRONG_CHECK)


def _own_number(text: str, how: Reading) -> Code | None:
    """A number of restricted circulation with a measure in it."""
    whole = text.zfill(14)
    ean = whole[1:]
    if whole[0] != "0" or not ean.startswith(("2", "02")) or len(text) == 8:
        return None
    for rule in how.patterns:
        if rule.first <= int(ean[:2]) <= rule.last:
            return _by_pattern(ean, rule)
    return _by_region(ean, how.region) if how.region and how.region not in _PRACTICE else None


def _by_pattern(ean: str, rule: Pattern) -> Code:
    value = int("".join(digit for digit, place in zip(ean, rule.shape, strict=False) if place == "V"))
    bare = "".join(digit if place == "P" else "0" for digit, place in zip(ean, rule.shape, strict=False))
    return _measured(bare, Decimal(value).scaleb(-rule.decimals), rule.measure)


def _by_region(ean: str, region: Region) -> Code | None:
    try:
        own = Gtin.parse(ean, config=ParseConfig(rcn_region=region))
    except ParseError:
        return Code(ean.zfill(14), doubt="the check digit of its value does not fit")
    if not isinstance(own, Rcn):
        return None
    measures: tuple[tuple[Decimal | int | None, Measure], ...] = (
        (own.weight, "weight"),
        (own.price, "price"),
        (own.count, "count"),
    )
    for value, measure in measures:
        if value is not None:
            return _measured(own.without_variable_measure().value[:-1], Decimal(value), measure)
    return None


def _measured(bare: str, value: Decimal, measure: Measure) -> Code:
    """`bare`: the digits without the value, and without the check digit."""
    key = (bare + str(check_digit(bare))).zfill(14)
    match measure:
        case "weight":
            return Code(key, Thousandths(_rounded(value * 1000)), Unit.KILOGRAM)
        case "price":
            return Code(key, amount=Minor(_rounded(value * 100)))
        case "count":
            return Code(key, Thousandths(_rounded(value * 1000)))


def checks(text: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return len(text) > 1 and text.isascii() and text.isdigit() and check_digit(text[:-1]) == int(text[-1])


def check_digit(digits: str) -> int:
    """Of ASCII digits: their sum, with weights 3 and 1 from the right, and this one come to a multiple of ten."""
    told = digits.encode()
    heavy, light = told[::-2], told[-2::-2]
    return -(3 * sum(heavy) + sum(light) - _ZERO * (3 * len(heavy) + len(light))) % 10


def _rounded(value: Decimal) -> int:
    """Half up."""
    return int((value + Decimal("0.5")).__floor__())
