"""What registers decided while they explored, and what a candidate would have decided in their stead: rows for `off_policy`.

The steps of a receipt are walked as `tillside explain` walks them (`device.trail`), each asked of the candidate's own bundle,
without exploring. Looked at are sales that are learnt from (`marks.unlearnt`) on which suggestions were shown, the latest ones,
whatever screens painted and however large they grew: a draw must not be left out by what came after it, so that receipts of
wholesale size stay, which `showings` and the report leave out. Those that the candidate has learnt from are left out unless asked
for: it knows what was taken.

*Taken* at a place is an item that stands on the receipt at its end, and was rung up or said yes to before the next decision, that
is while it stood there. Of a sale so long that its last decisions are not kept, the last one kept says nothing.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from device.adviser import Adviser
from device.domain import Receipt, Sku, Slate
from device.scorer import prove
from device.trail import decide, regular_of, walked
from model_export.learning.off_policy import NOTHING, Rows
from model_export.learning.showings import MOST_PLACES, Store
from model_export.marks import unlearnt
from model_export.worth.explaining import zone_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from device.bundle import Bundle
    from device.policy_settings import Policy
    from device.trail import Known

MOST_RECEIPTS: Final = 20_000
"""Kept in memory, the latest: some 120 MB."""
_MOST_ADVISERS: Final = 32
_COLUMNS: Final = ("receipt", "place", "shown", "today", "candidate")


def read(
    store: Store, candidate: Bundle, policy: Policy, most: int, progress: Callable[[str, float], None], *, seen: bool = False
) -> tuple[Rows, tuple[str, str]]:
    """The rows, and the first and last day they are of ("" without any). `policy`: the candidate's, as its registers have it.

    `seen`: receipts that the candidate may have learnt from as well.
    """
    advisers = _Advisers(candidate, policy)
    columns = {name: array("q") for name in _COLUMNS}
    chance, taken, supported = array("d"), array("b"), array("b")
    skus = dict[str, int]()
    days: list[str] = []
    receipts = _explored(store, most, "" if seen else candidate.manifest.last_receipt)
    for number, receipt in enumerate(receipts):
        progress("asking the candidate", number / len(receipts))
        days.append(receipt.local_time[:10])
        for slate, known, gone in _decided(receipt):
            theirs = advisers.decide(receipt, known)
            fixed = [sku not in slate.pool for sku in slate.shown]
            usual = iter(slate.pool)
            today = [sku if stays else next(usual) for sku, stays in zip(slate.shown, fixed, strict=True)]
            for place in range(min(max(len(slate.shown), len(theirs)), MOST_PLACES)):
                here, chosen = (_at(slate.shown, place), _at(theirs, place))
                can = here is not None and (chosen == here or (not fixed[place] and chosen in slate.pool))
                told = (here, _at(today, place), chosen)
                codes = [NOTHING if sku is None else skus.setdefault(sku, len(skus)) for sku in told]
                for name, value in zip(_COLUMNS, (number, place, *codes), strict=True):
                    columns[name].append(value)
                chance.append(1.0 if here is None else slate.chances[place])
                taken.append(here is not None and here in gone)
                supported.append(chosen is None or can)
    rows = Rows(
        skus=tuple(skus),
        receipts=len(receipts),
        **{name: np.frombuffer(column, np.int64) for name, column in columns.items()},
        chance=np.frombuffer(chance, np.float64),
        taken=np.frombuffer(taken, np.bool_),
        supported=np.frombuffer(supported, np.bool_),
    )
    return rows, (min(days, default=""), max(days, default=""))


def _explored(store: Store, most: int, after: str) -> deque[Receipt]:
    """The latest receipts that keep slates and showed them, and are later than that moment on the shop's clock."""
    raws = deque[bytes](maxlen=most)
    for raw in store.receipts():
        # Most receipts are passed over unread.
        if b'"slates":[[' in raw and b'"ghosts":true' not in raw:
            raws.append(raw)
    receipts, seen = deque[Receipt](), set[str]()
    decoder = msgspec.json.Decoder(Receipt)
    while raws:
        try:
            sale = decoder.decode(raws.popleft())
        except ValueError:  # msgspec's errors are ValueErrors too
            continue
        if unlearnt(sale) is None and sale.local_time > after and sale.receipt_id not in seen:
            seen.add(sale.receipt_id)
            receipts.append(sale)
    return receipts


def _decided(receipt: Receipt) -> Iterator[tuple[Slate, Known, set[Sku]]]:
    """Each slate with what was known, and what of it was taken while it stood there."""
    known = [state for _, state in walked(receipt)]
    whole = receipt.decisions <= len(known)
    bought = {outcome.sku for outcome in receipt.outcomes if outcome.bought}
    credited = set[Sku]()
    for slate in receipt.slates:
        if not _sound(slate, len(known)) or (slate.step == len(known) - 1 and not whole):
            continue
        after = bought if slate.step == len(known) - 1 else {*known[slate.step + 1].skus, *known[slate.step + 1].waiting}
        gone = (bought & after & set(slate.shown)) - credited
        credited |= gone
        yield slate, known[slate.step], gone


def _sound(slate: Slate, steps: int) -> bool:
    """Whether it is one that a register could have written."""
    drawn = [sku for sku in slate.shown if sku in slate.pool]
    return (
        0 <= slate.step < steps
        and 0 < len(slate.shown) == len(slate.chances) == len(set(slate.shown))
        and len(drawn) <= len(slate.pool) == len(set(slate.pool))
        and all(0 < chance <= 1 for chance in slate.chances)
    )


def _at(skus: tuple[Sku, ...] | list[Sku], place: int) -> Sku | None:
    return skus[place] if place < len(skus) else None


class _Advisers:
    """The candidate as each store's registers would ask it."""

    def __init__(self, bundle: Bundle, policy: Policy) -> None:
        self._bundle = bundle
        self._policy = policy
        self._scorer = prove(bundle)
        self._by_store: dict[str, Adviser] = {}

    def decide(self, receipt: Receipt, known: Known) -> tuple[Sku, ...]:
        if (adviser := self._by_store.get(receipt.store)) is None:
            if len(self._by_store) >= _MOST_ADVISERS:
                self._by_store.clear()
            adviser = Adviser(self._scorer, self._bundle.catalogue, receipt.store, self._policy, self._bundle)
            self._by_store[receipt.store] = adviser
        zone: tzinfo = zone_of(receipt)
        decision = decide(adviser, known, receipt.store, zone, regular_of(receipt, known, adviser, zone))
        return tuple(one.sku for one in decision.shown)
