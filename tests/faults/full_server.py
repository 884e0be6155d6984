"""A real PostgreSQL on a disk that is really full: a part of `packaging/dev diskfull` where a small disk may be mounted.

The server's folder lies on a tmpfs of its own, which a ballast fills up to some kilobytes; polls are ingested until the store
says that they cannot be kept, the ballast goes, and they must go in by themselves, as workers try it. The server may end of it (a
WAL that cannot be written is a panic) and starts itself again; one that gives up is started as its supervisor would. Then every
receipt that was acknowledged is looked for.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import psycopg
from fakes.headquarters_batches import EPOCH, delivered, payload
from fakes.postgresql import Server, program

from device.errors import CentralError
from sync.central.postgres import Postgres

DISK_MIB: Final = 160
_CONF: Final = "min_wal_size = 32MB\nmax_wal_size = 48MB\nshared_buffers = 16MB\n"
_LEFT_KIB: Final = (0, 8, 40, 200, 1000)
_MOST_POLLS: Final = 12
_SECONDS: Final = 60.0
AT: Final = datetime(2026, 5, 5, 1, 0, tzinfo=UTC)


@contextmanager
def small_disk(mib: int = DISK_MIB) -> Iterator[Path]:
    """A folder with so much room; OSError where none may be mounted."""
    # Open to all: the server runs under an account of its own.
    folder = Path(tempfile.mkdtemp(prefix="tillside-full-"))
    try:
        folder.chmod(0o755)
        words = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "tillside-full", folder]
        if subprocess.run(words, check=False, capture_output=True).returncode:
            raise OSError("no disk may be mounted here")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
    finally:
        folder.rmdir()


def can_be() -> bool:
    """Whether there is a server here, and a disk may be mounted."""
    if program("postgres") is None:
        return False
    with contextlib.suppress(OSError), small_disk(1):
        return True
    return False


class FullServer:
    def __init__(self, disk: Path, seed: int) -> None:
        self._disk = disk
        self._chance = random.Random(f"{seed} postgresql")
        self._server = Server(_CONF, home=disk)
        self._server.start()
        self._store = Postgres(self._server.url, create=True)
        self.said: list[str] = []
        self.went_on = 0
        """Polls that were kept all the same, or again, before there was room."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()
        self._server.end()

    def fill(self) -> tuple[bool, str]:
        """One round: whether something failed for want of room, and what is wrong afterwards."""
        kept, failed = 0, 0
        ballast = self._disk / "ballast"
        self._weigh(ballast, 1024 * self._chance.choice(_LEFT_KIB))
        for _ in range(_MOST_POLLS):
            try:
                self._ingest(kept)
            except CentralError as error:
                self.said.append(str(error))
                failed += 1
                if failed > 2:
                    break
                time.sleep(0.05)
            else:
                kept += 20
                self.went_on += failed > 0
        ballast.unlink()
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            try:
                if not self._server.alive():
                    self._server.start()
                self._ingest(kept)
            except CentralError as error:
                self.said.append(str(error))
                time.sleep(0.2)
            else:
                return failed > 0, self._wrong(kept + 20)
        return failed > 0, "corrupt: with room again the store still takes nothing in"

    def _ingest(self, kept: int) -> None:
        polled = [delivered(payload(lo, lo + 9, lines=40)) for lo in (kept + 1, kept + 11)]
        self._store.ingest(polled, AT)

    def _weigh(self, ballast: Path, left: int) -> None:
        about = os.statvfs(self._disk)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, about.f_bavail * about.f_frsize - left))

    def _wrong(self, promised: int) -> str:
        kept = len(list(self._store.receipts()))
        mark = self._store.watermark("register-1", EPOCH)
        gaps = self._store.gaps()
        with closing(psycopg.connect(self._server.url, autocommit=True)) as db:
            db.execute("TRUNCATE tillside.receipt, tillside.span, tillside.day, tillside.register")
            db.execute("CHECKPOINT")
        if kept < promised:
            return f"lost: {kept} receipts are kept of {promised}"
        return "" if (kept, mark, gaps) == (promised, promised, []) else f"corrupt: kept {kept}, answered for {mark}, gaps {gaps}"
