"""A way in that says what it is told to."""

from __future__ import annotations

from sync.carrier import Event, Message


class Script:
    """A carrier, or a door, that says what it is told to and remembers what it was given."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.published: list[tuple[str, bytes]] = []
        self.settled: list[Message] = []

    def next(self, seconds: float) -> Event | None:
        return self.events.pop(0) if self.events else None

    def publish(self, topic: str, content: bytes) -> bool:
        self.published.append((topic, content))
        return True

    def settle(self, message: Message) -> None:
        self.settled.append(message)

    def close(self) -> None: ...
