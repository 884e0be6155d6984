"""The model: one answer at four catalogue sizes beside the peers' own call, a loaded model's memory, and training.

Scoring: a bundle with weights out of a hat (what an answer costs does not depend on what the weights mean), asked as a
register asks, from SKUs to items with their reasons; and the peers of the evaluation, fitted in the same process on receipts
drawn from the same catalogue, asked by their own call for a basket they were not fitted on: items' numbers to ten numbers and
scores, without context, history, forbidden items but the basket's own, or reasons. Beside both what no model in this runtime can
stay below (`scoring_limits`). The same baskets of one to twelve items, one thread, seeded, all in turn. EASE needs a dense
table of items x items and is left out where it does not fit; ALS is fitted on few receipts, its call costs the same.
`scoring` as an argument: that alone.

Memory: a process of its own for each size, its resident memory before and after the model is loaded and has answered once.

Training: see `training_growth`, which this program runs at the end.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import figures
import numpy as np
import onnxruntime
import scoring_limits
import synthetic
import training_growth
from onnx import TensorProto, helper
from scipy import sparse
from threadpoolctl import threadpool_limits

from device.bundle import Bundle
from device.domain import Sku
from device.errors import TrainingError
from device.scorer import ModelScorer, Question, prove
from device.tokens import context_tokens, encode
from model_export.evaluate import peers

SIZES = (5_000, 20_000, 50_000, 100_000)
RECEIPTS = 100_000
LINES = 8
CALLS = 2_000
MOST_LINES = 12
HISTORY = 40
STINT = 50
WARMING = 5
SECONDS = 5.0
"""A peer that is slower than this allows is asked less often; the sample count says so."""
ASKED: dict[str, peers.Peer] = {
    "popularity": peers.popularity,
    "rules": peers.rules("sum", 1),
    "sar": peers.sar("jaccard", 1),
    "cosine, 100 neighbours": peers.neighbours("CosineRecommender", 100),
    "tfidf, 100 neighbours": peers.neighbours("TFIDFRecommender", 100),
    "bm25, 100 neighbours": peers.neighbours("BM25Recommender", 100),
    "als, 64 factors, basket folded in": peers.als(64, 30.0, 10.0, 15),
    "ease, dense": peers.ease(100),
}
FEW_FOR_ALS = 10_000
FROM_NUMBERS = ", its row made in the call"
EMPTY = "limit: an empty call of the runtime"
CONTEXT = context_tokens(datetime(2026, 5, 4, 18), "S1")
Calls = list[Callable[[], object]]


def receipts(items: int) -> Any:
    """float32[receipts, items]: Zipf-like draws, so that few items sell often and most sell rarely."""
    chance = np.random.default_rng(items)
    share = 1 / np.arange(3, items + 3)
    item = chance.choice(items, (RECEIPTS, LINES), p=share / share.sum())
    row = np.repeat(np.arange(RECEIPTS, dtype=np.int32), LINES)
    cells = (np.ones(row.size, np.float32), (row, item.ravel().astype(np.int32)))
    drawn = sparse.csr_array(sparse.coo_array(cells, shape=(RECEIPTS, items)))
    drawn.data[:] = 1
    return drawn


def baskets(items: int) -> list[np.ndarray]:
    chance = np.random.default_rng(7)
    share = 1 / np.arange(3, items + 3)
    share /= share.sum()
    return [np.unique(chance.choice(items, chance.integers(1, MOST_LINES + 1), p=share)) for _ in range(CALLS)]


def asked(scorer: ModelScorer, items: int, history: int, k: int) -> Calls:
    """From SKUs to ranked items with their reasons, as the register's policy asks."""
    at = datetime(2026, 5, 4, 18)
    chance = np.random.default_rng(9)
    calls: Calls = []
    for basket in baskets(items):
        skus = tuple(Sku(synthetic.sku(int(item))) for item in basket)
        past = {Sku(synthetic.sku(int(item))): 0.1 for item in chance.integers(items, size=history)}
        question = Question(skus, at, "S1", past)

        def call(question: Question = question, basket: np.ndarray = basket) -> object:
            bias = np.zeros(items, np.float32)
            bias[basket] = -np.inf
            return scorer.rank(question, bias, k)

        calls.append(call)
    return calls


def ours(bundle: Bundle, items: int) -> dict[str, Calls]:
    scorer = prove(bundle)
    told = [encode([synthetic.sku(int(item)) for item in basket], CONTEXT, {}, bundle.vocabulary) for basket in baskets(items)]
    held = scoring_limits.Rows.of(bundle.model)
    empty = scoring_limits.empty(scorer, items)
    no_bias = np.zeros(items, np.float32)
    return {
        "tillside, basket and context, 4 asked for": asked(scorer, items, 0, 4),
        f"tillside, and {HISTORY} items of history": asked(scorer, items, HISTORY, 4),
        f"tillside, 32 asked for, and {HISTORY} items of history": asked(scorer, items, HISTORY, 32),
        "of the first: the model's session alone": [lambda one=one: scorer.run(one, no_bias, 4) for one in told],
        EMPTY: [lambda one=one: empty(one, no_bias) for one in told],
        "limit: NumPy gathers and adds the weights, no more": [lambda one=one: held.scores(one, no_bias) for one in told],
    }


def theirs(items: int) -> dict[str, Calls]:
    """Each peer twice: with its row of the basket made beforehand, and from the item numbers."""
    drawn = receipts(items)
    contestants: dict[str, Calls] = {}
    for name, peer in ASKED.items():
        try:
            fitted = peer(drawn[:FEW_FOR_ALS] if name.startswith("als") else drawn)
        except TrainingError as error:
            figures.note(f"{name:58} {error}")
            continue
        contestants[name] = [partial(fitted.call, row(basket, items)) for basket in baskets(items)]
        contestants[f"{name}{FROM_NUMBERS}"] = [
            lambda basket=basket, call=fitted.call: call(row(basket, items)) for basket in baskets(items)
        ]
    return contestants


def row(basket: np.ndarray, items: int) -> Any:
    """What `implicit` asks for."""
    cells = (np.ones(len(basket), np.float32), basket.astype(np.int32), np.array([0, len(basket)], np.int32))
    return sparse.csr_matrix(cells, shape=(1, items))


def in_turn(contestants: dict[str, Calls]) -> None:
    """Microseconds of each call, `STINT` questions by one and then by the next, each time after `WARMING` that warm up."""
    clock: dict[str, list[float]] = {name: [] for name in contestants}
    worked: dict[str, list[float]] = {name: [] for name in contestants}
    for first in range(0, CALLS, STINT):
        for name, calls in contestants.items():
            if sum(clock[name]) > SECONDS * 1e6:
                continue
            for call in calls[first - WARMING : first] or calls[:STINT]:
                call()
            for call in calls[first : first + STINT]:
                had, began = time.thread_time_ns(), time.perf_counter_ns()
                call()
                took = time.perf_counter_ns() - began
                worked[name].append((time.thread_time_ns() - had) / 1e3)
                clock[name].append(took / 1e3)
    for name in contestants:
        figures.row(name, clock[name], "us")
        figures.row("    of processor", worked[name], "us")
    told = {name: float(np.median(samples)) for name, samples in clock.items()}
    ours, *rest = told
    fastest = min((name for name in rest if name in ASKED or name.endswith(FROM_NUMBERS)), key=told.__getitem__)
    figures.note(
        f"the fastest peer: {fastest}; of its median the empty call is {told[EMPTY] / told[fastest]:.2f}, "
        f"and {ours} {told[ours] / told[fastest]:.1f} times"
    )


def memory(path: Path) -> None:
    """In a process of its own: prints what loading the model as a register does adds, and what answering then adds."""
    # What ONNX Runtime takes for itself it takes for any model.
    vector = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])
    twice = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "twice", [vector], [vector])
    twice.output[0].name = "y"
    smallest = helper.make_model(twice, opset_imports=[helper.make_opsetid("", 18)])
    smallest.ir_version = 10
    runtime = onnxruntime.InferenceSession(smallest.SerializeToString(), providers=["CPUExecutionProvider"])
    runtime.run(None, {"x": np.ones(1, np.float32)})
    bundle = Bundle.open(path)
    vocabulary, items, size = bundle.vocabulary, bundle.vocabulary.items, len(bundle.model)
    gc.collect()
    before = figures.rss_mib(os.getpid())
    scorer = prove(bundle)
    loaded = figures.rss_mib(os.getpid())
    for basket in baskets(items)[:200]:
        skus = tuple(vocabulary.skus[int(item)] for item in basket)
        scorer.rank(Question(skus, datetime(2026, 5, 4, 18), "S1"), np.zeros(items, np.float32), 4)
    after = figures.rss_mib(os.getpid())
    told = f"{loaded - before:8.1f} MiB in memory, {after - before:8.1f} MiB after 200 answers, n=1"
    print(f"{size / 2**20:8.1f} MiB in the bundle, {told}")


def main() -> None:
    loaded = []
    for items in SIZES:
        with tempfile.TemporaryDirectory() as name:
            path = synthetic.bundle(Path(name) / "a.bundle", items)
            print(f"-- {items} items; peers fitted on {RECEIPTS} receipts of {LINES} lines, seed {items}")
            bundle = Bundle.open(path)
            contestants = ours(bundle, items)
            bundle.close()
            contestants |= theirs(items)
            figures.load()
            with threadpool_limits(1):
                in_turn(contestants)
            told = subprocess.run([sys.executable, __file__, "--memory", path], capture_output=True, text=True, check=True)
            loaded.append(f"loaded model, {items:>7} items: {told.stdout.strip()}")
    print()
    for line in loaded:
        figures.note(line)
    if sys.argv[1:] != ["scoring"]:
        print()
        training_growth.show()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        memory(Path(sys.argv[2]))
    else:
        main()
