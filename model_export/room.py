"""How much memory this process may still take: the least of what the machine has and of every limit that is set.

    physical memory                                the machine's, whoever uses it
    `ulimit -v` (RLIMIT_AS)                        less the addresses that are taken, or that libraries will set aside
    `ulimit -d` (RLIMIT_DATA)                      less the data that is there
    control group v2 `memory.max`,                 of the group this process is in and of each above it; whole, because pages of
    v1 `memory.limit_in_bytes`                     files count there too and are given back

A control group that is exceeded ends the process without a word, and a library that finds no address may hang: so what is
to be taken is compared beforehand.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from device.errors import TrainingError

_SET_ASIDE: Final = 2_500_000_000
"""Addresses that the libraries of a training reserve and hardly fill: 2.2 GB with DuckDB, 275 MB of them in memory (measured)."""
LEAST: Final = 400_000_000
"""Below this nothing is begun."""
_PROC: Final = Path("/proc/self")
_GROUPS: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Room:
    bytes: int
    whose: str
    """What sets it, as the beginning of a sentence that a size ends."""

    def __str__(self) -> str:
        return f"{self.whose} {self.bytes / 1e9:.1f} GB"


def room(set_aside: int = _SET_ASIDE) -> Room:
    """The tightest of them; `set_aside` are the addresses that libraries will reserve."""
    machine = Room(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), "this machine has")
    return min((machine, *_of_process(set_aside), *_of_groups()), key=lambda room: room.bytes)


def enough_to_begin(what: str, least: int = LEAST, set_aside: int = _SET_ASIDE) -> None:
    """TrainingError where the libraries alone would not fit."""
    there = room(set_aside)
    if there.bytes < least:
        raise TrainingError(f"{what} takes {least / 1e9:.1f} GB of memory at least and {there}: give it more")


def _of_process(set_aside: int) -> Iterator[Room]:
    taken = _taken()
    for kind, field, aside, word in ((resource.RLIMIT_AS, "VmSize", set_aside, "-v"), (resource.RLIMIT_DATA, "VmData", 0, "-d")):
        limit, _ = resource.getrlimit(kind)
        if limit != resource.RLIM_INFINITY:
            yield Room(max(0, limit - max(taken.get(field, 0), aside)), f"the limit of this process (ulimit {word}) leaves")


def _taken() -> dict[str, int]:
    """Bytes by the names of proc(5); empty where there is no such file."""
    try:
        lines = (_PROC / "status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    words = (line.split() for line in lines)
    return {line[0].rstrip(":"): 1024 * int(line[1]) for line in words if len(line) == 3 and line[2] == "kB"}


def _of_groups() -> Iterator[Room]:
    try:
        lines = (_PROC / "cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _up(_GROUPS, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _up(_GROUPS / "memory", path, "memory.limit_in_bytes")


def _up(top: Path, path: str, name: str) -> Iterator[Room]:
    """The limits from the group at `path` up to `top`; a container sees its own group as the top."""
    # Seen from within a namespace a group may lie above its top: then the top is all there is to see.
    inside = Path(path.lstrip("/")) if ".." not in path else Path()
    for group in (inside, *inside.parents):
        try:
            told = (top / group / name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        # "max" is none; version 1 says none by a number beyond any machine, which is never the least.
        if told.isdecimal():
            yield Room(int(told), f"its control group ({name}) allows")
