"""The report as a value: what one experiment says so far.

*Population*: where arms differ only in whether suggestions are shown, the receipts on which something was suggested or would have
been, which is the same in all arms until something is shown; where they differ in policy, every receipt in an arm.

Each difference stands beside its interval. By store, by hour of day and by segment (known shoppers, strangers) the intervals of
one family hold all at once (level alpha / parts, after Bonferroni), and a part is called an effect when its `q`, corrected after
Benjamini and Hochberg within the family, is at most alpha.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from model_export.worth.columns import NONE, Columns
from model_export.worth.guardrails import Beyond, Compared, beyond
from model_export.worth.intervals import Difference, corrected, difference, sample_ratio
from model_export.worth.metrics import METRICS, Metric, covariates
from model_export.worth.sound import Remark, sound
from model_export.worth.words import WORDS

if TYPE_CHECKING:
    from device.arms import Experiment

ALPHA: Final = 0.05
RATIO_ALPHA: Final = 0.01
IN_PARTS: Final = ("conversion", "items", "receipt")


class Arm(msgspec.Struct, frozen=True):
    name: str
    share: float
    """Of the units, as planned."""
    receipts: int
    compared: int
    """Those of the population."""


class Part(msgspec.Struct, frozen=True):
    kind: str
    """store, hour or segment."""
    name: str
    compared: Compared
    q: float
    effect: bool


class Usual(msgspec.Struct, frozen=True):
    """A figure under the name that others advertise it by, of all arms in which suggestions are shown."""

    name: str
    value: float | None
    """Money in minor units; None: nothing was shown, or nobody is known."""
    shown: int
    """Receipts with a painted suggestion."""
    how: str


class Report(msgspec.Struct, frozen=True):
    experiment: str
    unit: str
    first_day: str
    last_day: str
    until: str
    """The last day of which there is a receipt in an arm; "" without any."""
    currency: str
    population: str
    """suggested or every: see above."""
    arms: tuple[Arm, ...]
    sample_ratio_p: float
    sample_ratio_sound: bool
    compared: tuple[Compared, ...]
    parts: tuple[Part, ...]
    usual: tuple[Usual, ...]
    guardrails: tuple[Beyond, ...]
    remarks: tuple[Remark, ...]


def read(columns: Columns, experiment: Experiment, gaps: Iterable[str] = ()) -> Report:
    judged = sound(columns, experiment, gaps)
    left = judged.columns
    varied = any(arm.policy for arm in experiment.arm)
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
    return Report(
        experiment=experiment.name,
        unit=experiment.unit,
        first_day=experiment.first_day.isoformat(),
        last_day=experiment.last_day.isoformat(),
        until=date.fromordinal(int(days.max())).isoformat() if len(days) else "",
        currency=left.currency,
        population="every" if varied else "suggested",
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
        guardrails=tuple(beyond(experiment, compared, left.currency, int(days.max()) + 1 if len(days) else 0)),
        remarks=judged.remarks,
    )


class _Measured:
    """One metric of the population, with what was known of it before."""

    def __init__(self, metric: Metric, columns: Columns, experiment: Experiment, population: NDArray[np.bool_]) -> None:
        self.metric = metric
        self._columns = columns
        self._experiment = experiment
        y = metric.of(columns)
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
                for (name, one), q in zip(found, corrected([one.p for _, one in found]), strict=True):
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
    again = next(metric for metric in METRICS if metric.name == "repeat").of(columns)
    for name, value in (
        ("exposure", exposure),
        ("CTR", mean(columns.values["accepted"])),
        ("conversion", mean(conversion)),
        ("mean check", mean(columns.values["total"])),
        ("repeat purchase", mean(again)),
    ):
        yield Usual(name, value, count, WORDS["en"][f"how_{name}"])
