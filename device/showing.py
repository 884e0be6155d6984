"""What a lane shows: the one place where a sale becomes a snapshot for a face. Pure.

A stage is decided here and only timed by the face. What a face must not show it is not sent: no suggestion outside an open sale
or on a return, and to the customer neither an undo nor what `device.cards` keeps from it. No face is told who the shopper is.

Out of the shop's hours a lane rests, and its faces are dark: ten seconds after a sale ended, or a quarter of an hour after the
last word of one that was left open. The next word of a till wakes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from device import cards
from device.domain import Kind, Phase
from device.rating import Rating
from device.screen_link import FaceKind, Snapshot, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from device.catalogue import Catalogue
    from device.domain import Basket, LaneId
    from device.premises import Place
    from device.rating import Scale
    from device.sale import Sale
    from device.screen_link import Rate

THANKED_FOR: Final = timedelta(seconds=10)
LEFT_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Visit:
    """A sale that closed last, while the shopper may say how it was: until the next one begins."""

    receipt_id: str
    scale: Scale
    since: int
    """The snapshot that thanks for it: a finger on an earlier one means the sale before."""
    score: int | None = None
    """As it is kept."""

    def rating(self, word: Rate, at: datetime, place: Place, lane: LaneId) -> Rating | str:
        if word.seq < self.since:
            return "stale"
        if not self.scale.holds(word.score):
            return "unknown"
        return Rating(self.receipt_id, place.store, place.device, lane, self.scale, word.score, at)


@dataclass(frozen=True, slots=True)
class Showing:
    """All that the faces of a lane show at one moment."""

    run: str
    seq: int
    lane: LaneId
    stage: Stage
    basket: Basket | None
    """Of the sale at hand, or of the one that ended or was set aside last."""
    sale: Sale | None
    catalogue: Catalogue
    pictures: str | None
    visit: Visit | None
    stale_days: int

    def to(self, face: FaceKind) -> Snapshot:
        sale = self.sale if self.stage is Stage.BASKET else None
        visible = None if self.stage in {Stage.IDLE, Stage.CLOSED} else self.basket
        visit = self.visit if self.stage is Stage.THANKS and face is FaceKind.CUSTOMER else None
        return Snapshot(
            run=self.run,
            seq=self.seq,
            lane=self.lane,
            stage=self.stage,
            currency="" if self.basket is None else self.basket.currency,
            total=0 if visible is None else visible.total,
            lines=() if visible is None else tuple(cards.basket_line(line, self.catalogue) for line in visible.lines),
            cards=() if sale is None else sale.cards(face),
            pictures=self.pictures,
            gone=() if sale is None else sale.gone(),
            undo=sale.undo if sale is not None and face is FaceKind.CASHIER else None,
            returning=visible is not None and visible.kind is Kind.RETURN,
            payments=() if visible is None else cards.payments(visible),
            change=None if visible is None else cards.change(visible),
            rating=None if visit is None else visit.scale,
            stale_days=self.stale_days if face is FaceKind.CASHIER else 0,
            rated=None if visit is None else visit.score,
        )


_STAGES: Final = {
    Phase.OPEN: Stage.BASKET,
    Phase.TENDER: Stage.PAYMENT,
    Phase.CLOSED: Stage.THANKS,
    Phase.CANCELLED: Stage.IDLE,
    Phase.SUSPENDED: Stage.SUSPENDED,
}
assert set(_STAGES) == set(Phase)


def stage(basket: Basket | None) -> Stage:
    if basket is None or (basket.phase is Phase.OPEN and not basket.lines):
        return Stage.IDLE
    if basket.phase is Phase.OPEN and basket.kind is Kind.RETURN:
        return Stage.RETURN
    return _STAGES[basket.phase]


def rests(basket: Basket | None, at: datetime) -> bool:
    """Whether nobody has used this till for so long that it may be dark."""
    if basket is None:
        return True
    # Without its sign: a sale of the future was stamped by a clock that has been set back, and would keep the screens lit.
    return abs(at - basket.at) >= (THANKED_FOR if basket.over else LEFT_FOR)
