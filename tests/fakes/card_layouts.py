"""Payment cards' numbers as slips, tills and readers write them: 50 layouts, and every issuer that the scrubber knows.

And what must not be taken for them: barcodes beside prices, as lines of receipts and lists write them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from device.codes import check_digit

_RANGES: Final = {
    14: ("300", "36"),
    15: ("34", "37"),
    16: (
        "4",
        "51",
        "55",
        "2221",
        "2720",
        "2200",
        "2204",
        "3528",
        "3589",
        "62",
        "6011",
        "65",
        "5018",
        "81",
        "9704",
        "9792",
        "8600",
    ),
    19: ("4", "62", "6759"),
}
ISSUERS: Final = tuple((begin, length) for length, begins in _RANGES.items() for begin in begins)
"""Beginnings and lengths, by the issuers' public ranges."""
MARKS: Final = (
    *("{}", "CARD {}", "{} OK", "CARD {} OK", "PAN:{}", "PAN: {} EXP 12/30", "КАРТА {}", "№{}", "N {}", "#{}", "({})", "[{}]"),
    *('"{}"', "<{}>", "*{}*", "{}.", "{},", "{}:", "{};", "{}!", "VISA{}", "{}VISA", "A/C {} SALE", "{}\tAPPROVED"),
    *("APPROVED\t{}", "RRN 123456 {}", "{} 12/30", "{} 1230", "{} 12 30", "12/30 {}", "{} 123", "{} 99.90 RUB"),
    *("99.90 {} 99.90", "1 {}", "{} 1"),
)
TRACKS: Final = (
    *("%B{}^DOE/JOHN^30121010000000000?", ";{}=30121010000000000?", ";{}=3012", "%B{}^DOE/JOHN^3012"),
    "T2 ;{}=30121010?",
)
PRICES: Final = (
    *("{whole}.{part:02}", "{whole},{part:02}", "{whole}", "{spaced}.{part:02}", "{spaced},{part:02}", "{spaced}"),
    *(
        "{hard}.{part:02}",
        "{hard}",
        "{comma}.{part:02}",
        "{whole}.{part:02} RUB",
        "{spaced} ₽",
        "${comma}.{part:02}",
        "€ {hard},{part:02}",
    ),
)
"""Up to 99,999, thousands apart or not."""
BESIDE: Final = (
    *("{code} {price}", "{price} {code}", "{code} {price} x2", "{code} x2 {price}", "{code} 2 {price}", "2 {code} {price}"),
    *(
        "{code} 2 x {price} = {price}",
        "{code}\t{price}",
        "{price}\t{code}",
        "{code}\t2\t{price}",
        "{code}-{price}",
        "{code}  {price}",
    ),
    *("{price} {code} x2", "{price} 2 {code}", "{code} MILK 3.2% {price}", "EAN {code} {price} 1"),
)


def blocks(number: str, between: str) -> str:
    """As it is printed on the card."""
    if len(number) in {14, 15}:
        return between.join((number[:4], number[4:10], number[10:]))
    return between.join(number[at : at + 4] for at in range(0, len(number), 4))


def _in(mark: str, between: str = "") -> Callable[[str], str]:
    return lambda number: mark.format(blocks(number, between) if between else number)


LAYOUTS: Final[tuple[Callable[[str], str], ...]] = (
    *(_in(mark) for mark in (*MARKS, *TRACKS)),
    *(_in(mark, " ") for mark in ("{}", "CARD {}", "{} 12/30", "99.90 {} 99.90")),
    *(_in(mark, "-") for mark in ("{}", "CARD {}", "({})", "{} OK")),
    *(_in(mark, "\N{NO-BREAK SPACE}") for mark in ("{}", "CARD {}")),
)


def number(chance: random.Random, issuer: tuple[str, int]) -> str:
    """One that an issuer could have given, check digit and all (ISO/IEC 7812-1, annex B)."""
    begin, length = issuer
    digits = [int(digit) for digit in begin] + [chance.randrange(10) for _ in range(length - len(begin) - 1)]
    total = sum(digits[-2::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-1::-2])
    return "".join(map(str, digits)) + str(-total % 10)


def drawn(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """So many numbers, each with a text that holds it: every issuer in every layout, in turn."""
    chance = random.Random(seed)
    for at in range(count):
        made = number(chance, ISSUERS[at % len(ISSUERS)])
        yield made, LAYOUTS[at // len(ISSUERS) % len(LAYOUTS)](made)


def left(made: str, told: str) -> bool:
    """Whether the number is still there, whatever stands between its digits."""
    return made in "".join(letter for letter in told if letter.isdecimal())


def price(chance: random.Random, layout: str) -> str:
    """As many small ones as large ones."""
    whole = int(10 ** chance.uniform(0, 5))
    spelt = {
        "spaced": f"{whole:,}".replace(",", " "),
        "hard": f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}"),
        "comma": f"{whole:,}",
    }
    return layout.format(whole=whole, part=chance.randrange(100), **spelt)


def beside(count: int, seed: int, size: int = 13, prices: Sequence[str] = PRICES) -> Iterator[tuple[str, str]]:
    """So many barcodes of so many digits, each with a line that has it beside a price: every price in every line, in turn."""
    chance = random.Random(seed)
    for at in range(count):
        body = str(chance.randrange(10 ** (size - 1))).zfill(size - 1)
        made = body + str(check_digit(body))
        line = BESIDE[at // len(prices) % len(BESIDE)]
        yield made, line.format(code=made, price=price(chance, prices[at % len(prices)]))
