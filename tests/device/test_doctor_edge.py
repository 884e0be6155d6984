"""What `tillside doctor` says of a register's own files: its edge database, and folders that stand in its place."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.device_doctor import found, known


def _sqlite(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


RECEIPTS = "CREATE TABLE receipt (lane, closed_at)"

OURS = "CREATE TABLE identity (device)"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda path: path.write_bytes(os.urandom(5000)),
            "edge.db is damaged or no edge database (file is not a database): move",
        ),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096), "move it away and keep it"),
        (lambda path: path.mkdir(), "edge.db is not a file: move it away"),
        (lambda path: _sqlite(path, RECEIPTS, "INSERT INTO receipt VALUES ('1', NULL)"), "damaged or no edge database"),
        (lambda path: _sqlite(path, RECEIPTS, "INSERT INTO receipt VALUES ('1', '2026-05-04')"), "is no time of a receipt"),
        (
            lambda path: _sqlite(path, OURS, "INSERT INTO identity VALUES ('r9')"),
            "belongs to register 'r9', the settings say 'r1'",
        ),
    ],
)
def test_an_edge_database_that_this_register_cannot_use_is_a_fault_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], object], why: str
) -> None:
    make(tmp_path / "edge.db")
    (fault,) = found(known(tmp_path, {"kind": "udp", "port": 1001}), "edge.db")
    assert fault.kind == "fault"
    assert why in fault.says
    assert "\n" not in fault.says


def test_an_edge_database_without_a_receipt_is_none(tmp_path: Path) -> None:
    for make in (Path.touch, lambda path: _sqlite(path, OURS, "INSERT INTO identity VALUES ('r1')")):
        make(tmp_path / "edge.db")
        assert not found(known(tmp_path, {"kind": "udp", "port": 1001}), "edge.db")
        (tmp_path / "edge.db").unlink()


def test_folders_and_files_that_stand_in_each_others_place_are_faults(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (state,) = found(known(tmp_path / "file", {"kind": "udp", "port": 1001}), "state_dir")
    assert (state.kind, "is not a folder" in state.says) == ("fault", True)
    (tmp_path / "bundle.db").mkdir()
    (bundle,) = found(known(tmp_path, {"kind": "udp", "port": 1001}), "bundle")
    assert bundle.kind == "fault"


def test_doctor_finds_a_clock_that_stands_before_the_last_sale(tmp_path: Path) -> None:
    register = known(tmp_path, {"kind": "udp", "port": 1001})
    with sqlite3.connect(tmp_path / "edge.db") as db:
        db.execute("CREATE TABLE receipt (lane TEXT, closed_at TEXT)")
        later = datetime.now(UTC) + timedelta(days=400)
        db.execute("INSERT INTO receipt VALUES ('1', ?)", [later.isoformat()])
    (clock,) = found(register, "clock")
    assert clock.kind == "fault"
    assert clock.says.endswith(f"a receipt was closed at {later:%Y-%m-%d %H:%M}: set the clock")
    assert f"last receipt {later:%Y-%m-%d %H:%M} UTC" in found(register, "lane 1")[2].says
