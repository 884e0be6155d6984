"""What a place for something new costs and brings: the item that a regular never bought, against the one whose place it takes.

1. A bundle of the first nine tenths of the receipts is asked as a register asks it (`exam`, `conditions`): of each receipt of the
   last tenth whose shopper has a history one item is hidden, everything else is known. What is due is left out.
2. `device.policy.slate.arrange` fills the places of a screen without and with `new_cards`, for each ratio of `RATIOS`, among as
   many candidates as a register looks at. What the profile holds counts as bought, as on a register.
3. Where the place was given away: how often the hidden item is the new one, how often the one it displaced (hit rate, and the
   difference with an interval of 1,000 bootstrap samples of the receipts). *Novelty*: the share of shown items that the shopper
   never bought, once as the profile tells it and once by all receipts before: a profile of 1 KB names the most frequent items,
   and has a filter of the others that takes some for bought that were not (`device.bought`).

A receipt tells what was bought without a suggestion: what a shopper would have taken for being shown it, nothing here can tell.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.adviser import CANDIDATES
from device.bought import Bought
from device.errors import TrainingError
from device.policy.slate import Candidate, arrange
from device.policy_settings import Policy
from device.profiles import Profile, pack, unpack
from model_export.evaluate.conditions import Condition, Register, scorer_of
from model_export.evaluate.exam import MOST_QUESTIONS, ask, divide
from model_export.evaluate.figures import Figure, bootstrap, figure
from model_export.evaluate.trained import trained

if TYPE_CHECKING:
    from device.domain import Sku
    from device.policy.slate import Decision
    from model_export.evaluate.exam import Asked
    from model_export.history import History
    from model_export.training import Progress

RATIOS: Final = (0.0, 0.25, 0.5, 0.75)
_WIDTHS: Final = (5, 8, 9, 11, 29, 9, 10, 9, 9)


@dataclass(frozen=True, slots=True)
class Slot:
    """`policy.new_cards` with one `new_ratio`."""

    ratio: float
    given: int
    """Receipts on which the place was given away; the rates are of these."""
    new: float
    """How often the hidden item is the new one."""
    displaced: float
    difference: Figure
    known: float
    """Share of the new ones that the shopper had bought after all: the profile did not tell."""
    hit_rate: float
    """Of the whole screen, over all receipts."""
    novelty: float
    """By the profile, over all receipts."""
    true_novelty: float


@dataclass(frozen=True, slots=True)
class Found:
    receipts: int
    questions: int
    cards: int
    hit_rate: float
    novelty: float
    true_novelty: float
    slots: Sequence[Slot]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """One receipt: what the profile tells, everything that was bought before, what is hidden, and what could be shown."""

    told: Container[Sku]
    bought: frozenset[Sku]
    hidden: Sku
    candidates: tuple[Candidate, ...]

    def shown(self, policy: Policy) -> Decision:
        return arrange(self.candidates, policy, free=policy.cards, sponsored=0, bought=self.told)


def evaluate(history: History, seed: int, progress: Progress) -> Found:
    """TrainingError where nobody of the last tenth has a history."""
    split = divide(history, seed)
    with trained(split.history.part(0, split.cut), seed, lambda what, share: progress(what, 0.8 * share)) as (bundle, _, _):
        every = ask(split, np.arange(split.cut, len(split.history)), MOST_QUESTIONS, seed, bundle.manifest.history_decay)
        rows = np.flatnonzero(np.diff(every.past.indptr) > 0)
        if not len(rows):
            raise TrainingError("no shopper of the last tenth bought something before: bring receipts that name shoppers")
        progress("asking", 0.8)
        asked = every.only(rows)
        found = tuple(_questions(asked, Register(scorer_of(bundle), asked)))
    plain = Policy()
    without = [one.shown(plain) for one in found]
    slots = [_slot(found, without, Policy(new_cards=1, new_ratio=ratio), seed) for ratio in RATIOS]
    figures = _screen(found, without)
    progress("done", 1.0)
    return Found(len(split.history), len(found), plain.cards, *figures, slots, history.remarks)


def _questions(asked: Asked, register: Register) -> Iterator[_Asked]:
    bought = _bought_before(asked)
    for row in range(len(asked)):
        ranked = register.ranking(row, Condition.HISTORY, CANDIDATES)
        first, last = asked.past.indptr[row : row + 2]
        cells = zip(asked.past.indices[first:last], asked.past.data[first:last].tolist(), strict=True)
        profile = unpack(pack(Profile({asked.skus[item]: share for item, share in cells}, others=bought[row])))
        told = Bought(frozenset(profile.history), profile.others)
        candidates = tuple(Candidate(one.sku, one.score) for one in ranked)
        yield _Asked(told, bought[row], asked.skus[asked.hidden[row]], candidates)


def _bought_before(asked: Asked) -> list[frozenset[Sku]]:
    """By question: what the shopper's receipts before it hold."""
    history = asked.history
    wanted = {int(receipt): row for row, receipt in enumerate(asked.receipt)}
    bought: dict[int, set[int]] = {int(shopper): set() for shopper in history.shopper[asked.receipt]}
    found = [frozenset[int]()] * len(asked)
    for receipt in np.flatnonzero(np.isin(history.shopper, list(bought))).tolist():
        own = bought[int(history.shopper[receipt])]
        if receipt in wanted:
            found[wanted[receipt]] = frozenset(own)
        own.update(history.receipt(receipt).tolist())
    return [frozenset(history.skus[item] for item in one) for one in found]


def _screen(found: Sequence[_Asked], decisions: Sequence[Decision]) -> tuple[float, float, float]:
    """Hit rate, novelty by the profile, and true novelty."""
    hits = np.mean([one.hidden in {it.sku for it in decision.shown} for one, decision in zip(found, decisions, strict=True)])
    shown = [(it.sku, one) for one, decision in zip(found, decisions, strict=True) for it in decision.shown]
    novelty = np.mean([sku not in one.told for sku, one in shown]), np.mean([sku not in one.bought for sku, one in shown])
    return round(float(hits), 5), round(float(novelty[0]), 5), round(float(novelty[1]), 5)


def _slot(found: Sequence[_Asked], without: Sequence[Decision], policy: Policy, seed: int) -> Slot:
    decisions = [one.shown(policy) for one in found]
    pairs = []
    for one, before, after in zip(found, without, decisions, strict=True):
        new = next((it.sku for it in after.shown if "new" in it.moved_by), None)
        if new is not None:
            (gone,) = {it.sku for it in before.shown} - {it.sku for it in after.shown}
            pairs.append((new == one.hidden, gone == one.hidden, new in one.bought))
    hits = np.array(pairs, np.float64).reshape(-1, 3)
    means, samples = (hits.mean(axis=0), bootstrap(hits, seed)) if pairs else (np.zeros(3), np.zeros((1, 3)))
    difference = figure(float(means[0] - means[1]), samples[:, 0] - samples[:, 1])
    rates = [round(float(one), 5) for one in means]
    return Slot(policy.new_ratio, len(pairs), rates[0], rates[1], difference, rates[2], *_screen(found, decisions))


def lines(found: Found) -> list[str]:
    """The table, for people."""
    head = ("ratio", "given", "new", "displaced", "difference", "known", "hit rate", "novelty", "by all")
    plain = f"hit rate {found.hit_rate:.4f}, novelty {found.novelty:.4f}, by all receipts before {found.true_novelty:.4f}"
    told = [
        f"{found.questions} receipts of regulars, {found.cards} places; without a place for something new: {plain}",
        "",
        _row(head),
    ]
    for one in found.slots:
        value, low, high = one.difference
        rates = (one.known, one.hit_rate, one.novelty, one.true_novelty)
        difference = f"{value:+.4f} [{low:+.4f}, {high:+.4f}]"
        told.append(
            _row(
                (
                    f"{one.ratio:g}",
                    str(one.given),
                    f"{one.new:.4f}",
                    f"{one.displaced:.4f}",
                    difference,
                    *map("{:.4f}".format, rates),
                )
            )
        )
    return told


def _row(cells: Sequence[str]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
