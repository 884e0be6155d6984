"""What shoppers had said of suggestions, read off the receipts that registers sent, in one pass.

*Unwanted*: items of which a shopper said "less like this". *Missed*: items that were suggested to a shopper and of which the
cashier said that there is none; unless the item stood on that receipt after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from device.domain import Answer, Pseudonym, Sku

_SAID: Final = tuple(f'"answer":"{answer}"'.encode() for answer in (Answer.LESS, Answer.OUT_OF_STOCK))


class Missed(NamedTuple):
    sku: Sku
    at: datetime
    """On the shop's clock."""


class Answers(NamedTuple):
    """By shopper, the latest first."""

    unwanted: Mapping[Pseudonym, tuple[Sku, ...]] = MappingProxyType({})
    missed: Mapping[Pseudonym, tuple[Missed, ...]] = MappingProxyType({})


NOTHING_SAID: Final = Answers()


class _Outcome(msgspec.Struct, frozen=True):
    sku: str
    answer: str | None = None
    bought: bool = False


class _Receipt(msgspec.Struct, frozen=True):
    """What is read of `device.domain.Receipt`."""

    closed_at: str
    outcomes: list[_Outcome]
    local_time: str = ""
    shopper: str | None = None


def _moment(told: str) -> datetime | None:
    try:
        return datetime.fromisoformat(told).replace(tzinfo=None)
    except ValueError:
        return None


def of_registers(receipts: Iterable[bytes], until: str = "") -> Answers:
    """Of receipts that say neither no more is read than that; an item that was missed twice counts once, at its latest.

    What was missed after `until` (ISO 8601, the shops' clocks) is left out: a history that ends there does not know what was
    bought since.
    """
    last = _moment(until)
    decoder = msgspec.json.Decoder(_Receipt)
    less: list[tuple[str, Pseudonym, Sku]] = []
    none_there: list[tuple[datetime, Pseudonym, Sku]] = []
    for raw in receipts:
        if not any(said in raw for said in _SAID):
            continue
        try:
            sale = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # training counts and tells what cannot be read
        if sale.shopper is None:
            continue
        whose = Pseudonym(sale.shopper)
        less += [(sale.closed_at, whose, Sku(one.sku)) for one in sale.outcomes if one.answer == Answer.LESS]
        wanted = [Sku(one.sku) for one in sale.outcomes if one.answer == Answer.OUT_OF_STOCK and not one.bought]
        local = _moment(sale.local_time) if wanted else None
        if local is not None and (last is None or local.replace(microsecond=0) <= last):
            none_there += [(local, whose, sku) for sku in wanted]
    unwanted: dict[Pseudonym, dict[Sku, None]] = {}
    for _, whose, sku in sorted(less, reverse=True):
        unwanted.setdefault(whose, {})[sku] = None
    missed: dict[Pseudonym, dict[Sku, datetime]] = {}
    for local, whose, sku in sorted(none_there, reverse=True):
        missed.setdefault(whose, {}).setdefault(sku, local)
    return Answers(
        {whose: tuple(skus) for whose, skus in unwanted.items()},
        {whose: tuple(Missed(*one) for one in of.items()) for whose, of in missed.items()},
    )
