"""Whose receipts are whose: one `Regular` for each person a profile may be of, with all receipts of all their pseudonyms.

Where headquarters knows persons (`sync.central.people`), they say who agreed and which pseudonyms are one person's; of a shopper whom
it does not know, the receipts say it: the `consent` column of an export, and a register names only shoppers who agreed. A profile
takes the purposes PROFILING, because it is one, and HISTORY, because all that stands in it so far is for suggestions from history:
without either the shopper is anonymous at the till.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Pseudonym
from model_export.history import NOBODY, History
from sync.central.people import People, Person, Purpose

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEEDED: Final = frozenset({Purpose.PROFILING, Purpose.HISTORY})


@dataclass(frozen=True, slots=True)
class Regular:
    """One person's receipts in order of time; those without one are the oldest."""

    id: str
    pseudonyms: tuple[Pseudonym, ...]
    """The one that the profile stands under first."""
    at: NDArray[np.datetime64]
    """datetime64[us][receipts] on the shop's clock."""
    sizes: NDArray[np.int64]
    items: NDArray[np.int32]
    """Places in `History.skus`, one receipt after the other."""
    offers: bool = False
    """They agreed to OFFERS; a receipt alone does not say so."""


def regulars(history: History, people: People | None = None, stores: Collection[str] = ()) -> Iterator[Regular]:
    """`stores`: only who was in one of them; empty: all."""
    wanted = np.isin(history.store, [code for code, name in enumerate(history.stores) if name in stores])
    asked = _Asked(people)
    places = {name: code for code, name in enumerate(history.shoppers)}
    of_each = _receipts_of_each(history)
    for code, receipts in of_each.items():
        person = asked.of(history.shoppers[code])
        if person is None:
            own, pseudonyms, name = agreed(history, receipts), (history.shoppers[code],), str(history.shoppers[code])
            offers = False
        else:
            theirs = [places[Pseudonym(one)] for one in person.pseudonyms if one in places]
            known = [one for one in theirs if one in of_each]
            if known[:1] != [code] or not person.consents >= NEEDED:
                continue  # said under the first of their pseudonyms
            own = np.sort(np.concatenate([of_each[one] for one in known]))
            pseudonyms, name = tuple(map(Pseudonym, person.pseudonyms)), person.id
            offers = Purpose.OFFERS in person.consents
        if not len(own) or (stores and not wanted[own].any()):
            continue
        yield Regular(name, pseudonyms, _times(history.at[own]), history.sizes[own], history.lines_of(own), offers)


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


class _Asked:
    """Persons by pseudonym; nobody where headquarters knows none."""

    def __init__(self, people: People | None) -> None:
        self._people = people

    def of(self, pseudonym: Pseudonym) -> Person | None:
        return None if self._people is None else self._people.of(pseudonym)


def _receipts_of_each(history: History) -> dict[int, NDArray[np.int64]]:
    """By place in `History.shoppers`, in order of time."""
    order = np.argsort(history.shopper, kind="stable")
    order = order[history.shopper[order] != NOBODY]
    parts = np.split(order, np.flatnonzero(np.diff(history.shopper[order])) + 1) if len(order) else []
    return {int(history.shopper[part[0]]): part for part in parts}
