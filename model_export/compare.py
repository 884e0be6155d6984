"""Bundles asked the same questions about each store's own latest receipts, as that store's registers would ask them.

A receipt is *unseen* when it is later than the last one that any of the bundles was trained on. Where there are enough of
these they alone are asked about; otherwise the latest receipts of each store, and the comparison says that the bundles may
know them.

Beside the bundles stands what a register shows without a model, the ladder of best-sellers: the store's own, else the
chain's, else nothing. `ladder` gives it for a store; a store that no bundle has heard of, a cold one, is on the chain's rung.

One item of each receipt is hidden, among those that any bundle ranks; an item that one bundle does not know is a miss of that
bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Sku
from device.errors import TrainingError
from device.scorer import BestSellers
from model_export.evaluate.conditions import Condition, Register, scorer_of
from model_export.evaluate.exam import Asked, Split, ask
from model_export.history import NOBODY, History
from model_export.training import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.bundle import Bundle

MOST_QUESTIONS: Final = 20_000
LEAST_QUESTIONS: Final = 30
"""Over all stores; with fewer nothing can be said."""
POPULARITY: Final = "popularity"


@dataclass(frozen=True, slots=True)
class Compared:
    """`ranks`: contestant to float64[questions], infinite beyond the first ten; `store` int64[questions], -1: not known."""

    ranks: Mapping[str, NDArray[np.float64]]
    store: NDArray[np.int64]
    stores: tuple[str, ...]
    unseen: bool


def ladder(bundle: Bundle, store: str | None) -> BestSellers:
    """What a register of this store shows when it has no model: its own best-sellers, the chain's, or nothing."""
    own = bundle.best_sellers.get(store, []) if store is not None else []
    return BestSellers(own or bundle.best_sellers.get("", []))


def compare(bundles: Mapping[str, Bundle], history: History, latest: int, seed: int, progress: Progress = silent) -> Compared:
    """`bundles` by name, the first one's best-sellers stand for popularity. `latest`: receipts of each store at most."""
    split = _known(history, list(bundles.values()))
    decay = next(iter(bundles.values())).manifest.history_decay
    asked, unseen = _questions(split, list(bundles.values()), latest, seed, decay)
    ranks = {}
    for number, (name, bundle) in enumerate(bundles.items()):
        progress(f"asking {name}", 0.1 + 0.8 * number / len(bundles))
        ranks[name] = Register(scorer_of(bundle), asked).answers(Condition.HISTORY).ranks
    store = history.store[asked.receipt].astype(np.int64)
    popular = np.empty(len(asked))
    for code in np.unique(store):
        rows = np.flatnonzero(store == code)
        scorer = ladder(next(iter(bundles.values())), None if code == NOBODY else history.stores[code])
        popular[rows] = Register(scorer, asked.only(rows)).answers(Condition.HISTORY).ranks
    progress("done", 1.0)
    return Compared({**ranks, POPULARITY: popular}, store, history.stores, unseen)


def _known(history: History, bundles: Sequence[Bundle]) -> Split:
    skus = tuple(dict.fromkeys(sku for bundle in bundles for sku in bundle.vocabulary.skus))
    code: dict[Sku, int] = {sku: place for place, sku in enumerate(skus)}
    place = np.array([code.get(sku, -1) for sku in history.skus], np.int64)
    return Split(history, 0, 0, skus, place)


def _questions(split: Split, bundles: Sequence[Bundle], latest: int, seed: int, decay: float) -> tuple[Asked, bool]:
    history = split.history
    learnt = [bundle.manifest.last_receipt for bundle in bundles]
    if history.timed and all(learnt):
        # The manifest tells whole seconds.
        later = max(np.datetime64(moment, "us") for moment in learnt) + np.timedelta64(1, "s")
        asked = ask(split, _latest(history, np.flatnonzero(history.at >= later), latest), MOST_QUESTIONS, seed, decay)
        if len(asked) >= LEAST_QUESTIONS:
            return asked, True
    asked = ask(split, _latest(history, np.arange(len(history)), latest), MOST_QUESTIONS, seed, decay)
    if len(asked) < LEAST_QUESTIONS:
        raise TrainingError(
            f"only {len(asked)} receipts hold two items that a bundle knows and {LEAST_QUESTIONS} are needed: bring more receipts"
        )
    return asked, False


def _latest(history: History, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Of the `rows`, the last `most` of each store, in order of time."""
    order = np.argsort(history.store[rows], kind="stable")
    by_store = history.store[rows][order]
    # How many of the same store still follow.
    follow = np.searchsorted(by_store, by_store, side="right") - 1 - np.arange(len(order))
    return np.sort(rows[order[follow < most]])
