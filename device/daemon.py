"""The register's one process: it wires sources, dialects, lanes, screens and the bundle, and owns none of their state.

Everything runs on one asyncio loop. What may take long (opening and proving a bundle, `device.live_bundle`) runs in a thread and
is handed over when it is done; the lanes take it up between two sales. SIGTERM and SIGINT end it cleanly; kill -9 loses nothing
that was recorded. Its supervisor hears when it serves the screens, and from then on that the loop turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
import uuid
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from device.aside import Aside
from device.care import Care
from device.clearing import Clearing
from device.copies import Copies
from device.domain import LaneId
from device.errors import SourceError, TillsideError, first_of
from device.events import ItemScanned
from device.handback.hand import Hand
from device.handback.machine import SILENCE_SECONDS
from device.handed_out import HandedOut
from device.hours import began, is_open, parsed
from device.lane import Lane
from device.live_bundle import LiveBundle
from device.machine import Heard, note_heard
from device.premises import Place, Register, Shelf
from device.rating import Scale
from device.reconcile import Ears
from device.screens import Screens
from device.settings import MqttSource, ShowHandBack
from device.sources import arrivals, beside_others, now
from device.sources.silence import with_silence
from device.store import EdgeStore
from device.supervisor import WORDS_WITHIN_PATIENCE, Supervisor
from device.unwanted import Unwanted
from device.wires import Wire, left, standing, wires
from device.without import Without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from device import settings as s
    from device.dialects import Decoder
    from device.events import BasketState, PosEvent
    from device.journal import Journal
    from device.reconcile import Role
    from device.tillprogram.link import Program

MAX_STILL_SECONDS: Final = 2.0
WATCH_SECONDS: Final = 1.0
"""How often held receipts are tried again and the register looks whether another bundle has become the active one."""


class Daemon:
    """`run` serves until it is told to stop. One per process."""

    def __init__(self, settings: s.Settings, journal: Journal) -> None:
        """Open everything that must be there; a TillsideError says what is not."""
        self._settings = settings
        self._journal = journal
        self._state = Path(settings.state_dir)
        # First: a mistake in the settings is told before anything is opened.
        self._wires = wires(settings.lane)
        edge = EdgeStore(settings.edge_db, settings.device)
        for told in edge.told:
            journal.say(told, told, level=logging.ERROR)
        without = Without(self._state, journal)
        copies = Copies(settings.edge_db, None if settings.backup_dir is None else Path(settings.backup_dir))
        self._care = Care(edge, settings.edge_db, copies, journal)
        day = now().astimezone(settings.zone)
        midnight = began(day)
        shelf = Shelf(day.date(), set(edge.out_of_stock_since(midnight)))
        coupons, refused = HandedOut(day.date(), edge.closed_since(midnight)), Unwanted(edge.refusing())
        register = Register(
            place=Place(settings.store, settings.device, settings.zone, shelf, refused, coupons),
            edge=edge,
            journal=journal,
            run=uuid.uuid4().hex,
            shopper_keys=None,
            pictures=self._state / "pictures",
            rating=None if settings.screens.rating == "off" else Scale(settings.screens.rating),
        )
        self._edge = edge
        self._clearing = Clearing(settings, register, copies, journal, without)
        self._live = LiveBundle(settings, journal, without)
        self.lanes = {name: Lane(name, register, self._live.adviser) for name in (LaneId(lane.till) for lane in settings.lane)}
        self._ears = {LaneId(lane.till): _ears(lane) for lane in settings.lane}
        self._aside = Aside(self._state, self._ears, self._wires, self.lanes, edge, journal, now())
        self._heard = {name: Heard() for name in self.lanes}
        self._told: dict[LaneId, Heard] = {}
        self._last_byte: dict[LaneId, float] = {}
        self._hands = dict(self._make_hands())
        self._hours = tuple(map(parsed, settings.screens.hours))
        self._screens = Screens(self.lanes, register.run, journal)
        self._programs = dict(self._make_programs())
        self._supervisor = Supervisor()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, or until every source has come to its end."""
        loop = asyncio.get_running_loop()
        serving = asyncio.ensure_future(self._serve())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, serving.cancel)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            self._live.end_well()
        except TillsideError:
            self._live.end_well()  # a port or a disk is missing: the bundle is not to blame
            raise
        finally:
            self._supervisor.tell("STOPPING=1")
            await self._screens.close()
            for wire, event in left(self._wires, now()):
                self._hear(wire, event)
            for name, lane in self.lanes.items():
                for state in self._ears[name].end():
                    lane.hear(state)
                lane.write_held()
            await self._aside.note()
            self._edge.close()
            self._live.close()
            self._supervisor.close()

    async def _serve(self) -> None:
        await self._screens.open(Path(self._settings.screens_socket))
        self._journal.tell(f"ready: {len(self.lanes)} lane(s), suggestions from {self._live.source}")
        self._supervisor.tell("READY=1")
        try:
            async with asyncio.TaskGroup() as everything:
                # In the group: should the watch die of a bug, the daemon dies with it and is started again.
                care = self._care.run(self._settings.zone, lambda: min(map(self._silent_for, self.lanes)))
                beside = (self._watch(), self._reassure(), self._clearing.run(), care)
                watching = [everything.create_task(one) for one in beside]
                hands = [everything.create_task(hand.run()) for hand in self._hands.values()]
                for name, program in self._programs.items():
                    hands.append(everything.create_task(program.run(f"tillside-{self._settings.device}-{name}-program")))
                async with asyncio.TaskGroup() as tills:
                    for wire in self._wires:
                        tills.create_task(self._listen(wire))
                for task in (*watching, *hands):
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise first_of(errors, SourceError) from None

    async def _listen(self, wire: Wire) -> None:
        decode, skipped = wire.decode, 0
        feed = getattr(decode, "feed_reply", decode.feed) if wire.role == "replies" else decode.feed
        reached = arrivals if len(self._wires) == 1 else beside_others
        stream = reached(wire.source, wire.till, self._settings, self._journal, wire.channel)
        for state in (held := standing(wire)):
            self._hear(wire, state)
        async for data, at in with_silence(stream, decode.quiet_seconds, heard=bool(held)):
            for event in feed(data, at):
                self._hear(wire, event)
            if decode.skips.messages > skipped:
                skipped = decode.skips.messages
                self._say_skipped(wire.till, decode)
            self._note(wire, at if data else None)
            if isinstance(wire.source, MqttSource):
                for listener in wire.listeners:
                    await self._until_written(listener.lane, wire.role)
            await self._aside.note()  # last: an end that waited stands there until its receipt does

    def _hear(self, wire: Wire, event: PosEvent) -> None:
        hearing = wire.hearing(event)
        if not hearing:
            told = f"lane {wire.till}: till '{event.till}' speaks on this wire too, and no lane hears it: add one with lane.hears"
            self._journal.say(f"{wire.till}.unheard", told)
        for name in hearing:
            lane = self.lanes[name]
            role: Role = "basket" if wire.role == "replies" else wire.role
            if role == "identity" and isinstance(event, ItemScanned) and (hand := self._hands.get(name)) is not None:
                hand.scanned(event.line.code)
            self._heard[name] = msgspec.structs.replace(self._heard[name], event_at=event.at)
            self._tell(lane, self._ears[name].take(event, role, lane.catalogue))

    def _tell(self, lane: Lane, states: list[BasketState]) -> None:
        self._note_differences(lane.name)
        changed = False
        for state in states:
            if lane.hear(state):
                changed = True
                if (hand := self._hands.get(lane.name)) is not None:
                    hand.look()
        if changed:
            self._screens.changed(lane.name)

    def _make_hands(self) -> Iterator[tuple[LaneId, Hand]]:
        for known in self._settings.lane:
            if not isinstance(known.handback, ShowHandBack):
                name = LaneId(known.till)
                topic = f"tillside/lane/v1/{self._settings.store}/{known.till}/cmd"
                heard = partial(self._silent_for, name)
                yield name, Hand(known.handback, self.lanes[name], topic, heard, self._journal, self._silence(name))

    def _make_programs(self) -> Iterator[tuple[LaneId, Program]]:
        for known in self._settings.lane:
            if known.program is not None:
                from device.tillprogram.link import Program, events_of  # noqa: PLC0415 - only where a till has one

                name, prefix = LaneId(known.till), f"tillside/lane/v1/{self._settings.store}/{known.till}"
                made = Program(
                    known.program, self.lanes[name], prefix, self._screens.answered, self._journal, events_of(known, prefix)
                )
                self._screens.also(name, made.wake)
                yield name, made

    def _silence(self, name: LaneId) -> float:
        """A display is read once it has stood still: until then what it shows may be the very item. Longer ones end receipts."""
        mine = (wire.decode.quiet_seconds for wire in self._wires if any(one.lane == name for one in wire.listeners))
        return max([SILENCE_SECONDS, *(quiet + 0.1 for quiet in mine if quiet is not None and quiet < MAX_STILL_SECONDS)])

    def _silent_for(self, name: LaneId) -> float:
        return time.monotonic() - self._last_byte.get(name, 0.0)

    def _say_skipped(self, name: LaneId, decode: Decoder) -> None:
        told = f"{decode.skips.last}; {decode.skips.messages} messages ({decode.skips.bytes} bytes) skipped so far"
        self._journal.say(f"{name}.skipped", f"lane {name}: {told}")

    def _note(self, wire: Wire, bytes_at: datetime | None) -> None:
        """What `tillside doctor` asks for; written down once in a while."""
        skips = wire.decode.skips
        if bytes_at is not None:
            self._last_byte.update(dict.fromkeys((listener.lane for listener in wire.listeners), time.monotonic()))
        for listener in wire.listeners if wire.role == "basket" else ():
            heard = self._heard[listener.lane]
            changed = {"bytes_at": bytes_at or heard.bytes_at, "skipped": skips.messages, "why_skipped": skips.last}
            self._heard[listener.lane] = msgspec.structs.replace(heard, **changed)

    def _note_differences(self, name: LaneId) -> None:
        differences = self._ears[name].differences
        if differences.sales != self._heard[name].differed:
            changed = {"differed": differences.sales, "how_differed": differences.last}
            self._heard[name] = msgspec.structs.replace(self._heard[name], **changed)
            self._journal.say(f"{name}.differs", f"lane {name}: {differences.last}; {differences.sales} such sales so far")

    async def _until_written(self, name: LaneId, role: Role | str) -> None:
        """Asking for the next item acknowledges this one: until its receipt is on disk, the broker keeps what the disk does not.

        That includes the seconds in which a sale that is over waits for its printed receipt.
        """
        lane, ears = self.lanes[name], self._ears[name]
        while lane.holds_receipts or (role == "basket" and ears.holds_an_end):  # noqa: ASYNC110 - the disk sends no event
            await asyncio.sleep(WATCH_SECONDS)

    async def _watch(self) -> None:
        """Write what the disk refused, and take up another bundle when the nightly sync has made one the active one."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self._screens.mend()
            for lane in self.lanes.values():
                lane.write_held()
            await self._aside.note()
            self._let_time_pass(now())
            self._live.retire(lambda old: any(lane.uses(old) for lane in self.lanes.values()))
            if (adviser := await self._live.successor()) is not None:
                for lane in self.lanes.values():
                    lane.advise_with(adviser)

    async def _reassure(self) -> None:
        """A loop that turns feeds the supervisor's watchdog; one that is blocked is ended and started again."""
        while self._supervisor.patience_ms:
            self._supervisor.tell("WATCHDOG=1")
            await asyncio.sleep(self._supervisor.patience_ms / 1000 / WORDS_WITHIN_PATIENCE)

    def _let_time_pass(self, at: datetime) -> None:
        shut = not is_open(self._hours, at.astimezone(self._settings.zone))
        for known in self._settings.lane:
            name = LaneId(known.till)
            self._tell(self.lanes[name], self._ears[name].idle(at, known.idle_seconds))
            if self.lanes[name].rest(at, shut=shut):
                self._screens.changed(name)
        for name, hand in self._hands.items():
            self._heard[name] = msgspec.structs.replace(self._heard[name], handed=hand.outcomes)
        for name, program in self._programs.items():
            skips = program.skips
            self._heard[name] = msgspec.structs.replace(self._heard[name], left=skips.messages, why_left=skips.last)
        if self._heard != self._told:
            with contextlib.suppress(OSError):  # it is only looked at; a full disk is told elsewhere, and tried again
                note_heard(self._state, self._heard)
                self._told = dict(self._heard)


def _ears(lane: s.Lane) -> Ears:
    waits = any(tap.role == "truth" for tap in lane.tap)
    return Ears(lane.currency, window_seconds=lane.match_seconds, waits_for_truth=waits)
