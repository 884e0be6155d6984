"""The files of sales that a restart would lose, as a register writes and reads them: `device.aside`."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.till_program import line

from device import settings
from device.aside import FILE, HELD_FILE, KEPT_UNREAD, Aside
from device.journal import Journal
from device.numbered_sale import HeldEnd, HoldsEnds
from device.store import EdgeStore
from device.wires import wires

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def event(what: str, seq: int, **facts: Any) -> bytes:
    known = {"v": 1, "event": what, "till": "7", "basket_id": "a", "seq": seq, "currency": "RUB"}
    return json.dumps(known | facts).encode() + b"\n"


class Till:
    """A register's wire to a till that tells numbered events, and what of it stands on disk."""

    def __init__(self, folder: Path) -> None:
        source = {"kind": "tcp", "host": "localhost", "port": 1}
        lane = {"till": "7", "dialect": "tillevents", "source": source}
        self._folder = folder
        (self.wire,) = wires(settings.parse({"store": "S1", "device": "d", "lane": [lane]}).lane)
        self._edge = EdgeStore(folder / "edge.db", "d")
        self.aside = Aside(folder, {}, [self.wire], {}, self._edge, Journal(), AT)

    def tell(self, *messages: bytes) -> None:
        for message in messages:
            self.wire.decode.feed(message, AT)
        asyncio.run(self.aside.note())

    def held(self) -> list[HeldEnd]:
        assert isinstance(self.wire.decode, HoldsEnds)
        return self.wire.decode.held()

    def killed(self) -> Till:
        """The next process, which has nothing but the disk."""
        self._edge.close()
        return Till(self._folder)


def codes(till: Till) -> list[str]:
    (end,) = till.held()
    return [rung.code for _, rung in end.sale.lines.values() if rung is not None]


def test_what_comes_late_while_another_event_is_missing_stands_on_disk_too(tmp_path: Path) -> None:
    """The broker has its acknowledgement, and nobody tells it again."""
    till = Till(tmp_path)
    till.tell(event("add", 2, line=line(2, "46")), event("end", 4))
    # 1 is still missing: what is known without a gap is no more than before.
    till.tell(event("add", 3, line=line(3, "47")))
    assert codes(till) == ["46", "47"]
    assert codes(till.killed()) == ["46", "47"]


@pytest.mark.parametrize("name", [FILE, HELD_FILE])
def test_what_cannot_be_read_is_kept_under_another_name(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    damaged = b'{"7":[{"till":"7","basket_id":"a","sale":{"lines":{"2":[2,{"code":"46"'
    (tmp_path / name).write_bytes(damaged)
    till = Till(tmp_path)
    (kept,) = tmp_path.glob(f"{name}.unread-*")
    assert kept.read_bytes() == damaged
    assert kept.name in caplog.text
    till.tell(event("add", 2, line=line(2, "46")), event("end", 3))
    assert kept.read_bytes() == damaged, "what is written anew leaves it alone"


def test_of_what_could_not_be_read_the_latest_few_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT_UNREAD + 2):
        (tmp_path / HELD_FILE).write_bytes(b"damaged %d" % number)
        Till(tmp_path).killed()
    kept = sorted(tmp_path.glob(f"{HELD_FILE}.unread-*"))
    assert [one.read_bytes() for one in kept] == [b"damaged %d" % number for number in range(2, KEPT_UNREAD + 2)]


@pytest.mark.parametrize("link", [False, True])
def test_nobody_waits_at_a_pipe_that_stands_where_a_file_is_begun(link: bool, tmp_path: Path) -> None:
    for name in (FILE, HELD_FILE):
        pipe = tmp_path / "elsewhere" if link else tmp_path / f".{name}.part"
        if not pipe.exists():
            os.mkfifo(pipe)
        if link:
            (tmp_path / f".{name}.part").symlink_to(pipe)
    till = Till(tmp_path)
    till.tell(event("add", 2, line=line(2, "46")), event("end", 3))
    assert codes(till.killed()) == ["46"]
