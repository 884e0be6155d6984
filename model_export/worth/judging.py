"""Which rows are compared: those that every rule of `sound` leaves, as an expression that the engine has still to work out.

The rules are asked one after the other, for each may leave out what the next would judge by: receipts that came twice, other
currencies, outliers by the middle total, then groups of receipts that are alike in all that a rule looks at. What reaches this
process grows with registers, days and hours; where a rule finds nothing, later questions do not ask again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis
import pyarrow as pa

from model_export.worth.draws import drawn
from model_export.worth.metrics import METRICS, REPEAT_DAYS
from model_export.worth.sound import OUTLIER, Groups, Judged, judge

if TYPE_CHECKING:
    from device.arms import Experiment
    from model_export.engine import Engine

NONE: Final = -1
_DAY_S: Final = 86_400
_KEY: Final = 2**31


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """What is left of the rows to be compared, as an expression: `arm` a place or NONE, `hour` NONE where it is not believed."""

    engine: Engine
    table: Any
    """With a column y_METRIC for each metric; nothing where it is not known."""
    judged: Judged
    currency: str
    stores: tuple[str, ...]
    centre: Mapping[str, float]
    """Of each metric, a number near its mean: sums are taken about it."""


def sales(engine: Engine, rows: Any, experiment: Experiment | None, gaps: Iterable[str] = ()) -> Sales:
    """Judge the rows by every rule of `sound`, and leave out what they say."""
    measured = rows.filter(rows.rule.isnull()).mutate(key=rows.utc_day.cast("int64") * _KEY + rows.nth)
    left_out = {row["rule"]: row["n"] for row in answers(engine, counts(rows.filter(rows.rule.notnull()), "rule"))}
    measured, left_out["twice"] = _once(engine, measured)
    measured, currency, left_out["currency"] = _one_currency(engine, measured)
    (middle,) = answers(engine, measured.aggregate(middle=measured.total.median()))
    most = OUTLIER * float(middle["middle"] or 0.0)
    told = _with_arms(measured, experiment, engine.backend.name)
    outlier = (told.total > most) | (told.total <= 0)
    groups = Groups.of(engine.run(_groups(told, outlier)))
    judged = judge(groups, experiment, left_out, most, currency, gaps)
    left = told.filter(~outlier)
    if judged.swapped:
        left = left.filter(left.arm == left.drawn)
    left = _without(engine, left, judged)
    (about,) = answers(
        engine,
        left.aggregate(
            last=left.closed_s.max(),
            **{metric.column: left[metric.column].mean() for metric in METRICS if metric.column},
        ),
    )
    table = _with_metrics(engine, left, int(about["last"] or 0))
    centre = {metric.name: float(about.get(metric.column) or 0.0) for metric in METRICS}
    return Sales(engine, table, judged, currency, groups.stores, centre)


def answers(engine: Engine, question: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.run(question).to_pylist()
    return rows


def counts(table: Any, name: str) -> Any:
    return table.group_by(name).agg(n=table.count())


def _once(engine: Engine, table: Any) -> tuple[Any, int]:
    """Without what came before under another key; and how many those are."""
    several = table.group_by("identity").agg(n=table.count())
    several = several.filter(several.n > 1).select("identity")
    (found,) = answers(engine, several.aggregate(n=several.count()))
    if not found["n"]:
        return table, 0
    theirs = table.semi_join(several, "identity")
    number = ibis.row_number().over(ibis.window(group_by=theirs.identity, order_by=theirs.key))
    theirs = theirs.select(later=theirs.key, number=number)
    again = engine.kept_answer("tillside_twice", theirs.filter(theirs.number > 0).select("later"))
    (count,) = answers(engine, again.aggregate(n=again.count()))
    return table.anti_join(again, table.key == again.later), int(count["n"])


def _one_currency(engine: Engine, table: Any) -> tuple[Any, str, int]:
    """Only the receipts of the currency that most have; its name; and how many others there are."""
    found = answers(engine, table.group_by("currency").agg(n=table.count(), first=table.key.min()))
    if not found:
        return table, "", 0
    main = max(found, key=lambda one: (one["n"], -one["first"]))
    others = sum(one["n"] for one in found) - main["n"]
    return (table.filter(table.currency == main["currency"]) if others else table), main["currency"], others


def _with_arms(table: Any, experiment: Experiment | None, backend: str) -> Any:
    """`arm` as a place among the experiment's or NONE, and `drawn` by its key where there is an arm on a day of it, else NONE."""
    if experiment is None:
        return table.mutate(arm=ibis.literal(NONE), drawn=ibis.literal(NONE))
    named = table.arm.cases(*((arm.name, place) for place, arm in enumerate(experiment.arm)), else_=NONE)
    table = table.mutate(arm=(table.experiment == experiment.name).ifelse(named, NONE))
    unit = table.receipt if experiment.unit == "receipt" else table.shopper
    first, last = experiment.first_day.toordinal(), experiment.last_day.toordinal()
    none = (table.arm == NONE) | (table.day < first) | (table.day > last)
    return table.mutate(drawn=none.ifelse(NONE, drawn(unit, experiment, backend)))


def _groups(table: Any, outlier: Any) -> Any:
    table = table.mutate(outlier=outlier, differs=table.arm != table.drawn, within=table.arm >= 0)
    return table.group_by(["store", "device", "day", "hour", "ahead", "within"]).agg(
        receipts=table.count(),
        outliers=table.count(where=table.outlier),
        differs=table.count(where=table.differs),
        swapped=table.count(where=table.differs & ~table.outlier),
        lied=table.lied.sum(),
        hidden=table.count(where=(table.painted == 0) & table.within),
    )


def _without(engine: Engine, table: Any, judged: Judged) -> Any:
    """Without what lying registers call an arm, and without hours that are not believed."""
    for name, pairs in (("lying", judged.lying), ("moved", judged.moved)):
        if not pairs:
            continue
        told = pa.table(
            {f"{name}_device": [device for device, _ in pairs], f"{name}_day": pa.array([day for _, day in pairs], "int32")}
        )
        doubted = engine.keep(f"tillside_{name}", told)
        mine = [table.device == doubted[f"{name}_device"], table.day == doubted[f"{name}_day"]]
        table = table.left_join(doubted, mine)
        if name == "lying":
            table = table.filter((table.arm < 0) | table.lying_day.isnull())
        else:
            table = table.mutate(hour=table.moved_day.isnull().ifelse(table.hour, NONE))
    if judged.usual:
        store, day, ahead = zip(*judged.usual, strict=True)
        told = pa.table({"usual_store": store, "usual_day": pa.array(day, "int32"), "usual_ahead": pa.array(ahead, "int32")})
        usual = engine.keep("tillside_usual", told)
        table = table.left_join(usual, [table.store == usual.usual_store, table.day == usual.usual_day])
        agreed = table.usual_ahead.isnull() | (table.usual_ahead == table.ahead)
        table = table.mutate(hour=agreed.ifelse(table.hour, NONE))
    return table


def _with_metrics(engine: Engine, table: Any, last: int) -> Any:
    """`last`: when the latest receipt was closed."""
    known = table.filter(table.shopper_code.notnull())
    order = ibis.window(group_by=known.shopper_code, order_by=[known.closed_s, known.key])
    following = known.closed_s.lead().over(order)
    soon = (following - known.closed_s <= REPEAT_DAYS * _DAY_S).fill_null(False).ifelse(1, 0).cast("float64")
    known = known.select(earlier=known.key, again=soon, closed=known.closed_s)
    known = known.filter(known.closed <= last - REPEAT_DAYS * _DAY_S).select("earlier", "again")
    came = engine.kept_answer("tillside_again", known)
    table = table.left_join(came, table.key == came.earlier)
    columns = {f"y_{metric.name}": table[metric.column or "again"] for metric in METRICS}
    columns["y_conversion"] = (table.attached > 0).ifelse(1, 0).cast("float64")
    return table.mutate(**columns)
