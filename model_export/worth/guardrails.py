"""Arms that are worse than allowed: found by the report, stopped by the night's training, told by both.

An arm is beyond a guardrail when its whole interval is: at any look, with a probability of at most 5 % for an arm that is not.
More seconds at the till are worse; of everything else, less is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from device import arms
from model_export.whole import appears_whole
from model_export.worth.words import amount

if TYPE_CHECKING:
    from device.arms import Experiment


class Compared(msgspec.Struct, frozen=True):
    """One metric of one arm beside the control arm's. Money in minor units."""

    metric: str
    unit: str
    arm: str
    units: int
    """Receipts, or shoppers where these are drawn, of both arms."""
    control: float
    treatment: float
    difference: float
    low: float
    high: float
    p: float
    spared: float
    """Share of the variance that covariates took away."""
    corrected: float
    """p after Holm, over all metrics and arms that are asked beside the one that decides; see `reading`."""
    effect: bool
    """By `corrected`; of a part of the receipts: zero is not in the interval."""


class Beyond(msgspec.Struct, frozen=True):
    """An arm that is worse than its guardrail allows, or was stopped for that."""

    arm: str
    day: str
    """From which on it is, or is to be, stopped."""
    why: str
    stopped: bool
    """It is written in the experiment's file; otherwise the next training with it stops the arm."""


def beyond(experiment: Experiment, compared: Iterable[Compared], currency: str, day: int) -> Iterator[Beyond]:
    """Those that are stopped, and those that are to be from this day on (proleptic ordinal)."""
    done = {stop.arm for stop in experiment.stopped}
    yield from (Beyond(stop.arm, stop.day.isoformat(), stop.why, stopped=True) for stop in experiment.stopped)
    for one in compared:
        for rail in experiment.guardrail:
            if rail.metric != one.metric or one.arm in done:
                continue
            limit = rail.by * (100 if one.unit == "money" else 1)
            if one.low > limit if one.metric == "till" else one.high < -limit:
                done.add(one.arm)
                low, high = (amount(value, one.unit, currency, sign=True) for value in (one.low, one.high))
                why = f"{one.metric}: the difference to the control arm is between {low} and {high}, allowed is {rail.by:g}"
                yield Beyond(one.arm, date.fromordinal(day).isoformat(), why, stopped=False)


def stop(path: Path, found: Iterable[Beyond]) -> bytes:
    """Write the stops at the end of the experiment's file, and return it. OutputError and SettingsError where it cannot be."""
    text = path.read_bytes()
    for one in found:
        if not one.stopped:
            # A JSON string is a TOML one.
            quoted = msgspec.json.encode(one.why).decode()
            text = text.rstrip() + f'\n\n[[stopped]]\narm = "{one.arm}"\nday = {one.day}\nwhy = {quoted}\n'.encode()
    arms.parse(text, str(path))
    with appears_whole(path) as unfinished:
        unfinished.write_bytes(text)
    return text
