"""RFM: recency, frequency and money of each regular in quintiles of the chain, and the eleven segments the field knows.

Recency counts whole days from the last receipt to the latest of the chain; frequency counts receipts, money adds their totals in
minor units. Scores are 1 to 5 by the chain's quintiles (5: latest, most often, most); equal values have equal scores, so a chain
where most came once has few in the middle. FM is the mean of the scores of frequency and money, halves up. One table names
every square, after the ranges that Putler's "RFM analysis" gives, which overlap; where they do, the square goes to the narrower.
`model_export.regulars.membership` scores, and looks them up.
"""

from __future__ import annotations

import enum
from typing import Final


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
