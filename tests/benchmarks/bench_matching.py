"""Names as displays cut them against a catalogue of 20,000 items: how often the right item is found, a wrong one, or none.

The names are real, every fifth beside a sibling that differs only in its last words (another size, flavour or pack), half of the
siblings at the very same price. Where the data tell no prices, prices are drawn from those of another shop. Each item is looked
up once, its name cut to 15 or 20 characters and in capitals; one in twenty is shown at another item's price, and any item found
then is a wrong one. Precision: right among found. Recall: right among those shown at their own price.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import figures
import pyarrow.parquet as pq

from device.matching import Named, Names

ITEMS = 20_000
SIBLING_EVERY = 5
OTHER_PRICE = 0.05
LENGTHS = (15, 20)
WORDS = ("500 g", "1 kg", "2 pieces", "light", "vanilla", "family pack")
DATA = Path(__file__).parents[3] / "shared" / "data"
NAMES, PRICES = "instacart_prior_head", "uci_online_retail"


def column(folder: str, name: str) -> list[object]:
    values: list[object] = pq.read_table(DATA / folder / "items.parquet", columns=[name]).column(name).to_pylist()
    return [value for value in values if value]


def planted(chance: random.Random) -> list[Named]:
    """Real names, each fifth followed by its sibling."""
    names = [str(name) for name in column(NAMES, "name")]
    prices = [int(str(price)) for price in column(PRICES, "unit_price")]
    chance.shuffle(names)
    items: list[Named] = []
    for number, name in enumerate(names):
        price = chance.choice(prices)
        items.append(Named(str(len(items)), (name,), price))
        if number % SIBLING_EVERY == 0:
            beside = price if chance.random() < 0.5 else chance.choice(prices)
            items.append(Named(str(len(items)), (f"{name} {chance.choice(WORDS)}",), beside))
        if len(items) >= ITEMS:
            break
    return items[:ITEMS]


def look_up(names: Names, items: list[Named], length: int, chance: random.Random) -> None:
    right = wrong = none = shown_so = misled = 0
    took = []
    for item in items:
        price = item.price
        if chance.random() < OTHER_PRICE:
            price = next(other for other in iter(lambda: chance.choice(items).price, None) if other != item.price)
        told = item.names[0][:length].upper()
        started = time.perf_counter()
        found = names.find(told, price)
        took.append((time.perf_counter() - started) * 1e6)
        shown_so += price == item.price
        none += found is None
        if found is not None:
            hit = found.sku == item.sku and price == item.price
            right += hit
            wrong += not hit
            misled += not hit and price != item.price
    figures.note(
        f"cut to {length}: {len(items)} lines, {shown_so} at their own price: {right} right, {wrong} wrong ({misled} of them at "
        f"another price), {none} none; precision {right / max(1, right + wrong):.4f}, recall {right / max(1, shown_so):.4f}"
    )
    figures.row(f"one name cut to {length}", took, "us")


def main() -> None:
    if not all((DATA / folder / "items.parquet").exists() for folder in (NAMES, PRICES)):
        figures.note(f"{NAMES} or {PRICES} is not there: nothing was measured")
        return
    figures.load()
    chance = random.Random(4)
    items = planted(chance)
    started = time.perf_counter()
    names = Names(items)
    figures.note(f"{len(items)} items laid out in {(time.perf_counter() - started) * 1e3:.0f} ms")
    for length in LENGTHS:
        look_up(names, items, length, chance)


if __name__ == "__main__":
    main()
