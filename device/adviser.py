"""What a register suggests from: one bundle, or the best-sellers, or nothing; swapped whole between two sales.

Owns the opened bundle and what is derived from it once: the scorer and the standing rules as a bias per item.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from device.bundle import Bundle
from device.catalogue import Catalogue, Item
from device.domain import Sku
from device.errors import BundleError
from device.policy import Decision, Situation, decide, silence, standing_rule
from device.scorer import FORBIDDEN, BestSellers, Question, Ranked, Scorer, prove

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from device.domain import Pseudonym
    from device.settings import Policy

CANDIDATES: Final = 32
"""How deep the ranking is asked for at first. Where the rules leave less than is wanted, it is asked for eight times as deep."""

MAX_BEST_SELLERS: Final = 200
MAX_FILE_BYTES: Final = 4 * 1024 * 1024


class Adviser:
    def __init__(self, scorer: Scorer, catalogue: Catalogue, store: str, policy: Policy, bundle: Bundle | None = None) -> None:
        self.catalogue = catalogue
        self._scorer = scorer
        self._store = store
        self._policy = policy
        self._bundle = bundle
        self._places = {sku: place for place, sku in enumerate(scorer.skus)}
        self.standing = Counter[str]()
        """How many items each standing rule keeps back: what an installer wants to know when nothing is shown."""
        self._bias = self._standing_bias()

    @property
    def identity(self) -> str | None:
        return None if self._bundle is None else self._bundle.manifest.identity

    @property
    def mute(self) -> bool:
        """Standing rules keep back every single item: nothing will ever be shown."""
        return bool(self._places) and self.standing.total() == len(self._places)

    @property
    def bundle(self) -> Bundle | None:
        return self._bundle

    def profile(self, shopper: Pseudonym | None) -> Mapping[Sku, float] | None:
        """The shares of a consenting shopper, empty for a new one; None for everybody else."""
        if shopper is None or self._bundle is None:
            return None
        try:
            return self._bundle.profile(shopper)
        except BundleError:
            return None  # a damaged profile is no profile; the sale goes on without a name

    @property
    def cards(self) -> int:
        """How many suggestions stand on a screen at most."""
        return self._policy.cards

    def suggest(self, question: Question, now: Situation) -> Decision:
        """What may be shown now. A model that fails is silence with the rule `model`, not the end of the sale."""
        if (rule := silence(now, self._policy)) is not None:
            return Decision((), silence=rule)
        bias = self._bias.copy()
        for sku in question.skus:
            if (place := self._places.get(sku)) is not None:
                bias[place] = FORBIDDEN
        depth = CANDIDATES
        while True:
            try:
                ranked = self._scorer.rank(question, bias, depth)
            except BundleError:
                return Decision((), silence="model")
            decision = decide(map(self._without_bonus, ranked), now, self.catalogue, self._policy)
            if len(decision.shown) == self._policy.cards or len(ranked) < depth:
                return decision
            depth *= 8

    def _without_bonus(self, ranked: Ranked) -> Ranked:
        """Reach orders the suggestions; it does not make an item relevant."""
        return replace(ranked, score=ranked.score - float(self._bias[self._places[ranked.sku]]))

    def best_sellers(self) -> list[Item]:
        """What this bundle knows to sell best here and may be shown: what stands in when there is no bundle."""
        if self._bundle is None:
            return []
        ranking = self._bundle.best_sellers.get(self._store) or self._bundle.best_sellers.get("", [])
        items = (self.catalogue.item(sku) for sku in ranking)
        allowed = (item for item in items if item is not None and standing_rule(item, self._store, self._policy) is None)
        return [item for item, _ in zip(allowed, range(MAX_BEST_SELLERS), strict=False)]

    def close(self) -> None:
        if self._bundle is not None:
            self._bundle.close()

    def _standing_bias(self) -> NDArray[np.float32]:
        bias = np.zeros(len(self._places), np.float32)
        preference: dict[str, int] = {reach: place for place, reach in enumerate(self._policy.reach)}
        for sku, place in self._places.items():
            item = self.catalogue.item(sku)
            rule = standing_rule(item, self._store, self._policy)
            if rule is not None:
                self.standing[rule] += 1
                bias[place] = FORBIDDEN
            elif item is not None and item.reach is not None:
                # The nearest reach gets the whole bonus, each further one half of the one before.
                bias[place] = self._policy.reach_bonus * 0.5 ** preference[item.reach] if len(preference) > 1 else 0.0
        return bias


def from_bundle(path: Path, store: str, policy: Policy) -> Adviser:
    """Open, verify and prove the active bundle; BundleError with one sentence otherwise."""
    bundle = Bundle.open(path)
    return Adviser(prove(bundle), bundle.catalogue, store, policy, bundle)


def from_best_sellers(items: Iterable[Item], store: str, policy: Policy) -> Adviser:
    """Without a model: the shop's best-sellers, or silence when there are none."""
    catalogue = Catalogue(items)
    return Adviser(BestSellers(Sku(item.sku) for item in catalogue), catalogue, store, policy)


def read_best_sellers(path: Path) -> list[Item]:
    """Catalogue items as JSON lines, best first; BundleError names the line that cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BundleError(f"the best-sellers {path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_FILE_BYTES:
        raise BundleError(f"the best-sellers {path} are larger than {MAX_FILE_BYTES} bytes")
    items = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            items.append(msgspec.json.decode(line, type=Item))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BundleError(f"{path}, line {number}: {error}") from error
    return items
