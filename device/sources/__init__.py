"""Where bytes come from: every source is an async iterator of `(bytes, at)`, the time stamped on arrival, once.

A source owns its port, socket or session. While the far end is away it says so once, waits with growing pauses and comes back by
itself; it ends only when there is nothing more to come (a replayed file). When a connection is lost it gives a line end of its
own, so that the tail of what was cut off does not grow together with what comes next. Taking the next item tells the source that
the one before has been dealt with, a receipt committed included: the MQTT source acknowledges then and not earlier.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, assert_never

from device.errors import SourceError
from device.settings import MqttSource, ReplaySource, SerialSource, TcpSource, UdpSource

if TYPE_CHECKING:
    from device.journal import Journal
    from device.settings import Settings, Source

Arrivals = AsyncGenerator[tuple[bytes, datetime]]

MAX_READ: Final = 65_536
MAX_PAUSE_SECONDS: Final = 10.0
LOST: Final = b"\n"
"""Stands after the last bytes of a connection that is gone."""


def now() -> datetime:
    return datetime.now(UTC)


def pauses() -> Iterator[float]:
    """Seconds to wait before each further try: 0.1 doubling to 10."""
    pause = 0.1
    while True:
        yield pause
        pause = min(pause * 2, MAX_PAUSE_SECONDS)


def arrivals(source: Source, till: str, settings: Settings, journal: Journal, channel: str = "") -> Arrivals:
    """What a source of the settings gives; nothing is opened before the first item is asked for.

    `till` and `channel` name it in the journal and to a broker; that of whole baskets has no name.
    """
    name = f"lane {till} {channel}".rstrip()
    # One transport's library is not imported for the sake of another's lane.
    match source:
        case SerialSource():
            from device.sources import serial_port  # noqa: PLC0415

            return serial_port.arrivals(source, name, journal)
        case TcpSource():
            from device.sources import tcp  # noqa: PLC0415

            return tcp.arrivals(source, name, journal)
        case UdpSource():
            from device.sources import udp  # noqa: PLC0415

            return udp.arrivals(source, name, journal)
        case MqttSource():
            from device.sources import mqtt  # noqa: PLC0415

            topic = source.topic or f"tillside/lane/v1/{settings.store}/{till}/{channel or 'basket'}"
            client_id = source.client_id or f"tillside-{settings.device}-{till}{channel and f'-{channel}'}"
            return mqtt.arrivals(source, topic, client_id, name, journal)
        case ReplaySource():
            from device.sources import replay  # noqa: PLC0415

            return replay.arrivals(source)
        case _:
            assert_never(source)


async def beside_others(source: Source, till: str, settings: Settings, journal: Journal, channel: str = "") -> Arrivals:
    """As `arrivals`; what cannot be opened is told and tried again, so that the other wires of the register go on."""
    name = f"lane {till} {channel}".rstrip()
    waits = pauses()
    over = False
    while not over:
        try:
            async with contextlib.aclosing(arrivals(source, till, settings, journal, channel)) as stream:
                async for item in stream:
                    yield item
            over = True
        except SourceError as error:
            told = str(error).removeprefix(f"{name}: ")
            journal.say(f"{name}.source", f"{name}: {told}; the other wires go on, trying again")
            await asyncio.sleep(next(waits))
