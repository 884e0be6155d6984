"""What a register suggests from: one bundle, or the best-sellers, or nothing; swapped whole between two sales.

Owns the opened bundle and what is derived from it: the scorer, the goods as the rules read them, and what the rules say in the
hour at hand. One question to the model answers what may be shown and what a rule kept back; where forbidden items crowd out the
others, they are minus infinity in the model's `item_bias` and take no place among the candidates.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from device.arms import BEST_SELLERS, Arm, Experiment, fingerprint, varied
from device.bundle import Bundle
from device.catalogue import Catalogue, Item
from device.domain import Sku
from device.errors import BundleError
from device.policy import boosts, campaigns, rules
from device.policy.goods import goods
from device.policy.rules import ALLOWED, Moment, Situation
from device.policy.slate import Candidate, Decision, arrange
from device.scorer import FORBIDDEN, BestSellers, Question, Ranked, Scorer, prove

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from numpy.typing import NDArray

    from device.domain import Pseudonym
    from device.policy.goods import Goods
    from device.policy_settings import Policy
    from device.profiles import Profile

CANDIDATES: Final = 20
"""How many that may be shown are looked at, at least: what a boost moves is among them. Where they leave places free, eight times
as many."""

CROWD: Final = 12
"""How many forbidden items are made room for beside them, so that what a rule kept back is known from the same question."""

KEPT_BACK: Final = 8
"""How many of them a decision tells, the best by score."""

PIN: Final = 16.0
"""Added to a pinned item's score for the ranking alone: more than a probability is, and little enough to be taken off again."""

_FACTOR_NAMES: Final = tuple(name for name, _ in boosts.FACTORS)

STALE_AFTER: Final = timedelta(days=30)
"""As long as what headquarters signs daily is valid: a bundle this old has had no successor, or none that got here."""

MAX_BEST_SELLERS: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class _Hour:
    """What the rules and boosts that know no sale say of every item during one hour. All arrays are by place."""

    at: Moment
    verdict: NDArray[np.int8]
    lifted: NDArray[np.float32]
    """PIN for a pin, else 0."""
    pinned: NDArray[np.bool_]
    factors: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One suggestion to be made: what the hour says with the sale's own, the `item_bias`, and how many places are free."""

    verdict: NDArray[np.int8]
    bias: NDArray[np.float32]
    pinned: NDArray[np.bool_]
    campaign: int | None
    """The place that a campaign pins."""
    factors: NDArray[np.float32]
    free: int


class Adviser:
    def __init__(
        self,
        scorer: Scorer,
        catalogue: Catalogue,
        store: str,
        policy: Policy,
        bundle: Bundle | None = None,
        columns: Goods | None = None,
    ) -> None:
        """`columns` of the scorer's goods, where they are drawn up already: of 50,000 items that takes 0.4 s."""
        self.catalogue = catalogue
        self._scorer = scorer
        self._store = store
        self._policy = policy
        self.bundle = bundle
        learnt = None if bundle is None or bundle.acceptance is None else bundle.acceptance.factors
        self._goods = goods(scorer.skus, catalogue, store, learnt) if columns is None else columns
        self._standing = rules.verdicts(rules.STANDING, self._goods, Moment(store, 0, 0), policy)
        self.standing = Counter(rules.NAMES[verdict] for verdict in self._standing.tolist() if verdict != ALLOWED)
        """How many items each standing rule keeps back: what an installer wants to know when nothing is shown."""
        self._hour: _Hour | None = None
        self.policy_version = fingerprint(policy)
        self.card_first = policy.card_first
        """Whether a sale of nobody known is one without a card."""
        self.experiment: Experiment | None = None
        self._voices: dict[str, Adviser] = {}

    def take_part(self, experiment: Experiment) -> None:
        """From the next sale on. BundleError, and no part is taken: an arm names a model that is not there, or proves wrong."""
        arms = [arm for arm in map(experiment.acting, experiment.arm) if arm.policy or arm.model]
        scorers = {model: self._scorer_of(model) for model in {arm.model for arm in arms}}
        self._voices = {arm.name: self._speaking(scorers[arm.model], arm) for arm in arms}
        self.experiment = experiment

    def _speaking(self, scorer: Scorer, arm: Arm) -> Adviser:
        columns = self._goods if scorer is self._scorer else None
        return Adviser(scorer, self.catalogue, self._store, varied(self._policy, arm), self.bundle, columns)

    def _scorer_of(self, model: str | None) -> Scorer:
        if model is None:
            return self._scorer
        if model == BEST_SELLERS:
            return BestSellers(Sku(item.sku) for item in (self.catalogue if self.bundle is None else self.best_sellers()))
        if self.bundle is None or model not in self.bundle.variants:
            raise BundleError(f"an arm of the experiment names the model {model!r}, which the bundle does not carry")
        return prove(self.bundle, model)

    def voice(self, arm: Arm) -> Adviser:
        """Who decides in this arm."""
        return self._voices.get(arm.name, self)

    @property
    def identity(self) -> str | None:
        return None if self.bundle is None else self.bundle.manifest.identity

    def stale_days(self, at: datetime) -> int:
        """How many days ago the bundle was made, once that is `STALE_AFTER` and worth telling the cashier; else 0."""
        made = None if self.bundle is None else self.bundle.manifest.moment
        return 0 if made is None or at - made < STALE_AFTER else (at - made).days

    @property
    def mute(self) -> bool:
        """Standing rules keep back every single item: nothing will ever be shown."""
        return bool(self._goods.skus) and self.standing.total() == len(self._goods.skus)

    @property
    def unheard(self) -> tuple[str, ...]:
        """What the shop pins or bans and the catalogue does not know: a slip of the pen, most likely."""
        named = {one.sku for one in (*self._policy.pin, *self._policy.ban)}
        return tuple(sorted(sku for sku in named if self.catalogue.item(sku) is None))

    def profile(self, shopper: Pseudonym | None) -> Profile | None:
        """What is known of a consenting shopper, nothing of a new one; None for everybody else."""
        if shopper is None or self.bundle is None:
            return None
        try:
            return self.bundle.profile(shopper)
        except BundleError:
            return None  # a damaged profile is no profile; the sale goes on without a name

    def suggest(self, question: Question, now: Situation) -> Decision:
        """What may be shown now. A model that fails is silence with the rule `model`, not the end of the sale."""
        if (rule := rules.silence(now, self._policy)) is not None:
            return Decision(silence=rule)
        free = self._policy.cards - len(now.waiting)
        if free <= 0:
            return Decision()
        hour = self._in_force(now.local)
        verdict, bias, pinned = hour.verdict.copy(), hour.lifted.copy(), hour.pinned
        for name, of in reversed(rules.MOVING):
            places = of(self._goods, now)
            # What a standing rule forbids keeps that rule's name.
            verdict[places[hour.verdict[places] == ALLOWED]] = rules.NAMES.index(name)
        # The basket's own items are nothing that could be suggested: no decision worth recording.
        bias[rules.basket(self._goods, now)] = FORBIDDEN
        if (campaign := self._campaigned(now, hour.at, verdict)) is not None:
            bias[campaign] = PIN
            pinned = pinned.copy()
            pinned[campaign] = True
        try:
            decision, met = self._decide(question, now, _Asked(verdict, bias, pinned, campaign, hour.factors, free))
        except BundleError:
            return Decision(silence="model")
        # What is forbidden would have had a place if it scores above the last shown, or is pinned.
        full = len(decision.shown) == free
        least = max(self._policy.relevance_floor, min(one.score for one in decision.shown) if full else FORBIDDEN)
        told = [(one.sku, rules.NAMES[verdict[self._goods.places[one.sku]]]) for one in met if one.score > least]
        kept_back = (*told[:KEPT_BACK], *decision.kept_back)
        silence = None if decision.shown else kept_back[0][1] if kept_back else "nothing"
        return replace(decision, kept_back=kept_back, silence=silence)

    def _decide(self, question: Question, now: Situation, asked: _Asked) -> tuple[Decision, list[Ranked]]:
        """The decision, and what is forbidden among the best.

        Most often one question answers both. Where forbidden items crowd out the others they are barred and it is asked again;
        where places stay free, for more, until all that follows is irrelevant.
        """
        waiting = [self.catalogue.item(sku) for sku in now.waiting]
        paid = any(item is not None and bool(item.sponsor) for item in waiting)
        sponsored = 0 if paid else self._policy.sponsored_cards
        depth = max(CANDIDATES, self._policy.cards)
        ranked = self._scorer.rank(question, asked.bias, depth + CROWD)
        able = [asked.verdict[self._goods.places[one.sku]] == ALLOWED for one in ranked]
        met = [one for one, may in zip(ranked, able, strict=True) if not may]
        allowed = [one for one, may in zip(ranked, able, strict=True) if may]
        seen_all = len(ranked) < depth + CROWD or self._irrelevant(ranked[-1], asked)
        barred = None
        while True:
            if len(allowed) >= depth or seen_all:
                candidates = self._candidates(allowed, asked)
                decision = arrange(candidates, self._policy, free=asked.free, sponsored=sponsored, receipt=now.receipt)
                if len(decision.shown) == asked.free or seen_all:
                    return decision, met
                depth *= 8
            if barred is None:
                barred = np.where(asked.verdict == ALLOWED, asked.bias, np.float32(FORBIDDEN))
            allowed = self._scorer.rank(question, barred, depth)
            seen_all = len(allowed) < depth or self._irrelevant(allowed[-1], asked)

    def _campaigned(self, now: Situation, at: Moment, verdict: NDArray[np.int8]) -> int | None:
        """The place of the item that a campaign puts first."""
        if self.bundle is None or self.bundle.campaigns is None:
            return None
        places = self._goods.places
        sku = campaigns.pin(
            self.bundle.campaigns, at, now.segments, lambda sku: sku in places and verdict[places[sku]] == ALLOWED
        )
        return None if sku is None else places[sku]

    def _irrelevant(self, last: Ranked, asked: _Asked) -> bool:
        """Whether neither this one nor any that is ranked below it can be shown. Pins are ranked above all others."""
        return last.score <= self._policy.relevance_floor and not asked.pinned[self._goods.places[last.sku]]

    def _candidates(self, ranked: list[Ranked], asked: _Asked) -> list[Candidate]:
        places = [self._goods.places[one.sku] for one in ranked]
        facts = zip(
            ranked,
            places,
            self._goods.sponsored[places].tolist(),
            asked.pinned[places].tolist(),
            asked.factors[:, places].T.tolist(),
            strict=True,
        )
        return [
            Candidate(
                one.sku,
                one.score - PIN if pinned else one.score,
                one.because,
                self._goods.family[place],
                sponsored,
                pinned,
                tuple(zip(_FACTOR_NAMES, factors, strict=True)),
                place == asked.campaign,
            )
            for one, place, sponsored, pinned, factors in facts
        ]

    def best_sellers(self) -> list[Item]:
        """What this bundle knows to sell best here and may be shown: what stands in when there is no bundle."""
        if self.bundle is None:
            return []
        ranking = self.bundle.best_sellers.get(self._store) or self.bundle.best_sellers.get("", [])
        columns = goods(ranking, self.catalogue, self._store)
        verdict = rules.verdicts(rules.STANDING, columns, Moment(self._store, 0, 0), self._policy)
        allowed = (self.catalogue.item(sku) for sku, rule in zip(ranking, verdict.tolist(), strict=True) if rule == ALLOWED)
        return [item for item, _ in zip(allowed, range(MAX_BEST_SELLERS), strict=False) if item is not None]

    def close(self) -> None:
        if self.bundle is not None:
            self.bundle.close()

    def _in_force(self, local: datetime) -> _Hour:
        """Drawn once an hour: all of it is arithmetic over columns."""
        at = Moment(self._store, local.toordinal(), local.hour)
        if self._hour is None or self._hour.at != at:
            timed = rules.verdicts(rules.TIMED, self._goods, at, self._policy)
            verdict = np.where(self._standing == ALLOWED, timed, self._standing)
            pinned = boosts.pinned(self._goods, at, self._policy)
            lifted = np.where(pinned, np.float32(PIN), np.float32(0))
            self._hour = _Hour(at, verdict, lifted, pinned, boosts.factors(self._goods, at, self._policy))
        return self._hour


def from_bundle(path: Path, store: str, policy: Policy, slot: str | None = None) -> Adviser:
    """Open, verify and prove the bundle in the slot (None: the active one); BundleError with one sentence otherwise."""
    bundle = Bundle.open(path, slot)
    return Adviser(prove(bundle), bundle.catalogue, store, policy, bundle)


def from_best_sellers(items: Iterable[Item], store: str, policy: Policy) -> Adviser:
    """Without a model: the shop's best-sellers, or silence when there are none."""
    catalogue = Catalogue(items)
    return Adviser(BestSellers(Sku(item.sku) for item in catalogue), catalogue, store, policy)
