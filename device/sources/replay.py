"""A file of bytes as a till sent them, once through, a line at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from device.errors import SourceError
from device.sources import MAX_READ, Arrivals, now

if TYPE_CHECKING:
    from device.settings import ReplaySource


async def arrivals(source: ReplaySource) -> Arrivals:
    """Raise SourceError when the file cannot be read."""
    try:
        with Path(source.file).open("rb") as file:  # noqa: ASYNC230 - a local file, read in small pieces
            while line := file.readline(MAX_READ):
                yield line, now()
                await asyncio.sleep(source.pause_seconds)
    except OSError as error:
        raise SourceError(f"the recording {source.file} cannot be read: {error.strerror}") from error
