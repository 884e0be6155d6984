"""Who is in which segment on a day: RFM and a shop's rules as one expression in Ibis, the same members in every engine.

    events -> visits    a row a receipt: shopper, day, hour, store, total, and whether it holds each thing that rules ask for
    visits -> regulars  a row a shopper: what each rule counts, the scores by recency, frequency and money, and who is in what

Everything is whole numbers: shares are compared as products in ten-thousandths, so no engine rounds otherwise than another. The
sums grow with the shoppers, the engine's work with the lines; this process holds the counts of segments and nothing of anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any, Final

import ibis

from model_export.regulars import rfm
from model_export.regulars.rules import Bought, Hours, Leaf, Monetary, Recency, Rule, Rules, Store, leaves

if TYPE_CHECKING:
    from ibis.expr.types import BooleanColumn, IntegerColumn, Table

    from model_export.engine import Engine

PARTS: Final = 10_000
"""Shares are compared in these parts of one."""
_DAY: Final = 24 * 60
_REGULARS: Final = "tillside_regulars"
_MEANS: Final = ("days_since", "receipts", "money")


@dataclass(frozen=True, slots=True)
class Row:
    """A segment, for the table: how many shoppers, and the means of their days since, receipts and money in minor units."""

    segment: str
    shoppers: int
    share: float
    days_since: float
    receipts: float
    money: float


@dataclass(frozen=True, slots=True)
class Members:
    """Of one day, while the engine holds them."""

    day: int
    """Since 1970."""
    rows: tuple[Row, ...]
    """The eleven segments in their order, empty ones too."""
    by_rule: tuple[Row, ...]
    """The segments of the rules, in the order of their file."""
    table: Table
    """`shopper`, `rfm` (the segment's name), and for each segment by rule a boolean, `rule_0` ..."""
    names: tuple[str, ...]


def last_day(events: Table, engine: Engine) -> int | None:
    """Of the receipts; None where nobody is known."""
    (day,) = engine.run(events.aggregate(day=(events.minute // _DAY).max()))["day"].to_pylist()
    return None if day is None else int(day)


@contextmanager
def members(events: Table, goods: Table | None, rules: Rules, day: int, engine: Engine) -> Iterator[Members]:
    """As of the end of `day`: what was bought later is not known. `goods`: what `bought` may name besides items."""
    counted = leaves(rules)
    visited = visits(events.filter(events.minute < (day + 1) * _DAY), goods, counted)
    with engine.made(_REGULARS, _named(regulars(visited, counted, day), rules, counted)) as table:
        told = engine.run(table.group_by("rfm").aggregate(**_sums(table))).to_pylist()
        everybody = sum(row["shoppers"] for row in told)
        found = {row["rfm"]: row for row in told}
        by_rule = []
        for number, segment in enumerate(rules.segment):
            own = table.filter(table[f"rule_{number}"])
            (row,) = engine.run(own.aggregate(**_sums(own))).to_pylist()
            by_rule.append(_row(segment.name, row, everybody))
        rows = tuple(_row(str(segment), found.get(str(segment), {}), everybody) for segment in rfm.Segment)
        yield Members(day, rows, tuple(by_rule), table, tuple(segment.name for segment in rules.segment))


def _sums(table: Table) -> dict[str, Any]:
    """Whole numbers: the means are made here."""
    return {"shoppers": table.count()} | {name: table[name].sum().cast("int64") for name in _MEANS}


def visits(events: Table, goods: Table | None, counted: tuple[Leaf, ...]) -> Table:
    """One row a receipt; `holds_n` is 1 where it holds what leaf n asks for."""
    asked = {number: leaf.what for number, leaf in enumerate(counted) if isinstance(leaf, Bought)}
    lines = events
    if any(column != "sku" for column, _ in asked.values()):
        assert goods is not None, "rules about groups of goods are refused without them"
        lines = events.left_join(goods, "sku").drop("sku_right")
    held = {f"holds_{number}": (lines[column] == value).ifelse(1, 0).max() for number, (column, value) in asked.items()}
    visited = lines.group_by("receipt").aggregate(
        shopper=lines.shopper.min(),
        minute=lines.minute.min(),
        store=lines.store.min(),
        total=lines.amount.sum().cast("int64"),
        **held,
    )
    return visited.mutate(day=visited.minute // _DAY, hour=visited.minute // 60 % 24)


def regulars(visited: Table, counted: tuple[Leaf, ...], day: int) -> Table:
    """One row a shopper: `part_n` and `whole_n` of leaf n, and the scores 1 to 5."""
    sums: dict[str, Any] = {}
    for number, leaf in enumerate(counted):
        if isinstance(leaf, Recency):
            continue
        within = _within(visited, leaf.days, day)
        sums[f"part_{number}"] = (
            _times(within & chosen) if (chosen := _chosen(visited, leaf, number)) is not None else _times(within)
        )
        if isinstance(leaf, Monetary):
            sums[f"part_{number}"] = within.ifelse(visited.total, 0).sum().cast("int64")
        if isinstance(leaf, Store | Hours):
            sums[f"whole_{number}"] = _times(within)
    known = visited.group_by("shopper").aggregate(
        last=visited.day.max(), receipts=visited.count().cast("int64"), money=visited.total.sum().cast("int64"), **sums
    )
    known = known.mutate(days_since=day - known.last)
    return known.mutate(
        recency=6 - _quintile(known, "days_since"), frequency=_quintile(known, "receipts"), monetary=_quintile(known, "money")
    )


def _chosen(visited: Table, leaf: Leaf, number: int) -> BooleanColumn | None:
    """Which receipts the leaf asks for; None: all."""
    match leaf:
        case Bought():
            return visited[f"holds_{number}"] == 1
        case Store():
            return visited.store == leaf.name
        case Hours():
            since, until = visited.hour >= leaf.from_hour, visited.hour < leaf.until_hour
            at = since & until if leaf.from_hour <= leaf.until_hour else since | until
            # The epoch began on a Thursday.
            return at & ((visited.day + 3) % 7 + 1).isin(leaf.weekdays) if leaf.weekdays else at
        case _:
            return None


def _within(visited: Table, days: int | None, day: int) -> BooleanColumn:
    return visited.day > (day - days if days is not None else -1)


def _times(which: BooleanColumn) -> IntegerColumn:
    # PostgreSQL makes no number of a truth value.
    return which.ifelse(1, 0).sum().cast("int64")


def _quintile(known: Table, column: str) -> IntegerColumn:
    """1 to 5: in which fifth of the shoppers each value begins; equal values have equal scores."""
    below = ibis.rank().over(order_by=known[column])
    return (1 + (below * 5) // known.count().over(ibis.window())).cast("int64")


def _named(known: Table, rules: Rules, counted: tuple[Leaf, ...]) -> Table:
    square = known.recency * 5 + (known.frequency + known.monetary + 1) // 2
    cases = [(r * 5 + fm, str(segment)) for r, row in rfm.TABLE.items() for fm, segment in enumerate(row, 1)]
    known = known.mutate(rfm=square.cases(*cases, else_=str(rfm.Segment.LOST)))
    numbers = {leaf: number for number, leaf in enumerate(counted)}
    holding = {f"rule_{number}": holds(segment, known, numbers) for number, segment in enumerate(rules.segment)}
    return known.select("shopper", "rfm", "days_since", "receipts", "money", **holding)


def holds(rule: Rule, known: Table, numbers: Mapping[Leaf, int]) -> BooleanColumn:
    """Whether the rule holds of each row of `regulars`."""
    if rule.rfm:
        return known.rfm.isin([str(segment) for segment in rule.rfm])
    if rule.not_ is not None:
        return ~holds(rule.not_, known, numbers)
    if rule.all or rule.any:
        return reduce(and_ if rule.all else or_, (holds(one, known, numbers) for one in rule.all or rule.any))
    leaf = rule.leaf
    assert leaf is not None, "a file without it is refused"
    if isinstance(leaf, Recency):
        return _between(known.days_since, leaf.at_least, leaf.at_most)
    part = known[f"part_{numbers[leaf]}"]
    if isinstance(leaf, Store | Hours):
        whole = known[f"whole_{numbers[leaf]}"]
        any_of_it = leaf.at_least is None and leaf.at_most is None
        inside = part > 0 if any_of_it else whole > 0
        if leaf.at_least is not None:
            inside &= part * PARTS >= whole * round(leaf.at_least * PARTS)
        return inside if leaf.at_most is None else inside & (part * PARTS <= whole * round(leaf.at_most * PARTS))
    least = 1 if isinstance(leaf, Bought) and leaf.at_least is None and leaf.at_most is None else leaf.at_least
    return _between(part, least, leaf.at_most)


def _between(value: IntegerColumn, least: int | None, most: int | None) -> BooleanColumn:
    bounds = [*([] if least is None else [value >= least]), *([] if most is None else [value <= most])]
    return reduce(and_, bounds)


def _row(name: str, told: Mapping[str, Any], everybody: int) -> Row:
    count = int(told.get("shoppers") or 0)
    means = [round(int(told[name]) / count, 2) if count else 0.0 for name in _MEANS]
    return Row(name, count, round(count / everybody, 5) if everybody else 0.0, *means)
