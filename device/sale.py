"""One sale from its first line to its receipt: the basket, what was suggested on it and what became of that.

Owned by its lane. It reads no clock and writes nothing: times come with the basket, and the finished `Receipt` is a value.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from device import cards
from device.domain import Answer, KeptBack, Kind, LaneId, Outcome, Phase, Receipt, Sku, Suggestion
from device.policy.rules import Situation
from device.scorer import Question
from device.screen_link import FaceKind, Verb
from device.tokens import NO_HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime, tzinfo

    from device.adviser import Adviser
    from device.domain import Basket, Pseudonym
    from device.policy.slate import Decision
    from device.screen_link import Card

MAX_KEPT_BACK: Final = 16
"""Items that a receipt names as kept back."""

MAX_REMEMBERED: Final = 512
"""Items and rules that a sale counts: more than any basket leads to, and a bound for one that never ends."""

_ANSWERS: Final = {Verb.ACCEPT: Answer.TAKEN, Verb.DISMISS: Answer.DECLINED, Verb.OUT_OF_STOCK: Answer.OUT_OF_STOCK}


@dataclass(slots=True)
class Shelf:
    """What cashiers of this store said is not there, until the shop's day ends. Shared by all lanes of a daemon."""

    day: date
    missing: set[Sku] = field(default_factory=set)

    def on(self, day: date) -> set[Sku]:
        # A lane may still stand before midnight while another is past it: only a later day empties the list, or a clock that
        # was set back by more than that.
        if day > self.day or self.day - day > timedelta(days=1):
            self.day = day
            self.missing.clear()
        return self.missing


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sale happens."""

    store: str
    device: str
    zone: tzinfo
    shelf: Shelf


@dataclass(slots=True)
class Offer:
    """A suggestion and what became of it so far."""

    suggestion: Suggestion
    offered_at: datetime
    painted: bool = False
    answer: Answer | None = None


class Sale:
    def __init__(self, basket: Basket, adviser: Adviser, place: Place) -> None:
        self.receipt_id = uuid.uuid4().hex
        self.basket = basket
        self.adviser = adviser
        self.undo: str | None = None
        """The suggestion whose answer can be taken back."""
        self._place = place
        self._shopper: Pseudonym | None = None
        self._history: Mapping[Sku, float] = NO_HISTORY
        self._offers: dict[Sku, Offer] = {}
        self._shown: tuple[Sku, ...] = ()
        self._kept_back = Counter[tuple[Sku, str]]()
        self._silences = Counter[str]()

    def take(self, basket: Basket) -> None:
        """Go on with this basket. A card may be shown at any moment of a sale.

        A profile, be it an empty one, exists only with the shopper's consent; without it the pseudonym is forgotten here.
        """
        if basket.shopper is None or basket.shopper != self._shopper:
            profile = self.adviser.profile(basket.shopper)
            self._shopper = None if profile is None else basket.shopper
            self._history = NO_HISTORY if profile is None else profile
        self.basket = basket if self._shopper is not None else replace(basket, shopper=None, shopper_key=None)
        if self.undo is not None and self.undo in {
            self._offers[sku].suggestion.suggestion_id for sku in basket.skus if sku in self._offers
        }:
            self.undo = None  # it has been rung up: only the till can take it back

    def suggest(self) -> None:
        """Decide anew what is shown; offers once made keep their identity and their answers."""
        basket = self.basket
        taken = self._taken()
        decision = self._decide(taken)
        self._remember(decision)
        for rank, chosen in enumerate(decision.shown, 1):
            if (offer := self._offers.get(chosen.sku)) is None:
                name = f"{self.receipt_id[:12]}-{len(self._offers) + 1}"
                made = Suggestion(name, chosen.sku, rank, chosen.score, chosen.because, chosen.moved_by)
                self._offers[chosen.sku] = Offer(made, basket.at)
            else:
                ever = tuple(dict.fromkeys((*offer.suggestion.moved_by, *chosen.moved_by)))
                offer.suggestion = replace(offer.suggestion, rank=rank, score=chosen.score, because=chosen.because, moved_by=ever)
        # What the shopper said yes to stays on the screen until it is rung up, in place of the weakest suggestion.
        waiting = taken if basket.phase is Phase.OPEN else ()
        self._shown = (*waiting, *(chosen.sku for chosen in decision.shown))

    def silence(self) -> None:
        """Show nothing, for instance while the sale is set aside."""
        self._shown = ()

    def answer(self, verb: Verb, suggestion_id: str) -> str:
        """Take the cashier's word for a suggestion; "" when done, else why not: `unknown`, `gone` or `stale`."""
        offer = next((o for o in self._offers.values() if o.suggestion.suggestion_id == suggestion_id), None)
        if offer is None:
            return "unknown"
        sku, missing = offer.suggestion.sku, self._place.shelf.missing
        if verb is Verb.UNDO:
            if offer.answer is None:
                return "stale"
            if offer.answer is Answer.OUT_OF_STOCK:
                missing.discard(sku)
            offer.answer = None
            self.undo = None
        else:
            # A screen holds a set for some seconds while the ranking moves on: what was on the glass may be answered, unless
            # it has been answered before, was rung up meanwhile, or somebody has said that there is none.
            if offer.answer is not None or sku in self.basket.skus or sku in missing:
                return "gone"
            offer.answer = _ANSWERS[verb]
            if verb is Verb.OUT_OF_STOCK:
                missing.add(sku)
            self.undo = suggestion_id
        self.suggest()
        return ""

    def sku_of(self, suggestion_id: str) -> Sku | None:
        return next((sku for sku, offer in self._offers.items() if offer.suggestion.suggestion_id == suggestion_id), None)

    def painted(self, suggestion_ids: tuple[str, ...]) -> None:
        for offer in self._offers.values():
            if offer.suggestion.suggestion_id in suggestion_ids:
                offer.painted = True

    def cards(self, face: FaceKind) -> tuple[Card, ...]:
        return tuple(self._card(self._offers[sku], face) for sku in self._shown)

    def gone(self) -> tuple[str, ...]:
        """Suggestions no face may go on showing, however short they have stood there."""
        missing, rung = self._place.shelf.missing, set(self.basket.skus)
        return tuple(
            offer.suggestion.suggestion_id
            for sku, offer in self._offers.items()
            if sku not in self._shown and (offer.answer is Answer.DECLINED or sku in missing or sku in rung)
        )

    def receipt(self, lane: LaneId) -> Receipt:
        """The sale as it is kept. Only a sale the till closed has bought anything."""
        basket, place = self.basket, self._place
        bought = set(basket.skus) if basket.phase is Phase.CLOSED and basket.kind is Kind.SALE else set()
        by_rule = Counter[str]()
        for (_, rule), times in self._kept_back.items():
            by_rule[rule] += times
        often = sorted(self._kept_back.items(), key=lambda entry: (-entry[1], entry[0]))[:MAX_KEPT_BACK]
        return Receipt(
            receipt_id=self.receipt_id,
            store=place.store,
            device=place.device,
            lane=lane,
            phase=basket.phase,
            basket_id=basket.basket_id,
            opened_at=basket.opened_at,
            closed_at=basket.at,
            local_time=basket.at.astimezone(place.zone).replace(tzinfo=None).isoformat(timespec="seconds"),
            currency=basket.currency,
            total=basket.total,
            lines=basket.lines,
            outcomes=tuple(_outcome(offer, bought=sku in bought) for sku, offer in self._offers.items()),
            shopper=basket.shopper,
            shopper_key=basket.shopper_key,
            till=basket.till,
            bundle=self.adviser.identity,
            forbidden=tuple(sorted(by_rule.items())),
            kept_back=tuple(KeptBack(sku, rule, times) for (sku, rule), times in often),
            silences=tuple(sorted(self._silences.items())),
            kind=basket.kind,
            partial=basket.partial,
            till_total=None if basket.as_told is None or basket.as_told.total == basket.total else basket.as_told.total,
        )

    def _remember(self, decision: Decision) -> None:
        for entry in decision.kept_back:
            if entry in self._kept_back or len(self._kept_back) < MAX_REMEMBERED:
                self._kept_back[entry] += 1
        if decision.silence is not None:
            self._silences[decision.silence] += 1

    def _taken(self) -> tuple[Sku, ...]:
        """Said yes to and not yet rung up; what was rung up and taken off again is no longer wanted."""
        done = {*self.basket.skus, *self.basket.removed}
        return tuple(sku for sku, offer in self._offers.items() if offer.answer is Answer.TAKEN and sku not in done)

    def _decide(self, taken: tuple[Sku, ...]) -> Decision:
        basket, catalogue = self.basket, self.adviser.catalogue
        skus = (*basket.skus, *taken)
        local = basket.at.astimezone(self._place.zone)
        declined = frozenset(sku for sku, offer in self._offers.items() if offer.answer is Answer.DECLINED)
        items = (catalogue.item(sku) for sku in skus)
        now = Situation(
            phase=basket.phase,
            skus=frozenset(skus),
            families=frozenset(item.family for item in items if item is not None and item.family is not None),
            local=local,
            removed=basket.removed,
            declined=declined,
            out_of_stock=frozenset(self._place.shelf.on(local.date())),
            refusals=len(declined),
            waiting=frozenset(taken),
            kind=basket.kind,
            partial=basket.partial,
        )
        return self.adviser.suggest(Question(skus, local, self._place.store, self._history), now)

    def _card(self, offer: Offer, face: FaceKind) -> Card:
        item = self.adviser.catalogue.item(offer.suggestion.sku)
        assert item is not None, "the policy shows only what the catalogue knows"
        why = cards.reason(offer.suggestion, self.basket, self.adviser.catalogue)
        return cards.card(offer.suggestion, item, why, face, taken=offer.answer is Answer.TAKEN)


def _outcome(offer: Offer, *, bought: bool) -> Outcome:
    suggestion = offer.suggestion
    return Outcome(
        suggestion_id=suggestion.suggestion_id,
        sku=suggestion.sku,
        rank=suggestion.rank,
        score=suggestion.score,
        because=suggestion.because,
        offered_at=offer.offered_at,
        painted=offer.painted,
        answer=offer.answer,
        bought=bought,
        moved_by=suggestion.moved_by,
    )
