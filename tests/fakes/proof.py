"""Experiments of known truth, looked at every day: how often an interval failed to cover, or called nothing something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from fakes.engine_report import moments
from fakes.plain_report import covariates, value
from fakes.played_chain import FIRST_DAY, Chain, play
from numpy.typing import NDArray

from model_export.worth.intervals import difference
from model_export.worth.judging import NONE
from model_export.worth.metrics import METRICS


class Seen(NamedTuple):
    """One metric of one experiment."""

    missed: bool
    """On some day the interval did not hold the truth of the receipts until then."""
    called: bool
    """On some day zero was left out."""
    called_at_last: bool
    once: bool
    """An ordinary 95 % interval, looked at every day, would have called it."""
    looks: int


def slice_of(treated: NDArray[np.bool_], end: int, side: bool) -> NDArray[np.int64]:
    """The receipts of one arm until then."""
    return np.flatnonzero(treated[:end] == side)


def looked_at_daily(chain: Chain, seed: int, names: Sequence[str], planned: float) -> dict[str, Seen]:
    played = play(chain, seed)
    columns = played.columns
    before, within = columns.day < FIRST_DAY, columns.arm != NONE
    ends = np.searchsorted(columns.day[within], np.arange(FIRST_DAY + 1, FIRST_DAY + chain.days + 1))
    treated = columns.arm[within] == 1
    shopper = columns.shopper[within] if chain.unit == "shopper" else None
    found = {}
    for metric in METRICS:
        if metric.name not in names:
            continue
        y = value(metric, columns)
        x, y, truth = covariates(columns, before, y)[within], y[within], played.truth[metric.name][within]
        running = np.cumsum(truth) / np.arange(1, len(truth) + 1)
        missed = called = once = last = False
        looks = 0
        for end in ends.tolist():
            sides = (slice_of(treated, end, side) for side in (False, True))
            told = difference(*(moments(y[rows], x[rows], None if shopper is None else shopper[rows]) for rows in sides), planned)
            if told is None:
                continue
            looks += 1
            missed |= not told.low <= running[end - 1] <= told.high
            last = not told.low <= 0 <= told.high
            called |= last
            once |= abs(told.estimate) > 1.96 * told.deviation / np.sqrt(told.units)
        found[metric.name] = Seen(missed, called, last, once, looks)
    return found
