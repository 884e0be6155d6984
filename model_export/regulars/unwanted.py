"""Of which items shoppers said "less like this": read off the receipts that registers sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from device.domain import Answer, Pseudonym, Sku

_SAID: Final = f'"answer":"{Answer.LESS}"'.encode()


class _Outcome(msgspec.Struct, frozen=True):
    sku: str
    answer: str | None = None


class _Receipt(msgspec.Struct, frozen=True):
    """What is read of `device.domain.Receipt`."""

    closed_at: str
    outcomes: list[_Outcome]
    shopper: str | None = None


def of_registers(receipts: Iterable[bytes]) -> dict[Pseudonym, tuple[Sku, ...]]:
    """By shopper, the latest first. Of receipts that do not say it no more is read than that."""
    decoder = msgspec.json.Decoder(_Receipt)
    said: list[tuple[str, Pseudonym, Sku]] = []
    for raw in receipts:
        if _SAID not in raw:
            continue
        try:
            sale = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # training counts and tells what cannot be read
        if sale.shopper is not None:
            whose = Pseudonym(sale.shopper)
            said += [(sale.closed_at, whose, Sku(one.sku)) for one in sale.outcomes if one.answer == Answer.LESS]
    found: dict[Pseudonym, dict[Sku, None]] = {}
    for _, whose, sku in sorted(said, reverse=True):
        found.setdefault(whose, {})[sku] = None
    return {whose: tuple(skus) for whose, skus in found.items()}
