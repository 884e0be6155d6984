"""Bundles asked the same questions about each store's own latest receipts, as that store's registers would ask them.

A receipt is *unseen* when it is later than the last one that any of the bundles was trained on. Only these are asked about;
where there are too few, the comparison is refused, unless receipts that the bundles may know are allowed: then the latest of
each store.

Beside the bundles stands popularity: the store's own best-sellers, then the chain's, counted from the receipts before those
asked about (from all of them where the bundles may know them too). Where no receipt stands before, yesterday's own list is
taken. The candidate's list is never asked: a candidate with a bad one would have set itself a low bar.

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
from model_export.evaluate.conditions import Condition, Register, register_of
from model_export.evaluate.exam import Asked, Split, ask, decayed
from model_export.history import NOBODY, History
from model_export.training import Progress, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.bundle import Bundle

MOST_QUESTIONS: Final = 20_000
LEAST_QUESTIONS: Final = 30
"""Over all stores; with fewer nothing can be said."""
POPULARITY: Final = "popularity"
_POPULAR: Final = 200
"""Best-sellers of a store: more than stand in any basket and the first ten beside it."""


class ComparisonError(TrainingError):
    """Nothing to compare bundles by. `lacking`: usable, later or popularity; `found`: how many receipts there are."""

    def __init__(self, sentence: str, lacking: str, found: int = 0) -> None:
        super().__init__(sentence)
        self.lacking = lacking
        self.found = found


@dataclass(frozen=True, slots=True)
class Compared:
    """`ranks`: contestant to float64[questions], infinite beyond the first ten; `store` int64[questions], -1: not known."""

    ranks: Mapping[str, NDArray[np.float64]]
    store: NDArray[np.int64]
    stores: tuple[str, ...]
    unseen: bool


def compare(
    bundles: Mapping[str, Bundle],
    history: History,
    latest: int,
    seed: int,
    progress: Progress = silent,
    *,
    seen: bool = False,
    card_first: bool = False,
) -> Compared:
    """`bundles` by name, the candidate first. `latest`: receipts of each store at most. `seen`: known receipts will do too.

    `card_first`: as the shops' `[policy]` has it, for only then is a model told that a receipt has no card.

    ComparisonError where the receipts are too few, known to the bundles, or say nothing of popularity.
    """
    split = _known(history, list(bundles.values()))
    asked, unseen = _questions(split, list(bundles.values()), latest, seed, seen=seen)
    store = history.store[asked.receipt].astype(np.int64)
    popular = _popularity(split, asked, list(bundles.values())[1:], unseen=unseen)
    ranks = {}
    for number, (name, bundle) in enumerate(bundles.items()):
        progress(f"asking {name}", 0.1 + 0.8 * number / len(bundles))
        own = decayed(split, asked, bundle.manifest.history_decay)
        ranks[name] = register_of(bundle, own, card_first=card_first).answers(Condition.HISTORY).ranks
    progress("done", 1.0)
    return Compared({**ranks, POPULARITY: popular}, store, history.stores, unseen)


def _popularity(split: Split, asked: Asked, others: Sequence[Bundle], *, unseen: bool) -> NDArray[np.float64]:
    """Ranks of the hidden items among best-sellers; `others`: whose lists stand in where no receipt is earlier."""
    history = split.history
    before = history.part(0, asked.before) if unseen else history
    place = split.place[before.item]
    where = np.repeat(before.store, before.sizes)
    chain = _best_sellers(place, len(split.skus))
    store = history.store[asked.receipt]
    ranks = np.empty(len(asked))
    for code in np.unique(store):
        own = _best_sellers(place[where == code], len(split.skus)) if code != NOBODY else []
        skus = [split.skus[item] for item in dict.fromkeys([*own, *chain])]
        for bundle in others:
            lists = bundle.best_sellers
            skus = skus or list((lists.get(history.stores[code]) if code != NOBODY else None) or lists.get("", []))
        if not skus:
            raise ComparisonError(
                "nothing tells what sells best before the receipts that are asked about: bring earlier receipts as well, "
                "or name --yesterday",
                "popularity",
            )
        rows = np.flatnonzero(store == code)
        ranks[rows] = Register(BestSellers(skus), asked.only(rows)).answers(Condition.HISTORY).ranks
    return ranks


def _best_sellers(place: NDArray[np.int64], items: int) -> list[int]:
    """Items by how many receipts hold them, most first; those on none are left out."""
    counts = np.bincount(place[place >= 0], minlength=items)
    best = np.argsort(-counts, kind="stable")[:_POPULAR]
    told: list[int] = best[counts[best] > 0].tolist()
    return told


def _known(history: History, bundles: Sequence[Bundle]) -> Split:
    skus = tuple(dict.fromkeys(sku for bundle in bundles for sku in bundle.vocabulary.skus))
    code: dict[Sku, int] = {sku: place for place, sku in enumerate(skus)}
    place = np.array([code.get(sku, -1) for sku in history.skus], np.int64)
    return Split(history, 0, 0, skus, place)


def _questions(split: Split, bundles: Sequence[Bundle], latest: int, seed: int, *, seen: bool) -> tuple[Asked, bool]:
    history = split.history
    learnt = [bundle.manifest.last_receipt for bundle in bundles]
    decay = bundles[0].manifest.history_decay
    later = 0
    if history.timed and all(learnt):
        # The manifest tells whole seconds.
        since = max(np.datetime64(moment, "us") for moment in learnt) + np.timedelta64(1, "s")
        asked = ask(split, _latest(history, np.flatnonzero(history.at >= since), latest), MOST_QUESTIONS, seed, decay)
        if len(asked) >= LEAST_QUESTIONS:
            return asked, True
        later = len(asked)
    asked = ask(split, _latest(history, np.arange(len(history)), latest), MOST_QUESTIONS, seed, decay)
    if len(asked) < LEAST_QUESTIONS:
        raise ComparisonError(
            f"only {len(asked)} receipts hold two items that a bundle knows and {LEAST_QUESTIONS} are needed: bring more "
            "receipts",
            "usable",
            len(asked),
        )
    if not seen:
        raise ComparisonError(
            f"only {later} usable receipts are known to be later than what the bundles learnt from and {LEAST_QUESTIONS} are "
            "needed: train the candidate with --until-share 0.9 or bring later receipts (--allow-seen compares all the same)",
            "later",
            later,
        )
    return asked, False


def _latest(history: History, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Of the `rows`, the last `most` of each store, in order of time."""
    order = np.argsort(history.store[rows], kind="stable")
    by_store = history.store[rows][order]
    # How many of the same store still follow.
    follow = np.searchsorted(by_store, by_store, side="right") - 1 - np.arange(len(order))
    return np.sort(rows[order[follow < most]])
