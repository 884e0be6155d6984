"""A sale that is over and waits for a missing event, on a wire that tells nothing again: whatever happens, it is kept, once."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.device_daemon import Register
from fakes.patience import until
from fakes.till_program import line

TILLEVENTS = ('till = "7"\n', 'till = "7"\ndialect = "tillevents"\n')


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with Register(tmp_path) as made:
        made.settings.write_text(made.settings.read_text().replace(*TILLEVENTS))
        yield made


def event(what: str, seq: int, **facts: Any) -> bytes:
    known = {"v": 1, "event": what, "till": "7", "basket_id": "a", "seq": seq, "currency": "RUB", "ts": f"a/{seq}"}
    return json.dumps(known | facts).encode() + b"\n"


WAITS = event("add", 2, line=line(2, "46")) + event("end", 3, total=19980)
WHOLE = event("state", 3, state="closed", lines=[line(1, "45"), line(2, "46")], total=19980)


def held(register: Register) -> Path:
    return register.state / "held.json"


def waits(register: Register) -> bool:
    return held(register).exists() and b'"a"' in held(register).read_bytes()


def test_it_stands_on_disk_while_the_disk_takes_no_receipt(register: Register) -> None:
    with register.start().till() as till:
        till.sendall(WAITS)
        until(lambda: waits(register), what="the end to be on disk")
        lock = sqlite3.connect(register.state / "edge.db", isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        register.says("held in memory")
        # Time to do wrong: a slow machine may prove less here, and never fails.
        time.sleep(1)
        register.kill()
        lock.execute("ROLLBACK")
        lock.close()
    (receipt,) = register.start().keeps(1)
    assert (receipt.basket_id, receipt.partial, receipt.total) == ("a", True, 19980)
    until(lambda: not waits(register), what="it to be taken off the disk")


def test_it_is_written_as_soon_as_the_disk_takes_it(register: Register) -> None:
    in_the_way = register.state / ".held.json.part"
    in_the_way.mkdir(parents=True)
    with register.start().till() as till:
        till.sendall(WAITS)
        register.says("held.json cannot be written")
        in_the_way.rmdir()
        until(lambda: waits(register), what="the end to be on disk")


def test_it_waits_for_a_lane_that_the_settings_have_lost(register: Register) -> None:
    with register.start().till() as till:
        till.sendall(WAITS)
        until(lambda: waits(register), what="the end to be on disk")
        register.kill()
    right = register.settings.read_text()
    register.settings.write_text(right.replace('till = "7"', 'till = "8"'))
    register.start().says("1 sales of a lane '7' wait in")
    with register.till() as till:
        till.sendall(event("add", 2, basket_id="b", line=line(2, "46")) + event("end", 3, basket_id="b"))
        register.keeps(1)
    assert register.stop() == 0
    register.settings.write_text(right)
    assert [one.basket_id for one in register.start().keeps(2)] == ["b", "a"]


def test_killed_behind_its_receipt_it_is_kept_once_though_it_was_whole_by_then(register: Register) -> None:
    with register.start().till() as till:
        till.sendall(WAITS)
        until(lambda: waits(register), what="the end to be on disk")
        waited = held(register).read_bytes()
        till.sendall(WHOLE)
        (receipt,) = register.keeps(1)
        register.kill()
    held(register).write_bytes(waited)  # as if it had been killed between the receipt and that
    register.start().says("already kept still waited")
    until(lambda: not waits(register), what="it to be taken off the disk")
    assert register.stop() == 0
    assert register.kept() == [receipt]


@pytest.mark.parametrize("name", ["held.json", "aside.json"])
def test_a_file_with_a_time_of_no_zone_keeps_no_register_from_selling(register: Register, name: str) -> None:
    register.state.mkdir()
    at = "2026-05-04T10:00:00"
    end = {"till": "7", "basket_id": "a", "sale": {"phase": "closed", "at": at, "currency": "RUB"}}
    sale = {"basket_id": "a", "till": "7", "number": "1", "began": at, "at": at, "kind": "sale", "partial": False}
    (register.state / name).write_text(json.dumps({"7": [end if name == "held.json" else sale]}))
    register.start().says(f"{name} cannot be read")
