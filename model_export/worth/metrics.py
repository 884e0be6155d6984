"""What is measured on a receipt, and by which name others know it.

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

*Covariates*, known before the experiment: how the metric stood in the receipt's store and hour (`expected`), and how far its
shopper was above that, drawn towards the mean the less there is of it (`asking`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.amounts import unit_of

REPEAT_DAYS: Final = 14
LEAST_CELL: Final = 20
"""Receipts of a store and hour from which their mean is more than noise; with fewer of all, there are no covariates."""
SHRINK: Final = 2.0
"""Receipts of a shopper's past at which half of what they say is believed."""
HOURS: Final = 25
"""Of a store: -1 for a clock that is not believed, and 0 to 23."""


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    unit: str
    """share, items, money, seconds or points."""
    column: str
    """Of `measuring`, "" for `repeat`, which is of two receipts."""


METRICS: Final = (
    Metric("conversion", "share", "attached"),
    Metric("attach", "items", "attached"),
    Metric("items", "items", "items"),
    Metric("receipt", "money", "total"),
    Metric("margin", "money", "margin"),
    Metric("repeat", "share", ""),
    Metric("till", "seconds", "till_s"),
    Metric("rating", "points", "rating"),
)


def scale_of(unit: str, currency: str) -> int:
    """How many of the units of a report are one of those in which people write the figure: money is added up in minor units."""
    return unit_of(currency) if unit == "money" else 1


def expected(count: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """float64[stores, HOURS]: the mean of before by store and hour, of the store or of all where there is too little; or None.

    `count` and `total` float64[stores, HOURS]: of the receipts of before.
    """
    if count.sum() < LEAST_CELL:
        return None
    of_store, of_store_total = count.sum(axis=1, keepdims=True), total.sum(axis=1, keepdims=True)
    mean = float(total.sum() / count.sum())
    store = np.where(of_store >= LEAST_CELL, of_store_total / np.maximum(of_store, 1), mean)
    found: NDArray[np.float64] = np.where(count >= LEAST_CELL, total / np.maximum(count, 1), store)
    return found
