"""What a register without a model suggests: SKUs by the number of receipts that hold them, of the chain and of each store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from model_export.history import NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.domain import Sku
    from model_export.history import History

BEST_SELLERS: Final = 50


def best_sellers(history: History) -> dict[str, list[str]]:
    """SKUs by the number of receipts that hold them; a store's own list is filled up with the chain's."""
    whole = _ranked(np.bincount(history.item, minlength=len(history.skus)), history)
    found: dict[str, list[str]] = {"": [*whole[:BEST_SELLERS]]}
    store_of_line = np.repeat(history.store, history.sizes)
    order = np.argsort(store_of_line, kind="stable")
    order = order[store_of_line[order] != NOBODY]
    if len(order):
        for lines in np.split(order, np.flatnonzero(np.diff(store_of_line[order])) + 1):
            own = _ranked(np.bincount(history.item[lines], minlength=len(history.skus)), history)
            found[history.stores[store_of_line[lines[0]]]] = list[str](dict.fromkeys([*own, *whole]))[:BEST_SELLERS]
    return found


def _ranked(counts: NDArray[np.int64], history: History) -> list[Sku]:
    sold = np.flatnonzero(counts)
    few = sold[np.argsort(-counts[sold], kind="stable")][: 4 * BEST_SELLERS]
    return [history.skus[code] for code in sorted(few, key=lambda code: (-counts[code], history.skus[code]))]
