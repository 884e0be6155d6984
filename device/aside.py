"""Sales that a restart would lose, kept over it: two files in the register's state folder, written by the daemon alone.

| file         | holds                                                                                                |
|--------------|------------------------------------------------------------------------------------------------------|
| `aside.json` | by lane, what a till that tells one thing after another has set aside: it does not tell that again     |
| `held.json`  | by wire, ends that wait for a missing event (`device.dialects.tillevents`): nobody tells them again    |

A till that tells whole baskets needs none of it. Written when such a sale comes, changes and goes, on disk before the till's next
word is read or acknowledged, an end until its receipt is; no shopper, no payment, no card number. A file that
cannot be written or read costs a sentence. What was set aside for longer than `KEPT_FOR` is forgotten; an end never is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from device.domain import LaneId
from device.numbered_sale import HeldEnd
from device.open_sale import OpenSale
from device.place import settle
from device.scrub import MASK, like_a_card, scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import datetime
    from pathlib import Path

    from device.events import RungLine
    from device.journal import Journal
    from device.numbered_sale import HoldsEnds
    from device.reconcile import Ears

FILE: Final = "aside.json"
HELD_FILE: Final = "held.json"
MAX_BYTES: Final = 32 * 2**20
KEPT_FOR: Final = timedelta(days=1)

_Kept = TypeVar("_Kept", OpenSale, HeldEnd)


@dataclass(slots=True)
class _Sheet(Generic[_Kept]):
    """One file: what stands on it, and what is to stand there."""

    path: Path
    kind: Any
    now: Callable[[], dict[LaneId, list[_Kept]]]
    names: Callable[[_Kept], Hashable]
    unmarked: Callable[[_Kept], _Kept]
    otherwise: str
    """What becomes of sales that are not on the disk."""
    written: object = None

    def standing(self) -> object:
        return {name: tuple(map(self.names, kept)) for name, kept in self.now().items()}

    def told(self) -> bytes:
        return msgspec.json.encode({name: list(map(self.unmarked, kept)) for name, kept in self.now().items()})

    def read(self, journal: Journal) -> dict[LaneId, list[_Kept]]:
        try:
            with self.path.open("rb") as file:
                written = file.read(MAX_BYTES)  # what was cut off is no JSON
            found: dict[LaneId, list[_Kept]] = msgspec.json.decode(written, type=self.kind)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not what this version writes, or cut short"
            journal.say("aside", f"{self.path} cannot be read ({why}): {self.otherwise}")
            return {}
        return found


class Aside:
    """What would be lost, as it stands on disk."""

    def __init__(
        self,
        state: Path,
        ears: Mapping[LaneId, Ears],
        decoders: Mapping[LaneId, HoldsEnds],
        journal: Journal,
        at: datetime,
    ) -> None:
        """Give the lanes and the wires what stood on disk. `decoders`: by the lane that names the wire."""
        self._writing = asyncio.Lock()
        self._journal = journal
        aside = _Sheet(
            state / FILE,
            dict[LaneId, list[OpenSale]],
            lambda: {name: one.aside() for name, one in ears.items()},
            lambda sale: (sale.basket_id, sale.seq),
            _unmarked,
            "sales that were set aside go on as partial ones",
        )
        held = _Sheet(
            state / HELD_FILE,
            dict[LaneId, list[HeldEnd]],
            lambda: {name: one.held() for name, one in decoders.items()},
            lambda end: (end.till, end.basket_id, end.sale.top, end.sale.whole),
            _unmarked_end,
            "sales that were over and waited for a missing event are lost",
        )
        for name, sales in aside.read(journal).items():
            if name in ears:
                ears[name].restore([sale for sale in sales if abs(at - sale.at) <= KEPT_FOR])
        for name, ends in held.read(journal).items():
            if name in decoders:
                decoders[name].restore(ends, at)
        self._sheets: tuple[_Sheet[OpenSale] | _Sheet[HeldEnd], ...] = (aside, held)
        for sheet in self._sheets:
            sheet.written = sheet.standing()

    async def note(self) -> None:
        """A till has told something. Only that till waits for the disk."""
        for sheet in self._sheets:
            if sheet.standing() == sheet.written:
                continue
            async with self._writing:
                sheet.written = sheet.standing()
                told = sheet.told()
                try:
                    await asyncio.to_thread(_put, sheet.path, told)
                except OSError as error:
                    why = f"{sheet.path} cannot be written ({error.strerror}): were the register killed now, {sheet.otherwise}"
                    self._journal.say("aside", why)


def _put(path: Path, told: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(told)
    settle(unfinished)
    unfinished.replace(path)
    settle(path.parent)


def _unmarked(sale: OpenSale) -> OpenSale:
    """Without what may be a card's number, as on a receipt."""
    return replace(sale, lines={number: _without_card(line) for number, line in sale.lines.items()})


def _unmarked_end(end: HeldEnd) -> HeldEnd:
    """The same, and without its payments."""
    lines = {number: (seq, None if line is None else _without_card(line)) for number, (seq, line) in end.sale.lines.items()}
    return replace(end, sale=replace(end.sale, lines=lines, tenders=()))


def _without_card(line: RungLine) -> RungLine:
    return replace(
        line,
        code=MASK if like_a_card(line.code) else line.code,
        name=None if line.name is None else scrub(line.name),
    )
