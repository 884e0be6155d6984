"""The protocol: a bundle is trained on the first nine tenths of the receipts and asked, as a register asks, about the last.

    exam        which receipts train, choose and test; one item of each test receipt is hidden
    conditions  the bundle is opened and asked: basket alone, + context, + history
    peers       the same questions, the same receipts, in the same process; each in its best setting (suited)
    figures     HR@4, HR@10, MRR@10, NDCG@10 with 95 % intervals, by basket size and card; ratios to the best peer
    small       learning curve and cold start: the same with fewer receipts
    goals       what was promised, what was measured

Only receipts before the cut are ever given to training and to the peers; tests poison the rest and look for a trace.

Memory: besides what training takes (see `training`), the peers one at a time (see `peers`) and 20,000 questions; stated as
`peak_mib`. Time: training once on all, and again on at most 40,000 receipts for the learning curve.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from device.errors import TrainingError
from model_export.evaluate import peers, suited
from model_export.evaluate.conditions import OURS, Condition, conditions_of, register_of
from model_export.evaluate.exam import MOST_QUESTIONS, MOST_VALIDATION, Asked, Split, ask, askable, divide
from model_export.evaluate.figures import SAMPLES, Entry, compare, slices_of
from model_export.evaluate.found import Data, Found, Latency, Trained
from model_export.evaluate.goals import goals_of
from model_export.evaluate.small import cold_start, learning_curve
from model_export.evaluate.trained import trained
from model_export.history import NOBODY, History
from model_export.training import Made, Progress, silent

if TYPE_CHECKING:
    from model_export.encoding import Sparse

CALLS: Final = 1_000
"""Calls timed of each contestant."""
_PEERS_CALLS_SECONDS: Final = 2.0


def evaluate(history: History, names: Sequence[str], seed: int, *, quick: bool = False, progress: Progress = silent) -> Found:
    """`names` of the peers; `quick`: without learning curve and cold start."""
    split = divide(history, seed)
    share = _Shares(progress, 0.6 if quick else 0.45, 0.2)
    last = np.arange(split.cut, len(split.history))
    if not askable(split, last):
        raise TrainingError("not one of the last receipts holds two known items: there is nothing to hide; bring more receipts")
    began = time.monotonic()
    with trained(split.history.part(0, split.cut), seed, share.training) as (bundle, made, size):
        facts = _facts(made, size, time.monotonic() - began)
        decay = bundle.manifest.history_decay
        test = ask(split, last, MOST_QUESTIONS, seed, decay)
        register = register_of(bundle, test)
        conditions = conditions_of(split.history)
        entries = []
        for condition in conditions:
            share.asking(f"asking, {condition}")
            entries.append(Entry(f"{OURS} {condition}", "int8", "ours", condition, register.answers(condition)))
        latency = [_latency(OURS, register.times(conditions[-1], CALLS), own_call=True)]
    receipts = split.receipts(0, split.cut)
    validation = ask(split, np.arange(split.first, split.cut), MOST_VALIDATION, seed, decay)
    found = _peers(split, receipts, names, validation, test, share)
    entries += found.entries
    latency += found.latency
    contestants, ratios = compare(entries, test, np.asarray(receipts.sum(axis=0)) / split.cut, seed)
    result = Found(
        _data(split, test, seed),
        facts,
        contestants,
        {name: int(rows.sum()) for name, rows in slices_of(test).items()},
        ratios,
        latency,
        remarks=found.remarks,
    )
    if not quick:
        curve, said = learning_curve(split, test, entries, seed, share.small)
        cold, also_said = cold_start(split.history, seed, share.small)
        result = replace(result, learning_curve=curve, cold_start=cold, remarks=(*found.remarks, *said, *also_said))
    progress("done", 1.0)
    return replace(result, goals=goals_of(result))


class _Shares:
    """One bar for all steps: training, then each peer, then the small runs."""

    def __init__(self, progress: Progress, training: float, peers: float) -> None:
        self._progress = progress
        self._training = training
        self._peers = peers

    def training(self, what: str, done: float) -> None:
        self._progress(what, self._training * done)

    def asking(self, what: str) -> None:
        self._progress(what, self._training)

    def peer(self, what: str, done: float) -> None:
        self._progress(what, self._training + 0.05 + self._peers * done)

    def small(self, what: str, done: float) -> None:
        begin = self._training + 0.05 + self._peers
        self._progress(what, begin + (1 - begin) * done)


@dataclass(slots=True)
class _Peers:
    entries: list[Entry] = field(default_factory=list)
    latency: list[Latency] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _peers(split: Split, receipts: Sparse, names: Sequence[str], validation: Asked, test: Asked, share: _Shares) -> _Peers:
    """One peer after the other, so that one at a time is in memory."""
    found = _Peers()
    for number, name in enumerate(names):
        share.peer(name, number / len(names))
        beyond = name in peers.BEYOND
        fitted, label, edges = suited.best(name, receipts, split.first, validation)
        if edges:
            found.remarks.append(f"{name} did best at the edge of what was tried, {', '.join(edges)}: it may do better beyond")
        found.entries.append(Entry(name, label, "peer", Condition.BASKET, suited.answers(fitted.scored, test), beyond))
        found.latency.append(_latency(name, _times(fitted.call, test), own_call=name in peers.FROM_LIBRARY))
        if test.past.nnz and len(validation):
            weights = suited.blend(name, label, receipts, split.first, validation)
            answers = suited.answers(fitted.scored, test, weights)
            setting = ", ".join(filter(None, (label, str(weights))))
            found.entries.append(Entry(f"{name} + history", setting, "peer with history", Condition.HISTORY, answers, beyond))
    return found


def _times(call: Callable[[Sparse], object], asked: Asked) -> list[float]:
    """Seconds of each call, after some that warm up; fewer calls of a slow peer."""
    baskets = [_basket(asked, row) for row in range(min(len(asked), 200))]
    spent: list[float] = []
    with threadpool_limits(1):
        for number in range(-20, CALLS):
            basket = baskets[number % len(baskets)]
            began = time.perf_counter()
            call(basket)
            spent.append(time.perf_counter() - began)
            if number >= 100 and sum(spent) > _PEERS_CALLS_SECONDS:
                break
    return spent[20:]


def _basket(asked: Asked, row: int) -> Sparse:
    """One row as the libraries want it, made before the clock starts."""
    first, last = asked.baskets.indptr[row : row + 2]
    items = asked.baskets.indices[first:last].astype(np.int32)
    cells = (np.ones(len(items), np.float32), items, np.array([0, len(items)], np.int32))
    return sparse.csr_matrix(cells, shape=(1, len(asked.skus)))


def _latency(name: str, seconds: Sequence[float], *, own_call: bool) -> Latency:
    middle, late = np.percentile(seconds, [50, 99]) * 1e6
    return Latency(name, round(float(middle), 1), round(float(late), 1), len(seconds), own_call)


def _facts(made: Made, size: int, seconds: float) -> Trained:
    proof = made.model.proof
    return Trained(
        made.manifest.identity,
        round(seconds, 1),
        round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        size,
        len(made.model.graph),
        len(made.model.vocabulary),
        made.manifest.notes,
        proof.questions,
        round(proof.same, 4),
        round(1 - proof.int8 / proof.trainer, 4) if proof.trainer else 0.0,
    )


def _data(split: Split, test: Asked, seed: int) -> Data:
    history = split.history
    shoppers = history.shopper[history.shopper != NOBODY]
    return Data(
        len(history),
        len(history.item),
        split.cut,
        len(test),
        int(test.card.sum()),
        len(split.skus),
        round(len(shoppers) / len(np.unique(shoppers)), 1) if len(shoppers) else 0.0,
        seed,
        f"95 %, {SAMPLES} bootstrap samples",
    )
