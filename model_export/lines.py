"""Lines of receipts as they are read, a batch at a time: the ones that were sold, texts replaced by codes.

A line that says what an earlier one of its batch said, receipt, item and all, is dropped where receipts are long: a receipt that
repeats one line forty million times costs what one of a few hundred lines does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model_export.history import NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SKU: Final = 64
"""Characters, as `tillside score` takes them."""
TEXTS: Final = ("receipt_id", "sku", "store", "customer")
_LONG: Final = 64
"""Lines of a receipt on average: beyond it a batch is searched for repetitions."""


class Lines:
    def __init__(self) -> None:
        self._names: dict[str, dict[str, int]] = {name: {} for name in TEXTS}
        self._parts: dict[str, list[NDArray[Any]]] = {}
        self._unnamed = self._odd = self._returned = 0

    def take(self, batch: Any) -> None:
        """A pyarrow.RecordBatch with `receipt_id` and `sku`, and what else there is of the columns of `parquet`, as `typed`."""
        there = set(batch.schema.names)
        texts = {name: _local(batch.column(name)) for name in TEXTS if name in there}
        sold = self._sold(batch, texts)
        columns: dict[str, NDArray[Any]] = {}
        if "consent" in there:
            columns["consent"] = pc.fill_null(batch["consent"], fill_value=False).to_numpy(zero_copy_only=False)
        if "at" in there:
            columns["at"] = batch["at"].to_numpy(zero_copy_only=False)
        if "order_hint" in there:
            columns["order_hint"] = pc.fill_null(batch["order_hint"], 0).to_numpy(zero_copy_only=False)
        columns = {name: column[sold] for name, column in columns.items()}
        codes = {name: self._coded(name, local[sold], told) for name, (local, told) in texts.items()}
        kept = _first_said([*codes.values(), *(columns[name] for name in ("consent",) if name in columns)])
        for name, column in (codes | columns).items():
            self._parts.setdefault(name, []).append(column[kept])

    def column(self, name: str) -> NDArray[Any] | None:
        """Codes of a text, int32[lines]; the values of any other column; None when the source has none."""
        return np.concatenate(self._parts[name]) if name in self._parts else None

    def names(self, name: str) -> list[str]:
        """The texts that the codes stand for, in the order of first appearance."""
        return list(self._names[name])

    def remarks(self) -> list[str]:
        odd = f"lines are left out, their item's code is empty, longer than {MOST_SKU} characters or holds a NUL"
        told = (
            (self._unnamed, "lines name no receipt or no item and are left out"),
            (self._odd, odd),
            (self._returned, "lines with a quantity of zero or less are left out"),
        )
        return [f"{count} {what}" for count, what in told if count]

    def _sold(self, batch: Any, texts: dict[str, tuple[NDArray[np.int64], list[str]]]) -> NDArray[np.bool_]:
        """The lines with a receipt, an item whose code a register can hold, and no quantity of zero or less."""
        receipt, (sku, skus) = texts["receipt_id"][0], texts["sku"]
        named = (receipt != NOBODY) & (sku != NOBODY)
        # One more place at the end, which NOBODY indexes.
        holdable = np.array([0 < len(told) <= MOST_SKU and "\0" not in told for told in skus] + [False], np.bool_)
        usable: NDArray[np.bool_] = named & holdable[sku]
        self._unnamed += int((~named).sum())
        self._odd += int(named.sum() - usable.sum())
        if "quantity" not in batch.schema.names:
            return usable
        sold: NDArray[np.bool_] = pc.fill_null(pc.greater(batch["quantity"], 0), fill_value=True).to_numpy(zero_copy_only=False)
        self._returned += int((usable & ~sold).sum())
        usable &= sold
        return usable

    def _coded(self, name: str, local: NDArray[np.int64], told: list[str]) -> NDArray[np.int32]:
        known = self._names[name]
        used, first = np.unique(local, return_index=True)
        code = np.full(len(told) + 1, NOBODY, np.int32)
        for place in used[np.argsort(first)].tolist():
            if place != NOBODY:
                code[place] = known.setdefault(told[place], len(known))
        return code[local]


def _local(column: Any) -> tuple[NDArray[np.int64], list[str]]:
    """Codes within this batch, -1 for null, and their texts, each once however many lines bear it."""
    coded = column if pa.types.is_dictionary(column.type) else column.cast(pa.string()).dictionary_encode()
    indices = pc.fill_null(coded.indices.cast(pa.int64()), NOBODY).to_numpy(zero_copy_only=False)
    used, local = np.unique(indices, return_inverse=True)
    told = coded.dictionary.take(pa.array(used[used != NOBODY])).cast(pa.string()).to_pylist()
    local = local.astype(np.int64) - int(len(used) > len(told))
    # A dictionary may hold null itself.
    null = np.array([text is None for text in told] + [True], np.bool_)
    return np.where(null[local], NOBODY, local), ["" if text is None else text for text in told]


def _first_said(columns: list[NDArray[Any]]) -> NDArray[np.int64] | slice:
    """The lines that say what none before them says; all, where receipts are short. The receipt comes first."""
    lines = len(columns[0])
    if lines <= _LONG * len(np.unique(columns[0])):
        return slice(None)
    _, first = np.unique(np.stack([column.astype(np.int32) for column in columns]), axis=1, return_index=True)
    return np.sort(first)
