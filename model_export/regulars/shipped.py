"""What of regulars goes into a bundle: their profiles, and the rhythm that reckons from them what is due."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Pseudonym, Sku
from device.errors import HistoryError
from device.fit import Words
from device.tokens import item_token
from model_export.registers import open_central
from model_export.regulars.due import learnt_before, rhythm_of
from model_export.regulars.past import usuals_of
from model_export.regulars.people import regulars
from model_export.regulars.profiles import Shop, packed
from model_export.regulars.unwanted import of_registers
from model_export.regulars.visits import past_before
from sync.central.people import People, open_people

if TYPE_CHECKING:
    from datetime import datetime

    from device.rhythm import Rhythm
    from device.tokens import Vocabulary
    from model_export.history import History


@dataclass(frozen=True, slots=True)
class Shoppers:
    """What headquarters knows of shoppers beside their receipts."""

    people: People | None = None
    """None: receipts alone say who agreed."""
    stores: Collection[str] = ()
    """The profiles of who was in one of them travel; none: of everybody."""
    unwanted: Mapping[Pseudonym, tuple[Sku, ...]] = field(default_factory=dict)
    segments: Mapping[Pseudonym, tuple[str, ...]] = field(default_factory=dict)
    fit: Mapping[Pseudonym, Words] = field(default_factory=dict)
    """What they say of themselves, see `model_export.regulars.attributes`."""


NOBODY_ASKED: Final = Shoppers()


@contextmanager
def asked(url: str | None, stores: Collection[str], history: History, at: datetime) -> Iterator[Shoppers]:
    """What the central store knows of shoppers as of `at`, while it is open. HistoryError for a store that nobody was in."""
    if unheard := sorted(set(stores) - set(history.stores)):
        raise HistoryError(f"no receipt is of store {unheard[0]}: the receipts name {', '.join(sorted(history.stores)) or 'none'}")
    if url is None:
        yield Shoppers(stores=stores)
        return
    with closing(open_central(url)) as central:
        unwanted = of_registers(central.receipts())
    with closing(open_people(url, at)) as people:
        yield Shoppers(people, stores, unwanted)


class Shipped:
    """Rows for a bundle, to be gone through once; `count` is how many went by."""

    def __init__(self, rows: Iterator[tuple[Pseudonym, bytes]], rhythm: Rhythm | None) -> None:
        self._rows = rows
        self.rhythm = rhythm
        self.count = 0

    def __iter__(self) -> Iterator[tuple[Pseudonym, bytes]]:
        for row in self._rows:
            self.count += 1
            yield row


def shipped(history: History, vocabulary: Vocabulary, decay: float, worth: float, shoppers: Shoppers, seed: int) -> Shipped:
    """Of all receipts of `history`; no rhythm where too few came again to learn one."""
    learnt = learnt_before(history, len(history), seed) if history.timed else None
    usual = usuals_of(past_before(history, len(history)), len(history.skus))
    rhythm = None if learnt is None else rhythm_of(learnt, worth, usual, history, vocabulary)
    known = np.array([item_token(sku) in vocabulary.ids for sku in history.skus])
    shop = Shop(history.skus, known, decay, usual, rhythm)
    return Shipped(packed(regulars(history, shoppers.people, shoppers.stores), shop, shoppers.unwanted, shoppers.segments, shoppers.fit), rhythm)
