"""Takes out what registers tell of themselves (`sync.health`), and keeps it."""

from __future__ import annotations

from datetime import UTC, datetime

from sync import envelope, health
from sync.answering import AnsweringDoor
from sync.carrier import Door
from sync.central.health import Told, keep


class HealthDoor(AnsweringDoor):
    """`url`: of the central store."""

    unreadable = health.BadHealthError
    about = "itself"

    def __init__(self, door: Door, url: str) -> None:
        super().__init__(door)
        self._url = url

    def _device_of(self, topic: str) -> str | None:
        return envelope.health_device_of(topic)

    def _answer_topic(self, device: str) -> str:
        return envelope.acknowledgement_topic(device)

    def _answered(self, device: str, payload: bytes) -> bytes:
        day = health.read(payload).day
        keep(self._url, Told(device, day, datetime.now(UTC).isoformat(timespec="seconds"), payload.decode()))
        return envelope.acknowledge(payload, None)
