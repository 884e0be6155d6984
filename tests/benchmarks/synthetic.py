"""A bundle of any size with weights out of a hat: what scoring costs does not depend on what the weights mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import sparse

from device.bundle import Contents, write
from device.catalogue import Item, Reach
from device.scorer import ModelScorer
from device.scoring import GoldenBasket
from device.tokens import KNOWN, Tokens, Vocabulary
from model_export.graph import Frame, graph
from model_export.layout import head_of, layout_of
from model_export.memory import MOST_LINES, Asking, Remembered, remember
from model_export.pairing import Pairing, rungs
from model_export.quantise import Listed

WIDTH, SPIKES = 128, 16


def sku(number: int) -> str:
    return f"{100_000 + number}"


def _receipts(tokens: int, items: int, chance: np.random.Generator) -> sparse.csr_array:
    """float32[receipts, tokens]: as many lines as are remembered at most, few items on most receipts and on many."""
    sizes = chance.geometric(1 / 8, MOST_LINES // 8)
    drawn = np.minimum(items * chance.random(sizes.sum()) ** 3, items - 1).astype(np.int32)
    made = sparse.csr_array(
        (np.ones(len(drawn), np.float32), drawn, np.concatenate([[0], np.cumsum(sizes)])), shape=(len(sizes), tokens)
    )
    made.sum_duplicates()
    made.data[:] = 1
    return made


def bundle(path: Path, items: int, seed: int = 1) -> Path:
    """`items` items, their history tokens, hours, weekdays, three stores, pairs; 128 weights for each token; a full memory.

    Pairs as many as may be chosen of so many items, all of the most popular ones.
    """
    chance = np.random.default_rng(seed)
    names = [f"item={sku(n)}" for n in range(items)]
    names += [f"hour={hour}" for hour in range(24)] + [f"weekday={day}" for day in range(7)] + [f"store=S{n}" for n in (1, 2, 3)]
    names += [KNOWN, *(f"had={sku(n)}" for n in range(head_of(items)))]
    vocabulary = Vocabulary(names, items)
    layout = layout_of(vocabulary)
    memory, learnt = remember(_receipts(layout.told, items, chance), vocabulary), layout.learnt
    if most := max(rungs(layout), default=0):
        first, second = np.triu_indices(int(np.sqrt(2 * most)) + 2, 1)
        vocabulary = Pairing(np.sort(first * items + second)[:most], items).widened(vocabulary)
        learnt = np.concatenate([learnt, np.arange(layout.rows, len(vocabulary))])

    def listed(width: int) -> Listed:
        # One place in each of `width` equal stretches: distinct and sorted, as real lists are.
        stretch = items // width
        places = np.arange(width) * stretch + chance.integers(0, stretch, (len(learnt), width))
        values = chance.integers(-127, 128, (len(learnt), width)).astype(np.int8)
        return Listed(places.astype(np.int32), values, chance.uniform(1e-5, 1e-3, len(learnt)).astype(np.float32))

    remembered = Remembered(memory.mute(len(vocabulary)), Asking(0.8, 4.0, 0.3, 0.5))
    intercept = chance.uniform(0, 0.01, items).astype(np.float32)
    model = graph([listed(WIDTH), listed(SPIKES)], Frame(intercept, learnt, len(vocabulary), remembered))
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
            model, vocabulary, goods, golden, {"": [sku(n) for n in range(100)]}, (), {}, "2026-01-01", "RUB", 1, "", 1.0, {}
        ),
    )
    return path
