"""Sales that a till has set aside, kept over a restart: `aside.json` in the register's state folder, written by the daemon alone.

Of tills that tell one thing after another: what stood on such a sale they do not tell again when it goes on. A till that tells
whole baskets needs none of it. Written when a sale is set aside and when it is taken up or over, on disk before the till's next
word is read; no shopper, no card number. A file that cannot be written or read costs a sentence: the sale then goes on as a
partial one. What was set aside for longer than `KEPT_FOR` is forgotten.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from device.domain import LaneId
from device.open_sale import OpenSale
from device.place import settle
from device.scrub import MASK, like_a_card, scrub

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from device.journal import Journal
    from device.reconcile import Ears

FILE: Final = "aside.json"
MAX_BYTES: Final = 32 * 2**20
KEPT_FOR: Final = timedelta(days=1)


class Aside:
    """What every lane has set aside, as it stands on disk."""

    def __init__(self, state: Path, ears: Mapping[LaneId, Ears], journal: Journal, at: datetime) -> None:
        """Give the lanes what stood on disk."""
        self._path = state / FILE
        self._writing = asyncio.Lock()
        self._ears = ears
        self._journal = journal
        for name, sales in self._read().items():
            if name in ears:
                ears[name].restore([sale for sale in sales if abs(at - sale.at) <= KEPT_FOR])
        self._written = self._names()

    async def note(self) -> None:
        """A till has told something. Only that till waits for the disk."""
        if self._names() == self._written:
            return
        async with self._writing:
            self._written = self._names()
            told = msgspec.json.encode({name: list(map(_unmarked, ears.aside())) for name, ears in self._ears.items()})
            try:
                await asyncio.to_thread(self._put, told)
            except OSError as error:
                why = f"{self._path} cannot be written ({error.strerror}): a sale that is set aside would not outlive a restart"
                self._journal.say("aside", why)

    def _put(self, told: bytes) -> None:
        unfinished = self._path.with_name(f".{self._path.name}.part")
        unfinished.write_bytes(told)
        settle(unfinished)
        unfinished.replace(self._path)
        settle(self._path.parent)

    def _names(self) -> dict[LaneId, tuple[tuple[str, int], ...]]:
        return {name: tuple((sale.basket_id, sale.seq) for sale in ears.aside()) for name, ears in self._ears.items()}

    def _read(self) -> dict[LaneId, list[OpenSale]]:
        try:
            with self._path.open("rb") as file:
                written = file.read(MAX_BYTES)  # what was cut off is no JSON
            return msgspec.json.decode(written, type=dict[LaneId, list[OpenSale]])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not what this version writes, or cut short"
            self._journal.say("aside", f"{self._path} cannot be read ({why}): sales that were set aside go on as partial ones")
            return {}


def _unmarked(sale: OpenSale) -> OpenSale:
    """Without what may be a card's number, as on a receipt."""
    lines = {
        number: replace(
            line,
            code=MASK if like_a_card(line.code) else line.code,
            name=None if line.name is None else scrub(line.name),
        )
        for number, line in sale.lines.items()
    }
    return replace(sale, lines=lines)
