"""A played chain's report through an engine, as headquarters works it out; and sums of arrays, for who looks every day."""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

import numpy as np
from fakes.plain_columns import Columns, rows_of
from numpy.typing import NDArray

from device.arms import Experiment
from model_export.engine import Engine, opened
from model_export.worth import judging, reading
from model_export.worth.intervals import Moments
from model_export.worth.reading import Report

_OPEN = ExitStack()
atexit.register(_OPEN.close)


@cache
def duckdb() -> Engine:
    """One for the whole run."""
    return _OPEN.enter_context(opened("duckdb"))


def report(columns: Columns, tested: Experiment, gaps: Iterable[str] = ()) -> Report:
    engine = duckdb()
    return reading.read(engine, engine.keep("measured", rows_of(columns, tested)), tested, gaps)


@contextmanager
def sales(columns: Columns) -> Iterator[judging.Sales]:
    """As a plan is made from them."""
    engine = duckdb()
    yield judging.sales(engine, engine.keep("measured", rows_of(columns, None)), None)


def moments(y: NDArray[np.float64], x: NDArray[np.float64], unit: NDArray[np.int64] | None = None) -> Moments:
    """Of y float64[n] and covariates float64[n, k], as they stand. `unit`: receipts with the same number are one unit."""
    v = np.column_stack([np.ones(len(y)), y, x])
    if unit is None:
        return Moments(len(y), v.T @ v, v.T @ v)
    names, place = np.unique(unit, return_inverse=True)
    each = np.zeros((len(names), v.shape[1]))
    np.add.at(each, place, v)
    return Moments(len(names), v.T @ v, each.T @ each)
