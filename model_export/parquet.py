"""A folder of receipts as a retailer exports it: `receipt_lines.parquet`, one row per line.

| column        | type         | means                                                                                   |
|---------------|--------------|-----------------------------------------------------------------------------------------|
| `receipt_id`  | text         | required; within a `store`; lines of one receipt need not stand together                 |
| `sku`         | text         | required; 1 to 64 characters, none of them NUL                                           |
| `line`        | integer      | not read: the order of rows is the order of lines                                        |
| `at`          | timestamp    | shop-local time, with a time zone the time on its clocks; the first line's counts        |
| `store`       | text         |                                                                                         |
| `customer`    | text         | loyalty id, null when not identified; leaves this module as a keyed pseudonym only       |
| `consent`     | boolean      | may this receipt enter the shopper's profile; without the column, `customer` says so itself |
| `quantity`    | number       | zero or less: a return or a void, left out                                               |
| `amount`      | integer      | not read                                                                                 |

Text columns are read as dictionaries: 3 million lines take some 150 MB.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from device.domain import Pseudonym
from device.errors import HistoryError
from model_export.history import NOBODY, Rows, identity_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINES: Final = "receipt_lines.parquet"
MOST_SKU: Final = 64
"""Characters, as `tillside score` takes them."""
_READ: Final = ("receipt_id", "sku", "at", "store", "customer", "consent", "quantity", "order_hint")
_KNOWN: Final = (*_READ, "line", "amount")
_TEXT: Final = re.compile(
    "receipt_id|sku|store|customer|department|category|unit|net_unit|plu|family|reach|kind|sponsor|picture|stock|barcodes?"
    "|(name|short|pitch)(_[a-z]{2})?"
)


def read_table(path: Path, wanted: tuple[str, ...], needed: tuple[str, ...]) -> tuple[Any, list[str]]:
    """The wanted columns that are there, and the names of all columns; HistoryError in one sentence."""
    if not path.is_file():
        raise HistoryError(f"no {path.name} in {path.parent}: name the folder that holds it")
    try:
        names = list(pq.read_schema(path).names)
        if missing := [name for name in needed if name not in names]:
            raise HistoryError(f"{path} lacks the column {', '.join(missing)}")
        table = pq.read_table(path, columns=[name for name in wanted if name in names])
        table.validate(full=True)
        for place, name in enumerate(table.column_names):
            table = table.set_column(place, name, _typed(table[name], name, path))
    except MemoryError:
        raise  # no fault of the file, though one of Arrow's
    except (pa.ArrowException, OSError) as error:
        raise HistoryError(f"{path} cannot be read, export it again: {str(error).splitlines()[0]}") from error
    return table, names


def _typed(column: Any, name: str, path: Path) -> Any:
    """Text as text, times as the shop's clock; what tools that know no empty integers make of a code is refused, not guessed."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if name == "at":
        if not pa.types.is_timestamp(kind):
            raise HistoryError(f"{path}: column at holds no timestamps but {kind}: export it as timestamps")
        return column if kind.tz is None else pc.local_timestamp(column)
    if not _TEXT.fullmatch(name) or pa.types.is_null(kind):
        return column
    if name == "barcodes" and (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return column.cast(pa.list_(pa.string())) if not pa.types.is_floating(kind.value_type) else _refuse(name, kind, path)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string())
    return _refuse(name, kind, path)


def _refuse(name: str, kind: Any, path: Path) -> Any:
    raise HistoryError(f"{path}: column {name} holds {kind}, not text: export it as text")


def read_folder(folder: Path, name_shopper: Callable[[str], Pseudonym | None], *, identified: bool = False) -> Rows:
    """`name_shopper` turns a loyalty id into its pseudonym, or None when it names nobody; the id itself is forgotten here.

    `identified`: receipts are to be compared with those of another source.
    """
    table, names = read_table(folder / LINES, _READ, ("receipt_id", "sku"))
    remarks = []
    if unknown := [name for name in names if name not in _KNOWN]:
        remarks.append(f"columns of {LINES} that are not used: {', '.join(unknown)}")
    try:
        table = _sold(table, remarks)
        names_of_receipts, numbers = _coded(table["receipt_id"])
        item, skus = _coded(table["sku"])
        store, stores = _coded(table["store"]) if "store" in table.column_names else (None, [])
        receipt = _within_stores(names_of_receipts, store, len(stores))
        customer, customers = _coded(table["customer"]) if "customer" in table.column_names else (None, [])
        at = table["at"].cast(pa.timestamp("us")).to_numpy() if "at" in table.column_names else None
        hint = pc.fill_null(table["order_hint"].cast(pa.int64()), 0).to_numpy() if "order_hint" in table.column_names else None
        consent = None
        if customer is not None and "consent" in table.column_names:
            consent = pc.fill_null(table["consent"].cast(pa.bool_()), fill_value=False).to_numpy()
    except MemoryError:
        raise  # no fault of the file, though one of Arrow's
    except (pa.ArrowException, TypeError) as error:
        raise HistoryError(f"{folder / LINES} has a column of the wrong type: {str(error).splitlines()[0]}") from error
    _, first = np.unique(receipt, return_index=True)
    customer, shoppers = _named(customer, [name_shopper(name) for name in customers])
    shopper = _agreed(customer, receipt, first)
    moments = np.full(len(first), "NaT", "datetime64[us]") if at is None else at[first].astype("datetime64[us]")
    identity = list[int]()
    if identified:
        where = [*stores, None]  # NOBODY is the last
        codes = zip(_per_receipt(store, first).tolist(), names_of_receipts[first].tolist(), strict=True)
        seconds = moments.astype("datetime64[s]").tolist()
        identity = [identity_of(where[s], numbers[n], second) for (s, n), second in zip(codes, seconds, strict=True)]
    return Rows(
        skus,
        stores,
        shoppers,
        receipt,
        item,
        moments,
        _per_receipt(store, first),
        shopper,
        shopper != NOBODY if consent is None else _all_agree(consent, receipt, len(first)) & (shopper != NOBODY),
        consent is not None,
        tuple(remarks),
        np.zeros(0, np.int64) if hint is None else hint[first],
        np.array(identity, np.int64),
    )


def _sold(table: Any, remarks: list[str]) -> Any:
    """The lines that were sold: with a receipt, an item whose code a register can hold, and no quantity of zero or less."""
    named = pc.and_(pc.is_valid(table["receipt_id"]), pc.is_valid(table["sku"]))
    if missing := table.num_rows - pc.sum(named).as_py() if table.num_rows else 0:
        remarks.append(f"{missing} lines name no receipt or no item and are left out")
    sku = table["sku"].cast(pa.string())
    length = pc.utf8_length(sku)
    usable = pc.and_(pc.greater(length, 0), pc.less_equal(length, MOST_SKU))
    usable = pc.and_(usable, pc.invert(pc.match_substring(sku, "\0")))
    usable = pc.and_(named, pc.fill_null(usable, fill_value=False))
    if odd := pc.sum(named).as_py() - pc.sum(usable).as_py() if table.num_rows else 0:
        remarks.append(f"{odd} lines are left out, their item's code is empty, longer than {MOST_SKU} characters or holds a NUL")
    named = sold = usable
    if "quantity" in table.column_names:
        sold = pc.and_(named, pc.fill_null(pc.greater(table["quantity"], 0), fill_value=True))
        if returned := pc.sum(named).as_py() - pc.sum(sold).as_py() if table.num_rows else 0:
            remarks.append(f"{returned} lines with a quantity of zero or less are left out")
    return table.filter(sold)


def _coded(column: Any) -> tuple[NDArray[np.int32], list[str]]:
    """Codes in the order of first appearance, -1 for null, and the texts they stand for."""
    coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    codes = pc.fill_null(coded.indices, NOBODY).to_numpy(zero_copy_only=False)
    return codes.astype(np.int32), coded.dictionary.to_pylist()


def _within_stores(receipt: NDArray[np.int32], store: NDArray[np.int32] | None, stores: int) -> NDArray[np.int64]:
    """Stores may number their receipts each for itself: codes of (receipt, store), in the order of first appearance."""
    if store is None:
        return receipt.astype(np.int64)
    pairs = receipt.astype(np.int64) * (stores + 1) + (store + 1)
    _, first, codes = np.unique(pairs, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[codes]


def _agreed(customer: NDArray[np.int32] | None, receipt: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int32]:
    """The shopper of each receipt; nobody's, when its lines name different ones."""
    named = _per_receipt(customer, first)
    if customer is not None:
        named[np.unique(receipt[customer != named[receipt]])] = NOBODY
    return named


def _all_agree(consent: NDArray[np.bool_], receipt: NDArray[np.int64], receipts: int) -> NDArray[np.bool_]:
    """One line without consent is a receipt without."""
    agreed = np.ones(receipts, np.bool_)
    agreed[receipt[~consent]] = False
    return agreed


def _named(
    customer: NDArray[np.int32] | None, pseudonyms: list[Pseudonym | None]
) -> tuple[NDArray[np.int32] | None, list[Pseudonym]]:
    """The same codes without those that name nobody."""
    if customer is None or None not in pseudonyms:
        return customer, [name for name in pseudonyms if name is not None]
    kept = [name for name in pseudonyms if name is not None]
    # One more place at the end, for what is nobody already: NOBODY indexes it.
    place = np.full(len(pseudonyms) + 1, NOBODY, np.int32)
    place[[code for code, name in enumerate(pseudonyms) if name is not None]] = np.arange(len(kept))
    return place[customer], kept


def _per_receipt(column: NDArray[np.int32] | None, first: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.full(len(first), NOBODY, np.int32) if column is None else column[first]
