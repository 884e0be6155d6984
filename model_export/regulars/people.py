"""Whose profiles go into a bundle: one `Regular` for each, with the receipts that they let us remember.

Where consents are registered (`model_export.consents`), a shopper of the history is a person already, and `names` are all that
registers may ask by: everybody named has a profile, be it an empty one, because a register names on receipts only whom its bundle
knows. Otherwise the receipts say it themselves, and who has no history has no profile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from device.domain import Pseudonym
from model_export.history import NOBODY, History

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Regular:
    """One person's receipts in order of time; those without one are the oldest."""

    pseudonyms: tuple[Pseudonym, ...]
    """The one that the profile stands under first."""
    at: NDArray[np.datetime64]
    """datetime64[us][receipts] on the shop's clock."""
    sizes: NDArray[np.int64]
    items: NDArray[np.int32]
    """Places in `History.skus`, one receipt after the other."""
    named: bool = False
    """Has a profile also without a history."""
    stores: tuple[str, ...] | None = None
    """Where the person was, agreed or not, as far as receipts say; None: nowhere yet."""


def regulars(
    history: History, names: Mapping[Pseudonym, tuple[Pseudonym, ...]] | None = None, stores: Collection[str] = ()
) -> Iterator[Regular]:
    """`names`: by the shopper's name in `history`; None: no consents are registered.

    `stores`: only who was in one of them, or nowhere yet; empty: all.
    """
    wanted = np.isin(history.store, [code for code, name in enumerate(history.stores) if name in stores])
    codes = {name: code for code, name in enumerate(history.shoppers)}
    nothing = np.zeros(0, np.int64)
    of_each = receipts_of_each(history)
    asked = ((history.shoppers[code], (history.shoppers[code],)) for code in of_each) if names is None else names.items()
    for own, pseudonyms in asked:
        receipts = of_each.get(codes.get(own, NOBODY), nothing)
        if stores and len(receipts) and not wanted[receipts].any():
            continue
        yield person(history, receipts, pseudonyms, named=names is not None)


def person(history: History, receipts: NDArray[np.int64], pseudonyms: tuple[Pseudonym, ...], *, named: bool = False) -> Regular:
    """Of one shopper's `receipts` in order of time."""
    kept = agreed(history, receipts)
    at, items = _times(history.at[kept]), history.lines_of(kept)
    at_stores = np.unique(history.store[receipts])
    been = tuple(history.stores[code] for code in at_stores[at_stores >= 0].tolist()) if len(receipts) else None
    return Regular(pseudonyms, at, history.sizes[kept], items, named=named, stores=been)


def agreed(history: History, receipts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of one shopper's receipts in order of time those behind the last one without consent.

    A receipt without a time may be the last word, and is taken for it.
    """
    refused = np.flatnonzero(~history.consent[receipts])
    if len(refused) and np.isnat(history.at[receipts[refused]]).any():
        return receipts[:0]
    return receipts[refused.max(initial=-1) + 1 :]


def _times(at: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Without a time a receipt is as old as the oldest that has one."""
    known = at[~np.isnat(at)]
    oldest = known.min() if len(known) else np.datetime64(0, "us")
    return np.where(np.isnat(at), oldest, at)


def receipts_of_each(history: History) -> dict[int, NDArray[np.int64]]:
    """By place in `History.shoppers`, in order of time."""
    order = np.argsort(history.shopper, kind="stable")
    order = order[history.shopper[order] != NOBODY]
    parts = np.split(order, np.flatnonzero(np.diff(history.shopper[order])) + 1) if len(order) else []
    return {int(history.shopper[part[0]]): part for part in parts}
