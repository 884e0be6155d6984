"""Imported receipts as training reads them: what is marked is left out, and said."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from typing import Final

import numpy as np

from device.domain import Pseudonym, Sku
from model_export.history import NOBODY, UNTIMED, Rows, identity_of
from model_export.marks import SKIPPED, UNUSED
from model_export.registers import Sold, open_central, read_central
from sync.central.past import Mark, PastReceipt, open_past

_SPOKEN: Final = {
    Mark.TRAINING: "rung up to practise",
    Mark.WHOLESALE: "of wholesale size",
    Mark.VOID: "voided",
    Mark.RETURN: "returned",
    Mark.NOT_GOODS: "bags, deposits, services or gift cards",
}


def read_store(url: str, not_goods: Container[str] = ()) -> tuple[list[Rows], dict[Sku, Sold]]:
    """All that the central store has: what registers sent, and what was imported.

    `not_goods`: the items that the catalogue calls bags, deposits, services or gift cards; it may know more than at the import.
    """
    with closing(open_central(url)) as central:
        rows, sold = read_central(central, not_goods)
    with closing(open_past(url)) as past:
        imported, sold_before = read_past(past.receipts(), not_goods)
    return [rows, imported], _latest(sold_before, sold)


def read_past(receipts: Iterable[PastReceipt], not_goods: Container[str] = ()) -> tuple[Rows, dict[Sku, Sold]]:
    """Rows and item facts of imported receipts, in the order in which they come; a receipt without a line left is left out."""
    skus, stores, shoppers = dict[str, int](), dict[str, int](), dict[Pseudonym, int]()
    sold: dict[Sku, Sold] = {}
    receipt, item = array("q"), array("i")
    at, store, shopper, consent, hint = list[datetime | None](), array("i"), array("i"), array("b"), array("q")
    left_out, lines_left_out = Counter[Mark](), Counter[Mark]()
    identity, not_given = array("q"), array("q")
    for told in receipts:
        moment = None if told.local_time is None else datetime.fromisoformat(told.local_time)
        own = identity_of(told.store, told.number, moment and moment.replace(microsecond=0))
        if unused := told.marks & UNUSED:
            left_out[_gravest(unused)] += 1
            not_given.append(own)
            continue
        kept = False
        for line in told.lines:
            if skipped := line.marks & SKIPPED | (Mark.NOT_GOODS if line.sku in not_goods else 0):
                lines_left_out[_gravest(skipped)] += 1
                continue
            kept = True
            receipt.append(len(at))
            item.append(skus.setdefault(line.sku, len(skus)))
            if line.name is not None or line.amount is not None:
                known = sold.get(Sku(line.sku), Sold(None, None))
                price = known.price if line.amount is None else (line.amount * 1000 + line.quantity // 2) // line.quantity
                sold[Sku(line.sku)] = Sold(line.name or known.name, price)
        if not kept:
            not_given.append(own)
            continue
        identity.append(own)
        at.append(moment)
        hint.append(told.order_hint or 0)
        store.append(NOBODY if told.store is None else stores.setdefault(told.store, len(stores)))
        named = None if told.shopper is None else Pseudonym(told.shopper)
        shopper.append(NOBODY if named is None else shoppers.setdefault(named, len(shoppers)))
        consent.append(told.consent)
    remarks = [f"{count} imported receipts {_SPOKEN[mark]} are left out" for mark, count in left_out.items()]
    remarks += [f"{count} imported lines are {_SPOKEN[mark]} and left out" for mark, count in lines_left_out.items()]
    rows = Rows(
        list(skus),
        list(stores),
        list(shoppers),
        np.array(receipt, np.int64),
        np.array(item, np.int32),
        np.array([UNTIMED if moment is None else moment for moment in at], "datetime64[us]"),
        np.array(store, np.int32),
        np.array(shopper, np.int32),
        np.array(consent, np.bool_),
        remarks=tuple(remarks),
        hint=np.array(hint, np.int64),
        identity=np.array(identity, np.int64),
        left_out=np.array(not_given, np.int64),
    )
    return rows, sold


def _latest(before: Mapping[Sku, Sold], since: Mapping[Sku, Sold]) -> dict[Sku, Sold]:
    """What both say of the items: the later name and price where there is one."""
    both = dict(before)
    for sku, now in since.items():
        then = both.get(sku, now)
        both[sku] = Sold(now.name or then.name, then.price if now.price is None else now.price)
    return both


def _gravest(marks: int) -> Mark:
    """Under which one of its marks a receipt or line is counted: the first of `Mark`."""
    return next(mark for mark in Mark if mark & marks)
