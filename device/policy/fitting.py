"""What cannot fit a shopper, as columns of the goods: see `device.fit` for the kinds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.fit import BABY, KINDS, MOST_MONTHS, MUST_SAY, Words, months_old

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from device.catalogue import Item

_EVERY: Final = "diet"
_NONE: Final = "allergen"


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """bool[items] each."""

    said: dict[str, NDArray[np.bool_]]
    """By kind: the item says something of it."""
    words: dict[tuple[str, str], NDArray[np.bool_]]
    """By kind and word: the item says this."""
    first: NDArray[np.int16]
    last: NDArray[np.int16]
    """Months of age, inclusive; 0 to `MOST_MONTHS` where nothing is said."""


def fits(items: Sequence[Item | None]) -> Fits:
    said = {kind: np.array([item is not None and kind in item.fit for item in items], np.bool_) for kind in KINDS}
    words: dict[tuple[str, str], NDArray[np.bool_]] = {}
    first, last = np.zeros(len(items), np.int16), np.full(len(items), MOST_MONTHS, np.int16)
    for place, item in enumerate(items):
        for kind, theirs in () if item is None else item.fit.items():
            if kind == BABY:
                first[place], last[place] = map(int, theirs)
            else:
                for word in theirs:
                    words.setdefault((kind, word), np.zeros(len(items), np.bool_))[place] = True
    return Fits(said, words, first, last)


def unfit(goods: Fits, shopper: Words, local: datetime) -> NDArray[np.bool_]:
    """Which items do not fit; a shopper of whom nothing is known is fitted by everything."""
    found = np.zeros(len(goods.first), np.bool_)
    for kind, theirs in shopper.items():
        if not theirs:
            continue
        said = goods.said[kind]
        if kind == BABY:
            ages = [months_old(born, local.year, local.month) for born in theirs]
            suits = np.logical_or.reduce([(goods.first <= age) & (age <= goods.last) for age in ages])
        else:
            masks = np.stack([goods.words.get((kind, word), np.zeros(len(found), np.bool_)) for word in theirs])
            suits = masks.all(axis=0) if kind == _EVERY else ~masks.any(axis=0) if kind == _NONE else masks.any(axis=0)
        found |= np.where(said, ~suits, kind in MUST_SAY)
    return found
