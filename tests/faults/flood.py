"""Messages that come out of memory: what a broker would hand over, for the campaigns that ask how much headquarters takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sync import envelope
from sync.carrier import Event, Message


class Flood:
    """Headquarters' end of a carrier that is never empty until it is; counts what is answered."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = iter(messages)
        self.answers: Counter[str] = Counter()
        self.settled = 0

    def next(self, seconds: float) -> Event | None:
        return next(self._messages, None)

    def publish(self, topic: str, payload: bytes) -> bool:
        self.answers["kept" if envelope.read_acknowledgement(payload).refused is None else "refused"] += 1
        return True

    def settle(self, message: Message) -> None:
        self.settled += 1

    def close(self) -> None:
        pass
