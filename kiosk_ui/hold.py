"""Which suggestions stand on the glass when the daemon offers others. Pure.

A card that was put up stays three seconds, so that nobody reads a name that turns into another. Two things end it sooner:
the item went into the basket, or it left while the basket stood still (dismissed, out of stock). A re-ranking alone has to
wait. A snapshot does not say why a card is gone; the basket beside it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from device.screen_link import Card, Snapshot

HOLD_MS = 3000


@dataclass(frozen=True, slots=True)
class Shown:
    """One card on the glass since `since` milliseconds of the screen's clock."""

    card: Card
    since: int
    held: bool = False
    """The daemon no longer offers it; it only waits for its three seconds to end."""

    @property
    def leaves_at(self) -> int:
        return self.since + HOLD_MS


def merely_reranked(one: Shown, before: Snapshot, after: Snapshot) -> bool:
    """Whether a card that `after` does not offer is missing only because others score better with the new basket."""
    counts = {line.line_id: line.quantity for line in before.lines}
    grown = [line for line in after.lines if line.quantity > counts.get(line.line_id, 0)]
    if any(line.names == one.card.names for line in grown):
        return False
    return one.held or counts != {line.line_id: line.quantity for line in after.lines}


def settle(
    shown: Iterable[Shown], offered: tuple[Card, ...], may_stay: Callable[[Shown], bool], at: int, *, in_place: bool
) -> tuple[Shown, ...]:
    """The cards to show at `at` (ms).

    `offered` is what the daemon wants shown, best first, no longer than the face has room for. `may_stay` tells of a card no
    longer offered whether its three seconds count. With `in_place` a newcomer takes the slot that became free and no other
    card moves; without it the others close up and the newcomer comes last.
    """
    waiting = {card.suggestion_id: card for card in offered}
    slots: list[Shown | None] = []
    for one in shown:
        card = waiting.pop(one.card.suggestion_id, None)
        if card is not None:
            slots.append(Shown(card, one.since))
        elif at < one.leaves_at and may_stay(one):
            slots.append(replace(one, held=True))
        else:
            slots.append(None)
    arrivals = [Shown(card, at) for card in offered if card.suggestion_id in waiting]
    if in_place:
        slots = [arrivals.pop(0) if slot is None and arrivals else slot for slot in slots]
    settled = [slot for slot in slots if slot is not None]
    room = max(len(offered), len(settled))
    return (*settled, *arrivals[: room - len(settled)])
