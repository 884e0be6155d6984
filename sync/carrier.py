"""What carries envelopes: all that the uplink and the ingest ask of MQTT, of HTTPS and of a stick.

| way   | the register's end  | headquarters' end   | what the acknowledgement is           |
|-------|---------------------|---------------------|---------------------------------------|
| mqtt  | `sync.link.Link`    | `sync.link.Link`    | a message on the register's own topic |
| https | `sync.post.Post`    | `sync.postbox.Postbox` | the reply to the POST              |
| usb   | `sync.stick.Outgoing` | `sync.stick.Incoming` | a file beside the batches         |

They carry the same bytes under the same topics, and decide nothing. What a carrier has taken over may be lost, doubled and late
without notice: only an acknowledgement counts, and only headquarters' commit makes one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Up:
    """The other end can be reached, for the first time or again: what was on the way before may be lost."""


@dataclass(frozen=True, slots=True)
class Down:
    why: str


@dataclass(frozen=True, slots=True)
class Message:
    """`mid` and `connection` are the carrier's own names for it."""

    topic: str
    payload: bytes
    mid: int = 0
    connection: int = 0


Event = Up | Down | Message


class Carrier(Protocol):
    def next(self, seconds: float) -> Event | None:
        """What happened next, or None when nothing did within `seconds`."""

    def publish(self, topic: str, payload: bytes) -> bool:
        """False: it was not even taken over."""

    def close(self) -> None: ...


class Door(Carrier, Protocol):
    """Headquarters' end."""

    def settle(self, message: Message) -> None:
        """No more will be said about it."""
