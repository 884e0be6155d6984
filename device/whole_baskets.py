"""The sale of a till that tells its whole basket each time, and the receipt that is printed of it: one sale. Pure.

| what comes                                     | what becomes of it                                                            |
|------------------------------------------------|-------------------------------------------------------------------------------|
| the end, told                                  | the sale is being paid, and the end waits `TRUTH_SECONDS` for its receipt, or |
|                                                | until the till tells another thing                                            |
| the receipt of an end that waits               | corrects it (`device.corrected`)                                              |
| a receipt while the sale is open or being paid | waits for the till's next word: the end, which it corrects, or another sale,  |
|                                                | before which it ends this one; where lines change, it was not of this one     |
| a receipt within `LATE_SECONDS` of an end that | nothing: the sale is kept already; another total is counted. Of an open sale  |
| was not waited for any longer                  | it is only where that has its total, or is being paid                         |
| any other receipt                              | not of this feed                                                              |

Words of a sale may come late and twice; whoever keeps the sales looks after that (`device.lane`). Where ends wait, the till's
numbers are doubled: between two of its words there is room for one that it did not say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from device.basket import newer_sale
from device.corrected import corrected, differ
from device.domain import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from device.corrected import Differences
    from device.events import BasketState

TRUTH_SECONDS: Final = 10.0
LATE_SECONDS: Final = 60.0


class WholeBaskets:
    """Owns the state in which the sale at hand was told last, and what of it waits."""

    def __init__(self, differences: Differences, *, waits: bool) -> None:
        self._differences = differences
        self._waits = waits
        self._at_hand: BasketState | None = None
        self._ending: BasketState | None = None
        self._receipt: BasketState | None = None
        self._owed: BasketState | None = None
        self._over: BasketState | None = None
        """The last end, as told."""

    @property
    def ends(self) -> bool:
        """An end waits for its receipt."""
        return self._ending is not None

    def take(self, event: BasketState) -> list[BasketState]:
        """The till's own word."""
        if self._waits:
            event = replace(event, seq=2 * event.seq, as_told=event)
        waits = self._ending
        if waits is not None and not _another(event, waits) and (event.seq <= waits.seq or event.phase is Phase.CLOSED):
            return []  # told again, or late
        if self._is_over(event):
            return [event]
        before = self.end()
        at_hand, receipt = self._at_hand, self._receipt
        if receipt is not None and at_hand is not None and _another(event, at_hand):
            # Its end went by unheard. Without a time of its own, whatever is yet told of it is of the same sale.
            end = replace(at_hand, phase=Phase.CLOSED, seq=at_hand.seq + 2, told_at=None, at=event.at)
            before = [*before, corrected(end, receipt, self._differences)]
            self._receipt = None
        if at_hand is not None and not _another(event, at_hand) and event.seq <= at_hand.seq:
            return [*before, event]  # late
        match event.phase:
            case Phase.OPEN | Phase.TENDER:
                if at_hand is None or at_hand.lines != event.lines:
                    self._receipt = None
                self._at_hand = event
            case Phase.CLOSED:
                return before + self._closed(event)
            case _:
                self._at_hand = self._receipt = None
        return [*before, event]

    def _closed(self, event: BasketState) -> list[BasketState]:
        at_hand, receipt = self._at_hand, self._receipt
        self._at_hand = self._receipt = None
        self._over = event
        if receipt is not None:
            return [corrected(event, receipt, self._differences)]
        if not self._waits:
            return [event]
        self._ending = event
        if at_hand is None or _another(event, at_hand):
            return []
        # Until then nothing is suggested, and nothing sent to the till.
        return [replace(event, phase=Phase.TENDER, seq=event.seq - 1)]

    def printed(self, receipt: BasketState) -> list[BasketState] | None:
        """What comes of a receipt; None: it is not of this feed."""
        if self._ending is not None:
            ending, self._ending = self._ending, None
            return [corrected(ending, receipt, self._differences)]
        owed, self._owed = self._owed, None
        if self._late(owed, receipt):
            return []
        if self._at_hand is None:
            return None
        self._receipt = receipt
        return []

    def end(self) -> list[BasketState]:
        """The end that waited, its receipt having not come."""
        ending, self._ending = self._ending, None
        if ending is None:
            return []
        self._owed = ending
        return [ending]

    def idle(self, at: datetime) -> list[BasketState]:
        """What time alone brings."""
        # Without its sign: a clock that was set back would have the end wait until it is as late again.
        waited = self._ending is not None and abs((at - self._ending.at).total_seconds()) >= TRUTH_SECONDS
        return self.end() if waited else []

    def _is_over(self, event: BasketState) -> bool:
        """The last end once more."""
        over = self._over
        if over is None or event.phase is not Phase.CLOSED or _another(event, over):
            return False
        return (event.lines, event.total) == (over.lines, over.total)

    def _late(self, owed: BasketState | None, receipt: BasketState) -> bool:
        if owed is None or (receipt.at - owed.at).total_seconds() > LATE_SECONDS:
            return False
        open_now = self._at_hand
        if open_now is not None and (open_now.phase is Phase.TENDER or not differ(open_now, receipt)):
            return False
        self._differences.note_late(owed, receipt)
        return True


def _another(event: BasketState, sale: BasketState) -> bool:
    return event.basket_id != sale.basket_id or newer_sale(event, sale)
