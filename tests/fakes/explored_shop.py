"""A shop whose registers explore and whose truth is known: how often each item is taken, in each kind of sale, at each place.

There are so many kinds of sale, each with its own candidates and scores; an item's true acceptance is its score times its
category's and its own factor, times what the place lets see of it, times what no model knows of it in this kind of sale. A
receipt is two decisions. Slates are decided by the register's own `arrange`, draws and all; who takes what is seeded chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from device.domain import Sku
from device.policy.exploration import explores
from device.policy.slate import Candidate, Decision, arrange
from device.policy_settings import Policy
from model_export.learning.acceptance import document, fit
from model_export.learning.off_policy import Rows, estimate
from model_export.learning.showings import Showings

PLACES: Final = 3
SEEN: Final = np.array([1.0, 0.75, 0.55])
"""What each place lets see, beside the first."""
ITEMS: Final = 40
CATEGORIES: Final = 8
KINDS: Final = 40
CANDIDATES: Final = 12
DECISIONS: Final = 2
BOUND: Final = 2.0


@dataclass(frozen=True, slots=True)
class Log:
    """Decisions in their order, `DECISIONS` a receipt."""

    kind: NDArray[np.int64]
    shown: NDArray[np.int64]
    """int64[decisions, PLACES]."""
    chance: NDArray[np.float64]
    taken: NDArray[np.bool_]


class Shop:
    def __init__(self, seed: int, *, explore: float = 0.2) -> None:
        chance = np.random.default_rng(seed)
        self.policy = Policy(cards=PLACES, explore_share=explore, explore_key=f"shop {seed}", acceptance_ratio=BOUND)
        self.skus = tuple(Sku(f"G{item:02}") for item in range(ITEMS))
        self.category = np.arange(ITEMS) % CATEGORIES
        self.categories: dict[str, str | None] = {
            sku: f"c{group}" for sku, group in zip(self.skus, self.category.tolist(), strict=True)
        }
        of_category = np.exp(chance.normal(0, 0.3, CATEGORIES))
        self.factor = of_category[self.category] * np.exp(chance.normal(0, 0.4, ITEMS))
        self.candidates = np.stack([chance.permutation(ITEMS)[:CANDIDATES] for _ in range(KINDS)])
        self.scores = np.sort(chance.uniform(0.05, 0.3, (KINDS, CANDIDATES)))[:, ::-1]
        known = np.exp(chance.normal(0, 0.2, (KINDS, CANDIDATES)))
        share = 0.6 * self.scores * self.factor[self.candidates] * known
        self.share = np.zeros((KINDS, ITEMS, PLACES))
        """How often an item is taken at a place in a kind of sale."""
        for kind in range(KINDS):
            self.share[kind, self.candidates[kind]] = np.minimum(share[kind, :, None] * SEEN, 0.95)
        self._item = {sku: item for item, sku in enumerate(self.skus)}

    def decide(self, kind: int, receipt: str = "", factors: Mapping[str, float] | None = None) -> Decision:
        """As a register does whose bundle has learnt these factors."""
        told = factors or {}
        candidates = [
            Candidate(sku, score, factors=(("acceptance", min(max(told.get(sku, 1.0), 1 / BOUND), BOUND)),))
            for item, score in zip(self.candidates[kind].tolist(), self.scores[kind].tolist(), strict=True)
            if (sku := self.skus[item])
        ]
        return arrange(candidates, self.policy, free=PLACES, sponsored=1, receipt=receipt)

    def items(self, decision: Decision) -> list[int]:
        return [self._item[one.sku] for one in decision.shown]

    @cached_property
    def usual(self) -> list[Decision]:
        """What is decided in each kind of sale on a receipt that does not explore."""
        name = next(f"r{n}" for n in range(10_000) if not explores(self.policy, f"r{n}"))
        return [self.decide(kind, name) for kind in range(KINDS)]

    def trade(self, receipts: int, seed: int) -> Log:
        chance = np.random.default_rng(seed)
        kind = chance.integers(0, KINDS, receipts * DECISIONS)
        slates = np.array([self.items(decision) for decision in self.usual])
        chances = np.array([[one.chance for one in decision.shown] for decision in self.usual])
        shown, told = slates[kind], chances[kind]
        for number in range(receipts):
            name = f"{seed}-{number}"
            if explores(self.policy, name):
                for row in range(number * DECISIONS, (number + 1) * DECISIONS):
                    decision = self.decide(int(kind[row]), name)
                    shown[row] = self.items(decision)
                    told[row] = [one.chance for one in decision.shown]
        share = self.share[kind[:, None], shown, np.arange(PLACES)]
        return Log(kind, shown, told, chance.random(share.shape) < share)

    def showings(self, log: Log) -> Showings:
        """As headquarters reads them."""
        scores = np.zeros((KINDS, ITEMS))
        np.put_along_axis(scores, self.candidates, self.scores, axis=1)
        return Showings(
            self.skus,
            log.shown.ravel().astype(np.int32),
            np.tile(np.arange(PLACES, dtype=np.int8), len(log.kind)),
            scores[log.kind[:, None], log.shown].ravel().astype(np.float32),
            log.taken.ravel(),
            log.chance.ravel().astype(np.float32),
        )

    def slates(self, factors: Mapping[str, float] | None = None) -> NDArray[np.int64]:
        """int64[KINDS, PLACES]: what a policy with these factors decides in each kind of sale."""
        return np.array([self.items(self.decide(kind, factors=factors)) for kind in range(KINDS)])

    def supported(self, slates: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these places could be drawn."""
        pools = [{self._item[sku] for sku in (() if one.lot is None else one.lot.pool)} for one in self.usual]
        return np.array([[item in pool for item in slate] for slate, pool in zip(slates.tolist(), pools, strict=True)])

    def worth(self, slates: NDArray[np.int64], among: NDArray[np.bool_] | None = None) -> float:
        """The truth: suggestions taken per 100 receipts, at these places."""
        share = self.share[np.arange(KINDS)[:, None], slates, np.arange(PLACES)]
        return 100 * DECISIONS * float((share if among is None else share * among).sum(axis=1).mean())

    def rows(self, log: Log, candidate: NDArray[np.int64]) -> Rows:
        """As `tillside outlook` makes them of the receipts."""
        decisions = len(log.kind)
        can = self.supported(candidate)
        today = np.array([self.items(one) for one in self.usual])
        return Rows(
            skus=tuple(self.skus),
            receipts=decisions // DECISIONS,
            receipt=np.repeat(np.arange(decisions) // DECISIONS, PLACES),
            place=np.tile(np.arange(PLACES), decisions),
            shown=log.shown.ravel(),
            chance=log.chance.ravel(),
            taken=log.taken.ravel(),
            today=today[log.kind].ravel(),
            candidate=candidate[log.kind].ravel(),
            supported=can[log.kind].ravel(),
        )


def other(shop: Shop, seed: int, spread: float = 0.35) -> dict[str, float]:
    """Factors of a candidate that has nothing to do with the truth."""
    chance = np.random.default_rng(seed)
    return dict(zip(shop.skus, np.exp(chance.normal(0, spread, ITEMS)).tolist(), strict=True))


class Judged(NamedTuple):
    """One estimate of one set of receipts: whether the interval holds the truth, how wide it is, and how far off its middle."""

    covered: bool
    width: float
    off: float


def judged(seed: int, receipts: int, explore: float = 0.2) -> dict[tuple[str, str], Judged]:
    """A candidate estimated on one set of receipts of a shop of its own, beside the truth; by estimator and by what it is of.

    Empty where the candidate cannot be estimated.
    """
    shop = Shop(seed, explore=explore)
    candidate = shop.slates(other(shop, seed + 1))
    today = np.array([shop.items(one) for one in shop.usual])
    can = shop.supported(candidate)
    truth = {"candidate": shop.worth(candidate, can), "today": shop.worth(today, can)}
    truth["difference"] = truth["candidate"] - truth["today"]
    told = estimate(shop.rows(shop.trade(receipts, seed + 2), candidate), shop.categories)
    return {
        (one.how, what): Judged(got.low <= true <= got.high, got.high - got.low, got.value - true)
        for one in told.estimates
        for what, true in truth.items()
        if (got := getattr(one, what))
    }


class Learnt(NamedTuple):
    """Suggestions truly taken per 100 receipts."""

    without: float
    learnt: float
    best: float
    """By a policy that knows the items' true factors."""


def learnt(seed: int, receipts: int) -> Learnt:
    """What learning from so many receipts is worth in a shop of its own."""
    shop = Shop(seed)
    shown = shop.showings(shop.trade(receipts, seed + 1))
    told = document(fit(shown, shop.categories), shown, shop.categories)
    true = dict(zip(shop.skus, shop.factor.tolist(), strict=True))
    return Learnt(*(shop.worth(shop.slates(factors)) for factors in (None, told.factors, true)))
