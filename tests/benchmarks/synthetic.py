"""A bundle of any size with weights out of a hat: what scoring costs does not depend on what the weights mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from device.bundle import Contents, GoldenBasket, write
from device.catalogue import Item, Reach
from device.scorer import ModelScorer
from device.tokens import Tokens, Vocabulary
from model_export.graph import int8_graph
from model_export.quantise import Listed, Packed

WIDTH, SPIKES = 128, 16


def sku(number: int) -> str:
    return f"{100_000 + number}"


def bundle(path: Path, items: int, seed: int = 1) -> Path:
    """`items` items, as many history tokens, hours, weekdays and three stores; 128 weights for each token."""
    chance = np.random.default_rng(seed)
    names = [f"item={sku(n)}" for n in range(items)]
    names += [f"hour={hour}" for hour in range(24)] + [f"weekday={day}" for day in range(7)] + [f"store=S{n}" for n in (1, 2, 3)]
    names += [f"had={sku(n)}" for n in range(items)]
    vocabulary = Vocabulary(names, items)

    def listed(width: int) -> Listed:
        # One place in each of `width` equal stretches: distinct and sorted, as real lists are.
        stretch = items // width
        places = np.arange(width) * stretch + chance.integers(0, stretch, (len(names), width))
        values = chance.integers(-127, 128, (len(names), width)).astype(np.int8)
        return Listed(places.astype(np.int32), values, chance.uniform(1e-5, 1e-3, len(names)).astype(np.float32))

    model = int8_graph(Packed(listed(WIDTH), listed(SPIKES)), chance.uniform(0, 0.01, items).astype(np.float32))
    scorer, none = ModelScorer(model, vocabulary), np.zeros(items, np.float32)
    golden = []
    for _ in range(16):
        tokens = Tokens(np.sort(chance.choice(len(names), 8, replace=False)).astype(np.int64), np.ones(8, np.float32))
        best, scores, _ = scorer.run(tokens, none, 10)
        golden.append(GoldenBasket(tokens.ids.tolist(), [1.0] * 8, best.tolist(), scores.tolist()))
    goods = [
        Item(
            sku(n),
            {"": f"Item {n}"},
            price=100 + n % 900,
            age_limit=0,
            reach=Reach.FETCH,
            barcodes=(f"2{n:011}",),
            family=f"f{n // 4}",
        )
        for n in range(items)
    ]
    write(
        path,
        Contents(
            model, vocabulary, goods, golden, {"": [sku(n) for n in range(100)]}, {}, {}, "2026-01-01", "RUB", 1, "", 1.0, {}
        ),
    )
    return path
