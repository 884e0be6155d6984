"""The last snapshot a face had on the glass, kept in the runtime directory for the process that follows if this one is killed.

One file a face and lane, `last-FACE-LANE.json`: the snapshot as one line of the wire, readable by its user alone, written beside
and renamed by a thread of its own, so that the thread that draws never waits for a disk. Only what is painted is kept, only
while a sale is open, and nothing once the face ends in order. The runtime directory is memory: nothing outlives a boot.

It is shown again only when the daemon says that this very snapshot still stands (`Remembered` in reducer.py); a file that is
damaged, too long or of another version is no memory.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from device.errors import ScreenLinkError
from device.screen_link import MAX_LINE, Snapshot, Stage, decode_from_daemon, encode

if TYPE_CHECKING:
    from device.screen_link import FaceKind

_OPEN = frozenset({Stage.BASKET, Stage.RETURN, Stage.PAYMENT, Stage.SUSPENDED})

_log = logging.getLogger("tillside.screen")


def place(face: FaceKind, lane: str) -> Path | None:
    """Where this face keeps it; None without a runtime directory."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    return Path(folder) / "tillside" / f"last-{face}-{quote(lane, safe='')}.json" if folder else None


def recall(path: Path | None) -> Snapshot | None:
    """What the process before left, if that can be read and a sale was open."""
    if path is None:
        return None
    try:
        with path.open("rb") as kept:
            line = kept.read(MAX_LINE + 1)
        word = decode_from_daemon(line) if len(line) <= MAX_LINE else None
    except (OSError, ScreenLinkError):
        return None
    return word if isinstance(word, Snapshot) and word.stage in _OPEN else None


class Memory:
    """The only writer of its file. Holds one snapshot that waits to be written: a later one takes its place."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._last: Snapshot | None = None
        self._changed = threading.Condition()
        self._waiting: Snapshot | None = None
        self._due = False
        self._over = path is None
        self._thread = threading.Thread(target=self._work, name="memory", daemon=True)
        self._thread.start()

    def keep(self, snapshot: Snapshot | None) -> None:
        """`snapshot` is on the glass; None or one without an open sale: keep nothing."""
        open_sale = snapshot if snapshot is not None and snapshot.stage in _OPEN else None
        if open_sale is self._last:
            return
        self._last = open_sale
        with self._changed:
            self._waiting, self._due = open_sale, True
            self._changed.notify()

    def close(self) -> None:
        """The face ends in order: there is nothing to come back to."""
        self.keep(None)
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()
        # Where nothing can be taken away nothing could be written, and that has been said.
        with contextlib.suppress(OSError):
            _write(self._path, None)

    def _work(self) -> None:
        said = ""
        while True:
            with self._changed:
                while not (self._due or self._over):
                    self._changed.wait()
                if self._over:
                    return
                snapshot, self._due = self._waiting, False
            try:
                _write(self._path, snapshot)
            except OSError as error:
                if str(error) != said:
                    said = str(error)
                    _log.warning("the last snapshot cannot be kept for a restart: %s", said)


def _write(path: Path | None, snapshot: Snapshot | None) -> None:
    if path is None:
        return
    if snapshot is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    # No fsync: what it guards against, a power cut, takes the runtime directory with it.
    with open(beside, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as new:
        new.write(encode(snapshot))
    beside.replace(path)
