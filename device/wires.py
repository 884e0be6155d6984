"""Which wires a register listens to, and which lanes hear what comes of each.

Lanes whose sources, dialects and options are the same share one wire: it is opened once, and each lane hears its own till's
events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from device.dialects import decoder, wrong
from device.domain import LaneId
from device.errors import SettingsError
from device.numbered_sale import HoldsEnds
from device.settings import MqttSource, ShowHandBack

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from device import settings as s
    from device.dialects import Decoder
    from device.events import BasketState, PosEvent
    from device.numbered_sale import HeldEnd
    from device.reconcile import Role


@dataclass(frozen=True, slots=True)
class Listener:
    """A lane, and how it hears a wire."""

    lane: LaneId
    hears: str | None
    """The till's own name on the wire; None: every till."""


@dataclass(slots=True)
class Wire:
    """One source with its decoder. Owned by the task that reads it."""

    source: s.Source
    decode: Decoder
    role: Role | Literal["replies"]
    listeners: list[Listener] = field(default_factory=list)

    @property
    def till(self) -> LaneId:
        """The lane that names it in the journal."""
        return self.listeners[0].lane

    @property
    def channel(self) -> str:
        """What a broker knows it by: the role of a tap, of a lane's own feed the word of its dialect; empty: `basket`."""
        return str(getattr(self.decode, "topic", "")) if self.role == "basket" else self.role

    def hearing(self, event: PosEvent | HeldEnd) -> list[LaneId]:
        return [listener.lane for listener in self.listeners if listener.hears in {None, event.till}]


def wires(lanes: Sequence[s.Lane]) -> list[Wire]:
    """Raise SettingsError with every unknown dialect, wrong option and tap that cannot be read, and where each stands."""
    if found := [mistake for number, lane in enumerate(lanes) for mistake in wrong_in(lane, f"lane[{number}]")]:
        raise SettingsError("\n".join(found))
    shared: dict[bytes, Wire] = {}
    others = []
    for lane in lanes:
        listener = Listener(LaneId(lane.till), lane.hears)
        # Where no topic is named, each till has its own.
        own = lane.till if isinstance(lane.source, MqttSource) and lane.source.topic is None else None
        key = msgspec.json.encode((lane.source, lane.dialect, lane.options, own), order="sorted")
        if (wire := shared.get(key)) is None:
            wire = shared[key] = Wire(lane.source, decoder(lane.dialect, lane.options), "basket")
        wire.listeners.append(listener)
        for tap in lane.tap:
            # What comes back from a device belongs to the decoder that hears the other direction.
            decode = wire.decode if tap.role == "replies" else decoder(tap.dialect, tap.options)
            others.append(Wire(tap.source, decode, tap.role, [listener]))
    return [*shared.values(), *others]


def holding_ends(wires: Sequence[Wire]) -> dict[LaneId, HoldsEnds]:
    """The decoders in which ends may wait, by the lane that names the wire."""
    return {wire.till: wire.decode for wire in wires if wire.role == "basket" and isinstance(wire.decode, HoldsEnds)}


def standing(wire: Wire) -> list[BasketState]:
    """The sales whose ends wait since an earlier process."""
    return wire.decode.standing() if wire.role == "basket" and isinstance(wire.decode, HoldsEnds) else []


def left(wires: Sequence[Wire], at: datetime) -> Iterator[tuple[Wire, PosEvent]]:
    """What decoders still waited with, when nothing more will be heard."""
    for wire in wires:
        yield from ((wire, event) for event in getattr(wire.decode, "end", lambda _: ())(at))


def wrong_in(lane: s.Lane, place: str) -> list[str]:
    """Every mistake in the dialects of a lane and its taps, with its place in the settings."""
    found = wrong(lane.dialect, lane.options, f"{place}.options")
    if lane.dialect == "scanner" and not isinstance(lane.handback, ShowHandBack):
        shows = "a scanner does not show what the till rings up: take the feed of a display, or kind = 'show'"
        found.append(f"{place}.handback: {shows}")
    both = bool(found) or hasattr(decoder(lane.dialect, lane.options), "feed_reply")
    for number, tap in enumerate(lane.tap):
        if tap.role != "replies":
            found += wrong(tap.dialect, tap.options, f"{place}.tap[{number}].options")
        elif not both:
            reads = f"dialect '{lane.dialect}' reads one direction only"
            found.append(f"{place}.tap[{number}]: {reads}: take the tap with role 'replies' out")
    return found
