"""What is due on receipts of the past, as a register would have said it: by the profile that was packed the night before.

Of each receipt only what its shopper bought on the days before is known, and had agreed to by then. It is packed into a profile
of at most 1 KB, read again, and moved to the moment of the receipt: of items that do not travel nothing is stated. So the worth
of what is due is chosen (`due`) and measured (`evaluate.conditions`) on what registers can say.

Memory: `_TOGETHER` profiles at a time, of at most `past.MOST_VISITS` receipts each.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from device.due import due
from device.profiles import pack, unpack
from device.tokens import NO_HISTORY
from model_export.history import NOBODY
from model_export.regulars.past import MOST_VISITS, Usuals
from model_export.regulars.people import agreed, person, receipts_of_each
from model_export.regulars.profiles import Shop, profiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.domain import Sku
    from device.rhythm import Rhythm
    from model_export.history import History
    from model_export.regulars.people import Regular

_TOGETHER: Final = 200


def due_on(history: History, receipts: NDArray[np.int64], rhythm: Rhythm, decay: float) -> list[Mapping[Sku, float]]:
    """Of each of the `receipts` (places, rising) the probability that each item that recurs stands on it.

    Nothing of a receipt without a shopper or a time. `decay`: of histories.
    """
    found: list[Mapping[Sku, float]] = [NO_HISTORY] * len(receipts)
    asked = np.flatnonzero((history.shopper[receipts] != NOBODY) & ~np.isnat(history.at[receipts]))
    shop, of_each = _shop(history, rhythm, decay), receipts_of_each(history)
    for first in range(0, len(asked), _TOGETHER):
        rows = asked[first : first + _TOGETHER].tolist()
        known = (_the_night_before(history, of_each, int(receipts[row])) for row in rows)
        for row, (_, profile) in zip(rows, profiles(known, shop), strict=True):
            local = history.local(int(receipts[row]))
            assert local is not None
            found[row] = due(unpack(pack(profile)), rhythm, local)
    return found


def _the_night_before(history: History, of_each: Mapping[int, NDArray[np.int64]], receipt: int) -> Regular:
    """The shopper of a receipt, with the receipts of the days before; one without a time counts as the oldest."""
    shopper = int(history.shopper[receipt])
    earlier = of_each[shopper]
    earlier = earlier[~(history.at[earlier] >= history.at[receipt].astype("datetime64[D]"))]
    return person(history, agreed(history, earlier)[-MOST_VISITS:], (history.shoppers[shopper],), named=True)


def _shop(history: History, rhythm: Rhythm, decay: float) -> Shop:
    """Items are with everybody what the rhythm says, so nothing of later receipts is in it."""
    known = np.array([sku in rhythm.items for sku in history.skus], bool)
    usual = np.zeros((len(history.skus), 3))
    for code in np.flatnonzero(known).tolist():
        one = rhythm.items[history.skus[code]]
        usual[code] = one.gap, one.again, one.share
    return Shop(history.skus, known, decay, Usuals(*usual.T), rhythm)
