"""One sale from its first line to its receipt: the basket, what was suggested on it and what became of that.

Owned by its lane. It reads no clock and writes nothing: times come with the basket, and the finished `Receipt` is a value.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from device import cards, coupons
from device.catalogue import impossible
from device.domain import Answer, KeptBack, Kind, LaneId, Minor, Phase, Receipt, Sku, Suggestion
from device.offers import Offer, outcome
from device.screen_link import FaceKind, Verb
from device.trail import NOBODY, Known, Regular, Trail, decide, regular

if TYPE_CHECKING:
    from datetime import datetime

    from device.adviser import Adviser
    from device.arms import Arm
    from device.domain import Basket, Pseudonym
    from device.policy.slate import Decision
    from device.premises import Place
    from device.screen_link import Card

MAX_KEPT_BACK: Final = 16
"""Items that a receipt names as kept back."""

MAX_REMEMBERED: Final = 512
"""Items and rules that a sale counts: more than any basket leads to, and a bound for one that never ends."""

_ANSWERS: Final = {
    Verb.ACCEPT: Answer.TAKEN,
    Verb.DISMISS: Answer.DECLINED,
    Verb.OUT_OF_STOCK: Answer.OUT_OF_STOCK,
    Verb.LESS: Answer.LESS,
}
_REFUSALS: Final = frozenset({Answer.DECLINED, Answer.LESS})


class Sale:
    def __init__(self, basket: Basket, adviser: Adviser, place: Place) -> None:
        self.receipt_id = uuid.uuid4().hex
        self.basket = basket
        self.adviser = adviser
        self.undo: str | None = None
        """The suggestion whose answer can be taken back."""
        self._place = place
        self.asked: Pseudonym | None = None
        """Whose profile was asked for last, be there one or not: it is read once for a sale and a card."""
        self._shopper: Pseudonym | None = None
        self._whose: Regular = NOBODY
        self._offers: dict[Sku, Offer] = {}
        self._shown: tuple[Sku, ...] = ()
        self._kept_back = Counter[tuple[Sku, str]]()
        self._silences = Counter[str]()
        self._trail = Trail()
        self._voice = adviser
        """Of the arm: the same bundle under the arm's own policy."""
        self._arm: Arm | None = None
        self._drawn = False
        self._decided_at: datetime | None = None
        self._again = 0
        """Decisions at the same moment of the till, but for the first."""
        self._scanned_at: datetime | None = None
        self._tendered_at: datetime | None = None

    def take(self, basket: Basket) -> None:
        """Go on with this basket. A card may be shown at any moment of a sale.

        A profile, be it an empty one, exists only with the shopper's consent; without it the pseudonym stands in no basket.
        """
        if basket.shopper is not None and basket.shopper != self.asked:
            self.asked = basket.shopper
            known = regular(self.adviser, basket.shopper, basket.opened_at, self._place.zone)
            self._shopper = None if known is None else basket.shopper
            self._whose = known or NOBODY
        self.basket = replace(basket, shopper=self._shopper, shopper_key=None if self._shopper is None else basket.shopper_key)
        if self._scanned_at is None and basket.lines:
            self._scanned_at = basket.at
        if self._tendered_at is None and basket.phase in {Phase.TENDER, Phase.CLOSED}:
            self._tendered_at = basket.at
        if self.undo is not None and self.undo in {
            self._offers[sku].suggestion.suggestion_id for sku in basket.skus if sku in self._offers
        }:
            self.undo = None  # it has been rung up: only the till can take it back

    def suggest(self) -> None:
        """Decide anew what is shown; offers once made keep their identity and their answers."""
        basket = self.basket
        self._draw()
        self._again = self._again + 1 if basket.at == self._decided_at else 0
        self._decided_at = basket.at
        # What an answer brings up has not been there at the decision before it, though the till has said nothing since.
        moment = basket.at + timedelta(microseconds=self._again)
        taken = self._taken()
        decision = self._decide(taken)
        self._remember(decision)
        for rank, chosen in enumerate(decision.shown, 1):
            if (offer := self._offers.get(chosen.sku)) is None:
                name = f"{self.receipt_id[:12]}-{len(self._offers) + 1}"
                made = Suggestion(name, chosen.sku, rank, chosen.score, chosen.because, chosen.moved_by)
                self._offers[chosen.sku] = Offer(made, moment)
                if not self._ghosts:
                    coupons.attach(self._offers[chosen.sku], self.adviser, self._place, self._whose, self._shopper)
            else:
                offer.again(rank, chosen)
        # What the shopper said yes to stays on the screen until it is rung up, in place of the weakest suggestion.
        waiting = taken if basket.phase is Phase.OPEN else ()
        self._show((*waiting, *(chosen.sku for chosen in decision.shown)))

    def silence(self) -> None:
        """Show nothing, for instance while the sale is set aside."""
        self._show(())

    def answer(self, verb: Verb, suggestion_id: str) -> str:
        """Take the cashier's word for a suggestion; "" when done, else why not: `unknown`, `gone` or `stale`."""
        offer = next((o for o in self._offers.values() if o.suggestion.suggestion_id == suggestion_id), None)
        if offer is None:
            return "unknown"
        sku, missing = offer.suggestion.sku, self._place.shelf.missing
        if verb is Verb.UNDO:
            if offer.answer is None or sku in self.basket.skus:
                return "stale"
            if offer.answer is Answer.OUT_OF_STOCK:
                missing.discard(sku)
            offer.answer = None
            self.undo = None
        else:
            # A screen holds a set for some seconds while the ranking moves on: what was on the glass may be answered, unless
            # it has been answered before, was rung up meanwhile, or somebody has said that there is none.
            if offer.answer is not None or sku in self.basket.skus or sku in missing or self._ghosts:
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
        if self._arm is not None and face not in self._arm.faces:
            return ()
        return tuple(self._card(self._offers[sku], face) for sku in self._shown)

    def gone(self) -> tuple[str, ...]:
        """Suggestions no face may go on showing, however short they have stood there."""
        missing, rung = self._place.shelf.missing, set(self.basket.skus)
        return tuple(
            offer.suggestion.suggestion_id
            for sku, offer in self._offers.items()
            if sku not in self._shown and (offer.answer in _REFUSALS or sku in missing or sku in rung)
        )

    def receipt(self, lane: LaneId) -> Receipt:
        """The sale as it is kept. Only a sale the till closed has bought anything."""
        basket, place = self.basket, self._place
        self._show(())
        bought = set(basket.skus) if basket.phase is Phase.CLOSED and basket.kind is Kind.SALE else set()
        by_rule = Counter[str]()
        for (_, rule), times in self._kept_back.items():
            by_rule[rule] += times
        experiment = None if self._arm is None else self.adviser.experiment
        margin, margin_of = self._margin()
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
            outcomes=tuple(outcome(offer, bought=sku in bought, new=self._is_new(sku)) for sku, offer in self._offers.items()),
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
            experiment=None if experiment is None else experiment.name,
            arm=None if self._arm is None else self._arm.name,
            ghosts=self._ghosts,
            propensity=1.0 if experiment is None or self._arm is None else experiment.propensity(self._arm),
            policy=self._voice.policy_version,
            till_ms=self._till_ms(),
            margin=margin,
            margin_of=margin_of,
            steps=tuple(self._trail.steps),
            decisions=self._trail.decisions,
            slates=tuple(self._trail.slates),
        )

    @property
    def _ghosts(self) -> bool:
        return self._arm is not None and not self._arm.faces

    def _draw(self) -> None:
        """Which arm the sale is in, once, when there is something to suggest from; see `device.arms`."""
        experiment = self.adviser.experiment
        if self._drawn or experiment is None or not self.basket.skus:
            return
        self._drawn = True
        unit = self.receipt_id if experiment.unit == "receipt" else self._shopper
        local = self.basket.at.astimezone(self._place.zone)
        if unit is not None and experiment.runs(self._place.store, local.date()):
            self._arm = experiment.acting(experiment.draw(unit))
            self._voice = self.adviser.voice(self._arm)

    def _show(self, skus: tuple[Sku, ...]) -> None:
        self._shown = skus
        for sku, offer in self._offers.items():
            offer.stand(self.basket.at, shown=sku in skus and not self._ghosts)

    def _till_ms(self) -> int | None:
        if self._scanned_at is None or self._tendered_at is None or self.basket.partial or self._tendered_at < self._scanned_at:
            return None
        return (self._tendered_at - self._scanned_at) // timedelta(milliseconds=1)

    def _margin(self) -> tuple[Minor | None, Minor]:
        """What the lines of known margin earn, rounded half up for all together, and their amount."""
        known = [(line.amount, share) for line in self.basket.lines if (share := self._margin_of(line.sku)) is not None]
        earned = sum(amount * round(margin * 10_000) for amount, margin in known)
        return (Minor((2 * earned + 10_000) // 20_000) if known else None), Minor(sum(amount for amount, _ in known))

    def _is_new(self, sku: Sku) -> bool | None:
        """To the shopper; None: of whom nothing is known."""
        return None if self._whose.bought is None else sku not in self._whose.bought

    def _margin_of(self, sku: Sku | None) -> float | None:
        """Of an item; None: not known, as all is of an item of which something impossible is said."""
        item = None if sku is None else self.adviser.catalogue.item(sku)
        return None if item is None or impossible(item) is not None else item.margin

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
        basket = self.basket
        known = Known(
            at=basket.at,
            phase=basket.phase,
            kind=basket.kind,
            partial=basket.partial,
            shopper=basket.shopper is not None,
            skus=basket.skus,
            waiting=taken,
            declined=tuple(sorted(sku for sku, offer in self._offers.items() if offer.answer in _REFUSALS)),
            removed=tuple(sorted(basket.removed)),
            missing=tuple(sorted(self._place.shelf.on(basket.at.astimezone(self._place.zone).date()))),
            unwanted=tuple(sorted(self._unwanted())),
        )
        decision = decide(self._voice, known, self._place.store, self._place.zone, self._whose, self.receipt_id)
        self._trail.add(known, decision, basket)
        return decision

    def _unwanted(self) -> set[Sku]:
        said = {sku for sku, offer in self._offers.items() if offer.answer is Answer.LESS}
        return {*said, *self._whose.unwanted, *self._place.unwanted.of(self._shopper)}

    def _card(self, offer: Offer, face: FaceKind) -> Card:
        item = self.adviser.catalogue.item(offer.suggestion.sku)
        assert item is not None, "the policy shows only what the catalogue knows"
        why = cards.reason(offer.suggestion, self.basket, self.adviser.catalogue, face)
        known = self._shopper is not None
        wording = cards.AS_ALWAYS if self._arm is None else self._arm.wording
        return cards.card(offer, item, why, face, regular=known, wording=wording)
