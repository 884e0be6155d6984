"""SIGTERM ends a long command as Ctrl-C does: what is open is closed, what was begun is taken back, and one sentence says so."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import click

from device.passing import passing_folder

_STATUS: Final = 128 + signal.SIGTERM
"""As a shell tells of a process that the signal ended."""


_held: list[bool] = []
"""Not empty: SIGTERM waits; True: one has come."""


@contextmanager
def temporary_folder(prefix: str) -> Iterator[str]:
    """A `passing_folder` that SIGTERM does not leave behind while it is being made."""
    with ExitStack() as stack:
        _held.append(False)
        try:
            folder = stack.enter_context(passing_folder(prefix))
        finally:
            came = _held.pop()
        if came:
            raise KeyboardInterrupt
        yield folder


@contextmanager
def orderly() -> Iterator[None]:
    """SystemExit with status 143 where SIGTERM came. As a decorator it stands below the options of a command."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is told of signals
        return
    asked = False

    def hear(*_: object) -> None:
        nonlocal asked
        asked = True
        # A second one must not cut the tidying short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if _held:
            _held[-1] = True
            return
        # Libraries know this exception, and some replace it by one of their own.
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield
    except BaseException:
        if not asked:
            raise
        click.echo("tillside: ended by SIGTERM before it was done: nothing is left half written", err=True)
        raise SystemExit(_STATUS) from None
    finally:
        signal.signal(signal.SIGTERM, before)
