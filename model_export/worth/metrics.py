"""What is measured on a receipt, by which name others know it, and what was known of it before.

| metric       | of one receipt                                                                          | unit    |
|--------------|------------------------------------------------------------------------------------------|---------|
| `conversion` | 1 when an item of the first slate stands on it                                             | share   |
| `attach`     | how many items of the first slate stand on it                                              | items   |
| `items`      | different items on it                                                                      | items   |
| `receipt`    | its total (mean check)                                                                     | money   |
| `margin`     | what its lines of known margin earn                                                        | money   |
| `repeat`     | 1 when its shopper, if known, came again within 14 days; of receipts older than that        | share   |
| `till`       | seconds from the first line to the payment                                                 | seconds |
| `rating`     | 100 for a promoter or the glad face, -100 for a detractor or the sad face: the mean is NPS  | points  |

`conversion` and `attach` look at what would have been suggested in the control arm too: what is bought there was wanted anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model_export.worth.columns import NONE, Columns

REPEAT_DAYS: Final = 14
LEAST_CELL: Final = 20
"""Receipts of a store and hour from which their mean is more than noise."""
SHRINK: Final = 2.0
"""Receipts of a shopper's past at which half of what they say is believed."""


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    unit: str
    """share, items, money, seconds or points."""
    of: Callable[[Columns], NDArray[np.float64]]
    """Of all sales of the store, in the order of time; NaN where it is not known of one."""


def repeat(columns: Columns) -> NDArray[np.float64]:
    came = np.full(len(columns), np.nan)
    known = np.flatnonzero(columns.shopper != NONE)
    if not len(known):
        return came
    order = known[np.lexsort((columns.closed_s[known], columns.shopper[known]))]
    same = columns.shopper[order][1:] == columns.shopper[order][:-1]
    soon = np.diff(columns.closed_s[order]) <= REPEAT_DAYS * 86_400
    came[order] = [*(same & soon).tolist(), False]
    came[columns.closed_s > columns.closed_s.max() - REPEAT_DAYS * 86_400] = np.nan
    return came


METRICS: Final = (
    Metric("conversion", "share", lambda columns: (columns.values["attached"] > 0).astype(np.float64)),
    Metric("attach", "items", lambda columns: columns.values["attached"]),
    Metric("items", "items", lambda columns: columns.values["items"]),
    Metric("receipt", "money", lambda columns: columns.values["total"]),
    Metric("margin", "money", lambda columns: columns.values["margin"]),
    Metric("repeat", "share", repeat),
    Metric("till", "seconds", lambda columns: columns.values["till_s"]),
    Metric("rating", "points", lambda columns: columns.values["rating"]),
)


def covariates(columns: Columns, before: NDArray[np.bool_], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[n, 0 or 2]: how the metric stood, before the experiment, in the receipt's store and hour, and with its shopper.

    `before`: the receipts of that time. What a shopper's past says is drawn towards the mean the less there is of it.
    """
    told = before & ~np.isnan(y)
    if told.sum() < LEAST_CELL:
        return np.zeros((len(columns), 0))
    cell = columns.store * 25 + columns.hour + 1
    cells = int(cell.max()) + 1
    count, total = np.bincount(cell[told], minlength=cells), np.bincount(cell[told], y[told], minlength=cells)
    stores = columns.store
    store_count, store_total = np.bincount(stores[told], minlength=cells), np.bincount(stores[told], y[told], minlength=cells)
    mean = float(y[told].mean())
    of_store = np.where(store_count >= LEAST_CELL, store_total / np.maximum(store_count, 1), mean)
    expected = np.where(count[cell] >= LEAST_CELL, total[cell] / np.maximum(count[cell], 1), of_store[stores])
    known = told & (columns.shopper != NONE)
    shoppers = int(columns.shopper.max(initial=0)) + 1
    visits = np.bincount(columns.shopper[known], minlength=shoppers)
    above = np.bincount(columns.shopper[known], (y - expected)[known], minlength=shoppers)
    personal = np.where(columns.shopper == NONE, 0.0, (above / (visits + SHRINK))[columns.shopper])
    return np.column_stack((expected, personal))
