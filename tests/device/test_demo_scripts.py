"""The demo's receipts to play: as they were written, or one sentence."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import msgspec
import pytest

from device.demo import scripts
from device.demo.scripts import Script, ScriptLine
from device.errors import TillsideError

SALE = Script("17", [ScriptLine("bread", "4600000000017", "bread of the house", 1000, 9990, 9990)], "card 7")


def test_receipts_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "sales.jsonl"
    path.write_bytes(msgspec.json.encode(SALE) + b"\n\n" + msgspec.json.encode(SALE) + b"\n")
    assert scripts.read(path) == [SALE, SALE]


def test_a_file_that_is_too_long_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "sales.jsonl"
    path.write_bytes(msgspec.json.encode(SALE) + b"\n")
    os.truncate(path, 16 * scripts.MAX_BYTES)
    tracemalloc.start()
    try:
        with pytest.raises(TillsideError, match=r"holds more than 64 MiB of receipts to play: ask for fewer with --sales$"):
            scripts.read(path)
        assert tracemalloc.get_traced_memory()[1] < 3 * scripts.MAX_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (b"", "holds no receipt to play"),
        (b"\n \n", "holds no receipt to play"),
        (b'{"receipt":"17"}', "holds something that is not a receipt to play: .*`lines`"),
        (b"\xff\xfe{}", "holds something that is not a receipt to play"),
        (b"[" * 100_000, "holds something that is not a receipt to play"),
    ],
)
def test_what_is_no_receipt_is_one_sentence(tmp_path: Path, written: bytes, why: str) -> None:
    path = tmp_path / "sales.jsonl"
    path.write_bytes(written)
    with pytest.raises(TillsideError, match=why) as said:
        scripts.read(path)
    assert "\n" not in str(said.value)


def test_what_is_no_file_is_one_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("missing", "pipe", "."):
        with pytest.raises(TillsideError, match="cannot be read"):
            scripts.read(tmp_path / name)
