"""The report as a value: what one experiment says so far.

*Population*: where arms differ only in where or how suggestions are shown, the receipts on which something was suggested or
would have been, which is the same in all arms until something is shown; where they differ in what is suggested, every receipt
in an arm.

Each difference stands beside its interval, which holds at every look. The metric that the experiment's file names (`decides`) is
the one question: with one arm beside the control arm it is an effect when its interval leaves zero out, with several after Holm
over them. All others are questions beside it: each is an effect when its `corrected` p, by Holm over all of them and all arms, is
at most alpha. Without a deciding metric all are corrected together.

By store, by hour of day and by segment (known shoppers, strangers) the intervals of one family hold all at once (level alpha /
parts, after Bonferroni), and a part is called an effect when its `q`, corrected after Benjamini and Hochberg within the family,
is at most alpha.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import msgspec

from model_export.worth import asking, judging
from model_export.worth.guardrails import Beyond, Compared, beyond
from model_export.worth.intervals import Difference, corrected, difference, sample_ratio, stepped_down
from model_export.worth.measuring import REGULARS
from model_export.worth.metrics import METRICS
from model_export.worth.sound import Remark
from model_export.worth.words import WORDS

if TYPE_CHECKING:
    from device.arms import Experiment
    from model_export.engine import Engine
    from model_export.worth.asking import Armed
    from model_export.worth.judging import Sales
    from model_export.worth.sums import Sums

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
    """Receipts with a painted suggestion; painted suggestions where the figure is of these."""
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
    decides: str
    """The metric that decides; "": none was named."""
    arms: tuple[Arm, ...]
    sample_ratio_p: float
    sample_ratio_sound: bool
    compared: tuple[Compared, ...]
    parts: tuple[Part, ...]
    usual: tuple[Usual, ...]
    guardrails: tuple[Beyond, ...]
    remarks: tuple[Remark, ...]


def read(engine: Engine, rows: Any, experiment: Experiment, gaps: Iterable[str] = ()) -> Report:
    """`rows`: the measured rows (`rows`) as a table of the engine's."""
    told = judging.sales(engine, rows, experiment, gaps)
    table = told.table
    population = (table.arm >= 0) if experiment.varied else (table.arm >= 0) & (table.offered > 0)
    armed = asking.armed(told, population, len(experiment.arm))
    units = [one.receipts if experiment.unit == "receipt" else one.shoppers for one in armed]
    p = sample_ratio(units, [arm.share for arm in experiment.arm])
    last = max(one.last for one in armed)
    compared, parts = list[Compared](), list[Part]()
    sums = dict(_added_up(told, experiment, population))
    for metric in METRICS:
        measured = _Measured(metric.name, metric.unit, sums, experiment)
        compared += measured.arms()
        parts += measured.parts() if metric.name in IN_PARTS else ()
    compared = _corrected(compared, experiment.decides)
    return Report(
        experiment=experiment.name,
        unit=experiment.unit,
        first_day=experiment.first_day.isoformat(),
        last_day=experiment.last_day.isoformat(),
        until=date.fromordinal(last).isoformat() if last else "",
        currency=told.currency,
        population="every" if experiment.varied else "suggested",
        decides=experiment.decides or "",
        arms=tuple(
            Arm(arm.name, experiment.propensity(arm), one.receipts, one.compared)
            for arm, one in zip(experiment.arm, armed, strict=True)
        ),
        sample_ratio_p=p,
        sample_ratio_sound=p >= RATIO_ALPHA,
        compared=tuple(compared),
        parts=tuple(parts),
        usual=tuple(_usual(armed)),
        guardrails=tuple(beyond(experiment, compared, last + 1 if last else 0, told.currency)),
        remarks=told.judged.remarks,
    )


def _added_up(told: Sales, experiment: Experiment, population: Any) -> Iterator[tuple[int, Sums]]:
    """By arm; one that was stopped is compared until then, with what the control arm did until then."""
    table = told.table
    before = (table.arm < 0) & (table.day < experiment.first_day.toordinal())
    ends = {stop.arm: stop.day for stop in experiment.stopped}
    added: dict[date | None, Sums] = {}
    for place, arm in enumerate(experiment.arm[1:], 1):
        end = ends.get(arm.name)
        if end not in added:
            among = population if end is None else population & (table.day < end.toordinal())
            added[end] = asking.add_up(told, METRICS, before, among, len(experiment.arm), shoppers=experiment.unit == "shopper")
        yield place, added[end]


class _Measured:
    """One metric of the population."""

    def __init__(self, metric: str, unit: str, sums: dict[int, Sums], experiment: Experiment) -> None:
        self._metric, self._unit, self._sums, self._experiment = metric, unit, sums, experiment

    def arms(self) -> Iterator[Compared]:
        for place, arm in enumerate(self._experiment.arm[1:], 1):
            if (told := self._difference("all", 0, place, ALPHA)) is not None:
                yield self._compared(arm.name, told)

    def parts(self) -> Iterator[Part]:
        for place, arm in enumerate(self._experiment.arm[1:], 1):
            for kind in ("store", "hour", "segment"):
                chosen = self._chosen(kind, place)
                level = ALPHA / max(len(chosen), 1)
                told = [(name, self._difference(kind, part, place, level)) for part, name in chosen]
                found = [(name, one) for name, one in told if one is not None]
                for (name, one), q in zip(found, corrected([one.p for _, one in found]), strict=True):
                    yield Part(kind, name, self._compared(arm.name, one), q, q <= ALPHA)

    def _chosen(self, kind: str, place: int) -> list[tuple[int, str]]:
        """All parts of the family that are asked about: every store, both segments, each hour that is known and has a sale."""
        sums = self._sums[place]
        named = list(enumerate(sums.parts[kind]))
        if kind != "hour":
            return named
        sold = [
            any(sums.moments(kind, part, arm, self._metric).units for arm in range(len(self._experiment.arm)))
            for part, _ in named
        ]
        return [(part, name) for part, name in named if name and sold[part]]

    def _difference(self, kind: str, part: int, place: int, alpha: float) -> Difference | None:
        sums = self._sums[place]
        control, treatment = (sums.moments(kind, part, arm, self._metric) for arm in (0, place))
        return difference(control, treatment, self._experiment.receipts, alpha=alpha, centre=sums.centre[self._metric])

    def _compared(self, arm: str, told: Difference) -> Compared:
        return Compared(
            metric=self._metric,
            unit=self._unit,
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


def _corrected(compared: list[Compared], decides: str | None) -> list[Compared]:
    """After Holm: what decides, over the arms; all others together."""
    for deciding in (True, False):
        family = [place for place, one in enumerate(compared) if (one.metric == decides) is deciding]
        for place, p in zip(family, stepped_down([compared[place].p for place in family]), strict=True):
            compared[place] = msgspec.structs.replace(compared[place], corrected=p, effect=p <= ALPHA)
    return compared


def _usual(armed: tuple[Armed, ...]) -> Iterator[Usual]:
    shown = sum(one.shown for one in armed)
    offered, exposed = (sum(getattr(one, name) for one in armed[1:]) for name in ("offered", "exposed"))
    visits = sum(one.visits for one in armed)
    for name, value, of in (
        ("exposure", exposed, offered),
        ("answered", sum(one.answered for one in armed), shown),
        ("by lot", sum(one.explored for one in armed), shown),
        ("CTR", sum(one.accepted for one in armed), shown),
        ("conversion", sum(one.bought for one in armed), shown),
        ("mean check", sum(one.total for one in armed), shown),
        ("repeat purchase", sum(one.again for one in armed), visits),
    ):
        yield Usual(name, value / of if of else None, shown, WORDS["en"][f"how_{name}"])
    told = {name: sum(getattr(one, name) for one in armed) for name in REGULARS}
    for name, part, whole in (
        ("novelty", "regulars_new", "regulars_shown"),
        ("regulars' taken", "regulars_taken", "regulars_shown"),
        ("new taken", "new_taken", "new_shown"),
        ("missed taken", "missed_taken", "missed_shown"),
    ):
        value = told[part] / told[whole] if told[whole] else None
        yield Usual(name, value, int(told[whole]), WORDS["en"][f"how_{name}"])
