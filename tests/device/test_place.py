"""Files that appear whole, whatever stands where they are begun: `device.place`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from device.place import write_whole


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_elsewhere(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_bytes(b"somebody's")
    path.symlink_to(elsewhere)


def half_a_file(path: Path) -> None:
    path.write_bytes(b"x" * 100)


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize("stands_there", [pipe, link_elsewhere, half_a_file])
def test_what_stands_where_a_file_is_begun_is_taken_away(
    stands_there: Callable[[Path], None], durable: bool, tmp_path: Path
) -> None:
    stands_there(tmp_path / ".heard.json.part")
    write_whole(tmp_path / "heard.json", b"{}", durable=durable)
    assert (tmp_path / "heard.json").read_bytes() == b"{}"
    assert not (tmp_path / "heard.json").is_symlink()
    assert {one.read_bytes() for one in tmp_path.glob("elsewhere")} <= {b"somebody's"}
    assert list(tmp_path.glob(".*")) == []


def test_a_folder_that_stands_there_is_left_and_told(tmp_path: Path) -> None:
    (tmp_path / ".heard.json.part").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "heard.json", b"{}")
    assert not (tmp_path / "heard.json").exists()
