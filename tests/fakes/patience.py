"""Waiting in tests: for a condition, never for a time.

The bound is far beyond what a noisy machine needs and is never reached when all is well; when it is, the failure says what was
waited for and what was last seen. A test that must show that something does NOT happen waits for what comes after it instead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.01

Seen = TypeVar("Seen")


def until(
    condition: Callable[[], Seen],
    *,
    what: str,
    seconds: float = SECONDS,
    seen: Callable[[], object] | None = None,
    pause: Callable[[], object] = lambda: time.sleep(PAUSE_SECONDS),
) -> Seen:
    """The first true value of `condition`, looked at again after each `pause`.

    AssertionError after `seconds`: `what` was waited for, and what `seen` tells, or else the last value of `condition`.
    """
    end = time.monotonic() + seconds
    while True:
        # Asked before the condition: a machine that stalls in between does not cost the last look.
        late = time.monotonic() >= end
        if value := condition():
            return value
        if late:
            raise AssertionError(_sentence(what, seconds, seen() if seen else value))
        pause()


async def eventually(
    condition: Callable[[], Seen], *, what: str, seconds: float = SECONDS, seen: Callable[[], object] | None = None
) -> Seen:
    """`until` for what happens on the running loop."""
    end = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= end
        if value := condition():
            return value
        if late:
            raise AssertionError(_sentence(what, seconds, seen() if seen else value))
        await asyncio.sleep(PAUSE_SECONDS)


async def at_rest(size: Callable[[], int], turns: int = 20) -> int:
    """The size once it has stayed the same for so many turns of the loop, however long a turn takes on this machine."""
    last, same = size(), 0
    while same < turns:
        await asyncio.sleep(PAUSE_SECONDS)
        last, same = size(), same + 1 if size() == last else 0
    return last


def _sentence(what: str, seconds: float, last: object) -> str:
    return f"waited {seconds:.0f} s for {what}; last seen: {last if isinstance(last, str) else repr(last)}"
