"""A suggestion and what became of it so far, and what the receipt keeps of that. Owned by its sale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from device.campaigns import Campaign
from device.domain import Answer, GivenCoupon, Outcome, Suggestion
from device.policy.slate import Shown


@dataclass(slots=True)
class Offer:
    suggestion: Suggestion
    offered_at: datetime
    painted: bool = False
    answer: Answer | None = None
    shown_since: datetime | None = None
    shown_for: timedelta = timedelta()
    coupon: GivenCoupon | None = None
    withheld: str | None = None
    campaign: Campaign | None = None
    """Whose words and picture stand on its card."""

    def again(self, rank: int, chosen: Shown) -> None:
        """It was decided anew that it is shown; the rules that ever moved it stay named."""
        self.suggestion = replace(
            self.suggestion,
            rank=rank,
            score=chosen.score,
            because=chosen.because,
            moved_by=tuple(dict.fromkeys((*self.suggestion.moved_by, *chosen.moved_by))),
        )

    def stand(self, at: datetime, *, shown: bool) -> None:
        """From this moment on it is on the screens, or is not."""
        if self.shown_since is not None:
            self.shown_for += max(at - self.shown_since, timedelta())
        self.shown_since = at if shown else None


def outcome(offer: Offer, *, bought: bool, new: bool | None = None) -> Outcome:
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
        shown_ms=offer.shown_for // timedelta(milliseconds=1),
        coupon=offer.coupon,
        withheld=offer.withheld,
        new=new,
    )
