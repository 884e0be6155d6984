"""Segments by rule: what a shop calls some of its regulars, and who they are. One TOML file, checked whole.

    [[segment]]
    name = "morning coffee"
    all = [
      {bought = {category = "coffee", days = 60, at_least = 2}},
      {hours = {from_hour = 6, until_hour = 11, at_least = 0.5}},
      {not = {rfm = ["lost", "hibernating"]}},
    ]

    [[segment]]
    name = "drifting away"
    rfm = ["at risk", "cannot lose"]

A segment is a name and one rule; a rule is one of these, and `all`, `any` and `not` hold others:

| rule        | counts, of a shopper who agreed                              | keys                                       |
|-------------|--------------------------------------------------------------|--------------------------------------------|
| `recency`   | days since the last receipt                                  | bounds                                     |
| `frequency` | receipts                                                     | bounds, `days`                             |
| `monetary`  | their totals in minor units                                  | bounds, `days`                             |
| `bought`    | receipts that hold it: one of `item`, `category`, `family`,  | bounds (`at_least = 1`), `days`            |
|             | `department`                                                 |                                            |
| `store`     | share of the receipts that are of the store `name`           | bounds in shares (more than 0), `days`     |
| `hours`     | share of the receipts from `from_hour` until `until_hour`,   | bounds in shares (more than 0), `days`,    |
|             | also over midnight, on these `weekdays` (1: Monday)          | `weekdays`                                 |
| `rfm`       | is in one of these of the eleven segments of `rfm`           |                                            |

Bounds are `at_least` and `at_most`; both belong to it. `days = 30`: the last thirty days, the day that is asked about included;
left out: all that is known. A share of no receipts is none, whatever the bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from device import declared, mistakes
from model_export.regulars.rfm import Segment as Rfm

MAX_SEGMENTS: Final = 200
MAX_RULES: Final = 500
"""In a file, those within `all`, `any` and `not` counted too: each is a column that the engine adds up."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Recency(_Rule, frozen=True, kw_only=True):
    at_least: _Count | None = None
    at_most: _Count | None = None


class Frequency(_Rule, frozen=True, kw_only=True):
    at_least: _Count | None = None
    at_most: _Count | None = None
    days: _Days | None = None


class Monetary(_Rule, frozen=True, kw_only=True):
    at_least: Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)] | None = None
    at_most: Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)] | None = None
    days: _Days | None = None


class Bought(_Rule, frozen=True, kw_only=True):
    item: _Text | None = None
    category: _Text | None = None
    family: _Text | None = None
    department: _Text | None = None
    at_least: _Count | None = None
    at_most: _Count | None = None
    days: _Days | None = None

    @property
    def what(self) -> tuple[str, str]:
        """The column of the goods, and what stands in it."""
        for column, value in (("sku", self.item), *((name, getattr(self, name)) for name in GROUPS)):
            if value is not None:
                return column, value
        raise AssertionError("a file without it is refused")


class Store(_Rule, frozen=True, kw_only=True):
    name: _Text
    at_least: _Share | None = None
    at_most: _Share | None = None
    days: _Days | None = None


class Hours(_Rule, frozen=True, kw_only=True):
    from_hour: _Hour = 0
    until_hour: _Hour = 24
    weekdays: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...] = ()
    at_least: _Share | None = None
    at_most: _Share | None = None
    days: _Days | None = None


class Rule(_Rule, frozen=True, kw_only=True, rename={"not_": "not"}):
    """Exactly one of these is given."""

    recency: Recency | None = None
    frequency: Frequency | None = None
    monetary: Monetary | None = None
    bought: Bought | None = None
    store: Store | None = None
    hours: Hours | None = None
    rfm: tuple[Rfm, ...] = ()
    all: tuple[Rule, ...] = ()
    any: tuple[Rule, ...] = ()
    not_: Rule | None = None

    @property
    def leaf(self) -> Leaf | None:
        """What is counted; None of `rfm` and of a rule about others."""
        return self.recency or self.frequency or self.monetary or self.bought or self.store or self.hours


class Segment(Rule, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(pattern=r"\A[^\W_][\w \-]{0,62}\Z")]


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    segment: tuple[Segment, ...] = ()


Leaf = Recency | Frequency | Monetary | Bought | Store | Hours
GROUPS: Final = ("category", "family", "department")
"""What `bought` may name besides an item: columns of items.parquet."""
_KINDS: Final = ("recency", "frequency", "monetary", "bought", "store", "hours", "rfm", "all", "any", "not")
_GOODS: Final = ("item", *GROUPS)


def read(path: Path) -> Rules:
    """SettingsError that names every mistake, one a line."""
    return declared.read(path, Rules, "segments", _nonsense)


def parse(text: bytes, name: str) -> Rules:
    """SettingsError that names every mistake, one a line."""
    return declared.parse(text, name, Rules, _nonsense)


def leaves(rules: Rules) -> tuple[Leaf, ...]:
    """Everything that is counted, each once, in the order of the file."""
    return tuple(dict.fromkeys(rule.leaf for rule in _every(rules.segment) if rule.leaf is not None))


def _every(rules: Iterable[Rule]) -> Iterator[Rule]:
    for rule in rules:
        yield rule
        yield from _every((*rule.all, *rule.any, *(() if rule.not_ is None else (rule.not_,))))


def _nonsense(table: dict[str, Any]) -> Iterator[str]:
    named = declared.tables(table, "segment")
    if not named:
        yield "there is no [[segment]]: write one for each segment, with a name and a rule"
    if len(named) > MAX_SEGMENTS:
        yield f"{len(named)} segments are more than {MAX_SEGMENTS}"
    yield from declared.twice(named)
    for place, one in named:
        if str(one.get("name")) in {*map(str, Rfm), "shopper", "rfm"}:
            what = "is one of the eleven segments by recency, frequency and money, or a column of theirs"
            yield f"'{place}.name': '{one['name']}' {what}"
    found = [(place, rule) for top, one in named for place, rule in _tables(one, top)]
    if len(found) > MAX_RULES:
        yield f"{len(found)} rules are more than {MAX_RULES}"
        return
    for place, rule in found:
        yield from _of_rule(rule, place)


def _tables(rule: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rule and those within it that are tables at all."""
    yield place, rule
    for kind in ("all", "any"):
        for inner, one in declared.tables(rule, kind):
            yield from _tables(one, f"{place}.{inner}")
    if isinstance(rule.get("not"), dict):
        yield from _tables(rule["not"], f"{place}.not")


def _of_rule(rule: dict[str, Any], place: str) -> Iterator[str]:
    given = [kind for kind in _KINDS if kind in rule]
    if len(given) != 1:
        told = f"{len(given)} rules, {' and '.join(given)}: put them into all or any" if given else "no rule"
        yield f"'{place}' has {told}; there are: {', '.join(_KINDS)}"
    for kind in ("all", "any", "rfm"):
        if rule.get(kind) == []:
            yield f"'{place}.{kind}' is empty: name one at least"
    for kind in given:
        if isinstance(rule[kind], dict) and kind != "not":
            yield from _of_leaf(kind, rule[kind], f"{place}.{kind}")


def _of_leaf(kind: str, leaf: dict[str, Any], place: str) -> Iterator[str]:
    least, most = leaf.get("at_least"), leaf.get("at_most")
    if isinstance(least, int | float) and isinstance(most, int | float) and most < least:
        yield f"'{place}.at_most' {most} is below 'at_least' {least}: nobody could be in it"
    if least is None and most is None and kind in {"recency", "frequency", "monetary"}:
        yield f"'{place}' has no bound: write at_least, at_most or both"
    if kind == "bought" and len(goods := [key for key in _GOODS if key in leaf]) != 1:
        yield f"'{place}' names {' and '.join(goods) or 'nothing'} that is bought: name one of {', '.join(_GOODS)}"
    if kind == "hours":
        yield from mistakes.backwards(leaf, place)


def unknown_goods(rules: Rules, groups: dict[str, frozenset[str]] | None) -> Iterator[str]:
    """Sentences about groups of goods that no item is in. `groups` by the names of `GROUPS`; None: there is no list of items."""
    for leaf in leaves(rules):
        if isinstance(leaf, Bought) and (what := leaf.what)[0] in GROUPS:
            column, value = what
            if groups is None:
                yield f"a rule asks for the {column} '{value}', and there is no items.parquet that tells an item's {column}"
            elif value not in groups[column]:
                yield f"no item has the {column} '{value}'{mistakes.nearest(value, groups[column])}"
