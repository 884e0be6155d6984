"""Which of the best candidates stand on the screen, and which rule brought them there.

Pins first, then by worth: a candidate's score times its factors. From the top, one of a family and one sponsored, until the
screen is full. When no sponsored item got a place by its own worth, the best of them may take the last place, unless a pin holds
it or it is worth less than `policy.sponsored_ratio` of what stands there.

*Something new*, with `policy.new_cards`: where a known shopper has bought all of that before, the best that was never bought
takes the last place that neither a pin nor a sponsored item out of turn holds, when it is worth at least `policy.new_ratio` of
what stands there. The first place stays as it is. Last, some receipts explore: see `exploration`.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass

from device.domain import Sku
from device.policy.exploration import Lot, draw
from device.policy_settings import Policy


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that no rule of `device.policy.rules` forbids."""

    sku: Sku
    score: float
    """What the model said, nothing added."""
    because: tuple[str, ...] = ()
    family: str | None = None
    sponsored: bool = False
    pinned: bool = False
    factors: tuple[tuple[str, float], ...] = ()
    campaign: bool = False
    """It is a campaign that pins it."""

    @property
    def worth(self) -> float:
        worth = self.score
        for _, factor in self.factors:
            worth *= factor if self.score > 0 else 1.0
        return worth


@dataclass(frozen=True, slots=True)
class Shown:
    """A suggestion as decided; `moved_by` names the rules by which it stands above what scored higher."""

    sku: Sku
    score: float
    because: tuple[str, ...] = ()
    moved_by: tuple[str, ...] = ()
    chance: float = 1.0
    """How probable it was at its place, given the ranking."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is shown, best first, and which rule kept back what would have been."""

    shown: tuple[Shown, ...] = ()
    kept_back: tuple[tuple[Sku, str], ...] = ()
    silence: str | None = None
    """Nothing is shown, and this is the rule that made it so: of several, the one that kept back the best candidate."""
    lot: Lot | None = None
    """Where the policy explores and something is shown."""


def arrange(
    candidates: Sequence[Candidate],
    policy: Policy,
    *,
    free: int,
    sponsored: int,
    receipt: str = "",
    bought: Container[Sku] | None = None,
) -> Decision:
    """Fill `free` places, at most `sponsored` of them with sponsored items. `candidates` in the order of the ranking.

    `receipt`: its id, from which an exploring policy draws; "" never explores. `bought`: what the shopper bought before; None:
    no place is kept for something new.
    """
    relevant = [one for one in candidates if one.score > policy.relevance_floor]
    order = sorted(relevant, key=lambda one: (not one.pinned, -one.worth))
    chosen: list[Candidate] = []
    kept_back: list[tuple[Sku, str]] = []
    for one in order:
        if len(chosen) == free:
            break
        if (rule := _crowded_out(one, chosen, sponsored)) is None:
            chosen.append(one)
        else:
            kept_back.append((one.sku, rule))
    moved = {one.sku: _moved_by(one, [other for other in order[order.index(one) :] if other.score > one.score]) for one in chosen}
    if (paid := _sponsored_slot(order, chosen, policy, free, sponsored)) is not None:
        kept_back.append((chosen[-1].sku, "sponsored"))
        moved[paid.sku] = ("sponsored",)
        chosen[-1] = paid
    new = None
    if (
        policy.new_cards
        and bought is not None
        and (slot := _new_slot(order, chosen, paid, policy, sponsored, bought)) is not None
    ):
        place, new = slot
        kept_back.append((chosen[place].sku, "new"))
        moved[new.sku] = ("new",)
        chosen[place] = new
    shown = tuple(Shown(one.sku, one.score, one.because, moved.get(one.sku, ())) for one in chosen)
    lot = None
    if policy.explore_share and receipt and chosen:
        fixed = [one.pinned or one is paid or one is new for one in chosen]
        shown, lot = _drawn(shown, fixed, _pool(order, chosen, fixed, policy, sponsored), policy, receipt)
        kept_back += [(one.sku, "explore") for one in chosen if all(one.sku != other.sku for other in shown)]
    below = [(one.sku, "relevance") for one in candidates if one.score <= policy.relevance_floor][: free - len(shown)]
    # What gave way to a sponsored or a new item may have been drawn after all, and a new one was crowded out by what gave way.
    seen = {one.sku for one in shown}
    everything = tuple(entry for entry in (*kept_back, *below) if entry[0] not in seen)
    return Decision(shown, everything, everything[0][1] if everything and not shown else None, lot)


def _pool(
    order: Sequence[Candidate], chosen: Sequence[Candidate], fixed: Sequence[bool], policy: Policy, sponsored: int
) -> list[Candidate]:
    """What may be drawn for the places that are not fixed: what stands there, then the next best that go beside all of it."""
    pool = [one for one, stays in zip(chosen, fixed, strict=True) if not stays]
    least = min((one.worth for one in pool), default=0.0)
    least *= policy.explore_ratio if least > 0 else 1.0
    beside = list(chosen)
    for one in order:
        if not pool or len(pool) >= policy.explore_among:
            break
        if one.pinned or one.worth < least or any(one is other for other in chosen):
            continue
        if _crowded_out(one, beside, sponsored) is None:
            pool.append(one)
            beside.append(one)
    return pool


def _drawn(
    usual: Sequence[Shown], fixed: Sequence[bool], pool: Sequence[Candidate], policy: Policy, receipt: str
) -> tuple[tuple[Shown, ...], Lot | None]:
    """The slate after the draw; what stands elsewhere than without it says so."""
    if not pool:
        return tuple(usual), None
    drawn = draw([one.sku for one in pool], len(fixed) - sum(fixed), policy, receipt)
    candidates = {one.sku: one for one in pool}
    places = zip(drawn.skus, drawn.chances, strict=True)
    shown = []
    for one, stays in zip(usual, fixed, strict=True):
        if stays:
            shown.append(one)
            continue
        sku, chance = next(places)
        by_lot = candidates[sku]
        moved_by = one.moved_by if sku == one.sku else ("explore",)
        shown.append(Shown(sku, by_lot.score, by_lot.because, moved_by, chance))
    return tuple(shown), drawn.lot


def _crowded_out(one: Candidate, chosen: Collection[Candidate], sponsored: int) -> str | None:
    """The rule by which those already chosen keep this one back."""
    if one.family is not None and any(one.family == other.family for other in chosen):
        return "family"
    if one.sponsored and sum(other.sponsored for other in chosen) >= sponsored:
        return "sponsored"
    return None


def _moved_by(one: Candidate, overtaken: Sequence[Candidate]) -> tuple[str, ...]:
    """The rules without which it would not stand above some that score higher; all that helped, where none was needed alone."""
    moved: dict[str, None] = {}
    for other in overtaken:
        if one.pinned and not other.pinned and one.worth <= other.worth:
            moved["campaign" if one.campaign else "pin"] = None
            continue
        theirs = dict(other.factors)
        gains = {name: factor / theirs.get(name, 1.0) for name, factor in one.factors}
        helped = [name for name, gain in gains.items() if gain > 1.0]
        needed = [name for name in helped if one.worth / gains[name] < other.worth]
        moved |= dict.fromkeys(needed or helped)
    return tuple(moved)


def _sponsored_slot(
    order: Sequence[Candidate], chosen: Sequence[Candidate], policy: Policy, free: int, sponsored: int
) -> Candidate | None:
    """The sponsored item that takes the last place out of turn."""
    if not sponsored or not free or len(chosen) < free or chosen[-1].pinned or any(one.sponsored for one in chosen):
        return None
    others = chosen[:-1]
    least = policy.sponsored_ratio * chosen[-1].worth
    able = (
        one
        for one in order
        if one.sponsored and one not in chosen and one.worth >= least and _crowded_out(one, others, sponsored) is None
    )
    return next(able, None)


def _new_slot(
    order: Sequence[Candidate],
    chosen: Sequence[Candidate],
    paid: Candidate | None,
    policy: Policy,
    sponsored: int,
    bought: Container[Sku] | None,
) -> tuple[int, Candidate] | None:
    """The place that goes to something the shopper never bought, and what goes there. `paid`: sponsored, out of turn."""
    if bought is None or any(one.sku not in bought for one in chosen):
        return None
    place = next((at for at in range(len(chosen) - 1, 0, -1) if not chosen[at].pinned and chosen[at] is not paid), None)
    if place is None:
        return None
    others = [one for at, one in enumerate(chosen) if at != place]
    least = policy.new_ratio * chosen[place].worth
    able = (one for one in order if one.sku not in bought and one.worth >= least and _crowded_out(one, others, sponsored) is None)
    found = next(able, None)
    return None if found is None else (place, found)
