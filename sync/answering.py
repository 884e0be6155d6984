"""A door before headquarters' door: it answers what is no receipt, so that the ingest sees receipts only.

What a register has said is committed, then it is answered, as with receipts; what cannot be read is refused, and while nothing
can be written nobody hears.
"""

from __future__ import annotations

import abc
import logging
from typing import ClassVar

from device.errors import CentralError, SyncError
from sync import envelope
from sync.carrier import Door, Event, Message

log = logging.getLogger("tillside.headquarters")


class AnsweringDoor(abc.ABC):
    unreadable: ClassVar[type[SyncError]]
    """What `_answered` raises of bytes that are refused."""
    about: ClassVar[str]
    """What registers say here, for the log."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @abc.abstractmethod
    def _device_of(self, topic: str) -> str | None:
        """The register that speaks under this topic; None: it is for the next door."""

    @abc.abstractmethod
    def _answer_topic(self, device: str) -> str: ...

    @abc.abstractmethod
    def _answered(self, device: str, payload: bytes) -> bytes:
        """Commit it and make the answer. SyncError and CentralError: it was not kept."""

    def next(self, seconds: float) -> Event | None:
        event = self._door.next(seconds)
        while isinstance(event, Message) and (device := self._device_of(event.topic)) is not None:
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
        try:
            answer = self._answered(device, message.payload)
        except self.unreadable as error:
            log.warning("refused what register %s said of %s: %s", device, self.about, error)
            self._door.publish(self._answer_topic(device), envelope.acknowledge(message.payload, None, str(error)))
        except (SyncError, CentralError) as error:
            log.error("%s; what register %s said of %s was not kept", error, device, self.about)  # noqa: TRY400 - a state, not a bug
        else:
            self._door.publish(self._answer_topic(device), answer)
        self._door.settle(message)
