"""What an effect is planned from: receipts of registers, or those from before them, never both, for a sale may be in either.

A central store's registers are asked where they have sent enough (`LEAST_DAYS` days, `4 * LEAST` receipts), else what was
imported into it (`before`), if anything was; `source` says so instead. A folder is asked as what was imported is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from device.errors import HistoryError
from model_export.ending import temporary_folder
from model_export.engine import opened
from model_export.worth import asking, before, judging, reporting, rows
from model_export.worth.intervals import LEAST
from model_export.worth.metrics import METRICS, scale_of
from model_export.worth.planning import LEAST_DAYS, Plan, plan

if TYPE_CHECKING:
    from model_export.worth.judging import Sales

Source = Literal["registers", "history"]
_LACKING: Final = {
    "receipt": "no receipt tells the amounts of all its lines",
    "repeat": "no receipt that is a fortnight old names a shopper who agreed",
}


class Basis(msgspec.Struct, frozen=True):
    source: Source
    receipts: int
    days: int
    """On which something was sold."""
    first_day: str
    last_day: str
    stores: int
    """That have a name."""
    left_out: tuple[str, ...]
    """How many receipts, and why."""


class Planned(msgspec.Struct, frozen=True):
    basis: Basis
    currency: str
    """\"\": not known."""
    plans: tuple[Plan, ...]
    cannot: tuple[str, ...]
    """Why other metrics that were asked for cannot be planned, a sentence each."""


def of_central(url: str, where: str | None, source: Source | None, ask: Callable[[Sales, Basis], Planned]) -> Planned:
    """What `ask` says of the sales. `where`: as in `reporting`. HistoryError where there is none."""
    if source != "history":
        with reporting.asked(url, where) as (engine, table, _):
            sales = judging.sales(engine, table, None)
            found = _basis(sales, "registers")
            enough = found.days >= LEAST_DAYS and found.receipts >= 4 * LEAST
            if enough or source == "registers" or not before.is_in(url):
                return ask(sales, found)
    return _of_rows(partial(before.rows, before.of_central(url)), ask)


def of_folder(folder: Path, ask: Callable[[Sales, Basis], Planned]) -> Planned:
    return _of_rows(partial(before.rows, before.of_folder(folder)), ask)


def planned(
    sales: Sales, basis: Basis, names: Sequence[str], effect: float, *, relative: bool, power: float, share: float, unit: str
) -> Planned:
    """Each metric's plan, or why there is none; HistoryError where there is no plan at all. Of money `effect` is in its units."""
    plans, cannot = list[Plan](), list[str]()
    for name in names:
        try:
            if basis.source == "history" and basis.receipts:
                _check_told(sales, name)
            metric = next(metric for metric in METRICS if metric.name == name)
            wanted = effect if relative else effect * scale_of(metric.unit, sales.currency)
            plans.append(plan(sales, name, wanted, relative=relative, power=power, share=share, unit=unit))
        except HistoryError as error:
            cannot.append(str(error))
    if not plans:
        left_out = f" (left out: {'; '.join(basis.left_out)})" if basis.left_out else ""
        raise HistoryError("; ".join(dict.fromkeys(cannot)) + left_out)
    return Planned(basis, sales.currency, tuple(plans), tuple(cannot))


def _check_told(sales: Sales, name: str) -> None:
    """HistoryError where receipts from before the registers say nothing of this metric."""
    if name not in before.TOLD:
        raise HistoryError(f"history does not tell '{name}': plan it when registers have sent receipts for a few weeks")
    _, _, known = asking.span(sales, next(metric for metric in METRICS if metric.name == name))
    if not known and name in _LACKING:
        raise HistoryError(f"'{name}' cannot be planned from this history: {_LACKING[name]}")


def _of_rows(rows_until: Callable[[datetime], Iterator[tuple[object, ...]]], ask: Callable[[Sales, Basis], Planned]) -> Planned:
    # A shop's clock may be ahead of this one's by its time zone, not by days.
    tomorrow = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    with temporary_folder("tillside-before-") as passing:
        path = Path(passing) / "before.parquet"
        rows.write(path, rows_until(tomorrow))
        with opened("duckdb", before.TASK) as engine:
            with engine.said():
                table = engine.backend.read_parquet(path)
            sales = before.sales(engine, table)
            return ask(sales, _basis(sales, "history"))


def _basis(sales: Sales, source: Source) -> Basis:
    table = sales.table
    named = table.store.nunique(where=table.store != "")
    (found,) = judging.answers(
        sales.engine,
        table.aggregate(n=table.count(), days=table.day.nunique(), first=table.day.min(), last=table.day.max(), stores=named),
    )
    first, last = (date.fromordinal(day).isoformat() if day else "" for day in (found["first"], found["last"]))
    left_out = tuple(remark.told for remark in sales.judged.remarks if remark.receipts)
    return Basis(source, found["n"], found["days"], first, last, found["stores"], left_out)
