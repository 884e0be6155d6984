"""What an experiment's receipts add up to, asked of an engine in a few questions over the measured rows (`rows`).

| question | answers                                                                             | as many rows as          |
|----------|-------------------------------------------------------------------------------------|--------------------------|
| rules    | receipts that are not measured, by rule; currencies; the middle total                 | rules, currencies, one   |
| groups   | receipts in groups that are alike in all that a rule of `sound` looks at               | registers x days x hours |
| before   | each metric of the receipts of before, by store and hour                              | stores x 25              |
| cells    | `Sums`: what `intervals` makes differences of, by arm, store, hour, and known or not    | arms x stores x 50       |
| arms     | receipts, units, and what others advertise by, by arm                                 | arms                     |

So what reaches this process grows with registers, days and stores, not with receipts. In the engine, each question is one pass
over the columns that it names; two temporary tables stand beside the rows: which receipts of known shoppers were followed by
another within a fortnight, and what each shopper's past says.

The same expressions (Ibis) run in DuckDB over files and in PostgreSQL. Sums of floating-point numbers depend on their order in
the last digits, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis
import numpy as np
import pyarrow as pa

from model_export.worth.draws import drawn
from model_export.worth.metrics import HOURS, METRICS, REPEAT_DAYS, SHRINK, Metric, expected
from model_export.worth.sound import OUTLIER, Groups, Judged, judge
from model_export.worth.sums import PRODUCTS, Sums, gathered

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


@dataclass(frozen=True, slots=True)
class Armed:
    """One arm's receipts; sums and counts of those on which a suggestion was painted."""

    receipts: int
    compared: int
    shoppers: int
    last: int
    """Proleptic ordinal of the last day, 0 without receipts."""
    offered: int
    """Receipts with a suggestion, be it a ghost."""
    exposed: int
    """And it was painted."""
    shown: int
    accepted: float
    answered: float
    bought: float
    """Receipts that hold an item of the first slate."""
    total: float
    visits: int
    """Of known shoppers, old enough to tell."""
    again: float


def sales(engine: Engine, rows: Any, experiment: Experiment | None, gaps: Iterable[str] = ()) -> Sales:
    """Judge the rows by every rule of `sound`, and leave out what they say."""
    measured = rows.filter(rows.rule.isnull()).mutate(key=rows.utc_day.cast("int64") * _KEY + rows.nth)
    left_out = {row["rule"]: row["n"] for row in _asked(engine, _counts(rows.filter(rows.rule.notnull()), "rule"))}
    measured, left_out["twice"] = _once(engine, measured)
    measured, currency, left_out["currency"] = _one_currency(engine, measured)
    (middle,) = _asked(engine, measured.aggregate(middle=measured.total.median()))
    most = OUTLIER * float(middle["middle"] or 0.0)
    told = _with_arms(measured, experiment, engine.backend.name)
    outlier = (told.total > most) | (told.total <= 0)
    groups = Groups.of(engine.run(_groups(told, outlier)))
    judged = judge(groups, experiment, left_out, most, gaps)
    left = told.filter(~outlier)
    if judged.swapped:
        left = left.filter(left.arm == left.drawn)
    left = _without(engine, left, judged)
    (about,) = _asked(
        engine,
        left.aggregate(
            last=left.closed_s.max(),
            **{metric.column: left[metric.column].mean() for metric in METRICS if metric.column},
        ),
    )
    table = _with_metrics(engine, left, int(about["last"] or 0))
    centre = {metric.name: float(about.get(metric.column) or 0.0) for metric in METRICS}
    return Sales(engine, table, judged, currency, groups.stores, centre)


def add_up(
    told: Sales,
    metrics: Sequence[Metric],
    before: Any,
    among: Any,
    arms: int,
    *,
    shoppers: bool = False,
) -> Sums:
    """Sums over the receipts `among`, with covariates from those of `before` (both conditions on `Sales.table`).

    `shoppers`: units are shoppers. Only receipts that are in an arm, or `arms` is 1.
    """
    known, table = _expected(told, metrics, before), told.table
    place = table.arm if arms > 1 else ibis.literal(0)
    table = table.filter(among).mutate(place=place, known=table.shopper_code.notnull())
    if known:
        table = _with_covariates(told, table, before, known)
    values = {}
    for metric in metrics:
        y = table[f"y_{metric.name}"] - told.centre[metric.name]
        nothing = ibis.null("float64")
        parts = [y.isnull().ifelse(nothing, _number(1)), y]
        for name in (f"e_{metric.name}", f"p_{metric.name}"):
            x = _number(0)
            if metric.name in known:
                x = table[name] - told.centre[metric.name] if name.startswith("e_") else table[name].fill_null(0.0)
            parts.append(y.isnull().ifelse(nothing, x))
        values |= {f"{metric.name}_{number}": part for number, part in enumerate(parts)}
    names = [metric.name for metric in metrics]
    keys = ("place", "store", "hour", "known")
    table = table.select(*keys, "shopper_code", **values)
    cells = told.engine.run(table.group_by(keys).agg(**_products(table, names)))
    units = {}
    if shoppers:
        for kind in ("all", "store", "hour", "segment"):
            by = ["place", *([] if kind == "all" else ["known" if kind == "segment" else kind])]
            each = table.group_by([*by, "shopper_code"]).agg(**{name: table[name].sum() for name in values})
            units[kind] = told.engine.run(each.group_by(by).agg(**_products(each, names)))
    return gathered(cells, units, names, told.stores, arms, told.centre, frozenset(known))


def armed(told: Sales, population: Any, arms: int) -> tuple[Armed, ...]:
    """Of each arm. `population`: a condition on `Sales.table`."""
    table = told.table
    shown, offered = table.painted > 0, table.offered > 0
    within = table.mutate(counts=population, shown=shown, slate=offered).filter(table.arm >= 0)
    answer = within.group_by("arm").agg(
        receipts=within.count(),
        compared=within.count(where=within.counts),
        shoppers=within.shopper_code.nunique(),
        last=within.day.max(),
        offered=within.count(where=within.slate),
        exposed=within.count(where=within.slate & within.shown),
        shown_=within.count(where=within.shown),
        accepted=within.accepted.sum(where=within.shown),
        answered=within.answered.sum(where=within.shown),
        bought=within.y_conversion.sum(where=within.shown),
        total=within.total.sum(where=within.shown),
        visits=within.y_repeat.count(where=within.shown),
        again=within.y_repeat.sum(where=within.shown),
    )
    found = {row["arm"]: row for row in _asked(told.engine, answer)}
    names = ("receipts", "compared", "shoppers", "last", "offered", "exposed", "shown_")
    return tuple(
        Armed(
            *(int(found.get(place, {}).get(name) or 0) for name in names),
            *(float(found.get(place, {}).get(name) or 0.0) for name in ("accepted", "answered", "bought", "total")),
            int(found.get(place, {}).get("visits") or 0),
            float(found.get(place, {}).get("again") or 0.0),
        )
        for place in range(arms)
    )


def span(told: Sales, metric: Metric) -> tuple[int, int, int]:
    """The first day of any receipt, the last on which the metric is known, and of how many receipts it is."""
    table = told.table
    y = table[f"y_{metric.name}"]
    (found,) = _asked(told.engine, table.aggregate(first=table.day.min(), last=table.day.max(where=y.notnull()), n=y.count()))
    return int(found["first"] or 0), int(found["last"] or 0), int(found["n"])


def visits(told: Sales, among: Any) -> dict[int, int]:
    """How many shoppers came how often."""
    table = told.table.filter(among)
    each = table.group_by("shopper_code").agg(visits=table.count())
    return {row["visits"]: row["n"] for row in _asked(told.engine, _counts(each, "visits"))}


def _asked(engine: Engine, question: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.run(question).to_pylist()
    return rows


def _counts(table: Any, name: str) -> Any:
    return table.group_by(name).agg(n=table.count())


def _once(engine: Engine, table: Any) -> tuple[Any, int]:
    """Without what came before under another key; and how many those are."""
    several = table.group_by("identity").agg(n=table.count())
    several = several.filter(several.n > 1).select("identity")
    (found,) = _asked(engine, several.aggregate(n=several.count()))
    if not found["n"]:
        return table, 0
    theirs = table.semi_join(several, "identity")
    number = ibis.row_number().over(ibis.window(group_by=theirs.identity, order_by=theirs.key))
    theirs = theirs.select(later=theirs.key, number=number)
    again = _temporary(engine, "tillside_twice", theirs.filter(theirs.number > 0).select("later"))
    (count,) = _asked(engine, again.aggregate(n=again.count()))
    return table.anti_join(again, table.key == again.later), int(count["n"])


def _one_currency(engine: Engine, table: Any) -> tuple[Any, str, int]:
    """Only the receipts of the currency that most have; its name; and how many others there are."""
    found = _asked(engine, table.group_by("currency").agg(n=table.count(), first=table.key.min()))
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
    came = _temporary(engine, "tillside_again", known)
    table = table.left_join(came, table.key == came.earlier)
    columns = {f"y_{metric.name}": table[metric.column or "again"] for metric in METRICS}
    columns["y_conversion"] = (table.attached > 0).ifelse(1, 0).cast("float64")
    return table.mutate(**columns)


def _expected(told: Sales, metrics: Sequence[Metric], before: Any) -> dict[str, Any]:
    """By metric, float64[stores, HOURS] of `metrics.expected`; without those of which too little was known before."""
    table = told.table.filter(before)
    ys = {metric.name: table[f"y_{metric.name}"] for metric in metrics}
    sums = {f"n_{name}": y.count() for name, y in ys.items()} | {f"t_{name}": y.sum() for name, y in ys.items()}
    answer = told.engine.run(table.group_by(["store", "hour"]).agg(**sums))
    places = {name: place for place, name in enumerate(told.stores)}
    store = np.array([places[name] for name in answer["store"].to_pylist()], np.int64)
    hour = np.asarray(answer["hour"]).astype(np.int64) + 1
    found = {}
    for name in ys:
        count, total = np.zeros((len(told.stores), HOURS)), np.zeros((len(told.stores), HOURS))
        count[store, hour] = np.asarray(answer[f"n_{name}"], np.float64)
        total[store, hour] = np.nan_to_num(np.asarray(answer[f"t_{name}"].to_numpy(), np.float64))
        if (mean := expected(count, total)) is not None:
            found[name] = mean
    return found


def _with_covariates(told: Sales, table: Any, before: Any, known: Mapping[str, Any]) -> Any:
    """`e_METRIC` of the store and hour, and `p_METRIC` of the shopper's past."""
    columns = {f"e_{name}": mean.ravel() for name, mean in known.items()}
    hours = np.tile(np.arange(-1, HOURS - 1, dtype=np.int32), len(told.stores))
    where = told.engine.keep(
        "tillside_expected", pa.table({"at_store": np.repeat(told.stores, HOURS).tolist(), "at_hour": hours, **columns})
    )

    def placed(some: Any) -> Any:
        return some.left_join(where, [some.store == where.at_store, some.hour == where.at_hour])

    past = told.table
    past = placed(past.filter(before & past.shopper_code.notnull()))
    above = {}
    for name in known:
        more = past[f"y_{name}"] - past[f"e_{name}"]
        above[f"p_{name}"] = more.sum() / (more.count() + SHRINK)
    personal = _temporary(told.engine, "tillside_personal", past.group_by("shopper_code").agg(**above))
    personal = personal.rename(of_shopper="shopper_code")
    table = placed(table)
    return table.left_join(personal, table.shopper_code == personal.of_shopper)


def _products(table: Any, names: Sequence[str]) -> dict[str, Any]:
    """Sums of the products of (1, y, expected, personal) of each metric."""
    found = {}
    for name in names:
        found[f"{name}_units"] = table[f"{name}_0"].count()
        for one, other in PRODUCTS:
            found[f"{name}_{one}{other}"] = (table[f"{name}_{one}"] * table[f"{name}_{other}"]).sum()
    return found


def _number(value: int) -> Any:
    """PostgreSQL takes 1.0 for a decimal."""
    return ibis.literal(value).cast("float64")


def _temporary(engine: Engine, name: str, question: Any) -> Any:
    """The answer, kept in the engine as long as the session."""
    with engine.said():
        return engine.backend.create_table(name, obj=question, temp=True, overwrite=True)
