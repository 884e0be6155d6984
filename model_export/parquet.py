"""A folder of receipts as a retailer exports it: `receipt_lines.parquet`, one row per line.

| column        | type         | means                                                                                   |
|---------------|--------------|-----------------------------------------------------------------------------------------|
| `receipt_id`  | text         | required; within a `store`; lines of one receipt need not stand together                 |
| `sku`         | text         | required; 1 to 64 characters, none of them NUL                                           |
| `line`        | integer      | not read: the order of rows is the order of lines                                        |
| `at`          | timestamp    | shop-local time, with a time zone the time on its clocks; the first line's counts        |
| `store`       | text         |                                                                                         |
| `customer`    | text         | loyalty id, null when not identified; leaves this module as a keyed pseudonym only       |
| `consent`     | boolean      | may this receipt, and those of the shopper before it, enter a profile; without the column, |
|               |              | `customer` says so itself                                                               |
| `quantity`    | number       | zero or less: a return or a void, left out                                               |
| `amount`      | integer      | not read                                                                                 |

It is read a batch at a time (see `typed` and `lines`): 3 million lines take some 150 MB. What the file says of its own size is
believed only as far as it makes the file too large.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from device.domain import Pseudonym
from device.errors import HistoryError, first_line
from device.words import listed
from model_export.history import NOBODY, Rows, identity_of
from model_export.lines import TEXTS, Lines
from model_export.room import room
from model_export.typed import spelt, typed_all

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINES: Final = "receipt_lines.parquet"
MOST_PIECE_BYTES: Final = 2_000_000_000
"""Of one column in one row group, unpacked."""
_BLOCK: Final = 65_536
_FEW: Final = 256
_LINE: Final = 60
"""Bytes that a line takes until receipts are arranged."""
_READ: Final = ("receipt_id", "sku", "at", "store", "customer", "consent", "quantity", "order_hint")
_KNOWN: Final = (*_READ, "line", "amount")


def read_table(path: Path, wanted: tuple[str, ...], needed: tuple[str, ...]) -> tuple[Any, list[str]]:
    """The wanted columns that are there, and the names of all columns; HistoryError in one sentence."""
    with _opened(path, wanted, needed) as (file, columns):
        parts = [typed_all(batch, path) for batch in file.iter_batches(_BLOCK, columns=columns)]
        names = list(file.schema_arrow.names)
        empty = file.schema_arrow.empty_table().select(columns)
        return pa.Table.from_batches(parts) if parts else typed_all(empty, path), names


def batches_of(path: Path, wanted: tuple[str, ...], needed: tuple[str, ...]) -> Iterator[Any]:
    """pyarrow.RecordBatches of the wanted columns that are there, a few thousand lines each; HistoryError as `read_table`."""
    # What is let go at once takes no memory that grows with the lines.
    with _opened(path, wanted, needed, line=0) as (file, columns):
        for batch in file.iter_batches(_BLOCK, columns=columns):
            yield typed_all(batch, path)


def columns_of(path: Path, needed: tuple[str, ...]) -> list[str]:
    """The names of all columns; HistoryError as `read_table`."""
    with _opened(path, (), needed) as (file, _):
        return list(file.schema_arrow.names)


def read_rows(path: Path, wanted: tuple[str, ...], needed: tuple[str, ...], size: int) -> Iterator[dict[str, Any]]:
    """Each row with the wanted columns that are there, a few at a time. `size`: bytes that the caller makes of one."""
    with _opened(path, wanted, needed, line=size) as (file, columns):
        for batch in file.iter_batches(_FEW, columns=columns):
            yield from typed_all(batch, path).to_pylist()


@contextmanager
def _opened(
    path: Path, wanted: tuple[str, ...], needed: tuple[str, ...], coded: tuple[str, ...] = (), line: int = _LINE
) -> Iterator[tuple[Any, list[str]]]:
    """The file, and which of the wanted columns it has; its own word on its size is compared before anything is unpacked.

    Texts of the columns `coded` come as dictionaries. HistoryError for what goes wrong while it is open, too.
    """
    if not path.is_file():
        raise HistoryError(f"no {path.name} in {path.parent}: name the folder that holds it")
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            names = list(file.schema_arrow.names)
            if missing := [name for name in needed if name not in names]:
                raise HistoryError(f"{path} lacks the column {', '.join(missing)}")
            columns = [name for name in wanted if name in names]
            if twice := [name for name in columns if names.count(name) > 1]:
                raise HistoryError(f"{path} has more than one column {', '.join(twice)}: export it with one of each")
            texts = [name for name in columns if name in coded and spelt(file.schema_arrow.field(name).type)]
            _affordable(path, file.metadata, columns, line)
        with pq.ParquetFile(path, pre_buffer=False, read_dictionary=texts) as file:
            yield file, columns
    except MemoryError:
        raise  # no fault of the file, though one of Arrow's
    except (pa.ArrowException, OSError) as error:
        raise HistoryError(f"{path} cannot be read, export it again: {first_line(error)}") from error


def _affordable(path: Path, metadata: Any, columns: Container[str], line: int) -> None:
    """HistoryError when the lines that the file says it holds do not fit into memory, or one piece of it does not."""
    there = room(set_aside=0)  # by now the libraries have what they want
    taken = metadata.num_rows * line
    if taken > there.bytes:
        told = f"{path} holds {metadata.num_rows:,} lines, which take about {taken / 1e9:.1f} GB of memory, and {there}"
        raise HistoryError(f"{told}: export fewer, or use a larger machine")
    in_pieces(path, metadata, columns)


def in_pieces(path: Path, metadata: Any, columns: Container[str]) -> None:
    """HistoryError when one of the columns unpacks to more in one row group than a reader that goes on by batches should meet."""
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            piece = metadata.row_group(group).column(place)
            if piece.path_in_schema.partition(".")[0] in columns and piece.total_uncompressed_size > MOST_PIECE_BYTES:
                told = f"{path}: column {piece.path_in_schema} unpacks to {piece.total_uncompressed_size / 1e9:.1f} GB at once"
                raise HistoryError(f"{told}: export it with smaller row groups")


def read_folder(folder: Path, name_shopper: Callable[[str], Pseudonym | None], *, identified: bool = False) -> Rows:
    """`name_shopper` turns a loyalty id into its pseudonym, or None when it names nobody; the id itself is forgotten here.

    `identified`: receipts are to be compared with those of another source.
    """
    path, lines, remarks = folder / LINES, Lines(), list[str]()
    with _opened(path, _READ, ("receipt_id", "sku"), TEXTS) as (file, columns):
        if unknown := [name for name in file.schema_arrow.names if name not in _KNOWN]:
            remarks.append(f"columns of {LINES} that are not used: {listed(unknown)}")
        empty = pa.RecordBatch.from_pylist([], pa.schema([file.schema_arrow.field(name) for name in columns]))
        for batch in chain([empty], file.iter_batches(_BLOCK, columns=columns)):
            lines.take(typed_all(batch, path, coded=True))
    remarks += lines.remarks()
    numbers, skus, stores, customers = map(lines.names, TEXTS)
    names_of_receipts, item, store, customer = map(lines.column, TEXTS)
    at, consent, hint = map(lines.column, ("at", "consent", "order_hint"))
    assert names_of_receipts is not None
    assert item is not None
    receipt = _within_stores(names_of_receipts, store, len(stores))
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
        shopper != NOBODY
        if customer is None or consent is None
        else _all_agree(consent, receipt, len(first)) & (shopper != NOBODY),
        customer is not None and consent is not None,
        tuple(remarks),
        np.zeros(0, np.int64) if hint is None else hint[first],
        np.array(identity, np.int64),
    )


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
