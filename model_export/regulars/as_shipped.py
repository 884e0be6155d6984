"""The rhythm as a register states it: profiles packed, unpacked and moved to the visit, to stand beside the whole.

Of what a profile leaves out nothing is stated: a probability of nought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from device.due import due
from device.profiles import pack, unpack
from model_export.fading import HISTORY_DECAY
from model_export.regulars.due import rhythm_of
from model_export.regulars.people import regulars
from model_export.regulars.profiles import Shop, profiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from device.domain import Pseudonym
    from device.profiles import Profile
    from model_export.regulars.rhythm import Learnt
    from model_export.regulars.visits import Habits

NAME: Final = "as shipped"


def as_shipped(learnt: Learnt, habits: Habits) -> NDArray[np.float64]:
    """float64[habits]: probabilities."""
    visits, history = habits.visits, habits.visits.history
    every = np.ones(len(history.skus), bool)
    shop = Shop(history.skus, every, HISTORY_DECAY, habits.usual, rhythm_of(learnt, 0.0, habits.usual, history.skus, every))
    assert shop.rhythm is not None
    asked = {history.shoppers[code] for code in visits.shopper.tolist()}
    before = regulars(history.part(0, visits.cut))
    known: dict[Pseudonym, Profile] = {
        one.pseudonyms[0]: unpack(pack(profile)) for one, profile in profiles(before, shop) if one.pseudonyms[0] in asked
    }
    codes = {sku: code for code, sku in enumerate(history.skus)}
    stated = np.zeros(len(habits))
    for question, receipt in enumerate(visits.receipt.tolist()):
        local, profile = history.local(receipt), known.get(history.shoppers[history.shopper[receipt]])
        if local is None or profile is None:
            continue
        first, last = np.searchsorted(habits.question, [question, question + 1])
        chances = {codes[sku]: chance for sku, chance in due(profile, shop.rhythm, local).items()}
        stated[first:last] = [chances.get(item, 0.0) for item in habits.item[first:last].tolist()]
    return stated
