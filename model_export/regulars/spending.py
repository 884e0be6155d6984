"""What regulars spent: one entry a receipt with a shopper who agreed, from a folder or from the central store.

A receipt of registers counts when the sale was closed and is no return; one from before the registers when nothing marks the
whole of it. The total is the sum of its lines that are not marked. Memory: 20 bytes a receipt and the names.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from device.domain import Kind, Phase, Receipt
from device.errors import HistoryError
from model_export.parquet import LINES, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Spending:
    """`shopper` int32[receipts] indexes `shoppers`; `at` datetime64[us] of the shop's clock; `total` int64, minor units."""

    shoppers: tuple[str, ...]
    shopper: NDArray[np.int32]
    at: NDArray[np.datetime64]
    total: NDArray[np.int64]


def of_folder(folder: Path) -> Spending:
    """HistoryError where a column is missing: segments need shopper, time and amount."""
    columns = ("receipt_id", "at", "customer", "amount")
    lines, _ = read_table(folder / LINES, (*columns, "consent"), ("receipt_id",))
    missing = [name for name in columns if name not in lines.column_names]
    if missing:
        raise HistoryError(f"{folder / LINES} has no column {', '.join(missing)}: segments need shopper, time and amount")
    lines = lines.filter(pc.and_(lines["customer"].is_valid(), lines["at"].is_valid()))
    if "consent" in lines.column_names:
        lines = lines.filter(lines["consent"].fill_null(False))
    receipts = lines.group_by("receipt_id").aggregate([("customer", "min"), ("at", "min"), ("amount", "sum")])
    names = receipts["customer_min"].cast(pa.string()).combine_chunks().dictionary_encode()
    return Spending(
        tuple(names.dictionary.to_pylist()),
        names.indices.to_numpy().astype(np.int32),
        receipts["at_min"].to_numpy().astype("datetime64[us]"),
        receipts["amount_sum"].fill_null(0).to_numpy().astype(np.int64),
    )


def of_registers(receipts: Iterable[bytes]) -> Spending:
    """Of the central store's receipts as the registers wrote them; what cannot be read is passed over, as training does."""
    return _collected(_sales(receipts))


def _sales(receipts: Iterable[bytes]) -> Iterator[tuple[str, datetime, int]]:
    decoder = msgspec.json.Decoder(Receipt)
    for raw in receipts:
        try:
            sale = decoder.decode(raw)
            local = datetime.fromisoformat(sale.local_time).replace(tzinfo=None)
        except ValueError:  # msgspec's errors are ValueErrors too
            continue
        if sale.shopper is not None and sale.phase is Phase.CLOSED and sale.kind is not Kind.RETURN:
            yield sale.shopper, local, sale.total


def _collected(sales: Iterator[tuple[str, datetime, int]]) -> Spending:
    codes = dict[str, int]()
    shopper, total, at = array("i"), array("q"), list[datetime]()
    for whose, local, amount in sales:
        shopper.append(codes.setdefault(whose, len(codes)))
        at.append(local)
        total.append(amount)
    moments = np.array(at, "datetime64[us]")
    return Spending(tuple(codes), np.array(shopper, np.int32), moments, np.array(total, np.int64))
