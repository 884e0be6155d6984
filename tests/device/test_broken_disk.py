"""A disk that fails, fills up or hands out rubbish under the running daemon: what is held is written once it is well, by itself.

The disk is real; `tests/faults/disk_log.c`, loaded into a process of its own, lets some of what is asked of it fail.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.headquarters import receipt
from faults import disk

from device import edge_file, room
from device.errors import StoreError
from device.store import EdgeStore

REGISTER = """
import ctypes, errno, json, os, sys
from pathlib import Path
from device import edge_file
from device.errors import StoreError
from device.store import EdgeStore
from fakes.headquarters import receipt

edge_file.REST_SECONDS = 0.0
state, kind, why, first, count = Path(sys.argv[1]), *map(int, sys.argv[2:])
shim = ctypes.CDLL(None)
root = os.path.realpath(state).encode()
shim.disk_log_arm(root, 0, 0, ctypes.c_uint64(0), ctypes.c_uint64(0), 0)
edge = EdgeStore(state / "edge.db", "register-1")
for number in range(20):
    edge.record(receipt(number), b"told %d" % number)
if kind == 2:
    # What is to be read from the disk is not in memory.
    edge.close()
    edge = EdgeStore(state / "edge.db", "register-1")
shim.disk_log_arm(root, kind, why, ctypes.c_uint64(first), ctypes.c_uint64(count), 0)
said, held, tries = [], list(range(20, 40)), 0
while held and tries < 200:
    tries += 1
    try:
        edge.record(receipt(held[0]), b"told %d" % held[0])
    except StoreError as error:
        said.append(str(error))
    else:
        held.pop(0)
every, failed = ctypes.c_uint64(), ctypes.c_uint64()
shim.disk_log_counted(ctypes.byref(every), ctypes.byref(failed))
print(json.dumps({"held": held, "said": said, "failed": failed.value, "news": edge.news(), "epoch": edge.epoch}))
edge.close()
"""
CHANGE, READ = 1, 2


def sold(state: Path, shim: Path, kind: int, why: int, first: int, count: int) -> dict:
    """What a register said that sold twenty times, and then twenty times over the failing disk."""
    env = {**os.environ, "LD_PRELOAD": str(shim), "PYTHONPATH": f"{disk.ROOT}{os.pathsep}{disk.ROOT / 'tests'}"}
    words = [sys.executable, "-c", REGISTER, state, *map(str, (kind, why, first, count))]
    return json.loads(subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout)


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return disk.shim(tmp_path_factory.mktemp("shim"))


@pytest.mark.parametrize(
    ("kind", "why", "first", "count", "words"),
    [
        (CHANGE, errno.EIO, 1, 1, "disk I/O error; it was opened anew"),
        (CHANGE, errno.EIO, 2, 12, "disk I/O error"),
        (CHANGE, errno.ENOSPC, 1, 9, "full"),
        (CHANGE, errno.EROFS, 1, 30, "could not be written"),
        (READ, errno.EIO, 1, 3, "disk I/O error"),
        (READ, 0, 1, 2, "malformed"),
        (READ, 0, 1, 9, "it was opened anew"),
    ],
)
def test_what_the_disk_refused_is_written_once_it_is_well_and_nobody_starts_anything(
    tmp_path: Path, shim: Path, kind: int, why: int, first: int, count: int, words: str
) -> None:
    told = sold(tmp_path, shim, kind, why, first, count)
    assert 0 < told["failed"] <= count, "a full disk lets pass what frees room"
    assert any(words in sentence for sentence in told["said"]), told["said"]
    assert told["held"] == []
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    assert (edge.receipts(), edge.told) == (40, ())
    edge.close()


def spoiled(path: Path) -> None:
    """As a disk might: all pages but the first are rubbish from now on."""
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (path.stat().st_size - 8192))


def torn(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(4096)


@pytest.mark.parametrize("harm", [spoiled, torn])
def test_a_database_that_is_damaged_while_the_register_sells_is_rescued_while_it_sells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(edge_file, "REST_SECONDS", 0.0)
    path = tmp_path / "edge.db"
    first = EdgeStore(path, "register-1")
    for number in range(200):
        first.record(receipt(number), b"told %d" % number)
    first.close()
    edge = EdgeStore(path, "register-1")
    old = edge.epoch
    harm(path)
    kept, said = 0, []
    for number in range(200, 240):
        try:
            kept += edge.record(receipt(number), b"told %d" % number) is not None
        except StoreError as error:
            said.append(str(error))
            kept += edge.record(receipt(number), b"told %d" % number) is not None
    assert kept == 40
    assert said
    assert all("\n" not in sentence for sentence in said)
    assert edge.epoch != old, "numbers of the old one may have been given to receipts that are lost"
    edge.close()
    again = EdgeStore(path, "register-1")
    assert again.receipts() >= 40
    assert again.told == ()
    again.close()


def test_a_disk_that_stays_broken_is_tried_again_in_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock on the file stays with the register; the tills are not held up by looking through it again and again."""
    clock = [100.0]
    monkeypatch.setattr(edge_file.time, "monotonic", lambda: clock[0])
    path = tmp_path / "state" / "edge.db"
    edge = EdgeStore(path, "register-1")
    edge.record(receipt(1), b"1")
    edge._db.close()
    edge._doubt = "disk I/O error"
    path.parent.rename(tmp_path / "away")
    with pytest.raises(StoreError, match="cannot be opened anew"):
        edge.record(receipt(2), b"2")
    (tmp_path / "away").rename(path.parent)
    with pytest.raises(StoreError, match="cannot be used"):
        edge.record(receipt(2), b"2")
    clock[0] += edge_file.REST_SECONDS
    assert edge.record(receipt(2), b"2") is not None
    assert edge.receipts() == 2
    edge.close()


def test_a_register_that_starts_on_a_full_disk_gives_up_its_reserve_and_sells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "edge.db"
    EdgeStore(path, "register-1").close()
    (tmp_path / "reserve").write_bytes(b"room")
    begin = edge_file.rescue.begin

    def full(path: Path, device: str) -> object:
        if (tmp_path / "reserve").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        return begin(path, device)

    monkeypatch.setattr(edge_file.rescue, "begin", full)
    edge = EdgeStore(path, "register-1")
    assert "the reserve is given up" in edge.told[0]
    assert edge.record(receipt(1), b"1") is not None
    edge.close()


def test_what_failed_for_want_of_room_is_told_from_what_failed(tmp_path: Path) -> None:
    assert room.is_spent(OSError(errno.ENOSPC, "full"), tmp_path)
    assert not room.is_spent(OSError(errno.EIO, "broken"), tmp_path)


def test_a_lock_is_given_back_when_the_database_cannot_be_opened(tmp_path: Path) -> None:
    EdgeStore(tmp_path / "edge.db", "register-1").close()
    for _ in range(2):
        with pytest.raises(StoreError, match="belongs to register"):
            EdgeStore(tmp_path / "edge.db", "register-2")
    EdgeStore(tmp_path / "edge.db", "register-1").close()


def test_a_lock_is_given_back_with_a_database_that_was_let_go_of(tmp_path: Path) -> None:
    edge = EdgeStore(tmp_path / "edge.db", "register-1")
    with pytest.raises(StoreError, match="another daemon writes"):
        EdgeStore(tmp_path / "edge.db", "register-1")
    del edge
    gc.collect()
    again = EdgeStore(tmp_path / "edge.db", "register-1")
    again.close()
    again.close()
