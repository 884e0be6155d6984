"""Sales that a restart would lose, kept over it: two files in the register's state folder, written by the daemon alone.

| file         | holds                                                                                                |
|--------------|------------------------------------------------------------------------------------------------------|
| `aside.json` | by lane, what a till that tells one thing after another has set aside: it does not tell that again     |
| `held.json`  | by wire, ends that wait for a missing event (`device.dialects.tillevents`): nobody tells them again    |

A till that tells whole baskets needs none of it. Written when such a sale comes, changes and goes, on disk before the till's next
word is read or acknowledged, an end until its receipt is, also where a full disk keeps that in memory; no shopper, no payment, no
card number. A file that cannot be read costs a sentence and is kept as `NAME.unread-TIME`, the latest `KEPT_UNREAD` of them; one
that cannot be written costs a sentence too, and is tried again. What was set aside for longer than `KEPT_FOR` is forgotten. An
end never is: that of a lane which the settings no longer name stays there for whoever names it again. One whose receipt was kept
just before the register was killed is not kept twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from device.domain import LaneId, Phase
from device.errors import StoreError
from device.numbered_sale import HeldEnd
from device.open_sale import OpenSale
from device.place import beginning, write_whole
from device.scrub import MASK, like_a_card, scrub
from device.wires import holding_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from pathlib import Path

    from device.events import RungLine
    from device.journal import Journal
    from device.lane import Lane
    from device.reconcile import Ears
    from device.store import EdgeStore
    from device.wires import Wire

FILE: Final = "aside.json"
HELD_FILE: Final = "held.json"
MAX_BYTES: Final = 32 * 2**20
KEPT_FOR: Final = timedelta(days=1)
KEPT_UNREAD: Final = 2
"""Files that could not be read, the latest of each name."""
_LOOKED_BACK: Final = 1000
"""Receipts: one that was kept just before the process was killed is among the latest."""

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
        return self.named(self.now())

    def named(self, sales: dict[LaneId, list[_Kept]]) -> object:
        return {name: tuple(map(self.names, kept)) for name, kept in sales.items() if kept}

    def told(self) -> bytes:
        return msgspec.json.encode({name: list(map(self.unmarked, kept)) for name, kept in self.now().items()})

    def read(self, journal: Journal) -> dict[LaneId, list[_Kept]]:
        try:
            written = beginning(self.path, MAX_BYTES)  # what was cut off is no JSON
            found: dict[LaneId, list[_Kept]] = msgspec.json.decode(written, type=self.kind)
        except FileNotFoundError:
            return {}
        except OSError as error:
            journal.say(f"aside.{self.path.name}", f"{self.path} cannot be read ({error.strerror}): {self.otherwise}")
            return {}
        except (ValueError, RecursionError):
            why = "it is not what this version writes, or cut short"
            journal.say(f"aside.{self.path.name}", f"{self.path} cannot be read ({why}): {self.otherwise}{self._kept_unread()}")
            return {}
        return found

    def _kept_unread(self) -> str:
        """Give the file another name, before it is written anew: somebody may yet read out of it what was sold."""
        kept = self.path.with_name(f"{self.path.name}.unread-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        try:
            self.path.replace(kept)
            for old in sorted(self.path.parent.glob(f"{self.path.name}.unread-*"))[:-KEPT_UNREAD]:
                old.unlink(missing_ok=True)
        except OSError as error:
            return f"; it cannot be kept as {kept.name}: {error.strerror}"
        return f"; it is kept as {kept}"


class Aside:
    """What would be lost, as it stands on disk."""

    def __init__(
        self,
        state: Path,
        ears: Mapping[LaneId, Ears],
        wires: Sequence[Wire],
        lanes: Mapping[LaneId, Lane],
        edge: EdgeStore,
        journal: Journal,
        at: datetime,
    ) -> None:
        """Give the lanes and the wires what stood on disk."""
        self._writing = asyncio.Lock()
        self._journal = journal
        self._lanes = lanes
        self._decoders = holding_ends(wires)
        self._ends: dict[LaneId, list[HeldEnd]] = {}
        self._homeless: dict[LaneId, list[HeldEnd]] = {}
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
            self._all_ends,
            lambda end: (end.till, end.basket_id, end.sale.top, end.sale.whole, len(end.sale.ahead)),
            _unmarked_end,
            "sales that were over and waited for a missing event are lost",
        )
        were, waited = aside.read(journal), held.read(journal)
        aside.written, held.written = aside.named(were), held.named(waited)
        for name, sales in were.items():
            if name in ears:
                ears[name].restore([sale for sale in sales if abs(at - sale.at) <= KEPT_FOR])
        wire_of = {wire.till: wire for wire in wires if wire.role == "basket"}
        for name, ends in waited.items():
            if name in self._decoders:
                self._decoders[name].restore(self._not_kept(ends, wire_of[name], edge), at)
            elif ends:
                self._homeless[name] = ends
                told = f"{len(ends)} sales of a lane '{name}' wait in {held.path}, and no lane of tillevents is called so"
                journal.say(f"aside.{name}", f"{told}: name one so again, and they are kept")
        self._sheets: tuple[_Sheet[OpenSale] | _Sheet[HeldEnd], ...] = (aside, held)
        self._all_ends()

    def _not_kept(self, ends: list[HeldEnd], wire: Wire, edge: EdgeStore) -> list[HeldEnd]:
        """Those whose receipt is not there: it may have been kept, whole, just before the process was killed."""
        try:
            found = edge.latest(_LOOKED_BACK) if ends else []
        except StoreError as error:
            self._journal.say("aside", f"sales that waited for a missing event may be kept twice: {error}")
            return ends
        last = {(one.lane, one.basket_id): one.closed_at for one in found if one.phase in {Phase.CLOSED, Phase.CANCELLED}}
        new = [
            end
            for end in ends
            if not any(end.sale.at and last.get((lane, end.basket_id), end.sale.at) > end.sale.at for lane in wire.hearing(end))
        ]
        if len(new) < len(ends):
            self._journal.say("aside", f"lane {wire.till}: a sale that is already kept still waited for a missing event")
        return new

    def _all_ends(self) -> dict[LaneId, list[HeldEnd]]:
        """Those that wait; while a receipt is in memory only, also those of before, of which it may be one."""
        found = {name: decode.held() for name, decode in self._decoders.items()}
        if any(lane.holds_receipts for lane in self._lanes.values()):
            for name, before in self._ends.items():
                waits = {(end.till, end.basket_id) for end in found[name]}
                found[name] += [end for end in before if (end.till, end.basket_id) not in waits]
        self._ends = found
        return found | self._homeless

    async def note(self) -> None:
        """A till has told something, or the disk is tried again. Only that till waits for it."""
        for sheet in self._sheets:
            if sheet.standing() == sheet.written:
                continue
            async with self._writing:
                sheet.written = sheet.standing()
                told = sheet.told()
                try:
                    await asyncio.to_thread(write_whole, sheet.path, told, durable=True)
                except OSError as error:
                    sheet.written = None
                    why = f"{sheet.path} cannot be written ({error.strerror}): were the register killed now, {sheet.otherwise}"
                    self._journal.say("aside", why)


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
