"""The report worked out receipt by receipt over arrays: slow, plain, and what the engine's is held to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec
import numpy as np
import pyarrow as pa
from fakes.plain_columns import Columns, columns_of
from fakes.plain_sound import sound
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from device.arms import Experiment
from model_export.worth.guardrails import Compared, beyond
from model_export.worth.intervals import LEAST, Difference, p_value, radius, sample_ratio
from model_export.worth.judging import NONE
from model_export.worth.metrics import LEAST_CELL, METRICS, REPEAT_DAYS, SHRINK, Metric
from model_export.worth.reading import ALPHA, IN_PARTS, RATIO_ALPHA, Arm, Part, Report, Usual
from model_export.worth.words import WORDS


def report(rows: pa.Table, tested: Experiment, gaps: Iterable[str] = ()) -> Report:
    """`rows`: measured rows, in any order."""
    return read(*columns_of(rows, tested), tested, gaps)


def value(metric: Metric, columns: Columns) -> NDArray[np.float64]:
    """Of every receipt, NaN where it is not known."""
    if metric.name == "repeat":
        return repeat(columns)
    if metric.name == "conversion":
        return (columns.values["attached"] > 0).astype(np.float64)
    return columns.values[metric.column]


def repeat(columns: Columns) -> NDArray[np.float64]:
    came = np.full(len(columns), np.nan)
    known = np.flatnonzero(columns.shopper != NONE)
    if not len(known):
        return came
    order = known[np.lexsort((columns.closed_s[known], columns.shopper[known]))]
    same = columns.shopper[order][1:] == columns.shopper[order][:-1]
    soon = np.diff(columns.closed_s[order]) <= REPEAT_DAYS * 86_400
    came[order] = [*(same & soon).tolist(), False]
    came[columns.closed_s > columns.closed_s.max() - REPEAT_DAYS * 86_400] = np.nan
    return came


def covariates(columns: Columns, before: NDArray[np.bool_], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[n, 0 or 2]: how the metric stood, before the experiment, in the receipt's store and hour, and with its shopper.

    `before`: the receipts of that time. What a shopper's past says is drawn towards the mean the less there is of it.
    """
    told = before & ~np.isnan(y)
    if told.sum() < LEAST_CELL:
        return np.zeros((len(columns), 0))
    cell = columns.store * 25 + columns.hour + 1
    cells = int(cell.max()) + 1
    count, total = np.bincount(cell[told], minlength=cells), np.bincount(cell[told], y[told], minlength=cells)
    stores = columns.store
    store_count, store_total = np.bincount(stores[told], minlength=cells), np.bincount(stores[told], y[told], minlength=cells)
    mean = float(y[told].mean())
    of_store = np.where(store_count >= LEAST_CELL, store_total / np.maximum(store_count, 1), mean)
    expected = np.where(count[cell] >= LEAST_CELL, total[cell] / np.maximum(count[cell], 1), of_store[stores])
    known = told & (columns.shopper != NONE)
    shoppers = int(columns.shopper.max(initial=0)) + 1
    visits = np.bincount(columns.shopper[known], minlength=shoppers)
    above = np.bincount(columns.shopper[known], (y - expected)[known], minlength=shoppers)
    personal = np.where(columns.shopper == NONE, 0.0, (above / (visits + SHRINK))[columns.shopper])
    return np.column_stack((expected, personal))


def difference(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    covariates: NDArray[np.float64],
    planned: float,
    *,
    alpha: float = 0.05,
    unit: NDArray[np.int64] | None = None,
) -> Difference | None:
    """None where an arm has fewer than `LEAST` units.

    `y` float64[n], without NaN. `covariates` float64[n, k]; k may be 0, NaN is taken for the mean. `unit`: receipts with the same
    number were drawn together.
    """
    sides = (~treated, treated)
    counts = [int(side.sum()) for side in sides]
    units = counts if unit is None else [len(np.unique(unit[side])) for side in sides]
    if min(units) < LEAST:
        return None
    means = [float(y[side].mean()) for side in sides]
    residual = y - np.where(treated, means[1], means[0])
    plain = residual
    x = covariates
    shift = 0.0
    if x.shape[1]:
        x = np.where(np.isnan(x), np.nanmean(x, axis=0, keepdims=True), x)
        centres = np.stack([x[side].mean(axis=0) for side in sides])
        within = x - centres[treated.astype(np.intp)]
        slope = np.linalg.lstsq(within.T @ within, within.T @ residual, rcond=1e-10)[0]
        residual = residual - within @ slope
        shift = float((centres[1] - centres[0]) @ slope)
    variance = _variance(residual, sides, counts, unit)
    before = _variance(plain, sides, counts, unit)
    total = sum(units)
    deviation = math.sqrt(total * variance)
    estimate = means[1] - means[0] - shift
    half = radius(total, deviation, alpha, planned)
    return Difference(
        units=total,
        control=means[0],
        treatment=means[1],
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        p=p_value(estimate, total, deviation, alpha, planned),
        deviation=deviation,
        spared=1 - variance / before if before > 0 else 0.0,
    )


def _variance(
    residual: NDArray[np.float64], sides: Sequence[NDArray[np.bool_]], counts: Sequence[int], unit: NDArray[np.int64] | None
) -> float:
    """Of the difference of means."""
    if unit is None:
        return sum(float(residual[side] @ residual[side]) / (n * (n - 1)) for side, n in zip(sides, counts, strict=True))
    found = 0.0
    for side, n in zip(sides, counts, strict=True):
        _, place = np.unique(unit[side], return_inverse=True)
        sums = np.bincount(place, residual[side])
        found += float(sums @ sums) / n**2 * len(sums) / (len(sums) - 1)
    return found


def read(columns: Columns, left_out: dict[str, int], experiment: Experiment, gaps: Iterable[str] = ()) -> Report:
    left, remarks = sound(columns, experiment, left_out, gaps)
    varied = any(arm.policy or arm.model for arm in experiment.arm)
    in_arm = left.arm != NONE
    population = in_arm if varied else in_arm & (left.values["offered"] > 0)
    names = [arm.name for arm in experiment.arm]
    drawn = _units(left, experiment, in_arm)
    p = sample_ratio([drawn[place] for place in range(len(names))], [arm.share for arm in experiment.arm])
    days = left.day[in_arm]
    compared, parts = list[Compared](), list[Part]()
    for metric in METRICS:
        measured = _Measured(metric, left, experiment, population)
        compared += measured.arms()
        parts += measured.parts() if metric.name in IN_PARTS else ()
    compared = _decided(compared, experiment)
    return Report(
        experiment=experiment.name,
        unit=experiment.unit,
        first_day=experiment.first_day.isoformat(),
        last_day=experiment.last_day.isoformat(),
        until=date.fromordinal(int(days.max())).isoformat() if len(days) else "",
        currency=left.currency,
        population="every" if varied else "suggested",
        decides=experiment.decides or "",
        arms=tuple(
            Arm(
                arm.name,
                experiment.propensity(arm),
                int((left.arm == place).sum()),
                int((population & (left.arm == place)).sum()),
            )
            for place, arm in enumerate(experiment.arm)
        ),
        sample_ratio_p=p,
        sample_ratio_sound=p >= RATIO_ALPHA,
        compared=tuple(compared),
        parts=tuple(parts),
        usual=tuple(_usual(left, in_arm)),
        guardrails=tuple(beyond(experiment, compared, int(days.max()) + 1 if len(days) else 0, left.currency)),
        remarks=remarks,
    )


class _Measured:
    """One metric of the population, with what was known of it before."""

    def __init__(self, metric: Metric, columns: Columns, experiment: Experiment, population: NDArray[np.bool_]) -> None:
        self.metric = metric
        self._columns = columns
        self._experiment = experiment
        y = value(metric, columns)
        before = (columns.arm == NONE) & (columns.day < experiment.first_day.toordinal())
        self._y, self._x = y, covariates(columns, before, y)
        self._of = population & ~np.isnan(y)

    def arms(self) -> Iterator[Compared]:
        for place, arm in enumerate(self._experiment.arm[1:], 1):
            if (told := self._difference(place, self._of, ALPHA)) is not None:
                yield self._compared(arm.name, told)

    def parts(self) -> Iterator[Part]:
        for place, arm in enumerate(self._experiment.arm[1:], 1):
            for kind, of_kind in self._kinds():
                level = ALPHA / len(of_kind)
                told = [(name, self._difference(place, self._of & chosen, level)) for name, chosen in of_kind]
                found = [(name, one) for name, one in told if one is not None]
                for (name, one), q in zip(found, _corrected([one.p for _, one in found]), strict=True):
                    yield Part(kind, name, self._compared(arm.name, one), q, q <= ALPHA)

    def _kinds(self) -> Iterator[tuple[str, Sequence[tuple[str, NDArray[np.bool_]]]]]:
        columns = self._columns
        if columns.stores:
            yield "store", [(name, columns.store == place) for place, name in enumerate(columns.stores)]
        hours = np.unique(columns.hour[self._of & (columns.hour != NONE)]).tolist()
        if hours:
            yield "hour", [(f"{hour:02}", columns.hour == hour) for hour in hours]
        yield "segment", [("known shoppers", columns.shopper != NONE), ("strangers", columns.shopper == NONE)]

    def _difference(self, place: int, chosen: NDArray[np.bool_], alpha: float) -> Difference | None:
        chosen = chosen & ((self._columns.arm == 0) | (self._columns.arm == place))
        for stop in self._experiment.stopped:
            if stop.arm == self._experiment.arm[place].name:
                chosen = chosen & (self._columns.day < stop.day.toordinal())
        unit = self._columns.shopper[chosen] if self._experiment.unit == "shopper" else None
        treated = self._columns.arm[chosen] == place
        return difference(self._y[chosen], treated, self._x[chosen], self._experiment.receipts, alpha=alpha, unit=unit)

    def _compared(self, arm: str, told: Difference) -> Compared:
        return Compared(
            metric=self.metric.name,
            unit=self.metric.unit,
            arm=arm,
            units=told.units,
            control=told.control,
            treatment=told.treatment,
            difference=told.estimate,
            low=told.low,
            high=told.high,
            p=told.p,
            spared=told.spared,
            corrected=told.p,
            effect=not told.low <= 0 <= told.high,
        )


def _units(columns: Columns, experiment: Experiment, in_arm: NDArray[np.bool_]) -> dict[int, int]:
    """How many units were drawn into each arm."""
    arms = range(len(experiment.arm))
    if experiment.unit == "receipt":
        return {place: int((columns.arm == place).sum()) for place in arms}
    return {place: len(np.unique(columns.shopper[in_arm & (columns.arm == place)])) for place in arms}


def _usual(columns: Columns, in_arm: NDArray[np.bool_]) -> Iterator[Usual]:
    shown = in_arm & (columns.values["painted"] > 0)
    count = int(shown.sum())

    def mean(values: NDArray[np.float64]) -> float | None:
        told = values[shown]
        told = told[~np.isnan(told)]
        return float(told.mean()) if len(told) else None

    offered = in_arm & (columns.values["offered"] > 0) & (columns.arm != 0)
    exposure = float(shown[offered].mean()) if offered.any() else None
    conversion = (columns.values["attached"] > 0).astype(np.float64)
    again = repeat(columns)
    for name, value in (
        ("exposure", exposure),
        ("answered", mean(columns.values["answered"])),
        ("by lot", mean(columns.values["explored"])),
        ("CTR", mean(columns.values["accepted"])),
        ("conversion", mean(conversion)),
        ("mean check", mean(columns.values["total"])),
        ("repeat purchase", mean(again)),
    ):
        yield Usual(name, value, count, WORDS["en"][f"how_{name}"])
    for name, part, whole in (
        ("novelty", "regulars_new", "regulars_shown"),
        ("regulars' taken", "regulars_taken", "regulars_shown"),
        ("new taken", "new_taken", "new_shown"),
        ("missed taken", "missed_taken", "missed_shown"),
    ):
        parts, wholes = (float(columns.values[one][shown].sum()) for one in (part, whole))
        yield Usual(name, parts / wholes if wholes else None, int(wholes), WORDS["en"][f"how_{name}"])


def _corrected(p: Sequence[float]) -> list[float]:
    return [float(q) for q in false_discovery_control(np.array(p))] if p else []


def _decided(compared: list[Compared], tested: Experiment) -> list[Compared]:
    """Holm, by its definition: the largest of (n - rank + 1) p over all that are as small or smaller."""
    found = []
    for one in compared:
        family = [other.p for other in compared if (other.metric == tested.decides) is (one.metric == tested.decides)]
        smaller = [sum(p >= other for p in family) * other for other in family if other <= one.p]
        p = min(1.0, max(smaller))
        found.append(msgspec.structs.replace(one, corrected=p, effect=p <= ALPHA))
    return found
