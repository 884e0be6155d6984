"""Arms that are worse than allowed: found by the report, stopped by the night's training, told by both.

An arm is beyond a guardrail when its whole interval is: at any look, with a probability of at most 5 % for an arm that is not.
More seconds at the till are worse; of everything else, less is.

Why is figures (`device.arms.Passed`), in the experiment's file as in the report; `why` makes each language's sentence of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from device import arms
from device.arms import Passed
from model_export.whole import appears_whole
from model_export.worth.metrics import METRICS, scale_of
from model_export.worth.words import amount, local

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
    passed: Passed | None
    """Money in units of the currency, as in the file; None: it was stopped by hand."""
    words: str
    """Of whoever stopped it by hand; "" otherwise."""
    stopped: bool
    """It is written in the experiment's file; otherwise the next training with it stops the arm."""


def beyond(experiment: Experiment, compared: Iterable[Compared], day: int, currency: str) -> Iterator[Beyond]:
    """Those that are stopped, and those that are to be from this day on (proleptic ordinal). `currency`: of what is compared."""
    done = {stop.arm for stop in experiment.stopped}
    yield from (Beyond(one.arm, one.day.isoformat(), one.beyond, one.why, stopped=True) for one in experiment.stopped)
    for one in compared:
        for rail in experiment.guardrail:
            if rail.metric != one.metric or one.arm in done:
                continue
            scale = scale_of(one.unit, currency)
            if one.low > rail.by * scale if one.metric == "till" else one.high < -rail.by * scale:
                done.add(one.arm)
                passed = Passed(metric=rail.metric, low=float(one.low / scale), high=float(one.high / scale), allowed=rail.by)
                yield Beyond(one.arm, date.fromordinal(day).isoformat(), passed, "", stopped=False)


def why(one: Beyond, currency: str, words: Mapping[str, str]) -> str:
    """A sentence; `words`: a language of `words.WORDS`."""
    if (passed := one.passed) is None:
        return one.words
    unit = next(metric.unit for metric in METRICS if metric.name == passed.metric)
    scale = scale_of(unit, currency)
    worst = passed.allowed if passed.metric == "till" else -passed.allowed
    low, high, allowed = (
        local(amount(value * scale, unit, currency, sign=True), words) for value in (passed.low, passed.high, worst)
    )
    return words["beyond"].format(metric=words[passed.metric], low=low, high=high, allowed=allowed)


def stop(path: Path, found: Iterable[Beyond]) -> bytes:
    """Write the stops at the end of the experiment's file, and return it. OutputError and SettingsError where it cannot be."""
    text = path.read_bytes()
    for one in found:
        if not one.stopped and (passed := one.passed) is not None:
            ends = f"low = {passed.low!r}, high = {passed.high!r}, allowed = {passed.allowed!r}"
            told = f'beyond = {{metric = "{passed.metric}", {ends}}}'
            text = text.rstrip() + f'\n\n[[stopped]]\narm = "{one.arm}"\nday = {one.day}\n{told}\n'.encode()
    arms.parse(text, str(path))
    with appears_whole(path) as unfinished:
        unfinished.write_bytes(text)
    return text
