"""The card-number scrubber: numbers of every issuer in 50 layouts, barcodes beside them, and what a line costs.

    packaging/dev bench scrub [NUMBERS] [SEED]

The goal is 10,000,000 numbers, 0 left, and as many EAN-13 as fields of their own and beside prices, 0 masked; the default is a
tenth of a million. Of UPC-A and EAN-8 beside prices, a tenth as many each, some are given up for the sake of cards (see
`device/scrub.py`): those with a price of four digits or more whose decimals do not follow.
"""

from __future__ import annotations

import random
import sys
import time

import figures
from fakes.card_layouts import BESIDE, ISSUERS, LAYOUTS, PRICES, beside, drawn, left

from device.codes import check_digit
from device.scrub import like_a_card, scrub

NUMBERS = 100_000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBERS
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    leaked = sum(left(made, scrub(text)) for made, text in drawn(count, seed))
    figures.note(f"cards: {count} numbers of {len(ISSUERS)} issuers in {len(LAYOUTS)} layouts, {leaked} left (seed {seed})")
    chance = random.Random(seed)
    wrong = 0
    for _ in range(count):
        body = str(chance.randrange(10**11, 10**12))
        code = body + str(check_digit(body))
        wrong += scrub(code) != code or like_a_card(code) or like_a_card(f"0{code}")
    figures.note(f"barcodes: {count} EAN-13, alone and as GTIN-14, {wrong} taken for cards (seed {seed})")
    masked = sum(scrub(text) != text for _, text in beside(count, seed))
    ways = f"in {len(BESIDE)} lines with {len(PRICES)} prices"
    figures.note(f"beside prices: {count} EAN-13 {ways}, {masked} masked (seed {seed})")
    for name, size in (("UPC-A", 12), ("EAN-8", 8)):
        given_up = sum(scrub(text) != text for _, text in beside(count // 10, seed, size))
        figures.note(f"beside prices: {count // 10} {name} {ways}, {given_up} masked (seed {seed})")
    lines = [text for _, text in drawn(2400, seed)] + [f"MILK 3.2% 900 ML {price / 100}" for price in range(2400)]
    samples = []
    for _ in range(30):
        began = time.perf_counter()
        for line in lines:
            scrub(line)
        samples.append((time.perf_counter() - began) / len(lines) * 1e6)
    figures.row("a line, half of them with a card", samples, "us")
    if leaked or wrong or masked:
        sys.exit(1)


if __name__ == "__main__":
    main()
