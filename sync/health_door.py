"""Stands before headquarters' door and takes out what registers tell of themselves: the ingest sees receipts only.

As with receipts: committed, then acknowledged; what cannot be read is refused, and while nothing can be written nobody hears.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from device.errors import CentralError
from sync import envelope, health
from sync.carrier import Door, Event, Message
from sync.central.health import Told, keep

log = logging.getLogger("tillside.headquarters")


class HealthDoor:
    """`url`: of the central store."""

    def __init__(self, door: Door, url: str) -> None:
        self._door = door
        self._url = url

    def next(self, seconds: float) -> Event | None:
        event = self._door.next(seconds)
        while isinstance(event, Message) and (device := envelope.health_device_of(event.topic)) is not None:
            self._take(device, event)
            event = self._door.next(0)
        return event

    def publish(self, topic: str, payload: bytes) -> bool:
        return self._door.publish(topic, payload)

    def settle(self, message: Message) -> None:
        self._door.settle(message)

    def close(self) -> None:
        self._door.close()

    def _take(self, device: str, message: Message) -> None:
        refused = None
        try:
            day = health.read(message.payload).day
            keep(self._url, Told(device, day, datetime.now(UTC).isoformat(timespec="seconds"), message.payload.decode()))
        except health.BadHealthError as error:
            refused = str(error)
            log.warning("refused what register %s told of itself: %s", device, refused)
        except CentralError as error:
            log.error("%s; what register %s told of itself was not kept", error, device)  # noqa: TRY400 - a state, not a bug
            self._door.settle(message)
            return
        self._door.publish(envelope.acknowledgement_topic(device), envelope.acknowledge(message.payload, None, refused))
        self._door.settle(message)
