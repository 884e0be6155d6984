"""Whether the daemon lives on with a bundle that has just gone live. Written by the daemon alone; the nightly sync reads it.

A bundle is on trial from the moment it is first opened until the daemon has run with it for `STEADY_SECONDS`. A daemon that
ends meanwhile without a word (killed, out of memory, a fault in the model's runtime, a bug that the bundle wakes) has crashed
under it; one that is stopped in order, or ends because a port or a disk is missing, has not. After `MOST_CRASHES` the daemon
opens it no more: it takes the one before by itself, without waiting for anybody, and the sync program, which alone may write
`bundle.db`, makes that lasting when it next looks. So a bundle with which the daemon cannot even start costs three starts and
no visit.

A cut of the power within the trial counts as a crash as well, for a bundle that hangs the machine looks the same; three in a
row cost no more than the newer suggestions.

| in `trials.json`, by identity | says                                                                     |
|-------------------------------|--------------------------------------------------------------------------|
| `open`                        | the daemon uses it, or died with it                                      |
| `crashes`                     | how often it was found open by a daemon that had just started            |
| `steady`                      | the trial is over: what the daemon dies of later is not this bundle      |
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

from device.place import beginning, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE: Final = "trials.json"
"""In the state folder."""
STEADY_SECONDS: Final = 600.0
MOST_CRASHES: Final = 3
_MAX_BYTES: Final = 65_536


class Trial(msgspec.Struct, frozen=True):
    open: bool = False
    crashes: int = 0
    steady: bool = False

    @property
    def failed(self) -> bool:
        return not self.steady and self.crashes >= MOST_CRASHES


NEVER_TRIED: Final = Trial()


def read(state: Path) -> dict[str, Trial]:
    """By identity; empty while the daemon has noted nothing, and where what it noted cannot be read."""
    try:
        return msgspec.json.decode(beginning(state / FILE, _MAX_BYTES), type=dict[str, Trial])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


class Trials:
    """The daemon's side. A disk that takes no note is told elsewhere: selling goes on without it."""

    def __init__(self, state: Path, held: Iterable[str | None]) -> None:
        """Count what the last daemon died with; what is not `held` any more is forgotten."""
        self._state = state
        known = read(state)
        kept = {identity: known[identity] for identity in held if identity is not None and identity in known}
        self._trials = {identity: _crashed(trial) if trial.open else trial for identity, trial in kept.items()}
        if self._trials != known:
            self._note()

    def of(self, identity: str) -> Trial:
        return self._trials.get(identity, NEVER_TRIED)

    def begin(self, identity: str) -> None:
        """To be called before the bundle is opened; durable on return. A bundle that is steady is not noted again."""
        self._change(identity, open=not self.of(identity).steady)

    def end(self, identity: str) -> None:
        """The daemon lets go of it in order."""
        self._change(identity, open=False)

    def pass_(self, identity: str) -> None:
        """The daemon has lived with it long enough."""
        self._change(identity, open=False, steady=True)

    def _change(self, identity: str, **changed: bool) -> None:
        before = self.of(identity)
        after = msgspec.structs.replace(before, **changed)
        if after != before:
            self._trials[identity] = after
            self._note()

    def _note(self) -> None:
        """One rename, made durable: a note that the crash takes with it would count nothing."""
        with contextlib.suppress(OSError):
            write_whole(self._state / FILE, msgspec.json.encode(self._trials), durable=True)


def _crashed(trial: Trial) -> Trial:
    return msgspec.structs.replace(trial, open=False, crashes=trial.crashes + 1)
