"""The same examination with fewer receipts: how quality grows, and a store that has only just opened.

*Learning curve*: trained on the latest 500, 2,000, 10,000 and 40,000 receipts before the test, asked the questions of the test
(4,000 at most) with everything a register knows; popularity and the best peer of the whole test, in its setting, learn from
the same receipts. The last point is the test itself. Items too rare among few receipts are missed by the model; a peer may
know them.

*Cold start*: a shop that has nothing but its first 500 receipts, asked about the 1,000 that follow, beside popularity of the
same 500. Up to four stores drawn at random among those with enough receipts; without stores, the shop as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from device.errors import TrainingError
from model_export.evaluate import peers, suited
from model_export.evaluate.conditions import OURS, conditions_of, register_of
from model_export.evaluate.exam import Asked, Split, ask, askable, decayed, split_at
from model_export.evaluate.figures import ALL, Entry, bootstrap, figure, measure
from model_export.evaluate.found import ColdStore, Point
from model_export.evaluate.trained import trained
from model_export.history import NOBODY, History
from model_export.questions import gains, hits
from model_export.training import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES: Final = (500, 2_000, 10_000, 40_000)
CURVE_QUESTIONS: Final = 4_000
OWN_RECEIPTS: Final = 500
FOLLOWING: Final = 1_000
STORES: Final = 4
LEAST_QUESTIONS: Final = 100
_METRIC: Final = "HR@4"


def learning_curve(
    split: Split, test: Asked, entries: Sequence[Entry], seed: int, progress: Progress
) -> tuple[list[Point], list[str]]:
    """`entries` of the whole test give the last points. The points, and a sentence for each model that could not be made."""
    rows = np.arange(len(test))
    if len(rows) > CURVE_QUESTIONS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, CURVE_QUESTIONS, replace=False))
    asked = test.only(rows)
    condition = conditions_of(split.history)[-1]
    rivals = _rivals(entries)
    points, remarks = list[Point](), list[str]()
    sizes = [size for size in SIZES if size < 0.8 * split.cut]
    for number, size in enumerate(sizes):
        progress(f"learning from {size} receipts", 0.9 * number / len(sizes))
        first = split.cut - size
        try:
            with trained(split.history.part(first, split.cut), seed) as (bundle, _, _):
                own = decayed(split, asked, bundle.manifest.history_decay)
                ranks = register_of(bundle, own).answers(condition).ranks
            points.append(Point(f"{OURS} {condition}", size, measure(ranks, seed)[_METRIC]))
        except TrainingError as error:
            remarks.append(f"learning curve without a model of {size} receipts: {error}")
        receipts = split.receipts(first, split.cut)
        for rival in rivals:
            scored = peers.PEERS[rival.name].peer(rival.setting)(receipts).scored
            points.append(Point(rival.name, size, measure(suited.answers(scored, asked).ranks, seed)[_METRIC]))
    ours = [entry for entry in entries if entry.kind == "ours" and entry.condition == condition]
    for entry in (*ours, *rivals):
        points.append(Point(entry.name, split.cut, measure(entry.answers.ranks[rows], seed)[_METRIC]))
    return points, remarks


def _rivals(entries: Sequence[Entry]) -> list[Entry]:
    """Popularity, and the peer that ranks best, where they were asked."""
    asked = [entry for entry in entries if entry.kind == "peer"]
    best = max(asked, key=lambda entry: float(gains(entry.answers.ranks, 10).mean()), default=None)
    return [entry for entry in asked if entry.name == "popularity" or entry is best]


def cold_start(history: History, seed: int, progress: Progress) -> tuple[list[ColdStore], list[str]]:
    """One result per store and one of all together, named `all`; and a sentence for each store without a result."""
    if not history.timed:
        history = history.shuffled(seed)
    results: list[tuple[str, NDArray[np.float64]]] = []
    remarks: list[str] = []
    for name, rows in _stores(history, seed):
        progress(f"cold start of {name}", 0.95)
        opened = history.chosen(rows[: OWN_RECEIPTS + FOLLOWING])
        try:
            split = split_at(opened, OWN_RECEIPTS, OWN_RECEIPTS)
            following = np.arange(OWN_RECEIPTS, len(opened))
            if (many := askable(split, following)) < LEAST_QUESTIONS:
                remarks.append(f"cold start of {name}: only {many} of its receipts can be asked about, not used")
                continue
            with trained(opened.part(0, OWN_RECEIPTS), seed) as (bundle, _, _):
                asked = ask(split, following, FOLLOWING, seed, bundle.manifest.history_decay)
                ours = register_of(bundle, asked).answers(conditions_of(opened)[-1]).ranks
        except TrainingError as error:
            remarks.append(f"cold start of {name}: {error}")
            continue
        popular = suited.answers(peers.popularity(split.receipts(0, OWN_RECEIPTS)).scored, asked).ranks
        results.append((name, np.stack([hits(ours, 4), hits(popular, 4)], axis=1)))
    if len(results) > 1:
        results.append((ALL, np.concatenate([values for _, values in results])))
    return [_cold(name, values, seed) for name, values in results], remarks


def _cold(name: str, values: NDArray[np.float64], seed: int) -> ColdStore:
    means, samples = values.mean(axis=0), bootstrap(values, seed)
    ours, popular = (figure(means[column], samples[:, column]) for column in (0, 1))
    difference = figure(means[0] - means[1], samples[:, 0] - samples[:, 1])
    return ColdStore(name, OWN_RECEIPTS, len(values), ours, popular, difference)


def _stores(history: History, seed: int) -> list[tuple[str, NDArray[np.int64]]]:
    """Names and receipts of the stores to try, each with `OWN_RECEIPTS` and a fifth of `FOLLOWING` at least."""
    least = OWN_RECEIPTS + FOLLOWING // 5
    if (history.store == NOBODY).all():
        return [("the shop", np.arange(len(history)))] if len(history) >= least else []
    counts = np.bincount(history.store[history.store != NOBODY])
    enough = np.flatnonzero(counts >= least)
    if len(enough) > STORES:
        enough = np.sort(np.random.default_rng(seed).choice(enough, STORES, replace=False))
    return [(history.stores[store], np.flatnonzero(history.store == store)) for store in enough]
