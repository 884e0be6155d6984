"""A recording through a decoder, at the pace it was recorded at and not at that of this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from device.sources.capture import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from device.dialects import Decoder
    from device.events import PosEvent

START: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When every recording begins, so that the same recording always gives the same events."""
END: Final = timedelta(days=1)
"""The silence after the last byte: longer than any till waits."""


def events(decode: Decoder, file: Path, start: datetime = START) -> Iterator[PosEvent]:
    """Raise SourceError when the file cannot be read. What the device answered goes to dialects that read both ends."""
    answered = getattr(decode, "feed_reply", None)
    at = start
    for chunk in read(file):
        at = start + timedelta(milliseconds=chunk.t_ms or 0.0)
        if not chunk.reply:
            yield from decode.feed(chunk.data, at)
        elif answered is not None:
            yield from answered(chunk.data, at)
    yield from decode.feed(b"", at + END)
