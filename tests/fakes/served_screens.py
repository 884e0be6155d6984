"""The daemon's end of the screen link for some counters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.device_till import RUN, Checkout

from device.journal import Journal
from device.screens import Screens


@asynccontextmanager
async def serving(path: Path, *counters: Checkout) -> AsyncIterator[Screens]:
    screens = Screens({counter.lane.name: counter.lane for counter in counters}, RUN, Journal())
    await screens.open(path)
    try:
        yield screens
    finally:
        await screens.close()


def changed(screens: Screens, counter: Checkout, *args: Any, **facts: Any) -> None:
    counter.hear(*args, **facts)
    screens.changed(counter.lane.name)
