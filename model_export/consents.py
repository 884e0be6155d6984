"""Whose receipts may be told apart, and whose history goes into a bundle: `sync.central.people`, made true of a history.

`agreed` joins what one person bought under several pseudonyms, and makes every receipt anonymous whose shopper did not agree to a
profile, before anything is learnt. Who agreed to a profile but not to suggestions from it stays a shopper without a history: the
register finds an empty profile, names the pseudonym on receipts and suggests nothing from it (`regulars.people`).

`without_shared` is for whatever source: a card that many share (the limits are those of `sync.central.people`) is nobody's.

Memory: some 300 bytes for each person who agreed, and 20 for each receipt while it works.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from device.domain import Pseudonym
from model_export.history import NOBODY, History
from sync.central.people import MAX_A_DAY, MAX_RECEIPTS, Person, Purpose, open_people

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Agreed:
    """A history in which a shopper is a person who agreed, and `names`: by the shopper's name, all that registers may ask by."""

    history: History
    names: Mapping[Pseudonym, tuple[Pseudonym, ...]]
    offers: frozenset[Pseudonym] = frozenset()
    """Of these names those who agreed to offers."""


def by(choice: str, history: History, url: str | None, at: datetime) -> tuple[History, Agreed | None]:
    """As `tillside train --consent` says: registered at `url`, as-recorded by the receipts themselves, or none."""
    history = without_shared(history)
    if choice == "registered" and url is not None:
        made = registered(history, url, at)
        return made.history, made
    return (replace(history, consent=np.zeros_like(history.consent)) if choice == "none" else history), None


def registered(history: History, url: str, at: datetime) -> Agreed:
    """By the consents in the central store as of `at`. CentralError: it cannot be read."""
    with closing(open_people(url, at)) as people:
        return agreed(history, people.people())


def agreed(history: History, people: Iterable[Person]) -> Agreed:
    """`people`: those who agreed to PROFILING, each pseudonym with one of them."""
    codes = {name: code for code, name in enumerate(history.shoppers)}
    person_of = np.full(len(codes) + 1, NOBODY, np.int32)
    remembered = np.zeros(len(codes) + 1, bool)
    names = {}
    offers = set[Pseudonym]()
    for person in people:
        own = [codes[name] for pseudonym in person.pseudonyms if (name := Pseudonym(pseudonym)) in codes]
        first = history.shoppers[own[0]] if own else Pseudonym(person.pseudonyms[0])
        names[first] = tuple(Pseudonym(name) for name in person.pseudonyms)
        if Purpose.OFFERS in person.consents:
            offers.add(first)
        if own:
            person_of[own] = own[0]
            remembered[own[0]] = Purpose.HISTORY in person.consents
    # NOBODY is -1: the last place of either table, which stays as it is.
    shopper = person_of[history.shopper]
    anonymous = int(((history.shopper != NOBODY) & (shopper == NOBODY)).sum())
    said = (f"{anonymous} receipts name shoppers who did not agree to a profile, and are read as nobody's",) if anonymous else ()
    consent = history.consent & remembered[shopper]
    return Agreed(replace(history, shopper=shopper, consent=consent, remarks=(*history.remarks, *said)), names, frozenset(offers))


def without_shared(history: History) -> History:
    """Receipts of cards that many share are anonymous; a remark tells how many cards, and of how many receipts."""
    known = np.flatnonzero(history.shopper != NOBODY)
    whose = history.shopper[known].astype(np.int64)
    receipts = np.bincount(whose, minlength=len(history.shoppers))
    shared = (receipts >= MAX_RECEIPTS) | (_busiest(history, known, whose) > MAX_A_DAY)
    if not shared.any():
        return history
    shopper = history.shopper.copy()
    shopper[known[shared[whose]]] = NOBODY
    count = int(receipts[shared].sum())
    said = (
        f"{int(shared.sum())} cards are shown as only many people could (a canteen's, a cashier's own), {count} times in all: "
        "they are read as nobody's"
    )
    return replace(history, shopper=shopper, remarks=(*history.remarks, said))


def _busiest(history: History, known: NDArray[np.int64], whose: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[shoppers]: receipts on one day of the shop's calendar, at most."""
    most = np.zeros(len(history.shoppers), np.int64)
    timed = ~np.isnat(history.at[known])
    day = history.at[known[timed]].astype("datetime64[D]").astype(np.int64)
    if len(day):
        first = day.min()
        days, count = np.unique(whose[timed] * (day.max() - first + 1) + day - first, return_counts=True)
        np.maximum.at(most, days // (day.max() - first + 1), count)
    return most
