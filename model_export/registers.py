"""What registers sent to the central store, as training reads it: closed sales, with what is marked left out and said."""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

import msgspec
import numpy as np

from device.domain import Pseudonym, Receipt, Sku
from model_export import marks
from model_export.history import NOBODY, Rows


class Receipts(Protocol):
    """The part of a central store that training reads."""

    def receipts(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class Span(Protocol):
    """Numbers that a register gave and that never came."""

    @property
    def device(self) -> str: ...

    @property
    def lo(self) -> int: ...

    @property
    def hi(self) -> int: ...


class Outcomes(Protocol):
    """The part of a central store that tells what became of suggestions."""

    def receipts(self, day: int | None = None) -> Iterator[bytes]: ...

    def rated(self, day: int | None = None) -> Iterator[bytes]: ...

    def changed(self) -> Mapping[int, str]: ...

    def close(self) -> None: ...

    def gaps(self) -> Sequence[Span]: ...


@dataclass(frozen=True, slots=True)
class Sold:
    """What receipts themselves say of an item: its latest name and price in minor units."""

    name: str | None
    price: int | None


def open_central(url: str) -> Receipts:
    from sync.central import open_central as opened  # noqa: PLC0415  # training from a folder needs no central store

    store: Receipts = opened(url)
    return store


def open_outcomes(url: str) -> Outcomes:
    from sync.central import open_central as opened  # noqa: PLC0415  # as above

    store: Outcomes = opened(url)
    return store


def read_central(central: Receipts, not_goods: Container[str] = ()) -> tuple[Rows, dict[Sku, Sold]]:
    """Closed sales of the central store, and what they say of the items; marked as `model_export.marks` says.

    `not_goods`: the items that the catalogue calls bags, deposits, services or gift cards.
    """
    reads_like_none = lru_cache(100_000)(marks.not_goods(marks.NOT_GOODS).search)
    decoder = msgspec.json.Decoder(Receipt)
    skus, stores, shoppers = dict[str, int](), dict[str, int](), dict[Pseudonym, int]()
    sold: dict[Sku, Sold] = {}
    receipt, item = array("q"), array("i")
    at, store, shopper = list[datetime](), array("i"), array("i")
    unfinished = unreadable = returned = halves = other = wholesale = 0
    for raw in central.receipts():
        try:
            sale = decoder.decode(raw)
            local = datetime.fromisoformat(sale.local_time).replace(tzinfo=None)
        except ValueError:  # msgspec's errors are ValueErrors too
            unreadable += 1
            continue
        if (why := marks.unlearnt(sale)) is not None:
            unfinished += why == "unfinished"
            halves += why != "unfinished"
            continue
        if marks.of_wholesale_size(sale.lines):
            wholesale += 1
            continue
        for line in sale.lines:
            if line.sku is None:
                continue
            if line.quantity <= 0:
                returned += 1
                continue
            if line.sku in not_goods or (line.name and reads_like_none(line.name)):
                other += 1
                continue
            receipt.append(len(at))
            item.append(skus.setdefault(line.sku, len(skus)))
            known = sold.get(line.sku, Sold(None, None))
            sold[line.sku] = Sold(line.name or known.name, known.price if line.price is None else line.price)
        at.append(local)
        store.append(stores.setdefault(sale.store, len(stores)))
        shopper.append(NOBODY if sale.shopper is None else shoppers.setdefault(sale.shopper, len(shoppers)))
    remarks = (
        (unreadable, "receipts of the central store cannot be read and are left out"),
        (unfinished, "cancelled or suspended sales are left out"),
        (halves, "receipts are returns, were heard from their middle only, or have a total and no lines, and are left out"),
        (returned, "lines with a quantity of zero or less are left out"),
        (other, "lines are bags, deposits, services or gift cards and left out"),
        (wholesale, "receipts are of wholesale size and left out"),
    )
    rows = Rows(
        list(skus),
        list(stores),
        list(shoppers),
        np.array(receipt, np.int64),
        np.array(item, np.int32),
        np.array(at, "datetime64[us]"),
        np.array(store, np.int32),
        np.array(shopper, np.int32),
        # A register sends a pseudonym only of shoppers who agreed.
        np.array(shopper, np.int32) != NOBODY,
        remarks=tuple(f"{count} {what}" for count, what in remarks if count),
    )
    return rows, sold
