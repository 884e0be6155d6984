"""What our model is asked, and how: `Register.ranking` alone puts questions to a bundle, and does it as a register does.

| condition   | what the question holds                                                                             |
|-------------|-----------------------------------------------------------------------------------------------------|
| `basket`    | the items alone, of nobody, nowhere, at no time                                                     |
| `+ context` | and the shop's clock and the store                                                                  |
| `+ history` | and the shopper's earlier receipts, and what is due by the profile of the night before (see         |
|             | `model_export.regulars.nightly`), or that there is no card: everything a register knows             |

A condition that the receipts have nothing for is not asked: no times and no stores, no context; no returning shoppers, no
history.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from device.scorer import FORBIDDEN, Question, Ranked, Scorer, prove
from device.tokens import NO_HISTORY
from model_export.history import NOBODY, History
from model_export.regulars.nightly import due_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from device.bundle import Bundle
    from device.domain import Sku
    from model_export.evaluate.exam import Asked

OURS: Final = "tillside"
TOP: Final = 4
"""Items a screen shows."""
_DEPTH: Final = 16
"""Answers asked for: the first ten, and whether others share the tenth's score."""
_RANKED: Final = 10


class Condition(StrEnum):
    BASKET = "basket"
    CONTEXT = "+ context"
    HISTORY = "+ history"


@dataclass(frozen=True, slots=True)
class Answers:
    """`ranks` float64[questions] of the hidden items, infinite beyond the first ten; `top` int64[questions, 4], -1: nothing."""

    ranks: NDArray[np.float64]
    top: NDArray[np.int64]


def conditions_of(history: History) -> list[Condition]:
    found = [Condition.BASKET]
    if history.timed or (history.store != NOBODY).any():
        found.append(Condition.CONTEXT)
    shoppers = history.shopper[history.shopper != NOBODY]
    if history.timed and (np.bincount(shoppers) > 1).any():
        found.append(Condition.HISTORY)
    return found


def scorer_of(bundle: Bundle) -> Scorer:
    """The scorer a register would use: the int8 graph in ONNX Runtime on one thread, its golden baskets proved."""
    return prove(bundle)


def register_of(bundle: Bundle, asked: Asked, *, card_first: bool = True) -> Register:
    """A register with this bundle, and with the profiles that it would have had of each night."""
    rhythm, due = bundle.rhythm, None
    if rhythm is not None and rhythm.worth:
        stated = due_on(asked.history, asked.receipt, rhythm, bundle.manifest.history_decay)
        due = [{sku: rhythm.worth * chance for sku, chance in one.items()} for one in stated]
    return Register(scorer_of(bundle), asked, due, card_first=card_first)


class Register:
    """A scorer that is asked the questions of an examination."""

    def __init__(
        self, scorer: Scorer, asked: Asked, due: Sequence[Mapping[Sku, float]] | None = None, *, card_first: bool = True
    ) -> None:
        """`due`: of each question what it adds to an item's score that it is due; None: nothing is.

        `card_first`: a missing card is told to the model, as `[policy] card_first` has it in a shop.
        """
        self._scorer = scorer
        self._asked = asked
        self._due = due
        self._card_first = card_first
        self._place = {sku: place for place, sku in enumerate(scorer.skus)}

    def ranking(self, row: int, condition: Condition, k: int) -> list[Ranked]:
        """The `k` best that are not in the basket of question `row`."""
        question = self.question(row, condition)
        bias = np.zeros(len(self._place), np.float32)
        bias[[self._place[sku] for sku in question.skus if sku in self._place]] = FORBIDDEN
        return self._scorer.rank(question, bias, k)

    def question(self, row: int, condition: Condition) -> Question:
        asked = self._asked
        first, last = asked.baskets.indptr[row : row + 2]
        skus = tuple(asked.skus[item] for item in asked.baskets.indices[first:last])
        if condition is Condition.BASKET:
            return Question(skus)
        receipt = int(asked.receipt[row])
        store = int(asked.history.store[receipt])
        local, where = asked.history.local(receipt), None if store == NOBODY else asked.history.stores[store]
        if condition is Condition.CONTEXT:
            return Question(skus, local, where)
        first, last = asked.past.indptr[row : row + 2]
        cells = zip(asked.past.indices[first:last], asked.past.data[first:last].tolist(), strict=True)
        no_card = self._card_first and int(asked.history.shopper[receipt]) == NOBODY
        due = NO_HISTORY if self._due is None else self._due[row]
        return Question(skus, local, where, {asked.skus[item]: share for item, share in cells}, due, no_card=no_card)

    def answers(self, condition: Condition) -> Answers:
        asked = self._asked
        place = {sku: place for place, sku in enumerate(asked.skus)}
        ranks = np.full(len(asked), np.inf)
        top = np.full((len(asked), TOP), -1)
        for row in range(len(asked)):
            ranked = self.ranking(row, condition, _DEPTH)
            if len(ranked) == _DEPTH and ranked[-1].score == ranked[_RANKED - 1].score:
                ranked = self.ranking(row, condition, len(self._place))
            ranks[row] = _rank(ranked, asked.skus[asked.hidden[row]])
            shown = [place.get(one.sku, -1) for one in ranked[:TOP]]
            top[row, : len(shown)] = shown
        return Answers(ranks, top)

    def times(self, condition: Condition, calls: int) -> list[float]:
        """Seconds of each of `calls` calls for the first four items, after some that warm up."""
        spent = []
        for call in range(-20, calls):
            row = call % len(self._asked)
            began = time.perf_counter()
            self.ranking(row, condition, TOP)
            spent.append(time.perf_counter() - began)
        return spent[20:]


def _rank(ranked: list[Ranked], hidden: str) -> float:
    """1 is best; equal scores count half. Infinite when the item is not on the list."""
    own = next((one.score for one in ranked if one.sku == hidden), None)
    if own is None:
        return np.inf
    better = sum(one.score > own for one in ranked)
    return 1 + better + (sum(one.score == own for one in ranked) - 1) / 2
