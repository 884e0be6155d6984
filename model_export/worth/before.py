"""Receipts from before the registers as rows of `measuring`, so that an effect can be planned before the first experiment.

They are what `tillside history import` has put into the central store, or the lines of a folder (`model_export.parquet`, which
also needs `at`; `amount` in minor units, null where it is not known). They tell of the metrics `TOLD` and of nothing else: what
was suggested, accepted and earned, and how long it took, was written down by nobody.

| rule         | of receipts that are not measured                                                             |
|--------------|-----------------------------------------------------------------------------------------------|
| `unfinished` | marked void as a whole, or all of their lines are (a quantity of nought is)                     |
| `practice`   | rung up to practise                                                                            |
| `return`     | marked so as a whole, or nothing on them is sold                                                |
| `wholesale`  | of wholesale size (`model_export.marks`), or of more lines than a receipt has                   |
| `untimed`    | without a time                                                                                 |
| `untimely`   | dated before 1970 or later than can be                                                         |

What is left is measured as the report measures a register's receipt: bags, deposits and the like are part of the total and among
the items, what was returned on the same receipt is taken off, what was voided is not there. Without the amount of one line the
total is not known. A shopper is told apart who agreed on the receipt and whose card not many share (`sync.central.people`).

Times are the shop's clock read as UTC: the distances are right, but for two hours a year. Loyalty ids of a folder are digested in
the line that reads them. Lines need not stand together: DuckDB sorts them, on disk where there are many.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from device.errors import HistoryError
from model_export import marks
from model_export.engine import opened
from model_export.importing.found import MOST_LINES
from model_export.parquet import LINES, batches_of, columns_of
from model_export.worth import judging
from model_export.worth.judging import answers
from model_export.worth.measuring import COLUMNS, code
from model_export.worth.metrics import METRICS
from sync.central.past import Mark, PastLine, PastReceipt, open_past
from sync.central.people import MAX_A_DAY, MAX_RECEIPTS

if TYPE_CHECKING:
    from pathlib import Path

    from model_export.engine import Engine
    from model_export.worth.judging import Sales

TOLD: Final = frozenset({"items", "receipt", "repeat"})
"""Metrics."""
TASK: Final = "work out the plan"
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # a wall clock has no zone
_LAST_US: Final = (datetime(9999, 12, 31) - _EPOCH) // timedelta(microseconds=1)  # noqa: DTZ001  # as above
_MOST: Final = 10**15
"""Thousandths, minor units: more is no quantity and no amount."""
_BATCH: Final = 65_536
_SORTED: Final = {
    "store": "string",
    "receipt": "string",
    "place": "int64",
    "local_us": "int64",
    "whose": "string",
    "agreed": "boolean",
    "sku": "string",
    "quantity": "int64",
    "amount": "int64",
}
_KINDS: Final = {"string": pa.string(), "int64": pa.int64(), "boolean": pa.bool_()}


def rows(receipts: Iterable[PastReceipt], until: datetime) -> Iterator[tuple[object, ...]]:
    """In the order of `measuring.COLUMNS`. `until`: the latest moment on a shop's clock that can be."""
    coded = lru_cache(100_000)(code)
    nothing = dict.fromkeys(COLUMNS)
    for nth, told in enumerate(receipts):
        local = None if told.local_time is None else datetime.fromisoformat(told.local_time)
        key = {"utc_day": 0 if local is None else local.toordinal(), "nth": nth}
        standing = [line for line in told.lines if line.quantity and not line.marks & Mark.VOID]
        if local is None or (rule := _rule(told, standing, local, until)) is not None:
            yield tuple((nothing | key | {"rule": "untimed" if local is None else rule}).values())
            continue
        agreed = told.consent and told.shopper is not None
        measured = {
            "receipt": told.number,
            "identity": nth,
            "store": told.store or "",
            "device": f"{told.store or ''}/{told.till or ''}",
            "currency": told.currency or "",
            "shopper_code": coded(told.shopper) if agreed else None,
            "day": local.toordinal(),
            "hour": local.hour,
            "ahead": 0,
            "closed_s": math.floor((local - _EPOCH).total_seconds()),
            "lied": 0,
            "painted": 0.0,
            "items": float(len({line.sku for line in standing if not _back(line)})),
            "total": _total(standing),
        }
        yield tuple((nothing | key | measured).values())


def _rule(told: PastReceipt, standing: list[PastLine], local: datetime, until: datetime) -> str | None:
    if told.marks & Mark.VOID or not standing:
        return "unfinished"
    if told.marks & Mark.TRAINING:
        return "practice"
    if told.marks & Mark.RETURN or all(map(_back, standing)):
        return "return"
    if told.marks & Mark.WHOLESALE:
        return "wholesale"
    return None if _EPOCH <= local <= until else "untimely"


def _back(line: PastLine) -> bool:
    return line.quantity < 0 or bool(line.marks & Mark.RETURN)


def _total(standing: list[PastLine]) -> float | None:
    """Some sources write what goes back with a minus, some without."""
    total = 0
    for line in standing:
        if line.amount is None:
            return None
        total += -abs(line.amount) if _back(line) else line.amount
    return float(total)


def sales(engine: Engine, table: Any) -> Sales:
    """Judged by the rules of `sound`, as a register's receipts are; nothing where a metric is not told. `table`: of `rows`.

    `sound` knows no receipt without a total: it is shown the middle one instead, by which nothing is left out.
    """
    measured = table.filter(table.rule.isnull())
    (found,) = answers(engine, measured.aggregate(middle=measured.total.median()))
    table = table.mutate(priced=table.total.notnull(), total=table.total.fill_null(max(found["middle"] or 0.0, 1.0)))
    judged = judging.sales(engine, _without_shared(engine, table, measured), None)
    nothing = ibis.null("float64")
    columns = {f"y_{metric.name}": nothing for metric in METRICS if metric.name not in TOLD}
    columns["y_receipt"] = judged.table.priced.ifelse(judged.table.y_receipt, nothing)
    return replace(judged, table=judged.table.mutate(**columns))


def _without_shared(engine: Engine, table: Any, measured: Any) -> Any:
    """A card that many share is nobody's."""
    known = measured.filter(measured.shopper_code.notnull())
    days = known.group_by(["shopper_code", "day"]).agg(n=known.count())
    cards = days.group_by("shopper_code").agg(receipts=days.n.sum(), busiest=days.n.max())
    many = cards.filter((cards.receipts >= MAX_RECEIPTS) | (cards.busiest > MAX_A_DAY)).select(shared=cards.shopper_code)
    many = engine.kept_answer("tillside_shared", many)
    table = table.left_join(many, table.shopper_code == many.shared)
    return table.mutate(shopper_code=table.shared.isnull().ifelse(table.shopper_code, ibis.null("int64"))).drop("shared")


def is_in(url: str) -> bool:
    """Whether anything was imported into the central store."""
    with closing(open_past(url)) as past:
        return next(past.receipts(), None) is not None


def of_central(url: str) -> Iterator[PastReceipt]:
    with closing(open_past(url)) as past:
        yield from past.receipts()


def of_folder(folder: Path) -> Iterator[PastReceipt]:
    """Of its lines, those of one receipt gathered. HistoryError where a column is missing or of the wrong type."""
    with opened("duckdb", TASK) as engine, engine.streaming("tillside_lines", _SORTED, _lines(folder)) as lines:
        batches = engine.batches(lines.order_by(["store", "receipt", "place"]), _BATCH)
        told = chain.from_iterable(zip(*(column.to_pylist() for column in batch.columns), strict=True) for batch in batches)
        for (store, number), own in groupby(told, key=itemgetter(0, 1)):
            yield _gathered(store, number, list(islice(own, MOST_LINES + 1)))


def _gathered(store: str | None, number: str, own: list[tuple[Any, ...]]) -> PastReceipt:
    """The time is that of the first line that has one; lines that name two shoppers are nobody's."""
    lines = tuple(PastLine(sku, quantity, 0, amount) for *_, sku, quantity, amount in own)
    moment = next((moment for _, _, _, moment, *_ in own if moment is not None), None)
    shoppers = {whose for _, _, _, _, whose, *_ in own}
    of_size = len(lines) > MOST_LINES or marks.wholesale((line.sku, line.quantity, line.unit) for line in lines)
    return PastReceipt(
        number,
        lines,
        store,
        local_time=None if moment is None else (_EPOCH + timedelta(microseconds=min(max(moment, -1), _LAST_US))).isoformat(),
        shopper=shoppers.pop() if len(shoppers) == 1 else None,
        consent=all(agreed for _, _, _, _, _, agreed, *_ in own),
        marks=int(Mark.WHOLESALE) if of_size else 0,
    )


def _lines(folder: Path) -> Iterator[Any]:
    """pyarrow.RecordBatches of `_SORTED`; lines that name no receipt or no item are left out, as training leaves them."""
    path = folder / LINES
    there = columns_of(path, ("receipt_id", "sku"))
    if "at" not in there:
        raise HistoryError(f"{path} has no column at: without times nobody knows how many receipts there are a day")
    optional = ("store", "customer", "consent", "quantity", "amount")
    place = 0
    for batch in batches_of(path, ("receipt_id", "sku", "at", *optional), ("receipt_id", "sku", "at")):
        lines = batch.filter(pc.and_(batch["receipt_id"].is_valid(), batch["sku"].is_valid()))
        columns = _columns({name: lines[name] for name in lines.schema.names}, lines.num_rows)
        columns["place"] = pa.array(range(place, place + lines.num_rows), pa.int64())
        place += lines.num_rows
        yield pa.RecordBatch.from_arrays([columns[name] for name in _SORTED], names=list(_SORTED))


def _columns(lines: dict[str, Any], count: int) -> dict[str, Any]:
    """All of `_SORTED` but the place."""
    missing = {name: pa.nulls(count, kind) for name, kind in (("store", pa.string()), ("amount", pa.int64()))}
    quantity = pc.fill_null(lines["quantity"], 1.0) if "quantity" in lines else pa.array([1.0] * count, pa.float64())
    quantity = pc.multiply(pc.if_else(pc.is_finite(quantity), quantity, 0.0), 1000.0)
    quantity = pc.round(pc.max_element_wise(pc.min_element_wise(quantity, float(_MOST)), -float(_MOST)))
    amount = (missing | lines)["amount"]
    agreed = lines["consent"] if "consent" in lines else pa.array([True] * count, pa.bool_())
    return {
        "store": (missing | lines)["store"].cast(pa.string()),
        "receipt": lines["receipt_id"],
        "local_us": lines["at"].cast(pa.int64()),
        "whose": _digested(lines["customer"]) if "customer" in lines else pa.nulls(count, pa.string()),
        "agreed": pc.fill_null(agreed, fill_value=False),
        "sku": lines["sku"],
        "quantity": quantity.cast(pa.int64()),
        "amount": pc.if_else(pc.and_(pc.less_equal(amount, _MOST), pc.greater_equal(amount, -_MOST)), amount, None),
    }


def _digested(customers: Any) -> Any:
    coded = customers.cast(pa.string()).dictionary_encode()
    told = pa.array([None if name is None else f"{code(name):x}" for name in coded.dictionary.to_pylist()], pa.string())
    return told.take(coded.indices)
