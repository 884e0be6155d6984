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

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import msgspec
import numpy as np
import pyarrow as pa

from model_export.worth.judging import Sales, answers, counts
from model_export.worth.measuring import REGULARS
from model_export.worth.metrics import HOURS, SHRINK, Metric, expected
from model_export.worth.sums import PRODUCTS, Sums, gathered


class Armed(msgspec.Struct, frozen=True):
    """One arm's receipts; sums and counts of those on which a suggestion was painted."""

    receipts: int = 0
    compared: int = 0
    shoppers: int = 0
    last: int = 0
    """Proleptic ordinal of the last day, 0 without receipts."""
    offered: int = 0
    """Receipts with a suggestion, be it a ghost."""
    exposed: int = 0
    """And it was painted."""
    shown: int = 0
    accepted: float = 0.0
    answered: float = 0.0
    explored: float = 0.0
    bought: float = 0.0
    """Receipts that hold an item of the first slate."""
    total: float = 0.0
    visits: int = 0
    """Of known shoppers, old enough to tell."""
    again: float = 0.0
    regulars_shown: float = 0.0
    regulars_new: float = 0.0
    regulars_taken: float = 0.0
    new_shown: float = 0.0
    new_taken: float = 0.0
    missed_shown: float = 0.0
    missed_taken: float = 0.0
    """Suggestions: see `measuring.REGULARS`."""


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
    values: dict[str, Any] = {}
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
    within = table.mutate(counts=population, was_shown=table.painted > 0, slate=table.offered > 0).filter(table.arm >= 0)
    shown = within.was_shown
    answer = within.group_by("arm").agg(
        receipts=within.count(),
        compared=within.count(where=within.counts),
        shoppers=within.shopper_code.nunique(),
        last=within.day.max(),
        offered=within.count(where=within.slate),
        exposed=within.count(where=within.slate & shown),
        shown=within.count(where=shown),
        accepted=within.accepted.sum(where=shown),
        answered=within.answered.sum(where=shown),
        explored=within.explored.sum(where=shown),
        bought=within.y_conversion.sum(where=shown),
        total=within.total.sum(where=shown),
        visits=within.y_repeat.count(where=shown),
        again=within.y_repeat.sum(where=shown),
        **{name: within[name].sum(where=shown) for name in REGULARS},
    )
    found = {row.pop("arm"): row for row in answers(told.engine, answer)}
    told_of = ({name: value or 0 for name, value in found.get(place, {}).items()} for place in range(arms))
    return tuple(msgspec.convert(row, Armed) for row in told_of)


def span(told: Sales, metric: Metric) -> tuple[int, int, int]:
    """The first day of any receipt, the last on which the metric is known, and of how many receipts it is."""
    table = told.table
    y = table[f"y_{metric.name}"]
    (found,) = answers(told.engine, table.aggregate(first=table.day.min(), last=table.day.max(where=y.notnull()), n=y.count()))
    return int(found["first"] or 0), int(found["last"] or 0), int(found["n"])


def visits(told: Sales, among: Any) -> dict[int, int]:
    """How many shoppers came how often."""
    table = told.table.filter(among)
    each = table.group_by("shopper_code").agg(visits=table.count())
    return {row["visits"]: row["n"] for row in answers(told.engine, counts(each, "visits"))}


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
    personal = told.engine.kept_answer("tillside_personal", past.group_by("shopper_code").agg(**above))
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
