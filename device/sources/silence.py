"""Silence, told as an empty read: displays and printers end nothing, they fall silent."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from device.sources import now

if TYPE_CHECKING:
    from datetime import datetime

    from device.sources import Arrivals


async def with_silence(stream: Arrivals, quiet_seconds: float | None, *, heard: bool = False) -> Arrivals:
    """The stream, and `(b"", now)` once in each silence of `quiet_seconds`, the one before the first byte excepted.

    `heard`: not that one either, for the decoder has something that waits. The next item is asked of the stream only when it
    is asked of this one. Closing this one closes the stream.
    """
    coming: asyncio.Future[tuple[bytes, datetime]] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(stream))
            await asyncio.wait({coming}, timeout=quiet_seconds if heard else None)
            if not coming.done():
                heard = False
                yield b"", now()
                continue
            try:
                chunk = coming.result()
            except StopAsyncIteration:
                return
            finally:
                coming = None
            heard = True
            yield chunk
    finally:
        if coming is not None:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming
        if (close := getattr(stream, "aclose", None)) is not None:
            await close()
