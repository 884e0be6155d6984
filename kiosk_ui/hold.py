"""Which suggestions stand on the glass, and where, when the daemon offers others or ranks them anew. Pure.

A card that was put up stays in its place for three seconds, so that nobody reads a name that turns into another. What the daemon
says is gone (rung up, dismissed, out of stock) leaves sooner, and so does what left while the basket stood still. A re-ranking
alone has to wait; then the cards stand as the daemon ranks them, the best first. While a finger lies on the glass nothing moves
that need not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from device.screen_link import Reason, ReasonKind

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
    if one.card.suggestion_id in after.gone or any(line.names == one.card.names for line in grown):
        return False
    return one.held or counts != {line.line_id: line.quantity for line in after.lines}


def shrank(before: Snapshot, after: Snapshot) -> bool:
    """Whether something was taken off the basket."""
    left = {line.line_id: line.quantity for line in after.lines}
    return any(left.get(line.line_id, 0) < line.quantity for line in before.lines)


def without_reason(one: Shown) -> Shown:
    """A card whose reason may name what is no longer in the basket, for the rest of its three seconds."""
    return replace(one, card=msgspec.structs.replace(one.card, reason=Reason(ReasonKind.PAIRS_WELL)))


def settle(
    shown: Iterable[Shown],
    offered: tuple[Card, ...],
    may_stay: Callable[[Shown], bool],
    at: int,
    *,
    in_place: bool,
    touched: bool = False,
) -> tuple[Shown, ...]:
    """The cards to show at `at` (ms).

    `offered` is what the daemon wants shown, best first, no longer than the face has room for. `may_stay` tells of a card no
    longer offered whether its three seconds count. With `in_place` a newcomer takes the slot that became free and no younger
    card moves; without it the others close up, the newcomer comes last, and the best takes the first place if that became free.
    `touched`: a finger lies on the glass.
    """
    waiting = {card.suggestion_id: card for card in offered}
    slots: list[Shown | None] = []
    for one in shown:
        card = waiting.pop(one.card.suggestion_id, None)
        if card is not None:
            slots.append(Shown(card, one.since))
        elif (touched or at < one.leaves_at) and may_stay(one):
            slots.append(replace(one, held=True))
        else:
            slots.append(None)
    # One paid place at most, also while the one before waits for its three seconds to end.
    paid = any(one is not None and one.held and one.card.sponsor for one in slots)
    arrivals = [Shown(card, at) for card in offered if card.suggestion_id in waiting and not (paid and card.sponsor)]
    first_is_free = not in_place and bool(slots) and slots[0] is None
    if in_place:
        slots = [arrivals.pop(0) if slot is None and arrivals else slot for slot in slots]
    settled = [slot for slot in slots if slot is not None]
    room = max(len(offered), len(settled))
    settled += arrivals[: room - len(settled)]
    if first_is_free and offered:
        settled.sort(key=lambda one: one.card.suggestion_id != offered[0].suggestion_id)
        settled[0] = replace(settled[0], since=at)
    return tuple(settled) if touched else _ranked(settled, offered, at)


def _ranked(settled: list[Shown], offered: tuple[Card, ...], at: int) -> tuple[Shown, ...]:
    """Best first among the places whose card has stood long enough or came this moment; who moves stands anew."""
    rank = {card.suggestion_id: place for place, card in enumerate(offered)}
    places = [place for place, one in enumerate(settled) if not one.held and (one.since == at or at >= one.leaves_at)]
    best_first = sorted((settled[place] for place in places), key=lambda one: rank[one.card.suggestion_id])
    for place, one in zip(places, best_first, strict=True):
        settled[place] = one if settled[place] is one else Shown(one.card, at)
    return tuple(settled)


def settles_at(shown: tuple[Shown, ...], offered: tuple[Card, ...], at: int) -> int | None:
    """When, after `at`, a card may leave or move to where the daemon wants it; None while all stand as they should."""
    if [one.card.suggestion_id for one in shown] == [card.suggestion_id for card in offered]:
        return None
    return min((one.leaves_at for one in shown if one.leaves_at > at), default=None)
