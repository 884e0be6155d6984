"""The disk under a program: what it was told, and what may be on it when the power goes at any moment.

`run` runs a program over the shim of `disk_log.c` and `read` gives what it did to the files below one folder, in order. A `Disk`
takes these operations in one after the other; `cut` then writes down one of the many states that a disk may be in at that moment:

- of a file: all that was written before its last fsync, and of what came later any 512-byte sectors, older or newer ones, with
  any of the sizes it had since, and behind its old end zeros or rubbish;
- of a folder: all that was made, renamed and removed in it before its own last fsync, and of what came later a beginning, or any
  selection. A rename is on the disk or is not; an fsync of a file says nothing of its name;
- of SQLite's -shm, which is mapped memory: rubbish.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

SECTOR: Final = 512
_HEAD: Final = struct.Struct("<BHIQq")
_SOURCE: Final = Path(__file__).with_name("disk_log.c")
ROOT: Final = Path(__file__).parents[2]


class Operation(NamedTuple):
    kind: str
    """C(reate), W(rite), T(runcate), S(ync), D(irectory's sync), U(nlink), R(ename), M(ake folder), L(ink by name), H(ard link),
    K: a mark."""
    inode: int
    at: int
    """Offset in bytes of a write; the new size of a truncation."""
    name: str
    """Below the folder that is watched."""
    content: bytes


def shim(folder: Path) -> Path:
    """The shim, compiled once into the folder."""
    made = folder / "disk_log.so"
    if not made.exists():
        words = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", made, _SOURCE, "-lpthread"]
        subprocess.run(words, check=True)
    return made


def run(program: Sequence[str | Path], watched: Path, log: Path) -> list[Operation]:
    """Run it to its end and give what it did below the folder `watched`."""
    known = {"LD_PRELOAD": str(shim(log.parent)), "DISK_LOG_ROOT": str(watched.resolve()), "DISK_LOG_FILE": str(log)}
    search = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    env = {**os.environ, **known, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1"}
    log.unlink(missing_ok=True)
    done = subprocess.run([sys.executable, *program], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return list(read(log))


def read(log: Path) -> Iterator[Operation]:
    raw = log.read_bytes()
    place = 0
    while place < len(raw):
        kind, name_size, size, inode, at = _HEAD.unpack_from(raw, place)
        name, content = place + _HEAD.size, place + _HEAD.size + name_size
        place = content + size
        yield Operation(chr(kind), inode, at, raw[name:content].decode(), raw[content:place])


@dataclass(slots=True, eq=False)
class File:
    synced: bytearray = field(default_factory=bytearray)
    later: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Writes, and truncations (None) to a size, since the last fsync."""

    def sync(self) -> None:
        for at, content in self.later:
            _put(self.synced, at, content)
        self.later.clear()

    def after_a_cut(self, chance: random.Random, share: float) -> bytes:
        """`share` of the sectors that were not synced are there; 0: none, 1: all, below 0: a beginning in order."""
        if not self.later or share == 0:
            return bytes(self.synced)
        found = bytearray(self.synced)
        if share < 0 or share == 1:
            whole = len(self.later) if share == 1 else chance.randrange(len(self.later) + 1)
            for at, content in self.later[:whole]:
                _put(found, at, content)
            if whole < len(self.later) and (torn := self.later[whole])[1] is not None:
                at, content = torn
                end = (at // SECTOR + chance.randrange(1 + len(content) // SECTOR)) * SECTOR  # type: ignore[arg-type]
                _put(found, at, content[: max(0, end - at)])  # type: ignore[index]
            return bytes(found)
        sizes = [len(found)]
        pieces: list[tuple[int, bytes]] = []
        for at, content in self.later:
            sizes.append(at if content is None else max(sizes[-1], at + len(content)))
            if content is not None:
                edges = [at, *range((at // SECTOR + 1) * SECTOR, at + len(content), SECTOR), at + len(content)]
                pieces += [(lo, content[lo - at : hi - at]) for lo, hi in itertools.pairwise(edges)]
        fill = chance.randbytes if chance.random() < 0.25 else bytes
        found += fill(max(sizes) - len(found))
        for lo, piece in pieces:
            if chance.random() < share:
                found[lo : lo + len(piece)] = piece
        return bytes(found[: chance.choice(sizes)])


def _put(found: bytearray, at: int, content: bytes | None) -> None:
    if content is None:
        del found[at:]
        found += bytes(at - len(found))
        return
    found += bytes(max(0, at - len(found)))
    found[at : at + len(content)] = content


FOLDER: Final = "a folder"
Node = File | str
"""A file; FOLDER; or where a symbolic link points, behind `->`."""


class _Change(NamedTuple):
    """What happened to names, whole or not at all."""

    folder: str
    gone: tuple[str, Node] | None
    new: tuple[str, Node] | None


class Disk:
    def __init__(self, found: Path | None = None) -> None:
        """Empty, or with what a folder holds, all of it synced."""
        self._synced: dict[str, Node] = {}
        for path in sorted(found.rglob("*")) if found is not None else ():
            name = str(path.relative_to(found))  # type: ignore[arg-type]
            if path.is_symlink():
                self._synced[name] = f"->{path.readlink()}"
            else:
                self._synced[name] = FOLDER if path.is_dir() else File(bytearray(path.read_bytes()))
        self._now = dict(self._synced)
        self._later: list[_Change] = []
        self._inodes: dict[int, File] = {}

    def take(self, operation: Operation) -> None:  # noqa: C901, PLR0912 - one line for each thing a disk can be told
        kind, inode, at, name, content = operation
        match kind:
            case "C":
                self._inodes[inode] = File()
                if name:
                    self._change(None, (name, self._inodes[inode]))
            case "O":
                known = self._now[name]
                assert isinstance(known, File)
                self._inodes[inode] = known
            case "W":
                self._inodes[inode].later.append((at, content))
            case "T":
                self._inodes[inode].later.append((at, None))
            case "S":
                self._inodes[inode].sync()
            case "D":
                for change in self._later:
                    if change.folder == name:
                        _apply(self._synced, change)
                self._later = [change for change in self._later if change.folder != name]
            case "U":
                self._change((name, self._now[name]), None)
            case "R":
                self._change((name, self._now[name]), (content.decode(), self._now[name]))
            case "H":
                self._change(None, (content.decode(), self._now[name]))
            case "M":
                self._change(None, (name, FOLDER))
            case "L":
                self._change(None, (name, f"->{content.decode()}"))
            case "K":
                pass
            case _:
                raise ValueError(f"the log has an operation {kind!r}, which no disk knows")

    def cut(self, chance: random.Random, folder: Path) -> None:
        """Write one state that the disk may be in now into `folder`, which is emptied first."""
        names = dict(self._synced)
        share = chance.choice((0.0, 1.0, -1.0, 0.5, chance.random()))
        if chance.random() < 0.5:
            chosen = self._later[: chance.randrange(len(self._later) + 1)]
        else:
            chosen = [change for change in self._later if chance.random() < 0.5]
        for change in chosen:
            _apply(names, change)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, node in sorted(names.items()):
            path = folder / name
            if not path.parent.is_dir():
                continue  # the folder itself is not on the disk
            if isinstance(node, File):
                content = chance.randbytes(32768) if name.endswith("-shm") else node.after_a_cut(chance, share)
                path.write_bytes(content)
            elif node == FOLDER:
                path.mkdir()
            else:
                path.symlink_to(node.removeprefix("->"))

    def _change(self, gone: tuple[str, Node] | None, new: tuple[str, Node] | None) -> None:
        change = _Change(str(Path((new or gone or ("", ""))[0]).parent).removeprefix("."), gone, new)
        _apply(self._now, change)
        self._later.append(change)


def _apply(names: dict[str, Node], change: _Change) -> None:
    if change.gone is not None and names.get(change.gone[0]) is change.gone[1]:
        del names[change.gone[0]]
    if change.new is not None:
        names[change.new[0]] = change.new[1]
