"""What regulars did, as the rows that an engine counts: one a line of a receipt whose shopper agreed, streamed a batch at a time.

| column    | type   | means                                                                                     |
|-----------|--------|-------------------------------------------------------------------------------------------|
| `shopper` | string | a keyed pseudonym, see `device.shopper`                                                   |
| `receipt` | string | rows of one receipt share it                                                              |
| `minute`  | int64  | since 1970 on the shop's clock                                                            |
| `store`   | string | "" where it is not known                                                                  |
| `sku`     | string | "" where nothing was bought: a return, or a row that only holds a total                   |
| `amount`  | int64  | minor units; the rows of a receipt add up to its total                                    |

A receipt of registers counts when it is a sale that is learnt from and not of wholesale size (`model_export.marks`), an imported
one when nothing marks the whole of it and it has a time; all pseudonyms of a person are the first of them. In a central store who
agreed to no profile is nobody, as in training (`model_export.consents`): who took it back, and who never said a word unless the
receipts are taken at their word. What is dated before 1970 or later than `until` is left out, and said. Memory: `_BATCH` rows,
whatever the history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial, reduce
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from device.domain import Receipt
from device.errors import HistoryError
from model_export.items import ITEMS
from model_export.marks import SKIPPED, UNUSED, of_wholesale_size, unlearnt
from model_export.parquet import LINES, batches_of, columns_of, read_rows
from model_export.registers import open_central
from model_export.regulars.rules import GROUPS
from sync.central.past import open_past
from sync.central.people import Purpose, open_people

if TYPE_CHECKING:
    from pathlib import Path

    from device.domain import Pseudonym
    from model_export.registers import Receipts
    from sync.central.past import Past
    from sync.central.people import People

EVENTS: Final = {
    "shopper": "string",
    "receipt": "string",
    "minute": "int64",
    "store": "string",
    "sku": "string",
    "amount": "int64",
}
GOODS: Final = {"sku": "string", **dict.fromkeys(GROUPS, "string")}
_SCHEMA: Final = pa.schema([(name, pa.int64() if kind == "int64" else pa.string()) for name, kind in EVENTS.items()])
_GOODS: Final = pa.schema([(name, pa.string()) for name in GOODS])
_BATCH: Final = 65_536
_ITEM_BYTES: Final = 500
_PERSONS: Final = 100_000
"""Pseudonyms whose person is remembered; others are looked up again."""
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # a wall clock has no zone

_Row = tuple[str, str, int, str, str, int]


class Events:
    """Iterate once; then `remarks` tells what was left out, and `currency` what the amounts are in.

    `until`: the last moment on the shops' clocks that can be.
    """

    def __init__(
        self, source: Path | str, until: datetime, name_shopper: Callable[[str], Pseudonym | None], *, registered: bool = True
    ) -> None:
        """A folder, or the address of a central store. `name_shopper`: a folder's loyalty ids are forgotten here.

        `registered`: of a central store only those count who agreed there; else also those of whom it knows nothing.
        """
        self._source = source
        self._until = _minute(until)
        self._name_shopper = name_shopper
        self._registered = registered
        self._left_out = Counter[str]()
        self._currencies = Counter[str]()

    def __iter__(self) -> Iterator[Any]:
        """pyarrow.RecordBatches of `EVENTS`. HistoryError where a column is missing."""
        yield from self._stored(self._source) if isinstance(self._source, str) else self._of_folder(self._source)

    @property
    def remarks(self) -> tuple[str, ...]:
        told = [f"{count} {what}" for what, count in self._left_out.items() if count]
        if len(self._currencies) > 1:
            told.append(f"the receipts are in {', '.join(sorted(self._currencies))}: their money is added up as if it were one")
        return tuple(told)

    @property
    def currency(self) -> str:
        """That of most receipts; "" where none is told, as in a folder."""
        return max(self._currencies, key=lambda one: (self._currencies[one], one), default="")

    def _stored(self, url: str) -> Iterator[Any]:
        with closing(open_people(url, datetime.now(UTC))) as people:
            whose = lru_cache(_PERSONS)(partial(_whose, people, registered=self._registered))
            with closing(open_central(url)) as central:
                yield from _batched(self._of_registers(central, whose))
            with closing(open_past(url)) as past:
                yield from _batched(self._of_past(past, whose))

    def _of_registers(self, central: Receipts, whose: Callable[[str], str | None]) -> Iterator[_Row]:
        decoder = msgspec.json.Decoder(Receipt)
        for raw in central.receipts():
            try:
                sale = decoder.decode(raw)
                minute = _minute(datetime.fromisoformat(sale.local_time).replace(tzinfo=None))
            except ValueError:  # msgspec's errors are ValueErrors too
                self._left_out["receipts of the central store cannot be read and are left out"] += 1
                continue
            if sale.shopper is None or unlearnt(sale) is not None or of_wholesale_size(sale.lines):
                continue
            if not self._timely(minute):
                continue
            if (shopper := whose(sale.shopper)) is None:
                continue
            self._currencies[sale.currency] += 1
            # What was taken off the receipt as a whole is in its total only.
            yield shopper, sale.receipt_id, minute, sale.store, "", self._payable(sale.total)
            for line in sale.lines:
                if line.sku is not None and line.quantity > 0:
                    yield shopper, sale.receipt_id, minute, sale.store, line.sku, 0

    def _of_past(self, past: Past, whose: Callable[[str], str | None]) -> Iterator[_Row]:
        for number, told in enumerate(past.receipts()):
            if told.shopper is None or not told.consent or told.local_time is None or told.marks & UNUSED:
                continue
            minute = _minute(datetime.fromisoformat(told.local_time))
            if not self._timely(minute) or (shopper := whose(told.shopper)) is None:
                continue
            if told.currency:
                self._currencies[told.currency] += 1
            for line in told.lines:
                if not line.marks & SKIPPED:
                    sku = line.sku if line.quantity > 0 else ""
                    yield shopper, f"past {number}", minute, told.store or "", sku, line.amount or 0

    def _payable(self, total: int) -> int:
        payable = abs(total) <= _MOST_AMOUNT
        self._left_out[_ODD.format("receipts")] += not payable
        return total if payable else 0

    def _timely(self, minute: int) -> bool:
        timely = 0 <= minute <= self._until
        self._left_out[_UNTIMELY.format("receipts")] += not timely
        return timely

    def _of_folder(self, folder: Path) -> Iterator[Any]:
        path, needed = folder / LINES, ("receipt_id", "sku", "at", "customer", "amount")
        there = columns_of(path, ("receipt_id", "sku"))
        if missing := [name for name in needed if name not in there]:
            raise HistoryError(f"{path} has no column {', '.join(missing)}: segments need shopper, time and amount")
        for batch in batches_of(path, (*needed, "store", "consent", "quantity"), needed):
            lines = batch.filter(reduce(pc.and_, (batch[name].is_valid() for name in ("customer", "at", "receipt_id"))))
            if "consent" in there:
                lines = lines.filter(pc.fill_null(lines["consent"], fill_value=False))
            rows = pa.RecordBatch.from_arrays([self._shoppers(lines["customer"]), *_columns(lines)], schema=_SCHEMA)
            odd = pc.or_(pc.greater(rows["amount"], _MOST_AMOUNT), pc.less(rows["amount"], -_MOST_AMOUNT))
            self._left_out[_ODD.format("lines")] += pc.sum(odd).as_py() or 0
            place = _SCHEMA.get_field_index("amount")
            rows = rows.set_column(place, _SCHEMA.field(place), pc.if_else(odd, 0, rows["amount"]))
            timely = pc.and_(pc.greater_equal(rows["minute"], 0), pc.less_equal(rows["minute"], self._until))
            self._left_out[_UNTIMELY.format("lines")] += rows.num_rows - (pc.sum(timely).as_py() or 0)
            yield rows.filter(pc.and_(timely, rows["shopper"].is_valid()))

    def _shoppers(self, customers: Any) -> Any:
        coded = customers.dictionary_encode()
        named = pa.array([self._name_shopper(name) for name in coded.dictionary.to_pylist()], pa.string())
        return named.take(coded.indices)


_MOST_AMOUNT: Final = 10**12
"""Minor units. Nobody pays more for a line or a receipt, and of less an engine adds up nine million before its numbers end."""
_ODD: Final = "{} have amounts that nobody pays, and count without them"
_UNTIMELY: Final = "{} are dated before 1970 or in the future and are left out: look at the clocks of the tills"


def _columns(lines: Any) -> list[Any]:
    """All of `EVENTS` but the shopper."""
    there = lines.schema.names
    store = pc.fill_null(lines["store"], "") if "store" in there else pa.array([""] * lines.num_rows, pa.string())
    sku = pc.fill_null(lines["sku"], "")
    if "quantity" in there:
        sku = pc.if_else(pc.fill_null(pc.greater(lines["quantity"], 0), fill_value=True), sku, "")
    microseconds = lines["at"].cast(pa.int64())
    # Stores may number their receipts each for itself. Before 1970 division rounds the wrong way; that is left out anyway.
    receipt = pc.binary_join_element_wise(store, lines["receipt_id"], "\t")
    minute = pc.if_else(pc.less(microseconds, 0), -1, pc.divide(microseconds, 60_000_000))
    return [receipt, minute, store, sku, pc.fill_null(lines["amount"], 0)]


def goods_of(path: Path) -> Iterator[Any]:
    """pyarrow.RecordBatches of `GOODS` of an items.parquet, each item once."""
    there = columns_of(path, ("sku",))
    rows = read_rows(path, ("sku", *(name for name in GROUPS if name in there)), ("sku",), _ITEM_BYTES)
    last = {row["sku"]: row for row in rows if row["sku"] is not None}
    columns = [[row.get(name) for row in last.values()] for name in GOODS]
    yield pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in columns], schema=_GOODS)


def groups_of(goods: Iterable[Any]) -> dict[str, frozenset[str]]:
    """What stands in each column that rules may ask for."""
    found: dict[str, set[str]] = {name: set() for name in GROUPS}
    for batch in goods:
        for name, seen in found.items():
            seen |= {value for value in pc.unique(batch[name]).to_pylist() if value is not None}
    return {name: frozenset(seen) for name, seen in found.items()}


def items_file(folder: Path) -> Path | None:
    path = folder / ITEMS
    return path if path.exists() else None


def _whose(people: People, pseudonym: str, *, registered: bool) -> str | None:
    """The pseudonym that a person's profile stands under; None where they agreed to none."""
    person = people.of(pseudonym)
    if person is None:
        return None if registered else pseudonym
    return person.pseudonyms[0] if Purpose.PROFILING in person.consents else None


def _batched(rows: Iterator[_Row]) -> Iterator[Any]:
    held: list[_Row] = []
    for row in rows:
        held.append(row)
        if len(held) == _BATCH:
            yield _batch(held)
            held = []
    if held:
        yield _batch(held)


def _batch(rows: list[_Row]) -> Any:
    return pa.RecordBatch.from_arrays(
        [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), _SCHEMA, strict=True)], schema=_SCHEMA
    )


def _minute(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(minutes=1)
