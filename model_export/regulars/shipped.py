"""What of regulars goes into a bundle: their profiles, and the rhythm that reckons from them what is due.

Or beside it: then each store's profiles are a file of their own, of who was in it or nowhere yet, and the bundle holds none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from device.domain import Pseudonym
from device.errors import HistoryError
from device.tokens import item_token
from model_export.registers import open_central
from model_export.regulars import attributes, by_store
from model_export.regulars.answers import NOTHING_SAID, Answers, of_registers
from model_export.regulars.due import learnt_before, rhythm_of
from model_export.regulars.past import usuals_of
from model_export.regulars.people import regulars
from model_export.regulars.profiles import NOTHING_TOLD, Shop, Told, packed, profiles
from model_export.regulars.visits import past_before

if TYPE_CHECKING:
    from pathlib import Path

    from device.profiles import Profile
    from device.rhythm import Rhythm
    from device.tokens import Vocabulary
    from model_export.consents import Agreed
    from model_export.history import History
    from model_export.regulars.kept import Latest
    from model_export.regulars.people import Regular


@dataclass(frozen=True, slots=True)
class Shoppers:
    """What headquarters knows of shoppers beside their receipts."""

    names: Mapping[Pseudonym, tuple[Pseudonym, ...]] | None = None
    """Of everybody whose consent is registered, see `model_export.consents`; None: receipts say who agreed."""
    stores: Collection[str] = ()
    """The profiles of who was in one of them travel; none: of everybody."""
    answers: Answers = NOTHING_SAID
    told: Told = NOTHING_TOLD
    beside: Path | None = None
    """The folder for each store's profiles; None: they go into the bundle."""


AS_RECORDED: Final = Shoppers()


def shoppers_of(
    history: History,
    names: Mapping[Pseudonym, tuple[Pseudonym, ...]] | None,
    stores: Collection[str],
    url: str | None,
    told: Told = NOTHING_TOLD,
    beside: Path | None = None,
) -> Shoppers:
    """`url`: of the central store, for what shoppers said of suggestions. HistoryError for a store that nobody was in."""
    if unheard := sorted(set(stores) - set(history.stores)):
        raise HistoryError(
            f"no receipt is of store {unheard[0]}: the receipts name {', '.join(sorted(history.stores)) or 'none'}"
        )
    if url is None:
        return Shoppers(names, stores, told=told, beside=beside)
    with closing(open_central(url)) as central:
        return Shoppers(names, stores, of_registers(central.receipts(), history.last), told, beside)


def told_of(
    counted: Latest | None, attributes_file: Path | None, agreed: Agreed | None, name_shopper: Callable[[str], Pseudonym | None]
) -> Told:
    """Segments, what shoppers say of themselves, and who agreed to offers; HistoryError for a file that cannot be."""
    said = {} if attributes_file is None else attributes.read(attributes_file, name_shopper)
    return Told(counted.segments if counted else {}, said, agreed.offers if agreed else frozenset())


class Shipped:
    """Rows for a bundle, to be gone through once; `count` is how many shoppers with a history went by."""

    def __init__(self, found: Iterator[tuple[Regular, Profile]], rhythm: Rhythm | None) -> None:
        self._found = found
        self.rhythm = rhythm
        self.count = 0

    def beside(self, folder: Path | None, stores: Collection[str], made_at: str) -> Iterable[tuple[Pseudonym, bytes]]:
        """What is left for the bundle: all, or nothing when each of the `stores` has a file in `folder` now."""
        if folder is None:
            return self
        by_store.write(folder, self._with_stores(), [store for store in stores if store], made_at)
        return ()

    def _with_stores(self) -> Iterator[tuple[tuple[str, ...] | None, Pseudonym, bytes]]:
        for regular, profile in self._found:
            self.count += bool(profile.history)
            for name, content in packed(regular, profile):
                yield regular.stores, name, content

    def __iter__(self) -> Iterator[tuple[Pseudonym, bytes]]:
        for regular, profile in self._found:
            self.count += bool(profile.history)
            yield from packed(regular, profile)


def shipped(history: History, vocabulary: Vocabulary, decay: float, worth: float, shoppers: Shoppers, seed: int) -> Shipped:
    """Of all receipts of `history`; no rhythm where too few came again to learn one."""
    learnt = learnt_before(history, len(history), seed) if history.timed else None
    usual = usuals_of(past_before(history, len(history)), len(history.skus))
    known = np.array([item_token(sku) in vocabulary.ids for sku in history.skus])
    rhythm = None if learnt is None else rhythm_of(learnt, worth, usual, history.skus, known)
    shop = Shop(history.skus, known, decay, usual, rhythm)
    known_of = regulars(history, shoppers.names, shoppers.stores)
    return Shipped(profiles(known_of, shop, shoppers.answers, shoppers.told), rhythm)
