"""What the model was promised to do, beside what was measured: met, not met, or not measured here.

A ratio is ours by the best peer of the same run, the lower of HR@4 and NDCG@10. What it must reach depends on the receipts:
more of them teach more. The goals were set for the peers that the protocol names; where one is better that it does not name
(`peers.BEYOND`), each goal is told by both. The goals for 50,000 items are measured by `packaging/dev bench model`.

Receipts without a card are judged twice, as two shops ask: one where a card may still come (`+ context`; a register is set so
unless it is told otherwise), and one whose cards come first (`card_first` in `[policy]`), so that the model is told that there is
none (`+ history`). The second alone would hide what most registers get, the first alone what the rows of their own are worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from model_export.evaluate.conditions import OURS
from model_export.evaluate.figures import ALL, Ratio
from model_export.evaluate.found import Found, Goal

_OFTEN: Final = 20
"""Receipts of a shopper, on average, from which shoppers count as returning often."""
_LINES, _SECONDS, _MIB = 5_000_000, 300, 4_096
_BENCH: Final = "by `packaging/dev bench model`, which has 50,000 items"


def goals_of(found: Found) -> list[Goal]:
    return [*_quality(found), *_int8(found), *_speed(found), _training(found), _cold(found)]


def _quality(found: Found) -> Iterator[Goal]:
    receipts = found.data.training_receipts
    anonymous = 1.15 if receipts >= 200_000 else 1.05 if receipts >= 50_000 else 1.0
    often = found.data.receipts_per_shopper >= _OFTEN
    asked = {ratio.condition for ratio in found.ratios}
    yield from _ratio(found, "anonymous basket, by the best peer", "basket", "peer", ALL, anonymous)
    if "+ context" in asked:
        yield from _ratio(found, "with context, by the best peer", "+ context", "peer", ALL, 1.3)
        if "without card" in found.slices:
            yield from _ratio(found, "with context, receipts without a card", "+ context", "peer", "without card", 1.15)
            if "+ history" in asked:
                what = "the same, where it is known that there is none"
                yield from _ratio(found, what, "+ history", "peer", "without card", 1.15)
    if "+ history" in asked:
        kind = "often" if often else "rarely"
        what = f"with history ({found.data.receipts_per_shopper:g} receipts a shopper: {kind}), by the best peer"
        yield from _ratio(found, what, "+ history", "peer", ALL, 1.75 if often else 1.2)
        yield from _ratio(found, "with history, by the best peer given the same", "+ history", "peer with history", ALL, 1.1)


def _ratio(found: Found, what: str, condition: str, against: str, part: str, least: float) -> Iterator[Goal]:
    """Against all peers, and against those that the protocol names where another one was better than these."""
    goal = f"at least {least:g} times" if least > 1 else "never below"
    before = None
    for told, group in ((what, against), (f"{what}, of those that the protocol names", f"named {against}")):
        ratios = [one for one in found.ratios if one.condition == condition and one.against == group and one.slice == part]
        measured = "; ".join(map(_told, ratios)) or None
        if measured is not None and measured != before:
            yield Goal(told, goal, measured, all(one.ratio[0] >= least for one in ratios))
        elif group == against:
            yield Goal(told, goal, "no such peer was asked", None)
        before = measured


def _told(ratio: Ratio) -> str:
    value, low, high = ratio.ratio
    return f"{ratio.metric} {value:.3f} [{low:.3f}, {high:.3f}] of {ratio.peer}"


def _int8(found: Found) -> Iterator[Goal]:
    trained = found.trained
    asked = f"{trained.proof_questions} baskets"
    known = trained.proof_questions > 0
    measured = f"{trained.lost_in_int8:.2%} of {asked}" if known else "no baskets to prove it with"
    yield Goal(
        "HR@4 lost in int8, by the float trainer", "at most 1 %", measured, trained.lost_in_int8 <= 0.01 if known else None
    )
    measured = f"{trained.same_top_four:.2%} of {asked}" if known else "no baskets to prove it with"
    yield Goal(
        "the same top four in int8 as in float", "at least 97 %", measured, trained.same_top_four >= 0.97 if known else None
    )


def _speed(found: Found) -> Iterator[Goal]:
    items = found.data.items
    ours = next(one for one in found.latency if one.name == OURS)
    told = f"p99 {ours.p99_microseconds / 1000:.2f} ms at {items} items, {ours.calls} calls"
    large = items >= 50_000
    yield Goal(
        "scoring at 50,000 items, one thread",
        "p99 at most 1 ms",
        told if large else f"{told}; {_BENCH}",
        ours.p99_microseconds <= 1000 if large else None,
    )
    libraries = [one for one in found.latency if one.own_call and one.name != OURS]
    if libraries:
        fastest = min(libraries, key=lambda one: one.p50_microseconds)
        times = fastest.p50_microseconds / ours.p50_microseconds
        told = (
            f"{times:.1f} times at {items} items: {ours.p50_microseconds:.0f} µs, {fastest.name} {fastest.p50_microseconds:.0f}"
        )
        yield Goal(
            "scoring at 50,000 items, by the fastest library's own call",
            "at least 10 times faster",
            told if large else f"{told}; {_BENCH}",
            times >= 10 if large else None,
        )


def _training(found: Found) -> Goal:
    data, trained = found.data, found.trained
    told = f"{trained.training_seconds:.0f} s, {trained.peak_mib:.0f} MiB for {data.lines} lines, {data.items} items"
    # Most of it is solving, which grows with the tokens and not with the lines.
    large = data.lines >= _LINES // 2
    met = trained.training_seconds <= _SECONDS and trained.peak_mib <= _MIB
    goal = f"at most {_SECONDS} s and {_MIB} MiB"
    return Goal("training on 5 million lines, 5,000 items", goal, told if large else f"{told}: too few", met if large else None)


def _cold(found: Found) -> Goal:
    what, goal = "a store with 500 receipts of its own, by popularity", "never worse"
    if not found.cold_start:
        return Goal(what, goal, "no store has receipts enough, or it was left out", None)
    told = "; ".join(
        f"{one.store} {one.difference[0]:+.3f} [{one.difference[1]:+.3f}, {one.difference[2]:+.3f}]" for one in found.cold_start
    )
    return Goal(what, goal, f"HR@4 {told}", all(one.difference[0] >= 0 for one in found.cold_start))
