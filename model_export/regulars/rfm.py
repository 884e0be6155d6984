"""RFM: recency, frequency and money of each regular in quintiles of the chain, and the eleven segments the field knows.

Recency counts whole days from the last receipt to the latest of the chain; frequency counts receipts, money adds their totals in
minor units. Scores are 1 to 5 by the chain's quintiles (5: latest, most often, most); equal values have equal scores, so a chain
where most came once has few in the middle. FM is the mean of the scores of frequency and money, halves up. One table names
every square, after the ranges that Putler's "RFM analysis" gives, which overlap; where they do, the square goes to the narrower.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.errors import HistoryError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from model_export.regulars.spending import Spending


class Segment(enum.StrEnum):
    CHAMPIONS = "champions"
    LOYAL = "loyal"
    POTENTIAL_LOYALIST = "potential loyalist"
    NEW = "new"
    PROMISING = "promising"
    NEED_ATTENTION = "need attention"
    ABOUT_TO_SLEEP = "about to sleep"
    AT_RISK = "at risk"
    CANNOT_LOSE = "cannot lose"
    HIBERNATING = "hibernating"
    LOST = "lost"


_S = Segment
TABLE: Final[dict[int, tuple[Segment, ...]]] = {
    # recency: FM 1, 2, 3, 4, 5
    5: (_S.NEW, _S.POTENTIAL_LOYALIST, _S.LOYAL, _S.CHAMPIONS, _S.CHAMPIONS),
    4: (_S.PROMISING, _S.POTENTIAL_LOYALIST, _S.LOYAL, _S.LOYAL, _S.CHAMPIONS),
    3: (_S.ABOUT_TO_SLEEP, _S.NEED_ATTENTION, _S.NEED_ATTENTION, _S.LOYAL, _S.LOYAL),
    2: (_S.HIBERNATING, _S.ABOUT_TO_SLEEP, _S.AT_RISK, _S.AT_RISK, _S.CANNOT_LOSE),
    1: (_S.LOST, _S.LOST, _S.HIBERNATING, _S.AT_RISK, _S.CANNOT_LOSE),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """One entry a shopper, int64 each; `segment` indexes `Segment` in its order."""

    days_since: NDArray[np.int64]
    receipts: NDArray[np.int64]
    money: NDArray[np.int64]
    recency: NDArray[np.int64]
    frequency: NDArray[np.int64]
    monetary: NDArray[np.int64]
    segment: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """A segment, for the table: how many shoppers, and the means of their days since, receipts and money."""

    segment: str
    shoppers: int
    share: float
    days_since: float
    receipts: float
    money: float


def score(spending: Spending) -> Scored:
    """HistoryError when nobody is known."""
    count = len(spending.shoppers)
    if not count:
        raise HistoryError("no receipt names a shopper who agreed: segments need cards; bring receipts with `customer`")
    day = spending.at.astype("datetime64[D]").astype(np.int64)
    last = np.full(count, np.iinfo(np.int64).min)
    np.maximum.at(last, spending.shopper, day)
    days_since = day.max() - last
    receipts = np.bincount(spending.shopper, minlength=count).astype(np.int64)
    money = np.zeros(count, np.int64)
    np.add.at(money, spending.shopper, spending.total)
    recency, frequency, monetary = 6 - quintile(days_since), quintile(receipts), quintile(money)
    order = list(Segment)
    squares = np.array([[order.index(one) for one in TABLE[r]] for r in range(1, 6)])
    segment = squares[recency - 1, (frequency + monetary + 1) // 2 - 1]
    return Scored(days_since, receipts, money, recency, frequency, monetary, segment)


def quintile(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, 1 to 5: in which fifth of the shoppers each value begins."""
    below = np.searchsorted(np.sort(values), values)
    found: NDArray[np.int64] = 1 + below * 5 // len(values)
    return found


def table(scored: Scored) -> list[Row]:
    """Every segment, empty ones too."""
    rows = []
    for place, segment in enumerate(Segment):
        whose = scored.segment == place
        count = int(whose.sum())
        means = [
            round(float(one[whose].mean()), 2) if count else 0.0 for one in (scored.days_since, scored.receipts, scored.money)
        ]
        rows.append(Row(str(segment), count, round(count / len(whose), 5), *means))
    return rows
